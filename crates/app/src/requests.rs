//! Requests for more seats (追加配分): a town sees the price effect first, asks with a reason, and the
//! lead approves, declines or returns. An approval moves the seats in the same transaction.
//! How the effect is computed stands in `requests/effect.rs`, the approval in `requests/decide.rs`.

pub mod decide;
mod effect;
mod mails;

pub use effect::PriceEffect;

use crate::audit::Entry;
use crate::contracts::ContractView;
use crate::input::Checker;
use crate::{Call, Code, Ctx, Error, FieldCode, Page, PageQuery};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::requests::{RequestAct, RequestState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::requests::{SeatRequest, Step};
use store::seats::settings::ContractOfSeats;
use utoipa::ToSchema;

/// The most seats of one request.
const MOST_SEATS: i64 = 1_000_000;

/// The question what more seats would cost.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewSeats {
    /// The town.
    pub member_id: String,
    /// Seats more, 1 to 1,000,000.
    #[schema(minimum = 1, maximum = 1000000, example = 5)]
    pub seats: i64,
}

/// A request for more seats.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestSeats {
    /// The town.
    pub member_id: String,
    /// Seats more, 1 to 1,000,000.
    #[schema(minimum = 1, maximum = 1000000, example = 5)]
    pub seats: i64,
    /// Why, 1 to 2,000 characters.
    #[schema(example = "新規採用者の研修に使うため", max_length = 2000)]
    pub reason: String,
}

/// A corrected request.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResubmitRequest {
    /// Seats more, 1 to 1,000,000.
    #[schema(minimum = 1, maximum = 1000000, example = 3)]
    pub seats: i64,
    /// Why, 1 to 2,000 characters.
    #[schema(max_length = 2000)]
    pub reason: String,
}

/// A request as the town and the lead see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RequestView {
    /// UUIDv7.
    pub id: String,
    /// The contract.
    pub contract_id: String,
    /// The town.
    pub member_id: String,
    /// Seats asked for.
    pub seats: i64,
    /// Why.
    pub reason: String,
    /// What it would cost, as computed when it was submitted; of an order, for the seats granted, when it was approved.
    pub price_effect: PriceEffect,
    /// `submitted`, `returned`, `approved`, `declined` or `withdrawn`.
    #[schema(example = "submitted")]
    pub state: String,
    /// `reserve`, `idle` or `order`, once approved.
    pub source: Option<String>,
    /// Seats granted, once approved.
    pub granted_seats: Option<i64>,
    /// Why it was decided so.
    pub decision_reason: Option<String>,
    /// When it was decided or returned.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was first submitted.
    pub created_at: DateTime<Utc>,
    /// Grows with each step.
    pub version: i64,
}

/// What a town ordered in addition: it pays for that apart from its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Ordered {
    /// Seats.
    pub seats: i64,
    /// What they cost, tax included.
    pub yen: i64,
}

/// The additional orders of a contract, of all towns together.
///
/// # Errors
/// [`Error::NotFound`] for who does not see the requests of all towns.
pub fn get_orders(ctx: &mut Ctx<'_>, call: &Call, contract: &ContractView) -> Result<Ordered, Error> {
    call.actor.permit(Action::ReadRequests, &contract.consortium_id, None)?;
    ordered(ctx, &contract.id, None)
}

/// The additional orders of a contract that were approved for a town, or for all of them.
///
/// # Errors
/// When the database refuses; the caller has judged the rights.
pub(crate) fn ordered(ctx: &mut Ctx<'_>, contract_id: &str, member_id: Option<&str>) -> Result<Ordered, Error> {
    let mut ordered = Ordered::default();
    for (seats, effect) in store::requests::orders_of(ctx.db, contract_id, member_id)? {
        let effect: PriceEffect = serde_json::from_str(&effect).map_err(Error::internal)?;
        ordered.seats = ordered.seats.saturating_add(seats.unwrap_or(0));
        ordered.yen = ordered.yen.saturating_add(effect.order_yen);
    }
    Ok(ordered)
}

pub(crate) fn view(row: SeatRequest) -> Result<RequestView, Error> {
    Ok(RequestView {
        id: row.id,
        contract_id: row.contract_id,
        member_id: row.member_id,
        seats: row.seats,
        reason: row.reason,
        price_effect: serde_json::from_str(&row.price_effect).map_err(Error::internal)?,
        state: row.state,
        source: row.source,
        granted_seats: row.granted_seats,
        decision_reason: row.decision_reason,
        decided_at: row.decided_at.map(|at| at.and_utc()),
        created_at: row.created_at.and_utc(),
        version: row.version,
    })
}

