//! The exact Shapley value of a seat game by counting groups of each size and number of seats.
//! `N(k, s)` groups of k members hold s seats; without member i, `N'(k, s) = N(k, s) - N'(k-1, s-d)`. With
//! `Z(k) = sum N'(k, s) P(s)` and `T(k)` the same over all members, what i adds to groups of size k sums to
//! `A(k) = T(k+1) - Z(k+1) - Z(k)`, and the value is the mean over k of `A(k) / C(n-1, k)`: n averages that an official can
//! re-add. Costs O(n D) for each distinct demand.

use super::ring::{Ring, Wide};
use super::{Groups, MOST_EXACT};
use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

/// Cells of the counting table up to which it is kept in memory.
const MOST_CELLS: usize = 1 << 22;

/// One member's Shapley value and the averages it is the mean of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapleyShare {
    /// The value.
    pub share: Ratio,
    /// Mean of what the member adds when k others are there before it, k = 0, 1, ...; empty for a member without seats.
    pub by_position: Vec<Ratio>,
}

/// Exact Shapley values of the game `c(S) = cost[d(S)]`, in the order of the demands.
///
/// ```
/// use cost_sharing::{Ratio, shapley_exact};
/// // 1,000 yen a seat, 800 from ten seats on; 8 + 8 + 10 seats. The third brings the discount and is rewarded for it.
/// let cost: Vec<i64> = (0..=26).map(|s| if s < 8 { 1000 * s } else { 800 * s.max(10) }).collect();
/// let shares = shapley_exact(&cost, &[8, 8, 10])?;
/// assert_eq!(shares[0].share, Ratio::new(20_000, 3).unwrap());
/// assert_eq!(shares[2].share, Ratio::new(22_400, 3).unwrap());
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// More than 128 members with seats, a table that would not fit in memory, or a cost table that is too short.
pub fn shapley_exact(cost: &[i64], demands: &[u64]) -> Result<Vec<ShapleyShare>, Error> {
    let groups = Groups::new(cost, demands)?;
    let values = values(&groups, &[&groups.cost])?;
    let nobody = ShapleyShare { share: Ratio::zero(), by_position: Vec::new() };
    let spread = groups
        .group_of
        .iter()
        .map(|group| group.and_then(|group| values.get(group)?.first().cloned()).unwrap_or_else(|| nobody.clone()));
    Ok(spread.collect())
}

/// Exact Shapley values split by tiers: one row for each member, one entry for each tier, the row's sum being the value.
/// The cost of the t-th seat belongs to the tier that t falls in; `thresholds` are the first seats of the tiers.
///
/// # Errors
/// As [`shapley_exact`].
pub fn shapley_by_tier(cost: &[i64], demands: &[u64], thresholds: &[u64]) -> Result<Vec<Vec<Ratio>>, Error> {
    let mut starts: Vec<u64> = thresholds.to_vec();
    starts.sort_unstable();
    let mut parts: Vec<Vec<i64>> = Vec::with_capacity(starts.len());
    for (tier, start) in starts.iter().enumerate() {
        let end = starts.get(tier.saturating_add(1)).copied().unwrap_or(u64::MAX);
        let start = if tier == 0 { 1 } else { *start };
        let at = |seats: u64| {
            let index = usize::try_from(seats).ok()?;
            cost.get(index.min(cost.len().checked_sub(1)?)).copied()
        };
        let before = at(start.saturating_sub(1)).unwrap_or(0);
        let part = (0_u64..).zip(cost).map(|(seats, _)| match seats {
            seats if seats < start => 0,
            seats => at(seats.min(end.saturating_sub(1))).unwrap_or(0).saturating_sub(before),
        });
        parts.push(part.collect());
    }
    let groups = Groups::new(cost, demands)?;
    let reduced: Vec<Groups> = parts.iter().map(|part| Groups::new(part, demands)).collect::<Result<_, _>>()?;
    let costs: Vec<&Vec<i64>> = reduced.iter().map(|part| &part.cost).collect();
    let values = values(&groups, &costs)?;
    let rows = groups.group_of.iter().map(|group| match group.and_then(|group| values.get(group)) {
        Some(row) => row.iter().map(|value| value.share.clone()).collect(),
        None => vec![Ratio::zero(); costs.len()],
    });
    Ok(rows.collect())
}

