//! The server process around the conversations: a socket, a directory, and a line per mail.
//!
//! A mail is on disk and announced before it is acknowledged, so a test that was told of a mail finds it.

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::conversation::{Conversation, Envelope};
use super::mode::Mode;

const MAX_CONNECTIONS: usize = 64;
const MAX_MAILS: usize = 100_000;
const IDLE: Duration = Duration::from_secs(60);

struct Sink {
    directory: PathBuf,
    mode: Mode,
    mails: AtomicUsize,
    connections: AtomicUsize,
}

/// Runs the sink until standard input closes: `DIRECTORY [FLAGS]`.
///
/// # Errors
/// A message about the arguments, the socket or the directory.
pub fn serve(arguments: &[String]) -> Result<(), String> {
    let (directory, flags) = arguments.split_first().ok_or("smtp-sink DIRECTORY [FLAGS]")?;
    let sink = Sink {
        directory: PathBuf::from(directory),
        mode: Mode::from_flags(flags)?,
        mails: AtomicUsize::new(0),
        connections: AtomicUsize::new(0),
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    announce(&format!("listening {port}")).map_err(|error| error.to_string())?;
    let sink = Arc::new(sink);
    std::thread::spawn(move || accept(&listener, &sink));
    io::stdin().read_to_end(&mut Vec::new()).map_err(|error| error.to_string())?;
    Ok(())
}

fn accept(listener: &TcpListener, sink: &Arc<Sink>) {
    for stream in listener.incoming().flatten() {
        if sink.connections.fetch_add(1, Ordering::SeqCst) >= MAX_CONNECTIONS {
            sink.connections.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let sink = Arc::clone(sink);
        std::thread::spawn(move || {
            // A client may leave at any moment; that ends its conversation and nothing else.
            converse(&stream, &sink).ok();
            sink.connections.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

fn converse(stream: &TcpStream, sink: &Sink) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(IDLE))?;
    if sink.mode.hang {
        let mut stream = stream;
        return stream.read_to_end(&mut Vec::new()).map(|_bytes| ());
    }
    wait(Duration::from_millis(sink.mode.greet_after_ms));
    Conversation::new(&sink.mode, BufReader::new(stream), stream).run(|mail| sink.keep(&mail))
}

impl Sink {
    fn keep(&self, mail: &Envelope) -> io::Result<()> {
        let number = self.mails.fetch_add(1, Ordering::SeqCst);
        if number >= MAX_MAILS {
            return Err(io::Error::other("the sink is full"));
        }
        let path: &Path = &self.directory.join(format!("{number:06}.eml"));
        std::fs::write(path, &mail.text)?;
        announce(&format!("mail\t{}\t{}\t{}", path.display(), mail.from, mail.to.join(" ")))
    }
}

fn announce(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// The delay is what a mode asks for, not a guess about somebody else's speed.
fn wait(delay: Duration) {
    let (_sender, never) = mpsc::channel::<()>();
    if !delay.is_zero() {
        never.recv_timeout(delay).ok();
    }
}
