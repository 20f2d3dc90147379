//! Exact ratios: every rate, unit price and share before rounding is one of these.
//! Guards the rule "no floating point anywhere near a yen". Small values live in two `i128`; anything larger
//! moves to arbitrary precision by itself, so no operation overflows. Rounding to yen is not here but in `rounding`.

mod text;

pub use text::NotARatio;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

/// An exact rational number in lowest terms.
///
/// ```
/// use cost_sharing::Ratio;
/// let third: Ratio = "1/3".parse()?;
/// let tenth: Ratio = "0.10".parse()?;
/// assert_eq!((&third + &tenth).to_string(), "13/30");
/// assert_eq!(tenth.to_decimal(), "0.1");
/// # Ok::<(), cost_sharing::NotARatio>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ratio(Repr);

/// Canonical: `Small` whenever both parts fit, the denominator always positive, always in lowest terms.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Small { num: i128, den: i128 },
    Big(Box<(BigInt, BigInt)>),
}

impl Ratio {
    /// Zero.
    #[must_use]
    pub const fn zero() -> Self {
        Self(Repr::Small { num: 0, den: 1 })
    }

    /// One.
    #[must_use]
    pub const fn one() -> Self {
        Self(Repr::Small { num: 1, den: 1 })
    }

    /// A whole number.
    #[must_use]
    pub fn whole(value: impl Into<i128>) -> Self {
        Self::small(value.into(), 1)
    }

    /// `numerator / denominator`, or `None` when the denominator is zero.
    #[must_use]
    pub fn new(numerator: impl Into<i128>, denominator: impl Into<i128>) -> Option<Self> {
        let (num, den) = (numerator.into(), denominator.into());
        if den == 0 {
            return None;
        }
        if num == i128::MIN || den == i128::MIN {
            return Some(Self::big(num.into(), den.into()));
        }
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs());
        let divisor = i128::try_from(divisor).unwrap_or(1).max(1);
        let (num, den) = (num.checked_div(divisor).unwrap_or(num), den.checked_div(divisor).unwrap_or(den));
        Some(if den < 0 { Self::small(num.wrapping_neg(), den.wrapping_neg()) } else { Self::small(num, den) })
    }

    /// The same from arbitrarily large parts.
    #[must_use]
    pub fn from_big(numerator: BigInt, denominator: BigInt) -> Option<Self> {
        match (numerator.to_i128(), denominator.to_i128()) {
            (Some(num), Some(den)) => Self::new(num, den),
            _ if denominator.is_zero() => None,
            _ => Some(Self::big(numerator, denominator)),
        }
    }

    const fn small(num: i128, den: i128) -> Self {
        Self(Repr::Small { num, den })
    }

    /// Reduces; the denominator must not be zero.
    fn big(num: BigInt, den: BigInt) -> Self {
        let divisor = num.gcd(&den);
        let divisor = if den.is_negative() { -divisor } else { divisor };
        let (num, den) = (div_exact(&num, &divisor), div_exact(&den, &divisor));
        match (num.to_i128(), den.to_i128()) {
            (Some(num), Some(den)) => Self::small(num, den),
            _ => Self(Repr::Big(Box::new((num, den)))),
        }
    }

    /// Numerator in lowest terms; carries the sign.
    #[must_use]
    pub fn numerator(&self) -> BigInt {
        match &self.0 {
            Repr::Small { num, .. } => BigInt::from(*num),
            Repr::Big(parts) => parts.0.clone(),
        }
    }

    /// Denominator in lowest terms; always positive.
    #[must_use]
    pub fn denominator(&self) -> BigInt {
        match &self.0 {
            Repr::Small { den, .. } => BigInt::from(*den),
            Repr::Big(parts) => parts.1.clone(),
        }
    }

    /// Both parts when they fit 128 bits: the fast path of the integer algorithms.
    pub(crate) fn parts(&self) -> Option<(i128, i128)> {
        match &self.0 {
            Repr::Small { num, den } => Some((*num, *den)),
            Repr::Big(_) => None,
        }
    }

    /// `self / other`, or `None` when `other` is zero.
    #[must_use]
    pub fn checked_div(&self, other: &Self) -> Option<Self> {
        if let (Some((a, b)), Some((c, d))) = (self.parts(), other.parts())
            && let (Some(num), Some(den)) = (a.checked_mul(d), b.checked_mul(c))
        {
            return Self::new(num, den);
        }
        let num = self.numerator() * other.denominator();
        Self::from_big(num, self.denominator() * other.numerator())
    }

    /// True below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small { num, .. } => *num < 0,
            Repr::Big(parts) => parts.0.is_negative(),
        }
    }

    /// True at zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small { num: 0, .. })
    }

    /// True for a whole number.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Small { den, .. } => *den == 1,
            Repr::Big(parts) => parts.1.is_one(),
        }
    }

    /// Largest whole number not above.
    #[must_use]
    pub fn floor(&self) -> BigInt {
        match &self.0 {
            Repr::Small { num, den } => BigInt::from(num.checked_div_euclid(*den).unwrap_or(0)),
            Repr::Big(parts) => parts.0.div_floor(&parts.1),
        }
    }

    /// What `floor` cuts off: at least 0, below 1.
    #[must_use]
    pub fn fraction(&self) -> Self {
        match &self.0 {
            Repr::Small { num, den } => Self::small(num.checked_rem_euclid(*den).unwrap_or(0), *den),
            Repr::Big(parts) => Self::big(parts.0.mod_floor(&parts.1), parts.1.clone()),
        }
    }

    /// Distance from zero.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.is_negative() { -self } else { self.clone() }
    }

    /// A finite decimal where one exists, otherwise `p/q`.
    #[must_use]
    pub fn to_decimal(&self) -> String {
        let Some((num, den)) = self.parts() else {
            return self.to_string();
        };
        let (mut rest, mut places, ten) = (den, 0_usize, 10_i128);
        while rest != 1 {
            let divisor = i128::try_from(gcd(rest.unsigned_abs(), 10)).unwrap_or(1);
            if divisor == 1 {
                return self.to_string();
            }
            rest = rest.checked_div(divisor).unwrap_or(1);
            places = places.saturating_add(1);
        }
        let scale = u32::try_from(places).ok().and_then(|p| ten.checked_pow(p));
        let digits = scale.and_then(|s| s.checked_div(den)).and_then(|factor| num.checked_mul(factor));
        match digits {
            None => self.to_string(),
            Some(digits) if places == 0 => digits.to_string(),
            Some(digits) => {
                let sign = if digits < 0 { "-" } else { "" };
                let text = format!("{:0>width$}", digits.unsigned_abs(), width = places.saturating_add(1));
                let (whole, part) = text.split_at(text.len().saturating_sub(places));
                format!("{sign}{whole}.{part}")
            }
        }
    }
}

