//! The few numbers an operator may turn; the defaults suit a small server.

use std::num::NonZeroUsize;
use std::time::Duration;

/// How many threads, how long the queues.
#[derive(Debug, Clone)]
pub struct Options {
    /// Reader threads, each with its own connection.
    pub readers: usize,
    /// Writer threads on PostgreSQL. SQLite always has exactly one.
    pub writers: usize,
    /// Jobs that may wait in each of the two queues, and in each lane, before callers hear `Busy`.
    pub queue: usize,
    /// The most jobs one SQLite commit, or one lane's transaction, covers.
    pub batch: usize,
    /// Lanes per [`crate::Lane`]: how many of its transactions may be in flight at once.
    pub lanes: usize,
    /// How long SQLite waits for another process (a backup, a shell) that holds the file's lock.
    pub busy_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
        Self { readers: cores, writers: 8, queue: 1024, batch: 256, lanes: 4, busy_timeout: Duration::from_secs(5) }
    }
}
