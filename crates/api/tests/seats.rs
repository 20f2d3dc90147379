//! Seats and requests over HTTP, on both databases: statuses, headers, codes, and what a stranger sees.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use app::accounts::{CreatePersonalToken, TokenScope, create_personal_token};
use app::seats::{Move, TransferKind, open_accounts, transfer};
use app::{Call, Error, Meta};
use chrono::Duration;
use domain::access::{Actor, Grant, Role};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::future::Future;
use testkit::app::{Answer, TestApp};
use testkit::scene::{CONTRACT, SEATS, sql, staff_id};

struct Town<'a> {
    app: &'a TestApp,
    /// The account of the town `m-a`, with 2 seats; `m-b` has 4.
    account: String,
    other: String,
    tokens: HashMap<String, String>,
}

fn run<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(future)
}

fn lead() -> Actor {
    let grant = Grant { role: Role::Lead, consortium_id: Some("c1".into()), member_id: Some("m-lead".into()) };
    Actor {
        user_id: "u-lead".into(),
        display_name: "架空 u-lead".into(),
        credential_id: "story".into(),
        scopes: None,
        grants: vec![grant],
        past: Vec::new(),
    }
}

/// A personal token of an account of the scene.
fn token(app: &TestApp, user_id: &str) -> String {
    let actor = Actor { user_id: user_id.to_owned(), credential_id: app.sit(user_id), ..lead() };
    let call = Call {
        meta: Meta::default(),
        actor,
        operation: "create_personal_token".into(),
        idempotency: None,
        expected_version: None,
    };
    let expires_at = "2026-12-01T00:00:00Z".parse().unwrap();
    run(app.service.write(call, move |ctx, call| {
        let scopes = vec![TokenScope::Read, TokenScope::Write];
        let cmd = CreatePersonalToken { name: "試験".into(), scopes, expires_at };
        Ok(create_personal_token(ctx, call, &cmd)?.token)
    }))
    .unwrap()
}

fn on_both(story: impl Fn(&Town<'_>)) {
    testkit::app::on_both(|app| {
        app.sql(&sql());
        let (account, other) = run(app.service.work("story", |ctx| {
            let reserve = open_accounts(ctx, &lead(), "c1", CONTRACT, &["m-a".into(), "m-b".into()], SEATS)?;
            let mut towns = Vec::new();
            for (member, seats) in [("m-a", 2), ("m-b", 4)] {
                let town = store_account(ctx, member)?;
                transfer(
                    ctx,
                    &lead(),
                    &Move {
                        consortium_id: "c1",
                        contract_id: CONTRACT,
                        from: Some(&reserve.id),
                        to: Some(&town),
                        seats,
                        kind: TransferKind::Allocate,
                        reason: "配分の公表による（架空）",
                        corrects: None,
                    },
                )?;
                towns.push(town);
            }
            let other = towns.pop().unwrap();
            Ok((towns.pop().unwrap(), other))
        }))
        .unwrap();
        let who = ["u-lead", "u-contact-a", "u-contact-b", "u-auditor", "u-b", "u-stranger"].map(str::to_owned);
        let tokens =
            who.into_iter().chain((0..4).map(staff_id)).map(|user| (user.clone(), token(app, &user))).collect();
        story(&Town { app, account, other, tokens });
    });
}

fn store_account(ctx: &mut app::Ctx<'_>, member: &str) -> Result<String, Error> {
    let call = Call {
        meta: Meta::default(),
        actor: lead(),
        operation: String::new(),
        idempotency: None,
        expected_version: None,
    };
    let accounts = app::seats::accounts::list_seat_accounts(ctx, &call, CONTRACT)?;
    Ok(accounts.into_iter().find(|account| account.member_id.as_deref() == Some(member)).unwrap().id)
}

impl Town<'_> {
    fn send(&self, user: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.with(user, method, path, &[], body)
    }

    fn with(&self, user: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.tokens[user]);
        let mut headers = headers.to_vec();
        headers.push(("authorization", bearer.as_str()));
        self.app.send(method, &format!("/api/v1{path}"), &headers, body)
    }

    fn get(&self, user: &str, path: &str) -> Answer {
        self.send(user, "GET", path, &Value::Null)
    }

    fn post(&self, user: &str, path: &str, body: &Value) -> Answer {
        self.send(user, "POST", path, body)
    }

    fn claims(&self) -> String {
        format!("/seat-accounts/{}/claims", self.account)
    }
}

