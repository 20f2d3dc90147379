//! The audit trail: append-only entries in hash chains. The database refuses UPDATE and DELETE.

use crate::db::on;
use crate::list::{By, Key, List, Rows, Slice, page};
use crate::schema::{audit_chains, audit_entries};
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `audit_entries`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
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
    on!(db, c => dialect::MoveChain(chain).execute(c))?;
    Ok(())
}

/// Every chain, by scope.
///
/// # Errors
/// When the database refuses.
pub fn chains(db: &mut Db) -> Result<Vec<Chain>, StoreError> {
    Ok(audit_chains::table.order(audit_chains::scope).select(Chain::as_select()).load(db)?)
}

/// Entries of a chain after a sequence number, in order.
///
/// # Errors
/// When the database refuses.
pub fn entries_after(db: &mut Db, scope: &str, after: i64, limit: i64) -> Result<Vec<AuditEntry>, StoreError> {
    Ok(audit_entries::table
        .filter(audit_entries::scope.eq(scope))
        .filter(audit_entries::sequence.gt(after))
        .order(audit_entries::sequence)
        .limit(limit)
        .select(AuditEntry::as_select())
        .load(db)?)
}

/// One entry.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<AuditEntry, StoreError> {
    Ok(audit_entries::table.find(id).select(AuditEntry::as_select()).first(db)?)
}

/// What a search in the trail may ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Use case in the past tense (`round.created`).
    pub action: Option<String>,
    /// Who.
    pub actor_id: Option<String>,
    /// The row concerned.
    pub subject_id: Option<String>,
    /// The town concerned.
    pub member_id: Option<String>,
    /// The first instant.
    pub from: Option<NaiveDateTime>,
    /// The instant after the last one.
    pub until: Option<NaiveDateTime>,
    /// No entry of the span has a smaller id: where a reader of the index may stop.
    pub lowest_id: Option<String>,
}

/// How the trail can stand; newest first.
pub const TRAIL: List = List::falling(
    "audit_entries.id",
    &[Key::new("created", By::Id), Key::new("action", By::Text("audit_entries.action"))],
);

/// Entries of a consortium, or of none.
///
/// # Errors
/// When the database refuses.
pub fn search(
    db: &mut Db,
    consortium_id: Option<&str>,
    filter: &Filter,
    slice: &Slice,
) -> Result<Rows<AuditEntry>, StoreError> {
    let mut query = audit_entries::table.into_boxed();
    query = match consortium_id {
        Some(consortium_id) => query.filter(audit_entries::consortium_id.eq(consortium_id.to_owned())),
        None => query.filter(audit_entries::consortium_id.is_null()),
    };
    if let Some(from) = filter.from {
        query = query.filter(audit_entries::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_entries::at.lt(until));
    }
    if let Some(lowest_id) = &filter.lowest_id {
        query = query.filter(audit_entries::id.ge(lowest_id.clone()));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit_entries::action.eq(action.clone()));
    }
    if let Some(actor_id) = &filter.actor_id {
        query = query.filter(audit_entries::actor_id.eq(actor_id.clone()));
    }
    if let Some(subject_id) = &filter.subject_id {
        query = query.filter(audit_entries::subject_id.eq(subject_id.clone()));
    }
    if let Some(member_id) = &filter.member_id {
        query = query.filter(audit_entries::member_id.eq(member_id.clone()));
    }
    Ok(page!(db, slice, query, AuditEntry::as_select())?)
}
