//! The connection a thread owns: opened when first needed, thrown away when doubtful, opened again.
//!
//! Nothing above needs a restart when the database comes back. A SQLite file that was removed or
//! replaced is noticed by its identity: writes to an unlinked file would succeed and be lost.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::connection::{Instrumentation, InstrumentationEvent, TransactionManager};
use diesel::result::Error;

use crate::constraint::{self, Names};
use crate::db::Db;
use crate::dialect::{self, Omen, Role};
use crate::error::StoreError;
use crate::options::Options;
use crate::url::DatabaseUrl;

/// After a failed connect the next jobs fail at once for this long, so that a queue behind a dead
/// server drains instead of waiting for one connect timeout each.
const PAUSE: Duration = Duration::from_millis(100);

/// What the threads of one store share about their database.
pub(crate) struct Source {
    pub(crate) url: DatabaseUrl,
    pub(crate) options: Options,
    pub(crate) names: Arc<Names>,
    pub(crate) written: Written,
    /// The last failed connect, until one succeeds.
    outage: Mutex<Option<(Instant, StoreError)>>,
}

/// What the writers have committed since the store was opened.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) commits: AtomicU64,
    pub(crate) jobs: AtomicU64,
}

impl Source {
    pub(crate) fn new(url: &DatabaseUrl, options: &Options) -> Self {
        let names = Arc::new(Names::new(url.clone(), options.clone()));
        Self {
            url: url.clone(),
            options: options.clone(),
            names,
            written: Written::default(),
            outage: Mutex::default(),
        }
    }

    /// Opens a connection, unless another thread has just found the server gone. Opening a file costs
    /// nothing, so there every job tries.
    pub(crate) fn connect(&self, role: Role) -> Result<Db, StoreError> {
        if self.url.postgres().is_some()
            && let Some((when, error)) = self.outage().as_ref()
            && when.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        let connected = dialect::connect(&self.url, role, &self.options);
        *self.outage() = connected.as_ref().err().map(|error| {
            tracing::warn!(%error, "Could not connect to the database");
            (Instant::now(), error.clone())
        });
        connected
    }

    fn outage(&self) -> MutexGuard<'_, Option<(Instant, StoreError)>> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread's connection and what its statements ran into.
pub(crate) struct Link {
    source: Arc<Source>,
    role: Role,
    db: Option<Db>,
    file: Option<FileIdentity>,
    seen: Arc<Seen>,
}

impl Link {
    pub(crate) fn new(source: Arc<Source>, role: Role) -> Self {
        Self { source, role, db: None, file: None, seen: Arc::default() }
    }

    /// To be called once on the thread that will use this link.
    pub(crate) fn settle(&self) {
        constraint::look_up_in(&self.source.names);
    }

    /// The open connection, after connecting if need be, with nothing seen yet.
    pub(crate) fn open(&mut self) -> Result<&mut Db, StoreError> {
        if self.db.is_some() && self.check_file().is_err() {
            self.discard();
        }
        if self.db.is_none() {
            self.db = Some(self.connect()?);
        }
        self.seen.clear();
        self.db.as_mut().ok_or_else(StoreError::dropped)
    }

    fn connect(&mut self) -> Result<Db, StoreError> {
        let connected = self.source.connect(self.role);
        let mut db = connected.inspect_err(|error| tracing::warn!(%error, "No connection to the database"))?;
        db.set_instrumentation(Watch(Arc::clone(&self.seen)));
        self.file = self.source.url.sqlite_path().and_then(FileIdentity::of);
        Ok(db)
    }

    /// The connection of the running attempt.
    pub(crate) fn current(&mut self) -> Option<&mut Db> {
        self.db.as_mut()
    }

    /// Throws the connection away; whatever it had open is rolled back by the database.
    pub(crate) fn discard(&mut self) {
        self.db = None;
    }

    /// The file of the open connection (none for a server).
    pub(crate) fn file(&self) -> Option<FileIdentity> {
        self.file
    }

    /// Where SQLite's file is (none for a server).
    pub(crate) fn sqlite_path(&self) -> Option<&Path> {
        self.source.url.sqlite_path()
    }

    /// Whether the connection's file is still the one at its path (always true for a server).
    fn check_file(&self) -> Result<(), StoreError> {
        self.is_still(self.file)
    }

    /// Whether this file is still the one at the path.
    pub(crate) fn is_still(&self, file: Option<FileIdentity>) -> Result<(), StoreError> {
        match self.sqlite_path() {
            Some(path) if FileIdentity::of(path) != file => {
                Err(StoreError::Unavailable(format!("{} was removed or replaced", path.display())))
            }
            _ => Ok(()),
        }
    }

    /// Counts a commit with the jobs that it covered.
    pub(crate) fn count(&self, jobs: usize) {
        let written = &self.source.written;
        written.commits.fetch_add(1, Ordering::Relaxed);
        written.jobs.fetch_add(u64::try_from(jobs).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What the statements since [`Link::open`] ran into.
    pub(crate) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Throws the connection away if a statement reported trouble with it or its file.
    pub(crate) fn discard_if_troubled(&mut self) {
        if self.seen.trouble() {
            self.discard();
        }
    }
}

/// Rolls back to the given depth of nesting (0: no transaction). A job that panicked inside nested
/// transactions leaves several open.
pub(crate) fn roll_back_to(db: &mut Db, depth: u32) -> Result<(), Error> {
    while open_depth(db)? > depth {
        <Db as TransactionManager<Db>>::rollback_transaction(db)?;
    }
    Ok(())
}

/// How many transactions are open inside each other, savepoints included.
pub(crate) fn open_depth(db: &mut Db) -> Result<u32, Error> {
    let status = <Db as TransactionManager<Db>>::transaction_manager_status_mut(db);
    Ok(status.transaction_depth()?.map_or(0, std::num::NonZeroU32::get))
}

/// What statements reported during one attempt. A job's own error type says nothing the writer could
/// read, so the connection's instrumentation tells whether a repeat can help.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    any: AtomicBool,
    repeat: AtomicBool,
    trouble: AtomicBool,
}

impl Seen {
    fn clear(&self) {
        for flag in [&self.any, &self.repeat, &self.trouble] {
            flag.store(false, Ordering::Relaxed);
        }
    }

    /// A statement failed, for whatever reason.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// A statement lost against a concurrent transaction.
    pub(crate) fn repeat(&self) -> bool {
        self.repeat.load(Ordering::Relaxed)
    }

    /// A statement found the connection or the file in trouble.
    pub(crate) fn trouble(&self) -> bool {
        self.trouble.load(Ordering::Relaxed)
    }
}

struct Watch(Arc<Seen>);

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::FinishQuery { error: Some(error), .. } = event {
            self.0.any.store(true, Ordering::Relaxed);
            match dialect::omen(error) {
                Omen::Plain => {}
                Omen::Repeat => self.0.repeat.store(true, Ordering::Relaxed),
                Omen::Trouble => self.0.trouble.store(true, Ordering::Relaxed),
            }
        }
    }
}

/// Device and inode: what stays the same while a file is written and differs once it is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIdentity(u64, u64);

impl FileIdentity {
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(path).ok().map(|file| Self(file.dev(), file.ino()))
    }

    /// Elsewhere an open file cannot be removed or replaced, so being there is enough.
    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        path.exists().then_some(Self(0, 0))
    }
}
