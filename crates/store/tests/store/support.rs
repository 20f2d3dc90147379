//! Throwaway databases: a SQLite file in a folder of its own, a database in a PostgreSQL cluster that
//! this test process starts and that ends with it.

use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use store::{DatabaseUrl, Options, Store};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder that goes away with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("yui-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn url(&self) -> DatabaseUrl {
        DatabaseUrl::parse(&format!("sqlite:{}", self.file().display())).unwrap()
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("town.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// A store on a database of its own.
pub struct Rig {
    pub store: Store,
    pub url: DatabaseUrl,
    _folder: Folder,
}

impl Rig {
    pub fn sqlite_with(options: &Options) -> Self {
        let folder = Folder::new();
        let url = folder.url();
        Self { store: Store::open(&url, options).unwrap(), url, _folder: folder }
    }

    pub fn postgres_with(cluster: &Cluster, options: &Options) -> Self {
        let url = cluster.create_database();
        Self { store: Store::open(&url, options).unwrap(), url, _folder: Folder::new() }
    }

    pub fn file(&self) -> &Path {
        self.url.sqlite_path().unwrap()
    }

    /// Runs SQL that both databases understand.
    pub fn sql(&self, statements: &'static str) {
        self.store.write_now(move |db| -> Result<(), store::StoreError> { Ok(db.batch_execute(statements)?) }).unwrap();
    }
}

/// Small enough for a test machine.
pub fn options() -> Options {
    Options { readers: 2, writers: 4, ..Options::default() }
}

/// Runs the same story on both databases.
pub fn on_both(story: impl Fn(Rig)) {
    on_both_with(&options(), story);
}

pub fn on_both_with(options: &Options, story: impl Fn(Rig)) {
    story(Rig::sqlite_with(options));
    if let Some(cluster) = shared_cluster() {
        story(Rig::postgres_with(cluster, options));
    }
}

/// An async runtime like the server's.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// The cluster most tests share; `None`, loudly, where PostgreSQL is not installed.
pub fn shared_cluster() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start_new).as_ref()
}

/// A PostgreSQL server on a Unix socket, owned by this process.
pub struct Cluster {
    folder: Folder,
    bin: PathBuf,
    owner: Option<(u32, u32)>,
    /// The shell around the server.
    keeper: Option<Child>,
}

impl Cluster {
    pub fn start_new() -> Option<Self> {
        let Some(bin) = binaries() else {
            assert!(std::env::var_os("YUI_REQUIRE_POSTGRES").is_none(), "PostgreSQL is required but not installed");
            eprintln!("SKIPPED on PostgreSQL: no server is installed");
            return None;
        };
        let folder = Folder::new();
        let owner = unprivileged_owner();
        if let Some((uid, gid)) = owner {
            chown(&folder.0, Some(uid), Some(gid)).unwrap();
        }
        let mut cluster = Self { folder, bin, owner, keeper: None };
        let made = cluster
            .command("initdb")
            .args(["-A", "trust", "-U", "postgres", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "-D"])
            .arg(cluster.data())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "initdb failed");
        cluster.start();
        Some(cluster)
    }

    fn data(&self) -> PathBuf {
        self.folder.0.join("data")
    }

    fn command(&self, program: &str) -> Command {
        self.as_owner(Command::new(self.bin.join(program)))
    }

    fn as_owner(&self, mut command: Command) -> Command {
        command.current_dir(&self.folder.0);
        if let Some((uid, gid)) = self.owner {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Starts the server. The shell around it kills it and tidies up when our end of the shell's stdin
    /// closes, however this process ends.
    pub fn start(&mut self) {
        let script = r#"
            exec 3<&0
            "$0" -D "$1" -k "$2" -c listen_addresses= -c fsync=off 2>"$2/log" &
            server=$!
            (read end <&3 || touch "$2/over.$$"; kill -QUIT $server 2>/dev/null) &
            wait $server
            if [ -e "$2/over.$$" ]; then rm -rf "$2"; fi"#;
        for _ in 0..100 {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]).arg(self.bin.join("postgres")).arg(self.data()).arg(&self.folder.0);
            let keeper = self.as_owner(shell).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
            self.keeper = Some(keeper);
            if self.is_ready() {
                return;
            }
            // The dying backends of a killed server still hold its shared memory: once more.
        }
        let log = std::fs::read_to_string(self.folder.0.join("log")).unwrap_or_default();
        panic!("PostgreSQL did not start: {log}");
    }

    fn is_ready(&mut self) -> bool {
        while self.keeper.as_mut().is_some_and(|keeper| keeper.try_wait().unwrap().is_none()) {
            if PgConnection::establish(&self.address("postgres")).is_ok() {
                return true;
            }
        }
        false
    }

    /// SIGKILL to the server and its backends, which would outlive it for a moment.
    pub fn kill(&mut self) {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap().to_owned();
        let backends = children(&pid);
        let killed = Command::new("kill").args(["-KILL", &pid]).status().unwrap();
        assert!(killed.success());
        if !backends.is_empty() {
            // One that ended by itself since it was counted cannot be killed, and need not be.
            let _gone = Command::new("kill").arg("-KILL").args(backends).stderr(Stdio::null()).status().unwrap();
        }
        let mut keeper = self.keeper.take().unwrap();
        // Waiting closes its stdin; this tells it not to tidy up.
        keeper.stdin.as_mut().unwrap().write_all(b"keep\n").unwrap();
        keeper.wait().unwrap();
    }

    fn end_keeper(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            let _ended = keeper.wait();
        }
    }

    fn address(&self, database: &str) -> String {
        let folder = self.folder.0.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/{database}")
    }

    pub fn create_database(&self) -> DatabaseUrl {
        let name = format!("town_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::establish(&self.address("postgres")).unwrap();
        connection.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        DatabaseUrl::parse(&self.address(&name)).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end_keeper();
    }
}

fn binaries() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

/// initdb refuses root, so as root it runs as the `postgres` user.
fn unprivileged_owner() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The processes whose parent is this one, from `/proc/PID/stat`: `pid (name) state parent …`.
fn children(parent: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap();
    let stats = processes.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    stats
        .filter(|stat| {
            let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
            after_name.split(' ').nth(1) == Some(parent)
        })
        .filter_map(|stat| stat.split(' ').next().map(str::to_owned))
        .collect()
}
