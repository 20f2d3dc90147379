//! A unit of work on its way to a database thread: it can be run again, answered once, or failed.
//!
//! Running and answering are apart because a write is answered only after the commit that covers it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::db::Db;
use crate::error::StoreError;
use crate::fence::Fence;

/// What the queues carry.
pub(crate) type BoxJob = Box<dyn Job>;

/// How one run of a job's code ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its writes may be committed.
    Done,
    /// Its writes must be undone; the answer says why.
    Failed,
}

/// Work for a thread that owns a connection. The thread owns the transaction too.
pub(crate) trait Job: Send {
    /// Whether anyone still waits; a job whose caller has left is not started.
    fn is_wanted(&self) -> bool;

    /// Whose rows its transaction may touch; asked before each transaction begins.
    fn fence(&mut self) -> Fence;

    /// Runs the work inside the open transaction and keeps its answer. May be called again after a
    /// rollback; the last run counts.
    fn run(&mut self, db: &mut Db) -> Outcome;

    /// After a failed run: smaller jobs to try instead, or none if this one stands for itself.
    fn parts(&mut self) -> Vec<BoxJob> {
        Vec::new()
    }

    /// Its writes are committed; the answer may be some way off.
    fn committed(&mut self) {}

    /// Sends the answer of the last run.
    fn answer(self: Box<Self>);

    /// Sends this error instead of any answer.
    fn fail(self: Box<Self>, error: StoreError);
}

/// One closure and the caller who waits for it.
pub(crate) struct Task<T, E, F> {
    fence: Fence,
    work: F,
    answer: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Task<T, E, F>
where
    F: Fn(&mut Db) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    /// The job, and where its answer will arrive.
    pub(crate) fn boxed(fence: Fence, work: F) -> (BoxJob, oneshot::Receiver<Result<T, E>>) {
        let (caller, answer) = oneshot::channel();
        (Box::new(Self { fence, work, answer: None, caller }), answer)
    }
}

impl<T, E, F> Job for Task<T, E, F>
where
    F: Fn(&mut Db) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn is_wanted(&self) -> bool {
        !self.caller.is_closed()
    }

    fn fence(&mut self) -> Fence {
        self.fence.clone()
    }

    fn run(&mut self, db: &mut Db) -> Outcome {
        let answer = guarded(|| (self.work)(db));
        let outcome = if answer.is_ok() { Outcome::Done } else { Outcome::Failed };
        self.answer = Some(answer);
        outcome
    }

    fn answer(self: Box<Self>) {
        if let Some(answer) = self.answer {
            // The caller may have left meanwhile; the commit stands either way.
            let _gone = self.caller.send(answer);
        }
    }

    fn fail(self: Box<Self>, error: StoreError) {
        let _gone = self.caller.send(Err(error.into()));
    }
}

/// Turns a panic of the job's code into its error. The connection stays usable: the thread rolls back
/// whatever was open, and diesel finalises its statements while unwinding.
pub(crate) fn guarded<T, E: From<StoreError>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_payload| {
        tracing::error!("A database job panicked; its transaction is undone");
        Err(StoreError::Panicked.into())
    })
}
