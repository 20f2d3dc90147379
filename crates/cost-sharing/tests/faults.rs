//! Wrong input: every fault names its field, and no bytes make the calculator panic.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests may fail loudly"
)]

use cost_sharing::json::{PriceRequest, ShareRequest, price, share};
use cost_sharing::{Error, Fault, PriceMode, PriceSchedule, Ratio, Tier};
use proptest::prelude::*;
use serde_json::{Value, json};

fn good() -> Value {
    json!({"price": {"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": null, "unit": "24000"}]},
        "tax_rate": "0.10", "members": [{"id": "a", "seats": 70, "population": 9300, "weights": {"staff": "120"}},
        {"id": "b", "seats": 80, "population": 100, "weights": {"staff": "12"}}], "rule": {"kind": "per_seat"}})
}

fn fault_of(request: &Value) -> (String, &'static str) {
    let error: Error = ShareRequest::from_value(request).and_then(|request| share(&request)).unwrap_err();
    (error.pointer.clone(), error.fault.code())
}

fn changed(change: impl FnOnce(&mut Value)) -> (String, &'static str) {
    let mut request = good();
    change(&mut request);
    let (pointer, code) = fault_of(&request);
    (pointer, code)
}

#[test]
fn each_fault_names_its_field() {
    let is = |found: (String, &'static str), pointer: &str, code: &str| assert_eq!(found, (pointer.to_owned(), code));
    let tiers = |tiers: Value| changed(|r| r["price"]["tiers"] = tiers);
    is(tiers(json!([{"up_to": 99, "unit": "3"}, {"up_to": 99, "unit": "2"}])), "/price/tiers/1/up_to", "tier_overlap");
    is(
        tiers(json!([{"up_to": 99, "unit": "3"}, {"from": 50, "up_to": null, "unit": "2"}])),
        "/price/tiers/1/from",
        "tier_overlap",
    );
    is(
        tiers(json!([{"up_to": 99, "unit": "3"}, {"from": 101, "up_to": null, "unit": "2"}])),
        "/price/tiers/1/from",
        "tier_gap",
    );
    is(tiers(json!([{"up_to": null, "unit": "3"}, {"up_to": 9, "unit": "2"}])), "/price/tiers/1", "tier_after_last");
    is(tiers(json!([])), "/price/tiers", "required");
    is(tiers(json!([{"up_to": null}])), "/price/tiers/0/unit", "required");
    is(tiers(json!([{"up_to": null, "unit": "-1"}])), "/price/tiers/0/unit", "negative");
    is(tiers(json!([{"up_to": null, "unit": "1e5"}])), "/price/tiers/0/unit", "not_a_number");
    is(tiers(json!([{"up_to": null, "unit": true}])), "/price/tiers/0/unit", "wrong_type");
    is(tiers(json!([{"up_to": null, "unit": "1", "prize": 1}])), "/price/tiers/0/prize", "unknown_field");
    is(tiers(json!([{"up_to": null, "unit": "999999999999999"}])), "/members", "out_of_range");
    is(tiers(json!([{"up_to": 149, "unit": "5"}])), "/price/tiers", "beyond_last_tier");
    is(changed(|r| r["price"]["fixed_fee"] = json!("-1")), "/price/fixed_fee", "negative");
    is(changed(|r| r["price"]["mode"] = json!("tiered")), "/price/mode", "unknown_value");
    is(changed(|r| r["price"]["pack_size"] = json!(5)), "/price/pack_size", "not_in_this_mode");
    is(changed(|r| r["total_yen"] = json!(5)), "", "one_of");
    is(changed(|r| r["members"] = json!([])), "/members", "required");
    is(changed(|r| r["members"][1]["id"] = json!("a")), "/members/1/id", "duplicate");
    is(
        changed(|r| {
            r["members"][0]["seats"] = json!(0);
            r["members"][1]["seats"] = json!(0)
        }),
        "/members",
        "no_seats",
    );
    is(changed(|r| r["members"][1]["seats"] = json!(-1)), "/members/1/seats", "negative");
    is(changed(|r| r["members"][1]["seats"] = json!(1.5)), "/members/1/seats", "wrong_type");
    is(changed(|r| r["members"][1]["seats"] = json!(999_999_999_999_u64)), "/members/1/seats", "out_of_range");
    is(changed(|r| r["members"][1]["months"] = json!(13)), "/members/1/months", "out_of_range");
    is(changed(|r| r["rule"] = json!({"kind": "fair"})), "/rule/kind", "unknown_value");
    is(changed(|r| r["rule"] = json!({"kind": "equal", "by": "seats"})), "/rule/by", "unknown_field");
    is(changed(|r| r["rule"] = json!({"kind": "mixture", "equal": "10", "seats": "80"})), "/rule", "mixture_not_whole");
    is(changed(|r| r["rule"] = json!({"kind": "mixture", "equal": "10", "cats": "90"})), "/rule/cats", "unknown_field");
    is(changed(|r| r["rule"] = json!({"kind": "weighted"})), "/rule/by", "required");
    is(changed(|r| r["rule"] = json!({"kind": "weighted", "by": "cats"})), "/members/0/weights/cats", "required");
    is(changed(|r| r["rule"] = json!({"kind": "incremental", "order": ["a", "x"]})), "/rule/order/1", "unknown_member");
    is(changed(|r| r["rule"] = json!({"kind": "incremental", "order": ["b"]})), "/rule/order", "required");
    is(
        changed(|r| r["rounding"] = json!({"mode": "floor", "unit_yen": 5000})),
        "/rounding/remainder_to",
        "remainder_unassigned",
    );
    is(changed(|r| r["rounding"] = json!({"remainder_to": "z"})), "/rounding/remainder_to", "unknown_member");
    is(changed(|r| r["rounding"] = json!({"unit_yen": 0})), "/rounding/unit_yen", "not_positive");
    is(changed(|r| r["tax_rate"] = json!("1.5")), "/tax_rate", "out_of_range");
    is(changed(|r| r["change_cap"] = json!("0.05")), "/members/0/last_year_yen", "required");
    is(
        changed(|r| {
            r["members"][1]["floor_yen"] = json!(9);
            r["members"][1]["cap_yen"] = json!(8)
        }),
        "/members/1/floor_yen",
        "floor_above_cap",
    );
    is(changed(|r| r["note"] = json!("x")), "/note", "unknown_field");
}

#[test]
fn weights_that_sum_to_nothing_are_refused() {
    let (pointer, code) = changed(|r| {
        r["rule"] = json!({"kind": "weighted", "by": "population"});
        r["members"][0]["population"] = json!(0);
        r["members"][1]["population"] = json!(0);
    });
    assert_eq!((pointer.as_str(), code), ("/rule", "zero_weights"));
}

#[test]
fn a_gap_left_by_caps_is_reported_in_yen() {
    let mut request = good();
    request["members"][0]["cap_yen"] = json!(1_000_000);
    request["members"][1]["cap_yen"] = json!(1_000_000);
    let error = ShareRequest::from_value(&request).and_then(|request| share(&request)).unwrap_err();
    assert_eq!(error.fault, Fault::CapsBelowBill { gap_yen: 1_960_000 });
}

#[test]
fn games_of_a_wrong_length_are_refused() {
    for (values, code) in
        [(json!(["0", "1", "2"]), "game_length"), (json!(["1", "2"]), "empty_coalition"), (json!([]), "game_length")]
    {
        let (pointer, found) =
            fault_of(&json!({"game": {"sense": "cost", "values": values}, "rule": {"kind": "shapley"}}));
        assert!(pointer.starts_with("/game/values"));
        assert_eq!(found, code);
    }
    let values = vec![json!(0); 1 << 21];
    let (pointer, found) = fault_of(&json!({"game": {"sense": "cost", "values": values}, "rule": {"kind": "equal"}}));
    assert_eq!((pointer.as_str(), found), ("/game/values", "too_many_members"));
    let members = json!([{"id": "a"}]);
    let request = json!({"game": {"sense": "cost", "values": ["0", "1", "2", "3"]}, "members": members, "rule": {"kind": "shapley"}});
    assert_eq!(fault_of(&request), ("/game/values".to_owned(), "game_length"));
}

#[test]
fn rules_without_a_price_say_so() {
    for kind in ["shapley", "nucleolus", "serial", "ensc", "scrb", "incremental", "stand_alone_proportional"] {
        let request = json!({"total_yen": 10, "members": [{"id": "a", "seats": 1}], "rule": {"kind": kind}});
        assert_eq!(fault_of(&request), ("/rule".to_owned(), "needs_price"), "{kind}");
    }
}

#[test]
fn schedules_built_in_code_are_checked_the_same_way() {
    let tiers = vec![Tier::unit(Some(9), Ratio::whole(5)), Tier::unit(Some(3), Ratio::whole(4))];
    let error = PriceSchedule::new(PriceMode::Graduated, tiers).unwrap_err();
    assert_eq!(error, Error::at("/tiers/1/up_to", Fault::TierOverlap { tier: 1 }));
}

/// JSON values of the documented field names with anything in them.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (0_u64..200).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "0",
            "1",
            "1/3",
            "-5",
            "0.10",
            "100",
            "volume",
            "graduated",
            "flat",
            "package",
            "shapley",
            "nucleolus",
            "mixture",
            "per_seat",
            "scrb",
            "serial",
            "a",
            "b",
            "cost",
            "gain",
            "floor",
            "1e9",
            "99999999999999999999999/7",
            ""
        ])
        .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(
                prop::sample::select(vec![
                    "price",
                    "mode",
                    "tiers",
                    "up_to",
                    "unit",
                    "flat",
                    "fixed_fee",
                    "members",
                    "id",
                    "seats",
                    "rule",
                    "kind",
                    "by",
                    "rounding",
                    "unit_yen",
                    "game",
                    "sense",
                    "values",
                    "total_yen",
                    "months",
                    "population",
                    "equal",
                    "weights",
                    "cap_yen",
                    "floor_yen",
                    "change_cap",
                    "subsidy",
                    "rate"
                ]),
                inner,
                0..6
            )
            .prop_map(|map| Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
        ]
    })
}

