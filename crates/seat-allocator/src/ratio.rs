//! Exact ratios. They hold weights, continuous quantities, levels and divisors; text is the only way in or out, because a
//! decimal such as `0.1` has no exact binary form. Deliberately not here: conversion to or from floating point.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "big integers cannot overflow; division is guarded here and nowhere else"
)]

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub, One, Signed, ToPrimitive, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Longest text read as a ratio. Exact shares of many claims are long; what people write is cut shorter at the edge.
const LONGEST: usize = 10_000;

/// An exact ratio of two integers, in lowest terms.
///
/// Written as an integer (`"12"`), a decimal (`"47.5"`) or a ratio (`"20/21"`); printed as an integer or a ratio.
///
/// ```
/// use seat_allocator::Ratio;
/// let half: Ratio = "0.5".parse()?;
/// assert_eq!(half, "2/4".parse()?);
/// assert_eq!(half.to_string(), "1/2");
/// # Ok::<(), seat_allocator::ParseRatioError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ratio(Form);

/// Most ratios fit in two machine words; only those that do not are held as big integers, so equal values have one form.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    Small(num_rational::Ratio<i64>),
    Big(Box<BigRational>),
}

/// Why a text is not a [`Ratio`].
///
/// ```
/// use seat_allocator::{ParseRatioError, Ratio};
/// assert_eq!("1/0".parse::<Ratio>(), Err(ParseRatioError::ZeroDenominator));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseRatioError {
    /// The text is not an integer, a decimal or a ratio.
    Malformed,
    /// The number under the line is zero.
    ZeroDenominator,
    /// The text is longer than 10,000 characters.
    TooLong,
}

impl fmt::Display for ParseRatioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not an integer, a decimal or a ratio",
            Self::ZeroDenominator => "the denominator is zero",
            Self::TooLong => "longer than 10,000 characters",
        })
    }
}

impl std::error::Error for ParseRatioError {}

impl Ratio {
    /// Zero.
    ///
    /// ```
    /// assert!(seat_allocator::Ratio::zero().is_zero());
    /// ```
    #[must_use]
    pub fn zero() -> Self {
        Self(Form::Small(Zero::zero()))
    }

    /// One, the weight of a claim that names none.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Ratio::one().to_string(), "1");
    /// ```
    #[must_use]
    pub fn one() -> Self {
        Self(Form::Small(One::one()))
    }

