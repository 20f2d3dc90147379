//! What is well written and yet against a rule of surveys, quotes, scenarios or seats.

use crate::{assert_well, nothing_changes};
use acceptance::assert_verified;
use acceptance::people::text;
use acceptance::world::{World, application, demand, quote, round, scenario, survey};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::app::on_both;

#[test]
fn surveys_quotes_and_scenarios_keep_their_rules() {
    nothing_changes(|bad| {
        let answer = format!("/surveys/{}/answers/{}", bad.survey, bad.world.ids["member_id"]);
        for (low, base, high, pointer) in [(3, 2, 4, "/low_seats"), (1, 4, 3, "/base_seats")] {
            bad.field("contact", ("PUT", &answer, &demand(low, base, high)), pointer);
        }
        bad.refused(
            "contact",
            ("PUT", "/surveys/{survey_id}/answers/{member_id}", &demand(1, 2, 3)),
            &[("if-match", "\"1\"")],
            (409, "survey_not_open"),
        );
        let quotes = format!("/rounds/{}/quotes", bad.round);
        let tier = |up_to: Value, unit: &str| json!({"up_to": up_to, "unit": unit});
        for tiers in [
            json!([]),
            json!([tier(json!(99), "30000"), tier(json!(50), "27000"), tier(json!(null), "24000")]),
            json!([tier(json!(99), "30000"), tier(json!(99), "27000")]),
            json!([tier(json!(null), "30000"), tier(json!(99), "27000")]),
            json!([tier(json!(null), "-1")]),
            json!([tier(json!(null), "３万")]),
            json!([{"from": 150, "up_to": 200, "unit": "1"}]),
        ] {
            let offered = quote("誤り", &json!({"mode": "volume", "tiers": tiers}));
            let refused = bad.refused("lead", ("POST", &quotes, &offered), &[], (422, "invalid_fields"));
            let pointer = refused.json()["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
            assert!(pointer.starts_with("/schedule"), "{offered}: {}", refused.text);
        }
        let all = json!([tier(json!(99), "-1"), tier(json!(50), "many"), tier(json!(null), "24000")]);
        let offered = quote("誤り", &json!({"mode": "volume", "tiers": all, "fixed_fee": "-5"}));
        let refused = bad.refused("lead", ("POST", &quotes, &offered), &[], (422, "invalid_fields")).json();
        let told: BTreeSet<&str> =
            refused["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        let wanted =
            ["tiers/0/unit", "tiers/1/unit", "tiers/1/up_to", "fixed_fee"].map(|field| format!("/schedule/{field}"));
        assert_eq!(told, wanted.iter().map(String::as_str).collect());
        for (from, sentence) in [(50, "重なって"), (150, "空き")] {
            let tiers =
                json!([{"from": 1, "up_to": 99, "unit": "30000"}, {"from": from, "up_to": null, "unit": "27000"}]);
            let offered = quote("誤り", &json!({"mode": "volume", "tiers": tiers}));
            let refused = bad.refused("lead", ("POST", &quotes, &offered), &[], (422, "invalid_fields"));
            assert!(refused.text.contains(sentence), "from {from}: {}", refused.text);
        }
        let scenarios = format!("/rounds/{}/scenarios", bad.round);
        let foreign = scenario(&bad.world.ids["quote_id"], &bad.survey);
        bad.field("lead", ("POST", &scenarios, &foreign), "/quote_id");
        bad.refused(
            "lead",
            ("POST", "/scenarios/{scenario_id}/finalise", &Value::Null),
            &[],
            (409, "round_already_finalised"),
        );
    });
}

#[test]
fn a_survey_takes_nothing_after_its_last_day() {
    nothing_changes(|bad| {
        let answer = format!("/surveys/{}/answers/{}", bad.survey, bad.world.ids["member_id"]);
        let clock = &bad.people.app.clock;
        let now = bad.people.app.service.env().clock.now();
        clock.set("2026-05-21T00:00:00+09:00".parse().unwrap());
        bad.refused("contact", ("PUT", &answer, &demand(1, 2, 3)), &[], (409, "survey_deadline_passed"));
        clock.set(now);
    });
}

#[test]
fn guarantees_beyond_the_supply_are_refused() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let members = [world.ids["member_id"].as_str(), world.ids["other_member_id"].as_str()];
        let made = people.post("lead", &world.path("/consortia/{consortium_id}/rounds"), &round(&members));
        let of = text(&made["id"]);
        let asked = text(&people.post("lead", &format!("/rounds/{of}/surveys"), &survey("2026-05-20"))["id"]);
        people.act("lead", &format!("/surveys/{asked}/open"));
        for (who, member) in [("contact", members[0]), ("other_town", members[1])] {
            let path = format!("/surveys/{asked}/answers/{member}");
            let mut wanted = demand(8, 9, 10);
            wanted["minimum_seats"] = json!(8);
            people.put(who, &path, None, &wanted);
            people.act(who, &format!("{path}/submit"));
            people.act("lead", &format!("{path}/fix"));
        }
        people.act("lead", &format!("/surveys/{asked}/close"));
        let offered = quote("見積", &json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "24000"}]}));
        let offered = text(&people.post("lead", &format!("/rounds/{of}/quotes"), &offered)["id"]);
        let mut plan = scenario(&offered, &asked);
        plan["supply"] = json!(15);
        let scenarios = format!("/rounds/{of}/scenarios");
        let refused = people.send("lead", "POST", &scenarios, &plan);
        assert_well("guarantees", &refused, (409, "guarantees_exceed_supply"));
        assert_eq!(people.all("lead", &scenarios), Vec::<Value>::new());
        plan["supply"] = json!(16);
        people.post("lead", &scenarios, &plan);
        assert_verified(app);
    });
}

#[test]
fn seats_in_use_are_not_taken_and_nobody_sits_twice() {
    nothing_changes(|bad| {
        let below = json!({"lines": [{"member_id": bad.world.ids["member_id"], "seats": 0, "reason": "見直し"}]});
        bad.refused(
            "lead",
            ("POST", "/contracts/{contract_id}/allocation/publish", &below),
            &[],
            (409, "seats_in_use"),
        );
        let above = json!({"lines": [{"member_id": bad.world.ids["member_id"], "seats": 21, "reason": "見直し"}]});
        bad.refused(
            "lead",
            ("POST", "/contracts/{contract_id}/allocation/publish", &above),
            &[],
            (409, "allocation_exceeds_seats"),
        );
        let again = json!({"user_id": bad.people.users["learner"]});
        bad.refused(
            "contact",
            ("POST", "/seat-accounts/{account_id}/assignments", &again),
            &[],
            (409, "already_seated"),
        );
        bad.refused(
            "learner",
            ("POST", "/seat-accounts/{account_id}/claims", &json!({})),
            &[],
            (409, "already_seated"),
        );
        bad.refused(
            "learner",
            ("POST", "/entry-calls/{call_id}/applications", &application("boss@town.example.jp")),
            &[],
            (409, "already_applied"),
        );
    });
}
