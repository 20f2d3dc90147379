//! The texts: from typed facts to a subject and a plain text in administrative Japanese.
//!
//! Every mail has the same parts in the same order: to whom, what happened, the facts with their numbers,
//! what to do next, the link, whom to ask. Templates are code, so nothing in a fact is ever interpreted
//! (S40); what people wrote themselves stands behind `> ` and cannot pass for the service's own words.

mod accounts;
mod board;
mod contracts;
mod demand;
mod digest;
mod entries;
mod format;
mod letter;
mod requests;
mod seats;

pub use accounts::{AccountChanged, EmailChange, Invite, NewDevice, NewRole, PasswordReset, RefreshTokenReused};
pub use board::{CommentReplied, PostCommented, PostResolved, PostReviewed, Review};
pub use contracts::{AllocationPublished, ContractMade, EstimateNotice};
pub use demand::{SurveyAnswerReturned, SurveyOpened, SurveyReminder};
pub use digest::{DailyDigest, DigestItem};
pub use entries::{
    AcknowledgementRequested, ApplicationArrived, ApplicationDeclined, ApplicationObjected, ApplicationReceived,
    ApplicationSelected, ApplicationWaiting, EntryCallOpened,
};
pub use letter::{Head, Rendered};
pub use requests::{SeatRequestDeclined, SeatRequestGranted, SeatRequestReturned, SeatRequestSubmitted};
pub use seats::{OfferExpired, OfferMade, SeatAssigned, SeatReturned, SeatsMovedAway};
