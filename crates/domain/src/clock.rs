//! The only source of time below the binary. Instants are UTC, cut to microseconds
//! (what PostgreSQL keeps); deadlines are inclusive dates in Japan time.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, SubsecRound, TimeZone, Utc};
use std::sync::Mutex;

/// Gives the present instant.
pub trait Clock: Send + Sync {
    /// The present instant, cut to microseconds.
    fn now(&self) -> DateTime<Utc>;
}

/// A clock that stands where it was set: for tests, demos and replays.
#[derive(Debug)]
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    /// A clock that shows `at`.
    #[must_use]
    pub fn at(at: DateTime<Utc>) -> Self {
        Self(Mutex::new(at.trunc_subsecs(6)))
    }

    /// Moves the clock to `at`.
    pub fn set(&self, at: DateTime<Utc>) {
        *self.lock() = at.trunc_subsecs(6);
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: chrono::Duration) {
        let mut now = self.lock();
        *now = now.checked_add_signed(by).unwrap_or(*now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, DateTime<Utc>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.lock()
    }
}

/// Japan time: UTC+09:00, no daylight saving.
#[must_use]
pub fn japan() -> FixedOffset {
    FixedOffset::east_opt(9 * 3600).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

/// The calendar date in Japan at an instant.
#[must_use]
pub fn japan_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&japan()).date_naive()
}

/// The first instant at which an inclusive Japanese date has passed.
#[must_use]
pub fn end_of_japan_date(on: NaiveDate) -> DateTime<Utc> {
    let next = on.checked_add_days(Days::new(1)).unwrap_or(on).and_time(chrono::NaiveTime::MIN);
    japan().from_local_datetime(&next).single().map_or_else(|| next.and_utc(), |local| local.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_lasts_until_midnight_in_japan() {
        let on = NaiveDate::from_ymd_opt(2026, 10, 30).unwrap();
        let end = end_of_japan_date(on);
        assert_eq!(end.to_rfc3339(), "2026-10-30T15:00:00+00:00");
        assert_eq!(japan_date(end - chrono::Duration::microseconds(1)), on);
        assert_ne!(japan_date(end), on);
    }
}
