//! The ways out: a mail server, a directory of `.eml` files, or memory.
//!
//! All three carry the same bytes. Sending is one blocking call that ends within the configured timeout;
//! whether and when to try again is the outbox's decision, for which each failure says its nature.

mod file;
mod smtp;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use crate::message::{Message, Sender};

pub use file::FileDirectory;
pub use smtp::{Smtp, SmtpSettings, TlsMode};

/// A transport that cannot be set up as configured.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the mail transport cannot be set up: {reason}")]
pub struct TransportError {
    /// What is wrong, for the operator.
    pub reason: String,
}

/// What the receiving side said to an accepted mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The server's answer, or the file's path; one line.
    pub detail: String,
}

/// Why a mail was not accepted. No variant says that it was not delivered: a connection that broke after
/// the text may have left a mail behind, which carries the same message id as its repetition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// Trying the same mail again cannot help (5xx).
    #[error("refused for good: {reason}")]
    Permanent {
        /// The server's answer; one line.
        reason: String,
    },
    /// The server or the way to it may recover (4xx, no connection, timeout, sign-in refused).
    #[error("not accepted now: {reason}")]
    Transient {
        /// The server's answer or the fault of the connection; one line.
        reason: String,
    },
}

/// One of the ways out.
pub enum Transport {
    /// A mail server.
    Smtp(Smtp),
    /// A directory that fills with `.eml` files.
    File(FileDirectory),
    /// Memory, for tests.
    Memory(MemoryBox),
}

/// Sends messages in the service's name.
pub struct Mailer {
    sender: Sender,
    transport: Transport,
}

impl Mailer {
    /// A mailer that writes to a mail server; nothing is connected yet.
    ///
    /// # Errors
    /// [`TransportError`] when the TLS settings do not hold together.
    pub fn smtp(sender: Sender, settings: &SmtpSettings) -> Result<Self, TransportError> {
        Ok(Self::new(sender, Transport::Smtp(Smtp::new(settings)?)))
    }

    /// A mailer that writes `.eml` files; makes the directory.
    ///
    /// # Errors
    /// [`TransportError`] when the directory cannot be made.
    pub fn file(sender: Sender, directory: impl Into<PathBuf>) -> Result<Self, TransportError> {
        Ok(Self::new(sender, Transport::File(FileDirectory::open(directory.into())?)))
    }

    /// A mailer over any transport.
    pub fn new(sender: Sender, transport: Transport) -> Self {
        Self { sender, transport }
    }

    /// Sends one message and waits for the answer.
    ///
    /// # Errors
    /// [`SendError`], which says whether trying again can help.
    pub fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let mail = message
            .compose(&self.sender)
            .map_err(|error| SendError::Permanent { reason: one_line(&error.to_string()) })?;
        match &self.transport {
            Transport::Smtp(smtp) => smtp.send(&mail),
            Transport::File(directory) => directory.write(message.message_id(), &mail.formatted()),
            Transport::Memory(memory) => Ok(memory.keep(mail.formatted())),
        }
    }
}

/// Mails kept in memory; clones share one box.
#[derive(Debug, Clone, Default)]
pub struct MemoryBox(Arc<Mutex<Vec<Vec<u8>>>>);

impl MemoryBox {
    /// The mails so far, as they would cross the wire.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, mail: Vec<u8>) -> Receipt {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.push(mail);
        Receipt { detail: format!("memory {}", mails.len()) }
    }
}

/// A server's words go into logs and tables: one line, of bounded length, without control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}
