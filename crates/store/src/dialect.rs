//! Where SQLite and PostgreSQL are told apart: connecting, BEGIN, and what an error means.
//!
//! Guards durability (with `durable.rs`), foreign keys, and that a reader cannot write. Constraint
//! names have their own file, `constraint.rs`; migrations theirs.

mod among;
mod partial;
mod statements;
mod statistics;
mod updates;

pub(crate) use among::{among, one_or_more};
pub(crate) use partial::{ApplicationStands, IsNoLearner, IsOnTheList, MailIsParked, MailIsPending, OfferIsOpen};
pub use statistics::look_at_grown_tables;
pub(crate) use updates::{ChangeUse, MoveChain};

pub(crate) use statements::{
    due_mails, insert_assignments, insert_audit_entries, insert_helpful_mark, insert_idempotency_records, insert_mails,
    insert_offers, insert_waiting_entries, lock_audit_chain, lock_names, lock_seat_accounts, lock_user,
};

use std::path::Path;

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::{Connection, PgConnection, QueryResult, SqliteConnection};

use crate::constraint::{self, Constraint, ConstraintKind, Facts};
use crate::db::Db;
use crate::durable::LOG_PAGES;
use crate::error::StoreError;
use crate::fence::Fence;
use crate::options::Options;
use crate::url::DatabaseUrl;

/// Which database a store runs on, for the start-up log and for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// One process, one file.
    Sqlite,
    /// One server, any number of replicas.
    Postgres,
}

impl Db {
    /// Which database this connection talks to.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self {
            Self::Pg(_) => Backend::Postgres,
            Self::Lite(_) => Backend::Sqlite,
        }
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Reads only; the database refuses its writes.
    Reader,
    /// Reads and writes; its COMMIT is durable.
    Writer,
    /// The writer whose commits `durable.rs` makes durable.
    Grouping,
}

/// Opens a connection and sets it up for its role.
pub(crate) fn connect(url: &DatabaseUrl, role: Role, options: &Options) -> Result<Db, StoreError> {
    match (url.sqlite_path(), url.postgres()) {
        (Some(path), _) => lite(path, role, options).map(Db::Lite),
        (None, address) => pg(address.unwrap_or_default(), role).map(Db::Pg),
    }
}

fn lite(path: &Path, role: Role, options: &Options) -> Result<SqliteConnection, StoreError> {
    let mut connection =
        SqliteConnection::establish(&file_uri(path)).map_err(|e| StoreError::Unavailable(e.to_string()))?;
    // The grouping writer's commits are synced beside it, before they are answered (`durable.rs`).
    let synchronous = if role == Role::Grouping { "NORMAL" } else { "FULL" };
    // In KiB. What is not here comes from the system's cache. The writer's is small on purpose: a commit after a
    // page was split may look at every page here (`pcache1TruncateUnsafe`), at 16 MiB a quarter of the writer's time.
    let cache = if role == Role::Reader { -8_192 } else { -2_048 };
    let query_only = if role == Role::Reader { "ON" } else { "OFF" };
    connection
        .batch_execute(&format!(
            "PRAGMA busy_timeout={};
             PRAGMA journal_mode=WAL;
             PRAGMA synchronous={synchronous};
             PRAGMA foreign_keys=ON;
             PRAGMA cache_size={cache};
             PRAGMA journal_size_limit=67108864;
             PRAGMA wal_autocheckpoint={};
             PRAGMA query_only={query_only};",
            options.busy_timeout.as_millis(),
            if role == Role::Grouping { LOG_PAGES } else { 4_000 },
        ))
        .map_err(StoreError::unavailable)?;
    Ok(connection)
}

/// SQLite's URI form is the only way to say "do not create"; it wants the path percent-encoded.
fn file_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri + "?mode=rw"
}

fn pg(address: &str, role: Role) -> Result<PgConnection, StoreError> {
    let mut connection = PgConnection::establish(address).map_err(|e| StoreError::Unavailable(e.to_string()))?;
    if role == Role::Reader {
        // A page is a few rows: to compile a plan takes longer than to read them.
        let settings = "SET default_transaction_read_only = on; SET jit = off";
        connection.batch_execute(settings).map_err(StoreError::unavailable)?;
    }
    Ok(connection)
}

