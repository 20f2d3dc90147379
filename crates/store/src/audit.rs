//! The audit trail: append-only entries in hash chains. The database refuses UPDATE and DELETE.

use crate::schema::{audit_chains, audit_entries};
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `audit_entries`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entries)]
#[allow(missing_docs)] // the columns are described in app/src/audit.rs
pub struct AuditEntry {
    pub id: String,
    pub scope: String,
    pub sequence: i64,
    pub consortium_id: Option<String>,
    pub member_id: Option<String>,
    pub actor_id: Option<String>,
    pub actor_role: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub outcome: String,
    pub details: String,
    pub request_id: String,
    pub ip: String,
    pub at: NaiveDateTime,
    pub previous_hash: String,
    pub hash: String,
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_chains)]
pub struct Chain {
    /// The consortium's id, or `service`.
    pub scope: String,
    /// Entries in the chain.
    pub entries: i64,
    /// Hash of the last entry; empty for an empty chain.
    pub head: String,
}

/// Begins the chain of a new consortium.
///
/// # Errors
/// When the database refuses.
pub fn begin_chain(db: &mut Db, scope: &str) -> Result<(), StoreError> {
    let chain = Chain { scope: scope.to_owned(), entries: 0, head: String::new() };
    diesel::insert_into(audit_chains::table).values(&chain).execute(db)?;
    Ok(())
}

/// The end of a chain, locked until the transaction ends.
///
/// # Errors
/// When there is no such chain.
pub fn lock_chain(db: &mut Db, scope: &str) -> Result<Chain, StoreError> {
    Ok(dialect::lock_audit_chain(db, scope)?)
}

/// Appends entries and moves the end of their chain.
///
/// # Errors
/// When the database refuses.
pub fn append(db: &mut Db, rows: &[AuditEntry], chain: &Chain) -> Result<(), StoreError> {
    dialect::insert_audit_entries(db, rows)?;
    diesel::update(audit_chains::table.find(&chain.scope))
        .set((audit_chains::entries.eq(chain.entries), audit_chains::head.eq(&chain.head)))
        .execute(db)?;
    Ok(())
}
