//! The role matrix of the pages: who gets which answer for each page that can be opened, and for each form that can be
//! sent. `UPDATE_MATRIX=1` writes the table; read every cell that changed: it is a right.
//!
//! A form is sent with what its use case takes, so that it is the right that answers and no field: the fields are those
//! of the operation of the API of the same name ([`acceptance::operations`]), as forms name them. Its cell says `ok`
//! wherever it is no refusal of a right: done, asked once more, or refused by a rule of the thing's state.

use crate::sent::own;
use crate::{whole, world};
use acceptance::contents;
use acceptance::operations::{Given, Operation, all};
use acceptance::people::{PASSWORD, email};
use acceptance::world::{ROLES, World, fill};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use testkit::app::{Answer, Face, TestApp, on_both_with};
use testkit::pages::{Browser, hidden};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/page_matrix.txt");
/// Pages that need something else than an id in their address.
const SPECIAL: [&str; 1] = ["/assets/{name}"];

#[test]
#[allow(clippy::disallowed_methods, reason = "the switch belongs to whoever runs the tests")]
fn every_page_answers_every_role_as_the_table_says() {
    let tables = std::sync::Mutex::new(Vec::new());
    on_both_with(Face::whole, |app| tables.lock().unwrap().push(seen(app)));
    let mut tables = tables.into_inner().unwrap();
    let (forms, wrong) = Stage::new().table();
    tables.iter_mut().for_each(|table| table.push_str(&forms));
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
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
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

/// Forms whose use case has another name.
const CALLED: [(&str, &str); 16] = [
    ("send_edited_post", "edit_post"),
    ("send_returned_post", "return_post"),
    ("send_hidden_post", "hide_post"),
    ("send_edited_comment", "edit_comment"),
    ("send_hidden_comment", "hide_comment"),
    ("send_removed_attachment", "remove_attachment"),
    ("send_application", "apply_to_call"),
    ("send_edited_application", "edit_application"),
    ("send_withdrawal", "withdraw_application"),
    ("send_release", "release_seat"),
    ("send_leave", "withdraw_waiting_entry"),
    ("send_decline", "decline_offer"),
    ("change_entry_call", "edit_entry_call"),
    ("invite_administrator", "invite_admin"),
    ("revoke_staff_grant", "revoke_grant"),
    ("disable_account", "disable_account"),
];

/// Forms that name 中井町 whoever sends them: another town is refused by that field, after the rights of the path.
const NAMES_A_TOWN: [&str; 1] = ["/contracts/{contract_id}/seat-requests/new"];

/// What a form wants that its use case does not know by that name, or that belongs together.
fn given(world: &World) -> Given {
    let id = |name: &str| world.ids[name].clone();
    BTreeMap::from([
        ("assign_seats", json!({"user_ids": [id("user_id")]})),
        ("release_seats", json!({"assignment_ids": [id("assignment_id")], "reason": "人事異動のため（架空）"})),
        ("withdraw_waiting_entry", json!({"entry_id": id("entry_id")})),
        (
            "create_entry_call",
            json!({
                "account_id": id("account_id"), "title": "受講者募集（架空）", "guidance": "", "capacity": 1, "policy": "selection",
                "closes_on": "2026-05-20",
            }),
        ),
        ("approve_seat_request", json!({"source": "reserve", "seats": 1, "reason": "予備席から配分します（架空）"})),
        ("revoke_grant", json!({"grant_id": id("grant_id")})),
        ("invite_member", json!({"member_id": id("other_member_id")})),
        (
            "invite_user",
            json!({
                "email": "new@town.example.jp", "display_name": "架空 新人", "kana": "かくう", "role": "contact", "member_id": id("member_id"),
            }),
        ),
        (
            "transfer_seats",
            json!({"kind": "grant", "to_account_id": id("account_id"), "seats": 1, "reason": "見直しのため（架空）"}),
        ),
    ])
}

/// Every page's forms, sent on copies of one world; whoever changed something leaves the next one a fresh copy.
struct Stage {
    _folder: tempfile::TempDir,
    template: PathBuf,
    world: World,
    /// Cookie and token of everybody, nobody first.
    visitors: Vec<(String, String)>,
    given: Given,
    operations: Vec<Operation>,
    app: Option<TestApp>,
    number: usize,
}

/// Everybody's cookie, and the token of their forms; nobody first.
fn visitors(app: &TestApp) -> Vec<(String, String)> {
    let enter = |role: &&str| {
        let browser = Browser::signed_in(app, &email(role), PASSWORD);
        let csrf = hidden(&browser.get("/me").text, "_csrf").unwrap();
        (browser.cookie, csrf)
    };
    std::iter::once((String::new(), String::new())).chain(ROLES.iter().map(enter)).collect()
}

/// The names and texts by which a form says what a command says.
fn flat(name: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    let under = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}/{part}") };
    match value {
        Value::Null | Value::Bool(false) => {}
        Value::Object(parts) => parts.iter().for_each(|(part, value)| flat(&under(part), value, fields)),
        Value::Array(items) if items.iter().all(|item| item.is_string()) => {
            items.iter().for_each(|item| flat(name, item, fields));
        }
        Value::Array(items) => (0..).zip(items).for_each(|(at, item)| flat(&under(&format!("{at}")), item, fields)),
        Value::String(text) => fields.push((name.to_owned(), text.clone())),
        other => fields.push((name.to_owned(), other.to_string())),
    }
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let template = folder.path().join("world.db");
        let app = whole();
        let (mut world, _) = world(&app);
        let visitors = visitors(&app);
        let lead = visitor(&app, &visitors[2]);
        let start = world.path("/surveys/{survey_id}/import");
        let sent = lead.upload(&lead.get(&start), &start, "a.csv", "団体コード\n143618\n".as_bytes());
        let draft = sent.headers["location"].trim_start_matches("/imports/").to_owned();
        world.ids.insert("import_id".to_owned(), draft);
        app.copy_to(&template);
        let given = given(&world);
        Self { _folder: folder, template, world, visitors, given, operations: all(), app: None, number: 0 }
    }

    /// What the form of an operation is filled with.
    fn fields(&self, page: &str) -> Vec<(String, String)> {
        let name = page.trim_start_matches("page_");
        let name = CALLED.iter().find(|(form, _)| *form == name).map_or(name, |(_, operation)| *operation);
        let body = self.given.get(name).cloned().or_else(|| {
            let operation = self.operations.iter().find(|operation| operation.id == name)?;
            Some(operation.body(&self.world.ids, &self.given))
        });
        let mut fields = Vec::new();
        flat("", &body.unwrap_or(Value::Null), &mut fields);
        fields
    }

    fn send(&mut self, route: &http_kit::fallback::Route, visitor_at: usize, absent: bool) -> Answer {
        let path = if absent {
            fill(&route.pattern, |_| "0199b3f0-0000-7000-8000-00000000dead".to_owned())
        } else {
            self.world.path(&route.pattern)
        };
        let fields = self.fields(&route.operation);
        self.number += 1;
        let app = self.app.get_or_insert_with(|| TestApp::on_copy_with(Face::whole(), &self.template));
        let answer = send(app, &self.visitors[visitor_at], &path, &fields, self.number);
        if answer.status < 400 {
            self.app = None;
        }
        answer
    }

    /// The rows of the forms, and the cells that say nothing about a right.
    fn table(&mut self) -> (String, Vec<String>) {
        let (mut table, mut wrong) = (String::new(), Vec::new());
        for route in forms() {
            write!(table, "POST {}", route.pattern).unwrap();
            for who in 0..self.visitors.len() {
                let answer = self.send(&route, who, false);
                assert!(answer.status < 500 && answer.status != 408, "{}: {}", route.pattern, answer.text);
                let field = !own(&route.pattern)
                    && !NAMES_A_TOWN.contains(&route.pattern.as_str())
                    && answer.status == 422
                    && answer.text.contains("<li><a href=\"#");
                if who > 0 && (field || [400, 415].contains(&answer.status)) {
                    let errors = answer.text.split("id=\"errors\"").nth(1).unwrap_or(&answer.text);
                    let errors: String = errors.chars().take(400).collect();
                    wrong.push(format!("{} as {}: {} {errors}", route.pattern, ROLES[who - 1], answer.status));
                }
                write!(table, " {}", cell(&answer, who)).unwrap();
            }
            let absent =
                if route.pattern.contains('{') { cell(&self.send(&route, 2, true), 2) } else { "-".to_owned() };
            writeln!(table, " {absent}").unwrap();
        }
        (table, wrong)
    }
}

