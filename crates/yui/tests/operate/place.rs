//! A database of its own with a data folder beside it, and the commands that run on it.

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use store::{Backend, DatabaseUrl};
use tempfile::TempDir;

/// The program under test.
pub const YUI: &str = env!("CARGO_BIN_EXE_yui");
/// Random enough for a service that lives for seconds on this machine only.
pub const SECRET: &str = "operate-test/7Jq2vX9kPz4mWn8tRb5yHc3sLd6gFa1e";
/// Stands in the address of the PostgreSQL database, which asks nobody for it.
pub const DATABASE_PASSWORD: &str = "Geheim-Wort-42";
/// The password of everybody in the demo.
pub const PASSWORD: &str = "静かな雪の朝に鳴く鳥の声";

/// Where one installation lives.
pub struct Place {
    pub folder: TempDir,
    pub url: String,
    pub backend: Backend,
    /// The plain name of the PostgreSQL database, for looking at it past the program.
    _database: Option<testkit::postgres::Database>,
}

/// What a command said.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It ended with this code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Place {
    /// With an embedded database that is not made yet.
    pub fn sqlite() -> Self {
        let folder = tempfile::Builder::new().prefix("yui-operate-").tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("yui.db").display());
        Self { folder, url, backend: Backend::Sqlite, _database: None }
    }

    /// With an empty PostgreSQL database, whose address carries a password.
    pub fn postgres() -> Option<Self> {
        let database = testkit::postgres::empty_database()?;
        let url = database.url().replacen("yui@", &format!("yui:{DATABASE_PASSWORD}@"), 1);
        let folder = tempfile::Builder::new().prefix("yui-operate-").tempdir().unwrap();
        Some(Self { folder, url, backend: Backend::Postgres, _database: Some(database) })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn database(&self) -> DatabaseUrl {
        DatabaseUrl::parse(&self.url).unwrap()
    }

    /// A command that knows this place and nothing else of the environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command
            .current_dir(self.folder.path())
            .env("YUI_DATABASE_URL", &self.url)
            .env("YUI_DATA_DIR", self.folder.path())
            .env("YUI_SECRET", SECRET)
            .env("YUI_LOG", "warn");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.typed(arguments, "")
    }

    /// Runs a command with something on its standard input.
    pub fn typed(&self, arguments: &[&str], input: &str) -> Ran {
        finish(self.command(arguments), input)
    }

    /// What stands in the database, past the program.
    pub fn lines(&self, query: &str) -> Vec<String> {
        store::backup::observe(&self.database(), |db| store::fixtures::lines(db, query)).unwrap()
    }

    /// Damages the data past every guard.
    pub fn damage(&self, statements: &str) {
        store::fixtures::damage(&self.database(), statements).unwrap();
    }
}

/// The program without any setting.
pub fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(YUI);
    command.args(arguments).env_clear();
    for name in ["PATH", "HOME", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

pub fn finish(mut command: Command, input: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that reads nothing may have ended already.
    stdin.write_all(input.as_bytes()).ok();
    drop(stdin);
    child.wait_with_output().unwrap().into()
}

/// The bytes of a file.
pub fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
