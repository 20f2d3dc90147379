//! Gauss-Legendre nodes and weights on [0, 1], correct to the last bit of a double: Newton's method on the Legendre
//! polynomial in fixed point with 160 fractional bits, so that the nodes add nothing visible to the error bound.

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

const BITS: u32 = 160;

/// Node and weight pairs for `count` points.
#[allow(
    clippy::float_arithmetic,
    reason = "part of the certified Shapley kernel: starting points of Newton's method and scaling by powers of two"
)]
pub(super) fn gauss_legendre(count: usize) -> Option<Vec<(f64, f64)>> {
    let one = BigInt::from(1) << BITS;
    let scale = 2.0_f64.powi(-160);
    let degree = count.to_f64()?;
    let mut pairs = Vec::with_capacity(count);
    for index in 0..count {
        let angle = std::f64::consts::PI * (index.to_f64()? + 0.75) / (degree + 0.5);
        let mut x = BigInt::from_f64(angle.cos() * 2.0_f64.powi(60))? << (BITS.checked_sub(60)?);
        let mut slope = BigInt::from(0);
        // Newton doubles the digits: 2^-8 or better at the start, 2^-160 after five steps; one more sets the slope.
        for _ in 0..7 {
            let (value, below) = legendre(count, &x);
            let span = ((&x * &x) >> BITS) - &one;
            // P'(x) = n (x P(x) - P_{n-1}(x)) / (x^2 - 1)
            let top = (((&x * &value) >> BITS) - below) * BigInt::from(count);
            slope = (top << BITS) / span;
            x -= (value << BITS) / &slope;
        }
        let rest = &one - ((&x * &x) >> BITS);
        let squared = (&slope * &slope) >> BITS;
        // On [0, 1] the weight is 1 / ((1 - x^2) P'(x)^2).
        let weight = (&one << BITS) / ((rest * squared) >> BITS);
        let node = (&one + &x) >> 1_u32;
        pairs.push((node.to_f64()? * scale, weight.to_f64()? * scale));
    }
    Some(pairs)
}

/// `P_n(x)` and `P_{n-1}(x)` in fixed point.
fn legendre(degree: usize, x: &BigInt) -> (BigInt, BigInt) {
    let (mut below, mut value) = (BigInt::from(1) << BITS, x.clone());
    for k in 1..degree {
        // (k + 1) P_{k+1} = (2k + 1) x P_k - k P_{k-1}
        let next = (((x * &value) >> BITS) * BigInt::from(k.saturating_mul(2).saturating_add(1))
            - &below * BigInt::from(k))
            / BigInt::from(k.saturating_add(1));
        below = std::mem::replace(&mut value, next);
    }
    (value, below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_arithmetic, reason = "the test checks floating-point nodes")]
    fn polynomials_of_degree_2n_minus_1_are_integrated_exactly() {
        for count in [1_usize, 2, 17, 50, 163] {
            let pairs = gauss_legendre(count).unwrap();
            for degree in [0_i32, 1, i32::try_from(count).unwrap(), i32::try_from(2 * count).unwrap() - 1] {
                let sum: f64 = pairs.iter().map(|(node, weight)| weight * node.powi(degree)).sum();
                let exact = 1.0 / f64::from(degree + 1);
                assert!((sum - exact).abs() < 1e-14, "{count} nodes, degree {degree}: {sum} against {exact}");
            }
        }
    }
}
