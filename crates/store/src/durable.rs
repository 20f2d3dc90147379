//! SQLite's last step of a write, beside the writer: what it committed is brought to the disk, and only then answered.
//!
//! With `synchronous=FULL` SQLite does this inside each COMMIT, and the writer stands still meanwhile. Here the writer
//! commits without it (`synchronous=NORMAL`) and goes on with the next group, while this thread syncs the log; whatever
//! was committed when a sync begins is covered by it. For the callers it is the same: **an answer leaves only after the
//! sync that covers its commit**. Readers may see a commit within the fraction of a millisecond before.
//!
//! When a sync fails, what the log holds on the disk is unknown, and a later sync that succeeds would lie about it: the
//! kernel tells of a lost page once. So nothing more is answered well until the log has been folded into the database
//! file and begun anew ([`mend`]).

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::{Receiver, Sender, channel as bounded};

use crate::db::Db;
use crate::dialect;
use crate::error::StoreError;
use crate::job::BoxJob;
use crate::link::{FileIdentity, Link};

/// Groups that may be committed and wait for their sync. When the disk is slow the writer waits with them, and its
/// groups grow.
const AHEAD: usize = 8;

/// Commits after which the log is folded into the file beside the writer. SQLite does it within a COMMIT once the log is
/// long ([`LOG_PAGES`]); then little is left to do for it, and it begins the log anew.
const COMMITS: u32 = 48;

/// Pages of the log after which the writer itself folds it in: under load about twice a second, below 50 MB.
pub(crate) const LOG_PAGES: u32 = 12_000;

/// A committed group, in the file that was the database's then.
struct Group {
    jobs: Vec<BoxJob>,
    file: Option<FileIdentity>,
}

/// The writer's end: where committed groups go.
///
/// The channels are tokio's because a receiver that waits sleeps: one that spins and yields, as most do first, stands
/// behind everybody else on a busy machine when its group comes.
pub(crate) struct Disk {
    groups: Sender<Group>,
    grown: Sender<()>,
    doubt: Arc<AtomicBool>,
}

/// The end of the thread that syncs.
pub(crate) struct Committed {
    groups: Receiver<Group>,
    doubt: Arc<AtomicBool>,
}

/// The end of the thread that folds the log in.
pub(crate) struct Grown(Receiver<()>);

/// All ends.
pub(crate) fn channel() -> (Disk, Committed, Grown) {
    let (groups, committed) = bounded(AHEAD);
    let (grown, grew) = bounded(1);
    let doubt = Arc::<AtomicBool>::default();
    (Disk { groups, grown, doubt: Arc::clone(&doubt) }, Committed { groups: committed, doubt }, Grown(grew))
}

impl Disk {
    /// Hands over what was committed on this link.
    pub(crate) fn cover(&self, link: &Link, jobs: Vec<BoxJob>) {
        if let Err(unsent) = self.groups.blocking_send(Group { jobs, file: link.file() }) {
            fail(unsent.0, &StoreError::dropped());
        }
    }

    /// Tells after the given number of commits that the log has grown.
    pub(crate) fn count(&self, commits: &mut u32) {
        *commits = commits.saturating_add(1);
        if *commits >= COMMITS && self.grown.try_send(()).is_ok() {
            *commits = 0;
        }
    }

    /// To be called before a transaction begins: after a failed sync the log is begun anew.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] while that cannot be done.
    pub(crate) fn mend(&self, db: &mut Db) -> Result<(), StoreError> {
        if !self.doubt.load(Ordering::Acquire) {
            return Ok(());
        }
        dialect::begin_log_anew(db)?;
        self.doubt.store(false, Ordering::Release);
        tracing::info!("The log of the database was begun anew");
        Ok(())
    }
}

/// Syncs and answers until the writer has left and nothing is left to do.
pub(crate) fn answer(link: &Link, committed: &mut Committed) {
    let Some(path) = link.sqlite_path() else {
        return;
    };
    let log = log_of(path);
    answer_after(committed, || sync(&log), |group| link.is_still(group));
}

fn answer_after(
    committed: &mut Committed,
    sync: impl Fn() -> io::Result<()>,
    stands: impl Fn(Option<FileIdentity>) -> Result<(), StoreError>,
) {
    while let Some(first) = committed.groups.blocking_recv() {
        let more = std::iter::from_fn(|| committed.groups.try_recv().ok());
        let groups = std::iter::once(first).chain(more).collect();
        settle(&committed.doubt, groups, &sync, &stands);
    }
}

/// One sync for the groups, and their answers.
fn settle(
    doubt: &AtomicBool,
    groups: Vec<Group>,
    sync: impl FnOnce() -> io::Result<()>,
    stands: impl Fn(Option<FileIdentity>) -> Result<(), StoreError>,
) {
    let synced = if doubt.load(Ordering::Acquire) {
        Err(StoreError::Unavailable("the log of the database is in doubt".to_owned()))
    } else {
        sync().map_err(|error| {
            doubt.store(true, Ordering::Release);
            tracing::error!(%error, "The log of the database could not be brought to the disk");
            StoreError::Unavailable(format!("the log could not be brought to the disk: {error}"))
        })
    };
    for group in groups {
        match synced.clone().and_then(|()| stands(group.file)) {
            Ok(()) => group.jobs.into_iter().for_each(|job| job.answer()),
            Err(error) => fail(group, &error),
        }
    }
}

