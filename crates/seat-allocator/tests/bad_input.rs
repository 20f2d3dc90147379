//! Bad input: every fault is a typed error with the claim's id and position, and nothing ever panics.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "a test may fail loudly")]

use proptest::prelude::*;
use seat_allocator::explain::{explain_ja, fault_ja, reasons};
use seat_allocator::json::{answer, parse};
use seat_allocator::{Claim, Detail, Divisor, Fault, Problem, Rule, allocate, verify};
use serde_json::{Value, json};

fn faults(request: &Value) -> Vec<Fault> {
    let request = parse(request.to_string().as_bytes()).unwrap();
    match answer(&request) {
        Err(error) => error.faults,
        Ok(answer) => panic!("{answer:?}"),
    }
}

/// (code, pointer, id) of every fault.
fn named(request: &Value) -> Vec<(&'static str, String, Option<String>)> {
    faults(request).into_iter().map(|fault| (fault.code.name(), fault.pointer(), fault.id)).collect()
}

fn at(code: &'static str, pointer: &str, id: &str) -> (&'static str, String, Option<String>) {
    (code, pointer.to_owned(), (!id.is_empty()).then(|| id.to_owned()))
}

#[test]
fn numbers_that_are_absent_negative_broken_or_too_large_are_named() {
    let request = json!({"rule": "webster", "claims": [
        {"id": "a", "request": -3}, {"id": "b", "guarantee": "-1"}, {"id": "c", "weight": "-1/2"},
        {"id": "d", "request": 2.5}, {"id": "e", "request": "7.5"}, {"id": "f", "weight": "heavy"},
        {"id": "g", "request": 18446744073709551616_u128.to_string()}, {"id": "h", "class": 4294967296_u64},
        {"id": "i", "budget_cap_yen": -1}, {"id": "j", "weight": "1/0"}]});
    assert_eq!(
        named(&request),
        [
            at("absent", "/supply", ""),
            at("negative", "/claims/0/request", "a"),
            at("negative", "/claims/1/guarantee", "b"),
            at("not_an_integer", "/claims/3/request", "d"),
            at("not_an_integer", "/claims/4/request", "e"),
            at("not_a_number", "/claims/5/weight", "f"),
            at("too_large", "/claims/6/request", "g"),
            at("too_large", "/claims/7/class", "h"),
            at("negative", "/claims/8/budget_cap_yen", "i"),
            at("not_a_number", "/claims/9/weight", "j"),
        ]
    );
    let request = json!({"supply": 1, "rule": "webster", "claims": [{"id": "c", "weight": "-1/2"}]});
    assert_eq!(named(&request), [at("negative", "/claims/0/weight", "c")]);
}

#[test]
fn identifiers_must_be_present_and_unique() {
    let request =
        json!({"supply": 1, "rule": "hill", "claims": [{"id": "b"}, {"id": "a"}, {"id": "b"}, {}, {"id": "b"}]});
    assert_eq!(
        named(&request),
        [
            at("empty_id", "/claims/3/id", ""),
            at("duplicate_id", "/claims/2/id", "b"),
            at("duplicate_id", "/claims/4/id", "b")
        ]
    );
}

#[test]
fn a_guarantee_above_the_request_is_named() {
    let request =
        json!({"supply": 9, "rule": "adams", "claims": [{"id": "a"}, {"id": "b", "request": 1, "guarantee": 2}]});
    assert_eq!(named(&request), [at("guarantee_above_request", "/claims/1/guarantee", "b")]);
}

#[test]
fn rules_that_divide_requests_need_every_request() {
    for rule in ["constrained_equal_losses", "proportional", "talmud", "random_arrival", "minimal_overlap"] {
        let request = json!({"supply": 9, "rule": rule, "claims": [{"id": "a", "request": 1}, {"id": "b"}]});
        assert_eq!(named(&request), [at("request_needed", "/claims/1/request", "b")], "{rule}");
    }
}

/// Rules in which weights count.
const WEIGHTED: [&str; 10] = [
    "webster",
    "adams",
    "dean",
    "hill",
    "jefferson",
    "largest_remainder",
    "quota",
    "constrained_equal_awards",
    "constrained_equal_awards_above_guarantee",
    "constrained_equal_losses",
];

