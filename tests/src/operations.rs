//! The operations of the `OpenAPI` document, each with a request that can be read: required fields only,
//! examples first, ids taken from a world by the name of the field.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One operation.
#[derive(Clone)]
pub struct Operation {
    /// operationId.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// With places for ids.
    pub pattern: String,
    described: Value,
}

/// What bodies and queries need beyond their schema.
pub type Given = BTreeMap<&'static str, Value>;

/// Every operation, in the order of the document.
pub fn all() -> Vec<Operation> {
    let paths = document()["paths"].as_object().unwrap().clone();
    paths
        .into_iter()
        .flat_map(|(pattern, item)| {
            item.as_object().unwrap().clone().into_iter().map(move |(method, described)| Operation {
                id: described["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                pattern: pattern.clone(),
                described,
            })
        })
        .collect()
}

fn document() -> &'static Value {
    static DOCUMENT: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(api::openapi::document()).unwrap())
}

impl Operation {
    /// Whether its path names something.
    pub fn has_ids(&self) -> bool {
        self.pattern.contains('{')
    }

    /// Whether it may change something.
    pub fn writes(&self) -> bool {
        self.method != "GET"
    }

    /// Whether it asks for no credentials.
    pub fn is_open(&self) -> bool {
        self.described.get("security").is_some()
    }

    /// Whether it has a query parameter of this name.
    pub fn asks_for(&self, name: &str) -> bool {
        let parameters = self.described["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["in"] == "query" && one["name"] == name))
    }

    /// The names of the fields of its command, at every depth.
    pub fn fields(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        if let Some(schema) = self.described.pointer("/requestBody/content/application~1json/schema") {
            properties(schema, &mut names, 0);
        }
        names
    }

    /// Whether it has a header parameter of this name.
    pub fn takes_header(&self, name: &str) -> bool {
        let parameters = self.described["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["in"] == "header" && one["name"] == name))
    }

    /// Whether it may answer with this status.
    pub fn answers_with(&self, status: u16) -> bool {
        self.described["responses"].get(status.to_string()).is_some()
    }

    /// Whether its body is a file.
    pub fn takes_a_file(&self) -> bool {
        self.described.pointer("/requestBody/content/multipart~1form-data").is_some()
    }

    /// A body that can be read; null when it takes none.
    pub fn body(&self, ids: &BTreeMap<String, String>, given: &Given) -> Value {
        if let Some(body) = given.get(self.id.as_str()) {
            return body.clone();
        }
        match self.described.pointer("/requestBody/content/application~1json/schema") {
            Some(schema) => sample("", schema, ids),
            None => Value::Null,
        }
    }

    /// The query with the required parameters, beginning with `?`; empty when there are none.
    pub fn query(&self, ids: &BTreeMap<String, String>, given: &Given) -> String {
        let parameters = self.described["parameters"].as_array().cloned().unwrap_or_default();
        let required = parameters.iter().filter(|one| one["in"] == "query" && one["required"] == true);
        let pairs: Vec<String> = required
            .map(|one| {
                let name = one["name"].as_str().unwrap();
                let value = given.get(name).cloned().unwrap_or_else(|| sample(name, &one["schema"], ids));
                format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}

fn properties(schema: &Value, names: &mut BTreeSet<String>, depth: usize) {
    if depth > 8 {
        return;
    }
    if let Some(name) = schema["$ref"].as_str() {
        return properties(document().pointer(name.trim_start_matches('#')).unwrap(), names, depth + 1);
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        names.insert(name.clone());
        properties(inner, names, depth + 1);
    }
    properties_of_each(&schema["items"], names, depth);
    for word in ["oneOf", "anyOf", "allOf"] {
        schema[word].as_array().into_iter().flatten().for_each(|one| properties(one, names, depth + 1));
    }
}

fn properties_of_each(items: &Value, names: &mut BTreeSet<String>, depth: usize) {
    if items.is_object() {
        properties(items, names, depth + 1);
    }
}

/// A value that a schema takes.
fn sample(name: &str, schema: &Value, ids: &BTreeMap<String, String>) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        return sample("", document().pointer(name.trim_start_matches('#')).unwrap(), ids);
    }
    if let Some(id) = ids.get(name) {
        return json!(id);
    }
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(one) = schema["enum"].get(0) {
        return one.clone();
    }
    if let Some(choices) = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema[*word].as_array()) {
        return sample(name, choices.iter().find(|one| one["type"] != "null").unwrap(), ids);
    }
    let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    match types.first().and_then(Value::as_str).unwrap_or("object") {
        "object" => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let fields = required.iter().filter_map(Value::as_str);
            Value::Object(
                fields
                    .map(|field| (field.to_owned(), sample(field, &schema["properties"][field], ids)))
                    .collect::<Map<_, _>>(),
            )
        }
        "array" if schema["minItems"].as_i64() > Some(0) => json!([sample(name, &schema["items"], ids)]),
        "array" => json!([]),
        "integer" | "number" => json!(schema["minimum"].as_i64().unwrap_or(1)),
        "boolean" => json!(false),
        _ => match schema["format"].as_str() {
            Some("date") => json!("2026-05-20"),
            Some("date-time") => json!("2026-12-31T00:00:00Z"),
            _ => json!("架空の記入"),
        },
    }
}
