//! Lanes: concurrent jobs of one kind become one multi-row transaction.
//!
//! While a lane's batch is in flight, whatever arrives waits and forms the next one; under no load a
//! job is a batch of its own and waits for nobody. A batch lands when it is answered; on SQLite already when it is
//! committed, and the next one runs while the disk brings it to rest. Where commit and answer are one (PostgreSQL), a batch
//! waits under load a moment ([`GATHERING`]) for those whom the last one has just answered: without it two halves of the
//! callers would take turns, and each commit would cover only one of them. Jobs with the same key share a lane, so one hot
//! pool cannot fight itself over a row lock. Lanes only save work: correctness rests on the row locks
//! and CHECKs of the schema, because other replicas have lanes of their own.

mod batch;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::Sender;
use tokio::sync::oneshot;

use crate::db::Db;
use crate::error::StoreError;
use crate::executor::Store;
use crate::fence::Fence;
use crate::job::BoxJob;
use crate::options::Options;
use batch::Batch;

type Work<J, R, E> = Box<dyn Fn(&mut Db, &[J]) -> Result<Vec<R>, E> + Send + Sync>;

/// Where jobs of one kind are submitted, made by [`Store::lane`]. Cloning shares it.
///
/// The batch function gets the jobs in order of arrival and answers one result per job, in the same
/// order. A refusal that concerns one job belongs into its result. If the function fails as a whole,
/// its writes are undone and every job is run again by itself, so a bad one never spoils the others.
pub struct Lane<J, R, E> {
    store: Store,
    shared: Arc<Shared<J, R, E>>,
}

struct Shared<J, R, E> {
    work: Work<J, R, E>,
    key: fn(&J) -> u64,
    fence: fn(&J) -> Fence,
    lanes: Vec<Bay<J, R, E>>,
    batch: usize,
    bound: usize,
}

/// The longest that a batch waits for those whom the last one answered: about the time of one HTTP exchange, and
/// less than the commit that is saved when they come along.
const GATHERING: Duration = Duration::from_micros(250);

/// Where the jobs of one lane wait.
struct Bay<J, R, E> {
    waiting: Mutex<Waiting<J, R, E>>,
    /// Rung when as many wait as the batch awaits.
    gathered: Condvar,
}

struct Waiting<J, R, E> {
    entries: VecDeque<Entry<J, R, E>>,
    in_flight: bool,
    /// How many the last batch took along.
    aboard: usize,
    /// How many the batch that boards now would like to take along.
    awaited: usize,
}

/// Which lane of which kind of job.
type Route<J, R, E> = (Arc<Shared<J, R, E>>, usize);

type Caller<R, E> = oneshot::Sender<Result<R, E>>;

struct Entry<J, R, E> {
    job: J,
    caller: Caller<R, E>,
}

impl<J, R, E> Clone for Lane<J, R, E> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), shared: Arc::clone(&self.shared) }
    }
}