fn fail(group: Group, error: &StoreError) {
    for job in group.jobs {
        job.fail(error.clone());
    }
}

/// Folds the log into the file each time that it has grown, without keeping anybody waiting.
pub(crate) fn fold(mut link: Link, grown: &mut Grown) {
    link.settle();
    while grown.0.blocking_recv().is_some() {
        let folded = link.open().and_then(dialect::fold_log);
        if let Err(error) = folded {
            tracing::debug!(%error, "The log of the database is folded in later");
        }
        link.discard_if_troubled();
    }
}

fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// The file is opened each time: the log may have been removed and made again, and opening costs a hundredth of a sync.
fn sync(log: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(log)?.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Role;
    use crate::fence::Fence;
    use crate::job::{Job, Outcome};
    use crate::options::Options;
    use crate::url::DatabaseUrl;
    use crossbeam_channel::{Receiver as End, Sender as Caller, unbounded};
    use diesel::RunQueryDsl;
    use std::cell::Cell;

    /// A job that has run; what becomes of it arrives at the other end.
    struct Ran(Caller<Result<(), StoreError>>);

    impl Job for Ran {
        fn is_wanted(&self) -> bool {
            true
        }

        fn fence(&mut self) -> Fence {
            Fence::closed()
        }

        fn run(&mut self, _db: &mut Db) -> Outcome {
            Outcome::Done
        }

        fn answer(self: Box<Self>) {
            self.0.send(Ok(())).unwrap();
        }

        fn fail(self: Box<Self>, error: StoreError) {
            self.0.send(Err(error)).unwrap();
        }
    }

    /// A group of one job, and where its end arrives.
    fn group() -> (Group, End<Result<(), StoreError>>) {
        let (end, ended) = unbounded();
        (Group { jobs: vec![Box::new(Ran(end))], file: None }, ended)
    }

    fn commit(disk: &Disk) -> End<Result<(), StoreError>> {
        let (group, ended) = group();
        disk.groups.blocking_send(group).unwrap_or_else(|_| panic!());
        ended
    }

    fn stands(_file: Option<FileIdentity>) -> Result<(), StoreError> {
        Ok(())
    }

    #[test]
    fn an_answer_waits_for_the_sync_that_covers_its_commit() {
        let (disk, mut committed, _grown) = channel();
        let (begun, begins) = unbounded();
        let (let_go, held) = unbounded::<()>();
        let sync = move || {
            begun.send(()).unwrap();
            held.recv().map_err(io::Error::other)
        };
        let thread = std::thread::spawn(move || answer_after(&mut committed, sync, stands));
        let first = commit(&disk);
        begins.recv().unwrap();
        // Committed while the first sync runs: it cannot cover them, one more covers both.
        let (second, third) = (commit(&disk), commit(&disk));
        assert!(first.is_empty());
        let_go.send(()).unwrap();
        assert_eq!(first.recv().unwrap(), Ok(()));
        begins.recv().unwrap();
        assert!(second.is_empty() && third.is_empty());
        let_go.send(()).unwrap();
        assert_eq!((second.recv().unwrap(), third.recv().unwrap()), (Ok(()), Ok(())));
        assert!(begins.is_empty(), "two syncs were enough");
        drop(disk);
        thread.join().unwrap();
    }

    #[test]
    fn after_a_failed_sync_nothing_is_answered_well_before_the_log_is_begun_anew() {
        let folder = std::env::temp_dir().join(format!("yui-durable-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("doubt.db");
        std::fs::File::create(&path).unwrap();
        let url = DatabaseUrl::parse(&format!("sqlite:{}", path.display())).unwrap();
        let open =
            |role| dialect::connect(&url, role, &Options { busy_timeout: Default::default(), ..Options::default() });
        let mut writer = open(Role::Grouping).unwrap();
        let run = |db: &mut Db, sql: &str| diesel::sql_query(sql).execute(db).unwrap();
        run(&mut writer, "CREATE TABLE seats (id INTEGER)");

        let (disk, _committed, _grown) = channel();
        let fails = Cell::new(true);
        let turn = || {
            let (group, ended) = group();
            let sync = || if fails.take() { Err(io::Error::other("EIO")) } else { Ok(()) };
            settle(&disk.doubt, vec![group], sync, stands);
            ended.recv().unwrap()
        };
        assert!(matches!(turn(), Err(StoreError::Unavailable(_))), "its own sync failed");
        assert!(matches!(turn(), Err(StoreError::Unavailable(_))), "this sync would have lied");

        // Somebody reads in the log: it cannot be begun anew yet.
        let mut reader = open(Role::Reader).unwrap();
        run(&mut reader, "BEGIN");
        run(&mut reader, "SELECT * FROM seats");
        run(&mut writer, "INSERT INTO seats VALUES (1)");
        assert!(matches!(disk.mend(&mut writer), Err(StoreError::Unavailable(_))));
        assert!(matches!(turn(), Err(StoreError::Unavailable(_))));
        run(&mut reader, "COMMIT");
        disk.mend(&mut writer).unwrap();
        assert_eq!(std::fs::metadata(log_of(&path)).unwrap().len(), 0, "all of it is in the file");
        assert_eq!(turn(), Ok(()));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_log_that_is_gone_is_no_success() {
        assert!(sync(&log_of(Path::new("/nowhere/gone.db"))).is_err());
    }
}
