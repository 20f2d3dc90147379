//! Ids of the keys that sign access tokens. The keys themselves are derived from the service's
//! secret and never stored; `signing_keys_signing_key` lets exactly one sign.

use crate::schema::signing_keys;
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `signing_keys`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
#[allow(missing_docs)] // named as the columns
pub struct SigningKey {
    pub kid: String,
    pub state: String,
    pub created_at: NaiveDateTime,
    pub retired_at: Option<NaiveDateTime>,
}

/// Adds a key.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &SigningKey) -> Result<(), StoreError> {
    diesel::insert_into(signing_keys::table).values(row).execute(db)?;
    Ok(())
}

/// Every key, oldest first.
///
/// # Errors
/// When the database refuses.
pub fn all(db: &mut Db) -> Result<Vec<SigningKey>, StoreError> {
    Ok(signing_keys::table
        .order((signing_keys::created_at, signing_keys::kid))
        .select(SigningKey::as_select())
        .load(db)?)
}

/// Moves a key from one state to another; returns whether it was in the first.
///
/// # Errors
/// When the database refuses.
pub fn change_state(db: &mut Db, kid: &str, from: &str, to: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed =
        diesel::update(signing_keys::table.filter(signing_keys::kid.eq(kid)).filter(signing_keys::state.eq(from)))
            .set((signing_keys::state.eq(to), signing_keys::retired_at.eq(at)))
            .execute(db)?;
    Ok(changed == 1)
}
