//! Numbers and objects as they stand in JSON, before anything is known about their meaning.

use crate::error::Code;
use crate::ratio::Ratio;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;
use std::marker::PhantomData;

use super::ClaimRequest;

/// Longest number that a request may write: a hostile one cannot ask for arithmetic on a million digits.
const LONGEST: usize = 80;

/// A number as it was written.
///
/// ```
/// use seat_allocator::json::Number;
/// assert_eq!(serde_json::from_str::<Number>("\"20/21\"")?, Number::Text("20/21".into()));
/// assert_eq!(serde_json::from_str::<Number>("1.5")?, Number::Inexact);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Number {
    /// Nothing was written, or null.
    #[default]
    Absent,
    /// A whole JSON number.
    Whole(i128),
    /// Text.
    Text(String),
    /// A JSON number with a fraction, an exponent or too many digits: its exact value is lost.
    Inexact,
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a number as text, or null")
            }
            fn visit_unit<E>(self) -> Result<Number, E> {
                Ok(Number::Absent)
            }
            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number::Whole(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number::Whole(value.into()))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Number, E> {
                Ok(Number::Inexact)
            }
            fn visit_str<E>(self, text: &str) -> Result<Number, E> {
                Ok(Number::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A value that must be written as a JSON object: without this, a list of fields in order would pass as well.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_any(Visitor(PhantomData))
    }
}

pub(super) fn objects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ClaimRequest>, D::Error> {
    let claims = Vec::<Object<ClaimRequest>>::deserialize(deserializer)?;
    Ok(claims.into_iter().map(|Object(claim)| claim).collect())
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::Whole(value.into())
    }
}

impl Number {
    pub(super) fn ratio(&self) -> Result<Option<Ratio>, Code> {
        match self {
            Self::Absent => Ok(None),
            Self::Whole(value) => Ok(Ratio::new(*value, 1)),
            Self::Text(text) if text.len() > LONGEST => Err(Code::TooLarge),
            Self::Text(text) => match text.parse() {
                Ok(ratio) => Ok(Some(ratio)),
                Err(crate::ratio::ParseRatioError::TooLong) => Err(Code::TooLarge),
                Err(_) => Err(Code::NotANumber),
            },
            Self::Inexact => Err(Code::NotAnInteger),
        }
    }

    pub(super) fn whole(&self) -> Result<Option<u64>, Code> {
        let Some(ratio) = self.ratio()? else {
            return Ok(None);
        };
        if ratio.is_negative() {
            return Err(Code::Negative);
        }
        if !ratio.is_integer() {
            return Err(Code::NotAnInteger);
        }
        ratio.to_u64().map(Some).ok_or(Code::TooLarge)
    }
}

/// Null stands for the default, like a field that is absent.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The same for a value that must be written as an object.
pub(super) fn object_or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.map_or_else(T::default, |Object(value)| value))
}
