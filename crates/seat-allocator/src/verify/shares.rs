//! Exact shares once more, straight from the definitions, without regard to speed.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "big integers cannot overflow; every divisor is checked"
)]

use super::certificate::recorded;
use super::{Checked, Group, Violation};
use crate::problem::Rule;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

/// Most steps of the plain methods.
const MOST_STEPS: usize = 20_000_000;
/// Most claims of which all sets are enumerated.
const MOST_IN_SETS: usize = 16;

pub(super) fn total(seats: &[u64]) -> BigInt {
    seats.iter().map(|&seats| BigInt::from(seats)).sum()
}

/// `λ · weight` within the bounds, adding up to `target`: the level is tried at every bound, then solved in between.
fn level_fill(
    rows: &[(BigRational, BigRational, BigRational)],
    target: &BigRational,
) -> Option<Vec<BigRational>> {
    let at = |level: &BigRational| -> Vec<BigRational> {
        rows.iter()
            .map(|(lower, upper, weight)| {
                let filled = level * weight;
                if filled < *lower {
                    lower.clone()
                } else if filled > *upper {
                    upper.clone()
                } else {
                    filled
                }
            })
            .collect()
    };
    let sum = |level: &BigRational| at(level).into_iter().sum::<BigRational>();
    let mut levels: Vec<BigRational> = rows
        .iter()
        .filter(|(_, _, weight)| !weight.is_zero())
        .flat_map(|(lower, upper, weight)| [lower / weight, upper / weight])
        .chain([BigRational::zero()])
        .collect();
    levels.sort();
    let first = levels.partition_point(|level| sum(level) < *target);
    let high = levels.get(first)?;
    let Some(low) = first.checked_sub(1).and_then(|index| levels.get(index)) else {
        return Some(at(high));
    };
    let (below, above) = (sum(low), sum(high));
    let level = if above == below {
        high.clone()
    } else {
        low + (high - low) * (target - &below) / (above - &below)
    };
    Some(at(&level))
}

/// Quotas by weight within the bounds.
pub(super) fn filled(group: &Group, target: BigInt) -> Option<Vec<BigRational>> {
    let whole = |seats: &u64| BigRational::from_integer((*seats).into());
    let rows: Vec<_> = group
        .lower
        .iter()
        .zip(&group.upper)
        .zip(&group.weight)
        .map(|((lower, upper), weight)| (whole(lower), whole(upper), weight.clone()))
        .collect();
    level_fill(&rows, &BigRational::from_integer(target))
}

fn equal_awards(claims: &[BigRational], endowment: &BigRational) -> Option<Vec<BigRational>> {
    let rows: Vec<_> = claims
        .iter()
        .map(|claim| (BigRational::zero(), claim.clone(), BigRational::one()))
        .collect();
    level_fill(&rows, endowment)
}

/// Shares of the rules that know only claims and an endowment; nothing when there is too much to enumerate.
pub(super) fn of_claims(
    rule: Rule,
    claims: &[BigRational],
    endowment: &BigRational,
) -> Option<Vec<BigRational>> {
    let half = BigRational::new(1.into(), 2.into());
    let zero = BigRational::zero();
    let all: BigRational = claims.iter().sum();
    match rule {
        Rule::AdjustedProportional => {
            let rights: Vec<BigRational> = claims
                .iter()
                .map(|claim| (endowment - (&all - claim)).max(zero.clone()))
                .collect();
            let rest = endowment - rights.iter().sum::<BigRational>();
            let open: Vec<BigRational> = claims
                .iter()
                .zip(&rights)
                .map(|(claim, right)| (claim - right).min(rest.clone()))
                .collect();
            let sum: BigRational = open.iter().sum();
            if sum.is_zero() {
                return Some(rights);
            }
            Some(
                rights
                    .iter()
                    .zip(&open)
                    .map(|(right, open)| right + open * &rest / &sum)
                    .collect(),
            )
        }
        Rule::ConstrainedEgalitarian => {
            let small = endowment * BigRational::from_integer(2.into()) <= all;
            let row = |claim: &BigRational| {
                let middle = claim * &half;
                if small {
                    (zero.clone(), middle, BigRational::one())
                } else {
                    (middle, claim.clone(), BigRational::one())
                }
            };
            level_fill(&claims.iter().map(row).collect::<Vec<_>>(), endowment)
        }
        Rule::AverageOfCeaCel => {
            let awards = equal_awards(claims, endowment)?;
            let losses = equal_awards(claims, &(all - endowment))?;
            Some(
                claims
                    .iter()
                    .zip(awards.iter().zip(&losses))
                    .map(|(c, (a, l))| (a + c - l) * &half)
                    .collect(),
            )
        }
        Rule::MinimalOverlap => Some(minimal_overlap(claims, endowment)),
        Rule::DominguezThomson => dominguez_thomson(claims, endowment.clone()),
        Rule::RandomArrival => random_arrival(claims, endowment),
        Rule::Divisor(_)
        | Rule::LargestRemainder
        | Rule::Quota
        | Rule::ConstrainedEqualAwards
        | Rule::ConstrainedEqualLosses
        | Rule::ProportionalToRequest
        | Rule::Talmud
        | Rule::ReverseTalmud
        | Rule::Piniles
        | Rule::Priority
        | Rule::ConstrainedEqualAwardsAboveGuarantee
        | Rule::ProportionalAboveGuarantee => None,
    }
}

