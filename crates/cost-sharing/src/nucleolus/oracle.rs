//! Which open coalition is worst off at given shares? Answered exactly, for seat games and for explicit tables.
//! Seat games use a knapsack that keeps for each number of seats the best coalition and the best with another label, so that
//! coalitions that are already determined (label 0) are passed over without being listed.

use super::span::{add, multiply, residue};
use crate::error::{Error, Fault};
use crate::shapley::Groups;

/// A coalition by its members of each group, what it costs, and how far it is beyond its cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) members: Vec<i128>,
    pub(crate) weight: i128,
    pub(crate) cost: i128,
    pub(crate) excess: i128,
}

/// A question: the coalitions with the largest `values(S) + t w(S) - scale c(S)` among those with a label that is not 0.
pub(crate) struct Query<'a> {
    /// Share of one member of each group.
    pub(crate) values: &'a [i128],
    pub(crate) level: i128,
    pub(crate) scale: i128,
    pub(crate) labels: &'a [u64],
    /// How many coalitions to answer at most.
    pub(crate) most: usize,
}

/// A game that can name its worst coalitions.
pub(crate) trait Oracle {
    /// Members in each group.
    fn counts(&self) -> &[i128];
    /// Cost of all members.
    fn whole(&self) -> i128;
    /// Cost of one member of each group by itself.
    fn alone(&self) -> &[i128];
    /// Cost of a coalition given by its members of each group.
    fn cost(&self, members: &[i128]) -> Option<i128>;
    /// Largest absolute cost.
    fn largest(&self) -> i128;
    /// Rough number of steps of one answer.
    fn steps(&self) -> u64;
    /// Worst coalitions, worst first; `None` past the range.
    fn worst(&self, query: &Query<'_>) -> Option<Vec<Cut>>;
}

/// A seat game by groups.
pub(crate) struct Seats<'a> {
    groups: &'a Groups,
    counts: Vec<i128>,
    alone: Vec<i128>,
    per_head: bool,
}

/// Most members with seats: their sets are kept as bits.
const MOST_PLAYERS: usize = 128;
/// Most seats in units of their common divisor: each keeps two coalitions.
const MOST_UNITS: usize = 1_000_000;

impl<'a> Seats<'a> {
    pub(crate) fn new(groups: &'a Groups, per_head: bool) -> Result<Self, Error> {
        let out_of_range = || Error::at("/members", Fault::OutOfRange);
        if groups.players() > MOST_PLAYERS {
            return Err(Error::at("/members", Fault::TooManyMembers { limit: MOST_PLAYERS }));
        }
        if groups.cost.len() > MOST_UNITS {
            return Err(out_of_range());
        }
        let counts = groups.counts.iter().map(|count| i128::try_from(*count)).collect::<Result<_, _>>();
        let alone = groups.demands.iter().map(|demand| groups.cost.get(*demand).map(|yen| i128::from(*yen)));
        Ok(Self {
            groups,
            counts: counts.map_err(|_error| out_of_range())?,
            alone: alone.collect::<Option<_>>().ok_or_else(out_of_range)?,
            per_head,
        })
    }
}

/// The best coalition of a number of seats: what it pays, its label, its members.
#[derive(Clone, Copy)]
struct Best {
    value: i128,
    label: u64,
    mask: u128,
}

/// No coalition.
const NONE: Best = Best { value: i128::MIN, label: 0, mask: 0 };

/// The best coalition and the best with another label.
#[derive(Clone, Copy)]
struct Pair {
    first: Best,
    second: Best,
}

impl Pair {
    fn offer(&mut self, best: Best) {
        if best.value > self.first.value {
            if best.label != self.first.label {
                self.second = self.first;
            }
            self.first = best;
        } else if best.label != self.first.label && best.value > self.second.value {
            self.second = best;
        }
    }
}

impl Oracle for Seats<'_> {
    fn counts(&self) -> &[i128] {
        &self.counts
    }

    fn whole(&self) -> i128 {
        self.groups.cost.last().map_or(0, |yen| i128::from(*yen))
    }

    fn alone(&self) -> &[i128] {
        &self.alone
    }

    fn cost(&self, members: &[i128]) -> Option<i128> {
        let mut seats = 0_usize;
        for (demand, count) in self.groups.demands.iter().zip(members) {
            seats = seats.checked_add(demand.checked_mul(usize::try_from(*count).ok()?)?)?;
        }
        self.groups.cost.get(seats).map(|yen| i128::from(*yen))
    }

    fn largest(&self) -> i128 {
        self.groups.cost.iter().map(|yen| i128::from(*yen).abs()).max().unwrap_or(0)
    }

    fn steps(&self) -> u64 {
        let cells = self.groups.cost.len().saturating_mul(self.groups.players());
        u64::try_from(cells).unwrap_or(u64::MAX).saturating_mul(4)
    }

    fn worst(&self, query: &Query<'_>) -> Option<Vec<Cut>> {
        let head = if self.per_head { query.level } else { 0 };
        let mut table = vec![Pair { first: NONE, second: NONE }; self.groups.cost.len()];
        table.first_mut()?.first = Best { value: 0, label: 0, mask: 0 };
        let (mut reach, mut bit) = (0_usize, 1_u128);
        let groups = self.groups.demands.iter().zip(&self.groups.counts).zip(query.values).zip(query.labels);
        for (((demand, count), value), label) in groups {
            let value = value.checked_add(head)?;
            for _ in 0..*count {
                reach = reach.checked_add(*demand)?;
                for seats in (*demand..=reach).rev() {
                    let (below, from) = table.split_at_mut(seats);
                    let before = *below.get(seats.checked_sub(*demand)?)?;
                    let here = from.first_mut()?;
                    for best in [before.first, before.second] {
                        if best.value != i128::MIN {
                            let label = add(best.label, *label);
                            here.offer(Best { value: best.value.checked_add(value)?, label, mask: best.mask | bit });
                        }
                    }
                }
                bit = bit.wrapping_shl(1);
            }
        }
        let level = if self.per_head { 0 } else { query.level };
        let mut found: Vec<(i128, usize, u128)> = Vec::new();
        for (seats, (pair, cost)) in table.iter().zip(&self.groups.cost).enumerate() {
            let best = if pair.first.label != 0 { pair.first } else { pair.second };
            if best.value != i128::MIN && best.label != 0 {
                let price = query.scale.checked_mul(i128::from(*cost))?;
                found.push((best.value.checked_add(level)?.checked_sub(price)?, seats, best.mask));
            }
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(query.most);
        found.into_iter().map(|(excess, seats, mask)| self.cut(excess, seats, mask)).collect()
    }
}

