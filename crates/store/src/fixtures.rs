//! Doors for tests (feature `fixtures`): plain SQL past the rules of the product, to lay a scene, to look
//! behind the curtain, and to switch a guard off for a negative control. Never part of the binary.

use crate::{Backend, Db, StoreError};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// Runs statements that both databases read alike.
///
/// # Errors
/// When the database refuses.
pub fn execute(db: &mut Db, statements: &str) -> Result<(), StoreError> {
    Ok(db.batch_execute(statements)?)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The one number that a query gives; its column is called `number`.
///
/// # Errors
/// When the database refuses.
pub fn number(db: &mut Db, query: &str) -> Result<i64, StoreError> {
    let row: Number = diesel::sql_query(query).get_result(db)?;
    Ok(row.number)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The texts that a query gives; its column is called `line`.
///
/// # Errors
/// When the database refuses.
pub fn lines(db: &mut Db, query: &str) -> Result<Vec<String>, StoreError> {
    let rows: Vec<Line> = diesel::sql_query(query).load(db)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Takes the last gate of the seat accounts away on this connection or database.
///
/// # Errors
/// When the database refuses.
pub fn drop_use_check(db: &mut Db) -> Result<(), StoreError> {
    match db.backend() {
        Backend::Sqlite => execute(db, "PRAGMA ignore_check_constraints = ON"),
        Backend::Postgres => execute(db, "ALTER TABLE seat_accounts DROP CONSTRAINT seat_accounts_use_check"),
    }
}
