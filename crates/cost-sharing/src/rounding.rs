//! From exact shares to yen, once. Guards: shares sum exactly to the bill, no share moves by a unit or more (remainder
//! apart), and the yen that rounding leaves over are a field of their own. Ties go to the smaller key.

use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use crate::yen::{RoundingMode, Yen};
use num_traits::ToPrimitive;

/// How shares become whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShareRounding {
    /// Cut all, then one unit more for the largest cut-off parts (最大剰余).
    LargestRemainder,
    /// Round each share by itself; the difference to the bill goes to a named member.
    Each(RoundingMode),
}

/// The rounding of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rounding {
    /// How shares become whole.
    pub mode: ShareRounding,
    /// The unit: 1, 100 or 1,000 yen in the agreements that are published; any other positive amount works the same way. Yen
    /// that are less than a unit go to `remainder_to`.
    pub unit_yen: i64,
    /// Id of the member that takes what is left over (幹事団体).
    pub remainder_to: Option<String>,
}

impl Default for Rounding {
    fn default() -> Self {
        Self { mode: ShareRounding::LargestRemainder, unit_yen: 1, remainder_to: None }
    }
}

/// One rounded share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundedShare {
    /// What the member pays, the remainder included.
    pub yen: i64,
    /// The yen of it that rounding put there: the extra unit of the largest remainders, or what was left over.
    pub remainder_yen: i64,
}

/// Rounds exact shares, given in tie order, to whole yen that sum to `total`.
///
/// ```
/// use cost_sharing::{Ratio, Rounding, Yen, round_shares};
/// let third = Ratio::new(800, 3).unwrap();
/// let shares = [("a", &third), ("b", &third), ("c", &third)];
/// let yen: Vec<i64> = round_shares(Yen(800), &shares, &Rounding::default())?.iter().map(|s| s.yen).collect();
/// assert_eq!(yen, [267, 267, 266]);
/// # Ok::<(), cost_sharing::Error>(())
/// ```
///
/// # Errors
/// A unit that is not positive, an unknown member for the remainder, a remainder that nobody is named for, or shares past
/// the range.
pub fn round_shares(total: Yen, shares: &[(&str, &Ratio)], rounding: &Rounding) -> Result<Vec<RoundedShare>, Error> {
    let out_of_range = || Error::at("/rounding", Fault::OutOfRange);
    let unit = rounding.unit_yen;
    if unit <= 0 {
        return Err(Error::at("/rounding/unit_yen", Fault::NotPositive));
    }
    let taker = match &rounding.remainder_to {
        None => None,
        Some(id) => {
            let found = shares.iter().position(|(member, _)| *member == id.as_str());
            Some(found.ok_or_else(|| Error::at("/rounding/remainder_to", Fault::UnknownMember))?)
        }
    };
    let in_units = Ratio::new(1, unit).ok_or_else(out_of_range)?;
    let mut rounded = Vec::with_capacity(shares.len());
    let mut fractions = Vec::with_capacity(shares.len());
    for (_, exact) in shares {
        let scaled = if unit == 1 { (*exact).clone() } else { *exact * &in_units };
        let units = match rounding.mode {
            ShareRounding::LargestRemainder => scaled.floor().to_i64(),
            ShareRounding::Each(mode) => Yen::round(&scaled, mode).map(|units| units.0),
        };
        let yen = units.and_then(|units| units.checked_mul(unit)).ok_or_else(out_of_range)?;
        rounded.push(RoundedShare { yen, remainder_yen: 0 });
        fractions.push(scaled.fraction());
    }
    let given = rounded.iter().try_fold(0_i64, |sum, share| sum.checked_add(share.yen));
    let mut left = given.and_then(|given| total.0.checked_sub(given)).ok_or_else(out_of_range)?;
    if rounding.mode == ShareRounding::LargestRemainder && left > 0 {
        let units = left.checked_div(unit).and_then(|units| usize::try_from(units).ok()).ok_or_else(out_of_range)?;
        let mut order: Vec<(usize, &Ratio)> = fractions.iter().enumerate().collect();
        // Larger fraction first; equal fractions keep the tie order.
        order.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(&b.0)));
        for (index, _) in order.into_iter().take(units) {
            left = give(&mut rounded, index, unit, left).ok_or_else(out_of_range)?;
        }
    }
    match taker {
        _ if left == 0 => {}
        Some(index) => {
            let _none_left = give(&mut rounded, index, left, left).ok_or_else(out_of_range)?;
        }
        None => {
            let fault = Fault::RemainderUnassigned { remainder_yen: left };
            return Err(Error::at("/rounding/remainder_to", fault));
        }
    }
    Ok(rounded)
}

fn give(rounded: &mut [RoundedShare], index: usize, yen: i64, left: i64) -> Option<i64> {
    let share = rounded.get_mut(index)?;
    share.yen = share.yen.checked_add(yen)?;
    share.remainder_yen = share.remainder_yen.checked_add(yen)?;
    left.checked_sub(yen)
}
