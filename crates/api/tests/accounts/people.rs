//! Administrators, invitations and lists over HTTP; and which fields a person ever sees of another (S23).

use crate::rig::{PASSWORD, bare, get, grant, mailed_token, place, post, run, sign_in, signed_in, user};
use app::accounts::bootstrap_token;
use domain::access::Role;
use serde_json::{Value, json};
use testkit::app::{TestApp, on_both};

const NEW: &str = "夕焼けの丘で聞いた風の歌";

#[test]
fn from_an_empty_service_to_the_first_contact() {
    on_both(|app| {
        let token = run(bootstrap_token(&app.service)).unwrap().unwrap();
        let first = json!({"token": token.reveal(), "email": "admin@service.example.jp", "display_name": "架空 太郎",
            "kana": "かくう たろう", "password": PASSWORD});
        assert_eq!(post(app, "/api/v1/bootstrap", None, &first).status, 201);
        let admin = sign_in(app, "admin@service.example.jp")["access_token"].as_str().unwrap().to_owned();
        let listed = get(app, "/api/v1/admins", &admin).json();
        assert_eq!(
            (&listed["items"][0]["email"], &listed["items"][0]["grants"][0]["role"]),
            (&json!("admin@service.example.jp"), &json!("admin"))
        );
        let second =
            json!({"email": "second@service.example.jp", "display_name": "架空 次郎", "kana": "かくう じろう"});
        let invited = post(app, "/api/v1/admins", Some(&admin), &second);
        assert_eq!((invited.status, invited.headers["location"].as_str()), (201, "/api/v1/admins"));
        mailed_token(app);
        let page = get(app, "/api/v1/admins?limit=1", &admin).json();
        let rest =
            get(app, &format!("/api/v1/admins?limit=1&cursor={}", page["next_cursor"].as_str().unwrap()), &admin)
                .json();
        assert_eq!(page["items"][0]["state"], "invited", "じろう stands before たろう");
        assert_eq!((&rest["items"][0]["state"], &rest["next_cursor"]), (&json!("active"), &Value::Null));
        let place = place(app);
        let users = format!("/api/v1/consortia/{}/users", place.consortium);
        let body = json!({"email": "lead@pref.example.jp", "display_name": "架空 県子", "kana": "かくう けんこ",
            "role": "lead", "member_id": place.lead_member});
        assert_eq!(post(app, &users, Some(&admin), &body).status, 201);
        let body = json!({"token": mailed_token(app), "password": NEW});
        assert_eq!(post(app, "/api/v1/invitations/accept", None, &body).json()["email"], "lead@pref.example.jp");
        let body = json!({"email": "lead@pref.example.jp", "password": NEW});
        let lead = post(app, "/api/v1/sessions", None, &body).json()["access_token"].as_str().unwrap().to_owned();
        let body = json!({"email": "hanako@nakai.example.jp", "display_name": "架空 花子", "kana": "かくう はなこ",
            "role": "contact", "member_id": place.town});
        let invited = post(app, &users, Some(&lead), &body);
        assert_eq!(invited.status, 201, "{}", invited.text);
        let listed = get(app, &format!("{users}?role=contact"), &lead).json();
        assert_eq!(listed["items"][0]["state"], "invited");
        assert!(!invited.text.contains("token"), "the link goes by mail only");
    });
}

#[test]
fn refused_invitations_name_their_fields() {
    let app = TestApp::start();
    let place = place(&app);
    let lead = signed_in(
        &app,
        "lead@pref.example.jp",
        vec![grant(Role::Lead, Some(&place.consortium), Some(&place.lead_member))],
    );
    let users = format!("/api/v1/consortia/{}/users", place.consortium);
    let good =
        json!({"email": "a@b.example", "display_name": "あ", "kana": "あ", "role": "contact", "member_id": place.town});
    for (field, bad) in [
        ("email", json!("no address")),
        ("email", json!("a@b.example\r\nBcc: c@d.example")),
        ("display_name", json!("")),
        ("display_name", json!("長".repeat(101))),
        ("display_name", json!("a\u{0}b")),
        ("kana", json!(7)),
        ("role", json!("admin")),
        ("role", json!("owner")),
        ("member_id", json!("0199b3f0-0000-7000-8000-000000000001")),
    ] {
        let mut body = good.clone();
        body[field] = bad;
        let answer = post(&app, &users, Some(&lead), &body);
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], format!("/{field}"), "{}", answer.text);
    }
}

