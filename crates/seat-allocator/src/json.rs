//! The stable JSON form, the same for the command line and for other programs: [`Request`] in, [`Answer`] out.
//!
//! Numbers may be written as JSON numbers or as text; a JSON number with a fraction is refused, because no exact value
//! survives a parser that reads it as floating point.

use crate::allocate::allocate;
pub use crate::allocation::Quantity;
use crate::allocation::{Allocation, DivisorInterval};
use crate::continuous::{Shares, continuous};
use crate::error::{Code, Error, Fault, Field};
use crate::explain::{Reason, reasons, share_reasons};
use crate::prepare::Faults;
use crate::problem::{Claim, Problem, Rule, TieBreak};
use crate::ratio::Ratio;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;
use std::marker::PhantomData;

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
    #[serde(default)]
    pub form: Form,
    /// Who asks.
    #[serde(default, deserialize_with = "objects")]
    pub claims: Vec<ClaimRequest>,
    /// Price of a seat; budgets lower requests only when it is given.
    #[serde(default)]
    pub unit_price_yen: Number,
    /// Who gets the odd seat among exact equals.
    #[serde(default)]
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
    /// The most this claim takes; null is no upper bound.
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
struct Object<T>(T);

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

fn objects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ClaimRequest>, D::Error> {
    let claims = Vec::<Object<ClaimRequest>>::deserialize(deserializer)?;
    Ok(claims.into_iter().map(|Object(claim)| claim).collect())
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::Whole(value.into())
    }
}

impl Number {
    fn ratio(&self) -> Result<Option<Ratio>, Code> {
        match self {
            Self::Absent => Ok(None),
            Self::Whole(value) => Ok(Ratio::new(*value, 1)),
            Self::Text(text) => match text.parse() {
                Ok(ratio) => Ok(Some(ratio)),
                Err(crate::ratio::ParseRatioError::TooLong) => Err(Code::TooLarge),
                Err(_) => Err(Code::NotANumber),
            },
            Self::Inexact => Err(Code::NotAnInteger),
        }
    }

