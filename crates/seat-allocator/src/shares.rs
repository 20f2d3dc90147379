//! The rules of the claims literature on exact ratios: an endowment, claims, and nothing rounded.
//! Thomson, *How to Divide When There Isn't Enough* (2019), is the reference for names and formulas.

use crate::fill::{self, Place};
use crate::group::Group;
use crate::ratio::Ratio;
use crate::stop::Stop;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::ToPrimitive;

mod arrival;

pub(crate) use arrival::random_arrival;

pub(crate) fn sum<'a>(values: impl IntoIterator<Item = &'a Ratio>) -> Ratio {
    values.into_iter().fold(Ratio::zero(), |sum, value| sum.plus(value))
}

/// Bounds and weight of one claim; `upper` is never below `lower`.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) lower: Ratio,
    pub(crate) upper: Ratio,
    pub(crate) weight: Ratio,
}

/// Awards `λ · weight`, held within the bounds, that add up to `endowment`, with their level `λ`; `None` when the claims that
/// have a weight cannot take so much.
pub(crate) fn filled(rows: &[Row], endowment: &Ratio) -> Option<(Ratio, Vec<Ratio>)> {
    if let Some(found) = whole_filled(rows, endowment) {
        return Some(found);
    }
    if sum(rows.iter().map(|row| if row.weight.is_zero() { &row.lower } else { &row.upper })) < *endowment {
        return None;
    }
    let level = swept_level(rows, endowment);
    let held = |row: &Row| row.weight.times(&level).max(row.lower.clone()).min(row.upper.clone());
    let awards = rows.iter().map(held).collect();
    Some((level, awards))
}

/// The same by the integer search, when a common unit makes all numbers whole and small enough.
fn whole_filled(rows: &[Row], endowment: &Ratio) -> Option<(Ratio, Vec<Ratio>)> {
    let quantity = common_unit(rows.iter().flat_map(|row| [&row.lower, &row.upper]).chain([endowment]))?;
    let weight = common_unit(rows.iter().map(|row| &row.weight))?;
    let whole = |ratio: &Ratio| scaled(ratio, quantity).filter(|&number| number <= crate::prepare::MOST);
    let mut group = Group::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        group.push(index, whole(&row.lower)?, whole(&row.upper)?, scaled(&row.weight, weight)?);
    }
    let supply = whole(endowment)?;
    let reach = group
        .rows()
        .fold(0_u128, |sum, (lower, upper, weight)| sum.saturating_add(if weight > 0 { upper } else { lower }.into()));
    if u128::from(supply) >= reach {
        return None;
    }
    let level = fill::level(&group, supply);
    // The part of one unit of weight in lowest terms: what an award then has in common with it, its weight has.
    let (above, below) = (level.above, level.below.checked_mul(quantity.into())?);
    let common = above.gcd(&below);
    let (above, below) = (above.checked_div(common)?, below.checked_div(common)?);
    let award = |(row, (lower, upper, weight)): (&Row, (u64, u64, u64))| {
        Some(match level.place(lower, upper, weight) {
            Place::AtLower => row.lower.clone(),
            Place::AtUpper => row.upper.clone(),
            Place::Between => {
                let common = common_divisor(weight, below)?;
                let times = u128::from(weight.checked_div(common)?);
                Ratio::of_coprime(above.checked_mul(times)?, below.checked_div(common.into())?)
            }
        })
    };
    let awards = rows.iter().zip(group.rows()).map(award).collect::<Option<Vec<Ratio>>>()?;
    let level = Ratio::of_coprime(above, below).times(&Ratio::from(weight));
    Some((level, awards))
}

/// Greatest common divisor of a weight, which is not zero, and any number.
fn common_divisor(weight: u64, number: u128) -> Option<u64> {
    let rest = match u64::try_from(number) {
        Ok(number) => number.checked_rem(weight)?,
        Err(_) => u64::try_from(number.checked_rem(weight.into())?).ok()?,
    };
    Some(weight.gcd(&rest))
}

/// The least number that makes all ratios whole, within 64 bits.
fn common_unit<'a>(mut ratios: impl Iterator<Item = &'a Ratio>) -> Option<u64> {
    ratios.try_fold(1_u64, |unit, ratio| {
        if ratio.is_integer() { Some(unit) } else { BigInt::from(unit).lcm(&ratio.denominator()).to_u64() }
    })
}

fn scaled(ratio: &Ratio, unit: u64) -> Option<u64> {
    if unit == 1 { ratio.to_u64() } else { ratio.times(&Ratio::from(unit)).to_u64() }
}

