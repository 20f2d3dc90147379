//! Every reason, followed with a calculator, leads to the seats: the arithmetic that is printed is the arithmetic that counts.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::panic,
    missing_docs,
    reason = "a test may fail loudly, and its numbers are small"
)]

use proptest::prelude::*;
use seat_allocator::explain::{Bound, How, Reason, explain_ja, reasons, share_reasons};
use seat_allocator::{
    Claim, Cut, Divisor, Problem, Quantity, Ratio, Rule, TieBreak, allocate, allocate_priced, continuous,
};

fn problem() -> impl Strategy<Value = Problem> {
    let row = (0..30_u64, 0..5_u64, 1..60_u64, 1..4_u64, 1..3_u32, prop::option::weighted(0.2, 0..20_000_u64));
    let rules = prop::sample::select(Rule::ALL.to_vec());
    (prop::collection::vec(row, 1..8), 0..120_u64, rules, any::<bool>()).prop_map(|(rows, supply, rule, lottery)| {
        let claims = rows.into_iter().enumerate().map(|(index, (request, guarantee, above, below, class, budget))| {
            let claim = Claim::new(format!("c{index}"))
                .with_request(request)
                .with_guarantee(guarantee.min(request))
                .with_weight(Ratio::new(above.into(), below.into()).unwrap())
                .with_class(class);
            match budget {
                Some(budget) => claim.with_budget_cap(budget),
                None => claim,
            }
        });
        let mut problem = Problem::new(supply, rule, claims.collect());
        problem.unit_price = Some(1_000);
        if lottery {
            problem.tie_break = TieBreak::Lottery { seed: "draw".into() };
        }
        problem
    })
}

fn seats(quantity: &Quantity) -> u64 {
    match quantity {
        Quantity::Seats(seats) => *seats,
        Quantity::Ratio(ratio) => panic!("{ratio}"),
    }
}

/// Least and most seats as the reason states them.
fn range(reason: &Reason) -> (u64, u64) {
    let limit = reason.limit.as_ref().map_or(u64::MAX, seats);
    let guarantee = seats(&reason.guarantee).min(limit);
    if reason.guarantees_reduced { (0, guarantee) } else { (guarantee, limit) }
}

