//! Reading requests. Every default of the documented shape is here and nowhere else.

use super::field::{Field, Object};
use super::{Cost, Game, PriceRequest, Sense, ShareRequest, Subsidy};
use crate::error::{Error, Fault};
use crate::member::{FULL_PERIOD, Member};
use crate::price::{MOST_SEATS, PriceMode, PriceSchedule, Tier};
use crate::ratio::Ratio;
use crate::rounding::{Rounding, ShareRounding};
use crate::rule::{Key, SharingRule};
use crate::yen::{RoundingMode, Yen};
use serde::de::Error as _;
use serde_json::Value;
use std::collections::BTreeSet;
use std::str::FromStr;

/// Most members of one case.
pub(crate) const MOST_MEMBERS: usize = 10_000;

/// Most members of an explicit game.
pub(crate) const MOST_PLAYERS: usize = 20;

impl ShareRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// The first fault, naming its field.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let root = Field::root(value).object(&[
            "price",
            "total_yen",
            "game",
            "tax_rate",
            "tax_rounding",
            "members",
            "rule",
            "rounding",
            "change_cap",
            "subsidy",
        ])?;
        let cost = cost(&root)?;
        let members = members(&root, &cost)?;
        let rule = rule(&root.need("rule")?, &members)?;
        Ok(Self {
            tax_rate: root
                .get("tax_rate")
                .map_or(Ok(Ratio::zero()), |field| field.part())?,
            tax_rounding: root
                .get("tax_rounding")
                .map_or(Ok(RoundingMode::Floor), |field| rounding_mode(&field))?,
            rounding: root
                .get("rounding")
                .map_or(Ok(Rounding::default()), |field| rounding(&field, &members))?,
            change_cap: root
                .get("change_cap")
                .map(|field| field.part())
                .transpose()?,
            subsidy: root
                .get("subsidy")
                .map(|field| subsidy(&field))
                .transpose()?,
            cost,
            members,
            rule,
        })
    }
}

impl PriceRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// The first fault, naming its field.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let root = Field::root(value).object(&["price", "seats"])?;
        let seats = root.need("seats")?;
        let seats = seats
            .items()?
            .iter()
            .map(quantity)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            price: schedule(&root.need("price")?)?,
            seats,
        })
    }
}

impl PriceSchedule {
    /// Reads a schedule in the documented shape.
    ///
    /// # Errors
    /// The first fault, naming its field.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        schedule(&Field::root(value))
    }
}

fn parse(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|error| {
        Error::at(
            "",
            Fault::NotJson {
                line: error.line(),
                column: error.column(),
            },
        )
    })
}

impl FromStr for ShareRequest {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_value(&parse(text)?)
    }
}

impl FromStr for PriceRequest {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_value(&parse(text)?)
    }
}

impl<'de> serde::Deserialize<'de> for ShareRequest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> serde::Deserialize<'de> for PriceRequest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> serde::Deserialize<'de> for PriceSchedule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn quantity(field: &Field<'_>) -> Result<u64, Error> {
    let seats = field.count()?;
    if seats > MOST_SEATS {
        Err(field.fault(Fault::OutOfRange))
    } else {
        Ok(seats)
    }
}

fn cost(root: &Object<'_>) -> Result<Cost, Error> {
    const FIELDS: &[&str] = &["price", "total_yen", "game"];
    match (root.get("price"), root.get("total_yen"), root.get("game")) {
        (Some(price), None, None) => schedule(&price).map(Cost::Price),
        (None, Some(total), None) => total.yen().map(|yen| Cost::Total(Yen(yen))),
        (None, None, Some(values)) => game(&values).map(Cost::Game),
        _ => Err(root.fault(Fault::OneOf { fields: FIELDS })),
    }
}

