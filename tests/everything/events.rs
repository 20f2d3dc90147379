//! S49: which operation leaves which events. The table is data, in `event_matrix.txt`; every operation of the document
//! that writes has a row, and every row is done for real, on both databases.
//!
//! `UPDATE_MATRIX=1` writes the table as it is now; read every row that changed.

use crate::{operation, without_limits, writes};
use acceptance::everything::play;
use acceptance::people::{People, email, text};
use acceptance::world::World;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use store::audit::AuditEntry;
use testkit::app::{TestApp, on_both, on_both_with};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/event_matrix.txt");

/// Operations without an event, each with its reason.
const SILENT: &[(&str, &str)] = &[
    ("preview_seat_request", "a question: changes nothing"),
    ("simulate_allocation", "a question: changes nothing"),
    ("simulate_price", "a question: changes nothing"),
    ("simulate_sharing", "a question: changes nothing"),
    ("replay_scenario", "a question: changes nothing"),
    ("view_acknowledgement", "a question: changes nothing, and the link belongs to its reader"),
    ("read_notice", "a mark on one's own notice"),
];

/// Which events an operation left, by how it was answered: `ok` or `refused`.
type Traces = BTreeMap<(String, &'static str), BTreeSet<String>>;

pub(crate) fn entries(app: &TestApp) -> Vec<AuditEntry> {
    let all = |db: &mut store::Db| -> Result<Vec<AuditEntry>, store::StoreError> {
        let mut entries = Vec::new();
        for chain in store::audit::chains(db)? {
            entries.extend(store::audit::entries_after(db, &chain.scope, 0, 100_000)?);
        }
        Ok(entries)
    };
    app.service.store().within(store::Fence::service_wide()).read_now(all).unwrap()
}

fn traces(app: &TestApp) -> Traces {
    let mut by_request: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in entries(app) {
        by_request.entry(entry.request_id).or_default().push(entry.action);
    }
    let mut traces = Traces::new();
    for seen in app.seen() {
        let how = match seen.status {
            403 => continue,
            400.. => "refused",
            _ => "ok",
        };
        let left = by_request.get(&seen.request_id).cloned().unwrap_or_default();
        let writes = seen.method != "GET";
        if !left.is_empty() || (writes && how == "ok") {
            traces.entry((operation(&seen.method, &seen.path), how)).or_default().extend(left);
        }
    }
    traces
}

/// What is refused before anybody is known, and with a right that is not enough.
fn refusals(app: &TestApp, people: &mut People<'_>) {
    let fail = |path: &str, bearer: Option<&str>, body: Value| {
        let bearer = bearer.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        let method = if path == "/me/password" { "PUT" } else { "POST" };
        let answer = app.send(method, &format!("/api/v1{path}"), &headers, &body);
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.text);
    };
    people.sign_in("colleague");
    let session = text(&people.sessions["colleague"]["access_token"]);
    fail("/sessions", None, json!({"email": email("learner"), "password": "違う合言葉です。違います。"}));
    fail("/sessions", None, json!({"email": "nobody@town.example.jp", "password": "違う合言葉です。違います。"}));
    fail("/sessions/step-up", Some(&session), json!({"password": "違う合言葉です。違います。"}));
    let change =
        json!({"current_password": "違う合言葉です。違います。", "new_password": "夜明けの海を渡る白い船の帆"});
    fail("/me/password", Some(&session), change);
    // A refresh token that was used before ends its session.
    let old = json!({"refresh_token": people.sessions["colleague"]["refresh_token"]});
    assert_eq!(app.send("POST", "/api/v1/sessions/refresh", &[], &old).status, 200);
    app.clock.advance(chrono::Duration::seconds(20));
    fail("/sessions/refresh", None, old);
    let unknown = format!("yui_ref_{}", "A".repeat(43));
    fail("/sessions/refresh", None, json!({"refresh_token": unknown}));
}

/// Operations whose answer tells who somebody is although no event says so, each with its reason.
const TOLD: &[(&str, &str)] = &[
    ("list_posts", "who writes on the board signs for the consortium"),
    ("get_post", "who writes on the board signs for the consortium"),
    ("list_comments", "who writes on the board signs for the consortium"),
    ("list_post_revisions", "who writes on the board signs for the consortium"),
];

