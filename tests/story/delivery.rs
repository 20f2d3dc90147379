//! The end of step 9: the mails of the year leave through a real SMTP server, once each, and only to those who want them.

use crate::{MAILS, Story};
use acceptance::run;
use app::notify::delivery::deliver_due;
use mail::{Mailer, Sender, SmtpSettings, TlsMode};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use testkit::smtp::{Mail, Mode, SmtpServer};

/// Who does not want to hear of new entry calls.
pub(super) const DECLINES: (&str, &str) = ("staff4", "entry_call_opened");

/// One of the staff switches a kind of mail off.
pub(super) fn decline(story: &Story<'_>) {
    let (who, kind) = DECLINES;
    let choice = json!({"items": [{"kind": kind, "mail": false}]});
    let saved = story.people.send(who, "PUT", "/me/notification-preferences", &choice);
    assert_eq!(saved.status, 200, "{}", saved.text);
}

struct Row {
    kind: String,
    address: String,
    state: String,
}

fn outbox(story: &Story<'_>) -> BTreeMap<String, Row> {
    let query = "SELECT id || ' ' || kind || ' ' || to_address || ' ' || state AS line FROM outbox ORDER BY id";
    let lines = story.people.app.service.store().read_now(move |db| store::fixtures::lines(db, query)).unwrap();
    let row = |line: String| {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        (words[0].clone(), Row { kind: words[1].clone(), address: words[2].clone(), state: words[3].clone() })
    };
    lines.into_iter().map(row).collect()
}

pub(super) fn deliver(story: &Story<'_>) {
    let before = outbox(story);
    let server = SmtpServer::start(&Mode::default());
    let settings = SmtpSettings {
        host: server.host().to_owned(),
        port: server.port(),
        tls: TlsMode::None,
        root_certificate: None,
        credentials: None,
        timeout: std::time::Duration::from_secs(30),
        connections: 4,
    };
    let sender = Sender::new("yui@pref.example", "結（Yui）共同調達").unwrap();
    let mailer = Arc::new(Mailer::smtp(sender, &settings).unwrap());
    let mut sent = 0;
    loop {
        let turn = run(deliver_due(&story.people.app.service, &mailer)).unwrap();
        assert_eq!((turn.deferred, turn.parked), (0, 0));
        sent += turn.sent;
        if turn.sent == 0 {
            break;
        }
    }
    assert_eq!(run(deliver_due(&story.people.app.service, &mailer)).unwrap().sent, 0, "nothing goes out twice");

    let wanted: BTreeMap<&String, &Row> = before.iter().filter(|(_, row)| row.state == "pending").collect();
    let declined: Vec<&Row> = before.values().filter(|row| row.state == "suppressed").collect();
    assert!(!declined.is_empty(), "somebody declined");
    assert!(declined.iter().all(|row| (row.address.as_str(), row.kind.as_str()) == (address().as_str(), DECLINES.1)));
    assert_eq!(wanted.len() + declined.len(), before.len());
    let mails = server.wait_for_mails(sent);
    let arrived: BTreeMap<String, &Mail> = mails
        .iter()
        .map(|mail| (mail.message_id.clone().unwrap().split_once('@').unwrap().0.to_owned(), mail))
        .collect();
    assert_eq!((sent, mails.len(), arrived.len()), (wanted.len(), wanted.len(), wanted.len()), "each once");
    for (id, row) in &wanted {
        let mail = arrived.get(*id).unwrap_or_else(|| panic!("{} to {} did not arrive", row.kind, row.address));
        assert_eq!(mail.envelope_to, std::slice::from_ref(&row.address));
        assert!(mail.subject.as_deref().is_some_and(|subject| !subject.is_empty()), "{}", row.kind);
        assert_links_are_private(&row.kind, mail);
    }
    let kinds: BTreeSet<&str> = wanted.values().map(|row| row.kind.as_str()).collect();
    assert!(MAILS.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    forgotten(story);
}

fn address() -> String {
    acceptance::people::email(DECLINES.0)
}

/// A token stands behind `#`, where no server sees it, in the text and in the HTML alike.
fn assert_links_are_private(kind: &str, mail: &Mail) {
    let carries = mail::Kind::from_name(kind).unwrap().carries_link();
    for part in [mail.text.as_deref().unwrap(), mail.html.as_deref().unwrap()] {
        let mut found = 0;
        for prefix in ["yui_inv_", "yui_rst_", "yui_ack_"] {
            for (at, _) in part.match_indices(prefix) {
                assert!(part.get(..at).unwrap().ends_with("#token="), "{kind}: {part}");
                found += 1;
            }
        }
        assert_eq!(found > 0, carries, "{kind}: {part}");
    }
}

/// Once delivered, a link is known to nobody but its recipient.
fn forgotten(story: &Story<'_>) {
    assert!(outbox(story).values().all(|row| row.state == "sent" || row.state == "suppressed"));
    let kept = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM outbox
        WHERE kind = 'acknowledgement_requested' AND body NOT LIKE '（%消去しました。）'";
    let kept = story.people.app.service.store().read_now(move |db| store::fixtures::number(db, kept)).unwrap();
    assert_eq!(kept, 0);
}
