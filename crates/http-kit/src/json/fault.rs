//! One refused field as serde reports it: the structured error of [`Node`](super::node::Node).
//! It gains a token of its pointer at every level on the way out.

use app::{FieldCode, FieldError};
use serde::de::{Expected, Unexpected};
use std::fmt;

const HALF_WIDTH: &str = "数値は引用符を付けず、半角のJSONの数値で入力してください（例: 12）。";
const UNREADABLE: &str = "値を読み取れません。APIの説明書で形式を確かめてください。";
/// What `chrono` says about a text that is no date.
const NOT_A_DATE: [&str; 6] = [
    "input contains",
    "premature end",
    "input is out of range",
    "trailing input",
    "no possible date",
    "input is not enough",
];

/// Why a field was refused, and where.
#[derive(Debug)]
pub(super) struct Fault {
    pointer: String,
    code: FieldCode,
}

/// Escapes a name for an RFC 6901 pointer.
pub(super) fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl Fault {
    pub(super) fn new(code: FieldCode) -> Self {
        Self { pointer: String::new(), code }
    }

    /// The same fault, seen from one level further out.
    pub(super) fn at(self, name: &str) -> Self {
        Self { pointer: format!("/{}{}", token(name), self.pointer), code: self.code }
    }

    pub(super) fn into_error(self) -> FieldError {
        FieldError { pointer: self.pointer, code: self.code }
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.pointer, self.code)
    }
}

impl serde::de::Error for Fault {
    /// Only our own values and `chrono` say anything here; both are told apart by their words.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        Self::new(match bounds(&message) {
            Some((min, max)) => FieldCode::OutOfRange { min, max },
            None if NOT_A_DATE.iter().any(|words| message.contains(words)) => FieldCode::Format {
                expected: "日付（例: 2026-04-01）または時差付き日時（例: 2026-04-01T09:00:00+09:00）",
            },
            None => FieldCode::Refused { sentence: UNREADABLE },
        })
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        Self::new(match found {
            Unexpected::Str(text) if integer(&expected).is_some() && looks_numeric(text) => {
                FieldCode::Refused { sentence: HALF_WIDTH }
            }
            _ => FieldCode::WrongType { expected: noun(&expected) },
        })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        Self::new(match (found, integer(&expected)) {
            (Unexpected::Signed(_) | Unexpected::Unsigned(_), Some((min, max))) => FieldCode::OutOfRange { min, max },
            _ => FieldCode::WrongType { expected: noun(&expected) },
        })
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(FieldCode::WrongType { expected: noun(&expected.to_string()) })
    }

    fn unknown_variant(_: &str, allowed: &'static [&'static str]) -> Self {
        Self::new(FieldCode::Choice { allowed })
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::new(FieldCode::Unknown).at(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(FieldCode::Required).at(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(FieldCode::Duplicate).at(field)
    }
}

/// The bounds in the words of `domain::values::OutOfRange` ("out of 0..=10").
fn bounds(message: &str) -> Option<(i64, i64)> {
    let (_, range) = message.rsplit_once("out of ")?;
    let (min, max) = range.split_once("..=")?;
    Some((min.parse().ok()?, max.parse().ok()?))
}

/// The bounds of the integer type that serde names as expected.
fn integer(expected: &str) -> Option<(i64, i64)> {
    match expected {
        "i8" => Some((i8::MIN.into(), i8::MAX.into())),
        "i16" => Some((i16::MIN.into(), i16::MAX.into())),
        "i32" => Some((i32::MIN.into(), i32::MAX.into())),
        "i64" => Some((i64::MIN, i64::MAX)),
        "u8" => Some((0, u8::MAX.into())),
        "u16" => Some((0, u16::MAX.into())),
        "u32" => Some((0, u32::MAX.into())),
        "u64" | "usize" => Some((0, i64::MAX)),
        _ => None,
    }
}

fn noun(expected: &str) -> &'static str {
    match expected {
        expected if integer(expected).is_some() => "半角の整数",
        "a boolean" => "true または false",
        "a string" | "a character" => "文字列",
        expected if expected.contains("date") => "日付や日時の文字列",
        expected if expected.contains("sequence") || expected.contains("tuple") || expected.contains("array") => "配列",
        expected if expected.contains("struct") || expected.contains("map") => "JSONのオブジェクト",
        expected if expected.contains("enum") || expected.contains("variant") => "決められた語（文字列）",
        _ => "決められた型",
    }
}

/// Digits, half or full width, with signs and separators as people type them.
pub(super) fn looks_numeric(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_digit() || ('０'..='９').contains(&c) || "-－−,，.．+＋円席".contains(c))
}

/// The fault of a query parameter that should be a number.
pub(super) fn not_a_number(text: &str) -> Fault {
    let ascii = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    Fault::new(if ascii && !text.is_empty() {
        FieldCode::OutOfRange { min: i64::MIN, max: i64::MAX }
    } else {
        FieldCode::WrongType { expected: "半角の整数" }
    })
}
