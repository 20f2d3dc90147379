//! What a consortium owns, table by table, for handing it over in plain files.
//!
//! The list says every column that leaves; what is not named stays: password and token hashes, seeds, sessions, the texts
//! of mails. A row is read as one JSON array, which both databases write.

use crate::schema::attachments;
use crate::{Backend, Db, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::Value;

/// How the text of a column is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text, a number, or a day (`YYYY-MM-DD`), as it stands.
    Plain,
    /// Yes or no.
    Flag,
    /// An instant, RFC 3339 in UTC.
    Instant,
    /// JSON kept as text.
    Json,
}

/// One table as it leaves.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The name of its file.
    pub name: &'static str,
    /// The columns, by name; the first is the key by which rows are ordered.
    columns: &'static str,
    /// Where the rows stand, with `t` as their name, and which of them belong to the consortium `$1`.
    from: &'static str,
}

const OWN: &str = "t.consortium_id = $1";

/// Columns that hold JSON, in whatever table.
const JSON: [&str; 13] = [
    "answers",
    "details",
    "inputs",
    "price_effect",
    "price_points",
    "questions",
    "result",
    "rule_versions",
    "schedule",
    "sharing_reason",
    "story",
    "allocation_reason",
    "share_reason",
];
const FLAGS: [&str; 2] = ["is_lead", "tax_included"];

const fn of(name: &'static str, from: &'static str, columns: &'static str) -> Table {
    Table { name, columns, from }
}

/// Every table of a consortium, in the order of the fiscal year.
pub const TABLES: &[Table] = &[
    Table {
        name: "consortium",
        from: "consortia t WHERE t.id = $1",
        columns: "id, name, created_at, updated_at, version",
    },
    of(
        "members",
        "members t",
        "id, municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, version",
    ),
    Table {
        name: "people",
        from: "users t WHERE t.id IN (SELECT g.user_id FROM grants g WHERE g.consortium_id = $1)",
        columns: "id, email, display_name, kana, state, created_at, updated_at",
    },
    of("grants", "grants t", "id, user_id, role, member_id, granted_by, created_at, revoked_at"),
    of(
        "rounds",
        "rounds t",
        "id, title, product, fiscal_year, contract_mode, census_year, seats_counted_on, stage, created_at, updated_at, version",
    ),
    of("round_members", "round_members t", "round_id, member_id, created_at"),
    of(
        "surveys",
        "surveys t",
        "id, round_id, kind, title, note, deadline_on, state, opened_at, closed_at, created_at, updated_at, version",
    ),
    of(
        "survey_answers",
        "survey_answers t",
        "id, survey_id, member_id, state, low_seats, base_seats, high_seats, minimum_seats, budget_cap_yen, price_points, reason, return_reason, submitted_at, submitted_by, created_at, updated_at, version",
    ),
    of("survey_reminders", "survey_reminders t", "id, survey_id, member_id, sent_by, sent_at"),
    of(
        "quotes",
        "quotes t",
        "id, round_id, vendor, title, valid_until_on, schedule, tax_rate, tax_included, note, created_at, updated_at, version",
    ),
    of(
        "scenarios",
        "scenarios t",
        "id, round_id, quote_id, name, state, inputs, result, input_hash, result_hash, rule_versions, seats, total_yen, finalised_at, finalised_by, created_at, updated_at, version",
    ),
    of(
        "contracts",
        "contracts t",
        "id, round_id, scenario_id, number, vendor, starts_on, ends_on, seats, ex_tax_yen, tax_yen, total_yen, state, signed_on, created_at, updated_at, version",
    ),
    of(
        "contract_amendments",
        "contract_amendments t",
        "id, contract_id, seats, ex_tax_yen, tax_yen, reason, effective_on, created_by, created_at",
    ),
    of(
        "shares",
        "shares t",
        "id, contract_id, member_id, seats, share_yen, remainder_yen, stand_alone_yen, reason AS share_reason, created_at",
    ),
    of("seat_accounts", "seat_accounts t", "id, contract_id, member_id, kind, balance, assigned, held, created_at"),
    of(
        "seat_transfers",
        "seat_transfers t",
        "id, contract_id, from_account_id, to_account_id, seats, kind, reason, corrects_id, created_by, created_at",
    ),
    of(
        "allocations",
        "allocations t",
        "id, contract_id, state, published_at, published_by, created_at, updated_at, version",
    ),
    of(
        "allocation_lines",
        "allocation_lines t",
        "id, allocation_id, member_id, seats, reason AS allocation_reason, explanation",
    ),
    of(
        "assignments",
        "assignments t",
        "id, contract_id, account_id, user_id, application_id, source, assigned_by, assigned_at, released_at, release_reason, released_by, version",
    ),
    of(
        "waiting_entries",
        "waiting_entries t",
        "id, account_id, user_id, application_id, sequence, state, created_at, updated_at, version",
    ),
    of(
        "offers",
        "offers t",
        "id, account_id, waiting_entry_id, user_id, state, offered_at, expires_at, answered_at, version",
    ),
    of(
        "entry_calls",
        "entry_calls t",
        "id, member_id, contract_id, account_id, title, guidance, capacity, policy, questions, closes_on, state, created_at, updated_at, version",
    ),
    of(
        "applications",
        "applications t",
        "id, member_id, call_id, user_id, want_to_learn, problem_at_work, answers, supervisor_name, supervisor_email, state, acknowledged_at, decision_reason, decided_by, decided_at, created_at, updated_at, version",
    ),
    of(
        "seat_requests",
        "seat_requests t",
        "id, contract_id, member_id, seats, reason, price_effect, state, source, granted_seats, decision_reason, requested_by, decided_by, decided_at, created_at, updated_at, version",
    ),
    of(
        "posts",
        "posts t",
        "id, member_id, author_id, kind, visibility, state, title, body, story, hours_saved, yen_saved, resolved_at, resolved_by_comment_id, helpful_count, comments_count, replications_count, reviewed_by, published_at, created_at, updated_at, version",
    ),
    of("post_tags", "post_tags t", "post_id, tag"),
    of("post_revisions", "post_revisions t", "id, post_id, revision, title, body, story, edited_by, created_at"),
    of(
        "comments",
        "comments t",
        "id, post_id, member_id, author_id, body, reply_to_id, hidden_at, created_at, updated_at, version",
    ),
    of("helpful_marks", "helpful_marks t", "post_id, user_id, created_at"),
    of("replications", "replications t", "id, post_id, member_id, user_id, outcome, note, hours_saved, created_at"),
    of("attachments", "attachments t", "id, post_id, uploaded_by, file_name, media_type, bytes, sha256, created_at"),
    of("mails", "outbox t", "id, kind, user_id, state, attempts, created_at, sent_at, read_at"),
    of(
        "audit_entries",
        "audit_entries t",
        "id, scope, sequence, member_id, actor_id, actor_role, action, subject_kind, subject_id, outcome, details, request_id, ip, at, previous_hash, hash",
    ),
];

