//! From what was asked to what can be computed: every fault found, budgets turned into upper bounds, weights made whole.

use crate::error::{Code, Error, Fault, Field, MOST_FAULTS};
use crate::problem::{Claim, Problem, Rule};
use crate::ratio::Ratio;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::ToPrimitive;

/// Largest supply, request or sum: 2^63 − 1.
pub(crate) const MOST: u64 = i64::MAX.unsigned_abs();

/// Upper bound of a claim without one: past every supply, so that nobody ever holds "all" of it.
const NO_BOUND: u64 = 1 << 63;

/// Bounds and whole weights of every claim, in the order of the problem.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) lower: Vec<u64>,
    pub(crate) upper: Vec<u64>,
    pub(crate) weight: Vec<u64>,
    pub(crate) scale: u64,
}

impl Rule {
    /// Whether the weight of a claim plays a part. The other rules weigh by what is asked, or not at all.
    pub(crate) const fn uses_weights(self) -> bool {
        match self {
            Self::Divisor(_)
            | Self::LargestRemainder
            | Self::Quota
            | Self::ConstrainedEqualAwards
            | Self::ConstrainedEqualLosses
            | Self::ConstrainedEqualAwardsAboveGuarantee => true,
            Self::ProportionalToRequest
            | Self::Talmud
            | Self::ReverseTalmud
            | Self::Piniles
            | Self::AdjustedProportional
            | Self::RandomArrival
            | Self::MinimalOverlap
            | Self::ConstrainedEgalitarian
            | Self::DominguezThomson
            | Self::AverageOfCeaCel
            | Self::Priority
            | Self::ProportionalAboveGuarantee => false,
        }
    }

    /// Whether every claim must name what it asks for.
    pub(crate) const fn needs_requests(self) -> bool {
        match self {
            Self::ConstrainedEqualLosses
            | Self::ProportionalToRequest
            | Self::Talmud
            | Self::ReverseTalmud
            | Self::Piniles
            | Self::AdjustedProportional
            | Self::RandomArrival
            | Self::MinimalOverlap
            | Self::ConstrainedEgalitarian
            | Self::DominguezThomson
            | Self::AverageOfCeaCel
            | Self::ProportionalAboveGuarantee => true,
            Self::Divisor(_)
            | Self::LargestRemainder
            | Self::Quota
            | Self::ConstrainedEqualAwards
            | Self::Priority
            | Self::ConstrainedEqualAwardsAboveGuarantee => false,
        }
    }
}

/// Collects faults, the first hundred.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn claim<Q>(&mut self, code: Code, field: Field, position: usize, claim: &Claim<Q>) {
        self.add(Fault::of_claim(code, field, position, &claim.id));
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        if self.0.len() < MOST_FAULTS {
            self.0.push(fault);
        }
    }

    pub(crate) fn check(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error { faults: self.0 }) }
    }
}

/// Most seats that a claim may take, by its request and by what its budget buys; `None` without either.
pub(crate) fn limit(claim: &Claim, unit_price: Option<u64>) -> Option<u64> {
    let affordable = match (claim.budget_cap, unit_price) {
        (Some(budget), Some(price)) => budget.checked_div(price),
        (None, _) | (_, None) => None,
    };
    match (claim.request, affordable) {
        (Some(request), Some(affordable)) => Some(request.min(affordable)),
        (limit, None) | (None, limit) => limit,
    }
}

/// Checks the integer form and prepares it.
pub(crate) fn prepare(problem: &Problem) -> Result<Prepared, Error> {
    let mut faults = Faults::default();
    if problem.supply > MOST {
        faults.add(Fault::of_problem(Code::TooLarge, Field::Supply));
    }
    identities(&problem.claims, &mut faults);
    shape(problem, &mut faults, |claim| limit(claim, problem.unit_price).is_some());
    for (total, field) in [
        (sum(problem.claims.iter().map(|claim| claim.request.unwrap_or(0))), Field::Request),
        (sum(problem.claims.iter().map(|claim| claim.guarantee)), Field::Guarantee),
    ] {
        if let Some((position, claim)) = total.err().and_then(|at| Some((at, problem.claims.get(at)?))) {
            faults.claim(Code::TotalTooLarge, field, position, claim);
        }
    }
    let (weight, scale) = whole_weights(&problem.claims, problem.rule, &mut faults);
    faults.check()?;

    let bounds = problem.claims.iter().map(|claim| {
        let upper = limit(claim, problem.unit_price);
        // A budget that buys less than the guarantee lowers the guarantee: nobody is sold more than it can pay.
        let lower = upper.map_or(claim.guarantee, |upper| claim.guarantee.min(upper));
        (lower, upper.unwrap_or(NO_BOUND))
    });
    let (lower, upper) = bounds.unzip();
    Ok(Prepared { lower, upper, weight, scale })
}

