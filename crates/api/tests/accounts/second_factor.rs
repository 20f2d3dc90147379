//! S06 for programs: the challenge of a sign-in, tokens that open nothing but the enrolment, codes that count once.

use crate::rig::{PASSWORD, Place, get, grant, place, post, request, run, sign_in, user};
use app::ctx::SecondFactorRule;
use domain::access::Role;
use domain::clock::Clock as _;
use identity::second_factor::Seed;
use serde_json::{Value, json};
use testkit::app::{Face, TestApp};

const LEAD: &str = "lead@pref.example.jp";
const LIFE: &str = "2026-12-31T00:00:00+09:00";

fn required() -> Face {
    Face { second_factor: SecondFactorRule::Required, ..Face::default() }
}

fn on_both(story: impl Fn(&TestApp)) {
    story(&TestApp::with(required()));
    if let Some(app) = TestApp::with_on_postgres(required()) {
        story(&app);
    }
}

fn lead(app: &TestApp) -> (Place, String) {
    let place = place(app);
    let id = user(app, LEAD, vec![grant(Role::Lead, Some(&place.consortium), Some(&place.lead_member))]).id;
    (place, id)
}

fn token(session: &Value) -> String {
    session["access_token"].as_str().unwrap().to_owned()
}

fn code(app: &TestApp, user_id: &str) -> String {
    let id = user_id.to_owned();
    let row = run(app.service.store().read(move |db| store::accounts::second_factors::find(db, &id))).unwrap().unwrap();
    Seed::open(&app.service.env().secret, user_id, &row.sealed_seed).unwrap().code_at(app.clock.now())
}

