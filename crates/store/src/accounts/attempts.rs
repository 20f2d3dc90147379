//! Attempts to sign in, for throttling. The account stands here as a hash of what was typed:
//! somebody may type a password into the wrong field.

use crate::schema::sign_in_attempts;
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::dsl::{count_star, max};
use diesel::prelude::*;

/// A row of `sign_in_attempts`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_in_attempts)]
#[allow(missing_docs)] // named as the columns
pub struct Attempt {
    pub id: String,
    pub account_key: String,
    pub ip: String,
    pub network: String,
    pub succeeded: bool,
    pub at: NaiveDateTime,
}

/// What failures are counted of.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    /// An account, from everywhere.
    Account(&'a str),
    /// An account, from one address.
    AccountFrom(&'a str, &'a str),
    /// An address.
    Address(&'a str),
    /// A network.
    Network(&'a str),
}

/// Makes concurrent judgements of the same names wait for one another until the transaction ends.
///
/// # Errors
/// When the database refuses.
pub fn lock(db: &mut Db, names: &[&str]) -> Result<(), StoreError> {
    Ok(dialect::lock_names(db, names)?)
}

/// Adds an attempt.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Attempt) -> Result<(), StoreError> {
    diesel::insert_into(sign_in_attempts::table).values(row).execute(db)?;
    Ok(())
}

/// Failures at or after an instant: how many, and when the last one was.
///
/// # Errors
/// When the database refuses.
pub fn failures(db: &mut Db, of: Of<'_>, since: NaiveDateTime) -> Result<(i64, Option<NaiveDateTime>), StoreError> {
    let mut query = sign_in_attempts::table
        .filter(sign_in_attempts::succeeded.eq(false))
        // Inclusive: what fell into the same instant as a success still counts.
        .filter(sign_in_attempts::at.ge(since))
        .select((count_star(), max(sign_in_attempts::at)))
        .into_boxed();
    query = match of {
        Of::Account(key) => query.filter(sign_in_attempts::account_key.eq(key)),
        Of::AccountFrom(key, ip) => {
            query.filter(sign_in_attempts::account_key.eq(key)).filter(sign_in_attempts::ip.eq(ip))
        }
        Of::Address(ip) => query.filter(sign_in_attempts::ip.eq(ip)),
        Of::Network(network) => query.filter(sign_in_attempts::network.eq(network)),
    };
    Ok(query.first(db)?)
}

/// When an account last signed in from an address.
///
/// # Errors
/// When the database refuses.
pub fn last_success(db: &mut Db, account_key: &str, ip: &str) -> Result<Option<NaiveDateTime>, StoreError> {
    Ok(sign_in_attempts::table
        .filter(sign_in_attempts::account_key.eq(account_key))
        .filter(sign_in_attempts::ip.eq(ip))
        .filter(sign_in_attempts::succeeded.eq(true))
        .select(max(sign_in_attempts::at))
        .first(db)?)
}

/// Forgets failures and successes made before two instants; returns how many.
///
/// # Errors
/// When the database refuses.
pub fn forget_before(db: &mut Db, failed: NaiveDateTime, succeeded: NaiveDateTime) -> Result<usize, StoreError> {
    Ok(diesel::delete(
        sign_in_attempts::table.filter(
            sign_in_attempts::succeeded
                .eq(false)
                .and(sign_in_attempts::at.lt(failed))
                .or(sign_in_attempts::succeeded.eq(true).and(sign_in_attempts::at.lt(succeeded))),
        ),
    )
    .execute(db)?)
}
