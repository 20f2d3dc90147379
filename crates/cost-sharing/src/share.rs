//! The pipeline of one case: bill, exact shares by the rule, bounds, rounding, core check, answer.
//! Guards: shares sum exactly to the bill, and the answer is in the request's order whatever was computed in between.

use crate::bill::MOST_TABLE;
use crate::case::{Case, CaseCost, Outcome};
use crate::certainty::is_certain;
use crate::core_check::{CoreReport, MOST_STEPS, core_check};
use crate::error::{Error, Fault};
use crate::explain::data;
use crate::json::Precision;
use crate::json::{AdviceAnswer, BillAnswer, CoreAnswer, ShareAnswer, ShareLine, ShareRequest, Subsidy};
use crate::nucleolus::Budget;
use crate::ratio::Ratio;
use crate::rounding::{RoundedShare, round_shares};
use crate::rule::{RULE_VERSION, SharingRule};
use crate::yen::{LARGEST, RoundingMode, Yen};
use num_traits::ToPrimitive;

pub(crate) fn share(request: &ShareRequest, budget: Budget) -> Result<ShareAnswer, Error> {
    let case = Case::new(request)?;
    let mut outcome = crate::rules::shares(&case, budget)?;
    if !matches!(case.cost, CaseCost::Game(_)) {
        crate::bounds::bound(&case, &mut outcome)?;
    }
    let alone = case.alone()?;
    let rounded = rounded(&case, &outcome.shares)?;
    if let Some(rounded) = &rounded {
        crate::bounds::check_rounded(&case, rounded)?;
    }
    if let (Precision::Certified, Some(error), Some(rounded)) = (outcome.precision, &outcome.error_bound, &rounded)
        && !is_certain(&outcome.shares, error, rounded, &request.rounding)
    {
        outcome.precision = Precision::TieDeclared;
    }
    if let CaseCost::Priced { invoice, bill } = &case.cost {
        outcome.explanation.insert("price".into(), data::price(invoice, bill));
    }
    if let Some(rounded) = &rounded {
        let facts = data::rounding(&case, &outcome.shares, rounded, &request.rounding);
        outcome.explanation.insert("rounding".into(), facts);
    }
    if request.rule == SharingRule::Shapley
        && let Some(orders) = data::orders(&case)
    {
        outcome.explanation.insert("orders".into(), orders);
    }
    let core = core(&case, alone.as_deref(), &outcome.shares)?;
    if let Some(report) = &core {
        outcome.explanation.insert("core".into(), data::core(&case, report, &outcome.shares));
    }
    let mut lines = lines(&case, &outcome, alone.as_deref(), rounded.as_deref())?;
    restore_order(&case, &mut lines);
    let is_game = matches!(case.cost, CaseCost::Game(_));
    let ids = |coalition: &[usize]| {
        coalition.iter().filter_map(|member| case.members.get(*member)).map(|member| member.id.clone()).collect()
    };
    Ok(ShareAnswer {
        bill: bill_answer(&case),
        shares: lines,
        core: core.map(|report| CoreAnswer {
            in_core: report.in_core(),
            // The values of an explicit game are not yen: nothing is rounded there.
            up_to_rounding: if is_game { report.in_core() } else { report.up_to_rounding() },
            coalition: ids(&report.coalition),
            max_excess: report.max_excess,
        }),
        advice: match &case.cost {
            CaseCost::Priced { invoice, bill } => {
                let advice = invoice.schedule.advice(bill.seats)?;
                let allowed = invoice.schedule.buy_up() || advice.buy == bill.seats;
                Some(AdviceAnswer { buy: advice.buy, saving: advice.saving.to_decimal(), allowed })
            }
            CaseCost::Total | CaseCost::Game(_) => None,
        },
        largest_safe_equal: largest_safe_equal(&case, alone.as_deref()),
        precision: outcome.precision,
        error_bound: outcome.error_bound.as_ref().map(ToString::to_string),
        explanation: outcome.explanation,
        rule_version: RULE_VERSION.to_owned(),
        input_hash: request.input_hash(),
    })
}

fn bill_answer(case: &Case<'_>) -> Option<BillAnswer> {
    match &case.cost {
        CaseCost::Priced { bill, .. } => Some(BillAnswer {
            seats: Some(bill.seats),
            bought: Some(bill.bought),
            ex_tax: Some(bill.ex_tax.to_string()),
            tax_yen: Some(bill.tax.0),
            total_yen: bill.total.0,
            effective_unit: Ratio::new(bill.ex_tax, bill.seats).map(|unit| unit.to_decimal()),
        }),
        CaseCost::Total => Some(BillAnswer {
            seats: None,
            bought: None,
            ex_tax: None,
            tax_yen: None,
            total_yen: case.total.floor().to_i64().unwrap_or(LARGEST),
            effective_unit: None,
        }),
        CaseCost::Game(_) => None,
    }
}

/// Yen in tie order; none for explicit games, whose unit is not the yen.
fn rounded(case: &Case<'_>, shares: &[Ratio]) -> Result<Option<Vec<RoundedShare>>, Error> {
    let total = match &case.cost {
        CaseCost::Priced { bill, .. } => bill.total,
        CaseCost::Total => Yen(case.total.floor().to_i64().unwrap_or(LARGEST)),
        CaseCost::Game(_) => return Ok(None),
    };
    let keyed: Vec<(&str, &Ratio)> = case.members.iter().map(|member| member.id.as_str()).zip(shares).collect();
    round_shares(total, &keyed, &case.request.rounding).map(Some)
}

