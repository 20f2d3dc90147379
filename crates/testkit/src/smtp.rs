//! A real SMTP server in a process of its own, as a rig: start it, send to it, read what arrived.
//!
//! The server (`smtp-sink`) prints a line for each mail that it has stored; waiting for a mail is waiting
//! for that line. [`aiosmtpd`] starts somebody else's server behind the same rig, so that a fault which
//! our client and our sink share cannot hide.

mod conversation;
mod mail;
mod mode;
mod peer;
mod rig;
mod sink;

pub use mail::Mail;
pub use mode::{Mode, Stage};
pub use peer::{PeerTls, aiosmtpd, aiosmtpd_with_tls};
pub use rig::SmtpServer;
pub use sink::serve;
