//! Random arrival: the average, over all orders in which claimants may arrive, of what each finds left. Counted by sizes
//! and sums of the sets that may come before, instead of by orders, of which there are n!.
//!
//! The rule is its own dual: dividing the shortage gives the losses. So what is scarce is counted, seats or shortage,
//! whichever is less, and the work grows with that and not with the number of claims alone.

use crate::ratio::Ratio;
use crate::stop::Stop;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};
use std::collections::BTreeMap;

/// Most elementary steps: additions of 64 bits, about a second on one core.
pub(crate) const MOST_STEPS: u64 = 2_000_000_000;
/// What it costs to weigh one count, in such steps.
const WEIGHING: u128 = 100;

/// A count of sets, modulo 2^(64·W): sums and differences are exact because every true count is smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count<const W: usize>([u64; W]);

impl<const W: usize> Count<W> {
    const ZERO: Self = Self([0; W]);

    fn one() -> Self {
        let mut one = Self::ZERO;
        one.0.iter_mut().take(1).for_each(|limb| *limb = 1);
        one
    }

    fn add(&mut self, other: &Self) {
        let mut carry = false;
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            let (sum, first) = mine.overflowing_add(*theirs);
            let (sum, second) = sum.overflowing_add(carry.into());
            (*mine, carry) = (sum, first || second);
        }
    }

    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            let (rest, first) = mine.overflowing_sub(*theirs);
            let (rest, second) = rest.overflowing_sub(borrow.into());
            (*mine, borrow) = (rest, first || second);
        }
    }

    fn big(&self) -> BigInt {
        let bytes: Vec<u8> = self.0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        BigInt::from_bytes_le(Sign::Plus, &bytes)
    }
}

/// Counts of sets by sum (below the endowment) and size.
type Table<const W: usize> = BTreeMap<u128, Vec<Count<W>>>;

/// Random arrival on exact ratios.
///
/// # Errors
/// [`Stop::TooMuchWork`] at the claim where the sets become too many to count.
pub(crate) fn random_arrival(claims: &[Ratio], endowment: &Ratio) -> Result<Vec<Ratio>, Stop> {
    let short = super::sum(claims).minus(endowment);
    if short >= *endowment {
        return arrivals(claims, endowment);
    }
    let losses = arrivals(claims, &short)?;
    Ok(claims.iter().zip(&losses).map(|(claim, loss)| claim.minus(loss)).collect())
}

fn arrivals(claims: &[Ratio], endowment: &Ratio) -> Result<Vec<Ratio>, Stop> {
    let unit = claims.iter().chain([endowment]).fold(BigInt::one(), |unit, ratio| unit.lcm(&ratio.denominator()));
    let unit = Ratio::of_big(unit, BigInt::one());
    let whole = |ratio: &Ratio| ratio.times(&unit).floor().to_u128().ok_or(Stop::TooLarge);
    let supply = whole(endowment)?;
    // A claim above the endowment takes all that is left, whatever its size; a claim of nothing changes nobody's share.
    let sizes = claims.iter().map(|claim| Ok(whole(claim)?.min(supply))).collect::<Result<Vec<u128>, Stop>>()?;
    let awards = match bits(&sizes, supply) {
        0..=250 => averages::<4>(&sizes, supply),
        251..=500 => averages::<8>(&sizes, supply),
        501..=1_000 => averages::<16>(&sizes, supply),
        1_001..=2_000 => averages::<32>(&sizes, supply),
        _ => Err(Stop::TooMuchWork { index: 2_000, most: MOST_STEPS }),
    }?;
    Ok(awards.into_iter().map(|award| award.over(&unit)).collect())
}

/// Bits that hold every count: no more sets than n^k of size k, and no more than 2^n in all.
fn bits(sizes: &[u128], supply: u128) -> usize {
    let mut small: Vec<u128> = sizes.iter().copied().filter(|&size| size > 0).collect();
    small.sort_unstable();
    let mut sum = 0_u128;
    let most = small.iter().take_while(|&&size| {
        sum = sum.saturating_add(size);
        sum < supply
    });
    let most = most.count();
    let factor = usize::try_from(small.len().max(1).ilog2()).unwrap_or(usize::MAX).saturating_add(1);
    most.saturating_mul(factor).min(small.len())
}

