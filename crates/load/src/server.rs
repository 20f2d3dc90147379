//! The server under load: a real `yui serve` process on a real database, ended with this value.

use crate::Failure;
use crate::http::{Client, Request};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use testkit::postgres::{Cluster, Durability};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// The embedded one.
    Sqlite,
    /// A throwaway cluster with fsync on.
    Postgres,
}

/// A database of its own, gone with this value.
pub(crate) struct Database {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) folder: TempDir,
    _cluster: Option<Cluster>,
}

impl Database {
    pub(crate) fn new(kind: Kind) -> Result<Self, Failure> {
        // On the disk that holds the build, not in memory: durability is part of what is measured.
        let folder = tempfile::Builder::new().prefix("load-").tempdir_in(target_folder()?)?;
        let (url, cluster) = match kind {
            Kind::Sqlite => (format!("sqlite:{}", folder.path().join("yui.db").display()), None),
            Kind::Postgres => {
                let cluster = Cluster::start(Durability::Full).ok_or("PostgreSQL is not installed")?;
                cluster.create_database("yui", None);
                (cluster.url("yui"), Some(cluster))
            }
        };
        Ok(Self { kind, url, folder, _cluster: cluster })
    }
}

/// `target/`, where this program itself lies.
fn target_folder() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?;
    Ok(program.parent().and_then(Path::parent).ok_or("no target folder")?.to_owned())
}

/// The `yui` binary built with the same profile.
pub(crate) fn yui() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?.with_file_name("yui");
    if program.exists() {
        Ok(program)
    } else {
        Err(format!("{} is missing: build it with `cargo build --release -p yui`", program.display()).into())
    }
}

/// A running service.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first answer.
    pub(crate) ready_after: Duration,
}

/// Not random: the database lives for minutes and listens on this machine only.
pub(crate) const SECRET: &str = "load-tool/7Jq2vX9kPz4mWn8tRb5yHc3sLd6gFa1e";

impl Server {
    /// Starts the service and waits for its first answer.
    pub(crate) fn start(database: &Database, address: SocketAddr) -> Result<Self, Failure> {
        let began = Instant::now();
        let log = std::fs::File::create(database.folder.path().join("server.log"))?;
        let child = Command::new(yui()?)
            .arg("serve")
            .env("YUI_DATABASE_URL", &database.url)
            .env("YUI_DATA_DIR", database.folder.path())
            .env("YUI_LISTEN", address.to_string())
            .env("YUI_SECRET", SECRET)
            .env("YUI_LOG", "warn")
            .env("YUI_TRUSTED_PROXIES", "127.0.0.1/32")
            .env("YUI_RATE_LIMITS", "off")
            .env("YUI_SECOND_FACTOR", "optional")
            // It comes once an hour and at the start: in a run of seconds it would always be there.
            .env("YUI_VERIFY_EVERY", "0")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        let probe = Request { method: "GET", path: "/healthz", token: "", idempotency_key: None, body: "" };
        let mut client = Client::new(address);
        loop {
            if client.send(&probe).is_ok_and(|answer| answer.status == 200) {
                server.ready_after = began.elapsed();
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                let log = std::fs::read_to_string(database.folder.path().join("server.log")).unwrap_or_default();
                return Err(format!("the server ended at its start: {status}\n{log}").into());
            }
            if began.elapsed() > Duration::from_secs(120) {
                return Err("the server did not answer within 120 s".into());
            }
            std::thread::yield_now();
        }
    }

    /// SIGKILL: no drain, no goodbye.
    pub(crate) fn kill(&mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts a killed service again at the same address.
    pub(crate) fn restart(&mut self, database: &Database) -> Result<(), Failure> {
        *self = Self::start(database, self.address)?;
        Ok(())
    }

    /// Resident memory now, in MB (10^6 bytes).
    pub(crate) fn resident_mb(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kb: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .ok_or("no VmRSS")?
            .parse()?;
        Ok(kb * 1.024 / 1_000.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A free address on the loopback.
pub(crate) fn free_address() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Runs a `yui` command on the database and gives its exit code and output.
pub(crate) fn run(database: &Database, arguments: &[&str]) -> Result<(bool, String), Failure> {
    let output = Command::new(yui()?)
        .args(arguments)
        .env("YUI_DATABASE_URL", &database.url)
        .env("YUI_DATA_DIR", database.folder.path())
        .env("YUI_SECRET", SECRET)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ok((output.status.success(), text))
}
