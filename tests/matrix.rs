//! The role matrix: which role gets which answer from which operation. The table is data, in `role_matrix.txt`;
//! an operation without a row fails, a row without an operation, too. What a caller may not see answers 404,
//! byte for byte as if it did not exist.
//!
//! `UPDATE_MATRIX=1` writes the table as it is now; every change of a cell is a change of rights, to be read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use acceptance::assert_verified;
use acceptance::operations::{Given, Operation, all};
use acceptance::people::{PASSWORD, email};
use acceptance::world::{ROLES, World, fill};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use testkit::app::{Answer, TestApp, on_both};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/role_matrix.txt");
const NOWHERE: &str = "0199b3f0-0000-7000-8000-00000000dead";

/// Serves copies of one world; whoever changed something leaves the next one a fresh copy.
struct Stage {
    _folder: tempfile::TempDir,
    template: PathBuf,
    world: World,
    given: Given,
    /// Audit entries that the world begins with.
    entries: i64,
    /// Whether the last write that succeeded left one more.
    traced: bool,
    app: Option<TestApp>,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let template = folder.path().join("world.db");
        let app = TestApp::start();
        let (world, _) = World::build(&app);
        app.copy_to(&template);
        let entries = audit_entries(&app);
        let given = given(&world);
        Self { _folder: folder, template, world, given, entries, traced: false, app: None }
    }

    /// The path of an operation, its ids those of the world or nowhere.
    fn path(&self, operation: &Operation, absent: bool) -> String {
        let id =
            |name: &str| if absent { NOWHERE.to_owned() } else { self.world.ids[place(&operation.id, name)].clone() };
        fill(&operation.pattern, id) + &operation.query(&self.world.ids, &self.given)
    }

    fn ask(&mut self, operation: &Operation, who: Option<&str>, absent: bool) -> Answer {
        let path = self.path(operation, absent);
        let body = operation.body(&self.world.ids, &self.given);
        let bearer = who.map(|who| format!("Bearer {}", self.world.sessions[who]));
        let mut headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        if operation.writes() {
            headers.push(("if-match", "\"1\""));
        }
        let app = self.app.get_or_insert_with(|| TestApp::on_copy(&self.template));
        let answer = if operation.takes_a_file() {
            app.send_file(&path, &headers, "手順（架空）.txt", "手順です。".as_bytes())
        } else {
            app.send(&operation.method, &path, &headers, &body)
        };
        if operation.writes() && answer.status < 300 {
            self.traced = audit_entries(app) > self.entries;
            self.app = None;
        }
        answer
    }

    /// The cells of an operation, and what is wrong with its answers beside their status.
    fn row(&mut self, operation: &Operation) -> (Vec<String>, Vec<String>) {
        let (mut cells, mut wrong) = (Vec::new(), Vec::new());
        let who = std::iter::once(None).chain(ROLES.into_iter().map(Some)).map(|who| (who, false));
        let absent = operation.has_ids().then_some((Some("lead"), true));
        for (who, absent) in who.chain(absent) {
            let answer = self.ask(operation, who, absent);
            let at = format!("{} as {who:?}: {} {}", operation.id, answer.status, answer.text);
            if operation.writes()
                && answer.status < 300
                && !LEAVES_NO_TRACE.contains(&operation.id.as_str())
                && !self.traced
            {
                wrong.push(format!("{} as {who:?} left no audit entry", operation.id));
            }
            // A request that cannot be read says nothing about rights.
            if answer.status >= 500
                || [400, 428].contains(&answer.status)
                || (answer.status == 422 && !NAMES_A_TOWN.contains(&operation.id.as_str()))
            {
                wrong.push(at);
            }
            if answer.status == 404 && operation.has_ids() && !absent {
                let nowhere = self.ask(operation, who, true);
                if bare(&answer) != bare(&nowhere) {
                    wrong.push(format!(
                        "{} as {who:?} tells what exists: {} / {}",
                        operation.id, answer.text, nowhere.text
                    ));
                }
            }
            cells.push(match answer.status {
                401 | 403 | 404 => answer.status.to_string(),
                _ => "ok".to_owned(),
            });
        }
        cells.resize(ROLES.len() + 2, "-".to_owned());
        (cells, wrong)
    }
}

fn audit_entries(app: &TestApp) -> i64 {
    let count = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM audit_entries";
    app.service.store().read_now(|db| store::fixtures::number(db, count)).unwrap()
}

/// S49: writes that change nothing, in this world at least (nobody has marked the post there).
const LEAVES_NO_TRACE: &[&str] = &[
    "preview_seat_request",
    "read_notice",
    "unmark_helpful",
    "simulate_allocation",
    "simulate_price",
    "simulate_sharing",
    "replay_scenario",
    "view_acknowledgement",
];

/// Rows whose body names 中井町 whoever asks: refused as a field, after the rights of the path were looked at.
const NAMES_A_TOWN: &[&str] = &["submit_seat_request", "preview_seat_request", "transfer_seats/return"];

/// Operations that have more than one subject: each gets a row of its own.
const VARIANTS: &[(&str, &str)] = &[
    ("get_post", "get_post/of_town"),
    ("create_comment", "create_comment/of_town"),
    ("invite_user", "invite_user/lead"),
    ("invite_user", "invite_user/learner"),
    ("transfer_seats", "transfer_seats/return"),
    ("get_seat_account", "get_seat_account/reserve"),
];

