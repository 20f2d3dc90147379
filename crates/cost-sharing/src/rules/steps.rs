//! Rules that price growing quantities: serial cost sharing and the order of joining.
//! Serial (Moulin and Shenker 1992): the smallest demand is priced as if all were that small, then each step by itself.

use super::full_period;
use crate::case::{Case, CaseCost, Outcome, at_members};
use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use serde_json::{Map, Value, json};

pub(crate) fn serial(case: &Case<'_>) -> Result<Outcome, Error> {
    full_period(case)?;
    let CaseCost::Priced { invoice, .. } = &case.cost else {
        return Err(Error::at("/rule", Fault::NeedsPrice));
    };
    let demands: Vec<u64> = case.members.iter().map(|member| member.seats).collect();
    let total = |seats: u64| invoice.bill(seats).map(|bill| bill.total.to_ratio()).map_err(at_members);
    let (shares, steps) = serial_shares(&demands, total)?;
    let reasons = demands.iter().map(|demand| {
        let own: Vec<Value> = steps.iter().filter(|step| step.demand <= *demand).map(Step::to_value).collect();
        Map::from_iter([("steps".to_owned(), Value::Array(own))])
    });
    let reasons = reasons.collect();
    Ok(Outcome::exact(shares, reasons))
}

/// One step of serial cost sharing.
struct Step {
    demand: u64,
    quantity: u64,
    cost: Ratio,
    sharers: u64,
    each: Ratio,
}

impl Step {
    fn to_value(&self) -> Value {
        json!({"demand": self.demand, "quantity": self.quantity, "cost": self.cost, "sharers": self.sharers, "each": self.each})
    }
}

/// Serial shares of any cost function, in the order of the demands.
///
/// ```
/// use cost_sharing::{Ratio, serial_cost_shares};
/// let shares = serial_cost_shares(&[1, 2, 3], |q| Ok(Ratio::whole(q * q)))?;
/// assert_eq!(shares, [3, 11, 22].map(Ratio::whole)); // Moulin and Shenker's formula for C(Q) = Q^2
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// What the cost function answers, or demands past the range.
pub fn serial_cost_shares(demands: &[u64], cost: impl Fn(u64) -> Result<Ratio, Error>) -> Result<Vec<Ratio>, Error> {
    serial_shares(demands, cost).map(|(shares, _)| shares)
}

fn serial_shares(
    demands: &[u64],
    cost: impl Fn(u64) -> Result<Ratio, Error>,
) -> Result<(Vec<Ratio>, Vec<Step>), Error> {
    let out_of_range = || Error::at("/members", Fault::OutOfRange);
    let mut order: Vec<(usize, u64)> = demands.iter().copied().enumerate().collect();
    order.sort_by_key(|(_, demand)| *demand);
    let mut shares = vec![Ratio::zero(); demands.len()];
    let mut steps: Vec<Step> = Vec::new();
    let (mut smaller, mut paid, mut share) = (0_u64, Ratio::zero(), Ratio::zero());
    for (done, (member, demand)) in order.iter().enumerate() {
        let sharers =
            demands.len().checked_sub(done).and_then(|left| u64::try_from(left).ok()).ok_or_else(out_of_range)?;
        if steps.last().map_or(0, |step| step.demand) < *demand {
            let quantity =
                demand.checked_mul(sharers).and_then(|rest| rest.checked_add(smaller)).ok_or_else(out_of_range)?;
            let now = cost(quantity)?;
            let each = (&now - &paid).checked_div(&Ratio::whole(sharers)).ok_or_else(out_of_range)?;
            share = &share + &each;
            paid = now.clone();
            steps.push(Step { demand: *demand, quantity, cost: now, sharers, each });
        }
        smaller = smaller.checked_add(*demand).ok_or_else(out_of_range)?;
        if let Some(own) = shares.get_mut(*member) {
            *own = share.clone();
        }
    }
    Ok((shares, steps))
}

pub(crate) fn incremental(case: &Case<'_>, order: Option<&[String]>) -> Result<Outcome, Error> {
    full_period(case)?;
    let listed = |id: &str| case.members.iter().position(|member| member.id == id);
    let order: Vec<usize> = match order {
        Some(ids) => {
            let found: Option<Vec<usize>> = ids.iter().map(|id| listed(id)).collect();
            found.ok_or_else(|| Error::at("/rule/order", Fault::UnknownMember))?
        }
        None => case.request.members.iter().filter_map(|member| listed(&member.id)).collect(),
    };
    let mut joined = vec![false; case.members.len()];
    let mut shares = vec![Ratio::zero(); case.members.len()];
    let mut reasons = vec![Map::new(); case.members.len()];
    let mut before = Ratio::zero();
    for (place, member) in order.iter().enumerate() {
        let Some(has_joined) = joined.get_mut(*member) else {
            continue;
        };
        if std::mem::replace(has_joined, true) {
            return Err(Error::at(format!("/rule/order/{place}"), Fault::Duplicate));
        }
        let after = joint_cost(case, &joined)?;
        if let (Some(share), Some(reason)) = (shares.get_mut(*member), reasons.get_mut(*member)) {
            *share = &after - &before;
            reason.insert("joins".into(), json!(place.saturating_add(1)));
            reason.insert("before".into(), json!(before));
            reason.insert("after".into(), json!(after));
        }
        before = after;
    }
    if joined.contains(&false) {
        return Err(Error::at("/rule/order", Fault::Required));
    }
    Ok(Outcome::exact(shares, reasons))
}

fn joint_cost(case: &Case<'_>, joined: &[bool]) -> Result<Ratio, Error> {
    match &case.cost {
        CaseCost::Priced { invoice, .. } => {
            let present = case.members.iter().zip(joined).filter(|(_, joined)| **joined);
            let seats = present.fold(0_u64, |sum, (member, _)| sum.saturating_add(member.seats));
            invoice.bill(seats).map(|bill| bill.total.to_ratio()).map_err(at_members)
        }
        CaseCost::Game(game) => {
            let mask = joined.iter().rev().fold(0_usize, |mask, joined| mask << 1 | usize::from(*joined));
            Ok(game.values.get(mask).cloned().unwrap_or_else(Ratio::zero))
        }
        CaseCost::Total => Err(Error::at("/rule", Fault::NeedsPrice)),
    }
}
