//! From the demo to the restored backup, step by step as an operator goes.

use crate::place::{PASSWORD, Place};
use crate::{copies, export, serve};
use std::collections::BTreeSet;
use store::Backend;
use testkit::smtp::Mail;

#[test]
fn an_operator_goes_through_the_year_on_the_embedded_database() {
    walk(&Place::sqlite());
}

#[test]
fn an_operator_goes_through_the_year_on_postgresql() {
    if let Some(place) = Place::postgres() {
        walk(&place);
    }
}

fn walk(place: &Place) {
    migrate(place);
    story(place);
    healthy(place);
    copies::walk(place);
    accounts(place);
    export::walk(place);
    serve::walk(place);
    healthy(place);
}

/// The schema first: what is pending, and then nothing any more.
fn migrate(place: &Place) {
    let pending = place.run(&["migrate", "--check", "--json"]).ended(1).json()["pending"].as_array().unwrap().len();
    assert!(pending > 9, "{pending}");
    assert_eq!(place.run(&["migrate", "--json"]).ended(0).json()["applied"].as_array().unwrap().len(), pending);
    assert!(place.run(&["migrate"]).ended(0).out.contains("0件"));
    assert!(place.run(&["migrate", "--check"]).ended(0).out.contains("0件"));
}

/// One year, told by `demo` on the one database and by `seed` on the other: the same story by two names.
fn story(place: &Place) {
    let told = match place.backend {
        Backend::Sqlite => place.run(&["demo", "--once", "--password", PASSWORD]),
        Backend::Postgres => place.run(&["seed", "--password", PASSWORD]),
    };
    let told = told.ended(0);
    for chapter in 1..=9 {
        assert!(told.out.contains(&format!("■ {chapter}. ")), "chapter {chapter}: {}", told.out);
    }
    let refused = place.run(&["seed"]).ended(2);
    assert!(refused.err.contains("空のデータベース"), "{}", refused.err);

    // The mails of the story, as files that a mail program opens.
    let files: Vec<_> = std::fs::read_dir(place.path("mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.iter().all(|file| file.extension().is_some_and(|ending| ending == "eml")), "{files:?}");
    assert!(told.out.contains(&format!("{}通のメールを届けました", files.len())), "{}", told.out);
    let mails: Vec<Mail> = files.iter().map(|file| Mail::parse("", Vec::new(), std::fs::read(file).unwrap())).collect();
    let ids: BTreeSet<_> = mails.iter().map(|mail| mail.message_id.clone().unwrap()).collect();
    assert_eq!(ids.len(), mails.len(), "each once");
    let sent = place.lines("SELECT id AS line FROM outbox WHERE state = 'sent'");
    assert_eq!(sent.len(), mails.len());
    assert!(sent.iter().all(|id| ids.iter().any(|found| found.starts_with(id.as_str()))));
    assert_eq!(place.lines("SELECT id AS line FROM outbox WHERE state IN ('pending', 'parked')"), Vec::<String>::new());
    let mut links = 0;
    for mail in &mails {
        assert!(mail.subject.as_deref().is_some_and(|subject| subject.starts_with("【結】")), "{:?}", mail.subject);
        for part in [mail.text.as_deref().unwrap(), mail.html.as_deref().unwrap()] {
            for (at, _) in part.match_indices("yui_ack_") {
                assert!(part[..at].ends_with("#token="), "{part}");
                links += 1;
            }
        }
    }
    assert!(links > 0, "supervisors got their links");
}

/// `verify` finds nothing, in words and as JSON.
fn healthy(place: &Place) {
    let report = place.run(&["verify", "--json"]).ended(0).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    assert!(report["rules"].as_array().unwrap().len() > 30 && report["audit_entries"].as_i64().unwrap() > 100);
}

/// Accounts from the command line, for people and for programs; a wrong input says what to do.
fn accounts(place: &Place) {
    let add = |more: &[&str], password: &str| {
        let mut arguments = vec!["user", "add", "--name", "架空 運用"];
        arguments.extend(more);
        place.typed(&arguments, password)
    };
    let good = format!("{PASSWORD}\n");
    let admin = ["--email", "second@demo.example.lg.jp", "--admin", "--json"];
    let made = add(&admin, &good).ended(0).json();
    assert_eq!((made["email"].as_str(), made["role"].as_str()), (Some("second@demo.example.lg.jp"), Some("admin")));
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        place.lines(&format!("SELECT email AS line FROM users WHERE id = '{id}'")),
        ["second@demo.example.lg.jp"]
    );
    let twice = add(&admin, &good).ended(2);
    assert!(twice.err.starts_with("エラー: ") && !twice.err.contains("Rule("), "{}", twice.err);
    let weak = add(&["--email", "third@demo.example.lg.jp", "--admin"], "password\n").ended(2);
    assert!(weak.err.contains("password: "), "{}", weak.err);
    add(&["--email", "third@demo.example.lg.jp", "--role", "king", "--consortium", "x"], &good).ended(2);
    add(&["--email", "third@demo.example.lg.jp"], &good).ended(2);
    let none = place.run(&["user", "reset-second-factor", "nobody@demo.example.lg.jp"]).ended(2);
    assert!(none.err.contains("アカウントはありません"), "{}", none.err);
}