#[test]
fn seats_left_for_claims_without_weight_are_refused_and_those_claims_are_named() {
    for rule in WEIGHTED {
        for form in ["integer", "continuous"] {
            let request = json!({"supply": 9, "rule": rule, "form": form, "claims": [
                {"id": "a", "weight": 0, "request": 7}, {"id": "b", "weight": "1", "request": 1},
                {"id": "c", "weight": "0", "request": 7}, {"id": "d", "weight": 0, "request": 0}]});
            let expected =
                [at("zero_total_weight", "/claims/0/weight", "a"), at("zero_total_weight", "/claims/2/weight", "c")];
            assert_eq!(named(&request), expected, "{rule} {form}");
        }
    }
}

#[test]
fn one_claim_without_weight_and_without_a_request_can_never_be_all_met() {
    for rule in WEIGHTED.into_iter().filter(|rule| *rule != "constrained_equal_losses") {
        for form in ["integer", "continuous"] {
            for count in [1, 2] {
                let claims: Vec<Value> = (0..count).map(|i| json!({"id": format!("c{i}"), "weight": 0})).collect();
                let request = json!({"supply": 9, "rule": rule, "form": form, "claims": claims});
                let expected: Vec<_> = (0..count)
                    .map(|i| at("zero_total_weight", &format!("/claims/{i}/weight"), &format!("c{i}")))
                    .collect();
                assert_eq!(named(&request), expected, "{rule} {form}");
            }
        }
    }
}

#[test]
fn a_claim_without_a_request_takes_what_there_is_and_is_not_called_all_met() {
    for rule in ["webster", "adams", "largest_remainder", "quota", "constrained_equal_awards", "priority"] {
        for (form, award) in [("integer", json!(9)), ("continuous", json!("9"))] {
            let request = json!({"supply": 9, "rule": rule, "form": form, "claims": [{"id": "a"}]});
            let answer = answer(&parse(request.to_string().as_bytes()).unwrap()).unwrap();
            let only = serde_json::to_value(&answer.awards[0]).unwrap();
            assert_eq!(only.get("seats").or(only.get("award")), Some(&award), "{rule} {form}");
            assert_eq!((&only["reason"]["bound"], &only["reason"]["limit"]), (&json!("none"), &Value::Null));
            assert_ne!(only["reason"]["how"]["kind"], "all_met", "{rule} {form}");
        }
    }
}

#[test]
fn a_class_for_which_nothing_is_left_loses_everything_whatever_its_weights() {
    let claims = json!([{"id": "a", "request": 5}, {"id": "z", "request": 5, "weight": "0", "class": 2}]);
    let whole = json!({"supply": 3, "rule": "constrained_equal_losses", "claims": claims});
    let result = answer(&parse(whole.to_string().as_bytes()).unwrap()).unwrap();
    assert_eq!((result.awards[0].seats, result.awards[1].seats), (Some(3), Some(0)));
    let exact = json!({"supply": "0", "rule": "constrained_equal_losses", "form": "continuous", "claims": claims});
    let result = answer(&parse(exact.to_string().as_bytes()).unwrap()).unwrap();
    for award in result.awards {
        let award = serde_json::to_value(award).unwrap();
        assert_eq!((&award["award"], &award["reason"]["how"]["kind"]), (&json!("0"), &json!("guarantee_only")));
    }
    let held = json!({"supply": 2, "rule": "constrained_equal_losses",
        "claims": [{"id": "z", "request": 5, "guarantee": 2, "weight": 0}]});
    assert_eq!(answer(&parse(held.to_string().as_bytes()).unwrap()).unwrap().awards[0].seats, Some(2));
}

