//! The invariants of the seat ledger, checked on the data as it stands: for `yui verify` and for the
//! end of every story. An empty list means that every seat is where the ledger says.

use crate::Error;
use store::Db;

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The rule by name.
    pub rule: String,
    /// The row that breaks it.
    pub subject: String,
    /// What is, and what should be.
    pub detail: String,
}

/// Checks every invariant of seats.
///
/// # Errors
/// When the database refuses.
pub fn check(db: &mut Db) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for (rule, query) in store::seats::checks::RULES {
        for breach in store::seats::checks::breaches(db, query)? {
            findings.push(Finding {
                rule: rule.to_owned(),
                subject: breach.subject,
                detail: format!("found {}, expected {}", breach.found, breach.expected),
            });
        }
    }
    Ok(findings)
}
