//! Seats of people: who gets a free one, who waits, how an offer lives and ends.
//!
//! The rule guarded here: **nobody overtakes the waiting list**. A seat that becomes free goes to the
//! first who waits, as an offer for [`OFFER_HOURS`]; a newcomer is seated only when nobody waits.
//! Counting is not here: balances and counters are guarded by the database.

use chrono::{DateTime, Duration, Utc};

/// For how long an offer stands.
pub const OFFER_HOURS: u32 = 72;

/// When an offer made at `at` ends.
#[must_use]
pub fn offer_ends(at: DateTime<Utc>) -> DateTime<Utc> {
    at.checked_add_signed(Duration::hours(i64::from(OFFER_HOURS))).unwrap_or(at)
}

/// What an account has to give at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// Seats that nobody sits on and no offer holds.
    pub free: i64,
    /// People on the waiting list without an offer.
    pub waiting: i64,
}

/// Where a claim ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a seat.
    Seat,
    /// On the waiting list, at this position from 1.
    Queue {
        /// Place among those who wait without an offer.
        position: i64,
    },
}

impl Supply {
    /// Places one claim and counts it, so that claims of one transaction follow each other.
    pub const fn place(&mut self) -> Place {
        if self.free > 0 && self.waiting == 0 {
            self.free = self.free.saturating_sub(1);
            Place::Seat
        } else {
            self.queue()
        }
    }

    /// Seats one person of the waiting list, where a seat is free and nobody waits before; answers whether it did.
    pub const fn serve(&mut self, position: i64) -> bool {
        let next = position == 1 && self.free > 0 && self.waiting > 0;
        if next {
            self.free = self.free.saturating_sub(1);
            self.waiting = self.waiting.saturating_sub(1);
        }
        next
    }

    /// Puts one person at the end of the waiting list, also while a seat is free.
    pub const fn queue(&mut self) -> Place {
        self.waiting = self.waiting.saturating_add(1);
        Place::Queue { position: self.waiting }
    }

    /// How many offers are due now.
    #[must_use]
    pub const fn offers_due(&self) -> i64 {
        let due = if self.free < self.waiting { self.free } else { self.waiting };
        if due > 0 { due } else { 0 }
    }
}

/// The life of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferState {
    /// Waiting for the person's answer; a seat is held.
    Open,
    /// The person took the seat.
    Accepted,
    /// The person did not want it.
    Declined,
    /// Nobody answered in time.
    Expired,
}

/// What can happen to an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferAct {
    /// The person takes the seat.
    Accept,
    /// The person does not want it.
    Decline,
    /// Time has passed.
    Expire,
}

/// Why an offer takes no such act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferRule {
    /// Its time has passed.
    #[error("the offer has expired")]
    Expired,
    /// It was answered already.
    #[error("the offer was answered already")]
    Answered,
    /// Its time has not passed yet.
    #[error("the offer still stands")]
    Standing,
}

impl OfferState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Accepted, Self::Declined, Self::Expired];

    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Expired => "expired",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The state after an act at an instant; the deadline counts, not whether a worker has seen it.
    ///
    /// # Errors
    /// The named refusal.
    pub fn after(self, act: OfferAct, now: DateTime<Utc>, expires_at: DateTime<Utc>) -> Result<Self, OfferRule> {
        let in_time = now < expires_at;
        match (self, act) {
            (Self::Open, OfferAct::Accept) if in_time => Ok(Self::Accepted),
            (Self::Open, OfferAct::Decline) if in_time => Ok(Self::Declined),
            (Self::Open, OfferAct::Expire) if in_time => Err(OfferRule::Standing),
            (Self::Open, OfferAct::Expire) => Ok(Self::Expired),
            (Self::Open | Self::Expired, OfferAct::Accept | OfferAct::Decline) => Err(OfferRule::Expired),
            (Self::Expired, OfferAct::Expire) | (Self::Accepted | Self::Declined, _) => Err(OfferRule::Answered),
        }
    }
}

