//! The lead's decisions. An approval takes the seats from the reserve, from idle seats of another town,
//! or by an additional order, through the ledger and in the same transaction.

use crate::contracts::{AmendContract, order_more};
use crate::input::Checker;
use crate::requests::{RequestView, after, effect, load, mails, take, unchanged, view};
use crate::seats::moves::tell_giver;
use crate::seats::{Move, TransferKind, transfer};
use crate::{Call, Code, Ctx, Error, FieldCode};
use domain::access::Action;
use domain::requests::RequestAct;
use serde::{Deserialize, Serialize};
use store::requests::{SeatRequest, Step};
use store::seats::Account;
use utoipa::ToSchema;

/// Where granted seats come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantSource {
    /// 予備席.
    Reserve,
    /// Idle seats of another town (遊休席).
    Idle,
    /// An additional order (追加発注).
    Order,
}

impl GrantSource {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Idle => "idle",
            Self::Order => "order",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Reserve => "予備席",
            Self::Idle => "他の団体の遊休席",
            Self::Order => "追加発注",
        }
    }
}

/// An approval.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRequest {
    /// `reserve`, `idle` or `order`.
    pub source: GrantSource,
    /// Seats granted, 1 up to what was asked for.
    #[schema(minimum = 1, example = 5)]
    pub seats: i64,
    /// Why, 1 to 2,000 characters.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// The account that gives, for `idle`.
    pub from_account_id: Option<String>,
}

/// A decision against, or a return for correction.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideRequest {
    /// Why, 1 to 2,000 characters.
    #[schema(max_length = 2000)]
    pub reason: String,
}

/// Grants seats and moves them to the town.
///
/// # Errors
/// [`Code::RequestState`], [`Code::ReserveTooSmall`], [`Code::SeatsInUse`], [`Code::ContractClosed`]; refused fields;
/// [`Code::StepUpRequired`] for many seats.
pub fn approve_seat_request(
    ctx: &mut Ctx<'_>,
    call: &Call,
    id: &str,
    cmd: &ApproveRequest,
) -> Result<RequestView, Error> {
    let row = load(ctx, call, id, Action::DecideRequests)?;
    let state = after(&row, RequestAct::Approve)?;
    let mut check = Checker::new();
    let seats = check.range("/seats", cmd.seats, 1, row.seats);
    let reason = check.lines("/reason", &cmd.reason, 2_000);
    check.ensure(
        (cmd.source == GrantSource::Idle) == cmd.from_account_id.is_some(),
        "/from_account_id",
        FieldCode::Refused {
            sentence: "遊休席から配分するときだけ、席を出す団体の口座を指定してください。"
        },
    );
    check.finish()?;
    crate::accounts::require_step_up_for_seats(ctx, call, seats)?;
    let taker = store::seats::account_of_member(ctx.db, &row.contract_id, &row.member_id)?;
    let ordered = effect::price_effect(ctx, &row.contract_id, &row.member_id, seats)?;
    let unchanged = unchanged(ctx, &row, state);
    let next = Step {
        source: Some(cmd.source.as_str().to_owned()),
        granted_seats: Some(seats),
        // An order costs what it costs for the seats that are granted, now.
        price_effect: match cmd.source {
            GrantSource::Order => serde_json::to_string(&ordered).map_err(Error::internal)?,
            GrantSource::Reserve | GrantSource::Idle => unchanged.price_effect.clone(),
        },
        ..decided(ctx, call, &unchanged, &reason)
    };
    // The step is taken first: of two approvals at once one finds the version gone and moves nothing.
    let old = row;
    let row = take(ctx, call, &old, next, "seat_request.approved")?;
    let charge_yen = grant(ctx, call, &row, &taker, cmd, &ordered)?;
    let total = taker.balance.saturating_add(seats);
    mails::granted(ctx, &row, &mails::Grant { seats, total, charge_yen, source: cmd.source.label(), reason: &reason })?;
    view(row)
}

