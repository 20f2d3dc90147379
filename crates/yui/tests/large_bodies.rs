//! S30 against the binary: a hundred bodies of 100 MB at once, with and without a length, and one byte too many, are
//! refused before they are held; the memory of the process stays flat.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may fail loudly"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PARALLEL: usize = 100;
const BODY: usize = 100 * 1024 * 1024;
/// KiB by which the process may grow: a quarter of a megabyte for each JSON body, and what files may share.
const MAY_GROW: i64 = 128 * 1024;
const PASSWORD: &str = "kakuu-no-aikotoba-2026";

struct Server {
    child: Child,
    address: String,
    _data: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn yui(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yui"));
    command.env("YUI_DATA_DIR", data).env("YUI_SECOND_FACTOR", "optional").env("YUI_RATE_LIMITS", "off");
    command.env("YUI_LOG", "info");
    command
}

impl Server {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut add = yui(data.path());
        add.args(["user", "add", "--admin", "--email", "admin@service.example.jp", "--name", "架空 管理"]);
        let mut add = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        writeln!(add.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(add.wait().unwrap().success());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let mut child = yui(data.path()).args(["serve", "--listen", &address]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listening = lines.by_ref().map_while(Result::ok).any(|line| line.contains("starting service"));
        assert!(listening, "the service did not start");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, _data: data }
    }

    /// A line of `/proc/…/status` in KiB.
    fn memory(&self, name: &str) -> i64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    fn send(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(request).ok();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok();
        answer
    }

    fn token(&self) -> String {
        let body = format!(r#"{{"email": "admin@service.example.jp", "password": "{PASSWORD}"}}"#);
        let answer = self.send(
            format!(
                "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        );
        let (_, after) = answer.split_once("\"access_token\":\"").unwrap_or_else(|| panic!("{answer}"));
        after.split('"').next().unwrap().to_owned()
    }

    /// Sends a body of 100 MB, reading on the side; the first line of the answer.
    fn flood(&self, head: &str, chunked: bool) -> String {
        let mut stream = self.connect();
        let mut listener = stream.try_clone().unwrap();
        let answered = std::thread::spawn(move || {
            let mut line = Vec::new();
            let mut byte = [0];
            while listener.read(&mut byte).is_ok_and(|read| read == 1) && byte != *b"\r" {
                line.push(byte[0]);
            }
            String::from_utf8_lossy(&line).into_owned()
        });
        stream.write_all(head.as_bytes()).unwrap();
        let block = vec![b' '; 64 * 1024];
        let mut sent = 0;
        while sent < BODY {
            let framed = !chunked || write!(stream, "{:x}\r\n", block.len()).is_ok();
            let written = framed && stream.write_all(&block).is_ok() && (!chunked || stream.write_all(b"\r\n").is_ok());
            // Refused, as it should be: nobody reads on.
            if !written {
                break;
            }
            sent += block.len();
        }
        answered.join().unwrap()
    }
}

#[test]
fn the_allocator_is_compiled_as_the_configuration_of_the_build_says() {
    let server = Server::start();
    assert_eq!(server.memory("THP_enabled"), 0, ".cargo/config.toml was not read");
}

#[test]
fn a_hundred_huge_bodies_are_refused_and_memory_stays_flat() {
    let server = Server::start();
    let token = server.token();
    let length = format!("Content-Length: {BODY}\r\n");
    let multipart = "Content-Type: multipart/form-data; boundary=x\r\n";
    let part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n";
    let anywhere = "0199b3f0-0000-7000-8000-000000000001";
    let head = |path: &str, kind: &str, framing: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{kind}{framing}\r\n")
    };
    let (json, chunks) = ("Content-Type: application/json\r\n", "Transfer-Encoding: chunked\r\n");
    let upload = format!("/api/v1/posts/{anywhere}/attachments");
    let first = format!("{:x}\r\n{part}\r\n", part.len());
    let kinds = [
        ("JSON with a length", head("/api/v1/admins", json, &length), false),
        ("JSON in chunks", head("/api/v1/admins", json, chunks), true),
        ("nobody known, with a length", head("/api/v1/sessions", json, &length), false),
        ("nobody known, in chunks", head("/api/v1/sessions", json, chunks), true),
        ("a file with a length", head(&upload, multipart, &length), false),
        ("a file in chunks", head(&upload, multipart, chunks) + &first, true),
    ];
    for (name, head, chunked) in &kinds {
        let before = server.memory("VmRSS");
        let answers: Vec<String> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..PARALLEL).map(|_| scope.spawn(|| server.flood(head, *chunked))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let grown = server.memory("VmHWM") - before;
        // Who still sends when the answer comes may lose it with the connection; what arrives is a refusal.
        let refused = answers.iter().filter(|line| line.contains(" 413 ") || line.contains(" 503 ")).count();
        let lost = answers.iter().filter(|line| line.is_empty()).count();
        assert_eq!(refused + lost, PARALLEL, "{name}: {answers:?}");
        assert!(refused > 0, "{name}: {answers:?}");
        assert!(grown < MAY_GROW, "{name}: {grown} KiB");
        assert!(
            server.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200")
        );
    }
}

#[test]
fn one_byte_too_many_is_refused_before_it_is_read() {
    let server = Server::start();
    let token = server.token();
    let limit = 256 * 1024;
    let head = |framing: String| {
        format!(
            "POST /api/v1/admins HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{framing}\r\n"
        )
    };
    // Only the head is sent: the length alone decides.
    let refused = server.send(head(format!("Content-Length: {}\r\n", limit + 1)).as_bytes());
    assert!(refused.starts_with("HTTP/1.1 413") && refused.contains("body_too_large"), "{refused}");
    let whole = |size: usize| {
        let mut request = head(format!("Content-Length: {size}\r\n")).into_bytes();
        request.extend(std::iter::repeat_n(b' ', size));
        server.send(&request)
    };
    assert!(whole(limit).starts_with("HTTP/1.1 400"), "as large as it may be, and no JSON");
    let chunked = |size: usize| {
        let mut request = head("Transfer-Encoding: chunked\r\n".to_owned()).into_bytes();
        request.extend_from_slice(format!("{size:x}\r\n").as_bytes());
        request.extend(std::iter::repeat_n(b' ', size));
        request.extend_from_slice(b"\r\n0\r\n\r\n");
        server.send(&request)
    };
    assert!(chunked(limit).starts_with("HTTP/1.1 400"));
    let refused = chunked(limit + 1);
    assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
}
