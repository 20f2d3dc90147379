//! Somebody at the pages, by mouse or by keyboard alone. What they look for they look for by its words, as people
//! do: a field by its label, a button or a link by what stands on it.
//!
//! Each page where they arrive is looked at (`look::arrived`); what is wrong is gathered and fails the journey at its
//! end, so that one walk tells everything. A keyboard takes the skip link, moves by Tab and Shift+Tab, and fails
//! where the focus cannot be seen, is covered, or never reaches the control.

use crate::look;
use crate::site::{PASSWORD, Site};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use testkit::browser::Browser;

pub(crate) const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";
const UP: &str = "\u{e013}";
const DOWN: &str = "\u{e015}";
/// Shift held while Tab is pressed.
pub(crate) const BACK: &str = "\u{e008}\u{e004}\u{e000}";
/// Ctrl+A.
const ALL: &str = "\u{e009}a\u{e000}";

/// Finds a control and marks it; answers what it is, or nothing. `arguments`: what kind, its words, words of the
/// part of the page in which it stands.
const FIND: &str = r#"
const [kind, words, scope] = arguments;
const plain = text => text.replace(/\s+/g, ' ').trim();
const shown = one => {
  const copy = one.cloneNode(true);
  copy.querySelectorAll('.sr, .mark, .hint, select, textarea, script').forEach(extra => extra.remove());
  return plain(copy.textContent);
};
const label = one => {
  if (one.labels && one.labels.length) { const said = [...one.labels].map(shown).join(' '); if (said) return said; return plain(one.labels[0].textContent); }
  return one.getAttribute('aria-label') || '';
};
const seen = one => one.checkVisibility && one.checkVisibility() && one.getClientRects().length > 0;
const inside = one => {
  if (!scope) return true;
  for (let part = one.parentElement; part && part.id !== 'main'; part = part.parentElement) {
    if (!/^(FIELDSET|TR|LI|ARTICLE|SECTION|FORM|DETAILS)$/.test(part.tagName)) continue;
    if (plain(part.textContent).includes(scope)) return true;
    if (part.tagName === 'FORM' && part.previousElementSibling && plain(part.previousElementSibling.textContent) === scope) return true;
  }
  return false;
};
const pick = list => list.find(one => seen(one) && inside(one));
let found;
if (kind === 'press') {
  const all = [...document.querySelectorAll('main a[href], main button, main summary'), ...document.querySelectorAll('a[href], button')];
  found = pick(all.filter(one => shown(one) === words || plain(one.textContent) === words)) || pick(all.filter(one => plain(one.textContent).includes(words)));
} else if (kind === 'named') {
  found = pick([...document.querySelectorAll('main [name]')].filter(one => one.name === words));
} else {
  const all = [...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')];
  found = pick(all.filter(one => label(one) === words)) || pick(all.filter(one => label(one).startsWith(words))) || pick(all.filter(one => plain([...(one.labels || [])].map(l => l.textContent).join(' ')).includes(words)));
}
document.querySelectorAll('[data-hand]').forEach(one => one.removeAttribute('data-hand'));
if (!found) return null;
found.setAttribute('data-hand', '');
const options = found.tagName === 'SELECT' ? [...found.options].map(option => plain(option.textContent)) : [];
return {type: found.tagName === 'SELECT' ? 'select' : found.tagName === 'TEXTAREA' ? 'area' : found.tagName === 'INPUT' ? found.type : 'press',
  checked: !!found.checked, at: found.tagName === 'SELECT' ? found.selectedIndex : -1, options};
"#;

/// How many presses of Tab lead to the marked control (below nothing: of Shift+Tab), and whether it lies in the main part.
const WAY: &str = r#"
const target = document.querySelector('[data-hand]');
const at = document.activeElement;
const stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
  .filter(one => one.tabIndex >= 0 && !one.disabled && one.checkVisibility() && one.getClientRects().length > 0)
  .filter(one => one.type !== 'radio' || stop(one) === one);
function group(one) { return [...document.querySelectorAll('input[type=radio]')].filter(other => other.name === one.name && other.form === one.form); }
function stop(one) { return group(one).find(other => other.checked) || group(one)[0]; }
const goal = target.type === 'radio' ? stop(target) : target;
const to = stops.indexOf(goal);
let from = stops.indexOf(at);
let whole = from;
if (from < 0) {
  // After arriving at a part of the page, the next stop is the first behind it.
  const landed = at === document.body && location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  whole = landed ? stops.filter(one => landed.compareDocumentPosition(one) & 2).length - 1 : at === document.body ? -1 : stops.filter(one => at.compareDocumentPosition(one) & 2).length - 1;
}
const inMain = !!target.closest('main');
return {tabs: to - whole, fresh: (at === document.body || at === document.documentElement) && !location.hash, inMain,
  arrows: target.type === 'radio' ? group(target).indexOf(target) - group(target).indexOf(goal) : 0};
"#;

const HERE: &str = r#"
const at = document.activeElement, target = document.querySelector('[data-hand]');
return at === target || (target && target.type === 'radio' && at.type === 'radio' && at.name === target.name && at.form === target.form);
"#;

/// What is wrong with the focus as it is seen; nothing when all is well.
pub(crate) const FOCUS: &str = r#"
const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
if (at === document.body) return 'nothing has the focus';
const ring = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
if (!ring) return 'the focus cannot be seen';
if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) return 'the focus is out of view';
const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 20), 1), innerWidth - 1), y = Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1);
const top = document.elementFromPoint(x, y);
if (top && !at.contains(top) && !top.contains(at) && !(at.labels && [...at.labels].some(one => one.contains(top)))) return 'the focus is covered by ' + top.tagName;
return '';
"#;

