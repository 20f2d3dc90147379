//! Who comes first, and which selections keep the promise of the call.
//!
//! The order of a policy is a function of facts that are written down (arrival, acknowledgement, rank in
//! a recorded draw), so that anybody can repeat it. A contact may decline anyone with a reason; among
//! the others a call by arrival or by lottery leaves no choice.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// How a call selects; promised when it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// 選考: the contact judges what people wrote.
    Selection,
    /// 先着順.
    FirstCome,
    /// 抽選.
    Lottery,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Selection, Self::FirstCome, Self::Lottery];

    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Selection => "selection",
            Self::FirstCome => "first_come",
            Self::Lottery => "lottery",
        }
    }

    /// Reads the word of the database.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }

    /// Whether the order binds the contact.
    #[must_use]
    pub const fn binds(self) -> bool {
        match self {
            Self::Selection => false,
            Self::FirstCome | Self::Lottery => true,
        }
    }
}

/// What the order is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The application.
    pub id: String,
    /// Whether the supervisor has acknowledged it.
    pub acknowledged: bool,
    /// Whether the supervisor does not agree; then it can only be declined.
    pub objected: bool,
    /// Whether the applicant has a seat already; then it can only be declined.
    pub seated: bool,
    /// When it arrived.
    pub applied_at: DateTime<Utc>,
    /// Rank in the recorded draw, from 1; none outside lotteries.
    pub drawn_rank: Option<u64>,
}

/// Puts candidates in the order of a policy; equal instants are told apart by the id.
///
/// A selection shows acknowledged applications first and those that can only be declined last, by arrival: a
/// suggestion. Arrival and draw rank are orders that bind.
pub fn rank(policy: Policy, candidates: &mut [Candidate]) {
    let key = |one: &Candidate| match policy {
        Policy::Selection => (one.objected || one.seated, !one.acknowledged, None),
        Policy::FirstCome => (false, false, None),
        Policy::Lottery => (false, false, Some(one.drawn_rank.unwrap_or(u64::MAX))),
    };
    candidates.sort_by(|a, b| (key(a), a.applied_at, &a.id).cmp(&(key(b), b.applied_at, &b.id)));
}

/// What the contact decides for an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 受講決定.
    Selected,
    /// 補欠.
    Waitlisted,
    /// 見送り.
    Declined,
}

impl Outcome {
    /// The word of the database and of JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Selected => "selected",
            Self::Waitlisted => "waitlisted",
            Self::Declined => "declined",
        }
    }
}

/// Why a selection is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionRule {
    /// More are selected than the call has places.
    #[error("{selected} selected for {capacity} places")]
    OverCapacity {
        /// Applications to be selected.
        selected: i64,
        /// Places of the call.
        capacity: i64,
    },
    /// Somebody was left out.
    #[error("{missing} applications are undecided")]
    Undecided {
        /// Applications without a decision.
        missing: i64,
    },
    /// Somebody is selected although an earlier one is to wait.
    #[error("{id} overtakes somebody")]
    Overtakes {
        /// The application that would overtake.
        id: String,
    },
}

/// Whether decisions on these candidates (in the order of [`rank`]) keep the promise of the call.
///
/// # Errors
/// The first rule that is broken: capacity, completeness, order.
pub fn check(
    policy: Policy,
    capacity: i64,
    ranked: &[Candidate],
    decisions: &BTreeMap<&str, Outcome>,
) -> Result<(), SelectionRule> {
    let selected = count(decisions.values().filter(|outcome| **outcome == Outcome::Selected));
    if selected > capacity {
        return Err(SelectionRule::OverCapacity { selected, capacity });
    }
    let missing = count(ranked.iter().filter(|one| !decisions.contains_key(one.id.as_str())));
    if missing > 0 {
        return Err(SelectionRule::Undecided { missing });
    }
    if !policy.binds() {
        return Ok(());
    }
    let outcome = |one: &&Candidate| decisions.get(one.id.as_str()).copied();
    let overtaking = ranked
        .iter()
        .skip_while(|one| outcome(one) != Some(Outcome::Waitlisted))
        .find(|one| outcome(one) == Some(Outcome::Selected));
    match overtaking {
        Some(one) => Err(SelectionRule::Overtakes { id: one.id.clone() }),
        None => Ok(()),
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Declined, Selected, Waitlisted};
    use chrono::TimeZone as _;

    fn candidate(id: &str, minute: u32, acknowledged: bool, drawn_rank: Option<u64>) -> Candidate {
        let applied_at = Utc.with_ymd_and_hms(2026, 5, 1, 0, minute, 0).unwrap();
        Candidate { id: id.to_owned(), acknowledged, objected: false, seated: false, applied_at, drawn_rank }
    }

    fn three() -> Vec<Candidate> {
        vec![candidate("a", 3, true, Some(2)), candidate("b", 1, false, Some(3)), candidate("c", 2, true, Some(1))]
    }

    fn order(policy: Policy) -> Vec<String> {
        let mut candidates = three();
        rank(policy, &mut candidates);
        candidates.into_iter().map(|one| one.id).collect()
    }

    fn judged(policy: Policy, capacity: i64, outcomes: &[(&str, Outcome)]) -> Result<(), SelectionRule> {
        let mut candidates = three();
        rank(policy, &mut candidates);
        check(policy, capacity, &candidates, &outcomes.iter().copied().collect())
    }

    #[test]
    fn each_policy_has_its_order() {
        assert_eq!(order(Policy::Selection), ["c", "a", "b"], "acknowledged first, then by arrival");
        assert_eq!(order(Policy::FirstCome), ["b", "c", "a"]);
        assert_eq!(order(Policy::Lottery), ["c", "a", "b"]);
    }

    #[test]
    fn arrivals_of_one_instant_are_told_apart_by_id() {
        let mut same = vec![candidate("z", 1, true, None), candidate("y", 1, true, None)];
        rank(Policy::FirstCome, &mut same);
        assert_eq!(same.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["y", "z"]);
    }

    #[test]
    fn nobody_is_selected_above_capacity_or_left_out() {
        let all = [("a", Selected), ("b", Selected), ("c", Selected)];
        assert_eq!(judged(Policy::Selection, 2, &all), Err(SelectionRule::OverCapacity { selected: 3, capacity: 2 }));
        assert_eq!(judged(Policy::Selection, 3, &all), Ok(()));
        assert_eq!(judged(Policy::Selection, 3, &all[..1]), Err(SelectionRule::Undecided { missing: 2 }));
    }

    #[test]
    fn a_selection_is_free_but_arrival_and_lottery_bind() {
        let late_first = [("a", Selected), ("b", Waitlisted), ("c", Declined)];
        assert_eq!(judged(Policy::Selection, 1, &late_first), Ok(()));
        assert_eq!(judged(Policy::FirstCome, 1, &late_first), Err(SelectionRule::Overtakes { id: "a".to_owned() }));
        assert_eq!(judged(Policy::Lottery, 1, &late_first), Ok(()));
        let drawn_last = [("a", Waitlisted), ("b", Selected), ("c", Declined)];
        assert_eq!(judged(Policy::Lottery, 1, &drawn_last), Err(SelectionRule::Overtakes { id: "b".to_owned() }));
    }

    #[test]
    fn words_read_back() {
        for policy in Policy::ALL {
            assert_eq!(Policy::parse(policy.as_str()), Some(policy));
        }
        assert_eq!(Selected.as_str(), "selected");
    }
}
