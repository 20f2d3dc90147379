//! Laws of the continuous form: sums, bounds, duality, and random arrival against all orders of arrival.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may fail loudly, and its numbers are small"
)]

use num_rational::BigRational;
use proptest::prelude::*;
use seat_allocator::{Claim, Code, Problem, Ratio, Rule, allocate, continuous};

fn big(ratio: &Ratio) -> BigRational {
    ratio.to_string().parse().unwrap()
}

/// Integers and fractions.
fn quantity() -> impl Strategy<Value = Ratio> {
    (0..40_i128, 1..4_i128).prop_map(|(above, below)| Ratio::new(above, below).unwrap())
}

fn problem(rule: Rule, supply: Ratio, rows: &[(Ratio, Ratio, u64)]) -> Problem<Ratio> {
    let claims = rows.iter().enumerate().map(|(index, (request, guarantee, weight))| {
        Claim::new(index.to_string())
            .with_request(request.clone())
            .with_guarantee(guarantee.clone().min(request.clone()))
            .with_weight(*weight)
    });
    Problem::new(supply, rule, claims.collect())
}

/// Nothing when the rule gives up: Domínguez–Thomson does where one claim is a hundred times another.
fn plain(rule: Rule, supply: &BigRational, claims: &[Ratio]) -> Option<Vec<BigRational>> {
    let rows: Vec<_> = claims.iter().map(|claim| (claim.clone(), Ratio::zero(), 1)).collect();
    let supply = supply.to_string().parse().unwrap();
    match continuous(&problem(rule, supply, &rows)) {
        Ok(result) => Some(result.awards.iter().map(big).collect()),
        Err(error) => {
            assert_eq!((rule, error.faults[0].code), (Rule::DominguezThomson, Code::TooMuchWork));
            None
        }
    }
}

/// Rules that know only claims and an endowment.
const CLAIMS_RULES: [Rule; 12] = [
    Rule::ConstrainedEqualAwards,
    Rule::ConstrainedEqualLosses,
    Rule::ProportionalToRequest,
    Rule::Talmud,
    Rule::ReverseTalmud,
    Rule::Piniles,
    Rule::AdjustedProportional,
    Rule::RandomArrival,
    Rule::MinimalOverlap,
    Rule::ConstrainedEgalitarian,
    Rule::AverageOfCeaCel,
    Rule::DominguezThomson,
];

