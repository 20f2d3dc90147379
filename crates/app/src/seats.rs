//! Seats: the ledger that every path to a seat goes through.
//!
//! [`open_accounts`] receives what a contract bought; [`transfer`] is the only way that seats move
//! between accounts; assignments go through the claim in `seats/`. The database refuses the rest.

pub mod accounts;
pub mod assignments;
pub mod claims;
mod desk;
pub mod lane;
mod mails;
pub mod mine;
pub mod moves;
pub mod offers;
pub mod platform;
pub mod returns;
pub mod waiting;

use crate::audit::Entry;
use crate::{Code, Ctx, Error};
use domain::access::{Action, Actor};
use serde_json::json;
use store::StoreError;
use store::seats::{Account, Transfer};

/// Why seats move; the words of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferKind {
    /// From the vendor into the reserve; back out of it when an amendment takes seats away.
    Purchase,
    /// From the reserve to a member, by a published allocation.
    Allocate,
    /// From the reserve or another member, by an approved request.
    Grant,
    /// From a member back to the reserve.
    Return,
    /// Between members.
    Move,
    /// Out of the ledger, at the end of the contract.
    Expire,
    /// A correction that names the transfer it corrects.
    Correct,
}

impl TransferKind {
    /// The word of the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Allocate => "allocate",
            Self::Grant => "grant",
            Self::Return => "return",
            Self::Move => "move",
            Self::Expire => "expire",
            Self::Correct => "correct",
        }
    }
}

/// Opens the reserve and one account for each member of a contract, and receives the seats bought.
///
/// # Errors
/// When the database refuses.
pub fn open_accounts(
    ctx: &mut Ctx<'_>,
    actor: &Actor,
    consortium_id: &str,
    contract_id: &str,
    member_ids: &[String],
    seats: i64,
) -> Result<Account, Error> {
    let reserve = empty_account(ctx, consortium_id, contract_id, None);
    store::seats::open_account(ctx.db, &reserve)?;
    for member_id in member_ids {
        let account = empty_account(ctx, consortium_id, contract_id, Some(member_id));
        store::seats::open_account(ctx.db, &account)?;
    }
    transfer(
        ctx,
        actor,
        &Move {
            consortium_id,
            contract_id,
            from: None,
            to: Some(&reserve.id),
            seats,
            kind: TransferKind::Purchase,
            reason: "契約による受入れ",
            corrects: None,
        },
    )?;
    Ok(Account { balance: seats, ..reserve })
}

/// One movement of seats.
#[derive(Debug, Clone, Copy)]
pub struct Move<'a> {
    /// The consortium of the contract.
    pub consortium_id: &'a str,
    /// The contract.
    pub contract_id: &'a str,
    /// Account that gives; none where seats enter the contract.
    pub from: Option<&'a str>,
    /// Account that receives; none where seats leave the contract.
    pub to: Option<&'a str>,
    /// Seats, 1 or more; a movement of 0 seats writes nothing.
    pub seats: i64,
    /// Why.
    pub kind: TransferKind,
    /// The sentence that people read beside the movement.
    pub reason: &'a str,
    /// The transfer that this one corrects.
    pub corrects: Option<&'a str>,
}

/// Moves seats by writing the ledger, and offers what becomes free to those who wait.
///
/// # Errors
/// [`Code::SeatsInUse`] or, for the reserve, [`Code::ReserveTooSmall`] when too few seats are free;
/// the database refuses the same.
pub fn transfer(ctx: &mut Ctx<'_>, actor: &Actor, movement: &Move<'_>) -> Result<Option<String>, Error> {
    if movement.seats == 0 {
        return Ok(None);
    }
    let ends: Vec<String> = movement.from.into_iter().chain(movement.to).map(str::to_owned).collect();
    let accounts = store::seats::lock_accounts(ctx.db, &ends)?;
    let giver = accounts.iter().find(|account| Some(account.id.as_str()) == movement.from);
    if let Some(giver) = giver.filter(|giver| giver.free() < movement.seats) {
        return Err(too_few(ctx, giver, movement.seats)?);
    }
    let id = ctx.id();
    let row = Transfer {
        id: id.clone(),
        consortium_id: movement.consortium_id.to_owned(),
        contract_id: movement.contract_id.to_owned(),
        from_account_id: movement.from.map(str::to_owned),
        to_account_id: movement.to.map(str::to_owned),
        seats: movement.seats,
        kind: movement.kind.as_str().to_owned(),
        reason: movement.reason.to_owned(),
        corrects_id: movement.corrects.map(str::to_owned),
        created_by: actor.user_id.clone(),
        created_at: ctx.stamp(),
    };
    match store::seats::transfer(ctx.db, &row) {
        Err(StoreError::Constraint(constraint))
            if ["seat_accounts_use_check", "seat_accounts_balance_check"].contains(&constraint.name.as_str()) =>
        {
            // Only a writer that ignores the lock brings us here; nothing of this transaction stays.
            return Err(Error::Busy);
        }
        other => other?,
    }
    ctx.record(Entry::done(actor, Some(movement.consortium_id), "seats.transferred", "transfer", &id).details(json!({
        "kind": row.kind, "seats": row.seats, "from": row.from_account_id, "to": row.to_account_id,
    })));
    if let Some(taker) = movement.to {
        offers::offer_free_seats(ctx, taker)?;
    }
    Ok(Some(id))
}

/// The refusal of an account that has fewer free seats than it is to give; it names the town.
fn too_few(ctx: &mut Ctx<'_>, giver: &Account, seats: i64) -> Result<Error, Error> {
    let mut facts = vec![("free", giver.free().to_string()), ("seats", seats.to_string())];
    let Some(member_id) = &giver.member_id else {
        return Ok(Error::rule_with(Code::ReserveTooSmall, facts));
    };
    facts.push(("town", store::consortium::find_member(ctx.db, member_id)?.name));
    Ok(Error::rule_with(Code::SeatsInUse, facts))
}

/// The account, when the actor may do this with it; the reserve belongs to the consortium as a whole.
fn permit(actor: &Actor, action: Action, account: &Account) -> Result<(), Error> {
    match &account.member_id {
        Some(member_id) => Ok(actor.permit(action, &account.consortium_id, Some(member_id))?),
        None if actor.towns(action, &account.consortium_id)?.is_none() => Ok(()),
        None => Err(Error::NotFound),
    }
}

fn empty_account(ctx: &Ctx<'_>, consortium_id: &str, contract_id: &str, member_id: Option<&str>) -> Account {
    Account {
        id: ctx.id(),
        consortium_id: consortium_id.to_owned(),
        contract_id: contract_id.to_owned(),
        member_id: member_id.map(str::to_owned),
        kind: if member_id.is_some() { "member" } else { "reserve" }.to_owned(),
        balance: 0,
        assigned: 0,
        held: 0,
        next_waiting: 1,
        created_at: ctx.stamp(),
    }
}