/// For each group one value for each cost function.
fn values(groups: &Groups, costs: &[&Vec<i64>]) -> Result<Vec<Vec<ShapleyShare>>, Error> {
    let players = groups.players();
    let too_many = || Error::at("/members", Fault::TooManyMembers { limit: MOST_EXACT });
    let cells = players.checked_add(1).and_then(|rows| rows.checked_mul(groups.cost.len()));
    if players > MOST_EXACT || cells.is_none_or(|cells| cells > MOST_CELLS) {
        return Err(too_many());
    }
    if players == 0 {
        return Ok(Vec::new());
    }
    let largest = costs.iter().flat_map(|cost| cost.iter()).map(|yen| yen.unsigned_abs()).max().unwrap_or(0);
    // Every A(k) is at most C(n-1, k) times twice the largest cost, and C(n-1, k) < 2^(n-1).
    let bits = u64::try_from(players).map_err(|_error| too_many())?.saturating_add(BigInt::from(largest).bits());
    let counted = if bits <= u64::BITS_OF_RESULT {
        Counting::<u64>::new(groups, players).and_then(|table| table.all(costs))
    } else if bits <= u128::BITS_OF_RESULT {
        Counting::<u128>::new(groups, players).and_then(|table| table.all(costs))
    } else {
        Counting::<Wide>::new(groups, players).and_then(|table| table.all(costs))
    };
    counted.ok_or_else(too_many)
}

trait ResultBits {
    const BITS_OF_RESULT: u64;
}

impl<R: Ring> ResultBits for R {
    const BITS_OF_RESULT: u64 = R::BITS;
}

/// The table `N(k, s)`, row by row, each row only where it can be above zero.
struct Counting<'a, R> {
    groups: &'a Groups,
    players: usize,
    /// Columns of one row: all quantities.
    width: usize,
    table: Vec<R>,
    /// First and last quantity of k members.
    ranges: Vec<(usize, usize)>,
}

impl<'a, R: Ring> Counting<'a, R> {
    fn new(groups: &'a Groups, players: usize) -> Option<Self> {
        let width = groups.cost.len();
        let each: Vec<usize> = groups
            .demands
            .iter()
            .zip(&groups.counts)
            .flat_map(|(demand, count)| std::iter::repeat_n(*demand, *count))
            .collect();
        let mut ranges = vec![(0_usize, 0_usize)];
        for (small, large) in each.iter().zip(each.iter().rev()) {
            let (low, high) = *ranges.last()?;
            ranges.push((low.checked_add(*small)?, high.checked_add(*large)?));
        }
        let mut table = vec![R::ZERO; width.checked_mul(players.checked_add(1)?)?];
        *table.first_mut()? = R::ONE;
        let mut placed = 0_usize;
        for (done, demand) in each.iter().enumerate() {
            // Rows downward, so that each still reads the row before this member.
            for row in (1..=done.checked_add(1)?).rev() {
                let (before, after) = table.split_at_mut(row.checked_mul(width)?);
                let source = before.get(before.len().checked_sub(width)?..)?;
                // What the first `done` members (the smallest) can reach.
                let (low, high) = *ranges.get(row.checked_sub(1)?)?;
                let high = high.min(placed);
                let target = after.get_mut(low.checked_add(*demand)?..)?;
                let source = source.get(low..=high)?;
                for (cell, add) in target.iter_mut().zip(source) {
                    *cell = cell.plus(*add);
                }
            }
            placed = placed.checked_add(*demand)?;
        }
        Some(Self { groups, players, width, table, ranges })
    }

