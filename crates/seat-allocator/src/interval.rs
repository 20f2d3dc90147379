//! The published "divisor X": from the last seat given and the first refused to the divisors that reproduce the result.
#![allow(clippy::arithmetic_side_effects, reason = "big integers cannot overflow; every denominator here is checked")]

use crate::allocation::{Cut, DivisorInterval};
use crate::group::Group;
use crate::problem::Divisor;
use crate::wide::Fraction;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};
use std::cmp::Ordering;

/// Most decimals tried before a bound is printed as an exact ratio or root.
const MOST_DECIMALS: u32 = 30;

/// Where a divisor method stopped: the last seat given, the first refused, and the divisors in between.
///
/// There is no interval when no claim was refused a seat that it could take, or when a first seat was refused (then no finite
/// divisor exists).
pub(crate) fn cut(method: Divisor, group: &Group, seats: &[u64]) -> Cut {
    let mut refused: Option<(Fraction, usize)> = None;
    let mut given: Option<(Fraction, usize)> = None;
    let rows = seats.iter().zip(group.rows()).zip(&group.members);
    for ((&seat, (lower, upper, weight)), &member) in rows.filter(|((_, row), _)| row.2 > 0) {
        if seat < upper {
            let key = method.key(seat, weight);
            if refused.is_none_or(|(best, _)| key.order(&best) == Ordering::Less) {
                refused = Some((key, member));
            }
        }
        if seat > lower {
            let key = method.key(seat.saturating_sub(1), weight);
            if given.is_none_or(|(best, _)| key.order(&best) == Ordering::Greater) {
                given = Some((key, member));
            }
        }
    }
    let bound = |seat: Option<(Fraction, usize)>| seat.and_then(|(key, _)| Bound::new(method, key, group.scale));
    Cut::Divisor {
        interval: bound(refused).map(|low| print(&low, bound(given).as_ref())),
        last_given: given.map(|(_, member)| member),
        first_refused: refused.map(|(_, member)| member),
    }
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
        Some(Self { above: above / &common, below: below / &common, root })
    }

    /// Times `10^decimals`, rounded down or up to a whole number.
    fn scaled(&self, decimals: u32, up: bool) -> BigInt {
        let shift = BigInt::from(10).pow(decimals);
        if !self.root {
            let above = &self.above * shift;
            return if up { above.div_ceil(&self.below) } else { above.div_floor(&self.below) };
        }
        let above = &self.above * &shift * shift;
        if up {
            let square = above.div_ceil(&self.below);
            let root = square.sqrt();
            if &root * &root == square { root } else { root + 1 }
        } else {
            above.div_floor(&self.below).sqrt()
        }
    }

    fn exact(&self) -> String {
        let ratio = if self.below.is_one() { self.above.to_string() } else { format!("{}/{}", self.above, self.below) };
        if self.root { format!("sqrt({ratio})") } else { ratio }
    }
}

/// The bounds rounded inwards to as few decimals as keep the suggested divisor between them.
fn print(low: &Bound, high: Option<&Bound>) -> DivisorInterval {
    let suggested = suggested(low, high);
    let printed = (0..=MOST_DECIMALS).find_map(|decimals| {
        let least = low.scaled(decimals, true);
        let most = high.map(|high| high.scaled(decimals, false));
        let fits = !least.is_zero() && most.as_ref().is_none_or(|most| least <= *most);
        let inside = suggested.as_ref().is_none_or(|(value, places)| {
            let (value, unit) = (value * BigInt::from(10).pow(decimals), BigInt::from(10).pow(*places));
            &least * &unit <= value && most.as_ref().is_none_or(|most| value <= most * &unit)
        });
        (fits && inside).then(|| (decimal(&least, decimals), most.map(|most| decimal(&most, decimals))))
    });
    let (low_text, high_text) = printed.unwrap_or_else(|| (low.exact(), high.map(Bound::exact)));
    let suggested = suggested.map_or_else(|| low_text.clone(), |(value, places)| decimal(&value, places));
    DivisorInterval { low: low_text, high: high_text, suggested }
}

/// The roundest divisor strictly inside the interval with its decimals, so that nobody has to round a number that lies on
/// a signpost; nothing when a tie has left the interval with a single point.
fn suggested(low: &Bound, high: Option<&Bound>) -> Option<(BigInt, u32)> {
    (0..=MOST_DECIMALS).find_map(|decimals| {
        let least = low.scaled(decimals, false) + 1;
        let most = high.map(|high| high.scaled(decimals, true) - 1);
        let fits = most.as_ref().is_none_or(|most| least <= *most);
        fits.then(|| (roundest(&least, most.as_ref()), decimals))
    })
}

/// The first number of `least..=most` with the most zeros at its end; without an upper end, with one digit before its zeros.
fn roundest(least: &BigInt, most: Option<&BigInt>) -> BigInt {
    let digits = u32::try_from(least.to_string().len()).unwrap_or(0);
    let longest = most.map_or(digits.saturating_sub(1), |_| digits);
    let rounded = (0..=longest).rev().find_map(|zeros| {
        let unit = BigInt::from(10).pow(zeros);
        let next = least.div_ceil(&unit) * unit;
        most.is_none_or(|most| next <= *most).then_some(next)
    });
    rounded.unwrap_or_else(|| least.clone())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(above: u64, below: u64) -> Bound {
        Bound { above: above.into(), below: below.into(), root: false }
    }

    fn printed(low: &Bound, high: Option<&Bound>) -> (String, Option<String>, String) {
        let interval = print(low, high);
        (interval.low, interval.high, interval.suggested)
    }

    fn texts(low: &str, high: Option<&str>, suggested: &str) -> (String, Option<String>, String) {
        (low.to_owned(), high.map(str::to_owned), suggested.to_owned())
    }

    #[test]
    fn bounds_are_rounded_inwards_to_as_few_decimals_as_fit() {
        assert_eq!(printed(&ratio(97, 10), Some(&ratio(117, 10))), texts("10", Some("11"), "10"));
        assert_eq!(printed(&ratio(7, 3), Some(&ratio(5, 2))), texts("2.4", Some("2.5"), "2.4"));
        assert_eq!(printed(&ratio(2, 3), Some(&ratio(2, 3))), texts("2/3", Some("2/3"), "2/3"));
    }

    #[test]
    fn the_suggestion_lies_strictly_inside() {
        assert_eq!(printed(&ratio(1, 1), Some(&ratio(2, 1))), texts("1", Some("2"), "1.1"));
        assert_eq!(printed(&ratio(10, 1), Some(&ratio(200, 1))), texts("10", Some("200"), "100"));
        assert_eq!(printed(&ratio(472_108, 1), None), texts("472108", None, "500000"));
    }

    #[test]
    fn the_suggestion_lies_between_the_printed_bounds() {
        // 38/7 to 5.5: with one decimal only 5.5 itself fits, and that lies on a signpost.
        assert_eq!(printed(&ratio(38, 7), Some(&ratio(11, 2))), texts("5.43", Some("5.5"), "5.43"));
    }

    #[test]
    fn roots_are_bounded_without_being_taken() {
        // √2 to √3; and √2 alone.
        let root = |number: u64| Bound { above: number.into(), below: BigInt::one(), root: true };
        assert_eq!(printed(&root(2), Some(&root(3))), texts("1.5", Some("1.7"), "1.5"));
        assert_eq!(printed(&root(2), Some(&root(2))), texts("sqrt(2)", Some("sqrt(2)"), "sqrt(2)"));
    }
}
