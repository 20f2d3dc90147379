//! Mails with a one-time link: sealed while they wait, readable on arrival, forgotten afterwards.

use crate::delivery::{logged, mailer, sender};
use crate::support::{Rig, environment, on_both};
use app::notify::delivery::{Turn, deliver_due};
use app::notify::log::{MailState, retry_mail};
use app::{Code, Environment, Error, Service};
use identity::secret::ServiceSecret;
use mail::templates::Rendered;
use mail::{Kind, Mailer, MemoryBox, Transport};
use std::sync::Arc;
use testkit::smtp::{Mode, SmtpServer, Stage};

const TOKEN: &str = "yui_inv_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/// Queues a mail whose text carries the link.
fn queue(rig: &Rig, kind: Kind) {
    let (consortium, user_id) = (rig.consortium.clone(), rig.nakai_learner.id.clone());
    let queued = rig.service.work("queue", move |ctx| {
        let to = app::notify::person(ctx, &user_id)?;
        let text = format!("架空さん\n\nhttps://yui.example/x#token={TOKEN}\n");
        app::notify::send(ctx, Some(&consortium), &to, &Rendered { kind, subject: "【結】招待".to_owned(), text })
    });
    rig.wait(queued).unwrap();
}

/// Everything that stands in the outbox.
fn bodies(rig: &Rig) -> Vec<String> {
    let query = "SELECT body AS line FROM outbox ORDER BY id";
    rig.service.store().read_now(move |db| store::fixtures::lines(db, query)).unwrap()
}

#[test]
fn a_link_is_sealed_while_its_mail_waits_and_forgotten_once_it_arrived() {
    on_both(|rig| {
        for kind in Kind::WITH_LINK {
            queue(rig, kind);
        }
        queue(rig, Kind::PostCommented);
        let links = Kind::WITH_LINK.len();
        let waiting = bodies(rig);
        assert!(waiting[..links].iter().all(|body| body.starts_with("sealed.1.") && !body.contains("yui_inv_")));
        assert!(waiting[links].contains(TOKEN), "other mails are read in the service");
        assert_ne!(waiting[0], waiting[1]);

        let server = SmtpServer::start(&Mode::default());
        assert_eq!(rig.wait(deliver_due(&rig.service, &mailer(server.port()))).unwrap().sent, links + 1);
        for mail in server.wait_for_mails(links + 1) {
            assert!(mail.text.unwrap().contains(&format!("https://yui.example/x#token={TOKEN}")));
        }
        let sent = bodies(rig);
        assert!(sent[..links].iter().all(|body| body.contains("消去しました")), "{sent:?}");
        assert!(sent[links].contains(TOKEN));
        rig.verify();
    });
}

#[test]
fn a_link_survives_a_failure_and_is_forgotten_when_its_mail_is_given_up() {
    on_both(|rig| {
        queue(rig, Kind::Invite);
        let sealed = bodies(rig);
        let busy = SmtpServer::start(&Mode::refusing(Stage::Recipient, 450));
        assert_eq!(rig.wait(deliver_due(&rig.service, &mailer(busy.port()))).unwrap().deferred, 1);
        assert_eq!(bodies(rig), sealed, "it is to be sent yet");
        rig.clock.advance(chrono::Duration::minutes(1));
        let refusing = SmtpServer::start(&Mode::refusing(Stage::Recipient, 550));
        assert_eq!(rig.wait(deliver_due(&rig.service, &mailer(refusing.port()))).unwrap().parked, 1);
        assert!(bodies(rig)[0].contains("消去しました"));
        let id = logged(rig)[0].id.clone();
        let again = rig.write(&rig.lead, move |ctx, call| retry_mail(ctx, call, &id));
        assert_eq!(again.map(|mail| mail.state), Err(Error::rule(Code::MailErased)));
        assert_eq!(logged(rig)[0].state, MailState::Parked);
        rig.verify();
    });
}

#[test]
fn a_body_sealed_under_another_secret_parks_its_mail_with_the_reason() {
    on_both(|rig| {
        queue(rig, Kind::PasswordReset);
        let secret = ServiceSecret::parse("x7Rz2vXk9LmT4wYc8NbF1hJd6PsG3aUeQ5iKoV0tZxB").unwrap();
        let other = Environment { secret, ..environment(rig.clock.clone()) };
        let other = Service::new(rig.service.store().clone(), other);
        let memory = MemoryBox::default();
        let mailer = Arc::new(Mailer::new(sender(), Transport::Memory(memory.clone())));
        let turn = rig.wait(deliver_due(&other, &mailer)).unwrap();
        assert_eq!(turn, Turn { parked: 1, ..Turn::default() });
        assert!(memory.mails().is_empty());
        assert!(logged(rig)[0].last_error.as_deref().unwrap().contains("another service secret"));
    });
}

/// What an older release queued in clear still arrives.
#[test]
fn a_mail_queued_before_bodies_were_sealed_is_delivered() {
    on_both(|rig| {
        queue(rig, Kind::Invite);
        let clear = format!("UPDATE outbox SET body = 'https://yui.example/x#token={TOKEN}'");
        rig.service.store().write_now(move |db| store::fixtures::execute(db, &clear)).unwrap();
        let memory = MemoryBox::default();
        let mailer = Arc::new(Mailer::new(sender(), Transport::Memory(memory.clone())));
        assert_eq!(rig.wait(deliver_due(&rig.service, &mailer)).unwrap().sent, 1);
        assert_eq!(memory.mails().len(), 1);
        assert!(bodies(rig)[0].contains("消去しました"));
    });
}
