//! Parts of a period: joiners, leavers, and seats that move between members in mid-year.
//! Guards: whoever joins or leaves pays for whole months or days as agreed, rounded once and stated how; a moved seat charges
//! the one exactly what it credits the other.

use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use crate::yen::{RoundingMode, Yen};

/// A yearly amount for some months of twelve, or some days of a year: `amount x used / whole`, rounded once.
///
/// ```
/// use cost_sharing::{RoundingMode, Yen, prorate};
/// assert_eq!(prorate(Yen(1_000_000), 7, 12, RoundingMode::Floor)?, Yen(583_333));
/// assert_eq!(prorate(Yen(1_000_000), 151, 365, RoundingMode::HalfUp)?, Yen(413_699));
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// A period of 0, or more used than there is.
pub fn prorate(amount: Yen, used: u32, whole: u32, rounding: RoundingMode) -> Result<Yen, Error> {
    let part = Ratio::new(used, whole).ok_or_else(|| Error::at("/whole", Fault::NotPositive))?;
    if part > Ratio::one() {
        return Err(Error::at("/used", Fault::OutOfRange));
    }
    Yen::round(&(&amount.to_ratio() * &part), rounding).ok_or_else(|| Error::at("/amount", Fault::OutOfRange))
}

/// What moving seats in mid-year changes: one member is credited, the other charged, the same yen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrueUp {
    /// What the giving member gets back; at most 0.
    pub giver_yen: i64,
    /// What the receiving member pays more; at least 0.
    pub receiver_yen: i64,
}

/// The true-up (精算) of seats that move from one member to another for the rest of the period, at the price of a seat.
///
/// ```
/// use cost_sharing::{Ratio, RoundingMode, true_up};
/// // Three seats at 26,400 yen a year for the last five months.
/// let lines = true_up(&Ratio::whole(26_400), 3, 5, 12, RoundingMode::Floor)?;
/// assert_eq!((lines.giver_yen, lines.receiver_yen), (-33_000, 33_000));
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// A negative price, a period of 0, or more left than there is.
pub fn true_up(unit: &Ratio, seats: u32, left: u32, whole: u32, rounding: RoundingMode) -> Result<TrueUp, Error> {
    if unit.is_negative() {
        return Err(Error::at("/unit", Fault::Negative));
    }
    let part = Ratio::new(left, whole).ok_or_else(|| Error::at("/whole", Fault::NotPositive))?;
    if part > Ratio::one() {
        return Err(Error::at("/left", Fault::OutOfRange));
    }
    let amount = &(unit * &Ratio::whole(seats)) * &part;
    let yen = Yen::round(&amount, rounding).ok_or_else(|| Error::at("/unit", Fault::OutOfRange))?.0;
    Ok(TrueUp { giver_yen: yen.saturating_neg(), receiver_yen: yen })
}
