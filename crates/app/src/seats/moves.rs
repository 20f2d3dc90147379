//! Moving seats by hand: between towns, out of and back into the reserve, and taking a mistake back.
//! A correction is a new transfer in the other direction that names the old one; nothing is edited.

use crate::input::Checker;
use crate::notify::towns;
use crate::seats::accounts::TransferView;
use crate::seats::{Move, TransferKind, transfer};
use crate::{Call, Code, Ctx, Error, FieldCode};
use domain::access::Action;
use mail::templates::SeatsMovedAway;
use serde::{Deserialize, Serialize};
use store::seats::{Account, Transfer};
use utoipa::ToSchema;

/// What kind of movement is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// From one town to another.
    Move,
    /// From a town back to the reserve.
    Return,
    /// From the reserve to a town.
    Grant,
    /// Back along an earlier transfer.
    Correct,
}

/// A movement of seats within a contract.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveSeats {
    /// `move`, `return`, `grant` or `correct`.
    pub kind: MoveKind,
    /// Town account that gives (`move`, `return`).
    pub from_account_id: Option<String>,
    /// Town account that receives (`move`, `grant`).
    pub to_account_id: Option<String>,
    /// Seats, 1 or more.
    #[schema(minimum = 1, example = 5)]
    pub seats: i64,
    /// Why, 1 to 200 characters; stands in the ledger.
    #[schema(example = "利用見込みの変更による移動", max_length = 200)]
    pub reason: String,
    /// The transfer to be taken back (`correct`).
    pub corrects_id: Option<String>,
}

/// Moves seats between accounts. A town may only return its own.
///
/// # Errors
/// Refused fields; [`Code::StepUpRequired`] for many seats; [`Code::SeatsInUse`], [`Code::ReserveTooSmall`], [`Code::TransferNotCorrectable`].
pub fn transfer_seats(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    cmd: &MoveSeats,
) -> Result<TransferView, Error> {
    let contract = store::seats::settings::contract(ctx.db, contract_id)?;
    let own = match cmd.kind {
        MoveKind::Return => call.actor.towns(Action::ReturnSeats, &contract.consortium_id)?,
        MoveKind::Move | MoveKind::Grant | MoveKind::Correct => {
            call.actor.permit(Action::ManageSeats, &contract.consortium_id, None)?;
            None
        }
    };
    let mut check = Checker::new();
    let seats = check.seats("/seats", cmd.seats, 1);
    let reason = check.line("/reason", &cmd.reason, 200);
    let gives = matches!(cmd.kind, MoveKind::Move | MoveKind::Return);
    check.ensure(!gives || cmd.from_account_id.is_some(), "/from_account_id", FieldCode::Required);
    let takes = matches!(cmd.kind, MoveKind::Move | MoveKind::Grant);
    check.ensure(!takes || cmd.to_account_id.is_some(), "/to_account_id", FieldCode::Required);
    check.ensure(
        (cmd.kind == MoveKind::Correct) == cmd.corrects_id.is_some(),
        "/corrects_id",
        FieldCode::Refused {
            sentence: "訂正のときだけ、訂正する移動の番号を指定してください。"
        },
    );
    check.finish()?;
    crate::accounts::require_step_up_for_seats(ctx, call, seats)?;
    if contract.state == "closed" {
        return Err(Error::rule(Code::ContractClosed));
    }
    let accounts = store::seats::accounts_of(ctx.db, contract_id)?;
    let ends = ends(ctx, &accounts, cmd)?;
    if let (Some(own), Some(giver)) = (&own, accounts.iter().find(|account| account.id == ends.from)) {
        let is_own = giver.member_id.as_ref().is_some_and(|member| own.contains(member));
        if !is_own {
            return Err(Error::field("/from_account_id", FieldCode::NoSuchThing));
        }
    }
    let moved = transfer(
        ctx,
        &call.actor,
        &Move {
            consortium_id: &contract.consortium_id,
            contract_id,
            from: Some(&ends.from),
            to: Some(&ends.to),
            seats,
            kind: ends.kind,
            reason: &reason,
            corrects: cmd.corrects_id.as_deref(),
        },
    )?;
    let id = moved.ok_or_else(|| Error::internal("a movement of seats wrote nothing"))?;
    // Who returns the own seats knows it.
    if let (None, Some(giver)) = (own, accounts.iter().find(|account| account.id == ends.from)) {
        tell_giver(ctx, giver, &ends.to, seats, &reason)?;
    }
    Ok(store::seats::find_transfer(ctx.db, &id)?.into())
}

