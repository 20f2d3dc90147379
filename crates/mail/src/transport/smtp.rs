//! A mail server by SMTP, with the TLS mode stated and never guessed.
//!
//! `none` is for a relay on the same host or an internal network; nothing here falls back from TLS to
//! plain text (S52). Connections are pooled, because a relay answers the first mail of a connection last.

use std::time::Duration;

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};
use secrecy::{ExposeSecret, SecretString};

use super::{Receipt, SendError, TransportError, one_line};

/// Codes of a refused sign-in (RFC 4954): the operator's matter, not the mail's.
const SIGN_IN_CODES: [u16; 4] = [530, 534, 535, 538];

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Plain text.
    None,
    /// Plain at first, then TLS or nothing.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// Where the mail server is and how to speak to it.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// The server's name, which its certificate must carry.
    pub host: String,
    /// The port: usually 25 for a relay, 587 with STARTTLS, 465 with TLS.
    pub port: u16,
    /// How the connection is protected.
    pub tls: TlsMode,
    /// A further root certificate in PEM, for an internal authority.
    pub root_certificate: Option<Vec<u8>>,
    /// User and password, where the server asks for them.
    pub credentials: Option<(String, SecretString)>,
    /// The longest wait for any one answer of the server.
    pub timeout: Duration,
    /// The most connections at a time.
    pub connections: u32,
}

/// A pool of connections to one mail server.
pub struct Smtp(SmtpTransport);

impl Smtp {
    pub(super) fn new(settings: &SmtpSettings) -> Result<Self, TransportError> {
        let mut builder = SmtpTransport::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls(settings)?)
            .timeout(Some(settings.timeout))
            .pool_config(PoolConfig::new().max_size(settings.connections));
        if let Some((user, password)) = &settings.credentials {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self(builder.build()))
    }

    pub(super) fn send(&self, mail: &lettre::Message) -> Result<Receipt, SendError> {
        match self.0.send(mail) {
            Ok(answer) => {
                let words: Vec<&str> = answer.message().collect();
                Ok(Receipt { detail: one_line(&format!("{} {}", answer.code(), words.join(" "))) })
            }
            Err(error) => Err(nature(&error)),
        }
    }
}

fn tls(settings: &SmtpSettings) -> Result<Tls, TransportError> {
    let invalid = |error: lettre::transport::smtp::Error| TransportError { reason: chain(&error) };
    let parameters = || {
        let mut builder = TlsParameters::builder(settings.host.clone());
        if let Some(pem) = &settings.root_certificate {
            builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(invalid)?);
        }
        builder.build().map_err(invalid)
    };
    match settings.tls {
        TlsMode::None => Ok(Tls::None),
        TlsMode::StartTls => Ok(Tls::Required(parameters()?)),
        TlsMode::Tls => Ok(Tls::Wrapper(parameters()?)),
    }
}

fn nature(error: &lettre::transport::smtp::Error) -> SendError {
    let reason = chain(error);
    let sign_in = error.status().is_some_and(|code| SIGN_IN_CODES.contains(&code.into()));
    if error.is_permanent() && !sign_in { SendError::Permanent { reason } } else { SendError::Transient { reason } }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    one_line(&text)
}