/// S21: a person, a role or a consortium elsewhere is answered as an absent one, byte for byte.
#[test]
fn ids_of_elsewhere_are_ids_of_nothing() {
    let app = TestApp::start();
    let (here, there) = (place(&app), place(&app));
    let lead = |email: &str, place: &crate::rig::Place| {
        signed_in(&app, email, vec![grant(Role::Lead, Some(&place.consortium), Some(&place.lead_member))])
    };
    let (ours, _) = (lead("lead@here.example.jp", &here), lead("lead@there.example.jp", &there));
    let contact =
        user(&app, "c@there.example.jp", vec![grant(Role::Contact, Some(&there.consortium), Some(&there.town))]);
    let absent = "0199b3f0-0000-7000-8000-000000000001";
    let grant_id = &contact.grants[0].id;
    let pairs = [
        ("GET", format!("/api/v1/consortia/{}/users", there.consortium), format!("/api/v1/consortia/{absent}/users")),
        (
            "GET",
            format!("/api/v1/consortia/{}/users/{}", here.consortium, contact.id),
            format!("/api/v1/consortia/{}/users/{absent}", here.consortium),
        ),
        (
            "POST",
            format!("/api/v1/consortia/{}/users/{}/disable", here.consortium, contact.id),
            format!("/api/v1/consortia/{}/users/{absent}/disable", here.consortium),
        ),
        (
            "POST",
            format!("/api/v1/consortia/{}/grants/{grant_id}/revoke", here.consortium),
            format!("/api/v1/consortia/{}/grants/{absent}/revoke", here.consortium),
        ),
        (
            "POST",
            format!("/api/v1/consortia/{}/grants/{grant_id}/revoke", there.consortium),
            format!("/api/v1/consortia/{absent}/grants/{grant_id}/revoke"),
        ),
        (
            "GET",
            format!("/api/v1/consortia/{}/users/nonsense", here.consortium),
            format!("/api/v1/consortia/{}/users/{absent}", here.consortium),
        ),
    ];
    for (method, foreign, none) in pairs {
        let ask = |path: &str| {
            let (status, mut body) = bare(&crate::rig::request(&app, method, path, Some(&ours), &Value::Null));
            body.as_object_mut().unwrap().remove("instance");
            (status, body)
        };
        assert_eq!(ask(&foreign), ask(&none), "{method} {foreign}");
        assert_eq!(ask(&foreign).0, 404, "{method} {foreign}");
    }
    let body =
        json!({"email": "a@b.example", "display_name": "あ", "kana": "あ", "role": "contact", "member_id": there.town});
    let users = format!("/api/v1/consortia/{}/users", here.consortium);
    let foreign = post(&app, &users, Some(&ours), &body);
    assert_eq!((foreign.status, foreign.json()["errors"][0]["code"].as_str()), (422, Some("no_such_thing")));
}

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

#[test]
fn a_view_has_the_fields_of_its_list_and_no_others() {
    let app = TestApp::start();
    let place = place(&app);
    let lead = signed_in(
        &app,
        "lead@pref.example.jp",
        vec![grant(Role::Lead, Some(&place.consortium), Some(&place.lead_member))],
    );
    let learner = signed_in(
        &app,
        "learner@nakai.example.jp",
        vec![grant(Role::Learner, Some(&place.consortium), Some(&place.town))],
    );
    let users = format!("/api/v1/consortia/{}/users", place.consortium);
    let me = get(&app, "/api/v1/me", &lead).json();
    assert_eq!(keys(&me), ["display_name", "email", "grants", "id", "kana", "version"]);
    let listed = get(&app, &users, &lead).json();
    assert_eq!(keys(&listed["items"][0]), ["display_name", "email", "grants", "id", "kana", "state"]);
    assert_eq!(keys(&listed["items"][0]["grants"][0]), ["created_at", "id", "member_id", "role"]);
    let session = &get(&app, "/api/v1/sessions", &lead).json()["items"][0];
    assert_eq!(keys(session), ["created_at", "current", "expires_at", "id", "ip", "last_used_at", "user_agent"]);
    // A learner sees no list of people, also not of the own town.
    assert_eq!(get(&app, &users, &learner).status, 404);
    assert_eq!(get(&app, &format!("{users}?member_id={}", place.town), &learner).status, 404);
}
