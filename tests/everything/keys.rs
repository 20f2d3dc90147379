//! R01: every POST of the document takes an idempotency key — but for a short list with reasons —, does its work once
//! for each key, answers a retry byte for byte, and refuses the key with another request.

use crate::{operation, without_limits, writes};
use acceptance::everything::{Ask, play};
use acceptance::people::{People, email, text};
use acceptance::world::World;
use api::openapi::KEYLESS;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use testkit::app::{Answer, TestApp, on_both, on_both_with};

fn keyless(id: &str) -> bool {
    KEYLESS.iter().any(|(keyless, _)| *keyless == id)
}

#[test]
fn the_document_names_the_key_wherever_it_is_taken_and_nowhere_else() {
    let posts: Vec<_> = writes().into_iter().filter(|one| one.method == "POST").collect();
    for post in &posts {
        assert_eq!(post.takes_header("Idempotency-Key"), !keyless(&post.id), "{}", post.id);
        // Who is nobody has no key; what makes something has one.
        assert!(!post.is_open() || keyless(&post.id), "{} is open to anybody", post.id);
        let makes = post.answers_with(201) && post.id != "bootstrap";
        assert!(!makes || !keyless(&post.id), "{} makes something and takes no key", post.id);
    }
    for (id, reason) in KEYLESS {
        assert!(posts.iter().any(|post| post.id == *id), "{id} is no operation");
        assert!(reason.len() > 10, "{id}");
    }
}

/// These end the session that asks: its retry is nobody's any more.
const ENDS_ITSELF: [&str; 2] = ["sign_out", "revoke_all_sessions"];

#[test]
fn a_retry_is_answered_with_the_same_bytes_and_does_nothing_again() {
    on_both_with(without_limits, |app| {
        let (count, asked) = (Cell::new(0), RefCell::new(BTreeSet::new()));
        let perform = |app: &TestApp, ask: &Ask| -> Answer {
            let id = operation(ask.method, &ask.path);
            if ask.method != "POST" || keyless(&id) {
                return ask.send(app);
            }
            count.set(count.get() + 1);
            let key = format!("key-{}", count.get());
            let with = [("idempotency-key", key.as_str())];
            let first = ask.send_with(app, &with, &ask.body);
            let after = trail(app);
            let again = ask.send_with(app, &with, &ask.body);
            if ENDS_ITSELF.contains(&id.as_str()) {
                assert_eq!(again.status, 401, "{id}: {}", again.text);
            } else {
                assert_eq!((again.status, &again.bytes), (first.status, &first.bytes), "{id}");
                for name in ["location", "etag"] {
                    assert_eq!(again.headers.get(name), first.headers.get(name), "{id} {name}");
                }
                if ask.file.is_none() {
                    let other = ask.send_reworded(app, &with);
                    let refused = (other.status, other.code());
                    assert_eq!(refused, (422, "idempotency_key_reused".to_owned()), "{id}: {}", other.text);
                }
            }
            assert_eq!(trail(app), after, "{id} did something again");
            asked.borrow_mut().insert(id);
            first
        };
        let (world, people) = play(app, &perform);
        let missed: Vec<String> = writes()
            .into_iter()
            .filter(|one| one.method == "POST" && !keyless(&one.id) && !asked.borrow().contains(&one.id))
            .map(|one| one.id)
            .collect();
        assert!(missed.is_empty(), "{missed:?}");
        secrets_are_sealed(app);
        keys_of_others(&world, &people);
        acceptance::assert_verified(app);
    });
}

fn trail(app: &TestApp) -> i64 {
    let count = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM audit_entries";
    app.service.store().read_now(|db| store::fixtures::number(db, count)).unwrap()
}

/// No stored answer holds a secret in clear, and nobody but the caller's retry opens one.
fn secrets_are_sealed(app: &TestApp) {
    let bodies = "SELECT body AS line FROM idempotency_records";
    let bodies = app.service.store().read_now(|db| store::fixtures::lines(db, bodies)).unwrap();
    assert!(bodies.len() > 60, "{}", bodies.len());
    for secret in ["yui_", "otpauth", "recovery_codes", "access_token", "refresh_token"] {
        // A personal token is listed by how it begins.
        let told: Vec<&String> = bodies.iter().filter(|body| body.contains(secret)).collect();
        assert!(told.is_empty(), "{secret}: {told:?}");
    }
    assert!(bodies.iter().any(|body| !body.is_empty() && !body.starts_with(['{', '['])), "some are sealed");
}

/// A key belongs to who uses it: the same key of somebody else is another one.
fn keys_of_others(world: &World, people: &People<'_>) {
    let path = world.path("/posts/{post_id}/comments");
    let body = json!({"body": "鍵は人ごとです。"});
    let send = |who: &str| people.with(who, "POST", &path, &[("idempotency-key", "shared")], &body);
    let (one, two) = (send("contact"), send("learner"));
    assert_eq!((one.status, two.status), (201, 201), "{} {}", one.text, two.text);
    assert_ne!(text(&one.json()["id"]), text(&two.json()["id"]));
    assert_eq!(send("learner").bytes, two.bytes);
}

/// S14: a stored answer is given only while the caller holds the roles with which it was earned.
#[test]
fn a_stored_answer_is_not_given_to_somebody_who_lost_the_role() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let path = world.path("/consortia/{consortium_id}/users");
        let comment = world.path("/posts/{post_id}/comments");
        let body = json!({"body": "在任中の記入です。"});
        let send = |who: &str| people.with(who, "POST", &comment, &[("idempotency-key", "before")], &body);
        let (kept, lost) = (send("contact"), send("other_town"));
        assert_eq!((kept.status, lost.status), (201, 201));
        assert_eq!(send("other_town").bytes, lost.bytes);
        // The contact of 松田町 becomes a learner of 中井町.
        let grant = people.get("lead", &format!("{path}/{}", people.users["other_town"]));
        let grant = text(&grant["grants"][0]["id"]);
        let revoke = format!("{}/grants/{grant}/revoke", world.path("/consortia/{consortium_id}"));
        people.in_person("lead", &revoke, &Value::Null);
        let invite = json!({
            "email": email("other_town"), "display_name": "架空 other_town", "kana": "かくう", "role": "learner",
            "member_id": world.ids["member_id"],
        });
        people.in_person("contact", &path, &invite);
        let again = send("other_town");
        assert_eq!((again.status, again.code().as_str()), (404, "not_found"), "{}", again.text);
        assert!(!again.text.contains("在任中"), "{}", again.text);
        assert_eq!(send("contact").bytes, kept.bytes, "who kept the role keeps the answer");
        acceptance::assert_verified(app);
    });
}