/// The forms of all pages.
fn forms() -> Vec<http_kit::fallback::Route> {
    let mut routes = web::route_table();
    routes.retain(|route| route.method == "POST");
    routes.sort_by(|a, b| a.pattern.cmp(&b.pattern));
    routes
}

fn visitor<'a>(app: &'a TestApp, (cookie, _): &(String, String)) -> Browser<'a> {
    let mut browser = Browser::new(app);
    browser.cookie.clone_from(cookie);
    browser
}

/// Sends a form, with a file where it takes one.
fn send(app: &TestApp, who: &(String, String), path: &str, fields: &[(String, String)], number: usize) -> Answer {
    let browser = visitor(app, who);
    if path.ends_with("/import") || path.ends_with("/attachments/new") {
        let page = browser.get(if who.0.is_empty() { "/sign-in" } else { "/me" });
        let name = if path.ends_with("/import") { "表（架空）.csv" } else { "手順（架空）.txt" };
        let table = match path {
            people if people.ends_with("/staff/import") => "メールアドレス,氏名\n架空,架空\n",
            seats if seats.starts_with("/members/") => "職員ID,操作\n0,割当\n",
            _ => "団体コード\n143618\n",
        };
        return browser.upload(&page, path, name, table.as_bytes());
    }
    let once = format!("rights-{number}");
    let mut all = vec![("_csrf", who.1.as_str()), ("_once", once.as_str()), ("_version", "1")];
    all.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    browser.post(path, &all)
}

