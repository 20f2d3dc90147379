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
use std::collections::{BTreeMap, BTreeSet};

/// Most elementary steps, each an operation on 64 bits: a second or three on one core.
const MOST_STEPS: u64 = 1_000_000_000;

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
}

/// A sum of counts times quantities, with room for 128 bits more.
#[derive(Clone)]
struct Total<const W: usize> {
    low: Count<W>,
    high: u128,
}

impl<const W: usize> Total<W> {
    const ZERO: Self = Self { low: Count::ZERO, high: 0 };

    /// Adds `count · by`.
    fn add(&mut self, count: &Count<W>, by: u128) {
        let (low, high) = (crate::wide::low(by), crate::wide::low(by >> 64));
        self.add_shifted(count, low, 0);
        if high > 0 {
            self.add_shifted(count, high, 1);
        }
    }

    /// Adds `count · by · 2^(64 · shift)`, `shift` being 0 or 1.
    fn add_shifted(&mut self, count: &Count<W>, by: u64, shift: usize) {
        let mut carry = 0_u128;
        let mut limbs = count.0.iter();
        for (slot, limb) in self.low.0.iter_mut().skip(shift).zip(limbs.by_ref()) {
            // At most (2^64 − 1)² + 2 · (2^64 − 1), which is 2^128 − 1.
            let sum = u128::from(*limb).wrapping_mul(by.into()).wrapping_add((*slot).into()).wrapping_add(carry);
            (*slot, carry) = (crate::wide::low(sum), sum >> 64);
        }
        let last = limbs.next().map_or(0, |limb| u128::from(*limb).wrapping_mul(by.into()));
        self.high = self.high.wrapping_add(carry).wrapping_add(last);
    }

    #[allow(clippy::arithmetic_side_effects, reason = "big integers cannot overflow")]
    fn big(&self) -> BigInt {
        let bytes: Vec<u8> = self.low.0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        BigInt::from_bytes_le(Sign::Plus, &bytes) + (BigInt::from(self.high) << bytes.len().saturating_mul(8))
    }
}

/// Sums below the endowment that sets of claims have, ascending, with the number of such sets of every size.
#[derive(Clone)]
struct Table<const W: usize> {
    sums: Vec<u128>,
    counts: Vec<Vec<Count<W>>>,
}

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
        501..=750 => averages::<12>(&sizes, supply),
        751..=1_000 => averages::<16>(&sizes, supply),
        1_001..=2_000 => averages::<32>(&sizes, supply),
        _ => Err(Stop::TooMuchWork { index: 2_000, most: MOST_STEPS }),
    }?;
    Ok(awards.into_iter().map(|award| award.over(&unit)).collect())
}

/// Bits that hold every count: no more sets than there are ways to choose as many claims as fit below the supply.
#[allow(clippy::arithmetic_side_effects, reason = "big integers cannot overflow")]
fn bits(sizes: &[u128], supply: u128) -> u64 {
    let mut small: Vec<u128> = sizes.iter().copied().filter(|&size| size > 0).collect();
    small.sort_unstable();
    let mut sum = 0_u128;
    let fits = small.iter().take_while(|&&size| {
        sum = sum.saturating_add(size);
        sum < supply
    });
    let most = fits.count().min(small.len() >> 1);
    let choices = (0..most).fold(BigInt::one(), |choices, k| choices * (small.len() - k) / k.saturating_add(1));
    choices.bits()
}

/// The mean award of every size, in whole units.
fn averages<const W: usize>(sizes: &[u128], supply: u128) -> Result<Vec<Ratio>, Stop> {
    let table = Table::<W>::new(sizes, supply)?;
    let longest = table.counts.iter().map(Vec::len).max().unwrap_or(0);
    let weights = Weights::new(sizes.iter().filter(|&&size| size > 0).count(), longest);
    let mut known = BTreeMap::from([(0, Ratio::zero())]);
    let award = |&size: &u128| -> Ratio {
        known.entry(size).or_insert_with(|| weights.mean(&table.without(size), size, supply)).clone()
    };
    Ok(sizes.iter().map(award).collect())
}

