//! Sending: every fault of a mail server ends in a repetition, or in a parked mail that says why.

use crate::support::{Person, Rig, environment, on_both};
use app::notify::delivery::{Turn, deliver_due};
use app::notify::log::{DeliveryView, MailQuery, MailState, MailView, list_deliveries, list_mails};
use app::{PageQuery, Service};
use chrono::{DateTime, Duration, Utc};
use domain::clock::{Clock, FixedClock};
use mail::templates::Rendered;
use mail::{Kind, Mailer, MemoryBox, Sender, SmtpSettings, TlsMode, Transport};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{DatabaseUrl, Options, Store};
use testkit::smtp::{Mode, SmtpServer, Stage};

pub fn sender() -> Sender {
    Sender::new("yui@pref.example", "結（Yui）共同調達").unwrap()
}

pub fn mailer(port: u16) -> Arc<Mailer> {
    let settings = SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: TlsMode::None,
        root_certificate: None,
        credentials: None,
        timeout: std::time::Duration::from_millis(500),
        connections: 4,
    };
    Arc::new(Mailer::smtp(sender(), &settings).unwrap())
}

/// A port on which nobody listens.
pub fn nobody() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Queues mails to somebody, as a use case does.
pub fn queue(rig: &Rig, to: &Person, kind: Kind, mails: usize) {
    let (consortium, user_id) = (rig.consortium.clone(), to.id.clone());
    let queued = rig.service.work("queue", move |ctx| {
        let to = app::notify::person(ctx, &user_id)?;
        for number in 0..mails {
            let mail = Rendered {
                kind, subject: format!("【結】お知らせ {number}"), text: "架空の本文\n".to_owned()
            };
            app::notify::send(ctx, Some(&consortium), &to, &mail)?;
        }
        Ok(())
    });
    rig.wait(queued).unwrap();
}

pub fn logged(rig: &Rig) -> Vec<MailView> {
    let consortium = rig.consortium.clone();
    let query = MailQuery { limit: Some(100), ..MailQuery::default() };
    rig.read(&rig.auditor, move |ctx, call| list_mails(ctx, call, &consortium, &query)).unwrap().items
}

fn attempts(rig: &Rig, id: &str) -> Vec<DeliveryView> {
    let id = id.to_owned();
    let query = PageQuery { limit: Some(100), ..PageQuery::default() };
    rig.read(&rig.auditor, move |ctx, call| list_deliveries(ctx, call, &id, &query)).unwrap().items
}

fn turn(rig: &Rig, mailer: &Arc<Mailer>) -> Turn {
    rig.wait(deliver_due(&rig.service, mailer)).unwrap()
}

const NOTHING: Turn = Turn { sent: 0, deferred: 0, parked: 0 };
const SENT: Turn = Turn { sent: 1, ..NOTHING };
const DEFERRED: Turn = Turn { deferred: 1, ..NOTHING };
const PARKED: Turn = Turn { parked: 1, ..NOTHING };

#[test]
fn a_mail_waits_for_a_server_that_is_down() {
    on_both(|rig| {
        queue(rig, &rig.nakai_contact, Kind::PostCommented, 1);
        assert_eq!(turn(rig, &mailer(nobody())), DEFERRED);
        let waiting = logged(rig).remove(0);
        assert_eq!((waiting.state, waiting.attempts, waiting.town.as_deref()), (MailState::Pending, 1, Some("中井町")));
        assert_eq!(waiting.next_attempt_at.unwrap() - rig.clock.now(), Duration::minutes(1));
        let server = SmtpServer::start(&Mode::default());
        assert_eq!(turn(rig, &mailer(server.port())), NOTHING, "not before its time");
        rig.clock.advance(Duration::minutes(1));
        assert_eq!(turn(rig, &mailer(server.port())), SENT);
        assert_eq!(turn(rig, &mailer(server.port())), NOTHING);
        let arrived = server.wait_for_mails(1);
        assert_eq!(arrived[0].message_id.as_deref(), Some(format!("{}@yui.example", waiting.id).as_str()));
        assert_eq!(arrived[0].subject.as_deref(), Some("【結】お知らせ 0"));
        let outcomes: Vec<_> = attempts(rig, &waiting.id).into_iter().map(|one| (one.attempt, one.outcome)).collect();
        assert_eq!(outcomes, [(1, "deferred".to_owned()), (2, "sent".to_owned())]);
        let sent = logged(rig).remove(0);
        assert_eq!((sent.state, sent.last_error, sent.sent_at), (MailState::Sent, None, Some(rig.clock.now())));
        rig.verify();
    });
}

#[test]
fn waits_grow_until_a_mail_is_parked() {
    on_both(|rig| {
        let server = SmtpServer::start(&Mode::refusing(Stage::Recipient, 450));
        let mailer = mailer(server.port());
        queue(rig, &rig.nakai_contact, Kind::PostCommented, 1);
        for minutes in [1, 5, 15, 60, 240, 240, 240, 240, 240] {
            assert_eq!(turn(rig, &mailer), DEFERRED);
            rig.clock.advance(Duration::minutes(minutes) - Duration::seconds(1));
            assert_eq!(turn(rig, &mailer), NOTHING, "not before {minutes} minutes");
            rig.clock.advance(Duration::seconds(1));
        }
        assert_eq!(turn(rig, &mailer), PARKED);
        rig.clock.advance(Duration::days(30));
        assert_eq!(turn(rig, &mailer), NOTHING, "a parked mail is left alone");
        let parked = logged(rig).remove(0);
        assert_eq!((parked.state, parked.attempts, parked.next_attempt_at), (MailState::Parked, 10, None));
        assert_eq!(attempts(rig, &parked.id).len(), 10);
        assert!(server.mails().is_empty());
        rig.verify();
    });
}

