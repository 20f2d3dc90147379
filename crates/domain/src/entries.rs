//! Entry calls of a town (募集) and the applications to them: what may follow what, and who comes first.
//!
//! Guards: an application arrives only while the call is open and its Japanese deadline lasts; a
//! selection decides everybody at once, never selects more than the capacity, and follows the order that
//! the call promised. Seats are not here: whether one is free is decided at the one gate of `seats`.

pub mod selection;

use crate::clock::japan_date;
use chrono::{DateTime, NaiveDate, Utc};

/// Where an entry call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// 下書き: only the town's contacts see it.
    Draft,
    /// 募集中: people of the town may apply until the deadline.
    Open,
    /// 締切: nobody applies any more, the contact is to select.
    Closed,
    /// 選考済み: everybody was decided.
    Selected,
}

/// What can be done with an entry call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallAct {
    /// The contact changes what it says.
    Edit,
    /// The contact opens it.
    Open,
    /// The contact ends it.
    Close,
    /// The lottery's tickets are drawn.
    Draw,
    /// The contact decides everybody.
    Select,
}

/// The call does not take this act where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an entry call that is {} takes no {act:?}", state.as_str())]
pub struct IllegalCallAct {
    /// Where it stands.
    pub state: CallState,
    /// What was tried.
    pub act: CallAct,
}

impl CallState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Open, Self::Closed, Self::Selected];

    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Selected => "selected",
        }
    }

    /// The word that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "下書き",
            Self::Open => "募集中",
            Self::Closed => "締切済み",
            Self::Selected => "選考済み",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The state after an act.
    ///
    /// # Errors
    /// The named refusal.
    pub const fn after(self, act: CallAct) -> Result<Self, IllegalCallAct> {
        match (self, act) {
            (Self::Draft, CallAct::Edit) => Ok(Self::Draft),
            (Self::Draft, CallAct::Open) => Ok(Self::Open),
            (Self::Open, CallAct::Close) | (Self::Closed, CallAct::Draw) => Ok(Self::Closed),
            (Self::Closed, CallAct::Select) => Ok(Self::Selected),
            (Self::Draft, CallAct::Close | CallAct::Draw | CallAct::Select)
            | (Self::Open, CallAct::Edit | CallAct::Open | CallAct::Draw | CallAct::Select)
            | (Self::Closed, CallAct::Edit | CallAct::Open | CallAct::Close)
            | (Self::Selected, _) => Err(IllegalCallAct { state: self, act }),
        }
    }
}

/// Why an application cannot be handed in or corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Late {
    /// The call is not open.
    #[error("the entry call is {}", .0.as_str())]
    NotOpen(CallState),
    /// The last day has passed in Japan.
    #[error("the deadline has passed")]
    DeadlinePassed,
}

/// Whether applications may arrive at this instant: the call is open, and its last day lasts in Japan.
///
/// # Errors
/// Why not.
pub fn accepts(state: CallState, closes_on: NaiveDate, now: DateTime<Utc>) -> Result<(), Late> {
    match state {
        CallState::Open if japan_date(now) <= closes_on => Ok(()),
        CallState::Open => Err(Late::DeadlinePassed),
        CallState::Draft | CallState::Closed | CallState::Selected => Err(Late::NotOpen(state)),
    }
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationState {
    /// 申込済み: the supervisor was asked.
    Submitted,
    /// 上長確認済み.
    Acknowledged,
    /// 受講決定.
    Selected,
    /// 補欠: on the waiting list.
    Waitlisted,
    /// 見送り.
    Declined,
    /// 取下げ.
    Withdrawn,
}

/// What can be done with an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationAct {
    /// The applicant corrects it; the supervisor is asked again.
    Edit,
    /// The supervisor acknowledges it.
    Acknowledge,
    /// The supervisor does not agree, with a reason: it still waits, for a correction or a later acknowledgement.
    Object,
    /// The contact selects the applicant.
    Select,
    /// The contact (or a lack of seats) puts the applicant on the waiting list.
    Waitlist,
    /// Who waited takes a seat that was offered.
    TakeSeat,
    /// The contact declines.
    Decline,
    /// The applicant takes it back.
    Withdraw,
}

/// The application does not take this act where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an application that is {} takes no {act:?}", state.as_str())]
pub struct IllegalApplicationAct {
    /// Where it stands.
    pub state: ApplicationState,
    /// What was tried.
    pub act: ApplicationAct,
}

