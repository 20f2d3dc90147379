//! What scenarios hold, remembered: a plan for a thousand towns is megabytes of text that every look at a page would
//! read and parse again. What is remembered goes by the hashes of the bytes themselves, or by everything that a
//! calculation depends on, so it can be forgotten at any time and is never wrong. Bounded; the oldest use goes first.

use super::model::{Inputs, Outcome};
use crate::{Ctx, Error};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::scenarios::{Head, Scenario};

/// Most plans in memory.
const MOST_PLANS: usize = 24;
/// Most members of all of them: a member takes a few kilobytes.
const MOST_MEMBERS: usize = 20_000;

/// The plans that a process remembers.
#[derive(Default)]
pub struct Plans(Mutex<Memory>);

/// Inputs and outcome of a scenario.
#[derive(Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) inputs: Inputs,
    pub(crate) outcome: Outcome,
    /// Places of the lines, by member.
    places: HashMap<String, usize>,
}

impl Kept {
    pub(crate) fn new(inputs: Inputs, outcome: Outcome) -> Self {
        let places = outcome.members.iter().map(|line| line.member_id.clone()).zip(0..).collect();
        Self { inputs, outcome, places }
    }

    /// The line of a member.
    pub(crate) fn line(&self, member_id: &str) -> Option<&super::MemberOutcome> {
        self.outcome.members.get(*self.places.get(member_id)?)
    }
}

#[derive(Default)]
struct Memory {
    plans: HashMap<String, (u64, Arc<Kept>)>,
    uses: u64,
}

impl Memory {
    fn find(&mut self, key: &str) -> Option<Arc<Kept>> {
        self.uses = self.uses.saturating_add(1);
        let (used, plan) = self.plans.get_mut(key)?;
        *used = self.uses;
        Some(Arc::clone(plan))
    }

    fn keep(&mut self, key: String, plan: &Arc<Kept>) {
        self.uses = self.uses.saturating_add(1);
        self.plans.insert(key, (self.uses, Arc::clone(plan)));
        while self.plans.len() > MOST_PLANS || (self.plans.len() > 1 && self.members() > MOST_MEMBERS) {
            let oldest = self.plans.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.plans.remove(&oldest);
            }
        }
    }

    fn members(&self) -> usize {
        self.plans.values().fold(0, |sum, (_, plan)| sum.saturating_add(plan.outcome.members.len()))
    }
}

impl Plans {
    fn with<T>(&self, f: impl FnOnce(&mut Memory) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What was remembered under a key, or what is made now.
pub(super) fn remembered(
    ctx: &mut Ctx<'_>,
    key: String,
    make: impl FnOnce(&mut Ctx<'_>) -> Result<Kept, Error>,
) -> Result<Arc<Kept>, Error> {
    if let Some(plan) = ctx.env.plans.with(|memory| memory.find(&key)) {
        return Ok(plan);
    }
    let plan = Arc::new(make(ctx)?);
    ctx.env.plans.with(|memory| memory.keep(key, &plan));
    Ok(plan)
}

fn key(input_hash: &str, result_hash: &str) -> String {
    format!("{input_hash} {result_hash}")
}

/// What was kept of a scenario, read back.
pub(crate) fn kept_of(ctx: &mut Ctx<'_>, head: &Head) -> Result<Arc<Kept>, Error> {
    let key = key(&head.input_hash, &head.result_hash);
    if let Some(plan) = ctx.env.plans.with(|memory| memory.find(&key)) {
        return Ok(plan);
    }
    let (inputs, result) = store::scenarios::texts(ctx.db, &head.id)?;
    let (read_inputs, outcome) = read(&inputs, &result)?;
    let plan = Arc::new(Kept::new(read_inputs, outcome));
    // Bytes that are not those of the hashes are shown as they stand, and not remembered.
    if super::engine::hash(&inputs) == head.input_hash && super::engine::hash(&result) == head.result_hash {
        ctx.env.plans.with(|memory| memory.keep(key, &plan));
    }
    Ok(plan)
}

fn read(inputs: &str, result: &str) -> Result<(Inputs, Outcome), Error> {
    Ok((serde_json::from_str(inputs).map_err(Error::internal)?, serde_json::from_str(result).map_err(Error::internal)?))
}

/// As [`kept_of`], for a row that is read already.
pub(crate) fn kept(row: &Scenario) -> Result<(Inputs, Outcome), Error> {
    read(&row.inputs, &row.result)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan() -> Arc<Kept> {
        let inputs = json!({
            "quote": {"id": "q", "vendor": "v", "schedule": {}, "tax_rate": "0.1", "tax_included": false},
            "survey_id": null, "demand": "base", "supply": null, "allocation": {}, "sharing": {"rule": {}}, "members": [],
        });
        let outcome = json!({
            "seats": {"requested": 0, "demanded": 0, "allocated": 0, "bought": 0, "reserve": 0},
            "bill": {"ex_tax_yen": 0, "tax_yen": 0, "total_yen": 0, "unit_yen": "0"}, "price_steps": [], "members": [],
            "fairness": {"checked": false, "in_core": false, "up_to_rounding": false, "max_excess_yen": "0", "coalition": [], "worse_off": [], "largest_safe_equal": null},
            "advice": null, "ties": [], "sharing_explanation": {}, "rule_versions": {"seat_allocator": "1", "cost_sharing": "1"},
        });
        let (inputs, outcome) = read(&inputs.to_string(), &outcome.to_string()).unwrap();
        Arc::new(Kept::new(inputs, outcome))
    }

    #[test]
    fn the_memory_is_bounded_and_forgets_what_was_not_used_longest() {
        let (mut memory, plan) = (Memory::default(), plan());
        for number in 0..MOST_PLANS {
            memory.keep(number.to_string(), &plan);
        }
        assert!(memory.find("0").is_some());
        memory.keep("one more".to_owned(), &plan);
        assert_eq!(memory.plans.len(), MOST_PLANS);
        assert!(memory.find("0").is_some(), "it was used");
        assert!(memory.find("1").is_none(), "it was used longest ago");
    }
}