/// A good request with one field, anywhere, replaced by anything.
fn nearly_good() -> impl Strategy<Value = Value> {
    (anything(), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(value, place, rule)| {
        let mut request = good();
        request["rule"] = [
            json!({"kind": "shapley"}),
            json!({"kind": "mixture", "equal": "40", "seats": "60"}),
            json!({"kind": "scrb"}),
            json!({"kind": "nucleolus"}),
            json!({"kind": "serial"}),
            json!({"kind": "weighted", "by": "staff"}),
        ][rule.index(6)]
        .clone();
        request["rounding"] = json!({"mode": "half_up", "unit_yen": 100, "remainder_to": "a"});
        request["subsidy"] = json!({"rate": "1/2", "cap_yen": 9, "cut_unit_yen": 3});
        let mut pointers = Vec::new();
        collect(&request, String::new(), &mut pointers);
        if let Some(target) = request.pointer_mut(&pointers[place.index(pointers.len())]) {
            *target = value;
        }
        request
    })
}

fn collect(value: &Value, pointer: String, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| collect(value, format!("{pointer}/{key}"), into)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| collect(value, format!("{pointer}/{index}"), into))
        }
        _ => {}
    }
    into.push(pointer);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        let _outcome = text.parse::<ShareRequest>().and_then(|request| share(&request));
        let _outcome = text.parse::<PriceRequest>().and_then(|request| price(&request));
        let _outcome = text.parse::<Ratio>();
    }

    #[test]
    fn no_structure_makes_it_panic(value in anything()) {
        let _outcome = ShareRequest::from_value(&value).and_then(|request| share(&request));
        let _outcome = PriceRequest::from_value(&value).and_then(|request| price(&request));
    }

    #[test]
    fn no_replaced_field_makes_it_panic(value in nearly_good()) {
        if let Err(error) = ShareRequest::from_value(&value).and_then(|request| share(&request)) {
            let known = error.pointer.is_empty() || error.pointer.starts_with('/');
            prop_assert!(known, "{}", error.pointer);
        }
    }

    #[test]
    fn ratios_survive_being_written_and_read(top in any::<i128>(), bottom in 1_i64..i64::MAX, other in any::<i64>()) {
        let ratio = Ratio::new(top, bottom).unwrap();
        prop_assert_eq!(&ratio.to_string().parse::<Ratio>().unwrap(), &ratio);
        prop_assert_eq!(&ratio.to_decimal().parse::<Ratio>().unwrap(), &ratio);
        let other = Ratio::whole(other);
        prop_assert_eq!(&(&(&ratio + &other) - &other), &ratio);
        prop_assert!(other.is_zero() || (&ratio * &other).checked_div(&other).as_ref() == Some(&ratio));
        prop_assert_eq!(&(&Ratio::from_big(ratio.floor(), 1.into()).unwrap() + &ratio.fraction()), &ratio);
    }
}
