//! Published tables: election results, textbook examples and other libraries' documentation, each with its source in
//! `tests/vectors/`. They go through the JSON form, as any other program would send them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test may fail loudly, and its tables have a known shape"
)]

use seat_allocator::Ratio;
use seat_allocator::json::{Answer, answer, parse};
use serde_json::{Value, json};

const APPORTIONMENT: [&str; 5] = [
    include_str!("vectors/apportionment-bounds.json"),
    include_str!("vectors/apportionment-elections.json"),
    include_str!("vectors/apportionment-japan.json"),
    include_str!("vectors/apportionment-textbook.json"),
    include_str!("vectors/apportionment-us.json"),
];

fn cases(text: &str) -> Vec<Value> {
    let family: Value = serde_json::from_str(text).unwrap();
    family["cases"].as_array().unwrap().clone()
}

fn ask(request: &Value) -> Answer {
    answer(&parse(request.to_string().as_bytes()).unwrap())
        .unwrap_or_else(|error| panic!("{error}: {request}"))
}

fn apportionment(case: &Value, rule: &str) -> Answer {
    let input = &case["input"];
    let bound = |name: &str, index: usize| match &input[name] {
        Value::Array(values) => values[index].clone(),
        other => other.clone(),
    };
    let claims: Vec<Value> = input["weights"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(index, weight)| {
            json!({"id": format!("{}", index + 1), "weight": weight.to_string(),
                   "guarantee": bound("lower", index), "request": bound("upper", index)})
        })
        .collect();
    ask(&json!({"supply": input["seats"], "rule": rule, "claims": claims}))
}

#[test]
fn every_published_apportionment_is_reproduced() {
    let mut tables = 0;
    for case in APPORTIONMENT.into_iter().flat_map(cases) {
        for (rule, expected) in case["expected"].as_object().unwrap() {
            let result = apportionment(&case, rule);
            let seats: Vec<u64> = result
                .awards
                .iter()
                .map(|award| award.seats.unwrap())
                .collect();
            let field = if expected.get("certain").is_some() {
                "certain"
            } else {
                "seats"
            };
            let mut published: Vec<u64> = expected[field]
                .as_array()
                .unwrap()
                .iter()
                .map(|seats| seats.as_u64().unwrap())
                .collect();
            if let Some(tied) = expected.get("tied") {
                let tie = &result.ties[0];
                let tied: Vec<String> = tied
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(Value::to_string)
                    .collect();
                assert_eq!(
                    (&tie.tied, json!(tie.places)),
                    (&tied, expected["tied_seats"].clone()),
                    "{}",
                    case["id"]
                );
                for id in &tie.chosen {
                    published[id.parse::<usize>().unwrap() - 1] += 1;
                }
            }
            assert_eq!(seats, published, "{} by {rule}", case["id"]);
            if let Some(tie) = expected.get("tie") {
                assert_eq!(
                    json!(!result.ties.is_empty()),
                    *tie,
                    "{} by {rule}",
                    case["id"]
                );
            }
            tables += 1;
        }
    }
    assert_eq!(tables, 74, "every table of every file was compared");
}

#[test]
fn every_published_claims_table_is_reproduced_exactly() {
    let mut tables = 0;
    for case in cases(include_str!("vectors/claims.json")) {
        let input = &case["input"];
        let claims: Vec<Value> = input["claims"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(index, claim)| {
                let lower = input
                    .get("lower")
                    .map_or(Value::Null, |lower| lower[index].clone());
                json!({"id": index.to_string(), "request": claim, "guarantee": lower})
            })
            .collect();
        for (rule, expected) in case["expected"].as_object().unwrap() {
            let result = ask(
                &json!({"supply": input["endowment"], "rule": rule, "form": "continuous", "claims": claims}),
            );
            let awards: Vec<Ratio> = result
                .awards
                .into_iter()
                .map(|award| award.award.unwrap())
                .collect();
            match expected.get("exact") {
                Some(exact) => {
                    let exact: Vec<Ratio> = serde_json::from_value(exact.clone()).unwrap();
                    assert_eq!(awards, exact, "{} by {rule}", case["id"]);
                }
                None => assert_within(
                    &awards,
                    &expected["awards"],
                    case["tolerance"].as_f64().unwrap(),
                ),
            }
            tables += 1;
        }
    }
    assert_eq!(tables, 86, "every table of the file was compared");
}

/// The source prints decimals: compare them as such.
#[allow(
    clippy::float_arithmetic,
    reason = "the published figures are rounded decimals"
)]
fn assert_within(awards: &[Ratio], published: &Value, tolerance: f64) {
    for (award, published) in awards.iter().zip(published.as_array().unwrap()) {
        let text = award.to_string();
        let (above, below) = text.split_once('/').unwrap_or((&text, "1"));
        let value = above.parse::<f64>().unwrap() / below.parse::<f64>().unwrap();
        assert!(
            (value - published.as_f64().unwrap()).abs() <= tolerance,
            "{award} is not {published}"
        );
    }
}

#[test]
fn the_divisor_of_the_diet_of_2022_is_the_published_interval() {
    let result = apportionment(&cases(APPORTIONMENT[2])[0], "adams");
    let divisor = result.divisor.unwrap();
    assert_eq!(
        (
            divisor.low.as_str(),
            divisor.high.as_deref(),
            divisor.suggested.as_str()
        ),
        ("472108", Some("474964"), "473000")
    );
}
