//! What is wrong with the page that a browser shows: accessibility, width, title, console, requests, cookies.

use crate::site::Site;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Mutex, OnceLock};
use testkit::browser::Browser;

const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const AXE: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']}).then(found => done(found.violations.map(one =>
        one.id + ' at ' + one.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', '))), error => done(['' + error]));";
/// Whatever sticks out of the window, but not what scrolls in a region of its own.
const WIDTH: &str = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
/// Cells whose text runs over several lines of fewer than six characters each: Japanese may break anywhere, so a column
/// that is squeezed stands upright and nobody reads it. What is there for screen readers alone is not looked at.
const SQUEEZED: &str = "const wrong = [];
    for (const cell of document.querySelectorAll('td, th')) {
        const style = getComputedStyle(cell), text = cell.innerText.trim();
        const wide = cell.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        if (!text || cell.clientWidth <= 1 || !cell.checkVisibility() || cell.closest('thead')?.clientWidth <= 1) continue;
        const lines = cell.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom) > 2.5 * parseFloat(style.fontSize);
        if (lines && wide < 6 * parseFloat(style.fontSize)) wrong.push('a cell of ' + Math.round(wide) + ' px: ' + text.slice(0, 20));
    }
    return wrong.slice(0, 3);";
/// How the page is built, whatever the words on it: elements, their classes, roles and states, without what repeats.
const BUILD: &str = "const seen = [];
    for (const one of document.querySelectorAll('body *')) {
        const mark = [one.tagName, one.className.baseVal ?? one.className, one.getAttribute('role'), one.type, one.getAttribute('aria-invalid'),
            one.getAttribute('aria-current'), one.parentElement.tagName].join('.');
        if (!seen.includes(mark)) seen.push(mark);
    }
    return location.pathname.replace(/[0-9a-f-]{36}/g, '*') + ' ' + innerWidth + ' ' + document.documentElement.style.fontSize + ' ' + seen.join(' ');";
/// Title, language, one heading, the things every page has.
const FRAME: &str = "const wrong = [];
    const h1 = document.querySelectorAll('h1');
    if (h1.length !== 1) wrong.push(h1.length + ' headings of the first level');
    if (!document.title.endsWith('｜結')) wrong.push('the title ' + document.title);
    if (document.documentElement.lang !== 'ja') wrong.push('no language');
    if (!document.querySelector('a.skip')) wrong.push('no skip link');
    if (!document.querySelector('main')) wrong.push('no main part');
    for (const link of document.querySelectorAll('#errors a')) {
        if (!document.getElementById(decodeURIComponent(link.hash.slice(1)))) wrong.push('the summary leads to ' + link.hash + ', which is not there');
    }
    if (document.querySelector('#errors') && document.documentElement.classList.contains('js') && document.activeElement.id !== 'errors') wrong.push('the focus is not at the error summary');
    return wrong;";

/// axe-core; none when it was not given.
fn axe() -> Option<&'static str> {
    static AXE: OnceLock<Option<String>> = OnceLock::new();
    AXE.get_or_init(|| {
        let path = std::env::var("YUI_AXE").unwrap_or_default();
        if path.is_empty() {
            testkit::skip("accessibility: YUI_AXE names no axe.min.js", "YUI_REQUIRE_BROWSER");
            return None;
        }
        Some(std::fs::read_to_string(path).unwrap())
    })
    .as_deref()
}

