//! The forms that the pages have, found in the pages themselves: what can be typed into each, and what it carries unseen.

use crate::sweep::SKIPPED;
use http_kit::fallback::Route;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use testkit::browser::Browser;
use testkit::pages::{Browser as Desk, encode};

/// Every form of some pages (pairs of address and page), once for each address to which its buttons send it. The pages
/// are only read: nothing in them runs.
const FORMS: &str = r#"
const reader = new DOMParser();
const control = (form, one) => {
  const must = one.getAttribute('aria-required') === 'true';
  const said = {name: one.name, must, value: one.value, spare: ''};
  if (one.tagName === 'TEXTAREA') return {...said, kind: 'area'};
  if (one.tagName === 'SELECT') return {...said, kind: 'pick', spare: ([...one.options].find(option => option.value) || {value: ''}).value};
  if (one.type === 'hidden') return {...said, kind: 'unseen'};
  if (one.type === 'password') return {...said, kind: 'secret'};
  if (one.type === 'checkbox') return {...said, kind: 'tick', value: one.checked ? one.value : null, spare: one.value};
  if (one.type === 'radio') {
    const group = [...form.elements].filter(other => other.type === 'radio' && other.name === one.name);
    return group[0] === one ? {...said, kind: 'pick', must: true, value: (group.find(other => other.checked) || {value: null}).value, spare: one.value} : null;
  }
  if (one.classList.contains('date')) return {...said, kind: 'line', spare: 'date'};
  return ['text', 'search', 'email', 'tel', 'url', 'number'].includes(one.type) ? {...said, kind: 'line', spare: one.className} : null;
};
return arguments[0].flatMap(([page, html]) => [...reader.parseFromString(html, 'text/html').forms].flatMap(form => {
  const buttons = [...form.elements].filter(one => one.tagName === 'BUTTON' && one.type === 'submit')
    .sort((a, b) => b.classList.contains('primary') - a.classList.contains('primary'));
  const ways = new Map();
  for (const button of buttons) {
    const way = button.getAttribute('formaction') || form.getAttribute('action') || page;
    if (!ways.has(way)) ways.set(way, button);
  }
  const controls = [...form.elements].filter(one => one.name && !one.disabled && ['INPUT', 'SELECT', 'TEXTAREA'].includes(one.tagName));
  return [...ways].map(([action, button]) => ({page, action, method: (form.getAttribute('method') || 'get').toUpperCase(),
    controls: [...controls.map(one => control(form, one)).filter(one => one),
      ...(button.name ? [{name: button.name, must: true, kind: 'unseen', value: button.value, spare: ''}] : [])]}));
}));"#;

/// One control of a form, or one group of radio buttons.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    pub(crate) name: String,
    /// `area` and `line` take a text, `secret` a password; `pick`, `tick` and `unseen` have values of their own.
    pub(crate) kind: String,
    /// What a browser would send.
    pub(crate) value: Option<String>,
    /// What could be chosen; of a text field its classes.
    pub(crate) spare: String,
    /// Whether the page says that it is required.
    pub(crate) must: bool,
}

impl Control {
    fn of(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        Self {
            name: text("name").unwrap_or_default(),
            kind: text("kind").unwrap_or_default(),
            value: text("value"),
            spare: text("spare").unwrap_or_default(),
            must: value["must"] == true,
        }
    }

    /// Whether something is typed into it that may be shown again.
    pub(crate) fn is_text(&self) -> bool {
        ["area", "line"].contains(&self.kind.as_str())
    }

    /// Whether it is a row that can be chosen.
    pub(crate) fn is_choice(&self) -> bool {
        self.kind == "tick" && self.name.ends_with("_ids")
    }

    /// Whether something is typed into it.
    pub(crate) fn is_typed(&self) -> bool {
        self.is_text() || self.kind == "secret"
    }
}

/// A form as it stands on a page.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// The address of the page.
    pub(crate) page: String,
    pub(crate) method: String,
    /// Where it is sent.
    pub(crate) action: String,
    pub(crate) controls: Vec<Control>,
}

impl Form {
    /// The names of what can be typed into, the numbers of rows blotted out.
    pub(crate) fn fields(&self) -> BTreeSet<String> {
        self.controls.iter().filter(|control| control.is_typed()).map(|control| row(&control.name)).collect()
    }

    /// The path to which it is sent.
    pub(crate) fn path(&self) -> &str {
        self.action.split('?').next().unwrap_or_default()
    }
}

/// The name of a field, the number of its row blotted out.
pub(crate) fn row(name: &str) -> String {
    let blot =
        |part: &str| if part.bytes().all(|byte| byte.is_ascii_digit()) { "*".to_owned() } else { part.to_owned() };
    name.split('/').map(blot).collect::<Vec<_>>().join("/")
}

