//! The quota method once more, one house after the other.
#![allow(clippy::arithmetic_side_effects, reason = "big integers cannot overflow; counts are bounded first")]

use super::certificate::recorded;
use super::shares::{MOST_STEPS, filled, total};
use super::{Checked, Group, Violation};
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

/// Balinski and Young's definition, one house after the other.
pub(super) fn check(group: &Group, seats: &[u64], ranks: &[usize]) -> Checked {
    let steps = total(seats) - total(&group.lower);
    let steps = steps.to_usize().ok_or(Violation::TooLargeToCheck)?;
    if steps.saturating_mul(seats.len()).saturating_mul(seats.len()) > MOST_STEPS {
        return Err(Violation::TooLargeToCheck);
    }
    let rank = |index: usize| group.members.get(index).and_then(|&at| ranks.get(at)).copied().unwrap_or(usize::MAX);
    let mut held = group.lower.clone();
    // (price of the seat, who got it, who was as good and could have)
    let mut events: Vec<(BigRational, usize, Vec<usize>)> = Vec::new();
    for size in 1..=steps {
        let quotas = filled(group, total(&group.lower) + size).ok_or(Violation::TooLargeToCheck)?;
        let price = |index: usize| -> Option<BigRational> {
            let (held, weight) = (held.get(index)?, group.weight.get(index)?);
            let open =
                held < group.upper.get(index)? && BigRational::from_integer((*held).into()) < *quotas.get(index)?;
            (open && !weight.is_zero()).then(|| BigRational::from_integer((held + 1).into()) / weight)
        };
        let mut open: Vec<(BigRational, usize, usize)> =
            (0..seats.len()).filter_map(|index| Some((price(index)?, rank(index), index))).collect();
        open.sort();
        let Some((best, _, winner)) = open.first().cloned() else {
            return Err(Violation::TooLargeToCheck);
        };
        let equals = open.iter().filter(|(price, ..)| *price == best).map(|(.., index)| *index).collect();
        events.push((best, winner, equals));
        if let Some(slot) = held.get_mut(winner) {
            *slot += 1;
        }
    }
    if let Some(index) = held.iter().zip(seats).position(|(expected, found)| expected != found) {
        return Err(Violation::Share { claim: group.members.get(index).copied().unwrap_or(usize::MAX) });
    }
    // Of the latest equals, some may never have been served.
    let Some((price, ..)) = events.iter().max_by(|a, b| a.0.cmp(&b.0)) else {
        return Ok(None);
    };
    let same: Vec<_> = events.iter().filter(|event| event.0 == *price).collect();
    let served: Vec<usize> = same.iter().map(|event| event.1).collect();
    let mut lost: Vec<usize> =
        same.iter().flat_map(|event| event.2.clone()).filter(|at| !served.contains(at)).collect();
    lost.sort_unstable();
    lost.dedup();
    // Who was served before any of the losers was eligible did not win against them.
    let won = same.iter().filter(|event| event.2.iter().any(|at| lost.contains(at))).map(|event| event.1);
    let won: Vec<usize> = won.collect();
    if lost.is_empty() { Ok(None) } else { Ok(Some(recorded(&won, &lost, group))) }
}
