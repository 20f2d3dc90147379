//! Integers modulo a power of two, as wide as the result needs.
//! The counting recursion only adds, subtracts and multiplies; done modulo 2^b it is exact whenever the final value is known
//! to fit b bits, however large the numbers in between. So 64 bits carry 33 members, 128 bits about 90, 256 bits 128.

use num_bigint::BigInt;

/// Wrapping arithmetic of one width.
pub(crate) trait Ring: Copy {
    /// Bits that a signed result may have.
    const BITS: u64;
    const ZERO: Self;
    const ONE: Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// Times a signed number.
    fn times(self, factor: i64) -> Self;
    /// The representative nearest to zero.
    fn to_signed(self) -> BigInt;
}

impl Ring for u64 {
    const BITS: u64 = 62;
    const ZERO: Self = 0;
    const ONE: Self = 1;
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    fn times(self, factor: i64) -> Self {
        self.wrapping_mul(factor.cast_unsigned())
    }
    fn to_signed(self) -> BigInt {
        self.cast_signed().into()
    }
}

impl Ring for u128 {
    const BITS: u64 = 126;
    const ZERO: Self = 0;
    const ONE: Self = 1;
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    fn times(self, factor: i64) -> Self {
        self.wrapping_mul(i128::from(factor).cast_unsigned())
    }
    fn to_signed(self) -> BigInt {
        self.cast_signed().into()
    }
}

/// 192 bits: a low and a high part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wide {
    low: u128,
    high: u64,
}

impl Ring for Wide {
    const BITS: u64 = 190;
    const ZERO: Self = Self { low: 0, high: 0 };
    const ONE: Self = Self { low: 1, high: 0 };
    fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        let high = self.high.wrapping_add(other.high).wrapping_add(u64::from(carry));
        Self { low, high }
    }
    fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        let high = self.high.wrapping_sub(other.high).wrapping_sub(u64::from(borrow));
        Self { low, high }
    }
    fn times(self, factor: i64) -> Self {
        let by = factor.unsigned_abs();
        let (low, carry) = self.low.carrying_mul_small(by);
        let product = Self { low, high: self.high.wrapping_mul(by).wrapping_add(carry) };
        if factor < 0 { Self::ZERO.minus(product) } else { product }
    }
    fn to_signed(self) -> BigInt {
        (BigInt::from(self.high.cast_signed()) << 128_u32) + BigInt::from(self.low)
    }
}

trait SmallProduct: Sized {
    fn carrying_mul_small(self, by: u64) -> (Self, u64);
}

impl SmallProduct for u128 {
    /// 128 x 64 bits: the low 128 bits and what is carried out.
    fn carrying_mul_small(self, by: u64) -> (Self, u64) {
        let mask = u128::from(u64::MAX);
        let low = (self & mask).wrapping_mul(u128::from(by));
        let high = (self >> 64).wrapping_mul(u128::from(by)).wrapping_add(low >> 64);
        let carry = u64::try_from(high >> 64).unwrap_or(0);
        ((high << 64) | (low & mask), carry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wide_arithmetic_is_integer_arithmetic(a in any::<i128>(), b in any::<i128>(), f in any::<i64>()) {
            let wide = |value: i128| Wide { low: value.cast_unsigned(), high: if value < 0 { u64::MAX } else { 0 } };
            prop_assert_eq!(wide(a).plus(wide(b)).to_signed(), BigInt::from(a) + BigInt::from(b));
            prop_assert_eq!(wide(a).minus(wide(b)).to_signed(), BigInt::from(a) - BigInt::from(b));
            let small = a >> 2;
            prop_assert_eq!(wide(small).times(f).to_signed(), BigInt::from(small) * f);
        }
    }
}
