//! Why each claim gets what it gets, as data that an official can follow with a calculator.

use crate::allocation::{Allocation, Quantity};
use crate::continuous::{self, Shares};
use crate::prepare::limit;
use crate::problem::Problem;
use crate::ratio::Ratio;
use serde::{Deserialize, Serialize};

/// Why one claim gets what it gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// Least that the claim could get.
    pub guarantee: Quantity,
    /// Most that it could take, by request and budget.
    pub limit: Option<Quantity>,
    /// Weight.
    pub weight: Ratio,
    /// Class.
    pub class: u32,
}

/// The reasons of all claims, in their order.
pub fn reasons<'a>(problem: &'a Problem, _result: &'a Allocation) -> impl Iterator<Item = Reason> + 'a {
    problem.claims.iter().map(|claim| Reason {
        guarantee: claim.guarantee.into(),
        limit: limit(claim, problem.unit_price).map(Quantity::from),
        weight: claim.weight.clone(),
        class: claim.class,
    })
}

/// The reasons of all claims of the continuous form, in their order.
pub fn share_reasons<'a>(problem: &'a Problem<Ratio>, _result: &'a Shares) -> impl Iterator<Item = Reason> + 'a {
    problem.claims.iter().map(|claim| Reason {
        guarantee: claim.guarantee.clone().into(),
        limit: continuous::limit(claim, problem.unit_price).map(Quantity::from),
        weight: claim.weight.clone(),
        class: claim.class,
    })
}
