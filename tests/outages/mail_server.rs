//! A mail server that is down or slow: requests go on meanwhile, every mail arrives later, once each.

use acceptance::people::People;
use acceptance::run;
use acceptance::world::World;
use app::notify::delivery::deliver_due;
use chrono::Duration;
use mail::{Mailer, Sender, SmtpSettings, TlsMode};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use testkit::app::{TestApp, on_both};
use testkit::smtp::{Mode, SmtpServer};

fn mailer(port: u16, patience: std::time::Duration) -> Arc<Mailer> {
    let settings = SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: TlsMode::None,
        root_certificate: None,
        credentials: None,
        timeout: patience,
        connections: 4,
    };
    Arc::new(Mailer::smtp(Sender::new("yui@pref.example", "結（Yui）共同調達").unwrap(), &settings).unwrap())
}

/// A port on which nobody listens.
fn nobody() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A comment of the contact: its mail goes to the author of the post.
fn comment(people: &People<'_>, world: &World, number: usize) {
    let body = json!({"body": format!("返信 {number}（架空）")});
    let said = people.send("contact", "POST", &world.path("/posts/{post_id}/comments"), &body);
    assert_eq!(said.status, 201, "{}", said.text);
}

fn count(app: &TestApp, state: &str) -> i64 {
    mails_where(app, &format!("state = '{state}'"))
}

/// Mails that a worker holds at this moment.
fn leased(app: &TestApp) -> i64 {
    mails_where(app, "claimed_until IS NOT NULL")
}

fn mails_where(app: &TestApp, condition: &str) -> i64 {
    let query = format!("SELECT CAST(COUNT(*) AS BIGINT) AS number FROM outbox WHERE {condition}");
    app.service.store().read_now(move |db| store::fixtures::number(db, &query)).unwrap()
}

/// Turns of the worker against a healthy server until nothing waits.
fn deliver_all(app: &TestApp, server: &SmtpServer) {
    let healthy = mailer(server.port(), std::time::Duration::from_secs(30));
    while count(app, "pending") > 0 {
        app.clock.advance(Duration::minutes(10));
        run(deliver_due(&app.service, &healthy)).unwrap();
    }
}

/// Every mail of the outbox arrived exactly once, under a message id of its own.
fn assert_all_arrived(app: &TestApp, server: &SmtpServer) {
    assert_eq!((count(app, "pending"), count(app, "parked")), (0, 0));
    let sent = usize::try_from(count(app, "sent")).unwrap();
    let mails = server.wait_for_mails(sent);
    let ids: BTreeSet<_> = mails.iter().map(|mail| mail.message_id.clone()).collect();
    assert_eq!((mails.len(), ids.len()), (sent, sent));
}

#[test]
fn while_no_server_listens_requests_go_on_and_the_mails_arrive_later() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let down = mailer(nobody(), std::time::Duration::from_secs(1));
        for number in 0..5 {
            comment(&people, &world, number);
            let turn = run(deliver_due(&app.service, &down)).unwrap();
            assert_eq!((turn.sent, turn.parked), (0, 0));
        }
        assert!(count(app, "pending") >= 5);
        let server = SmtpServer::start(&Mode::default());
        deliver_all(app, &server);
        assert_all_arrived(app, &server);
    });
}

/// The worker sits in the slow conversation while requests are answered: each is answered before the worker is.
#[test]
fn while_a_server_is_slow_to_greet_requests_go_on() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let server = SmtpServer::start(&Mode { greet_after_ms: 1_500, ..Mode::default() });
        let slow = mailer(server.port(), std::time::Duration::from_secs(30));
        let waiting = count(app, "pending");
        let service = app.service.clone();
        let worker = std::thread::spawn(move || run(deliver_due(&service, &slow)).unwrap());
        // The mails of the comments below must not be among those that the worker has taken.
        while leased(app) < waiting && !worker.is_finished() {
            std::thread::yield_now();
        }
        for number in 0..5 {
            comment(&people, &world, number);
        }
        assert!(!worker.is_finished(), "five requests did not wait for one mail");
        let turn = worker.join().unwrap();
        assert_eq!((i64::try_from(turn.sent).unwrap(), turn.parked), (waiting, 0));
        deliver_all(app, &server);
        assert_all_arrived(app, &server);
    });
}

#[test]
fn while_a_server_takes_connections_and_never_speaks_requests_go_on_and_nothing_is_lost() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let silent = SmtpServer::start(&Mode { hang: true, ..Mode::default() });
        let patient = mailer(silent.port(), std::time::Duration::from_millis(200));
        let service = app.service.clone();
        let worker = std::thread::spawn(move || run(deliver_due(&service, &patient)).unwrap());
        for number in 0..5 {
            comment(&people, &world, number);
        }
        let turn = worker.join().unwrap();
        assert_eq!((turn.sent, turn.parked), (0, 0));
        assert!(turn.deferred > 0);
        let server = SmtpServer::start(&Mode::default());
        deliver_all(app, &server);
        assert_all_arrived(app, &server);
    });
}
