//! One message to one person, checked when it is made: what exists can be sent as it is.
//!
//! A line break, NUL or other control character in a header field is refused, not cleaned away (S39): it
//! never comes from an honest form. There is one recipient by type, and no copy or blind copy at all.

use std::str::FromStr;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message as LibraryMessage};
use thiserror::Error;

use crate::html;

const MAX_HEADER_CHARS: usize = 500;

/// Which field of a message is refused; the value is not repeated, it may be an attack or a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// The address is no single mail address, or its local part is not ASCII.
    #[error("the address is not one mail address")]
    Address,
    /// The display name has a control character or is too long.
    #[error("the name has a control character or is too long")]
    Name,
    /// The subject is empty, has a control character or is too long.
    #[error("the subject is empty, has a control character or is too long")]
    Subject,
    /// The text has a NUL.
    #[error("the text has a NUL character")]
    Text,
    /// The message id is not `left@right` of letters, digits, dots and hyphens.
    #[error("the message id is not left@right of letters, digits, dots and hyphens")]
    MessageId,
}

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    to: Mailbox,
    subject: String,
    text: String,
    message_id: String,
    date: DateTime<Utc>,
}

impl Message {
    /// Checks and joins the parts of a mail.
    ///
    /// The domain of `to_address` may be an internationalised one; it is written in its ASCII form. An
    /// empty `to_name` leaves the name out. `message_id` has no angle brackets and stays the same when a
    /// mail is sent again.
    ///
    /// # Errors
    /// The first field that is [`Refused`].
    pub fn new(
        to_address: &str,
        to_name: &str,
        subject: &str,
        text: &str,
        message_id: &str,
        date: DateTime<Utc>,
    ) -> Result<Self, Refused> {
        if subject.trim().is_empty() || !is_header_text(subject) {
            return Err(Refused::Subject);
        }
        if text.contains('\0') {
            return Err(Refused::Text);
        }
        if !is_message_id(message_id) {
            return Err(Refused::MessageId);
        }
        Ok(Self {
            to: mailbox(to_address, to_name)?,
            subject: subject.to_owned(),
            text: text.replace("\r\n", "\n"),
            message_id: message_id.to_owned(),
            date,
        })
    }

    /// The recipient's address as it goes on the wire.
    pub fn to_address(&self) -> &str {
        self.to.email.as_ref()
    }

    /// The recipient's name, where there is one.
    pub fn to_name(&self) -> Option<&str> {
        self.to.name.as_deref()
    }

    /// The subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The plain text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The HTML alternative, made from the text alone.
    pub fn html(&self) -> String {
        html::from_text(&self.subject, &self.text)
    }

    /// The message id without angle brackets.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// When the fact happened that the mail announces.
    pub fn date(&self) -> DateTime<Utc> {
        self.date
    }

    /// The mail in the library's form; an error would be a fault of this file's checks.
    pub(crate) fn compose(&self, sender: &Sender) -> Result<LibraryMessage, lettre::error::Error> {
        // RFC 3834: holiday notices and ticket systems do not answer an automatic mail.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        LibraryMessage::builder()
            .from(sender.0.clone())
            .to(self.to.clone())
            .subject(&self.subject)
            .date(SystemTime::from(self.date))
            .message_id(Some(format!("<{}>", self.message_id)))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(self.text.clone(), self.html()))
    }
}

/// Who sends: the service's own address and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// Checks the configured sender.
    ///
    /// # Errors
    /// [`Refused::Address`] or [`Refused::Name`].
    pub fn new(address: &str, name: &str) -> Result<Self, Refused> {
        mailbox(address, name).map(Self)
    }

    /// The address.
    pub fn address(&self) -> &str {
        self.0.email.as_ref()
    }
}

fn mailbox(address: &str, name: &str) -> Result<Mailbox, Refused> {
    if !is_header_text(name) {
        return Err(Refused::Name);
    }
    let (local, domain) = address.rsplit_once('@').ok_or(Refused::Address)?;
    if !local.is_ascii() || address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Refused::Address);
    }
    let Ok(domain) = idna::domain_to_ascii_strict(domain) else {
        return Err(Refused::Address);
    };
    let name = Some(name.to_owned()).filter(|name| !name.trim().is_empty());
    match Address::from_str(&format!("{local}@{domain}")) {
        Ok(address) => Ok(Mailbox::new(name, address)),
        Err(_malformed) => Err(Refused::Address),
    }
}

