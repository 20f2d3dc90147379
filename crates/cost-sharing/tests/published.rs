//! Published tables and worked examples, through the JSON front that the command line and the API use.
//! Sources stand beside each case in `vectors/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests may fail loudly"
)]

use cost_sharing::json::{Precision, PriceRequest, ShareAnswer, ShareRequest, price, share};
use cost_sharing::{Fault, Ratio, serial_cost_shares};
use serde_json::{Value, json};

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(text).unwrap()["cases"].as_array().unwrap().clone()
}

fn ratio(value: &Value) -> Ratio {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).parse().unwrap()
}

fn ratios(value: &Value) -> Vec<Ratio> {
    value.as_array().unwrap().iter().map(ratio).collect()
}

fn run(request: &Value) -> Result<ShareAnswer, cost_sharing::Error> {
    share(&ShareRequest::from_value(request)?)
}

fn exact(answer: &ShareAnswer) -> Vec<Ratio> {
    answer.shares.iter().map(|line| line.exact.clone()).collect()
}

#[test]
fn price_schedules_give_the_published_totals() {
    for case in cases(include_str!("vectors/price-schedules.json")) {
        let mut schedule = case["input"].clone();
        schedule.as_object_mut().unwrap().remove("unit");
        let totals = case["expected"]["totals"].as_array().unwrap();
        let seats: Vec<&Value> = totals.iter().map(|row| &row["quantity"]).collect();
        let request = PriceRequest::from_value(&json!({"price": schedule, "seats": seats})).unwrap();
        for (row, answer) in totals.iter().zip(price(&request).unwrap().totals) {
            assert_eq!(ratio(&row["total"]), answer.price.parse().unwrap(), "{} at {}", case["id"], answer.seats);
        }
    }
}

#[test]
fn rounding_gives_the_published_shares() {
    for case in cases(include_str!("vectors/rounding.json")) {
        let members: Vec<Value> = case["input"]["ratios"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(index, weight)| json!({"id": index.to_string(), "weights": {"ratio": weight.to_string()}}))
            .collect();
        let request = json!({"total_yen": case["input"]["total"], "members": members, "rule": {"kind": "weighted", "by": "ratio"}});
        let yen: Vec<i64> = run(&request).unwrap().shares.iter().map(|line| line.yen.unwrap()).collect();
        assert_eq!(json!(yen), case["expected"]["shares"], "{}", case["id"]);
    }
}

fn game(case: &Value, rule: &str) -> Result<ShareAnswer, cost_sharing::Error> {
    let (sense, values) = match case["input"].get("c") {
        Some(costs) => ("cost", costs),
        None => ("gain", &case["input"]["v"]),
    };
    run(&json!({"game": {"sense": sense, "values": values}, "rule": {"kind": rule}}))
}

#[test]
fn cost_games_give_the_published_solutions() {
    for case in cases(include_str!("vectors/cost-games.json")) {
        for (rule, key) in [("shapley", "shapley"), ("nucleolus", "nucleolus"), ("scrb", "scrb"), ("ensc", "ensc")] {
            let answer = game(&case, rule).unwrap();
            assert_eq!(exact(&answer), ratios(&case["expected"][key]["exact"]), "{} {rule}", case["id"]);
            assert_eq!(answer.precision, Precision::Exact);
        }
        let core = game(&case, "shapley").unwrap().core.unwrap();
        assert_eq!(json!(core.in_core), case["expected"]["shapley"]["in_core"]);
        assert_eq!(core.max_excess, ratio(&case["expected"]["shapley"]["max_excess"]));
    }
}

#[test]
fn gain_games_give_the_published_solutions() {
    for case in cases(include_str!("vectors/tu-games.json")) {
        for rule in ["shapley", "nucleolus", "prenucleolus"] {
            let Some(expected) = case["expected"].get(rule) else {
                continue;
            };
            match expected.get("exact") {
                Some(values) => assert_eq!(exact(&game(&case, rule).unwrap()), ratios(values), "{} {rule}", case["id"]),
                None => assert_eq!(game(&case, rule).unwrap_err().fault, Fault::NoImputation),
            }
        }
    }
}

#[test]
fn airport_games_give_the_published_solutions() {
    for case in cases(include_str!("vectors/airport-games.json")) {
        let costs: Vec<u64> =
            case["input"]["costs"].as_array().unwrap().iter().map(|cost| cost.as_u64().unwrap()).collect();
        let values: Vec<String> = (0..1_usize << costs.len())
            .map(|mask| {
                (0..costs.len()).filter(|i| mask >> i & 1 == 1).map(|i| costs[i]).max().unwrap_or(0).to_string()
            })
            .collect();
        let answer = |rule| run(&json!({"game": {"sense": "cost", "values": values}, "rule": {"kind": rule}})).unwrap();
        assert_eq!(exact(&answer("shapley")), ratios(&case["expected"]["sequential_equal_contributions_shapley"]));
        assert_eq!(exact(&answer("nucleolus")), ratios(&case["expected"]["slack_maximizer_nucleolus"]));
    }
}

fn seat_game(input: &Value, rule: &str) -> ShareAnswer {
    let tiers = input["tiers"].as_array().unwrap();
    let rows: Vec<Value> = tiers
        .iter()
        .enumerate()
        .map(|(index, tier)| {
            let up_to = tiers.get(index + 1).map(|next| next[0].as_u64().unwrap() - 1);
            json!({"up_to": up_to, "unit": tier[1].to_string()})
        })
        .collect();
    let mode = if input["mode"] == "graduated" { "graduated" } else { "volume" };
    let members: Vec<Value> = input["demands"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(index, seats)| json!({"id": index.to_string(), "seats": seats}))
        .collect();
    run(&json!({"price": {"mode": mode, "tiers": rows, "fixed_fee": input["fixed_fee"]}, "members": members,
        "rule": {"kind": rule}}))
    .unwrap()
}

#[test]
fn seat_games_give_the_exact_solutions() {
    for case in cases(include_str!("vectors/cost-shares.json")) {
        if case["kind"] == "serial" {
            let shares = serial_cost_shares(&[1, 2, 3], |q| Ok(Ratio::whole(q * q))).unwrap();
            assert_eq!(shares, ratios(&case["expected"]["serial"]));
            continue;
        }
        for (rule, expected) in [("shapley", "shapley"), ("per_seat", "per_seat"), ("nucleolus", "nucleolus")] {
            let Some(expected) = case["expected"].get(expected) else {
                continue;
            };
            let answer = seat_game(&case["input"], rule);
            assert_eq!(exact(&answer), ratios(&expected["exact"]), "{} {rule}", case["id"]);
            assert_eq!(json!(answer.bill.as_ref().unwrap().total_yen), case["expected"]["total"]);
            let core = answer.core.as_ref().unwrap();
            if let Some(excess) = expected.get("max_excess") {
                assert_eq!(core.max_excess, ratio(excess), "{} {rule}", case["id"]);
            }
            if let Some(coalition) = expected.get("worst_coalition") {
                let ids: Vec<u64> = core.coalition.iter().map(|id| id.parse().unwrap()).collect();
                assert_eq!(json!(ids), *coalition, "{} {rule}", case["id"]);
            }
            if let Some(yen) = expected.get("yen_largest_remainder") {
                let rounded: Vec<i64> = answer.shares.iter().map(|line| line.yen.unwrap()).collect();
                assert_eq!(json!(rounded), *yen, "{} {rule}", case["id"]);
            }
        }
    }
}