#[test]
fn too_much_work_names_where_it_became_too_much_and_the_limit() {
    let sizes = (0..200_u64).map(|i| json!({"id": format!("c{i:03}"), "request": 1_000_003 + i * i * 7}));
    let request = json!({"supply": 90_000_000, "rule": "random_arrival", "claims": sizes.collect::<Vec<Value>>()});
    let fault = &faults(&request)[0];
    assert_eq!(
        (fault.code.name(), fault.detail.clone()),
        ("too_much_work", Some(Detail::Most { most: 1_000_000_000 }))
    );
    assert_eq!(fault.id, fault.position.map(|position| format!("c{position:03}")));
    assert_eq!(fault.pointer(), format!("/claims/{}", fault.position.unwrap()));

    let request = json!({"supply": 99999, "rule": "dominguez_thomson", "claims": [
        {"id": "small", "request": 1}, {"id": "large", "request": 100000}]});
    assert_eq!(named(&request), [at("too_much_work", "/claims/1", "large")]);

    let request = json!({"supply": 5_000_001, "rule": "quota", "claims": [{"id": "a"}]});
    let fault = &faults(&request)[0];
    assert_eq!((fault.pointer().as_str(), fault.detail.clone()), ("/supply", Some(Detail::Most { most: 5_000_000 })));
    assert!(fault_ja(fault).contains("5,000,000席"));
}

#[test]
fn totals_past_two_to_the_63_are_refused_at_the_claim_that_passes_it() {
    let large = i64::MAX;
    let request = json!({"supply": 9, "rule": "webster", "claims": [
        {"id": "a", "request": large}, {"id": "b"}, {"id": "c", "request": 1}]});
    assert_eq!(named(&request), [at("total_too_large", "/claims/2/request", "c")]);
    let request = json!({"supply": 9_223_372_036_854_775_808_u64, "rule": "webster", "claims": []});
    assert_eq!(named(&request), [at("too_large", "/supply", "")]);
}

#[test]
fn weights_that_no_product_could_hold_are_refused() {
    let request = json!({"supply": 9, "rule": "webster", "claims": [
        {"id": "a"}, {"id": "b", "weight": "18446744073709551616"}]});
    assert_eq!(named(&request), [at("too_large", "/claims/1/weight", "b")]);
    let request = json!({"supply": 9, "rule": "webster", "claims": [
        {"id": "a", "weight": "1/18446744073709551557"}, {"id": "b", "weight": "1/18446744073709551533"}]});
    assert_eq!(named(&request), [at("weights_too_fine", "/claims/1/weight", "b")]);
}

#[test]
fn unknown_names_are_refused() {
    let request = json!({"supply": 9, "rule": "guess", "claims": []});
    assert_eq!(named(&request), [at("unknown", "/rule", "")]);
    assert_eq!(named(&json!({"supply": 9, "claims": []})), [at("absent", "/rule", "")]);
}

#[test]
fn a_price_of_nothing_is_refused() {
    let request = json!({"supply": 9, "rule": "webster", "unit_price_yen": 0, "claims": []});
    assert_eq!(named(&request), [at("zero", "/unit_price_yen", "")]);
}

#[test]
fn at_most_a_hundred_faults_are_listed() {
    let claims: Vec<Value> = (0..500).map(|index| json!({"id": index.to_string(), "request": -1})).collect();
    assert_eq!(faults(&json!({"supply": 9, "rule": "webster", "claims": claims})).len(), 100);
}

#[test]
fn the_largest_numbers_are_divided_exactly() {
    let most = i64::MAX.unsigned_abs();
    for method in [Divisor::Adams, Divisor::Dean, Divisor::Hill, Divisor::Webster, Divisor::Jefferson] {
        let claims = vec![
            Claim::new("a").with_weight(u64::MAX),
            Claim::new("b").with_weight(u64::MAX),
            Claim::new("c").with_weight(u64::MAX - 1),
            Claim::new("d").with_weight(1),
        ];
        let problem = Problem::new(most, Rule::Divisor(method), claims);
        let result = allocate(&problem).unwrap();
        assert_eq!(verify(&problem, &result), [], "{method:?}");
    }
    for rule in
        [Rule::LargestRemainder, Rule::ConstrainedEqualLosses, Rule::ProportionalToRequest, Rule::MinimalOverlap]
    {
        let claims = vec![
            Claim::new("a").with_weight(u64::MAX).with_request(most / 2),
            Claim::new("b").with_weight(3).with_request(most / 3),
            Claim::new("c").with_weight(u64::MAX - 1).with_request(most / 7),
        ];
        let problem = Problem::new(most / 2 + 11, rule, claims);
        let result = allocate(&problem).unwrap();
        assert_eq!(verify(&problem, &result), [], "{rule}");
    }
}

