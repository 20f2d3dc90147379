//! Entry calls (募集): a town calls its staff, people apply, supervisors acknowledge, the contact selects.
//!
//! The walls: a call is seen by its town (drafts by its contacts only) and as a count by the lead; an
//! application by its author, its town's contacts and auditors. Seats are assigned through the one gate
//! of [`crate::seats::claims`]; nothing here touches an assignment.

pub mod acknowledgements;
pub mod applications;
pub mod calls;
mod form;
pub mod lottery;
mod mails;
pub mod selection;

use crate::{Call, Code, Ctx, Error};
use domain::access::{Action, Actor};
use domain::entries::selection::Policy;
use domain::entries::{ApplicationAct, ApplicationState, CallAct, CallState, Late, accepts};
use store::entries::EntryCall;
use store::entries::applications::Application;

/// A call that the actor may know of.
fn visible(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<EntryCall, Error> {
    let row = store::entries::find(ctx.db, id)?;
    call.actor.permit(Action::ReadEntryCalls, &row.consortium_id, Some(&row.member_id))?;
    if state_of(&row)? == CallState::Draft && !sees_drafts(&call.actor, &row) {
        return Err(Error::NotFound);
    }
    Ok(row)
}

/// A call with which the actor may do this in its town.
fn permitted(ctx: &mut Ctx<'_>, call: &Call, id: &str, action: Action) -> Result<EntryCall, Error> {
    let row = visible(ctx, call, id)?;
    call.actor.permit(action, &row.consortium_id, Some(&row.member_id))?;
    Ok(row)
}

fn sees_drafts(actor: &Actor, row: &EntryCall) -> bool {
    actor.permit(Action::ManageEntryCalls, &row.consortium_id, Some(&row.member_id)).is_ok()
        || matches!(actor.towns(Action::ReadEntryCalls, &row.consortium_id), Ok(None))
}

fn state_of(row: &EntryCall) -> Result<CallState, Error> {
    CallState::parse(&row.state).ok_or_else(|| Error::internal("unknown state of an entry call"))
}

fn policy_of(row: &EntryCall) -> Result<Policy, Error> {
    Policy::parse(&row.policy).ok_or_else(|| Error::internal("unknown policy of an entry call"))
}

fn application_state(row: &Application) -> Result<ApplicationState, Error> {
    ApplicationState::parse(&row.state).ok_or_else(|| Error::internal("unknown state of an application"))
}

/// The applicant waited and has a seat now, accepted or assigned: the application is decided for it.
pub(crate) fn seat_taken(ctx: &mut Ctx<'_>, actor: &Actor, application_id: &str) -> Result<(), Error> {
    let row = store::entries::applications::find(ctx.db, application_id)?;
    let to = applications::next(&row, ApplicationAct::TakeSeat)?;
    if !store::entries::applications::move_on(ctx.db, application_id, &row.state, to.as_str(), ctx.stamp())? {
        return Err(Error::Busy);
    }
    ctx.record(applications::entry_by(actor, &row, "application.seat_taken"));
    Ok(())
}

/// Whether the call takes an act where it stands; answers where it stands afterwards.
fn after(row: &EntryCall, act: CallAct) -> Result<CallState, Error> {
    state_of(row)?.after(act).map_err(|illegal| wrong_state(illegal.state))
}

fn wrong_state(state: CallState) -> Error {
    Error::rule_with(Code::EntryCallState, vec![("state", state.label().to_owned())])
}

fn wrong_application_state(state: ApplicationState) -> Error {
    Error::rule_with(Code::ApplicationState, vec![("state", state.label().to_owned())])
}

/// Takes the call's row so that it cannot change its state before this transaction ends.
fn hold(ctx: &mut Ctx<'_>, row: &EntryCall) -> Result<(), Error> {
    if store::entries::hold(ctx.db, &row.id, &row.state)? {
        return Ok(());
    }
    let now = store::entries::find(ctx.db, &row.id)?;
    Err(wrong_state(state_of(&now)?))
}

/// Holds the call open while an application arrives or is corrected.
fn hold_open(ctx: &mut Ctx<'_>, row: &EntryCall) -> Result<(), Error> {
    accepts(state_of(row)?, row.closes_on, ctx.now).map_err(|late| match late {
        Late::NotOpen(state) => wrong_state(state),
        Late::DeadlinePassed => {
            Error::rule_with(Code::EntryCallDeadlinePassed, vec![("closes_on", row.closes_on.to_string())])
        }
    })?;
    hold(ctx, row)
}

/// Moves a call on, unless somebody else did so first.
fn move_on(ctx: &mut Ctx<'_>, row: &EntryCall, to: CallState) -> Result<(), Error> {
    if store::entries::move_on(ctx.db, &row.id, &row.state, to.as_str(), ctx.stamp())? {
        return Ok(());
    }
    let now = store::entries::find(ctx.db, &row.id)?;
    Err(wrong_state(state_of(&now)?))
}