#[test]
fn a_claim_answers_201_202_or_409_and_says_what_to_do() {
    on_both(|town| {
        let first = town.post("u-a00", &town.claims(), &json!({}));
        assert_eq!((first.status, &first.json()["outcome"]), (201, &json!("assigned")));
        let location = first.headers["location"].clone();
        assert_eq!(location, format!("/api/v1/assignments/{}", first.json()["assignment_id"].as_str().unwrap()));
        let read = town.get("u-a00", location.strip_prefix("/api/v1").unwrap());
        assert_eq!((read.status, read.headers["etag"].as_str()), (200, "\"1\""));

        let again = town.post("u-a00", &town.claims(), &json!({}));
        assert_eq!((again.status, again.code().as_str()), (409, "already_seated"));
        assert_eq!(again.headers["content-type"], "application/problem+json");
        assert!(again.json()["detail"].as_str().unwrap().contains("席"));

        // An empty body is a claim for oneself.
        assert_eq!(town.post("u-a01", &town.claims(), &Value::Null).status, 201);
        let sold_out = town.post("u-a02", &town.claims(), &json!({}));
        assert_eq!((sold_out.status, sold_out.code().as_str()), (202, "seats_sold_out"));
        assert_eq!((&sold_out.json()["outcome"], &sold_out.json()["position"]), (&json!("waitlisted"), &json!(1)));
        assert!(sold_out.json()["detail"].as_str().unwrap().contains("1番目"));
        let mine = town.get("u-a02", "/me/waiting-entries");
        assert_eq!(mine.json()[0]["position"], 1);
        // A contact claims for a person of the town.
        let other = town.post("u-contact-a", &town.claims(), &json!({"user_id": "u-a03"}));
        assert_eq!((other.status, &other.json()["position"]), (202, &json!(2)));
    });
}

#[test]
fn a_retried_claim_gets_the_same_bytes() {
    on_both(|town| {
        let send =
            |key: &str, body: &Value| town.with("u-a00", "POST", &town.claims(), &[("idempotency-key", key)], body);
        let first = send("key-1", &json!({}));
        let again = send("key-1", &json!({}));
        assert_eq!(
            (first.status, &first.text, &first.headers["location"]),
            (again.status, &again.text, &again.headers["location"])
        );
        let reused = send("key-1", &json!({"user_id": "u-a00"}));
        assert_eq!((reused.status, reused.code().as_str()), (422, "idempotency_key_reused"));
    });
}

#[test]
fn what_cannot_be_read_is_named() {
    on_both(|town| {
        let bearer = format!("Bearer {}", town.tokens["u-a00"]);
        let raw = |body: &str| {
            let request = format!(
                "POST /api/v1{} HTTP/1.1\r\nhost: x\r\nauthorization: {bearer}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                town.claims(),
                body.len()
            );
            town.app.raw(request.as_bytes())
        };
        assert!(raw("{").starts_with("HTTP/1.1 400"));
        assert!(raw("{\"user_id\": 5}").contains("\"/user_id\""));
        assert!(raw("{\"role\": \"lead\"}").contains("\"/role\""), "unknown fields are refused");
        assert!(raw("[]").starts_with("HTTP/1.1 4"));
        let absent = town.post("u-contact-a", &town.claims(), &json!({"user_id": "u-b"}));
        assert_eq!((absent.status, &absent.json()["errors"][0]["pointer"]), (422, &json!("/user_id")));
        assert_eq!(town.get("u-a00", "/me/seats").json(), json!([]), "nothing happened");
        let preview = format!("/contracts/{CONTRACT}/seat-requests/preview");
        for seats in [
            json!(0),
            json!(-1),
            json!(2_147_483_648_u64),
            json!(9_007_199_254_740_992_u64),
            json!(9_223_372_036_854_775_808_u64),
            json!("５"),
            json!(1.5),
        ] {
            let refused = town.post("u-contact-a", &preview, &json!({"member_id": "m-a", "seats": seats}));
            assert_eq!(
                (refused.status, &refused.json()["errors"][0]["pointer"]),
                (422, &json!("/seats")),
                "{seats} {}",
                refused.text
            );
        }
    });
}