/// What more seats would cost the town. Changes nothing.
///
/// # Errors
/// Refused fields; [`Code::ContractClosed`]; a town without a share in the contract.
pub fn preview_seat_request(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    cmd: &PreviewSeats,
) -> Result<PriceEffect, Error> {
    let contract = open_contract(ctx, call, contract_id, &cmd.member_id, Action::ReadRequests)?;
    let mut check = Checker::new();
    let seats = check.range("/seats", cmd.seats, 1, MOST_SEATS);
    check.finish()?;
    effect::price_effect(ctx, &contract.id, &cmd.member_id, seats)
}

/// Asks for more seats; the price effect is computed and kept with the request.
///
/// # Errors
/// As [`preview_seat_request`].
pub fn submit_seat_request(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    cmd: &RequestSeats,
) -> Result<RequestView, Error> {
    let contract = open_contract(ctx, call, contract_id, &cmd.member_id, Action::RequestSeats)?;
    let (seats, reason) = checked(cmd.seats, &cmd.reason)?;
    let effect = effect::price_effect(ctx, &contract.id, &cmd.member_id, seats)?;
    let row = SeatRequest {
        id: ctx.id(),
        consortium_id: contract.consortium_id,
        contract_id: contract.id,
        member_id: cmd.member_id.clone(),
        seats,
        reason,
        price_effect: serde_json::to_string(&effect).map_err(Error::internal)?,
        state: RequestState::Submitted.as_str().to_owned(),
        source: None,
        granted_seats: None,
        decision_reason: None,
        requested_by: call.actor.user_id.clone(),
        decided_by: None,
        decided_at: None,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    store::requests::insert(ctx.db, &row)?;
    record(ctx, call, &row, "seat_request.submitted", json!({"seats": seats}));
    mails::submitted(ctx, call, &row, &effect)?;
    view(row)
}

/// The requests of a contract that the caller may see, newest first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_seat_requests(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    state: Option<&str>,
    query: &PageQuery,
) -> Result<Page<RequestView>, Error> {
    let contract = store::seats::settings::contract(ctx.db, contract_id)?;
    let towns = call.actor.towns(Action::ReadRequests, &contract.consortium_id)?;
    if state.is_some_and(|state| RequestState::parse(state).is_none()) {
        return Err(Error::field("state", FieldCode::Format { expected: "申請の状態（submitted など）" }));
    }
    let list = format!("seat-requests/{contract_id}/{}", state.unwrap_or("all"));
    let listing = query.listing(ctx.env, &list, &store::requests::REQUESTS)?;
    let rows = store::requests::list(ctx.db, contract_id, towns.as_deref(), state, &listing.slice)?;
    listing.try_page(ctx.env, rows, view)
}

/// The requests of a consortium that the caller may see, newest first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_consortium_seat_requests(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    state: Option<&str>,
    query: &PageQuery,
) -> Result<Page<RequestView>, Error> {
    let towns = call.actor.towns(Action::ReadRequests, consortium_id)?;
    if state.is_some_and(|state| RequestState::parse(state).is_none()) {
        return Err(Error::field("state", FieldCode::Format { expected: "申請の状態（submitted など）" }));
    }
    let list = format!("consortium-seat-requests/{consortium_id}/{}", state.unwrap_or("all"));
    let listing = query.listing(ctx.env, &list, &store::requests::REQUESTS)?;
    let rows = store::requests::of_consortium(ctx.db, consortium_id, towns.as_deref(), state, &listing.slice)?;
    listing.try_page(ctx.env, rows, view)
}

