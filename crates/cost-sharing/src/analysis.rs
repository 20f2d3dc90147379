//! Questions around a result: whose exit drops a tier, how the rules compare, and whether an answer is right.
//! `verify` recomputes from the request what an answer claims and shares no arithmetic with the rules.

mod compare;
mod verify;

pub use compare::{Comparison, comparable_rules, compare};
pub use verify::{Violation, verify};

use crate::case::{Case, CaseCost, at_members};
use crate::error::Error;
use crate::json::{ShareAnswer, ShareRequest};
use crate::ratio::Ratio;
use serde::Serialize;

/// A member whose exit makes a seat dearer for the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pivot {
    /// The member.
    pub id: String,
    /// Position of the tier that is bought now, from 0.
    pub tier: usize,
    /// Position of the tier without the member.
    pub tier_without: usize,
    /// Effective price of a seat ex tax now.
    pub unit: Ratio,
    /// The same without the member.
    pub unit_without: Ratio,
}

/// The pivotal members, in tie order: without them the others buy in another tier at a higher effective price of a seat.
///
/// ```
/// use cost_sharing::json::ShareRequest;
/// let request: ShareRequest = r#"{"price": {"mode": "volume", "tiers": [{"up_to": 9, "unit": "1000"},
///     {"up_to": null, "unit": "800"}]}, "members": [{"id": "a", "seats": 20}, {"id": "b", "seats": 4}],
///     "rule": {"kind": "per_seat"}}"#.parse()?;
/// let pivots = cost_sharing::pivots(&request)?;
/// assert_eq!(pivots.iter().map(|pivot| pivot.id.as_str()).collect::<Vec<_>>(), ["a"]);
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// As [`share`](crate::json::share).
pub fn pivots(request: &ShareRequest) -> Result<Vec<Pivot>, Error> {
    let case = Case::new(request)?;
    let CaseCost::Priced { invoice, bill } = &case.cost else {
        return Ok(Vec::new());
    };
    let at = |seats: u64| -> Result<Option<(usize, Ratio)>, Error> {
        let effective = invoice.schedule.effective_price(seats).map_err(at_members)?;
        let unit = effective.price.checked_div(&Ratio::whole(seats));
        Ok(invoice.schedule.tier_of(effective.buy).zip(unit))
    };
    let Some((tier, unit)) = at(bill.seats)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for member in &case.members {
        let Some((tier_without, unit_without)) = at(bill.seats.saturating_sub(member.seats))? else {
            continue;
        };
        if tier_without != tier && unit_without > unit {
            found.push(Pivot { id: member.id.clone(), tier, tier_without, unit: unit.clone(), unit_without });
        }
    }
    Ok(found)
}

/// Ids of the members that an addition harms although they asked for nothing new: they pay more after it than before.
///
/// ```
/// use cost_sharing::hold_harmless;
/// use cost_sharing::json::{ShareRequest, share};
/// let at = |b: u32| format!(r#"{{"price": {{"mode": "per_seat", "tiers": [{{"up_to": null, "unit": "100"}}]}},
///     "members": [{{"id": "a", "seats": 1}}, {{"id": "b", "seats": {b}}}], "rule": {{"kind": "equal"}}}}"#).parse();
/// let (before, after): (ShareRequest, ShareRequest) = (at(1)?, at(3)?);
/// // Shared equally, a pays for what b adds.
/// assert_eq!(hold_harmless(&share(&before)?, &share(&after)?, &["b"]), ["a"]);
/// # Ok::<(), cost_sharing::Error>(())
/// ```
#[must_use]
pub fn hold_harmless(before: &ShareAnswer, after: &ShareAnswer, changed: &[&str]) -> Vec<String> {
    let harmed = after.shares.iter().filter(|line| {
        let old = before.shares.iter().find(|old| old.id == line.id);
        !changed.contains(&line.id.as_str()) && old.is_some_and(|old| line.yen > old.yen)
    });
    harmed.map(|line| line.id.clone()).collect()
}