#[test]
fn a_stranger_cannot_tell_what_exists() {
    on_both(|town| {
        let absent = "0199b3f0-0000-7000-8000-00000000dead";
        let same = |user: &str, method: &str, path: &dyn Fn(&str) -> String, real: &str, body: &Value| {
            let (there, nowhere) =
                (town.send(user, method, &path(real), body), town.send(user, method, &path(absent), body));
            assert_eq!((there.status, nowhere.status), (404, 404), "{user} {}", path(real));
            let bare = |answer: &Answer| {
                let mut body = answer.json();
                for varies in ["request_id", "instance"] {
                    body.as_object_mut().unwrap().remove(varies);
                }
                body
            };
            assert_eq!(bare(&there), bare(&nowhere));
        };
        let reason = json!({"reason": "異動のため"});
        for user in ["u-stranger", "u-b", "u-contact-b"] {
            same(user, "GET", &|id| format!("/seat-accounts/{id}"), &town.account, &Value::Null);
            same(user, "GET", &|id| format!("/seat-accounts/{id}/transfers"), &town.account, &Value::Null);
            same(user, "GET", &|id| format!("/seat-accounts/{id}/assignments"), &town.account, &Value::Null);
            same(user, "GET", &|id| format!("/seat-accounts/{id}/waiting-entries"), &town.account, &Value::Null);
            same(user, "POST", &|id| format!("/seat-accounts/{id}/claims"), &town.account, &json!({}));
            same(
                user,
                "POST",
                &|id| format!("/seat-accounts/{id}/assignments"),
                &town.account,
                &json!({"user_id": "u-a00"}),
            );
        }
        same("u-stranger", "GET", &|id| format!("/contracts/{id}/seat-accounts"), CONTRACT, &Value::Null);
        same("u-stranger", "GET", &|id| format!("/contracts/{id}/seat-transfers"), CONTRACT, &Value::Null);
        same("u-stranger", "GET", &|id| format!("/contracts/{id}/seat-requests"), CONTRACT, &Value::Null);
        let seated =
            town.post("u-a00", &town.claims(), &json!({})).json()["assignment_id"].as_str().unwrap().to_owned();
        for user in ["u-stranger", "u-b", "u-contact-b", "u-lead"] {
            same(user, "GET", &|id| format!("/assignments/{id}"), &seated, &Value::Null);
            same(user, "POST", &|id| format!("/assignments/{id}/release"), &seated, &reason);
        }
    });
}

