//! The published "divisor X": from the last seat given and the first refused to the divisors that reproduce the result.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "big integers cannot overflow; every denominator here is checked"
)]

use crate::allocation::DivisorInterval;
use crate::group::Group;
use crate::problem::Divisor;
use crate::wide::Fraction;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};
use std::cmp::Ordering;

/// Most decimals tried before a bound is printed as an exact ratio or root.
const MOST_DECIMALS: u32 = 30;

/// The divisors for which every claim keeps its seats, or nothing when no claim was refused a seat that it could take, or
/// when a first seat was refused (then no finite divisor exists).
pub(crate) fn of(method: Divisor, group: &Group, seats: &[u64]) -> Option<DivisorInterval> {
    let mut refused: Option<Fraction> = None;
    let mut given: Option<Fraction> = None;
    for (&seat, (lower, upper, weight)) in seats.iter().zip(group.rows()) {
        if weight == 0 {
            continue;
        }
        if seat < upper {
            let key = method.key(seat, weight);
            if refused.is_none_or(|best| key.order(&best) == Ordering::Less) {
                refused = Some(key);
            }
        }
        if seat > lower {
            let key = method.key(seat.saturating_sub(1), weight);
            if given.is_none_or(|best| key.order(&best) == Ordering::Greater) {
                given = Some(key);
            }
        }
    }
    let low = Bound::new(method, refused?, group.scale)?;
    let high = given.and_then(|key| Bound::new(method, key, group.scale));
    Some(print(&low, high.as_ref()))
}

/// A divisor `above ÷ below`, or its square root.
#[derive(Debug, PartialEq, Eq)]
struct Bound {
    above: BigInt,
    below: BigInt,
    root: bool,
}

impl Bound {
    /// Undoes [`Divisor::key`]: weight ÷ signpost, in the weights of the problem. Nothing for an infinite divisor.
    fn new(method: Divisor, key: Fraction, scale: u64) -> Option<Self> {
        let scale = BigInt::from(scale);
        let (above, below) = (BigInt::from(key.below), BigInt::from(key.above));
        let (above, below, root) = match method {
            Divisor::Adams | Divisor::Jefferson => (above, below * scale, false),
            Divisor::Webster => (above * 2, below * scale, false),
            Divisor::Dean => (above, below * 2 * scale, false),
            Divisor::Hill => (above, below * &scale * scale, true),
        };
        if below.is_zero() {
            return None;
        }
        let common = above.gcd(&below);
        Some(Self {
            above: above / &common,
            below: below / &common,
            root,
        })
    }

    /// Times `10^decimals`, rounded down or up to a whole number.
    fn scaled(&self, decimals: u32, up: bool) -> BigInt {
        let shift = BigInt::from(10).pow(decimals);
        if !self.root {
            let above = &self.above * shift;
            return if up {
                above.div_ceil(&self.below)
            } else {
                above.div_floor(&self.below)
            };
        }
        let above = &self.above * &shift * shift;
        if up {
            let square = above.div_ceil(&self.below);
            let root = square.sqrt();
            if &root * &root == square {
                root
            } else {
                root + 1
            }
        } else {
            above.div_floor(&self.below).sqrt()
        }
    }

    fn exact(&self) -> String {
        let ratio = if self.below.is_one() {
            self.above.to_string()
        } else {
            format!("{}/{}", self.above, self.below)
        };
        if self.root {
            format!("sqrt({ratio})")
        } else {
            ratio
        }
    }
}

fn print(low: &Bound, high: Option<&Bound>) -> DivisorInterval {
    for decimals in 0..=MOST_DECIMALS {
        let least = low.scaled(decimals, true);
        let most = high.map(|high| high.scaled(decimals, false));
        if most.as_ref().is_none_or(|most| least <= *most) && !least.is_zero() {
            let suggested = roundest(&least, most.as_ref());
            return DivisorInterval {
                low: decimal(&least, decimals),
                high: most.map(|most| decimal(&most, decimals)),
                suggested: decimal(&suggested, decimals),
            };
        }
    }
    DivisorInterval {
        low: low.exact(),
        high: high.map(Bound::exact),
        suggested: low.exact(),
    }
}

/// The first number of `least..=most` with the most zeros at its end; strictly inside when there is one, so that nobody
/// has to round a tie. Without an upper end, the first number with one digit before its zeros.
fn roundest(least: &BigInt, most: Option<&BigInt>) -> BigInt {
    let inside = |number: &BigInt| most.is_none_or(|most| number < most);
    let digits = u32::try_from(least.to_string().len()).unwrap_or(0);
    let longest = most.map_or(digits.saturating_sub(1), |_| digits);
    for zeros in (0..=longest).rev() {
        let unit = BigInt::from(10).pow(zeros);
        let next = (least.div_floor(&unit) + 1) * unit;
        if inside(&next) {
            return next;
        }
    }
    least.clone()
}

fn decimal(number: &BigInt, decimals: u32) -> String {
    let digits = number.to_string();
    let decimals = usize::try_from(decimals).unwrap_or(0);
    if decimals == 0 {
        return digits;
    }
    let digits = format!("{digits:0>width$}", width = decimals.saturating_add(1));
    let (whole, part) = digits.split_at(digits.len().saturating_sub(decimals));
    let text = format!("{whole}.{part}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
