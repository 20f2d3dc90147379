//! Every page that a role can reach by links from its home page, one of each kind.

use crate::look::{keep, links, noise, wrong};
use crate::site::{ADMIN, AUDITOR, CONTACT, LEAD, LEARNER, Site};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use testkit::browser::Browser;

/// Of one kind (the path with its ids blotted out, and the names of its parameters) so many are looked at.
const OF_A_KIND: usize = 2;
/// Where somebody signed in begins: home, and what no link leads to.
const SIGNED_IN: &[&str] = &[
    "/",
    "/search",
    "/search?q=%E7%A0%94%E4%BF%AE",
    "/search?q=%E3%81%AC%E3%81%AC",
    "/places",
    "/me/receipts/x",
    "/step-up",
];
/// Where anybody begins: mails lead to most of these.
pub(crate) const ANYBODY: &[&str] = &[
    "/sign-in",
    "/invitations",
    "/password-reset",
    "/password-resets",
    "/bootstrap",
    "/email-changes",
    "/acknowledgements",
    "/acknowledgements/done",
    "/acknowledgements/objected",
];
/// What is no page.
pub(crate) const SKIPPED: [&str; 4] = ["/api/", "/assets/", "/sign-out", "/problems/"];

pub(crate) fn kind(link: &str) -> String {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let blot =
        |part: &str| if part.len() == 36 && part.matches('-').count() == 4 { "*".to_owned() } else { part.to_owned() };
    let path = path.split('/').map(blot).collect::<Vec<_>>().join("/");
    // What kind of thing is written or moved decides which fields there are.
    let names: Vec<&str> = query
        .split('&')
        .map(|pair| if pair.starts_with("kind=") { pair } else { pair.split('=').next().unwrap_or_default() })
        .filter(|name| !["done", "receipt"].contains(name))
        .collect();
    format!("{path}?{}", names.join("&"))
}

fn sweep(role: &str, email: Option<&str>) {
    let Some(browser) = Browser::start(true, 1280) else { return };
    look(role, email, &browser, &Site::start());
}

fn look(role: &str, email: Option<&str>, browser: &Browser, site: &Site) {
    browser.forget();
    if let Some(email) = email {
        site.sign_in(browser, email);
    }
    let _before = noise(browser, site);
    let first = if email.is_some() { SIGNED_IN } else { ANYBODY };
    let mut queue: VecDeque<String> = first.iter().map(|link| (*link).to_owned()).collect();
    let mut seen: BTreeSet<String> = queue.iter().cloned().collect();
    let (mut kinds, mut found): (BTreeMap<String, usize>, Vec<String>) = (BTreeMap::new(), Vec::new());
    while let Some(link) = queue.pop_front() {
        let count = kinds.entry(kind(&link)).or_default();
        *count += 1;
        if *count > OF_A_KIND {
            continue;
        }
        let first_of_kind = *count == 1;
        browser.open(&site.url(&link));
        for next in links(browser) {
            if SKIPPED.iter().all(|skipped| !next.starts_with(skipped)) && seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
        if browser.text("h1").contains("見つかりません") && link != "/me/receipts/x" {
            found.push(format!("{link}: a link that leads nowhere"));
        }
        browser.resize(1280);
        if first_of_kind {
            keep(browser, &format!("{role}{}", kind(&link).replace(['/', '?', '*', '&'], "_")));
        }
        let widths: &[u32] = if first_of_kind { &[1280, 375, 320] } else { &[375] };
        found.extend(wrong(browser, site, widths).into_iter().map(|one| format!("{link}: {one}")));
    }
    assert!(found.is_empty(), "{role}, {} kinds of pages:\n{}", kinds.len(), found.join("\n"));
    assert!(kinds.len() > 2, "{role} reached {kinds:?} only");
}

#[test]
fn everything_that_prefecture_staff_can_reach_is_in_order() {
    sweep("lead", Some(LEAD));
}

#[test]
fn everything_that_a_contact_can_reach_is_in_order() {
    sweep("contact", Some(CONTACT));
}

#[test]
fn everything_that_a_learner_can_reach_is_in_order() {
    sweep("learner", Some(LEARNER));
}

#[test]
fn everything_that_anybody_can_reach_is_in_order() {
    sweep("nobody", None);
}

#[test]
fn everything_that_an_auditor_can_reach_is_in_order() {
    sweep("auditor", Some(AUDITOR));
}

#[test]
fn everything_that_an_administrator_can_reach_is_in_order() {
    sweep("admin", Some(ADMIN));
}

/// The state *empty*: a consortium of which nothing is known yet but its people; every list says what to do first.
#[test]
fn everything_is_in_order_before_anything_has_happened() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::empty();
    for (role, email) in
        [("lead", LEAD), ("contact", CONTACT), ("learner", LEARNER), ("auditor", AUDITOR), ("admin", ADMIN)]
    {
        look(&format!("empty-{role}"), Some(email), &browser, &site);
    }
}

