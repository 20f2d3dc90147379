//! S24: whatever stands in a column of the database is no field of a command unless the document says so. Every name of
//! every column is sent to every operation that writes: refused by that name, and no row changes.

use crate::{operation, without_limits, writes};
use acceptance::everything::{Ask, play};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use testkit::app::{Answer, TestApp};

/// Names that no column has, but that others have been caught with.
const TRIED: [&str; 8] = ["role", "tenant_id", "used", "price", "verified", "is_admin", "__proto__", "constructor"];

/// The names of all columns, as the store declares them.
fn columns() -> BTreeSet<String> {
    let schema = include_str!("../../crates/store/src/schema.rs");
    let column = |line: &str| {
        let (name, kind) = line.trim().split_once(" -> ")?;
        kind.ends_with(',').then(|| name.to_owned())
    };
    schema.lines().filter_map(column).chain(TRIED.map(str::to_owned)).collect()
}

/// Rows that the one writer of SQLite has changed since the start.
fn changes(app: &TestApp) -> i64 {
    app.service.store().write_now(|db| store::fixtures::number(db, "SELECT total_changes() AS number")).unwrap()
}

/// The command with one more field, at its top and in each object inside it.
fn with(body: &Value, name: &str) -> Vec<(String, Value)> {
    let mut places = vec![String::new()];
    if let Some(fields) = body.as_object() {
        for (field, value) in fields {
            if value.is_object() {
                places.push(format!("/{field}"));
            }
            if value.as_array().is_some_and(|all| all.first().is_some_and(Value::is_object)) {
                places.push(format!("/{field}/0"));
            }
        }
    }
    let body = if body.is_null() { json!({}) } else { body.clone() };
    let put = |place: String| {
        let mut body = body.clone();
        body.pointer_mut(&place).unwrap().as_object_mut().unwrap().insert(name.to_owned(), json!("x"));
        (format!("{place}/{name}"), body)
    };
    places.into_iter().map(put).collect()
}

#[test]
fn no_column_is_a_field_unless_the_document_says_so() {
    let columns = columns();
    assert!(columns.len() > 150 && columns.contains("password_hash"), "{}", columns.len());
    let fields: BTreeMap<String, BTreeSet<String>> =
        writes().into_iter().map(|one| (one.id.clone(), one.fields())).collect();
    let tried = RefCell::new(BTreeSet::new());
    let perform = |app: &TestApp, ask: &Ask| -> Answer {
        let id = operation(ask.method, &ask.path);
        if ask.file.is_none() && tried.borrow_mut().insert(id.clone()) {
            // The first use of a credential is noted: before the count.
            let own = ask.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let _warm = app.send("GET", "/api/v1/me", &own.collect::<Vec<_>>(), &Value::Null);
            let before = changes(app);
            for column in columns.difference(&fields[&id]) {
                for (pointer, body) in with(&ask.body, column) {
                    let answer = ask.send_with(app, &[], &body);
                    let refused = answer.json();
                    let named = (refused["errors"][0]["pointer"].as_str(), refused["errors"][0]["code"].as_str());
                    assert_eq!(answer.status, 422, "{id} {pointer}: {}", answer.text);
                    assert_eq!(named, (Some(pointer.as_str()), Some("unknown_field")), "{id}: {}", answer.text);
                }
            }
            assert_eq!(changes(app), before, "{id} changed a row");
        }
        ask.send(app)
    };
    let app = TestApp::with(without_limits());
    play(&app, &perform);
    let missed: Vec<&String> =
        fields.keys().filter(|id| !tried.borrow().contains(*id) && *id != "attach_file").collect();
    assert!(missed.iter().all(|id| id.starts_with("simulate_") || *id == "replay_scenario"), "{missed:?}");
}