impl Table {
    /// Names and kinds of its columns.
    pub fn columns(&self) -> Vec<(&'static str, Kind)> {
        let kind = |name: &str| match name {
            _ if JSON.contains(&name) => Kind::Json,
            _ if FLAGS.contains(&name) => Kind::Flag,
            _ if name.ends_with("_at") || name == "at" => Kind::Instant,
            _ => Kind::Plain,
        };
        let shown = |column: &'static str| column.split_once(" AS ").map_or(column, |(_, shown)| shown);
        self.columns.split(", ").map(shown).map(|name| (name, kind(name))).collect()
    }

    /// The rows of a consortium, in the order of their keys; `page` of `size` rows, from 0.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn rows(&self, db: &mut Db, consortium_id: &str, page: i64, size: i64) -> Result<Vec<Vec<Value>>, StoreError> {
        let cells: Vec<String> = self
            .columns
            .split(", ")
            .map(|one| format!("t.{}", one.split_once(" AS ").map_or(one, |(name, _)| name)))
            .collect();
        let from =
            if self.from.contains("WHERE") { self.from.to_owned() } else { format!("{} WHERE {OWN}", self.from) };
        let (cells, order) = (cells.join(", "), cells.iter().take(2).cloned().collect::<Vec<_>>().join(", "));
        let array = match db.backend() {
            Backend::Sqlite => format!("json_array({cells})"),
            Backend::Postgres => format!("json_build_array({cells})::text"),
        };
        let query = format!("SELECT {array} AS line FROM {from} ORDER BY {order} LIMIT $2 OFFSET $3");
        let lines: Vec<Line> = diesel::sql_query(query)
            .bind::<Text, _>(consortium_id)
            .bind::<BigInt, _>(size)
            .bind::<BigInt, _>(page.saturating_mul(size))
            .load(db)?;
        lines.into_iter().map(|line| self.row(&line.line)).collect()
    }

    fn row(&self, line: &str) -> Result<Vec<Value>, StoreError> {
        let cells: Vec<Value> = serde_json::from_str(line).map_err(|error| StoreError::Internal(error.to_string()))?;
        Ok(self.columns().into_iter().zip(cells).map(|((_, kind), cell)| read(kind, cell)).collect())
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A cell in the shape of its kind; the databases write instants and flags each in their own way.
fn read(kind: Kind, cell: Value) -> Value {
    match (kind, cell) {
        (Kind::Flag, Value::Number(number)) => Value::Bool(number.as_i64() != Some(0)),
        (Kind::Instant, Value::String(text)) => Value::String(instant(&text)),
        (Kind::Json, Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        (_, cell) => cell,
    }
}

fn instant(text: &str) -> String {
    let plain = text.replacen(' ', "T", 1);
    match plain.parse::<chrono::NaiveDateTime>() {
        Ok(at) => at.and_utc().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        Err(_) => plain,
    }
}

/// Id, name and length of each file of a consortium, by id.
///
/// # Errors
/// When the database refuses.
pub fn files(db: &mut Db, consortium_id: &str) -> Result<Vec<(String, String)>, StoreError> {
    Ok(attachments::table
        .filter(attachments::consortium_id.eq(consortium_id))
        .order(attachments::id)
        .select((attachments::id, attachments::file_name))
        .load(db)?)
}
