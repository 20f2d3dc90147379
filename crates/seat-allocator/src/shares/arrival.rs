//! Random arrival: the average, over all orders in which claimants may arrive, of what each finds left. Counted by sizes
//! and sums of the sets that may come before, instead of by orders, of which there are n!.

use crate::error::Code;
use crate::ratio::Ratio;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, ToPrimitive};
use std::collections::BTreeMap;

/// Most elementary steps, and most claims: 2^250 sets are counted without overflow.
const MOST_STEPS: u128 = 400_000_000;
const MOST_CLAIMS: usize = 250;

/// A count of sets, modulo 2^256: sums and differences are exact because every true count is smaller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    high: u128,
    low: u128,
}

impl Count {
    const ONE: Self = Self { high: 0, low: 1 };

    fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self {
            low,
            high: self
                .high
                .wrapping_add(other.high)
                .wrapping_add(carry.into()),
        }
    }

    fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self {
            low,
            high: self
                .high
                .wrapping_sub(other.high)
                .wrapping_sub(borrow.into()),
        }
    }

    #[allow(
        clippy::arithmetic_side_effects,
        reason = "big integers cannot overflow"
    )]
    fn big(self) -> BigInt {
        (BigInt::from(self.high) << 128) + self.low
    }
}

/// Counts of sets by sum (below the endowment) and size.
type Table = BTreeMap<u128, Vec<Count>>;

/// Random arrival on exact ratios.
///
/// # Errors
/// [`Code::TooMuchWork`] when there are too many claims or too many different sums of claims.
pub(crate) fn random_arrival(claims: &[Ratio], endowment: &Ratio) -> Result<Vec<Ratio>, Code> {
    if claims.len() > MOST_CLAIMS {
        return Err(Code::TooMuchWork);
    }
    let unit = claims
        .iter()
        .chain([endowment])
        .fold(BigInt::one(), |unit, ratio| unit.lcm(&ratio.denominator()));
    let unit = Ratio::of_big(unit, BigInt::one());
    let whole = |ratio: &Ratio| ratio.times(&unit).floor().to_u128().ok_or(Code::TooLarge);
    let supply = whole(endowment)?;
    // A claim above the endowment takes all that is left, whatever its size.
    let sizes = claims
        .iter()
        .map(|claim| Ok(whole(claim)?.min(supply)))
        .collect::<Result<Vec<u128>, Code>>()?;
    let table = table(&sizes, supply)?;

    let mut known: BTreeMap<u128, Ratio> = BTreeMap::new();
    let mut awards = Vec::with_capacity(claims.len());
    for &size in &sizes {
        if let Some(award) = known.get(&size) {
            awards.push(award.clone());
            continue;
        }
        let award = average(&without(&table, size), size, supply, claims.len()).over(&unit);
        known.insert(size, award.clone());
        awards.push(award);
    }
    Ok(awards)
}

/// All sets of claims whose sum leaves something of the supply.
fn table(sizes: &[u128], supply: u128) -> Result<Table, Code> {
    let many = u128::try_from(sizes.len()).unwrap_or(u128::MAX);
    let mut table = Table::new();
    if supply > 0 {
        table.insert(0, vec![Count::ONE]);
    }
    for &size in sizes {
        let grown: Vec<(u128, Vec<Count>)> = table
            .iter()
            .map(|(sum, counts)| (sum.saturating_add(size), counts))
            .take_while(|(sum, _)| *sum < supply)
            .map(|(sum, counts)| {
                (
                    sum,
                    std::iter::once(Count::default())
                        .chain(counts.iter().copied())
                        .collect(),
                )
            })
            .collect();
        for (sum, counts) in grown {
            add(table.entry(sum).or_default(), &counts);
        }
        let entries = u128::try_from(table.len()).unwrap_or(u128::MAX);
        if entries.saturating_mul(many).saturating_mul(many) > MOST_STEPS {
            return Err(Code::TooMuchWork);
        }
    }
    Ok(table)
}

fn add(into: &mut Vec<Count>, counts: &[Count]) {
    if into.len() < counts.len() {
        into.resize(counts.len(), Count::default());
    }
    for (slot, count) in into.iter_mut().zip(counts) {
        *slot = slot.plus(*count);
    }
}

/// The table of the other claims: a set without this claim is a set, less those that are another set and this claim.
fn without(table: &Table, size: u128) -> Table {
    let mut others = Table::new();
    for (sum, counts) in table {
        let mut rest = counts.clone();
        if size == 0 {
            let mut before = Count::default();
            for slot in &mut rest {
                *slot = slot.minus(before);
                before = *slot;
            }
        } else if let Some(before) = sum.checked_sub(size).and_then(|sum| others.get(&sum)) {
            for (slot, count) in rest.iter_mut().skip(1).zip(before) {
                *slot = slot.minus(*count);
            }
        }
        others.insert(*sum, rest);
    }
    others
}

/// `(1/n) Σ_k mean over the k-sets of others of min(size, supply − sum)`, in whole units.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "big integers cannot overflow"
)]
fn average(others: &Table, size: u128, supply: u128, claims: usize) -> Ratio {
    let last = claims.saturating_sub(1);
    let mut sums = vec![BigInt::default(); claims];
    for (sum, counts) in others {
        let left = BigInt::from(supply.saturating_sub(*sum).min(size));
        for (slot, count) in sums.iter_mut().zip(counts) {
            if *count != Count::default() {
                *slot += count.big() * &left;
            }
        }
    }
    let mut choices = BigInt::one();
    let mut total = Ratio::zero();
    for (k, sum) in sums.into_iter().enumerate() {
        total = total.plus(&Ratio::of_big(sum, choices.clone()));
        choices = choices * last.saturating_sub(k) / k.saturating_add(1);
    }
    total.over(&Ratio::of_big(claims.into(), BigInt::one()))
}
