//! What the mails say.

use crate::Kind;

/// A mail's text, ready to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// What kind of mail it is.
    pub kind: Kind,
    /// One line.
    pub subject: String,
    /// Plain text that carries the facts.
    pub text: String,
}
