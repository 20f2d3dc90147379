//! The desk of the service administrators: accounts and the outbox, without the rows of towns.

use crate::{numbered, world};
use acceptance::people::{PASSWORD, email};
use testkit::app::{Face, TestApp, on_both_with};
use testkit::pages::Browser;

/// The acts on accounts that the trail of the service keeps.
fn trail(app: &TestApp) -> Vec<String> {
    let read = |db: &mut store::Db| store::audit::entries_after(db, "service", 0, 10_000);
    let entries = app.service.store().within(store::Fence::service_wide()).read_now(read).unwrap();
    entries.into_iter().map(|entry| format!("{} {}", entry.action, entry.subject_id)).collect()
}

#[test]
fn an_administrator_finds_offices_by_name_and_staff_by_their_whole_address_alone() {
    on_both_with(Face::whole, |app| {
        let (_, people) = world(app);
        let admin = Browser::signed_in(app, &email("admin"), PASSWORD);
        let all = admin.get("/accounts");
        for who in ["架空 admin", "架空 lead", "架空 contact", "架空 auditor", "架空の共同調達A 中井町"]
        {
            assert!(all.text.contains(who), "{who} in {}", all.text);
        }
        assert!(!all.text.contains("架空 learner") && !all.text.contains("架空 colleague"), "{}", all.text);
        let leads = admin.get("/accounts?role=lead").text;
        assert!(leads.contains("架空 stranger") && !leads.contains("架空 contact"), "{leads}");
        let found = admin.get("/accounts?q=%E6%9E%B6%E7%A9%BA%20contact").text;
        assert!(found.contains("架空 contact") && !found.contains("架空 lead"), "{found}");
        let none = admin.get("/accounts?q=learner").text;
        assert!(none.contains("該当するアカウントはありません"), "{none}");
        let learner = format!("/accounts/{}", people.users["learner"]);
        let found = admin.get("/accounts?q=learner%40town.example.jp").text;
        assert!(found.contains(&learner), "{found}");
        let viewed = format!("account.viewed {}", people.users["learner"]);
        assert!(!trail(app).contains(&viewed));
        assert_eq!(admin.get(&learner).status, 200);
        assert!(trail(app).contains(&viewed), "to look at the staff of a town leaves an entry");
        let lead = Browser::signed_in(app, &email("lead"), PASSWORD);
        for path in ["/accounts", &learner, "/accounts/invite", "/service/mails"] {
            assert_eq!(lead.get(path).status, 403, "{path}");
        }
    });
}

#[test]
fn an_account_is_freed_of_its_sessions_switched_off_and_on_again_after_a_question_each() {
    on_both_with(Face::whole, |app| {
        let (_, people) = world(app);
        let admin = Browser::signed_in(app, &email("admin"), PASSWORD);
        let contact = Browser::signed_in(app, &email("contact"), PASSWORD);
        let here = format!("/accounts/{}", people.users["contact"]);
        let page = admin.get(&here);
        assert!(page.text.contains("利用を停止する") && !page.text.contains("利用を再開する"), "{}", page.text);
        let end = format!("{here}/end-sessions");
        let asked = admin.send(&page, &end, &[]);
        assert!(asked.text.contains("市町村の担当者（架空の共同調達A 中井町）"), "{}", asked.text);
        assert_eq!(contact.get("/").status, 200, "a question changes nothing");
        assert_eq!(numbered(&admin.sure(&asked, &end)), format!("{here}?done=sessions_ended"));
        assert_eq!(contact.get("/").status, 303, "signed out everywhere");

        let contact = Browser::signed_in(app, &email("contact"), PASSWORD);
        let disable = format!("{here}/disable");
        assert_eq!(numbered(&admin.send_sure(&admin.get(&here), &disable, &[])), format!("{here}?done=disabled"));
        assert_eq!(contact.get("/").status, 303);
        let mail = email("contact");
        let shut = Browser::new(app).post("/sign-in", &[("email", &mail), ("password", PASSWORD)]);
        assert_eq!(shut.status, 422, "{}", shut.text);
        let page = admin.get(&here);
        let twice = admin.send(&page, &disable, &[]);
        assert_eq!(twice.status, 422, "off already, which is said before it is asked: {}", twice.text);
        assert_eq!(numbered(&admin.send_sure(&page, &format!("{here}/enable"), &[])), format!("{here}?done=enabled"));
        let again = Browser::signed_in(app, &mail, PASSWORD);
        assert_eq!(again.get("/").status, 200);
        let own = admin.get(&format!("/accounts/{}", people.users["admin"]));
        assert!(!own.text.contains("利用を停止する"), "nobody locks oneself out here");
        acceptance::assert_verified(app);
    });
}