/// Enrols with a session, as the refusal says; the recovery codes.
fn enrol(app: &TestApp, session: &str, user_id: &str) -> Vec<String> {
    let begun = post(app, "/api/v1/me/second-factor", Some(session), &Value::Null);
    assert_eq!(begun.status, 201, "{}", begun.text);
    assert!(begun.json()["link"].as_str().unwrap().starts_with("otpauth://totp/"));
    let first = json!({"code": code(app, user_id)});
    let done = post(app, "/api/v1/me/second-factor/confirm", Some(session), &first);
    assert_eq!(done.status, 200, "{}", done.text);
    app.clock.advance(chrono::TimeDelta::seconds(30));
    done.json()["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// The ticket of half a sign-in.
fn challenge(app: &TestApp) -> String {
    let half = post(app, "/api/v1/sessions", None, &json!({"email": LEAD, "password": PASSWORD}));
    assert_eq!((half.status, half.code().as_str()), (401, "second_factor_required"), "{}", half.text);
    assert!(!half.text.contains("access_token"));
    half.json()["facts"]["ticket"].as_str().unwrap().to_owned()
}

#[test]
fn who_must_have_a_factor_may_enrol_and_nothing_else() {
    on_both(|app| {
        let (place, id) = lead(app);
        let session = sign_in(app, LEAD);
        assert_eq!(session["must_enrol"], true);
        let session = token(&session);
        let consortium = format!("/api/v1/consortia/{}", place.consortium);
        let made = json!({"name": "x", "scopes": ["read"], "expires_at": LIFE});
        for (method, path, body) in [
            ("GET", consortium.as_str(), &Value::Null),
            ("GET", "/api/v1/sessions", &Value::Null),
            ("POST", "/api/v1/personal-tokens", &made),
            ("POST", "/api/v1/sessions/revoke-all", &Value::Null),
        ] {
            let refused = request(app, method, path, Some(&session), body);
            let code = refused.code();
            assert_eq!((refused.status, code.as_str()), (403, "second_factor_enrolment_required"), "{method} {path}");
            assert!(refused.json()["detail"].as_str().unwrap().contains("/api/v1/me/second-factor"));
        }
        assert_eq!(get(app, "/api/v1/me", &session).status, 200);
        assert_eq!(get(app, "/api/v1/me/second-factor", &session).json()["required"], true);
        let other = token(&sign_in(app, LEAD));
        enrol(app, &session, &id);
        assert_eq!(get(app, &consortium, &session).status, 200);
        assert_eq!(get(app, "/api/v1/me", &other).status, 401, "every other session has ended");
        assert_eq!(post(app, "/api/v1/personal-tokens", Some(&session), &made).status, 201);
        assert_eq!(post(app, "/api/v1/sessions/sign-out", Some(&session), &Value::Null).status, 204);
    });
}

#[test]
fn lead_auditor_and_administrator_must_and_the_others_may() {
    let app = TestApp::with(required());
    let place = place(&app);
    let (here, pref, town) =
        (Some(place.consortium.as_str()), Some(place.lead_member.as_str()), Some(place.town.as_str()));
    for (email, granted, must) in [
        ("admin@service.example.jp", grant(Role::Admin, None, None), true),
        (LEAD, grant(Role::Lead, here, pref), true),
        ("audit@pref.example.jp", grant(Role::Auditor, here, None), true),
        ("contact@nakai.example.jp", grant(Role::Contact, here, town), false),
        ("staff@nakai.example.jp", grant(Role::Learner, here, town), false),
    ] {
        user(&app, email, vec![granted]);
        let session = sign_in(&app, email);
        assert_eq!(session["must_enrol"], must, "{email}");
        let list = get(&app, "/api/v1/sessions", &token(&session));
        assert_eq!(list.status, if must { 403 } else { 200 }, "{email}");
        let again = post(&app, "/api/v1/sessions/refresh", None, &json!({"refresh_token": session["refresh_token"]}));
        assert_eq!((again.status, &again.json()["must_enrol"]), (200, &json!(must)), "{email}");
    }
}

#[test]
fn a_sign_in_is_finished_by_ticket_and_code_and_each_code_counts_once() {
    on_both(|app| {
        let (place, id) = lead(app);
        let recovery = enrol(app, &token(&sign_in(app, LEAD)), &id);
        let finish = |ticket: &str, code: &str| {
            post(app, "/api/v1/sessions/finish", None, &json!({"ticket": ticket, "code": code}))
        };
        let ticket = challenge(app);
        let bearer = get(app, "/api/v1/me", &ticket);
        assert_eq!(bearer.status, 401, "the ticket opens nothing");
        let wrong = finish(&ticket, "000000");
        assert_eq!((wrong.status, wrong.code().as_str()), (401, "second_factor_failed"));
        let shown = code(app, &id);
        let entered = finish(&ticket, &shown);
        assert_eq!((entered.status, &entered.json()["must_enrol"]), (200, &json!(false)), "{}", entered.text);
        let consortium = format!("/api/v1/consortia/{}", place.consortium);
        assert_eq!(get(app, &consortium, &token(&entered.json())).status, 200);
        let replayed = finish(&ticket, &shown);
        assert_eq!((replayed.status, replayed.code().as_str()), (401, "second_factor_failed"), "a code counts once");
        let inline = post(app, "/api/v1/sessions", None, &json!({"email": LEAD, "password": PASSWORD, "code": shown}));
        assert_eq!(inline.code(), "second_factor_failed", "whichever door it is shown at");
        let by_recovery = finish(&challenge(app), &recovery[0]);
        assert_eq!(by_recovery.status, 200, "{}", by_recovery.text);
        assert_ne!(
            by_recovery.json()["session_id"],
            entered.json()["session_id"],
            "every entry is a new session (S60)"
        );
        assert_eq!(finish(&challenge(app), &recovery[0]).code(), "second_factor_failed");
        app.clock.advance(chrono::TimeDelta::seconds(30));
        let (late, body) = (challenge(app), json!({"refresh_token": entered.json()["refresh_token"]}));
        assert_eq!(post(app, "/api/v1/sessions/refresh", None, &body).status, 200, "a refresh asks for no code");
        app.clock.advance(chrono::TimeDelta::minutes(5));
        assert_eq!(finish(&late, &code(app, &id)).code(), "second_step_expired");
    });
}

#[test]
fn a_personal_token_is_worth_no_more_than_its_owner() {
    on_both(|app| {
        let (place, id) = lead(app);
        let session = token(&sign_in(app, LEAD));
        enrol(app, &session, &id);
        let make = || {
            let body = json!({"name": "x", "scopes": ["read"], "expires_at": LIFE});
            post(app, "/api/v1/personal-tokens", Some(&session), &body)
        };
        let script = make().json()["token"].as_str().unwrap().to_owned();
        let consortium = format!("/api/v1/consortia/{}", place.consortium);
        assert_eq!(get(app, &consortium, &script).status, 200);
        app.clock.advance(chrono::TimeDelta::minutes(6));
        assert_eq!(make().code(), "step_up_required", "a token is made by somebody who is there");
        let proof = json!({"password": PASSWORD, "code": code(app, &id)});
        assert_eq!(post(app, "/api/v1/me/second-factor/disable", Some(&session), &proof).status, 204);
        app.clock.advance(chrono::TimeDelta::seconds(2));
        for credential in [&session, &script] {
            assert_eq!(get(app, &consortium, credential).code(), "second_factor_enrolment_required");
        }
        let proof = json!({"password": PASSWORD});
        assert_eq!(post(app, "/api/v1/sessions/step-up", Some(&session), &proof).status, 204);
        enrol(app, &session, &id);
        app.clock.advance(chrono::TimeDelta::seconds(2));
        assert_eq!(get(app, &consortium, &script).status, 200);
    });
}