impl<const W: usize> Table<W> {
    /// All sets of claims whose sum leaves something of the supply.
    fn new(sizes: &[u128], supply: u128) -> Result<Self, Stop> {
        let each = steps(sizes, W);
        let within = |counts: u128, index: usize| {
            let fits = counts.saturating_mul(each) <= MOST_STEPS.into();
            if fits { Ok(()) } else { Err(Stop::TooMuchWork { index, most: MOST_STEPS }) }
        };
        let mut sums: BTreeSet<u128> = (supply > 0).then_some(0).into_iter().collect();
        for (index, &size) in sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
            let next = |sum: &u128| sum.checked_add(size).filter(|&sum| sum < supply);
            let grown: Vec<u128> = sums.iter().map_while(next).collect();
            sums.extend(grown);
            within(wide(sums.len()), index)?;
        }
        let mut table = Self { counts: vec![Vec::new(); sums.len()], sums: sums.into_iter().collect() };
        table.counts.iter_mut().take(1).for_each(|first| first.push(Count::one()));
        for (index, &size) in sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
            table.extend(size);
            within(table.counts.iter().fold(0, |all, counts| wide(counts.len()).saturating_add(all)), index)?;
        }
        Ok(table)
    }

    /// Lets every set have this claim or not. From the largest sum down, so that no set gets it twice.
    fn extend(&mut self, size: u128) {
        for index in (0..self.sums.len()).rev() {
            let Some(from) = self.less(index, size) else { continue };
            let (before, after) = self.counts.split_at_mut(index);
            if let (Some(from), Some(into)) = (before.get(from), after.first_mut()) {
                if into.len() <= from.len() && !from.is_empty() {
                    into.resize(from.len().saturating_add(1), Count::ZERO);
                }
                into.iter_mut().skip(1).zip(from).for_each(|(slot, count)| slot.add(count));
            }
        }
    }

    /// The table of the other claims: a set without this claim is a set, less those that are another set and this claim.
    fn without(&self, size: u128) -> Self {
        let mut others = self.clone();
        for index in 0..self.sums.len() {
            let Some(from) = self.less(index, size) else { continue };
            let (before, after) = others.counts.split_at_mut(index);
            if let (Some(from), Some(into)) = (before.get(from), after.first_mut()) {
                into.iter_mut().skip(1).zip(from).for_each(|(slot, count)| slot.subtract(count));
            }
        }
        others
    }

    /// Place of the sum that is `size` less than the sum at `index`.
    fn less(&self, index: usize, size: u128) -> Option<usize> {
        let less = self.sums.get(index)?.checked_sub(size)?;
        self.sums.get(..index)?.binary_search(&less).ok()
    }
}

/// Steps for one count: it is added to once for each claim, and copied, taken apart and weighed for each different size.
fn steps(sizes: &[u128], limbs: usize) -> u128 {
    let mut different = sizes.to_vec();
    different.sort_unstable();
    different.dedup();
    wide(different.len()).saturating_mul(3).saturating_add(wide(sizes.len())).saturating_mul(wide(limbs))
}

fn wide(number: usize) -> u128 {
    u128::try_from(number).unwrap_or(u128::MAX)
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
        let mut sums = vec![Total::<W>::ZERO; self.whole.len()];
        for (sum, counts) in others.sums.iter().zip(&others.counts) {
            let left = supply.saturating_sub(*sum).min(size);
            sums.iter_mut().zip(counts).for_each(|(slot, count)| slot.add(count, left));
        }
        let total =
            sums.iter().zip(&self.whole).fold(BigInt::zero(), |total, (sum, weight)| total + sum.big() * weight);
        Ratio::of_big(total, self.denominator.clone())
    }
}