/// How somebody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hand {
    Mouse,
    Keyboard,
}

/// One way to walk a journey.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) hand: Hand,
    pub(crate) scripts: bool,
    pub(crate) width: u32,
}

impl Way {
    fn name(self) -> String {
        let hand = if self.hand == Hand::Mouse { "mouse" } else { "keys" };
        format!("{hand}-{}-{}", if self.scripts { "js" } else { "plain" }, self.width)
    }
}

/// Somebody at a browser.
pub(crate) struct Person<'a> {
    pub(crate) browser: &'a Browser,
    pub(crate) site: &'a Site,
    pub(crate) way: Way,
    journey: &'static str,
    pages: Cell<usize>,
    faults: RefCell<Vec<String>>,
}

impl<'a> Person<'a> {
    pub(crate) fn new(browser: &'a Browser, site: &'a Site, way: Way, journey: &'static str) -> Self {
        browser.narrow(way.width);
        Self { browser, site, way, journey, pages: Cell::new(0), faults: RefCell::default() }
    }

    /// Everything was in order on the way.
    pub(crate) fn done(self) {
        let faults = self.faults.into_inner();
        let pages = self.pages.get();
        assert!(faults.is_empty(), "{} {}, {pages} pages:\n{}", self.journey, self.way.name(), faults.join("\n"));
    }

