//! A fresh SQLite file for one test, gone when the test ends.
//!
//! Only a place on disk: the file itself is made by whoever opens it, so that tests meet the same start
//! as a new installation does.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The path of a database that does not exist yet, in a directory of its own.
#[derive(Debug)]
pub struct Database {
    directory: TempDir,
    path: PathBuf,
}

/// Makes room for one database.
pub fn database() -> Database {
    let directory = tempfile::Builder::new().prefix("yui-sqlite-").tempdir().unwrap();
    let path = directory.path().join("yui.db");
    Database { directory, path }
}

impl Database {
    /// Where the database is to be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path as text, for configuration.
    pub fn url(&self) -> String {
        self.path.to_str().expect("temporary paths are UTF-8").to_owned()
    }

    /// The directory around it, which goes away with this value.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}