#[test]
fn a_refusal_for_good_parks_at_once_and_does_not_hold_up_the_others() {
    on_both(|rig| {
        let server = SmtpServer::start(&Mode::refusing(Stage::Recipient, 550));
        queue(rig, &rig.nakai_contact, Kind::PostCommented, 1);
        assert_eq!(turn(rig, &mailer(server.port())), PARKED);
        let parked = logged(rig).remove(0);
        assert_eq!((parked.state, parked.attempts), (MailState::Parked, 1));
        assert!(parked.last_error.unwrap().contains("550"));
        let healthy = SmtpServer::start(&Mode::default());
        queue(rig, &rig.matsuda_contact, Kind::PostCommented, 1);
        assert_eq!(turn(rig, &mailer(healthy.port())), SENT);
    });
}

#[test]
fn a_connection_lost_after_the_text_repeats_the_same_message() {
    on_both(|rig| {
        let server = SmtpServer::start(&Mode { drop_after_data: true, ..Mode::default() });
        queue(rig, &rig.nakai_contact, Kind::PostCommented, 1);
        assert_eq!(turn(rig, &mailer(server.port())), DEFERRED);
        rig.clock.advance(Duration::minutes(1));
        assert_eq!(turn(rig, &mailer(server.port())), DEFERRED);
        let arrived = server.wait_for_mails(2);
        assert!(arrived[0].message_id.is_some());
        assert_eq!(arrived[0].message_id, arrived[1].message_id);
        assert_eq!(arrived[0].date, arrived[1].date);
    });
}

#[test]
fn a_silent_server_costs_a_timeout_and_a_slow_one_is_waited_for() {
    on_both(|rig| {
        let silent = SmtpServer::start(&Mode { hang: true, ..Mode::default() });
        queue(rig, &rig.nakai_contact, Kind::PostCommented, 1);
        assert_eq!(turn(rig, &mailer(silent.port())), DEFERRED);
        rig.clock.advance(Duration::minutes(1));
        let slow = SmtpServer::start(&Mode { greet_after_ms: 50, ..Mode::default() });
        assert_eq!(turn(rig, &mailer(slow.port())), SENT);
    });
}

#[test]
fn two_workers_never_send_the_same_mail() {
    on_both(|rig| {
        let server = SmtpServer::start(&Mode::default());
        queue(rig, &rig.nakai_contact, Kind::PostCommented, 80);
        // On PostgreSQL a second replica with connections of its own; SQLite has one process only.
        let replica = rig.url.starts_with("postgres").then(|| {
            let store = Store::open(&DatabaseUrl::parse(&rig.url).unwrap(), &Options::default()).unwrap();
            Service::new(store, environment(rig.clock.clone()))
        });
        let other = replica.clone().unwrap_or_else(|| rig.service.clone());
        let sent = rig.wait(async {
            let work = |service: Service| {
                let mailer = mailer(server.port());
                tokio::spawn(async move {
                    let mut sent = 0;
                    for _ in 0..3 {
                        sent += deliver_due(&service, &mailer).await.unwrap().sent;
                    }
                    sent
                })
            };
            let (one, two) = (work(rig.service.clone()), work(other));
            (one.await.unwrap(), two.await.unwrap())
        });
        assert_eq!(sent.0 + sent.1, 80);
        let arrived = server.wait_for_mails(80);
        let ids: BTreeSet<_> = arrived.iter().map(|mail| mail.message_id.clone()).collect();
        assert_eq!((arrived.len(), ids.len()), (80, 80));
        if let Some(replica) = replica {
            replica.store().shutdown();
        }
        rig.verify();
    });
}

/// A clock that goes on by some minutes whenever somebody looks at it.
struct Hasty(FixedClock);

impl Clock for Hasty {
    fn now(&self) -> DateTime<Utc> {
        self.0.advance(Duration::minutes(2));
        self.0.now()
    }
}

#[test]
fn a_slow_worker_stops_before_its_lease_ends() {
    on_both(|rig| {
        queue(rig, &rig.nakai_contact, Kind::PostCommented, 5);
        let slow =
            Service::new(rig.service.store().clone(), environment(Arc::new(Hasty(FixedClock::at(rig.clock.now())))));
        let memory = MemoryBox::default();
        let mailer = Arc::new(Mailer::new(sender(), Transport::Memory(memory.clone())));
        let first = rig.wait(deliver_due(&slow, &mailer)).unwrap();
        assert!((1..5).contains(&first.sent), "{first:?}");
        assert_eq!(turn(rig, &mailer), NOTHING, "the rest is still leased");
        rig.clock.advance(Duration::days(1));
        assert_eq!(turn(rig, &mailer).sent, 5 - first.sent);
        assert_eq!(memory.mails().len(), 5);
    });
}