    fn whole(&self) -> Result<Option<u64>, Code> {
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

/// The result, as JSON.
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
/// One fault of the whole document when the text is not JSON of the expected shape.
///
/// ```
/// use seat_allocator::{Code, json};
/// let error = json::parse(b"{\"supply\": ").unwrap_err();
/// assert_eq!(error.faults[0].code, Code::Malformed);
/// ```
pub fn parse(text: &[u8]) -> Result<Request, Error> {
    serde_json::from_slice::<Object<Request>>(text)
        .map(|Object(request)| request)
        .map_err(|error| {
            let mut fault = Fault::of_problem(Code::Malformed, Field::Document);
            fault.note = Some(error.to_string());
            Error::one(fault)
        })
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

/// The problem that a request of the integer form describes.
///
/// # Errors
/// Every value that is missing, negative, not whole or too large.
///
/// ```
/// let request = seat_allocator::json::parse(br#"{"supply": 1, "rule": "quota", "claims": []}"#)?;
/// assert_eq!(seat_allocator::json::integer(&request)?.supply, 1);
/// # Ok::<(), seat_allocator::Error>(())
/// ```
pub fn integer(request: &Request) -> Result<Problem, Error> {
    let mut faults = Faults::default();
    let frame = frame(request, &mut faults);
    let supply = required(request.supply.whole(), Field::Supply, &mut faults);
    let claims = request
        .claims
        .iter()
        .enumerate()
        .map(|(position, claim)| claim_of(position, claim, &mut faults, Number::whole));
    let claims = claims.collect();
    let (rule, unit_price) = settled(frame);
    faults.check()?;
    Ok(Problem {
        supply: supply.unwrap_or(0),
        claims,
        rule,
        tie_break: request.tie_break.clone(),
        unit_price,
    })
}

/// The problem that a request of the continuous form describes.
///
/// # Errors
/// Every value that is missing, negative or not a number.
///
/// ```
/// let request = seat_allocator::json::parse(br#"{"supply": "5/2", "rule": "talmud", "form": "continuous"}"#)?;
/// assert_eq!(seat_allocator::json::ratios(&request)?.supply.to_string(), "5/2");
/// # Ok::<(), seat_allocator::Error>(())
/// ```
pub fn ratios(request: &Request) -> Result<Problem<Ratio>, Error> {
    let mut faults = Faults::default();
    let frame = frame(request, &mut faults);
    let supply = required(request.supply.ratio(), Field::Supply, &mut faults);
    let claims = request.claims.iter().enumerate();
    let claims = claims
        .map(|(position, claim)| claim_of(position, claim, &mut faults, Number::ratio))
        .collect();
    let (rule, unit_price) = settled(frame);
    faults.check()?;
    Ok(Problem {
        supply: supply.unwrap_or_default(),
        claims,
        rule,
        tie_break: request.tie_break.clone(),
        unit_price,
    })
}

type Frame = (Option<Rule>, Option<u64>);

fn frame(request: &Request, faults: &mut Faults) -> Frame {
    let rule = Rule::from_name(&request.rule);
    if rule.is_none() {
        let code = if request.rule.is_empty() {
            Code::Absent
        } else {
            Code::Unknown
        };
        faults.add(Fault::of_problem(code, Field::Rule));
    }
    (
        rule,
        of_problem(request.unit_price_yen.whole(), Field::UnitPrice, faults),
    )
}

fn settled((rule, unit_price): Frame) -> (Rule, Option<u64>) {
    (rule.unwrap_or(Rule::LargestRemainder), unit_price)
}

fn required<T>(value: Result<Option<T>, Code>, field: Field, faults: &mut Faults) -> Option<T> {
    of_problem(
        value.and_then(|value| value.map(Some).ok_or(Code::Absent)),
        field,
        faults,
    )
}

fn of_problem<T>(value: Result<Option<T>, Code>, field: Field, faults: &mut Faults) -> Option<T> {
    value.unwrap_or_else(|code| {
        faults.add(Fault::of_problem(code, field));
        None
    })
}

fn claim_of<Q: Default>(
    position: usize,
    claim: &ClaimRequest,
    faults: &mut Faults,
    quantity: impl Fn(&Number) -> Result<Option<Q>, Code>,
) -> Claim<Q> {
    fn read<T>(
        value: Result<Option<T>, Code>,
        field: Field,
        position: usize,
        id: &str,
        faults: &mut Faults,
    ) -> Option<T> {
        value.unwrap_or_else(|code| {
            faults.add(Fault::of_claim(code, field, position, id));
            None
        })
    }
    let id = claim.id.as_str();
    let class = read(claim.class.whole(), Field::Class, position, id, faults).unwrap_or(1);
    let class = u32::try_from(class).unwrap_or_else(|_| {
        faults.add(Fault::of_claim(Code::TooLarge, Field::Class, position, id));
        1
    });
    Claim {
        id: claim.id.clone(),
        tie_key: claim.tie_key.clone(),
        request: read(
            quantity(&claim.request),
            Field::Request,
            position,
            id,
            faults,
        ),
        guarantee: read(
            quantity(&claim.guarantee),
            Field::Guarantee,
            position,
            id,
            faults,
        )
        .unwrap_or_default(),
        weight: read(claim.weight.ratio(), Field::Weight, position, id, faults)
            .unwrap_or_else(Ratio::one),
        class,
        budget_cap: read(
            claim.budget_cap_yen.whole(),
            Field::BudgetCap,
            position,
            id,
            faults,
        ),
    }
}

fn of_integer(problem: &Problem, result: &Allocation) -> Answer {
    let name = |position: &usize| problem.claims.get(*position).map(|claim| claim.id.clone());
    let by = match problem.tie_break {
        TieBreak::Key => "key",
        TieBreak::Lottery { .. } => "lottery",
    };
    let awards = problem
        .claims
        .iter()
        .zip(&result.seats)
        .zip(reasons(problem, result));
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
    let awards = problem
        .claims
        .iter()
        .zip(&result.awards)
        .zip(share_reasons(problem, result));
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