fn div_exact(value: &BigInt, divisor: &BigInt) -> BigInt {
    if divisor.is_zero() { value.clone() } else { value / divisor }
}

/// Binary greatest common divisor; `gcd(0, 0) = 0`.
pub(crate) fn gcd(a: u128, b: u128) -> u128 {
    if let (Ok(a), Ok(b)) = (u64::try_from(a), u64::try_from(b)) {
        return u128::from(a.gcd(&b));
    }
    a.gcd(&b)
}

impl Add for &Ratio {
    type Output = Ratio;
    fn add(self, other: Self) -> Ratio {
        if let (Some((a, b)), Some((c, d))) = (self.parts(), other.parts()) {
            if b == d
                && let Some(num) = a.checked_add(c)
                && let Some(sum) = Ratio::new(num, b)
            {
                return sum;
            }
            if let (Some(ad), Some(cb), Some(den)) = (a.checked_mul(d), c.checked_mul(b), b.checked_mul(d))
                && let Some(num) = ad.checked_add(cb)
                && let Some(sum) = Ratio::new(num, den)
            {
                return sum;
            }
        }
        let (b, d) = (self.denominator(), other.denominator());
        Ratio::big(self.numerator() * &d + other.numerator() * &b, b * d)
    }
}

impl Sub for &Ratio {
    type Output = Ratio;
    fn sub(self, other: Self) -> Ratio {
        self + &(-other)
    }
}

impl Mul for &Ratio {
    type Output = Ratio;
    fn mul(self, other: Self) -> Ratio {
        if let (Some((a, b)), Some((c, d))) = (self.parts(), other.parts())
            && let (Some(num), Some(den)) = (a.checked_mul(c), b.checked_mul(d))
            && let Some(product) = Ratio::new(num, den)
        {
            return product;
        }
        Ratio::big(self.numerator() * other.numerator(), self.denominator() * other.denominator())
    }
}

impl Neg for &Ratio {
    type Output = Ratio;
    fn neg(self) -> Ratio {
        match &self.0 {
            Repr::Small { num, den } => match num.checked_neg() {
                Some(num) => Ratio::small(num, *den),
                None => Ratio::big(-BigInt::from(*num), BigInt::from(*den)),
            },
            Repr::Big(parts) => Ratio::big(-&parts.0, parts.1.clone()),
        }
    }
}

impl<'a> std::iter::Sum<&'a Ratio> for Ratio {
    fn sum<I: Iterator<Item = &'a Ratio>>(iter: I) -> Ratio {
        iter.fold(Ratio::zero(), |total, value| &total + value)
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Some((a, b)), Some((c, d))) = (self.parts(), other.parts())
            && let (Some(left), Some(right)) = (a.checked_mul(d), c.checked_mul(b))
        {
            return left.cmp(&right);
        }
        (self.numerator() * other.denominator()).cmp(&(other.numerator() * self.denominator()))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
