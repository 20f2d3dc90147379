//! Nothing that is given is silently ignored: a field that the case would leave without effect is refused by name, and one that
//! changes nothing (a null, a rate of 0) may stand.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests may fail loudly"
)]

use cost_sharing::json::{ShareRequest, compare, share};
use cost_sharing::{Error, Ratio, Violation, verify};
use serde_json::{Value, json};

fn good() -> Value {
    json!({"price": {"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": null, "unit": "24000"}]},
        "tax_rate": "0.10", "members": [{"id": "a", "seats": 70}, {"id": "b", "seats": 80}], "rule": {"kind": "per_seat"}})
}

fn fault_of(request: &Value) -> (String, &'static str) {
    let error: Error = ShareRequest::from_value(request).and_then(|request| share(&request)).unwrap_err();
    (error.pointer.clone(), error.fault.code())
}

fn changed(change: impl FnOnce(&mut Value)) -> (String, &'static str) {
    let mut request = good();
    change(&mut request);
    fault_of(&request)
}

#[test]
fn what_a_game_cannot_honour_is_refused_and_not_ignored() {
    let game = json!({"game": {"sense": "gain", "values": ["0", "1", "2", "6"]}, "members": [{"id": "a"}, {"id": "b"}],
        "rule": {"kind": "shapley"}});
    let with = |change: &dyn Fn(&mut Value)| {
        let mut request = game.clone();
        change(&mut request);
        fault_of(&request)
    };
    for kind in ["stand_alone_proportional", "equal_saving", "ensc", "shapley", "nucleolus", "incremental"] {
        let found = with(&|request| {
            request["members"][1]["months"] = json!(6);
            request["rule"]["kind"] = json!(kind);
        });
        assert_eq!(found, ("/rule".to_owned(), "not_prorated"), "{kind}");
    }
    for field in ["floor_yen", "cap_yen", "stand_alone_yen"] {
        let found = with(&|request| request["members"][1][field] = json!(0));
        assert_eq!(found, (format!("/members/1/{field}"), "not_for_games"));
    }
    let found = with(&|request| request["change_cap"] = json!("0.05"));
    assert_eq!(found, ("/change_cap".to_owned(), "not_for_games"));
    let found = with(&|request| request["subsidy"] = json!({"rate": "1/2"}));
    assert_eq!(found, ("/subsidy".to_owned(), "not_for_games"));
    let found = with(&|request| request["tax_rate"] = json!("0.10"));
    assert_eq!(found, ("/tax_rate".to_owned(), "not_for_games"));
    // The comparison of the same case is refused in the same words, not row by row.
    let mut taxed = game.clone();
    taxed["tax_rate"] = json!("0.10");
    let error = compare(&ShareRequest::from_value(&taxed).unwrap()).unwrap_err();
    assert_eq!((error.pointer.as_str(), error.fault.code()), ("/tax_rate", "not_for_games"));
}

#[test]
fn a_tax_beside_a_total_that_contains_it_is_refused() {
    let total = json!({"total_yen": 1100, "tax_rate": "0.10", "members": [{"id": "a", "seats": 1}], "rule": {"kind": "per_seat"}});
    assert_eq!(fault_of(&total), ("/tax_rate".to_owned(), "tax_included"));
}

#[test]
fn what_changes_nothing_may_stand_beside_a_game_or_a_total() {
    let harmless = json!({"tax_rate": "0", "tax_rounding": "ceil", "change_cap": null, "subsidy": null,
        "rounding": {"mode": "floor", "unit_yen": 100}});
    let members = json!([{"id": "a", "seats": 1, "floor_yen": null, "cap_yen": null, "last_year_yen": 5, "stand_alone_yen": null}]);
    for cost in [json!({"game": {"sense": "cost", "values": ["0", "600"]}}), json!({"total_yen": 600})] {
        let mut request = harmless.clone();
        request["members"] = members.clone();
        request["rule"] = json!({"kind": "equal"});
        request.as_object_mut().unwrap().extend(cost.as_object().unwrap().clone());
        let answer = share(&ShareRequest::from_value(&request).unwrap()).unwrap();
        assert_eq!(answer.shares[0].exact, Ratio::whole(600));
    }
    let idle =
        json!({"game": {"sense": "cost", "values": ["0", "600"]}, "subsidy": {"rate": "0"}, "rule": {"kind": "equal"}});
    assert!(ShareRequest::from_value(&idle).and_then(|request| share(&request)).is_ok());
}

