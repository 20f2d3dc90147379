//! Many at once, over HTTP and on both databases: links that work once (S07), and seats and yen that move from several
//! sides in the same moment (S25). The negative controls stand beside the guards: `app/tests/seats/races.rs` and
//! `app/tests/accounts/races.rs`.

use crate::without_limits;
use acceptance::at_once;
use acceptance::people::{PASSWORD, email};
use acceptance::run;
use acceptance::world::World;
use serde_json::{Value, json};
use std::sync::Barrier;
use testkit::app::{Answer, on_both_with};

/// One counts, and the others learn that the link is used up.
fn exactly_one(what: &str, answers: &[Answer]) {
    let counted = answers.iter().filter(|answer| answer.status < 300).count();
    assert_eq!(counted, 1, "{what}: {answers:#?}");
    let late = answers.iter().filter(|answer| (400..500).contains(&answer.status) && !answer.code().is_empty());
    assert_eq!(late.count(), answers.len() - 1, "{what}: {answers:#?}");
}

#[test]
fn of_sixteen_who_use_a_link_at_once_exactly_one_is_served() {
    on_both_with(without_limits, |app| {
        let first = run(app::accounts::bootstrap_token(&app.service)).unwrap().unwrap();
        let send = |path: &str, body: Value| {
            let path = format!("/api/v1{path}");
            at_once(&|| app.send("POST", &path, &[], &body))
        };
        let administrator = json!({
            "token": first.reveal(), "email": "first@service.example.jp", "display_name": "架空 初代", "kana": "かくう",
            "password": PASSWORD,
        });
        exactly_one("bootstrap", &send("/bootstrap", administrator));
        let (world, people) = World::build(app);
        let invite = json!({
            "email": "new@town.example.jp", "display_name": "架空 新人", "kana": "かくう", "role": "learner",
            "member_id": world.ids["member_id"],
        });
        people.in_person("contact", &world.path("/consortia/{consortium_id}/users"), &invite);
        let token = people.mailed("new@town.example.jp", "invite", "yui_inv_");
        exactly_one("invitation", &send("/invitations/accept", json!({"token": token, "password": PASSWORD})));
        let colleague = email("colleague");
        let asked = app.send("POST", "/api/v1/password-resets", &[], &json!({"email": colleague}));
        assert_eq!(asked.status, 202, "{}", asked.text);
        let token = people.mailed(&colleague, "password_reset", "yui_rst_");
        let reset = json!({"token": token, "password": "夜明けの海を渡る白い船の帆"});
        exactly_one("reset", &send("/password-resets/confirm", reset));
        let token = people.mailed("boss@town.example.jp", "acknowledgement_requested", "yui_ack_");
        exactly_one("acknowledgement", &send("/acknowledgements", json!({"token": token})));
        acceptance::assert_verified(app);
    });
}

