//! Verifies every invariant of the data: sums, counters, orphans, guards, and everything that was hashed: audit chains,
//! finalised scenarios, files. Runs on a reading snapshot, changes nothing, and says what is wrong by rule and row.
//!
//! `yui verify` checks all of it at once. The running service walks: each turn checks every rule and recomputes a
//! bounded part of the hashes, and goes on from there in the next.

use crate::scenarios::engine;
use crate::{Error, audit};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use store::Db;
use store::audit::Chain;
use store::checks::Violation;
use store::scenarios::Scenario;

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

/// Every entry of the audit trail hashes to its successor.
pub const CHAIN_RULE: &str = "audit: every entry hashes to its successor";
/// A finalised scenario is the bytes that were hashed.
pub const SCENARIO_RULE: &str = "scenarios: what was finalised is what was hashed";
/// A contract's shares are those of its scenario.
pub const SHARES_RULE: &str = "money: each share is the one of the finalised scenario";
/// A file is the bytes that were hashed.
pub const FILE_RULE: &str = "files: a file is what was hashed";

const HASHED: [&str; 4] = [SCENARIO_RULE, SHARES_RULE, FILE_RULE, CHAIN_RULE];

/// Audit entries read at once.
const PAGE: i64 = 1_000;
/// Audit entries of one turn of the walk.
const ENTRIES: i64 = 200_000;
/// Bytes of files of one turn of the walk.
const BYTES: i64 = 64 * 1024 * 1024;

/// A place in the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    scope: String,
    sequence: i64,
    hash: String,
}

/// How far the hashes were recomputed, and how much of them a turn takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The last entry that was checked; none where the next turn begins anew.
    entry: Option<Place>,
    /// The last file that was checked; empty where the next turn begins anew.
    file: String,
    entries: i64,
    bytes: i64,
}

impl Walk {
    /// Everything in one turn.
    #[must_use]
    pub const fn whole() -> Self {
        Self::of(i64::MAX, i64::MAX)
    }

    /// So much in a turn that the service may do it by the way.
    #[must_use]
    pub const fn by_the_way() -> Self {
        Self::of(ENTRIES, BYTES)
    }

    /// So many audit entries and bytes of files in a turn.
    #[must_use]
    pub const fn of(entries: i64, bytes: i64) -> Self {
        Self { entry: None, file: String::new(), entries, bytes }
    }