/// Reads of rows about people by those who do not act for them: an answer that tells a mail address, or a name beside what
/// it belongs to, stands in the access log.
fn looks(app: &TestApp, world: &World, people: &People<'_>) {
    let mut told = BTreeSet::new();
    for who in ["auditor", "lead", "contact"] {
        for read in acceptance::operations::all().into_iter().filter(|one| !one.writes() && !one.is_open()) {
            let Some(pattern) = read.pattern.strip_prefix("/api/v1") else { continue };
            let places = pattern.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            if places.into_iter().all(|name| world.ids.contains_key(name)) {
                let given = [("ids", json!(world.ids["scenario_id"])), ("q", json!("a"))].into();
                let path = world.path(pattern) + &read.query(&world.ids, &given);
                let answer = people.send(who, "GET", &path, &Value::Null);
                let text = answer.text.replace(&email(who), "").replace(&format!("架空 {who}"), "");
                let of_others = text.contains("@town.example.jp") || text.contains("\"架空 ");
                if answer.status == 200 && of_others && who != "contact" {
                    told.insert((who, read.id.clone(), answer.headers["x-request-id"].clone()));
                }
            }
        }
    }
    let logged: BTreeSet<String> = entries(app)
        .into_iter()
        .filter(|entry| entry.action == "personal.viewed")
        .map(|entry| entry.request_id)
        .collect();
    let silent: Vec<_> = told
        .iter()
        .filter(|(who, id, request)| {
            // Contacts and auditors are the lead's own people: invited, and switched off, by the lead.
            let own = *who == "lead" && id == "list_users";
            !own && !logged.contains(request) && !TOLD.iter().any(|(of, _)| of == id)
        })
        .collect();
    assert!(silent.is_empty(), "read past the access log: {silent:?}");
    assert!(told.len() >= 6, "{told:?}");
}

#[test]
fn every_operation_that_writes_leaves_the_events_of_its_row() {
    let tables = std::sync::Mutex::new(Vec::new());
    on_both_with(without_limits, |app| {
        let (world, mut people) = play(app, &|app, ask| ask.send(app));
        refusals(app, &mut people);
        looks(app, &world, &people);
        let traces = traces(app);
        let silent: Vec<&str> = SILENT.iter().map(|(id, _)| *id).collect();
        let done = |id: &String| silent.contains(&id.as_str()) || traces.contains_key(&(id.clone(), "ok"));
        let undone: Vec<String> = writes().into_iter().map(|one| one.id).filter(|id| !done(id)).collect();
        assert!(undone.is_empty(), "not done in `everything.rs`: {undone:?}");
        for ((id, how), events) in &traces {
            let quiet = silent.contains(&id.as_str());
            assert_eq!(events.is_empty(), quiet, "{id} {how}: {events:?}");
        }
        let words = include_str!("../../crates/web/src/audit.rs");
        for entry in entries(app) {
            whole(&entry);
            // Who reads the trail of a consortium on the page reads words.
            let named = entry.consortium_id.is_none() || words.contains(&format!("(\"{}\", ", entry.action));
            assert!(named, "{} has no words in web/src/audit.rs", entry.action);
        }
        tables.lock().unwrap().push(printed(&traces));
    });
    let tables = tables.into_inner().unwrap();
    assert!(tables.iter().all(|table| *table == tables[0]), "both databases leave the same");
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        std::fs::write(TABLE, &tables[0]).unwrap();
    }
    let stored = std::fs::read_to_string(TABLE).unwrap_or_default();
    for (wanted, found) in stored.lines().zip(tables[0].lines()) {
        assert_eq!(wanted, found, "read the row, then UPDATE_MATRIX=1");
    }
    assert_eq!(stored.lines().count(), tables[0].lines().count(), "rows were added or lost: UPDATE_MATRIX=1");
}

/// Who, in which role and where, from which address, when, what, and by which request.
fn whole(entry: &AuditEntry) {
    let roles = ["admin", "lead", "contact", "learner", "auditor"];
    let known = entry.actor_id.is_some();
    // What failed names the account that was tried, and no role: nobody was there.
    let acted = roles.contains(&entry.actor_role.as_str()) || entry.outcome != "done" || entry.actor_role == "none";
    assert!(if known { acted } else { entry.actor_role == "service" }, "{entry:?}");
    assert!(!entry.action.is_empty() && !entry.subject_kind.is_empty() && !entry.subject_id.is_empty(), "{entry:?}");
    let by_request = entry.request_id.len() == 36;
    // The command line and the worker have no address.
    assert_eq!(entry.ip.is_empty(), !by_request, "{entry:?}");
    assert!(by_request || entry.request_id.contains('-'), "{entry:?}");
    assert_eq!(entry.consortium_id.as_deref().unwrap_or("service"), entry.scope, "{entry:?}");
}

fn printed(traces: &Traces) -> String {
    let mut text = HEAD.to_owned();
    for ((operation, how), events) in traces {
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        let events = if events.is_empty() { "-".to_owned() } else { events.join(" ") };
        writeln!(text, "{operation:<32} {how:<8} {events}").unwrap();
    }
    text
}

