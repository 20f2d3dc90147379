//! Checking tiers and bringing them to integers over one common denominator: the form that prices are computed in.

use super::{MOST_SEATS, PriceMode, Tier};
use crate::error::{Error, Fault};
use crate::ratio::Ratio;

/// Prices over one denominator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scaled {
    pub(super) scale: i128,
    pub(super) tiers: Vec<ScaledTier>,
    pub(super) fixed: i128,
    pub(super) minimum: i128,
}

/// One tier over the same denominator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScaledTier {
    /// First quantity of the tier, from 1.
    pub(super) from: u64,
    /// Last quantity of the tier.
    pub(super) to: u64,
    pub(super) unit: i128,
    pub(super) flat: i128,
    /// Graduated only: what all earlier tiers cost when full, their flats included.
    pub(super) before: i128,
}

/// Prices and the common denominator stay below this, so that no product leaves 128 bits.
const LARGEST_PRICE: i128 = 1_000_000_000_000_000;
const LARGEST_SCALE: i128 = 1_000_000_000_000;

impl Scaled {
    pub(super) fn new(mode: PriceMode, tiers: &[Tier], fixed: &Ratio, minimum: &Ratio) -> Result<Self, Error> {
        let too_fine = || Error::at("/tiers", Fault::OutOfRange);
        let amounts = tiers.iter().flat_map(|tier| [&tier.unit, &tier.flat]).chain([fixed, minimum]);
        let mut scale = 1_i128;
        for amount in amounts {
            let (_, den) = amount.parts().ok_or_else(too_fine)?;
            let divisor = crate::ratio::gcd(scale.unsigned_abs(), den.unsigned_abs());
            let divisor = i128::try_from(divisor).map_err(|_error| too_fine())?;
            scale = den.checked_div(divisor).and_then(|rest| scale.checked_mul(rest)).ok_or_else(too_fine)?;
            if scale > LARGEST_SCALE {
                return Err(too_fine());
            }
        }
        let whole = |amount: &Ratio| {
            let (num, den) = amount.parts()?;
            scale.checked_div(den)?.checked_mul(num)
        };
        let mut scaled = Vec::with_capacity(tiers.len());
        let (mut from, mut before) = (1_u64, 0_i128);
        for tier in tiers {
            let to = tier.up_to.unwrap_or(MOST_SEATS);
            let unit = whole(&tier.unit).ok_or_else(too_fine)?;
            let flat = whole(&tier.flat).ok_or_else(too_fine)?;
            scaled.push(ScaledTier { from, to, unit, flat, before });
            if mode == PriceMode::Graduated {
                let full = to
                    .checked_sub(from)
                    .and_then(|span| span.checked_add(1))
                    .and_then(|seats| unit.checked_mul(i128::from(seats))?.checked_add(flat)?.checked_add(before));
                before = full.ok_or_else(too_fine)?;
            }
            from = to.saturating_add(1);
        }
        Ok(Self {
            scale,
            tiers: scaled,
            fixed: whole(fixed).ok_or_else(too_fine)?,
            minimum: whole(minimum).ok_or_else(too_fine)?,
        })
    }
}

pub(super) fn check_amount(amount: &Ratio) -> Result<(), Fault> {
    if amount.is_negative() {
        return Err(Fault::Negative);
    }
    if *amount > Ratio::whole(LARGEST_PRICE) {
        return Err(Fault::OutOfRange);
    }
    Ok(())
}

pub(super) fn check_tiers(mode: PriceMode, tiers: &[Tier]) -> Result<(), Error> {
    if tiers.is_empty() {
        return Err(Error::at("/tiers", Fault::Required));
    }
    let mut end = Some(0_u64);
    for (index, tier) in tiers.iter().enumerate() {
        let at = |field: &str, fault| Err(Error::at(format!("/tiers/{index}{field}"), fault));
        let Some(previous) = end else {
            return at("", Fault::TierAfterLast { tier: index });
        };
        match tier.up_to {
            Some(up_to) if up_to <= previous => {
                return at("/up_to", Fault::TierOverlap { tier: index });
            }
            Some(up_to) if up_to >= MOST_SEATS => return at("/up_to", Fault::OutOfRange),
            Some(_) | None => end = tier.up_to,
        }
        for (field, amount) in [("/unit", &tier.unit), ("/flat", &tier.flat)] {
            if let Err(fault) = check_amount(amount) {
                return at(field, fault);
            }
        }
        match mode {
            PriceMode::Flat if !tier.unit.is_zero() => return at("/unit", Fault::NotInThisMode),
            PriceMode::PerSeat if index > 0 => return at("", Fault::NotInThisMode),
            PriceMode::Flat | PriceMode::PerSeat | PriceMode::Graduated | PriceMode::Volume | PriceMode::Package => {}
        }
    }
    Ok(())
}