    /// One turn; `before` hears which rule comes next and says whether to go on.
    ///
    /// # Errors
    /// When the database cannot be read, or [`Error::Busy`] when told to stop; violations are findings, not errors.
    pub fn turn(&mut self, db: &mut Db, before: &mut dyn FnMut(&'static str) -> bool) -> Result<Report, Error> {
        // A fence would hide what is wrong.
        store::fence::open_service_wide(db)?;
        let mut findings: Vec<Finding> =
            store::checks::violations(db, before)?.into_iter().map(Finding::from).collect();
        let mut next = |rule| if before(rule) { Ok(()) } else { Err(Error::Busy) };
        next(SCENARIO_RULE)?;
        check_scenarios(db, &mut findings)?;
        next(FILE_RULE)?;
        self.check_files(db, &mut findings)?;
        next(CHAIN_RULE)?;
        let audit_entries = self.check_chains(db, &mut findings)?;
        Ok(Report { rules: rules(), audit_entries, findings })
    }

    /// Recomputes the files that fit into this turn.
    fn check_files(&mut self, db: &mut Db, findings: &mut Vec<Finding>) -> Result<(), Error> {
        let mut left = self.bytes;
        while left > 0 {
            let Some(file) = store::board::attachments::after(db, &self.file, 1)?.pop() else {
                self.file = String::new();
                return Ok(());
            };
            let content = store::board::attachments::content(db, &file.id)?;
            // What a scanner condemned keeps its row and loses its content.
            let is_removed = file.scan_state == "infected" && content.is_empty();
            if !is_removed && audit::hex(&Sha256::digest(&content)) != file.sha256 {
                findings.push(finding(FILE_RULE, &file.id, "another content"));
            }
            left = left.saturating_sub(file.bytes.max(1));
            self.file = file.id;
        }
        Ok(())
    }

    /// Recomputes the entries that fit into this turn, chain after chain; answers how many.
    fn check_chains(&mut self, db: &mut Db, findings: &mut Vec<Finding>) -> Result<i64, Error> {
        let mut at = self.entry.take().unwrap_or_default();
        let mut left = self.entries;
        for chain in store::audit::chains(db)? {
            if chain.scope < at.scope {
                continue;
            }
            if chain.scope != at.scope {
                at = Place { scope: chain.scope.clone(), ..Place::default() };
            }
            let checked = check_chain(db, &chain, left, &mut at, findings)?;
            left = left.saturating_sub(checked.unwrap_or(left));
            if checked.is_none() {
                self.entry = Some(at);
                break;
            }
        }
        Ok(self.entries.saturating_sub(left))
    }
}

/// Goes on in a chain; answers how many entries that took, or nothing when `most` ended before the chain did.
fn check_chain(
    db: &mut Db,
    chain: &Chain,
    most: i64,
    at: &mut Place,
    findings: &mut Vec<Finding>,
) -> Result<Option<i64>, Error> {
    let mut checked = 0_i64;
    loop {
        let rows = store::audit::entries_after(db, &chain.scope, at.sequence, most.saturating_sub(checked).min(PAGE))?;
        for row in &rows {
            let in_order = row.sequence == at.sequence.saturating_add(1) && row.previous_hash == at.hash;
            if !in_order || audit::hash(row) != row.hash {
                findings.push(finding(CHAIN_RULE, &row.id, &format!("entry {}", row.sequence)));
            }
            at.sequence = row.sequence;
            at.hash.clone_from(&row.hash);
            checked = checked.saturating_add(1);
        }
        if checked >= most && at.sequence < chain.entries {
            return Ok(None);
        }
        if rows.is_empty() {
            break;
        }
    }
    if at.hash != chain.head || at.sequence != chain.entries {
        let detail = format!("the chain ends at entry {}, its head says {}", at.sequence, chain.entries);
        findings.push(finding(CHAIN_RULE, &chain.scope, &detail));
    }
    Ok(Some(checked))
}

/// The names of all rules, in the order of checking.
#[must_use]
pub fn rules() -> Vec<&'static str> {
    store::checks::rules().into_iter().chain(HASHED).collect()
}

/// Checks everything.
///
/// # Errors
/// When the database cannot be read; violations are findings, not errors.
pub fn verify(db: &mut Db) -> Result<Report, Error> {
    Walk::whole().turn(db, &mut |_| true)
}

fn finding(rule: &'static str, subject: &str, detail: &str) -> Finding {
    Finding { rule, subject: subject.to_owned(), detail: detail.to_owned() }
}

fn check_scenarios(db: &mut Db, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let mut last = String::new();
    loop {
        let rows = store::scenarios::finalised_after(db, &last, 20)?;
        let Some(newest) = rows.last() else { return Ok(()) };
        last.clone_from(&newest.id);
        for row in &rows {
            for (what, text, kept) in
                [("inputs", &row.inputs, &row.input_hash), ("result", &row.result, &row.result_hash)]
            {
                if engine::hash(text) != *kept {
                    findings.push(finding(SCENARIO_RULE, &row.id, what));
                }
            }
            check_shares(db, row, findings)?;
        }
    }
}

/// Reads yen and seats out of the kept bytes without the types of today: they outlive a release.
fn check_shares(db: &mut Db, scenario: &Scenario, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let Some(contract) = store::contracts::of_round(db, &scenario.round_id)? else { return Ok(()) };
    let result: Value = serde_json::from_str(&scenario.result).unwrap_or_default();
    let mut planned: BTreeMap<&str, (Option<i64>, Option<i64>)> = BTreeMap::new();
    for line in result.get("members").and_then(Value::as_array).into_iter().flatten() {
        let number = |name: &str| line.get(name).and_then(Value::as_i64);
        if let Some(member_id) = line.get("member_id").and_then(Value::as_str) {
            planned.insert(member_id, (number("seats"), number("share_yen")));
        }
    }
    // A contract without any share has a rule of its own.
    for share in store::contracts::shares(db, &contract.id)? {
        let (seats, yen) = planned.get(share.member_id.as_str()).copied().unwrap_or_default();
        if (seats, yen) != (Some(share.seats), Some(share.share_yen)) {
            let plan = |number: Option<i64>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
            let detail =
                format!("{} seats, {} yen; planned {}, {}", share.seats, share.share_yen, plan(seats), plan(yen));
            findings.push(finding(SHARES_RULE, &share.id, &detail));
        }
    }
    Ok(())
}
