//! Files attached to posts. Lists never read the content; it leaves the database one file at a time.

use crate::schema::attachments;
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `attachments` without its content.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments)]
#[allow(missing_docs)] // named as the columns
pub struct Attachment {
    pub id: String,
    pub consortium_id: String,
    pub post_id: String,
    pub uploaded_by: String,
    pub file_name: String,
    pub media_type: String,
    pub bytes: i64,
    pub sha256: String,
    pub created_at: NaiveDateTime,
    pub scan_state: String,
    pub scanned_at: Option<NaiveDateTime>,
}

/// Adds a file.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Attachment, content: &[u8]) -> Result<(), StoreError> {
    diesel::insert_into(attachments::table).values((row, attachments::content.eq(content))).execute(db)?;
    Ok(())
}

/// The files of a post, oldest first.
///
/// # Errors
/// When the database refuses.
pub fn of_post(db: &mut Db, post_id: &str) -> Result<Vec<Attachment>, StoreError> {
    Ok(attachments::table
        .filter(attachments::post_id.eq(post_id))
        .order(attachments::id)
        .select(Attachment::as_select())
        .load(db)?)
}

/// Files of every consortium in the order of their ids, after one; for checking their hashes.
///
/// # Errors
/// When the database refuses.
pub fn after(db: &mut Db, after: &str, limit: i64) -> Result<Vec<Attachment>, StoreError> {
    Ok(attachments::table
        .filter(attachments::id.gt(after))
        .order(attachments::id)
        .limit(limit)
        .select(Attachment::as_select())
        .load(db)?)
}

/// One file without its content.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Attachment, StoreError> {
    Ok(attachments::table.find(id).select(Attachment::as_select()).first(db)?)
}

/// The content of a file.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn content(db: &mut Db, id: &str) -> Result<Vec<u8>, StoreError> {
    Ok(attachments::table.find(id).select(attachments::content).first(db)?)
}

/// Takes a file away; returns whether it was there.
///
/// # Errors
/// When the database refuses.
pub fn delete(db: &mut Db, id: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(attachments::table.find(id)).execute(db)? == 1)
}

/// The oldest files that no scanner has judged, at most `limit`, without their content.
///
/// # Errors
/// When the database refuses.
pub fn unscanned(db: &mut Db, limit: i64) -> Result<Vec<Attachment>, StoreError> {
    Ok(attachments::table
        .filter(attachments::scan_state.eq("unscanned"))
        .order(attachments::id)
        .limit(limit)
        .select(Attachment::as_select())
        .load(db)?)
}

/// Notes that a scanner found a file clean; returns whether it was still unjudged.
///
/// # Errors
/// When the database refuses.
pub fn note_clean(db: &mut Db, id: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let unjudged = attachments::table.filter(attachments::id.eq(id)).filter(attachments::scan_state.eq("unscanned"));
    let clean = (attachments::scan_state.eq("clean"), attachments::scanned_at.eq(Some(at)));
    Ok(diesel::update(unjudged).set(clean).execute(db)? == 1)
}

/// Notes that a scanner found a virus and removes the content; returns whether the file was still unjudged.
///
/// # Errors
/// When the database refuses.
pub fn note_infected(db: &mut Db, id: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let unjudged = attachments::table.filter(attachments::id.eq(id)).filter(attachments::scan_state.eq("unscanned"));
    let infected = (
        attachments::scan_state.eq("infected"),
        attachments::scanned_at.eq(Some(at)),
        attachments::content.eq(Vec::<u8>::new()),
    );
    Ok(diesel::update(unjudged).set(infected).execute(db)? == 1)
}
