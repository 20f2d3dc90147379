//! The waiting list as people see it: who is on which place, and leaving it.

use crate::audit::{Entry, note_view};
use crate::seats::{offers, permit};
use crate::{Call, Code, Ctx, Error, Page, PageQuery};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::seats::WaitingState;
use serde::Serialize;
use serde_json::json;
use store::seats::waiting::WaitingEntry;
use utoipa::ToSchema;

/// A place on a waiting list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaitingEntryView {
    /// UUIDv7.
    pub id: String,
    /// The town's account.
    pub account_id: String,
    /// The person.
    pub user_id: String,
    /// The application behind it.
    pub application_id: Option<String>,
    /// `waiting`, `offered`, `accepted`, `declined`, `expired` or `withdrawn`.
    #[schema(example = "waiting")]
    pub state: String,
    /// Place among those who wait, from 1; null once a seat is offered.
    pub position: Option<i64>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// A place on the waiting list with the person's name, for the town.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedWaitingEntryView {
    /// The place.
    #[serde(flatten)]
    pub entry: WaitingEntryView,
    /// The person's name.
    pub display_name: String,
}

fn view(row: WaitingEntry, position: Option<i64>) -> WaitingEntryView {
    WaitingEntryView {
        id: row.id,
        account_id: row.account_id,
        user_id: row.user_id,
        application_id: row.application_id,
        state: row.state,
        position,
        created_at: row.created_at.and_utc(),
    }
}

/// The waiting list of an account in order: those who wait, and those with an open offer.
///
/// # Errors
/// [`Error::NotFound`] when it is another town's.
pub fn list_waiting_entries(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account_id: &str,
    query: &PageQuery,
) -> Result<Page<NamedWaitingEntryView>, Error> {
    let account = store::seats::find_account(ctx.db, account_id)?;
    permit(&call.actor, Action::ReadAssignments, &account)?;
    let list = format!("waiting-entries/{account_id}");
    let listing = query.listing(ctx.env, &list, &store::seats::waiting::WAITING)?;
    let rows = store::seats::waiting::of_account(ctx.db, account_id, &listing.slice)?;
    let place = (account.consortium_id.as_str(), account.member_id.as_deref());
    note_view(ctx, call, place, ("seat_account", account_id), listing.shown(rows.len()));
    let numbers = store::seats::waiting::numbers(ctx.db, account_id)?;
    let position = |row: &WaitingEntry| {
        let before = numbers.binary_search(&row.sequence).ok().filter(|_| row.state == "waiting")?;
        i64::try_from(before.saturating_add(1)).ok()
    };
    let named = |(row, display_name): (WaitingEntry, String)| {
        let position = position(&row);
        NamedWaitingEntryView { entry: view(row, position), display_name }
    };
    Ok(listing.page(ctx.env, rows, named))
}

/// The lists on which the caller is, newest first.
///
/// # Errors
/// When the database refuses.
pub fn list_my_waiting_entries(ctx: &mut Ctx<'_>, call: &Call) -> Result<Vec<WaitingEntryView>, Error> {
    let rows = store::seats::waiting::of_person(ctx.db, &call.actor.user_id)?;
    rows.into_iter().map(|row| placed(ctx, row)).collect()
}

fn placed(ctx: &mut Ctx<'_>, row: WaitingEntry) -> Result<WaitingEntryView, Error> {
    let position = match row.state.as_str() {
        "waiting" => Some(store::seats::waiting::position(ctx.db, &row.account_id, row.sequence)?),
        _ => None,
    };
    Ok(view(row, position))
}

/// Leaves the waiting list; an open offer passes on. The person, or the town's contact for the person.
///
/// # Errors
/// [`Code::NotWaiting`] when the place was served or given up already.
pub fn withdraw_waiting_entry(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<WaitingEntryView, Error> {
    let row = store::seats::waiting::find(ctx.db, id)?;
    let account = store::seats::find_account(ctx.db, &row.account_id)?;
    let action = if row.user_id == call.actor.user_id { Action::ClaimSeat } else { Action::AssignSeats };
    permit(&call.actor, action, &account)?;
    store::seats::lock_accounts(ctx.db, std::slice::from_ref(&account.id))?;
    let row = store::seats::waiting::find(ctx.db, id)?;
    let state = WaitingState::parse(&row.state).ok_or_else(|| Error::internal("unknown state of a waiting entry"))?;
    if !state.may_leave() {
        return Err(Error::rule(Code::NotWaiting));
    }
    if state == WaitingState::Offered {
        offers::withdraw_open(ctx, &row)?;
    }
    let left = WaitingState::Withdrawn.as_str();
    store::seats::waiting::move_on(ctx.db, std::slice::from_ref(&row.id), state.as_str(), left, ctx.stamp())?;
    let mut entry = Entry::done(&call.actor, Some(&account.consortium_id), "waiting.withdrawn", "waiting_entry", id)
        .details(json!({"account": account.id, "from": state.as_str()}));
    if let Some(town) = &account.member_id {
        entry = entry.member(town);
    }
    ctx.record(entry);
    offers::offer_free_seats(ctx, &account.id)?;
    let row = store::seats::waiting::find(ctx.db, id)?;
    placed(ctx, row)
}
