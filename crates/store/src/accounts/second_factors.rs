//! Second factors and recovery codes. A step and a code count once: both are conditional updates, so that of
//! several replicas exactly one sees them succeed.

use crate::schema::{recovery_codes, second_factors};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `second_factors`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = second_factors)]
#[allow(missing_docs)] // named as the columns
pub struct SecondFactor {
    pub user_id: String,
    pub sealed_seed: String,
    pub last_step: i64,
    pub created_at: NaiveDateTime,
    pub confirmed_at: Option<NaiveDateTime>,
}

/// The factor of an account, also one that is not confirmed yet.
///
/// # Errors
/// When the database refuses.
pub fn find(db: &mut Db, user_id: &str) -> Result<Option<SecondFactor>, StoreError> {
    Ok(second_factors::table.find(user_id).select(SecondFactor::as_select()).first(db).optional()?)
}

/// Whether an account has a confirmed factor.
///
/// # Errors
/// When the database refuses.
pub fn is_confirmed(db: &mut Db, user_id: &str) -> Result<bool, StoreError> {
    Ok(find(db, user_id)?.is_some_and(|factor| factor.confirmed_at.is_some()))
}

/// Begins an enrolment in the place of one that was never confirmed.
///
/// # Errors
/// When the database refuses; `second_factors_pkey` when the account has a confirmed one.
pub fn begin(db: &mut Db, row: &SecondFactor) -> Result<(), StoreError> {
    let pending = second_factors::table
        .filter(second_factors::user_id.eq(&row.user_id))
        .filter(second_factors::confirmed_at.is_null());
    diesel::delete(pending).execute(db)?;
    diesel::insert_into(second_factors::table).values(row).execute(db)?;
    Ok(())
}

/// Confirms an enrolment by the step of its first code; returns whether it waited for that.
///
/// # Errors
/// When the database refuses.
pub fn confirm(db: &mut Db, user_id: &str, step: i64, at: NaiveDateTime) -> Result<bool, StoreError> {
    let pending = second_factors::table
        .filter(second_factors::user_id.eq(user_id))
        .filter(second_factors::confirmed_at.is_null());
    let set = (second_factors::confirmed_at.eq(at), second_factors::last_step.eq(step));
    Ok(diesel::update(pending).set(set).execute(db)? == 1)
}

/// Uses the code of a step; returns whether no code of this or a later step was used before.
///
/// # Errors
/// When the database refuses.
pub fn use_step(db: &mut Db, user_id: &str, step: i64) -> Result<bool, StoreError> {
    let unused = second_factors::table
        .filter(second_factors::user_id.eq(user_id))
        .filter(second_factors::confirmed_at.is_not_null())
        .filter(second_factors::last_step.lt(step));
    Ok(diesel::update(unused).set(second_factors::last_step.eq(step)).execute(db)? == 1)
}

/// Takes a factor and its recovery codes away; returns whether there was one.
///
/// # Errors
/// When the database refuses.
pub fn remove(db: &mut Db, user_id: &str) -> Result<bool, StoreError> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user_id))).execute(db)?;
    Ok(diesel::delete(second_factors::table.find(user_id)).execute(db)? == 1)
}

/// Puts recovery codes in the place of all earlier ones.
///
/// # Errors
/// When the database refuses.
pub fn replace_recovery(db: &mut Db, user_id: &str, hashes: &[String], at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user_id))).execute(db)?;
    for hash in hashes {
        let row = (
            recovery_codes::code_hash.eq(hash),
            recovery_codes::user_id.eq(user_id),
            recovery_codes::created_at.eq(at),
        );
        diesel::insert_into(recovery_codes::table).values(row).execute(db)?;
    }
    Ok(())
}

/// Uses a recovery code; returns whether this was its first use.
///
/// # Errors
/// When the database refuses.
pub fn use_recovery(db: &mut Db, user_id: &str, hash: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let unused = recovery_codes::table
        .filter(recovery_codes::code_hash.eq(hash))
        .filter(recovery_codes::user_id.eq(user_id))
        .filter(recovery_codes::used_at.is_null());
    Ok(diesel::update(unused).set(recovery_codes::used_at.eq(at)).execute(db)? == 1)
}

/// How many recovery codes are left.
///
/// # Errors
/// When the database refuses.
pub fn count_recovery(db: &mut Db, user_id: &str) -> Result<i64, StoreError> {
    Ok(recovery_codes::table
        .filter(recovery_codes::user_id.eq(user_id))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(db)?)
}