const HEAD: &str = "\
# Which operation leaves which events in the audit trail. `ok`: it was done; `refused`: nobody known, or a wrong secret.
# Every refused right (403) leaves `access.denied` with the name of the operation, sixty an hour for each account.
# operation                      how      events
";

/// S49: a refused right stands in the trail of the consortium that it was asked in — so often, then as a number.
#[test]
fn refused_rights_are_recorded_and_do_not_fill_the_disk() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let before = entries(app).len();
        let path = world.path("/consortia/{consortium_id}/rounds");
        for _ in 0..100 {
            assert_eq!(people.send("learner", "GET", &path, &Value::Null).status, 403);
        }
        let denied = |app: &TestApp| -> Vec<AuditEntry> {
            entries(app).into_iter().filter(|entry| entry.action == "access.denied").collect()
        };
        let mut found = denied(app);
        assert_eq!(found.len(), 60);
        assert_eq!(entries(app).len(), before + 60);
        assert!(found.iter().all(|entry| entry.subject_id == "list_rounds"
            && entry.outcome == "denied"
            && entry.actor_role == "learner"
            && entry.actor_id.as_ref() == Some(&people.users["learner"])
            && entry.scope == world.ids["consortium_id"]));
        app.clock.advance(chrono::Duration::hours(1));
        people.send("learner", "GET", &path, &Value::Null);
        found = denied(app);
        assert_eq!(found.last().unwrap().details, "{\"left_out_before\":40}");
        // A token that may only read, and an administrator's own realm, belong to whoever asks.
        people.send("admin", "GET", &path, &Value::Null);
        assert_eq!(
            denied(app)
                .iter()
                .filter(|entry| entry.actor_role == "admin")
                .map(|entry| entry.scope.as_str())
                .collect::<Vec<_>>(),
            ["service"]
        );
        acceptance::assert_verified(app);
    });
}

/// Forms whose name does not say which operation they are; none: they change nothing but what waits for its confirmation,
/// or belong to a browser alone, where stories of their own (`tests/pages/accounts.rs`) hold what they do.
const PAGES: &[(&str, Option<&str>)] = &[
    ("page_show_acknowledgement", Some("view_acknowledgement")),
    ("page_acknowledge", Some("acknowledge_application")),
    ("page_send_edited_comment", Some("edit_comment")),
    ("page_send_hidden_comment", Some("hide_comment")),
    ("page_send_edited_post", Some("edit_post")),
    ("page_send_returned_post", Some("return_post")),
    ("page_send_hidden_post", Some("hide_post")),
    ("page_read_all_notices", Some("read_notice")),
    ("page_send_release", Some("release_seat")),
    ("page_release_seats", Some("release_seat")),
    ("page_send_leave", Some("withdraw_waiting_entry")),
    ("page_send_decline", Some("decline_offer")),
    ("page_change_entry_call", Some("edit_entry_call")),
    ("page_send_application", Some("apply_to_call")),
    ("page_send_edited_application", Some("edit_application")),
    ("page_send_withdrawal", Some("withdraw_application")),
    ("page_send_sign_in_code", Some("finish_sign_in")),
    ("page_send_removed_attachment", Some("remove_attachment")),
    ("page_send_password_reset", Some("request_password_reset")),
    ("page_end_sessions", Some("revoke_all_sessions")),
    ("page_end_session", Some("revoke_session")),
    ("page_end_account_sessions", Some("revoke_user_sessions")),
    ("page_invite_administrator", Some("invite_admin")),
    ("page_retry_service_mail", Some("retry_mail")),
    ("page_revoke_staff_grant", Some("revoke_grant")),
    ("page_ask_publish_allocation", None),
    ("page_upload_answers", None),
    ("page_upload_assignments", None),
    ("page_upload_people", None),
    ("page_confirm_import", None),
    ("page_choose_place", None),
    ("page_request_email_change", None),
    ("page_confirm_email_change", None),
];

/// The pages act through the use cases of the API: each form is one of its operations, and leaves the events of its row.
#[test]
fn every_form_is_an_operation_of_the_table() {
    let known: BTreeSet<String> = writes().into_iter().map(|one| one.id).collect();
    let mut lost = Vec::new();
    for route in web::route_table().into_iter().filter(|route| route.method == "POST") {
        let name = route.operation.trim_start_matches("page_").trim_start_matches("send_");
        let named = match PAGES.iter().find(|(page, _)| *page == route.operation) {
            Some((_, named)) => *named,
            None => Some(name),
        };
        if named.is_some_and(|named| !known.contains(named)) {
            lost.push(format!("{} {}", route.operation, route.pattern));
        }
    }
    assert!(lost.is_empty(), "which operations of the API are these? Say so in PAGES: {lost:#?}");
}