/// What the table says of an answer; somebody who is not signed in is led to sign in, or may send it.
fn cell(answer: &Answer, who: usize) -> String {
    match answer.status {
        403 | 404 => answer.status.to_string(),
        _ if who == 0 => if answer.text.contains("action=\"/sign-in\"")
            || answer.headers.get("location").is_some_and(|to| to.starts_with("/sign-in?"))
        {
            "sign-in"
        } else {
            "ok"
        }
        .to_owned(),
        _ => "ok".to_owned(),
    }
}

/// Whatever the table refuses changes nothing, on both databases.
#[test]
fn a_form_that_is_refused_changes_nothing() {
    on_both_with(Face::whole, send_what_is_refused);
}

fn send_what_is_refused(app: &TestApp) {
    let stored = std::fs::read_to_string(TABLE).unwrap();
    let rows: BTreeMap<&str, Vec<&str>> = stored
        .lines()
        .filter_map(|line| {
            let mut words = line.strip_prefix("POST ")?.split(' ');
            Some((words.next()?, words.collect()))
        })
        .collect();
    let (mut world, _people) = world(app);
    world.ids.insert("import_id".to_owned(), "0199b3f0-0000-7000-8000-00000000dead".to_owned());
    let visitors = visitors(app);
    let stage = Stage { given: given(&world), ..Stage::new() };
    let before = contents(app);
    let mut sent = 0;
    for route in forms() {
        for (who, visitor) in visitors.iter().enumerate() {
            let wanted = rows[route.pattern.as_str()][who];
            if wanted == "ok" || route.pattern.contains("{import_id}") {
                continue;
            }
            sent += 1;
            let answer = send(app, visitor, &world.path(&route.pattern), &stage.fields(&route.operation), sent);
            assert_eq!(cell(&answer, who), wanted, "{} as visitor {who}: {}", route.pattern, answer.text);
        }
    }
    assert!(sent > 300, "{sent} forms");
    let after = contents(app);
    let new: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
    assert!(new.is_empty() && after.len() == before.len(), "{new:#?}");
}
