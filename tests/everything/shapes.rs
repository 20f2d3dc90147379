//! S23: which fields each role gets from each operation that reads. The table is data, in `response_keys.txt`;
//! `UPDATE_MATRIX=1` writes it as it is now: read every line that changed, it is something that a role gets to see.

use acceptance::contents;
use acceptance::operations::{Given, all};
use acceptance::people::email;
use acceptance::world::{ROLES, World};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use testkit::app::{TestApp, on_both};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/response_keys.txt");

/// Columns that no answer may have, whoever reads.
const NEVER: [&str; 18] = [
    "password_hash",
    "password",
    "token",
    "token_hash",
    "cookie_hash",
    "code_hash",
    "sealed_seed",
    "lottery_seed",
    "session_version",
    "search_key",
    "to_address",
    "request_hash",
    "refresh_token",
    "access_token",
    "previous_hash",
    "claimed_until",
    "granted_by",
    "supervisor_token",
];

/// Whose fields are no fixed set: facts of an event, a calculation's inputs and reasons, the document itself.
const OPEN: [&str; 3] = ["details", "schedule", "price_effect"];
const NO_VIEW: [&str; 4] = ["get_openapi", "get_metrics", "get_problem_page", "get_jwks"];

fn fields(value: &Value, at: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                into.insert(path.clone());
                if !OPEN.contains(&name.as_str()) {
                    fields(inner, &path, into);
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| fields(one, &format!("{at}[]"), into)),
        _ => {}
    }
}

fn given(world: &World) -> Given {
    Given::from([("ids", json!(world.ids["scenario_id"])), ("q", json!("%E8%BB%A2%E8%A8%98"))])
}

/// Operation → fields → the roles that get them.
fn table(app: &TestApp, world: &World) -> String {
    let mut text = HEAD.to_owned();
    let reads = all().into_iter().filter(|one| !one.writes() && !NO_VIEW.contains(&one.id.as_str()));
    for read in reads {
        let path = world.path(&read.pattern) + &read.query(&world.ids, &given(world));
        let mut by_fields: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for role in ROLES {
            let bearer = format!("Bearer {}", world.sessions[role]);
            let answer = app.send("GET", &path, &[("authorization", &bearer)], &Value::Null);
            if answer.status != 200 || !answer.headers["content-type"].starts_with("application/json") {
                continue;
            }
            let mut names = BTreeSet::new();
            fields(&answer.json(), "", &mut names);
            for name in &names {
                let last = name.rsplit(['.', ']']).next().unwrap();
                assert!(!NEVER.contains(&last), "{} as {role}: {name}", read.id);
            }
            by_fields.entry(names.into_iter().collect::<Vec<_>>().join(" ")).or_default().push(role);
        }
        for (names, roles) in by_fields {
            writeln!(text, "{} {}: {}", read.id, roles.join(","), if names.is_empty() { "-" } else { &names }).unwrap();
        }
    }
    text
}

const HEAD: &str = "\
# Which fields each role gets from each operation that reads, in the world of the role matrix. One line for each set of
# fields; what is not listed for a role is a refusal, or nothing.
";

#[test]
fn every_role_gets_the_fields_of_its_row() {
    let tables = std::sync::Mutex::new(Vec::new());
    on_both(|app| {
        let (world, _) = World::build(app);
        tables.lock().unwrap().push(table(app, &world));
    });
    let tables = tables.into_inner().unwrap();
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        std::fs::write(TABLE, &tables[0]).unwrap();
    }
    let stored = std::fs::read_to_string(TABLE).unwrap_or_default();
    for found in &tables {
        for (wanted, seen) in stored.lines().zip(found.lines()) {
            assert_eq!(wanted, seen, "read the line, then UPDATE_MATRIX=1");
        }
        assert_eq!(stored.lines().count(), found.lines().count(), "lines were added or lost: UPDATE_MATRIX=1");
    }
}

/// S18: reading changes nothing, whoever reads what.
#[test]
fn no_read_changes_a_row() {
    on_both(|app| {
        let (world, _) = World::build(app);
        let before = contents(app);
        assert!(before.len() > 100, "{} rows", before.len());
        let reads = all().into_iter().filter(|one| !one.writes());
        let mut answered = 0;
        for read in reads {
            let path = world.path(&read.pattern) + &read.query(&world.ids, &given(&world));
            for role in ROLES {
                let bearer = format!("Bearer {}", world.sessions[role]);
                let answer = app.send("GET", &path, &[("authorization", &bearer)], &Value::Null);
                answered += usize::from(answer.status == 200);
            }
        }
        assert!(answered > 200, "{answered} reads were answered");
        let after = contents(app);
        let new: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
        assert!(new.is_empty(), "{new:#?}");
        assert_eq!(before.len(), after.len());
    });
}

/// A learner reads no other person's mail address, name of an account, or application, in whatever answer.
#[test]
fn a_learner_sees_nobody_else_s_address() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let reads = all().into_iter().filter(|one| !one.writes() && one.id != "get_openapi");
        let mut read_any = 0;
        for read in reads {
            let Some(pattern) = read.pattern.strip_prefix("/api/v1") else { continue };
            let path = world.path(pattern) + &read.query(&world.ids, &given(&world));
            let answer = people.send("learner", "GET", &path, &Value::Null);
            let others = answer.text.replace(&email("learner"), "").replace("boss@town.example.jp", "");
            assert!(!others.contains('@'), "{}: {}", read.id, answer.text);
            // On the board people sign what they write.
            let neighbours: &[&str] = if read.pattern.contains("/posts") { &[] } else { &["contact", "colleague"] };
            let strangers = ["other_town", "other_learner", "lead", "auditor", "stranger"];
            for who in strangers.iter().chain(neighbours) {
                assert!(!others.contains(&format!("架空 {who}")), "{} tells {who}: {}", read.id, answer.text);
            }
            read_any += usize::from(answer.status == 200);
        }
        assert!(read_any > 20, "{read_any}");
    });
}
