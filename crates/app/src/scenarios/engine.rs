//! The engine of a scenario: inputs in, outcome out; pure, deterministic, the same bytes for ever.
//!
//! Demand meets price first: budgets and price points depend on the unit price, which depends on
//! the total. As the unit price never falls when demand falls, the chain descends to its greatest
//! fixed point. Then the seat allocator, then the cost calculator; nothing is computed twice.

use super::model::{
    BillOutcome, FairnessOutcome, Inputs, LimitedBy, MemberInput, MemberOutcome, Outcome, PriceStep, RuleVersions,
    SeatsOutcome, WeightsBasis,
};
use crate::pricing::compare::advise;
use crate::pricing::tariff::{Priced, Tariff};
use cost_sharing::Ratio;
use cost_sharing::json::{ShareAnswer, ShareLine, ShareRequest};
use seat_allocator::json::{Answer, ClaimRequest, Number, Request};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Steps (members × seats) up to which the core is checked here when the bill holds a reserve.
const MOST_CORE_STEPS: i64 = 50_000_000;

/// Why a scenario cannot be calculated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody asks for a seat, or budgets leave none.
    NoDemand,
    /// Guarantees need more than there is.
    GuaranteesExceedSupply {
        /// Seats to be bought.
        supply: i64,
        /// Seats guaranteed.
        guaranteed: i64,
        /// Name and guarantee of each member that has one.
        who: Vec<(String, i64)>,
    },
    /// The seat allocator refuses.
    Allocation(seat_allocator::Error),
    /// The cost calculator refuses.
    Sharing(cost_sharing::Error),
    /// Two calculations disagree: a fault of the service.
    Inconsistent(&'static str),
}

/// What each member may take at most, at the price that results.
struct Demand {
    limits: Vec<(i64, LimitedBy)>,
    steps: Vec<PriceStep>,
    quantity: i64,
    bill: Priced,
}

/// Calculates a scenario.
///
/// # Errors
/// See [`Refusal`].
pub fn run(inputs: &Inputs) -> Result<Outcome, Refusal> {
    let quote = &inputs.quote;
    let tariff = Tariff::read(&quote.schedule, &quote.tax_rate, quote.tax_included).map_err(Refusal::Sharing)?;
    let demand = demand(inputs, &tariff)?;
    let allocation = allocate(inputs, &demand)?;
    let seats = seats_of(inputs, &allocation)?;
    let allocated = sum(seats.iter().copied());
    let alone = seats.iter().map(|seats| tariff.price(*seats).map(|priced| priced.total_yen));
    let alone: Vec<i64> = alone.collect::<Result<_, _>>().map_err(Refusal::Sharing)?;
    let sharing = share(inputs, &tariff, (demand.quantity, demand.bill.total_yen), &seats, &alone)?;
    let members = lines(inputs, &demand, &allocation, &sharing, &seats, &alone)?;
    if sum(members.iter().map(|line| line.share_yen)) != demand.bill.total_yen {
        return Err(Refusal::Inconsistent("shares do not sum to the bill"));
    }
    Ok(Outcome {
        seats: SeatsOutcome {
            requested: sum(inputs.members.iter().map(|member| member.request)),
            demanded: sum(demand.limits.iter().map(|(limit, _)| *limit)),
            allocated,
            bought: demand.bill.bought,
            reserve: demand.bill.bought.saturating_sub(allocated),
        },
        bill: bill(&demand, allocated),
        price_steps: demand.steps.clone(),
        fairness: fairness(&tariff, &sharing, &members, allocated == demand.quantity)?,
        members,
        advice: advise(&tariff, quote.tax_included, demand.quantity),
        ties: serde_json::to_value(&allocation.ties).unwrap_or_default(),
        sharing_explanation: Value::Object(sharing.explanation.clone()),
        rule_versions: RuleVersions {
            seat_allocator: allocation.rule_version.clone(),
            cost_sharing: sharing.rule_version,
        },
    })
}

/// The bytes of a value: JSON with the fields of every object in byte order.
#[must_use]
pub fn canonical(value: &impl Serialize) -> String {
    sorted(&serde_json::to_value(value).unwrap_or_default()).to_string()
}