#[test]
fn a_contact_assigns_and_takes_back_and_the_seat_is_offered() {
    on_both(|town| {
        let bulk = format!("/seat-accounts/{}/assignments/bulk", town.account);
        let all = town.post("u-contact-a", &bulk, &json!({"user_ids": ["u-a00", "u-b", "u-a01"], "mode": "all"}));
        assert_eq!((all.status, &all.json()["errors"][0]["pointer"]), (422, &json!("/user_ids/1")));
        let each = town.post("u-contact-a", &bulk, &json!({"user_ids": ["u-a00", "u-b", "u-a01"], "mode": "each"}));
        assert_eq!((each.status, &each.json()["assigned"]), (200, &json!(2)));
        assert_eq!(town.post("u-a02", &town.claims(), &json!({})).status, 202);
        assert_eq!(town.post("u-a03", &town.claims(), &json!({})).status, 202);

        let assignment = each.json()["items"][0]["assignment_id"].as_str().unwrap().to_owned();
        let release = format!("/assignments/{assignment}/release");
        assert_eq!(town.post("u-contact-a", &release, &json!({"reason": ""})).status, 422);
        assert_eq!(town.post("u-contact-a", &release, &json!({"reason": "異動のため"})).status, 200);
        let twice = town.post("u-contact-a", &release, &json!({"reason": "異動のため"}));
        assert_eq!((twice.status, twice.code().as_str()), (409, "assignment_released"));

        let offer = town.get("u-a02", "/me/offers").json()["items"][0].clone();
        assert_eq!((&offer["state"], &offer["member_name"]), (&json!("open"), &json!("中井町")));
        town.app.clock.advance(Duration::hours(72));
        let late = town.post("u-a02", &format!("/offers/{}/accept", offer["id"].as_str().unwrap()), &Value::Null);
        assert_eq!((late.status, late.code().as_str()), (409, "offer_expired"));
        run(town.app.service.work("expire_offers", app::seats::offers::expire_offers)).unwrap();
        let next = town.get("u-a03", "/me/offers").json()["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(town.post("u-a02", &format!("/offers/{next}/accept"), &Value::Null).status, 404, "another's offer");
        let taken = town.post("u-a03", &format!("/offers/{next}/accept"), &Value::Null);
        assert_eq!((taken.status, &taken.json()["state"]), (200, &json!("accepted")));
        assert_eq!(town.get("u-a03", "/me/seats").json()[0]["source"], "offer");
        let account = town.get("u-lead", &format!("/seat-accounts/{}", town.account)).json();
        assert_eq!((&account["assigned"], &account["held"], &account["free"]), (&json!(2), &json!(0), &json!(0)));
    });
}

#[test]
fn the_ledger_refuses_to_take_seats_in_use() {
    on_both(|town| {
        for user in ["u-a00", "u-a01"] {
            assert_eq!(town.post(user, &town.claims(), &json!({})).status, 201);
        }
        let transfers = format!("/contracts/{CONTRACT}/seat-transfers");
        let movement = json!({"kind": "move", "from_account_id": town.account, "to_account_id": town.other, "seats": 1, "reason": "見直し"});
        let refused = town.post("u-lead", &transfers, &movement);
        assert_eq!((refused.status, refused.code().as_str()), (409, "seats_in_use"));
        assert_eq!(town.post("u-contact-a", &transfers, &movement).status, 403);
        let back = json!({"kind": "move", "from_account_id": town.other, "to_account_id": town.account, "seats": 1, "reason": "見直し"});
        let moved = town.post("u-lead", &transfers, &back);
        assert_eq!(moved.status, 201);
        let returned =
            json!({"kind": "return", "from_account_id": town.account, "seats": 1, "reason": "不要になったため"});
        assert_eq!(town.post("u-contact-a", &transfers, &returned).status, 201);
        let page = town.get("u-auditor", &format!("{transfers}?limit=2"));
        assert_eq!(page.json()["items"].as_array().unwrap().len(), 2);
        assert!(page.headers["link"].ends_with("rel=\"next\""));
        let accounts = town.get("u-contact-a", &format!("/contracts/{CONTRACT}/seat-accounts")).json();
        assert_eq!(accounts.as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_request_shows_its_price_and_an_approval_moves_the_seats() {
    on_both(|town| {
        let requests = format!("/contracts/{CONTRACT}/seat-requests");
        let wish = json!({"member_id": "m-a", "seats": 5});
        let preview = town.post("u-contact-a", &format!("{requests}/preview"), &wish);
        assert_eq!(
            (preview.status, &preview.json()["order_yen"], &preview.json()["reserve_covers"]),
            (200, &json!(165_000), &json!(true))
        );
        let full = json!({"member_id": "m-a", "seats": 5, "reason": "新規採用者の研修のため"});
        let submitted = town.post("u-contact-a", &requests, &full);
        assert_eq!((submitted.status, &submitted.json()["state"]), (201, &json!("submitted")));
        let request = submitted.headers["location"].strip_prefix("/api/v1").unwrap().to_owned();
        assert_eq!(town.post("u-lead", &requests, &full).status, 403);
        let approval = |source: &str, seats: i64| json!({"source": source, "seats": seats, "reason": "必要性を認める"});
        assert_eq!(town.post("u-contact-a", &format!("{request}/approve"), &approval("reserve", 5)).status, 403);
        let approved = town.post("u-lead", &format!("{request}/approve"), &approval("reserve", 5));
        assert_eq!((approved.status, &approved.json()["granted_seats"]), (200, &json!(5)));
        let twice = town.post("u-lead", &format!("{request}/approve"), &approval("reserve", 5));
        assert_eq!((twice.status, twice.code().as_str()), (409, "request_state"));
        assert!(twice.json()["detail"].as_str().unwrap().contains("承認済み"));

        let many = json!({"member_id": "m-a", "seats": 15, "reason": "全庁展開のため"});
        let request =
            town.post("u-contact-a", &requests, &many).headers["location"].strip_prefix("/api/v1").unwrap().to_owned();
        let refused = town.post("u-lead", &format!("{request}/approve"), &approval("reserve", 15));
        assert_eq!((refused.status, refused.code().as_str()), (409, "reserve_too_small"));
        assert!(refused.json()["detail"].as_str().unwrap().contains("残りは9席"));
        assert_eq!(
            town.post("u-lead", &format!("{request}/return"), &json!({"reason": "席数を見直してください。"})).status,
            200
        );
        assert_eq!(
            town.post("u-contact-a", &format!("{request}/resubmit"), &json!({"seats": 3, "reason": "見直しました。"}))
                .status,
            200
        );
        assert_eq!(
            town.post("u-lead", &format!("{request}/decline"), &json!({"reason": "予算の都合による。"})).status,
            200
        );
        assert_eq!(town.post("u-contact-a", &format!("{request}/withdraw"), &Value::Null).code(), "request_state");
        let declined = town.get("u-auditor", &format!("{requests}?state=declined")).json();
        assert_eq!(declined["items"].as_array().unwrap().len(), 1);
        assert_eq!(town.get("u-contact-b", &requests).json()["items"], json!([]));
    });
}
