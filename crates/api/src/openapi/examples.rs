//! An example for every body, put together from the examples of the fields, so that nobody writes one by
//! hand and none can fall behind its schema. What is free in the schema (the calculators) brings its own.

use cost_sharing::json;
use serde_json::{Map, Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, RefOr};

/// The id that stands in examples: a UUIDv7 as the service writes them.
pub(super) const ID: &str = "0199b3f0-0000-7000-8000-000000000001";
/// Schemas inside each other; a schema that contains itself ends here.
const MAX_DEPTH: usize = 8;

/// Makes examples from the schemas of a document.
pub(super) struct Examples {
    schemas: Value,
}

impl Examples {
    /// For the schemas of this document.
    pub(super) fn of(document: &OpenApi) -> Self {
        Self { schemas: serde_json::to_value(&document.components).unwrap_or_default() }
    }

    /// Gives every body of an operation an example, unless it has one.
    pub(super) fn give(&self, operation: &mut Operation) {
        let (mut asked, mut answered) = calculation(operation.operation_id.as_deref()).unzip();
        let bodies = operation.request_body.iter_mut().filter_map(|body| match body {
            RefOr::T(body) => Some(body),
            RefOr::Ref(_) => None,
        });
        let answers = operation.responses.responses.values_mut().filter_map(|response| match response {
            RefOr::T(response) => Some(response),
            RefOr::Ref(_) => None,
        });
        for content in bodies.flat_map(|body| body.content.values_mut()) {
            self.fill(content, asked.take());
        }
        for content in answers.flat_map(|response| response.content.values_mut()) {
            self.fill(content, answered.take());
        }
    }

    fn fill(&self, content: &mut RefOr<Content>, given: Option<Value>) {
        if let RefOr::T(Content { schema: Some(schema), example: example @ None, .. }) = content {
            let made = || self.sample("", &serde_json::to_value(schema).unwrap_or_default(), 0);
            *example = Some(given.unwrap_or_else(made));
        }
    }

    fn sample(&self, name: &str, schema: &Value, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        let deeper = depth.saturating_add(1);
        if let Some(target) = text(schema, "$ref") {
            let pointer = target.trim_start_matches("#/components");
            return self.schemas.pointer(pointer).map_or(Value::Null, |schema| self.sample(name, schema, deeper));
        }
        let of_list = |word: &str| schema.get(word).and_then(Value::as_array);
        let given = schema.get("example").or_else(|| of_list("examples")?.first());
        if let Some(example) = given.or_else(|| schema.get("const")).or_else(|| of_list("enum")?.first()) {
            return example.clone();
        }
        if let Some(parts) = of_list("allOf") {
            let parts = parts.iter().filter_map(|part| self.sample(name, part, deeper).as_object().cloned());
            return Value::Object(parts.flatten().collect());
        }
        if let Some(choices) = of_list("oneOf").or_else(|| of_list("anyOf")) {
            let choice = choices.iter().find(|choice| text(choice, "type") != Some("null"));
            return choice.map_or(Value::Null, |choice| self.sample(name, choice, deeper));
        }
        match kind(schema) {
            "object" if schema.get("properties").is_none() => free(name),
            "object" => self.object(schema, deeper),
            "array" => schema.get("items").map_or(json!([]), |items| json!([self.sample(name, items, deeper)])),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
            "boolean" => json!(true),
            "null" => Value::Null,
            _ => json!(word(name, schema)),
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let fields = schema.get("properties").and_then(Value::as_object);
        let fields = fields.into_iter().flatten();
        Value::Object(
            fields.map(|(name, schema)| (name.clone(), self.sample(name, schema, depth))).collect::<Map<_, _>>(),
        )
    }
}

/// A field that one of the calculators reads.
fn free(name: &str) -> Value {
    match name {
        "schedule" => json!({"mode": "volume", "tiers": [
            {"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}]}),
        "tie_break" => json!({"by": "key"}),
        "rule" => json!({"kind": "mixture", "equal": "10", "population": "0", "seats": "90"}),
        "rounding" => Value::Null,
        _ => json!({}),
    }
}

/// What the schema leaves free: a case for a calculator, and what the calculator answers to it.
fn calculation(operation: Option<&str>) -> Option<(Value, Value)> {
    let case = match operation? {
        "simulate_allocation" => json!({"supply": 10, "rule": "webster", "claims": [
            {"id": "143618", "request": 7, "weight": 9300}, {"id": "143634", "request": 5, "weight": 10836}]}),
        "simulate_sharing" => json!({"total_yen": 300_000, "rule": {"kind": "per_seat"},
            "members": [{"id": "143618", "seats": 6}, {"id": "143634", "seats": 4}]}),
        "simulate_price" => json!({"seats": [290], "price": {"mode": "volume", "tiers": [
            {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}]}}),
        _ => return None,
    };
    let answer = match operation? {
        "simulate_allocation" => {
            let request = seat_allocator::json::parse(case.to_string().as_bytes()).ok()?;
            serde_json::to_value(seat_allocator::json::answer(&request).ok()?)
        }
        "simulate_sharing" => serde_json::to_value(json::share(&json::ShareRequest::from_value(&case).ok()?).ok()?),
        _ => serde_json::to_value(json::price(&json::PriceRequest::from_value(&case).ok()?).ok()?),
    };
    Some((case, answer.ok()?))
}

fn text<'a>(schema: &'a Value, name: &str) -> Option<&'a str> {
    schema.get(name).and_then(Value::as_str)
}

/// The type; of a field that may be null the other one.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

/// A text as it stands in such a field.
fn word(name: &str, schema: &Value) -> &'static str {
    match text(schema, "format") {
        Some("date") => "2026-05-20",
        Some("date-time") => "2026-05-20T09:00:00Z",
        Some("password") => "夜明けの海を渡る白い船の帆",
        _ if name == "id" || name.ends_with("_id") || name.ends_with("_ids") => ID,
        _ if name.ends_with("_hash") || name == "hash" => {
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        }
        _ if name.ends_with("_rate") => "0.10",
        _ => "架空の記入例",
    }
}
