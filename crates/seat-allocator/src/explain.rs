//! Why each claim gets what it gets, as data that an official can follow with a calculator, and as Japanese sentences.
//! The data repeat no rule text: rule, version, ties and totals stand in the result itself.

use crate::allocation::{Allocation, Quantity};
use crate::continuous::{self, Shares};
use crate::prepare::{limit, prepare};
use crate::problem::{Claim, Problem, Rule};
use crate::ratio::Ratio;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod divided;
mod faults;
mod japanese;
mod notes;

pub use faults::fault_ja;
pub use japanese::explain_ja;
use notes::Notes;

/// Why one claim gets what it gets.
///
/// ```
/// use seat_allocator::explain::{How, reasons};
/// use seat_allocator::{Claim, Divisor, Problem, Rule, allocate};
/// let claims = vec![Claim::new("a").with_weight(53), Claim::new("b").with_weight(24)];
/// let problem = Problem::new(7, Rule::Divisor(Divisor::Webster), claims);
/// let reasons = reasons(&problem, &allocate(&problem)?);
/// let How::Divisor { divisor, rounded, .. } = &reasons[0].how else { unreachable!() };
/// assert_eq!((divisor.as_deref(), *rounded), (Some("10"), 5)); // 53 ÷ 10 = 5.3
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// The supply was short of all guarantees: they became upper bounds, over all classes together.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guarantees_reduced: bool,
    /// Least that the claim could get.
    pub guarantee: Quantity,
    /// The guarantee that counted, where the budget buys less than the guarantee that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guarantee_lowered_to: Option<Quantity>,
    /// Most that it could take, by request and budget.
    pub limit: Option<Quantity>,
    /// What sets that limit.
    pub limited_by: Option<LimitedBy>,
    /// Weight.
    pub weight: Ratio,
    /// Class.
    pub class: u32,
    /// What was divided among the claims of the class, guarantees included; for reduced guarantees, among all.
    pub class_supply: Quantity,
    /// The bound that holds the award, if one does.
    pub bound: Bound,
    /// The arithmetic of the rule.
    pub how: How,
    /// The tie that this claim was part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tie: Option<TieReason>,
}

/// What limits a claim.
///
/// ```
/// use seat_allocator::explain::LimitedBy;
/// assert_eq!(serde_json::to_string(&LimitedBy::Budget)?, "\"budget\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitedBy {
    /// The request.
    Request,
    /// What the budget buys.
    Budget,
}

/// The bound that an award stands at.
///
/// ```
/// use seat_allocator::explain::Bound;
/// assert_eq!(serde_json::to_string(&Bound::Limit)?, "\"limit\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Between its bounds.
    None,
    /// At the guarantee.
    Guarantee,
    /// At the limit.
    Limit,
}

/// A tie from the side of one claim.
///
/// ```
/// use seat_allocator::explain::TieReason;
/// let tie = TieReason { tied: 3, places: 1, won: true, by: "key".into() };
/// assert!(tie.won);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TieReason {
    /// How many claims were exactly equal.
    pub tied: u64,
    /// How many of them got one more seat.
    pub places: u64,
    /// Whether this one did.
    pub won: bool,
    /// `key` or `lottery`.
    pub by: String,
}

/// The arithmetic of the rule for one claim.
///
/// ```
/// use seat_allocator::explain::How;
/// assert_eq!(serde_json::to_string(&How::AllMet)?, r#"{"kind":"all_met"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum How {
    /// Nothing was scarce: everyone in the class gets all it may take.
    AllMet,
    /// Nothing was left beyond the guarantees.
    GuaranteeOnly,
    /// Fewer seats than claims: the heaviest claims get a first seat each, by a method that owes everyone one.
    FirstSeats,
    /// Weight ÷ divisor, rounded at the signposts of the method, held within the bounds.
    Divisor {
        /// The method.
        method: String,
        /// What is divided: the weight, or the request for rules in proportion to requests.
        dividend: Ratio,
        /// The divisor to use; `None` when any divisor will do.
        divisor: Option<String>,
        /// Dividend ÷ divisor.
        quotient: Option<Ratio>,
        /// The quotient rounded by the method.
        rounded: u64,
        /// This claim got the last seat.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        last_given: bool,
        /// This claim would get the next seat.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        first_refused: bool,
    },
    /// Weight ÷ divisor, rounded, is what the claim loses.
    Losses {
        /// The divisor to use.
        divisor: Option<String>,
        /// Weight ÷ divisor.
        quotient: Option<Ratio>,
        /// Seats that the claim goes short of its limit.
        loss: u64,
    },
    /// A share cut to whole seats, and one more for the largest fractions.
    Remainder {
        /// Level `λ`: the quota is `λ` times the weight, within the bounds. `None` for shares by another formula.
        level: Option<Ratio>,
        /// The exact share.
        share: Ratio,
        /// Its whole seats.
        whole: u64,
        /// What is left of it.
        fraction: Ratio,
        /// Whether the claim got one more.
        rounded_up: bool,
        /// How many claims got one more.
        leftover: u64,
        /// Rank of the fraction among all, from 1; equals share a rank.
        rank: u64,
        /// The smallest fraction that got one more.
        cut: Option<Ratio>,
    },
    /// Half the claim first, the other half after everyone's first half.
    Halves {
        /// The first half of what is asked above the guarantee, an odd seat belonging to the second.
        half: u64,
        /// Whether this claim got seats of its second half.
        second: bool,
    },
    /// Seat by seat in Jefferson's order, never above the quota rounded up.
    Quota {
        /// The quota: weight in proportion, within the bounds.
        quota: Ratio,
    },
    /// In order of arrival.
    Order {
        /// Place in the order of the class, from 1.
        rank: u64,
    },
    /// Continuous form: the common level times the weight, within the bounds.
    Level {
        /// The level `λ`.
        level: Ratio,
    },
    /// Continuous form: the limit less the common loss per weight, within the bounds.
    LossLevel {
        /// The loss per weight.
        level: Ratio,
    },
    /// Continuous form: the formula of the rule, without rounding.
    Formula,
}