/// The forms of pages: pairs of address and page.
pub(crate) fn forms(browser: &Browser, pages: &[(String, String)]) -> Vec<Form> {
    let mut found = Vec::new();
    // What lies around the main part is the same everywhere.
    let main = |html: &str| html.split_once("<main").map_or(String::new(), |(_, tail)| format!("<main{tail}"));
    let pages: Vec<Value> = pages
        .iter()
        .map(|(page, html)| (page, main(html)))
        .filter(|(_, html)| html.contains("<form"))
        .map(|(page, html)| json!([page, html]))
        .collect();
    for some in pages.chunks(40) {
        let read = browser.run(FORMS, vec![Value::Array(some.to_vec())]);
        found.extend(read.as_array().into_iter().flatten().map(|form| Form {
            page: form["page"].as_str().unwrap().to_owned(),
            method: form["method"].as_str().unwrap().to_owned(),
            action: form["action"].as_str().unwrap().to_owned(),
            controls: form["controls"].as_array().unwrap().iter().map(Control::of).collect(),
        }));
    }
    found
}

/// Fields as a form sends them.
pub(crate) fn encoded(fields: &[(String, String)]) -> String {
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

/// The table of the pages, in which an address is looked up.
pub(crate) struct Routes(Vec<Route>);

impl Routes {
    pub(crate) fn new() -> Self {
        Self(web::route_table())
    }

    /// The pattern of the table that an address matches.
    pub(crate) fn pattern(&self, method: &str, address: &str) -> Option<&str> {
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        let matches = |pattern: &str| {
            let wanted: Vec<&str> = pattern.split('/').collect();
            wanted.len() == parts.len()
                && wanted.iter().zip(&parts).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
        };
        let of_method = self.0.iter().filter(|route| route.method == method);
        // Fixed words before places, as the table is mounted.
        of_method
            .filter(|route| matches(&route.pattern))
            .min_by_key(|route| route.pattern.matches('{').count())
            .map(|route| route.pattern.as_str())
    }

    /// The patterns of pages that are no files, or of forms.
    pub(crate) fn all(&self, method: &str) -> impl Iterator<Item = &str> {
        let of_method = self.0.iter().filter(move |route| route.method == method);
        of_method.map(|route| route.pattern.as_str()).filter(|pattern| !is_file(pattern))
    }
}

/// Whether an address or a pattern is that of a file.
fn is_file(address: &str) -> bool {
    let path = address.split('?').next().unwrap_or_default();
    let ends = ["/export", "/template", "/errors", ".csv", ".xlsx"];
    let begins = ["/assets/", "/public/attachments/"];
    ends.iter().any(|end| path.ends_with(end))
        || begins.iter().any(|begin| path.starts_with(begin))
        || (path.starts_with("/attachments/") && path.split('/').count() == 3)
}

/// What kind of page an address is of: the order of a list and what narrows it make no other.
pub(crate) fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let blot =
        |part: &str| if part.len() == 36 && part.matches('-').count() == 4 { "*".to_owned() } else { part.to_owned() };
    let path: Vec<String> = path.split('/').map(blot).collect();
    let other = |pair: &&str| ["kind=", "edit=", "reply=", "seats="].iter().any(|name| pair.starts_with(name));
    let pairs: Vec<&str> =
        query.split('&').filter(other).map(|pair| if pair.starts_with("reply=") { "reply=" } else { pair }).collect();
    format!("{}?{}", path.join("/"), pairs.join("&"))
}

/// What somebody reaches by links from these addresses, without a browser: so many pages of a kind.
pub(crate) fn reach(desk: &Desk<'_>, first: &[String], of_a_kind: usize) -> Vec<(String, String)> {
    let mut queue: VecDeque<String> = first.iter().cloned().collect();
    let (mut seen, mut kinds) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    let mut pages = Vec::new();
    while let Some(link) = queue.pop_front() {
        let count = kinds.entry(kind(&link)).or_default();
        *count += 1;
        if *count > of_a_kind {
            continue;
        }
        let answer = desk.get(&link);
        let mut next = vec![answer.headers.get("location").cloned().unwrap_or_default()];
        if answer.status == 200 && answer.headers["content-type"].starts_with("text/html") {
            next = answer.text.split("href=\"").skip(1).filter_map(|part| part.split('"').next()).map(plain).collect();
            pages.push((link, answer.text));
        }
        for address in next {
            let address = address.split('#').next().unwrap_or_default();
            let ours = address.starts_with('/') && SKIPPED.iter().all(|skipped| !address.starts_with(skipped));
            if ours && !is_file(address) && seen.insert(address.to_owned()) {
                queue.push_back(address.to_owned());
            }
        }
    }
    pages
}

/// A text of a page without what protects it there.
pub(crate) fn plain(text: &str) -> String {
    [("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&amp;", "&"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
}