/// Starts a read-only transaction that sees one consistent snapshot, within the fence, until it ends.
pub(crate) fn begin_read(db: &mut Db, fence: &Fence) -> QueryResult<()> {
    match db {
        Db::Pg(c) => begin(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", fence),
        Db::Lite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN DEFERRED"),
    }
}

/// Starts a writing transaction within the fence; SQLite takes the write lock now rather than failing half-way.
pub(crate) fn begin_write(db: &mut Db, fence: &Fence) -> QueryResult<()> {
    match db {
        Db::Pg(c) => begin(c, "BEGIN ISOLATION LEVEL READ COMMITTED", fence),
        Db::Lite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
    }
}

/// The fence goes with the BEGIN: one round trip for both.
fn begin(connection: &mut PgConnection, statement: &str, fence: &Fence) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(connection, &format!("{statement}{}", fence.opening()))
}

/// Copies what SQLite's log holds into the file, as far as that disturbs nobody.
pub(crate) fn fold_log(db: &mut Db) -> Result<(), StoreError> {
    db.batch_execute("PRAGMA wal_checkpoint(PASSIVE)").map_err(StoreError::unavailable)
}

/// Names the event behind a database error, the same on both databases.
pub(crate) fn diagnose(kind: &DatabaseErrorKind, facts: &Facts<'_>) -> StoreError {
    if let Some(constraint) = constraint::named(kind, facts) {
        return StoreError::Constraint(constraint);
    }
    match kind {
        DatabaseErrorKind::SerializationFailure => StoreError::Conflict,
        DatabaseErrorKind::ReadOnlyTransaction
        | DatabaseErrorKind::ClosedConnection
        | DatabaseErrorKind::UnableToSendCommand => StoreError::Unavailable(facts.message().to_owned()),
        _ if is_deadlock(facts) => StoreError::Conflict,
        _ if facts.message().starts_with("database is locked") => StoreError::Busy,
        _ if is_out_of_order(facts.message()) => StoreError::Unavailable(facts.message().to_owned()),
        _ => StoreError::Internal(facts.message().to_owned()),
    }
}

/// PostgreSQL's 40P01. diesel keeps no SQLSTATE and the texts follow the server's language, so the
/// shape decides: of the errors without a position or an object only a deadlock brings both a detail
/// and a hint. A false positive costs a bounded number of repeats of a transaction that failed anyway.
fn is_deadlock(facts: &Facts<'_>) -> bool {
    facts.message() == "deadlock detected"
        || (facts.details().is_some()
            && facts.hint().is_some()
            && facts.statement_position().is_none()
            && facts.table_name().is_none()
            && facts.constraint_name().is_none())
}

/// The texts of SQLite's result codes that speak of the file, not of the statement (`sqlite3ErrStr`),
/// and the operating system's text inside PostgreSQL's 53100.
fn is_out_of_order(message: &str) -> bool {
    const TEXTS: [&str; 9] = [
        "disk I/O error",
        "database or disk is full",
        "attempt to write a readonly database",
        "unable to open database file",
        "database disk image is malformed",
        "file is not a database",
        "locking protocol",
        "out of memory",
        "No space left on device",
    ];
    TEXTS.iter().any(|text| message.contains(text))
}

/// What one failed statement says about the attempt it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Omen {
    /// An ordinary refusal: a constraint, a missing row, a bug.
    Plain,
    /// Repeating the transaction may succeed.
    Repeat,
    /// The connection or the file is in trouble.
    Trouble,
}

/// Reads the omen of a statement's error.
pub(crate) fn omen(error: &Error) -> Omen {
    let Error::DatabaseError(kind, facts) = error else {
        return Omen::Plain;
    };
    match diagnose_quietly(kind, facts.as_ref()) {
        StoreError::Conflict => Omen::Repeat,
        StoreError::Unavailable(_) => Omen::Trouble,
        _ => Omen::Plain,
    }
}

/// [`diagnose`] without looking up a constraint's name, which may open a second connection.
fn diagnose_quietly(kind: &DatabaseErrorKind, facts: &Facts<'_>) -> StoreError {
    match kind {
        DatabaseErrorKind::UniqueViolation => {
            StoreError::Constraint(Constraint { kind: ConstraintKind::Unique, name: String::new() })
        }
        _ => diagnose(kind, facts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_the_uri() {
        assert_eq!(file_uri(Path::new("/a b/結?.db")), "file:/a%20b/%E7%B5%90%3F.db?mode=rw");
    }
}
