//! A mail that arrived: its envelope, and what an independent parser reads in it.

use mail_parser::{HeaderName, MessageParser};

/// One mail as the server kept it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The sender of the envelope.
    pub envelope_from: String,
    /// The recipients of the envelope.
    pub envelope_to: Vec<String>,
    /// The names of the headers of the whole mail, in order, as written.
    pub header_names: Vec<String>,
    /// The address in `From`.
    pub from: Option<String>,
    /// Display name and address of everybody in `To`.
    pub to: Vec<(Option<String>, String)>,
    /// The subject, decoded.
    pub subject: Option<String>,
    /// The id without its angle brackets.
    pub message_id: Option<String>,
    /// The date in Unix seconds.
    pub date: Option<i64>,
    /// The plain text part, decoded.
    pub text: Option<String>,
    /// The HTML part, decoded.
    pub html: Option<String>,
    /// The bytes that crossed the wire.
    pub raw: Vec<u8>,
}

impl Mail {
    /// Reads a mail; what the parser does not find stays empty.
    ///
    /// # Panics
    /// When the bytes are no mail at all.
    pub fn parse(envelope_from: &str, envelope_to: Vec<String>, raw: Vec<u8>) -> Self {
        let message = MessageParser::default().parse(&raw).expect("a mail");
        let addresses = |list: Option<&mail_parser::Address<'_>>| {
            let each = list.into_iter().flat_map(mail_parser::Address::iter);
            each.map(|one| {
                let address = one.address.as_deref().unwrap_or_default().to_owned();
                (one.name.as_deref().map(str::to_owned), address)
            })
            .collect::<Vec<_>>()
        };
        let only_part = |kind: &str| {
            let mut parts = message.parts.iter().filter(|part| {
                use mail_parser::MimeHeaders;
                part.content_type().is_some_and(|found| found.subtype() == Some(kind))
            });
            parts.next().and_then(|part| part.text_contents()).map(unix_lines)
        };
        Self {
            envelope_from: envelope_from.to_owned(),
            envelope_to,
            header_names: message.headers().iter().map(|h| name_of(&h.name)).collect(),
            from: addresses(message.from()).into_iter().next().map(|(_, address)| address),
            to: addresses(message.to()),
            subject: message.subject().map(str::to_owned),
            message_id: message.message_id().map(str::to_owned),
            date: message.date().map(mail_parser::DateTime::to_timestamp),
            text: only_part("plain"),
            html: only_part("html"),
            raw: raw.clone(),
        }
    }
}

fn name_of(name: &HeaderName<'_>) -> String {
    name.as_str().to_owned()
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}