fn schedule(field: &Field<'_>) -> Result<PriceSchedule, Error> {
    let object = field.object(&[
        "mode",
        "tiers",
        "fixed_fee",
        "minimum_commitment",
        "buy_up",
        "pack_size",
    ])?;
    let mode = object.need("mode")?;
    let mode = match mode.text()? {
        "flat" => PriceMode::Flat,
        "per_seat" => PriceMode::PerSeat,
        "graduated" => PriceMode::Graduated,
        "volume" => PriceMode::Volume,
        "package" => PriceMode::Package,
        _ => return Err(mode.fault(Fault::UnknownValue)),
    };
    let tiers = match object.get("tiers") {
        // A flat fee may be given as the fixed fee alone.
        None if mode == PriceMode::Flat && object.get("fixed_fee").is_some() => {
            vec![Tier::flat(None, Ratio::zero())]
        }
        None => {
            return Err(object
                .need("tiers")
                .err()
                .unwrap_or_else(|| object.fault(Fault::Required)));
        }
        Some(list) => tiers(&list)?,
    };
    let within = |error: Error| error.under(&field.pointer);
    let mut schedule = PriceSchedule::new(mode, tiers).map_err(within)?;
    if let Some(fee) = object.get("fixed_fee") {
        schedule = schedule.with_fixed_fee(fee.ratio()?).map_err(within)?;
    }
    if let Some(minimum) = object.get("minimum_commitment") {
        schedule = schedule
            .with_minimum_commitment(minimum.ratio()?)
            .map_err(within)?;
    }
    if let Some(pack) = object.get("pack_size") {
        schedule = schedule.with_pack_size(pack.count()?).map_err(within)?;
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
            return Err(object
                .need("unit")
                .err()
                .unwrap_or_else(|| field.fault(Fault::Required)));
        }
        next = up_to.and_then(|up_to| up_to.checked_add(1));
        let or_zero = |amount: Option<Ratio>| amount.unwrap_or_else(Ratio::zero);
        tiers.push(Tier {
            up_to,
            unit: or_zero(unit),
            flat: or_zero(flat),
        });
    }
    Ok(tiers)
}

fn game(field: &Field<'_>) -> Result<Game, Error> {
    let object = field.object(&["sense", "values"])?;
    let sense = object.need("sense")?;
    let sense = match sense.text()? {
        "cost" => Sense::Cost,
        "gain" => Sense::Gain,
        _ => return Err(sense.fault(Fault::UnknownValue)),
    };
    let list = object.need("values")?;
    let items = list.items()?;
    let found = items.len();
    if found < 2 || !found.is_power_of_two() {
        return Err(list.fault(Fault::GameLength { found }));
    }
    if found.ilog2() > 20 {
        return Err(list.fault(Fault::TooManyMembers {
            limit: MOST_PLAYERS,
        }));
    }
    let values: Vec<Ratio> = items.iter().map(Field::ratio).collect::<Result<_, _>>()?;
    if values.first().is_none_or(|value| !value.is_zero()) {
        return Err(Error::at(
            format!("{}/0", list.pointer),
            Fault::EmptyCoalition,
        ));
    }
    Ok(Game { sense, values })
}

fn members(root: &Object<'_>, cost: &Cost) -> Result<Vec<Member>, Error> {
    let players = match cost {
        Cost::Game(game) => usize::try_from(game.values.len().ilog2()).ok(),
        Cost::Price(_) | Cost::Total(_) => None,
    };
    let list = match (root.get("members"), players) {
        (Some(list), _) => list,
        (None, Some(players)) => {
            return Ok((0..players)
                .map(|player| Member::new(player.to_string(), 0))
                .collect());
        }
        (None, None) => root.need("members")?,
    };
    let items = list.items()?;
    if items.is_empty() {
        return Err(list.fault(Fault::Required));
    }
    if items.len() > MOST_MEMBERS {
        return Err(list.fault(Fault::TooManyMembers {
            limit: MOST_MEMBERS,
        }));
    }
    if let (Some(players), Cost::Game(game)) = (players, cost)
        && players != items.len()
    {
        return Err(Error::at(
            "/game/values",
            Fault::GameLength {
                found: game.values.len(),
            },
        ));
    }
    let needs_seats = matches!(cost, Cost::Price(_));
    let members: Vec<Member> = items
        .iter()
        .map(|item| member(item, needs_seats))
        .collect::<Result<_, _>>()?;
    let mut seen = BTreeSet::new();
    for (index, member) in members.iter().enumerate() {
        if !seen.insert(member.id.as_str()) {
            return Err(Error::at(format!("/members/{index}/id"), Fault::Duplicate));
        }
    }
    Ok(members)
}