/// What axe finds on the page as it stands.
pub(crate) fn inaccessible(browser: &Browser) -> Vec<String> {
    let Some(axe) = axe() else { return Vec::new() };
    // Half a megabyte goes to each browser once; a page that needs it makes it of what the browser was taught.
    let there = "if (window.makeAxe && !window.axe) makeAxe(); return typeof axe !== 'undefined';";
    if browser.run(there, Vec::new()) != json!(true) {
        browser.teach(&format!("window.makeAxe = () => {{ {axe} }};"));
        let _loaded = browser.run(axe, Vec::new());
    }
    let found = browser.run_async(AXE, vec![json!(TAGS)]);
    found.as_array().unwrap().iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

/// As [`inaccessible`], once for each build of a page in the whole run: what differs by words alone is the same. axe
/// itself needs timers, which stand still where scripts are off; those pages are built alike.
fn inaccessible_if_new(browser: &Browser) -> Vec<String> {
    if !browser.runs_scripts() {
        return Vec::new();
    }
    static SEEN: OnceLock<Mutex<HashSet<String>>> = OnceLock::new();
    let build = browser.run(BUILD, Vec::new()).as_str().unwrap_or_default().to_owned();
    let new = SEEN.get_or_init(Mutex::default).lock().unwrap().insert(build);
    if new { inaccessible(browser) } else { Vec::new() }
}

/// How many pixels stick out sideways.
pub(crate) fn overflow(browser: &Browser) -> i64 {
    browser.run(WIDTH, Vec::new()).as_i64().unwrap_or_default()
}

/// Cells of tables that are too narrow to read.
pub(crate) fn squeezed(browser: &Browser) -> Vec<String> {
    strings(&browser.run(SQUEEZED, Vec::new()))
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// Errors of the console, requests to elsewhere, secrets in addresses and careless cookies since the last look; the
/// status of a page that refuses on purpose is no error.
pub(crate) fn noise(browser: &Browser, site: &Site) -> Vec<String> {
    let noticed = browser.noticed();
    let refused = |line: &String| line.contains("Failed to load resource") && line.contains("status of 4");
    let ours = |url: &String| {
        url.starts_with(&site.base)
            || ["data:", "about:", "chrome:", "chrome-untrusted:"].iter().any(|own| url.starts_with(own))
    };
    let mut wrong: Vec<String> = noticed.errors.into_iter().filter(|line| !refused(line)).collect();
    for url in &noticed.requests {
        if !ours(url) {
            wrong.push(format!("asked for {url}"));
        } else if let Some(secret) = secret(url) {
            wrong.push(format!("{secret} in {url}"));
        }
    }
    wrong.extend(noticed.cookies.iter().filter_map(|cookie| careless(cookie)));
    wrong
}

/// S42: what no address may carry: a mail address, a token. What stands behind `#` is never sent.
pub(crate) fn secret(url: &str) -> Option<&'static str> {
    let sent = url.split('#').next().unwrap_or_default();
    if sent.starts_with("data:") {
        return None;
    }
    // Somebody may search for a text with an `@`; an address has a name before it and a host behind.
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80;
    if decoded(sent).windows(3).any(|three| three[1] == b'@' && word(three[0]) && word(three[2])) {
        return Some("a mail address");
    }
    (sent.contains("yui_") || sent.contains("token=")).then_some("a token")
}

/// The bytes of an address, percent-decoded.
fn decoded(url: &str) -> Vec<u8> {
    let mut bytes = url.as_bytes().iter();
    let mut found = Vec::new();
    while let Some(&byte) = bytes.next() {
        let digits = bytes.as_slice().get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (byte, digits.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(meant)) => {
                found.push(meant);
                bytes.nth(1);
            }
            _ => found.push(byte),
        }
    }
    found
}

/// S17: a cookie for the whole site and nobody else, out of reach of scripts and of other sites. On loopback without
/// TLS it is called plainly `yui`; elsewhere its prefix makes the browser insist.
fn careless(cookie: &str) -> Option<String> {
    let mut parts = cookie.split(';').map(str::trim);
    let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap_or_default();
    let attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
    let has = |wanted: &str| attributes.iter().any(|attribute| attribute == wanted);
    let well = (name == "yui" || (name == "__Host-yui" && has("secure")))
        && has("httponly")
        && has("path=/")
        && (has("samesite=lax") || has("samesite=strict"))
        && attributes.iter().all(|attribute| !attribute.starts_with("domain"))
        && (value.is_empty() || value.len() >= 22);
    // Its value is a secret, even here.
    (!well).then(|| format!("a careless cookie {name}: {attributes:?}"))
}

/// Everything wrong with a page where a journey arrives.
pub(crate) fn arrived(browser: &Browser, site: &Site, width: u32) -> Vec<String> {
    let mut wrong = strings(&browser.run(FRAME, Vec::new()));
    let out = overflow(browser);
    if out > 1 {
        wrong.push(format!("{width}: {out} px stick out"));
    }
    wrong.extend(inaccessible_if_new(browser).into_iter().map(|one| format!("{width}: {one}")));
    wrong.extend(noise(browser, site));
    wrong
}

/// Everything wrong with a page at the widths that people use.
pub(crate) fn wrong(browser: &Browser, site: &Site, widths: &[u32]) -> Vec<String> {
    let mut wrong = strings(&browser.run(FRAME, Vec::new()));
    for width in widths {
        browser.narrow(*width);
        let out = overflow(browser);
        if out > 1 {
            wrong.push(format!("{width}: {out} px stick out"));
        }
        if *width == 375 {
            wrong.extend(squeezed(browser));
        }
        if *width >= 375 {
            wrong.extend(inaccessible_if_new(browser).into_iter().map(|one| format!("{width}: {one}")));
        }
    }
    // 200 % text on a desk's window.
    browser.narrow(1280);
    let _bigger = browser.run("document.documentElement.style.fontSize = '200%';", Vec::new());
    let out = overflow(browser);
    if out > 1 {
        wrong.push(format!("200 % text: {out} px stick out"));
    }
    wrong.extend(inaccessible_if_new(browser).into_iter().map(|one| format!("200 % text: {one}")));
    let _back = browser.run("document.documentElement.style.fontSize = '';", Vec::new());
    wrong.extend(noise(browser, site));
    wrong
}

