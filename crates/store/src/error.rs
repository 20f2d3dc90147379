//! What can go wrong between a query and its database, in words the layers above can act on.
//!
//! Both databases give the same variant for the same event. The texts are for the log: they may name
//! tables and files, never values of rows, and no text reaches a person.

use std::path::PathBuf;

use diesel::result::Error;

use crate::constraint::Constraint;
use crate::dialect;

/// The answer to a job that could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The schema refused the write; the caller knows which rule has this name.
    #[error("constraint {0} refused the write")]
    Constraint(Constraint),
    /// One row was asked for and none is there.
    #[error("no such row")]
    Missing,
    /// The queue is full or another process holds the file's write lock: nothing was done, try again.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached, is full or read-only, or went away during the commit: whether
    /// the write was done is then unknown, and an idempotency key tells on the next try.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Other transactions got in the way of this one until the retries were used up; nothing was done.
    #[error("gave way to concurrent transactions too often")]
    Conflict,
    /// The job's own code panicked; its transaction was undone, other jobs were not touched.
    #[error("a database job panicked")]
    Panicked,
    /// A statement the database does not understand: a bug, never the user's doing.
    #[error("database error: {0}")]
    Internal(String),
}

impl StoreError {
    /// For a job that no thread took or finished.
    pub(crate) fn dropped() -> Self {
        Self::Unavailable("the store is shutting down, or lost the thread of this job".to_owned())
    }

    /// For failures of BEGIN, COMMIT and savepoints, where even an unknown error means "not now".
    pub(crate) fn unavailable(error: Error) -> Self {
        match Self::from(error) {
            kept @ (Self::Busy | Self::Unavailable(_)) => kept,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::Missing,
            Error::DatabaseError(kind, facts) => dialect::diagnose(&kind, facts.as_ref()),
            Error::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            Error::BrokenTransactionManager => {
                Self::Unavailable("the connection broke inside a transaction".to_owned())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

/// Why [`crate::Store::open`] did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder, the file or the lock beside it could not be made.
    #[error("cannot use {path}: {source}")]
    File {
        /// What was being made.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Another process works on this SQLite file; two would not see each other's queue.
    #[error("{path} is in use by another process{}", holder.as_ref().map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    InUse {
        /// The database file.
        path: PathBuf,
        /// The process id the holder wrote into its lock file.
        holder: Option<String>,
    },
    /// The first connection failed.
    #[error("cannot open the database: {0}")]
    Connect(StoreError),
    /// The operating system gave no thread.
    #[error("cannot start a database thread: {0}")]
    Thread(std::io::Error),
}
