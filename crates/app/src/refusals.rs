//! How many refused rights are recorded one by one (S49): a right that is asked for in a loop must not fill the disk.
//!
//! Each account has so many entries an hour; the next hour's first entry says how many were left out. Counted in each
//! process: several replicas may record so many each.

use chrono::{DateTime, Duration, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Entries of one account in an hour.
pub const RECORDED_EACH_HOUR: u32 = 60;
/// Accounts remembered at once; past them nothing is recorded until an hour of somebody is over.
const ACCOUNTS: usize = 10_000;

#[derive(Debug)]
struct Tally {
    since: DateTime<Utc>,
    recorded: u32,
    left_out: u32,
}

/// The hour of each account that was refused something.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<HashMap<String, Tally>>);

impl Refusals {
    /// Whether a refusal is recorded, and how many before it were not.
    pub(crate) fn admit(&self, user_id: &str, now: DateTime<Utc>) -> Option<u32> {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |tally: &Tally| now.signed_duration_since(tally.since) >= Duration::hours(1);
        if tallies.len() >= ACCOUNTS && !tallies.contains_key(user_id) {
            tallies.retain(|_, tally| !over(tally));
            if tallies.len() >= ACCOUNTS {
                return None;
            }
        }
        let fresh = Tally { since: now, recorded: 0, left_out: 0 };
        let tally = tallies.entry(user_id.to_owned()).or_insert(fresh);
        let mut told = 0;
        if over(tally) {
            told = tally.left_out;
            *tally = Tally { since: now, recorded: 0, left_out: 0 };
        }
        if tally.recorded >= RECORDED_EACH_HOUR {
            tally.left_out = tally.left_out.saturating_add(1);
            return None;
        }
        tally.recorded = tally.recorded.saturating_add(1);
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_of_refusals_is_recorded_so_often_and_then_counted() {
        let refusals = Refusals::default();
        let begin = DateTime::<Utc>::UNIX_EPOCH;
        let recorded = (0..100).filter(|_| refusals.admit("a", begin).is_some()).count();
        assert_eq!(recorded, 60);
        assert_eq!(refusals.admit("b", begin), Some(0), "each account has its own");
        assert_eq!(refusals.admit("a", begin + Duration::minutes(59)), None);
        assert_eq!(refusals.admit("a", begin + Duration::hours(1)), Some(41));
        assert_eq!(refusals.admit("a", begin + Duration::hours(1)), Some(0));
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let refusals = Refusals::default();
        let begin = DateTime::<Utc>::UNIX_EPOCH;
        for number in 0..ACCOUNTS {
            assert!(refusals.admit(&number.to_string(), begin).is_some());
        }
        assert_eq!(refusals.admit("one more", begin), None);
        assert!(refusals.admit("one more", begin + Duration::hours(1)).is_some());
        assert_eq!(refusals.0.lock().unwrap().len(), 1);
    }
}