/// The level by a sweep over all bounds, on ratios of any size.
fn swept_level(rows: &[Row], endowment: &Ratio) -> Ratio {
    let mut turns: Vec<(Ratio, &Ratio, &Ratio, bool)> = Vec::new();
    for row in rows.iter().filter(|row| !row.weight.is_zero()) {
        turns.push((row.lower.over(&row.weight), &row.lower, &row.weight, true));
        turns.push((row.upper.over(&row.weight), &row.upper, &row.weight, false));
    }
    turns.sort_by(|a, b| a.0.cmp(&b.0));
    let mut fixed = sum(rows.iter().map(|row| &row.lower));
    let mut rising = Ratio::zero();
    let mut last = Ratio::zero();
    for (turn, bound, weight, starts) in turns {
        if fixed.plus(&rising.times(&turn)) >= *endowment {
            return if rising.is_zero() { turn } else { endowment.minus(&fixed).over(&rising) };
        }
        if starts {
            (fixed, rising) = (fixed.minus(bound), rising.plus(weight));
        } else {
            (fixed, rising) = (fixed.plus(bound), rising.minus(weight));
        }
        last = turn;
    }
    last
}

/// Everyone level, up to the own claim.
pub(crate) fn equal_awards(claims: &[Ratio], endowment: &Ratio) -> Vec<Ratio> {
    let rows: Vec<Row> =
        claims.iter().map(|claim| Row { lower: Ratio::zero(), upper: claim.clone(), weight: Ratio::one() }).collect();
    filled(&rows, endowment).map_or_else(|| claims.to_vec(), |(_, awards)| awards)
}

/// Everyone short by the same, never below nothing.
pub(crate) fn equal_losses(claims: &[Ratio], endowment: &Ratio) -> Vec<Ratio> {
    let short = sum(claims).minus(endowment);
    let losses = equal_awards(claims, &short);
    claims.iter().zip(&losses).map(|(claim, loss)| claim.minus(loss)).collect()
}

/// Nobody passes half the own claim before everybody reaches it; then everyone level again (Chun, Schummer, Thomson 2001).
pub(crate) fn constrained_egalitarian(claims: &[Ratio], endowment: &Ratio) -> Vec<Ratio> {
    let half = Ratio::one().over(&Ratio::from(2));
    let halves: Vec<Ratio> = claims.iter().map(|claim| claim.times(&half)).collect();
    if *endowment <= sum(&halves) {
        return equal_awards(&halves, endowment);
    }
    let row =
        |(lower, upper): (&Ratio, &Ratio)| Row { lower: lower.clone(), upper: upper.clone(), weight: Ratio::one() };
    let rows: Vec<Row> = halves.iter().zip(claims).map(row).collect();
    filled(&rows, endowment).map_or_else(|| claims.to_vec(), |(_, awards)| awards)
}

/// The mean of equal awards and equal losses.
pub(crate) fn average_of_awards_and_losses(claims: &[Ratio], endowment: &Ratio) -> Vec<Ratio> {
    let half = Ratio::one().over(&Ratio::from(2));
    let losses = equal_losses(claims, endowment);
    equal_awards(claims, endowment).iter().zip(&losses).map(|(award, rest)| award.plus(rest).times(&half)).collect()
}

/// Claims times rounds of securing before the rule gives up; each round multiplies denominators by the number of claims.
const MOST_SECURED: usize = 2_500;

/// Everyone secures `1/n` of the own claim, or of all there is if that is less; then again on what remains
/// (Domínguez and Thomson 2006). Ends exactly, because claims shrink while the shortage stays.
///
/// # Errors
/// [`Stop::TooMuchWork`] at the largest claim, when the shortage is so small that the rounds do not end soon.
pub(crate) fn dominguez_thomson(claims: &[Ratio], endowment: &Ratio) -> Result<Vec<Ratio>, Stop> {
    // Nobody claims nothing: a claim of zero secures no part and would keep the rest from ever being secured.
    let many = claims.iter().filter(|claim| !claim.is_zero()).count();
    let count = Ratio::from(u64::try_from(many).unwrap_or(u64::MAX));
    let (mut open, mut left) = (claims.to_vec(), endowment.clone());
    let mut awards = vec![Ratio::zero(); claims.len()];
    for _ in 0..MOST_SECURED.checked_div(many).unwrap_or(0) {
        if left.is_zero() {
            return Ok(awards);
        }
        let secured: Vec<Ratio> = open.iter().map(|claim| claim.clone().min(left.clone()).over(&count)).collect();
        left = left.minus(&sum(&secured));
        for ((award, claim), more) in awards.iter_mut().zip(&mut open).zip(&secured) {
            *award = award.plus(more);
            *claim = claim.minus(more);
        }
    }
    if left.is_zero() {
        return Ok(awards);
    }
    let largest = claims.iter().zip(0..).max_by(|a, b| a.0.cmp(b.0)).map_or(0, |(_, index)| index);
    Err(Stop::TooMuchWork { index: largest, most: u64::try_from(MOST_SECURED).unwrap_or(u64::MAX) })
}

