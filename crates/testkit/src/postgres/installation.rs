//! Where PostgreSQL's programs are, and who may run them: the server refuses to run as root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const VERSIONED: &str = "/usr/lib/postgresql";

/// One installed PostgreSQL.
#[derive(Debug, Clone)]
pub(super) struct Installation {
    binaries: PathBuf,
    pub(super) major: u32,
}

impl Installation {
    /// The newest version under Debian's directory, or else the one that `initdb` on the path belongs to.
    pub(super) fn find() -> Option<Self> {
        let versions = fs::read_dir(VERSIONED).into_iter().flatten().flatten();
        let newest = versions
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
            .map(|(major, path): (u32, PathBuf)| Self { binaries: path.join("bin"), major })
            .filter(Self::is_complete)
            .max_by_key(|found| found.major);
        newest.or_else(Self::on_path)
    }

    fn on_path() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|binaries| Self { major: major_version(&binaries).unwrap_or(0), binaries })
            .find(Self::is_complete)
    }

    fn is_complete(&self) -> bool {
        ["initdb", "postgres", "psql"].iter().all(|name| self.program(name).is_file())
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }
}

fn major_version(binaries: &Path) -> Option<u32> {
    let output = std::process::Command::new(binaries.join("postgres")).arg("--version").output();
    let text = String::from_utf8(output.ok()?.stdout).ok()?;
    text.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

/// The account to step down to when `directory` shows that this process runs as root.
pub(super) fn lesser_account(directory: &Path) -> Option<(u32, u32)> {
    if fs::metadata(directory).unwrap().uid() != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").expect("root has /etc/passwd");
    let account = |wanted: &str| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(wanted))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = account("postgres").or_else(|| account("nobody"));
    Some(found.expect("an account postgres or nobody to run the server"))
}