/// Unicode's own line separators are no line breaks in a header, but some programs show them as such.
fn is_header_text(text: &str) -> bool {
    let allowed = |c: char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().all(allowed) && text.chars().count() <= MAX_HEADER_CHARS
}

/// Narrower than RFC 5322: it is also a file name.
fn is_message_id(text: &str) -> bool {
    let sound = |part: &str| {
        (1..=100).contains(&part.len())
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
    };
    text.split_once('@').is_some_and(|(left, right)| sound(left) && sound(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(address: &str, name: &str, subject: &str, text: &str, id: &str) -> Result<Message, Refused> {
        let date = "2026-04-01T00:00:00Z".parse().unwrap();
        Message::new(address, name, subject, text, id, date)
    }

    #[test]
    fn control_characters_are_refused_in_every_header_field() {
        let bad = ["\r\nBcc: x@evil.example", "\nX: y", "\rX: y", "\0", "\u{85}", "\u{2028}", "\u{7f}"];
        for tail in bad {
            let name = make("a@x.example", &format!("花子{tail}"), "s", "t", "1@yui");
            let subject = make("a@x.example", "花子", &format!("s{tail}"), "t", "1@yui");
            let domain = make(&format!("a@x.example{tail}"), "花子", "s", "t", "1@yui");
            let local = make(&format!("a{tail}@x.example"), "花子", "s", "t", "1@yui");
            let id = make("a@x.example", "花子", "s", "t", &format!("1@yui{tail}"));
            assert_eq!(name.err(), Some(Refused::Name), "{tail:?}");
            assert_eq!(subject.err(), Some(Refused::Subject), "{tail:?}");
            assert_eq!(domain.err(), Some(Refused::Address), "{tail:?}");
            assert_eq!(local.err(), Some(Refused::Address), "{tail:?}");
            assert_eq!(id.err(), Some(Refused::MessageId), "{tail:?}");
        }
        assert_eq!(make("a@x.example", "", "s", "t\0", "1@yui").err(), Some(Refused::Text));
        assert_eq!(make("a@x.example", "", " ", "t", "1@yui").err(), Some(Refused::Subject));
    }

    #[test]
    fn only_one_plain_address_is_an_address() {
        for address in [
            "",
            "a",
            "@x.example",
            "a@",
            "a@x.example,b@y.example",
            "a@x.example;b@y.example",
            "a@x.example b@y.example",
            "花子 <a@x.example>",
            "<a@x.example>",
            "花子@x.example",
            "a@x_y.example",
            "a@-x.example",
            "a@x..example",
            "a@x.example>",
            "a@x.example (comment)",
            "a@xn--a.example\u{ad}\n",
        ] {
            assert_eq!(make(address, "", "s", "t", "1@yui").err(), Some(Refused::Address), "{address}");
        }
    }

    #[test]
    fn an_internationalised_domain_is_written_in_ascii() {
        let message = make("hanako@中井町.example", "髙﨑 花子", "s", "t", "1@yui").unwrap();
        assert_eq!(message.to_address(), "hanako@xn--fiqtj137h.example");
        assert_eq!(message.to_name(), Some("髙﨑 花子"));
        let plain = make("h.kaku+yui@town.example.jp", "", "s", "t", "1@yui").unwrap();
        assert_eq!(plain.to_address(), "h.kaku+yui@town.example.jp");
        assert_eq!(plain.to_name(), None);
    }

    #[test]
    fn a_message_id_is_safe_as_a_file_name() {
        for id in ["", "1", "1@", "@yui", "../1@yui", "1/2@yui", ".1@yui", "1@yui@yui", "<1@yui>", "1 @yui"] {
            assert_eq!(make("a@x.example", "", "s", "t", id).err(), Some(Refused::MessageId), "{id}");
        }
        assert!(make("a@x.example", "", "s", "t", "019a-7f.3@yui.example").is_ok());
    }
}