impl<J, R, E> Lane<J, R, E>
where
    J: Send + 'static,
    R: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    pub(crate) fn new(
        store: Store,
        work: Work<J, R, E>,
        key: fn(&J) -> u64,
        fence: fn(&J) -> Fence,
        options: &Options,
    ) -> Self {
        let lane = || Bay {
            waiting: Mutex::new(Waiting { entries: VecDeque::new(), in_flight: false, aboard: 0, awaited: 0 }),
            gathered: Condvar::new(),
        };
        let lanes = std::iter::repeat_with(lane).take(options.lanes.max(1)).collect();
        let (batch, bound) = (options.batch.max(1), options.queue);
        Self { store, shared: Arc::new(Shared { work, key, fence, lanes, batch, bound }) }
    }

    /// Submits a job; answers after the commit that covers it.
    ///
    /// # Errors
    /// What the batch function answers for it, [`StoreError::Busy`] when the lane is full, or another
    /// [`StoreError`] if the batch could not be committed.
    pub async fn submit(&self, job: J) -> Result<R, E> {
        let (caller, answer) = oneshot::channel();
        self.enter(Entry { job, caller })?;
        answer.await.unwrap_or_else(|_dropped| Err(StoreError::dropped().into()))
    }

    /// Jobs that wait now for the transaction of their lane.
    #[must_use]
    pub fn depth(&self) -> usize {
        let of_lane = |lane| self.shared.waiting(lane).map_or(0, |waiting| waiting.entries.len());
        (0..self.shared.lanes.len()).map(of_lane).sum()
    }

    fn enter(&self, entry: Entry<J, R, E>) -> Result<(), StoreError> {
        let lanes = u64::try_from(self.shared.lanes.len()).unwrap_or(u64::MAX);
        let lane = usize::try_from((self.shared.key)(&entry.job) % lanes).unwrap_or_default();
        let queue = self.store.write_queue().ok_or_else(StoreError::dropped)?;
        {
            let mut waiting = self.shared.waiting(lane).ok_or_else(StoreError::dropped)?;
            if waiting.entries.len() >= self.shared.bound {
                return Err(StoreError::Busy);
            }
            waiting.entries.push_back(entry);
            if waiting.entries.len() == waiting.awaited
                && let Some(bay) = self.shared.lanes.get(lane)
            {
                bay.gathered.notify_one();
            }
            if std::mem::replace(&mut waiting.in_flight, true) {
                return Ok(());
            }
        }
        Flight { shared: Arc::clone(&self.shared), lane, queue }.launch();
        Ok(())
    }
}

impl<J, R, E> Shared<J, R, E> {
    fn waiting(&self, lane: usize) -> Option<MutexGuard<'_, Waiting<J, R, E>>> {
        Some(self.lanes.get(lane)?.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The waiting jobs of a lane, once those are back whom its last batch answered, or the moment is over.
    fn gathered(&self, lane: usize) -> Option<MutexGuard<'_, Waiting<J, R, E>>> {
        let mut waiting = self.waiting(lane)?;
        // A lone caller waits for nobody.
        if waiting.aboard > 1 {
            waiting.awaited = waiting.entries.len().saturating_add(waiting.aboard).min(self.batch);
            let short = |waiting: &mut Waiting<J, R, E>| waiting.entries.len() < waiting.awaited;
            let bell = &self.lanes.get(lane)?.gathered;
            waiting = bell.wait_timeout_while(waiting, GATHERING, short).unwrap_or_else(PoisonError::into_inner).0;
            waiting.awaited = 0;
        }
        Some(waiting)
    }
}

/// The right of one lane to have a batch in flight. It lands when the last job of the batch has been
/// answered (on SQLite: committed), and takes off again if others have arrived. Its own handle on the queue keeps the writers
/// alive through a shutdown until the lane is empty.
struct Flight<J, R, E> {
    shared: Arc<Shared<J, R, E>>,
    lane: usize,
    queue: Sender<BoxJob>,
}

impl<J, R, E> Flight<J, R, E>
where
    J: Send + 'static,
    R: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn launch(self) {
        let (shared, lane, queue) = (Arc::clone(&self.shared), self.lane, self.queue.clone());
        if let Err(unsent) = queue.send(Box::new(Batch::new(Arc::new(Landing(Some(self)))))) {
            // No writer is left: let everyone go, so that the token finds nobody when it lands.
            if let Some(mut waiting) = shared.waiting(lane) {
                waiting.entries.clear();
            }
            drop(unsent);
        }
    }

    fn land(self) {
        let Some(mut waiting) = self.shared.waiting(self.lane) else {
            return;
        };
        if waiting.entries.is_empty() {
            waiting.in_flight = false;
            return;
        }
        drop(waiting);
        self.launch();
    }
}

/// Lands its flight when dropped.
struct Landing<J: Send + 'static, R: Send + 'static, E: From<StoreError> + Send + 'static>(Option<Flight<J, R, E>>);

impl<J, R, E> Landing<J, R, E>
where
    J: Send + 'static,
    R: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn route(&self) -> Option<Route<J, R, E>> {
        self.0.as_ref().map(|flight| (Arc::clone(&flight.shared), flight.lane))
    }
}

impl<J, R, E> Drop for Landing<J, R, E>
where
    J: Send + 'static,
    R: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn drop(&mut self) {
        if let Some(flight) = self.0.take() {
            flight.land();
        }
    }
}
