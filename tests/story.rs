//! One fiscal year over HTTP, on both databases: the nine steps of the main job, and what they leave behind.
//! Municipalities, codes and populations are real; membership, demand, prices and people are fictional.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use acceptance::people::{People, text};
use acceptance::{assert_verified, run};
use domain::access::Role;
use domain::municipality::kanagawa;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::app::{TestApp, on_both};

/// Code, low, base, high, minimum, budget cap in yen (0: none); 中井町 is followed to its seats.
const DEMAND: [(&str, i64, i64, i64, i64, i64); 11] = [
    ("142018", 35, 40, 50, 20, 0),
    ("142034", 30, 35, 40, 15, 0),
    ("142042", 25, 30, 35, 10, 900_000),
    ("142051", 50, 60, 75, 20, 0),
    ("142069", 25, 30, 35, 10, 0),
    ("142077", 20, 25, 30, 10, 0),
    (TOWN, 1, 2, 4, 1, 200_000),
    ("143634", 10, 15, 18, 5, 0),
    (NEIGHBOUR, 15, 20, 25, 8, 0),
    ("143839", 10, 15, 15, 5, 450_000),
    (LATE, 10, 15, 15, 3, 500_000),
];
const TOWN: &str = "143618";
const NEIGHBOUR: &str = "143669";
const LATE: &str = "144029";
const LEARNERS: [&str; 4] = ["staff1", "staff2", "staff3", "staff4"];

struct Story<'a> {
    people: People<'a>,
    consortium: String,
}

impl Story<'_> {
    fn at(&self, instant: &str) {
        self.people.app.clock.set(instant.parse().unwrap());
    }

    fn member(&self, code: &str) -> String {
        let members = self.people.all("admin", &format!("/consortia/{}/members", self.consortium));
        text(&members.iter().find(|one| one["municipality_code"] == code).unwrap()["id"])
    }
}

#[test]
fn one_fiscal_year_runs_from_the_first_survey_to_the_last_seat() {
    on_both(|app| {
        let story = found(app);
        let (round, survey) = ask(&story);
        let quotes = price(&story, &round);
        let scenario = decide(&story, &round, &survey, &quotes);
        let (contract, account) = sign(&story, &round, &scenario);
        select(&story, &account);
        pass_on(&story, &account);
        request(&story, &contract, &account);
        learn(&story);
        remember(&story);
        assert_verified(app);
    });
}

/// 1. The consortium, its lead and eleven municipalities, and the first people.
fn found(app: &TestApp) -> Story<'_> {
    app.clock.set("2025-09-01T09:00:00+09:00".parse().unwrap());
    let mut people = People::of(app);
    people.enter("admin", Role::Admin, None, None);
    let lead = json!({
        "municipality_code": "140007", "name": "神奈川県", "kana": "かながわけん", "kind": "prefecture",
        "population": 9_237_337, "member_class": "full", "joined_on": "2025-09-01",
    });
    let made = people.post("admin", "/consortia", &json!({"name": "オンライン学習共同調達（架空）", "lead": lead}));
    let consortium = text(&made["id"]);
    let members = format!("/consortia/{consortium}/members");
    for town in kanagawa().into_iter().filter(|town| DEMAND.iter().any(|row| row.0 == town.code)) {
        let add = json!({
            "municipality_code": town.code, "name": town.name, "kana": town.kana, "kind": town.kind,
            "population": town.population, "member_class": "full", "joined_on": "2025-09-01",
        });
        people.post("admin", &members, &add);
    }
    let all = people.all("admin", &members);
    assert_eq!(all.len(), 12);
    for one in &all {
        let (code, id) = (text(&one["municipality_code"]), text(&one["id"]));
        let (who, role) = if one["is_lead"] == true { ("lead", Role::Lead) } else { (code.as_str(), Role::Contact) };
        people.enter(who, role, Some(&consortium), Some(&id));
        if code == TOWN {
            for learner in LEARNERS {
                people.enter(learner, Role::Learner, Some(&consortium), Some(&id));
            }
        }
        if code == NEIGHBOUR {
            people.enter("neighbour", Role::Learner, Some(&consortium), Some(&id));
        }
    }
    people.enter("auditor", Role::Auditor, Some(&consortium), None);
    Story { people, consortium }
}