/// Each rule and the one that divides losses as it divides awards.
const DUALS: [(Rule, Rule); 7] = [
    (Rule::ConstrainedEqualAwards, Rule::ConstrainedEqualLosses),
    (Rule::ProportionalToRequest, Rule::ProportionalToRequest),
    (Rule::Talmud, Rule::Talmud),
    (Rule::ReverseTalmud, Rule::ReverseTalmud),
    (Rule::RandomArrival, Rule::RandomArrival),
    (Rule::AdjustedProportional, Rule::AdjustedProportional),
    (Rule::AverageOfCeaCel, Rule::AverageOfCeaCel),
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn awards_and_reserve_add_up_within_the_bounds(
        rows in prop::collection::vec((quantity(), quantity(), 1..9_u64), 1..6), supply in quantity(),
        rule in prop::sample::select(Rule::ALL.to_vec()),
    ) {
        let problem = problem(rule, supply, &rows);
        let Ok(result) = continuous(&problem) else { return Ok(()) };
        let sum: BigRational = result.awards.iter().map(big).sum();
        prop_assert_eq!(sum + big(&result.reserve), big(&problem.supply));
        for (claim, award) in problem.claims.iter().zip(&result.awards) {
            prop_assert!(award <= claim.request.as_ref().unwrap());
            prop_assert!(result.guarantees_reduced || *award >= claim.guarantee);
        }
    }

    #[test]
    fn what_one_rule_gives_its_dual_takes(
        claims in prop::collection::vec(quantity(), 1..6), part in 0..=12_u32, pair in prop::sample::select(DUALS.to_vec()),
    ) {
        let all: BigRational = claims.iter().map(big).sum();
        let supply = &all * BigRational::new(part.into(), 12.into());
        let gained = plain(pair.0, &supply, &claims).unwrap();
        let lost = plain(pair.1, &(&all - &supply), &claims).unwrap();
        for ((gained, lost), claim) in gained.into_iter().zip(lost).zip(&claims) {
            prop_assert_eq!(gained + lost, big(claim));
        }
    }

    #[test]
    fn a_larger_endowment_hurts_nobody(
        claims in prop::collection::vec(quantity(), 1..6), part in 0..12_u32,
        rule in prop::sample::select(CLAIMS_RULES.to_vec()),
    ) {
        let all: BigRational = claims.iter().map(big).sum();
        let twelfth = BigRational::new(1.into(), 12.into());
        let before = plain(rule, &(&all * &twelfth * BigRational::from_integer(part.into())), &claims);
        let after = plain(rule, &(&all * &twelfth * BigRational::from_integer((part + 1).into())), &claims);
        if let (Some(before), Some(after)) = (before, after) {
            prop_assert!(before.iter().zip(&after).all(|(before, after)| before <= after));
        }
    }

    #[test]
    fn larger_claims_get_and_lose_no_less(
        claims in prop::collection::vec(quantity(), 1..6), part in 0..=12_u32,
        rule in prop::sample::select(CLAIMS_RULES.to_vec()),
    ) {
        let all: BigRational = claims.iter().map(big).sum();
        let Some(awards) = plain(rule, &(&all * BigRational::new(part.into(), 12.into())), &claims) else {
            return Ok(());
        };
        for (claim, award) in claims.iter().zip(&awards) {
            for (other, theirs) in claims.iter().zip(&awards) {
                if claim <= other {
                    prop_assert!(award <= theirs && big(claim) - award <= big(other) - theirs);
                }
            }
        }
    }

    #[test]
    fn random_arrival_is_the_mean_over_all_orders(
        claims in prop::collection::vec(quantity(), 1..6), supply in quantity(),
    ) {
        let all: BigRational = claims.iter().map(big).sum();
        let supply = big(&supply).min(all);
        let mut sums = vec![BigRational::from_integer(0.into()); claims.len()];
        let mut orders = 0_u32;
        let mut order: Vec<usize> = (0..claims.len()).collect();
        permutations(&mut order, 0, &mut |order| {
            orders += 1;
            let mut left = supply.clone();
            for &index in order {
                let award = big(&claims[index]).min(left.clone());
                left -= &award;
                sums[index] += award;
            }
        });
        let mean: Vec<BigRational> = sums.into_iter().map(|sum| sum / BigRational::from_integer(orders.into())).collect();
        prop_assert_eq!(plain(Rule::RandomArrival, &supply, &claims), Some(mean));
    }

    #[test]
    fn whole_seats_stay_within_one_of_the_exact_share(
        claims in prop::collection::vec(0..30_u64, 1..6), supply in 0..90_u64,
        rule in prop::sample::select(vec![
            Rule::RandomArrival, Rule::AdjustedProportional, Rule::MinimalOverlap, Rule::ConstrainedEgalitarian,
            Rule::AverageOfCeaCel, Rule::LargestRemainder, Rule::ConstrainedEqualAwards, Rule::ConstrainedEqualLosses,
        ]),
    ) {
        let whole = claims.iter().enumerate().map(|(index, &c)| Claim::new(index.to_string()).with_request(c));
        let whole = allocate(&Problem::new(supply, rule, whole.collect())).unwrap();
        let rows: Vec<_> = claims.iter().map(|&claim| (Ratio::from(claim), Ratio::zero(), 1)).collect();
        let exact = continuous(&problem(rule, Ratio::from(supply), &rows)).unwrap();
        for (seats, share) in whole.seats.iter().zip(&exact.awards) {
            let gap = big(&Ratio::from(*seats)) - big(share);
            prop_assert!(gap < BigRational::from_integer(1.into()) && gap > BigRational::from_integer((-1).into()));
        }
    }
}

fn permutations(order: &mut Vec<usize>, from: usize, visit: &mut impl FnMut(&[usize])) {
    if from + 1 >= order.len() {
        visit(order);
        return;
    }
    for index in from..order.len() {
        order.swap(from, index);
        permutations(order, from + 1, visit);
        order.swap(from, index);
    }
}

#[test]
fn ratios_beyond_the_integer_search_are_swept_exactly() {
    // Denominators whose product passes 2^64.
    let rows: Vec<_> = ["1/18446744073709551557", "1/18446744073709551533", "3"]
        .map(|text| (text.parse().unwrap(), Ratio::zero(), 1))
        .into();
    let result = continuous(&problem(Rule::ConstrainedEqualAwards, Ratio::one(), &rows)).unwrap();
    let sum: BigRational = result.awards.iter().map(big).sum();
    assert_eq!(sum, BigRational::from_integer(1.into()));
    assert_eq!(result.awards[0], rows[0].0);
}

/// All 1,741 municipalities, and the seats (or the shortage) of a few of them: exact, and the sum is exact.
#[test]
fn random_arrival_divides_a_small_supply_or_shortage_among_1741_claims() {
    let sizes: Vec<u64> = (0..1_741).map(|index| 5 + index * 37 % 120).collect();
    let all: u64 = sizes.iter().sum();
    for supply in [100, all - 100] {
        let rows: Vec<_> = sizes.iter().map(|&size| (Ratio::from(size), Ratio::zero(), 1)).collect();
        let result = continuous(&problem(Rule::RandomArrival, Ratio::from(supply), &rows)).unwrap();
        assert_eq!(result.awards.iter().map(big).sum::<BigRational>(), BigRational::from_integer(supply.into()));
        // Larger claims get no less, equal claims the same.
        let mut ranked: Vec<(u64, &Ratio)> = sizes.iter().copied().zip(&result.awards).collect();
        ranked.sort();
        for pair in ranked.windows(2) {
            assert!(pair[0].1 <= pair[1].1 && (pair[0].0 < pair[1].0 || pair[0].1 == pair[1].1), "{pair:?}");
        }
    }
}
