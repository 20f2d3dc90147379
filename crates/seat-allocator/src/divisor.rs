//! Divisor methods with bounds, by threshold: a few passes find the seats that are certain, an exact selection gives the
//! rest, ties included. Equal to giving one seat after the other to the largest weight ÷ signpost, in any number of seats.

use crate::allocation::Cut;
use crate::group::{Group, Solved, break_tie, total};
use crate::interval;
use crate::order::Order;
use crate::problem::Divisor;
use crate::search::{bracket, quotient};
use crate::stop::Stop;
use crate::wide::{Fraction, clamp_u64, divide as divide_wide};
use std::cmp::Ordering;

impl Divisor {
    /// Signpost `s(a)` ÷ weight, up to a factor (and, for Hill, a square) that is the same for all claims: the smaller, the
    /// earlier this claim gets its seat number `a + 1`.
    pub(crate) fn key(self, seats: u64, weight: u64) -> Fraction {
        let (a, w) = (u128::from(seats), u128::from(weight));
        let next = a.saturating_add(1);
        match self {
            Self::Adams => Fraction::new(a, w),
            Self::Dean => Fraction::new(a.saturating_mul(next), a.saturating_add(next).saturating_mul(w)),
            Self::Hill => Fraction::new(a.saturating_mul(next), w.saturating_mul(w)),
            Self::Webster => Fraction::new(a.saturating_add(next), w),
            Self::Jefferson => Fraction::new(next, w),
        }
    }

    /// Number of signposts at or below `level · weight`.
    fn count(self, level: u128, weight: u64) -> u64 {
        const ONE: u128 = 1 << 64;
        let (whole, fraction) = quotient(level, weight);
        let f = u128::from(fraction);
        // Past 2^63 the answer is beyond every bound.
        if whole >= 1 << 63 {
            return 1 << 63;
        }
        let up = match self {
            Self::Adams => true,
            // whole ≤ (2·whole + 1) · fraction
            Self::Dean => whole << 64 <= whole.saturating_mul(2).saturating_add(1).saturating_mul(f),
            // whole · (whole + 1) ≤ (whole + fraction)²
            Self::Hill => match ONE.checked_sub(f.saturating_mul(2)) {
                None => true,
                Some(gap) => whole.saturating_mul(gap) <= f.saturating_mul(f) >> 64,
            },
            Self::Webster => fraction >= 1 << 63,
            Self::Jefferson => false,
        };
        clamp_u64(whole.saturating_add(u128::from(up)))
    }

    /// Whether the first seat comes before everything else, because its signpost is zero.
    fn first_seat_is_free(self) -> bool {
        match self {
            Self::Adams | Self::Dean | Self::Hill => true,
            Self::Webster | Self::Jefferson => false,
        }
    }
}

/// A unit of a claim and its place in the order of giving.
#[derive(Debug, Clone, Copy)]
struct Unit {
    index: usize,
    key: Fraction,
}

