//! What can be wrong with a problem: small facts with the place they belong to, never prose.
//! Sentences for people are made in [`explain`](crate::explain) and at the edges of the product.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Most faults that one error lists: enough to repair a file, not enough to flood a page.
pub(crate) const MOST_FAULTS: usize = 100;

/// Everything found wrong with a problem, in the order of the claims.
///
/// ```
/// use seat_allocator::{Claim, Code, Problem, Rule, allocate};
/// let claims = vec![Claim::new("a").with_request(1).with_guarantee(2)];
/// let error = allocate(&Problem::new(9, Rule::LargestRemainder, claims)).unwrap_err();
/// let fault = &error.faults[0];
/// assert_eq!(fault.code, Code::GuaranteeAboveRequest);
/// assert_eq!(fault.pointer(), "/claims/0/guarantee");
/// assert_eq!(fault.id.as_deref(), Some("a"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// At least one fault, at most 100.
    pub faults: Vec<Fault>,
}

/// One fault and its place.
///
/// ```
/// use seat_allocator::{Code, Fault, Field};
/// assert_eq!(Fault::of_problem(Code::Absent, Field::Supply).pointer(), "/supply");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What is wrong.
    pub code: Code,
    /// The field that is wrong.
    pub field: Field,
    /// Position of the claim in the list, from 0; `None` for the problem as a whole.
    pub position: Option<usize>,
    /// Identifier of the claim, when it has one.
    pub id: Option<String>,
    /// What the code alone does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

/// The part of a fault that the code alone does not say.
///
/// ```
/// use seat_allocator::{Detail, json};
/// let error = json::parse(br#"{"supply": 1, "rule": "hill", "claims": [], "colour": 3}"#).unwrap_err();
/// assert_eq!(error.faults[0].detail, Some(Detail::Name { name: "colour".into() }));
/// assert_eq!(error.faults[0].pointer(), "/colour");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Detail {
    /// Name of a field that the form does not have.
    Name {
        /// The name as it was written.
        name: String,
    },
    /// What should stand in this place.
    Expected {
        /// `object`, `array`, `string` or `number`.
        value: ValueKind,
    },
    /// Where the text stops being JSON, counted from 1.
    Place {
        /// Line.
        line: usize,
        /// Byte of the line.
        column: usize,
    },
    /// The limit that was passed.
    Most {
        /// Largest number that is computed with.
        most: u64,
    },
}

/// What may stand in a place of a JSON document.
///
/// ```
/// use seat_allocator::{Detail, ValueKind, json};
/// let error = json::parse(br#"{"supply": 1, "rule": "hill", "claims": {}}"#).unwrap_err();
/// assert_eq!(error.faults[0].detail, Some(Detail::Expected { value: ValueKind::Array }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// An object.
    Object,
    /// A list.
    Array,
    /// A text.
    String,
    /// A number, or a number as text.
    Number,
}

/// The field of the problem or of a claim that a fault is about.
///
/// ```
/// assert_eq!(seat_allocator::Field::Weight.name(), "weight");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Field {
    /// The whole document.
    Document,
    /// `supply`.
    Supply,
    /// `rule`.
    Rule,
    /// `form`.
    Form,
    /// `claims`.
    Claims,
    /// `unit_price_yen`.
    UnitPrice,
    /// `tie_break`.
    TieBreak,
    /// `by` of `tie_break`.
    TieBreakBy,
    /// `seed` of `tie_break`.
    TieBreakSeed,
    /// `id` of a claim.
    Id,
    /// `tie_key` of a claim.
    TieKey,
    /// `request` of a claim.
    Request,
    /// `guarantee` of a claim.
    Guarantee,
    /// `weight` of a claim.
    Weight,
    /// `class` of a claim.
    Class,
    /// `budget_cap_yen` of a claim.
    BudgetCap,
}

impl Field {
    /// Name of the field in JSON, with a slash for a field inside another; empty for the whole document.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Field::BudgetCap.name(), "budget_cap_yen");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Document => "",
            Self::Supply => "supply",
            Self::Rule => "rule",
            Self::Form => "form",
            Self::Claims => "claims",
            Self::UnitPrice => "unit_price_yen",
            Self::TieBreak => "tie_break",
            Self::TieBreakBy => "tie_break/by",
            Self::TieBreakSeed => "tie_break/seed",
            Self::Id => "id",
            Self::TieKey => "tie_key",
            Self::Request => "request",
            Self::Guarantee => "guarantee",
            Self::Weight => "weight",
            Self::Class => "class",
            Self::BudgetCap => "budget_cap_yen",
        }
    }
}