/// Tells the contacts of a town which of its seats others moved to another account; the reserve has nobody to be told.
pub(crate) fn tell_giver(
    ctx: &mut Ctx<'_>,
    giver: &Account,
    taker_id: &str,
    seats: i64,
    reason: &str,
) -> Result<(), Error> {
    let Some(town) = giver.member_id.as_deref() else { return Ok(()) };
    let rest = store::seats::find_account(ctx.db, &giver.id)?.balance;
    let settings = store::seats::settings::of_accounts(ctx.db, &[giver.id.clone(), taker_id.to_owned()])?;
    let (Some(from), Some(to)) = (
        settings.iter().find(|setting| setting.account_id == giver.id),
        settings.iter().find(|setting| setting.account_id == taker_id),
    ) else {
        return Err(Error::internal("a movement between accounts that are not there"));
    };
    let url = format!("{}/members/{town}", ctx.env.settings.public_url);
    let letter = SeatsMovedAway {
        product: &from.product,
        seats: towns::count(seats),
        to: to.member.as_deref().unwrap_or("予備席"),
        rest: towns::count(rest),
        reason,
        url: &url,
    };
    let name = from.member.as_deref().unwrap_or_default();
    towns::write_to_contacts(ctx, &giver.consortium_id, town, name, |head| letter.render(head))
}

struct Ends {
    from: String,
    to: String,
    kind: TransferKind,
}

fn ends(ctx: &mut Ctx<'_>, accounts: &[Account], cmd: &MoveSeats) -> Result<Ends, Error> {
    let (from, to) = (cmd.from_account_id.as_deref(), cmd.to_account_id.as_deref());
    let town = |pointer: &str, given: Option<&str>| {
        let id = given.ok_or_else(|| Error::field(pointer, FieldCode::Required))?;
        let found = accounts.iter().find(|account| account.id == id && account.member_id.is_some());
        found.map(|account| account.id.clone()).ok_or_else(|| Error::field(pointer, FieldCode::NoSuchThing))
    };
    let reserve = |pointer: &str, given: Option<&str>| {
        let reserve = accounts.iter().find(|account| account.member_id.is_none()).ok_or(Error::NotFound)?;
        match given {
            Some(id) if id != reserve.id => Err(Error::field(pointer, FieldCode::NoSuchThing)),
            Some(_) | None => Ok(reserve.id.clone()),
        }
    };
    let (from, to, kind) = match cmd.kind {
        MoveKind::Move => (town("/from_account_id", from)?, town("/to_account_id", to)?, TransferKind::Move),
        MoveKind::Return => (town("/from_account_id", from)?, reserve("/to_account_id", to)?, TransferKind::Return),
        MoveKind::Grant => (reserve("/from_account_id", from)?, town("/to_account_id", to)?, TransferKind::Grant),
        MoveKind::Correct => correction(ctx, accounts, cmd)?,
    };
    if from == to {
        return Err(Error::field("/to_account_id", FieldCode::Duplicate));
    }
    Ok(Ends { from, to, kind })
}

fn correction(
    ctx: &mut Ctx<'_>,
    accounts: &[Account],
    cmd: &MoveSeats,
) -> Result<(String, String, TransferKind), Error> {
    let absent = || Error::field("/corrects_id", FieldCode::NoSuchThing);
    let refused = || Error::rule(Code::TransferNotCorrectable);
    if cmd.from_account_id.is_some() || cmd.to_account_id.is_some() {
        return Err(Error::field("/from_account_id", FieldCode::Unknown));
    }
    let corrected = cmd.corrects_id.as_deref().ok_or_else(absent)?;
    // Two corrections of one transfer must see each other: all ends are locked before the sum is read.
    let all: Vec<String> = accounts.iter().map(|account| account.id.clone()).collect();
    store::seats::lock_accounts(ctx.db, &all)?;
    let old: Transfer = match store::seats::find_transfer(ctx.db, corrected) {
        Err(store::StoreError::Missing) => return Err(absent()),
        found => found?,
    };
    if accounts.first().is_none_or(|account| account.contract_id != old.contract_id) {
        return Err(absent());
    }
    let (Some(from), Some(to), None) = (old.to_account_id, old.from_account_id, old.corrects_id) else {
        return Err(refused());
    };
    let left = old.seats.saturating_sub(store::seats::corrected_seats(ctx.db, &old.id)?);
    if cmd.seats > left {
        return Err(refused());
    }
    Ok((from, to, TransferKind::Correct))
}
