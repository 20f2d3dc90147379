//! Facts that every answer carries beyond its rule: how the price came about tier by tier, who got the yen that rounding left
//! over, every tie with the key that decided it, and what the worst coalition pays against what it would pay by itself.

use crate::bill::{Bill, Invoice};
use crate::case::{Case, CaseCost};
use crate::core_check::CoreReport;
use crate::json::Sense;
use crate::price::PriceMode;
use crate::ratio::Ratio;
use crate::rounding::{RoundedShare, Rounding, ShareRounding};
use serde_json::{Map, Value, json};

/// Members up to which every order of joining is listed for the Shapley value.
const MOST_ORDERS: usize = 5;

/// The tier table with the seats in each tier, the price and the effective price.
pub(crate) fn price(invoice: &Invoice, bill: &Bill) -> Value {
    let schedule = &invoice.schedule;
    let starts = schedule.thresholds();
    // Whole packs may reach past the last tier.
    let bought_tier = schedule.tier_of(bill.bought).or_else(|| schedule.tier_of(bill.seats));
    let rows: Vec<Value> = schedule.tiers().iter().zip(&starts).enumerate().map(|(index, (tier, from))| {
        let seats = match schedule.mode() {
            PriceMode::Graduated => {
                let to = tier.up_to.unwrap_or(u64::MAX).min(bill.bought);
                to.saturating_add(1).saturating_sub(*from)
            }
            PriceMode::Flat | PriceMode::PerSeat | PriceMode::Volume | PriceMode::Package => {
                if bought_tier == Some(index) { bill.bought } else { 0 }
            }
        };
        json!({"from": from, "up_to": tier.up_to, "unit": tier.unit.to_decimal(), "flat": tier.flat.to_decimal(), "seats": seats})
    }).collect();
    let text = |price: Option<Ratio>| price.map(|price| price.to_decimal());
    json!({
        "mode": schedule.mode(),
        "tiers": rows,
        "fixed_fee": schedule.fixed_fee().to_decimal(),
        "minimum_commitment": schedule.minimum_commitment().to_decimal(),
        "price": text(schedule.price(bill.seats).ok()),
        "effective": text(schedule.effective_price(bill.seats).ok().map(|effective| effective.price)),
        "buy": bill.bought,
    })
}

/// How the yen were rounded: sums, who got an extra unit, and ties at the cut.
pub(crate) fn rounding(case: &Case<'_>, shares: &[Ratio], rounded: &[RoundedShare], rounding: &Rounding) -> Value {
    let id = |index: usize| case.members.get(index).map(|member| member.id.clone());
    let extra = rounded.iter().enumerate().filter(|(_, share)| share.remainder_yen != 0);
    let given: Vec<String> = extra.filter_map(|(index, _)| id(index)).collect();
    let left: i64 = rounded.iter().fold(0, |sum, share| sum.saturating_add(share.remainder_yen));
    let mut facts = Map::from_iter([
        ("unit_yen".to_owned(), json!(rounding.unit_yen)),
        ("left_over_yen".to_owned(), json!(left)),
        ("given_to".to_owned(), json!(given)),
    ]);
    if rounding.mode == ShareRounding::LargestRemainder
        && let Some(in_units) = Ratio::new(1, rounding.unit_yen)
    {
        let fraction = |share: &Ratio| (share * &in_units).fraction();
        let pairs = || shares.iter().zip(rounded).enumerate();
        let last =
            pairs().filter(|(_, (_, share))| share.remainder_yen > 0).map(|(_, (exact, _))| fraction(exact)).min();
        let first =
            pairs().filter(|(_, (_, share))| share.remainder_yen <= 0).map(|(_, (exact, _))| fraction(exact)).max();
        if let (Some(last), Some(first)) = (&last, &first)
            && last == first
        {
            let tied: Vec<String> =
                pairs().filter(|(_, (exact, _))| fraction(exact) == *last).filter_map(|(index, _)| id(index)).collect();
            facts.insert("tied".into(), json!(tied));
            facts.insert("tie_break".into(), json!("tie_key"));
        }
        facts.insert("last_fraction_given".into(), json!(last));
        facts.insert("first_fraction_refused".into(), json!(first));
    }
    Value::Object(facts)
}

/// The worst coalition opened up: its seats and tier on the joint schedule, what it pays now and what it would pay by itself.
pub(crate) fn core(case: &Case<'_>, report: &CoreReport, shares: &[Ratio]) -> Value {
    let pays: Ratio = report.coalition.iter().filter_map(|index| shares.get(*index)).sum();
    let gain = matches!(&case.cost, CaseCost::Game(game) if game.sense == Sense::Gain);
    let by_itself = if gain { &pays + &report.max_excess } else { &pays - &report.max_excess };
    let mut facts = Map::from_iter([("pays".to_owned(), json!(pays)), ("by_itself".to_owned(), json!(by_itself))]);
    if let CaseCost::Priced { invoice, .. } = &case.cost {
        let members = report.coalition.iter().filter_map(|index| case.members.get(*index));
        let seats = members.fold(0_u64, |sum, member| sum.saturating_add(member.seats));
        facts.insert("seats".into(), json!(seats));
        // Offers from elsewhere may be what the group is better off with: then no tier of the schedule made it so.
        if let Some(bill) = invoice.bill(seats).ok().filter(|bill| bill.total.to_ratio() == by_itself) {
            facts.insert("bought".into(), json!(bill.bought));
            facts.insert("tier".into(), json!(invoice.schedule.tier_of(bill.bought)));
        }
    }
    Value::Object(facts)
}

/// Every order of joining with what each member adds, for at most five members.
pub(crate) fn orders(case: &Case<'_>) -> Option<Value> {
    let CaseCost::Priced { invoice, .. } = &case.cost else {
        return None;
    };
    if case.members.len() > MOST_ORDERS {
        return None;
    }
    let mut rows = Vec::new();
    let mut order = Vec::new();
    permute(case, invoice, &mut order, &mut rows)?;
    Some(Value::Array(rows))
}

fn permute(case: &Case<'_>, invoice: &Invoice, order: &mut Vec<usize>, rows: &mut Vec<Value>) -> Option<()> {
    if order.len() == case.members.len() {
        let (mut seats, mut before) = (0_u64, 0_i64);
        let mut steps = Vec::with_capacity(order.len());
        for place in order.iter() {
            let member = case.members.get(*place)?;
            seats = seats.checked_add(member.seats)?;
            let after = invoice.bill(seats).ok()?.total.0;
            steps.push(json!({"id": member.id, "adds_yen": after.checked_sub(before)?}));
            before = after;
        }
        rows.push(Value::Array(steps));
        return Some(());
    }
    for place in 0..case.members.len() {
        if !order.contains(&place) {
            order.push(place);
            permute(case, invoice, order, rows)?;
            order.pop();
        }
    }
    Some(())
}
