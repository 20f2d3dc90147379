//! Products of 256 bits, enough for the exact comparison of any two priorities.
//! Weights and seats have at most 64 bits, so no comparison of this crate ever needs a wider number.

use std::cmp::Ordering;

/// `a · b` as (high, low) halves of 128 bits.
pub(crate) fn product(a: u128, b: u128) -> (u128, u128) {
    if let Some(small) = a.checked_mul(b) {
        return (0, small);
    }
    let (a1, a0) = halves(a);
    let (b1, b0) = halves(b);
    // Each partial product has at most 128 bits, so the wrapping forms below never wrap except where a carry is read.
    let low = a0.wrapping_mul(b0);
    let (middle, carry) = a1.wrapping_mul(b0).overflowing_add(a0.wrapping_mul(b1));
    let (low, overflow) = low.overflowing_add(middle << 64);
    let high = a1
        .wrapping_mul(b1)
        .wrapping_add(middle >> 64)
        .wrapping_add(u128::from(carry) << 64)
        .wrapping_add(u128::from(overflow));
    (high, low)
}

fn halves(x: u128) -> (u128, u128) {
    (x >> 64, x & u128::from(u64::MAX))
}

/// A non-negative fraction compared by exact cross-multiplication; over zero it is infinite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fraction {
    pub(crate) above: u128,
    pub(crate) below: u128,
}

impl Fraction {
    pub(crate) const fn new(above: u128, below: u128) -> Self {
        Self { above, below }
    }

    /// Order by value (derived equality would compare the representation).
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        product(self.above, other.below).cmp(&product(other.above, self.below))
    }
}

/// Quotient and remainder; a zero divisor, which callers rule out, counts as one.
pub(crate) fn divide(a: u128, b: u128) -> (u128, u128) {
    (a.checked_div(b).unwrap_or(a), a.checked_rem(b).unwrap_or(0))
}

/// The low 64 bits; callers have bounded the value or want exactly those bits.
pub(crate) fn low(x: u128) -> u64 {
    let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h] = x.to_be_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The value, or the largest `u64` when it does not fit.
pub(crate) fn clamp_u64(x: u128) -> u64 {
    u64::try_from(x).unwrap_or(u64::MAX)
}
