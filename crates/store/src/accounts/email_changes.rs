//! Mail addresses that wait to be confirmed from their own mailbox: one for each account, by the hash of its token.

use crate::schema::{email_changes, users};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `email_changes`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = email_changes)]
#[allow(missing_docs)] // named as the columns
pub struct EmailChange {
    pub token_hash: String,
    pub user_id: String,
    pub email: String,
    pub created_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub used_at: Option<NaiveDateTime>,
}

/// Begins a change in the place of those that wait.
///
/// # Errors
/// When the database refuses.
pub fn begin(db: &mut Db, row: &EmailChange) -> Result<(), StoreError> {
    let waiting =
        email_changes::table.filter(email_changes::user_id.eq(&row.user_id)).filter(email_changes::used_at.is_null());
    diesel::update(waiting).set(email_changes::used_at.eq(row.created_at)).execute(db)?;
    diesel::insert_into(email_changes::table).values(row).execute(db)?;
    Ok(())
}

/// How many changes somebody began since an instant.
///
/// # Errors
/// When the database refuses.
pub fn count_since(db: &mut Db, user_id: &str, since: NaiveDateTime) -> Result<i64, StoreError> {
    Ok(email_changes::table
        .filter(email_changes::user_id.eq(user_id))
        .filter(email_changes::created_at.gt(since))
        .count()
        .get_result(db)?)
}

/// Uses a token that still may be; exactly one caller gets the change.
///
/// # Errors
/// When the database refuses.
pub fn use_once(db: &mut Db, token_hash: &str, now: NaiveDateTime) -> Result<Option<EmailChange>, StoreError> {
    let open = email_changes::table
        .filter(email_changes::token_hash.eq(token_hash))
        .filter(email_changes::used_at.is_null())
        .filter(email_changes::expires_at.gt(now));
    if diesel::update(open).set(email_changes::used_at.eq(now)).execute(db)? == 0 {
        return Ok(None);
    }
    Ok(Some(email_changes::table.find(token_hash).select(EmailChange::as_select()).first(db)?))
}

/// Gives an active account another address; `users_email_key` refuses one that is taken. Answers whether it was active.
///
/// # Errors
/// When the database refuses.
pub fn change_address(db: &mut Db, user_id: &str, email: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let active = users::table.filter(users::id.eq(user_id)).filter(users::state.eq("active"));
    let set = (users::email.eq(email), users::updated_at.eq(at), users::version.eq(users::version + 1));
    Ok(diesel::update(active).set(set).execute(db)? == 1)
}

/// Forgets changes that ended before an instant.
///
/// # Errors
/// When the database refuses.
pub fn forget_before(db: &mut Db, before: NaiveDateTime) -> Result<usize, StoreError> {
    Ok(diesel::delete(email_changes::table.filter(email_changes::expires_at.lt(before))).execute(db)?)
}
