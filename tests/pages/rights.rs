//! The role matrix of the pages: who gets which answer for each page that can be opened. `UPDATE_MATRIX=1` writes the
//! table; read every cell that changed: it is a right.

use crate::world;
use acceptance::contents;
use acceptance::people::{PASSWORD, email};
use acceptance::world::{ROLES, fill};
use std::fmt::Write as _;
use testkit::app::{Face, TestApp, on_both_with};
use testkit::pages::Browser;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/page_matrix.txt");
/// Pages that need something else than an id in their address.
const SPECIAL: [&str; 1] = ["/assets/{name}"];

#[test]
#[allow(clippy::disallowed_methods, reason = "the switch belongs to whoever runs the tests")]
fn every_page_answers_every_role_as_the_table_says() {
    let tables = std::sync::Mutex::new(Vec::new());
    on_both_with(Face::whole, |app| tables.lock().unwrap().push(seen(app)));
    let tables = tables.into_inner().unwrap();
    if std::env::var("UPDATE_MATRIX").is_ok() {
        std::fs::write(TABLE, &tables[0]).unwrap();
    }
    let stored = std::fs::read_to_string(TABLE).unwrap_or_default();
    for table in &tables {
        for (wanted, seen) in stored.lines().zip(table.lines()) {
            assert_eq!(wanted, seen, "read the row, then UPDATE_MATRIX=1");
        }
        assert_eq!(stored.lines().count(), table.lines().count());
    }
}

/// The table as this service answers.
fn seen(app: &TestApp) -> String {
    let (mut world, _) = world(app);
    let visitors: Vec<Browser<'_>> = std::iter::once(Browser::new(app))
        .chain(ROLES.iter().map(|role| Browser::signed_in(app, &email(role), PASSWORD)))
        .collect();
    let start = world.path("/surveys/{survey_id}/import");
    let file = "団体コード\n143618\n".as_bytes();
    let sent = visitors[2].upload(&visitors[2].get(&start), &start, "a.csv", file);
    let draft = sent.headers["location"].trim_start_matches("/imports/").to_owned();
    world.ids.insert("import_id".to_owned(), draft);
    let mut table = "# page".to_owned();
    for role in std::iter::once("nobody").chain(ROLES).chain(["absent"]) {
        write!(table, " {role}").unwrap();
    }
    table.push('\n');
    let mut routes = web::route_table();
    routes.retain(|route| route.method == "GET" && !SPECIAL.contains(&route.pattern.as_str()));
    routes.sort_by(|a, b| a.pattern.cmp(&b.pattern));
    for route in routes {
        let path = world.path(&route.pattern);
        let absent = fill(&route.pattern, |_| "0199b3f0-0000-7000-8000-00000000dead".to_owned());
        write!(table, "{}", route.pattern).unwrap();
        for visitor in &visitors {
            let answer = visitor.get(&path);
            assert!(answer.status < 500, "{path}: {}", answer.text);
            write!(table, " {}", answer.status).unwrap();
        }
        let lead = &visitors[2];
        writeln!(table, " {}", lead.get(&absent).status).unwrap();
    }
    table
}

/// S18: looking changes nothing, whoever looks at whatever page.
#[test]
fn looking_at_pages_changes_nothing() {
    on_both_with(Face::whole, look_around);
}

fn look_around(app: &TestApp) {
    let (world, _) = world(app);
    let visitors: Vec<Browser<'_>> = ROLES.iter().map(|role| Browser::signed_in(app, &email(role), PASSWORD)).collect();
    let before = contents(app);
    assert!(before.len() > 100, "{} rows", before.len());
    for route in web::route_table() {
        if route.method != "GET" || SPECIAL.contains(&route.pattern.as_str()) || route.pattern.contains("{import_id}") {
            continue;
        }
        for visitor in &visitors {
            let _seen = visitor.get(&world.path(&route.pattern));
        }
    }
    let after = contents(app);
    let new: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
    assert!(new.is_empty(), "{new:#?}");
    assert_eq!(before.len(), after.len());
}