/// Divides `supply`, which is at least the sum of the lower bounds.
pub(crate) fn divide(method: Divisor, group: &Group, supply: u64, order: &Order<'_>) -> Result<Solved, Stop> {
    let mut seats = group.lower.clone();
    let room = group
        .rows()
        .filter(|row| row.2 > 0)
        .fold(0_u128, |sum, (lower, upper, _)| sum.saturating_add(upper.saturating_sub(lower).into()));
    let given = total(&seats);
    let Some(left) = u128::from(supply).checked_sub(given).filter(|&left| left > 0) else {
        return Ok(Solved { seats, tie: None, cut: Cut::Satisfied });
    };
    if left > room {
        return Err(Stop::ZeroTotalWeight);
    }
    if left == room {
        for (seat, (_, upper, weight)) in seats.iter_mut().zip(group.rows()) {
            *seat = if weight > 0 { upper } else { *seat };
        }
        return Ok(Solved { seats, tie: None, cut: Cut::Satisfied });
    }

    let mut left = left;
    if method.first_seat_is_free() {
        // Every first seat precedes every second one; among first seats the heavier claim goes first.
        let firsts: Vec<Unit> = group
            .rows()
            .enumerate()
            .filter(|(_, (lower, upper, weight))| *lower == 0 && *upper > 0 && *weight > 0)
            .map(|(index, (_, _, weight))| Unit { index, key: Fraction::new(1, weight.into()) })
            .collect();
        let count = u128::try_from(firsts.len()).unwrap_or(u128::MAX);
        if left < count {
            let tie = take(firsts, left, &mut seats, group, order);
            let cut = interval::cut(method, group, &seats);
            return Ok(Solved { seats, tie, cut });
        }
        for unit in &firsts {
            raise(&mut seats, unit.index);
        }
        left = left.saturating_sub(count);
    }
    let tie = if left > 0 { threshold(method, group, supply, &mut seats, order) } else { None };
    let cut = interval::cut(method, group, &seats);
    Ok(Solved { seats, tie, cut })
}

/// Gives the seats that are left above `seats`, which become lower bounds.
fn threshold(
    method: Divisor,
    group: &Group,
    supply: u64,
    seats: &mut [u64],
    order: &Order<'_>,
) -> Option<crate::allocation::Tie> {
    let at = |level: u128, floor: u64, upper: u64, weight: u64| {
        if weight == 0 { floor } else { method.count(level, weight).clamp(floor, upper) }
    };
    let value = |level: u128| {
        seats.iter().zip(group.rows()).fold(0_u128, |sum, (&floor, (_, upper, weight))| {
            sum.saturating_add(at(level, floor, upper, weight).into())
        })
    };
    let many = u128::try_from(seats.len()).unwrap_or(u128::MAX);
    let target = u128::from(supply);
    let first = divide_wide(target << 64, total(&group.weight)).0;
    let found = bracket(target, first, (many / 16).saturating_add(64), value);

    let mut units = Vec::new();
    let mut left = target;
    for (index, (seat, (_, upper, weight))) in seats.iter_mut().zip(group.rows()).enumerate() {
        let (low, high) = (at(found.low, *seat, upper, weight), at(found.high, *seat, upper, weight));
        units.extend((low..high).map(|a| Unit { index, key: method.key(a, weight) }));
        left = left.saturating_sub(low.into());
        *seat = low;
    }
    take(units, left, seats, group, order)
}

/// Gives the first `places` units, exactly; equals at the cut are a tie.
fn take(
    mut units: Vec<Unit>,
    places: u128,
    seats: &mut [u64],
    group: &Group,
    order: &Order<'_>,
) -> Option<crate::allocation::Tie> {
    let places = usize::try_from(places).ok()?.min(units.len());
    let last = places.checked_sub(1)?;
    let (_, cut, _) = units.select_nth_unstable_by(last, |a, b| a.key.order(&b.key));
    let cut = cut.key;
    let mut certain = 0_usize;
    let mut tied = Vec::new();
    for unit in &units {
        match unit.key.order(&cut) {
            Ordering::Less => {
                raise(seats, unit.index);
                certain = certain.saturating_add(1);
            }
            Ordering::Equal => tied.push(unit.index),
            Ordering::Greater => {}
        }
    }
    let open = places.saturating_sub(certain);
    if open == tied.len() {
        tied.into_iter().for_each(|index| raise(seats, index));
        return None;
    }
    let index_of = |position: &usize| group.members.binary_search(position).ok();
    let tie = break_tie(tied.into_iter().map(|index| group.position(index)).collect(), open, order);
    tie.chosen.iter().filter_map(index_of).for_each(|index| raise(seats, index));
    Some(tie)
}

fn raise(seats: &mut [u64], index: usize) {
    if let Some(seat) = seats.get_mut(index) {
        *seat = seat.saturating_add(1);
    }
}
