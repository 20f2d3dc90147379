//! Rules without a path of their own through bounds: guarantees first, then the rule on what is still asked.

use crate::allocate::losses;
use crate::allocation::Cut;
use crate::continuous::claims_rule;
use crate::divisor;
use crate::group::{Group, Solved, total};
use crate::order::Order;
use crate::problem::{Divisor, Rule};
use crate::ratio::Ratio;
use crate::remainder::give_largest;
use crate::stop::Stop;
use crate::wide::clamp_u64;

/// Divides `supply`, between the sums of lower and upper bounds.
pub(crate) fn divide(rule: Rule, group: &Group, supply: u64, order: &Order<'_>) -> Result<Solved, Stop> {
    let asked: Vec<u64> =
        group.upper.iter().zip(&group.lower).map(|(upper, lower)| upper.saturating_sub(*lower)).collect();
    let rest = supply.saturating_sub(clamp_u64(total(&group.lower)));
    let mut solved = match rule {
        Rule::Talmud => halves(group, asked, rest, order, awards, losses_of),
        Rule::ReverseTalmud => halves(group, asked, rest, order, losses_of, awards),
        Rule::Piniles => halves(group, asked, rest, order, awards, awards),
        Rule::ConstrainedEqualAwardsAboveGuarantee => awards(
            &Group { lower: vec![0; asked.len()], upper: asked, weight: group.weight.clone(), ..like(group) },
            rest,
            order,
        ),
        Rule::ProportionalAboveGuarantee => awards(
            &Group { lower: vec![0; asked.len()], weight: asked.clone(), upper: asked, ..like(group) },
            rest,
            order,
        ),
        Rule::AdjustedProportional
        | Rule::RandomArrival
        | Rule::MinimalOverlap
        | Rule::ConstrainedEgalitarian
        | Rule::DominguezThomson
        | Rule::AverageOfCeaCel
        | Rule::Divisor(_)
        | Rule::LargestRemainder
        | Rule::Quota
        | Rule::ConstrainedEqualAwards
        | Rule::ConstrainedEqualLosses
        | Rule::ProportionalToRequest
        | Rule::Priority => rounded(rule, group, &asked, rest, order),
    }?;
    for (seat, lower) in solved.seats.iter_mut().zip(&group.lower) {
        *seat = seat.saturating_add(*lower);
    }
    Ok(solved)
}

/// A group of the same members, without bounds and weights.
fn like(group: &Group) -> Group {
    Group { members: group.members.clone(), scale: group.scale, ..Group::default() }
}

type Step = fn(&Group, u64, &Order<'_>) -> Result<Solved, Stop>;

fn awards(group: &Group, supply: u64, order: &Order<'_>) -> Result<Solved, Stop> {
    divisor::divide(Divisor::Webster, group, supply, order)
}

fn losses_of(group: &Group, supply: u64, order: &Order<'_>) -> Result<Solved, Stop> {
    losses(group, supply, order)
}

/// One rule on half the claims (an odd seat belongs to the second half), another beyond.
fn halves(
    group: &Group,
    asked: Vec<u64>,
    supply: u64,
    order: &Order<'_>,
    first: Step,
    second: Step,
) -> Result<Solved, Stop> {
    let lower: Vec<u64> = asked.iter().map(|claim| claim >> 1).collect();
    let half = |upper: Vec<u64>| Group {
        lower: vec![0; upper.len()],
        weight: vec![1; upper.len()],
        upper,
        members: group.members.clone(),
        scale: 1,
    };
    let middle = total(&lower);
    if u128::from(supply) <= middle {
        return Ok(Solved { cut: Cut::Steps, ..first(&half(lower), supply, order)? });
    }
    let upper = asked.iter().zip(&lower).map(|(claim, lower)| claim.saturating_sub(*lower)).collect();
    let more = second(&half(upper), supply.saturating_sub(clamp_u64(middle)), order)?;
    let seats = lower.iter().zip(&more.seats).map(|(half, more)| half.saturating_add(*more)).collect();
    Ok(Solved { seats, tie: more.tie, cut: Cut::Steps })
}

/// The exact shares, rounded by the largest remainder.
fn rounded(rule: Rule, group: &Group, asked: &[u64], supply: u64, order: &Order<'_>) -> Result<Solved, Stop> {
    let claims: Vec<Ratio> = asked.iter().map(|&claim| Ratio::from(claim)).collect();
    let shares = claims_rule(rule, &claims, &Ratio::from(supply))?;
    let (seats, fractions): (Vec<u64>, Vec<Ratio>) = shares
        .iter()
        .map(|share| {
            let whole = Ratio::of_big(share.floor(), 1.into());
            (whole.to_u64().unwrap_or(0), share.minus(&whole))
        })
        .unzip();
    let (seats, tie, leftover) = give_largest(seats, &fractions, supply, |index| group.position(index), order);
    Ok(Solved { seats, tie, cut: Cut::Shares { leftover, exact: shares } })
}