/// The height is halved in until the claims around it are known; then every slice below it is shared by those who reach it.
fn minimal_overlap(claims: &[BigRational], endowment: &BigRational) -> Vec<BigRational> {
    let cut: Vec<BigRational> = claims
        .iter()
        .map(|claim| claim.clone().min(endowment.clone()))
        .collect();
    let alone = |height: &BigRational| -> BigRational {
        cut.iter()
            .map(|claim| (claim - height).max(BigRational::zero()))
            .sum()
    };
    let mut heights: Vec<BigRational> = cut
        .iter()
        .cloned()
        .chain([BigRational::zero(), endowment.clone()])
        .collect();
    heights.sort();
    heights.dedup();
    let excess = |height: &BigRational| height + alone(height) - endowment;
    let mut base = endowment.clone();
    for pair in heights.windows(2) {
        if let [low, high] = pair {
            let (at_low, at_high) = (excess(low), excess(high));
            if at_low.is_zero() || (at_low > BigRational::zero() && at_high < BigRational::zero()) {
                let fall = &at_low - &at_high;
                base = if fall.is_zero() {
                    low.clone()
                } else {
                    low + (high - low) * &at_low / fall
                };
                break;
            }
        }
    }
    if excess(&base) != BigRational::zero() || cut.iter().any(|claim| claim >= endowment) {
        base = endowment.clone();
    }
    heights.push(base.clone());
    heights.sort();
    let mut awards: Vec<BigRational> = cut
        .iter()
        .map(|claim| (claim - &base).max(BigRational::zero()))
        .collect();
    for pair in heights.windows(2) {
        if let [low, high] = pair
            && *high <= base
        {
            let sharing = cut.iter().filter(|claim| *claim >= high).count();
            for (award, _) in awards
                .iter_mut()
                .zip(&cut)
                .filter(|(_, claim)| *claim >= high)
            {
                *award += (high - low) / BigRational::from_integer(sharing.into());
            }
        }
    }
    awards
}

fn dominguez_thomson(claims: &[BigRational], mut left: BigRational) -> Option<Vec<BigRational>> {
    let mut open = claims.to_vec();
    for _ in 0..5_000 {
        if left.is_zero() {
            return Some(
                claims
                    .iter()
                    .zip(&open)
                    .map(|(claim, open)| claim - open)
                    .collect(),
            );
        }
        let count = BigRational::from_integer(claims.len().into());
        let before = left.clone();
        for claim in &mut open {
            let secured = claim.clone().min(before.clone()) / &count;
            *claim -= &secured;
            left -= secured;
        }
    }
    None
}

/// The mean over all orders: by all sets for few claims, by counting sums of the others for whole seats.
fn random_arrival(claims: &[BigRational], endowment: &BigRational) -> Option<Vec<BigRational>> {
    if claims.len() <= MOST_IN_SETS {
        return Some(by_sets(claims, endowment));
    }
    let supply = endowment.to_usize().filter(|_| endowment.is_integer())?;
    let size = |claim: &BigRational| {
        claim
            .to_usize()
            .filter(|_| claim.is_integer())
            .map(|size| size.min(supply))
    };
    let sizes = claims.iter().map(size).collect::<Option<Vec<usize>>>()?;
    let work = sizes
        .len()
        .checked_pow(3)?
        .checked_mul(supply.saturating_add(1))?;
    if work > MOST_STEPS {
        return None;
    }
    Some(
        (0..sizes.len())
            .map(|own| by_sums(&sizes, own, supply))
            .collect(),
    )
}

fn by_sets(claims: &[BigRational], endowment: &BigRational) -> Vec<BigRational> {
    let count = claims.len();
    let member = |set: usize, index: usize| (set >> index) & 1 == 1;
    let mut orders = vec![BigInt::one()];
    for k in 1..=count {
        orders.push(orders.last().cloned().unwrap_or_default() * k);
    }
    let orders = |k: usize| orders.get(k).cloned().unwrap_or_default();
    let mut awards = vec![BigRational::zero(); count];
    for set in 0..(1_usize << count) {
        let taken: BigRational = claims
            .iter()
            .enumerate()
            .filter(|(index, _)| member(set, *index))
            .map(|(_, claim)| claim)
            .sum();
        let left = (endowment - taken).max(BigRational::zero());
        let before = usize::try_from(set.count_ones()).unwrap_or(0);
        for (index, (award, claim)) in awards.iter_mut().zip(claims).enumerate() {
            if !member(set, index) {
                let ways = orders(before) * orders(count - before - 1);
                *award += claim.clone().min(left.clone()) * BigRational::new(ways, orders(count));
            }
        }
    }
    awards
}

