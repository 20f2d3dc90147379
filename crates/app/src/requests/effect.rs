//! What more seats would cost, before anybody asks for them: the contract's own sharing case, computed
//! twice, as it stands and with the seats added. The arithmetic is `cost-sharing`'s; nothing is estimated.

use crate::{Ctx, Error, FieldCode};
use cost_sharing::json::{ShareAnswer, ShareRequest, share};
use serde::{Deserialize, Serialize};
use store::seats::settings::ContractOfSeats;
use utoipa::ToSchema;

/// The effect of more seats for one town.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceEffect {
    /// Seats of the contract now, additional orders included.
    pub seats_before: i64,
    /// Seats of the contract if they are ordered.
    pub seats_after: i64,
    /// Bill now, tax included.
    pub total_before_yen: i64,
    /// Bill if they are ordered, tax included.
    pub total_after_yen: i64,
    /// What the order costs: the difference of the two bills (below 0 when a cheaper tier is reached).
    pub order_yen: i64,
    /// Of it, ex tax.
    pub order_ex_tax_yen: i64,
    /// Average price of a seat now, ex tax, as a decimal.
    #[schema(example = "24000")]
    pub unit_before_yen: String,
    /// Average price of a seat afterwards, ex tax, as a decimal.
    #[schema(example = "24000")]
    pub unit_after_yen: String,
    /// The town's seats in the sharing now.
    pub member_seats_before: i64,
    /// The town's seats in the sharing afterwards.
    pub member_seats_after: i64,
    /// The town's share (負担金) now, tax included.
    pub share_before_yen: i64,
    /// The town's share if the seats are ordered.
    pub share_after_yen: i64,
    /// How much the town's share grows if the seats are ordered.
    pub share_change_yen: i64,
    /// Seats free in the reserve.
    pub reserve_seats: i64,
    /// Whether the reserve covers the request; then nothing has to be paid in addition.
    pub reserve_covers: bool,
    /// The same in words, for checking by hand.
    pub explanation: String,
}

/// Computes the effect of `seats` more for a town.
pub(super) fn price_effect(
    ctx: &mut Ctx<'_>,
    contract: &ContractOfSeats,
    member_id: &str,
    seats: i64,
) -> Result<PriceEffect, Error> {
    let ordered = store::requests::ordered(ctx.db, &contract.id)?;
    compare(ctx, contract, ordered, member_id, seats)
}

/// The effect of an order whose request is approved already, and so must not be counted twice.
pub(super) fn ordered_effect(
    ctx: &mut Ctx<'_>,
    contract: &ContractOfSeats,
    member_id: &str,
    seats: i64,
) -> Result<PriceEffect, Error> {
    let mut ordered = store::requests::ordered(ctx.db, &contract.id)?;
    let own = ordered.iter().position(|(town, more)| town == member_id && *more == seats);
    ordered.remove(own.ok_or_else(|| Error::internal("an order that no approved request asked for"))?);
    compare(ctx, contract, ordered, member_id, seats)
}

fn compare(
    ctx: &mut Ctx<'_>,
    contract: &ContractOfSeats,
    ordered: Vec<(String, i64)>,
    member_id: &str,
    seats: i64,
) -> Result<PriceEffect, Error> {
    let reserve_seats = store::seats::reserve_of(ctx.db, &contract.id)?.free();
    let mut case = sharing_case(ctx, contract)?;
    let towns = store::requests::towns(ctx.db, &contract.consortium_id)?;
    for (town, more) in ordered {
        add(&mut case, names(&towns, &town), more)?;
    }
    let own = names(&towns, member_id);
    let before = answer(&case, own)?;
    add(&mut case, own, seats)?;
    let after = answer(&case, own)?;
    Ok(effect(&before, &after, reserve_seats, seats))
}

/// The sharing case of the contract: frozen with the scenario, under `share` of its inputs.
fn sharing_case(ctx: &mut Ctx<'_>, contract: &ContractOfSeats) -> Result<ShareRequest, Error> {
    let inputs = store::requests::scenario_inputs(ctx.db, &contract.id)?;
    let inputs: serde_json::Value = serde_json::from_str(&inputs).map_err(Error::internal)?;
    let case = inputs.get("share").ok_or_else(|| Error::internal("a scenario without its sharing case"))?;
    ShareRequest::from_value(case).map_err(Error::internal)
}

