//! One PostgreSQL server in a temporary directory.
//!
//! The server is the child of a small shell that waits for the end of its standard input. This process
//! holds the other end of that pipe, so the server stops and its files go however this process ends, by
//! `SIGKILL` too, without a line of unsafe code.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::installation::{Installation, lesser_account};

const READY: &str = "database system is ready to accept connections";

/// Runs `"$@"` until standard input ends, then stops it at once and removes the directory `$0`.
const SUPERVISOR: &str = r#"
"$@" &
server=$!
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
cd /
rm -rf "$0"
"#;

/// Whether an acknowledged commit survives a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing is synced: fast, for tests that do not measure.
    Off,
    /// PostgreSQL's own defaults: for load and crash tests.
    Full,
}

/// A running server; it stops when this value is dropped or the process ends.
#[derive(Debug)]
pub struct Cluster {
    installation: Installation,
    directory: PathBuf,
    /// Who runs the server, where that must not be this process's own account.
    account: Option<(u32, u32)>,
    durability: Durability,
    /// One for each start; they end, and with them what they started, when this value is dropped.
    supervisors: Vec<Child>,
}

impl Cluster {
    /// Initialises and starts a server; `None` where PostgreSQL is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start; the message carries the server's own words.
    pub fn start(durability: Durability) -> Option<Self> {
        let installation = Installation::find()?;
        let directory = tempfile::Builder::new().prefix("yui-pg-").tempdir().unwrap().keep();
        let account = lesser_account(&directory);
        if let Some((uid, gid)) = account {
            chown(&directory, Some(uid), Some(gid)).unwrap();
        }
        let mut cluster = Self { installation, directory, account, durability, supervisors: Vec::new() };
        initialise(&mut cluster.command(&cluster.installation.program("initdb")), durability);
        cluster.serve();
        // As the service should be run (docs/OPERATIONS.md): the policies of the tables hold for it, and nothing but its
        // own databases is its.
        cluster.sql("CREATE ROLE yui LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE");
        Some(cluster)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.directory);
        if let Some((uid, gid)) = self.account {
            // std drops the supplementary groups as well.
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Starts the server on its directory, at first or again.
    ///
    /// # Panics
    /// When it does not start; the message carries the server's own words.
    pub fn serve(&mut self) {
        let mut supervisor = self.command(Path::new("/bin/sh"));
        supervisor.arg("-c").arg(SUPERVISOR).arg(&self.directory);
        supervisor.arg(self.installation.program("postgres")).args(settings(&self.directory, self.durability));
        self.supervisors.push(serve(&mut supervisor));
    }

    /// Stops the server at once, without farewell to its clients; [`Cluster::serve`] starts it again.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        let data = self.directory.join("data");
        let mut stop = self.command(&self.installation.program("pg_ctl"));
        let output = stop.args(["stop", "-w", "-m", "immediate", "-D"]).arg(data).output().unwrap();
        assert!(output.status.success(), "pg_ctl: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The connection URL of one database, with the role that the service has.
    pub fn url(&self, database: &str) -> String {
        self.url_of("yui", database)
    }

    /// The connection URL of one database with a role.
    pub fn url_of(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@/{database}?host={}", self.directory.display())
    }

    /// Runs one statement as the superuser.
    ///
    /// # Panics
    /// When the statement fails, with the server's message.
    pub fn sql(&self, statement: &str) -> String {
        self.try_sql(statement).unwrap_or_else(|message| panic!("{statement}: {message}"))
    }

    /// Runs one statement as the superuser and returns its rows as text.
    ///
    /// # Errors
    /// The server's message.
    pub fn try_sql(&self, statement: &str) -> Result<String, String> {
        self.query("postgres", statement)
    }

    /// Runs one statement in one database and returns its rows as text, columns parted by `|`.
    ///
    /// # Errors
    /// The server's message.
    pub fn query(&self, database: &str, statement: &str) -> Result<String, String> {
        let output = Command::new(self.installation.program("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url_of("postgres", database)])
            .args(["-c", statement])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// Creates a database of the service's role, as a copy of `template` where one is named.
    ///
    /// # Panics
    /// When it cannot be made, for instance because somebody is connected to the template.
    pub fn create_database(&self, name: &str, template: Option<&str>) {
        let copy = match template {
            // Copying files is the faster way for a small template without sync.
            Some(template) if self.installation.major >= 15 => {
                format!(" TEMPLATE {template} STRATEGY file_copy")
            }
            Some(template) => format!(" TEMPLATE {template}"),
            None => String::new(),
        };
        self.sql(&format!("CREATE DATABASE {name} OWNER yui{copy}"));
    }

    /// The directory of the socket and the data.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for mut supervisor in self.supervisors.drain(..) {
            drop(supervisor.stdin.take());
            supervisor.wait().ok();
        }
    }
}

fn initialise(initdb: &mut Command, durability: Durability) {
    initdb.args(["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
    if durability == Durability::Off {
        initdb.arg("--no-sync");
    }
    let output = initdb.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
}

fn settings(directory: &Path, durability: Durability) -> Vec<String> {
    let mut settings = vec![
        "listen_addresses=".to_owned(),
        format!("unix_socket_directories={}", directory.display()),
        "max_connections=200".to_owned(),
        "lc_messages=C".to_owned(),
        "log_destination=stderr".to_owned(),
    ];
    if durability == Durability::Off {
        let fast = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off"];
        settings.extend(fast.map(str::to_owned));
    }
    let flags = settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]);
    ["-D".to_owned(), "data".to_owned()].into_iter().chain(flags).collect()
}

/// Starts the supervisor and reads the server's log until it says that it is ready.
fn serve(supervisor: &mut Command) -> Child {
    // A group of its own: Ctrl-C ends this process, and through the pipe the server.
    supervisor.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = supervisor.spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    loop {
        match log.next() {
            Some(Ok(line)) if line.contains(READY) => break,
            Some(Ok(line)) if line.contains("FATAL") => panic!("postgres: {line}\n{said:#?}"),
            Some(Ok(line)) => said.push(line),
            Some(Err(_)) | None => panic!("postgres ended before it was ready: {said:#?}"),
        }
    }
    // The log goes on to be read, or the server would block on a full pipe.
    std::thread::spawn(move || log.map_while(Result::ok).for_each(drop));
    child
}
