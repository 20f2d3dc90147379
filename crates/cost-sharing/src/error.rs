//! What can be wrong with an input: a small set of facts, each naming the field as a JSON pointer (RFC 6901).
//! No prose here: wording for people is in `explain`. Nothing in this crate panics on input; it returns one of these.

use crate::ratio::Ratio;
use std::fmt;

/// One fault of an input and where it is.
///
/// ```
/// use cost_sharing::{Error, Fault};
/// let error = Error::at("/tiers/1/up_to", Fault::TierOverlap { tier: 1 }).under("/price");
/// assert_eq!(error.pointer, "/price/tiers/1/up_to");
/// assert_eq!(error.fault.code(), "tier_overlap");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// JSON pointer to the field; empty for the whole document.
    pub pointer: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The text is not JSON.
    NotJson {
        /// Line of the first character that does not fit, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
    },
    /// The field must be given.
    Required,
    /// No field has this name.
    UnknownField,
    /// The value has another JSON type.
    WrongType {
        /// What is expected there.
        expected: &'static str,
    },
    /// Neither a whole number, a decimal nor a fraction.
    NotANumber,
    /// The word is none of those allowed.
    UnknownValue,
    /// Must not be below zero.
    Negative,
    /// Must be above zero.
    NotPositive,
    /// Larger than this calculator computes exactly.
    OutOfRange,
    /// The same key twice.
    Duplicate,
    /// Exactly one of several fields must be given.
    OneOf {
        /// The fields.
        fields: &'static [&'static str],
    },
    /// A tier starts at or before the end of the one before it.
    TierOverlap {
        /// Position of the tier, from 0.
        tier: usize,
    },
    /// A tier starts later than right after the one before it.
    TierGap {
        /// Position of the tier, from 0.
        tier: usize,
    },
    /// A tier stands after one without upper end.
    TierAfterLast {
        /// Position of the tier, from 0.
        tier: usize,
    },
    /// The field has no meaning in this price mode.
    NotInThisMode,
    /// More seats than the last tier covers.
    BeyondLastTier {
        /// Last quantity that has a price.
        last: u64,
    },
    /// Nobody asks for a seat.
    NoSeats,
    /// The weights add up to nothing.
    ZeroWeights,
    /// The parts of a mixture do not add up to 100 % (or 1000 ‰, or 1).
    MixtureNotWhole {
        /// What they add up to.
        sum: Ratio,
    },
    /// No member has this id.
    UnknownMember,
    /// The caps together stay below the bill; nobody would pay the gap.
    CapsBelowBill {
        /// Yen that nobody may be asked for.
        gap_yen: i64,
    },
    /// The floors together exceed the bill.
    FloorsAboveBill {
        /// Yen above the bill.
        gap_yen: i64,
    },
    /// A member's floor is above its cap.
    FloorAboveCap,
    /// A game of n members has 2^n values.
    GameLength {
        /// How many values were given.
        found: usize,
    },
    /// The empty coalition must cost nothing.
    EmptyCoalition,
    /// More members than this rule is computed for.
    TooManyMembers {
        /// The limit.
        limit: usize,
    },
    /// The rule needs a price schedule (seats and their price), which this input lacks.
    NeedsPrice,
    /// The rule or adjustment has no meaning for an explicit game.
    NotForGames,
    /// The total that is shared contains its tax; no rate applies to it.
    TaxIncluded,
    /// The rule cannot prorate months; give every member the full period.
    NotProrated,
    /// Rounding leaves yen over and names nobody who takes them.
    RemainderUnassigned {
        /// The yen left over.
        remainder_yen: i64,
    },
    /// Rounding, or what it leaves over, puts a member's yen outside its limits.
    RoundedPastLimit {
        /// The yen after rounding.
        yen: i64,
    },
    /// No division gives each member at most its own cost, so the nucleolus does not exist.
    NoImputation,
    /// All denominators of the rule's formula vanish.
    Undefined,
    /// The computation stopped at its budget before an answer existed.
    BudgetExhausted,
}

impl Error {
    /// A fault at a pointer.
    #[must_use]
    pub fn at(pointer: impl Into<String>, fault: Fault) -> Self {
        Self { pointer: pointer.into(), fault }
    }

    /// The same fault seen from the document that holds this one under `prefix`.
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        Self { pointer: format!("{prefix}{}", self.pointer), fault: self.fault }
    }
}

impl Fault {
    /// The stable snake-case code of the fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not_json",
            Self::Required => "required",
            Self::UnknownField => "unknown_field",
            Self::WrongType { .. } => "wrong_type",
            Self::NotANumber => "not_a_number",
            Self::UnknownValue => "unknown_value",
            Self::Negative => "negative",
            Self::NotPositive => "not_positive",
            Self::OutOfRange => "out_of_range",
            Self::Duplicate => "duplicate",
            Self::OneOf { .. } => "one_of",
            Self::TierOverlap { .. } => "tier_overlap",
            Self::TierGap { .. } => "tier_gap",
            Self::TierAfterLast { .. } => "tier_after_last",
            Self::NotInThisMode => "not_in_this_mode",
            Self::BeyondLastTier { .. } => "beyond_last_tier",
            Self::NoSeats => "no_seats",
            Self::ZeroWeights => "zero_weights",
            Self::MixtureNotWhole { .. } => "mixture_not_whole",
            Self::UnknownMember => "unknown_member",
            Self::CapsBelowBill { .. } => "caps_below_bill",
            Self::FloorsAboveBill { .. } => "floors_above_bill",
            Self::FloorAboveCap => "floor_above_cap",
            Self::GameLength { .. } => "game_length",
            Self::EmptyCoalition => "empty_coalition",
            Self::TooManyMembers { .. } => "too_many_members",
            Self::NeedsPrice => "needs_price",
            Self::NotForGames => "not_for_games",
            Self::TaxIncluded => "tax_included",
            Self::NotProrated => "not_prorated",
            Self::RemainderUnassigned { .. } => "remainder_unassigned",
            Self::RoundedPastLimit { .. } => "rounded_past_limit",
            Self::NoImputation => "no_imputation",
            Self::Undefined => "undefined",
            Self::BudgetExhausted => "budget_exhausted",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.fault.code())
    }
}

impl std::error::Error for Error {}
