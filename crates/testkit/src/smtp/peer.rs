//! Somebody else's SMTP server, Python's aiosmtpd, behind the same rig, with TLS where asked.
//!
//! The certificate is made for one test by `openssl` and trusted by nobody else.

use std::path::Path;
use std::process::{Command, Stdio};

use super::rig::{SmtpServer, mail_directory};

const SWITCH: &str = "YUI_REQUIRE_SMTP_PEER";
const CERTIFICATE_SETTINGS: &str = "[req]\ndistinguished_name=name\nx509_extensions=use\nprompt=no\n\
    [name]\nCN=localhost\n[use]\nsubjectAltName=DNS:localhost\nbasicConstraints=critical,CA:FALSE\n";

/// How the independent server protects its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerTls {
    /// It offers and demands STARTTLS.
    StartTls,
    /// It speaks TLS from the first byte.
    Tls,
}

/// Starts aiosmtpd without TLS; `None` where it is not installed.
///
/// # Panics
/// When it is absent and `YUI_REQUIRE_SMTP_PEER=1`.
pub fn aiosmtpd() -> Option<SmtpServer> {
    start(&["plain"])
}

/// Starts aiosmtpd with TLS for the name `localhost`; also gives the certificate to trust, in PEM.
///
/// # Panics
/// When aiosmtpd or `openssl` is absent and `YUI_REQUIRE_SMTP_PEER=1`.
pub fn aiosmtpd_with_tls(tls: PeerTls) -> Option<(SmtpServer, Vec<u8>)> {
    let mode = match tls {
        PeerTls::StartTls => "starttls",
        PeerTls::Tls => "tls",
    };
    let directory = mail_directory();
    if !make_certificate(directory.path()) {
        crate::skip("openssl is not installed", SWITCH);
        return None;
    }
    let file = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (file("certificate.pem"), file("key.pem"));
    let server = start(&[mode, &certificate, &key])?;
    Some((server, std::fs::read(certificate).unwrap()))
}

fn start(arguments: &[&str]) -> Option<SmtpServer> {
    if !succeeds(Command::new("python3").args(["-c", "import aiosmtpd"])) {
        crate::skip("python3 has no aiosmtpd", SWITCH);
        return None;
    }
    let directory = mail_directory();
    let mut command = Command::new("python3");
    command.args(["-c", include_str!("aiosmtpd_peer.py")]).arg(directory.path()).args(arguments);
    Some(SmtpServer::run(&mut command, directory))
}

fn make_certificate(directory: &Path) -> bool {
    std::fs::write(directory.join("settings"), CERTIFICATE_SETTINGS).unwrap();
    let mut openssl = Command::new("openssl");
    openssl.current_dir(directory).args(["req", "-x509", "-config", "settings", "-days", "2", "-nodes"]);
    openssl.args(["-newkey", "rsa:2048", "-keyout", "key.pem", "-out", "certificate.pem"]);
    succeeds(&mut openssl)
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
