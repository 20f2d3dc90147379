//! A virus scanner in a process of its own: clamd's protocol (`PING`, `INSTREAM` with `z` and `n` framing, its size
//! limit) over a socket, and one signature, that of the EICAR test file.
//!
//! Deliberately absent: everything else that clamd can do. It is spoken to, never looked at.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const IDLE: Duration = Duration::from_secs(60);

/// The EICAR test file: harmless, and found by every scanner. In two halves, so that no scanner finds this source.
#[must_use]
pub fn eicar() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-", r"ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}

/// A running scanner; it ends with this value or with the process.
pub struct Clamd {
    process: Child,
    address: String,
}

impl Clamd {
    /// Starts a scanner on a socket at this path.
    ///
    /// # Panics
    /// When the program can neither be found nor built, or does not start.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self::run(&[path.to_str().unwrap()])
    }

    /// Starts a scanner on a port of the loopback interface that takes files up to `limit` bytes.
    ///
    /// # Panics
    /// As [`Clamd::at`].
    #[must_use]
    pub fn on_a_port(limit: usize) -> Self {
        Self::run(&["port", &limit.to_string()])
    }

    fn run(arguments: &[&str]) -> Self {
        let mut command = Command::new(crate::program::program("clamd-peer"));
        let mut process = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("listening ").unwrap_or_else(|| panic!("{command:?}: {first:?}"));
        Self { address: address.to_owned(), process }
    }

    /// Where it listens: a path, or an address with a port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().ok();
    }
}

/// Runs the scanner until standard input closes: `PATH` or `port LIMIT`.
///
/// # Errors
/// A message about the arguments or the socket.
pub fn serve(arguments: &[String]) -> Result<(), String> {
    let failed = |error: io::Error| error.to_string();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["port", limit] => {
            let limit = limit.parse().map_err(|_no_number| "a limit is a number".to_owned())?;
            let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
            announce(&listener.local_addr().map_err(failed)?.to_string()).map_err(failed)?;
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    stream.set_read_timeout(Some(IDLE)).ok();
                    std::thread::spawn(move || converse(&stream, &stream, limit));
                }
            });
        }
        [path] => {
            let path = PathBuf::from(path);
            // What an earlier one left.
            std::fs::remove_file(&path).ok();
            let listener = UnixListener::bind(&path).map_err(failed)?;
            announce(&path.display().to_string()).map_err(failed)?;
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    stream.set_read_timeout(Some(IDLE)).ok();
                    std::thread::spawn(move || converse(&stream, &stream, 25 * 1024 * 1024));
                }
            });
        }
        _ => return Err("clamd-peer PATH | port LIMIT".to_owned()),
    }
    io::stdin().read_to_end(&mut Vec::new()).map_err(failed)?;
    Ok(())
}

fn announce(address: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "listening {address}")?;
    out.flush()
}

/// One command, one answer, in the framing of the command.
fn converse(stream: impl Read, mut out: impl Write, limit: usize) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut framing = [0_u8; 1];
    stream.read_exact(&mut framing)?;
    let end = if framing == *b"z" { 0 } else { b'\n' };
    let mut command = Vec::new();
    stream.read_until(end, &mut command)?;
    command.pop();
    let mut answer = match command.as_slice() {
        b"PING" => "PONG".to_owned(),
        b"INSTREAM" => match read_stream(&mut stream, limit)? {
            None => "INSTREAM size limit exceeded. ERROR".to_owned(),
            Some(file) if is_infected(&file) => "stream: Eicar-Test-Signature FOUND".to_owned(),
            Some(_) => "stream: OK".to_owned(),
        },
        _ => "UNKNOWN COMMAND".to_owned(),
    }
    .into_bytes();
    answer.push(end);
    out.write_all(&answer)?;
    out.flush()
}

fn read_stream(stream: &mut impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut file = Vec::new();
    loop {
        let mut length = [0_u8; 4];
        stream.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
        if length == 0 {
            return Ok(Some(file));
        }
        if file.len() + length > limit {
            return Ok(None);
        }
        let at = file.len();
        file.resize(at + length, 0);
        stream.read_exact(&mut file[at..])?;
    }
}

fn is_infected(file: &[u8]) -> bool {
    let signature = eicar();
    file.windows(signature.len()).any(|window| window == signature)
}
