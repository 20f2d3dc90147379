//! Natural logarithms in fixed point: integers only, the same bits on every machine.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "big integers cannot overflow; subtractions are of a smaller from a larger number"
)]

use super::Hash;
use num_bigint::BigUint;
use std::cmp::Ordering;

/// Fractional bits of every logarithm.
const BITS: u64 = 192;
/// Bits carried while computing; what is cut off stays far below the last bit kept.
const WORK: u64 = 256;

/// `−ln(U)` times 2^192, rounded down, for `U = (ticket + 1) / 2^256`.
pub(super) fn wait(ticket: &Hash) -> BigUint {
    let number = BigUint::from_bytes_be(ticket.as_bytes()) + 1_u32;
    let full = two() * WORK;
    let ln = logarithm(&number);
    (if ln > full { BigUint::ZERO } else { full - ln }) >> (WORK - BITS)
}

/// Whether `wait / weight` comes before `other / other_weight`.
pub(super) fn sooner(wait: &BigUint, weight: u64, other: &BigUint, other_weight: u64) -> Ordering {
    (wait * other_weight).cmp(&(other * weight))
}

/// `ln(number) · 2^256` for a number of at least 1: its binary length times ln 2, and the series for what is left.
fn logarithm(number: &BigUint) -> BigUint {
    let length = number.bits().saturating_sub(1);
    let one = BigUint::from(1_u32) << WORK;
    let mantissa = (number << WORK) >> length;
    two() * length + artanh(&(((&mantissa - &one) << WORK) / (mantissa + one)))
}

/// `ln 2 · 2^256`: twice the inverse hyperbolic tangent of a third.
fn two() -> BigUint {
    artanh(&((BigUint::from(1_u32) << WORK) / 3_u32))
}

/// `2 · (z + z³/3 + z⁵/5 + …)`, for `z` up to a third.
fn artanh(z: &BigUint) -> BigUint {
    let square = (z * z) >> WORK;
    let (mut power, mut sum) = (z.clone(), BigUint::ZERO);
    let mut odd = 1_u32;
    while power > BigUint::ZERO {
        sum += &power / odd;
        power = (power * &square) >> WORK;
        odd = odd.saturating_add(2);
    }
    sum << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ln 2 to 60 decimals, from the Online Encyclopedia of Integer Sequences, A002162.
    #[test]
    fn the_logarithm_of_two_is_right_to_sixty_decimals() {
        let decimals = (two() * BigUint::from(10_u32).pow(60)) >> WORK;
        assert_eq!(
            decimals.to_string(),
            "693147180559945309417232121458176568075500134360255254120680"
        );
    }

    #[test]
    fn the_logarithm_of_a_product_is_the_sum() {
        let (six, two_, three) = (
            logarithm(&6_u32.into()),
            logarithm(&2_u32.into()),
            logarithm(&3_u32.into()),
        );
        let sum = two_ + three;
        let gap = if six > sum { six - sum } else { sum - six };
        assert!(
            gap < BigUint::from(1_u32) << 16,
            "the last bits of 256 may differ"
        );
    }

    #[test]
    fn the_largest_ticket_waits_no_time() {
        let largest: Hash = "f".repeat(64).parse().unwrap();
        assert_eq!(wait(&largest), BigUint::ZERO);
    }
}
