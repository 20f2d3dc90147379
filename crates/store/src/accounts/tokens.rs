//! Personal access tokens, and one-time tokens of mails and of the first start.

use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{one_time_tokens, personal_tokens};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `personal_tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = personal_tokens)]
#[allow(missing_docs)] // named as the columns
pub struct PersonalToken {
    pub id: String,
    pub user_id: String,
    pub name: String,
    pub prefix: String,
    pub token_hash: String,
    pub scopes: String,
    pub created_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub last_used_at: Option<NaiveDateTime>,
    pub revoked_at: Option<NaiveDateTime>,
}

/// A row of `one_time_tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = one_time_tokens)]
#[allow(missing_docs)] // named as the columns
pub struct OneTimeToken {
    pub token_hash: String,
    pub purpose: String,
    pub user_id: Option<String>,
    pub subject_id: Option<String>,
    pub created_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub used_at: Option<NaiveDateTime>,
}

/// Adds a personal token.
///
/// # Errors
/// When the database refuses.
pub fn insert_personal(db: &mut Db, row: &PersonalToken) -> Result<(), StoreError> {
    diesel::insert_into(personal_tokens::table).values(row).execute(db)?;
    Ok(())
}

/// The personal token with this hash.
///
/// # Errors
/// When the database refuses.
pub fn find_personal(db: &mut Db, hash: &str) -> Result<Option<PersonalToken>, StoreError> {
    Ok(personal_tokens::table
        .filter(personal_tokens::token_hash.eq(hash))
        .select(PersonalToken::as_select())
        .first(db)
        .optional()?)
}

/// How somebody's personal tokens can stand; oldest first.
pub const PERSONAL_TOKENS: List = List::rising(
    "personal_tokens.id",
    &[
        Key::new("created", By::Id),
        Key::new("name", By::Text("personal_tokens.name")),
        Key::new("expires", By::Time("personal_tokens.expires_at")),
        Key::new("used", By::Time("personal_tokens.last_used_at")),
    ],
)
.with(&[Filter::new("q", Test::Has("personal_tokens.name"))]);

/// The personal tokens of a user that were not revoked.
///
/// # Errors
/// When the database refuses.
pub fn personal_of(db: &mut Db, user_id: &str, slice: &Slice) -> Result<Rows<PersonalToken>, StoreError> {
    let query = personal_tokens::table
        .filter(personal_tokens::user_id.eq(user_id))
        .filter(personal_tokens::revoked_at.is_null())
        .into_boxed();
    Ok(page!(db, slice, query, PersonalToken::as_select())?)
}

/// How many usable personal tokens a user has.
///
/// # Errors
/// When the database refuses.
pub fn count_personal(db: &mut Db, user_id: &str, now: NaiveDateTime) -> Result<i64, StoreError> {
    Ok(personal_tokens::table
        .filter(personal_tokens::user_id.eq(user_id))
        .filter(personal_tokens::revoked_at.is_null())
        .filter(personal_tokens::expires_at.gt(now))
        .count()
        .get_result(db)?)
}

/// Notes when a personal token was used.
///
/// # Errors
/// When the database refuses.
pub fn touch_personal(db: &mut Db, id: &str, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::update(personal_tokens::table.find(id)).set(personal_tokens::last_used_at.eq(at)).execute(db)?;
    Ok(())
}

/// Ends a personal token of a user; returns whether it lived.
///
/// # Errors
/// When the database refuses.
pub fn revoke_personal(db: &mut Db, user_id: &str, id: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(
        personal_tokens::table
            .filter(personal_tokens::id.eq(id))
            .filter(personal_tokens::user_id.eq(user_id))
            .filter(personal_tokens::revoked_at.is_null()),
    )
    .set(personal_tokens::revoked_at.eq(at))
    .execute(db)?;
    Ok(changed == 1)
}

