//! Ratios as text: whole numbers, finite decimals and fractions in; `p/q` out. Nothing else is a number: no exponent, no spaces.

use super::{Ratio, Repr};
use num_bigint::BigInt;
use num_traits::One;
use std::fmt;
use std::str::FromStr;

/// The text is not a whole number, a finite decimal or a fraction `p/q`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotARatio;

impl fmt::Display for NotARatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a whole number, a decimal or a fraction p/q")
    }
}

impl std::error::Error for NotARatio {}

/// Longest text that is read as a number; longer ones are refused rather than computed with.
const LONGEST: usize = 400;

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small { num, den: 1 } => write!(f, "{num}"),
            Repr::Small { num, den } => write!(f, "{num}/{den}"),
            Repr::Big(parts) if parts.1.is_one() => write!(f, "{}", parts.0),
            Repr::Big(parts) => write!(f, "{}/{}", parts.0, parts.1),
        }
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Ratio {
    type Err = NotARatio;

    /// Reads `12`, `-12.50`, `7/3`; nothing else: no exponent, no spaces, no thousands separators.
    fn from_str(text: &str) -> Result<Self, NotARatio> {
        if text.len() > LONGEST {
            return Err(NotARatio);
        }
        let (top, bottom) = match text.split_once('/') {
            Some((top, bottom)) => (whole(top)?, whole(bottom)?),
            None => decimal(text)?,
        };
        Self::from_big(top, bottom).ok_or(NotARatio)
    }
}

fn whole(text: &str) -> Result<BigInt, NotARatio> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotARatio);
    }
    text.parse().map_err(|_error| NotARatio)
}

fn decimal(text: &str) -> Result<(BigInt, BigInt), NotARatio> {
    let Some((units, places)) = text.split_once('.') else {
        return Ok((whole(text)?, BigInt::one()));
    };
    if places.starts_with('-') {
        return Err(NotARatio);
    }
    whole(places)?;
    let digits = whole(&format!("{units}{places}"))?;
    let exponent = u32::try_from(places.len()).map_err(|_error| NotARatio)?;
    whole(units)?;
    Ok((digits, BigInt::from(10).pow(exponent)))
}

impl serde::Serialize for Ratio {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Ratio {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
