//! Price schedules of every mode, contracts over years, additions in mid-term, comparison of quotes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may fail loudly")]

use cost_sharing::*;
use serde_json::{Value, json};

fn schedule(value: &Value) -> PriceSchedule {
    PriceSchedule::from_value(value).unwrap()
}

fn prices(schedule: &PriceSchedule, seats: &[u64]) -> Vec<String> {
    seats.iter().map(|seats| schedule.price(*seats).unwrap().to_decimal()).collect()
}

#[test]
fn each_mode_reads_the_same_tiers_in_its_own_way() {
    let tiers = json!([{"up_to": 10, "unit": "100"}, {"up_to": null, "unit": "80.5", "flat": "7"}]);
    let of = |mode: &str| schedule(&json!({"mode": mode, "tiers": tiers}));
    assert_eq!(prices(&of("graduated"), &[0, 1, 10, 11, 12]), ["0", "100", "1000", "1087.5", "1168"]);
    assert_eq!(prices(&of("volume"), &[0, 1, 10, 11, 12]), ["0", "100", "1000", "892.5", "973"]);
    let per_seat = schedule(&json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "100"}], "fixed_fee": "30"}));
    assert_eq!(prices(&per_seat, &[0, 1, 9]), ["0", "130", "930"]);
    let stairs =
        schedule(&json!({"mode": "package", "tiers": [{"up_to": 10, "flat": "500"}, {"up_to": 25, "flat": "900"}]}));
    assert_eq!(prices(&stairs, &[1, 10, 11, 25]), ["500", "500", "900", "900"]);
    assert!(stairs.price(26).is_err());
    let packs = schedule(&json!({"mode": "package", "pack_size": 25, "tiers": [{"up_to": null, "unit": "900"}]}));
    assert_eq!(prices(&packs, &[1, 25, 26, 60]), ["900", "900", "1800", "2700"]);
    let one_package = schedule(&json!({"mode": "package", "tiers": [{"up_to": 25, "flat": "900"}]}));
    assert_eq!(one_package, packs);
}

#[test]
fn a_flat_fee_may_be_a_tier_or_the_fixed_fee() {
    let tier = schedule(&json!({"mode": "flat", "tiers": [{"up_to": null, "flat": "500000"}]}));
    let fee = schedule(&json!({"mode": "flat", "tiers": [], "fixed_fee": "500000"}));
    let bare = schedule(&json!({"mode": "flat", "fixed_fee": "500000"}));
    for schedule in [tier, fee, bare] {
        assert_eq!(prices(&schedule, &[0, 1, 999]), ["0", "500000", "500000"]);
        assert!(schedule.is_concave());
    }
}

#[test]
fn a_minimum_commitment_lifts_small_quantities_only() {
    let schedule = schedule(&json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "100"}], "fixed_fee": "50",
        "minimum_commitment": "1000"}));
    assert_eq!(prices(&schedule, &[0, 1, 9, 10]), ["0", "1000", "1000", "1050"]);
    assert!(!schedule.is_concave());
    assert!(schedule.has_nonincreasing_average(100).unwrap());
}

#[test]
fn where_buying_up_is_forbidden_the_raw_price_stands() {
    let tiers = json!([{"up_to": 9, "unit": "1000"}, {"up_to": null, "unit": "800"}]);
    let schedule = schedule(&json!({"mode": "volume", "tiers": tiers, "buy_up": false}));
    let effective = schedule.effective_price(9).unwrap();
    assert_eq!((effective.price, effective.buy), (Ratio::whole(9_000), 9));
    assert_eq!(schedule.advice(9).unwrap().buy, 10, "the advice still says what it would save");
}

#[test]
fn advice_against_the_contract_is_marked_and_never_priced() {
    let case = |buy_up: bool, seats: u64| {
        let tiers = json!([{"up_to": 9, "unit": "1000"}, {"up_to": null, "unit": "800"}]);
        let request = json!({"price": {"mode": "volume", "tiers": tiers, "buy_up": buy_up}, "members": [{"id": "a", "seats": seats}],
            "rule": {"kind": "per_seat"}});
        serde_json::to_value(json::share(&json::ShareRequest::from_value(&request).unwrap()).unwrap()).unwrap()
    };
    assert_eq!(case(true, 9)["advice"], json!({"buy": 10, "saving": "1000"}));
    assert_eq!((&case(true, 9)["bill"]["total_yen"], &case(true, 9)["bill"]["bought"]), (&json!(8_000), &json!(10)));
    assert_eq!(case(false, 9)["advice"], json!({"buy": 10, "saving": "1000", "allowed": false}));
    assert_eq!((&case(false, 9)["bill"]["total_yen"], &case(false, 9)["bill"]["bought"]), (&json!(9_000), &json!(9)));
    // Nothing to buy up: nothing to forbid.
    assert_eq!(case(false, 10)["advice"], json!({"buy": 10, "saving": "0"}));
}

#[test]
fn seats_in_packs_are_bought_in_whole_packs() {
    let bought = |price: &Value, seats: u64| {
        let request = json!({"price": price, "members": [{"id": "a", "seats": seats}], "rule": {"kind": "per_seat"}});
        let answer = json::share(&json::ShareRequest::from_value(&request).unwrap()).unwrap();
        let bill = answer.bill.unwrap();
        (bill.total_yen, bill.bought.unwrap())
    };
    let packs = json!({"mode": "package", "tiers": [{"up_to": null, "unit": "9000"}], "pack_size": 10});
    assert_eq!(
        [bought(&packs, 19), bought(&packs, 20), bought(&packs, 21)],
        [(18_000, 20), (18_000, 20), (27_000, 30)]
    );
    // One flat amount has no packs.
    let flat = json!({"mode": "flat", "tiers": [{"up_to": 50, "flat": "5000"}]});
    assert_eq!(bought(&flat, 19), (5_000, 19));
}

