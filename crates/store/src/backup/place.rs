//! Exchanging a SQLite file for a copy of it, so that a crash at any moment leaves one of the two, whole.

use super::{RestoreError, check, unavailable};
use crate::dialect::{self, Role};
use crate::error::OpenError;
use crate::lock_file;
use crate::{DatabaseUrl, Options, StoreError};
use diesel::connection::SimpleConnection as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Puts `from` in the place of `target`, under the lock that the service holds while it runs.
pub(super) fn exchange(from: &Path, target: &Path) -> Result<(), RestoreError> {
    let folder = folder_of(target);
    fs::create_dir_all(&folder).map_err(|source| OpenError::File { path: folder.clone(), source })?;
    let _lock = lock_file::take(target)?;
    let fresh = beside(target, ".restoring");
    let prepared = copy(from, &fresh).map_err(|error| unavailable(&error)).and_then(|()| check(&fresh));
    if let Err(error) = prepared {
        let _left = remove_sides(&fresh).and_then(|()| fs::remove_file(&fresh));
        return Err(error.into());
    }
    fold_in(target);
    let moved = (|| {
        sync(&fresh)?;
        remove_sides(&fresh)?;
        // A log of the old file under the name of the new one would be played into it.
        remove_sides(target)?;
        File::open(&folder)?.sync_all()?;
        fs::rename(&fresh, target)?;
        File::open(&folder)?.sync_all()
    })();
    Ok(moved.map_err(|error: io::Error| unavailable(&error))?)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut copy = lock_file::open_private(to)?;
    copy.set_len(0)?;
    io::copy(&mut source, &mut copy)?;
    copy.sync_all()
}

/// Moves the old database's log into its file, so that the file alone is whole while the log goes away. One that
/// is damaged, which may be why it is replaced, stays as it is.
fn fold_in(target: &Path) {
    if !target.exists() {
        return;
    }
    let folded = DatabaseUrl::parse(&format!("sqlite:{}", target.display()))
        .map_err(|error| StoreError::Internal(error.to_string()))
        .and_then(|url| dialect::connect(&url, Role::Writer, &Options::default()))
        .and_then(|mut db| Ok(db.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?));
    if let Err(error) = folded {
        tracing::warn!(%error, "The database to be replaced cannot be read");
    }
}

fn remove_sides(database: &Path) -> io::Result<()> {
    for side in ["-wal", "-shm"] {
        match fs::remove_file(beside(database, side)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Waits until a file and its name are on disk.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
