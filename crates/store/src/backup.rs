//! Copies of the database: SQLite by `VACUUM INTO` (online, consistent), PostgreSQL by its own `pg_dump`.

use crate::dialect::{self, Role};
use crate::{DatabaseUrl, Db, Options, StoreError};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::path::Path;
use std::process::Command;

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Writes a consistent copy while the service runs.
///
/// # Errors
/// [`StoreError::Unavailable`] when the copy cannot be written or `pg_dump` is not installed.
pub fn back_up(url: &DatabaseUrl, to: &Path) -> Result<(), StoreError> {
    let path = to.to_str().ok_or_else(|| StoreError::Unavailable("the path is not UTF-8".to_owned()))?;
    if let Some(address) = url.postgres() {
        return run(Command::new("pg_dump").args(["--format=custom", "--no-owner", "--file", path, address]));
    }
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
    dialect::begin_read(&mut db).map_err(StoreError::from)?;
    work(&mut db)
}

/// Puts a copy in the place of a database that no process uses.
///
/// SQLite: the copy is checked (`PRAGMA integrity_check`) before it replaces anything. PostgreSQL: `pg_restore`
/// in one transaction into the empty or cleaned database.
///
/// # Errors
/// [`StoreError::Unavailable`] when the copy is damaged or cannot be put in place.
pub fn restore(from: &Path, url: &DatabaseUrl) -> Result<(), StoreError> {
    let unavailable = |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
    if let Some(address) = url.postgres() {
        let path = from.to_str().ok_or_else(|| StoreError::Unavailable("the path is not UTF-8".to_owned()))?;
        return run(Command::new("pg_restore").args([
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            "--exit-on-error",
            "--dbname",
            address,
            path,
        ]));
    }
    check(from)?;
    let Some(target) = url.sqlite_path() else { return Ok(()) };
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).map_err(|error| unavailable(&error))?;
    }
    let fresh = target.with_extension("restoring");
    std::fs::copy(from, &fresh).map_err(|error| unavailable(&error))?;
    for side in ["-wal", "-shm"] {
        let mut name = target.as_os_str().to_owned();
        name.push(side);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unavailable(&error)),
            Ok(()) | Err(_) => {}
        }
    }
    std::fs::rename(&fresh, target).map_err(|error| unavailable(&error))
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

fn run(command: &mut Command) -> Result<(), StoreError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| StoreError::Unavailable(format!("{program}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(StoreError::Unavailable(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}