/// What is wrong.
///
/// ```
/// assert_eq!(seat_allocator::Code::DuplicateId.name(), "duplicate_id");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The text is not JSON, or an object names a field twice.
    Malformed,
    /// The form has no field of this name.
    UnknownField,
    /// Something else must stand here: an object, a list, a text, a number.
    WrongType,
    /// A required value is missing.
    Absent,
    /// The value is below zero.
    Negative,
    /// The value is not a number.
    NotANumber,
    /// The value must be a whole number.
    NotAnInteger,
    /// The value is past the largest that is computed with.
    TooLarge,
    /// The value must be above zero.
    Zero,
    /// No rule, form or tie-break has this name.
    Unknown,
    /// An identifier is empty.
    EmptyId,
    /// Another claim has the same identifier.
    DuplicateId,
    /// The guarantee is larger than the request.
    GuaranteeAboveRequest,
    /// The rule needs a request, and this claim names no upper bound.
    RequestNeeded,
    /// Requests or guarantees add up past 2^63 − 1.
    TotalTooLarge,
    /// The weights have no common unit that fits in 64 bits: too many digits, or too many different denominators.
    WeightsTooFine,
    /// Seats (or losses) are left, and only claims of weight zero could still take one: each of them is named.
    ZeroTotalWeight,
    /// The rule would need too many steps at this size: the claim where they run out is named.
    TooMuchWork,
}

impl Code {
    /// Stable name, as in JSON.
    ///
    /// ```
    /// assert_eq!(seat_allocator::Code::ZeroTotalWeight.name(), "zero_total_weight");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownField => "unknown_field",
            Self::WrongType => "wrong_type",
            Self::Absent => "absent",
            Self::Negative => "negative",
            Self::NotANumber => "not_a_number",
            Self::NotAnInteger => "not_an_integer",
            Self::TooLarge => "too_large",
            Self::Zero => "zero",
            Self::Unknown => "unknown",
            Self::EmptyId => "empty_id",
            Self::DuplicateId => "duplicate_id",
            Self::GuaranteeAboveRequest => "guarantee_above_request",
            Self::RequestNeeded => "request_needed",
            Self::TotalTooLarge => "total_too_large",
            Self::WeightsTooFine => "weights_too_fine",
            Self::ZeroTotalWeight => "zero_total_weight",
            Self::TooMuchWork => "too_much_work",
        }
    }
}

impl Fault {
    /// A fault of the problem as a whole.
    ///
    /// ```
    /// use seat_allocator::{Code, Fault, Field};
    /// assert_eq!(Fault::of_problem(Code::Malformed, Field::Document).pointer(), "");
    /// ```
    #[must_use]
    pub const fn of_problem(code: Code, field: Field) -> Self {
        Self { code, field, position: None, id: None, detail: None }
    }

    /// A fault of one claim.
    ///
    /// ```
    /// use seat_allocator::{Code, Fault, Field};
    /// let fault = Fault::of_claim(Code::Negative, Field::Request, 3, "d");
    /// assert_eq!(fault.pointer(), "/claims/3/request");
    /// ```
    #[must_use]
    pub fn of_claim(code: Code, field: Field, position: usize, id: &str) -> Self {
        let id = (!id.is_empty()).then(|| id.to_owned());
        Self { code, field, position: Some(position), id, detail: None }
    }

    /// The same fault with what its code alone does not say.
    ///
    /// ```
    /// use seat_allocator::{Code, Detail, Fault, Field};
    /// let fault = Fault::of_problem(Code::TooMuchWork, Field::Supply).with_detail(Detail::Most { most: 5 });
    /// assert_eq!(fault.detail, Some(Detail::Most { most: 5 }));
    /// ```
    #[must_use]
    pub fn with_detail(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Place of the fault as a JSON Pointer (RFC 6901).
    ///
    /// ```
    /// use seat_allocator::{Code, Fault, Field};
    /// assert_eq!(Fault::of_problem(Code::Absent, Field::Supply).pointer(), "/supply");
    /// ```
    #[must_use]
    pub fn pointer(&self) -> String {
        let mut pointer = match (self.position, self.field) {
            (Some(position), Field::Claims) => format!("/claims/{position}"),
            (Some(position), field) => format!("/claims/{position}/{}", field.name()),
            (None, Field::Document) => String::new(),
            (None, field) => format!("/{}", field.name()),
        };
        if let Some(Detail::Name { name }) = &self.detail {
            pointer.push('/');
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        }
        pointer
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.code.name(), self.pointer())?;
        match &self.id {
            Some(id) => write!(f, " (claim {id:?})"),
            None => Ok(()),
        }
    }
}

impl Error {
    pub(crate) fn one(fault: Fault) -> Self {
        Self { faults: vec![fault] }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            write!(f, "{}{fault}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
