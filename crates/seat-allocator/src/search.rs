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
pub(crate) fn bracket(
    target: u128,
    first: u128,
    slack: u128,
    mut value: impl FnMut(u128) -> u128,
) -> Bracket {
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
            share(
                width,
                aim.saturating_sub(below),
                above.saturating_sub(below),
            )
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
    width.checked_mul(part).map_or_else(
        || divide(width, whole).0.saturating_mul(part),
        |product| divide(product, whole).0,
    )
}

/// `level · weight` as whole part and 64 fractional bits.
pub(crate) fn quotient(level: u128, weight: u64) -> (u128, u64) {
    let weight = u128::from(weight);
    let fraction = (level & u128::from(u64::MAX)).saturating_mul(weight);
    let whole = (level >> 64)
        .saturating_mul(weight)
        .saturating_add(fraction >> 64);
    (whole, crate::wide::low(fraction))
}
