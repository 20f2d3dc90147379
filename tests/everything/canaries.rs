//! S47: no secret leaves the place where it belongs. One story with every operation; each secret that goes in or comes
//! out is remembered, and stands afterwards in no line of the logs (to the last detail), no row of the database, no
//! counter and no refusal.

use crate::{operation, without_limits};
use acceptance::everything::{Ask, play};
use acceptance::people::PASSWORD;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use testkit::app::{Answer, TestApp, on_both_with};

/// Names of fields that carry a secret, in commands and in answers.
const SECRET: [&str; 13] = [
    "password",
    "current_password",
    "new_password",
    "token",
    "access_token",
    "refresh_token",
    "ticket",
    "secret",
    "link",
    "recovery_codes",
    "cookie",
    "authorization",
    "seed",
];

/// What every part of the service logs while the story runs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn start() -> Self {
        let log = Self::default();
        let into = log.clone();
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || into.clone()).init();
        log
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// The secrets of a command or an answer; the links of mails come in commands.
fn secrets(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                match inner {
                    // A lottery's secret is told at its draw, on purpose.
                    Value::String(text) if SECRET.contains(&name.as_str()) && text.len() > 9 => {
                        into.insert(text.clone());
                    }
                    Value::Array(all) if SECRET.contains(&name.as_str()) => {
                        into.extend(all.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    inner => secrets(inner, into),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| secrets(one, into)),
        _ => {}
    }
}

/// Each field of the command in turn replaced by a canary that cannot be accepted, and the canary in place of the
/// credentials and of the version: what is refused does not come back.
fn refusals(app: &TestApp, ask: &Ask, canary: &str) {
    let bad = json!(format!("{canary}\u{7}"));
    let mut bodies = vec![json!({ canary: 1 }), json!(canary), json!([canary])];
    for name in ask.body.as_object().into_iter().flat_map(serde_json::Map::keys) {
        let mut body = ask.body.clone();
        body[name] = bad.clone();
        bodies.push(body);
    }
    for (number, body) in bodies.iter().enumerate() {
        let answer = ask.send_with(app, &[], body);
        // The name of a field that nobody knows is named; what is in a field never is.
        if number > 0 && answer.status >= 400 {
            assert!(!answer.text.contains(canary), "{} {}: {}", ask.method, ask.path, answer.text);
        }
    }
    let bearer = format!("Bearer {canary}");
    let stale = format!("\"{canary}\"");
    let own = |without: &str| -> Vec<(String, String)> {
        ask.headers.iter().filter(|(name, _)| name != without).cloned().collect()
    };
    let mut tries = vec![("authorization", bearer)];
    if ask.headers.iter().any(|(name, _)| name == "if-match") {
        tries.push(("if-match", stale));
    }
    for (name, value) in tries {
        let mut headers = own(name);
        headers.push((name.to_owned(), value));
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = app.send(ask.method, &ask.path, &headers, &ask.body);
        assert!(answer.status >= 400 && !answer.text.contains(canary), "{name} {}: {}", ask.path, answer.text);
    }
}

/// As much of a secret as may be told when a test fails.
fn beginning(secret: &str) -> String {
    secret.chars().take(8).collect()
}

#[test]
fn secrets_stand_in_no_log_no_row_no_counter_and_no_refusal() {
    let log = Log::start();
    on_both_with(without_limits, |app| {
        let known = RefCell::new(BTreeSet::from([PASSWORD.to_owned()]));
        let (tried, number) = (RefCell::new(BTreeSet::new()), std::cell::Cell::new(0));
        let perform = |app: &TestApp, ask: &Ask| -> Answer {
            let id = operation(ask.method, &ask.path);
            // A wrong secret counts against its account: those doors have tests of their own.
            let door = ask.who.is_empty() || ask.body.get("password").is_some() || ask.body.get("code").is_some();
            let ends = ["sign_out", "revoke_all_sessions", "attach_file"].contains(&id.as_str());
            if !door && !ends && ask.body.is_object() && ask.method == "POST" && tried.borrow_mut().insert(id.clone()) {
                number.set(number.get() + 1);
                let canary = format!("kanariya-{}-hi-mi-tsu", number.get());
                refusals(app, ask, &canary);
            }
            secrets(&ask.body, &mut known.borrow_mut());
            for (_, value) in ask.headers.iter().filter(|(name, _)| name == "authorization") {
                known.borrow_mut().insert(value.trim_start_matches("Bearer ").to_owned());
            }
            let answer = ask.send(app);
            if id != "draw_lottery" {
                secrets(&answer.json(), &mut known.borrow_mut());
            }
            answer
        };
        play(app, &perform);
        assert!(number.get() > 25, "{}", number.get());
        let known = known.into_inner();
        assert!(known.len() > 60, "{}", known.len());
        assert!(
            ["yui_pat_", "yui_inv_", "yui_rst_", "yui_ack_", "yui_ref_", "eyJ"]
                .iter()
                .all(|kind| known.iter().any(|secret| secret.starts_with(kind))),
            "{:?}",
            known.iter().map(|one| beginning(one)).collect::<BTreeSet<_>>()
        );

        let rows = acceptance::dump(app);
        assert!(rows.len() > 500, "{}", rows.len());
        let counters = app.get("/metrics").text;
        let logged = log.text();
        assert!(logged.contains("request_id") && logged.len() > 10_000, "the log was read");
        for secret in &known {
            let at = |place: &str, text: &str| {
                assert!(!text.contains(secret.as_str()), "{}… stands in {place}", beginning(secret))
            };
            at("the log", &logged);
            at("the counters", &counters);
            if let Some(row) = rows.iter().find(|row| row.contains(secret.as_str())) {
                panic!("{}… stands in the database: {}", beginning(secret), row.chars().take(60).collect::<String>());
            }
        }
        assert!(!logged.contains("kanariya"), "what was refused is not logged");
        assert!(!counters.contains("kanariya"));
    });
}
