//! A town asks for seats and the prefecture grants them: by mouse and by keyboard, with and without JavaScript,
//! on a desk and on a phone.

use crate::look::noise;
use crate::site::{CONTACT, LEAD, PASSWORD, Site};
use serde_json::{Value, json};
use testkit::browser::Browser;

/// Tab.
const TAB: &str = "\u{e004}";
/// Enter.
const ENTER: &str = "\u{e007}";
/// Whether what has the focus is what is looked for: a field by its name, anything else by its words.
const REACHED: &str = "const at = document.activeElement;
    return at && (at.name === arguments[0] || at.textContent.trim() === arguments[0]) && at !== document.body;";

/// How somebody works.
#[derive(Clone, Copy)]
enum Hand {
    Mouse,
    Keyboard,
}

/// Somebody at a browser.
struct Person<'a> {
    browser: &'a Browser,
    hand: Hand,
}

impl Person<'_> {
    /// Goes to a field or a button by Tab alone, as people do who use no mouse; it must come within a page's worth.
    fn reach(&self, what: &str) {
        for _ in 0..150 {
            self.browser.keys(TAB);
            if self.browser.run(REACHED, vec![json!(what)]) == Value::Bool(true) {
                return;
            }
        }
        panic!("the keyboard does not reach {what} on {}", self.browser.url());
    }

    fn fill(&self, name: &str, text: &str) {
        match self.hand {
            Hand::Mouse => self.browser.fill(&format!("main form [name={name}]:not([type=hidden])"), text),
            Hand::Keyboard => {
                self.reach(name);
                self.browser.keys(text);
            }
        }
    }

    fn press(&self, words: &str) {
        match self.hand {
            Hand::Mouse => self.browser.leave(|browser| browser.press(words)),
            Hand::Keyboard => {
                self.reach(words);
                self.browser.leave(|browser| browser.keys(ENTER));
            }
        }
    }

    fn sign_in(&self, site: &Site, email: &str) {
        self.browser.open(&site.url("/sign-in"));
        self.fill("email", email);
        self.fill("password", PASSWORD);
        self.press("サインイン");
        assert!(self.browser.has("form[action='/sign-out']"), "{email}: {}", self.browser.text("main"));
    }

    fn sign_out(&self) {
        self.browser.leave(|browser| browser.click("form[action='/sign-out'] button"));
    }
}

/// The address of the first link of the page that ends so.
fn link(browser: &Browser, ending: &str) -> String {
    let script = "return [...document.querySelectorAll('main a')].map(a => a.pathname).find(path => path.endsWith(arguments[0])) || '';";
    let found = browser.run(script, vec![json!(ending)]);
    let path = found.as_str().unwrap_or_default().to_owned();
    assert!(!path.is_empty(), "no link to …{ending} on {}", browser.url());
    path
}

fn a_town_asks_and_the_prefecture_grants(hand: Hand, scripts: bool, width: u32) {
    let Some(browser) = Browser::start(scripts, width) else { return };
    let site = Site::start();
    let person = Person { browser: &browser, hand };
    person.sign_in(&site, CONTACT);
    browser.leave(|browser| browser.click("nav.menu a[href^='/members/']"));
    let form = link(&browser, "/seat-requests/new");
    browser.open(&site.url(&form));
    person.fill("seats", "２");
    person.press("影響を確かめる");
    assert!(browser.text("main").contains("追加で発注した場合の影響"), "{}", browser.text("main"));
    person.fill("reason", "新しく配属された職員の研修に使います（架空）。");
    person.press("この内容で申請する");
    let request = browser.url();
    assert!(request.contains("/seat-requests/"), "{request}: {}", browser.text("main"));
    person.sign_out();

    person.sign_in(&site, LEAD);
    browser.open(request.split('?').next().unwrap_or_default());
    browser.click("input[name=source][value=reserve]");
    let filled = browser.run("return document.querySelector('main form [name=seats]').value;", Vec::new());
    if filled.as_str() != Some("2") {
        browser.fill("main form input[name=seats]", "2");
    }
    browser.fill("form[action$='/approve'] textarea[name=reason]", "予備席から配分します（架空）。");
    person.press("承認して席を渡す");
    assert!(browser.text("main").contains("承認しました。"), "{}", browser.text("main"));
    assert!(browser.text("main").contains("予備席から"), "{}", browser.text("main"));
    let noise = noise(&browser, &site);
    assert!(noise.is_empty(), "{noise:?}");
}

#[test]
fn a_town_asks_and_the_prefecture_grants_by_mouse_on_a_desk() {
    a_town_asks_and_the_prefecture_grants(Hand::Mouse, true, 1280);
}

#[test]
fn a_town_asks_and_the_prefecture_grants_without_javascript_on_a_phone() {
    a_town_asks_and_the_prefecture_grants(Hand::Mouse, false, 500);
}

#[test]
fn a_town_asks_and_the_prefecture_grants_by_keyboard() {
    a_town_asks_and_the_prefecture_grants(Hand::Keyboard, true, 1280);
}

#[test]
fn a_town_asks_and_the_prefecture_grants_by_keyboard_without_javascript() {
    a_town_asks_and_the_prefecture_grants(Hand::Keyboard, false, 1280);
}
