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
use std::collections::BTreeMap;
use std::fmt::Write;

impl ShareRequest {
    /// The request with every default written out, in the documented shape.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut fields = self.fields();
        let members = self.members.iter().map(|member| json!(CanonicalMember::from(member)));
        fields.insert("members".into(), members.collect());
        Value::Object(fields)
    }

    /// `sha256:` and the hash of the canonical form, whatever the order of fields and members.
    #[must_use]
    pub fn input_hash(&self) -> String {
        let mut members: Vec<&Member> = self.members.iter().collect();
        // An explicit game is tied to the order of its members.
        if !matches!(self.cost, Cost::Game(_)) {
            members.sort_by(|a, b| a.tie_order(b));
        }
        let mut fields = self.fields();
        if let (SharingRule::Incremental { order: None }, Some(rule)) = (&self.rule, fields.get_mut("rule")) {
            rule["order"] = self.members.iter().map(|member| member.id.as_str()).collect();
        }
        // The members, by far the most of it, are written straight from themselves.
        let mut canonical = Vec::new();
        let written = write_request(&mut canonical, fields, &members);
        debug_assert!(written.is_ok(), "memory takes any text");
        let digest = Sha256::digest(&canonical);
        digest.iter().fold("sha256:".to_owned(), |mut text, byte| {
            let written = write!(text, "{byte:02x}");
            debug_assert!(written.is_ok(), "a string takes any text");
            text
        })
    }

    /// All but the members.
    fn fields(&self) -> Map<String, Value> {
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
        map
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

/// A member with its fields in byte order, as the canonical form has them.
#[derive(Serialize)]
struct CanonicalMember<'a> {
    cap_yen: Option<i64>,
    floor_yen: Option<i64>,
    id: &'a str,
    last_year_yen: Option<i64>,
    months: u32,
    population: Option<u64>,
    seats: u64,
    stand_alone_yen: Option<i64>,
    tie_key: &'a str,
    weights: BTreeMap<&'a str, String>,
}

impl<'a> From<&'a Member> for CanonicalMember<'a> {
    fn from(member: &'a Member) -> Self {
        Self {
            cap_yen: member.cap_yen,
            floor_yen: member.floor_yen,
            id: &member.id,
            last_year_yen: member.last_year_yen,
            months: member.months,
            population: member.population,
            seats: member.seats,
            stand_alone_yen: member.stand_alone_yen,
            tie_key: member.key(),
            weights: member.weights.iter().map(|(name, weight)| (name.as_str(), weight.to_decimal())).collect(),
        }
    }
}

/// `{"request":{…},"rule_version":"…"}` with the fields of every object in byte order.
fn write_request(out: &mut Vec<u8>, mut fields: Map<String, Value>, members: &[&Member]) -> serde_json::Result<()> {
    let members: Vec<CanonicalMember<'_>> = members.iter().map(|member| CanonicalMember::from(*member)).collect();
    fields.insert("members".into(), Value::Null);
    let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
    fields.sort_by(|one, other| one.0.cmp(&other.0));
    out.extend_from_slice(b"{\"request\":");
    for (at, (name, value)) in fields.iter().enumerate() {
        out.push(if at == 0 { b'{' } else { b',' });
        serde_json::to_writer(&mut *out, name)?;
        out.push(b':');
        if name == "members" {
            serde_json::to_writer(&mut *out, &members)?;
        } else {
            serde_json::to_writer(&mut *out, &sorted(value))?;
        }
    }
    out.extend_from_slice(b"},\"rule_version\":");
    serde_json::to_writer(&mut *out, RULE_VERSION)?;
    out.push(b'}');
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The form as one value, sorted as a whole: what is written piece by piece must be the same bytes.
    #[test]
    fn the_canonical_form_is_the_sorted_value_with_its_members_in_tie_order() {
        for text in [
            r#"{"members":[{"id":"10","seats":3,"weights":{"z":"0.5","a":2}},{"id":"2","seats":1,"population":9,"floor_yen":1,"tie_key":"a\"\n町"}],
                "rule":{"kind":"incremental"},"total_yen":100}"#,
            r#"{"members":[{"id":"2","seats":3},{"id":"1","seats":1,"months":6,"cap_yen":50,"last_year_yen":40}],
                "rule":{"kind":"mixture","seats":80,"equal":20},"total_yen":100,"rounding":{"mode":"floor","remainder_to":"2"},
                "change_cap":"0.05","subsidy":{"rate":"1/2","cut_unit_yen":1000,"cap_yen":7000}}"#,
            r#"{"members":[{"id":"b","seats":0},{"id":"a","seats":0}],"rule":{"kind":"shapley"},
                "game":{"sense":"gain","values":[0,0,0,1]}}"#,
        ] {
            let mut request: ShareRequest = text.parse().unwrap();
            let mut written = Vec::new();
            let mut members: Vec<&Member> = request.members.iter().collect();
            members.sort_by(|a, b| a.tie_order(b));
            write_request(&mut written, request.fields(), &members).unwrap();
            let hash = request.input_hash();
            let listed: Vec<String> = request.members.iter().map(|member| member.id.clone()).collect();
            if !matches!(request.cost, Cost::Game(_)) {
                request.members.sort_by(Member::tie_order);
            }
            let whole = sorted(&json!({"rule_version": RULE_VERSION, "request": request.to_value()}));
            if matches!(request.cost, Cost::Total(_)) {
                assert_eq!(String::from_utf8(written).unwrap(), whole.to_string());
            }
            // An order that is not given is the order in which the members are listed, and counts.
            if let SharingRule::Incremental { order } = &mut request.rule {
                *order = Some(listed);
            }
            let whole = sorted(&json!({"rule_version": RULE_VERSION, "request": request.to_value()}));
            let digest = Sha256::digest(whole.to_string().as_bytes());
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, format!("sha256:{hex}"));
        }
    }
}
