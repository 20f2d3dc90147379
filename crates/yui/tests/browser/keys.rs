//! The keyboard alone on the main pages: Tab goes through everything that can be used, in the order of the page, which
//! is the order in which it is seen; where it is can always be seen; and it comes out at the end.

use crate::office::{self, consortium, contact, town};
use crate::person::{BACK, FOCUS, TAB};
use crate::site::{CONTACT, LEAD, LEARNER, Site};
use serde_json::{Value, json};
use testkit::browser::Browser;

/// Numbers everything that can be used, in the order of the page: what each is, and where it is seen.
const STOPS: &str = r#"
const group = one => [...document.querySelectorAll('input[type=radio]')].filter(other => other.name === one.name && other.form === one.form);
const stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
  .filter(one => one.tabIndex >= 0 && !one.disabled && one.checkVisibility() && one.getClientRects().length > 0)
  .filter(one => one.type !== 'radio' || one === (group(one).find(other => other.checked) || group(one)[0]));
return stops.map((one, at) => {
  one.dataset.stop = at;
  const box = one.getBoundingClientRect();
  return {what: one.tagName + ' ' + (one.name || '') + ' ' + (one.getAttribute('aria-label') || one.textContent).trim().slice(0, 30),
    tabindex: one.tabIndex, skip: one.classList.contains('skip'), around: one.matches('.scroll'),
    top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left + scrollX};
});"#;

/// Which of them has the focus; nothing where none has.
const AT: &str =
    "return document.activeElement.dataset.stop === undefined ? null : Number(document.activeElement.dataset.stop);";

/// What is wrong with the order in which the stops are seen: from above to below, in one line from left to right.
fn misplaced(stops: &[Value]) -> Vec<String> {
    let number = |stop: &Value, side: &str| stop[side].as_f64().unwrap();
    let seen: Vec<&Value> = stops.iter().filter(|stop| stop["skip"] == false && stop["around"] == false).collect();
    let pair = |two: &[&Value]| {
        let (a, b) = (two[0], two[1]);
        let above = number(b, "bottom") <= number(a, "top");
        let overlap = number(a, "bottom").min(number(b, "bottom")) - number(a, "top").max(number(b, "top"));
        let lower = (number(a, "bottom") - number(a, "top")).min(number(b, "bottom") - number(b, "top"));
        let before = overlap > lower / 2.0 && number(b, "left") < number(a, "left");
        (above || before).then(|| format!("{} is seen before {}", b["what"], a["what"]))
    };
    seen.windows(2).filter_map(pair).collect()
}

/// Walks through the page as it stands; how many stops it has.
fn walk(browser: &Browser, columns: bool) -> (usize, Vec<String>) {
    let stops = browser.run(STOPS, Vec::new()).as_array().unwrap().clone();
    let mut wrong = if columns { Vec::new() } else { misplaced(&stops) };
    wrong.extend(stops.iter().filter(|stop| stop["tabindex"] != 0).map(|stop| format!("{stop} jumps the queue")));
    let mut press = |keys: &str, wanted: usize| {
        browser.keys(keys);
        let at = browser.run(AT, Vec::new());
        if at != json!(wanted) {
            let here = at.as_u64().and_then(|at| stops.get(usize::try_from(at).unwrap()));
            wrong.push(format!("{} was next, not {here:?}", stops[wanted]["what"]));
            // Go on from where it should be.
            let _put =
                browser.run("document.querySelector(`[data-stop='${arguments[0]}']`).focus();", vec![json!(wanted)]);
        }
        let seen = browser.run(FOCUS, Vec::new());
        if seen != json!("") {
            wrong.push(format!("{}: {}", stops[wanted]["what"], seen));
        }
    };
    (0..stops.len()).for_each(|next| press(TAB, next));
    // Back as well, some steps.
    (stops.len().saturating_sub(6)..stops.len().saturating_sub(1)).rev().for_each(|next| press(BACK, next));
    let _last =
        browser.run("document.querySelector(`[data-stop='${arguments[0]}']`).focus();", vec![json!(stops.len() - 1)]);
    browser.keys(TAB);
    let out = browser.run(AT, Vec::new());
    if !(out.is_null() || out == json!(0)) {
        wrong.push(format!("the keyboard does not come out of the page: {out}"));
    }
    (stops.len(), wrong)
}

#[test]
fn the_keyboard_goes_through_the_main_pages_in_the_order_in_which_they_are_seen() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    let asked = office::survey(&site, "鍵盤の調査（架空）", &["143618", "143634"]);
    let contract = office::procure(&site, "R8-鍵-1（架空）", &[("143618", 6), ("143634", 5)]);
    let round = office::quoted(&site, "鍵盤の試算（架空）", &[("143618", 20), ("143634", 35)]);
    let town = town(&site.desk(&contact("143618")));
    let board = consortium(&site.desk(LEARNER));
    let pages = [
        (None, "/sign-in".to_owned(), 6),
        (Some(LEAD), "/".to_owned(), 15),
        (Some(CONTACT), format!("/surveys/{}/answers/{town}", asked.survey), 25),
        (Some(LEAD), format!("/rounds/{round}/scenarios/new"), 40),
        (Some(LEAD), format!("/contracts/{contract}/seats"), 25),
        (Some(CONTACT), format!("/contracts/{contract}/seat-requests/new"), 15),
        (Some(LEARNER), format!("/consortia/{board}/posts/new?kind=success_story"), 25),
        (Some(LEARNER), format!("/consortia/{board}/posts/new?kind=worry"), 20),
    ];
    let mut wrong = Vec::new();
    for (who, page, least) in pages {
        browser.forget();
        who.iter().for_each(|who| site.sign_in(&browser, who));
        for width in [1280, 375] {
            browser.narrow(width);
            browser.open(&site.url(&page));
            // Side by side stand two columns, each in its own order.
            let columns = width == 1280 && page.ends_with("scenarios/new");
            let (stops, faults) = walk(&browser, columns);
            assert!(stops >= least, "{page}: {stops} stops");
            wrong.extend(faults.into_iter().map(|fault| format!("{page} at {width}: {fault}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The eye of the test itself: a page whose order, focus and end are wrong is seen to be so.
#[test]
fn a_page_that_misleads_the_keyboard_is_seen() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let page = "data:text/html,<style>form{display:flex;flex-direction:row-reverse}*:focus{outline:none}</style>\
        <form><input name=a><input name=b tabindex=3><input name=c onkeydown='event.preventDefault()'></form>";
    browser.open(page);
    let (stops, wrong) = walk(&browser, false);
    let all = wrong.join("\n");
    assert_eq!(stops, 3, "{all}");
    for fault in ["is seen before", "jumps the queue", "was next", "the focus cannot be seen", "does not come out"] {
        assert!(all.contains(fault), "{fault} is not seen:\n{all}");
    }
}
