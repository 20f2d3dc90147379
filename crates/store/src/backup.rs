//! Copies of the database: SQLite by `VACUUM INTO` (online, consistent), PostgreSQL by its own `pg_dump`.
//!
//! Guards: nothing is put in the place of a database that somebody uses; what was replaced was whole until the
//! moment of the exchange; no password stands in the arguments of a program, where every user of the machine reads it.

mod place;
mod server;

use crate::dialect::{self, Role};
use crate::error::OpenError;
use crate::fence::Fence;
use crate::lock_file;
use crate::{DatabaseUrl, Db, Options, StoreError};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::path::Path;

pub use server::Session;

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Why a copy was not put in the place of the database; nothing was touched then, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Another process serves the SQLite file, or its folder cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// PostgreSQL: somebody else is connected to the database.
    #[error("the database is in use by {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Sessions(Vec<Session>),
    /// The copy is damaged, or the database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a consistent copy while the service runs, readable by its owner alone; on disk when this returns.
///
/// # Errors
/// [`StoreError::Unavailable`] when the copy cannot be written or `pg_dump` is not installed; no half of it stays.
pub fn back_up(url: &DatabaseUrl, to: &Path) -> Result<(), StoreError> {
    let path = text(to)?;
    // Both writers take an empty file and keep its rights: the copy holds personal data.
    lock_file::open_private(to).map_err(|error| unavailable(&error))?;
    let written = match url.postgres() {
        Some(_) => server::dump(url, path),
        None => vacuum(url, path),
    };
    let synced = written.and_then(|()| place::sync(to).map_err(|error| unavailable(&error)));
    if synced.is_err() {
        // What failed is told; whether the rest could be tidied away is not worth a second error.
        let _left = std::fs::remove_file(to);
    }
    synced
}

fn vacuum(url: &DatabaseUrl, path: &str) -> Result<(), StoreError> {
    let mut db = dialect::connect(url, Role::Writer, &Options::default())?;
    diesel::sql_query("VACUUM INTO $1").bind::<Text, _>(path).execute(&mut db)?;
    Ok(())
}

/// Runs a reading job on one snapshot of a database that another process may be serving.
///
/// # Errors
/// What the job answers, or a [`StoreError`] when the database cannot be opened.
pub fn observe<T, E: From<StoreError>>(url: &DatabaseUrl, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
    let mut db = dialect::connect(url, Role::Reader, &Options::default())?;
    dialect::begin_read(&mut db, &Fence::service_wide()).map_err(StoreError::from)?;
    work(&mut db)
}

/// Runs one short writing job in a transaction of its own beside the process that serves the database: what an
/// operator's command leaves in the audit trail. Anything longer would make that process wait.
///
/// # Errors
/// What the job answers, or a [`StoreError`]; nothing was written then.
pub fn note<T, E: From<StoreError>>(url: &DatabaseUrl, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
    use diesel::connection::TransactionManager;
    let mut db = dialect::connect(url, Role::Writer, &Options::default())?;
    dialect::begin_write(&mut db, &Fence::service_wide()).map_err(StoreError::from)?;
    match work(&mut db) {
        Ok(value) => {
            <Db as TransactionManager<Db>>::commit_transaction(&mut db).map_err(StoreError::from)?;
            Ok(value)
        }
        Err(error) => {
            // The connection ends with this function, and with it whatever is open.
            let _undone = <Db as TransactionManager<Db>>::rollback_transaction(&mut db);
            Err(error)
        }
    }
}

/// Puts a copy in the place of a database that no process uses.
///
/// SQLite: takes the lock that keeps the service out, checks the copy (`PRAGMA integrity_check`) beside the database,
/// then exchanges the two. PostgreSQL: refuses while others are connected (unless `despite_sessions`, for a pooler or
/// a monitor that stays), keeps replicas that start meanwhile waiting, and runs `pg_restore` in one transaction.
///
/// # Errors
/// [`RestoreError`]; the database is as it was.
pub fn restore(from: &Path, url: &DatabaseUrl, despite_sessions: bool) -> Result<(), RestoreError> {
    match url.sqlite_path() {
        Some(target) => place::exchange(from, target),
        None => server::load(url, text(from)?, despite_sessions),
    }
}

/// Whether there is nothing yet that a copy would replace: no file, or a server's database without tables.
///
/// # Errors
/// When the server cannot be asked.
pub fn is_vacant(url: &DatabaseUrl) -> Result<bool, StoreError> {
    match url.sqlite_path() {
        Some(path) => Ok(!path.exists()),
        None => server::is_vacant(url),
    }
}

/// Reads a SQLite copy from end to end: a copy that cannot be read is no backup.
///
/// # Errors
/// [`StoreError::Unavailable`] with what SQLite found.
pub fn check(path: &Path) -> Result<(), StoreError> {
    let url =
        DatabaseUrl::parse(&format!("sqlite:{}", path.display())).map_err(|e| StoreError::Internal(e.to_string()))?;
    let mut db = dialect::connect(&url, Role::Reader, &Options::default())?;
    let words: Vec<Word> =
        diesel::sql_query("SELECT integrity_check AS word FROM pragma_integrity_check").load(&mut db)?;
    match words.as_slice() {
        [only] if only.word == "ok" => Ok(()),
        _ => Err(StoreError::Unavailable(format!(
            "the copy is damaged: {}",
            words.iter().map(|word| word.word.as_str()).collect::<Vec<_>>().join("; ")
        ))),
    }
}

fn text(path: &Path) -> Result<&str, StoreError> {
    path.to_str().ok_or_else(|| StoreError::Unavailable("the path is not UTF-8".to_owned()))
}

fn unavailable(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
