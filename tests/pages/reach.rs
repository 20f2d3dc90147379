//! From home by links alone: each role comes to every page that it may read, and an auditor meets nothing to press.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use testkit::pages::Browser;

/// Visits of one kind of page: enough to meet it in several states.
const VISITS: usize = 4;

/// The pattern of a path.
fn pattern(routes: &[String], path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &&String| {
        let wanted: Vec<&str> = pattern.split('/').collect();
        wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(want, part)| want == part || (want.starts_with('{') && part.len() == 36))
    };
    let exact = routes.iter().find(|one| one.as_str() == path);
    exact.or_else(|| routes.iter().find(fits)).cloned()
}

/// The pages of the service that are on this page, as addresses.
fn links(text: &str) -> Vec<String> {
    let hrefs = text.split("href=\"").skip(1).filter_map(|part| part.split('"').next());
    let plain =
        hrefs.map(|href| href.split('#').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&"));
    plain.filter(|href| href.starts_with('/') && !href.starts_with("/api/") && !href.starts_with("/assets/")).collect()
}

/// The pages that somebody comes to, and where forms are sent from them.
fn walk(browser: &Browser<'_>, routes: &[String]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut reached, mut forms) = (BTreeSet::new(), BTreeSet::new());
    let mut visits: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut next = VecDeque::from(["/".to_owned()]);
    while let Some(path) = next.pop_front() {
        let Some(of) = pattern(routes, path.split('?').next().unwrap()) else { continue };
        let count = visits.entry(of.clone()).or_default();
        *count += 1;
        if *count > VISITS {
            continue;
        }
        let page = browser.get(&path);
        assert!(page.status < 400, "a link leads to {path}: {}", page.status);
        reached.insert(of);
        if page.status == 303 {
            let to = page.headers["location"].split('#').next().unwrap().to_owned();
            if seen.insert(to.clone()) {
                next.push_back(to);
            }
            continue;
        }
        let sent = page.text.split("method=\"post\" action=\"").skip(1).filter_map(|part| part.split('"').next());
        forms.extend(sent.map(|to| pattern(routes, to.split('?').next().unwrap()).unwrap_or_else(|| to.to_owned())));
        for link in links(&page.text) {
            if seen.insert(link.clone()) {
                next.push_back(link);
            }
        }
    }
    (reached, forms)
}

/// Pages that no link leads to: mails do, an act or a form does, nobody is signed in there, or they are somebody else's.
const ELSEWHERE: [&str; 20] = [
    "/acknowledgements",
    "/acknowledgements/done",
    "/acknowledgements/objected",
    "/bootstrap",
    "/email-changes",
    // Somebody with one place has nothing to switch.
    "/places",
    "/consortia",
    "/consortia/export",
    "/entry-calls/{call_id}",
    "/invitations",
    "/me/applications/{application_id}",
    "/me/receipts/{receipt_id}",
    "/password-resets",
    "/scenarios/{scenario_id}/finalised",
    "/search",
    "/sessions",
    "/sign-in",
    "/step-up",
    // A mail without an attempt has no course yet.
    "/consortia/{consortium_id}/mails/{mail_id}",
    // A learner's, and read at the call by others.
    "/applications/{application_id}",
];

/// Pages of an act: they are offered while it is open, which here it need not be.
fn acts(pattern: &str) -> bool {
    let acts = [
        "new",
        "edit",
        "open",
        "close",
        "draw",
        "selection",
        "review",
        "finalise",
        "delete",
        "return",
        "decline",
        "template",
        "import",
    ];
    pattern.rsplit('/').next().is_some_and(|last| acts.contains(&last))
}

#[test]
fn links_lead_the_lead_and_the_auditor_to_every_page_that_they_may_read() {
    let app = whole();
    let (world, _people) = world(&app);
    let gets: Vec<String> =
        web::route_table().into_iter().filter(|route| route.method == "GET").map(|route| route.pattern).collect();
    let mut missing = Vec::new();
    for who in ["lead", "auditor"] {
        let browser = Browser::signed_in(&app, &email(who), PASSWORD);
        let (reached, _) = walk(&browser, &gets);
        for pattern in &gets {
            let known = ELSEWHERE.contains(&pattern.as_str()) || reached.contains(pattern) || acts(pattern);
            let of_a_learner = ["/me/entries", "/me/seats", "/me/offers"].contains(&pattern.as_str());
            let no_id = pattern.contains("{name}") || pattern.contains("{import_id}");
            if known || of_a_learner || no_id || pattern.starts_with("/public/") {
                continue;
            }
            if browser.get(&world.path(pattern)).status == 200 {
                missing.push(format!("{who}: {pattern}"));
            }
        }
    }
    assert!(missing.is_empty(), "no link leads there:\n{}", missing.join("\n"));
}

#[test]
fn an_auditor_reads_everything_and_has_nothing_to_press_but_the_own_account() {
    let app = whole();
    let (_, _people) = world(&app);
    let routes: Vec<String> = web::route_table().into_iter().map(|route| route.pattern).collect();
    let auditor = Browser::signed_in(&app, &email("auditor"), PASSWORD);
    let (reached, forms) = walk(&auditor, &routes);
    assert!(reached.len() > 40, "{reached:?}");
    let own = |form: &&String| {
        form.starts_with("/me/") || ["/sign-out", "/sign-in", "/step-up", "/password-reset"].contains(&form.as_str())
    };
    let others: Vec<&String> = forms.iter().filter(|form| !own(form)).collect();
    assert!(others.is_empty(), "{others:?}");
}
