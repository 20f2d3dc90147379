//! The accounts of the whole service, as its administrators look for them.

use super::users::{Grant, PlacedGrant, User};
use crate::list::{Rows, Slice, page};
use crate::schema::{consortia, grants, members, sessions, users};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::dsl::exists;
use diesel::prelude::*;

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Accounts that hold one of these roles.
    pub roles: Vec<String>,
    /// In this state.
    pub state: Option<String>,
    /// With these characters in name, reading or address.
    pub words: Option<String>,
}

/// Accounts that pass a filter.
///
/// # Errors
/// When the database refuses.
pub fn accounts(db: &mut Db, filter: &AccountFilter, slice: &Slice) -> Result<Rows<User>, StoreError> {
    let held = grants::table
        .filter(grants::user_id.eq(users::id))
        .filter(grants::revoked_at.is_null())
        .filter(grants::role.eq_any(filter.roles.clone()));
    let mut query = users::table.filter(exists(held)).into_boxed();
    if let Some(state) = &filter.state {
        query = query.filter(users::state.eq(state.clone()));
    }
    if let Some(words) = &filter.words {
        let pattern = crate::search::pattern(words);
        let named = users::display_name.like(pattern.clone()).escape('\\');
        let read = users::kana.like(pattern.clone()).escape('\\');
        query = query.filter(named.or(read).or(users::email.like(pattern).escape('\\')));
    }
    Ok(page!(db, slice, query, User::as_select())?)
}

/// The grants in force of these accounts, with the names of their places.
///
/// # Errors
/// When the database refuses.
pub fn grants_of(db: &mut Db, user_ids: &[String]) -> Result<Vec<PlacedGrant>, StoreError> {
    let rows: Vec<(Grant, Option<String>, Option<String>)> = grants::table
        .left_join(consortia::table.on(grants::consortium_id.eq(consortia::id.nullable())))
        .left_join(members::table.on(grants::member_id.eq(members::id.nullable())))
        .filter(grants::user_id.eq_any(user_ids))
        .filter(grants::revoked_at.is_null())
        .order(grants::id)
        .select((Grant::as_select(), consortia::name.nullable(), members::name.nullable()))
        .load(db)?;
    Ok(rows.into_iter().map(|(grant, consortium, member)| PlacedGrant { grant, consortium, member }).collect())
}

/// How many sessions of an account could be used now.
///
/// # Errors
/// When the database refuses.
pub fn living_sessions(
    db: &mut Db,
    user_id: &str,
    now: NaiveDateTime,
    idle_since: NaiveDateTime,
) -> Result<i64, StoreError> {
    Ok(sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_used_at.gt(idle_since))
        .count()
        .get_result(db)?)
}
