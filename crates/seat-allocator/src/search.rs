//! Bracketing a level: a few passes over all claims instead of one step per seat.
//! Levels are fixed-point numbers with 64 fractional bits; they only narrow the field. What decides is exact and elsewhere.

use crate::wide::divide;

/// Levels `low < high` with `value(low) ≤ target < value(high)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bracket {
    pub(crate) low: u128,
    pub(crate) high: u128,
}

/// Highest level there is: 2^63 seats for a weight of 1.
const TOP: u128 = (1 << 127) | ((1 << 65) - 1);

/// Narrows a non-decreasing `value` around `target` until both ends differ by at most `slack`, or by one step.
///
/// Needs `value(0) ≤ target < value(TOP)`; `first` is a guess.
pub(crate) fn bracket(target: u128, first: u128, slack: u128, mut value: impl FnMut(u128) -> u128) -> Bracket {
    let (mut low, mut below) = (0, value(0));
    let (mut high, mut above) = (first.clamp(1, TOP), 0);
    loop {
        above = value(high).max(above);
        if above > target || high >= TOP {
            break;
        }
        (low, below) = (high, above);
        high = high.saturating_mul(2).min(TOP);
    }
    // Aim a little below and a little above the target in turn, so that both ends close in; halve every third time, so
    // that no shape of the curve can make this slow.
    let margin = slack / 3;
    for turn in 0_u32.. {
        let width = high.saturating_sub(low);
        if width <= 1 || above.saturating_sub(below) <= slack {
            break;
        }
        let aim = match turn % 3 {
            0 => target.saturating_sub(margin).max(below),
            1 => target.saturating_add(margin).min(above),
            _ => 0,
        };
        let step = if turn % 3 == 2 {
            width / 2
        } else {
            share(width, aim.saturating_sub(below), above.saturating_sub(below))
        };
        let middle = low.saturating_add(step.clamp(1, width.saturating_sub(1)));
        let found = value(middle);
        if found <= target {
            (low, below) = (middle, found);
        } else {
            (high, above) = (middle, found);
        }
    }
    Bracket { low, high }
}

/// About `width · part / whole`.
fn share(width: u128, part: u128, whole: u128) -> u128 {
    width
        .checked_mul(part)
        .map_or_else(|| divide(width, whole).0.saturating_mul(part), |product| divide(product, whole).0)
}

/// `level · weight` as whole part and 64 fractional bits.
pub(crate) fn quotient(level: u128, weight: u64) -> (u128, u64) {
    let weight = u128::from(weight);
    let fraction = (level & u128::from(u64::MAX)).saturating_mul(weight);
    let whole = (level >> 64).saturating_mul(weight).saturating_add(fraction >> 64);
    (whole, crate::wide::low(fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passes over all claims that a value needs.
    fn passes(target: u128, first: u128, slack: u128, value: impl Fn(u128) -> u128) -> u32 {
        let mut passes = 0_u32;
        let found = bracket(target, first, slack, |level| {
            passes = passes.saturating_add(1);
            value(level)
        });
        assert!(value(found.low) <= target && target < value(found.high), "{found:?}");
        assert!(
            found.high.abs_diff(found.low) == 1 || value(found.high).abs_diff(value(found.low)) <= slack,
            "{found:?}"
        );
        passes
    }

    #[test]
    fn a_straight_line_and_a_fair_guess_take_a_few_passes() {
        assert!(passes(1_000_000, 1 << 89, 1_000, |level| level >> 70) <= 20);
    }

    #[test]
    fn no_shape_takes_more_than_a_few_hundred() {
        for step in [1_u128, 1 << 20, 1 << 64, (1 << 64) + 1, 1 << 100, TOP] {
            assert!(passes(5, 1 << 64, 2, |level| if level >= step { 1_000_000 } else { 0 }) <= 500);
            assert!(
                passes(5, 1 << 64, 2, |level| match (level >= 3, level >= step) {
                    (_, true) => 13,
                    (true, false) => 4,
                    (false, false) => 0,
                }) <= 500
            );
        }
        assert!(passes(40, 1 << 64, 0, |level| u128::from(128_u32.saturating_sub(level.leading_zeros()))) <= 500);
    }

    #[test]
    fn a_quotient_splits_into_seats_and_a_fraction() {
        assert_eq!(quotient(3 << 63, 3), (4, 1 << 63));
        assert_eq!(quotient(1, u64::MAX), (0, u64::MAX));
    }
}
