//! Rules built on what members cost alone and what they add at the end: equal percentage, equal saving, and the
//! separable-cost rules of water projects (ENSC, SCRB). For gains the same formulas divide gains.

use super::full_period;
use crate::case::{Case, CaseCost, Outcome};
use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use serde_json::{Map, Value, json};

fn undefined() -> Error {
    Error::at("/rule", Fault::Undefined)
}

fn alone(case: &Case<'_>) -> Result<Vec<Ratio>, Error> {
    // The values of an explicit game say nothing about months.
    if matches!(case.cost, CaseCost::Game(_)) {
        full_period(case)?;
    }
    case.alone()?.ok_or_else(|| Error::at("/rule", Fault::NeedsPrice))
}

/// Separable cost of each member: what leaves with it.
fn separable(case: &Case<'_>) -> Result<Vec<Ratio>, Error> {
    full_period(case)?;
    let without = case.without()?.ok_or_else(|| Error::at("/rule", Fault::NeedsPrice))?;
    Ok(without.iter().map(|rest| &case.total - rest).collect())
}

fn count(case: &Case<'_>) -> Ratio {
    Ratio::whole(i128::try_from(case.members.len()).unwrap_or(1))
}

fn fact(name: &str, value: &Ratio) -> (String, Value) {
    (name.to_owned(), json!(value))
}

pub(crate) fn proportional(case: &Case<'_>) -> Result<Outcome, Error> {
    let alone = alone(case)?;
    let sum: Ratio = alone.iter().sum();
    let per = case.total.checked_div(&sum).ok_or_else(undefined)?;
    let reasons = alone.iter().map(|own| Map::from_iter([fact("alone", own), fact("alone_sum", &sum)]));
    let reasons = reasons.collect();
    Ok(Outcome::exact(alone.iter().map(|own| &per * own).collect(), reasons))
}

pub(crate) fn equal_saving(case: &Case<'_>) -> Result<Outcome, Error> {
    let alone = alone(case)?;
    let sum: Ratio = alone.iter().sum();
    let saving = (&sum - &case.total).checked_div(&count(case)).ok_or_else(undefined)?;
    let reasons = alone.iter().map(|own| Map::from_iter([fact("alone", own), fact("saving", &saving)]));
    let reasons = reasons.collect();
    Ok(Outcome::exact(alone.iter().map(|own| own - &saving).collect(), reasons))
}

pub(crate) fn ensc(case: &Case<'_>) -> Result<Outcome, Error> {
    let separable = separable(case)?;
    let sum: Ratio = separable.iter().sum();
    let rest = &case.total - &sum;
    let each = rest.checked_div(&count(case)).ok_or_else(undefined)?;
    let reasons = separable.iter().map(|own| {
        Map::from_iter([fact("separable", own), fact("non_separable", &rest), fact("non_separable_share", &each)])
    });
    let reasons = reasons.collect();
    Ok(Outcome::exact(separable.iter().map(|own| own + &each).collect(), reasons))
}

pub(crate) fn scrb(case: &Case<'_>) -> Result<Outcome, Error> {
    let (alone, separable) = (alone(case)?, separable(case)?);
    let sum: Ratio = separable.iter().sum();
    let rest = &case.total - &sum;
    let benefits: Vec<Ratio> = alone.iter().zip(&separable).map(|(own, part)| own - part).collect();
    let benefit_sum: Ratio = benefits.iter().sum();
    let per = match rest.checked_div(&benefit_sum) {
        Some(per) => per,
        // Nothing is left to divide: everybody pays its separable cost.
        None if rest.is_zero() => Ratio::zero(),
        None => return Err(undefined()),
    };
    let mut shares = Vec::new();
    let mut reasons = Vec::new();
    for ((own, part), benefit) in alone.iter().zip(&separable).zip(&benefits) {
        let extra = &per * benefit;
        shares.push(part + &extra);
        reasons.push(Map::from_iter([
            fact("alone", own),
            fact("separable", part),
            fact("remaining_benefit", benefit),
            fact("non_separable", &rest),
            fact("non_separable_share", &extra),
        ]));
    }
    Ok(Outcome::exact(shares, reasons))
}