#[test]
fn a_price_mode_refuses_what_it_would_not_charge() {
    let price = |price: Value| changed(|request| request["price"] = price);
    let is = |found: (String, &'static str), pointer: &str| assert_eq!(found, (pointer.to_owned(), "not_in_this_mode"));
    is(price(json!({"mode": "flat", "tiers": [{"up_to": null, "unit": "500", "flat": "1"}]})), "/price/tiers/0/unit");
    is(price(json!({"mode": "flat", "tiers": [{"up_to": null, "unit": "500"}]})), "/price/tiers/0/unit");
    is(
        price(json!({"mode": "per_seat", "tiers": [{"up_to": 9, "unit": "5"}, {"up_to": null, "unit": "4"}]})),
        "/price/tiers/1",
    );
    for mode in ["flat", "per_seat", "graduated", "volume"] {
        let tier =
            if mode == "flat" { json!({"up_to": null, "flat": "5"}) } else { json!({"up_to": null, "unit": "5"}) };
        is(price(json!({"mode": mode, "tiers": [tier], "pack_size": 25})), "/price/pack_size");
    }
}

#[test]
fn days_are_no_field_of_a_member() {
    assert_eq!(
        changed(|request| request["members"][1]["days"] = json!(151)),
        ("/members/1/days".to_owned(), "unknown_field")
    );
}

#[test]
fn months_are_of_twelve_whoever_else_takes_part() {
    // Everybody for half a year is no full period either: rules without a meaning for it refuse, and alone means half a year.
    let half = |kind: &str| {
        let mut request = good();
        request["members"][0]["months"] = json!(6);
        request["members"][1]["months"] = json!(6);
        request["rule"] = json!({"kind": kind});
        request
    };
    for kind in ["shapley", "nucleolus", "serial", "incremental", "ensc", "scrb"] {
        assert_eq!(fault_of(&half(kind)), ("/rule".to_owned(), "not_prorated"), "{kind}");
    }
    let request = ShareRequest::from_value(&half("per_seat")).unwrap();
    let answer = share(&request).unwrap();
    assert_eq!(answer.shares[0].stand_alone_yen, Some(70 * 30_000 * 11 / 10 / 2));
    assert!(answer.core.is_none() && answer.largest_safe_equal.is_none());
    assert_eq!(verify(&request, &answer), vec![]);
    let mut nobody = half("per_seat");
    nobody["members"][0]["months"] = json!(0);
    nobody["members"][1]["months"] = json!(0);
    assert_eq!(fault_of(&nobody).1, "no_seats");
}

#[test]
fn rounding_that_would_leave_a_limit_is_refused_and_not_hidden() {
    let case = |member: Value, rounding: Value, change_cap: Value| {
        let mut members =
            json!([{"id": "a", "seats": 1, "last_year_yen": 5_000}, {"id": "b", "seats": 1, "last_year_yen": 5_300}]);
        members[0].as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
        json!({"total_yen": 10_000, "members": members, "rule": {"kind": "per_seat"}, "rounding": rounding, "change_cap": change_cap})
    };
    let thousands = json!({"mode": "half_up", "unit_yen": 1000, "remainder_to": "b"});
    let is = |request: Value, pointer: &str| assert_eq!(fault_of(&request), (pointer.to_owned(), "rounded_past_limit"));
    // 4,600 exactly, 5,000 in thousands; 5,400 and 5,000 the other way.
    is(case(json!({"cap_yen": 4_600}), thousands.clone(), Value::Null), "/members/0/cap_yen");
    is(case(json!({"floor_yen": 5_400}), thousands.clone(), Value::Null), "/members/0/floor_yen");
    // Last year 4,700, so 4,888 at most, and that is 5,000 in thousands.
    is(case(json!({"last_year_yen": 4_700}), thousands.clone(), json!("0.04")), "/change_cap");
    // The member that carries what is left over has a limit too.
    let left = json!({"mode": "floor", "unit_yen": 3000, "remainder_to": "a"});
    is(case(json!({"cap_yen": 6_000}), left, Value::Null), "/members/0/cap_yen");
    let fine = case(json!({"cap_yen": 4_000}), thousands, Value::Null);
    let request = ShareRequest::from_value(&fine).unwrap();
    let mut answer = share(&request).unwrap();
    assert_eq!(answer.shares.iter().map(|line| line.yen.unwrap()).collect::<Vec<_>>(), [4_000, 6_000]);
    assert_eq!(verify(&request, &answer), vec![]);
    // The checker looks at the yen as well as at the exact share.
    answer.shares[0].yen = Some(4_001);
    assert!(verify(&request, &answer).contains(&Violation::Bounds { id: "a".to_owned() }));
}