/// 2. The round opens; eleven towns answer, one answer is returned, one town is late and reminded.
fn ask(story: &Story<'_>) -> (String, String) {
    story.at("2025-09-10T09:00:00+09:00");
    let people = &story.people;
    let members: Vec<String> = DEMAND.iter().map(|row| story.member(row.0)).collect();
    let round = json!({
        "title": "令和8年度 共同調達", "product": "オンライン学習サービス（架空）", "fiscal_year": 2026,
        "contract_mode": "lead_contract", "census_year": 2020, "seats_counted_on": "2025-10-01", "member_ids": members,
    });
    let round = people.post("lead", &format!("/consortia/{}/rounds", story.consortium), &round);
    let round = text(&round["id"]);
    let survey = json!({"kind": "intent", "title": "令和8年度 意向調査", "note": "", "deadline_on": "2025-10-10"});
    let survey = text(&people.post("lead", &format!("/rounds/{round}/surveys"), &survey)["id"]);
    people.act("lead", &format!("/surveys/{survey}/open"));

    story.at("2025-09-24T10:00:00+09:00");
    for row in DEMAND.iter().filter(|row| row.0 != LATE) {
        answer(story, &survey, row);
    }
    let own = format!("/surveys/{survey}/answers/{}", story.member(TOWN));
    let returned = people.post("lead", &format!("{own}/return"), &json!({"reason": "根拠を補ってください。"}));
    let mut again = content(DEMAND.iter().find(|row| row.0 == TOWN).unwrap());
    again["reason"] = json!("推進リーダーが必ず受講するため、最低1席が要ります（架空）。");
    people.put(TOWN, &own, Some(&returned["version"]), &again);
    people.act(TOWN, &format!("{own}/submit"));

    story.at("2025-10-11T09:00:00+09:00");
    let missing = people.get("lead", &format!("/surveys/{survey}/unanswered"));
    assert_eq!(missing["items"].as_array().unwrap().len(), 1, "{missing}");
    let late = story.member(LATE);
    let path = format!("/surveys/{survey}/answers/{late}");
    let refused = people.send(LATE, "PUT", &path, &content(DEMAND.last().unwrap()));
    assert_eq!((refused.status, refused.code().as_str()), (409, "survey_deadline_passed"));
    people.post("lead", &format!("/surveys/{survey}/extend"), &json!({"deadline_on": "2025-10-17"}));
    people.post("lead", &format!("/surveys/{survey}/remind"), &json!({}));
    story.at("2025-10-15T16:30:00+09:00");
    answer(story, &survey, DEMAND.last().unwrap());
    for row in &DEMAND {
        people.act("lead", &format!("/surveys/{survey}/answers/{}/fix", story.member(row.0)));
    }
    people.act("lead", &format!("/surveys/{survey}/close"));
    (round, survey)
}

fn content(row: &(&str, i64, i64, i64, i64, i64)) -> Value {
    let (_, low, base, high, minimum, cap) = *row;
    json!({
        "low_seats": low, "base_seats": base, "high_seats": high, "minimum_seats": minimum,
        "budget_cap_yen": (cap > 0).then_some(cap),
        "price_points": [{"unit_price_at_most_yen": 24_000, "seats": high}],
        "reason": "業務改善の研修に使います（架空）。",
    })
}

fn answer(story: &Story<'_>, survey: &str, row: &(&str, i64, i64, i64, i64, i64)) {
    let path = format!("/surveys/{survey}/answers/{}", story.member(row.0));
    story.people.put(row.0, &path, None, &content(row));
    story.people.act(row.0, &format!("{path}/submit"));
}

