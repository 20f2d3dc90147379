//! What kinds of mail there are, under names that stand in the database and in people's preferences.

/// One kind of mail; the names never change once released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An invitation to make an account.
    Invite,
    /// A link to set a new password.
    PasswordReset,
    /// A refresh token was used twice; the session was ended.
    RefreshTokenReused,
    /// Somebody signed in with a program that was not seen before.
    NewDevice,
    /// The password or the second factor changed.
    AccountChanged,
    /// A link that confirms another mail address; to that address.
    EmailChange,
    /// A survey can be answered.
    SurveyOpened,
    /// A survey is still to be answered.
    SurveyReminder,
    /// An answer was returned for correction (差戻し).
    SurveyAnswerReturned,
    /// A scenario was finalised; the member's estimate.
    EstimateNotice,
    /// The contract was made.
    ContractMade,
    /// The allocation was published; the member's seats and why.
    AllocationPublished,
    /// Staff may apply for seats.
    EntryCallOpened,
    /// An application has arrived; for the applicant.
    ApplicationReceived,
    /// An application has arrived; for the town's contacts.
    ApplicationArrived,
    /// A supervisor is asked to acknowledge an application.
    AcknowledgementRequested,
    /// A supervisor does not agree to an application; for the applicant and the town's contacts.
    ApplicationObjected,
    /// The applicant was selected.
    ApplicationSelected,
    /// The applicant is on the waiting list.
    ApplicationWaiting,
    /// The applicant was not selected this time.
    ApplicationDeclined,
    /// A seat was assigned to a person.
    SeatAssigned,
    /// A person's seat was returned.
    SeatReturned,
    /// Seats of a town were moved to another or to the reserve, by somebody else.
    SeatsMovedAway,
    /// A waiting person is offered a seat for a limited time.
    OfferMade,
    /// The offer ran out.
    OfferExpired,
    /// A member asks for more seats.
    SeatRequestSubmitted,
    /// More seats were granted.
    SeatRequestGranted,
    /// More seats were declined.
    SeatRequestDeclined,
    /// A request was returned for correction.
    SeatRequestReturned,
    /// Somebody commented on your post.
    PostCommented,
    /// Somebody replied to your comment.
    CommentReplied,
    /// A question you took part in was resolved.
    PostResolved,
    /// Your post was reviewed: published, or returned.
    PostReviewed,
    /// What somebody wants to hear once a day, all in one.
    DailyDigest,
}

impl Kind {
    /// Every kind, in the order of the fiscal year.
    pub const ALL: [Kind; 34] = [
        Kind::Invite,
        Kind::PasswordReset,
        Kind::RefreshTokenReused,
        Kind::NewDevice,
        Kind::AccountChanged,
        Kind::EmailChange,
        Kind::SurveyOpened,
        Kind::SurveyReminder,
        Kind::SurveyAnswerReturned,
        Kind::EstimateNotice,
        Kind::ContractMade,
        Kind::AllocationPublished,
        Kind::EntryCallOpened,
        Kind::ApplicationReceived,
        Kind::ApplicationArrived,
        Kind::AcknowledgementRequested,
        Kind::ApplicationObjected,
        Kind::ApplicationSelected,
        Kind::ApplicationWaiting,
        Kind::ApplicationDeclined,
        Kind::SeatAssigned,
        Kind::SeatReturned,
        Kind::SeatsMovedAway,
        Kind::OfferMade,
        Kind::OfferExpired,
        Kind::SeatRequestSubmitted,
        Kind::SeatRequestGranted,
        Kind::SeatRequestDeclined,
        Kind::SeatRequestReturned,
        Kind::PostCommented,
        Kind::CommentReplied,
        Kind::PostResolved,
        Kind::PostReviewed,
        Kind::DailyDigest,
    ];

    /// Those whose text carries a one-time link.
    pub const WITH_LINK: [Kind; 4] =
        [Kind::Invite, Kind::PasswordReset, Kind::EmailChange, Kind::AcknowledgementRequested];

    /// Whether the text carries a one-time link: whoever reads it may use it.
    pub const fn carries_link(self) -> bool {
        matches!(self, Kind::Invite | Kind::PasswordReset | Kind::EmailChange | Kind::AcknowledgementRequested)
    }

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Invite => "invite",
            Kind::PasswordReset => "password_reset",
            Kind::RefreshTokenReused => "refresh_token_reused",
            Kind::NewDevice => "new_device",
            Kind::AccountChanged => "account_changed",
            Kind::EmailChange => "email_change",
            Kind::SurveyOpened => "survey_opened",
            Kind::SurveyReminder => "survey_reminder",
            Kind::SurveyAnswerReturned => "survey_answer_returned",
            Kind::EstimateNotice => "estimate_notice",
            Kind::ContractMade => "contract_made",
            Kind::AllocationPublished => "allocation_published",
            Kind::EntryCallOpened => "entry_call_opened",
            Kind::ApplicationReceived => "application_received",
            Kind::ApplicationArrived => "application_arrived",
            Kind::AcknowledgementRequested => "acknowledgement_requested",
            Kind::ApplicationObjected => "application_objected",
            Kind::ApplicationSelected => "application_selected",
            Kind::ApplicationWaiting => "application_waiting",
            Kind::ApplicationDeclined => "application_declined",
            Kind::SeatAssigned => "seat_assigned",
            Kind::SeatReturned => "seat_returned",
            Kind::SeatsMovedAway => "seats_moved_away",
            Kind::OfferMade => "offer_made",
            Kind::OfferExpired => "offer_expired",
            Kind::SeatRequestSubmitted => "seat_request_submitted",
            Kind::SeatRequestGranted => "seat_request_granted",
            Kind::SeatRequestDeclined => "seat_request_declined",
            Kind::SeatRequestReturned => "seat_request_returned",
            Kind::PostCommented => "post_commented",
            Kind::CommentReplied => "comment_replied",
            Kind::PostResolved => "post_resolved",
            Kind::PostReviewed => "post_reviewed",
            Kind::DailyDigest => "daily_digest",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a person may switch this kind off.
    ///
    /// Not what guards an account or carries a one-time link, and not an offer, which is lost in silence
    /// when nobody reads it.
    pub const fn may_be_declined(self) -> bool {
        !matches!(
            self,
            Kind::Invite
                | Kind::PasswordReset
                | Kind::RefreshTokenReused
                | Kind::NewDevice
                | Kind::AccountChanged
                | Kind::EmailChange
                | Kind::AcknowledgementRequested
                | Kind::OfferMade
                | Kind::DailyDigest
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct_snake_case_and_read_back() {
        let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(kind.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Kind::from_name("Invite"), None);
    }

    #[test]
    fn one_list_names_the_mails_with_links() {
        let with_link: Vec<_> = Kind::ALL.into_iter().filter(|kind| kind.carries_link()).collect();
        assert_eq!(with_link, Kind::WITH_LINK);
        assert!(with_link.iter().all(|kind| !kind.may_be_declined()));
    }

    #[test]
    fn mails_that_guard_an_account_cannot_be_declined() {
        for kind in [Kind::Invite, Kind::PasswordReset, Kind::RefreshTokenReused, Kind::NewDevice, Kind::AccountChanged]
        {
            assert!(!kind.may_be_declined(), "{kind:?}");
        }
        assert!(Kind::PostCommented.may_be_declined());
    }
}