type Half = fn(&[Ratio], &Ratio) -> Vec<Ratio>;

/// One rule on half the claims while the endowment is at most half of all claims, another on the other half beyond.
pub(crate) fn by_halves(claims: &[Ratio], endowment: &Ratio, first: Half, second: Half) -> Vec<Ratio> {
    let half = Ratio::one().over(&Ratio::from(2));
    let halves: Vec<Ratio> = claims.iter().map(|claim| claim.times(&half)).collect();
    let middle = sum(&halves);
    if *endowment <= middle {
        return first(&halves, endowment);
    }
    let more = second(&halves, &endowment.minus(&middle));
    halves.iter().zip(&more).map(|(half, more)| half.plus(more)).collect()
}

/// What the others leave undisputed first; the rest in proportion to what is still claimed, no claim counting for more
/// than there is.
pub(crate) fn adjusted_proportional(claims: &[Ratio], endowment: &Ratio) -> Vec<Ratio> {
    let all = sum(claims);
    let undisputed: Vec<Ratio> =
        claims.iter().map(|claim| endowment.minus(&all.minus(claim)).max(Ratio::zero())).collect();
    let rest = endowment.minus(&sum(&undisputed));
    let disputed: Vec<Ratio> =
        claims.iter().zip(&undisputed).map(|(claim, first)| claim.minus(first).min(rest.clone())).collect();
    let share = rest.over(&sum(&disputed));
    undisputed.iter().zip(&disputed).map(|(first, disputed)| first.plus(&disputed.times(&share))).collect()
}

/// Claims laid over the endowment so that they overlap least (O'Neill 1982; Alcalde, Marco and Silva 2008).
pub(crate) fn minimal_overlap(claims: &[Ratio], endowment: &Ratio) -> Vec<Ratio> {
    let cut: Vec<Ratio> = claims.iter().map(|claim| claim.clone().min(endowment.clone())).collect();
    let mut order: Vec<(&Ratio, usize)> = cut.iter().zip(0..).collect();
    order.sort();
    let base = overlap_base(&order, endowment);
    // Below the base every slice is shared by all whose claim reaches it; above it, everyone stands alone.
    let mut awards = vec![Ratio::zero(); claims.len()];
    let (mut shared, mut floor) = (Ratio::zero(), Ratio::zero());
    let mut sharing = u64::try_from(claims.len()).unwrap_or(u64::MAX);
    for (claim, index) in order {
        let top = claim.clone().min(base.clone());
        shared = shared.plus(&top.minus(&floor).over(&Ratio::from(sharing)));
        floor = top;
        sharing = sharing.saturating_sub(1);
        if let Some(award) = awards.get_mut(index) {
            *award = shared.plus(&claim.minus(&base).max(Ratio::zero()));
        }
    }
    awards
}

/// The height `t` with `t + Σ max(0, c − t)` equal to the endowment; the endowment itself when one claim covers it.
fn overlap_base(ascending: &[(&Ratio, usize)], endowment: &Ratio) -> Ratio {
    if ascending.last().is_none_or(|(largest, _)| *largest >= endowment) {
        return endowment.clone();
    }
    // Between two claims the sum is linear in t: above + (1 − count) · t, with `count` claims above t.
    let mut above = sum(ascending.iter().map(|(claim, _)| *claim));
    let mut count = u64::try_from(ascending.len()).unwrap_or(u64::MAX);
    for (claim, _) in ascending {
        let slope = Ratio::from(count.saturating_sub(1));
        let at_claim = above.minus(&slope.times(claim));
        if at_claim <= *endowment && !slope.is_zero() {
            return above.minus(endowment).over(&slope);
        }
        above = above.minus(claim);
        count = count.saturating_sub(1);
    }
    endowment.clone()
}
