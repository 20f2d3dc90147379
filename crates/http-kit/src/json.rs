//! Strict JSON: text → value with limits ([`parse`]), value → command with pointers ([`fields`]).
//!
//! Syntax is 400 with line and column; everything about fields is 422 with an RFC 6901 pointer.
//! Deliberately refused: duplicate keys, depth beyond 32, arrays beyond 1,000 elements.

mod fault;
mod node;
mod strict;

use crate::Problem;
use app::{Code, FieldError};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use strict::{MAX_DEPTH, MAX_ELEMENTS};

/// Reads a command from the text of a body.
///
/// # Errors
/// A problem: syntax (400) or the first refused field (422).
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    fields(&parse(text)?)
}

/// Reads JSON within the limits.
///
/// # Errors
/// Syntax with line and column (400); a duplicate key or a limit (422).
pub fn parse(text: &[u8]) -> Result<Value, Problem> {
    strict::parse(text).map_err(|refused| match refused {
        strict::Refused::Syntax { line, column } => {
            Problem::with(Code::MalformedJson, vec![("line", line.to_string()), ("column", column.to_string())])
        }
        strict::Refused::Field(error) => Problem::fields(&[error]),
    })
}

/// Reads a command from a JSON value.
///
/// # Errors
/// The first refused field.
pub fn fields<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    T::deserialize(node::Node::json(value)).map_err(|fault| Problem::fields(&[fault.into_error()]))
}

/// Reads the parameters of a query: every value is text, numbers are read from it.
///
/// # Errors
/// The first refused parameter, named without a slash.
pub fn parameters<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    T::deserialize(node::Node::text(value)).map_err(|fault| {
        let FieldError { pointer, code } = fault.into_error();
        Problem::fields(&[FieldError { pointer: pointer.trim_start_matches('/').to_owned(), code }])
    })
}
