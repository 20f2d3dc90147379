//! A client for one connection: keep-alive HTTP/1.1 over a socket, nothing else.
//! A full client library would cost more than the server that is measured on the same two cores.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a connection is used again after it was idle.
const IDLE: Duration = Duration::from_secs(3);

/// One connection, opened when needed and again after it broke.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    /// When it was used last: the service closes what nobody uses for five seconds.
    used: Instant,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers as they came.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Bytes that came over the wire: head, body, and what frames its chunks.
    pub(crate) transferred: usize,
}

impl Answer {
    /// The value of a header; empty when it did not come.
    pub(crate) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next().unwrap_or("")
    }
}

/// A request.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: &'a str,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) body: &'a str,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, used: Instant::now() }
    }

    /// Sends a request and reads the answer; a broken connection is forgotten.
    pub(crate) fn send(&mut self, request: &Request<'_>) -> io::Result<Answer> {
        self.send_from(request, None)
    }

    /// The same as if it came from another address, through a proxy that the server trusts.
    pub(crate) fn send_from(&mut self, request: &Request<'_>, address: Option<Ipv4Addr>) -> io::Result<Answer> {
        let answer = self.exchange(request, address);
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    /// A request of a browser: these headers besides `Host`, a body as it stands; nothing is decoded.
    pub(crate) fn browse(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        headers.iter().for_each(|(name, value)| text += &format!("{name}: {value}\r\n"));
        if method != "GET" {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        text += "\r\n";
        let answer = self.open().and_then(|stream| {
            stream.get_mut().write_all(&[text.as_bytes(), body].concat())?;
            read_answer(stream)
        });
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    fn open(&mut self) -> io::Result<&mut BufReader<TcpStream>> {
        let fresh = self.used.elapsed() < IDLE;
        self.used = Instant::now();
        let stream = match self.stream.take().filter(|_| fresh) {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(2))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                BufReader::new(stream)
            }
        };
        Ok(self.stream.insert(stream))
    }

    fn exchange(&mut self, request: &Request<'_>, from: Option<Ipv4Addr>) -> io::Result<Answer> {
        let stream = self.open()?;
        let mut text = format!("{} {} HTTP/1.1\r\nHost: localhost\r\n", request.method, request.path);
        if !request.token.is_empty() {
            text += &format!("Authorization: Bearer {}\r\n", request.token);
        }
        if let Some(from) = from {
            text += &format!("X-Forwarded-For: {from}\r\n");
        }
        if let Some(key) = request.idempotency_key {
            text += &format!("Idempotency-Key: {key}\r\n");
        }
        if request.method != "GET" {
            text += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", request.body.len());
        }
        text += "\r\n";
        text += request.body;
        stream.get_mut().write_all(text.as_bytes())?;
        read_answer(stream)
    }
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let malformed = || io::Error::from(io::ErrorKind::InvalidData);
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(malformed)?;
    let mut length = 0;
    let mut chunked = false;
    let mut head = line.clone();
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head += &line;
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_not_a_number| malformed())?;
        }
        chunked |= header == "transfer-encoding: chunked";
    }
    let (body, framed) = if chunked { read_chunks(stream)? } else { (read_exactly(stream, length)?, length) };
    Ok(Answer { status, transferred: head.len().saturating_add(framed), head, body })
}

fn read_exactly(stream: &mut BufReader<TcpStream>, length: usize) -> io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

/// The body and what it took on the wire.
fn read_chunks(stream: &mut BufReader<TcpStream>) -> io::Result<(Vec<u8>, usize)> {
    let (mut body, mut framed) = (Vec::new(), 0_usize);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        body.extend(read_exactly(stream, length)?);
        read_exactly(stream, 2)?;
        framed = framed.saturating_add(line.len()).saturating_add(length).saturating_add(2);
        if length == 0 {
            return Ok((body, framed));
        }
    }
}
