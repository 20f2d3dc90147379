//! SQLite's last step of a write, beside the writer: what it committed is brought to the disk, and only then answered.
//!
//! With `synchronous=FULL` SQLite does this inside each COMMIT, and the writer stands still meanwhile. Here the writer
//! commits without it (`synchronous=NORMAL`) and goes on with the next group, while this thread syncs the log; whatever
//! was committed when a sync begins is covered by it. For the callers it is the same: **an answer leaves only after the
//! sync that covers its commit**. Readers may see a commit as long before as its sync takes.
//!
//! When a sync fails, what the log holds on the disk is unknown, and to go on would lie: the kernel tells of lost pages
//! once, keeps them as if they were written, and a checkpoint would copy them without looking. So the process ends on
//! the spot ([`end`]), as PostgreSQL does. At the next start SQLite reads the log by its checksums: what is lost then
//! was never answered well.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{Receiver, Sender, channel as bounded};

use crate::dialect;
use crate::error::StoreError;
use crate::job::BoxJob;
use crate::link::{FileIdentity, Link};

/// Groups that may be committed and wait for their sync. When the disk is slow the writer waits with them, and its
/// groups grow.
const AHEAD: usize = 8;

/// Commits after which the log is folded into the file beside the writer. The last of it the writer does within a COMMIT
/// once the log is long ([`LOG_PAGES`]), and begins the log anew.
const COMMITS: u32 = 48;

/// Pages of the log after which the writer folds it in: under load about twice a second, at about 50 MB. While a
/// backup or a check reads an old state the log grows on.
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
}

/// The end of the thread that syncs.
pub(crate) struct Committed(Receiver<Group>);

/// The end of the thread that folds the log in.
pub(crate) struct Grown(Receiver<()>);

/// All ends.
pub(crate) fn channel() -> (Disk, Committed, Grown) {
    let (groups, committed) = bounded(AHEAD);
    let (grown, grew) = bounded(1);
    (Disk { groups, grown }, Committed(committed), Grown(grew))
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
}

/// Syncs and answers until the writer has left and nothing is left to do.
pub(crate) fn answer(mut link: Link, committed: &mut Committed) {
    let Some(path) = link.sqlite_path().map(Path::to_owned) else {
        return;
    };
    link.settle();
    // A connection of this thread's own: while it is open, no other that closes is the last, which takes the log away.
    drop(link.open());
    let mut log = Log::open(&path).ok();
    while let Some(groups) = next(committed) {
        let synced = sync(&mut log, &path);
        match &synced {
            Ok(()) => {}
            Err(Unsynced::Gone(_)) => drop(link.open()),
            Err(Unsynced::Failed(error)) => end(error),
        }
        settle(groups, synced, |file| link.is_still(file));
    }
}

/// What is committed by now, once there is something.
fn next(committed: &mut Committed) -> Option<Vec<Group>> {
    let first = committed.0.blocking_recv()?;
    Some(std::iter::once(first).chain(std::iter::from_fn(|| committed.0.try_recv().ok())).collect())
}