/// A member of the case goes by its municipality code, or by its id.
type Names<'a> = (&'a str, &'a str);

fn names<'a>(towns: &'a [(String, String, String)], member_id: &'a str) -> Names<'a> {
    let code = towns.iter().find(|(id, ..)| id == member_id).map_or(member_id, |(_, code, _)| code.as_str());
    (member_id, code)
}

fn add(case: &mut ShareRequest, (id, code): Names<'_>, more: i64) -> Result<(), Error> {
    let too_many = || Error::field("/seats", FieldCode::OutOfRange { min: 1, max: domain::values::MAX_SEATS });
    let member = case.members.iter_mut().find(|member| member.id == code || member.id == id);
    // A town that shares in nothing cannot ask for a share.
    let member = member.ok_or_else(|| Error::field("/member_id", FieldCode::NoSuchThing))?;
    let more = u64::try_from(more).map_err(|_negative| too_many())?;
    member.seats = member.seats.checked_add(more).ok_or_else(too_many)?;
    Ok(())
}

/// The numbers of one of the two computations.
struct Side {
    seats: i64,
    total: i64,
    tax: i64,
    unit: String,
    member_seats: i64,
    share: i64,
}

fn answer(case: &ShareRequest, (id, code): Names<'_>) -> Result<Side, Error> {
    // A quantity past the vendor's last tier has no price: the town is told, not the log.
    let beyond = |_error: cost_sharing::Error| {
        Error::field("/seats", FieldCode::Refused { sentence: "この席数は見積の価格表にありません。席数を減らしてください。" })
    };
    let ShareAnswer { bill, shares, .. } = share(case).map_err(beyond)?;
    let bill = bill.ok_or_else(|| Error::internal("a contract without a price"))?;
    let index = case.members.iter().position(|member| member.id == code || member.id == id);
    let line = index.and_then(|index| shares.get(index));
    let member_seats = index.and_then(|index| case.members.get(index)).map_or(0, |member| member.seats);
    Ok(Side {
        seats: bill.seats.and_then(|seats| i64::try_from(seats).ok()).unwrap_or(0),
        total: bill.total_yen,
        tax: bill.tax_yen.unwrap_or(0),
        unit: bill.effective_unit.unwrap_or_default(),
        member_seats: i64::try_from(member_seats).map_err(Error::internal)?,
        share: line.and_then(|line| line.yen).ok_or_else(|| Error::internal("a share without yen"))?,
    })
}

fn effect(before: &Side, after: &Side, reserve_seats: i64, seats: i64) -> PriceEffect {
    let order = after.total.saturating_sub(before.total);
    let change = after.share.saturating_sub(before.share);
    let explanation = format!(
        "発注する場合：契約 {}席 {}円 → {}席 {}円（差 {}円、税込）。負担金 {}席 {}円 → {}席 {}円（差 {}円、税込）。予備枠の残りは{}席で、{}。",
        before.seats,
        before.total,
        after.seats,
        after.total,
        order,
        before.member_seats,
        before.share,
        after.member_seats,
        after.share,
        change,
        reserve_seats,
        if seats <= reserve_seats { "予備枠から配分する場合は追加の支払いがありません" } else { "申請の席数に足りません" },
    );
    PriceEffect {
        seats_before: before.seats,
        seats_after: after.seats,
        total_before_yen: before.total,
        total_after_yen: after.total,
        order_yen: order,
        order_ex_tax_yen: order.saturating_sub(after.tax.saturating_sub(before.tax)),
        unit_before_yen: before.unit.clone(),
        unit_after_yen: after.unit.clone(),
        member_seats_before: before.member_seats,
        member_seats_after: after.member_seats,
        share_before_yen: before.share,
        share_after_yen: after.share,
        share_change_yen: change,
        reserve_seats,
        reserve_covers: seats <= reserve_seats,
        explanation,
    }
}