/// 3. Two quotes over quantities; the advice says what buying up to the next tier saves.
fn price(story: &Story<'_>, round: &str) -> [String; 2] {
    story.at("2025-10-24T10:00:00+09:00");
    let volume = json!({
        "mode": "volume", "fixed_fee": "0", "minimum_commitment": "0", "buy_up": true,
        "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}],
    });
    let graduated = json!({
        "mode": "graduated", "fixed_fee": "300000", "minimum_commitment": "2000000", "buy_up": true,
        "tiers": [{"up_to": 100, "unit": "29000"}, {"up_to": null, "unit": "22000"}],
    });
    let quotes = [("全量単価", volume), ("段階単価", graduated)].map(|(title, schedule)| {
        let quote = acceptance::world::quote(title, &schedule);
        text(&story.people.post("lead", &format!("/rounds/{round}/quotes"), &quote)["id"])
    });
    let compared = story.people.get("lead", &format!("/rounds/{round}/quotes/compare?from=260&to=310"));
    let curve = compared["quotes"].as_array().unwrap().iter().find(|curve| curve["quote_id"] == quotes[0]).unwrap();
    let at = |seats: i64| {
        let totals = curve["totals"].as_array().unwrap();
        totals.iter().find(|total| total["seats"] == seats).unwrap()["bought"].clone()
    };
    assert_eq!((at(266), at(267), at(290)), (json!(266), json!(300), json!(300)), "buying up pays from 267 seats on");
    quotes
}

/// 4. Three scenarios side by side; one is frozen, once, and replays to the same bytes.
fn decide(story: &Story<'_>, round: &str, survey: &str, quotes: &[String; 2]) -> String {
    story.at("2025-10-27T10:00:00+09:00");
    let people = &story.people;
    let plans = [
        ("案A 席数割", &quotes[0], "webster", json!({"kind": "per_seat"})),
        (
            "案B 均等1割",
            &quotes[0],
            "constrained_equal_awards",
            json!({"kind": "mixture", "equal": "10", "population": "0", "seats": "90"}),
        ),
        (
            "案C 別見積",
            &quotes[1],
            "largest_remainder",
            json!({"kind": "mixture", "equal": "20", "population": "30", "seats": "50"}),
        ),
    ];
    let made = plans.map(|(name, quote, rule, sharing)| {
        let weights = if rule == "largest_remainder" { "request" } else { "population" };
        let create = json!({
            "name": name, "quote_id": quote, "survey_id": survey,
            "allocation": {"rule": rule, "tie_break": {"by": "key"}, "weights": weights}, "sharing": {"rule": sharing},
        });
        let detail = people.post("lead", &format!("/rounds/{round}/scenarios"), &create);
        text(&detail["id"])
    });
    let compared = people.get("auditor", &format!("/rounds/{round}/scenarios/compare?ids={}", made.join(",")));
    assert_eq!(compared["scenarios"].as_array().unwrap().len(), 3);
    for column in 0..3 {
        let cells =
            compared["rows"].as_array().unwrap().iter().filter_map(|row| row["cells"][column]["share_yen"].as_i64());
        assert_eq!(Some(cells.sum()), compared["scenarios"][column]["total_yen"].as_i64(), "to the yen");
    }
    story.at("2025-11-05T09:00:00+09:00");
    let finalise = format!("/scenarios/{}/finalise", made[0]);
    people.act("lead", &finalise);
    assert_eq!(people.send("lead", "POST", &finalise, &Value::Null).status, 409, "once");
    assert_eq!(people.act("auditor", &format!("/scenarios/{}/replay", made[0]))["identical"], true);
    made[0].clone()
}

