//! One-time links to supervisors: only hashes are kept, and each is used once.

use crate::schema::one_time_tokens;
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// The purpose under which these rows stand in `one_time_tokens`.
const PURPOSE: &str = "acknowledge";

/// A link, as far as it concerns an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Hash of the token.
    pub token_hash: String,
    /// The application.
    pub application_id: String,
    /// When it ends.
    pub expires_at: NaiveDateTime,
    /// When it was used, or replaced by another.
    pub used_at: Option<NaiveDateTime>,
}

/// Adds a link.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, link: &Link, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::insert_into(one_time_tokens::table)
        .values((
            one_time_tokens::token_hash.eq(&link.token_hash),
            one_time_tokens::purpose.eq(PURPOSE),
            one_time_tokens::subject_id.eq(&link.application_id),
            one_time_tokens::created_at.eq(at),
            one_time_tokens::expires_at.eq(link.expires_at),
        ))
        .execute(db)?;
    Ok(())
}

/// The link with this hash, used or not.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, token_hash: &str) -> Result<Link, StoreError> {
    let (token_hash, application_id, expires_at, used_at): (String, Option<String>, _, _) = one_time_tokens::table
        .filter(one_time_tokens::token_hash.eq(token_hash))
        .filter(one_time_tokens::purpose.eq(PURPOSE))
        .select((
            one_time_tokens::token_hash,
            one_time_tokens::subject_id,
            one_time_tokens::expires_at,
            one_time_tokens::used_at,
        ))
        .first(db)?;
    let application_id = application_id.ok_or(StoreError::Missing)?;
    Ok(Link { token_hash, application_id, expires_at, used_at })
}

/// Uses a link; answers whether this was the first use, before its end.
///
/// # Errors
/// When the database refuses.
pub fn use_once(db: &mut Db, token_hash: &str, now: NaiveDateTime) -> Result<bool, StoreError> {
    let usable = one_time_tokens::table
        .filter(one_time_tokens::token_hash.eq(token_hash))
        .filter(one_time_tokens::purpose.eq(PURPOSE))
        .filter(one_time_tokens::used_at.is_null())
        .filter(one_time_tokens::expires_at.gt(now));
    Ok(diesel::update(usable).set(one_time_tokens::used_at.eq(now)).execute(db)? == 1)
}

/// Ends the unused links of an application; answers how many there were.
///
/// # Errors
/// When the database refuses.
pub fn end_all(db: &mut Db, application_id: &str, now: NaiveDateTime) -> Result<usize, StoreError> {
    let unused = one_time_tokens::table
        .filter(one_time_tokens::purpose.eq(PURPOSE))
        .filter(one_time_tokens::subject_id.eq(application_id))
        .filter(one_time_tokens::used_at.is_null());
    Ok(diesel::update(unused).set(one_time_tokens::used_at.eq(now)).execute(db)?)
}
