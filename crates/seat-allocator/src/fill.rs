//! Water filling: the level `λ` at which quotas `λ · weight`, held within their bounds, add up to the supply, exactly.

use crate::group::{Group, total};
use crate::search::{Bracket, bracket, quotient};
use crate::wide::{Fraction, clamp_u64, divide, product};
use std::cmp::Ordering;

/// The level, as a fraction of whole numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    pub(crate) above: u128,
    pub(crate) below: u128,
}

/// Where a claim stands at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    AtLower,
    AtUpper,
    Between,
}

impl Level {
    /// Where the claim stands, without a division.
    pub(crate) fn place(&self, lower: u64, upper: u64, weight: u64) -> Place {
        // At most 2^63 seats times 64 bits of weight.
        let filled = (0, self.above.saturating_mul(weight.into()));
        if filled <= product(lower.into(), self.below) {
            Place::AtLower
        } else if filled >= product(upper.into(), self.below) {
            Place::AtUpper
        } else {
            Place::Between
        }
    }

    /// Quota of a claim: whole seats, and the rest as numerator over `self.below`.
    pub(crate) fn quota(&self, lower: u64, upper: u64, weight: u64) -> (u64, u128) {
        // At most 2^63 seats times 64 bits of weight.
        let filled = self.above.saturating_mul(weight.into());
        let (whole, rest) = divide(filled, self.below);
        if whole < u128::from(lower) {
            (lower, 0)
        } else if whole >= u128::from(upper) {
            (upper, 0)
        } else {
            (clamp_u64(whole), rest)
        }
    }
}

/// A bound as a level: where a claim starts to rise, or stops.
#[derive(Debug, Clone, Copy)]
struct Turn {
    level: Fraction,
    bound: u64,
    weight: u64,
    starts: bool,
}

/// The level for a supply between the sum of the lower bounds and what claims with a weight can take.
///
/// Weights of zero keep their lower bound.
pub(crate) fn level(group: &Group, supply: u64) -> Level {
    let target = u128::from(supply);
    let found = near(group, target, |level| filled(group, level));

    // Claims that are fixed or rise at `low`, and the turns between the two ends.
    let (mut fixed, mut rising) = (0_u128, 0_u128);
    let mut turns = Vec::new();
    for (lower, upper, weight) in group.rows() {
        let (start, stop) = (reached(found.low, lower, weight), reached(found.low, upper, weight));
        if !start || stop {
            fixed = fixed.saturating_add(if stop { upper } else { lower }.into());
        } else {
            rising = rising.saturating_add(weight.into());
        }
        for (bound, starts, passed) in [(lower, true, start), (upper, false, stop)] {
            if !passed && reached(found.high, bound, weight) {
                let level = Fraction::new(bound.into(), weight.into());
                turns.push(Turn { level, bound, weight, starts });
            }
        }
    }
    turns.sort_unstable_by(|a, b| a.level.order(&b.level).then(b.starts.cmp(&a.starts)));
    for turn in &turns {
        // fixed + rising · level ≥ target?
        let need = product(target.saturating_sub(fixed), turn.level.below);
        if product(rising, turn.level.above).cmp(&need) != Ordering::Less {
            if rising == 0 {
                return Level { above: turn.level.above, below: turn.level.below };
            }
            break;
        }
        if turn.starts {
            fixed = fixed.saturating_sub(turn.bound.into());
            rising = rising.saturating_add(turn.weight.into());
        } else {
            fixed = fixed.saturating_add(turn.bound.into());
            rising = rising.saturating_sub(turn.weight.into());
        }
    }
    Level { above: target.saturating_sub(fixed), below: rising.max(1) }
}

/// Two levels around the one that is sought; `value` is one pass over all claims.
fn near(group: &Group, target: u128, value: impl FnMut(u128) -> u128) -> Bracket {
    let many = u128::try_from(group.members.len()).unwrap_or(u128::MAX);
    let first = divide(target << 64, total(&group.weight)).0;
    bracket(target, first, (many / 16).saturating_add(64), value)
}

/// Whether `level · weight` is at least `seats`. Without weight, only zero is ever reached.
fn reached(level: u128, seats: u64, weight: u64) -> bool {
    quotient(level, weight).0 >= u128::from(seats) && (weight > 0 || seats == 0)
}

/// Sum of the quotas at a level, rounded up.
fn filled(group: &Group, level: u128) -> u128 {
    let (mut whole, mut parts) = (0_u128, 0_u128);
    for (lower, upper, weight) in group.rows() {
        let (seats, fraction) = quotient(level, weight);
        let (seats, fraction) = if seats < u128::from(lower) {
            (lower.into(), 0)
        } else if seats >= u128::from(upper) {
            (upper.into(), 0)
        } else {
            (seats, fraction)
        };
        whole = whole.saturating_add(seats);
        parts = parts.saturating_add(fraction.into());
    }
    whole.saturating_add(parts.div_ceil(1 << 64))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    /// Bounds bind somewhere: weights over three powers of ten, about thirty seats a claim where requests are about 65.
    fn group(claims: usize) -> Group {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut group = Group::with_capacity(claims);
        for member in 0..claims {
            let weight = 300 + next(1_000) * next(400);
            let request = 5 + next(120);
            group.push(member, next(4), request, weight);
        }
        group
    }

    /// Counted, not timed: the passes do not grow with the claims, and what is sorted grows with them at most.
    #[test]
    fn a_doubling_of_the_claims_takes_no_more_passes_and_sorts_no_more_than_the_claims() {
        for claims in [1_000_u32, 2_000, 4_000, 8_000, 16_000] {
            let group = group(claims.try_into().unwrap_or(0));
            let mut passes = 0;
            let found = near(&group, u128::from(claims) * 30, |level| {
                passes += 1;
                filled(&group, level)
            });
            let between = |bound, weight| !reached(found.low, bound, weight) && reached(found.high, bound, weight);
            let turns = group.rows().flat_map(|(lower, upper, weight)| [(lower, weight), (upper, weight)]);
            let turns = turns.filter(|&(bound, weight)| between(bound, weight)).count();
            assert!(passes <= 16, "{claims} claims: {passes} passes");
            assert!(turns * 8 <= group.members.len(), "{claims} claims: {turns} turns sorted");
            println!("{claims} claims: {passes} passes, {turns} turns sorted");
        }
    }
}
