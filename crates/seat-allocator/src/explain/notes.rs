//! What the reasons of several claims share, worked out once for each result.

use super::{How, TieReason, divided};
use crate::allocation::{Allocation, Cut, Part};
use crate::order::Order;
use crate::prepare::Prepared;
use crate::problem::{Claim, Divisor, Problem, Rule, TieBreak};
use crate::ratio::Ratio;
use std::collections::BTreeMap;

/// What the reasons of several claims share.
pub(super) struct Notes<'a> {
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
    pub(super) fn new(problem: &Problem, result: &'a Allocation, prepared: &Prepared) -> Self {
        let ties = result.ties.iter().enumerate();
        let ties = ties.flat_map(|(tie, event)| event.tied.iter().map(move |&claim| (claim, tie))).collect();
        let by = match problem.tie_break {
            TieBreak::Key => "key",
            TieBreak::Lottery { .. } => "lottery",
        };
        let mut notes = Self { rule: problem.rule, by, result, ties, ranks: BTreeMap::new(), shares: BTreeMap::new() };
        for part in &result.parts {
            let inside = |claim: &Claim| part.class.is_none_or(|class| class == claim.class);
            let members: Vec<usize> = (0..).zip(&problem.claims).filter(|(_, c)| inside(c)).map(|(at, _)| at).collect();
            match &part.cut {
                Cut::Order => {
                    let order = Order::new(&problem.claims, &problem.tie_break);
                    notes.ranks.extend(order.ranked(members).into_iter().zip(1_u64..));
                }
                // What the division already worked out: random arrival takes seconds.
                Cut::Shares { exact, .. } => notes.shares.extend(members.into_iter().zip(exact.iter().cloned())),
                Cut::Steps if problem.rule == Rule::Quota => {
                    notes.shares.extend(divided::quotas(result.guarantees_reduced, &members, prepared, part.supply));
                }
                Cut::Satisfied | Cut::Divisor { .. } | Cut::Losses { .. } | Cut::Level { .. } | Cut::Steps => {}
            }
        }
        notes
    }

    pub(super) fn tie(&self, position: usize) -> Option<TieReason> {
        let tie = self.result.ties.get(*self.ties.get(&position)?)?;
        Some(TieReason {
            tied: u64::try_from(tie.tied.len()).unwrap_or(u64::MAX),
            places: tie.places,
            won: tie.chosen.binary_search(&position).is_ok(),
            by: self.by.to_owned(),
        })
    }

    pub(super) fn how(&self, position: usize, claim: &Claim, part: &Part, seats: u64, least: u64, most: u64) -> How {
        match &part.cut {
            Cut::Satisfied if seats == most => How::AllMet,
            Cut::Satisfied => How::GuaranteeOnly,
            Cut::Divisor { interval: None, .. } => How::FirstSeats,
            Cut::Divisor { interval: Some(interval), last_given, first_refused } => {
                let (method, dividend, above) = match self.rule {
                    Rule::Divisor(method) => (method, claim.weight.clone(), 0),
                    Rule::ProportionalToRequest => (Divisor::Webster, Ratio::from(most), 0),
                    Rule::ProportionalAboveGuarantee => {
                        (Divisor::Webster, Ratio::from(most.saturating_sub(least)), least)
                    }
                    Rule::ConstrainedEqualAwardsAboveGuarantee => (Divisor::Webster, claim.weight.clone(), least),
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
                let rounded = quotient.as_ref().map_or(own, |quotient| divided::rounded(method, quotient, own));
                let divisor = Some(interval.suggested.clone());
                How::Divisor {
                    method: Rule::Divisor(method).name().to_owned(),
                    dividend,
                    divisor,
                    quotient,
                    rounded,
                    last_given: *last_given == Some(position),
                    first_refused: *first_refused == Some(position),
                }
            }
            Cut::Losses { interval } => {
                let divisor = interval.as_ref().map(|interval| interval.suggested.clone());
                let quotient = divisor.as_ref().and_then(|divisor| divided::quotient(&claim.weight, divisor));
                How::Losses { divisor, quotient, loss: most.saturating_sub(seats) }
            }
            Cut::Level { level, leftover } => {
                let share = claim.weight.times(level).max(Ratio::from(least)).min(Ratio::from(most));
                divided::remainder(Some(level.clone()), share, seats, *leftover)
            }
            Cut::Shares { leftover, .. } => {
                let share = self.shares.get(&position).cloned().unwrap_or_default().plus(&Ratio::from(least));
                divided::remainder(None, share, seats, *leftover)
            }
            Cut::Order => How::Order { rank: self.ranks.get(&position).copied().unwrap_or(0) },
            Cut::Steps if self.rule == Rule::Quota => {
                How::Quota { quota: self.shares.get(&position).cloned().unwrap_or_default() }
            }
            Cut::Steps => {
                let half = most.saturating_sub(least) >> 1;
                How::Halves { half, second: seats > least.saturating_add(half) }
            }
        }
    }
}
