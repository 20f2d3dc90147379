//! Answers kept beside their effects, so that a retried request does its work once.

use crate::db::on;
use crate::dialect::{among, one_or_more};
use crate::schema::idempotency_records;
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `idempotency_records`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency_records, treat_none_as_default_value = false)]
pub struct Record {
    /// Whose key it is.
    pub user_id: String,
    /// The key.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_hash: String,
    /// HTTP status.
    pub status: i64,
    /// JSON array of name and value pairs.
    pub headers: String,
    /// JSON text.
    pub body: String,
    /// When the effect happened.
    pub created_at: NaiveDateTime,
    /// The roles held then, one a line.
    pub rights: String,
}

/// The record of a key.
///
/// # Errors
/// When the database refuses.
pub fn find(db: &mut Db, user_id: &str, key: &str) -> Result<Option<Record>, StoreError> {
    Ok(idempotency_records::table.find((user_id, key)).select(Record::as_select()).first(db).optional()?)
}

/// Keeps a record; fails with `idempotency_records_pkey` when the key is taken.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, record: &Record) -> Result<(), StoreError> {
    diesel::insert_into(idempotency_records::table).values(record).execute(db)?;
    Ok(())
}

/// The records of several keys of several people; who calls picks the pairs that it asked for.
///
/// # Errors
/// When the database refuses.
pub fn find_many(db: &mut Db, user_ids: &[String], keys: &[String]) -> Result<Vec<Record>, StoreError> {
    Ok(one_or_more!(user_ids, idempotency_records::user_id, |fits| on!(db, c => idempotency_records::table
        .filter(fits)
        .filter(among(idempotency_records::key, keys))
        .select(Record::as_select())
        .load(c)))?)
}

/// Keeps several records at once; as [`insert`].
///
/// # Errors
/// When the database refuses.
pub fn insert_many(db: &mut Db, records: &[Record]) -> Result<(), StoreError> {
    Ok(dialect::insert_idempotency_records(db, records)?)
}

/// Forgets records made before an instant; returns how many.
///
/// # Errors
/// When the database refuses.
pub fn forget_before(db: &mut Db, before: NaiveDateTime) -> Result<usize, StoreError> {
    Ok(diesel::delete(idempotency_records::table.filter(idempotency_records::created_at.lt(before))).execute(db)?)
}