/// Fills a form that wants a token from a mail with one that opens nothing.
fn refuse(browser: &Browser) {
    let fill = "for (const one of document.querySelectorAll('main form:has([name=token]) input:not([type=hidden])')) one.value = 'yui_none_x1-' + '0'.repeat(20);";
    let _filled = browser.run(fill, Vec::new());
    browser.leave(|browser| {
        browser.click("main form:has([name=token]) button.primary, main form:has([name=token]) button")
    });
    assert!(browser.has("#errors, .banner.error"), "{}: {}", browser.url(), browser.text("main"));
}

/// The pages of mailed links, before a link was pasted, with one that opens nothing, and with one that opens; the code
/// after the password; the receipt of an act. No link leads to them, and most of them are nobody's for long.
#[test]
fn pages_that_mails_and_acts_lead_to_are_in_order() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    let mut found = Vec::new();
    let mut look = |what: &str, heading: &str| {
        assert!(browser.text("main").contains(heading), "{what}: {}", browser.text("main"));
        browser.resize(1280);
        keep(&browser, &format!("act-{}", what.replace(['/', ' '], "_")));
        found.extend(wrong(&browser, &site, &[1280, 375, 320]).into_iter().map(|one| format!("{what}: {one}")));
    };
    for page in ["/acknowledgements", "/invitations", "/password-resets", "/email-changes"] {
        browser.open(&site.url(page));
        look(page, "");
        refuse(&browser);
        look(&format!("{page} refused"), "");
    }

    // An invitation and a reset that open.
    let desk = site.desk(CONTACT);
    let invite = format!("/members/{}/staff/invite", crate::office::town(&desk));
    let fields =
        [("email", "atarashii@demo.example.lg.jp"), ("display_name", "架空 新人"), ("kana", "かくう しんじん")];
    crate::office::act(&desk, &invite, &invite, &fields);
    browser.open(&site.mailed_link("atarashii@demo.example.lg.jp", "#token="));
    look("invited", "パスワード");
    browser.open(&site.url("/password-reset"));
    browser.fill("[name=email]", LEARNER);
    browser.leave(|browser| browser.click("main form button.primary"));
    look("reset asked for", "メール");
    browser.open(&site.mailed_link(LEARNER, "#token="));
    look("reset", "パスワード");

    // A number of an act, and its receipt.
    let lead = site.desk(LEAD);
    let asked = crate::office::survey(&site, "控えの確かめ（架空）", &["143618"]);
    let close = format!("/surveys/{}/close", asked.survey);
    let done = crate::office::act(&lead, &close, &close, &[]);
    let receipt = done.split("receipt=").nth(1).expect(&done).split(['&', '#']).next().unwrap().to_owned();
    site.sign_in(&browser, LEAD);
    browser.open(&site.url(&format!("/me/receipts/{receipt}")));
    look("receipt", &receipt);

    // The code after the password, and a wrong one.
    let desk = site.desk(LEARNER);
    let factor = "/me/second-factor";
    let _begun = crate::office::led(&desk.send(&desk.get(factor), &format!("{factor}/begin"), &[]));
    site.sql("UPDATE second_factors SET confirmed_at = created_at");
    browser.forget();
    browser.open(&site.url("/sign-in"));
    browser.fill("[name=email]", LEARNER);
    browser.fill("[name=password]", crate::site::PASSWORD);
    browser.leave(|browser| browser.click("main button.primary"));
    assert!(browser.has("form[action='/sign-in/code']"), "{}", browser.text("main"));
    look("code", "確認コード");
    browser.fill("[name=code]", "000000");
    browser.leave(|browser| browser.click("form[action='/sign-in/code'] button.primary"));
    assert!(browser.has("#errors"), "{}", browser.text("main"));
    look("code refused", "確認コード");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
