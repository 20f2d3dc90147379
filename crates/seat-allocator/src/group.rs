//! Claims that one division serves together: bounds and weights in parallel arrays, and what a division answers.

use crate::allocation::{Cut, Tie};
use crate::order::Order;
use crate::wide::clamp_u64;

/// Claims of one class; every array has the length of `members`.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// Positions in the problem, ascending.
    pub(crate) members: Vec<usize>,
    pub(crate) lower: Vec<u64>,
    pub(crate) upper: Vec<u64>,
    pub(crate) weight: Vec<u64>,
    /// Weights are `scale` times those of the problem, which makes them whole.
    pub(crate) scale: u64,
}

/// Seats of a group, in its order.
#[derive(Debug)]
pub(crate) struct Solved {
    pub(crate) seats: Vec<u64>,
    pub(crate) tie: Option<Tie>,
    pub(crate) cut: Cut,
}

impl Group {
    /// No claims yet, weights as they are.
    pub(crate) fn with_capacity(claims: usize) -> Self {
        Self {
            members: Vec::with_capacity(claims),
            lower: Vec::with_capacity(claims),
            upper: Vec::with_capacity(claims),
            weight: Vec::with_capacity(claims),
            scale: 1,
        }
    }

    pub(crate) fn push(&mut self, member: usize, lower: u64, upper: u64, weight: u64) {
        self.members.push(member);
        self.lower.push(lower);
        self.upper.push(upper);
        self.weight.push(weight);
    }

    /// (lower, upper, weight) of each claim.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        self.lower.iter().zip(&self.upper).zip(&self.weight).map(|((&lower, &upper), &weight)| (lower, upper, weight))
    }

    pub(crate) fn position(&self, index: usize) -> usize {
        self.members.get(index).copied().unwrap_or(usize::MAX)
    }
}

pub(crate) fn total(values: &[u64]) -> u128 {
    values.iter().fold(0, |sum, &value| sum.saturating_add(value.into()))
}

/// Place of every claim of the group in the order of ties.
pub(crate) fn ranks(group: &Group, order: &Order<'_>) -> Vec<usize> {
    let mut ranks = vec![0; group.members.len()];
    for (rank, position) in order.ranked(group.members.clone()).into_iter().enumerate() {
        if let Some(slot) = group.members.binary_search(&position).ok().and_then(|index| ranks.get_mut(index)) {
            *slot = rank;
        }
    }
    ranks
}

/// Chooses `places` of the tied positions: the best by the order, or the worst when seats are being lost.
pub(crate) fn break_tie(tied: Vec<usize>, places: usize, order: &Order<'_>) -> Tie {
    let mut chosen = order.ranked(tied.clone());
    chosen.truncate(places);
    chosen.sort_unstable();
    let mut tied = tied;
    tied.sort_unstable();
    Tie { tied, places: clamp_u64(u128::try_from(places).unwrap_or(u128::MAX)), chosen }
}
