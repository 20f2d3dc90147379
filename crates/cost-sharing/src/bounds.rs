//! Floors, caps and the change cap: bounds on shares, with what they take or give redistributed to the others in proportion
//! to their shares. Guards: a gap that no member may be asked for is an error that names its size, never silently absorbed.

use crate::case::Case;
use crate::case::Outcome;
use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use crate::rounding::RoundedShare;
use num_traits::ToPrimitive;
use serde_json::json;

/// Least and most of one member, in whole yen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Least share.
    pub floor: Option<i64>,
    /// Largest share.
    pub cap: Option<i64>,
}

/// Shares as near in proportion to the given ones as the bounds allow: `clamp(t x, floor, cap)` with one factor t for all.
/// Where every free share is 0, the rest is divided equally among those below their cap.
///
/// ```
/// use cost_sharing::{Bounds, Ratio, apply_bounds};
/// let shares = [50, 30, 20].map(Ratio::whole);
/// let free = Bounds { floor: None, cap: None };
/// let bounds = [Bounds { floor: None, cap: Some(40) }, free.clone(), free];
/// assert_eq!(apply_bounds(&shares, &bounds)?, [40, 36, 24].map(Ratio::whole));
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// A floor above its cap (the pointer gives the position), floors that exceed the sum, or caps that stay below it.
pub fn apply_bounds(shares: &[Ratio], bounds: &[Bounds]) -> Result<Vec<Ratio>, Error> {
    let total: Ratio = shares.iter().sum();
    let limits: Vec<Limit> =
        bounds.iter().enumerate().map(|(index, bound)| Limit::new(index, bound)).collect::<Result<_, _>>()?;
    check_reach(&total, &limits)?;
    let fits = |share: &Ratio, limit: &Limit| limit.clamp(share) == *share;
    if shares.iter().zip(&limits).all(|(share, limit)| fits(share, limit)) {
        return Ok(shares.to_vec());
    }
    // A negative share has no proportion to keep: it counts as nothing here.
    let weights: Vec<Ratio> = shares.iter().map(|share| share.clone().max(Ratio::zero())).collect();
    fill(&total, &weights, &limits)
}

struct Limit {
    floor: Ratio,
    cap: Option<Ratio>,
}

impl Limit {
    fn new(index: usize, bounds: &Bounds) -> Result<Self, Error> {
        if let (Some(floor), Some(cap)) = (bounds.floor, bounds.cap)
            && floor > cap
        {
            return Err(Error::at(format!("/members/{index}/floor_yen"), Fault::FloorAboveCap));
        }
        let floor = Ratio::whole(bounds.floor.unwrap_or(0));
        let cap = bounds.cap.map(Ratio::whole);
        Ok(Self { floor: cap.clone().map_or(floor.clone(), |cap| floor.min(cap)), cap })
    }

    fn clamp(&self, share: &Ratio) -> Ratio {
        let raised = share.max(&self.floor);
        self.cap.as_ref().map_or(raised, |cap| raised.min(cap)).clone()
    }
}

fn check_reach(total: &Ratio, limits: &[Limit]) -> Result<(), Error> {
    let gap_yen = |gap: Ratio| (-&(-&gap).floor()).to_i64().unwrap_or(i64::MAX);
    let floors: Ratio = limits.iter().map(|limit| &limit.floor).sum();
    if floors > *total {
        return Err(Error::at("/members", Fault::FloorsAboveBill { gap_yen: gap_yen(&floors - total) }));
    }
    let caps: Option<Vec<&Ratio>> = limits.iter().map(|limit| limit.cap.as_ref()).collect();
    match caps.map(|caps| caps.into_iter().sum::<Ratio>()) {
        Some(caps) if caps < *total => {
            Err(Error::at("/members", Fault::CapsBelowBill { gap_yen: gap_yen(total - &caps) }))
        }
        Some(_) | None => Ok(()),
    }
}

/// Water filling: the factors at which a member leaves its floor or reaches its cap are sorted, and the piece that holds the
/// answer is solved exactly.
fn fill(total: &Ratio, weights: &[Ratio], limits: &[Limit]) -> Result<Vec<Ratio>, Error> {
    let mut breaks: Vec<Ratio> = Vec::new();
    for (weight, limit) in weights.iter().zip(limits) {
        breaks.extend(limit.floor.checked_div(weight));
        breaks.extend(limit.cap.as_ref().and_then(|cap| cap.checked_div(weight)));
    }
    breaks.sort();
    breaks.dedup();
    let at = |factor: &Ratio| -> Vec<Ratio> {
        weights.iter().zip(limits).map(|(weight, limit)| limit.clamp(&(weight * factor))).collect()
    };
    let sum = |factor: &Ratio| at(factor).iter().sum::<Ratio>();
    // The sum never falls as the factor grows: bisect over the breaks.
    let above = breaks.partition_point(|factor| sum(factor) < *total);
    let low = above.checked_sub(1).and_then(|index| breaks.get(index)).cloned().unwrap_or_else(Ratio::zero);
    let base = at(&low);
    let missing = total - &base.iter().sum::<Ratio>();
    if missing.is_zero() {
        return Ok(base);
    }
    let is_free = |share: &Ratio, limit: &Limit| limit.cap.as_ref().is_none_or(|cap| share < cap);
    // Those that grow beyond `low`: at or above their floor, below their cap.
    let growing: Vec<bool> = weights
        .iter()
        .zip(limits)
        .zip(&base)
        .map(|((weight, limit), share)| !weight.is_zero() && is_free(share, limit) && weight * &low >= limit.floor)
        .collect();
    let weight: Ratio = weights.iter().zip(&growing).filter(|(_, grows)| **grows).map(|(weight, _)| weight).sum();
    if let Some(per) = missing.checked_div(&weight) {
        let grown = base.iter().zip(weights).zip(&growing);
        return Ok(grown
            .map(|((share, weight), grows)| if *grows { share + &(&per * weight) } else { share.clone() })
            .collect());
    }
    Ok(level(missing, base, limits))
}

