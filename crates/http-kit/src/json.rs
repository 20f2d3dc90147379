//! Strict JSON: text → value with limits ([`parse`]), value → command with pointers ([`fields`]).
//!
//! Syntax is 400 with line and column; everything about fields is 422 with an RFC 6901 pointer.
//! Deliberately refused: duplicate keys, depth beyond 32, arrays beyond 1,000 elements.

mod fault;
mod node;
mod strict;
mod whole;

use crate::Problem;
use app::{Code, Error, FieldError};
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

/// Reads a command from the JSON of a form and goes on behind what it refuses: the command with stand-ins for
/// refused fields, and all of these. Such a command may be judged, never carried out ([`judged`]).
///
/// # Errors
/// The refused fields, where nothing can stand in.
pub fn form<T: DeserializeOwned>(value: Value) -> Result<(T, Vec<FieldError>), Problem> {
    whole::read(value).map_err(|faults| Problem::fields(&faults))
}

/// What a use case said to the command of a form, together with what was refused of it before: with refused
/// fields nothing is done, whatever the use case made of their stand-ins.
///
/// # Errors
/// The refused fields, with those of the use case; a fault of the service, so that it is tried again or told.
pub fn judged<T>(refused: &[FieldError], outcome: Result<T, Error>) -> Result<T, Error> {
    if refused.is_empty() {
        return outcome;
    }
    let more = match outcome {
        Err(Error::Invalid(more)) => more,
        Ok(_) | Err(Error::Rule(_) | Error::NotFound | Error::Stale | Error::PreconditionRequired) => Vec::new(),
        Err(
            error @ (Error::Forbidden
            | Error::Unauthenticated
            | Error::TooMany { .. }
            | Error::Busy
            | Error::Unavailable(_)
            | Error::Internal(_)),
        ) => return Err(error),
    };
    let more = more.into_iter().filter(|fault| !whole::is_of(fault, refused));
    Err(Error::Invalid(refused.iter().cloned().chain(more).collect()))
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