    /// `numerator / denominator`, or nothing when the denominator is zero.
    ///
    /// ```
    /// use seat_allocator::Ratio;
    /// assert_eq!(Ratio::new(20, 42).map(|r| r.to_string()).as_deref(), Some("10/21"));
    /// assert_eq!(Ratio::new(1, 0), None);
    /// ```
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        (denominator != 0).then(|| Self::of_big(numerator.into(), denominator.into()))
    }

    /// Whether this is zero.
    ///
    /// ```
    /// assert!(!seat_allocator::Ratio::one().is_zero());
    /// ```
    #[must_use]
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Form::Small(ratio) => ratio.is_zero(),
            Form::Big(_) => false,
        }
    }

    /// Whether this is below zero.
    ///
    /// ```
    /// assert!("-1/3".parse::<seat_allocator::Ratio>()?.is_negative());
    /// # Ok::<(), seat_allocator::ParseRatioError>(())
    /// ```
    #[must_use]
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Form::Small(ratio) => *ratio.numer() < 0,
            Form::Big(ratio) => ratio.is_negative(),
        }
    }

    pub(crate) fn of_big(numerator: BigInt, denominator: BigInt) -> Self {
        if denominator.is_zero() {
            return Self::zero();
        }
        Self::settle(BigRational::new(numerator, denominator))
    }

    fn of_whole(value: i64) -> Self {
        if value == i64::MIN { Self::of_big(value.into(), BigInt::one()) } else { Self(Form::Small(value.into())) }
    }

    /// The one form of a value.
    fn settle(ratio: BigRational) -> Self {
        match (ratio.numer().to_i64(), ratio.denom().to_i64()) {
            (Some(above), Some(below)) if above > i64::MIN => {
                Self(Form::Small(num_rational::Ratio::new_raw(above, below)))
            }
            (Some(_) | None, Some(_) | None) => Self(Form::Big(Box::new(ratio))),
        }
    }

    fn big(&self) -> BigRational {
        match &self.0 {
            Form::Small(ratio) => BigRational::new_raw((*ratio.numer()).into(), (*ratio.denom()).into()),
            Form::Big(ratio) => (**ratio).clone(),
        }
    }

    pub(crate) fn of_integers(numerator: u128, denominator: u128) -> Self {
        match (i64::try_from(numerator), i64::try_from(denominator)) {
            (Ok(above), Ok(below)) if below != 0 => Self(Form::Small(num_rational::Ratio::new(above, below))),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => Self::of_big(numerator.into(), denominator.into()),
        }
    }

    /// A quotient that the caller knows to be in lowest terms.
    pub(crate) fn of_coprime(numerator: u128, denominator: u128) -> Self {
        match (i64::try_from(numerator), i64::try_from(denominator)) {
            (Ok(above), Ok(below)) if below != 0 => Self(Form::Small(num_rational::Ratio::new_raw(above, below))),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => Self::of_big(numerator.into(), denominator.into()),
        }
    }

    pub(crate) fn numerator(&self) -> BigInt {
        self.big().numer().clone()
    }

    pub(crate) fn denominator(&self) -> BigInt {
        self.big().denom().clone()
    }

    pub(crate) fn is_integer(&self) -> bool {
        match &self.0 {
            Form::Small(ratio) => ratio.is_integer(),
            Form::Big(ratio) => ratio.is_integer(),
        }
    }

    pub(crate) fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Form::Small(ratio) if ratio.is_integer() => u64::try_from(*ratio.numer()).ok(),
            Form::Big(ratio) if ratio.is_integer() => ratio.numer().to_u64(),
            Form::Small(_) | Form::Big(_) => None,
        }
    }

    pub(crate) fn floor(&self) -> BigInt {
        self.big().floor().to_integer()
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        self.beside_whole(other, i64::checked_add)
            .unwrap_or_else(|| self.combine(other, CheckedAdd::checked_add, |a, b| a + b))
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        self.beside_whole(other, i64::checked_sub)
            .unwrap_or_else(|| self.combine(other, CheckedSub::checked_sub, |a, b| a - b))
    }

    /// Sum or difference of two small ratios of which one is whole: the other denominator stays, in lowest terms.
    fn beside_whole(&self, other: &Self, join: impl Fn(i64, i64) -> Option<i64>) -> Option<Self> {
        let (Form::Small(a), Form::Small(b)) = (&self.0, &other.0) else { return None };
        let above = match (a.denom(), b.denom()) {
            (1, 1) => join(*a.numer(), *b.numer())?,
            (below, 1) => join(*a.numer(), b.numer().checked_mul(below)?)?,
            (1, below) => join(a.numer().checked_mul(below)?, *b.numer())?,
            (_, _) => return None,
        };
        (above > i64::MIN).then(|| Self(Form::Small(num_rational::Ratio::new_raw(above, *a.denom().max(b.denom())))))
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        self.combine(other, CheckedMul::checked_mul, |a, b| a * b)
    }

    /// Quotient, zero when the divisor is zero: callers rule that case out first.
    pub(crate) fn over(&self, other: &Self) -> Self {
        if other.is_zero() { Self::zero() } else { self.combine(other, CheckedDiv::checked_div, |a, b| a / b) }
    }

    fn combine(
        &self,
        other: &Self,
        small: impl Fn(&num_rational::Ratio<i64>, &num_rational::Ratio<i64>) -> Option<num_rational::Ratio<i64>>,
        big: impl Fn(BigRational, BigRational) -> BigRational,
    ) -> Self {
        if let (Form::Small(a), Form::Small(b)) = (&self.0, &other.0)
            && let Some(result) = small(a, b).filter(|result| *result.numer() > i64::MIN)
        {
            return Self(Form::Small(result));
        }
        Self::settle(big(self.big(), other.big()))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Small(a), Form::Small(b)) => {
                let cross = |x: i64, y: i64| i128::from(x) * i128::from(y);
                cross(*a.numer(), *b.denom()).cmp(&cross(*b.numer(), *a.denom()))
            }
            (Form::Small(_) | Form::Big(_), Form::Small(_) | Form::Big(_)) => self.big().cmp(&other.big()),
        }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for Ratio {
    fn default() -> Self {
        Self::zero()
    }
}

impl From<u64> for Ratio {
    fn from(value: u64) -> Self {
        match i64::try_from(value) {
            Ok(value) => Self::of_whole(value),
            Err(_) => Self::of_big(value.into(), BigInt::one()),
        }
    }
}

impl FromStr for Ratio {
    type Err = ParseRatioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > LONGEST {
            return Err(ParseRatioError::TooLong);
        }
        if let Some((above, below)) = text.split_once('/') {
            let below = integer(below, false)?;
            if below.is_zero() {
                return Err(ParseRatioError::ZeroDenominator);
            }
            return Ok(Self::of_big(integer(above, true)?, below));
        }
        let Some((whole, decimals)) = text.split_once('.') else {
            return Ok(Self::of_big(integer(text, true)?, BigInt::one()));
        };
        integer(whole, true)?;
        integer(decimals, false)?;
        let scale = decimals.bytes().fold(BigInt::one(), |scale, _| scale * 10);
        Ok(Self::of_big(integer(&format!("{whole}{decimals}"), true)?, scale))
    }
}

/// Plain ASCII digits, with a minus sign where one may stand: `+1`, `1_000` and full-width digits are refused.
fn integer(text: &str, signed: bool) -> Result<BigInt, ParseRatioError> {
    let digits = if signed { text.strip_prefix('-').unwrap_or(text) } else { text };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParseRatioError::Malformed);
    }
    BigInt::parse_bytes(text.as_bytes(), 10).ok_or(ParseRatioError::Malformed)
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Small(ratio) => ratio.fmt(f),
            Form::Big(ratio) => ratio.fmt(f),
        }
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
