//! A client for one connection: keep-alive HTTP/1.1 over a socket, nothing else.
//! A full client library would cost more than the server that is measured on the same two cores.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// One connection, opened when needed and again after it broke.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
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
        Self { address, stream: None }
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

    fn exchange(&mut self, request: &Request<'_>, from: Option<Ipv4Addr>) -> io::Result<Answer> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(2))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(10)))?;
                BufReader::new(stream)
            }
        };
        let stream = self.stream.insert(stream);
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
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_not_a_number| malformed())?;
        }
        chunked |= header == "transfer-encoding: chunked";
    }
    let body = if chunked { read_chunks(stream)? } else { read_exactly(stream, length)? };
    Ok(Answer { status, body })
}

fn read_exactly(stream: &mut BufReader<TcpStream>, length: usize) -> io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunks(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        body.extend(read_exactly(stream, length)?);
        read_exactly(stream, 2)?;
        if length == 0 {
            return Ok(body);
        }
    }
}
