//! Whole yen. Guards the rule that money is an integer: the only way from a ratio to yen is a stated rounding.

use crate::ratio::Ratio;
use num_traits::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The largest amount that a bill may reach: a quadrillion yen (千兆円), which every 64-bit column and JSON reader holds.
pub const LARGEST: i64 = 1_000_000_000_000_000;

/// An amount of whole yen; negative for refunds.
///
/// ```
/// use cost_sharing::{RoundingMode, Yen};
/// let tax = Yen::round(&"31.5".parse()?, RoundingMode::Floor);
/// assert_eq!(tax, Some(Yen(31)));
/// # Ok::<(), cost_sharing::NotARatio>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Yen(pub i64);

/// How one amount becomes whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// Cut (切捨て): toward negative infinity.
    #[default]
    Floor,
    /// Raise (切上げ): toward positive infinity.
    Ceil,
    /// Half up (四捨五入).
    HalfUp,
}

impl RoundingMode {
    /// `value / by` as a whole number; `None` when `by` is not positive or the value is at the edge of 128 bits.
    pub(crate) fn divide(self, value: i128, by: i128) -> Option<i128> {
        if by <= 0 {
            return None;
        }
        match self {
            Self::Floor => value.checked_div_euclid(by),
            Self::Ceil => value.checked_neg()?.checked_div_euclid(by)?.checked_neg(),
            Self::HalfUp => {
                let doubled = value.checked_mul(2)?.checked_add(by)?;
                doubled.checked_div_euclid(by.checked_mul(2)?)
            }
        }
    }
}

impl Yen {
    /// Rounds an exact amount; `None` beyond [`LARGEST`].
    #[must_use]
    pub fn round(amount: &Ratio, mode: RoundingMode) -> Option<Self> {
        let whole = match amount.parts() {
            Some((num, den)) => mode.divide(num, den)?.to_i64()?,
            None => {
                let floor = amount.floor();
                let up = match mode {
                    RoundingMode::Floor => false,
                    RoundingMode::Ceil => !amount.is_whole(),
                    RoundingMode::HalfUp => amount.fraction() >= Ratio::new(1, 2)?,
                };
                floor.to_i64()?.checked_add(i64::from(up))?
            }
        };
        (whole.checked_abs()? <= LARGEST).then_some(Self(whole))
    }

    /// The same amount as an exact ratio.
    #[must_use]
    pub fn to_ratio(self) -> Ratio {
        Ratio::whole(self.0)
    }
}

impl fmt::Display for Yen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Yen> for i128 {
    fn from(yen: Yen) -> Self {
        Self::from(yen.0)
    }
}