/// The reasons of all claims, in their order.
///
/// ```
/// use seat_allocator::explain::{Bound, reasons};
/// use seat_allocator::{Claim, Problem, Rule, allocate};
/// let claims = vec![Claim::new("a").with_request(2), Claim::new("b").with_request(9)];
/// let problem = Problem::new(6, Rule::ConstrainedEqualAwards, claims);
/// assert_eq!(reasons(&problem, &allocate(&problem)?)[0].bound, Bound::Limit);
/// # Ok::<(), seat_allocator::Error>(())
/// ```
#[must_use]
pub fn reasons(problem: &Problem, result: &Allocation) -> Vec<Reason> {
    let Ok(prepared) = prepare(problem) else {
        return Vec::new();
    };
    let parts = parts(&result.parts, |part| part.class);
    let notes = Notes::new(problem, result, &prepared);
    let bounds = prepared.lower.iter().zip(&prepared.upper);
    let mut reasons = Vec::with_capacity(problem.claims.len());
    for (position, ((claim, (&lower, &upper)), &seats)) in
        problem.claims.iter().zip(bounds).zip(&result.seats).enumerate()
    {
        let Some(part) = parts.get(&Some(claim.class)).or_else(|| parts.get(&None)) else {
            continue;
        };
        let (least, most) = if result.guarantees_reduced { (0, lower) } else { (lower, upper) };
        let limit = limit(claim, problem.unit_price);
        reasons.push(Reason {
            guarantees_reduced: result.guarantees_reduced,
            guarantee: claim.guarantee.into(),
            guarantee_lowered_to: (lower < claim.guarantee).then(|| lower.into()),
            limited_by: limit.map(|limit| limited_by(claim.request == Some(limit))),
            limit: limit.map(Quantity::from),
            weight: claim.weight.clone(),
            class: claim.class,
            class_supply: part.supply.into(),
            bound: bound(&seats, &least, &most),
            how: notes.how(position, claim, part, seats, least, most),
            tie: notes.tie(position),
        });
    }
    divided::rank(&mut reasons);
    reasons
}

/// The reasons of all claims of the continuous form, in their order.
///
/// ```
/// use seat_allocator::explain::{How, share_reasons};
/// use seat_allocator::{Claim, Problem, Ratio, Rule, continuous};
/// let claims = [1, 2].map(|w| Claim::new(w.to_string()).with_weight(w)).into();
/// let problem = Problem::new(Ratio::from(1), Rule::LargestRemainder, claims);
/// let reasons = share_reasons(&problem, &continuous(&problem)?);
/// assert_eq!(reasons[0].how, How::Level { level: "1/3".parse()? });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn share_reasons(problem: &Problem<Ratio>, result: &Shares) -> Vec<Reason> {
    let parts = parts(&result.parts, |part| part.class);
    let row = |(claim, award): (&Claim<Ratio>, &Ratio)| {
        let part = parts.get(&Some(claim.class)).or_else(|| parts.get(&None))?;
        let limit = continuous::limit(claim, problem.unit_price);
        let lower = limit.clone().map_or(claim.guarantee.clone(), |limit| limit.min(claim.guarantee.clone()));
        let lowered = (lower < claim.guarantee).then(|| Quantity::from(lower.clone()));
        let most = if result.guarantees_reduced { Some(lower.clone()) } else { limit.clone() };
        let least = if result.guarantees_reduced { Ratio::zero() } else { lower };
        let how = match (&part.level, problem.rule) {
            (Some(level), Rule::ConstrainedEqualLosses) => How::LossLevel { level: level.clone() },
            (Some(level), _) => How::Level { level: level.clone() },
            (None, _) if most.as_ref() == Some(award) => How::AllMet,
            (None, Rule::ConstrainedEqualLosses) => How::GuaranteeOnly,
            (None, _) => How::Formula,
        };
        Some(Reason {
            guarantees_reduced: result.guarantees_reduced,
            guarantee: claim.guarantee.clone().into(),
            guarantee_lowered_to: lowered,
            limited_by: limit.as_ref().map(|limit| limited_by(claim.request.as_ref() == Some(limit))),
            limit: limit.map(Quantity::from),
            weight: claim.weight.clone(),
            class: claim.class,
            class_supply: part.supply.clone().into(),
            bound: match &most {
                Some(most) => bound(award, &least, most),
                None if *award == least && !least.is_zero() => Bound::Guarantee,
                None => Bound::None,
            },
            how,
            tie: None,
        })
    };
    problem.claims.iter().zip(&result.awards).filter_map(row).collect()
}

fn parts<P>(parts: &[P], class: impl Fn(&P) -> Option<u32>) -> BTreeMap<Option<u32>, &P> {
    parts.iter().map(|part| (class(part), part)).collect()
}

fn limited_by(request: bool) -> LimitedBy {
    if request { LimitedBy::Request } else { LimitedBy::Budget }
}

fn bound<Q: Ord>(award: &Q, least: &Q, most: &Q) -> Bound {
    if award == most {
        Bound::Limit
    } else if award == least {
        Bound::Guarantee
    } else {
        Bound::None
    }
}