/// Runs what several people do in the same moment; their answers in the same order.
fn all_at_once(acts: Vec<Box<dyn Fn() -> Answer + Send + Sync + '_>>) -> Vec<Answer> {
    let start = Barrier::new(acts.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = acts
            .iter()
            .map(|act| {
                scope.spawn(|| {
                    start.wait();
                    act()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn told(answers: &[Answer]) -> Vec<(u16, String)> {
    answers.iter().map(|answer| (answer.status, answer.text.clone())).collect()
}

/// Seats are granted from the reserve, handed from town to town, returned and claimed in one moment: the reserve gives
/// what it has and no more, no account goes below what is in use, and every seat is somewhere.
#[test]
fn seats_that_move_from_all_sides_at_once_neither_multiply_nor_vanish() {
    on_both_with(without_limits, |app| {
        let (world, people) = World::build(app);
        let id = |name: &str| world.ids[name].clone();
        let (reserve, nakai, matsuda) = (id("reserve_account_id"), id("account_id"), id("other_account_id"));
        let transfers = world.path("/contracts/{contract_id}/seat-transfers");
        let movement = |kind: &str, from: &str, to: Option<&str>, seats: i64| {
            json!({
                "kind": kind, "from_account_id": from, "to_account_id": to, "seats": seats, "reason": "見直しのため（架空）",
            })
        };
        // The reserve holds 16; 6 × 3 and 2 × 1 are asked of it, and returns may come back in between.
        let mut acts: Vec<Box<dyn Fn() -> Answer + Send + Sync + '_>> = Vec::new();
        for (kind, from, to, seats, times) in [
            ("grant", &reserve, Some(nakai.as_str()), 3, 6),
            ("grant", &reserve, Some(matsuda.as_str()), 1, 2),
            ("return", &matsuda, None, 2, 3),
        ] {
            for _ in 0..times {
                let body = movement(kind, from, to, seats);
                let (people, transfers) = (&people, &transfers);
                acts.push(Box::new(move || people.send("lead", "POST", transfers, &body)));
            }
        }
        for (who, account) in [("contact", &nakai), ("other_town", &matsuda), ("other_learner", &matsuda)] {
            let path = format!("/seat-accounts/{account}/claims");
            let people = &people;
            acts.push(Box::new(move || people.send(who, "POST", &path, &Value::Null)));
        }
        let answers = all_at_once(acts);
        assert!(answers.iter().all(|answer| [201, 202, 409].contains(&answer.status)), "{:#?}", told(&answers));
        let accounts = people.get("lead", &world.path("/contracts/{contract_id}/seat-accounts"));
        let accounts = accounts.as_array().unwrap();
        let of = |account: &Value, field: &str| account[field].as_i64().unwrap();
        assert_eq!(accounts.iter().map(|account| of(account, "balance")).sum::<i64>(), 20, "{accounts:#?}");
        for account in accounts {
            assert!(of(account, "balance") >= of(account, "assigned") + of(account, "held"), "{account}");
        }
        let done = |range: std::ops::Range<usize>| {
            i64::try_from(answers[range].iter().filter(|answer| answer.status == 201).count()).unwrap()
        };
        let (large, small, back) = (done(0..6), done(6..8), done(8..11));
        let left = of(accounts.iter().find(|account| account["id"] == reserve.as_str()).unwrap(), "balance");
        assert_eq!(left, 16 - 3 * large - small + 2 * back, "the reserve is what the answers say");
        assert!(large >= 4, "what is there is given: {answers:#?}");
        acceptance::assert_verified(app);
    });
}

/// The contract's price changes while requests are approved and seats are claimed: every yen of the total is that of the
/// scenario and the amendments that were answered, and every approval moved its seats once.
#[test]
fn a_price_that_changes_while_seats_are_granted_keeps_every_yen() {
    on_both_with(without_limits, |app| {
        let (world, people) = World::build(app);
        let contract = world.path("/contracts/{contract_id}");
        let before = people.get("lead", &contract);
        let more = json!({
            "seats": 1, "ex_tax_yen": 24_000, "tax_yen": 2_400, "reason": "追加発注（架空）", "effective_on": "2026-05-01",
        });
        let request = world.path("/seat-requests/{request_id}/approve");
        let order = json!({"source": "reserve", "seats": 2, "reason": "予備席から配分します。"});
        let claims = world.path("/seat-accounts/{other_account_id}/claims");
        let amendments = format!("{contract}/amendments");
        let mut acts: Vec<Box<dyn Fn() -> Answer + Send + Sync + '_>> = Vec::new();
        for _ in 0..6 {
            acts.push(Box::new(|| people.send("lead", "POST", &amendments, &more)));
            acts.push(Box::new(|| people.send("lead", "POST", &request, &order)));
        }
        for who in ["other_town", "other_learner"] {
            let (people, claims) = (&people, &claims);
            acts.push(Box::new(move || people.send(who, "POST", claims, &Value::Null)));
        }
        let answers = all_at_once(acts);
        assert!(answers.iter().all(|answer| [200, 201, 409, 412].contains(&answer.status)), "{:#?}", told(&answers));
        let amended = i64::try_from((0..12).step_by(2).filter(|at| answers[*at].status == 200).count()).unwrap();
        let approved = (1..12).step_by(2).filter(|at| answers[*at].status == 200).count();
        assert_eq!(approved, 1, "one approval counts: {answers:#?}");
        assert!(amended >= 1);
        let after = people.get("lead", &contract);
        let grew = |field: &str| after[field].as_i64().unwrap() - before[field].as_i64().unwrap();
        assert_eq!(
            (grew("seats"), grew("ex_tax_yen"), grew("total_yen")),
            (amended, amended * 24_000, amended * 26_400)
        );
        let listed = people.get("lead", &amendments);
        assert_eq!(listed["items"].as_array().unwrap().len(), usize::try_from(amended).unwrap());
        let town = people.get("lead", &world.path("/seat-accounts/{account_id}"));
        assert_eq!(town["balance"], 3, "one seat, and two more once: {town}");
        acceptance::assert_verified(app);
    });
}
