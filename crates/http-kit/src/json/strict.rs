//! Text → value, refusing what serde_json lets pass: duplicate keys, great depth, long arrays.

use super::fault::token;
use app::{FieldCode, FieldError};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// Objects and arrays inside each other.
pub const MAX_DEPTH: usize = 32;
/// Elements of one array.
pub const MAX_ELEMENTS: usize = 1_000;

/// Why a text was refused.
pub(super) enum Refused {
    /// Not JSON.
    Syntax { line: usize, column: usize },
    /// JSON, but outside the limits.
    Field(FieldError),
}

pub(super) fn parse(text: &[u8]) -> Result<Value, Refused> {
    let fault = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Strict { depth: 0, pointer: String::new(), fault: &fault }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| match fault.take() {
        Some(error) => Refused::Field(error),
        None => Refused::Syntax { line: error.line(), column: error.column() },
    })
}

struct Strict<'a> {
    depth: usize,
    pointer: String,
    fault: &'a RefCell<Option<FieldError>>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(&self, pointer: String, code: FieldCode) -> E {
        self.fault.replace(Some(FieldError { pointer, code }));
        E::custom("refused")
    }

    fn enter<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.depth < MAX_DEPTH {
            return Ok(());
        }
        let sentence = "入れ子が深すぎます。32段以内にしてください。";
        Err(self.refuse(self.pointer.clone(), FieldCode::Refused { sentence }))
    }

    fn child(&self, name: &str) -> Self {
        let pointer = format!("{}/{}", self.pointer, token(name));
        Self { depth: self.depth.saturating_add(1), pointer, fault: self.fault }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(self.child(&array.len().to_string()))? {
            array.push(element);
            if array.len() > MAX_ELEMENTS {
                return Err(self.refuse(self.pointer.clone(), FieldCode::TooMany { max: MAX_ELEMENTS }));
            }
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let child = self.child(&name);
            if object.contains_key(&name) {
                return Err(self.refuse(child.pointer, FieldCode::Duplicate));
            }
            object.insert(name, entries.next_value_seed(child)?);
        }
        Ok(Value::Object(object))
    }
}