impl Seats<'_> {
    fn cut(&self, excess: i128, seats: usize, mut mask: u128) -> Option<Cut> {
        let mut members = Vec::with_capacity(self.counts.len());
        for count in &self.groups.counts {
            let own = if *count >= 128 { mask } else { mask & (1_u128 << count).wrapping_sub(1) };
            members.push(i128::from(own.count_ones()));
            mask = if *count >= 128 { 0 } else { mask >> count };
        }
        let weight = if self.per_head { members.iter().sum() } else { 1 };
        Some(Cut { members, weight, cost: i128::from(*self.groups.cost.get(seats)?), excess })
    }
}

/// An explicit cost table over single members.
pub(crate) struct Table {
    pub(crate) values: Vec<i128>,
    counts: Vec<i128>,
    alone: Vec<i128>,
    per_head: bool,
}

impl Table {
    pub(crate) fn new(values: Vec<i128>, per_head: bool) -> Option<Self> {
        let players = usize::try_from(values.len().checked_ilog2()?).ok()?;
        let alone = (0..players).map(|player| values.get(1_usize << player).copied()).collect::<Option<_>>()?;
        Some(Self { values, counts: vec![1; players], alone, per_head })
    }
}

impl Oracle for Table {
    fn counts(&self) -> &[i128] {
        &self.counts
    }

    fn whole(&self) -> i128 {
        self.values.last().copied().unwrap_or(0)
    }

    fn alone(&self) -> &[i128] {
        &self.alone
    }

    fn cost(&self, members: &[i128]) -> Option<i128> {
        let mask = members.iter().rev().fold(0_usize, |mask, count| mask << 1 | usize::from(*count == 1));
        self.values.get(mask).copied()
    }

    fn largest(&self) -> i128 {
        self.values.iter().map(|value| value.saturating_abs()).max().unwrap_or(0)
    }

    fn steps(&self) -> u64 {
        u64::try_from(self.values.len()).unwrap_or(u64::MAX).saturating_mul(4)
    }

    fn worst(&self, query: &Query<'_>) -> Option<Vec<Cut>> {
        let head = if self.per_head { query.level } else { 0 };
        let level = if self.per_head { 0 } else { query.level };
        let mut sums = Vec::with_capacity(self.values.len());
        sums.push((0_i128, 0_u64));
        for (value, label) in query.values.iter().zip(query.labels) {
            let value = value.checked_add(head)?;
            for index in 0..sums.len() {
                let (sum, own) = *sums.get(index)?;
                sums.push((sum.checked_add(value)?, add(own, *label)));
            }
        }
        let mut found: Vec<(i128, usize)> = Vec::new();
        let mut least = i128::MIN;
        for (mask, ((sum, label), cost)) in sums.iter().zip(&self.values).enumerate() {
            if *label == 0 {
                continue;
            }
            let excess = sum.checked_add(level)?.checked_sub(query.scale.checked_mul(*cost)?)?;
            if found.len() < query.most || excess > least {
                found.push((excess, mask));
                if found.len() >= query.most.saturating_mul(2) {
                    shorten(&mut found, query.most);
                    least = found.last().map_or(i128::MIN, |(excess, _)| *excess);
                }
            }
        }
        shorten(&mut found, query.most);
        found
            .into_iter()
            .map(|(excess, mask)| {
                let members: Vec<i128> =
                    (0..self.counts.len()).map(|player| i128::from(mask >> player & 1 == 1)).collect();
                let weight = if self.per_head { members.iter().sum() } else { 1 };
                Some(Cut { members, weight, cost: *self.values.get(mask)?, excess })
            })
            .collect()
    }
}

fn shorten(found: &mut Vec<(i128, usize)>, most: usize) {
    found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    found.truncate(most);
}

/// The label of a coalition given by its members of each group.
pub(crate) fn label_of(members: &[i128], labels: &[u64]) -> u64 {
    members.iter().zip(labels).fold(0, |sum, (count, label)| add(sum, multiply(residue(*count), *label)))
}
