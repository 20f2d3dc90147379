//! The test's side: starting a server process, and waiting for what it announces.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use super::mail::Mail;
use super::mode::Mode;

/// A bound for a broken test, not a wait: the rig wakes with the event.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Arrivals {
    mails: Mutex<Vec<Mail>>,
    arrived: Condvar,
}

/// A running SMTP server on a loopback port; it ends with this value or with the process.
pub struct SmtpServer {
    process: Child,
    port: u16,
    arrivals: Arc<Arrivals>,
    _directory: TempDir,
}

impl SmtpServer {
    /// Starts `smtp-sink` in one mode.
    ///
    /// # Panics
    /// When the program can neither be found nor built, or does not start.
    pub fn start(mode: &Mode) -> Self {
        let directory = mail_directory();
        let mut command = Command::new(crate::program::program("smtp-sink"));
        command.arg(directory.path()).args(mode.to_flags());
        Self::run(&mut command, directory)
    }

    /// The host to connect to.
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What has arrived so far, in order.
    pub fn mails(&self) -> Vec<Mail> {
        self.arrivals.mails.lock().unwrap().clone()
    }

    /// Waits until at least `count` mails have arrived, and returns all.
    ///
    /// # Panics
    /// When they have not arrived within a minute.
    pub fn wait_for_mails(&self, count: usize) -> Vec<Mail> {
        let mails = self.arrivals.mails.lock().unwrap();
        let fewer = |mails: &mut Vec<Mail>| mails.len() < count;
        let (mails, bound) = self.arrivals.arrived.wait_timeout_while(mails, PATIENCE, fewer).unwrap();
        assert!(!bound.timed_out(), "{} of {count} mails arrived", mails.len());
        mails.clone()
    }

    pub(super) fn run(command: &mut Command, directory: TempDir) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        let port = first.trim().strip_prefix("listening ").and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{command:?} did not start: {first:?}"));
        let arrivals = Arc::new(Arrivals::default());
        let listener = Arc::clone(&arrivals);
        std::thread::spawn(move || listen(said, &listener));
        Self { process, port, arrivals, _directory: directory }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().ok();
    }
}

fn listen(said: BufReader<ChildStdout>, arrivals: &Arrivals) {
    for line in said.lines().map_while(Result::ok) {
        let fields: Vec<&str> = line.split('\t').collect();
        let ["mail", path, from, to] = fields.as_slice() else {
            continue;
        };
        let to = to.split(' ').map(str::to_owned).collect();
        let mail = Mail::parse(from, to, std::fs::read(path).unwrap());
        arrivals.mails.lock().unwrap().push(mail);
        arrivals.arrived.notify_all();
    }
}

pub(super) fn mail_directory() -> TempDir {
    tempfile::Builder::new().prefix("yui-smtp-").tempdir().unwrap()
}