fn by_sums(sizes: &[usize], own: usize, supply: usize) -> BigRational {
    let mut ways = vec![vec![BigInt::zero(); supply + 1]; sizes.len()];
    if let Some(none) = ways.first_mut().and_then(|row| row.first_mut()) {
        *none = BigInt::one();
    }
    for (_, &size) in sizes.iter().enumerate().filter(|(index, _)| *index != own) {
        for k in (1..sizes.len()).rev() {
            for sum in (size..=supply).rev() {
                let smaller = ways
                    .get(k - 1)
                    .and_then(|row| row.get(sum - size))
                    .cloned()
                    .unwrap_or_default();
                if let Some(slot) = ways.get_mut(k).and_then(|row| row.get_mut(sum)) {
                    *slot += smaller;
                }
            }
        }
    }
    let claim = sizes.get(own).copied().unwrap_or(0);
    let mut choices = BigInt::one();
    let mut award = BigRational::zero();
    for (k, row) in ways.into_iter().enumerate() {
        let sum: BigInt = row
            .into_iter()
            .enumerate()
            .map(|(sum, ways)| ways * (supply - sum).min(claim))
            .sum();
        award += BigRational::new(sum, choices.clone());
        choices = choices * (sizes.len() - 1 - k.min(sizes.len() - 1)) / (k + 1);
        if choices.is_zero() {
            break;
        }
    }
    award / BigRational::from_integer(sizes.len().into())
}

/// Balinski and Young's definition, one house after the other.
pub(super) fn quota_method(group: &Group, seats: &[u64], ranks: &[usize]) -> Checked {
    let steps = total(seats) - total(&group.lower);
    let steps = steps.to_usize().ok_or(Violation::TooLargeToCheck)?;
    if steps
        .saturating_mul(seats.len())
        .saturating_mul(seats.len())
        > MOST_STEPS
    {
        return Err(Violation::TooLargeToCheck);
    }
    let rank = |index: usize| {
        group
            .members
            .get(index)
            .and_then(|&at| ranks.get(at))
            .copied()
            .unwrap_or(usize::MAX)
    };
    let mut held = group.lower.clone();
    // (price of the seat, who got it, who was as good and could have)
    let mut events: Vec<(BigRational, usize, Vec<usize>)> = Vec::new();
    for size in 1..=steps {
        let quotas = filled(group, total(&group.lower) + size).ok_or(Violation::TooLargeToCheck)?;
        let price = |index: usize| -> Option<BigRational> {
            let (held, weight) = (held.get(index)?, group.weight.get(index)?);
            let open = held < group.upper.get(index)?
                && BigRational::from_integer((*held).into()) < *quotas.get(index)?;
            (open && !weight.is_zero())
                .then(|| BigRational::from_integer((held + 1).into()) / weight)
        };
        let mut open: Vec<(BigRational, usize, usize)> = (0..seats.len())
            .filter_map(|index| Some((price(index)?, rank(index), index)))
            .collect();
        open.sort();
        let Some((best, _, winner)) = open.first().cloned() else {
            return Err(Violation::TooLargeToCheck);
        };
        let equals = open
            .iter()
            .filter(|(price, ..)| *price == best)
            .map(|(.., index)| *index)
            .collect();
        events.push((best, winner, equals));
        if let Some(slot) = held.get_mut(winner) {
            *slot += 1;
        }
    }
    if let Some(index) = held
        .iter()
        .zip(seats)
        .position(|(expected, found)| expected != found)
    {
        return Err(Violation::Share {
            claim: group.members.get(index).copied().unwrap_or(usize::MAX),
        });
    }
    // Of the latest equals, some may never have been served.
    let Some((price, ..)) = events.iter().max_by(|a, b| a.0.cmp(&b.0)) else {
        return Ok(None);
    };
    let same: Vec<_> = events.iter().filter(|event| event.0 == *price).collect();
    let served: Vec<usize> = same.iter().map(|event| event.1).collect();
    let mut lost: Vec<usize> = same
        .iter()
        .flat_map(|event| event.2.clone())
        .filter(|at| !served.contains(at))
        .collect();
    lost.sort_unstable();
    lost.dedup();
    // Who was served before any of the losers was eligible did not win against them.
    let won = same
        .iter()
        .filter(|event| event.2.iter().any(|at| lost.contains(at)))
        .map(|event| event.1);
    let won: Vec<usize> = won.collect();
    if lost.is_empty() {
        Ok(None)
    } else {
        Ok(Some(recorded(&won, &lost, group)))
    }
}