fn member(field: &Field<'_>, needs_seats: bool) -> Result<Member, Error> {
    let object = field.object(&[
        "id",
        "seats",
        "population",
        "weights",
        "months",
        "floor_yen",
        "cap_yen",
        "last_year_yen",
        "stand_alone_yen",
        "tie_key",
    ])?;
    let seats = match object.get("seats") {
        Some(seats) => quantity(&seats)?,
        None if needs_seats => {
            return Err(object
                .need("seats")
                .err()
                .unwrap_or_else(|| field.fault(Fault::Required)));
        }
        None => 0,
    };
    let id = object.need("id")?;
    let mut member = Member::new(id.text()?, seats);
    if member.id.is_empty() {
        return Err(id.fault(Fault::Required));
    }
    member.population = object
        .get("population")
        .map(|field| field.count())
        .transpose()?;
    if let Some(weights) = object.get("weights") {
        let weights = weights.open_object()?;
        for key in weights.keys() {
            if let Some(weight) = weights.get(key) {
                member.weights.insert(key.to_owned(), weight.nonnegative()?);
            }
        }
    }
    if let Some(months) = object.get("months") {
        member.months = match u32::try_from(months.count()?) {
            Ok(count) if count <= FULL_PERIOD => count,
            Ok(_) | Err(_) => return Err(months.fault(Fault::OutOfRange)),
        };
    }
    let yen = |key: &str| object.get(key).map(|field| field.yen()).transpose();
    member.floor_yen = yen("floor_yen")?;
    member.cap_yen = yen("cap_yen")?;
    member.last_year_yen = yen("last_year_yen")?;
    member.stand_alone_yen = yen("stand_alone_yen")?;
    member.tie_key = object
        .get("tie_key")
        .map(|field| field.text().map(str::to_owned))
        .transpose()?;
    Ok(member)
}

fn rule(field: &Field<'_>, members: &[Member]) -> Result<SharingRule, Error> {
    let open = field.open_object()?;
    let kind = open.need("kind")?;
    let only = |allowed: &[&str]| field.object(allowed);
    let plain = |rule: SharingRule| only(&["kind"]).map(|_| rule);
    let key = |object: &Object<'_>, name: &str, default: Key| {
        object
            .get(name)
            .map_or(Ok(default), |field| field.text().map(Key::named))
    };
    match kind.text()? {
        "equal" => plain(SharingRule::Equal),
        "per_seat" => plain(SharingRule::PerSeat),
        "weighted" => {
            let object = only(&["kind", "by"])?;
            Ok(SharingRule::Weighted {
                by: Key::named(object.need("by")?.text()?),
            })
        }
        "mixture" => mixture(&open, members),
        "two_part" => {
            let object = only(&["kind", "fixed_yen", "fixed_by", "rest_by"])?;
            Ok(SharingRule::TwoPart {
                fixed_yen: object
                    .get("fixed_yen")
                    .map(|field| field.yen())
                    .transpose()?,
                fixed_by: key(&object, "fixed_by", Key::Equal)?,
                rest_by: key(&object, "rest_by", Key::Seats)?,
            })
        }
        "stand_alone_proportional" => plain(SharingRule::StandAloneProportional),
        "equal_saving" => plain(SharingRule::EqualSaving),
        "ensc" => plain(SharingRule::Ensc),
        "scrb" => plain(SharingRule::Scrb),
        "serial" => plain(SharingRule::Serial),
        "incremental" => {
            let order = only(&["kind", "order"])?
                .get("order")
                .map(|list| join_order(&list, members))
                .transpose()?;
            Ok(SharingRule::Incremental { order })
        }
        "shapley" => plain(SharingRule::Shapley),
        "nucleolus" => plain(SharingRule::Nucleolus),
        "prenucleolus" => plain(SharingRule::Prenucleolus),
        "per_capita_nucleolus" => plain(SharingRule::PerCapitaNucleolus),
        "aumann_shapley" => plain(SharingRule::AumannShapley),
        _ => Err(kind.fault(Fault::UnknownValue)),
    }
}

