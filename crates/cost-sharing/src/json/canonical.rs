//! The canonical form of a request and its hash: fields sorted, defaults written out, decimals reduced, members in tie
//! order. Guards the promise that a frozen case can be recognised years later.

use super::{Cost, Sense, ShareRequest};
use crate::member::Member;
use crate::price::PriceSchedule;
use crate::rounding::ShareRounding;
use crate::rule::{RULE_VERSION, SharingRule};
use crate::yen::RoundingMode;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

impl ShareRequest {
    /// The request with every default written out, in the documented shape.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.value_of(self.members.iter().collect())
    }

    /// `sha256:` and the hash of the canonical form, whatever the order of fields and members.
    #[must_use]
    pub fn input_hash(&self) -> String {
        let mut members: Vec<&Member> = self.members.iter().collect();
        // An explicit game is tied to the order of its members.
        if !matches!(self.cost, Cost::Game(_)) {
            members.sort_by(|a, b| a.tie_order(b));
        }
        let mut request = self.clone();
        if let SharingRule::Incremental { order } = &mut request.rule {
            let listed = || self.members.iter().map(|member| member.id.clone()).collect();
            *order = Some(order.take().unwrap_or_else(listed));
        }
        let canonical = sorted(&json!({"rule_version": RULE_VERSION, "request": request.value_of(members)}));
        let digest = Sha256::digest(canonical.to_string().as_bytes());
        digest.iter().fold("sha256:".to_owned(), |mut text, byte| {
            let written = write!(text, "{byte:02x}");
            debug_assert!(written.is_ok(), "a string takes any text");
            text
        })
    }

    fn value_of(&self, members: Vec<&Member>) -> Value {
        let mut map = Map::new();
        match &self.cost {
            Cost::Price(schedule) => map.insert("price".into(), schedule.to_value()),
            Cost::Total(yen) => map.insert("total_yen".into(), json!(yen.0)),
            Cost::Game(game) => {
                let sense = match game.sense {
                    Sense::Cost => "cost",
                    Sense::Gain => "gain",
                };
                map.insert("game".into(), json!({"sense": sense, "values": game.values}))
            }
        };
        map.insert("tax_rate".into(), json!(self.tax_rate.to_decimal()));
        map.insert("tax_rounding".into(), json!(mode_name(self.tax_rounding)));
        map.insert("members".into(), members.into_iter().map(member_value).collect());
        map.insert("rule".into(), rule_value(&self.rule));
        let mode = match self.rounding.mode {
            ShareRounding::LargestRemainder => "largest_remainder",
            ShareRounding::Each(mode) => mode_name(mode),
        };
        let mut rounding = json!({"mode": mode, "unit_yen": self.rounding.unit_yen});
        if let (Some(id), Some(rounding)) = (&self.rounding.remainder_to, rounding.as_object_mut()) {
            rounding.insert("remainder_to".into(), json!(id));
        }
        map.insert("rounding".into(), rounding);
        if let Some(cap) = &self.change_cap {
            map.insert("change_cap".into(), json!(cap.to_decimal()));
        }
        if let Some(subsidy) = &self.subsidy {
            let mut value = json!({"rate": subsidy.rate.to_decimal(), "cut_unit_yen": subsidy.cut_unit_yen});
            if let (Some(cap), Some(value)) = (subsidy.cap_yen, value.as_object_mut()) {
                value.insert("cap_yen".into(), json!(cap));
            }
            map.insert("subsidy".into(), value);
        }
        Value::Object(map)
    }
}

impl Serialize for ShareRequest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl Serialize for SharingRule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        rule_value(self).serialize(serializer)
    }
}

impl PriceSchedule {
    /// The schedule in the documented shape, defaults written out.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let tier = |tier: &crate::price::Tier| json!({"up_to": tier.up_to, "unit": tier.unit.to_decimal(), "flat": tier.flat.to_decimal()});
        json!({
            "mode": self.mode(),
            "tiers": self.tiers().iter().map(tier).collect::<Vec<_>>(),
            "fixed_fee": self.fixed_fee().to_decimal(),
            "minimum_commitment": self.minimum_commitment().to_decimal(),
            "buy_up": self.buy_up(),
            "pack_size": self.pack_size(),
        })
    }
}

impl Serialize for PriceSchedule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

fn mode_name(mode: RoundingMode) -> &'static str {
    match mode {
        RoundingMode::Floor => "floor",
        RoundingMode::Ceil => "ceil",
        RoundingMode::HalfUp => "half_up",
    }
}

fn member_value(member: &Member) -> Value {
    let weights: Map<String, Value> =
        member.weights.iter().map(|(name, weight)| (name.clone(), json!(weight.to_decimal()))).collect();
    json!({
        "id": member.id, "seats": member.seats, "population": member.population, "weights": weights,
        "months": member.months, "floor_yen": member.floor_yen, "cap_yen": member.cap_yen,
        "last_year_yen": member.last_year_yen, "stand_alone_yen": member.stand_alone_yen, "tie_key": member.key(),
    })
}

fn rule_value(rule: &SharingRule) -> Value {
    let mut map = Map::new();
    map.insert("kind".into(), json!(rule.kind()));
    match rule {
        SharingRule::Weighted { by } => {
            map.insert("by".into(), json!(by.name()));
        }
        SharingRule::Mixture { parts } => {
            map.extend(parts.iter().map(|(key, part)| (key.name().to_owned(), json!(part.to_decimal()))));
        }
        SharingRule::TwoPart { fixed_yen, fixed_by, rest_by } => {
            map.insert("fixed_yen".into(), json!(fixed_yen));
            map.insert("fixed_by".into(), json!(fixed_by.name()));
            map.insert("rest_by".into(), json!(rest_by.name()));
        }
        SharingRule::Incremental { order } => {
            map.insert("order".into(), json!(order));
        }
        SharingRule::Equal
        | SharingRule::PerSeat
        | SharingRule::StandAloneProportional
        | SharingRule::EqualSaving
        | SharingRule::Ensc
        | SharingRule::Scrb
        | SharingRule::Serial
        | SharingRule::Shapley
        | SharingRule::Nucleolus
        | SharingRule::Prenucleolus
        | SharingRule::PerCapitaNucleolus
        | SharingRule::AumannShapley => {}
    }
    Value::Object(map)
}

/// The same value with the fields of every object in byte order, however the JSON library keeps them.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by_key(|(key, _)| key.as_str());
            Value::Object(fields.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
