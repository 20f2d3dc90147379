//! The fast way against the plain way: equal to one seat after the other, and right at sizes where that would take for ever.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    missing_docs,
    reason = "a test may fail loudly, and its numbers are small"
)]

use proptest::prelude::*;
use seat_allocator::{Claim, Divisor, Problem, Ratio, Rule, allocate, verify};

const DIVISORS: [Divisor; 5] = [Divisor::Adams, Divisor::Dean, Divisor::Hill, Divisor::Webster, Divisor::Jefferson];

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
        if method == Divisor::Hill { u128::from(w) * u128::from(w) } else { u128::from(w) }
    };
    let mut seats: Vec<u64> = bounds.iter().map(|bound| bound.0).collect();
    while seats.iter().sum::<u64>() < supply {
        let mut best: Option<usize> = None;
        for index in (0..seats.len()).filter(|&i| seats[i] < bounds[i].1 && weights[i] > 0) {
            let wins = best.is_none_or(|best| {
                let ((a, b), (c, d)) = (signpost(seats[index]), signpost(seats[best]));
                let (mine, other) = (weight(weights[index]), weight(weights[best]));
                // w / (a/b) > v / (c/d); over zero, the heavier weight.
                if a == 0 && c == 0 { mine > other } else { mine * b * c > other * d * a }
            });
            if wins {
                best = Some(index);
            }
        }
        seats[best.unwrap()] += 1;
    }
    seats
}

/// Rules other than the divisor methods themselves that give seat by seat at Webster's signposts.
const BY_DIVISOR: [Rule; 5] = [
    Rule::ConstrainedEqualAwards,
    Rule::ConstrainedEqualAwardsAboveGuarantee,
    Rule::ConstrainedEqualLosses,
    Rule::ProportionalToRequest,
    Rule::ProportionalAboveGuarantee,
];

