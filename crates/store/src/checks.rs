//! Invariants of the data as queries: each answers the rows that violate it, so silence is health.
//!
//! The schema refuses most of this already; these queries say so afterwards, on real data, from the
//! outside (`yui verify`). Hashes (audit chain, scenarios, files) are recomputed in `app`, which knows how they are made.

mod guards;
mod rules;

use crate::{Db, StoreError};
use diesel::prelude::*;
use diesel::sql_types::Text;
use rules::RULES;

/// One violated invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: &'static str,
    /// The row.
    pub subject: String,
    /// The numbers that disagree.
    pub detail: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    detail: String,
}

impl Row {
    fn breaks(self, rule: &'static str) -> Violation {
        Violation { rule, subject: self.subject, detail: self.detail }
    }
}

/// The names of the rules, in the order in which they are checked.
#[must_use]
pub fn rules() -> Vec<&'static str> {
    RULES
        .iter()
        .map(|(rule, _)| *rule)
        .chain([guards::ORPHANS, guards::TRIGGERS, guards::KEYS, guards::FENCE])
        .collect()
}

/// Checks every rule; `before` hears which comes next and says whether to go on.
///
/// # Errors
/// When the database refuses; [`StoreError::Busy`] when told not to go on.
pub fn violations(db: &mut Db, before: &mut dyn FnMut(&'static str) -> bool) -> Result<Vec<Violation>, StoreError> {
    let mut next = |rule| if before(rule) { Ok(()) } else { Err(StoreError::Busy) };
    let mut found = Vec::new();
    for (rule, query) in RULES {
        next(rule)?;
        let rows: Vec<Row> = diesel::sql_query(query).load(db)?;
        found.extend(rows.into_iter().map(|row| row.breaks(rule)));
    }
    next(guards::ORPHANS)?;
    found.extend(guards::orphans(db)?);
    next(guards::TRIGGERS)?;
    found.extend(guards::triggers(db)?);
    next(guards::KEYS)?;
    found.extend(guards::keys(db)?);
    next(guards::FENCE)?;
    found.extend(guards::fence(db)?);
    Ok(found)
}
