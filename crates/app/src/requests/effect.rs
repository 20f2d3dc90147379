//! What more seats would cost, before anybody asks for them: the contract's own sharing case, computed
//! twice, as it stands and with the seats added. The arithmetic is `cost-sharing`'s; nothing is estimated.

use crate::pricing::compare::grouped;
use crate::pricing::tariff::Tariff;
use crate::scenarios::engine::{self, Refusal};
use crate::scenarios::kept_of;
use crate::scenarios::model::{Inputs, MemberInput};
use crate::{Ctx, Error, FieldCode};
use cost_sharing::Ratio;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::contracts::Contract;
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
    contract_id: &str,
    member_id: &str,
    seats: i64,
) -> Result<PriceEffect, Error> {
    let reserve_seats = store::seats::reserve_of(ctx.db, contract_id)?.free();
    let contract = store::contracts::find(ctx.db, contract_id)?;
    let scenario = store::scenarios::head(ctx.db, &contract.scenario_id)?;
    let kept = kept_of(ctx, &scenario)?;
    let inputs = &kept.inputs;
    let mut held = held(ctx, contract_id, inputs)?;
    let own = inputs.members.iter().position(|member| member.member_id == member_id);
    // A town that shares in nothing cannot ask for a share.
    let own = own.ok_or_else(|| Error::field("/member_id", FieldCode::NoSuchThing))?;
    let quote = &inputs.quote;
    let tariff = Tariff::read(&quote.schedule, &quote.tax_rate, quote.tax_included).map_err(Error::internal)?;
    let before = Bill { seats: contract.seats, ex_tax: contract.ex_tax_yen, total: contract.total_yen };
    let after = ordered(&tariff, &contract, seats)?;
    let before = side(inputs, &tariff, before, &held, own)?;
    if let Some(held) = held.get_mut(own) {
        *held = held.saturating_add(seats);
    }
    let after = side(inputs, &tariff, after, &held, own)?;
    Ok(effect(&before, &after, reserve_seats, seats))
}

/// Seats by which each member of the scenario shares: as contracted, with what was ordered for it since.
fn held(ctx: &mut Ctx<'_>, contract_id: &str, inputs: &Inputs) -> Result<Vec<i64>, Error> {
    let contracted = store::contracts::shared_seats(ctx.db, contract_id)?;
    let ordered = store::requests::ordered(ctx.db, contract_id)?;
    let mut sums: HashMap<&str, i64> = HashMap::new();
    for (town, seats) in contracted.iter().chain(&ordered) {
        let sum = sums.entry(town).or_default();
        *sum = sum.saturating_add(*seats);
    }
    let of = |member: &MemberInput| sums.get(member.member_id.as_str()).copied().unwrap_or_default();
    Ok(inputs.members.iter().map(of).collect())
}

/// A quantity with its price.
#[derive(Clone, Copy)]
struct Bill {
    seats: i64,
    ex_tax: i64,
    total: i64,
}

/// The bill after an order: what stands, and the difference that the schedule makes.
fn ordered(tariff: &Tariff, contract: &Contract, more: i64) -> Result<Bill, Error> {
    let seats = contract.seats.saturating_add(more);
    let (now, then) = (tariff.price(contract.seats).map_err(beyond)?, tariff.price(seats).map_err(beyond)?);
    let grown = |standing: i64, now: i64, then: i64| standing.saturating_add(then.saturating_sub(now));
    Ok(Bill {
        seats,
        ex_tax: grown(contract.ex_tax_yen, now.ex_tax_yen, then.ex_tax_yen),
        total: grown(contract.total_yen, now.total_yen, then.total_yen),
    })
}

/// A quantity past the vendor's last tier has no price: the town is told, not the log.
fn beyond(_error: cost_sharing::Error) -> Error {
    Error::field(
        "/seats",
        FieldCode::Refused {
            sentence: "この席数は見積の価格表にありません。席数を減らしてください。"
        },
    )
}

/// The numbers of one of the two computations.
struct Side {
    bill: Bill,
    unit: String,
    member_seats: i64,
    share: i64,
}

fn side(inputs: &Inputs, tariff: &Tariff, bill: Bill, held: &[i64], own: usize) -> Result<Side, Error> {
    let alone = held.iter().map(|seats| tariff.price(*seats).map(|priced| priced.total_yen));
    let alone: Vec<i64> = alone.collect::<Result<_, _>>().map_err(beyond)?;
    let shares =
        engine::share(inputs, tariff, (bill.seats, bill.total), held, &alone).map_err(|refusal| match refusal {
            Refusal::Sharing(error) => beyond(error),
            other => Error::internal(format!("{other:?}")),
        })?;
    let code = inputs.members.get(own).map(|member| member.municipality_code.as_str());
    let line = shares.shares.iter().find(|line| Some(line.id.as_str()) == code);
    Ok(Side {
        unit: Ratio::new(bill.ex_tax, bill.seats).map(|unit| unit.to_decimal()).unwrap_or_default(),
        member_seats: held.get(own).copied().unwrap_or(0),
        share: line.and_then(|line| line.yen).unwrap_or(0),
        bill,
    })
}

fn effect(before: &Side, after: &Side, reserve_seats: i64, seats: i64) -> PriceEffect {
    let order = after.bill.total.saturating_sub(before.bill.total);
    let change = after.share.saturating_sub(before.share);
    let explanation = format!(
        "発注する場合：契約 {}席 {}円 → {}席 {}円（差 {}円、税込）。負担金 {}席 {}円 → {}席 {}円（差 {}円、税込）。予備席の残りは{}席で、{}。",
        grouped(before.bill.seats),
        grouped(before.bill.total),
        grouped(after.bill.seats),
        grouped(after.bill.total),
        grouped(order),
        grouped(before.member_seats),
        grouped(before.share),
        grouped(after.member_seats),
        grouped(after.share),
        grouped(change),
        grouped(reserve_seats),
        if seats <= reserve_seats {
            "予備席から配分する場合は追加の支払いがありません"
        } else {
            "申請の席数に足りません"
        },
    );
    PriceEffect {
        seats_before: before.bill.seats,
        seats_after: after.bill.seats,
        total_before_yen: before.bill.total,
        total_after_yen: after.bill.total,
        order_yen: order,
        order_ex_tax_yen: after.bill.ex_tax.saturating_sub(before.bill.ex_tax),
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
