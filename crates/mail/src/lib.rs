//! Mail: Japanese texts from typed facts, messages that cannot be bent, and the ways out.
//!
//! [`templates`] turns facts into a subject and a text; [`Message`] refuses whatever could reach beyond its
//! header (S39); [`Mailer`] hands it to SMTP, to a directory of `.eml` files, or to memory. When to send,
//! to retry and to give up is deliberately not here: that is the outbox. The one gate for `lettre`.

mod html;
mod kind;
mod message;
pub mod templates;
mod transport;

pub use kind::Kind;
pub use message::{Message, Refused, Sender};
pub use transport::{
    FileDirectory, Mailer, MemoryBox, Receipt, SendError, Smtp, SmtpSettings, TlsMode, Transport, TransportError,
};
