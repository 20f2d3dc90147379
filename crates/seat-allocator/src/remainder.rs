//! Largest remainder: quotas cut to whole seats, then one seat each to the largest fractions. It serves Hamilton's method
//! and the integer form of the claims rules that are defined by shares rather than seat by seat.

use crate::allocation::{Cut, Tie};
use crate::fill;
use crate::group::{Group, Solved, break_tie, total};
use crate::order::Order;
use crate::ratio::Ratio;
use crate::stop::Stop;
use crate::wide::clamp_u64;

/// Hamilton's method with bounds, weights as they stand in the group.
pub(crate) fn divide(group: &Group, supply: u64, order: &Order<'_>) -> Result<Solved, Stop> {
    let room = group
        .rows()
        .filter(|row| row.2 > 0)
        .fold(0_u128, |sum, (lower, upper, _)| sum.saturating_add(upper.saturating_sub(lower).into()));
    let left = u128::from(supply).saturating_sub(total(&group.lower));
    if left > room {
        return Err(Stop::ZeroTotalWeight);
    }
    if left == 0 || left == room {
        let seats =
            group.rows().map(|(lower, upper, weight)| if left > 0 && weight > 0 { upper } else { lower }).collect();
        return Ok(Solved { seats, tie: None, cut: Cut::Satisfied });
    }
    let level = fill::level(group, supply);
    let below = level.below.max(1);
    let quotas = group.rows().map(|(lower, upper, weight)| level.quota(lower, upper, weight));
    let (seats, fractions): (Vec<u64>, Vec<u128>) = quotas.unzip();
    let (seats, tie, leftover) = give_largest(seats, &fractions, supply, |index| group.position(index), order);
    // `level` counts in whole weights; in the weights of the problem it is `scale` times as much.
    let level = Ratio::of_integers(level.above, below).times(&Ratio::from(group.scale));
    Ok(Solved { seats, tie, cut: Cut::Level { level, leftover } })
}

/// Gives what `seats` leave of the supply to the largest `fractions`, one each; equals at the cut are a tie.
pub(crate) fn give_largest<F: Ord>(
    mut seats: Vec<u64>,
    fractions: &[F],
    supply: u64,
    position: impl Fn(usize) -> usize,
    order: &Order<'_>,
) -> (Vec<u64>, Option<Tie>, u64) {
    let leftover = clamp_u64(u128::from(supply).saturating_sub(total(&seats)));
    let places = usize::try_from(leftover).unwrap_or(usize::MAX);
    let Some(last) = places.checked_sub(1).filter(|&last| last < fractions.len()) else {
        return (seats, None, leftover);
    };
    let mut ranked: Vec<(usize, &F)> = fractions.iter().enumerate().collect();
    let (_, &mut (_, cut), _) = ranked.select_nth_unstable_by(last, |a, b| b.1.cmp(a.1));
    let mut certain = 0_usize;
    let mut tied = Vec::new();
    for (index, (seat, fraction)) in seats.iter_mut().zip(fractions).enumerate() {
        if fraction > cut {
            *seat = seat.saturating_add(1);
            certain = certain.saturating_add(1);
        } else if fraction == cut {
            tied.push(index);
        }
    }
    let open = places.saturating_sub(certain);
    let tie = (open < tied.len()).then(|| break_tie(tied.iter().map(|&index| position(index)).collect(), open, order));
    for index in tied {
        let wins = tie.as_ref().is_none_or(|tie| tie.chosen.binary_search(&position(index)).is_ok());
        if let Some(seat) = seats.get_mut(index).filter(|_| wins) {
            *seat = seat.saturating_add(1);
        }
    }
    (seats, tie, leftover)
}
