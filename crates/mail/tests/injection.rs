//! The law of header injection (S39): refused, or harmless when an independent parser reads it back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

use mail::{Mailer, MemoryBox, Message, Sender, Transport};
use proptest::prelude::*;
use testkit::smtp::Mail;

/// Strings made of what header parsers trip over.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\n".to_owned()),
        Just("\n ".to_owned()),
        Just("\0".to_owned()),
        Just("Bcc: x@evil.example".to_owned()),
        Just("<x@evil.example>".to_owned()),
        Just("=?utf-8?B?DQpCY2M6IHg=?=".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just(",".to_owned()),
        Just(";".to_owned()),
        Just("(".to_owned()),
        Just("𠮷髙".to_owned()),
        "\\PC{0,12}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_name_or_subject_or_text_reaches_beyond_its_place(
        name in nasty(), subject in nasty(), text in nasty(),
    ) {
        let date = "2026-04-01T00:00:00Z".parse().unwrap();
        let made = Message::new("a@town.example", &name, &subject, &text, "1@yui.example", date);
        let bad = |text: &str| text.contains(char::is_control);
        if bad(&name) || bad(&subject) || text.contains('\0') {
            prop_assert!(made.is_err());
        }
        if let Ok(message) = made {
            let memory = MemoryBox::default();
            let sender = Sender::new("yui@pref.example", "結").unwrap();
            Mailer::new(sender, Transport::Memory(memory.clone())).send(&message).unwrap();
            let sent = Mail::parse("", Vec::new(), memory.mails().pop().unwrap());
            prop_assert_eq!(sent.header_names.len(), 8, "{:?}", sent.header_names);
            prop_assert_eq!(sent.to.len(), 1);
            prop_assert_eq!(&sent.to[0].1, "a@town.example");
            prop_assert_eq!(sent.from.as_deref(), Some("yui@pref.example"));
            prop_assert_eq!(sent.message_id.as_deref(), Some("1@yui.example"));
        }
    }
}
