//! Personal access tokens as scripts use them.

use crate::rig::{get, grant, place, post, signed_in};
use domain::access::Role;
use serde_json::{Value, json};
use testkit::app::{TestApp, on_both};

const LIFE: &str = "2026-12-31T00:00:00+09:00";

#[test]
fn a_reading_token_reads_and_writes_nothing() {
    on_both(|app| {
        let place = place(app);
        let lead = grant(Role::Lead, Some(&place.consortium), Some(&place.lead_member));
        let session = signed_in(app, "lead@pref.example.jp", vec![lead]);
        let make = |scopes: Value| {
            let body = json!({"name": "月次集計", "scopes": scopes, "expires_at": LIFE});
            let answer = post(app, "/api/v1/personal-tokens", Some(&session), &body);
            assert_eq!(answer.status, 201, "{}", answer.text);
            answer.json()["token"].as_str().unwrap().to_owned()
        };
        let (reader, writer) = (make(json!(["read"])), make(json!(["write"])));
        let consortium = format!("/api/v1/consortia/{}", place.consortium);
        let member = json!({"municipality_code": "143634", "name": "松田町", "kana": "まつだまち", "kind": "town",
            "population": 10_836, "member_class": "full", "joined_on": "2026-04-01"});
        let members = format!("{consortium}/members");
        assert_eq!(get(app, &consortium, &reader).status, 200);
        let refused = post(app, &members, Some(&reader), &member);
        assert_eq!((refused.status, refused.code().as_str()), (403, "insufficient_scope"));
        assert_eq!(post(app, &members, Some(&writer), &member).status, 201);
        assert_eq!(get(app, &consortium, &writer).status, 200);
    });
}

/// A leaked token must not make itself immortal or take the account over.
#[test]
fn no_token_touches_the_account() {
    let app = TestApp::start();
    let place = place(&app);
    let lead = grant(Role::Lead, Some(&place.consortium), Some(&place.lead_member));
    let admin = grant(Role::Admin, None, None);
    let session = signed_in(&app, "lead@pref.example.jp", vec![lead, admin]);
    let body = json!({"name": "x", "scopes": ["read", "write"], "expires_at": LIFE});
    let made = post(&app, "/api/v1/personal-tokens", Some(&session), &body).json();
    let token = made["token"].as_str().unwrap();
    let id = made["personal_token"]["id"].as_str().unwrap();
    let invite =
        json!({"email": "a@b.example", "display_name": "a", "kana": "a", "role": "auditor", "member_id": null});
    let password = json!({"current_password": "x", "new_password": "y"});
    let users = format!("/api/v1/consortia/{}/users", place.consortium);
    let revoke = format!("/api/v1/personal-tokens/{id}/revoke");
    let table = [
        ("POST", "/api/v1/personal-tokens", &body),
        ("POST", &revoke, &Value::Null),
        ("POST", "/api/v1/sessions/revoke-all", &Value::Null),
        ("POST", "/api/v1/sessions/sign-out", &Value::Null),
        ("PUT", "/api/v1/me/password", &password),
        ("POST", "/api/v1/signing-keys", &Value::Null),
        ("POST", &users, &invite),
    ];
    for (method, path, body) in table {
        let answer = crate::rig::request(&app, method, path, Some(token), body);
        assert_eq!((answer.status, answer.code().as_str()), (403, "session_required"), "{method} {path}");
    }
    assert_eq!(get(&app, "/api/v1/sessions", token).code(), "session_required");
}

#[test]
fn a_token_is_shown_once_and_kept_nowhere_in_clear() {
    on_both(|app| {
        let session = signed_in(app, "hanako@nakai.example.jp", vec![]);
        let bearer = format!("Bearer {session}");
        let body = json!({"name": "x", "scopes": ["read"], "expires_at": LIFE});
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "once")];
        let made = app.send("POST", "/api/v1/personal-tokens", &headers, &body).json();
        let token = made["token"].as_str().unwrap().to_owned();
        let listed = get(app, "/api/v1/personal-tokens", &session);
        assert!(!listed.text.contains(&token) && listed.text.contains("\"prefix\":\"yui_pat_"), "{}", listed.text);
        let me = get(app, "/api/v1/me", &session).json()["id"].as_str().unwrap().to_owned();
        let kept = crate::rig::run(app.service.store().write(move |db| store::idempotency::find(db, &me, "once")));
        let kept = kept.unwrap().expect("the answer is recorded for a second try");
        assert!(!kept.body.contains(&token) && !kept.body.contains("yui_pat_"), "sealed: {}", kept.body);
        let id = made["personal_token"]["id"].as_str().unwrap();
        let revoke = format!("/api/v1/personal-tokens/{id}/revoke");
        assert_eq!(get(app, "/api/v1/me", &token).status, 200);
        assert_eq!(post(app, &revoke, Some(&session), &Value::Null).status, 204);
        assert_eq!(get(app, "/api/v1/me", &token).status, 401);
    });
}