impl ApplicationState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Submitted, Self::Acknowledged, Self::Selected, Self::Waitlisted, Self::Declined, Self::Withdrawn];

    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Acknowledged => "acknowledged",
            Self::Selected => "selected",
            Self::Waitlisted => "waitlisted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The word that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Submitted => "申込済み",
            Self::Acknowledged => "上長確認済み",
            Self::Selected => "受講決定",
            Self::Waitlisted => "補欠",
            Self::Declined => "見送り",
            Self::Withdrawn => "取下げ済み",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The state after an act. What was decided stays decided; who waits may still step back or get a seat.
    ///
    /// # Errors
    /// The named refusal.
    pub const fn after(self, act: ApplicationAct) -> Result<Self, IllegalApplicationAct> {
        use ApplicationAct as Act;
        match (self, act) {
            (Self::Submitted | Self::Acknowledged, Act::Edit) | (Self::Submitted, Act::Object) => Ok(Self::Submitted),
            (Self::Submitted, Act::Acknowledge) => Ok(Self::Acknowledged),
            (Self::Submitted | Self::Acknowledged, Act::Select) | (Self::Waitlisted, Act::TakeSeat) => {
                Ok(Self::Selected)
            }
            (Self::Submitted | Self::Acknowledged, Act::Waitlist) => Ok(Self::Waitlisted),
            (Self::Submitted | Self::Acknowledged, Act::Decline) => Ok(Self::Declined),
            (Self::Submitted | Self::Acknowledged | Self::Waitlisted, Act::Withdraw) => Ok(Self::Withdrawn),
            (Self::Submitted, Act::TakeSeat)
            | (Self::Acknowledged, Act::Acknowledge | Act::Object | Act::TakeSeat)
            | (
                Self::Waitlisted,
                Act::Edit | Act::Acknowledge | Act::Object | Act::Select | Act::Waitlist | Act::Decline,
            )
            | (Self::Selected | Self::Declined | Self::Withdrawn, _) => Err(IllegalApplicationAct { state: self, act }),
        }
    }

    /// Whether the application still waits for a decision.
    #[must_use]
    pub const fn is_undecided(self) -> bool {
        matches!(self, Self::Submitted | Self::Acknowledged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::end_of_japan_date;

    #[test]
    fn every_act_on_every_call_ends_in_a_state_or_a_named_refusal() {
        use CallAct::{Close, Draw, Edit, Open, Select};
        let legal = [
            (CallState::Draft, Edit, CallState::Draft),
            (CallState::Draft, Open, CallState::Open),
            (CallState::Open, Close, CallState::Closed),
            (CallState::Closed, Draw, CallState::Closed),
            (CallState::Closed, Select, CallState::Selected),
        ];
        let mut refused = 0;
        for state in CallState::ALL {
            for act in [Edit, Open, Close, Draw, Select] {
                let expected = legal.iter().find(|(from, by, _)| (*from, *by) == (state, act)).map(|(_, _, to)| *to);
                assert_eq!(state.after(act), expected.ok_or(IllegalCallAct { state, act }));
                refused += i32::from(expected.is_none());
            }
        }
        assert_eq!(refused, 15);
    }

    #[test]
    fn every_act_on_every_application_ends_in_a_state_or_a_named_refusal() {
        use ApplicationAct::{Acknowledge, Decline, Edit, Object, Select, TakeSeat, Waitlist, Withdraw};
        use ApplicationState as S;
        let legal = [
            (S::Submitted, Edit, S::Submitted),
            (S::Submitted, Acknowledge, S::Acknowledged),
            (S::Submitted, Object, S::Submitted),
            (S::Submitted, Select, S::Selected),
            (S::Submitted, Waitlist, S::Waitlisted),
            (S::Submitted, Decline, S::Declined),
            (S::Submitted, Withdraw, S::Withdrawn),
            (S::Acknowledged, Edit, S::Submitted),
            (S::Acknowledged, Select, S::Selected),
            (S::Acknowledged, Waitlist, S::Waitlisted),
            (S::Acknowledged, Decline, S::Declined),
            (S::Acknowledged, Withdraw, S::Withdrawn),
            (S::Waitlisted, TakeSeat, S::Selected),
            (S::Waitlisted, Withdraw, S::Withdrawn),
        ];
        let mut refused = 0;
        for state in S::ALL {
            for act in [Edit, Acknowledge, Object, Select, Waitlist, TakeSeat, Decline, Withdraw] {
                let expected = legal.iter().find(|(from, by, _)| (*from, *by) == (state, act)).map(|(_, _, to)| *to);
                assert_eq!(state.after(act), expected.ok_or(IllegalApplicationAct { state, act }));
                refused += i32::from(expected.is_none());
            }
        }
        assert_eq!(refused, 34);
    }

    #[test]
    fn applications_arrive_until_the_last_day_ends_in_japan() {
        let closes_on = NaiveDate::from_ymd_opt(2026, 5, 20).unwrap();
        let end = end_of_japan_date(closes_on);
        let last = end - chrono::Duration::microseconds(1);
        assert_eq!(accepts(CallState::Open, closes_on, last), Ok(()));
        assert_eq!(accepts(CallState::Open, closes_on, end), Err(Late::DeadlinePassed));
        for state in [CallState::Draft, CallState::Closed, CallState::Selected] {
            assert_eq!(accepts(state, closes_on, last), Err(Late::NotOpen(state)));
        }
    }

    #[test]
    fn words_read_back() {
        for state in CallState::ALL {
            assert_eq!(CallState::parse(state.as_str()), Some(state));
        }
        for state in ApplicationState::ALL {
            assert_eq!(ApplicationState::parse(state.as_str()), Some(state));
        }
        assert_eq!(CallState::parse("ended"), None);
    }
}
