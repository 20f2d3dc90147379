//! Verifies every invariant of the data: sums, counters, orphans, audit chains, frozen scenarios.
//! Runs on a reading snapshot, changes nothing, and says what is wrong by rule and row.

use crate::{Error, audit};
use serde::Serialize;
use store::Db;
use store::checks::Violation;

/// What was checked and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The rules, in the order of checking.
    pub rules: Vec<&'static str>,
    /// Audit entries whose hashes were recomputed.
    pub audit_entries: i64,
    /// What is wrong; empty when all is well.
    pub findings: Vec<Finding>,
}

/// One violated rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which rule.
    pub rule: &'static str,
    /// Which row.
    pub subject: String,
    /// The numbers that disagree.
    pub detail: String,
}

impl From<Violation> for Finding {
    fn from(violation: Violation) -> Self {
        Self { rule: violation.rule, subject: violation.subject, detail: violation.detail }
    }
}

const CHAIN_RULE: &str = "audit: every entry hashes to its successor";

/// Checks everything.
///
/// # Errors
/// When the database cannot be read; violations are findings, not errors.
pub fn verify(db: &mut Db) -> Result<Report, Error> {
    let mut rules = store::checks::rules();
    rules.push(CHAIN_RULE);
    let mut findings: Vec<Finding> = store::checks::violations(db)?.into_iter().map(Finding::from).collect();
    let mut audit_entries = 0_i64;
    for chain in store::audit::chains(db)? {
        audit_entries = audit_entries.saturating_add(verify_chain(db, &chain, &mut findings)?);
    }
    Ok(Report { rules, audit_entries, findings })
}

/// Recomputes one chain from its first entry.
fn verify_chain(db: &mut Db, chain: &store::audit::Chain, findings: &mut Vec<Finding>) -> Result<i64, Error> {
    let mut head = String::new();
    let mut sequence = 0_i64;
    loop {
        let rows = store::audit::entries_after(db, &chain.scope, sequence, 1_000)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let in_order = row.sequence == sequence.saturating_add(1) && row.previous_hash == head;
            if !in_order || audit::hash(&row) != row.hash {
                findings.push(Finding {
                    rule: CHAIN_RULE,
                    subject: row.id.clone(),
                    detail: format!("entry {}", row.sequence),
                });
            }
            sequence = row.sequence;
            head = row.hash;
        }
    }
    if head != chain.head || sequence != chain.entries {
        findings.push(Finding {
            rule: CHAIN_RULE,
            subject: chain.scope.clone(),
            detail: format!("the chain ends at entry {sequence}, its head says {}", chain.entries),
        });
    }
    Ok(sequence)
}