/// Ends every personal token of a user; returns how many.
///
/// # Errors
/// When the database refuses.
pub fn revoke_all_personal(db: &mut Db, user_id: &str, at: NaiveDateTime) -> Result<usize, StoreError> {
    Ok(diesel::update(
        personal_tokens::table
            .filter(personal_tokens::user_id.eq(user_id))
            .filter(personal_tokens::revoked_at.is_null()),
    )
    .set(personal_tokens::revoked_at.eq(at))
    .execute(db)?)
}

/// Adds a one-time token.
///
/// # Errors
/// When the database refuses.
pub fn insert_one_time(db: &mut Db, row: &OneTimeToken) -> Result<(), StoreError> {
    diesel::insert_into(one_time_tokens::table).values(row).execute(db)?;
    Ok(())
}

/// A one-time token that can still be used.
///
/// # Errors
/// When the database refuses.
pub fn find_one_time(
    db: &mut Db,
    purpose: &str,
    hash: &str,
    now: NaiveDateTime,
) -> Result<Option<OneTimeToken>, StoreError> {
    Ok(one_time_tokens::table
        .filter(one_time_tokens::token_hash.eq(hash))
        .filter(one_time_tokens::purpose.eq(purpose))
        .filter(one_time_tokens::used_at.is_null())
        .filter(one_time_tokens::expires_at.gt(now))
        .select(OneTimeToken::as_select())
        .first(db)
        .optional()?)
}

/// Uses a one-time token; returns whether this was its first use and in time.
///
/// # Errors
/// When the database refuses.
pub fn use_one_time(db: &mut Db, purpose: &str, hash: &str, now: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(
        one_time_tokens::table
            .filter(one_time_tokens::token_hash.eq(hash))
            .filter(one_time_tokens::purpose.eq(purpose))
            .filter(one_time_tokens::used_at.is_null())
            .filter(one_time_tokens::expires_at.gt(now)),
    )
    .set(one_time_tokens::used_at.eq(now))
    .execute(db)?;
    Ok(changed == 1)
}

/// Ends the unused one-time tokens of a purpose, of one user or of none; returns how many.
///
/// # Errors
/// When the database refuses.
pub fn end_one_time(
    db: &mut Db,
    purpose: &str,
    user_id: Option<&str>,
    now: NaiveDateTime,
) -> Result<usize, StoreError> {
    let unused =
        one_time_tokens::table.filter(one_time_tokens::purpose.eq(purpose)).filter(one_time_tokens::used_at.is_null());
    let set = one_time_tokens::used_at.eq(now);
    let ended = match user_id {
        Some(id) => diesel::update(unused.filter(one_time_tokens::user_id.eq(id))).set(set).execute(db)?,
        None => diesel::update(unused.filter(one_time_tokens::user_id.is_null())).set(set).execute(db)?,
    };
    Ok(ended)
}

/// Removes every one-time token of a purpose that belongs to nobody; returns how many there were.
///
/// # Errors
/// When the database refuses.
pub fn remove_one_time_of_nobody(db: &mut Db, purpose: &str) -> Result<usize, StoreError> {
    let of_nobody =
        one_time_tokens::table.filter(one_time_tokens::purpose.eq(purpose)).filter(one_time_tokens::user_id.is_null());
    Ok(diesel::delete(of_nobody).execute(db)?)
}

/// How many one-time tokens of a purpose a user was sent since an instant.
///
/// # Errors
/// When the database refuses.
pub fn count_one_time_since(
    db: &mut Db,
    purpose: &str,
    user_id: &str,
    since: NaiveDateTime,
) -> Result<i64, StoreError> {
    Ok(one_time_tokens::table
        .filter(one_time_tokens::purpose.eq(purpose))
        .filter(one_time_tokens::user_id.eq(user_id))
        .filter(one_time_tokens::created_at.gt(since))
        .count()
        .get_result(db)?)
}

/// Forgets one-time tokens that ended before an instant.
///
/// # Errors
/// When the database refuses.
pub fn forget_one_time_before(db: &mut Db, before: NaiveDateTime) -> Result<usize, StoreError> {
    Ok(diesel::delete(one_time_tokens::table.filter(one_time_tokens::expires_at.lt(before))).execute(db)?)
}