/// The seats that the arithmetic gives, where it gives a number.
fn recomputed(rule: Rule, reason: &Reason) -> Option<u64> {
    let (least, most) = range(reason);
    let above = matches!(rule, Rule::ConstrainedEqualAwardsAboveGuarantee | Rule::ProportionalAboveGuarantee);
    match &reason.how {
        How::AllMet => Some(most),
        How::GuaranteeOnly => Some(least),
        How::Divisor { rounded, .. } if above => Some((rounded + least).min(most)),
        How::Divisor { rounded, .. } => Some((*rounded).clamp(least, most)),
        How::Losses { loss, .. } => Some(most - loss),
        How::Remainder { whole, rounded_up, .. } => Some(whole + u64::from(*rounded_up)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_printed_arithmetic_gives_the_seats(problem in problem()) {
        let Ok(result) = allocate(&problem) else { return Ok(()) };
        let reasons = reasons(&problem, &result);
        prop_assert_eq!(reasons.len(), result.seats.len());
        for (reason, &given) in reasons.iter().zip(&result.seats) {
            if let Some(seats) = recomputed(problem.rule, reason) {
                prop_assert_eq!(seats, given, "{} {:?}", problem.rule, reason);
            }
            let (least, most) = range(reason);
            let bound = if given == most { Bound::Limit } else if given == least { Bound::Guarantee } else { Bound::None };
            prop_assert_eq!(reason.bound, bound);
            let text = explain_ja(problem.rule, &given.into(), reason).concat();
            prop_assert!(text.ends_with(&format!("よって配分は{given}席です。")), "{}", text);
        }
    }

    #[test]
    fn fractions_are_ranked_and_cut_where_the_seats_were_cut(problem in problem()) {
        let Ok(result) = allocate(&problem) else { return Ok(()) };
        for reason in reasons(&problem, &result) {
            if let How::Remainder { fraction, rounded_up, leftover, rank, cut, .. } = reason.how {
                prop_assert_eq!(rounded_up && rank > leftover, false);
                match cut {
                    Some(cut) => prop_assert_eq!(rounded_up && fraction < cut || !rounded_up && fraction > cut, false),
                    None => prop_assert!(leftover == 0 && !rounded_up),
                }
            }
        }
    }

    #[test]
    fn whoever_was_tied_says_so(problem in problem()) {
        let Ok(result) = allocate(&problem) else { return Ok(()) };
        for (position, reason) in reasons(&problem, &result).into_iter().enumerate() {
            let tie = result.ties.iter().find(|tie| tie.tied.contains(&position));
            prop_assert_eq!(tie.map(|tie| tie.chosen.contains(&position)), reason.tie.map(|tie| tie.won));
        }
    }
}

/// 5 seats are guaranteed, and the budget buys 2: less is given than was promised, and the reason says so.
#[test]
fn a_guarantee_that_the_budget_cannot_buy_is_lowered_in_plain_sight() {
    let claims = vec![
        Claim::new("poor").with_request(9).with_guarantee(5).with_budget_cap(2_999),
        Claim::new("rich").with_request(9).with_guarantee(3).with_budget_cap(9_000),
    ];
    let mut problem = Problem::new(8, Rule::Divisor(Divisor::Webster), claims.clone());
    problem.unit_price = Some(1_000);
    let result = allocate(&problem).unwrap();
    assert_eq!((&result.seats[..], result.guarantees_reduced), (&[2, 6][..], false));
    let both = reasons(&problem, &result);
    assert_eq!((&both[0].guarantee, &both[0].guarantee_lowered_to), (&5.into(), &Some(2.into())));
    assert_eq!(both[1].guarantee_lowered_to, None);
    let text = explain_ja(problem.rule, &2.into(), &both[0]);
    let sentence = "予算で購入できる数が最低保障より少ないため、最低保障を2席に引き下げます。";
    assert!(text.iter().any(|line| line == sentence), "{text:?}");
    assert!(!explain_ja(problem.rule, &6.into(), &both[1]).concat().contains("引き下げ"));

    let priced = allocate_priced(&Problem::new(8, problem.rule, claims), |seats| seats * 1_000).unwrap();
    assert_eq!((priced.allocation.seats, priced.guarantees_lowered), (vec![2, 6], vec![0]));
}

#[test]
fn the_continuous_form_lowers_a_guarantee_in_plain_sight_as_well() {
    let claims =
        vec![Claim::new("a").with_request(Ratio::from(9)).with_guarantee(Ratio::from(5)).with_budget_cap(2_500)];
    let mut problem = Problem::new(Ratio::from(8), Rule::ConstrainedEqualAwards, claims);
    problem.unit_price = Some(1_000);
    let result = continuous(&problem).unwrap();
    let lowered = share_reasons(&problem, &result).remove(0).guarantee_lowered_to;
    assert_eq!(lowered, Some("5/2".parse::<Ratio>().unwrap().into()));
}

/// Random arrival takes seconds where claims are many: the reasons read the shares that the division worked out.
#[test]
fn reasons_repeat_the_exact_shares_of_the_result_and_do_not_work_them_out_again() {
    let claims =
        [5, 7, 9].map(|request| Claim::new(request.to_string()).with_request(request).with_guarantee(1)).into();
    let problem = Problem::new(12, Rule::RandomArrival, claims);
    let mut result = allocate(&problem).unwrap();
    let share = |reason: &Reason| match &reason.how {
        How::Remainder { share, .. } => share.clone(),
        other => panic!("{other:?}"),
    };
    let continuous_claims =
        [5, 7, 9].map(|c| Claim::new(c.to_string()).with_request(Ratio::from(c)).with_guarantee(Ratio::one())).into();
    let exact = continuous(&Problem::new(Ratio::from(12), Rule::RandomArrival, continuous_claims)).unwrap().awards;
    assert_eq!(reasons(&problem, &result).iter().map(share).collect::<Vec<_>>(), exact);
    let [part] = result.parts.as_mut_slice() else { panic!("one class") };
    let Cut::Shares { exact: shares, .. } = &mut part.cut else { panic!("{:?}", part.cut) };
    shares.rotate_left(1);
    assert_eq!(share(reasons(&problem, &result).first().unwrap()), exact.get(1).unwrap().clone());
}