#[test]
fn another_administrator_is_invited() {
    on_both_with(Face::whole, |app| {
        let (_, _people) = world(app);
        let admin = Browser::signed_in(app, &email("admin"), PASSWORD);
        let fields = [("email", "だめ"), ("display_name", "架空 管理"), ("kana", "かくう かんり")];
        let refused = admin.send(&admin.get("/accounts/invite"), "/accounts/invite", &fields);
        assert!(refused.status == 422 && refused.text.contains("value=\"かくう かんり\""), "{}", refused.text);
        let fields = [("email", "second@service.example.jp"), fields[1], fields[2]];
        let sent = admin.send(&refused, "/accounts/invite", &fields);
        assert_eq!(sent.headers["location"], "/accounts?role=admin&done=invited", "{}", sent.text);
        let list = admin.get(&sent.headers["location"]);
        assert!(list.text.contains("架空 管理") && list.text.contains("招待中"), "{}", list.text);
        assert!(list.text.contains("ある人には役割が加わったことをメールで知らせます"), "both are true: {}", list.text);
    });
}

#[test]
fn a_mail_that_was_given_up_is_seen_and_sent_again_but_not_one_with_a_link() {
    on_both_with(Face::whole, |app| {
        let (world, _people) = world(app);
        let admin = Browser::signed_in(app, &email("admin"), PASSWORD);
        let mail = &world.ids["mail_id"];
        assert!(admin.get("/service/mails").text.contains("保留はありません"));
        app.sql(&format!(
            "UPDATE outbox SET state = 'parked', attempts = 12, last_error = '550 unknown', sent_at = NULL WHERE id = '{mail}'"
        ));
        app.sql("UPDATE outbox SET state = 'parked', attempts = 12, sent_at = NULL WHERE kind = 'acknowledgement_requested'");
        let page = admin.get("/service/mails");
        // What is listed at first is what waits for somebody, and the choice says so.
        let parked = "<option value=\"parked\" selected>送信できず保留</option>";
        assert!(page.text.contains(parked) && page.text.contains("/service/mails?sort=state"), "{}", page.text);
        let retry = format!("/service/mails/{mail}/retry");
        assert!(page.text.contains("550 unknown") && page.text.contains("架空の共同調達A"), "{}", page.text);
        assert!(page.text.contains(&retry) && page.text.contains("送り直せません"), "{}", page.text);
        assert!(!page.text.split("<main").nth(1).unwrap().contains("@town.example.jp"), "no address");
        assert!(admin.get("/").text.contains("届かなかったメール"), "it waits for the administrator");
        let lead = Browser::signed_in(app, &email("lead"), PASSWORD);
        assert_eq!(lead.send(&lead.get("/"), &retry, &[]).status, 403, "the service is the administrators'");
        let sent = admin.send(&page, &retry, &[]);
        assert_eq!(sent.headers["location"], "/service/mails?done=requeued", "{}", sent.text);
        let after = admin.get("/service/mails");
        assert!(!after.text.contains(&retry), "{}", after.text);
        let twice = admin.send(&after, &retry, &[("_once", "again")]);
        assert_eq!(twice.status, 422, "it waits already: {}", twice.text);
    });
}
