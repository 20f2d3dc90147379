//! Invariants of the data as queries: each answers the rows that violate it, so silence is health.
//!
//! The schema refuses most of this already; these queries say so afterwards, on real data, from the
//! outside (`yui verify`). The audit chain is verified in `app`, which knows how it is hashed.

use crate::{Backend, Db, StoreError};
use diesel::prelude::*;
use diesel::sql_types::Text;

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

/// Rule and query; `subject` is a row's id, `detail` the numbers. Plain SQL that both databases read alike.
const RULES: [(&str, &str); 14] = [
    (
        "seats: accounts sum to the seats bought",
        "SELECT b.id AS subject, 'bought ' || CAST(b.bought AS TEXT) || ', in accounts ' || CAST(b.held AS TEXT) AS detail
         FROM (SELECT c.id AS id,
             c.seats - COALESCE((SELECT SUM(t.seats) FROM seat_transfers t WHERE t.contract_id = c.id AND t.to_account_id IS NULL), 0) AS bought,
             COALESCE((SELECT SUM(a.balance) FROM seat_accounts a WHERE a.contract_id = c.id), 0) AS held
           FROM contracts c) b
         WHERE b.bought <> b.held",
    ),
    (
        "seats: a balance is what the ledger says",
        "SELECT a.id AS subject, 'balance ' || CAST(a.balance AS TEXT) AS detail FROM seat_accounts a
         WHERE a.balance <> COALESCE((SELECT SUM(t.seats) FROM seat_transfers t WHERE t.to_account_id = a.id), 0)
                          - COALESCE((SELECT SUM(t.seats) FROM seat_transfers t WHERE t.from_account_id = a.id), 0)",
    ),
    (
        "seats: assigned counts the people seated",
        "SELECT a.id AS subject, 'assigned ' || CAST(a.assigned AS TEXT) AS detail FROM seat_accounts a
         WHERE a.assigned <> (SELECT COUNT(*) FROM assignments s WHERE s.account_id = a.id AND s.released_at IS NULL)",
    ),
    (
        "seats: held counts the open offers",
        "SELECT a.id AS subject, 'held ' || CAST(a.held AS TEXT) AS detail FROM seat_accounts a
         WHERE a.held <> (SELECT COUNT(*) FROM offers o WHERE o.account_id = a.id AND o.state = 'open')",
    ),
    (
        "seats: nothing in use beyond the balance",
        "SELECT id AS subject, CAST(assigned AS TEXT) || ' + ' || CAST(held AS TEXT) || ' of ' || CAST(balance AS TEXT) AS detail
         FROM seat_accounts WHERE balance < 0 OR assigned < 0 OR held < 0 OR assigned + held > balance",
    ),
    (
        "seats: nobody sits twice",
        "SELECT user_id AS subject, 'seats ' || CAST(COUNT(*) AS TEXT) AS detail FROM assignments
         WHERE released_at IS NULL GROUP BY contract_id, user_id HAVING COUNT(*) > 1",
    ),
    (
        "seats: an open offer belongs to somebody who was offered",
        "SELECT o.id AS subject, w.state AS detail FROM offers o JOIN waiting_entries w ON w.id = o.waiting_entry_id
         WHERE (o.state = 'open') <> (w.state = 'offered')
           AND o.id = (SELECT MAX(p.id) FROM offers p WHERE p.waiting_entry_id = w.id)",
    ),
    (
        "money: shares sum to the contract's total",
        "SELECT c.id AS subject, 'total ' || CAST(c.total_yen AS TEXT) || ', shares ' || CAST(SUM(s.share_yen) AS TEXT) AS detail
         FROM contracts c JOIN shares s ON s.contract_id = c.id
         GROUP BY c.id, c.total_yen HAVING c.total_yen <> SUM(s.share_yen)
            + COALESCE((SELECT SUM(m.ex_tax_yen + m.tax_yen) FROM contract_amendments m WHERE m.contract_id = c.id), 0)",
    ),
    (
        "rounds: a round past finalising has one finalised scenario",
        "SELECT r.id AS subject, r.stage AS detail FROM rounds r
         WHERE r.stage IN ('finalised', 'contracted', 'allocated')
           AND (SELECT COUNT(*) FROM scenarios s WHERE s.round_id = r.id AND s.state = 'finalised') <> 1",
    ),
    (
        "board: comments are counted",
        "SELECT p.id AS subject, 'counted ' || CAST(p.comments_count AS TEXT) AS detail FROM posts p
         WHERE p.comments_count <> (SELECT COUNT(*) FROM comments c WHERE c.post_id = p.id AND c.hidden_at IS NULL)",
    ),
    (
        "board: helpful marks are counted",
        "SELECT p.id AS subject, 'counted ' || CAST(p.helpful_count AS TEXT) AS detail FROM posts p
         WHERE p.helpful_count <> (SELECT COUNT(*) FROM helpful_marks h WHERE h.post_id = p.id)",
    ),
    (
        "board: replications are counted",
        "SELECT p.id AS subject, 'counted ' || CAST(p.replications_count AS TEXT) AS detail FROM posts p
         WHERE p.replications_count <> (SELECT COUNT(*) FROM replications r WHERE r.post_id = p.id)",
    ),
    (
        "audit: a chain counts its entries",
        "SELECT c.scope AS subject, 'counted ' || CAST(c.entries AS TEXT) AS detail FROM audit_chains c
         WHERE c.entries <> (SELECT COUNT(*) FROM audit_entries e WHERE e.scope = c.scope)",
    ),
    (
        "mail: what was sent has an accepted attempt",
        "SELECT o.id AS subject, o.state AS detail FROM outbox o WHERE o.state = 'sent'
           AND NOT EXISTS (SELECT 1 FROM mail_deliveries d WHERE d.outbox_id = o.id AND d.outcome = 'sent')",
    ),
];

/// The names of the rules, in the order in which they are checked.
#[must_use]
pub fn rules() -> Vec<&'static str> {
    RULES.iter().map(|(rule, _)| *rule).chain(["orphans: every reference leads somewhere"]).collect()
}

/// Checks every rule.
///
/// # Errors
/// When the database refuses.
pub fn violations(db: &mut Db) -> Result<Vec<Violation>, StoreError> {
    let mut found = Vec::new();
    for (rule, query) in RULES {
        let rows: Vec<Row> = diesel::sql_query(query).load(db)?;
        found.extend(rows.into_iter().map(|row| Violation { rule, subject: row.subject, detail: row.detail }));
    }
    found.extend(orphans(db)?);
    Ok(found)
}

/// Dangling references. PostgreSQL cannot hold any; SQLite could, if a program wrote with foreign keys off.
fn orphans(db: &mut Db) -> Result<Vec<Violation>, StoreError> {
    if db.backend() == Backend::Postgres {
        return Ok(Vec::new());
    }
    let query = "SELECT \"table\" || ' row ' || CAST(COALESCE(rowid, 0) AS TEXT) AS subject, \"parent\" AS detail FROM pragma_foreign_key_check";
    let rows: Vec<Row> = diesel::sql_query(query).load(db)?;
    Ok(rows
        .into_iter()
        .map(|row| Violation {
            rule: "orphans: every reference leads somewhere",
            subject: row.subject,
            detail: row.detail,
        })
        .collect())
}
