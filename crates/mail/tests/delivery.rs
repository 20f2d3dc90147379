//! Mails on their way: real conversations with a real server process, and files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

use std::time::{Duration, Instant};

use mail::{Mailer, MemoryBox, Message, SendError, Sender, SmtpSettings, TlsMode, Transport};
use testkit::smtp::{self, Mail, Mode, PeerTls, SmtpServer, Stage};

const SUBJECT: &str = "【結】意向調査のお願い（令和8年度 共同調達 オンライン学習サービス 回答期限 4月10日）";
const TEXT: &str = "中井町 総務課\n髙﨑 𠮷子 様\n\n.先頭の点\n..二つの点\n席数は 70 席、7,920,000円です。\n\nhttps://yui.example/rounds/1\n";

fn sender() -> Sender {
    Sender::new("yui@pref.example", "結（Yui）共同調達").unwrap()
}

fn message(id: &str) -> Message {
    let date = "2026-04-01T00:00:00Z".parse().unwrap();
    let to = "y.takasaki@town.example";
    Message::new(to, "髙﨑 𠮷子", SUBJECT, TEXT, id, date).unwrap()
}

fn settings(server: &SmtpServer) -> SmtpSettings {
    SmtpSettings {
        host: server.host().to_owned(),
        port: server.port(),
        tls: TlsMode::None,
        root_certificate: None,
        credentials: None,
        timeout: Duration::from_secs(10),
        connections: 4,
    }
}

fn mailer(server: &SmtpServer) -> Mailer {
    Mailer::smtp(sender(), &settings(server)).unwrap()
}

fn assert_is_the_message(mail: &Mail) {
    let mut names = mail.header_names.clone();
    names.sort();
    let intended = ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
    assert_eq!(names, intended);
    assert_eq!(mail.to, [(Some("髙﨑 𠮷子".to_owned()), "y.takasaki@town.example".to_owned())]);
    assert_eq!(mail.from.as_deref(), Some("yui@pref.example"));
    assert_eq!(mail.subject.as_deref(), Some(SUBJECT));
    assert_eq!(mail.message_id.as_deref(), Some("mail-1@yui.example"));
    assert_eq!(mail.date, Some(1_775_001_600));
    assert_eq!(mail.text.as_deref().map(str::trim_end), Some(TEXT.trim_end()));
    let html = mail.html.as_deref().unwrap();
    assert!(html.contains("<a href=\"https://yui.example/rounds/1\">"), "{html}");
}

#[test]
fn what_a_server_receives_has_the_intended_headers_and_one_recipient() {
    let server = SmtpServer::start(&Mode::default());
    let receipt = mailer(&server).send(&message("mail-1@yui.example")).unwrap();
    assert_eq!(receipt.detail, "250 Kept");
    let mail = &server.wait_for_mails(1)[0];
    assert_eq!(mail.envelope_from, "yui@pref.example");
    assert_eq!(mail.envelope_to, ["y.takasaki@town.example"]);
    assert_is_the_message(mail);
}

#[test]
fn an_independent_server_reads_the_same_mail() {
    let Some(server) = smtp::aiosmtpd() else {
        return;
    };
    mailer(&server).send(&message("mail-1@yui.example")).unwrap();
    let mail = &server.wait_for_mails(1)[0];
    assert_eq!(mail.envelope_to, ["y.takasaki@town.example"]);
    assert_is_the_message(mail);
}

#[test]
fn the_name_of_a_recipient_cannot_add_a_header_or_a_recipient() {
    let server = SmtpServer::start(&Mode::default());
    let mailer = mailer(&server);
    let names = [
        "花子\" <x@evil.example>, \"",
        "Bcc: x@evil.example",
        "a, b <x@evil.example>",
        "=?utf-8?Q?x=0D=0ABcc:_x@evil.example?=",
        "花子 (x@evil.example)",
        "{{7*7}} ${7*7} %s",
    ];
    for (index, name) in names.iter().enumerate() {
        let date = "2026-04-01T00:00:00Z".parse().unwrap();
        let id = format!("{index}@yui.example");
        let message = Message::new("a@town.example", name, name, name, &id, date).unwrap();
        mailer.send(&message).unwrap();
        let mail = server.wait_for_mails(index + 1).pop().unwrap();
        assert_eq!(mail.envelope_to, ["a@town.example"], "{name}");
        assert_eq!(mail.to.len(), 1, "{name}");
        assert_eq!(mail.to[0].1, "a@town.example", "{name}");
        assert_eq!(mail.header_names.len(), 8, "{name}: {:?}", mail.header_names);
        assert_eq!(mail.text.as_deref().map(str::trim_end), Some(*name));
    }
}

