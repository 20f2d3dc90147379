//! The one error of the use cases. It knows no HTTP and carries facts, not prose.

use crate::code::Code;
use domain::access::Denied;
use store::StoreError;

/// Why a use case refused or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Fields that cannot be accepted, each with its place.
    Invalid(Vec<FieldError>),
    /// A rule or a state forbids it now.
    Rule(Rule),
    /// Absent, or hidden from the actor.
    NotFound,
    /// Seen, but not allowed to this role.
    Forbidden,
    /// No valid credentials.
    Unauthenticated,
    /// The version named is not the present one.
    Stale,
    /// A version has to be named.
    PreconditionRequired,
    /// Too many attempts.
    TooMany {
        /// Seconds until the next attempt may succeed.
        retry_after: u32,
    },
    /// A queue is full: try again shortly.
    Busy,
    /// The database is read-only, full or gone: nothing was written.
    Unavailable(String),
    /// A fault of the service; logged, never shown.
    Internal(String),
}

/// A named refusal with the facts that its sentence needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The stable code.
    pub code: Code,
    /// Facts that fill the places `{name}` of the sentence in the catalogue.
    pub facts: Vec<(&'static str, String)>,
}

/// One refused field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// RFC 6901 pointer into the body, or the name of a query parameter.
    pub pointer: String,
    /// What is wrong.
    pub code: FieldCode,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldCode {
    /// Nothing was given.
    Required,
    /// Longer than `max` characters.
    TooLong {
        /// Characters allowed.
        max: usize,
    },
    /// Outside `min..=max`.
    OutOfRange {
        /// Smallest accepted.
        min: i64,
        /// Largest accepted.
        max: i64,
    },
    /// Not of the form that is wanted; `expected` is a Japanese noun phrase of the catalogue.
    Format {
        /// What is expected, in Japanese.
        expected: &'static str,
    },
    /// The check digit of a municipality code is wrong.
    CheckDigit {
        /// What it should be.
        expected: u32,
    },
    /// A control character.
    Control,
    /// Not a field of this request.
    Unknown,
    /// Of another JSON type.
    WrongType {
        /// The type that is wanted, in Japanese.
        expected: &'static str,
    },
    /// Given twice, or taken already.
    Duplicate,
    /// Names something that does not exist here.
    NoSuchThing,
    /// In the wrong order with its neighbour (low ≤ base ≤ high, start ≤ end, tiers ascending).
    Order {
        /// The rule in Japanese.
        rule: &'static str,
    },
    /// Not the amount that follows from the others.
    Amount {
        /// From what it follows, in Japanese.
        rule: &'static str,
        /// What it should be.
        yen: i64,
    },
    /// More seats taken away than the reserve (予備席) has free.
    Reserve {
        /// Seats that are free there.
        free: i64,
    },
    /// More entries than allowed.
    TooMany {
        /// Entries allowed.
        max: usize,
    },
    /// Not one of the words that are allowed.
    Choice {
        /// The words.
        allowed: &'static [&'static str],
    },
    /// Another reason, as a Japanese sentence of the catalogue.
    Refused {
        /// The sentence.
        sentence: &'static str,
    },
}

impl Error {
    /// A rule refusal without facts.
    #[must_use]
    pub const fn rule(code: Code) -> Self {
        Self::Rule(Rule { code, facts: Vec::new() })
    }

    /// A rule refusal with facts.
    #[must_use]
    pub fn rule_with(code: Code, facts: Vec<(&'static str, String)>) -> Self {
        Self::Rule(Rule { code, facts })
    }

    /// One refused field.
    #[must_use]
    pub fn field(pointer: impl Into<String>, code: FieldCode) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.into(), code }])
    }

    /// A fault that should not happen; the text goes to the log only.
    #[must_use]
    pub fn internal(reason: impl ToString) -> Self {
        Self::Internal(reason.to_string())
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Absent => Self::NotFound,
            Denied::Forbidden => Self::Forbidden,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing => Self::NotFound,
            StoreError::Busy | StoreError::Conflict => Self::Busy,
            StoreError::Unavailable(reason) => Self::Unavailable(reason),
            StoreError::Panicked => Self::Internal("a job panicked".to_owned()),
            StoreError::Constraint(constraint) => Self::Internal(format!("constraint {constraint:?}")),
            StoreError::Internal(reason) => Self::Internal(reason),
        }
    }
}
