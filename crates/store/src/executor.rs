//! [`Store`]: the async face of the database threads.
//!
//! The closures are plain synchronous code on the database's own threads; they may be run more than
//! once, and only their last run counts. Transactions are begun and ended in `reader.rs` and `writer.rs`.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;
use diesel::{RunQueryDsl, sql_query};

use crate::db::Db;
use crate::dialect::{self, Backend, Role};
use crate::error::{OpenError, StoreError};
use crate::fence::Fence;
use crate::job::{BoxJob, Task};
use crate::lane::Lane;
use crate::link::{Link, Source};
use crate::options::Options;
use crate::queue::Queue;
use crate::url::DatabaseUrl;
use crate::{durable, lock_file, reader, writer};

/// A database and the threads that work for it. Cloning shares them. Its fence is closed unless [`Store::within`] opens it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    fence: Fence,
}

/// How busy a store is; for the counters of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    /// Read jobs that no thread has taken yet.
    pub reads_waiting: usize,
    /// Write jobs that no thread has taken yet; a lane's batch counts as one.
    pub writes_waiting: usize,
    /// Commits since the store was opened.
    pub commits: u64,
    /// Write jobs that those commits covered: divided by them, the mean size of a group.
    pub jobs: u64,
}

struct Inner {
    source: Arc<Source>,
    reads: Queue,
    writes: Queue,
    threads: Mutex<Vec<JoinHandle<()>>>,
    lock: Mutex<Option<File>>,
}

impl Store {
    /// Opens the database and starts its threads.
    ///
    /// SQLite: makes the folder and the file, takes the lock that keeps a second process out, switches
    /// to WAL. PostgreSQL: connects once to prove that the address works; the threads connect when
    /// they get their first job.
    ///
    /// # Errors
    /// [`OpenError`] if any of that fails; no thread is left behind.
    pub fn open(url: &DatabaseUrl, options: &Options) -> Result<Self, OpenError> {
        let lock = url.sqlite_path().map(claim_file).transpose()?;
        dialect::connect(url, Role::Writer, options).map_err(OpenError::Connect)?;
        let (reads, read_inbox) = Queue::new(options.queue);
        let (writes, write_inbox) = Queue::new(options.queue);
        let store = Self {
            inner: Arc::new(Inner {
                source: Arc::new(Source::new(url, options)),
                reads,
                writes,
                threads: Mutex::default(),
                lock: Mutex::new(lock),
            }),
            fence: Fence::closed(),
        };
        for number in 1..=options.readers.max(1) {
            let inbox = read_inbox.clone();
            let work = move |link| reader::serve(link, &inbox);
            store.spawn(format!("db-read-{number}"), Role::Reader, work)?;
        }
        match store.backend() {
            Backend::Sqlite => {
                let batch = options.batch.max(1);
                let (disk, mut committed, mut grown) = durable::channel();
                store.spawn("db-sync".to_owned(), Role::Reader, move |link| durable::answer(link, &mut committed))?;
                store.spawn("db-fold".to_owned(), Role::Writer, move |link| durable::fold(link, &mut grown))?;
                let work = move |link| writer::group_commit(link, &write_inbox, &disk, batch);
                store.spawn("db-write".to_owned(), Role::Grouping, work)?;
            }
            Backend::Postgres => {
                for number in 1..=options.writers.max(1) {
                    let inbox = write_inbox.clone();
                    let work = move |link| writer::one_by_one(link, &inbox);
                    store.spawn(format!("db-write-{number}"), Role::Writer, work)?;
                }
            }
        }
        Ok(store)
    }

    /// Starts a thread that works until its queue is closed and empty. Jobs catch their own panics;
    /// should one escape all the same, the thread goes on with a fresh connection.
    fn spawn(&self, name: String, role: Role, mut work: impl FnMut(Link) + Send + 'static) -> Result<(), OpenError> {
        let source = Arc::clone(&self.inner.source);
        let work = move || {
            let mut attempt = || work(Link::new(Arc::clone(&source), role));
            while catch_unwind(AssertUnwindSafe(&mut attempt)).is_err() {
                tracing::error!("A database thread panicked and starts again");
            }
        };
        let thread = std::thread::Builder::new().name(name).spawn(work).map_err(OpenError::Thread)?;
        self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// The same database behind another fence.
    #[must_use]
    pub fn within(&self, fence: Fence) -> Self {
        Self { inner: Arc::clone(&self.inner), fence }
    }

    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self.inner.source.url.sqlite_path() {
            Some(_) => Backend::Sqlite,
            None => Backend::Postgres,
        }
    }

