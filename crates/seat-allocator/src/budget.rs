//! Budgets when the price depends on the total: the more is bought together, the cheaper a seat, so what a budget buys
//! depends on everyone's. Starting from all requests, the total falls to the largest that everyone can pay for (Tarski).

use crate::allocate::allocate;
use crate::allocation::Allocation;
use crate::error::{Code, Detail, Error, Fault, Field};
use crate::problem::Problem;
use crate::wide::{clamp_u64, divide, product};
use serde::{Deserialize, Serialize};

/// Most rounds before giving up; every round lowers the total by at least one.
const MOST_ROUNDS: u64 = 10_000;

/// An allocation under budgets, with the chain of totals that led to it.
///
/// ```
/// use seat_allocator::{Claim, Problem, Rule, allocate_priced};
/// // 1–9 seats ¥1,000 each, from 10 seats ¥800 each.
/// let price = |seats: u64| if seats >= 10 { seats * 800 } else { (seats * 1_000).min(8_000) };
/// let claims = vec![
///     Claim::new("a").with_request(6).with_budget_cap(4_000),
///     Claim::new("b").with_request(6).with_budget_cap(9_000),
/// ];
/// let result = allocate_priced(&Problem::new(12, Rule::ConstrainedEqualAwards, claims), price)?;
/// assert_eq!((result.chain, result.allocation.seats), (vec![12, 11], vec![5, 6]));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Priced {
    /// The problem with requests lowered to what budgets buy: what [`verify`](crate::verify()) takes.
    pub problem: Problem,
    /// Its allocation.
    pub allocation: Allocation,
    /// Positions of the claims whose guarantee was lowered to what the budget buys.
    #[serde(default)]
    pub guarantees_lowered: Vec<usize>,
    /// Totals of the requests, from all that was asked down to what everyone can pay for.
    pub chain: Vec<u64>,
}

/// Divides seats whose price depends on the total.
///
/// `price` gives the price in yen of so many seats together. Its average per seat must not rise with the total: then the
/// totals fall from round to round, and the last one is the largest at which every budget holds. A claim without a request
/// counts as asking for the whole supply. Budgets hold at the price of what is asked for; a supply below that is divided
/// by the rule, and at its own average price a budget may then buy less.
///
/// # Errors
/// What [`allocate`] refuses, and [`Code::TooMuchWork`] when the totals do not settle.
///
/// ```
/// use seat_allocator::{Claim, Problem, Rule, allocate_priced};
/// let claims = vec![Claim::new("a").with_request(10).with_budget_cap(2_500)];
/// let result = allocate_priced(&Problem::new(9, Rule::Priority, claims), |seats| seats * 1_000)?;
/// assert_eq!((result.allocation.seats, result.allocation.reserve), (vec![2], 7));
/// # Ok::<(), seat_allocator::Error>(())
/// ```
pub fn allocate_priced(problem: &Problem, mut price: impl FnMut(u64) -> u64) -> Result<Priced, Error> {
    let asked: Vec<u64> =
        problem.claims.iter().map(|claim| claim.request.unwrap_or(problem.supply.max(claim.guarantee))).collect();
    let sum = |limits: &[u64]| clamp_u64(crate::group::total(limits));
    let mut limits = asked.clone();
    let mut chain = vec![sum(&limits)];
    for round in 0_u64.. {
        let Some(&seats) = chain.last().filter(|&&seats| seats > 0) else {
            break;
        };
        if round == MOST_ROUNDS {
            return Err(Error::one(
                Fault::of_problem(Code::TooMuchWork, Field::UnitPrice).with_detail(Detail::Most { most: MOST_ROUNDS }),
            ));
        }
        let yen = price(seats);
        let next: Vec<u64> = problem
            .claims
            .iter()
            .zip(&asked)
            .map(|(claim, &asked)| claim.budget_cap.map_or(asked, |budget| asked.min(affordable(budget, seats, yen))))
            .collect();
        let total = sum(&next);
        if total >= seats {
            break;
        }
        limits = next;
        chain.push(total);
    }
    let mut lowered = problem.clone();
    lowered.unit_price = None;
    let mut guarantees_lowered = Vec::new();
    for (position, (claim, &limit)) in lowered.claims.iter_mut().zip(&limits).enumerate() {
        if claim.budget_cap.is_some() {
            claim.request = Some(limit);
            if limit < claim.guarantee {
                guarantees_lowered.push(position);
            }
            claim.guarantee = claim.guarantee.min(limit);
        }
    }
    let allocation = allocate(&lowered)?;
    Ok(Priced { problem: lowered, allocation, guarantees_lowered, chain })
}

/// `⌊budget · seats / yen⌋`: what a budget buys at the average price.
fn affordable(budget: u64, seats: u64, yen: u64) -> u64 {
    if yen == 0 {
        return u64::MAX;
    }
    let (_, numerator) = product(budget.into(), seats.into());
    clamp_u64(divide(numerator, yen.into()).0)
}
