//! The doors of this area over HTTP: what is closed to strangers, and what a bad link or body is told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use serde_json::{Value, json};
use testkit::app::{Answer, TestApp, on_both};

const ID: &str = "0199b3f0-0000-7000-8000-000000000001";

fn post(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.send("POST", path, &[], body)
}

#[test]
fn every_other_door_of_the_area_asks_who_is_there() {
    let app = TestApp::start();
    for (method, path) in [
        ("POST", format!("/api/v1/seat-accounts/{ID}/entry-calls")),
        ("GET", format!("/api/v1/consortia/{ID}/entry-calls")),
        ("GET", format!("/api/v1/entry-calls/{ID}")),
        ("PUT", format!("/api/v1/entry-calls/{ID}")),
        ("POST", format!("/api/v1/entry-calls/{ID}/open")),
        ("POST", format!("/api/v1/entry-calls/{ID}/close")),
        ("POST", format!("/api/v1/entry-calls/{ID}/draw")),
        ("GET", format!("/api/v1/entry-calls/{ID}/selection-proposal")),
        ("POST", format!("/api/v1/entry-calls/{ID}/selection")),
        ("POST", format!("/api/v1/entry-calls/{ID}/applications")),
        ("GET", format!("/api/v1/entry-calls/{ID}/applications")),
        ("GET", "/api/v1/me/applications".to_owned()),
        ("GET", format!("/api/v1/applications/{ID}")),
        ("PUT", format!("/api/v1/applications/{ID}")),
        ("POST", format!("/api/v1/applications/{ID}/withdraw")),
        ("POST", format!("/api/v1/applications/{ID}/acknowledgement-requests")),
    ] {
        let answer = app.send(method, &path, &[], &Value::Null);
        assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"), "{method} {path}");
    }
}

#[test]
fn a_supervisor_needs_no_account_but_a_link_that_was_issued() {
    on_both(|app| {
        for path in ["/api/v1/acknowledgements/view", "/api/v1/acknowledgements"] {
            let never = json!({"token": "yui_ack_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"});
            let answer = post(app, path, &never);
            assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
            assert!(answer.headers["content-type"].starts_with("application/problem+json"));
            for (body, pointer) in
                [(json!({}), "/token"), (json!({"token": 1}), "/token"), (json!({"token": "x", "more": true}), "/more")]
            {
                let answer = post(app, path, &body);
                assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_fields"), "{path} {body}");
                assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
            }
        }
    });
}