/// 5. The contract; the ledger receives the seats; every town sees its number with the reason.
fn sign(story: &Story<'_>, round: &str, scenario: &str) -> (String, String) {
    story.at("2026-04-01T09:00:00+09:00");
    let people = &story.people;
    let make = json!({
        "number": "R8-001（架空）", "vendor": "架空ラーニング株式会社", "starts_on": "2026-04-01",
        "ends_on": "2027-03-31", "signed_on": "2026-04-01",
    });
    let contract = people.post("lead", &format!("/rounds/{round}/contract"), &make);
    assert_eq!((&contract["scenario_id"], &contract["seats"]), (&json!(scenario), &json!(300)));
    let id = text(&contract["id"]);
    people.post("lead", &format!("/contracts/{id}/allocation/publish"), &json!({"lines": []}));
    let accounts = people.get("auditor", &format!("/contracts/{id}/seat-accounts"));
    let accounts = accounts.as_array().unwrap();
    assert_eq!(accounts.iter().filter_map(|account| account["balance"].as_i64()).sum::<i64>(), 300);
    let shares = people.get("auditor", &format!("/contracts/{id}/shares"));
    let sum: i64 = shares["items"].as_array().unwrap().iter().filter_map(|share| share["share_yen"].as_i64()).sum();
    assert_eq!(Some(sum), contract["total_yen"].as_i64(), "shares sum to the bill");
    for row in &DEMAND {
        let seen = people.get(row.0, &format!("/contracts/{id}/allocation"));
        let lines = seen["lines"].as_array().unwrap();
        assert_eq!((lines.len(), &lines[0]["municipality_code"]), (1, &json!(row.0)), "its own line only");
        assert!(lines[0]["explanation"].as_str().unwrap().contains('席'));
    }
    let town = story.member(TOWN);
    let own = accounts.iter().find(|account| account["member_id"] == town).unwrap();
    assert_eq!(own["balance"], 2);
    (id, text(&own["id"]))
}

/// 6a. The town's entry call: applications, one-time links, a selection with reasons, seats, a waiting list.
fn select(story: &Story<'_>, account: &str) {
    story.at("2026-04-06T09:00:00+09:00");
    let people = &story.people;
    let draft = json!({
        "title": "令和8年度 受講者募集（架空）", "guidance": "学びたいことを書いてください。", "capacity": 2, "policy": "selection",
        "questions": [{"id": "hours", "text": "週に何時間学べますか。", "required": true}], "closes_on": "2026-04-17",
    });
    let call = text(&people.post(TOWN, &format!("/seat-accounts/{account}/entry-calls"), &draft)["id"]);
    people.act(TOWN, &format!("/entry-calls/{call}/open"));
    let mut applications = Vec::new();
    for (number, learner) in LEARNERS.iter().enumerate() {
        story.at(&format!("2026-04-08T09:0{number}:00+09:00"));
        let boss = format!("boss-{learner}@town.example.jp");
        let mut apply = acceptance::world::application(&boss);
        apply["answers"] = json!([{"question_id": "hours", "text": "2時間ほど"}]);
        applications.push(text(&people.post(learner, &format!("/entry-calls/{call}/applications"), &apply)["id"]));
        let link = json!({"token": people.mailed(&boss, "acknowledgement_requested", "yui_ack_")});
        let read = people.app.send("POST", "/api/v1/acknowledgements/view", &[], &link);
        assert_eq!((read.status, &read.json()["member_name"]), (200, &json!("中井町")), "{}", read.text);
        let given = people.app.send("POST", "/api/v1/acknowledgements", &[], &link);
        assert!((200..300).contains(&given.status), "{}", given.text);
        let twice = people.app.send("POST", "/api/v1/acknowledgements", &[], &link);
        assert!((400..500).contains(&twice.status), "a link works once: {}", twice.text);
    }
    story.at("2026-04-20T09:00:00+09:00");
    people.post(TOWN, &format!("/entry-calls/{call}/close"), &json!({}));
    let decisions: Vec<Value> = applications
        .iter()
        .enumerate()
        .map(|(place, id)| {
            let outcome = if place < 2 { "selected" } else { "waitlisted" };
            json!({"application_id": id, "outcome": outcome, "reason": "業務の課題が具体的なため。"})
        })
        .collect();
    people.post(TOWN, &format!("/entry-calls/{call}/selection"), &json!({"decisions": decisions}));
    for seated in &LEARNERS[..2] {
        assert_eq!(people.get(seated, "/me/seats").as_array().unwrap().len(), 1);
    }
    for (place, waiting) in LEARNERS[2..].iter().enumerate() {
        assert_eq!(people.get(waiting, "/me/waiting-entries")[0]["position"], json!(place + 1));
    }
}

