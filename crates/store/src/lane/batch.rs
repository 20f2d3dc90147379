//! A lane's batch as one job: run together, taken apart when it fails as a whole.

use std::sync::Arc;

use super::{Caller, Landing, Shared};
use crate::db::Db;
use crate::error::StoreError;
use crate::fence::Fence;
use crate::job::{BoxJob, Job, Outcome, guarded};

/// The job that carries a lane's batch. Who is aboard is decided when it first has a writer (on PostgreSQL before its
/// transaction begins, which names everybody's consortia), so that those who arrive while it queues still come along.
pub(super) struct Batch<J: Send + 'static, R: Send + 'static, E: From<StoreError> + Send + 'static> {
    /// Lands when the batch is committed, or when it is answered or failed.
    flight: Option<Arc<Landing<J, R, E>>>,
    is_boarded: bool,
    jobs: Vec<J>,
    callers: Vec<Caller<R, E>>,
    answers: Option<Result<Vec<R>, E>>,
}

impl<J, R, E> Batch<J, R, E>
where
    J: Send + 'static,
    R: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    pub(super) fn new(flight: Arc<Landing<J, R, E>>) -> Self {
        Self { flight: Some(flight), is_boarded: false, jobs: Vec::new(), callers: Vec::new(), answers: None }
    }

    fn board(&mut self, shared: &Shared<J, R, E>, lane: usize) {
        if std::mem::replace(&mut self.is_boarded, true) {
            return;
        }
        let Some(mut waiting) = shared.gathered(lane) else {
            return;
        };
        while self.jobs.len() < shared.batch
            && let Some(entry) = waiting.entries.pop_front()
        {
            // A caller who has left frees the place.
            if !entry.caller.is_closed() {
                self.jobs.push(entry.job);
                self.callers.push(entry.caller);
            }
        }
        waiting.aboard = self.jobs.len();
    }
}

impl<J, R, E> Job for Batch<J, R, E>
where
    J: Send + 'static,
    R: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn is_wanted(&self) -> bool {
        !self.is_boarded || self.callers.iter().any(|caller| !caller.is_closed())
    }

    fn fence(&mut self) -> Fence {
        let Some((shared, lane)) = self.flight.as_ref().and_then(|flight| flight.route()) else {
            return Fence::closed();
        };
        self.board(&shared, lane);
        self.jobs.iter().map(shared.fence).fold(Fence::closed(), Fence::joined)
    }

    fn run(&mut self, db: &mut Db) -> Outcome {
        let Some((shared, lane)) = self.flight.as_ref().and_then(|flight| flight.route()) else {
            return Outcome::Failed;
        };
        self.board(&shared, lane);
        if self.jobs.is_empty() {
            self.answers = Some(Ok(Vec::new()));
            return Outcome::Done;
        }
        let answers = guarded(|| {
            let answers = (shared.work)(db, &self.jobs)?;
            if answers.len() == self.jobs.len() {
                return Ok(answers);
            }
            let (given, asked) = (answers.len(), self.jobs.len());
            Err(StoreError::Internal(format!("a lane answered {given} of {asked} jobs")).into())
        });
        let outcome = if answers.is_ok() { Outcome::Done } else { Outcome::Failed };
        self.answers = Some(answers);
        outcome
    }

    fn parts(&mut self) -> Vec<BoxJob> {
        if self.jobs.len() < 2 {
            return Vec::new();
        }
        let singles = self.jobs.drain(..).zip(self.callers.drain(..));
        singles
            .map(|(job, caller)| -> BoxJob {
                let flight = self.flight.clone();
                Box::new(Self { flight, is_boarded: true, jobs: vec![job], callers: vec![caller], answers: None })
            })
            .collect()
    }

    fn committed(&mut self) {
        let Some(flight) = self.flight.take() else {
            return;
        };
        // The next batch is about to board, and its callers are not those of this one, who wait for the disk.
        if let Some((shared, lane)) = flight.route()
            && let Some(mut waiting) = shared.waiting(lane)
        {
            waiting.aboard = 0;
        }
    }

    fn answer(self: Box<Self>) {
        match self.answers {
            Some(Ok(answers)) => {
                for (caller, answer) in self.callers.into_iter().zip(answers) {
                    // A caller may have left meanwhile; the commit stands either way.
                    let _gone = caller.send(Ok(answer));
                }
            }
            Some(Err(error)) => {
                // Only a batch of one keeps its error: larger ones fall apart into their parts.
                if let Some(caller) = self.callers.into_iter().next() {
                    let _gone = caller.send(Err(error));
                }
            }
            None => {}
        }
    }

    fn fail(self: Box<Self>, error: StoreError) {
        for caller in self.callers {
            let _gone = caller.send(Err(error.clone().into()));
        }
    }
}
