//! The independent checker: does an answer keep the laws, and are its claims about the case true?
//! It trusts nothing that the answer says and uses none of the rules: only the schedule, the tax and sums.

use crate::bill::Invoice;
use crate::json::{Cost, Sense, ShareAnswer, ShareRequest};
use crate::member::Member;
use crate::ratio::Ratio;
use crate::rounding::ShareRounding;
use serde::Serialize;

/// A law that an answer breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "law")]
#[non_exhaustive]
pub enum Violation {
    /// The answer belongs to another input.
    InputHash,
    /// Lines and members do not match in number or order.
    Members,
    /// The bill is not what the schedule and the tax yield.
    Bill,
    /// The exact shares do not sum to what is shared.
    ExactSum,
    /// The yen do not sum to the bill.
    YenSum,
    /// A share moved by a unit or more in rounding, or its remainder is not stated.
    Rounding {
        /// The member.
        id: String,
    },
    /// A share is outside the member's floor or cap.
    Bounds {
        /// The member.
        id: String,
    },
    /// The stand-alone cost or the saving is wrong.
    StandAlone {
        /// The member.
        id: String,
    },
    /// The named coalition's excess is not the one stated, or the flags contradict it.
    Core,
}

/// What an answer gets wrong; empty when it is right.
///
/// ```
/// use cost_sharing::json::{ShareRequest, share};
/// let request: ShareRequest = r#"{"total_yen": 100, "members": [{"id": "a", "seats": 1}, {"id": "b", "seats": 2}],
///     "rule": {"kind": "per_seat"}}"#.parse()?;
/// let mut answer = share(&request)?;
/// assert!(cost_sharing::verify(&request, &answer).is_empty());
/// answer.shares[0].yen = Some(34);
/// assert!(!cost_sharing::verify(&request, &answer).is_empty());
/// # Ok::<(), cost_sharing::Error>(())
/// ```
#[must_use]
pub fn verify(request: &ShareRequest, answer: &ShareAnswer) -> Vec<Violation> {
    let mut found = Vec::new();
    if answer.input_hash != request.input_hash() {
        found.push(Violation::InputHash);
    }
    let same = request.members.len() == answer.shares.len()
        && request.members.iter().zip(&answer.shares).all(|(member, line)| member.id == line.id);
    if !same {
        found.push(Violation::Members);
        return found;
    }
    let Some(total) = total(request, answer, &mut found) else {
        return found;
    };
    if answer.shares.iter().map(|line| &line.exact).sum::<Ratio>() != total {
        found.push(Violation::ExactSum);
    }
    if !matches!(request.cost, Cost::Game(_)) {
        check_yen(request, answer, &total, &mut found);
    }
    check_core(request, answer, &mut found);
    found
}

/// What is shared, recomputed; complains when the answer's bill differs.
fn total(request: &ShareRequest, answer: &ShareAnswer, found: &mut Vec<Violation>) -> Option<Ratio> {
    let expected = match &request.cost {
        Cost::Game(game) => return game.values.last().cloned(),
        Cost::Total(yen) => yen.0,
        Cost::Price(_) => {
            let seats = seats(request.members.iter());
            let Ok(bill) = invoice(request)?.bill(seats) else {
                found.push(Violation::Bill);
                return None;
            };
            let stated = answer.bill.as_ref();
            if stated.and_then(|bill| bill.tax_yen) != Some(bill.tax.0)
                || stated.and_then(|bill| bill.bought) != Some(bill.bought)
            {
                found.push(Violation::Bill);
            }
            bill.total.0
        }
    };
    if answer.bill.as_ref().map(|bill| bill.total_yen) != Some(expected) {
        found.push(Violation::Bill);
    }
    Some(Ratio::whole(expected))
}

fn seats<'a>(members: impl Iterator<Item = &'a Member>) -> u64 {
    members.fold(0, |sum, member| sum.saturating_add(member.seats))
}

fn invoice(request: &ShareRequest) -> Option<Invoice> {
    match &request.cost {
        Cost::Price(schedule) => Some(Invoice {
            schedule: schedule.clone(),
            tax_rate: request.tax_rate.clone(),
            tax_rounding: request.tax_rounding,
        }),
        Cost::Total(_) | Cost::Game(_) => None,
    }
}

