//! What is wrong with the page that a browser shows: accessibility, width, console, requests.

use crate::site::Site;
use serde_json::{Value, json};
use std::sync::OnceLock;
use testkit::browser::Browser;

const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const AXE: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, {runOnly: arguments[0]}).then(found => done(found.violations.map(one =>
        one.id + ' at ' + one.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', '))), error => done(['' + error]));";
/// Whatever sticks out of the window, but not what scrolls in a region of its own.
const WIDTH: &str = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";

/// axe-core; none when it was not given.
fn axe() -> Option<&'static str> {
    static AXE: OnceLock<Option<String>> = OnceLock::new();
    AXE.get_or_init(|| {
        let path = std::env::var("YUI_AXE").unwrap_or_default();
        if path.is_empty() {
            let required = std::env::var("YUI_REQUIRE_BROWSER").is_ok_and(|value| value == "1");
            assert!(!required, "YUI_AXE names no axe.min.js, and YUI_REQUIRE_BROWSER forbids to go without");
            eprintln!("\n*** SKIPPED: accessibility; YUI_AXE names no axe.min.js ***\n");
            return None;
        }
        Some(std::fs::read_to_string(path).unwrap())
    })
    .as_deref()
}

/// What axe finds on the page as it stands.
pub(crate) fn inaccessible(browser: &Browser) -> Vec<String> {
    let Some(axe) = axe() else { return Vec::new() };
    let _loaded = browser.run(axe, Vec::new());
    let found = browser.run_async(AXE, vec![json!(TAGS)]);
    found.as_array().unwrap().iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

/// How many pixels stick out sideways.
pub(crate) fn overflow(browser: &Browser) -> i64 {
    browser.run(WIDTH, Vec::new()).as_i64().unwrap_or_default()
}

/// Errors of the console and requests to elsewhere since the last look; the status of a page that refuses on
/// purpose is no error.
pub(crate) fn noise(browser: &Browser, site: &Site) -> Vec<String> {
    let noticed = browser.noticed();
    let refused = |line: &String| line.contains("Failed to load resource") && line.contains("status of 4");
    let ours = |url: &String| {
        url.starts_with(&site.base)
            || ["data:", "about:", "chrome:", "chrome-untrusted:"].iter().any(|own| url.starts_with(own))
    };
    let errors = noticed.errors.into_iter().filter(|line| !refused(line));
    errors.chain(noticed.requests.into_iter().filter(|url| !ours(url)).map(|url| format!("asked for {url}"))).collect()
}

/// Everything wrong with a page at the widths that people use.
pub(crate) fn wrong(browser: &Browser, site: &Site, widths: &[u32]) -> Vec<String> {
    let mut wrong = Vec::new();
    for width in widths {
        browser.resize(*width);
        let out = overflow(browser);
        if out > 1 {
            wrong.push(format!("{width}: {out} px stick out"));
        }
        if *width >= 375 {
            wrong.extend(inaccessible(browser).into_iter().map(|one| format!("{width}: {one}")));
        }
    }
    // 200 % text on a desk's window.
    browser.resize(1280);
    let _bigger = browser.run("document.documentElement.style.fontSize = '200%';", Vec::new());
    let out = overflow(browser);
    if out > 1 {
        wrong.push(format!("200 % text: {out} px stick out"));
    }
    let _back = browser.run("document.documentElement.style.fontSize = '';", Vec::new());
    wrong.extend(noise(browser, site));
    wrong
}

/// Keeps a picture among the artefacts.
pub(crate) fn keep(browser: &Browser, name: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.png")), browser.picture()).unwrap();
}

/// The links of the page that stay on the site.
pub(crate) fn links(browser: &Browser) -> Vec<String> {
    let found = browser.run(
        "return [...document.querySelectorAll('a[href]')].filter(a => a.origin === location.origin && !a.hasAttribute('download'))
            .map(a => a.pathname + a.search);",
        Vec::new(),
    );
    let links: Vec<Value> = found.as_array().cloned().unwrap_or_default();
    links.iter().filter_map(|link| link.as_str().map(str::to_owned)).collect()
}