    /// Runs a job that only reads, on one consistent snapshot. A write in it is refused.
    ///
    /// # Errors
    /// What the job answers, or a [`StoreError`] if it could not be run.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut Db) -> Result<T, E> + Send + 'static,
        E: From<StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (job, answer) = Task::boxed(self.fence.clone(), work);
        self.inner.reads.put(job)?;
        answer.await.unwrap_or_else(|_dropped| Err(StoreError::dropped().into()))
    }

    /// Runs a job that writes, in one transaction; answers after the commit that covers it.
    ///
    /// An `Err` from the job undoes its writes. The job may be run again when concurrent
    /// transactions got in its way, so it must do nothing but talk to its connection. It may nest
    /// `db.transaction(…)`, and must not go on after a failed statement outside of one.
    ///
    /// # Errors
    /// What the job answers, or a [`StoreError`] if it could not be run or committed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut Db) -> Result<T, E> + Send + 'static,
        E: From<StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (job, answer) = Task::boxed(self.fence.clone(), work);
        self.inner.writes.put(job)?;
        answer.await.unwrap_or_else(|_dropped| Err(StoreError::dropped().into()))
    }

    /// [`Store::read`] for code without an async runtime, such as the command line.
    ///
    /// # Errors
    /// As [`Store::read`].
    ///
    /// # Panics
    /// Inside an async runtime, which it would block.
    pub fn read_now<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut Db) -> Result<T, E> + Send + 'static,
        E: From<StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (job, answer) = Task::boxed(self.fence.clone(), work);
        self.inner.reads.put(job)?;
        answer.blocking_recv().unwrap_or_else(|_dropped| Err(StoreError::dropped().into()))
    }

    /// [`Store::write`] for code without an async runtime, such as the command line.
    ///
    /// # Errors
    /// As [`Store::write`].
    ///
    /// # Panics
    /// Inside an async runtime, which it would block.
    pub fn write_now<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut Db) -> Result<T, E> + Send + 'static,
        E: From<StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (job, answer) = Task::boxed(self.fence.clone(), work);
        self.inner.writes.put(job)?;
        answer.blocking_recv().unwrap_or_else(|_dropped| Err(StoreError::dropped().into()))
    }

    /// Runs a long reading job on a connection and a snapshot of its own, on this thread: the readers stay free for
    /// the people. Blocks.
    ///
    /// # Errors
    /// What the job answers, or a [`StoreError`] when the database cannot be opened.
    pub fn observe<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
        crate::backup::observe(&self.inner.source.url, work)
    }

    /// Makes a lane: jobs submitted to it concurrently share one transaction, behind the fences of all of them. See [`Lane`].
    pub fn lane<J, R, E>(
        &self,
        batch: impl Fn(&mut Db, &[J]) -> Result<Vec<R>, E> + Send + Sync + 'static,
        key: fn(&J) -> u64,
        fence: fn(&J) -> Fence,
    ) -> Lane<J, R, E>
    where
        J: Send + 'static,
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        Lane::new(self.clone(), Box::new(batch), key, fence, &self.inner.source.options)
    }

    /// Asks the database for a sign of life; for the readiness probe.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Busy`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|db| Ok(sql_query("SELECT 1").execute(db).map(|_| ())?)).await
    }

    /// Whether the database role is under no policy, so that the second fence does not hold for it (PostgreSQL's superusers
    /// and `BYPASSRLS`).
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn passes_the_fence(&self) -> Result<bool, StoreError> {
        self.read_now(crate::fence::is_passed)
    }

    /// How much work waits, and how much was committed since the store was opened.
    #[must_use]
    pub fn workload(&self) -> Workload {
        let written = &self.inner.source.written;
        Workload {
            reads_waiting: self.inner.reads.depth(),
            writes_waiting: self.inner.writes.depth(),
            commits: written.commits.load(Ordering::Relaxed),
            jobs: written.jobs.load(Ordering::Relaxed),
        }
    }

    /// Refuses new jobs, finishes the queued ones, stops the threads and frees the file. Blocks.
    pub fn shutdown(&self) {
        self.inner.stop();
    }

    pub(crate) fn write_queue(&self) -> Option<Sender<BoxJob>> {
        self.inner.writes.sender()
    }

    /// A connection of its own, for migrations: they change the rows of everybody.
    pub(crate) fn connect(&self) -> Result<Db, StoreError> {
        let mut db = dialect::connect(&self.inner.source.url, Role::Writer, &self.inner.source.options)?;
        crate::fence::open_for_session(&mut db)?;
        Ok(db)
    }

    pub(crate) fn schema_changed(&self) {
        self.inner.source.names.forget();
    }
}

/// Makes the folder, takes the lock and makes the file, readable by its owner alone: it will hold
/// personal data. From here on nobody creates it again; one that vanishes must not come back empty.
fn claim_file(path: &Path) -> Result<File, OpenError> {
    let failed = |path: &Path, source| OpenError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    }
    let lock = lock_file::take(path)?;
    lock_file::open_private(path).map_err(|source| failed(path, source))?;
    Ok(lock)
}

impl Inner {
    fn stop(&self) {
        self.reads.close();
        self.writes.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        let here = std::thread::current().id();
        let is_own = threads.iter().any(|thread| thread.thread().id() == here);
        let wait = move || {
            for thread in threads {
                if thread.join().is_err() {
                    tracing::error!("A database thread ended with a panic");
                }
            }
            drop(lock);
        };
        if !is_own {
            return wait();
        }
        // A job held the last clone of its own store: its thread cannot wait for itself, nor for those who wait for it.
        if let Err(error) = std::thread::Builder::new().name("db-stop".to_owned()).spawn(wait) {
            tracing::error!(%error, "Nobody waits for the database threads to end");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("url", &self.inner.source.url).finish_non_exhaustive()
    }
}
