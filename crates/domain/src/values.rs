//! Small checked values that every area uses: parse at the edge, trust inside.

use serde::{Deserialize, Serialize};

/// The largest number of seats in one place; far above any consortium, far below overflow.
pub const MAX_SEATS: i64 = 10_000_000;

/// The largest amount: below 2^53, so that every JSON reader keeps it exact.
pub const MAX_YEN: i64 = 999_999_999_999_999;

/// Why a number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("out of {min}..={max}")]
pub struct OutOfRange {
    /// Smallest accepted.
    pub min: i64,
    /// Largest accepted.
    pub max: i64,
}

fn within(value: i64, min: i64, max: i64) -> Result<i64, OutOfRange> {
    if (min..=max).contains(&value) { Ok(value) } else { Err(OutOfRange { min, max }) }
}

/// A number of seats, 0 to [`MAX_SEATS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct SeatCount(i64);

impl TryFrom<i64> for SeatCount {
    type Error = OutOfRange;

    fn try_from(value: i64) -> Result<Self, OutOfRange> {
        within(value, 0, MAX_SEATS).map(Self)
    }
}

impl From<SeatCount> for i64 {
    fn from(seats: SeatCount) -> Self {
        seats.0
    }
}

/// An amount of yen, 0 to [`MAX_YEN`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct YenAmount(i64);

impl TryFrom<i64> for YenAmount {
    type Error = OutOfRange;

    fn try_from(value: i64) -> Result<Self, OutOfRange> {
        within(value, 0, MAX_YEN).map(Self)
    }
}

impl From<YenAmount> for i64 {
    fn from(yen: YenAmount) -> Self {
        yen.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_the_service_are_refused() {
        for bad in [-1, 1 << 31, 1 << 53, i64::MAX, i64::MIN] {
            assert!(SeatCount::try_from(bad).is_err(), "{bad}");
        }
        for bad in [-1, 1 << 53, i64::MAX, i64::MIN] {
            assert!(YenAmount::try_from(bad).is_err(), "{bad}");
        }
        assert_eq!(i64::from(YenAmount::try_from(MAX_YEN).unwrap()), MAX_YEN);
    }
}
