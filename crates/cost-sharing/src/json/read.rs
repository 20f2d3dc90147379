//! Reading requests. Every default of the documented shape is here and nowhere else.

mod members;
mod rule;
mod schedule;

use members::members;
use rule::rule;
use schedule::schedule;

use super::field::{Field, Object};
use super::{Cost, Game, PriceRequest, Sense, ShareRequest, Subsidy};
use crate::error::{Error, Fault};
use crate::member::Member;
use crate::price::{MOST_SEATS, PriceSchedule};
use crate::ratio::Ratio;
use crate::rounding::{Rounding, ShareRounding};
use crate::yen::{RoundingMode, Yen};
use serde::de::Error as _;
use serde_json::Value;
use std::str::FromStr;

/// Most members of an explicit game.
const MOST_PLAYERS: usize = 20;

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
            tax_rate: root.get("tax_rate").map_or(Ok(Ratio::zero()), |field| field.part())?,
            tax_rounding: root.get("tax_rounding").map_or(Ok(RoundingMode::Floor), |field| rounding_mode(&field))?,
            rounding: root.get("rounding").map_or(Ok(Rounding::default()), |field| rounding(&field, &members))?,
            change_cap: root.get("change_cap").map(|field| field.part()).transpose()?,
            subsidy: root.get("subsidy").map(|field| subsidy(&field)).transpose()?,
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
        let seats = seats.items()?.iter().map(quantity).collect::<Result<_, _>>()?;
        Ok(Self { price: schedule(&root.need("price")?)?, seats })
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
    serde_json::from_str(text)
        .map_err(|error| Error::at("", Fault::NotJson { line: error.line(), column: error.column() }))
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
    if seats > MOST_SEATS { Err(field.fault(Fault::OutOfRange)) } else { Ok(seats) }
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
        return Err(list.fault(Fault::TooManyMembers { limit: MOST_PLAYERS }));
    }
    let values: Vec<Ratio> = items.iter().map(Field::ratio).collect::<Result<_, _>>()?;
    if values.first().is_none_or(|value| !value.is_zero()) {
        return Err(Error::at(format!("{}/0", list.pointer), Fault::EmptyCoalition));
    }
    Ok(Game { sense, values })
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
        Some(id) if members.iter().any(|member| Some(member.id.as_str()) == id.text().ok()) => {
            Some(id.text()?.to_owned())
        }
        Some(id) => return Err(id.fault(Fault::UnknownMember)),
    };
    Ok(Rounding { mode, unit_yen, remainder_to })
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