    fn row(&self, size: usize) -> Option<&[R]> {
        let start = size.checked_mul(self.width)?;
        self.table.get(start..start.checked_add(self.width)?)
    }

    fn all(&self, costs: &[&Vec<i64>]) -> Option<Vec<Vec<ShapleyShare>>> {
        let totals: Vec<Vec<R>> = costs
            .iter()
            .map(|cost| (0..=self.players).map(|size| Some(dot(self.row(size)?, cost))).collect::<Option<Vec<R>>>())
            .collect::<Option<_>>()?;
        let weights = Weights::new(self.players)?;
        self.groups
            .demands
            .iter()
            .map(|demand| {
                let without = self.without(*demand, costs)?;
                totals.iter().zip(&without).map(|(total, without)| weights.mean(total, without)).collect()
            })
            .collect()
    }

    /// `Z(k)` for each cost function and k = 0 .. n-1: sums over the groups without one member of this demand.
    fn without(&self, demand: usize, costs: &[&Vec<i64>]) -> Option<Vec<Vec<R>>> {
        let mut sums: Vec<Vec<R>> = vec![Vec::with_capacity(self.players); costs.len()];
        let mut previous = vec![R::ZERO; self.width];
        let mut current = vec![R::ZERO; self.width];
        for size in 0..self.players {
            let (low, high) = *self.ranges.get(size)?;
            let high = high.min(self.width.checked_sub(1)?);
            current.fill(R::ZERO);
            let row = self.row(size)?;
            current.get_mut(low..=high)?.copy_from_slice(row.get(low..=high)?);
            if size > 0 {
                let from = low.max(demand);
                let shifted = previous.get(from.checked_sub(demand)?..)?;
                if from <= high {
                    for (cell, with) in current.get_mut(from..=high)?.iter_mut().zip(shifted) {
                        *cell = cell.minus(*with);
                    }
                }
            }
            for (sums, cost) in sums.iter_mut().zip(costs) {
                sums.push(dot(current.get(low..=high)?, cost.get(low..=high)?));
            }
            std::mem::swap(&mut previous, &mut current);
        }
        Some(sums)
    }
}

fn dot<R: Ring>(counts: &[R], cost: &[i64]) -> R {
    counts.iter().zip(cost).fold(R::ZERO, |sum, (count, cost)| sum.plus(count.times(*cost)))
}

/// `1 / (n C(n-1, k))` over their least common denominator, which is lcm(1..n).
struct Weights {
    binomials: Vec<BigInt>,
    numerators: Vec<BigInt>,
    denominator: BigInt,
}

impl Weights {
    fn new(players: usize) -> Option<Self> {
        let mut binomials = vec![BigInt::one()];
        for k in 1..players {
            let next = binomials.last()? * BigInt::from(players.checked_sub(k)?) / BigInt::from(k);
            binomials.push(next);
        }
        let each: Vec<BigInt> = binomials.iter().map(|binomial| binomial * BigInt::from(players)).collect();
        let denominator = each.iter().fold(BigInt::one(), |den, own| den.lcm(own));
        let numerators = each.iter().map(|own| &denominator / own).collect();
        Some(Self { binomials, numerators, denominator })
    }

    fn mean<R: Ring>(&self, totals: &[R], without: &[R]) -> Option<ShapleyShare> {
        let mut sum = BigInt::zero();
        let mut by_position = Vec::with_capacity(without.len());
        for (k, (numerator, binomial)) in self.numerators.iter().zip(&self.binomials).enumerate() {
            let next = without.get(k.checked_add(1)?).copied().unwrap_or(R::ZERO);
            let added = totals.get(k.checked_add(1)?)?.minus(next).minus(*without.get(k)?).to_signed();
            sum += &added * numerator;
            by_position.push(Ratio::from_big(added, binomial.clone())?);
        }
        Some(ShapleyShare { share: Ratio::from_big(sum, self.denominator.clone())?, by_position })
    }
}
