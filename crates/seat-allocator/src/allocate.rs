//! The integer form: guarantees first, then class by class by the chosen rule.

use crate::RULE_VERSION;
use crate::above;
use crate::allocation::{Allocation, Cut, Part, Tie};
use crate::divisor;
use crate::error::Error;
use crate::group::{Group, Solved, total};
use crate::order::Order;
use crate::prepare::{Prepared, prepare};
use crate::problem::{Divisor, Problem, Rule};
use crate::quota_method;
use crate::remainder;
use crate::stop::Stop;
use crate::wide::clamp_u64;
use std::collections::BTreeMap;

/// Divides whole seats.
///
/// The sum of the seats is the supply, or the sum of all upper bounds if that is less; the rest is the reserve. Guarantees
/// of all classes are set aside first; then class 1 is served, then class 2 from what is left, and so on. A supply short of
/// the guarantees is divided by the same rule with the guarantees as upper bounds, over all classes together.
///
/// # Errors
/// Every fault of the problem at once; see [`Code`](crate::Code).
///
/// ```
/// use seat_allocator::{Claim, Divisor, Problem, Rule, allocate};
/// let claims = vec![
///     Claim::new("a").with_weight(21_878).with_request(2),
///     Claim::new("b").with_weight(9_713),
///     Claim::new("c").with_weight(4_167).with_guarantee(1),
/// ];
/// let result = allocate(&Problem::new(7, Rule::Divisor(Divisor::Webster), claims))?;
/// assert_eq!(result.seats, [2, 3, 2]);
/// # Ok::<(), seat_allocator::Error>(())
/// ```
pub fn allocate(problem: &Problem) -> Result<Allocation, Error> {
    let prepared = prepare(problem)?;
    let order = Order::new(&problem.claims, &problem.tie_break);
    let guaranteed = total(&prepared.lower);
    let mut result = Allocation {
        seats: vec![0; problem.claims.len()],
        reserve: 0,
        guarantees_reduced: guaranteed > u128::from(problem.supply),
        ties: Vec::new(),
        parts: Vec::new(),
        rule_version: RULE_VERSION.to_owned(),
    };
    if result.guarantees_reduced {
        let group = shrunk(prepared);
        let solved =
            solve(problem.rule, &group, problem.supply, &order).map_err(|stop| error(stop, problem, &group))?;
        record(&mut result, None, problem.supply, &group, solved);
        return Ok(result);
    }
    let mut left = clamp_u64(u128::from(problem.supply).saturating_sub(guaranteed));
    for (class, group) in classes(problem, prepared) {
        let held = total(&group.lower);
        let room = total(&group.upper).saturating_sub(held);
        let more = clamp_u64(room.min(left.into()));
        left = left.saturating_sub(more);
        let supply = clamp_u64(held).saturating_add(more);
        let solved = solve(problem.rule, &group, supply, &order).map_err(|stop| error(stop, problem, &group))?;
        record(&mut result, Some(class), supply, &group, solved);
    }
    result.reserve = left;
    Ok(result)
}

fn error(stop: Stop, problem: &Problem, group: &Group) -> Error {
    let stuck = group.rows().zip(&group.members).filter(|((lower, upper, weight), _)| *weight == 0 && lower < upper);
    stop.error(&problem.claims, &group.members, stuck.map(|(_, &member)| member))
}

/// All claims in one group that may get their guarantee at most.
fn shrunk(prepared: Prepared) -> Group {
    let count = prepared.lower.len();
    Group {
        members: (0..count).collect(),
        lower: vec![0; count],
        upper: prepared.lower,
        weight: prepared.weight,
        scale: prepared.scale,
    }
}

/// Claims by class, first class first.
fn classes(problem: &Problem, prepared: Prepared) -> BTreeMap<u32, Group> {
    let first = problem.claims.first().map_or(1, |claim| claim.class);
    if problem.claims.iter().all(|claim| claim.class == first) {
        let Prepared { lower, upper, weight, scale } = prepared;
        let members = (0..lower.len()).collect();
        return BTreeMap::from([(first, Group { members, lower, upper, weight, scale })]);
    }
    let mut classes: BTreeMap<u32, Group> = BTreeMap::new();
    let rows = prepared.lower.iter().zip(&prepared.upper).zip(&prepared.weight);
    for (member, (claim, ((&lower, &upper), &weight))) in problem.claims.iter().zip(rows).enumerate() {
        let group = classes.entry(claim.class).or_default();
        group.scale = prepared.scale;
        group.push(member, lower, upper, weight);
    }
    classes
}

