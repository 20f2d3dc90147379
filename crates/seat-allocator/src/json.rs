//! The stable JSON form, the same for the command line and for other programs: [`Request`] in, [`Answer`] out.
//!
//! Numbers may be written as JSON numbers or as text; a JSON number with a fraction is refused, because no exact value
//! survives a parser that reads it as floating point.
//!
//! `supply`, `rule` and `claims` must be there (`claims` may be an empty list), and every claim has an `id`. Everything else
//! may be absent or null, which is the same: no `request` is no upper bound, no `guarantee` is 0, no `weight` and no `class`
//! is 1, no `tie_key` leaves ties to the order of the list, no `budget_cap_yen` or no `unit_price_yen` leaves budgets out, no
//! `form` is `"integer"`, no `tie_break` is `{"by": "key"}`. Fields of other names are refused. A guarantee above what the
//! budget buys is lowered to that, and the reason of the claim says so in `guarantee_lowered_to`.
//!
//! Refusals are [`Error`]s: each [`Fault`](crate::Fault) has a code, a JSON Pointer, and the claim's position and identifier;
//! [`fault_ja`](crate::explain::fault_ja) puts it into words.

use crate::allocate::allocate;
pub use crate::allocation::Quantity;
use crate::allocation::{Allocation, DivisorInterval};
use crate::continuous::{Shares, continuous};
use crate::error::Error;
use crate::explain::{Reason, reasons, share_reasons};
use crate::problem::{Problem, TieBreak};
use crate::ratio::Ratio;
use serde::{Deserialize, Serialize};

mod number;
mod read;
mod shape;

pub use number::Number;
use number::{Object, object_or_default, objects, or_default};
pub use read::{integer, ratios};

/// What is asked, as JSON.
///
/// ```
/// use seat_allocator::json::{Request, answer};
/// let request: Request = serde_json::from_str(
///     r#"{"supply": 3, "rule": "webster", "claims": [{"id": "a", "weight": "2"}, {"id": "b"}]}"#)?;
/// let answer = answer(&request).expect("a sound problem");
/// assert_eq!(answer.awards[0].seats, Some(2));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What there is to divide.
    #[serde(default)]
    pub supply: Number,
    /// Name of the rule.
    #[serde(default)]
    pub rule: String,
    /// `integer` (the default) or `continuous`.
    #[serde(default, deserialize_with = "or_default")]
    pub form: Form,
    /// Who asks; must be present, and may be empty.
    #[serde(deserialize_with = "objects")]
    pub claims: Vec<ClaimRequest>,
    /// Price of a seat; budgets lower requests only when it is given.
    #[serde(default)]
    pub unit_price_yen: Number,
    /// Who gets the odd seat among exact equals.
    #[serde(default, deserialize_with = "object_or_default")]
    pub tie_break: TieBreak,
}

/// Whole seats, or exact ratios.
///
/// ```
/// assert_eq!(seat_allocator::json::Form::default(), seat_allocator::json::Form::Integer);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Whole seats.
    #[default]
    Integer,
    /// Exact ratios; supply, requests and results are ratios as text.
    Continuous,
}

/// One claim, as JSON.
///
/// ```
/// let claim: seat_allocator::json::ClaimRequest = serde_json::from_str(r#"{"id":"a","request":70}"#)?;
/// assert_eq!(claim.id, "a");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRequest {
    /// Identifier.
    #[serde(default)]
    pub id: String,
    /// The most this claim takes; absent or null is no upper bound.
    #[serde(default)]
    pub request: Number,
    /// The least this claim gets; 0 by default.
    #[serde(default)]
    pub guarantee: Number,
    /// Weight; 1 by default.
    #[serde(default)]
    pub weight: Number,
    /// Priority class; 1 by default.
    #[serde(default)]
    pub class: Number,
    /// Key that decides ties.
    #[serde(default)]
    pub tie_key: Option<String>,
    /// Budget in yen.
    #[serde(default)]
    pub budget_cap_yen: Number,
}

/// The result, as JSON.
///
/// ```
/// use seat_allocator::json::{answer, parse};
/// let request = parse(br#"{"supply": 1, "rule": "webster", "claims": [{"id": "a"}, {"id": "b"}]}"#)?;
/// let answer = answer(&request)?;
/// assert_eq!((answer.rule.as_str(), answer.rule_version.as_str()), ("webster", "1"));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// Name of the rule.
    pub rule: String,
    /// Form of the result.
    pub form: Form,
    /// What there was to divide.
    pub supply: Quantity,
    /// What is left because all requests are met.
    pub reserve: Quantity,
    /// One award for each claim, in the order of the request.
    pub awards: Vec<AwardAnswer>,
    /// Every tie that decided a seat.
    pub ties: Vec<TieAnswer>,
    /// The divisors that give this result.
    pub divisor: Option<DivisorInterval>,
    /// The supply was short of the guarantees.
    pub guarantees_reduced: bool,
    /// Version of the rules.
    pub rule_version: String,
    /// `sha256:` and the hash of the canonical input.
    pub input_hash: String,
}