/// 6b. A returned seat is offered for 72 hours to the first who waits; it expires and passes on.
fn pass_on(story: &Story<'_>, account: &str) {
    story.at("2026-05-11T09:00:00+09:00");
    let people = &story.people;
    let seat = text(&people.get("staff1", "/me/seats")[0]["id"]);
    people.post(TOWN, &format!("/assignments/{seat}/release"), &json!({"reason": "人事異動のため"}));
    let first = people.get("staff3", "/me/offers")["items"][0].clone();
    assert_eq!(
        first["expires_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(),
        "2026-05-14T09:00:00+09:00".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
    story.at("2026-05-14T10:00:00+09:00");
    run(app::upkeep::run(&people.app.service)).unwrap();
    let late = people.send("staff3", "POST", &format!("/offers/{}/accept", text(&first["id"])), &Value::Null);
    assert_eq!((late.status, late.code().as_str()), (409, "offer_expired"));
    let next = text(&people.get("staff4", "/me/offers")["items"][0]["id"]);
    people.act("staff4", &format!("/offers/{next}/accept"));
    assert_eq!(people.get("staff4", "/me/seats")[0]["source"], "offer");
    let own = people.get("lead", &format!("/seat-accounts/{account}"));
    assert_eq!((&own["assigned"], &own["held"], &own["free"]), (&json!(2), &json!(0), &json!(0)));
}

/// 7. Five more seats: the effect first, then granted from the reserve; another request is declined.
fn request(story: &Story<'_>, contract: &str, account: &str) {
    story.at("2026-06-10T10:00:00+09:00");
    let people = &story.people;
    let requests = format!("/contracts/{contract}/seat-requests");
    let (town, neighbour) = (story.member(TOWN), story.member(NEIGHBOUR));
    let effect = people.post(TOWN, &format!("{requests}/preview"), &json!({"member_id": town, "seats": 5}));
    assert!(effect["share_after_yen"].as_i64() >= effect["share_before_yen"].as_i64(), "{effect}");
    let asked = people.post(TOWN, &requests, &json!({"member_id": town, "seats": 5, "reason": "待機者のため（架空）"}));
    let approve = json!({"source": "reserve", "seats": 5, "reason": "予備席から配分します。"});
    let granted = people.post("lead", &format!("/seat-requests/{}/approve", text(&asked["id"])), &approve);
    assert_eq!((&granted["state"], &granted["granted_seats"]), (&json!("approved"), &json!(5)));
    assert_eq!(people.get(TOWN, &format!("/seat-accounts/{account}"))["balance"], 7);
    let asked = people.post(
        NEIGHBOUR,
        &requests,
        &json!({"member_id": neighbour, "seats": 30, "reason": "全課で使うため（架空）"}),
    );
    let decline = json!({"reason": "予備席を超えるため、来年度の意向調査で希望してください。"});
    let declined = people.post("lead", &format!("/seat-requests/{}/decline", text(&asked["id"])), &decline);
    assert_eq!(declined["state"], "declined");
}

/// 8. A success story is tried in another town, a worry is resolved, two characters find both.
fn learn(story: &Story<'_>) {
    story.at("2026-06-20T15:00:00+09:00");
    let people = &story.people;
    let posts = format!("/consortia/{}/posts", story.consortium);
    let worry = json!({"kind": "worry", "visibility": "consortium", "title": "紙の申請書の転記がつらい（架空）", "body": "毎日50枚あります。", "tags": ["窓口"]});
    let worry = text(&people.post("neighbour", &posts, &worry)["id"]);
    let success = json!({
        "kind": "success_story", "visibility": "consortium", "title": "申請書の転記をなくした話（架空）", "tags": ["窓口"],
        "body": "**2か月**でなくなりました。",
        "story": {
            "problem": "手で転記していた。", "approach": "入力フォームを作った。", "tools": ["ノーコードツール"],
            "courses": [{"title": "はじめてのノーコード（架空の講座）", "url": null}],
            "effect": {"hours_saved": 240, "yen_saved": 600_000},
        },
    });
    let success = text(&people.post("staff2", &posts, &success)["id"]);
    let answer = people.post("staff2", &format!("/posts/{worry}/comments"), &json!({"body": "成功事例に書きました。"}));
    people.post("neighbour", &format!("/posts/{worry}/resolve"), &json!({"comment_id": answer["id"]}));
    people.post(NEIGHBOUR, &format!("/posts/{success}/comments"), &json!({"body": "様式を見せてください。"}));
    people.put(NEIGHBOUR, &format!("/posts/{success}/helpful"), None, &Value::Null);
    let tried = json!({"outcome": "worked", "note": "うちでも試しました。", "hours_saved": 110});
    people.post(NEIGHBOUR, &format!("/posts/{success}/replications"), &tried);
    let seen = people.get("auditor", &format!("/posts/{success}"));
    assert_eq!(
        (&seen["comments_count"], &seen["helpful_count"], &seen["replications_count"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert!(people.get("lead", &format!("/posts/{worry}"))["resolved_at"].is_string());
    let found = people.get("lead", &format!("{posts}?q=%E8%BB%A2%E8%A8%98"));
    let found: BTreeSet<String> = found["items"].as_array().unwrap().iter().map(|post| text(&post["id"])).collect();
    assert_eq!(found, [worry, success].into(), "転記");
}

/// 9. Each fact has its audit entry and its mail.
fn remember(story: &Story<'_>) {
    story.at("2026-07-01T09:00:00+09:00");
    let words = |path: &str, field: &str| -> BTreeSet<String> {
        let rows = story.people.all("auditor", &format!("/consortia/{}/{path}", story.consortium));
        rows.iter().map(|row| text(&row[field])).collect()
    };
    let missing = |wanted: &[&str], found: &BTreeSet<String>| -> Vec<String> {
        wanted.iter().filter(|word| !found.contains(**word)).map(|word| (*word).to_owned()).collect()
    };
    let facts = words("audit-entries", "action");
    assert_eq!(missing(FACTS, &facts), Vec::<String>::new(), "{facts:?}");
    let mails = words("mails", "kind");
    assert_eq!(missing(MAILS, &mails), Vec::<String>::new(), "{mails:?}");
}

const FACTS: &[&str] = &[
    "consortium.created",
    "member.added",
    "round.created",
    "survey.created",
    "survey.opened",
    "answer.saved",
    "answer.submitted",
    "answer.returned",
    "answer.fixed",
    "survey.extended",
    "survey.reminded",
    "survey.closed",
    "quote.created",
    "scenario.created",
    "scenario.finalised",
    "contract.made",
    "allocation.published",
    "seats.transferred",
    "entry_call.created",
    "entry_call.opened",
    "entry_call.closed",
    "entry_call.selected",
    "application.submitted",
    "application.acknowledged",
    "application.decided",
    "seat.assigned",
    "seat.waitlisted",
    "seat.released",
    "offer.made",
    "offer.expired",
    "offer.accepted",
    "seat_request.submitted",
    "seat_request.approved",
    "seat_request.declined",
    "post.created",
    "comment.created",
    "post.resolved",
    "post.marked_helpful",
    "replication.recorded",
];

const MAILS: &[&str] = &[
    "survey_opened",
    "survey_answer_returned",
    "survey_reminder",
    "estimate_notice",
    "contract_made",
    "allocation_published",
    "entry_call_opened",
    "application_received",
    "application_arrived",
    "acknowledgement_requested",
    "application_selected",
    "application_waiting",
    "seat_returned",
    "offer_made",
    "offer_expired",
    "seat_assigned",
    "seat_request_submitted",
    "seat_request_granted",
    "seat_request_declined",
    "post_commented",
    "post_resolved",
];