/// SHA-256 of a text, hexadecimal.
#[must_use]
pub fn hash(text: &str) -> String {
    crate::audit::hex(&Sha256::digest(text.as_bytes()))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by_key(|(key, _)| key.as_str());
            Value::Object(fields.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn sum(values: impl Iterator<Item = i64>) -> i64 {
    values.fold(0, i64::saturating_add)
}

fn demand(inputs: &Inputs, tariff: &Tariff) -> Result<Demand, Refusal> {
    let widest = |member: &MemberInput| {
        let most = member.price_points.iter().map(|point| point.seats).fold(member.request, i64::max);
        (most, if most > member.request { LimitedBy::PricePoint } else { LimitedBy::Request })
    };
    let mut limits: Vec<_> = inputs.members.iter().map(widest).collect();
    let mut steps = Vec::new();
    loop {
        let total = sum(limits.iter().map(|(limit, _)| *limit));
        if total == 0 {
            return Err(Refusal::NoDemand);
        }
        let quantity = inputs.supply.unwrap_or(total);
        let bill = tariff.price(quantity).map_err(Refusal::Sharing)?;
        steps.push(PriceStep { demanded: total, total_yen: bill.total_yen });
        let given = total.min(quantity);
        let next: Vec<_> =
            inputs.members.iter().zip(&limits).map(|(member, now)| lowered(member, *now, &bill, given)).collect();
        if next.iter().zip(&limits).all(|(next, now)| next.0 == now.0) {
            return Ok(Demand { limits: next, steps, quantity, bill });
        }
        limits = next;
    }
}

/// What a member still takes when `given` seats cost this bill; never more than it took before.
fn lowered(member: &MemberInput, now: (i64, LimitedBy), bill: &Priced, given: i64) -> (i64, LimitedBy) {
    let wanted = member
        .price_points
        .iter()
        .filter(|point| {
            // ex-tax bill ÷ seats ≤ price of the point, without dividing
            i128::from(bill.ex_tax_yen) <= i128::from(point.unit_price_at_most_yen).saturating_mul(i128::from(given))
        })
        .map(|point| point.seats)
        .fold(member.request, i64::max);
    let mut limit =
        (wanted.min(now.0), if wanted > member.request { LimitedBy::PricePoint } else { LimitedBy::Request });
    if let Some(budget) = member.budget_cap_yen {
        let seats = i128::from(budget)
            .saturating_mul(i128::from(given))
            .checked_div(i128::from(bill.total_yen))
            .and_then(|seats| i64::try_from(seats).ok())
            .unwrap_or(i64::MAX);
        if seats < limit.0 {
            limit = (seats, LimitedBy::Budget);
        } else if limit.0 < wanted && now.1 == LimitedBy::Budget {
            limit.1 = LimitedBy::Budget;
        }
    }
    limit
}

fn allocate(inputs: &Inputs, demand: &Demand) -> Result<Answer, Refusal> {
    let guarantees = inputs.members.iter().zip(&demand.limits).map(|(member, limit)| member.guarantee.min(limit.0));
    let guaranteed = sum(guarantees);
    if guaranteed > demand.quantity {
        let holders = inputs.members.iter().filter(|member| member.guarantee > 0);
        let who = holders.map(|member| (member.name.clone(), member.guarantee)).collect();
        return Err(Refusal::GuaranteesExceedSupply { supply: demand.quantity, guaranteed, who });
    }
    let number = |value: i64| Number::Whole(value.into());
    let claims = inputs.members.iter().zip(&demand.limits).map(|(member, (limit, _))| ClaimRequest {
        id: member.municipality_code.clone(),
        tie_key: Some(member.municipality_code.clone()),
        request: number(*limit),
        guarantee: number(member.guarantee.min(*limit)),
        weight: number(match inputs.allocation.weights {
            WeightsBasis::Population => member.population,
            WeightsBasis::Equal => 1,
            WeightsBasis::Request => member.request,
        }),
        ..ClaimRequest::default()
    });
    let request = Request {
        supply: number(demand.quantity),
        rule: inputs.allocation.rule.clone(),
        claims: claims.collect(),
        tie_break: inputs.allocation.tie_break.clone(),
        ..Request::default()
    };
    seat_allocator::json::answer(&request).map_err(Refusal::Allocation)
}

fn seats_of(inputs: &Inputs, allocation: &Answer) -> Result<Vec<i64>, Refusal> {
    if allocation.awards.len() != inputs.members.len() {
        return Err(Refusal::Inconsistent("awards and members differ"));
    }
    let seats = allocation.awards.iter().map(|award| award.seats.and_then(|seats| i64::try_from(seats).ok()));
    seats.collect::<Option<_>>().ok_or(Refusal::Inconsistent("an award without seats"))
}

/// Members with seats share the bill. A reserve beyond the allocated seats belongs to all: then the
/// total is shared, with the stand-alone costs given, because the schedule alone would not price it.
///
/// # Errors
/// [`Refusal::Sharing`].
fn share(
    inputs: &Inputs,
    tariff: &Tariff,
    bill: (i64, i64),
    seats: &[i64],
    alone: &[i64],
) -> Result<ShareAnswer, Refusal> {
    cost_sharing::json::share(&share_request(inputs, tariff, bill, seats, alone)?).map_err(Refusal::Sharing)
}

/// What the cost calculator is asked.
///
/// # Errors
/// [`Refusal::Sharing`].
pub(crate) fn share_request(
    inputs: &Inputs,
    tariff: &Tariff,
    (quantity, total_yen): (i64, i64),
    seats: &[i64],
    alone: &[i64],
) -> Result<ShareRequest, Refusal> {
    // A bill that was amended by hand is shared as it stands, not as the schedule would price it.
    let exact = sum(seats.iter().copied()) == quantity
        && tariff.price(quantity).is_ok_and(|priced| priced.total_yen == total_yen);
    let seated = inputs.members.iter().zip(seats).zip(alone).filter(|((_, seats), _)| **seats > 0);
    let members: Vec<Value> = seated
        .map(|((member, seats), alone)| {
            json!({
                "id": member.municipality_code, "seats": seats, "population": member.population,
                "stand_alone_yen": if exact { Value::Null } else { json!(alone) },
            })
        })
        .collect();
    let mut request = json!({
        "members": members,
        "rule": inputs.sharing.rule,
        "rounding": inputs.sharing.rounding,
    });
    if let Some(fields) = request.as_object_mut() {
        if exact {
            fields.insert("price".to_owned(), tariff.schedule().to_value());
            fields.insert("tax_rate".to_owned(), json!(tariff.added_rate().to_decimal()));
            fields.insert("tax_rounding".to_owned(), json!("floor"));
        } else {
            fields.insert("total_yen".to_owned(), json!(total_yen));
        }
    }
    ShareRequest::from_value(&request).map_err(Refusal::Sharing)
}

fn lines(
    inputs: &Inputs,
    demand: &Demand,
    allocation: &Answer,
    sharing: &ShareAnswer,
    seats: &[i64],
    alone: &[i64],
) -> Result<Vec<MemberOutcome>, Refusal> {
    let awards = allocation.awards.iter().zip(seats).zip(alone);
    let members = inputs.members.iter().zip(&demand.limits).zip(awards);
    let shares = shares_by_code(sharing);
    let mut lines = Vec::with_capacity(seats.len());
    for ((member, (limit, limited_by)), ((award, seats), alone)) in members {
        let share = shares.get(member.municipality_code.as_str()).copied();
        if share.is_none() && *seats > 0 {
            return Err(Refusal::Inconsistent("a member without a share"));
        }
        let share_yen = share.and_then(|share| share.yen).unwrap_or(0);
        lines.push(MemberOutcome {
            member_id: member.member_id.clone(),
            municipality_code: member.municipality_code.clone(),
            name: member.name.clone(),
            request: member.request,
            limit: *limit,
            limited_by: *limited_by,
            guarantee: member.guarantee.min(*limit),
            seats: *seats,
            share_yen,
            exact_share: share.map_or_else(|| "0".to_owned(), |share| share.exact.to_string()),
            remainder_yen: share.and_then(|share| share.remainder_yen).unwrap_or(0),
            stand_alone_yen: *alone,
            saving_yen: alone.saturating_sub(share_yen),
            over_budget: member.budget_cap_yen.is_some_and(|budget| share_yen > budget),
            allocation_reason: serde_json::to_value(&award.reason).unwrap_or_default(),
            sharing_reason: share.map_or(Value::Null, |share| Value::Object(share.reason.clone())),
        });
    }
    Ok(lines)
}

fn shares_by_code(sharing: &ShareAnswer) -> HashMap<&str, &ShareLine> {
    sharing.shares.iter().map(|share| (share.id.as_str(), share)).collect()
}

fn bill(demand: &Demand, allocated: i64) -> BillOutcome {
    BillOutcome {
        ex_tax_yen: demand.bill.ex_tax_yen,
        tax_yen: demand.bill.tax_yen,
        total_yen: demand.bill.total_yen,
        unit_yen: Ratio::new(demand.bill.ex_tax_yen, allocated).map(|unit| unit.to_decimal()).unwrap_or_default(),
    }
}

fn fairness(
    tariff: &Tariff,
    sharing: &ShareAnswer,
    members: &[MemberOutcome],
    exact: bool,
) -> Result<FairnessOutcome, Refusal> {
    let worse_off = members.iter().filter(|line| line.saving_yen < 0).map(|line| line.municipality_code.clone());
    let mut outcome = FairnessOutcome {
        checked: false,
        in_core: false,
        up_to_rounding: false,
        max_excess_yen: "0".to_owned(),
        coalition: Vec::new(),
        worse_off: worse_off.collect(),
        largest_safe_equal: sharing.largest_safe_equal.as_ref().map(Ratio::to_string),
    };
    if let Some(core) = &sharing.core {
        outcome.checked = true;
        outcome.in_core = core.in_core;
        outcome.up_to_rounding = core.up_to_rounding;
        outcome.max_excess_yen = core.max_excess.to_decimal();
        outcome.coalition.clone_from(&core.coalition);
    } else if !exact {
        core_with_reserve(tariff, sharing, members, &mut outcome)?;
    }
    Ok(outcome)
}

/// The core check when the bill holds a reserve: every group compares with buying its own seats.
fn core_with_reserve(
    tariff: &Tariff,
    sharing: &ShareAnswer,
    members: &[MemberOutcome],
    outcome: &mut FairnessOutcome,
) -> Result<(), Refusal> {
    let seated: Vec<&MemberOutcome> = members.iter().filter(|line| line.seats > 0).collect();
    let seats = sum(seated.iter().map(|line| line.seats));
    let count = i64::try_from(seated.len()).unwrap_or(i64::MAX);
    if seats.saturating_mul(count) > MOST_CORE_STEPS {
        return Ok(());
    }
    let costs = (0..=seats).map(|seats| tariff.price(seats).map(|priced| priced.total_yen));
    let costs: Vec<i64> = costs.collect::<Result<_, _>>().map_err(Refusal::Sharing)?;
    let demands: Vec<u64> = seated.iter().map(|line| line.seats.unsigned_abs()).collect();
    let shares = shares_by_code(sharing);
    let shares: Vec<Ratio> = seated
        .iter()
        .filter_map(|line| shares.get(line.municipality_code.as_str()))
        .map(|share| share.exact.clone())
        .collect();
    if let Some(report) = cost_sharing::core_check(&costs, &demands, &shares).map_err(Refusal::Sharing)? {
        outcome.checked = true;
        outcome.in_core = report.in_core();
        outcome.up_to_rounding = report.up_to_rounding();
        outcome.max_excess_yen = report.max_excess.to_decimal();
        let codes = report.coalition.iter().filter_map(|at| seated.get(*at));
        outcome.coalition = codes.map(|line| line.municipality_code.clone()).collect();
    }
    Ok(())
}