/// What one claim gets, and why.
///
/// ```
/// use seat_allocator::json::{answer, parse};
/// let request = parse(br#"{"supply": 1, "rule": "webster", "claims": [{"id": "a"}, {"id": "b"}]}"#)?;
/// let answer = answer(&request)?;
/// assert_eq!((answer.awards[0].id.as_str(), answer.awards[0].seats), ("a", Some(1)));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AwardAnswer {
    /// Identifier of the claim.
    pub id: String,
    /// Whole seats, in the integer form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<u64>,
    /// The exact award, in the continuous form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub award: Option<Ratio>,
    /// Why.
    pub reason: Reason,
}

/// Exact equals of whom only some got the next seat.
///
/// ```
/// use seat_allocator::json::{answer, parse};
/// let request = parse(br#"{"supply": 1, "rule": "webster", "claims": [{"id": "a"}, {"id": "b"}]}"#)?;
/// let answer = answer(&request)?;
/// assert_eq!((answer.ties[0].places, answer.ties[0].chosen[0].as_str()), (1, "a"));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TieAnswer {
    /// Identifiers of the tied claims.
    pub tied: Vec<String>,
    /// How many of them get one more.
    pub places: u64,
    /// Identifiers of those who got it.
    pub chosen: Vec<String>,
    /// `key` or `lottery`.
    pub by: String,
}

/// Reads a request from JSON text.
///
/// # Errors
/// Every departure from the form, each with its place: unknown fields, values of another kind, `claims`, `rule` or `supply`
/// that are absent. One fault of the whole document when the text is not JSON.
///
/// ```
/// use seat_allocator::{Code, json};
/// let error = json::parse(b"{\"supply\": ").unwrap_err();
/// assert_eq!(error.faults[0].code, Code::Malformed);
/// ```
pub fn parse(text: &[u8]) -> Result<Request, Error> {
    // Editors on Windows put a mark before UTF-8.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let read = serde_json::from_slice::<Object<Request>>(text);
    read.map(|Object(request)| request).map_err(|error| shape::faults(text, &error))
}

/// Answers a request.
///
/// # Errors
/// Every fault of the request, each with the place it belongs to.
///
/// ```
/// use seat_allocator::json;
/// let request = json::parse(br#"{"supply": 300, "rule": "webster", "claims": [{"id": "143618", "request": 70}]}"#)?;
/// assert_eq!(json::answer(&request)?.reserve, json::Quantity::Seats(230));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
pub fn answer(request: &Request) -> Result<Answer, Error> {
    match request.form {
        Form::Integer => {
            let problem = integer(request)?;
            let result = allocate(&problem)?;
            Ok(of_integer(&problem, &result))
        }
        Form::Continuous => {
            let problem = ratios(request)?;
            let result = continuous(&problem)?;
            Ok(of_ratios(&problem, &result))
        }
    }
}

fn of_integer(problem: &Problem, result: &Allocation) -> Answer {
    let name = |position: &usize| problem.claims.get(*position).map(|claim| claim.id.clone());
    let by = match problem.tie_break {
        TieBreak::Key => "key",
        TieBreak::Lottery { .. } => "lottery",
    };
    let awards = problem.claims.iter().zip(&result.seats).zip(reasons(problem, result));
    Answer {
        rule: problem.rule.name().to_owned(),
        form: Form::Integer,
        supply: Quantity::Seats(problem.supply),
        reserve: Quantity::Seats(result.reserve),
        awards: awards
            .map(|((claim, &seats), reason)| AwardAnswer {
                id: claim.id.clone(),
                seats: Some(seats),
                award: None,
                reason,
            })
            .collect(),
        ties: result
            .ties
            .iter()
            .map(|tie| TieAnswer {
                tied: tie.tied.iter().filter_map(name).collect(),
                places: tie.places,
                chosen: tie.chosen.iter().filter_map(name).collect(),
                by: by.to_owned(),
            })
            .collect(),
        divisor: result.divisor().cloned(),
        guarantees_reduced: result.guarantees_reduced,
        rule_version: result.rule_version.clone(),
        input_hash: crate::hash::input_hash(problem),
    }
}

fn of_ratios(problem: &Problem<Ratio>, result: &Shares) -> Answer {
    let awards = problem.claims.iter().zip(&result.awards).zip(share_reasons(problem, result));
    Answer {
        rule: problem.rule.name().to_owned(),
        form: Form::Continuous,
        supply: problem.supply.clone().into(),
        reserve: result.reserve.clone().into(),
        awards: awards
            .map(|((claim, award), reason)| AwardAnswer {
                id: claim.id.clone(),
                seats: None,
                award: Some(award.clone()),
                reason,
            })
            .collect(),
        ties: Vec::new(),
        divisor: None,
        guarantees_reduced: result.guarantees_reduced,
        rule_version: result.rule_version.clone(),
        input_hash: crate::hash::input_hash(problem),
    }
}