/// Every field but `kind` is a key with its part; a name that no member weighs is an unknown field.
fn mixture(object: &Object<'_>, members: &[Member]) -> Result<SharingRule, Error> {
    let mut parts = Vec::new();
    for name in object.keys().filter(|name| *name != "kind") {
        let key = Key::named(name);
        if matches!(key, Key::Weight(_))
            && !members
                .iter()
                .any(|member| member.weights.contains_key(name))
        {
            return Err(object.unknown(name));
        }
        if let Some(part) = object.get(name) {
            parts.push((key, part.nonnegative()?));
        }
    }
    parts.sort();
    let sum: Ratio = parts.iter().map(|(_, part)| part).sum();
    if ![1_i64, 100, 1000]
        .into_iter()
        .any(|whole| sum == Ratio::whole(whole))
    {
        return Err(object.fault(Fault::MixtureNotWhole { sum }));
    }
    Ok(SharingRule::Mixture { parts })
}

fn join_order(list: &Field<'_>, members: &[Member]) -> Result<Vec<String>, Error> {
    let mut left: BTreeSet<&str> = members.iter().map(|member| member.id.as_str()).collect();
    let mut order = Vec::with_capacity(members.len());
    for item in list.items()? {
        let id = item.text()?;
        if !left.remove(id) {
            let known = members.iter().any(|member| member.id == id);
            return Err(item.fault(if known {
                Fault::Duplicate
            } else {
                Fault::UnknownMember
            }));
        }
        order.push(id.to_owned());
    }
    if left.is_empty() {
        Ok(order)
    } else {
        Err(list.fault(Fault::Required))
    }
}

fn rounding_mode(field: &Field<'_>) -> Result<RoundingMode, Error> {
    match field.text()? {
        "floor" | "cut" => Ok(RoundingMode::Floor),
        "ceil" | "raise" => Ok(RoundingMode::Ceil),
        "half_up" => Ok(RoundingMode::HalfUp),
        _ => Err(field.fault(Fault::UnknownValue)),
    }
}

fn rounding(field: &Field<'_>, members: &[Member]) -> Result<Rounding, Error> {
    let object = field.object(&["mode", "unit_yen", "remainder_to"])?;
    let mode = match object.get("mode") {
        None => ShareRounding::LargestRemainder,
        Some(mode) if mode.text()? == "largest_remainder" => ShareRounding::LargestRemainder,
        Some(mode) => ShareRounding::Each(rounding_mode(&mode)?),
    };
    let unit_yen = match object.get("unit_yen") {
        None => 1,
        Some(unit) => match unit.yen()? {
            0 => return Err(unit.fault(Fault::NotPositive)),
            yen => yen,
        },
    };
    let remainder_to = match object.get("remainder_to") {
        None => None,
        Some(id)
            if members
                .iter()
                .any(|member| Some(member.id.as_str()) == id.text().ok()) =>
        {
            Some(id.text()?.to_owned())
        }
        Some(id) => return Err(id.fault(Fault::UnknownMember)),
    };
    Ok(Rounding {
        mode,
        unit_yen,
        remainder_to,
    })
}

fn subsidy(field: &Field<'_>) -> Result<Subsidy, Error> {
    let object = field.object(&["rate", "cap_yen", "cut_unit_yen"])?;
    let cut_unit_yen = match object.get("cut_unit_yen") {
        None => 1,
        Some(unit) => match unit.yen()? {
            0 => return Err(unit.fault(Fault::NotPositive)),
            yen => yen,
        },
    };
    Ok(Subsidy {
        rate: object.need("rate")?.part()?,
        cap_yen: object.get("cap_yen").map(|field| field.yen()).transpose()?,
        cut_unit_yen,
    })
}
