//! The max-knapsack behind the core check: exact integers over the common denominator of the shares, 64 bits where they
//! suffice, 128 otherwise, arbitrary precision as the last resort. Ties prefer fewer seats, then the members first in tie order.

use crate::core_check::{CoreReport, MOST_STEPS};
use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// An integer that the knapsack can sum without leaving its range, given the bound checked by the caller.
trait Value: Clone + Ord {
    fn plus(&self, other: &Self) -> Self;
    fn minus(&self, other: &Self) -> Self;
}

impl Value for i64 {
    fn plus(&self, other: &Self) -> Self {
        self.saturating_add(*other)
    }
    fn minus(&self, other: &Self) -> Self {
        self.saturating_sub(*other)
    }
}

impl Value for i128 {
    fn plus(&self, other: &Self) -> Self {
        self.saturating_add(*other)
    }
    fn minus(&self, other: &Self) -> Self {
        self.saturating_sub(*other)
    }
}

impl Value for BigInt {
    fn plus(&self, other: &Self) -> Self {
        self + other
    }
    fn minus(&self, other: &Self) -> Self {
        self - other
    }
}

/// Shares and costs as integers over one denominator.
pub(crate) struct Scaled {
    pub(crate) shares: Vec<BigInt>,
    pub(crate) denominator: BigInt,
}

/// Brings shares to their common denominator.
pub(crate) fn scale(shares: &[Ratio]) -> Scaled {
    let denominator = shares.iter().fold(BigInt::one(), |den, share| {
        let own = share.denominator();
        if (&den % &own).is_zero() { den } else { den.lcm(&own) }
    });
    let shares = shares.iter().map(|share| share.numerator() * (&denominator / share.denominator())).collect();
    Scaled { shares, denominator }
}

pub(crate) fn worst_coalition(cost: &[i64], demands: &[u64], shares: &[Ratio]) -> Result<CoreReport, Error> {
    let too_large = || Error::at("/members", Fault::OutOfRange);
    let total = demands.iter().try_fold(0_u64, |sum, demand| sum.checked_add(*demand)).ok_or_else(too_large)?;
    let members = u64::try_from(demands.len()).map_err(|_error| too_large())?;
    if total.checked_mul(members).is_none_or(|steps| steps > MOST_STEPS) {
        return Err(too_large());
    }
    let demands: Vec<usize> = demands
        .iter()
        .map(|demand| usize::try_from(*demand))
        .collect::<Result<_, _>>()
        .map_err(|_error| too_large())?;
    let total = usize::try_from(total).map_err(|_error| too_large())?;
    let cost = cost.get(..=total).ok_or_else(too_large)?;
    let scaled = scale(shares);
    let largest_cost = cost.iter().map(|yen| yen.unsigned_abs()).max().unwrap_or(0);
    let reach =
        scaled.shares.iter().fold(BigInt::from(largest_cost) * &scaled.denominator, |sum, share| sum + share.abs());
    let (excess, coalition) = if let Some(den) = fits(&reach, &scaled.denominator, 62).and_then(|den| den.to_i64()) {
        let values: Vec<i64> = scaled.shares.iter().filter_map(ToPrimitive::to_i64).collect();
        let costs: Vec<i64> = cost.iter().map(|yen| yen.saturating_mul(den)).collect();
        worst(&costs, &demands, &values).map(|(excess, coalition)| (BigInt::from(excess), coalition))
    } else if let Some(den) = fits(&reach, &scaled.denominator, 126).and_then(|den| den.to_i128()) {
        let values: Vec<i128> = scaled.shares.iter().filter_map(ToPrimitive::to_i128).collect();
        let costs: Vec<i128> = cost.iter().map(|yen| i128::from(*yen).saturating_mul(den)).collect();
        worst(&costs, &demands, &values).map(|(excess, coalition)| (BigInt::from(excess), coalition))
    } else {
        let costs: Vec<BigInt> = cost.iter().map(|yen| BigInt::from(*yen) * &scaled.denominator).collect();
        worst(&costs, &demands, &scaled.shares)
    }
    .ok_or_else(too_large)?;
    let max_excess = Ratio::from_big(excess, scaled.denominator).ok_or_else(too_large)?;
    Ok(CoreReport { max_excess, coalition })
}

fn fits<'a>(reach: &BigInt, denominator: &'a BigInt, bits: u64) -> Option<&'a BigInt> {
    (reach.bits() <= bits).then_some(denominator)
}

/// The best take for each item and seat count, one bit each.
struct Takes {
    words_per_row: usize,
    words: Vec<u64>,
}

