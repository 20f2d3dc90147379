//! The life of a session as a program lives it.

use crate::rig::{PASSWORD, bare, get, grant, place, post, request, run, sign_in, user};
use domain::access::Role;
use http_kit::Settings;
use http_kit::limits::Limits;
use serde_json::{Value, json};
use testkit::app::{Face, TestApp, on_both};

const HANAKO: &str = "hanako@nakai.example.jp";

#[test]
fn sign_in_read_refresh_and_sign_out() {
    on_both(|app| {
        let place = place(app);
        user(app, HANAKO, vec![grant(Role::Contact, Some(&place.consortium), Some(&place.town))]);
        let session = sign_in(app, HANAKO);
        let token = session["access_token"].as_str().unwrap();
        let me = get(app, "/api/v1/me", token);
        assert_eq!((me.status, me.headers["etag"].as_str()), (200, "\"1\""));
        assert_eq!(me.json()["grants"][0]["member_name"], "中井町");
        assert!(me.headers["cache-control"].contains("no-store"));

        let body = json!({"refresh_token": session["refresh_token"]});
        let next = post(app, "/api/v1/sessions/refresh", None, &body).json();
        assert_eq!(next["session_id"], session["session_id"]);
        let token = next["access_token"].as_str().unwrap();
        assert_eq!(get(app, "/api/v1/sessions", token).json()["items"][0]["current"], true);

        assert_eq!(post(app, "/api/v1/sessions/sign-out", Some(token), &Value::Null).status, 204);
        let after = get(app, "/api/v1/me", token);
        assert_eq!((after.status, after.code().as_str()), (401, "unauthenticated"));
        assert_eq!(after.headers["www-authenticate"], "Bearer");
        let body = json!({"refresh_token": next["refresh_token"]});
        assert_eq!(post(app, "/api/v1/sessions/refresh", None, &body).status, 401);
    });
}

/// S04: status, headers and body tell nothing.
#[test]
fn unknown_wrong_disabled_and_invited_look_alike_to_the_last_byte() {
    let app = TestApp::start();
    user(&app, HANAKO, vec![]);
    let attempt = |email: &str, password: &str| {
        let answer = post(&app, "/api/v1/sessions", None, &json!({"email": email, "password": password}));
        let mut headers = answer.headers.clone();
        for own in ["x-request-id", "date"] {
            headers.remove(own);
        }
        (bare(&answer), headers, answer.text.len())
    };
    let unknown = attempt("nobody@nakai.example.jp", PASSWORD);
    assert_eq!(unknown.0.0, 401);
    assert_eq!(unknown.0.1["code"], "sign_in_failed");
    assert_eq!(unknown, attempt(HANAKO, "wrong password 77"));
    assert_eq!(unknown, attempt(HANAKO, ""));
    assert_eq!(unknown, attempt("not an address", &"長".repeat(50_000)));
    for state in ["disabled", "invited"] {
        user(&app, &format!("{state}@nakai.example.jp"), vec![]);
        app.sql(&format!("UPDATE users SET state = '{state}' WHERE email = '{state}@nakai.example.jp'"));
        let before = app.service.password_hashes();
        assert_eq!(unknown, attempt(&format!("{state}@nakai.example.jp"), PASSWORD), "{state}");
        assert_eq!(app.service.password_hashes() - before, 1, "the same work");
    }
    let reset = |email: &str| {
        let answer = post(&app, "/api/v1/password-resets", None, &json!({"email": email}));
        (answer.status, answer.text)
    };
    assert_eq!(reset(HANAKO), (202, String::new()));
    assert_eq!(reset("nobody@nakai.example.jp"), (202, String::new()));
}

#[test]
fn after_six_failures_the_answer_says_when_to_come_back() {
    let app = TestApp::start();
    user(&app, HANAKO, vec![]);
    let attempt =
        |password: &str| post(&app, "/api/v1/sessions", None, &json!({"email": HANAKO, "password": password}));
    for _ in 0..6 {
        assert_eq!(attempt("wrong password 77").code(), "sign_in_failed");
    }
    let refused = attempt(PASSWORD);
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_many_requests"));
    assert_eq!(refused.headers["retry-after"], "2");
    app.clock.advance(chrono::TimeDelta::seconds(2));
    assert_eq!(attempt(PASSWORD).status, 200);
}

#[test]
fn bad_input_is_named_field_by_field() {
    let app = TestApp::start();
    let refused = |path: &str, body: &Value| {
        let answer = post(&app, path, None, body);
        assert_eq!(answer.status, 422, "{path} {body}: {}", answer.text);
        answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused("/api/v1/sessions", &json!({"email": "x"})), "/password");
    assert_eq!(refused("/api/v1/sessions", &json!({"email": 7, "password": "x"})), "/email");
    assert_eq!(refused("/api/v1/sessions", &json!({"email": "x", "password": null})), "/password");
    assert_eq!(refused("/api/v1/sessions/refresh", &json!({"refresh_token": ["x"]})), "/refresh_token");
    assert_eq!(refused("/api/v1/sessions", &json!({"email": "x", "password": "x", "role": "admin"})), "/role");
    let malformed = app.send("POST", "/api/v1/sessions", &[("content-type", "application/json")], &Value::Null);
    assert_eq!(malformed.status, 422, "an empty body counts as an empty object");
}

