//! An independent check of a result: bounds, sum, classes, certificate of the rule, ties.
//!
//! Nothing of the allocator is used, only the types of question and answer: a fault would have to be made twice, in two
//! different ways, to pass. Everything here is slow, plain and on big integers.

use crate::allocation::{Allocation, Tie};
use crate::problem::{Problem, Rule, TieBreak};
use num_rational::BigRational;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

mod certificate;
mod quota_method;
mod shares;

use certificate::Found;

/// Something about a result that its problem does not justify.
///
/// ```
/// use seat_allocator::{Claim, Problem, Rule, Violation, allocate, verify};
/// let claims = vec![Claim::new("a").with_request(5), Claim::new("b").with_request(5)];
/// let problem = Problem::new(4, Rule::ConstrainedEqualAwards, claims);
/// let mut result = allocate(&problem)?;
/// assert_eq!(verify(&problem, &result), []);
/// result.seats = vec![3, 1];
/// assert_eq!(verify(&problem, &result), [Violation::Certificate { given: 0, refused: 1 }]);
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Violation {
    /// The result does not have one number for each claim.
    Length,
    /// Fewer seats than the guarantee.
    BelowGuarantee {
        /// Position of the claim.
        claim: usize,
    },
    /// More seats than request and budget allow (or than the guarantee, when guarantees are reduced).
    AboveLimit {
        /// Position of the claim.
        claim: usize,
    },
    /// Seats and reserve do not add up to the supply.
    Sum,
    /// Seats are in reserve although a claim could take one.
    IdleReserve,
    /// The mark for reduced guarantees is wrong.
    GuaranteesReduced,
    /// A later class was served before an earlier one was full.
    ClassOrder {
        /// The class that was served too early.
        class: u32,
    },
    /// By the rule, the last seat of one claim belongs to another.
    Certificate {
        /// Position of the claim with a seat too many.
        given: usize,
        /// Position of the claim with a seat too few.
        refused: usize,
    },
    /// The seats of a claim are not those that the rule computes for it.
    Share {
        /// Position of the claim.
        claim: usize,
    },
    /// The ties that were recorded are not the ties that there were.
    Ties,
    /// Dividing by a printed divisor does not give these seats.
    Divisor,
    /// Too large to be checked by the plain method.
    TooLargeToCheck,
}

/// Claims that share one division, as exact numbers.
#[derive(Debug, Clone, Default)]
struct Group {
    members: Vec<usize>,
    lower: Vec<u64>,
    upper: Vec<u64>,
    weight: Vec<BigRational>,
}

/// Everything that is wrong with a result; nothing when it is right.
///
/// ```
/// use seat_allocator::{Claim, Divisor, Problem, Rule, allocate, verify};
/// let claims = vec![Claim::new("a").with_weight(2), Claim::new("b").with_weight(1)];
/// let problem = Problem::new(8, Rule::Divisor(Divisor::Hill), claims);
/// assert!(verify(&problem, &allocate(&problem)?).is_empty());
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[must_use]
pub fn verify(problem: &Problem, allocation: &Allocation) -> Vec<Violation> {
    if allocation.seats.len() != problem.claims.len() {
        return vec![Violation::Length];
    }
    let bounds: Vec<(u64, u64)> = problem.claims.iter().map(|claim| bounds(problem, claim)).collect();
    let guaranteed: u128 = bounds.iter().fold(0, |sum, (lower, _)| sum.saturating_add((*lower).into()));
    let short = guaranteed > u128::from(problem.supply);
    let mut found = Vec::new();
    if allocation.guarantees_reduced != short {
        found.push(Violation::GuaranteesReduced);
    }
    let bounds: Vec<(u64, u64)> = if short { bounds.iter().map(|(lower, _)| (0, *lower)).collect() } else { bounds };
    frame(problem, allocation, &bounds, &mut found);

    let mut groups: BTreeMap<u32, Group> = BTreeMap::new();
    for (position, (claim, (lower, upper))) in problem.claims.iter().zip(bounds).enumerate() {
        let group = groups.entry(if short { 0 } else { claim.class }).or_default();
        group.members.push(position);
        group.lower.push(lower);
        group.upper.push(upper);
        group.weight.push(BigRational::new(claim.weight.numerator(), claim.weight.denominator()));
    }
    class_order(allocation, &groups, &mut found);
    // Certificates presume a result in its frame: with a wrong sum they would only repeat it.
    if found.is_empty() {
        let ranks = ranks(problem);
        let mut ties = Vec::new();
        for group in groups.values() {
            let seats: Vec<u64> = group.members.iter().filter_map(|&at| allocation.seats.get(at).copied()).collect();
            match certificate::check(problem.rule, group, &seats, &ranks) {
                Ok(tie) => ties.extend(tie),
                Err(violation) => found.push(violation),
            }
        }
        if found.is_empty() && ties != allocation.ties {
            found.push(Violation::Ties);
        }
        if let (Rule::Divisor(method), Some(interval), true) = (problem.rule, allocation.divisor(), found.is_empty())
            && !groups.values().any(|group| certificate::divisors_hold(method, group, &allocation.seats, interval))
        {
            found.push(Violation::Divisor);
        }
    }
    found
}