/// The mean award of every size, in whole units.
fn averages<const W: usize>(sizes: &[u128], supply: u128) -> Result<Vec<Ratio>, Stop> {
    let table = table::<W>(sizes, supply)?;
    let weights = Weights::new(sizes.iter().filter(|&&size| size > 0).count(), longest(&table));
    let mut known = BTreeMap::from([(0, Ratio::zero())]);
    let award = |&size: &u128| -> Ratio {
        known.entry(size).or_insert_with(|| weights.mean(&without(&table, size), size, supply)).clone()
    };
    Ok(sizes.iter().map(award).collect())
}

fn longest<const W: usize>(table: &Table<W>) -> usize {
    table.values().map(Vec::len).max().unwrap_or(0)
}

/// All sets of claims whose sum leaves something of the supply.
fn table<const W: usize>(sizes: &[u128], supply: u128) -> Result<Table<W>, Stop> {
    let wide = |number: usize| u128::try_from(number).unwrap_or(u128::MAX);
    let mut different: Vec<u128> = sizes.to_vec();
    different.sort_unstable();
    different.dedup();
    // Every count is added to once for each claim, and taken apart and weighed once for each different size.
    let once = wide(sizes.len()).saturating_mul(wide(W));
    let again = wide(different.len()).saturating_mul(wide(W).saturating_add(WEIGHING));
    let each = once.saturating_add(again);
    let mut table = Table::new();
    if supply > 0 {
        table.insert(0, vec![Count::one()]);
    }
    for (index, &size) in sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
        let grown: Vec<(u128, Vec<Count<W>>)> = table
            .iter()
            .map(|(sum, counts)| (sum.saturating_add(size), counts))
            .take_while(|(sum, _)| *sum < supply)
            .map(|(sum, counts)| (sum, std::iter::once(Count::ZERO).chain(counts.iter().copied()).collect()))
            .collect();
        for (sum, counts) in grown {
            add(table.entry(sum).or_default(), &counts);
        }
        let counts = table.values().fold(0_u128, |all, counts| all.saturating_add(wide(counts.len())));
        if counts.saturating_mul(each) > MOST_STEPS.into() {
            return Err(Stop::TooMuchWork { index, most: MOST_STEPS });
        }
    }
    Ok(table)
}

fn add<const W: usize>(into: &mut Vec<Count<W>>, counts: &[Count<W>]) {
    if into.len() < counts.len() {
        into.resize(counts.len(), Count::ZERO);
    }
    for (slot, count) in into.iter_mut().zip(counts) {
        slot.add(count);
    }
}

/// The table of the other claims: a set without this claim is a set, less those that are another set and this claim.
fn without<const W: usize>(table: &Table<W>, size: u128) -> Table<W> {
    let mut others = Table::new();
    for (sum, counts) in table {
        let mut rest = counts.clone();
        if let Some(before) = sum.checked_sub(size).and_then(|sum| others.get(&sum)) {
            let before: &Vec<Count<W>> = before;
            for (slot, count) in rest.iter_mut().skip(1).zip(before) {
                slot.subtract(count);
            }
        }
        others.insert(*sum, rest);
    }
    others
}

/// How much one set of each size counts: `1 / (n · C(n − 1, k))`, as whole numbers over a common denominator.
struct Weights {
    whole: Vec<BigInt>,
    denominator: BigInt,
}

#[allow(clippy::arithmetic_side_effects, reason = "big integers cannot overflow, and no binomial coefficient is zero")]
impl Weights {
    fn new(claims: usize, sizes: usize) -> Self {
        let last = claims.saturating_sub(1);
        let mut choices = vec![BigInt::one()];
        for k in 0..last.min(sizes) {
            let next = choices.last().map_or_else(BigInt::one, |choices| choices * (last - k) / k.saturating_add(1));
            choices.push(next);
        }
        let common = choices.iter().fold(BigInt::one(), |common, choices| common.lcm(choices));
        let whole = choices.iter().map(|choices| &common / choices).collect();
        Self { whole, denominator: common * claims.max(1) }
    }

    /// The mean over all sets of others of `min(size, supply − sum)`, in whole units.
    fn mean<const W: usize>(&self, others: &Table<W>, size: u128, supply: u128) -> Ratio {
        let mut sums = vec![BigInt::zero(); self.whole.len()];
        for (sum, counts) in others {
            let left = supply.saturating_sub(*sum).min(size);
            for (slot, count) in sums.iter_mut().zip(counts).filter(|(_, count)| **count != Count::ZERO) {
                *slot += count.big() * left;
            }
        }
        let total = sums.iter().zip(&self.whole).fold(BigInt::zero(), |total, (sum, weight)| total + sum * weight);
        Ratio::of_big(total, self.denominator.clone())
    }
}