/// Keeps a picture among the artefacts.
pub(crate) fn keep(browser: &Browser, name: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens");
    std::fs::create_dir_all(&folder).unwrap();
    // An address with all its filters is longer than a file may be called.
    let name: String = name.chars().take(100).collect();
    std::fs::write(folder.join(format!("{name}.png")), browser.picture()).unwrap();
}

/// The links of the page that stay on the site.
pub(crate) fn links(browser: &Browser) -> Vec<String> {
    strings(&browser.run(
        // Files leave the browser where it is.
        r"return [...document.querySelectorAll('a[href]')].filter(a => a.origin === location.origin && !/(\/export|\.csv|\.xlsx|\/template|\/errors)$/.test(a.pathname))
            .map(a => a.pathname + a.search);",
        Vec::new(),
    ))
}

#[test]
fn secrets_in_addresses_and_careless_cookies_are_seen() {
    assert_eq!(secret("http://h/staff?name=%E6%9E%B6"), None);
    assert_eq!(secret("http://h/acknowledgements#token=yui_ack_x"), None);
    assert_eq!(secret("http://h/rounds?q=%3Cstyle%3E%40import+x"), None);
    assert!(secret("http://h/@media/x@y").is_some());
    assert!(secret("http://h/staff?email=a%40b").is_some() && secret("http://h/i?token=x").is_some());
    let value = "a".repeat(43);
    assert_eq!(careless(&format!("yui={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age=9")), None);
    assert_eq!(careless(&format!("__Host-yui={value}; HttpOnly; Secure; SameSite=Strict; Path=/")), None);
    for bad in [
        "; SameSite=Lax; Path=/",
        "; HttpOnly; Path=/",
        "; HttpOnly; SameSite=Lax; Path=/; Domain=h",
        "; HttpOnly; SameSite=None; Path=/",
    ] {
        assert!(careless(&format!("yui={value}{bad}")).is_some(), "{bad}");
    }
    assert!(careless(&format!("__Host-yui={value}; HttpOnly; SameSite=Lax; Path=/")).is_some(), "not secure");
}

/// Without this the silence of all other pages would say nothing.
#[test]
fn noise_is_heard() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    browser.open(&site.url("/help"));
    let before = noise(&browser, &site);
    assert!(before.is_empty(), "{before:?}");
    // What happens of itself takes a moment to be told.
    let hears = |script: &str, wanted: &str| {
        let _done = browser.run(script, Vec::new());
        let mut heard = Vec::new();
        for _ in 0..100 {
            heard.extend(noise(&browser, &site));
            if heard.iter().any(|one| one.contains(wanted)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("{script}: {wanted} was not heard: {heard:?}");
    };
    hears("console.error('an error of the console');", "an error of the console");
    hears("setTimeout(() => { throw new Error('nobody caught it'); });", "nobody caught it");
    let inline = "const script = document.createElement('script'); script.textContent = 'window.__ran = 1'; document.body.append(script);";
    hears(inline, "Content Security Policy");
    assert_eq!(browser.run("return typeof window.__ran;", Vec::new()), json!("undefined"), "and it did not run");
    hears("fetch('http://foreign.example/').catch(() => {});", "Content Security Policy");
    // Where no policy stops it, the request itself is seen.
    browser.open("data:text/html,<p>no policy</p>");
    hears("new Image().src = 'http://foreign.example/x.png';", "asked for http://foreign.example/x.png");
    browser.open(&site.url("/help?token=yui_x"));
    let told = noise(&browser, &site);
    assert!(told.iter().any(|one| one.starts_with("a token in ")), "{told:?}");
}

/// Without this a check that looks past every cell would be silent too.
#[test]
fn a_squeezed_column_is_seen() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    browser.narrow(375);
    let table = |text: &str| {
        format!(
            "data:text/html,<meta charset=utf-8><body style='overflow-wrap:anywhere'><table><tr>{}</tr></table>",
            format!("<td>{text}</td>").repeat(9)
        )
    };
    browser.open(&table("二〇二六年十一月二十二日の締切"));
    assert!(squeezed(&browser)[0].starts_with("a cell of "), "{:?}", squeezed(&browser));
    browser.open(&table("3席"));
    assert_eq!(squeezed(&browser), [""; 0], "short words fit");
}
