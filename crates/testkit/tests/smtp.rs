//! The SMTP sink as a process: raw clients talk to it, and it keeps, refuses and hangs as asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use testkit::smtp::{self, Mode, SmtpServer, Stage};

struct Client {
    stream: TcpStream,
    replies: BufReader<TcpStream>,
}

impl Client {
    fn connect(server: &SmtpServer) -> Self {
        let stream = TcpStream::connect((server.host(), server.port())).unwrap();
        let replies = BufReader::new(stream.try_clone().unwrap());
        Self { stream, replies }
    }

    /// The code of the next reply, whose last line has a space behind the code; empty at the end.
    fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.replies.read_line(&mut line).unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.chars().take(3).collect();
            }
        }
    }

    fn say(&mut self, line: &str) -> String {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.reply()
    }

    fn send(&mut self, subject: &str) -> Vec<String> {
        let text = format!("Subject: {subject}\r\nTo: b@y.example\r\n\r\nhello\r\n.");
        let lines = ["EHLO x", "MAIL FROM:<a@x.example>", "RCPT TO:<b@y.example>", "DATA", &text];
        let mut codes = vec![self.reply()];
        for line in lines {
            if !codes.last().unwrap().starts_with(['2', '3']) {
                break;
            }
            codes.push(self.say(line));
        }
        codes
    }
}

#[test]
fn mails_arrive_in_order_and_are_parsed() {
    let server = SmtpServer::start(&Mode::default());
    assert_eq!(server.mails(), []);
    for subject in ["first", "=?utf-8?B?57WQ?="] {
        let codes = Client::connect(&server).send(subject);
        assert_eq!(codes, ["220", "250", "250", "250", "354", "250"]);
    }
    let mails = server.wait_for_mails(2);
    assert_eq!(mails[0].subject.as_deref(), Some("first"));
    assert_eq!(mails[1].subject.as_deref(), Some("結"));
    assert_eq!(mails[1].envelope_from, "a@x.example");
    assert_eq!(mails[1].envelope_to, ["b@y.example"]);
    assert_eq!(mails[1].header_names, ["Subject", "To"]);
}

#[test]
fn each_stage_refuses_with_the_code_that_was_asked_for() {
    let table = [
        (Stage::Connect, 421, 0),
        (Stage::Hello, 550, 1),
        (Stage::Mail, 451, 2),
        (Stage::Recipient, 550, 3),
        (Stage::Data, 451, 4),
        (Stage::Body, 554, 5),
    ];
    for (stage, code, index) in table {
        let server = SmtpServer::start(&Mode::refusing(stage, code));
        let codes = Client::connect(&server).send("refused");
        assert_eq!((codes.len(), &codes[index]), (index + 1, &code.to_string()), "{stage:?}");
        assert_eq!(server.mails(), []);
    }
}

#[test]
fn a_mail_can_be_kept_without_an_answer() {
    let server = SmtpServer::start(&Mode { drop_after_data: true, ..Mode::default() });
    let codes = Client::connect(&server).send("ambiguous");
    assert_eq!(codes.last().unwrap(), "");
    assert_eq!(server.wait_for_mails(1).len(), 1);
}

#[test]
fn a_slow_server_greets_no_earlier_than_asked() {
    let server = SmtpServer::start(&Mode { greet_after_ms: 150, ..Mode::default() });
    let before = Instant::now();
    assert_eq!(Client::connect(&server).reply(), "220");
    assert!(before.elapsed() >= Duration::from_millis(150));
}

#[test]
fn a_hanging_server_takes_the_connection_and_says_nothing() {
    let server = SmtpServer::start(&Mode { hang: true, ..Mode::default() });
    let mut client = Client::connect(&server);
    client.stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let silence = client.stream.read(&mut [0]).unwrap_err().kind();
    assert!(matches!(silence, std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
}

#[test]
fn the_server_process_ends_with_its_rig() {
    let server = SmtpServer::start(&Mode::default());
    let address = (server.host(), server.port());
    assert!(TcpStream::connect(address).is_ok());
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn an_independent_server_stands_behind_the_same_rig() {
    let Some(server) = smtp::aiosmtpd() else {
        return;
    };
    let codes = Client::connect(&server).send("from outside");
    assert_eq!(codes, ["220", "250", "250", "250", "354", "250"]);
    let mails = server.wait_for_mails(1);
    assert_eq!(mails[0].subject.as_deref(), Some("from outside"));
    assert_eq!(mails[0].envelope_to, ["b@y.example"]);
}
