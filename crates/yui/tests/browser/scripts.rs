//! Five hundred texts that try to become scripts go through every text field of every form of every page, and every page
//! that shows one of them is opened by everybody who can: none ever runs.
//!
//! The stage is set so that every form is on some page (`stage.rs`); the forms are found in the pages themselves
//! (`forms.rs`), and which field of which form took the texts stands in `fields.txt`, page by page (`UPDATE_FIELDS=1`
//! writes it). Each form is sent twice. First *refused*: all the texts in every field, numbers and dates too; the page
//! shows them again, and is looked at as the sweep looks at pages: the state *refused*. Then *stored*: with as many texts as every field takes, and something sensible where none is taken. Forms
//! are sent by a form of the browser wherever the answer shows what was typed, and without it where it leads on.

mod list;
mod stage;
mod taken;
mod trap;

use crate::forms::{Control, Form, Routes, encoded, forms, kind, reach, row};
use crate::look::{noise, wrong};
use crate::site::{LEARNER, PASSWORD, Site};
use serde_json::json;
use stage::Visitor;
use std::collections::{BTreeMap, BTreeSet};
use testkit::browser::Browser;
use testkit::pages::Browser as Desk;
use trap::{BORN, SHOWN, harm, texts};

/// Every form of a page with the fields that it has, and those (`*`) in which a text was stored.
const FIELDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/fields.txt");

/// Forms that never show again what was typed: passwords and codes, and the one that answers everybody alike.
const SILENT: [&str; 4] =
    ["/me/password", "/me/second-factor/disable", "/me/second-factor/recovery-codes", "/password-reset"];

/// What a form sends at most in its body and in its address, in bytes: the service takes some more.
const BODY: usize = 200_000;
const ADDRESS: usize = 50_000;

/// A form of the browser with these fields, sent at once.
const SEND: &str = "const [method, action, fields] = arguments;
    const form = document.createElement('form');
    form.method = method;
    form.action = action;
    for (const [name, value] of fields) {
        const field = document.createElement('textarea');
        field.name = name;
        field.value = value;
        form.append(field);
    }
    document.body.append(form);
    HTMLFormElement.prototype.submit.call(form);";

/// What tells a form from others: method, route, fields.
type Key = (String, String, BTreeSet<String>);

struct Walk<'a> {
    site: &'a Site,
    browser: &'a Browser,
    routes: Routes,
    texts: Vec<String>,
    /// The next text to be stored.
    next: usize,
    visitors: Vec<Visitor>,
    cookies: BTreeMap<&'static str, String>,
    /// Where each form stands, and for whom.
    forms: BTreeMap<Key, Vec<(usize, Form)>>,
    /// Forms by the pages that have them; pages without are here, too.
    pages: BTreeMap<String, BTreeSet<Key>>,
    /// Routes to which forms are sent.
    met: BTreeSet<String>,
    /// Fields in which a text was stored, and the texts.
    kept: BTreeMap<Key, BTreeSet<String>>,
    stored: BTreeSet<String>,
    /// Forms that never showed a text again.
    silent: BTreeSet<String>,
    /// Why a form did not take a text, for whoever reads the list.
    turned_away: BTreeMap<Key, String>,
    found: Vec<String>,
    number: usize,
}

