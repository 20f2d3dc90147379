//! What more seats would cost, before anybody asks for them: the contract's own price schedule at two quantities, as the
//! contract stands and with the seats added.
//!
//! Who asks pays the difference of the two bills and nobody else's share moves: the shares that were fixed with the
//! contract and the orders since add up to the contract, yen by yen. Sharing the grown bill anew among all would ask the
//! town for another amount, and nobody would give the others what is over.

use crate::pricing::compare::grouped;
use crate::pricing::tariff::Tariff;
use crate::scenarios::kept_of;
use crate::{Ctx, Error, FieldCode};
use cost_sharing::Ratio;
use serde::{Deserialize, Serialize};
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
    /// What the order costs, and what the town that asks pays for it: the difference of the two bills (below 0 when a
    /// cheaper tier is reached).
    pub order_yen: i64,
    /// Of it, ex tax.
    pub order_ex_tax_yen: i64,
    /// Average price of a seat now, ex tax, as a decimal.
    #[schema(example = "24000")]
    pub unit_before_yen: String,
    /// Average price of a seat afterwards, ex tax, as a decimal.
    #[schema(example = "24000")]
    pub unit_after_yen: String,
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
    // A town that shares in nothing orders nothing.
    if kept.inputs.members.iter().all(|member| member.member_id != member_id) {
        return Err(Error::field("/member_id", FieldCode::NoSuchThing));
    }
    let quote = &kept.inputs.quote;
    let tariff = Tariff::read(&quote.schedule, &quote.tax_rate, quote.tax_included).map_err(Error::internal)?;
    let before = Bill { seats: contract.seats, ex_tax: contract.ex_tax_yen, total: contract.total_yen };
    Ok(effect(before, ordered(&tariff, &contract, seats)?, reserve_seats))
}

/// A quantity with its price.
#[derive(Clone, Copy)]
struct Bill {
    seats: i64,
    ex_tax: i64,
    total: i64,
}

impl Bill {
    /// Average price of a seat, ex tax.
    fn unit(self) -> String {
        Ratio::new(self.ex_tax, self.seats).map(|unit| unit.to_decimal()).unwrap_or_default()
    }
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

fn effect(before: Bill, after: Bill, reserve_seats: i64) -> PriceEffect {
    let order = after.total.saturating_sub(before.total);
    let reserve_covers = after.seats.saturating_sub(before.seats) <= reserve_seats;
    let explanation = format!(
        "発注する場合：契約 {}席 {}円 → {}席 {}円。差の{}円（税込）を、申請した団体が負担します。ほかの団体の負担金は変わりません。予備席の残りは{}席で、{}。",
        grouped(before.seats),
        grouped(before.total),
        grouped(after.seats),
        grouped(after.total),
        grouped(order),
        grouped(reserve_seats),
        if reserve_covers {
            "予備席から配分する場合は追加の支払いがありません"
        } else {
            "申請の席数に足りません"
        },
    );
    PriceEffect {
        seats_before: before.seats,
        seats_after: after.seats,
        total_before_yen: before.total,
        total_after_yen: after.total,
        order_yen: order,
        order_ex_tax_yen: after.ex_tax.saturating_sub(before.ex_tax),
        unit_before_yen: before.unit(),
        unit_after_yen: after.unit(),
        reserve_seats,
        reserve_covers,
        explanation,
    }
}
