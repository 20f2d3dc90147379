//! Doors for tests (feature `fixtures`): plain SQL past the rules of the product, to lay a scene, to look
//! behind the curtain, and to switch a guard off for a negative control. Each opens the fence around the whole service.
//! Never part of the binary.

use crate::dialect::{self, Role};
use crate::fence::{Fence, open_service_wide};
use crate::{Backend, DatabaseUrl, Db, Options, StoreError};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// Runs statements that both databases read alike.
///
/// # Errors
/// When the database refuses.
pub fn execute(db: &mut Db, statements: &str) -> Result<(), StoreError> {
    open_service_wide(db)?;
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
    open_service_wide(db)?;
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
    open_service_wide(db)?;
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

/// Runs `look` on a database on which `statements` were executed past every guard (triggers, foreign keys, and on
/// SQLite CHECKs), and takes all of it back. The guards themselves stand again when it looks.
///
/// # Errors
/// When the database refuses.
pub fn damaged<T, E: From<StoreError>>(
    url: &DatabaseUrl,
    statements: &str,
    look: impl FnOnce(&mut Db) -> Result<T, E>,
) -> Result<T, E> {
    let db = &mut above_guards(url)?;
    if db.backend() == Backend::Sqlite {
        execute(db, "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")?;
    }
    dialect::begin_write(db, &Fence::service_wide()).map_err(StoreError::from)?;
    past_guards(db, statements)?;
    let seen = look(db);
    <Db as diesel::connection::TransactionManager<Db>>::rollback_transaction(db).map_err(StoreError::from)?;
    seen
}

/// As [`damaged`], for good.
///
/// # Errors
/// When the database refuses.
pub fn damage(url: &DatabaseUrl, statements: &str) -> Result<(), StoreError> {
    let mut db = above_guards(url)?;
    if db.backend() == Backend::Sqlite {
        execute(&mut db, "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")?;
    }
    past_guards(&mut db, statements)
}

/// A connection that may switch guards off: on the tests' servers the role of the service owns its tables and no more.
fn above_guards(url: &DatabaseUrl) -> Result<Db, StoreError> {
    let above = url.postgres().map(|address| address.replacen("://yui", "://postgres", 1));
    let above = above.and_then(|address| DatabaseUrl::parse(&address).ok());
    dialect::connect(above.as_ref().unwrap_or(url), Role::Writer, &Options::default())
}

fn past_guards(db: &mut Db, statements: &str) -> Result<(), StoreError> {
    if db.backend() == Backend::Postgres {
        return execute(
            db,
            &format!("SET session_replication_role = replica; {statements}; SET session_replication_role = origin"),
        );
    }
    let triggers = lines(db, "SELECT sql AS line FROM sqlite_master WHERE type = 'trigger'")?;
    for name in lines(db, "SELECT name AS line FROM sqlite_master WHERE type = 'trigger'")? {
        execute(db, &format!("DROP TRIGGER {name}"))?;
    }
    execute(db, statements)?;
    triggers.iter().try_for_each(|trigger| execute(db, trigger))
}

/// As [`lines`], behind the fence of the transaction.
///
/// # Errors
/// When the database refuses.
pub fn lines_within(db: &mut Db, query: &str) -> Result<Vec<String>, StoreError> {
    let rows: Vec<Line> = diesel::sql_query(query).load(db)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Runs one statement behind the fence of the transaction; answers how many rows it touched.
///
/// # Errors
/// When the database refuses.
pub fn execute_within(db: &mut Db, statement: &str) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(statement).execute(db)?)
}
