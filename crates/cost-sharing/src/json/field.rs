//! One JSON value together with its pointer: the reader that names the field in every fault.
//! A null counts as absent.

use crate::error::{Error, Fault};
use crate::ratio::Ratio;
use serde_json::{Map, Value};

/// A value and where it stands.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    pub(crate) pointer: String,
    value: &'a Value,
}

/// An object and where it stands.
pub(crate) struct Object<'a> {
    pointer: String,
    map: &'a Map<String, Value>,
}

impl<'a> Field<'a> {
    pub(crate) fn root(value: &'a Value) -> Self {
        Self { pointer: String::new(), value }
    }

    pub(crate) fn fault(&self, fault: Fault) -> Error {
        Error::at(&self.pointer, fault)
    }

    fn wrong(&self, expected: &'static str) -> Error {
        self.fault(Fault::WrongType { expected })
    }

    /// The object, which may have only these fields.
    pub(crate) fn object(&self, allowed: &[&str]) -> Result<Object<'a>, Error> {
        let object = self.open_object()?;
        let unknown = object.map.keys().find(|key| !allowed.contains(&key.as_str()));
        match unknown {
            Some(key) => Err(Error::at(child(&self.pointer, key), Fault::UnknownField)),
            None => Ok(object),
        }
    }

    /// The object, whatever its fields.
    pub(crate) fn open_object(&self) -> Result<Object<'a>, Error> {
        let map = self.value.as_object().ok_or_else(|| self.wrong("object"))?;
        Ok(Object { pointer: self.pointer.clone(), map })
    }

    pub(crate) fn items(&self) -> Result<Vec<Field<'a>>, Error> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("array"))?;
        let field = |(index, value)| Field { pointer: format!("{}/{index}", self.pointer), value };
        Ok(items.iter().enumerate().map(field).collect())
    }

    pub(crate) fn text(&self) -> Result<&'a str, Error> {
        self.value.as_str().ok_or_else(|| self.wrong("string"))
    }

    pub(crate) fn flag(&self) -> Result<bool, Error> {
        self.value.as_bool().ok_or_else(|| self.wrong("boolean"))
    }

    pub(crate) fn count(&self) -> Result<u64, Error> {
        match self.value.as_u64() {
            Some(count) => Ok(count),
            None if self.value.as_i64().is_some() => Err(self.fault(Fault::Negative)),
            None => Err(self.wrong("whole number")),
        }
    }

    /// Whole yen, not negative, within the range of bills.
    pub(crate) fn yen(&self) -> Result<i64, Error> {
        let yen = self.value.as_i64().ok_or_else(|| self.wrong("whole yen"))?;
        if yen < 0 {
            return Err(self.fault(Fault::Negative));
        }
        if yen > crate::yen::LARGEST {
            return Err(self.fault(Fault::OutOfRange));
        }
        Ok(yen)
    }

    /// A ratio: a string, or a JSON number as it is written (a decimal only as far as doubles keep its digits).
    pub(crate) fn ratio(&self) -> Result<Ratio, Error> {
        let text = match self.value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return Err(self.wrong("decimal string"));
            }
        };
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if self.value.is_f64() && digits > 15 {
            return Err(self.fault(Fault::NotANumber));
        }
        text.parse().map_err(|_error| self.fault(Fault::NotANumber))
    }

    pub(crate) fn nonnegative(&self) -> Result<Ratio, Error> {
        let ratio = self.ratio()?;
        if ratio.is_negative() { Err(self.fault(Fault::Negative)) } else { Ok(ratio) }
    }

    /// A part from 0 to 1.
    pub(crate) fn part(&self) -> Result<Ratio, Error> {
        let ratio = self.nonnegative()?;
        if ratio > Ratio::one() { Err(self.fault(Fault::OutOfRange)) } else { Ok(ratio) }
    }
}

impl<'a> Object<'a> {
    /// The field, unless absent or null.
    pub(crate) fn get(&self, key: &str) -> Option<Field<'a>> {
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        Some(Field { pointer: child(&self.pointer, key), value })
    }

    pub(crate) fn need(&self, key: &str) -> Result<Field<'a>, Error> {
        self.get(key).ok_or_else(|| self.missing(key))
    }

    /// The fault of a field that must be given.
    pub(crate) fn missing(&self, key: &str) -> Error {
        Error::at(child(&self.pointer, key), Fault::Required)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.map.keys().map(String::as_str)
    }

    pub(crate) fn fault(&self, fault: Fault) -> Error {
        Error::at(&self.pointer, fault)
    }

    pub(crate) fn unknown(&self, key: &str) -> Error {
        Error::at(child(&self.pointer, key), Fault::UnknownField)
    }
}

/// A pointer one step further; `~` and `/` escaped as RFC 6901 asks.
pub(crate) fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