#[test]
fn the_key_set_is_public_and_names_the_key_of_the_token() {
    let app = TestApp::start();
    user(&app, HANAKO, vec![]);
    let token = sign_in(&app, HANAKO)["access_token"].as_str().unwrap().to_owned();
    let set = app.get("/.well-known/jwks.json").json();
    let key = &set["keys"][0];
    assert_eq!(
        (key["kty"].as_str(), key["alg"].as_str(), key["use"].as_str()),
        (Some("OKP"), Some("EdDSA"), Some("sig"))
    );
    assert!(key.get("d").is_none());
    assert_eq!(crate::forged::part(&token, 0)["kid"], key["kid"]);
    assert_eq!(crate::forged::part(&token, 0)["typ"], "at+jwt");
    assert_eq!(crate::forged::part(&token, 1)["aud"], "http://127.0.0.1/api/v1");
}

#[test]
fn an_administrator_turns_the_keys_and_nobody_notices() {
    on_both(|app| {
        user(app, "admin@service.example.jp", vec![grant(Role::Admin, None, None)]);
        let token = sign_in(app, "admin@service.example.jp")["access_token"].as_str().unwrap().to_owned();
        let old = get(app, "/api/v1/signing-keys", &token).json()["items"][0]["kid"].as_str().unwrap().to_owned();
        assert_eq!(post(app, "/api/v1/signing-keys", Some(&token), &Value::Null).status, 201);
        assert_eq!(get(app, "/api/v1/me", &token).status, 200);
        let newer = sign_in(app, "admin@service.example.jp")["access_token"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/signing-keys/{old}/revoke");
        assert_eq!(post(app, &path, Some(&newer), &Value::Null).status, 200);
        assert_eq!(get(app, "/api/v1/me", &token).status, 401);
        assert_eq!(get(app, "/api/v1/me", &newer).status, 200);
    });
}

/// S12 with requests in flight: eight callers read without pause while the key turns five times.
#[test]
fn keys_turn_under_load_without_an_error_and_a_revoked_one_is_dead_at_once() {
    let unlimited = || Face { settings: Settings { limits: Limits::none(), ..Settings::default() }, ..Face::default() };
    let story = |app: &TestApp| {
        user(app, "admin@service.example.jp", vec![grant(Role::Admin, None, None)]);
        let admin = sign_in(app, "admin@service.example.jp")["access_token"].as_str().unwrap().to_owned();
        let old = crate::forged::part(&admin, 0)["kid"].as_str().unwrap().to_owned();
        let stop = std::sync::atomic::AtomicBool::new(false);
        let (stop, token) = (&stop, admin.as_str());
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(move || {
                        let mut seen = Vec::new();
                        while !stop.load(std::sync::atomic::Ordering::Relaxed) || seen.is_empty() {
                            seen.push(get(app, "/api/v1/me", token).status);
                        }
                        seen
                    })
                })
                .collect();
            for _ in 0..5 {
                assert_eq!(post(app, "/api/v1/signing-keys", Some(token), &Value::Null).status, 201);
                let fresh = sign_in(app, "admin@service.example.jp")["access_token"].as_str().unwrap().to_owned();
                assert_eq!(get(app, "/api/v1/me", &fresh).status, 200);
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|status| *status == 200), "{} answers: {answers:?}", answers.len());
        let newest = sign_in(app, "admin@service.example.jp")["access_token"].as_str().unwrap().to_owned();
        let revoke = format!("/api/v1/signing-keys/{old}/revoke");
        assert_eq!(post(app, &revoke, Some(&newest), &Value::Null).status, 200);
        assert_eq!(get(app, "/api/v1/me", token).status, 401);
        assert_eq!(get(app, "/api/v1/me", &newest).status, 200);
    };
    story(&TestApp::with(unlimited()));
    if let Some(app) = TestApp::with_on_postgres(unlimited()) {
        story(&app);
    }
}

#[test]
fn a_name_and_a_password_are_changed() {
    on_both(|app| {
        user(app, HANAKO, vec![]);
        let token = sign_in(app, HANAKO)["access_token"].as_str().unwrap().to_owned();
        let name = json!({"display_name": "髙﨑 𠮷子", "kana": "たかさき よしこ"});
        assert_eq!(request(app, "PUT", "/api/v1/me", Some(&token), &name).status, 428);
        let bearer = format!("Bearer {token}");
        let with = |tag: &str| app.send("PUT", "/api/v1/me", &[("authorization", &bearer), ("if-match", tag)], &name);
        assert_eq!(with("\"1\"").json()["display_name"], "髙﨑 𠮷子");
        assert_eq!(with("\"1\"").status, 412);
        let change = |current: &str, new: &str| {
            let body = json!({"current_password": current, "new_password": new});
            request(app, "PUT", "/api/v1/me/password", Some(&token), &body)
        };
        let wrong = change("wrong password 77", "夕焼けの丘で聞いた風の歌");
        assert_eq!((wrong.status, wrong.json()["errors"][0]["pointer"].as_str()), (422, Some("/current_password")));
        assert_eq!(change(PASSWORD, "password123456").json()["errors"][0]["pointer"], "/new_password");
        assert_eq!(change(PASSWORD, "夕焼けの丘で聞いた風の歌").status, 204);
        assert_eq!(get(app, "/api/v1/me", &token).status, 200, "this session goes on");
    });
}

#[test]
fn what_people_typed_never_stands_in_the_trail() {
    let app = TestApp::start();
    user(&app, HANAKO, vec![]);
    let session = sign_in(&app, HANAKO);
    post(&app, "/api/v1/sessions", None, &json!({"email": "canary-in-email", "password": "canary-password-77"}));
    let entries = run(app
        .service
        .store()
        .within(store::Fence::service_wide())
        .write(|db| store::audit::entries_after(db, "service", 0, 1_000)))
    .unwrap();
    let text = format!("{entries:?}");
    let refresh = session["refresh_token"].as_str().unwrap();
    for secret in ["canary-in-email", "canary-password-77", PASSWORD, refresh, HANAKO] {
        assert!(!text.contains(secret), "{secret}");
    }
}