/// What both forms demand of price, guarantee, request, weight.
pub(crate) fn shape<Q: Ord + Default>(problem: &Problem<Q>, faults: &mut Faults, bounded: impl Fn(&Claim<Q>) -> bool) {
    if problem.unit_price == Some(0) {
        faults.add(Fault::of_problem(Code::Zero, Field::UnitPrice));
    }
    let zero = Q::default();
    for (position, claim) in problem.claims.iter().enumerate() {
        if claim.guarantee < zero {
            faults.claim(Code::Negative, Field::Guarantee, position, claim);
        }
        match &claim.request {
            Some(request) if *request < zero => faults.claim(Code::Negative, Field::Request, position, claim),
            Some(request) if *request < claim.guarantee => {
                faults.claim(Code::GuaranteeAboveRequest, Field::Guarantee, position, claim);
            }
            Some(_) => {}
            None if problem.rule.needs_requests() && !bounded(claim) => {
                faults.claim(Code::RequestNeeded, Field::Request, position, claim);
            }
            None => {}
        }
        if claim.weight.is_negative() {
            faults.claim(Code::Negative, Field::Weight, position, claim);
        }
    }
}

/// Sum up to [`MOST`], or the position where it passes that.
fn sum(values: impl Iterator<Item = u64>) -> Result<u64, usize> {
    let mut total = 0_u64;
    for (position, value) in values.enumerate() {
        total = total.checked_add(value).filter(|&total| total <= MOST).ok_or(position)?;
    }
    Ok(total)
}

/// Identifiers present and unique. Sorted fingerprints, not a hash table: no order depends on a random seed.
pub(crate) fn identities<Q>(claims: &[Claim<Q>], faults: &mut Faults) {
    // The usual case in one pass: nothing stands before an identifier that is present.
    if claims.first().is_none_or(|claim| !claim.id.is_empty()) && claims.is_sorted_by(|a, b| a.id < b.id) {
        return;
    }
    for (position, claim) in claims.iter().enumerate().filter(|(_, claim)| claim.id.is_empty()) {
        faults.claim(Code::EmptyId, Field::Id, position, claim);
    }
    let mut marks: Vec<(u64, usize)> =
        claims.iter().enumerate().map(|(position, claim)| (fingerprint(&claim.id), position)).collect();
    marks.sort_unstable();
    let mut twice = Vec::new();
    for same in marks.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        let mut named: Vec<(&str, usize)> = same
            .iter()
            .filter_map(|&(_, position)| claims.get(position).map(|claim| (claim.id.as_str(), position)))
            .filter(|(id, _)| !id.is_empty())
            .collect();
        named.sort_unstable();
        twice.extend(named.windows(2).filter_map(|pair| match pair {
            [(one, _), (other, position)] if one == other => Some(*position),
            _ => None,
        }));
    }
    twice.sort_unstable();
    for position in twice {
        if let Some(claim) = claims.get(position) {
            faults.claim(Code::DuplicateId, Field::Id, position, claim);
        }
    }
}

/// FNV-1a.
fn fingerprint(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Weights as whole numbers of a common unit, and how many of those units make one.
pub(crate) fn whole_weights(claims: &[Claim], rule: Rule, faults: &mut Faults) -> (Vec<u64>, u64) {
    if !rule.uses_weights() {
        return (vec![1; claims.len()], 1);
    }
    let mut scale = BigInt::from(1);
    let mut weights = Vec::with_capacity(claims.len());
    for (position, claim) in claims.iter().enumerate() {
        match claim.weight.to_u64() {
            Some(weight) => weights.push(weight),
            None => {
                if claim.weight.numerator().to_u64().is_none() && !claim.weight.is_negative() {
                    faults.claim(Code::TooLarge, Field::Weight, position, claim);
                }
                let wider = scale.lcm(&claim.weight.denominator());
                if wider.to_u64().is_none() {
                    faults.claim(Code::WeightsTooFine, Field::Weight, position, claim);
                    return (weights, 1);
                }
                scale = wider;
                weights.push(0);
            }
        }
    }
    let Some(units) = scale.to_u64().filter(|&units| units > 1) else {
        return (weights, 1);
    };
    let unit = Ratio::from(units);
    weights.clear();
    for (position, claim) in claims.iter().enumerate() {
        match claim.weight.times(&unit).to_u64() {
            Some(weight) => weights.push(weight),
            None => {
                if !claim.weight.is_negative() {
                    faults.claim(Code::WeightsTooFine, Field::Weight, position, claim);
                }
                weights.push(0);
            }
        }
    }
    (weights, units)
}