/// Moves the granted seats; answers what the town pays for them.
fn grant(
    ctx: &mut Ctx<'_>,
    call: &Call,
    row: &SeatRequest,
    taker: &Account,
    cmd: &ApproveRequest,
    ordered: &effect::PriceEffect,
) -> Result<i64, Error> {
    let seats = ordered.seats_after.saturating_sub(ordered.seats_before);
    let contract = store::seats::settings::contract(ctx.db, &row.contract_id)?;
    if contract.state == "closed" {
        return Err(Error::rule(Code::ContractClosed));
    }
    let reserve = store::seats::reserve_of(ctx.db, &row.contract_id)?;
    let reason = format!("追加配分の承認による。理由：{}", cmd.reason.trim());
    let movement = |from: Option<&str>, to: &str, kind: TransferKind, ctx: &mut Ctx<'_>| {
        transfer(
            ctx,
            &call.actor,
            &Move {
                consortium_id: &row.consortium_id,
                contract_id: &row.contract_id,
                from,
                to: Some(to),
                seats,
                kind,
                reason: &reason,
                corrects: None,
            },
        )
        .map(|_| ())
    };
    match cmd.source {
        GrantSource::Reserve => {
            movement(Some(&reserve.id), &taker.id, TransferKind::Grant, ctx)?;
            Ok(0)
        }
        GrantSource::Idle => {
            let giver = idle(ctx, row, taker, cmd)?;
            movement(Some(&giver.id), &taker.id, TransferKind::Grant, ctx)?;
            tell_giver(ctx, &giver, &taker.id, seats, cmd.reason.trim())?;
            Ok(0)
        }
        GrantSource::Order => {
            order_more(ctx, call, &row.contract_id, &order(ctx, ordered)?)?;
            movement(Some(&reserve.id), &taker.id, TransferKind::Grant, ctx)?;
            Ok(ordered.order_yen)
        }
    }
}

/// The additional order as an amendment; its seats enter the reserve first.
fn order(ctx: &Ctx<'_>, ordered: &effect::PriceEffect) -> Result<AmendContract, Error> {
    if ordered.order_yen < 0 || ordered.order_ex_tax_yen < 0 {
        // A cheaper tier lowers the bill: such a change is agreed with the vendor as an amendment of its own.
        let sentence = "この発注で契約金額が下がるため、先に変更契約を登録し、予備席から配分してください。";
        return Err(Error::field("/source", FieldCode::Refused { sentence }));
    }
    Ok(AmendContract {
        seats: ordered.seats_after.saturating_sub(ordered.seats_before),
        ex_tax_yen: ordered.order_ex_tax_yen,
        tax_yen: ordered.order_yen.saturating_sub(ordered.order_ex_tax_yen),
        reason: "追加配分の申請による追加発注".to_owned(),
        effective_on: domain::clock::japan_date(ctx.now),
    })
}

/// The town account that gives idle seats.
fn idle(ctx: &mut Ctx<'_>, row: &SeatRequest, taker: &Account, cmd: &ApproveRequest) -> Result<Account, Error> {
    let absent = || Error::field("/from_account_id", FieldCode::NoSuchThing);
    let giver = match store::seats::find_account(ctx.db, cmd.from_account_id.as_deref().unwrap_or_default()) {
        Err(store::StoreError::Missing) => return Err(absent()),
        found => found?,
    };
    let is_other_town = giver.contract_id == row.contract_id && giver.member_id.is_some() && giver.id != taker.id;
    if is_other_town { Ok(giver) } else { Err(absent()) }
}

fn decided(ctx: &Ctx<'_>, call: &Call, step: &Step, reason: &str) -> Step {
    Step {
        decision_reason: Some(reason.to_owned()),
        decided_by: Some(call.actor.user_id.clone()),
        decided_at: Some(ctx.stamp()),
        ..step.clone()
    }
}

/// Declines a request.
///
/// # Errors
/// [`Code::RequestState`]; a reason that is missing.
pub fn decline_seat_request(
    ctx: &mut Ctx<'_>,
    call: &Call,
    id: &str,
    cmd: &DecideRequest,
) -> Result<RequestView, Error> {
    let row = decide(ctx, call, id, cmd, RequestAct::Decline, "seat_request.declined")?;
    mails::declined(ctx, &row)?;
    view(row)
}

/// Returns a request for correction (差戻し).
///
/// # Errors
/// [`Code::RequestState`]; a reason that is missing.
pub fn return_seat_request(
    ctx: &mut Ctx<'_>,
    call: &Call,
    id: &str,
    cmd: &DecideRequest,
) -> Result<RequestView, Error> {
    let row = decide(ctx, call, id, cmd, RequestAct::Return, "seat_request.returned")?;
    mails::returned(ctx, &row)?;
    view(row)
}

fn decide(
    ctx: &mut Ctx<'_>,
    call: &Call,
    id: &str,
    cmd: &DecideRequest,
    act: RequestAct,
    action: &'static str,
) -> Result<SeatRequest, Error> {
    let row = load(ctx, call, id, Action::DecideRequests)?;
    let state = after(&row, act)?;
    let mut check = Checker::new();
    let reason = check.lines("/reason", &cmd.reason, 2_000);
    check.finish()?;
    let next = decided(ctx, call, &unchanged(ctx, &row, state), &reason);
    take(ctx, call, &row, next, action)
}
