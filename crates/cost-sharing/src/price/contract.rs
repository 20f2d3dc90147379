//! Contracts over several years, and seats added mid-term that end with the rest (co-termed).
//! Guards the rule that each year is priced on its own schedule and quantity, and that an addition states which of the
//! three customary prices it uses. Rounding of each line is the contract's, so it is a parameter.

use super::PriceSchedule;
use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use crate::yen::{RoundingMode, Yen};

/// Which price an addition gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddOnPrice {
    /// The difference on the same schedule: `P(s + a) - P(s)`.
    Difference,
    /// The unit price of the tier that the new total reaches.
    NewTier,
    /// The unit price of the tier that the old total was in.
    Locked,
}

/// Seats added to a running contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddOn {
    /// Seats held before.
    pub held: u64,
    /// Seats added.
    pub added: u64,
    /// Which price they get.
    pub price: AddOnPrice,
    /// Part of the term that is left, for example 5/12 or 151/365.
    pub remaining: Ratio,
    /// How the line becomes whole yen.
    pub rounding: RoundingMode,
}

/// What an addition costs for the rest of the term, ex tax.
///
/// ```
/// use cost_sharing::{AddOn, AddOnPrice, PriceMode, PriceSchedule, Ratio, RoundingMode, Tier, Yen, co_term};
/// let schedule = PriceSchedule::new(PriceMode::Volume, vec![
///     Tier::unit(Some(99), Ratio::whole(30_000)), Tier::unit(None, Ratio::whole(27_000))])?;
/// let add_on = AddOn { held: 120, added: 10, price: AddOnPrice::Locked,
///     remaining: "5/12".parse().unwrap(), rounding: RoundingMode::Floor };
/// assert_eq!(co_term(&schedule, &add_on)?, Yen(112_500));
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// A remaining part outside 0 to 1, quantities that the schedule does not cover, or a negative difference past the range.
pub fn co_term(schedule: &PriceSchedule, add_on: &AddOn) -> Result<Yen, Error> {
    if add_on.remaining.is_negative() || add_on.remaining > Ratio::one() {
        return Err(Error::at("/remaining", Fault::OutOfRange));
    }
    let total = add_on.held.checked_add(add_on.added);
    let total = total.ok_or_else(|| Error::at("/added", Fault::OutOfRange))?;
    let unit_at = |seats: u64| {
        let tier = schedule.tier_of(seats).and_then(|tier| schedule.tiers().get(tier));
        tier.map(|tier| tier.unit.clone()).ok_or_else(|| Error::at("/held", Fault::NoSeats))
    };
    let added = Ratio::whole(add_on.added);
    let full = match add_on.price {
        AddOnPrice::Difference => &schedule.price(total)? - &schedule.price(add_on.held)?,
        AddOnPrice::NewTier => &unit_at(total)? * &added,
        AddOnPrice::Locked => &unit_at(add_on.held)? * &added,
    };
    Yen::round(&(&full * &add_on.remaining), add_on.rounding).ok_or_else(|| Error::at("/added", Fault::OutOfRange))
}

/// Effective prices of the years of a contract, each on its own schedule and quantity; their sum is the contract's total.
///
/// # Errors
/// A quantity that its year's schedule does not cover; the pointer names the year.
pub fn multi_year(years: &[(&PriceSchedule, u64)]) -> Result<Vec<Ratio>, Error> {
    let priced = years.iter().enumerate().map(|(year, (schedule, seats))| {
        let effective = schedule.effective_price(*seats);
        effective.map(|effective| effective.price).map_err(|error| error.under(&format!("/years/{year}")))
    });
    priced.collect()
}
