//! The writer threads: one with group commit for SQLite, several with a transaction per job for
//! PostgreSQL. Both keep the same promise: **an answer leaves only after the commit that covers it**,
//! and a job that fails takes no other with it.
//!
//! What is deliberately absent: repeating a COMMIT whose outcome is unknown. The caller is told
//! `Unavailable`, and the idempotency key of the request finds out on the next try.

use std::collections::VecDeque;

use crossbeam_channel::Receiver;
use diesel::connection::TransactionManager;
use diesel::{RunQueryDsl, sql_query};

use crate::db::Db;
use crate::dialect;
use crate::durable::Disk;
use crate::error::StoreError;
use crate::fence::Fence;
use crate::job::{BoxJob, Outcome};
use crate::link::{Link, open_depth, roll_back_to};

/// How often one job gives way to concurrent transactions before it is told [`StoreError::Conflict`].
const CONFLICTS: u32 = 5;

/// How many fresh connections one job may use up: an idle one may have died unnoticed.
const RECONNECTS: u32 = 1;

/// SQLite: runs whatever has queued up, up to `limit` jobs, in one transaction. The disk brings it to rest and answers
/// while the next group runs.
///
/// Under load this is worth several times the writes of one durable transaction per job, because the sync is what a
/// small write waits for.
pub(crate) fn group_commit(mut link: Link, inbox: &Receiver<BoxJob>, disk: &Disk, limit: usize) {
    link.settle();
    let mut commits = 0;
    while let Ok(first) = inbox.recv() {
        let mut ran = Vec::new();
        let mut waiting = VecDeque::from([first]);
        match run_group(&mut link, &mut waiting, &mut ran, inbox, limit) {
            Ok(()) => {
                link.count(ran.len());
                // Those who share a lane may go on: what they write next is covered by a later sync.
                ran.iter_mut().for_each(|job| job.committed());
                disk.cover(&link, ran);
                disk.count(&mut commits);
            }
            Err(error) => {
                tracing::warn!(%error, jobs = ran.len(), "A group of writes was not committed");
                link.discard();
                for job in ran.into_iter().chain(waiting) {
                    job.fail(error.clone());
                }
            }
        }
        link.discard_if_troubled();
    }
}

fn run_group(
    link: &mut Link,
    waiting: &mut VecDeque<BoxJob>,
    ran: &mut Vec<BoxJob>,
    inbox: &Receiver<BoxJob>,
    limit: usize,
) -> Result<(), StoreError> {
    let db = link.open()?;
    dialect::begin_write(db, &Fence::closed()).map_err(StoreError::unavailable)?;
    let mut is_empty = true;
    while let Some(mut job) = waiting.pop_front() {
        if job.is_wanted() {
            let outcome = if is_empty { first(db, &mut job)? } else { in_savepoint(db, &mut job)? };
            is_empty &= outcome == Outcome::Failed;
            let parts = match outcome {
                Outcome::Done => Vec::new(),
                Outcome::Failed => job.parts(),
            };
            if parts.is_empty() {
                ran.push(job);
            }
            waiting.extend(parts);
        }
        if waiting.is_empty() && ran.len() < limit {
            waiting.extend(inbox.try_recv());
        }
    }
    <Db as TransactionManager<Db>>::commit_transaction(db).map_err(StoreError::unavailable)
}

/// Runs a job before which nothing was written: when it fails, the transaction begins anew. A savepoint would copy
/// every page that the job changes, and under load most groups are one lane's batch.
fn first(db: &mut Db, job: &mut BoxJob) -> Result<Outcome, StoreError> {
    let outcome = job.run(db);
    match (outcome, open_depth(db)) {
        (Outcome::Done, Ok(1)) => {}
        (Outcome::Done, _) => return Err(left_open()),
        (Outcome::Failed, _) => {
            roll_back_to(db, 0).map_err(StoreError::unavailable)?;
            dialect::begin_write(db, &Fence::closed()).map_err(StoreError::unavailable)?;
        }
    }
    Ok(outcome)
}

/// Runs a job so that its failure undoes only its own writes.
///
/// On some failures (disk full, I/O error) SQLite rolls the *whole* transaction back by itself. The
/// savepoint is gone then, closing it fails, and the error ends the group before anything is answered.
fn in_savepoint(db: &mut Db, job: &mut BoxJob) -> Result<Outcome, StoreError> {
    <Db as TransactionManager<Db>>::begin_transaction(db).map_err(StoreError::unavailable)?;
    let outcome = job.run(db);
    let closed = match outcome {
        Outcome::Done => <Db as TransactionManager<Db>>::commit_transaction(db),
        Outcome::Failed => roll_back_to(db, 1),
    };
    closed.map_err(StoreError::unavailable)?;
    match open_depth(db) {
        Ok(1) => Ok(outcome),
        _ => Err(left_open()),
    }
}