/// One request.
///
/// # Errors
/// [`Error::NotFound`] when it is another town's.
pub fn get_seat_request(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<RequestView, Error> {
    view(load(ctx, call, id, Action::ReadRequests)?)
}

/// Hands a returned request in again, with a new price effect.
///
/// # Errors
/// [`Code::RequestState`] unless it was returned; as [`preview_seat_request`].
pub fn resubmit_seat_request(
    ctx: &mut Ctx<'_>,
    call: &Call,
    id: &str,
    cmd: &ResubmitRequest,
) -> Result<RequestView, Error> {
    let row = load(ctx, call, id, Action::RequestSeats)?;
    let state = after(&row, RequestAct::Resubmit)?;
    let (seats, reason) = checked(cmd.seats, &cmd.reason)?;
    let contract = open_contract(ctx, call, &row.contract_id, &row.member_id, Action::RequestSeats)?;
    let effect = effect::price_effect(ctx, &contract.id, &row.member_id, seats)?;
    let price_effect = serde_json::to_string(&effect).map_err(Error::internal)?;
    let next = Step { seats, reason, price_effect, ..unchanged(ctx, &row, state) };
    let row = take(ctx, call, &row, next, "seat_request.resubmitted")?;
    mails::submitted(ctx, call, &row, &effect)?;
    view(row)
}

/// Takes a request back.
///
/// # Errors
/// [`Code::RequestState`] once it is decided.
pub fn withdraw_seat_request(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<RequestView, Error> {
    let row = load(ctx, call, id, Action::RequestSeats)?;
    let state = after(&row, RequestAct::Withdraw)?;
    let next = unchanged(ctx, &row, state);
    view(take(ctx, call, &row, next, "seat_request.withdrawn")?)
}

fn checked(seats: i64, reason: &str) -> Result<(i64, String), Error> {
    let mut check = Checker::new();
    let seats = check.range("/seats", seats, 1, MOST_SEATS);
    let reason = check.lines("/reason", reason, 2_000);
    check.finish()?;
    Ok((seats, reason))
}

/// The contract when it runs and the actor may do this for the town; the town must hold an account in it.
fn open_contract(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    member_id: &str,
    action: Action,
) -> Result<ContractOfSeats, Error> {
    let contract = store::seats::settings::contract(ctx.db, contract_id)?;
    call.actor.permit(action, &contract.consortium_id, None)?;
    let absent = || Error::field("/member_id", FieldCode::NoSuchThing);
    // Who may not act for the town is told what everybody is told about a town that is not there.
    call.actor.permit(action, &contract.consortium_id, Some(member_id)).map_err(|_denied| absent())?;
    match store::seats::account_of_member(ctx.db, contract_id, member_id) {
        Err(store::StoreError::Missing) => return Err(absent()),
        found => drop(found?),
    }
    if contract.state == "closed" { Err(Error::rule(Code::ContractClosed)) } else { Ok(contract) }
}

fn load(ctx: &mut Ctx<'_>, call: &Call, id: &str, action: Action) -> Result<SeatRequest, Error> {
    let row = store::requests::find(ctx.db, id)?;
    call.actor.permit(action, &row.consortium_id, Some(&row.member_id))?;
    Ok(row)
}

/// The state after an act, or the refusal that names the present one.
fn after(row: &SeatRequest, act: RequestAct) -> Result<RequestState, Error> {
    let state = RequestState::parse(&row.state).ok_or_else(|| Error::internal("unknown state of a request"))?;
    state
        .after(act)
        .map_err(|illegal| Error::rule_with(Code::RequestState, vec![("state", illegal.state.label().to_owned())]))
}

fn unchanged(ctx: &Ctx<'_>, row: &SeatRequest, state: RequestState) -> Step {
    Step {
        seats: row.seats,
        reason: row.reason.clone(),
        price_effect: row.price_effect.clone(),
        state: state.as_str().to_owned(),
        source: row.source.clone(),
        granted_seats: row.granted_seats,
        decision_reason: row.decision_reason.clone(),
        decided_by: row.decided_by.clone(),
        decided_at: row.decided_at,
        updated_at: ctx.stamp(),
    }
}

/// Takes the step and records it; two who step at once cannot both succeed.
fn take(
    ctx: &mut Ctx<'_>,
    call: &Call,
    row: &SeatRequest,
    next: Step,
    action: &'static str,
) -> Result<SeatRequest, Error> {
    if !store::requests::step(ctx.db, &row.id, row.version, &next)? {
        return Err(Error::Stale);
    }
    let details = json!({"before": row.state, "after": next.state, "seats": next.seats, "granted": next.granted_seats});
    record(ctx, call, row, action, details);
    Ok(store::requests::find(ctx.db, &row.id)?)
}

fn record(ctx: &mut Ctx<'_>, call: &Call, row: &SeatRequest, action: &'static str, details: serde_json::Value) {
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), action, "seat_request", &row.id)
            .member(&row.member_id)
            .details(details),
    );
}
