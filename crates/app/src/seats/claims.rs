//! Claims: every path on which a person comes to a seat of a town.
//!
//! [`claim_many`] serves many claims in one transaction by a fixed number of statements; one claim is
//! the same code with a list of one. Claims are judged each by itself: a refused one leaves the others
//! alone. Nobody overtakes the waiting list (`domain::seats::Supply`), and the counters move by
//! conditional updates only.

use crate::seats::desk::Desk;
use crate::{Call, Ctx, Error, Meta};
use chrono::{DateTime, Utc};
use domain::access::Actor;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// On which path the person comes; the word of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// By an own claim, or one that a contact makes for the person.
    Claim,
    /// By the selection of an entry call.
    Selection,
    /// By an accepted offer.
    Offer,
    /// Assigned by the town's contact.
    Direct,
    /// Assigned by the contact, together with others.
    Bulk,
}

impl Source {
    /// The word of the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Selection => "selection",
            Self::Offer => "offer",
            Self::Direct => "direct",
            Self::Bulk => "bulk",
        }
    }
}

/// What becomes of a claim when no seat is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// The person goes on the waiting list.
    Queue,
    /// It is refused with [`crate::Code::SeatsSoldOut`], or with [`crate::Code::OthersWaitBefore`] while others wait for
    /// the free seats. Whoever is next takes a free seat, and leaves the list by it.
    Refuse,
    /// The person goes on the waiting list even while a seat is free: the town selected others.
    QueueAnyway,
}

/// One person for one seat.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Who asks; needs the right to claim for oneself or to assign in the town.
    pub actor: &'a Actor,
    /// The request behind it.
    pub meta: &'a Meta,
    /// The town's account.
    pub account_id: &'a str,
    /// Who is to sit.
    pub user_id: &'a str,
    /// The application that led to it.
    pub application_id: Option<&'a str>,
    /// The path.
    pub source: Source,
    /// What to do when no seat is free.
    pub when_full: WhenFull,
}

/// Where a claim ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// On a seat.
    Assigned {
        /// The assignment.
        assignment_id: String,
    },
    /// On the waiting list.
    Waitlisted {
        /// The place on the list.
        entry_id: String,
        /// Its position, from 1.
        position: i64,
    },
    /// A seat is held for the person already and waits for an answer.
    Offered {
        /// The open offer.
        offer_id: String,
        /// When it ends.
        expires_at: DateTime<Utc>,
    },
}

/// Serves claims in their order; one answer for each, in the same order.
///
/// # Errors
/// The outer error concerns all of them: nothing was written then.
pub fn claim_many(ctx: &mut Ctx<'_>, claims: &[Claim<'_>]) -> Result<Vec<Result<Placed, Error>>, Error> {
    let mut desk = Desk::open(ctx, claims)?;
    // Who waits comes first, in the order of the list: people who are ticked together overtake nobody.
    let mut turns: Vec<(usize, &Claim<'_>)> = claims.iter().enumerate().collect();
    turns.sort_by_cached_key(|(_, claim)| desk.turn(claim));
    let mut answers: Vec<_> = turns.into_iter().map(|(at, claim)| (at, desk.place(ctx, claim))).collect();
    answers.sort_by_key(|(at, _)| *at);
    desk.close(ctx)?;
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Serves one claim.
///
/// # Errors
/// The refusal of the claim, or what went wrong.
pub fn claim(ctx: &mut Ctx<'_>, claim: &Claim<'_>) -> Result<Placed, Error> {
    claim_many(ctx, std::slice::from_ref(claim))?
        .pop()
        .unwrap_or_else(|| Err(Error::internal("a claim was not answered")))
}

/// A claim of a seat; the body may be empty (`{}`) for oneself.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimSeat {
    /// The person, when a contact claims for somebody of the town; oneself when absent.
    pub user_id: Option<String>,
}

/// Where the claim ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ClaimView {
    /// 201: the person has a seat.
    Assigned {
        /// The assignment.
        assignment_id: String,
        /// The account.
        account_id: String,
        /// The person.
        user_id: String,
    },
    /// 202: no seat is free; the person is on the waiting list and nothing else was lost.
    Waitlisted {
        /// Always `seats_sold_out`.
        code: &'static str,
        /// What happens next, in Japanese.
        detail: String,
        /// Place on the list, from 1.
        position: i64,
        /// The entry of the waiting list.
        waiting_entry_id: String,
        /// The account.
        account_id: String,
        /// The person.
        user_id: String,
    },
    /// 202: a seat is held for the person; the offer waits for an answer.
    Offered {
        /// The offer to accept or decline.
        offer_id: String,
        /// Until when.
        expires_at: DateTime<Utc>,
        /// The account.
        account_id: String,
        /// The person.
        user_id: String,
    },
}

impl ClaimView {
    pub(crate) fn new(placed: Placed, account_id: &str, user_id: &str) -> Self {
        let (account_id, user_id) = (account_id.to_owned(), user_id.to_owned());
        match placed {
            Placed::Assigned { assignment_id } => Self::Assigned { assignment_id, account_id, user_id },
            Placed::Waitlisted { entry_id, position } => Self::Waitlisted {
                code: crate::Code::SeatsSoldOut.as_str(),
                detail: format!(
                    "空席がないため、順番待ちの{position}番目に登録しました。空席が出たらメールでご案内します。"
                ),
                position,
                waiting_entry_id: entry_id,
                account_id,
                user_id,
            },
            Placed::Offered { offer_id, expires_at } => Self::Offered { offer_id, expires_at, account_id, user_id },
        }
    }
}

/// Claims one seat in the transaction of the caller; the API goes through the lane instead.
///
/// # Errors
/// [`crate::Code::AlreadySeated`], [`crate::Code::ContractClosed`], a person of another town.
pub fn claim_seat(ctx: &mut Ctx<'_>, call: &Call, account_id: &str, cmd: &ClaimSeat) -> Result<ClaimView, Error> {
    let asked = of_call(call, account_id, cmd);
    let placed = claim(ctx, &asked)?;
    Ok(ClaimView::new(placed, account_id, asked.user_id))
}

/// The claim that a call makes.
pub(crate) fn of_call<'a>(call: &'a Call, account_id: &'a str, cmd: &'a ClaimSeat) -> Claim<'a> {
    Claim {
        actor: &call.actor,
        meta: &call.meta,
        account_id,
        user_id: cmd.user_id.as_deref().unwrap_or(&call.actor.user_id),
        application_id: None,
        source: Source::Claim,
        when_full: WhenFull::Queue,
    }
}