/// Divides what is missing equally among those below their cap, again and again as caps are reached.
fn level(mut missing: Ratio, mut shares: Vec<Ratio>, limits: &[Limit]) -> Vec<Ratio> {
    for _ in limits {
        let is_free = |share: &Ratio, limit: &Limit| limit.cap.as_ref().is_none_or(|cap| share < cap);
        let free = shares.iter().zip(limits).filter(|(share, limit)| is_free(share, limit)).count();
        let count = Ratio::whole(i128::try_from(free).unwrap_or(0));
        let Some(each) = missing.checked_div(&count) else {
            break;
        };
        for (share, limit) in shares.iter_mut().zip(limits).filter(|(share, limit)| is_free(share, limit)) {
            let grown = limit.clamp(&(&*share + &each));
            missing = &missing - &(&grown - share);
            *share = grown;
        }
        if missing.is_zero() {
            break;
        }
    }
    shares
}

/// The members' floors and caps, narrowed by the change cap.
fn limits(case: &Case<'_>) -> Result<Vec<Bounds>, Error> {
    let change = case.request.change_cap.as_ref();
    let mut bounds = Vec::with_capacity(case.members.len());
    for (index, member) in case.members.iter().enumerate() {
        let (mut floor, mut cap) = (member.floor_yen, member.cap_yen);
        if let Some(change) = change {
            let missing = || Error::at(case.pointer(index, "/last_year_yen"), Fault::Required);
            let last = Ratio::whole(member.last_year_yen.ok_or_else(missing)?);
            let step = &last * change;
            // Whole yen inside the limits, so that rounding cannot leave them.
            let least = (-&(-&(&last - &step)).floor()).to_i64();
            let most = (&last + &step).floor().to_i64();
            floor = floor.max(least);
            cap = match (cap, most) {
                (Some(cap), Some(most)) => Some(cap.min(most)),
                (cap, most) => cap.or(most),
            };
        }
        bounds.push(Bounds { floor, cap });
    }
    Ok(bounds)
}

/// Refuses yen that rounding at a unit, or what it left over, put outside a limit.
pub(crate) fn check_rounded(case: &Case<'_>, rounded: &[RoundedShare]) -> Result<(), Error> {
    let limits = limits(case)?;
    for (index, (share, limit)) in rounded.iter().zip(&limits).enumerate() {
        let member = case.members.get(index);
        let (field, own) = if limit.floor.is_some_and(|floor| share.yen < floor) {
            ("/floor_yen", member.and_then(|member| member.floor_yen).is_some_and(|floor| share.yen < floor))
        } else if limit.cap.is_some_and(|cap| share.yen > cap) {
            ("/cap_yen", member.and_then(|member| member.cap_yen).is_some_and(|cap| share.yen > cap))
        } else {
            continue;
        };
        let pointer = if own { case.pointer(index, field) } else { "/change_cap".to_owned() };
        return Err(Error::at(pointer, Fault::RoundedPastLimit { yen: share.yen }));
    }
    Ok(())
}

/// Applies the members' floors and caps and the change cap to an outcome, and records what changed.
pub(crate) fn bound(case: &Case<'_>, outcome: &mut Outcome) -> Result<(), Error> {
    let bounds = limits(case)?;
    if bounds.iter().all(|bound| bound.floor.is_none() && bound.cap.is_none()) {
        return Ok(());
    }
    let bounded = apply_bounds(&outcome.shares, &bounds).map_err(|error| in_request(case, error))?;
    let changed = outcome.reasons.iter_mut().zip(&outcome.shares).zip(&bounded);
    for ((reason, before), after) in changed.filter(|((_, before), after)| before != after) {
        reason.insert("before_bounds".into(), json!(before));
        reason.insert("bounds_adjustment".into(), json!(after - before));
    }
    outcome.shares = bounded;
    Ok(())
}

/// Positions here are in tie order; the pointer must name the place in the request.
fn in_request(case: &Case<'_>, error: Error) -> Error {
    let place = error.pointer.strip_prefix("/members/").and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
    match place {
        Some(index) => Error::at(case.pointer(index, "/floor_yen"), error.fault),
        None => error,
    }
}
