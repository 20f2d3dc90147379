//! Reallocation and budgets: minimal moves by brute force, fairness as if from the start, and the largest fixed point.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may fail loudly, and its numbers are small"
)]

use proptest::prelude::*;
use seat_allocator::{
    Claim, Divisor, Holding, Problem, ReallocationPolicy, Rule, allocate, allocate_priced,
    reallocate, verify,
};

fn holdings() -> impl Strategy<Value = Vec<Holding>> {
    let holding = (
        0..9_u64,
        0..9_u64,
        0..3_u64,
        0..4_u64,
        0..12_u64,
        1..5_u64,
        prop::bool::weighted(0.1),
    );
    prop::collection::vec(holding, 0..8).prop_map(|rows| {
        let holding =
            |(index, (held, used, buffer, guarantee, request, weight, exempt)): (usize, _)| {
                let holding = Holding::new(format!("h{index}"), held)
                    .with_used(std::cmp::min(used, held))
                    .with_buffer(buffer)
                    .with_guarantee(guarantee)
                    .with_request(request)
                    .with_weight(weight);
                if exempt { holding.exempted() } else { holding }
            };
        rows.into_iter().enumerate().map(holding).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn seats_move_from_those_who_can_spare_them_to_those_who_ask(
        holdings in holdings(), reserve in 0..4_u64, least in 0..4_u64,
    ) {
        let policy = ReallocationPolicy::new(Divisor::Webster).with_reserve(reserve).with_least_move(least);
        let result = reallocate(&holdings, &policy).unwrap();
        prop_assert!(result.is_minimal());
        let before: u64 = holdings.iter().map(|holding| holding.held).sum();
        prop_assert_eq!(result.after.iter().sum::<u64>(), before + result.from_reserve);
        for (holding, &after) in holdings.iter().zip(&result.after) {
            prop_assert!(after + holding.releasable() >= holding.held);
            prop_assert!(after <= holding.held + holding.unmet());
            prop_assert!(after == holding.held || after.abs_diff(holding.held) >= least);
        }
        let mut replayed: Vec<u64> = holdings.iter().map(|holding| holding.held).collect();
        for line in &result.moves {
            prop_assert!(line.seats > 0);
            line.from.inspect(|&from| replayed[from] -= line.seats);
            replayed[line.to] += line.seats;
        }
        prop_assert_eq!(&replayed, &result.after, "the lines add up to the result");
        let changed = holdings.iter().zip(&result.after).filter(|(holding, after)| holding.held != **after).count();
        prop_assert!(result.moves.len() <= changed.max(1), "one line fewer than givers and receivers, and the reserve");
    }

    #[test]
    fn without_hysteresis_every_wish_is_met_or_nothing_is_left(holdings in holdings(), reserve in 0..4_u64) {
        let policy = ReallocationPolicy::new(Divisor::Hill).with_reserve(reserve);
        let result = reallocate(&holdings, &policy).unwrap();
        let wishes: u64 = holdings.iter().map(Holding::unmet).sum();
        let spare: u64 = holdings.iter().map(Holding::releasable).sum();
        prop_assert_eq!(result.moved + result.from_reserve, wishes.min(spare + reserve));
        prop_assert!(result.skipped.is_empty());
    }

    /// Seats of an allocation that a claim hands back go where a larger supply would have put them.
    #[test]
    fn what_is_given_back_goes_where_it_would_have_gone_at_first(
        weights in prop::collection::vec(1..9_u64, 2..6), supply in 6..20_u64,
        method in prop::sample::select(vec![Divisor::Webster, Divisor::Jefferson, Divisor::Adams]),
    ) {
        let claim = |(index, weight): (usize, &u64)| Claim::new(format!("c{index}")).with_weight(*weight).with_request(30);
        let claims: Vec<Claim> = weights.iter().enumerate().map(claim).collect();
        let first = allocate(&Problem::new(supply, Rule::Divisor(method), claims.clone())).unwrap();
        let larger = allocate(&Problem::new(supply + 3, Rule::Divisor(method), claims)).unwrap();
        let holdings: Vec<Holding> = weights.iter().zip(&first.seats).enumerate().map(|(index, (&weight, &held))| {
            Holding::new(format!("c{index}"), held).with_weight(weight).with_request(30)
        }).collect();
        let result = reallocate(&holdings, &ReallocationPolicy::new(method).with_reserve(3)).unwrap();
        prop_assert_eq!(result.after, larger.seats);
    }

    #[test]
    fn the_total_is_the_largest_that_every_budget_can_pay_for(
        rows in prop::collection::vec((0..8_u64, prop::option::weighted(0.8, 0..6_000_u64)), 1..6),
    ) {
        // All-units discount, made non-decreasing by buying up.
        let price = |seats: u64| (seats * 1_000).min((seats * 800).max(8_000)).min((seats * 600).max(12_000));
        let claims: Vec<Claim> = rows.iter().enumerate().map(|(index, (request, budget))| {
            let claim = Claim::new(format!("c{index}")).with_request(*request);
            match budget { Some(budget) => claim.with_budget_cap(*budget), None => claim }
        }).collect();
        let problem = Problem::new(100, Rule::Priority, claims);
        let result = allocate_priced(&problem, price).unwrap();
        prop_assert!(result.chain.array_windows().all(|[before, after]| after < before));
        prop_assert!(verify(&result.problem, &result.allocation).is_empty());

        let wanted = |total: u64| -> u64 {
            rows.iter().map(|&(request, budget)| match budget {
                Some(budget) if total > 0 => request.min(budget * total / price(total)),
                _ => request,
            }).sum()
        };
        let top: u64 = rows.iter().map(|row| row.0).sum();
        let largest = (0..=top).rev().find(|&total| wanted(total) == total || total == 0).unwrap();
        prop_assert_eq!(*result.chain.last().unwrap(), largest);
        prop_assert_eq!(result.allocation.seats.iter().sum::<u64>(), largest);
    }
}

#[test]
fn small_moves_are_left_out_and_the_others_close_ranks() {
    let holdings = [
        Holding::new("a", 10).with_used(7),
        Holding::new("b", 10).with_used(9),
        Holding::new("c", 4).with_request(9),
    ];
    let result = reallocate(
        &holdings,
        &ReallocationPolicy::new(Divisor::Webster).with_least_move(2),
    )
    .unwrap();
    assert_eq!((result.after, result.skipped), (vec![7, 10, 7], vec![1]));
}
