//! The quota method of Balinski and Young: Jefferson's order among the claims that stay within their quota rounded up, one
//! house size after the other. With bounds, the quota is the water-filled one. Deliberately seat by seat: who may take
//! the next seat depends on every size before it.

use crate::allocation::{Cut, Tie};
use crate::group::{Group, Solved, ranks, total};
use crate::order::Order;
use crate::stop::Stop;
use crate::wide::{Fraction, clamp_u64, product};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Most seats given one by one.
const MOST_SEATS: u64 = 5_000_000;

/// A claim in one of the two queues, smallest key first, equals in the order of ties.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    key: Fraction,
    rank: usize,
    index: usize,
    since: u64,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.order(&other.key).then(self.rank.cmp(&other.rank))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Divides `supply`, which is at least the sum of the lower bounds.
pub(crate) fn divide(group: &Group, supply: u64, order: &Order<'_>) -> Result<Solved, Stop> {
    let start = clamp_u64(total(&group.lower));
    if supply.saturating_sub(start) > MOST_SEATS {
        return Err(Stop::TooManySeats { most: MOST_SEATS });
    }
    let rank = ranks(group, order);
    let mut seats = group.lower.clone();
    let mut waiting = BinaryHeap::new();
    for (index, ((lower, upper, weight), &rank)) in group.rows().zip(&rank).enumerate() {
        if weight > 0 && lower < upper {
            waiting.push(Reverse(Entry { key: Fraction::new(lower.into(), weight.into()), rank, index, since: start }));
        }
    }
    let mut ready: BinaryHeap<Reverse<Entry>> = BinaryHeap::new();
    let mut quotas = Quotas::new(group);
    let mut run = Run::default();
    for size in start.saturating_add(1)..=supply {
        let level = quotas.level(size).ok_or(Stop::ZeroTotalWeight)?;
        while waiting.peek().is_some_and(|Reverse(entry)| entry.key.order(&level) == Ordering::Less) {
            let Some(Reverse(entry)) = waiting.pop() else {
                break;
            };
            let next = Fraction::new(entry.key.above.saturating_add(1), entry.key.below);
            ready.push(Reverse(Entry { key: next, since: size, ..entry }));
        }
        let Reverse(entry) = ready.pop().ok_or(Stop::ZeroTotalWeight)?;
        if let (Some(seat), Some(&upper)) = (seats.get_mut(entry.index), group.upper.get(entry.index)) {
            *seat = seat.saturating_add(1);
            run.give(size, &entry);
            if *seat < upper {
                waiting.push(Reverse(entry));
            }
        }
    }
    let tie = run.tie(&ready, group);
    Ok(Solved { seats, tie, cut: Cut::Steps })
}

/// The latest seats that were given for the same key.
#[derive(Debug, Default)]
struct Run {
    key: Option<Fraction>,
    given: Vec<(u64, usize)>,
}

impl Run {
    fn give(&mut self, size: u64, entry: &Entry) {
        match self.key.map(|key| entry.key.order(&key)) {
            // A claim that became eligible later and ranks before does not end the run.
            Some(Ordering::Less) => {}
            Some(Ordering::Equal) => self.given.push((size, entry.index)),
            Some(Ordering::Greater) | None => {
                self.key = Some(entry.key);
                self.given = vec![(size, entry.index)];
            }
        }
    }

    /// The tie between those who got a seat for this key and those who could have and did not.
    fn tie(&self, ready: &BinaryHeap<Reverse<Entry>>, group: &Group) -> Option<Tie> {
        let key = self.key?;
        let (last, _) = self.given.last()?;
        let left: Vec<&Entry> = ready
            .iter()
            .map(|Reverse(entry)| entry)
            .filter(|entry| entry.since <= *last && entry.key.order(&key) == Ordering::Equal)
            .collect();
        let since = left.iter().map(|entry| entry.since).min()?;
        let mut chosen: Vec<usize> =
            self.given.iter().filter(|(size, _)| *size >= since).map(|(_, index)| group.position(*index)).collect();
        let mut tied: Vec<usize> = left.iter().map(|entry| group.position(entry.index)).collect();
        tied.extend(&chosen);
        tied.sort_unstable();
        chosen.sort_unstable();
        Some(Tie { places: clamp_u64(u128::try_from(chosen.len()).unwrap_or(0)), tied, chosen })
    }
}

/// The water-filled level for one size after the other.
struct Quotas {
    /// Bounds as levels, highest first, with what they change: (bound, weight, starts).
    turns: Vec<(Fraction, bool)>,
    fixed: u128,
    rising: u128,
}

impl Quotas {
    fn new(group: &Group) -> Self {
        let mut turns = Vec::with_capacity(group.members.len().saturating_mul(2));
        for (lower, upper, weight) in group.rows().filter(|row| row.2 > 0 && row.0 < row.1) {
            turns.push((Fraction::new(lower.into(), weight.into()), true));
            turns.push((Fraction::new(upper.into(), weight.into()), false));
        }
        turns.sort_unstable_by(|a, b| b.0.order(&a.0));
        Self { turns, fixed: total(&group.lower), rising: 0 }
    }

    /// The level at which the quotas add up to `size`; sizes must not fall. Nothing when no claim can rise so far.
    fn level(&mut self, size: u64) -> Option<Fraction> {
        let size = u128::from(size);
        while let Some((turn, starts)) = self.turns.last() {
            // fixed + rising · turn ≥ size: the level lies before this turn.
            let need = product(size.saturating_sub(self.fixed), turn.below);
            if self.rising > 0 && product(self.rising, turn.above) >= need {
                break;
            }
            if *starts {
                self.fixed = self.fixed.saturating_sub(turn.above);
                self.rising = self.rising.saturating_add(turn.below);
            } else {
                self.fixed = self.fixed.saturating_add(turn.above);
                self.rising = self.rising.saturating_sub(turn.below);
            }
            self.turns.pop();
        }
        (self.rising > 0).then(|| Fraction::new(size.saturating_sub(self.fixed), self.rising))
    }
}
