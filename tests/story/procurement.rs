//! Steps 2 to 5: survey, quotes, scenarios, contract and allocation.

use crate::{DEMAND, LATE, Story, TOWN};
use acceptance::people::text;
use serde_json::{Value, json};

/// 2. The round opens; eleven towns answer, one answer is returned, one town is late and reminded.
pub(super) fn ask(story: &Story<'_>) -> (String, String) {
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
pub(super) fn price(story: &Story<'_>, round: &str) -> [String; 2] {
    story.at("2025-10-24T10:00:00+09:00");
    let volume = json!({
        "mode": "volume", "fixed_fee": "0", "minimum_commitment": "0", "buy_up": true,
        "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}],
    });
    let graduated = json!({
        "mode": "graduated", "fixed_fee": "300000", "minimum_commitment": "2000000", "buy_up": true,
        "tiers": [{"up_to": 100, "unit": "29000"}, {"up_to": null, "unit": "22000"}],
    });
    let quotes = [("全量適用", volume), ("段階適用", graduated)].map(|(title, schedule)| {
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
pub(super) fn decide(story: &Story<'_>, round: &str, survey: &str, quotes: &[String; 2]) -> String {
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
pub(super) fn sign(story: &Story<'_>, round: &str, scenario: &str) -> (String, String) {
    story.at("2026-04-01T09:00:00+09:00");
    let people = &story.people;
    let make = json!({
        "number": "R8-001（架空）", "vendor": "架空ラーニング株式会社", "starts_on": "2026-04-01",
        "ends_on": "2027-03-31", "signed_on": "2026-04-01",
    });
    let contract = people.post("lead", &format!("/rounds/{round}/contract"), &make);
    assert_eq!((&contract["scenario_id"], &contract["seats"]), (&json!(scenario), &json!(300)));
    let id = text(&contract["id"]);
    people.in_person("lead", &format!("/contracts/{id}/allocation/publish"), &json!({"lines": []}));
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
