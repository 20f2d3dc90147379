//! A form sent until it is taken, with as many texts as every field takes.

use super::trap::harm;
use super::{Key, Walk};
use crate::forms::{Control, Form, plain, row};
use crate::site::PASSWORD;
use std::collections::{BTreeMap, BTreeSet};
use testkit::http::Answer;

/// What a field is given: texts, what stands in it, or something that will do.
enum Given {
    Texts(Vec<String>),
    Own,
    Spare,
}

impl Walk<'_> {
    /// The next texts that fit.
    fn some(&mut self, control: &Control, room: usize) -> Vec<String> {
        let mut taken: Vec<String> = Vec::new();
        let mut left = room;
        for at in 0..self.texts.len() {
            let text = &self.texts[(self.next + at) % self.texts.len()];
            let length = text.chars().count() + 2;
            if length <= left + 2 {
                left = left.saturating_sub(length);
                taken.push(text.clone());
            }
            if control.kind != "area" && !taken.is_empty() {
                break;
            }
        }
        self.next = (self.next + taken.len()) % self.texts.len();
        taken
    }

    /// Sends a form until it is taken: what refuses a text gets fewer, then what stood there, then something sensible.
    pub(super) fn stored(&mut self, key: &Key, at: usize, form: &Form) -> bool {
        let mut given = BTreeMap::new();
        let mut rows = BTreeSet::new();
        for control in &form.controls {
            let texts = control.is_text() && rows.insert(row(&control.name));
            let how = if texts {
                Given::Texts(self.some(control, if control.kind == "area" { usize::MAX / 2 } else { 90 }))
            } else if control.is_choice() || control.must && control.value.as_deref().unwrap_or_default().is_empty() {
                Given::Spare
            } else {
                Given::Own
            };
            given.insert(control.name.clone(), how);
        }
        let path = form.action.clone();
        for _ in 0..8 {
            if !given.values().any(|how| matches!(how, Given::Texts(_))) {
                return false;
            }
            self.number += 1;
            let fields = self.anew(self.given(form, &given));
            let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let answer = self.desk(at).post(&path, &pairs);
            let faults = faults(&answer);
            if answer.status == 303 || (answer.status == 200 && !answer.text.contains("id=\"errors\"")) {
                // What asks once more shows what was typed, and is looked at.
                if answer.status == 200 && !self.confirmed(form, &fields) {
                    self.turned_away.insert(key.clone(), self.browser.text("main").chars().take(300).collect());
                    return false;
                }
                for (name, how) in given {
                    if let Given::Texts(texts) = how {
                        self.kept.entry(key.clone()).or_default().insert(row(&name));
                        self.stored.extend(texts);
                    }
                }
                return true;
            }
            let said = faults.iter().map(|(id, sentence)| format!("{id} {sentence}")).collect::<Vec<_>>().join(" ");
            self.turned_away
                .insert(key.clone(), format!("{} {}", answer.status, said.chars().take(300).collect::<String>()));
            if !self.corrected(form, &mut given, &faults) {
                return false;
            }
        }
        false
    }

    /// Gives the refused fields something else; whether there was anything to change.
    fn corrected(&mut self, form: &Form, given: &mut BTreeMap<String, Given>, faults: &[(String, String)]) -> bool {
        let mut changed = false;
        for (id, sentence) in faults {
            let id_of = |name: &str| format!("f-{}", name.replace('/', "-"));
            for control in form.controls.iter().filter(|control| id_of(&control.name) == *id) {
                let room = limit(sentence);
                let how = match &given[&control.name] {
                    Given::Texts(texts) => {
                        let length: usize = texts.iter().map(|text| text.chars().count() + 2).sum();
                        match room {
                            Some(room) if room >= 25 && length > room => Given::Texts(self.some(control, room)),
                            _ if control.value.as_deref().unwrap_or_default().is_empty() && control.must => {
                                Given::Spare
                            }
                            _ => Given::Own,
                        }
                    }
                    Given::Own => Given::Spare,
                    Given::Spare => continue,
                };
                given.insert(control.name.clone(), how);
                changed = true;
            }
            // Several fields that make one text together have one limit.
            if let (false, Some(room)) = (changed, limit(sentence)) {
                let areas: Vec<&Control> = form.controls.iter().filter(|control| control.kind == "area").collect();
                for control in &areas {
                    let texts = Given::Texts(self.some(control, room / (areas.len() + 1)));
                    given.insert(control.name.clone(), texts);
                    changed = true;
                }
            }
        }
        changed
    }

    fn given(&self, form: &Form, given: &BTreeMap<String, Given>) -> Vec<(String, String)> {
        let value = |control: &Control| match &given[&control.name] {
            Given::Texts(texts) => Some(texts.join("\n\n")),
            Given::Own => control.value.clone(),
            Given::Spare => Some(self.spare(control)),
        };
        form.controls.iter().filter_map(|control| Some((control.name.clone(), value(control)?))).collect()
    }

    /// Something that will do for a field.
    fn spare(&self, control: &Control) -> String {
        let last = control.name.rsplit('/').next().unwrap_or_default();
        let fresh = format!("ran{}@demo.example.lg.jp", self.number);
        let said = match last {
            _ if !control.is_typed() => control.spare.as_str(),
            _ if control.spare == "date" => return crate::office::in_days(20),
            _ if last.ends_with("email") => fresh.as_str(),
            _ if control.kind == "secret" => PASSWORD,
            "kana" => "かくう",
            "fiscal_year" => "2026",
            "census_year" => "2020",
            "ex_tax_yen" => "10",
            "municipality_code" => "152021",
            "url" => "https://example.jp/",
            "member_id" => "140007",
            "from_account_id" | "towns" => "143618",
            "to_account_id" => "143634",
            _ => "1",
        };
        said.to_owned()
    }

    /// Sends by the browser what is asked about once more, and says yes; whether it was done.
    fn confirmed(&mut self, form: &Form, fields: &[(String, String)]) -> bool {
        let _shown = self.send(form, fields, "asked");
        // What is made at once says so, and what has nothing to press does as well.
        if self.browser.has(".banner.success") || !self.browser.has("main form button.primary") {
            return self.browser.has("main [role=status]");
        }
        self.browser.leave(|browser| {
            let press = "const button = document.querySelector('main form button.primary'); HTMLFormElement.prototype.requestSubmit.call(button.form, button);";
            let _sent = browser.run(press, Vec::new());
        });
        let faults = harm(self.browser, self.site);
        self.found.extend(faults.into_iter().map(|one| format!("{} {}, confirmed: {one}", form.page, form.action)));
        !self.browser.has("#errors")
    }
}

/// What a refused form says: the place of the field, and the sentence.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    let Some((_, summary)) = answer.text.split_once("id=\"errors\"") else { return Vec::new() };
    let summary = summary.split("</div>").next().unwrap_or_default();
    let links = summary.split("<a href=\"#").skip(1);
    links
        .filter_map(|link| link.split_once("\">"))
        .map(|(id, rest)| (id.to_owned(), plain(rest.split("</a>").next().unwrap_or_default())))
        .collect()
}

/// The number of characters that a sentence allows.
fn limit(sentence: &str) -> Option<usize> {
    let before = sentence.split("文字").next().filter(|before| before.len() < sentence.len())?;
    let digits: Vec<char> =
        before.chars().rev().take_while(|one| one.is_ascii_digit() || *one == ',').filter(|one| *one != ',').collect();
    digits.into_iter().rev().collect::<String>().parse().ok()
}
