//! Reading price schedules: tiers by their last quantity, or by their first one as a check.

use crate::error::{Error, Fault};
use crate::json::field::Field;
use crate::price::{PriceMode, PriceSchedule, Tier};
use crate::ratio::Ratio;

pub(super) fn schedule(field: &Field<'_>) -> Result<PriceSchedule, Error> {
    let object = field.object(&["mode", "tiers", "fixed_fee", "minimum_commitment", "buy_up", "pack_size"])?;
    let mode = object.need("mode")?;
    let mode = match mode.text()? {
        "flat" => PriceMode::Flat,
        "per_seat" => PriceMode::PerSeat,
        "graduated" => PriceMode::Graduated,
        "volume" => PriceMode::Volume,
        "package" => PriceMode::Package,
        _ => return Err(mode.fault(Fault::UnknownValue)),
    };
    let fee = object.get("fixed_fee");
    let mut tiers = match object.get("tiers") {
        None if mode == PriceMode::Flat && fee.is_some() => Vec::new(),
        None => return Err(object.missing("tiers")),
        Some(list) => tiers(&list)?,
    };
    // A flat fee may be given as the fixed fee alone.
    if tiers.is_empty() && mode == PriceMode::Flat && fee.is_some() {
        tiers.push(Tier::flat(None, Ratio::zero()));
    }
    // One package with an end and nothing after it is bought as often as needed.
    let mut pack = object.get("pack_size").map(|pack| pack.count()).transpose()?;
    if let (PriceMode::Package, None, [Tier { up_to: Some(size), unit, flat }]) = (mode, pack, tiers.as_slice())
        && unit.is_zero()
    {
        pack = Some(*size);
        tiers = vec![Tier::unit(None, flat.clone())];
    }
    let within = |error: Error| error.under(&field.pointer);
    let mut schedule = PriceSchedule::new(mode, tiers).map_err(within)?;
    if let Some(fee) = fee {
        schedule = schedule.with_fixed_fee(fee.ratio()?).map_err(within)?;
    }
    if let Some(minimum) = object.get("minimum_commitment") {
        schedule = schedule.with_minimum_commitment(minimum.ratio()?).map_err(within)?;
    }
    if let Some(pack) = pack {
        schedule = schedule.with_pack_size(pack).map_err(within)?;
    }
    Ok(schedule.with_buy_up(object.get("buy_up").map_or(Ok(true), |flag| flag.flag())?))
}

fn tiers(list: &Field<'_>) -> Result<Vec<Tier>, Error> {
    let mut tiers = Vec::new();
    let mut next = Some(1_u64);
    for (index, field) in list.items()?.iter().enumerate() {
        let object = field.object(&["from", "up_to", "unit", "flat"])?;
        if let Some(from) = object.get("from") {
            let first = from.count()?;
            match next {
                Some(expected) if first < expected => {
                    return Err(from.fault(Fault::TierOverlap { tier: index }));
                }
                Some(expected) if first > expected => {
                    return Err(from.fault(Fault::TierGap { tier: index }));
                }
                Some(_) | None => {}
            }
        }
        let up_to = object.get("up_to").map(|field| field.count()).transpose()?;
        let amount = |key: &str| object.get(key).map(|field| field.ratio()).transpose();
        let (unit, flat) = (amount("unit")?, amount("flat")?);
        if unit.is_none() && flat.is_none() {
            return Err(object.missing("unit"));
        }
        next = up_to.and_then(|up_to| up_to.checked_add(1));
        let or_zero = |amount: Option<Ratio>| amount.unwrap_or_else(Ratio::zero);
        tiers.push(Tier { up_to, unit: or_zero(unit), flat: or_zero(flat) });
    }
    Ok(tiers)
}