/// A job that begins a transaction by hand must also end it, and must not end ours.
fn left_open() -> StoreError {
    StoreError::Unavailable("a job left its transaction in disorder, nothing was kept".to_owned())
}

/// PostgreSQL: one transaction per job; several of these threads run side by side.
pub(crate) fn one_by_one(mut link: Link, inbox: &Receiver<BoxJob>) {
    link.settle();
    for job in inbox {
        let mut waiting = VecDeque::from([job]);
        while let Some(job) = waiting.pop_front() {
            if job.is_wanted() {
                waiting.extend(transact(&mut link, job));
            }
        }
    }
}

/// How one attempt at a transaction ended.
enum Attempt {
    /// Committed, or rolled back because the job itself failed: the answer stands.
    Settled(Outcome),
    /// Undone by a concurrent transaction; nothing was written.
    Conflict,
    /// The connection died before COMMIT; nothing was written.
    Lost(StoreError),
    /// Not committed, or nobody knows.
    Broken(StoreError),
}

/// Sees one job through and answers it; gives back its parts if it fell apart.
fn transact(link: &mut Link, mut job: BoxJob) -> Vec<BoxJob> {
    let (mut conflicts, mut reconnects) = (0, 0);
    let error = loop {
        match attempt(link, &mut job) {
            Attempt::Settled(Outcome::Done) => {
                link.count(1);
                job.answer();
                return Vec::new();
            }
            Attempt::Settled(Outcome::Failed) => {
                let parts = job.parts();
                if parts.is_empty() {
                    job.answer();
                }
                link.discard_if_troubled();
                return parts;
            }
            Attempt::Conflict if conflicts < CONFLICTS => conflicts += 1,
            Attempt::Conflict => break StoreError::Conflict,
            Attempt::Lost(_) if reconnects < RECONNECTS => {
                reconnects += 1;
                link.discard();
            }
            Attempt::Lost(error) | Attempt::Broken(error) => {
                link.discard();
                break error;
            }
        }
    };
    job.fail(error);
    Vec::new()
}

fn attempt(link: &mut Link, job: &mut BoxJob) -> Attempt {
    let fence = job.fence();
    let db = match link.open() {
        Ok(db) => db,
        Err(error) => return Attempt::Broken(error),
    };
    if let Err(error) = dialect::begin_write(db, &fence) {
        return Attempt::Lost(StoreError::unavailable(error));
    }
    let outcome = job.run(db);
    if outcome == Outcome::Failed {
        return match roll_back_to(db, 0) {
            Err(error) => Attempt::Lost(StoreError::unavailable(error)),
            Ok(()) if link.seen().repeat() => Attempt::Conflict,
            Ok(()) => Attempt::Settled(Outcome::Failed),
        };
    }
    if link.seen().any()
        && let Err(attempt) = check_alive(link)
    {
        return attempt;
    }
    finish(link)
}

/// A job that swallowed an error outside a savepoint leaves an aborted transaction, and PostgreSQL
/// answers its COMMIT with a silent ROLLBACK. So after any error one statement asks before we commit.
fn check_alive(link: &mut Link) -> Result<(), Attempt> {
    let Some(db) = link.current() else {
        return Err(Attempt::Broken(StoreError::dropped()));
    };
    let Err(error) = sql_query("SELECT 1").execute(db) else {
        return Ok(());
    };
    match roll_back_to(db, 0) {
        Err(error) => Err(Attempt::Lost(StoreError::unavailable(error))),
        Ok(()) if link.seen().repeat() => Err(Attempt::Conflict),
        Ok(()) => {
            Err(Attempt::Broken(StoreError::Internal(format!("a job went on after a failed statement: {error}"))))
        }
    }
}

fn finish(link: &mut Link) -> Attempt {
    let Some(db) = link.current() else {
        return Attempt::Broken(StoreError::dropped());
    };
    // With one still open inside it, COMMIT would only close that one.
    if !matches!(open_depth(db), Ok(1)) {
        return Attempt::Broken(left_open());
    }
    match <Db as TransactionManager<Db>>::commit_transaction(db) {
        Ok(()) => Attempt::Settled(Outcome::Done),
        Err(error) => match StoreError::from(error) {
            StoreError::Conflict => Attempt::Conflict,
            refused @ StoreError::Constraint(_) => Attempt::Broken(refused),
            other => Attempt::Broken(StoreError::Unavailable(format!("the outcome of the commit is unknown: {other}"))),
        },
    }
}