#[test]
fn one_connection_carries_many_mails_and_several_threads_share_the_pool() {
    let server = SmtpServer::start(&Mode::default());
    let mailer = mailer(&server);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let mailer = &mailer;
            scope.spawn(move || {
                for number in 0..5 {
                    mailer.send(&message(&format!("{thread}-{number}@yui.example"))).unwrap();
                }
            });
        }
    });
    let mut ids: Vec<_> = server.wait_for_mails(20).into_iter().map(|mail| mail.message_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

#[test]
fn refusals_for_now_are_transient_and_refusals_for_good_permanent() {
    let table = [
        (Stage::Connect, 421, true),
        (Stage::Hello, 421, true),
        (Stage::Mail, 451, true),
        (Stage::Recipient, 450, true),
        (Stage::Recipient, 550, false),
        (Stage::Data, 451, true),
        (Stage::Body, 452, true),
        (Stage::Body, 554, false),
    ];
    for (stage, code, transient) in table {
        let server = SmtpServer::start(&Mode::refusing(stage, code));
        let error = mailer(&server).send(&message("mail-1@yui.example")).unwrap_err();
        assert_eq!(matches!(error, SendError::Transient { .. }), transient, "{stage:?} {code}: {error}");
        assert_eq!(server.mails(), []);
    }
}

#[test]
fn a_server_that_is_down_silent_or_gone_is_a_transient_fault_within_the_timeout() {
    // Nobody listens there; a port that was free a moment ago may be one of the servers' below.
    let down = 1;
    let hang = SmtpServer::start(&Mode { hang: true, ..Mode::default() });
    let drop = SmtpServer::start(&Mode { drop_after_data: true, ..Mode::default() });
    let short = Duration::from_millis(300);
    for settings in [
        SmtpSettings { port: down, ..settings(&hang) },
        SmtpSettings { timeout: short, ..settings(&hang) },
        settings(&drop),
    ] {
        let mailer = Mailer::smtp(sender(), &settings).unwrap();
        let before = Instant::now();
        let error = mailer.send(&message("mail-1@yui.example")).unwrap_err();
        assert!(matches!(error, SendError::Transient { .. }), "{error}");
        assert!(before.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(drop.wait_for_mails(1).len(), 1);
}

#[test]
fn a_server_that_asks_for_a_password_gets_it_and_a_wrong_one_is_the_operators_matter() {
    let auth = Some(("yui".to_owned(), "open sesame".to_owned()));
    let server = SmtpServer::start(&Mode { auth, ..Mode::default() });
    let send = |password: Option<&str>| {
        let credentials = password.map(|text| ("yui".to_owned(), text.into()));
        let settings = SmtpSettings { credentials, ..settings(&server) };
        Mailer::smtp(sender(), &settings).unwrap().send(&message("mail-1@yui.example"))
    };
    assert!(send(Some("open sesame")).is_ok());
    assert!(matches!(send(Some("wrong")), Err(SendError::Transient { .. })));
    assert!(matches!(send(None), Err(SendError::Transient { .. })));
    assert_eq!(server.wait_for_mails(1).len(), 1);
}

#[test]
fn tls_is_never_given_up_for_a_server_that_does_not_offer_it() {
    let server = SmtpServer::start(&Mode::default());
    for tls in [TlsMode::StartTls, TlsMode::Tls] {
        let timeout = Duration::from_millis(500);
        let settings = SmtpSettings { tls, timeout, ..settings(&server) };
        let error = Mailer::smtp(sender(), &settings).unwrap().send(&message("1@yui")).unwrap_err();
        assert!(matches!(error, SendError::Transient { .. }), "{tls:?}: {error}");
    }
    assert_eq!(server.mails(), []);
}

#[test]
fn with_starttls_and_with_tls_a_mail_reaches_a_server_whose_certificate_is_trusted_and_no_other() {
    for (peer, tls) in [(PeerTls::StartTls, TlsMode::StartTls), (PeerTls::Tls, TlsMode::Tls)] {
        let Some((server, certificate)) = smtp::aiosmtpd_with_tls(peer) else {
            return;
        };
        let host = "localhost".to_owned();
        let trusting = SmtpSettings { host, tls, root_certificate: Some(certificate), ..settings(&server) };
        let strange = SmtpSettings { root_certificate: None, ..trusting.clone() };
        let misnamed = SmtpSettings { host: "127.0.0.1".to_owned(), ..trusting.clone() };
        let plain = SmtpSettings { tls: TlsMode::None, timeout: Duration::from_millis(500), ..trusting.clone() };
        let send =
            |settings: &SmtpSettings| Mailer::smtp(sender(), settings).unwrap().send(&message("mail-1@yui.example"));
        for wrong in [strange, misnamed, plain] {
            assert!(matches!(send(&wrong), Err(SendError::Transient { .. })), "{tls:?}");
        }
        assert_eq!(server.mails(), []);
        send(&trusting).unwrap();
        assert_is_the_message(&server.wait_for_mails(1)[0]);
    }
}

#[test]
fn a_root_certificate_that_is_none_is_refused_when_the_mailer_is_made() {
    let server = SmtpServer::start(&Mode::default());
    let root_certificate = Some(b"-----BEGIN CERTIFICATE-----\nnonsense\n".to_vec());
    let settings = SmtpSettings { tls: TlsMode::Tls, root_certificate, ..settings(&server) };
    assert!(Mailer::smtp(sender(), &settings).is_err());
}

#[test]
fn a_mail_written_twice_is_one_whole_file_named_after_its_id() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mail/outgoing");
    let mailer = Mailer::file(sender(), &path).unwrap();
    for _ in 0..2 {
        mailer.send(&message("mail-1@yui.example")).unwrap();
    }
    let names: Vec<_> = std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["mail-1@yui.example.eml"]);
    let raw = std::fs::read(path.join("mail-1@yui.example.eml")).unwrap();
    assert_is_the_message(&Mail::parse("", Vec::new(), raw));
}

#[test]
fn a_directory_that_is_gone_is_a_transient_fault_and_an_impossible_one_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mail");
    let mailer = Mailer::file(sender(), &path).unwrap();
    std::fs::remove_dir(&path).unwrap();
    let error = mailer.send(&message("mail-1@yui.example")).unwrap_err();
    assert!(matches!(error, SendError::Transient { .. }), "{error}");
    std::fs::write(&path, "a file in the way").unwrap();
    assert!(Mailer::file(sender(), path.join("below")).is_err());
}

#[test]
fn memory_keeps_the_bytes_that_a_server_would_get() {
    let memory = MemoryBox::default();
    let mailer = Mailer::new(sender(), Transport::Memory(memory.clone()));
    mailer.send(&message("mail-1@yui.example")).unwrap();
    let mail = Mail::parse("", Vec::new(), memory.mails().pop().unwrap());
    assert_is_the_message(&mail);
}
