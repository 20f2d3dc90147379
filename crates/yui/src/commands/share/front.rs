//! What `share`, `price` and `compare` have in common: reading JSON, what the cost calculator refuses as a problem object,
//! tables that count the width of Japanese, and amounts with separators.

use crate::commands::problem::{self, FieldRefusal};
pub(crate) use crate::commands::problem::{Refusal, finish};
use crate::terminal;
pub(crate) use crate::terminal::line;
use cost_sharing::{Error, Fault, fault_ja};
use serde_json::Value;
use std::fmt::Display;

/// The document that was given.
pub(crate) struct Input {
    pub(crate) value: Value,
}

impl Input {
    /// Reads a file, or standard input for `-`.
    pub(crate) fn read(file: &str) -> Result<Self, Refusal> {
        let bytes = problem::read(file)?;
        // Editors on Windows put a mark before UTF-8.
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let parsed = serde_json::from_slice(text);
        let value = parsed.map_err(|error: serde_json::Error| {
            Refusal::of(Error::at("", Fault::NotJson { line: error.line(), column: error.column() }))
        })?;
        Ok(Self { value })
    }
}

impl Refusal {
    /// The refusal of an input with this fault.
    pub(crate) fn of(error: Error) -> Self {
        let Error { pointer, fault } = error;
        let errors = vec![FieldRefusal { pointer, code: fault.code(), detail: fault_ja(&fault) }];
        if matches!(fault, Fault::NotJson { .. }) { Self::not_json(errors) } else { Self::invalid(errors) }
    }
}

/// A table whose columns after the first are aligned to the right.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let numbers: Vec<usize> = (1..header.len()).collect();
    terminal::table(header, &numbers, rows)
}

/// A number with separators; decimals and fractions keep what follows.
pub(crate) fn grouped(number: impl Display) -> String {
    let text = number.to_string();
    let end = text.find(['.', '/']).unwrap_or(text.len());
    let (whole, rest) = text.split_at_checked(end).unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// An amount where there is one.
pub(crate) fn optional(amount: Option<i64>) -> String {
    amount.map_or_else(String::new, grouped)
}