/// Answers the groups as their sync went.
fn settle(
    groups: Vec<Group>,
    synced: Result<(), Unsynced>,
    stands: impl Fn(Option<FileIdentity>) -> Result<(), StoreError>,
) {
    let synced = synced.map_err(|unsynced| {
        let (Unsynced::Gone(error) | Unsynced::Failed(error)) = unsynced;
        tracing::warn!(%error, "The log of the database is not where it was");
        StoreError::Unavailable(format!("the log of the database: {error}"))
    });
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

/// Ends the process without a word to the database: also an orderly end would fold in a log that nobody has checked.
fn end(error: &io::Error) -> ! {
    tracing::error!(%error, "The log of the database could not be brought to the disk. The service ends here and is to be started again; nothing that it answered is lost");
    std::process::abort();
}

/// Folds the log into the file each time that it has grown, without keeping anybody waiting.
pub(crate) fn fold(mut link: Link, grown: &mut Grown) {
    link.settle();
    while grown.0.blocking_recv().is_some() {
        let folded = link.open().and_then(dialect::fold_log);
        if let Err(error) = folded {
            tracing::warn!(%error, "The log of the database is folded in later");
        }
        link.discard_if_troubled();
    }
}

/// Why a sync covers nothing.
#[derive(Debug)]
enum Unsynced {
    /// The log was removed or replaced: what was committed to it is gone with it.
    Gone(io::Error),
    /// The disk did not take it.
    Failed(io::Error),
}

/// The open log. One descriptor for all syncs: the kernel tells each of them once that pages were lost, and one that is
/// opened afterwards hears nothing if somebody else (a checkpoint, a backup) was told.
struct Log {
    path: PathBuf,
    file: File,
    identity: Option<FileIdentity>,
}

impl Log {
    /// Opens the log of the database at this path, which may be a link to it.
    fn open(database: &Path) -> io::Result<Self> {
        let mut path = std::fs::canonicalize(database)?.into_os_string();
        path.push("-wal");
        let path = PathBuf::from(path);
        let file = OpenOptions::new().write(true).open(&path)?;
        Ok(Self { identity: FileIdentity::of(&path), path, file })
    }

    fn is_there(&self) -> bool {
        self.identity.is_some() && FileIdentity::of(&self.path) == self.identity
    }
}

/// Brings the log to the disk, and opens it first if there is none yet.
fn sync(log: &mut Option<Log>, database: &Path) -> Result<(), Unsynced> {
    let open = match log {
        Some(open) => open,
        None => log.insert(Log::open(database).map_err(Unsynced::Gone)?),
    };
    open.file.sync_data().map_err(Unsynced::Failed)?;
    if open.is_there() {
        return Ok(());
    }
    *log = None;
    Err(Unsynced::Gone(io::Error::other("removed or replaced")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::dialect::Role;
    use crate::fence::Fence;
    use crate::job::{Job, Outcome};
    use crate::options::Options;
    use crate::url::DatabaseUrl;
    use crossbeam_channel::{Receiver as End, Sender as Caller, unbounded};
    use diesel::RunQueryDsl;

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
    fn one_sync_covers_what_was_committed_when_it_began_and_nothing_after() {
        let (disk, mut committed, _grown) = channel();
        let first = commit(&disk);
        let groups = next(&mut committed).unwrap();
        // The sync of the first begins here.
        let (second, third) = (commit(&disk), commit(&disk));
        settle(groups, Ok(()), stands);
        assert_eq!(first.recv().unwrap(), Ok(()));
        assert!(second.is_empty() && third.is_empty(), "no sync has covered these");
        let groups = next(&mut committed).unwrap();
        assert_eq!(groups.len(), 2);
        settle(groups, Ok(()), stands);
        assert_eq!((second.recv().unwrap(), third.recv().unwrap()), (Ok(()), Ok(())));
        drop(disk);
        assert!(next(&mut committed).is_none());
    }

    #[test]
    fn without_a_sync_or_in_another_file_nothing_is_answered_well() {
        let (group, ended) = group();
        settle(vec![group], Err(Unsynced::Failed(io::Error::other("EIO"))), stands);
        assert!(matches!(ended.recv().unwrap(), Err(StoreError::Unavailable(_))));
        let (group, ended) = super::tests::group();
        settle(vec![group], Ok(()), |_| Err(StoreError::Unavailable("replaced".to_owned())));
        assert!(matches!(ended.recv().unwrap(), Err(StoreError::Unavailable(_))));
    }

    #[test]
    fn the_log_that_is_synced_is_the_one_that_sqlite_writes() {
        let folder = std::env::temp_dir().join(format!("yui-durable-{}", std::process::id()));
        let (real, link) = (folder.join("real.db"), folder.join("link.db"));
        std::fs::create_dir_all(&folder).unwrap();
        File::create(&real).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        // A log beside the link, left by a file that stood there once.
        File::create(folder.join("link.db-wal")).unwrap();
        let url = DatabaseUrl::parse(&format!("sqlite:{}", link.display())).unwrap();
        let mut db = dialect::connect(&url, Role::Grouping, &Options::default()).unwrap();
        diesel::sql_query("CREATE TABLE seats (id INTEGER)").execute(&mut db).unwrap();

        let mut log = None;
        sync(&mut log, &link).unwrap();
        let open = log.as_ref().unwrap();
        assert_eq!(open.path, std::fs::canonicalize(&real).unwrap().with_file_name("real.db-wal"));
        assert!(open.file.metadata().unwrap().len() > 0, "SQLite wrote into it");

        std::fs::remove_file(&open.path).unwrap();
        assert!(matches!(sync(&mut log, &link), Err(Unsynced::Gone(_))), "removed");
        assert!(matches!(sync(&mut log, &link), Err(Unsynced::Gone(_))), "and never made anew by a sync");
        assert!(!folder.join("real.db-wal").exists());
        drop(db);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
