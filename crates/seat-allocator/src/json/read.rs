//! From a request to a problem: every number read, every fault collected with its place.

use super::{ClaimRequest, Number, Request};
use crate::error::{Code, Error, Fault, Field};
use crate::prepare::Faults;
use crate::problem::{Claim, Problem, Rule};
use crate::ratio::Ratio;

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
    let supply = required(request.supply.whole(), Field::Supply, &mut faults);
    let frame = frame(request, &mut faults);
    let claims = request
        .claims
        .iter()
        .enumerate()
        .map(|(position, claim)| claim_of(position, claim, &mut faults, Number::whole));
    let claims = claims.collect();
    let (rule, unit_price) = settled(frame);
    faults.check()?;
    Ok(Problem { supply: supply.unwrap_or(0), claims, rule, tie_break: request.tie_break.clone(), unit_price })
}

/// The problem that a request of the continuous form describes.
///
/// # Errors
/// Every value that is missing, negative or not a number.
///
/// ```
/// let request = seat_allocator::json::parse(br#"{"supply": "5/2", "rule": "talmud", "form": "continuous", "claims": []}"#)?;
/// assert_eq!(seat_allocator::json::ratios(&request)?.supply.to_string(), "5/2");
/// # Ok::<(), seat_allocator::Error>(())
/// ```
pub fn ratios(request: &Request) -> Result<Problem<Ratio>, Error> {
    let mut faults = Faults::default();
    let supply = required(request.supply.ratio(), Field::Supply, &mut faults);
    let frame = frame(request, &mut faults);
    let claims = request.claims.iter().enumerate();
    let claims = claims.map(|(position, claim)| claim_of(position, claim, &mut faults, Number::ratio)).collect();
    let (rule, unit_price) = settled(frame);
    faults.check()?;
    Ok(Problem { supply: supply.unwrap_or_default(), claims, rule, tie_break: request.tie_break.clone(), unit_price })
}

type Frame = (Option<Rule>, Option<u64>);

fn frame(request: &Request, faults: &mut Faults) -> Frame {
    let rule = Rule::from_name(&request.rule);
    if rule.is_none() {
        let code = if request.rule.is_empty() { Code::Absent } else { Code::Unknown };
        faults.add(Fault::of_problem(code, Field::Rule));
    }
    (rule, of_problem(request.unit_price_yen.whole(), Field::UnitPrice, faults))
}

fn settled((rule, unit_price): Frame) -> (Rule, Option<u64>) {
    (rule.unwrap_or(Rule::LargestRemainder), unit_price)
}

fn required<T>(value: Result<Option<T>, Code>, field: Field, faults: &mut Faults) -> Option<T> {
    of_problem(value.and_then(|value| value.map(Some).ok_or(Code::Absent)), field, faults)
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
        request: read(quantity(&claim.request), Field::Request, position, id, faults),
        guarantee: read(quantity(&claim.guarantee), Field::Guarantee, position, id, faults).unwrap_or_default(),
        weight: read(claim.weight.ratio(), Field::Weight, position, id, faults).unwrap_or_else(Ratio::one),
        class,
        budget_cap: read(claim.budget_cap_yen.whole(), Field::BudgetCap, position, id, faults),
    }
}
