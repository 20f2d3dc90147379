//! Bad input on the way of a procurement: a problem with a code, a pointer and a sentence, and nothing changed.

use crate::town_hall::{TOWNS, TownHall, id, plan, quote, volume, wish};
use serde_json::{Value, json};
use testkit::app::{Answer, on_both};

/// Pointers and codes of refused fields.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_fields"), "{}", answer.text);
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    assert!(errors.iter().all(|error| text(error, "detail").ends_with('。')), "{}", answer.text);
    errors.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

fn pointers(answer: &Answer) -> Vec<String> {
    faults(answer).into_iter().map(|(pointer, _)| pointer).collect()
}

/// A rule that says no: status 409, a code, a sentence without unfilled places.
fn refused(answer: &Answer) -> String {
    assert_eq!(answer.status, 409, "{}", answer.text);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.ends_with('。') && !detail.contains('{'), "{detail}");
    answer.code()
}

#[test]
fn a_simulation_names_the_field_that_the_calculator_does_not_know() {
    on_both(|app| {
        let hall = TownHall::open(app);
        let ask = |body: Value| hall.post(&hall.lead, "/simulations/allocation", &body);
        let good = json!({"supply": 3, "rule": "webster", "claims": [{"id": "a"}]});
        assert_eq!(ask(good.clone()).status, 200);
        for (change, pointer) in [
            (json!({"sply": 3}), "/sply"),
            (json!({"claims": [{"id": "a"}, {"id": "b", "wait": 2}]}), "/claims/1/wait"),
            (json!({"form": "half"}), "/form"),
            (json!({"claims": {"id": "a"}}), "/claims"),
            (json!({"rule": "no_such_rule"}), "/rule"),
            (json!({"supply": 1.5}), "/supply"),
        ] {
            let mut body = good.clone();
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(pointers(&ask(body)), [pointer]);
        }
    });
}

#[test]
fn answers_that_cannot_be_are_refused_at_their_fields() {
    on_both(|app| {
        let hall = TownHall::open(app);
        let survey = hall.survey(&hall.round());
        let path = format!("/surveys/{survey}/answers/{}", hall.towns[0]);
        let contact = &hall.contacts[0];
        let with = |name: &str, value: Value| {
            let mut body = wish(70);
            body[name] = value;
            hall.put(contact, &path, None, &body)
        };
        assert_eq!(faults(&with("low_seats", json!(80))), [("/low_seats".to_owned(), "order".to_owned())]);
        for bad in [json!(-1), json!(1_u64 << 31), json!(1_u64 << 53), json!(1_u64 << 63), json!(i64::MIN)] {
            assert!(pointers(&with("base_seats", bad.clone())).contains(&"/base_seats".to_owned()), "{bad}");
        }
        for bad in [json!("70"), json!("７０"), json!(70.5), json!(null), json!([70])] {
            assert_eq!(pointers(&with("base_seats", bad.clone())), ["/base_seats"], "{bad}");
        }
        assert_eq!(
            faults(&with("consortium_id", json!("x"))),
            [("/consortium_id".to_owned(), "unknown_field".to_owned())]
        );
        assert_eq!(pointers(&with("reason", json!("長".repeat(2_001)))), ["/reason"]);
        assert_eq!(hall.get(contact, &path).status, 404, "nothing was written");

        app.clock.set("2026-05-29T15:00:00Z".parse().unwrap());
        assert_eq!(refused(&hall.put(contact, &path, None, &wish(70))), "survey_deadline_passed");
        let earlier =
            hall.post(&hall.lead, &format!("/surveys/{survey}/extend"), &json!({"deadline_on": "2026-05-29"}));
        assert_eq!(pointers(&earlier), ["/deadline_on"]);
        hall.done(&hall.lead, &format!("/surveys/{survey}/extend"), &json!({"deadline_on": "2026-06-05"}));
        assert_eq!(hall.put(contact, &path, None, &wish(70)).status, 200);
        assert_eq!(
            pointers(&hall.post(&hall.lead, &format!("/surveys/{survey}/remind"), &json!({"member_ids": ["x"]}))),
            ["/member_ids/0"]
        );
    });
}

