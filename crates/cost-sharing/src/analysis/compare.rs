//! All rules for one case, side by side.

use crate::error::Error;
use crate::json::{Cost, ShareAnswer, ShareRequest, share};
use crate::rule::{Key, SharingRule};

/// One rule and what it gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The rule.
    pub rule: SharingRule,
    /// Its answer, or why it has none for this case.
    pub answer: Result<ShareAnswer, Error>,
}

/// Members up to which the nucleolus family is compared.
const MOST_NUCLEOLUS: usize = 20;

/// The case under its own rule first, then under every other rule that it has the data for.
///
/// ```
/// use cost_sharing::json::ShareRequest;
/// let request: ShareRequest = r#"{"price": {"mode": "per_seat", "tiers": [{"up_to": null, "unit": "1000"}]},
///     "members": [{"id": "a", "seats": 8}, {"id": "b", "seats": 4}], "rule": {"kind": "equal"}}"#.parse()?;
/// let kinds: Vec<&str> = cost_sharing::compare(&request).iter().map(|row| row.rule.kind()).collect();
/// assert_eq!(kinds[..3], ["equal", "per_seat", "stand_alone_proportional"]);
/// # Ok::<(), cost_sharing::Error>(())
/// ```
#[must_use]
pub fn compare(request: &ShareRequest) -> Vec<Comparison> {
    let mut rules = comparable_rules(request);
    rules.retain(|rule| *rule != request.rule);
    rules.insert(0, request.rule.clone());
    let compared = rules.into_iter().map(|rule| {
        let case = ShareRequest { rule: rule.clone(), ..request.clone() };
        Comparison { rule, answer: share(&case) }
    });
    compared.collect()
}

/// The rules that a case has the data for.
#[must_use]
pub fn comparable_rules(request: &ShareRequest) -> Vec<SharingRule> {
    let seats = request.members.iter().any(|member| member.seats > 0);
    let population = request.members.iter().all(|member| member.population.is_some());
    let mut rules = vec![SharingRule::Equal];
    if seats {
        rules.push(SharingRule::PerSeat);
    }
    if population {
        rules.push(SharingRule::Weighted { by: Key::Population });
    }
    let has_alone = request.members.iter().all(|member| member.stand_alone_yen.is_some());
    if matches!(request.cost, Cost::Total(_)) {
        if has_alone {
            rules.extend([SharingRule::StandAloneProportional, SharingRule::EqualSaving]);
        }
        return rules;
    }
    rules.extend([SharingRule::StandAloneProportional, SharingRule::EqualSaving, SharingRule::Ensc, SharingRule::Scrb]);
    if matches!(request.cost, Cost::Price(_)) {
        rules.push(SharingRule::Serial);
    }
    rules.extend([SharingRule::Incremental { order: None }, SharingRule::Shapley]);
    if request.members.len() <= MOST_NUCLEOLUS {
        rules.extend([SharingRule::Nucleolus, SharingRule::PerCapitaNucleolus]);
    }
    rules
}