#[test]
fn additions_in_mid_term_follow_the_price_that_was_agreed() {
    let schedule = schedule(
        &json!({"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": null, "unit": "27000"}]}),
    );
    let add = |price, held, added, remaining: &str, rounding| {
        co_term(&schedule, &AddOn { held, added, price, remaining: remaining.parse().unwrap(), rounding })
    };
    // From 95 to 105 seats all become cheaper: 105 x 27,000 - 95 x 30,000 = -15,000 a year.
    assert_eq!(add(AddOnPrice::Difference, 95, 10, "1", RoundingMode::Floor), Ok(Yen(-15_000)));
    assert_eq!(add(AddOnPrice::NewTier, 95, 10, "5/12", RoundingMode::Floor), Ok(Yen(112_500)));
    assert_eq!(add(AddOnPrice::Locked, 95, 10, "151/365", RoundingMode::HalfUp), Ok(Yen(124_110)));
    let wrong = add(AddOnPrice::Locked, 0, 10, "1", RoundingMode::Floor).unwrap_err();
    assert_eq!(wrong.pointer, "/held");
    assert_eq!(add(AddOnPrice::Locked, 5, 10, "3/2", RoundingMode::Floor).unwrap_err().pointer, "/remaining");
}

#[test]
fn the_years_of_a_contract_are_priced_each_by_itself() {
    let first = schedule(&json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "100"}]}));
    let second = schedule(&json!({"mode": "per_seat", "tiers": [{"up_to": 50, "unit": "90"}]}));
    assert_eq!(multi_year(&[(&first, 10), (&second, 50)]).unwrap(), [1_000, 4_500].map(Ratio::whole));
    assert_eq!(multi_year(&[(&first, 10), (&second, 51)]).unwrap_err().pointer, "/years/1/seats");
}

#[test]
fn quotes_are_compared_with_the_quantities_where_the_cheapest_changes() {
    let a = schedule(
        &json!({"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": null, "unit": "24000"}]}),
    );
    let b = schedule(&json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "25000"}]}));
    let segments = compare_quotes(&[&a, &b], 1..=300).unwrap();
    let found: Vec<(u64, u64, usize)> =
        segments.iter().map(|segment| (segment.from, segment.to, segment.cheapest)).collect();
    // With buying up 100 seats for 2,400,000 beat 96 x 25,000 = 2,400,000 only on the tie, and 97 clearly.
    assert_eq!(found, [(1, 95, 1), (96, 300, 0)]);
    assert!(compare_quotes(&[], 1..=3).is_err());
}

#[test]
fn a_bill_with_fractions_of_a_yen_becomes_whole_before_its_tax() {
    let schedule = schedule(&json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "10.5"}]}));
    let invoice = Invoice { schedule, tax_rate: "0.1".parse().unwrap(), tax_rounding: RoundingMode::Floor };
    let bill = invoice.bill(3).unwrap();
    assert_eq!((bill.ex_tax, bill.tax, bill.total), (Yen(31), Yen(3), Yen(34)));
}

#[test]
fn members_without_seats_count_as_heads_in_the_per_capita_nucleolus() {
    let cost: Vec<i64> = (0..=6).map(|seats| [0, 10, 16, 20, 23, 25, 26][seats]).collect();
    let found = nucleolus(&cost, &[1, 2, 3, 0], NucleolusKind::PerCapita, Budget::default()).unwrap();
    assert!(found.proved);
    assert_eq!(found.shares[3], Ratio::zero());
    assert_eq!(found.shares.iter().sum::<Ratio>(), Ratio::whole(26));
}

#[test]
fn a_budget_that_ends_early_leaves_a_point_of_the_least_core_and_says_so() {
    let demands: Vec<u64> = (1..=16).map(|i| i * 7 % 23 + 3).collect();
    let total: u64 = demands.iter().sum();
    let cost: Vec<i64> = (0..=i64::try_from(total).unwrap())
        .map(|s| (1_000 * s).min(800 * s.max(i64::try_from(total).unwrap() - 9)))
        .collect();
    let full = nucleolus(&cost, &demands, NucleolusKind::Nucleolus, Budget::default()).unwrap();
    assert!(full.proved);
    assert!(nucleolus(&cost, &demands, NucleolusKind::Nucleolus, Budget(10)).is_err());
    let mut budget = 1_000;
    let partial = loop {
        if let Ok(found) = nucleolus(&cost, &demands, NucleolusKind::Nucleolus, Budget(budget)) {
            break found;
        }
        budget *= 2;
    };
    assert!(!partial.proved || partial.shares == full.shares);
    assert_eq!(partial.least_core, full.least_core);
    let worst = core_check(&cost, &demands, &partial.shares).unwrap().unwrap().max_excess;
    assert_eq!(Some(-&worst), full.least_core, "in the least core");
    assert_eq!(least_core(&cost, &demands, Budget::default()).unwrap().least_core, full.least_core);
}