fn core(case: &Case<'_>, alone: Option<&[Ratio]>, shares: &[Ratio]) -> Result<Option<CoreReport>, Error> {
    match &case.cost {
        CaseCost::Total => Ok(None),
        CaseCost::Game(game) => Ok(crate::explicit::core_check(game, shares)),
        CaseCost::Priced { .. } if case.prorated() => Ok(None),
        CaseCost::Priced { invoice, bill } => {
            let members = u64::try_from(shares.len()).unwrap_or(u64::MAX);
            if bill.seats.saturating_mul(members) > MOST_STEPS || bill.seats > MOST_TABLE {
                return Ok(None);
            }
            let demands: Vec<u64> = case.members.iter().map(|member| member.seats).collect();
            let report = core_check(&invoice.table(bill.seats)?, &demands, shares)?;
            let has_offer = case.members.iter().any(|member| member.stand_alone_yen.is_some());
            Ok(match (report, alone) {
                (Some(report), Some(alone)) if has_offer => Some(with_offers(report, alone, shares)),
                (report, _) => report,
            })
        }
    }
}

/// With offers from elsewhere a group may also go separate ways: the worst such group is everybody who pays above its own offer.
fn with_offers(report: CoreReport, alone: &[Ratio], shares: &[Ratio]) -> CoreReport {
    let mut excess: Vec<(Ratio, usize)> = shares.iter().zip(alone).map(|(share, own)| share - own).zip(0..).collect();
    // Largest first; equal ones in tie order. All together is no proper group, so the least of them stays out.
    excess.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    excess.pop();
    let positive = excess.iter().filter(|(own, _)| *own > Ratio::zero()).count().max(1);
    excess.truncate(positive);
    let max_excess: Ratio = excess.iter().map(|(own, _)| own).sum();
    if max_excess <= report.max_excess {
        return report;
    }
    let mut coalition: Vec<usize> = excess.into_iter().map(|(_, member)| member).collect();
    coalition.sort_unstable();
    CoreReport { max_excess, coalition }
}

fn lines(
    case: &Case<'_>,
    outcome: &Outcome,
    alone: Option<&[Ratio]>,
    rounded: Option<&[RoundedShare]>,
) -> Result<Vec<ShareLine>, Error> {
    let is_game = matches!(case.cost, CaseCost::Game(_));
    let mut lines = Vec::with_capacity(case.members.len());
    for (index, ((member, exact), reason)) in case.members.iter().zip(&outcome.shares).zip(&outcome.reasons).enumerate()
    {
        let rounded = rounded.and_then(|all| all.get(index));
        let yen = rounded.map(|share| share.yen);
        let alone = alone.filter(|_| !is_game).and_then(|all| all.get(index)).and_then(|cost| cost.floor().to_i64());
        let subsidy = match (&case.request.subsidy, yen) {
            (Some(subsidy), Some(yen)) => Some(subsidy_yen(subsidy, yen)?),
            _ => None,
        };
        lines.push(ShareLine {
            id: member.id.clone(),
            exact: exact.clone(),
            yen,
            remainder_yen: rounded.map(|share| share.remainder_yen),
            stand_alone_yen: alone,
            saving_yen: alone.zip(yen).and_then(|(alone, yen)| alone.checked_sub(yen)),
            subsidy_yen: subsidy,
            net_yen: subsidy.zip(yen).and_then(|(subsidy, yen)| yen.checked_sub(subsidy)),
            reason: reason.clone(),
        });
    }
    Ok(lines)
}

/// The subsidy on one share: its part, at most the cap, cut at the unit; nothing on a refund.
fn subsidy_yen(subsidy: &Subsidy, yen: i64) -> Result<i64, Error> {
    let too_large = || Error::at("/subsidy", Fault::OutOfRange);
    let part = Yen::round(&(&Ratio::whole(yen.max(0)) * &subsidy.rate), RoundingMode::Floor).ok_or_else(too_large)?;
    let capped = subsidy.cap_yen.map_or(part.0, |cap| part.0.min(cap));
    let over = capped.checked_rem(subsidy.cut_unit_yen).ok_or_else(too_large)?;
    capped.checked_sub(over).ok_or_else(too_large)
}

fn restore_order(case: &Case<'_>, lines: &mut Vec<ShareLine>) {
    let mut placed: Vec<(usize, ShareLine)> = case.places.iter().copied().zip(lines.drain(..)).collect();
    placed.sort_by_key(|(place, _)| *place);
    lines.extend(placed.into_iter().map(|(_, line)| line));
}

/// The largest part that may be shared equally (rest by seats) with nobody above buying alone. Each member bounds it by
/// `a (C/n - C d/D) <= c - C d/D`; `None` where even sharing by seats leaves somebody worse off.
fn largest_safe_equal(case: &Case<'_>, alone: Option<&[Ratio]>) -> Option<Ratio> {
    let CaseCost::Priced { bill, .. } = &case.cost else {
        return None;
    };
    if case.prorated() {
        return None;
    }
    let equal = case.total.checked_div(&Ratio::whole(i128::try_from(case.members.len()).ok()?))?;
    let (mut low, mut high) = (Ratio::zero(), Ratio::one());
    for (member, alone) in case.members.iter().zip(alone?) {
        let by_seats = &case.total * &Ratio::new(member.seats, bill.seats)?;
        let (slope, room) = (&equal - &by_seats, alone - &by_seats);
        if slope.is_zero() {
            if room.is_negative() {
                return None;
            }
        } else if slope.is_negative() {
            low = low.max(room.checked_div(&slope)?);
        } else {
            high = high.min(room.checked_div(&slope)?);
        }
    }
    (low <= high).then_some(high)
}
