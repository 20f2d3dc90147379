//! Every page that a role can reach by links from its home page, one of each kind.

use crate::look::{keep, links, noise, wrong};
use crate::site::{ADMIN, AUDITOR, CONTACT, LEAD, LEARNER, Site};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use testkit::browser::Browser;

/// Of one kind (the path with its ids blotted out, and the names of its parameters) so many are looked at.
const OF_A_KIND: usize = 2;
/// What is no page.
pub(crate) const SKIPPED: [&str; 4] = ["/api/", "/assets/", "/sign-out", "/problems/"];

pub(crate) fn kind(link: &str) -> String {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let blot =
        |part: &str| if part.len() == 36 && part.matches('-').count() == 4 { "*".to_owned() } else { part.to_owned() };
    let path = path.split('/').map(blot).collect::<Vec<_>>().join("/");
    let names: Vec<&str> =
        query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| *name != "done").collect();
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
    let first = if email.is_some() { "/" } else { "/sign-in" };
    let (mut queue, mut seen) = (VecDeque::from([first.to_owned()]), BTreeSet::from([first.to_owned()]));
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
        if browser.text("h1").contains("見つかりません") {
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

/// The supervisor's one page, before a link was pasted and with one that opens nothing; the journeys walk it to its end.
#[test]
fn what_a_supervisor_sees_first_is_in_order() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    browser.open(&site.url("/acknowledgements"));
    let mut found = wrong(&browser, &site, &[1280, 375, 320]);
    browser.fill("[name=token]", "yui_ack_x");
    browser.leave(|browser| browser.click("main form button.primary, main form button"));
    assert!(browser.has("#errors, .banner.error"), "{}", browser.text("main"));
    found.extend(wrong(&browser, &site, &[1280, 375, 320]));
    assert!(found.is_empty(), "{}", found.join("\n"));
}
