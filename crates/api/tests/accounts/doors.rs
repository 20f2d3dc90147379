//! A token opens the one door that it was made for (S11): every kind at every door.

use crate::rig::{PASSWORD, get, grant, mailed_token, place, post, request, sign_in, user};
use app::accounts::bootstrap_token;
use domain::access::Role;
use serde_json::{Value, json};
use testkit::app::TestApp;

const NEW: &str = "夕焼けの丘で聞いた風の歌";

#[test]
fn of_every_kind_at_every_door_only_the_diagonal_passes() {
    let app = TestApp::start();
    let place = place(&app);
    let bootstrap = crate::rig::run(bootstrap_token(&app.service)).unwrap().unwrap().reveal().to_owned();
    user(&app, "lead@pref.example.jp", vec![grant(Role::Lead, Some(&place.consortium), Some(&place.lead_member))]);
    let session = sign_in(&app, "lead@pref.example.jp");
    let access = session["access_token"].as_str().unwrap().to_owned();
    let refresh = session["refresh_token"].as_str().unwrap().to_owned();
    let invite = json!({"email": "jiro@nakai.example.jp", "display_name": "架空 次郎", "kana": "かくう じろう",
        "role": "contact", "member_id": place.town});
    let users = format!("/api/v1/consortia/{}/users", place.consortium);
    assert_eq!(post(&app, &users, Some(&access), &invite).status, 201);
    let invited = mailed_token(&app);
    user(&app, "saburo@nakai.example.jp", vec![]);
    post(&app, "/api/v1/password-resets", None, &json!({"email": "saburo@nakai.example.jp"}));
    let reset = mailed_token(&app);
    let kinds = [
        ("bearer", &access),
        ("refresh", &refresh),
        ("invite", &invited),
        ("reset", &reset),
        ("bootstrap", &bootstrap),
    ];
    let knock = |door: &str, token: &str| match door {
        "bearer" => get(&app, "/api/v1/me", token).status,
        "refresh" => post(&app, "/api/v1/sessions/refresh", None, &json!({"refresh_token": token})).status,
        "invite" => post(&app, "/api/v1/invitations/accept", None, &json!({"token": token, "password": NEW})).status,
        "reset" => {
            post(&app, "/api/v1/password-resets/confirm", None, &json!({"token": token, "password": NEW})).status
        }
        _ => {
            let body = json!({"token": token, "email": "admin@service.example.jp", "display_name": "架空 太郎",
                "kana": "かくう たろう", "password": PASSWORD});
            post(&app, "/api/v1/bootstrap", None, &body).status
        }
    };
    // First everything off the diagonal, while every token is still good; then the diagonal.
    for (kind, token) in kinds {
        for (door, _) in kinds.iter().filter(|(door, _)| *door != kind) {
            let status = knock(door, token);
            assert!(matches!(status, 401 | 409), "{kind} at {door}: {status}");
        }
    }
    for (kind, token) in kinds {
        assert!(matches!(knock(kind, token), 200 | 201), "{kind}");
    }
    for (kind, token) in kinds.into_iter().filter(|(kind, _)| !["bearer", "refresh"].contains(kind)) {
        assert_eq!(knock(kind, token), 409, "{kind} a second time");
    }
}

/// S24: what is no field of a command is refused by name and changes nothing.
#[test]
fn names_of_columns_are_no_fields_of_commands() {
    let app = TestApp::start();
    user(&app, "hanako@nakai.example.jp", vec![]);
    let token = sign_in(&app, "hanako@nakai.example.jp")["access_token"].as_str().unwrap().to_owned();
    let before = get(&app, "/api/v1/me", &token).text;
    let columns = [
        "id",
        "state",
        "session_version",
        "password_hash",
        "version",
        "created_at",
        "updated_at",
        "user_id",
        "consortium_id",
        "granted_by",
        "revoked_at",
        "token_hash",
        "prefix",
        "last_used_at",
        "used_at",
        "purpose",
        "is_admin",
        "grants",
    ];
    let commands = [
        ("PUT", "/api/v1/me", json!({"display_name": "a", "kana": "a"})),
        ("PUT", "/api/v1/me/password", json!({"current_password": PASSWORD, "new_password": NEW})),
        (
            "POST",
            "/api/v1/personal-tokens",
            json!({"name": "a", "scopes": ["read"], "expires_at": "2026-12-31T00:00:00Z"}),
        ),
        ("POST", "/api/v1/admins", json!({"email": "a@b.example", "display_name": "a", "kana": "a"})),
        ("POST", "/api/v1/signing-keys", json!({})),
        ("POST", "/api/v1/sessions/revoke-all", json!({})),
    ];
    for (method, path, command) in commands {
        for column in columns {
            let mut body = command.clone();
            body[column] = json!("admin");
            let answer = request(&app, method, path, Some(&token), &body);
            assert_eq!(answer.status, 422, "{method} {path} {column}: {}", answer.text);
            let named = answer.json()["errors"]
                .as_array()
                .unwrap()
                .iter()
                .any(|error| error["pointer"] == format!("/{column}") && error["code"] == "unknown_field");
            assert!(named, "{method} {path} {column}: {}", answer.text);
        }
    }
    assert_eq!(get(&app, "/api/v1/me", &token).text, before);
    assert_eq!(get(&app, "/api/v1/personal-tokens", &token).json()["items"], Value::Array(vec![]));
}