#[test]
fn quotes_and_scenarios_that_cannot_be_are_refused() {
    on_both(|app| {
        let hall = TownHall::open(app);
        let (round, quote_id) = hall.surveyed();
        let quotes = format!("/rounds/{round}/quotes");
        let tiers = |tiers: Value| hall.post(&hall.lead, &quotes, &quote(json!({"mode": "volume", "tiers": tiers})));
        let overlap = tiers(json!([{"up_to": 99, "unit": "3"}, {"from": 90, "up_to": null, "unit": "2"}]));
        assert_eq!(pointers(&overlap), ["/schedule/tiers/1/from"]);
        let gap = tiers(json!([{"up_to": 99, "unit": "3"}, {"from": 101, "up_to": null, "unit": "2"}]));
        assert_eq!(pointers(&gap), ["/schedule/tiers/1/from"]);
        assert_ne!(overlap.json()["errors"][0]["detail"], gap.json()["errors"][0]["detail"]);
        assert_eq!(pointers(&hall.get(&hall.lead, &format!("{quotes}/compare?from=0&to=10"))), ["from"]);
        assert_eq!(pointers(&hall.get(&hall.lead, &format!("{quotes}/compare?from=%EF%BC%91&to=10"))), ["from"]);

        let scenarios = format!("/rounds/{round}/scenarios");
        let with = |name: &str, value: Value| {
            let mut body = plan(&quote_id);
            body[name] = value;
            hall.post(&hall.lead, &scenarios, &body)
        };
        for bad in [json!(0), json!(-1), json!(1_u64 << 31), json!(1_u64 << 53), json!(1_u64 << 63)] {
            assert_eq!(pointers(&with("supply", bad.clone())), ["/supply"], "{bad}");
        }
        assert_eq!(pointers(&with("allocation", json!({"rule": "guess"}))), ["/allocation/rule"]);
        assert_eq!(pointers(&with("sharing", json!({"rule": {"kind": "mixture", "equal": "40"}}))), ["/sharing/rule"]);
        let guarantees: Vec<Value> =
            hall.towns.iter().map(|town| json!({"member_id": town, "guarantee": 10})).collect();
        let mut body = plan(&quote_id);
        body["supply"] = json!(49);
        body["overrides"] = json!(guarantees);
        let answer = hall.post(&hall.lead, &scenarios, &body);
        assert_eq!(refused(&answer), "guarantees_exceed_supply");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(TOWNS.iter().all(|town| detail.contains(town.1)) && detail.contains("50席"), "{detail}");

        let first = id(&hall.done(&hall.lead, &scenarios, &plan(&quote_id)));
        let second = id(&hall.done(&hall.lead, &scenarios, &plan(&quote_id)));
        hall.done(&hall.lead, &format!("/scenarios/{first}/finalise"), &Value::Null);
        for scenario in [&first, &second] {
            let again = hall.post(&hall.lead, &format!("/scenarios/{scenario}/finalise"), &Value::Null);
            assert_eq!(refused(&again), "round_already_finalised");
        }
        assert_eq!(refused(&hall.post(&hall.lead, &scenarios, &plan(&quote_id))), "round_stage_forbids");
        assert_eq!(refused(&hall.post(&hall.lead, &quotes, &quote(volume()))), "round_stage_forbids");
        let frozen = hall.send(&hall.lead, "DELETE", &format!("/scenarios/{first}"), Some("\"2\""), &Value::Null);
        assert_eq!(refused(&frozen), "scenario_frozen");
        assert_eq!(hall.send(&hall.lead, "DELETE", &format!("/scenarios/{second}"), None, &Value::Null).status, 428);
    });
}