impl Walk<'_> {
    fn desk(&self, at: usize) -> Desk<'_> {
        let mut desk = Desk::at(&self.site.base);
        if let Some(cookie) = self.visitors[at].email.and_then(|email| self.cookies.get(email)) {
            desk.cookie.clone_from(cookie);
        }
        desk
    }

    /// The browser belongs to somebody now. Everybody signed in before anything was typed: texts in fields for passwords
    /// count as guesses, and close the door for a while.
    fn act_for(&self, at: usize) {
        self.browser.forget();
        self.browser.open(&self.site.url("/help"));
        if let Some(cookie) = self.visitors[at].email.and_then(|email| self.cookies.get(email)) {
            let _set = self.browser.run("document.cookie = arguments[0] + '; path=/';", vec![json!(cookie)]);
            self.browser.open(&self.site.url("/"));
            assert!(self.browser.has("form[action='/sign-out']"), "{}", self.browser.text("main"));
        }
        let _before = noise(self.browser, self.site);
    }

    fn key(&self, form: &Form) -> Option<Key> {
        let route = self.routes.pattern(&form.method, form.path())?;
        Some((form.method.clone(), route.to_owned(), form.fields()))
    }

    /// Finds every form of every page that anybody reaches.
    fn gather(&mut self) {
        for at in 0..self.visitors.len() {
            let visitor = &self.visitors[at];
            let desk = self.desk(at);
            let mut pages = if visitor.roams {
                reach(&desk, &visitor.first, 2)
            } else {
                visitor.first.iter().map(|address| (address.clone(), desk.get(address).text)).collect()
            };
            // What stands above every page of somebody.
            let head = pages[0].1.split("<main").next().unwrap_or_default().to_owned();
            pages.extend(visitor.answers.iter().cloned());
            pages.push(("every page".to_owned(), format!("<main>{head}")));
            for (address, _) in &pages {
                let page = self.routes.pattern("GET", address).unwrap_or(address).to_owned();
                self.pages.entry(page).or_default();
            }
            for form in forms(self.browser, &pages) {
                let Some(key) = self.key(&form) else {
                    self.found.push(format!("{}: a form to {} {}", form.page, form.method, form.action));
                    continue;
                };
                self.met.insert(key.1.clone());
                if !key.2.is_empty() {
                    let page = self.routes.pattern("GET", &form.page).unwrap_or(&form.page).to_owned();
                    self.pages.entry(page).or_default().insert(key.clone());
                    self.forms.entry(key).or_default().push((at, form));
                }
            }
        }
    }

    /// Sends fields by the browser; what came of it is looked at. Whether it shows a text.
    fn send(&mut self, form: &Form, fields: &[(String, String)], what: &str) -> bool {
        self.browser.leave(|browser| {
            let _sent = browser.run(SEND, vec![json!(form.method), json!(form.action), json!(fields)]);
        });
        let at = format!("{} {} {} ({what})", form.page, form.method, form.action);
        self.found.extend(harm(self.browser, self.site).into_iter().map(|one| format!("{at}: {one}")));
        self.browser.run(SHOWN, Vec::new()) == json!(true)
    }

    /// Sends a form with every text in every field, in as many parts as the service takes.
    fn refused(&mut self, key: &Key, form: &Form) {
        self.number += 1;
        let mut parts = 1;
        let mut part = 0;
        let mut shown = false;
        while part < parts {
            let mut fields = self.filled(form, part, parts);
            let most = if form.method == "GET" { ADDRESS } else { BODY };
            let size = encoded(&fields).len();
            if parts == 1 && size > most {
                parts = size.div_ceil(most) + 1;
                fields = self.filled(form, part, parts);
            }
            shown |= self.send(form, &fields, "refused");
            if part == 0 && self.browser.has("#errors") {
                let faults = wrong(self.browser, self.site, &[1280, 375]);
                self.found.extend(faults.into_iter().map(|one| format!("{key:?}, refused: {one}")));
            }
            part += 1;
            if !self.browser.has("main h1") || self.browser.text("h1").contains("大きすぎ") {
                self.found.push(format!("{key:?}: no page of ours: {}", self.browser.text("body")));
            }
        }
        // A list that is narrowed takes a short text where it refuses a long one.
        if form.method == "GET" {
            shown |= self.send(form, &self.short(form), "narrowed");
        }
        if !shown && form.controls.iter().any(Control::is_text) {
            self.silent.insert(key.1.clone());
        }
    }

    /// A part of the texts in every field; in tables, of the first two rows. Each begins with another one.
    fn filled(&self, form: &Form, part: usize, parts: usize) -> Vec<(String, String)> {
        let size = self.texts.len().div_ceil(parts);
        let mut rows = BTreeMap::<String, usize>::new();
        let mut fields = Vec::new();
        for (number, control) in form.controls.iter().enumerate() {
            let count = rows.entry(row(&control.name)).or_default();
            *count += 1;
            if control.is_typed() && *count <= 2 {
                let mut some: Vec<&str> = self
                    .texts
                    .iter()
                    .map(String::as_str)
                    .cycle()
                    .skip((part + number) % parts * size)
                    .take(size)
                    .collect();
                let by = number * 61 % some.len();
                some.rotate_left(by);
                fields.push((control.name.clone(), some.join(if control.kind == "area" { "\n\n" } else { " " })));
            } else if let Some(value) = control.value.as_ref().or(control.is_choice().then_some(&control.spare)) {
                fields.push((control.name.clone(), value.clone()));
            }
        }
        self.anew(fields)
    }

    /// One short text in every field.
    fn short(&self, form: &Form) -> Vec<(String, String)> {
        let mut short = self.texts.iter().filter(|text| text.chars().count() <= 30).cycle().skip(self.number);
        let mut value =
            |control: &Control| if control.is_text() { short.next().cloned() } else { control.value.clone() };
        form.controls.iter().filter_map(|control| Some((control.name.clone(), value(control)?))).collect()
    }

    /// The same fields as another rendering of the form has them.
    fn anew(&self, mut fields: Vec<(String, String)>) -> Vec<(String, String)> {
        let once = fields.iter_mut().find(|(name, _)| name == "_once");
        once.into_iter().for_each(|(_, value)| value.push_str(&format!("-{}", self.number)));
        fields
    }

    /// Every form with every text, then every form with what it takes.
    fn send_all(&mut self) {
        for at in 0..self.visitors.len() {
            let mine: Vec<(Key, Form)> =
                self.of(at).into_iter().filter_map(|(key, forms)| Some((key, forms.into_iter().next()?))).collect();
            if mine.is_empty() {
                continue;
            }
            self.act_for(at);
            for (key, form) in mine {
                self.refused(&key, &form);
            }
        }
        for at in 0..self.visitors.len() {
            let mine: Vec<(Key, Vec<Form>)> = self.of(at).into_iter().filter(|(key, _)| key.0 == "POST").collect();
            if mine.is_empty() {
                continue;
            }
            self.act_for(at);
            for (key, forms) in mine {
                // What asks for a password, and what answers everybody alike, stores no text.
                if forms[0].controls.iter().any(|control| control.kind == "secret") || key.1 == "/password-reset" {
                    continue;
                }
                for form in forms {
                    // What others sent meanwhile has moved it on.
                    let page =
                        if form.page.starts_with('/') { self.desk(at).get(&form.page).text } else { String::new() };
                    let fresh = crate::forms::forms(self.browser, &[(form.page.clone(), page)]);
                    let fresh =
                        fresh.into_iter().find(|fresh| fresh.action == form.action && fresh.fields() == form.fields());
                    let form = if form.page.starts_with('/') { fresh } else { Some(form) };
                    if form.is_some_and(|form| self.stored(&key, at, &form)) {
                        break;
                    }
                }
            }
        }
    }

    /// The forms that somebody meets first of all, with every place where they are.
    fn of(&self, at: usize) -> Vec<(Key, Vec<Form>)> {
        let mine = self.forms.iter().filter(|(_, places)| places[0].0 == at);
        mine.map(|(key, places)| {
            (key.clone(), places.iter().filter(|(who, _)| *who == at).map(|(_, form)| form.clone()).collect())
        })
        .collect()
    }

    /// A session that ended takes the texts along, over the sign-in and on.
    fn resumed(&mut self) {
        let desk = self.site.desk(LEARNER);
        let to = format!("/consortia/{}/posts/new", crate::office::consortium(&desk));
        self.browser.forget();
        self.browser.open(&self.site.url("/help"));
        let _before = noise(self.browser, self.site);
        let form = Form { page: to.clone(), method: "POST".to_owned(), action: to, controls: Vec::new() };
        let fields = [
            ("kind", "knowhow"),
            ("title", &self.texts[0]),
            ("body", &self.texts.join("\n\n")),
            ("visibility", "consortium"),
        ];
        let fields: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let _shown = self.send(&form, &fields, "after the end of the session");
        for (css, value) in [("[name=email]", LEARNER), ("[name=password]", PASSWORD)] {
            self.browser.fill(css, value);
        }
        for _ in 0..2 {
            self.browser.leave(|browser| browser.click("main form button.primary"));
            let faults = harm(self.browser, self.site);
            self.found.extend(faults.into_iter().map(|one| format!("resumed: {one}")));
        }
        assert!(self.browser.has("#errors"), "20,000 characters are the most: {}", self.browser.text("main"));
    }

    /// Opens every page of somebody that shows one of the texts; how many.
    fn visit(&mut self, at: usize) -> usize {
        let main = |html: &str| html.split_once("<main").is_some_and(|(_, main)| main.contains("__ran"));
        let pages = reach(&self.desk(at), &self.visitors[at].first, 4);
        let mut kinds = BTreeMap::<String, usize>::new();
        let mut few = |page: &str| {
            let count = kinds.entry(kind(page)).or_default();
            *count += 1;
            *count <= 2
        };
        let showing = pages.into_iter().filter(|(page, html)| main(html) && few(page));
        let showing: Vec<String> = showing.map(|(page, _)| page).collect();
        if showing.is_empty() {
            return 0;
        }
        self.act_for(at);
        for page in &showing {
            self.browser.open(&self.site.url(page));
            let faults = harm(self.browser, self.site);
            self.found.extend(faults.into_iter().map(|one| format!("{} {page}: {one}", self.visitors[at].name)));
        }
        showing.len()
    }
}

