//! Files that wait between dry run and confirmation. Each belongs to who uploaded it.

use crate::schema::import_drafts;
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `import_drafts`; `content` is the table that was read from the file, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = import_drafts)]
#[allow(missing_docs)] // named as the columns
pub struct Draft {
    pub id: String,
    pub user_id: String,
    pub kind: String,
    pub subject_id: String,
    pub file_name: String,
    pub sha256: String,
    pub content: Vec<u8>,
    pub created_at: NaiveDateTime,
}

/// Keeps a file.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Draft) -> Result<(), StoreError> {
    diesel::insert_into(import_drafts::table).values(row).execute(db)?;
    Ok(())
}

/// The file of its owner.
///
/// # Errors
/// [`StoreError::Missing`] when there is none, or it is another's.
pub fn find(db: &mut Db, id: &str, user_id: &str) -> Result<Draft, StoreError> {
    Ok(import_drafts::table.find(id).filter(import_drafts::user_id.eq(user_id)).select(Draft::as_select()).first(db)?)
}

/// Drops a file; answers whether it was there.
///
/// # Errors
/// When the database refuses.
pub fn delete(db: &mut Db, id: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(import_drafts::table.find(id)).execute(db)? == 1)
}

/// Drops all files of somebody: an upload replaces the one before.
///
/// # Errors
/// When the database refuses.
pub fn delete_of(db: &mut Db, user_id: &str) -> Result<usize, StoreError> {
    Ok(diesel::delete(import_drafts::table.filter(import_drafts::user_id.eq(user_id))).execute(db)?)
}

/// Drops what was uploaded before an instant; returns how many.
///
/// # Errors
/// When the database refuses.
pub fn forget_before(db: &mut Db, before: NaiveDateTime) -> Result<usize, StoreError> {
    Ok(diesel::delete(import_drafts::table.filter(import_drafts::created_at.lt(before))).execute(db)?)
}
