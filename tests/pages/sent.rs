//! What is sent: no form works for who may only read or for a stranger, whatever its address; and the forms that no
//! other story sends.

use crate::{whole, world};
use acceptance::contents;
use acceptance::people::{PASSWORD, email};
use testkit::pages::{Browser, hidden};

/// Forms of one's own account and of people who are not signed in; stories of their own send them.
pub(crate) fn own(pattern: &str) -> bool {
    let open = [
        "/sign-in",
        "/sign-in/code",
        "/sign-out",
        "/step-up",
        "/invitations",
        "/bootstrap",
        "/places",
        "/email-changes",
    ];
    let mailed = [
        "/password-reset",
        "/password-resets",
        "/acknowledgements",
        "/acknowledgements/confirm",
        "/acknowledgements/object",
    ];
    pattern.starts_with("/me/") || open.contains(&pattern) || mailed.contains(&pattern)
}

#[test]
fn whatever_an_auditor_or_a_stranger_sends_is_refused_and_changes_nothing() {
    let app = whole();
    let (world, _people) = world(&app);
    let browsers = ["auditor", "stranger"].map(|who| (who, Browser::signed_in(&app, &email(who), PASSWORD)));
    let before = contents(&app);
    let mut sent = 0;
    for route in web::route_table() {
        if route.method != "POST" || own(&route.pattern) || route.pattern.contains("{import_id}") {
            continue;
        }
        // A stranger leads a consortium of its own; what is the service's is refused to both.
        let path = world.path(&route.pattern);
        for (who, browser) in &browsers {
            let csrf = hidden(&browser.get("/me").text, "_csrf").unwrap();
            for sure in ["", "yes"] {
                let fields = [
                    ("_csrf", csrf.as_str()),
                    ("_once", "x"),
                    ("_version", "1"),
                    ("_sure", sure),
                    ("_act", "decide"),
                    ("reason", "理由"),
                ];
                let answer = browser.post(&path, &fields);
                assert!(
                    matches!(answer.status, 400 | 403 | 404 | 415 | 422),
                    "{who} {path}: {} {}",
                    answer.status,
                    answer.text
                );
                sent += 1;
            }
        }
    }
    assert!(sent > 200, "{sent} forms");
    let after = contents(&app);
    let new: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
    assert!(new.is_empty(), "{new:#?}");
}

#[test]
fn the_lead_sends_a_mail_that_was_given_up_again() {
    let app = whole();
    let (world, _people) = world(&app);
    let list = world.path("/consortia/{consortium_id}/mails");
    let retry = world.path("/consortia/{consortium_id}/mails/{mail_id}/retry");
    app.sql(&format!(
        "UPDATE outbox SET state = 'parked', attempts = 10, last_error = '550 no such user', sent_at = NULL WHERE id = '{}'",
        world.ids["mail_id"]
    ));
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let page = lead.get(&format!("{list}?state=parked"));
    assert!(page.text.contains(&retry) && page.text.contains("550 no such user"), "{}", page.text);
    let sent = lead.send(&page, &retry, &[]);
    assert_eq!(
        (sent.status, sent.headers["location"].as_str()),
        (303, format!("{list}?done=requeued").as_str()),
        "{}",
        sent.text
    );
    assert!(!lead.get(&format!("{list}?state=parked")).text.contains(&retry));
    let twice = lead.send(&page, &retry, &[("_once", "again")]);
    assert_eq!(twice.status, 422, "it waits already: {}", twice.text);
}

#[test]
fn a_draft_survey_is_corrected_and_a_consortium_renamed() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let mut round = acceptance::world::round(&[world.ids["member_id"].as_str()]);
    round["fiscal_year"] = serde_json::json!(2027);
    let made = people.post("lead", &world.path("/consortia/{consortium_id}/rounds"), &round);
    let asked = people.post(
        "lead",
        &format!("/rounds/{}/surveys", made["id"].as_str().unwrap()),
        &acceptance::world::survey("2026-05-20"),
    );
    let path = format!("/surveys/{}/edit", asked["id"].as_str().unwrap());
    let page = lead.get(&path);
    assert!(page.text.contains("value=\"意向調査\""), "{}", page.text);
    let fields =
        [("kind", "binding"), ("title", "本申込（架空）"), ("note", "直した案内"), ("deadline_on", "令和8年5月29日")];
    let saved = lead.send(&page, &path, &fields);
    assert_eq!(saved.status, 303, "{}", saved.text);
    let stored = people.get("lead", &path.replace("/edit", ""));
    assert_eq!((&stored["title"], &stored["deadline_on"]), (&"本申込（架空）".into(), &"2026-05-29".into()));
    let crossed =
        lead.send(&page, &path, &[fields[0], ("title", "別の題名"), fields[2], fields[3], ("_once", "other")]);
    assert!(crossed.status == 422 && crossed.text.contains("現在保存されている値"), "{}", crossed.text);

    let path = world.path("/consortia/{consortium_id}/edit");
    let renamed = lead.send(&lead.get(&path), &path, &[("name", "架空の共同調達A（改称）")]);
    assert_eq!(renamed.status, 303, "{}", renamed.text);
    assert!(lead.get("/").text.contains("架空の共同調達A（改称）"));
    let empty = lead.send(&lead.get(&path), &path, &[("name", " ")]);
    assert_eq!(empty.status, 422);
}

#[test]
fn a_supervisor_is_asked_again_for_an_application() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/entry-calls/{call_id}/applications/{application_id}");
    let asked = |people: &acceptance::people::People<'_>| {
        let mails = people.all("lead", &world.path("/consortia/{consortium_id}/mails"));
        mails.iter().filter(|mail| mail["kind"] == "acknowledgement_requested").count()
    };
    let before = asked(&people);
    let page = contact.get(&path);
    assert!(page.text.contains("method=\"post\""), "{}", page.text);
    let sent = contact.send(&page, &path, &[]);
    assert_eq!(sent.status, 303, "{}", sent.text);
    assert_eq!(asked(&people), before + 1);
}