/// `max over proper nonempty S of value(S) - cost[d(S)]` with the members of S, ascending.
fn worst<V: Value>(cost: &[V], demands: &[usize], values: &[V]) -> Option<(V, Vec<usize>)> {
    let all = cost.len().checked_sub(1)?;
    let words_per_row = cost.len().div_ceil(64);
    let mut takes = Takes { words_per_row, words: vec![0; words_per_row.checked_mul(demands.len())?] };
    let zero = cost.first()?.minus(cost.first()?);
    // Members without seats change no quantity: a paying one joins every group, and the group {it} alone is compared with 0.
    let mut best: Vec<Option<V>> = vec![None; cost.len()];
    *best.first_mut()? = Some(zero.clone());
    let mut reach = 0_usize;
    // The member first in tie order is processed last and taken on equality: it is preferred.
    for (item, (demand, value)) in demands.iter().zip(values).enumerate().rev() {
        if *demand == 0 {
            continue;
        }
        reach = reach.checked_add(*demand)?.min(all);
        let row = takes.words.get_mut(item.checked_mul(words_per_row)?..)?.get_mut(..words_per_row)?;
        for seats in (*demand..=reach).rev() {
            let (below, from) = best.split_at_mut(seats);
            let Some(Some(before)) = below.get(seats.checked_sub(*demand)?) else {
                continue;
            };
            let taken = before.plus(value);
            let here = from.first_mut()?;
            if here.as_ref().is_none_or(|here| taken >= *here) {
                *here = Some(taken);
                *row.get_mut(seats >> 6)? |= 1_u64 << (seats & 63);
            }
        }
    }
    let idle: Vec<usize> =
        demands.iter().enumerate().filter(|(_, demand)| **demand == 0).map(|(item, _)| item).collect();
    finish(cost, demands, values, &best, &takes, &idle, &zero)
}

/// Picks the worst quantity and reads its group back from the takes.
fn finish<V: Value>(
    cost: &[V],
    demands: &[usize],
    values: &[V],
    best: &[Option<V>],
    takes: &Takes,
    idle: &[usize],
    zero: &V,
) -> Option<(V, Vec<usize>)> {
    let paying: Vec<usize> =
        idle.iter().copied().filter(|item| values.get(*item).is_some_and(|value| value > zero)).collect();
    let extra = paying.iter().filter_map(|item| values.get(*item)).fold(zero.clone(), |sum, value| sum.plus(value));
    let all = cost.len().checked_sub(1)?;
    let mut found: Option<(V, usize, Vec<usize>)> = None;
    let mut offer = |excess: V, seats: usize, with: Vec<usize>| {
        if found.as_ref().is_none_or(|(worst, ..)| excess > *worst) {
            found = Some((excess, seats, with));
        }
    };
    for (seats, (best, cost)) in best.iter().zip(cost).enumerate() {
        let Some(best) = best else { continue };
        let own = best.minus(cost);
        if seats == 0 {
            // Only members without seats: at least one of them.
            if !paying.is_empty() && (all > 0 || paying.len() < demands.len()) {
                offer(extra.clone(), 0, paying.clone());
            } else if let Some((value, item)) = idle
                .iter()
                .filter_map(|item| Some((values.get(*item)?, *item)))
                .max_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1)))
            {
                offer(value.clone(), 0, vec![item]);
            }
        } else if seats == all && seats > 0 {
            // All members with seats: proper only when somebody without seats stays out.
            if paying.len() < idle.len() {
                offer(own.plus(&extra), seats, paying.clone());
            } else if let Some(left_out) =
                idle.iter().copied().min_by(|a, b| values.get(*a).cmp(&values.get(*b)).then(b.cmp(a)))
            {
                let with: Vec<usize> = idle.iter().copied().filter(|item| *item != left_out).collect();
                let sum = with.iter().filter_map(|item| values.get(*item)).fold(own, |sum, value| sum.plus(value));
                offer(sum, seats, with);
            }
        } else {
            offer(own.plus(&extra), seats, paying.clone());
        }
    }
    let (excess, mut seats, mut coalition) = found?;
    for (item, demand) in demands.iter().enumerate() {
        let word = item.checked_mul(takes.words_per_row)?.checked_add(seats >> 6)?;
        let taken = *demand > 0 && takes.words.get(word)? >> (seats & 63) & 1 == 1;
        if taken {
            coalition.push(item);
            seats = seats.checked_sub(*demand)?;
        }
    }
    coalition.sort_unstable();
    Some((excess, coalition))
}
