//! Why each claim gets what it gets, as data that an official can follow with a calculator, and as Japanese sentences.
//! The data repeat no rule text: rule, version, ties and totals stand in the result itself.

use crate::allocation::{Allocation, Cut, Part, Quantity};
use crate::continuous::{self, Shares, claims_rule};
use crate::order::Order;
use crate::prepare::{Prepared, limit, prepare};
use crate::problem::{Claim, Divisor, Problem, Rule, TieBreak};
use crate::ratio::Ratio;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod divided;
mod japanese;

pub use japanese::{explain_ja, fault_ja};

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
    for (position, ((claim, (&lower, &upper)), &seats)) in problem
        .claims
        .iter()
        .zip(bounds)
        .zip(&result.seats)
        .enumerate()
    {
        let Some(part) = parts.get(&Some(claim.class)).or_else(|| parts.get(&None)) else {
            continue;
        };
        let (least, most) = if result.guarantees_reduced {
            (0, lower)
        } else {
            (lower, upper)
        };
        let limit = limit(claim, problem.unit_price);
        reasons.push(Reason {
            guarantees_reduced: result.guarantees_reduced,
            guarantee: claim.guarantee.into(),
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
        let lower = limit.clone().map_or(claim.guarantee.clone(), |limit| {
            limit.min(claim.guarantee.clone())
        });
        let most = if result.guarantees_reduced {
            Some(lower.clone())
        } else {
            limit.clone()
        };
        let least = if result.guarantees_reduced {
            Ratio::zero()
        } else {
            lower
        };
        let how = match (&part.level, problem.rule) {
            (Some(level), Rule::ConstrainedEqualLosses) => How::LossLevel {
                level: level.clone(),
            },
            (Some(level), _) => How::Level {
                level: level.clone(),
            },
            (None, _) if most.as_ref() == Some(award) => How::AllMet,
            (None, _) => How::Formula,
        };
        Some(Reason {
            guarantees_reduced: result.guarantees_reduced,
            guarantee: claim.guarantee.clone().into(),
            limited_by: limit
                .as_ref()
                .map(|limit| limited_by(claim.request.as_ref() == Some(limit))),
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
    problem
        .claims
        .iter()
        .zip(&result.awards)
        .filter_map(row)
        .collect()
}

fn parts<P>(parts: &[P], class: impl Fn(&P) -> Option<u32>) -> BTreeMap<Option<u32>, &P> {
    parts.iter().map(|part| (class(part), part)).collect()
}

fn limited_by(request: bool) -> LimitedBy {
    if request {
        LimitedBy::Request
    } else {
        LimitedBy::Budget
    }
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

/// What the reasons of several claims share.
struct Notes<'a> {
    rule: Rule,
    by: &'static str,
    result: &'a Allocation,
    /// Positions of the ties that a claim was part of.
    ties: BTreeMap<usize, usize>,
    /// Ranks inside the class, for the rule that serves in order.
    ranks: BTreeMap<usize, u64>,
    /// Exact shares above the guarantee, for the rules that round them.
    shares: BTreeMap<usize, Ratio>,
}

impl<'a> Notes<'a> {
    fn new(problem: &Problem, result: &'a Allocation, prepared: &Prepared) -> Self {
        let ties = result.ties.iter().enumerate();
        let ties = ties
            .flat_map(|(tie, event)| event.tied.iter().map(move |&claim| (claim, tie)))
            .collect();
        let by = match problem.tie_break {
            TieBreak::Key => "key",
            TieBreak::Lottery { .. } => "lottery",
        };
        let mut notes = Self {
            rule: problem.rule,
            by,
            result,
            ties,
            ranks: BTreeMap::new(),
            shares: BTreeMap::new(),
        };
        for part in &result.parts {
            let inside = |claim: &Claim| part.class.is_none_or(|class| class == claim.class);
            let members: Vec<usize> = (0..)
                .zip(&problem.claims)
                .filter(|(_, c)| inside(c))
                .map(|(at, _)| at)
                .collect();
            match part.cut {
                Cut::Order => {
                    let order = Order::new(&problem.claims, &problem.tie_break);
                    notes
                        .ranks
                        .extend(order.ranked(members).into_iter().zip(1_u64..));
                }
                Cut::Shares { .. } => notes.shares.extend(notes.exact(part, &members, prepared)),
                Cut::Steps if problem.rule == Rule::Quota => {
                    notes.shares.extend(divided::quotas(
                        result.guarantees_reduced,
                        &members,
                        prepared,
                        part.supply,
                    ));
                }
                Cut::Satisfied
                | Cut::Divisor { .. }
                | Cut::Losses { .. }
                | Cut::Level { .. }
                | Cut::Steps => {}
            }
        }
        notes
    }

    fn exact(&self, part: &Part, members: &[usize], prepared: &Prepared) -> Vec<(usize, Ratio)> {
        let open = |at: &usize| {
            let (lower, upper) = (prepared.lower.get(*at)?, prepared.upper.get(*at)?);
            Some(if self.result.guarantees_reduced {
                (0, *lower)
            } else {
                (*lower, *upper)
            })
        };
        let open: Vec<(u64, u64)> = members.iter().filter_map(open).collect();
        let held = open
            .iter()
            .fold(0_u64, |sum, (lower, _)| sum.saturating_add(*lower));
        let asked: Vec<Ratio> = open
            .iter()
            .map(|(lower, upper)| Ratio::from(upper.saturating_sub(*lower)))
            .collect();
        let shares = claims_rule(
            self.rule,
            &asked,
            &Ratio::from(part.supply.saturating_sub(held)),
        );
        members
            .iter()
            .copied()
            .zip(shares.unwrap_or_default())
            .collect()
    }

    fn tie(&self, position: usize) -> Option<TieReason> {
        let tie = self.result.ties.get(*self.ties.get(&position)?)?;
        Some(TieReason {
            tied: u64::try_from(tie.tied.len()).unwrap_or(u64::MAX),
            places: tie.places,
            won: tie.chosen.binary_search(&position).is_ok(),
            by: self.by.to_owned(),
        })
    }

    fn how(
        &self,
        position: usize,
        claim: &Claim,
        part: &Part,
        seats: u64,
        least: u64,
        most: u64,
    ) -> How {
        match &part.cut {
            Cut::Satisfied if seats == most => How::AllMet,
            Cut::Satisfied => How::GuaranteeOnly,
            Cut::Divisor { interval: None } => How::FirstSeats,
            Cut::Divisor {
                interval: Some(interval),
            } => {
                let (method, dividend, above) = match self.rule {
                    Rule::Divisor(method) => (method, claim.weight.clone(), 0),
                    Rule::ProportionalToRequest => (Divisor::Webster, Ratio::from(most), 0),
                    Rule::ProportionalAboveGuarantee => (
                        Divisor::Webster,
                        Ratio::from(most.saturating_sub(least)),
                        least,
                    ),
                    Rule::ConstrainedEqualAwardsAboveGuarantee => {
                        (Divisor::Webster, claim.weight.clone(), least)
                    }
                    Rule::LargestRemainder
                    | Rule::Quota
                    | Rule::ConstrainedEqualAwards
                    | Rule::ConstrainedEqualLosses
                    | Rule::Talmud
                    | Rule::ReverseTalmud
                    | Rule::Piniles
                    | Rule::AdjustedProportional
                    | Rule::RandomArrival
                    | Rule::MinimalOverlap
                    | Rule::ConstrainedEgalitarian
                    | Rule::DominguezThomson
                    | Rule::AverageOfCeaCel
                    | Rule::Priority => (Divisor::Webster, claim.weight.clone(), 0),
                };
                let quotient = divided::quotient(&dividend, &interval.suggested);
                let own = seats.saturating_sub(above);
                let rounded = quotient
                    .as_ref()
                    .map_or(own, |quotient| divided::rounded(method, quotient, own));
                let divisor = Some(interval.suggested.clone());
                How::Divisor {
                    method: Rule::Divisor(method).name().to_owned(),
                    dividend,
                    divisor,
                    quotient,
                    rounded,
                }
            }
            Cut::Losses { interval } => {
                let divisor = interval.as_ref().map(|interval| interval.suggested.clone());
                let quotient = divisor
                    .as_ref()
                    .and_then(|divisor| divided::quotient(&claim.weight, divisor));
                How::Losses {
                    divisor,
                    quotient,
                    loss: most.saturating_sub(seats),
                }
            }
            Cut::Level { level, leftover } => {
                let share = claim
                    .weight
                    .times(level)
                    .max(Ratio::from(least))
                    .min(Ratio::from(most));
                divided::remainder(Some(level.clone()), share, seats, *leftover)
            }
            Cut::Shares { leftover } => {
                let share = self
                    .shares
                    .get(&position)
                    .cloned()
                    .unwrap_or_default()
                    .plus(&Ratio::from(least));
                divided::remainder(None, share, seats, *leftover)
            }
            Cut::Order => How::Order {
                rank: self.ranks.get(&position).copied().unwrap_or(0),
            },
            Cut::Steps if self.rule == Rule::Quota => How::Quota {
                quota: self.shares.get(&position).cloned().unwrap_or_default(),
            },
            Cut::Steps => {
                let half = most.saturating_sub(least) >> 1;
                How::Halves {
                    half,
                    second: seats > least.saturating_add(half),
                }
            }
        }
    }
}