/// Where an operation asks for another row than the name of its place says.
fn place<'a>(operation: &str, name: &'a str) -> &'a str {
    match (operation, name) {
        ("get_public_post" | "list_public_attachments", "post_id") => "public_post_id",
        ("download_public_attachment", "attachment_id") => "public_attachment_id",
        ("get_post/of_town" | "create_comment/of_town", "post_id") => "town_post_id",
        ("get_seat_account/reserve", "account_id") => "reserve_account_id",
        _ => name,
    }
}

fn rows() -> Vec<Operation> {
    let operations = all();
    let variants = VARIANTS.iter().map(|(of, row)| {
        let mut operation = operations.iter().find(|operation| operation.id == *of).unwrap().clone();
        operation.id = (*row).to_owned();
        operation
    });
    let variants: Vec<_> = variants.collect();
    operations.into_iter().chain(variants).collect()
}

/// What the document cannot say: secrets, and bodies in which fields belong together.
fn given(world: &World) -> Given {
    let id = |name: &str| world.ids[name].clone();
    BTreeMap::from([
        ("sign_in", json!({"email": email("learner"), "password": PASSWORD})),
        ("step_up", json!({"password": PASSWORD})),
        ("refresh_session", json!({"refresh_token": world.refresh_token})),
        ("change_password", json!({"current_password": PASSWORD, "new_password": "夜明けの海を渡る白い船の帆"})),
        ("invite_user", invite("contact", Some(id("member_id")))),
        ("invite_user/lead", invite("lead", Some(id("lead_member_id")))),
        ("invite_user/learner", invite("learner", Some(id("member_id")))),
        ("transfer_seats", movement("grant", &id("reserve_account_id"), Some(id("account_id")))),
        ("transfer_seats/return", movement("return", &id("account_id"), None)),
        ("assign_seats", json!({"user_ids": [id("user_id")], "mode": "each"})),
        ("approve_seat_request", json!({"source": "reserve", "seats": 1, "reason": "予備席から配分します。"})),
        (
            "simulate_allocation",
            json!({"supply": 10, "rule": "webster", "claims": [{"id": "a", "weight": 2}, {"id": "b"}]}),
        ),
        (
            "simulate_sharing",
            json!({"total_yen": 800, "members": [{"id": "a"}, {"id": "b"}], "rule": {"kind": "equal"}}),
        ),
        (
            "simulate_price",
            json!({"price": {"mode": "per_seat", "tiers": [{"up_to": null, "unit": "24000"}]}, "seats": [10]}),
        ),
        ("ids", json!(id("scenario_id"))),
        ("q", json!("%E8%BB%A2%E8%A8%98")),
    ])
}

fn invite(role: &str, member: Option<String>) -> Value {
    json!({"email": "new@town.example.jp", "display_name": "架空 新人", "kana": "かくう", "role": role, "member_id": member})
}

fn movement(kind: &str, from: &str, to: Option<String>) -> Value {
    json!({"kind": kind, "from_account_id": from, "to_account_id": to, "seats": 1, "reason": "見直しのため（架空）"})
}

/// An answer without what differs from request to request.
fn bare(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    if let Some(object) = body.as_object_mut() {
        object.retain(|name, _| !["request_id", "instance"].contains(&name.as_str()));
    }
    (answer.status, body)
}

#[test]
fn every_role_gets_the_answer_of_its_row() {
    let mut stage = Stage::new();
    let (mut found, mut wrong) = (BTreeMap::new(), Vec::new());
    for operation in rows() {
        let (cells, faults) = stage.row(&operation);
        found.insert(operation.id.clone(), cells);
        wrong.extend(faults);
    }
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        std::fs::write(TABLE, printed(&found)).unwrap();
    }
    let table = std::fs::read_to_string(TABLE).unwrap_or_default();
    let rows: BTreeMap<String, Vec<String>> = table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            (words.next().unwrap(), words.collect())
        })
        .collect();
    let names: std::collections::BTreeSet<&String> = rows.keys().chain(found.keys()).collect();
    wrong.extend(
        names
            .into_iter()
            .filter(|name| rows.get(*name) != found.get(*name))
            .map(|name| format!("{name}: the table says {:?}, the service {:?}", rows.get(name), found.get(name))),
    );
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

fn printed(found: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = HEAD.to_owned();
    for (name, cells) in found {
        write!(text, "{name:<32}").unwrap();
        for cell in cells {
            write!(text, " {cell:<10}").unwrap();
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

const HEAD: &str = "\
# Who gets which answer. 401, 403 and 404 are refusals; `ok` is every other answer that is no fault of the service
# (also 409 and 412: the caller may, the state does not allow it); `-` where the path names nothing.
# The subject belongs to the town 中井町 of consortium A, what is personal to its learner; `other_town` is the contact
# of 松田町, `stranger` the lead of consortium B, `absent` the lead of A asking for ids that do not exist.
# operation                      anonymous  admin      lead       contact    learner    auditor    other_town stranger   absent
";

#[test]
fn the_world_of_the_matrix_is_sound_on_both_databases() {
    on_both(|app| {
        World::build(app);
        assert_verified(app);
    });
}