    fn fault(&self, what: String) {
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&what) {
            faults.push(what);
        }
    }

    /// Looks at the page where somebody has arrived.
    pub(crate) fn look(&self) {
        let number = self.pages.get() + 1;
        self.pages.set(number);
        for one in look::arrived(self.browser, self.site, self.way.width) {
            self.fault(format!("{}: {one}", self.browser.url()));
        }
        // Two of the ways leave their pictures: a desk and a telephone.
        if self.way.hand == Hand::Mouse {
            look::keep(self.browser, &format!("{}-{}-{number:02}", self.journey, self.way.width));
        }
    }

    /// Opens an address, as from a mail or a bookmark.
    pub(crate) fn open(&self, path: &str) {
        self.browser.open(&self.site.url(path));
        self.look();
    }

    fn find(&self, kind: &str, words: &str, scope: &str) -> Value {
        let found = self.browser.run(FIND, vec![json!(kind), json!(words), json!(scope)]);
        assert!(
            found.is_object(),
            "{} {}: no {kind} 「{words}」 in 「{scope}」 on {}\n{}",
            self.journey,
            self.way.name(),
            self.browser.url(),
            self.browser.text("main")
        );
        found
    }

    /// Goes to the marked control by the keys alone.
    fn reach(&self, words: &str) {
        let mut way = self.browser.run(WAY, Vec::new());
        if way["fresh"] == true && way["inMain"] == true && way["tabs"].as_i64() > Some(6) {
            self.browser.keys(TAB);
            let skip = self.browser.run("return document.activeElement.className;", Vec::new());
            assert_eq!(skip, json!("skip"), "the first stop on {}", self.browser.url());
            self.browser.keys(ENTER);
            way = self.browser.run(WAY, Vec::new());
        }
        let tabs = way["tabs"].as_i64().unwrap_or_default();
        let mut presses = usize::try_from(tabs.abs()).unwrap_or_default();
        if presses > 0 && self.browser.run("return document.activeElement.type || '';", Vec::new()) == "file" {
            self.browser.tab_on(tabs < 0);
            presses -= 1;
        }
        if presses > 0 {
            self.browser.keys(&(if tabs < 0 { BACK } else { TAB }).repeat(presses));
        }
        // The order of the page and the order of the keys may differ by a stop or two: regions that scroll are stops.
        let mut more = 0;
        while self.browser.run(HERE, Vec::new()) != json!(true) {
            more += 1;
            assert!(more < 150, "the keyboard does not reach 「{words}」 on {}", self.browser.url());
            self.browser.keys(TAB);
        }
        let seen = self.browser.run(FOCUS, Vec::new());
        if seen.as_str() != Some("") {
            self.fault(format!("{}: 「{words}」: {seen}", self.browser.url()));
        }
    }

    fn by_mouse(&self) -> bool {
        self.way.hand == Hand::Mouse
    }

    /// Types into the field with this label.
    pub(crate) fn fill(&self, label: &str, text: &str) {
        self.fill_in("", label, text);
    }

    /// As [`Person::fill`], in the part of the page with these words.
    pub(crate) fn fill_in(&self, scope: &str, label: &str, text: &str) {
        let _found = self.find("field", label, scope);
        self.write(label, text);
    }

    fn write(&self, label: &str, text: &str) {
        if self.by_mouse() {
            self.browser.fill("[data-hand]", text);
        } else {
            self.reach(label);
            self.browser.keys(ALL);
            self.browser.keys(if text.is_empty() { "\u{e017}" } else { text });
        }
    }

    /// Types into one of several fields with the same label.
    pub(crate) fn fill_named(&self, name: &str, text: &str) {
        let _found = self.find("named", name, "");
        self.write(name, text);
    }

    /// Chooses an option of a list by its words.
    pub(crate) fn choose(&self, label: &str, option: &str) {
        let found = self.find("field", label, "");
        let options: Vec<&str> = found["options"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let to = options
            .iter()
            .position(|one| *one == option)
            .or_else(|| options.iter().position(|one| one.contains(option)))
            .unwrap_or_else(|| panic!("「{option}」 is none of {options:?}"));
        if self.by_mouse() {
            self.browser.click("[data-hand]");
            self.browser.choose_at("[data-hand]", to);
        } else {
            self.reach(label);
            let at = found["at"].as_i64().unwrap_or_default();
            let by = i64::try_from(to).unwrap_or_default() - at;
            let presses = usize::try_from(by.abs()).unwrap_or_default();
            if presses > 0 {
                self.browser.keys(&(if by < 0 { UP } else { DOWN }).repeat(presses));
            }
        }
        let chosen = self.browser.run("return document.querySelector('[data-hand]').selectedIndex;", Vec::new());
        assert_eq!(chosen, json!(to), "{label}: {option}");
    }

    /// Ticks a box or picks one of several, by its words.
    pub(crate) fn tick(&self, label: &str) {
        let found = self.find("field", label, "");
        if found["checked"] == true {
            return;
        }
        if self.by_mouse() {
            self.browser.click("[data-hand]");
        } else {
            self.reach(label);
            let way = self.browser.run(WAY, Vec::new());
            match way["arrows"].as_i64().unwrap_or_default() {
                0 => self.browser.keys(SPACE),
                by => {
                    let presses = usize::try_from(by.abs()).unwrap_or_default();
                    self.browser.keys(&(if by < 0 { UP } else { DOWN }).repeat(presses));
                }
            }
        }
        let ticked = self.browser.run("return document.querySelector('[data-hand]').checked;", Vec::new());
        assert_eq!(ticked, json!(true), "「{label}」 on {}", self.browser.url());
    }

    /// Puts a file into the field with this label.
    pub(crate) fn attach(&self, label: &str, file: &Path) {
        let _found = self.find("field", label, "");
        if !self.by_mouse() {
            self.reach(label);
        }
        self.browser.attach("[data-hand]", file);
    }

    fn hit(&self, words: &str, scope: &str) -> impl FnOnce(&Browser) {
        let _found = self.find("press", words, scope);
        let mouse = self.by_mouse();
        if !mouse {
            self.reach(words);
        }
        move |browser: &Browser| {
            if mouse { browser.click("[data-hand]") } else { browser.keys(ENTER) }
        }
    }

    /// Presses the button or follows the link with these words, which leads to another page.
    pub(crate) fn press(&self, words: &str) {
        self.press_in("", words);
    }

    /// As [`Person::press`], in the part of the page with these words.
    pub(crate) fn press_in(&self, scope: &str, words: &str) {
        let hit = self.hit(words, scope);
        self.browser.leave(hit);
        self.look();
    }

    /// Follows a link that saves a file.
    pub(crate) fn save(&self, words: &str) -> PathBuf {
        let hit = self.hit(words, "");
        self.browser.save(hit)
    }

    /// The words of the main part of the page.
    pub(crate) fn page(&self) -> String {
        self.browser.text("main")
    }

    /// The page says so, or the journey ends here.
    pub(crate) fn sees(&self, words: &str) {
        let page = self.page();
        assert!(
            page.contains(words),
            "{} {}: not 「{words}」 on {}\n{page}",
            self.journey,
            self.way.name(),
            self.browser.url()
        );
    }

    /// What stands in a field.
    pub(crate) fn value(&self, label: &str) -> String {
        let _found = self.find("field", label, "");
        let value = self.browser.run("return document.querySelector('[data-hand]').value;", Vec::new());
        value.as_str().unwrap_or_default().to_owned()
    }

    /// The id that stands in the address after this word.
    pub(crate) fn id_after(&self, word: &str) -> String {
        let url = self.browser.url();
        let mut parts = url.split(['/', '?', '#']).skip_while(|part| *part != word).skip(1);
        parts.next().unwrap_or_else(|| panic!("no {word} in {url}")).to_owned()
    }

    pub(crate) fn sign_in(&self, email: &str) {
        self.open("/sign-in");
        self.fill("メールアドレス", email);
        self.fill("パスワード", PASSWORD);
        self.press("サインイン");
        assert!(self.browser.has("form[action='/sign-out']"), "{email}: {}", self.page());
    }

    /// Says who is there, where a long time has passed and many seats move; the form then goes on where it was.
    pub(crate) fn prove(&self) {
        if self.browser.has("form[action='/step-up']") {
            self.fill("パスワード", PASSWORD);
            self.press("確認して続ける");
            self.press("入力した内容の送信を続ける");
        }
    }

    pub(crate) fn sign_out(&self) {
        self.press("サインアウト");
        assert!(!self.browser.has("form[action='/sign-out']"), "still signed in");
    }
}
