//! The Japanese fiscal year (年度): 1 April to 31 March, named by the year in which it begins.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A fiscal year between 2000 and 2100; 2026 is 令和8年度.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct FiscalYear(i32);

/// A year outside 2000–2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("fiscal year out of 2000..=2100")]
pub struct FiscalYearOutOfRange;

impl TryFrom<i64> for FiscalYear {
    type Error = FiscalYearOutOfRange;

    fn try_from(year: i64) -> Result<Self, FiscalYearOutOfRange> {
        match i32::try_from(year) {
            Ok(year) if (2000..=2100).contains(&year) => Ok(Self(year)),
            Ok(_) | Err(_) => Err(FiscalYearOutOfRange),
        }
    }
}

impl From<FiscalYear> for i64 {
    fn from(year: FiscalYear) -> Self {
        Self::from(year.0)
    }
}

impl FiscalYear {
    /// The fiscal year in which a date falls.
    ///
    /// # Errors
    /// When the date lies outside the years that the service knows.
    pub fn of(date: NaiveDate) -> Result<Self, FiscalYearOutOfRange> {
        let year = if date.month() < 4 { date.year().saturating_sub(1) } else { date.year() };
        Self::try_from(i64::from(year))
    }

    /// 1 April.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, 4, 1).unwrap_or_default()
    }

    /// 31 March of the next calendar year.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0.saturating_add(1), 3, 31).unwrap_or_default()
    }
}

impl fmt::Display for FiscalYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.checked_sub(2018) {
            Some(1) => f.write_str("令和元年度"),
            Some(era) if era > 1 => write!(f, "令和{era}年度"),
            Some(_) | None => write!(f, "{}年度", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn march_belongs_to_the_year_before() {
        let march = NaiveDate::from_ymd_opt(2027, 3, 31).unwrap();
        let april = NaiveDate::from_ymd_opt(2027, 4, 1).unwrap();
        assert_eq!(FiscalYear::of(march).unwrap().to_string(), "令和8年度");
        assert_eq!(FiscalYear::of(april).unwrap().to_string(), "令和9年度");
        assert_eq!(FiscalYear::of(april).unwrap().first_day(), april);
    }
}