#[test]
fn ids_of_another_consortium_are_as_absent_as_random_ones() {
    on_both(|app| {
        let hall = TownHall::open(app);
        let (round, quote_id) = hall.surveyed();
        let scenario = id(&hall.done(&hall.lead, &format!("/rounds/{round}/scenarios"), &plan(&quote_id)));
        hall.done(&hall.lead, &format!("/scenarios/{scenario}/finalise"), &Value::Null);
        let contract = json!({"number": "1", "vendor": "架空", "starts_on": "2026-06-01", "ends_on": "2027-03-31", "signed_on": "2026-06-01"});
        let contract = id(&hall.done(&hall.lead, &format!("/rounds/{round}/contract"), &contract));
        let random = "0199b3f0-0000-7000-8000-000000000001";
        let body = |answer: &Answer| {
            let mut body = answer.json();
            body["request_id"] = Value::Null;
            body["instance"] = Value::Null;
            body.to_string()
        };
        for (path, real) in [
            ("/rounds/{}", &round),
            ("/rounds/{}/quotes", &round),
            ("/rounds/{}/scenarios", &round),
            ("/rounds/{}/contract", &round),
            ("/rounds/{}/surveys", &round),
            ("/quotes/{}", &quote_id),
            ("/scenarios/{}", &scenario),
            ("/contracts/{}", &contract),
            ("/contracts/{}/shares", &contract),
            ("/contracts/{}/allocation", &contract),
            ("/contracts/{}/amendments", &contract),
            ("/consortia/{}/rounds", &hall.consortium),
            ("/consortia/{}/contracts", &hall.consortium),
        ] {
            let foreign = hall.get(&hall.stranger, &path.replace("{}", real));
            let absent = hall.get(&hall.stranger, &path.replace("{}", random));
            assert_eq!((foreign.status, body(&foreign)), (404, body(&absent)), "{path}");
        }
        for path in [
            format!("/rounds/{round}/close"),
            format!("/scenarios/{scenario}/finalise"),
            format!("/scenarios/{scenario}/replay"),
            format!("/contracts/{contract}/allocation/publish"),
        ] {
            assert_eq!(hall.post(&hall.stranger, &path, &Value::Null).status, 404, "{path}");
            assert_eq!(hall.post(&hall.contacts[0], &path, &Value::Null).status, 403, "{path}");
        }
        // in bodies and filters
        let lines = json!({"lines": [{"member_id": hall.other_member, "seats": 1, "reason": "試験"}]});
        let published = hall.post(&hall.lead, &format!("/contracts/{contract}/allocation/publish"), &lines);
        assert_eq!(faults(&published), [("/lines/0/member_id".to_owned(), "no_such_thing".to_owned())]);
        let compared = hall.get(&hall.lead, &format!("/rounds/{round}/scenarios/compare?ids={random}"));
        assert_eq!(pointers(&compared), ["ids"]);
        // in cursors
        let rounds = format!("/consortia/{}/rounds", hall.consortium);
        hall.round();
        let page = hall.get(&hall.lead, &format!("{rounds}?limit=1")).json();
        let cursor = page["next_cursor"].as_str().unwrap();
        let elsewhere = hall.get(&hall.lead, &format!("/consortia/{}/contracts?cursor={cursor}", hall.consortium));
        assert_eq!((elsewhere.status, elsewhere.code().as_str()), (400, "invalid_cursor"));
        assert_eq!(hall.get(&hall.learner, &format!("/rounds/{round}")).status, 403);
        let simulated = hall.post(&hall.learner, "/simulations/price", &json!({"price": volume(), "seats": [1]}));
        assert_eq!(simulated.status, 403);
        let simulated = hall.post(&hall.contacts[0], "/simulations/price", &json!({"price": volume(), "seats": [290]}));
        assert_eq!(simulated.json()["totals"][0]["buy"], 300, "{}", simulated.text);
    });
}