/// The life of a place on the waiting list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingState {
    /// In the queue.
    Waiting,
    /// Offered a seat.
    Offered,
    /// Took it.
    Accepted,
    /// Did not want it.
    Declined,
    /// Did not answer in time.
    Expired,
    /// Left the list.
    Withdrawn,
}

impl WaitingState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Offered, Self::Accepted, Self::Declined, Self::Expired, Self::Withdrawn];

    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the person can still leave the list.
    #[must_use]
    pub const fn may_leave(self) -> bool {
        matches!(self, Self::Waiting | Self::Offered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    #[test]
    fn a_newcomer_never_overtakes_who_waits() {
        let mut supply = Supply { free: 2, waiting: 1 };
        assert_eq!(supply.place(), Place::Queue { position: 2 });
        assert_eq!(supply.free, 2);
    }

    #[test]
    fn claims_of_one_transaction_follow_each_other() {
        let mut supply = Supply { free: 2, waiting: 0 };
        let places: Vec<Place> = (0..4).map(|_| supply.place()).collect();
        assert_eq!(places, [Place::Seat, Place::Seat, Place::Queue { position: 1 }, Place::Queue { position: 2 }]);
    }

    #[test]
    fn the_first_who_waits_is_served_while_a_seat_is_free_and_nobody_else() {
        let mut supply = Supply { free: 1, waiting: 2 };
        assert!(!supply.serve(2), "somebody waits before");
        assert!(supply.serve(1));
        assert_eq!(supply, Supply { free: 0, waiting: 1 });
        assert!(!supply.serve(1), "no seat is free");
        assert!(!Supply { free: 3, waiting: 0 }.serve(1), "nobody waits");
    }

    #[test]
    fn offers_are_due_for_free_seats_while_somebody_waits() {
        for (free, waiting, due) in [(0, 5, 0), (3, 2, 2), (2, 3, 2), (-1, 3, 0), (4, 0, 0)] {
            assert_eq!(Supply { free, waiting }.offers_due(), due, "{free} free, {waiting} waiting");
        }
    }

    #[test]
    fn every_act_on_every_offer_ends_in_a_state_or_a_named_refusal() {
        use OfferAct::{Accept, Decline, Expire};
        let start = Utc.with_ymd_and_hms(2026, 5, 1, 0, 0, 0).unwrap();
        let end = offer_ends(start);
        assert_eq!((end - start).num_hours(), 72);
        let last = end - Duration::microseconds(1);
        let table = [
            (OfferState::Open, Accept, last, Ok(OfferState::Accepted)),
            (OfferState::Open, Decline, last, Ok(OfferState::Declined)),
            (OfferState::Open, Expire, last, Err(OfferRule::Standing)),
            (OfferState::Open, Accept, end, Err(OfferRule::Expired)),
            (OfferState::Open, Decline, end, Err(OfferRule::Expired)),
            (OfferState::Open, Expire, end, Ok(OfferState::Expired)),
            (OfferState::Accepted, Accept, last, Err(OfferRule::Answered)),
            (OfferState::Accepted, Decline, last, Err(OfferRule::Answered)),
            (OfferState::Accepted, Expire, end, Err(OfferRule::Answered)),
            (OfferState::Declined, Accept, last, Err(OfferRule::Answered)),
            (OfferState::Declined, Decline, last, Err(OfferRule::Answered)),
            (OfferState::Declined, Expire, end, Err(OfferRule::Answered)),
            (OfferState::Expired, Accept, last, Err(OfferRule::Expired)),
            (OfferState::Expired, Decline, end, Err(OfferRule::Expired)),
            (OfferState::Expired, Expire, end, Err(OfferRule::Answered)),
        ];
        for (state, act, now, expected) in table {
            assert_eq!(state.after(act, now, end), expected, "{state:?} {act:?}");
        }
    }

    #[test]
    fn words_read_back() {
        for state in OfferState::ALL {
            assert_eq!(OfferState::parse(state.as_str()), Some(state));
        }
        for state in WaitingState::ALL {
            assert_eq!(WaitingState::parse(state.as_str()), Some(state));
        }
        assert!(WaitingState::Offered.may_leave() && !WaitingState::Expired.may_leave());
    }
}