fn check_yen(request: &ShareRequest, answer: &ShareAnswer, total: &Ratio, found: &mut Vec<Violation>) {
    let sum: Option<Ratio> =
        answer.shares.iter().try_fold(Ratio::zero(), |sum, line| Some(&sum + &Ratio::whole(line.yen?)));
    if sum.as_ref() != Some(total) {
        found.push(Violation::YenSum);
    }
    let unit = Ratio::whole(request.rounding.unit_yen);
    for (member, line) in request.members.iter().zip(&answer.shares) {
        let (Some(yen), Some(remainder)) = (line.yen, line.remainder_yen) else {
            found.push(Violation::Rounding { id: line.id.clone() });
            continue;
        };
        let moved = (&Ratio::whole(yen) - &line.exact).abs();
        let own = (&(&Ratio::whole(yen) - &Ratio::whole(remainder)) - &line.exact).abs();
        let takes_rest = request.rounding.remainder_to.as_deref() == Some(line.id.as_str());
        let fine = match request.rounding.mode {
            ShareRounding::LargestRemainder => takes_rest || moved < unit,
            ShareRounding::Each(_) => own < unit && (takes_rest || remainder == 0),
        };
        if !fine {
            found.push(Violation::Rounding { id: line.id.clone() });
        }
        let exact = &line.exact;
        let below = member.floor_yen.is_some_and(|floor| *exact < Ratio::whole(floor) || yen < floor);
        let above = member.cap_yen.is_some_and(|cap| *exact > Ratio::whole(cap) || yen > cap);
        if below || above {
            found.push(Violation::Bounds { id: line.id.clone() });
        }
        if !stand_alone_holds(request, answer, line.id.as_str()) {
            found.push(Violation::StandAlone { id: line.id.clone() });
        }
    }
}

/// Checked where no months are prorated: then alone means the schedule at the member's own seats.
fn stand_alone_holds(request: &ShareRequest, answer: &ShareAnswer, id: &str) -> bool {
    let member = request.members.iter().find(|member| member.id == id);
    let line = answer.shares.iter().find(|line| line.id == id);
    let (Some(member), Some(line)) = (member, line) else {
        return false;
    };
    let prorated = request.members.iter().any(|other| !other.is_full_period());
    let expected = match (member.stand_alone_yen, invoice(request)) {
        (Some(yen), _) => Some(yen),
        (None, Some(invoice)) if !prorated => invoice.bill(member.seats).ok().map(|bill| bill.total.0),
        (None, _) => line.stand_alone_yen,
    };
    let saving = expected.zip(line.yen).and_then(|(alone, yen)| alone.checked_sub(yen));
    // Without a price for everybody nobody's cost alone is stated.
    line.stand_alone_yen.is_none() || (line.stand_alone_yen == expected && line.saving_yen == saving)
}

fn check_core(request: &ShareRequest, answer: &ShareAnswer, found: &mut Vec<Violation>) {
    let Some(core) = &answer.core else { return };
    let inside = |id: &str| core.coalition.iter().any(|other| other == id);
    let paid = answer.shares.iter().filter(|line| inside(&line.id)).map(|line| &line.exact).sum::<Ratio>();
    let excess = match &request.cost {
        Cost::Total(_) => None,
        Cost::Price(_) => {
            let seats = seats(request.members.iter().filter(|member| inside(&member.id)));
            let price = invoice(request).and_then(|invoice| invoice.bill(seats).ok()).map(|bill| bill.total.to_ratio());
            price.map(|price| &paid - &price.min(offers(request, &core.coalition)))
        }
        Cost::Game(game) => {
            let mask =
                request.members.iter().rev().fold(0_usize, |mask, member| mask << 1 | usize::from(inside(&member.id)));
            game.values.get(mask).map(|value| match game.sense {
                Sense::Cost => &paid - value,
                Sense::Gain => value - &paid,
            })
        }
    };
    let proper = !core.coalition.is_empty() && core.coalition.len() < request.members.len();
    if !proper || excess.as_ref() != Some(&core.max_excess) || core.in_core != (core.max_excess <= Ratio::zero()) {
        found.push(Violation::Core);
    }
}

/// What the members of a coalition pay when each buys by itself; beyond every bill where nobody has an offer of its own.
fn offers(request: &ShareRequest, coalition: &[String]) -> Ratio {
    let beyond = Ratio::whole(i64::MAX);
    if request.members.iter().all(|member| member.stand_alone_yen.is_none()) {
        return beyond;
    }
    let own = |id: &String| {
        let member = request.members.iter().find(|member| member.id == *id)?;
        let bill = || invoice(request)?.bill(member.seats).ok().map(|bill| bill.total.0);
        member.stand_alone_yen.or_else(bill)
    };
    let sum = coalition.iter().try_fold(0_i64, |sum, id| sum.checked_add(own(id)?));
    sum.map_or(beyond, Ratio::whole)
}
