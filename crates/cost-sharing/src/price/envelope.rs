//! Buying up: where a larger order costs less than the wanted one, the larger one is bought and the rest is a reserve.
//! Guards the rule that nobody's bill falls by asking for more. `P*(s) = min P(t), t >= s`; within a tier every mode
//! is nondecreasing, so the minimum stands at `s` itself or at the start of a later tier.

use super::PriceSchedule;
use crate::bill::MOST_TABLE;
use crate::error::{Error, Fault};
use crate::ratio::Ratio;

/// What a quantity effectively costs and how many seats to buy for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// `P*(s)`, ex tax.
    pub price: Ratio,
    /// The quantity to buy: the smallest that reaches the price.
    pub buy: u64,
}

/// Tier advice for a quantity.
///
/// ```
/// # use cost_sharing::{PriceMode, PriceSchedule, Ratio, Tier};
/// # let schedule = PriceSchedule::new(PriceMode::Volume, vec![
/// #     Tier::unit(Some(99), Ratio::whole(30_000)), Tier::unit(Some(299), Ratio::whole(27_000)),
/// #     Tier::unit(None, Ratio::whole(24_000))])?;
/// let advice = schedule.advice(290)?;
/// assert_eq!((advice.buy, advice.saving), (300, Ratio::whole(630_000)));
/// assert_eq!(schedule.advice(266)?.buy, 266);
/// # Ok::<(), cost_sharing::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The quantity to buy.
    pub buy: u64,
    /// What buying it saves against buying exactly the wanted quantity, ex tax; 0 where nothing.
    pub saving: Ratio,
}

/// A stretch of quantities for which the start of a later tier is cheaper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakEven {
    /// First quantity of the stretch.
    pub from: u64,
    /// Last quantity of the stretch.
    pub to: u64,
    /// What to buy instead.
    pub buy: u64,
}

impl PriceSchedule {
    /// `P*(s)` and the quantity to buy; `P(s)` itself where the contract forbids buying up.
    ///
    /// # Errors
    /// A quantity beyond the last tier or past the range.
    pub fn effective_price(&self, seats: u64) -> Result<Effective, Error> {
        let (price, buy) = self.effective_scaled(seats)?;
        Ok(Effective { price: self.unscale(price), buy })
    }

    pub(crate) fn effective_scaled(&self, seats: u64) -> Result<(i128, u64), Error> {
        let exact = (self.price_scaled(seats)?, seats);
        if seats == 0 || !self.buy_up {
            return Ok(exact);
        }
        let later = self.scaled.tiers.iter().filter(|tier| tier.from > seats);
        Ok(later.fold(exact, |best, tier| match self.in_tier(tier, tier.from) {
            Some(price) if price < best.0 => (price, tier.from),
            Some(_) | None => best,
        }))
    }

    /// What to buy for a quantity and what that saves, whether or not the contract allows it.
    ///
    /// # Errors
    /// A quantity beyond the last tier or past the range.
    pub fn advice(&self, seats: u64) -> Result<Advice, Error> {
        let exact = self.price_scaled(seats)?;
        let (price, buy) = self.clone().with_buy_up(true).effective_scaled(seats)?;
        Ok(Advice { buy, saving: self.unscale(exact.saturating_sub(price)) })
    }

    /// All stretches of quantities where buying more costs less, ascending.
    #[must_use]
    pub fn break_evens(&self) -> Vec<BreakEven> {
        let open = self.clone().with_buy_up(true);
        let mut found = Vec::new();
        for tier in &self.scaled.tiers {
            let best = self
                .scaled
                .tiers
                .iter()
                .filter(|later| later.from > tier.from)
                .filter_map(|later| Some((self.in_tier(later, later.from)?, later.from)))
                .min();
            let Some((price, buy)) = best else { continue };
            let pays = |seats: u64| open.price_scaled(seats).is_ok_and(|exact| exact > price);
            if !pays(tier.to) {
                continue;
            }
            // Within a tier the price never falls: bisect for the first quantity that pays.
            let (mut low, mut high) = (tier.from, tier.to);
            while low < high {
                let middle = low.midpoint(high);
                if pays(middle) { high = middle } else { low = middle.saturating_add(1) }
            }
            found.push(BreakEven { from: low, to: tier.to, buy });
        }
        found
    }

    /// True when the average `P*(s)/s` never rises up to `seats`: then sharing per seat is in the core.
    ///
    /// # Errors
    /// A quantity beyond the last tier, or above four million, which is too many to look at one by one.
    pub fn has_nonincreasing_average(&self, seats: u64) -> Result<bool, Error> {
        if seats > MOST_TABLE {
            return Err(Error::at("/seats", Fault::OutOfRange));
        }
        let mut previous: Option<(i128, i128)> = None;
        for quantity in 1..=seats {
            let (price, _) = self.effective_scaled(quantity)?;
            let quantity = i128::from(quantity);
            if let Some((before, count)) = previous {
                let rises = match (price.checked_mul(count), before.checked_mul(quantity)) {
                    (Some(now), Some(then)) => now > then,
                    _ => true,
                };
                if rises {
                    return Ok(false);
                }
            }
            previous = Some((price, quantity));
        }
        Ok(true)
    }
}
