//! Laws that every rule keeps, or is known to break: the second kind has its counterexample recorded here.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may fail loudly, and its numbers are small"
)]

use proptest::prelude::*;
use seat_allocator::{
    Allocation, Claim, Divisor, Problem, Ratio, Rule, TieBreak, Violation, allocate, verify,
};
use std::collections::BTreeMap;

const DIVISORS: [Divisor; 5] = [
    Divisor::Adams,
    Divisor::Dean,
    Divisor::Hill,
    Divisor::Webster,
    Divisor::Jefferson,
];

/// Rules whose award depends on others only through a common level, seat by seat.
static SEAT_BY_SEAT: [Rule; 12] = [
    Rule::Divisor(Divisor::Adams),
    Rule::Divisor(Divisor::Dean),
    Rule::Divisor(Divisor::Hill),
    Rule::Divisor(Divisor::Webster),
    Rule::Divisor(Divisor::Jefferson),
    Rule::ConstrainedEqualAwards,
    Rule::ConstrainedEqualLosses,
    Rule::ProportionalToRequest,
    Rule::Talmud,
    Rule::ReverseTalmud,
    Rule::Piniles,
    Rule::Priority,
];

/// Claims with small numbers, so that ties, zero weights and binding bounds are frequent.
fn claim() -> impl Strategy<Value = (Option<u64>, u64, u64, u64, u32)> {
    (
        prop::option::weighted(0.8, 0..12_u64),
        0..4_u64,
        0..7_u64,
        1..4_u64,
        1..3_u32,
    )
}

fn problem_of(
    rows: &[(Option<u64>, u64, u64, u64, u32)],
    supply: u64,
    rule: Rule,
    keys: bool,
) -> Problem {
    let needs_request = rows.len() > 7
        || !matches!(
            rule,
            Rule::Divisor(_) | Rule::LargestRemainder | Rule::Quota
        );
    let claims =
        rows.iter()
            .enumerate()
            .map(|(index, &(request, guarantee, above, below, class))| {
                let id = format!("c{index}");
                let request = if needs_request {
                    Some(request.unwrap_or(5))
                } else {
                    request
                };
                let guarantee = request.map_or(guarantee, |request| guarantee.min(request));
                let weight = Ratio::new(i128::from(above), i128::from(below)).unwrap();
                let claim = Claim::new(&id)
                    .with_guarantee(guarantee)
                    .with_weight(weight)
                    .with_class(class);
                let claim = if keys {
                    claim.with_tie_key(format!("k{}", (index * 5) % 7))
                } else {
                    claim
                };
                match request {
                    Some(request) => claim.with_request(request),
                    None => claim,
                }
            });
    Problem::new(supply, rule, claims.collect())
}

fn any_rule() -> impl Strategy<Value = Rule> {
    prop::sample::select(Rule::ALL.to_vec())
}

