//! Failed sign-ins slow the next attempt down: of an account, of an address, of a network (S05).
//!
//! From the sixth failure within fifteen minutes the next attempt has to wait, ever longer; from
//! the twentieth for fifteen minutes. An attempt that had to wait is not counted, so nobody can
//! keep a lock alive by knocking at it. *A stranger cannot lock a person out:* from an address where
//! the account signed in lately only the failures from that address count for the account, and a
//! whole town hall behind one address has ten times the room. A sign-in or a reset by mail lifts the
//! account's count where it happens, and makes the place familiar.

use chrono::{DateTime, TimeDelta, Utc};

/// Failures older than this are forgotten.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);

const SLOW_FROM: i64 = 6;
const LOCKED_FROM: i64 = 20;
const LONGEST_SLOWING_SECONDS: i64 = 60;
const FAMILIAR_ROOM: i64 = 10;

/// Failures within [`WINDOW`] and the last of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: i64,
    /// When the last one happened.
    pub last_at: Option<DateTime<Utc>>,
}

/// The failures that an attempt is judged by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Of the account; from this address alone when it is familiar.
    pub account: Failures,
    /// Of the address.
    pub address: Failures,
    /// Of the network around it (/24, /64).
    pub network: Failures,
    /// Whether the account signed in from this address lately.
    pub familiar: bool,
}

/// Seconds that the next attempt has to wait; none when it may be made now.
#[must_use]
pub fn wait(place: &Place, now: DateTime<Utc>) -> Option<u32> {
    let room = if place.familiar { FAMILIAR_ROOM } else { 1 };
    let waits =
        [remaining(place.account, 1, now), remaining(place.address, room, now), remaining(place.network, room, now)];
    waits.into_iter().flatten().max()
}

fn remaining(failures: Failures, room: i64, now: DateTime<Utc>) -> Option<u32> {
    let until = failures.last_at?.checked_add_signed(pause(failures.count.checked_div(room)?))?;
    let left = until.signed_duration_since(now);
    if left <= TimeDelta::zero() {
        return None;
    }
    // Rounded up: who waits as told is let in.
    u32::try_from(left.num_milliseconds().saturating_add(999).checked_div(1_000)?).ok()
}

fn pause(count: i64) -> TimeDelta {
    if count < SLOW_FROM {
        TimeDelta::zero()
    } else if count < LOCKED_FROM {
        let doublings = u32::try_from(count.saturating_sub(SLOW_FROM)).unwrap_or(u32::MAX);
        TimeDelta::seconds(2_i64.saturating_pow(doublings.saturating_add(1)).min(LONGEST_SLOWING_SECONDS))
    } else {
        WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-04-01T00:00:00Z".parse().unwrap()
    }

    fn failures(count: i64) -> Failures {
        Failures { count, last_at: Some(now()) }
    }

    fn account(count: i64) -> Place {
        Place { account: failures(count), ..Place::default() }
    }

    #[test]
    fn the_sixth_failure_slows_and_the_twentieth_locks_for_fifteen_minutes() {
        let table = [
            (0, None),
            (5, None),
            (6, Some(2)),
            (7, Some(4)),
            (10, Some(32)),
            (11, Some(60)),
            (19, Some(60)),
            (20, Some(900)),
            (500, Some(900)),
        ];
        for (count, seconds) in table {
            assert_eq!(wait(&account(count), now()), seconds, "{count}");
        }
    }

    #[test]
    fn who_waits_as_told_is_let_in() {
        let later = now() + TimeDelta::milliseconds(1_500);
        assert_eq!(wait(&account(6), later), Some(1));
        assert_eq!(wait(&account(6), now() + TimeDelta::seconds(2)), None);
        assert_eq!(wait(&account(20), now() + WINDOW), None);
    }

    #[test]
    fn the_longest_of_the_three_waits_counts() {
        let place = Place { account: failures(6), address: failures(8), network: failures(7), familiar: false };
        assert_eq!(wait(&place, now()), Some(8));
    }

    #[test]
    fn a_town_hall_behind_one_address_has_ten_times_the_room_but_an_account_has_not() {
        let place = Place { address: failures(59), network: failures(59), familiar: true, ..Place::default() };
        assert_eq!(wait(&place, now()), None);
        assert_eq!(wait(&Place { address: failures(60), ..place }, now()), Some(2));
        assert_eq!(wait(&Place { account: failures(20), ..place }, now()), Some(900));
    }
}
