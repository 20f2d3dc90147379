//! Accounts: their states, how long a session lives, and when a failed sign-in slows the next one.
//!
//! Every state change has a name and a guard here. What a password must be stands in `identity`;
//! who may manage whom in [`access`](crate::access).

mod throttle;

pub use throttle::{Failures, Place, WINDOW, wait};

use crate::access::{Action, Role};
use chrono::{DateTime, TimeDelta, Utc};

/// A session without a refresh ends after this time.
pub const SESSION_IDLE: TimeDelta = TimeDelta::hours(12);
/// The last use of a token or a cookie is written down at most this often.
pub const USE_NOTED: TimeDelta = TimeDelta::minutes(10);
/// A session ends after this time, whatever happens.
pub const SESSION_LIFE: TimeDelta = TimeDelta::days(7);
/// A refresh token that was just used still gets the same successor: an answer may have been lost.
pub const REFRESH_GRACE: TimeDelta = TimeDelta::seconds(10);
/// Between the password and the second factor a sign-in waits for this time.
pub const SECOND_STEP_LIFE: TimeDelta = TimeDelta::minutes(5);
/// Who proved to be there within this time may do what needs it (S16).
pub const STEP_UP_LIFE: TimeDelta = TimeDelta::minutes(5);
/// Who moves more seats than this at once proves to be there first (S16).
pub const STEP_UP_SEATS: i64 = 100;
/// A program that signed in within this time is known.
pub const DEVICE_KNOWN: TimeDelta = TimeDelta::days(180);
/// An invitation can be accepted for this time.
pub const INVITE_LIFE: TimeDelta = TimeDelta::days(7);
/// A reset link can be used for this time.
pub const RESET_LIFE: TimeDelta = TimeDelta::minutes(10);
/// The token of the first administrator can be used for this time.
pub const BOOTSTRAP_LIFE: TimeDelta = TimeDelta::hours(24);
/// A personal access token lives at most this long.
pub const PERSONAL_TOKEN_LIFE: TimeDelta = TimeDelta::days(365);

/// The state of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// Invited, no password yet.
    Invited,
    /// May sign in.
    Active,
    /// May do nothing.
    Disabled,
}

/// A change of state that the present state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalChange;

impl AccountState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Invited, Self::Active, Self::Disabled];

    /// The word of the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The invitation was accepted with a password.
    ///
    /// # Errors
    /// [`IllegalChange`] unless the account is invited.
    pub const fn accept(self) -> Result<Self, IllegalChange> {
        match self {
            Self::Invited => Ok(Self::Active),
            Self::Active | Self::Disabled => Err(IllegalChange),
        }
    }

    /// The account was switched off.
    ///
    /// # Errors
    /// [`IllegalChange`] when it is off already.
    pub const fn disable(self) -> Result<Self, IllegalChange> {
        match self {
            Self::Invited | Self::Active => Ok(Self::Disabled),
            Self::Disabled => Err(IllegalChange),
        }
    }

    /// The account was switched on again; without a password it is still to be accepted.
    ///
    /// # Errors
    /// [`IllegalChange`] unless it is off.
    pub const fn enable(self, has_password: bool) -> Result<Self, IllegalChange> {
        match self {
            Self::Disabled if has_password => Ok(Self::Active),
            Self::Disabled => Ok(Self::Invited),
            Self::Invited | Self::Active => Err(IllegalChange),
        }
    }
}

/// Whether a session can still be refreshed.
#[must_use]
pub fn session_lives(
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked: bool,
    now: DateTime<Utc>,
) -> bool {
    !revoked && now < expires_at && now.signed_duration_since(last_used_at) < SESSION_IDLE
}

/// What a refresh token that was used before means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondUse {
    /// A retry: the same successor is given again.
    Retry,
    /// Somebody else holds a copy: the whole session ends.
    Theft,
}

/// Judges a refresh token that comes a second time (RFC 9700 §4.14.2).
#[must_use]
pub fn second_use(used_at: DateTime<Utc>, now: DateTime<Utc>) -> SecondUse {
    if now.signed_duration_since(used_at) <= REFRESH_GRACE { SecondUse::Retry } else { SecondUse::Theft }
}

/// The right that is needed to grant or take away a role.
#[must_use]
pub const fn granting(role: Role) -> Action {
    match role {
        Role::Admin => Action::RunService,
        Role::Lead | Role::Auditor => Action::GrantLead,
        Role::Contact => Action::ManageContacts,
        Role::Learner => Action::ManageLearners,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_state_is_named_and_the_others_are_refused() {
        use AccountState::{Active, Disabled, Invited};
        let table = [
            (Invited, Ok(Active), Ok(Disabled), Err(IllegalChange)),
            (Active, Err(IllegalChange), Ok(Disabled), Err(IllegalChange)),
            (Disabled, Err(IllegalChange), Err(IllegalChange), Ok(Active)),
        ];
        for (state, accepted, disabled, enabled) in table {
            assert_eq!(
                (state.accept(), state.disable(), state.enable(true)),
                (accepted, disabled, enabled),
                "{state:?}"
            );
            assert_eq!(AccountState::parse(state.as_str()), Some(state));
        }
        assert_eq!(Disabled.enable(false), Ok(Invited));
    }

    #[test]
    fn a_session_ends_when_idle_or_old_or_revoked() {
        let start: DateTime<Utc> = "2026-04-01T00:00:00Z".parse().unwrap();
        let ends = start + SESSION_LIFE;
        assert!(session_lives(start, ends, false, start + SESSION_IDLE - TimeDelta::seconds(1)));
        assert!(!session_lives(start, ends, false, start + SESSION_IDLE));
        assert!(!session_lives(ends, ends, false, ends));
        assert!(!session_lives(start, ends, true, start));
    }

    #[test]
    fn a_second_use_is_a_retry_for_ten_seconds() {
        let used: DateTime<Utc> = "2026-04-01T00:00:00Z".parse().unwrap();
        assert_eq!(second_use(used, used + REFRESH_GRACE), SecondUse::Retry);
        assert_eq!(second_use(used, used + REFRESH_GRACE + TimeDelta::microseconds(1)), SecondUse::Theft);
    }
}
