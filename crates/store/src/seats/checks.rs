//! The invariants of the ledger as queries: each returns the rows that break it, so none means sound.
//! The same rules are enforced at every write; this is the second pair of eyes (`yui verify`).

use crate::{Db, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};

/// A row that breaks a rule: what is, and what should be.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Breach {
    /// The row's id.
    #[diesel(sql_type = Text)]
    pub subject: String,
    /// What the database says.
    #[diesel(sql_type = BigInt)]
    pub found: i64,
    /// What the rows behind it add up to.
    #[diesel(sql_type = BigInt)]
    pub expected: i64,
}

/// The rules by name, each with the query for its breaches.
pub const RULES: [(&str, &str); 7] = [
    (
        "seats.sum_of_accounts_is_contract",
        "SELECT c.id AS subject,
           CAST((SELECT COALESCE(SUM(a.balance), 0) FROM seat_accounts a WHERE a.contract_id = c.id) AS BIGINT) AS found,
           CAST(c.seats + (SELECT COALESCE(SUM(m.seats), 0) FROM contract_amendments m WHERE m.contract_id = c.id)
             - (SELECT COALESCE(SUM(t.seats), 0) FROM seat_transfers t
                 WHERE t.contract_id = c.id AND t.to_account_id IS NULL) AS BIGINT) AS expected
         FROM contracts c",
    ),
    (
        "seats.balance_is_sum_of_transfers",
        "SELECT a.id AS subject, a.balance AS found,
           CAST((SELECT COALESCE(SUM(t.seats), 0) FROM seat_transfers t WHERE t.to_account_id = a.id)
             - (SELECT COALESCE(SUM(t.seats), 0) FROM seat_transfers t WHERE t.from_account_id = a.id) AS BIGINT) AS expected
         FROM seat_accounts a",
    ),
    (
        "seats.assigned_is_count_of_assignments",
        "SELECT a.id AS subject, a.assigned AS found,
           (SELECT COUNT(*) FROM assignments s WHERE s.account_id = a.id AND s.released_at IS NULL) AS expected
         FROM seat_accounts a",
    ),
    (
        "seats.held_is_count_of_open_offers",
        "SELECT a.id AS subject, a.held AS found,
           (SELECT COUNT(*) FROM offers o WHERE o.account_id = a.id AND o.state = 'open') AS expected
         FROM seat_accounts a",
    ),
    (
        "seats.use_never_exceeds_balance",
        "SELECT a.id AS subject, a.assigned + a.held AS found,
           CASE WHEN a.assigned + a.held > a.balance THEN a.balance ELSE a.assigned + a.held END AS expected
         FROM seat_accounts a",
    ),
    (
        "seats.person_sits_once_in_a_contract",
        "SELECT s.user_id AS subject, COUNT(*) AS found, CAST(1 AS BIGINT) AS expected
         FROM assignments s WHERE s.released_at IS NULL GROUP BY s.contract_id, s.user_id",
    ),
    (
        "seats.offered_place_has_one_open_offer",
        "SELECT w.id AS subject,
           (SELECT COUNT(*) FROM offers o WHERE o.waiting_entry_id = w.id AND o.state = 'open') AS found,
           CAST(CASE WHEN w.state = 'offered' THEN 1 ELSE 0 END AS BIGINT) AS expected
         FROM waiting_entries w",
    ),
];

/// The breaches of one rule.
///
/// # Errors
/// When the database refuses.
pub fn breaches(db: &mut Db, query: &str) -> Result<Vec<Breach>, StoreError> {
    let breaking = format!("SELECT subject, found, expected FROM ({query}) AS facts WHERE found <> expected ORDER BY subject");
    Ok(sql_query(breaking).load(db)?)
}