fn problem() -> impl Strategy<Value = Problem> {
    (
        prop::collection::vec(claim(), 1..7),
        0..40_u64,
        any_rule(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(rows, supply, rule, keys, lottery)| {
            let mut problem = problem_of(&rows, supply, rule, keys);
            if lottery {
                problem.tie_break = TieBreak::Lottery {
                    seed: format!("draw {supply}"),
                };
            }
            problem
        })
}

/// A problem of one class without zero weights: the setting of the theorems.
fn plain_problem(rules: &'static [Rule]) -> impl Strategy<Value = Problem> {
    (
        prop::collection::vec(claim(), 2..7),
        0..40_u64,
        prop::sample::select(rules),
    )
        .prop_map(|(rows, supply, rule)| {
            let rows: Vec<_> = rows
                .into_iter()
                .map(|(r, g, a, b, _)| (r, g, a + 1, b, 1))
                .collect();
            problem_of(&rows, supply, rule, true)
        })
}

fn seats_by_id(problem: &Problem, result: &Allocation) -> BTreeMap<String, u64> {
    problem
        .claims
        .iter()
        .map(|claim| claim.id.clone())
        .zip(result.seats.iter().copied())
        .collect()
}

/// The definition of a divisor method: one seat after the other to the largest weight ÷ signpost, claims in list order
/// among equals. Compared by cross-multiplication of squares, so that Hill needs no root.
fn one_by_one(method: Divisor, weights: &[u64], bounds: &[(u64, u64)], supply: u64) -> Vec<u64> {
    // s(a) = above / below, squared for Hill.
    let signpost = |a: u64| -> (u128, u128) {
        let a = u128::from(a);
        match method {
            Divisor::Adams => (a, 1),
            Divisor::Dean => (2 * a * (a + 1), 2 * a + 1),
            Divisor::Hill => (a * (a + 1), 1),
            Divisor::Webster => (2 * a + 1, 2),
            Divisor::Jefferson => (a + 1, 1),
        }
    };
    let weight = |w: u64| {
        if method == Divisor::Hill {
            u128::from(w) * u128::from(w)
        } else {
            u128::from(w)
        }
    };
    let mut seats: Vec<u64> = bounds.iter().map(|bound| bound.0).collect();
    while seats.iter().sum::<u64>() < supply {
        let mut best: Option<usize> = None;
        for index in (0..seats.len()).filter(|&i| seats[i] < bounds[i].1 && weights[i] > 0) {
            let wins = best.is_none_or(|best| {
                let ((a, b), (c, d)) = (signpost(seats[index]), signpost(seats[best]));
                let (mine, other) = (weight(weights[index]), weight(weights[best]));
                // w / (a/b) > v / (c/d); over zero, the heavier weight.
                if a == 0 && c == 0 {
                    mine > other
                } else {
                    mine * b * c > other * d * a
                }
            });
            if wins {
                best = Some(index);
            }
        }
        seats[best.unwrap()] += 1;
    }
    seats
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn seats_and_reserve_add_up_within_the_bounds(problem in problem()) {
        if let Ok(result) = allocate(&problem) {
            prop_assert_eq!(result.seats.iter().sum::<u64>() + result.reserve, problem.supply);
            for (claim, seats) in problem.claims.iter().zip(&result.seats) {
                prop_assert!(result.guarantees_reduced || *seats >= claim.guarantee);
                prop_assert!(claim.request.is_none_or(|request| *seats <= request));
            }
        }
    }

    #[test]
    fn every_result_is_verified_and_every_moved_seat_is_found(problem in problem()) {
        if let Ok(result) = allocate(&problem) {
            prop_assert_eq!(verify(&problem, &result), vec![], "{:?} {:?}", problem, result);
            for from in 0..result.seats.len() {
                for to in 0..result.seats.len() {
                    if from != to && result.seats[from] > 0 {
                        let mut moved = result.clone();
                        moved.seats[from] -= 1;
                        moved.seats[to] += 1;
                        prop_assert!(!verify(&problem, &moved).is_empty(), "{problem:?} {moved:?}");
                    }
                }
                let mut more = result.clone();
                more.seats[from] += 1;
                prop_assert!(verify(&problem, &more).contains(&Violation::Sum));
            }
        }
    }

    #[test]
    fn the_order_of_the_list_does_not_matter_when_ties_have_keys(problem in problem(), turn in 0..6_usize) {
        let mut turned = problem.clone();
        for claim in &mut turned.claims {
            claim.tie_key.get_or_insert_default();
        }
        let straight = turned.clone();
        let turn = turn % turned.claims.len();
        turned.claims.rotate_left(turn);
        match (allocate(&straight), allocate(&turned)) {
            (Ok(a), Ok(b)) => prop_assert_eq!(seats_by_id(&straight, &a), seats_by_id(&turned, &b)),
            (a, b) => prop_assert_eq!(a.is_err(), b.is_err()),
        }
    }

    #[test]
    fn the_threshold_gives_what_one_by_one_gives(
        rows in prop::collection::vec((0..40_u64, 0..4_u64, 0..30_u64), 1..30),
        part in 0..=100_u64,
        method in prop::sample::select(DIVISORS.to_vec()),
    ) {
        let weights: Vec<u64> = rows.iter().map(|row| row.0).collect();
        let bounds: Vec<(u64, u64)> = rows.iter().map(|&(_, lower, more)| (lower, lower + more)).collect();
        let least: u64 = bounds.iter().map(|bound| bound.0).sum();
        let room: u64 = rows.iter().filter(|row| row.0 > 0).map(|row| row.2).sum();
        let supply = least + room * part / 100;
        let claims = rows.iter().enumerate().map(|(index, &(weight, lower, more))| {
            Claim::new(index.to_string()).with_weight(weight).with_guarantee(lower).with_request(lower + more)
        });
        let result = allocate(&Problem::new(supply, Rule::Divisor(method), claims.collect())).unwrap();
        prop_assert_eq!(result.seats, one_by_one(method, &weights, &bounds, supply));
    }

    #[test]
    fn one_more_seat_takes_a_seat_from_nobody(problem in plain_problem(&HOUSE_MONOTONE)) {
        let mut larger = problem.clone();
        larger.supply += 1;
        if let (Ok(before), Ok(after)) = (allocate(&problem), allocate(&larger)) {
            prop_assert!(before.seats.iter().zip(&after.seats).all(|(a, b)| a <= b), "{before:?} {after:?}");
        }
    }

    #[test]
    fn more_weight_never_costs_a_seat(problem in plain_problem(&POPULATION_MONOTONE), who in 0..7_usize, more in 1..5_u64) {
        let who = who % problem.claims.len();
        let mut heavier = problem.clone();
        let above = i128::from(more) * 2;
        let weight: Ratio = heavier.claims[who].weight.to_string().parse().unwrap();
        let (a, b) = fraction(&weight);
        heavier.claims[who].weight = Ratio::new(a * (above + 1), b * above).unwrap();
        let (before, after) = (allocate(&problem).unwrap(), allocate(&heavier).unwrap());
        if !before.guarantees_reduced {
            prop_assert!(after.seats[who] >= before.seats[who], "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_claim_that_leaves_with_its_seats_changes_nobody(problem in plain_problem(&SEAT_BY_SEAT), who in 0..7_usize) {
        let result = allocate(&problem).unwrap();
        if !result.guarantees_reduced && result.reserve == 0 {
            let who = who % problem.claims.len();
            let mut rest = problem.clone();
            rest.claims.remove(who);
            rest.supply -= result.seats[who];
            let mut expected = result.seats.clone();
            expected.remove(who);
            prop_assert_eq!(allocate(&rest).unwrap().seats, expected);
        }
    }

    #[test]
    fn asking_for_more_brings_nothing_to_those_who_are_short(
        problem in plain_problem(&NO_GAIN), who in 0..7_usize, more in 1..9_u64,
    ) {
        let before = allocate(&problem).unwrap();
        let who = who % problem.claims.len();
        let Some(request) = problem.claims[who].request else { return Ok(()) };
        if before.seats[who] < request && !before.guarantees_reduced {
            let mut inflated = problem.clone();
            inflated.claims[who].request = Some(request + more);
            prop_assert_eq!(allocate(&inflated).unwrap().seats, before.seats);
        }
    }

    #[test]
    fn quota_keeping_methods_stay_within_one_seat_of_the_quota(
        weights in prop::collection::vec(1..50_u64, 1..8), supply in 0..60_u64,
        rule in prop::sample::select(vec![Rule::LargestRemainder, Rule::Quota]),
    ) {
        let all: u64 = weights.iter().sum();
        let claims = weights.iter().enumerate().map(|(index, &w)| Claim::new(index.to_string()).with_weight(w));
        let result = allocate(&Problem::new(supply, rule, claims.collect())).unwrap();
        for (seats, weight) in result.seats.iter().zip(&weights) {
            let (floor, rest) = (supply * weight / all, supply * weight % all);
            prop_assert!(*seats >= floor && *seats <= floor + u64::from(rest > 0), "{:?}", result.seats);
        }
    }
}

fn fraction(ratio: &Ratio) -> (i128, i128) {
    let text = ratio.to_string();
    let (above, below) = text.split_once('/').unwrap_or((&text, "1"));
    (above.parse().unwrap(), below.parse().unwrap())
}

/// Every rule that gives seat by seat, and the quota method.
static HOUSE_MONOTONE: [Rule; 13] = [
    Rule::Divisor(Divisor::Adams),
    Rule::Divisor(Divisor::Dean),
    Rule::Divisor(Divisor::Hill),
    Rule::Divisor(Divisor::Webster),
    Rule::Divisor(Divisor::Jefferson),
    Rule::ConstrainedEqualAwards,
    Rule::ConstrainedEqualLosses,
    Rule::ProportionalToRequest,
    Rule::Talmud,
    Rule::ReverseTalmud,
    Rule::Piniles,
    Rule::Priority,
    Rule::Quota,
];

static POPULATION_MONOTONE: [Rule; 6] = [
    Rule::Divisor(Divisor::Adams),
    Rule::Divisor(Divisor::Dean),
    Rule::Divisor(Divisor::Hill),
    Rule::Divisor(Divisor::Webster),
    Rule::Divisor(Divisor::Jefferson),
    Rule::ConstrainedEqualAwards,
];

/// Weights come from elsewhere, and a request is only a cap.
static NO_GAIN: [Rule; 7] = [
    Rule::Divisor(Divisor::Adams),
    Rule::Divisor(Divisor::Dean),
    Rule::Divisor(Divisor::Hill),
    Rule::Divisor(Divisor::Webster),
    Rule::Divisor(Divisor::Jefferson),
    Rule::ConstrainedEqualAwards,
    Rule::Priority,
];

fn by_weight(rule: Rule, supply: u64, weights: &[u64]) -> Vec<u64> {
    let claims = weights
        .iter()
        .enumerate()
        .map(|(index, &w)| Claim::new(index.to_string()).with_weight(w));
    allocate(&Problem::new(supply, rule, claims.collect()))
        .unwrap()
        .seats
}

fn by_request(rule: Rule, supply: u64, requests: &[u64]) -> Vec<u64> {
    let claims = requests
        .iter()
        .enumerate()
        .map(|(index, &r)| Claim::new(index.to_string()).with_request(r));
    allocate(&Problem::new(supply, rule, claims.collect()))
        .unwrap()
        .seats
}

#[test]
fn the_largest_remainder_knows_the_alabama_paradox() {
    let weights = [1500, 1500, 900, 500, 500, 200];
    assert_eq!(
        by_weight(Rule::LargestRemainder, 25, &weights),
        [7, 7, 4, 3, 3, 1]
    );
    assert_eq!(
        by_weight(Rule::LargestRemainder, 26, &weights),
        [8, 8, 5, 2, 2, 1],
        "two claims lose a seat"
    );
}

#[test]
fn proportional_to_request_rewards_whoever_asks_for_more() {
    assert_eq!(
        by_request(Rule::ProportionalToRequest, 10, &[10, 10]),
        [5, 5]
    );
    assert_eq!(
        by_request(Rule::ProportionalToRequest, 10, &[30, 10]),
        [8, 2]
    );
}

#[test]
fn webster_can_leave_the_quota() {
    // Quota of the first claim: 100 · 9215 / 10000 = 92.15.
    let seats = by_weight(
        Rule::Divisor(Divisor::Webster),
        100,
        &[9215, 159, 158, 157, 156, 155],
    );
    assert_eq!(seats[0], 90);
}