/// Rules that are computed by searching for a level.
const SEARCHED: [Rule; 10] = [
    Rule::Divisor(Divisor::Adams),
    Rule::Divisor(Divisor::Dean),
    Rule::Divisor(Divisor::Hill),
    Rule::Divisor(Divisor::Webster),
    Rule::Divisor(Divisor::Jefferson),
    Rule::LargestRemainder,
    Rule::ConstrainedEqualAwards,
    Rule::ConstrainedEqualLosses,
    Rule::ProportionalToRequest,
    Rule::Piniles,
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

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

    /// The claims rules that run as a divisor method, each as the plain method it is equal to: caps with equal or other
    /// weights, requests as weights, guarantees set aside, and losses instead of seats.
    #[test]
    fn claims_rules_give_what_their_divisor_method_gives_one_by_one(
        rows in prop::collection::vec((0..40_u64, 0..4_u64, 0..30_u64), 1..30),
        part in 0..=100_u64,
        rule in prop::sample::select(BY_DIVISOR.to_vec()),
    ) {
        let weights: Vec<u64> = rows.iter().map(|row| row.0).collect();
        let bounds: Vec<(u64, u64)> = rows.iter().map(|&(_, lower, more)| (lower, lower + more)).collect();
        let asked: Vec<u64> = rows.iter().map(|row| row.2).collect();
        let uppers: Vec<u64> = bounds.iter().map(|bound| bound.1).collect();
        let above: Vec<(u64, u64)> = asked.iter().map(|&more| (0, more)).collect();
        let least: u64 = bounds.iter().map(|bound| bound.0).sum();
        let all: u64 = asked.iter().sum();
        let room: u64 = rows.iter().filter(|row| row.0 > 0).map(|row| row.2).sum();
        let webster = |weights: &[u64], bounds: &[(u64, u64)], supply| one_by_one(Divisor::Webster, weights, bounds, supply);
        let onto = |lower: u64, more: u64| lower + more;
        let (supply, expected): (u64, Vec<u64>) = match rule {
            Rule::ConstrainedEqualAwards => {
                let supply = least + room * part / 100;
                (supply, webster(&weights, &bounds, supply))
            }
            Rule::ConstrainedEqualAwardsAboveGuarantee => {
                let more = webster(&weights, &above, room * part / 100);
                (least + room * part / 100, bounds.iter().zip(more).map(|(bound, more)| onto(bound.0, more)).collect())
            }
            Rule::ProportionalToRequest => {
                let supply = least + all * part / 100;
                (supply, webster(&uppers, &bounds, supply))
            }
            Rule::ProportionalAboveGuarantee => {
                let more = webster(&asked, &above, all * part / 100);
                (least + all * part / 100, bounds.iter().zip(more).map(|(bound, more)| onto(bound.0, more)).collect())
            }
            _ => {
                // Equals lose in the opposite order of the list.
                let short = room * part / 100;
                let backwards = |values: &[u64]| -> Vec<u64> { values.iter().rev().copied().collect() };
                let caps: Vec<(u64, u64)> = above.iter().rev().copied().collect();
                let lost = backwards(&webster(&backwards(&weights), &caps, short));
                (least + all - short, uppers.iter().zip(lost).map(|(upper, lost)| upper - lost).collect())
            }
        };
        let claims = rows.iter().enumerate().map(|(index, &(weight, lower, more))| {
            Claim::new(index.to_string()).with_weight(weight).with_guarantee(lower).with_request(lower + more)
        });
        let result = allocate(&Problem::new(supply, rule, claims.collect())).unwrap();
        prop_assert_eq!(result.seats, expected, "{}", rule);
    }

    /// Without upper bounds, and with weights that need a common unit.
    #[test]
    fn the_threshold_gives_what_one_by_one_gives_without_upper_bounds_and_for_fractions(
        rows in prop::collection::vec((1..40_u64, 1..7_u64, 0..4_u64), 1..12), more in 0..120_u64,
        method in prop::sample::select(DIVISORS.to_vec()),
    ) {
        // 420 is a multiple of every denominator.
        let weights: Vec<u64> = rows.iter().map(|row| row.0 * (420 / row.1)).collect();
        let bounds: Vec<(u64, u64)> = rows.iter().map(|row| (row.2, u64::MAX)).collect();
        let supply = rows.iter().map(|row| row.2).sum::<u64>() + more;
        let claims = rows.iter().enumerate().map(|(index, row)| {
            let weight = Ratio::new(row.0.into(), row.1.into()).unwrap();
            Claim::new(index.to_string()).with_weight(weight).with_guarantee(row.2)
        });
        let result = allocate(&Problem::new(supply, Rule::Divisor(method), claims.collect())).unwrap();
        prop_assert_eq!(result.seats, one_by_one(method, &weights, &bounds, supply));
    }

    /// Weights and bounds of very different sizes, and so many seats that every pass of the search is needed.
    #[test]
    fn many_claims_and_seats_are_verified(
        rows in prop::collection::vec((any::<u64>(), 0..63_u32, any::<u64>(), 34..60_u32, any::<bool>()), 1..60),
        part in 0..=1_000_u64,
        rule in prop::sample::select(SEARCHED.to_vec()),
    ) {
        let claims: Vec<Claim> = rows.iter().enumerate().map(|(index, &(weight, light, request, small, held))| {
            let request = request >> small;
            Claim::new(index.to_string())
                .with_weight((weight >> light).max(1))
                .with_request(request)
                .with_guarantee(if held { request / 3 } else { 0 })
        }).collect();
        let least: u64 = claims.iter().map(|claim| claim.guarantee).sum();
        let most: u64 = claims.iter().filter_map(|claim| claim.request).sum();
        let problem = Problem::new(least + (most - least) / 1_000 * part, rule, claims);
        let result = allocate(&problem).unwrap();
        prop_assert_eq!(verify(&problem, &result), vec![]);
    }

    /// Equal weights make every seat a tie of everyone: the bracket is full of exact equals.
    #[test]
    fn equals_by_the_hundred_are_decided_by_the_list(
        size in 1..400_usize, supply in 0..5_000_u64, rule in prop::sample::select(SEARCHED.to_vec()),
    ) {
        let claims = (0..size).map(|index| Claim::new(format!("{index:03}")).with_weight(7).with_request(5_000));
        let result = allocate(&Problem::new(supply, rule, claims.collect())).unwrap();
        let (each, more) = (supply / size as u64, supply % size as u64);
        let expected: Vec<u64> = (0..size as u64).map(|index| each + u64::from(index < more)).collect();
        prop_assert_eq!(result.seats, expected);
    }
}