/// Least and most seats of a claim.
fn bounds(problem: &Problem, claim: &crate::Claim) -> (u64, u64) {
    let mut upper = claim.request;
    if let (Some(budget), Some(price)) = (claim.budget_cap, problem.unit_price.filter(|&price| price > 0)) {
        let affordable = budget.checked_div(price).unwrap_or(0);
        upper = Some(upper.map_or(affordable, |request| request.min(affordable)));
    }
    match upper {
        Some(upper) => (claim.guarantee.min(upper), upper),
        None => (claim.guarantee, u64::MAX),
    }
}

fn frame(problem: &Problem, allocation: &Allocation, bounds: &[(u64, u64)], found: &mut Vec<Violation>) {
    for (claim, (seats, (lower, upper))) in allocation.seats.iter().zip(bounds).enumerate() {
        if seats < lower {
            found.push(Violation::BelowGuarantee { claim });
        }
        if seats > upper {
            found.push(Violation::AboveLimit { claim });
        }
    }
    let seated: u128 = allocation.seats.iter().fold(0, |sum, &seats| sum.saturating_add(seats.into()));
    if seated.saturating_add(allocation.reserve.into()) != u128::from(problem.supply) {
        found.push(Violation::Sum);
    }
    if allocation.reserve > 0 && allocation.seats.iter().zip(bounds).any(|(seats, (_, upper))| seats < upper) {
        found.push(Violation::IdleReserve);
    }
}

fn class_order(allocation: &Allocation, groups: &BTreeMap<u32, Group>, found: &mut Vec<Violation>) {
    let mut open = false;
    for (class, group) in groups {
        let rows = || group.members.iter().zip(group.lower.iter().zip(&group.upper));
        let seats = |member: &usize| allocation.seats.get(*member).copied().unwrap_or(0);
        if open && rows().any(|(member, (lower, _))| seats(member) > *lower) {
            found.push(Violation::ClassOrder { class: *class });
        }
        open |= rows().any(|(member, (_, upper))| seats(member) < *upper);
    }
}

/// Rank of every claim among exact equals, written out once more.
fn ranks(problem: &Problem) -> Vec<usize> {
    let mut order: Vec<(Vec<u8>, Vec<u8>, usize)> = problem
        .claims
        .iter()
        .enumerate()
        .map(|(position, claim)| match (&problem.tie_break, &claim.tie_key) {
            (TieBreak::Key, Some(key)) => ([&[0], key.as_bytes()].concat(), claim.id.as_bytes().to_vec(), position),
            (TieBreak::Key, None) => (vec![1], Vec::new(), position),
            (TieBreak::Lottery { seed }, _) => {
                let ticket = Sha256::digest([seed.as_bytes(), claim.id.as_bytes()].concat());
                (ticket.to_vec(), claim.id.as_bytes().to_vec(), position)
            }
        })
        .collect();
    order.sort();
    let mut ranks = vec![0; order.len()];
    for (rank, (_, _, position)) in order.into_iter().enumerate() {
        if let Some(slot) = ranks.get_mut(position) {
            *slot = rank;
        }
    }
    ranks
}

/// A tie as the result should record it.
fn tie(mut won: Vec<usize>, lost: Vec<usize>) -> Tie {
    let places = u64::try_from(won.len()).unwrap_or(u64::MAX);
    let mut tied = [won.clone(), lost].concat();
    tied.sort_unstable();
    won.sort_unstable();
    Tie { tied, places, chosen: won }
}

type Checked = Result<Option<Tie>, Violation>;

/// Turns the border between given and refused seats into a verdict.
fn verdict(found: Found, group: &Group, ranks: &[usize]) -> Checked {
    let position = |index: &usize| group.members.get(*index).copied().unwrap_or(usize::MAX);
    let rank = |position: &usize| ranks.get(*position).copied().unwrap_or(usize::MAX);
    match found {
        Found::Apart => Ok(None),
        Found::Crossed { given, refused } => {
            Err(Violation::Certificate { given: position(&given), refused: position(&refused) })
        }
        Found::Equal { given, refused } => {
            let won: Vec<usize> = given.iter().map(position).collect();
            let lost: Vec<usize> = refused.iter().map(position).collect();
            let worst = won.iter().max_by_key(|at| rank(at));
            let best = lost.iter().min_by_key(|at| rank(at));
            match (worst, best) {
                (Some(worst), Some(best)) if rank(worst) > rank(best) => {
                    Err(Violation::Certificate { given: *worst, refused: *best })
                }
                (Some(_) | None, Some(_) | None) => Ok(Some(tie(won, lost))),
            }
        }
    }
}
