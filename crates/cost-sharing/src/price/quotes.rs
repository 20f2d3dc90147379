//! Several quotes over a range of quantities: which is cheapest where, and at which quantity that changes.
//! Guards the rule that the range around the surveyed quantity is looked at, not one number. Ties go to the earlier quote.

use super::PriceSchedule;
use crate::error::{Error, Fault};
use std::ops::RangeInclusive;

/// A stretch of quantities where one quote is the cheapest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// First quantity of the stretch.
    pub from: u64,
    /// Last quantity of the stretch.
    pub to: u64,
    /// Position of the cheapest quote.
    pub cheapest: usize,
}

/// Longest range that is compared quantity by quantity.
const LONGEST_RANGE: u64 = 1_000_000;

/// The cheapest quote for every quantity of a range, on effective prices; each `from` after the first is a quantity where
/// the cheapest changes. Quantities that a bounded quote does not reach are left to the others.
///
/// ```
/// use cost_sharing::{PriceMode, PriceSchedule, Ratio, Tier, compare_quotes};
/// let a = PriceSchedule::new(PriceMode::PerSeat, vec![Tier::unit(None, Ratio::whole(1000))])?;
/// let b = PriceSchedule::new(PriceMode::PerSeat, vec![Tier::unit(None, Ratio::whole(800))])?
///     .with_fixed_fee(Ratio::whole(3000))?;
/// let segments = compare_quotes(&[&a, &b], 1..=100)?;
/// assert_eq!(segments[1].from, 16); // at 15 both cost 15,000 and the first stays
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// No quotes, a range longer than a million, or a quantity that no quote covers.
pub fn compare_quotes(quotes: &[&PriceSchedule], range: RangeInclusive<u64>) -> Result<Vec<Segment>, Error> {
    if quotes.is_empty() {
        return Err(Error::at("/quotes", Fault::Required));
    }
    if range.end().saturating_sub(*range.start()) >= LONGEST_RANGE {
        return Err(Error::at("/range", Fault::OutOfRange));
    }
    let mut segments: Vec<Segment> = Vec::new();
    for seats in range {
        let priced = quotes.iter().enumerate().filter_map(|(index, quote)| {
            let effective = quote.effective_price(seats).ok()?;
            Some((effective.price, index))
        });
        let Some((_, cheapest)) = priced.min() else {
            let last = seats.saturating_sub(1);
            return Err(Error::at("/range", Fault::BeyondLastTier { last }));
        };
        match segments.last_mut() {
            Some(segment) if segment.cheapest == cheapest => segment.to = seats,
            Some(_) | None => segments.push(Segment { from: seats, to: seats, cheapest }),
        }
    }
    Ok(segments)
}