#[test]
fn five_hundred_texts_in_every_field_never_become_scripts() {
    let texts = texts();
    let different: BTreeSet<String> = texts.iter().cloned().collect();
    assert!(different.len() >= 500, "{}", different.len());
    let Some(browser) = Browser::start(true, 1280) else { return };
    // The trap itself works: on a page that lets scripts through, the mark is seen, and a dialog.
    browser.open("data:text/html,<main><svg onload=window.__ran=1></main>");
    assert_eq!(browser.run("return typeof window.__ran;", Vec::new()), json!("number"));
    let born = browser.run(BORN, Vec::new());
    assert_eq!(born.as_array().map(Vec::len), Some(2), "the mark and the handler: {born}");
    browser.open("data:text/html,<svg onload=alert(1)>");
    assert!(browser.dialog(), "a dialog is seen");
    let site = Site::start();
    let visitors = stage::set(&site);
    let everybody = visitors.iter().filter_map(|visitor| visitor.email);
    let cookies = everybody.map(|email| (email, site.desk(email).cookie)).collect();
    let mut walk = Walk {
        site: &site,
        browser: &browser,
        routes: Routes::new(),
        texts,
        next: 0,
        visitors,
        cookies,
        forms: BTreeMap::new(),
        pages: BTreeMap::new(),
        met: BTreeSet::new(),
        kept: BTreeMap::new(),
        stored: BTreeSet::new(),
        silent: BTreeSet::new(),
        turned_away: BTreeMap::new(),
        found: Vec::new(),
        number: 0,
    };
    walk.gather();
    walk.send_all();
    walk.resumed();
    let mut shown = BTreeMap::new();
    for at in 0..walk.visitors.len() {
        if walk.visitors[at].roams {
            shown.insert(walk.visitors[at].name, walk.visit(at));
        }
    }
    let seen = walk.listed();
    if std::env::var("UPDATE_FIELDS").is_ok() {
        std::fs::write(FIELDS, &seen).unwrap();
    }
    eprintln!("{} forms, {} texts stored, shown on {shown:?} pages", walk.forms.len(), walk.stored.len());
    for (key, why) in walk.turned_away.iter().filter(|(key, _)| !walk.kept.contains_key(*key)) {
        eprintln!("not stored: {key:?}: {why}");
    }
    let silent: Vec<&str> = walk.silent.iter().map(String::as_str).collect();
    assert_eq!(silent, SILENT);
    assert!(walk.found.is_empty(), "{} faults:\n{}", walk.found.len(), walk.found.join("\n"));
    assert_eq!(walk.stored.len(), different.len(), "texts were stored");
    let stored = std::fs::read_to_string(FIELDS).unwrap_or_default();
    let (stored, seen): (BTreeSet<&str>, BTreeSet<&str>) = (stored.lines().collect(), seen.lines().collect());
    let (lost, new): (Vec<_>, Vec<_>) = (stored.difference(&seen).collect(), seen.difference(&stored).collect());
    assert!(lost.is_empty() && new.is_empty(), "no longer so: {lost:#?}\nnew: {new:#?}");
    assert!(!seen.iter().any(|line| line.ends_with("not met: ?")), "a page or form that nobody met needs a reason");
    let met = |route: &&str| !seen.iter().any(|line| line.starts_with(&format!("{route}: not met")));
    let met: Vec<&str> = list::NOT_MET.iter().map(|(route, _)| *route).filter(met).collect();
    assert!(met.is_empty(), "met all the same: {met:?}");
    assert!(["learner", "contact", "lead", "auditor"].iter().all(|role| shown[role] > 3), "{shown:?}");
}