fn record(result: &mut Allocation, class: Option<u32>, supply: u64, group: &Group, solved: Solved) {
    for (&member, seats) in group.members.iter().zip(solved.seats) {
        if let Some(slot) = result.seats.get_mut(member) {
            *slot = seats;
        }
    }
    result.ties.extend(solved.tie);
    result.parts.push(Part { class, supply, cut: solved.cut });
}

/// Divides `supply`, between the sums of lower and upper bounds, among the claims of one group.
pub(crate) fn solve(rule: Rule, group: &Group, supply: u64, order: &Order<'_>) -> Result<Solved, Stop> {
    if u128::from(supply) == total(&group.upper) {
        return Ok(Solved { seats: group.upper.clone(), tie: None, cut: Cut::Satisfied });
    }
    match rule {
        Rule::Divisor(method) => divisor::divide(method, group, supply, order),
        Rule::LargestRemainder => remainder::divide(group, supply, order),
        // Units in the order of (a + ½) ÷ w, below the caps.
        Rule::ConstrainedEqualAwards => divisor::divide(Divisor::Webster, group, supply, order),
        Rule::ConstrainedEqualLosses => losses(group, supply, order),
        Rule::ProportionalToRequest => divisor::divide(Divisor::Webster, &by_request(group), supply, order),
        Rule::Priority => Ok(in_order(group, supply, order)),
        Rule::Quota => quota_method::divide(group, supply, order),
        Rule::Talmud
        | Rule::ReverseTalmud
        | Rule::Piniles
        | Rule::AdjustedProportional
        | Rule::RandomArrival
        | Rule::MinimalOverlap
        | Rule::ConstrainedEgalitarian
        | Rule::DominguezThomson
        | Rule::AverageOfCeaCel
        | Rule::ConstrainedEqualAwardsAboveGuarantee
        | Rule::ProportionalAboveGuarantee => above::divide(rule, group, supply, order),
    }
}

/// The same bounds, weighted by what is asked.
fn by_request(group: &Group) -> Group {
    Group {
        members: group.members.clone(),
        lower: group.lower.clone(),
        upper: group.upper.clone(),
        weight: group.upper.clone(),
        scale: 1,
    }
}

/// Equal losses are the dual of equal awards: what is short is divided by Webster's signposts, heavier weights losing more.
///
/// When nothing is left above the guarantees, everyone loses all the rest, whatever the weights.
pub(crate) fn losses(group: &Group, supply: u64, order: &Order<'_>) -> Result<Solved, Stop> {
    if u128::from(supply) <= total(&group.lower) {
        return Ok(Solved { seats: group.lower.clone(), tie: None, cut: Cut::Satisfied });
    }
    let short = clamp_u64(total(&group.upper).saturating_sub(supply.into()));
    let lost = Group {
        members: group.members.clone(),
        lower: vec![0; group.members.len()],
        upper: group.upper.iter().zip(&group.lower).map(|(upper, lower)| upper.saturating_sub(*lower)).collect(),
        weight: group.weight.clone(),
        scale: group.scale,
    };
    let solved = divisor::divide(Divisor::Webster, &lost, short, &order.reversed())?;
    let seats = group.upper.iter().zip(&solved.seats).map(|(upper, lost)| upper.saturating_sub(*lost)).collect();
    // Whoever was chosen to lose did not get the seat.
    let tie = solved.tie.map(|tie| {
        let chosen: Vec<usize> =
            tie.tied.iter().copied().filter(|position| tie.chosen.binary_search(position).is_err()).collect();
        Tie { places: clamp_u64(u128::try_from(chosen.len()).unwrap_or(0)), chosen, tied: tie.tied }
    });
    let cut = match solved.cut {
        Cut::Divisor { interval, .. } => Cut::Losses { interval },
        other @ (Cut::Satisfied
        | Cut::Losses { .. }
        | Cut::Level { .. }
        | Cut::Shares { .. }
        | Cut::Order
        | Cut::Steps) => other,
    };
    Ok(Solved { seats, tie, cut })
}

/// First come, first served: in the order that breaks ties, each up to its upper bound.
fn in_order(group: &Group, supply: u64, order: &Order<'_>) -> Solved {
    let mut left = u128::from(supply).saturating_sub(total(&group.lower));
    let mut seats = group.lower.clone();
    for position in order.ranked(group.members.clone()) {
        let Ok(index) = group.members.binary_search(&position) else {
            continue;
        };
        if let (Some(seat), Some(&upper)) = (seats.get_mut(index), group.upper.get(index)) {
            let more = left.min(upper.saturating_sub(*seat).into());
            *seat = seat.saturating_add(clamp_u64(more));
            left = left.saturating_sub(more);
        }
    }
    Solved { seats, tie: None, cut: Cut::Order }
}