#[test]
fn no_claims_and_no_seats_are_no_fault() {
    for rule in Rule::ALL {
        let empty = Problem::new(5, rule, Vec::new());
        assert_eq!(allocate(&empty).unwrap().reserve, 5, "{rule}");
        let none = Problem::new(0, rule, vec![Claim::new("a").with_request(3), Claim::new("b").with_request(0)]);
        assert_eq!(allocate(&none).unwrap().seats, [0, 0], "{rule}");
    }
}

/// A JSON value where anything may stand.
fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        (0..40_u64).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        "[0-9]{1,3}(/[0-9]{1,2}|\\.[0-9]{1,3})?".prop_map(Value::from),
        "-?[0-9]{0,90}".prop_map(Value::from),
        "\\PC{0,4}".prop_map(Value::from),
    ]
}

fn document() -> impl Strategy<Value = Value> {
    let claim = (
        prop::collection::vec(anything(), 6),
        0..200_u8,
        prop::sample::select(vec!["request", "guarantee", "weight", "class", "budget_cap_yen", "tie_key"]),
    );
    let claims = prop::collection::vec(claim, 0..6).prop_map(|rows| {
        let claim = |(index, (values, keep, spare)): (usize, (Vec<Value>, u8, &'static str))| {
            let mut claim = json!({"id": format!("c{index}")});
            let fields = ["request", "guarantee", "weight", "class", "budget_cap_yen", "tie_key"];
            for ((bit, field), value) in fields.into_iter().enumerate().zip(values) {
                if keep >> bit & 1 == 1 && field != spare {
                    claim[field] = value;
                }
            }
            claim
        };
        rows.into_iter().enumerate().map(claim).collect::<Vec<Value>>()
    });
    let rule = prop::sample::select(Rule::ALL.map(Rule::name).to_vec());
    let form = prop::sample::select(vec!["integer", "continuous"]);
    (anything(), rule, form, claims, anything(), any::<bool>()).prop_map(
        |(supply, rule, form, claims, price, priced)| {
            json!({"supply": supply, "rule": rule, "form": form, "claims": claims,
               "unit_price_yen": if priced { price } else { Value::Null }})
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes).and_then(|request| answer(&request));
    }

    #[test]
    fn any_document_is_answered_or_refused_with_sentences(document in document()) {
        if let Ok(request) = parse(document.to_string().as_bytes()) {
            match answer(&request) {
                Ok(answer) => {
                    let text = serde_json::to_string(&answer).unwrap();
                    let again: seat_allocator::json::Answer = serde_json::from_str(&text).unwrap();
                    prop_assert_eq!(again, answer, "an answer survives its own JSON");
                }
                Err(error) => prop_assert!(error.faults.iter().all(|fault| fault_ja(fault).ends_with('。'))),
            }
        }
    }

    #[test]
    fn any_numbers_are_divided_or_refused_and_explained(
        rows in prop::collection::vec((any::<u64>(), any::<u64>(), any::<u64>(), prop::option::of(any::<u64>())), 0..5),
        supply in any::<u64>(),
        rule in prop::sample::select(Rule::ALL.to_vec()),
    ) {
        let claims = rows.iter().enumerate().map(|(index, &(weight, guarantee, request, budget))| {
            // Small and huge numbers side by side.
            let cut = |number: u64| if number.is_multiple_of(2) { number >> (2 + number % 60) } else { number % 50 };
            let request = cut(request);
            let claim = Claim::new(index.to_string())
                .with_weight(weight >> (weight % 64))
                .with_request(request)
                .with_guarantee(cut(guarantee).min(request));
            match budget { Some(budget) => claim.with_budget_cap(budget), None => claim }
        });
        let supply = supply >> (supply % 64);
        // The quota method gives seat by seat: keep it short.
        let supply = if rule == Rule::Quota { supply % 1_000 } else { supply };
        let mut problem = Problem::new(supply, rule, claims.collect());
        problem.unit_price = Some(1_000);
        if let Ok(result) = allocate(&problem) {
            for (seats, reason) in result.seats.iter().zip(reasons(&problem, &result)) {
                prop_assert!(explain_ja(rule, &(*seats).into(), &reason).iter().all(|line| line.ends_with(['。', '、'])));
            }
        }
    }
}
