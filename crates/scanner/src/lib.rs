//! Asks a virus scanner that speaks clamd's protocol about a file, over a socket of this machine (S33).
//!
//! One connection for each file, command `INSTREAM`: the file goes over in chunks with their length in front, an
//! empty one ends it, and the answer is one line. *Guards:* whatever is no clear answer in time — no connection, a
//! limit of the scanner, a line that nobody knows — is [`Unreachable`] and never [`Verdict::Clean`].
//! Deliberately absent: scanners elsewhere. A file would cross the network unprotected.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// Bytes of a chunk.
const CHUNK: usize = 64 * 1024;
/// Bytes of an answer.
const ANSWER: u64 = 4 * 1024;
/// From the first byte to the answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A scanner of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanner {
    address: Address,
    patience: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Socket(PathBuf),
    Port(SocketAddr),
}

/// What the scanner found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Clean,
    /// A virus.
    Infected {
        /// The scanner's name for it.
        signature: String,
    },
}

/// The scanner gave no clear answer; nothing is known about the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer from the virus scanner: {0}")]
pub struct Unreachable(String);

/// An address that is no socket of this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "ウイルス検査の接続先は、ソケットの絶対パス（例: /run/clamav/clamd.ctl）か、このマシンのアドレスとポート（例: 127.0.0.1:3310）で指定してください"
)]
pub struct BadAddress;

impl Scanner {
    /// Reads an address: the absolute path of a socket, or a loopback address with its port.
    ///
    /// # Errors
    /// [`BadAddress`].
    ///
    /// ```
    /// use scanner::Scanner;
    /// assert!(Scanner::at("/run/clamav/clamd.ctl").is_ok());
    /// assert!(Scanner::at("127.0.0.1:3310").is_ok());
    /// assert!(Scanner::at("192.0.2.1:3310").is_err());
    /// ```
    pub fn at(address: &str) -> Result<Self, BadAddress> {
        let path = PathBuf::from(address);
        let address = if cfg!(unix) && path.is_absolute() {
            Address::Socket(path)
        } else {
            let port: SocketAddr = address.parse().or(Err(BadAddress))?;
            if port.ip().is_loopback() && port.port() != 0 { Address::Port(port) } else { return Err(BadAddress) }
        };
        Ok(Self { address, patience: PATIENCE })
    }

    /// The same scanner, waited for no longer than this.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Asks about a file.
    ///
    /// # Errors
    /// [`Unreachable`]: the file is neither clean nor infected, as far as anybody knows.
    pub async fn scan(&self, content: &[u8]) -> Result<Verdict, Unreachable> {
        match tokio::time::timeout(self.patience, self.ask(content)).await {
            Ok(answer) => judge(&answer.map_err(|error| Unreachable(error.to_string()))?),
            Err(_elapsed) => Err(Unreachable(format!("silent for {} seconds", self.patience.as_secs()))),
        }
    }

    async fn ask(&self, content: &[u8]) -> std::io::Result<String> {
        match &self.address {
            Address::Port(port) => converse(TcpStream::connect(port).await?, content).await,
            #[cfg(unix)]
            Address::Socket(path) => converse(UnixStream::connect(path).await?, content).await,
            #[cfg(not(unix))]
            Address::Socket(_) => Err(std::io::ErrorKind::Unsupported.into()),
        }
    }
}

impl std::fmt::Display for Scanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.address {
            Address::Socket(path) => path.display().fmt(f),
            Address::Port(port) => port.fmt(f),
        }
    }
}

async fn converse(mut scanner: impl AsyncRead + AsyncWrite + Unpin, content: &[u8]) -> std::io::Result<String> {
    // A scanner that refuses a size answers and closes while we still write: its answer counts.
    let sent = send(&mut scanner, content).await;
    let mut answer = Vec::new();
    let read = (&mut scanner).take(ANSWER).read_to_end(&mut answer).await;
    if answer.is_empty() {
        sent?;
        read?;
    }
    let line = answer.split(|byte| matches!(byte, 0 | b'\n')).next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).into_owned())
}

async fn send(scanner: &mut (impl AsyncWrite + Unpin), content: &[u8]) -> std::io::Result<()> {
    scanner.write_all(b"zINSTREAM\0").await?;
    for chunk in content.chunks(CHUNK) {
        let length = u32::try_from(chunk.len()).map_err(std::io::Error::other)?;
        scanner.write_all(&length.to_be_bytes()).await?;
        scanner.write_all(chunk).await?;
    }
    scanner.write_all(&0_u32.to_be_bytes()).await?;
    scanner.flush().await
}

/// `stream: OK`, `stream: NAME FOUND`; everything else is no verdict.
fn judge(answer: &str) -> Result<Verdict, Unreachable> {
    let said = answer.strip_prefix("stream: ").unwrap_or_default();
    match (said, said.strip_suffix(" FOUND")) {
        ("OK", _) => Ok(Verdict::Clean),
        (_, Some(signature)) => Ok(Verdict::Infected { signature: signature.chars().take(100).collect() }),
        (_, None) => Err(Unreachable(format!("it said {:?}", answer.chars().take(200).collect::<String>()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_is_a_verdict() {
        assert_eq!(judge("stream: OK"), Ok(Verdict::Clean));
        let found = Verdict::Infected { signature: "Eicar-Test-Signature".to_owned() };
        assert_eq!(judge("stream: Eicar-Test-Signature FOUND"), Ok(found));
        for unclear in ["", "OK", "stream: ", "stream: OK ", "INSTREAM size limit exceeded. ERROR", "UNKNOWN COMMAND"] {
            assert!(judge(unclear).is_err(), "{unclear}");
        }
    }

    #[test]
    fn only_this_machine_is_asked() {
        for good in ["/run/clamav/clamd.ctl", "127.0.0.1:3310", "[::1]:3310"] {
            assert!(Scanner::at(good).is_ok(), "{good}");
        }
        for bad in
            ["", "clamd.ctl", "localhost:3310", "192.0.2.1:3310", "127.0.0.1:0", "127.0.0.1", "tcp://127.0.0.1:1"]
        {
            assert_eq!(Scanner::at(bad), Err(BadAddress), "{bad}");
        }
    }
}
