//! A claim as one plain transaction. It asks what the service asks (was this answered already, may the caller, is
//! the contract open, does anybody wait, is the person of the town) and writes the rows that the service writes,
//! with texts as long; only the token, HTTP and JSON are missing.

use crate::Failure;
use crate::claims::in_parallel;
use crate::data::{ACCOUNT, CONSORTIUM, CONTACT, CONTRACT, MEMBER, Plain, person};
use crate::prepared::{change, select};
use crate::server::Database;
use crate::stats::Sample;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection as _, OptionalExtension as _, RunQueryDsl as _};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Texts of a claim that the service served, so that the reference writes as much.
pub(crate) struct Texts {
    subject: String,
    mail: String,
    headers: String,
    answer: String,
    details: String,
}

impl Texts {
    /// Reads them from the rows that the service wrote last.
    pub(crate) fn of(database: &Database) -> Result<Self, Failure> {
        let mut plain = Plain::open(database)?;
        let mut newest = |column: &str, table: &str, filter: &str, order: &str| {
            plain.text(&format!("SELECT {column} AS text FROM {table} WHERE {filter} ORDER BY {order} DESC LIMIT 1"))
        };
        Ok(Self {
            subject: newest("subject", "outbox", "kind = 'seat_assigned'", "id")?,
            mail: newest("body", "outbox", "kind = 'seat_assigned'", "id")?,
            headers: newest("headers", "idempotency_records", "status = 201", "created_at")?,
            answer: newest("body", "idempotency_records", "status = 201", "created_at")?,
            details: newest("details", "audit_entries", "action = 'seat.assigned'", "id")?,
        })
    }
}

const ANSWERED: &str =
    "SELECT request_hash, status, headers, body FROM idempotency_records WHERE user_id = $ AND key = $";
const RIGHTS: &str = "SELECT role, consortium_id, member_id FROM grants WHERE user_id = $ AND revoked_at IS NULL";
const POOL: &str =
    "SELECT a.balance - a.assigned - a.held, c.state, c.starts_on || '', c.ends_on || '', r.product, o.name, m.name
    FROM seat_accounts a JOIN contracts c ON c.id = a.contract_id JOIN rounds r ON r.id = c.round_id
    JOIN consortia o ON o.id = a.consortium_id LEFT JOIN members m ON m.id = a.member_id WHERE a.id = $";
const WAITING: &str = "SELECT COUNT(*) FROM waiting_entries WHERE account_id = $ AND state IN ('waiting', 'offered')";
const RECIPIENT: &str = "SELECT u.display_name, u.email FROM users u JOIN grants g ON g.user_id = u.id
    WHERE u.id = $ AND u.state <> 'disabled' AND g.consortium_id = $ AND g.member_id = $ AND g.revoked_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM notification_preferences p WHERE p.user_id = u.id AND p.kind = 'seat_assigned' AND p.mail = false)";
const TAKE: &str = "UPDATE seat_accounts SET assigned = assigned + 1 WHERE id = $ AND assigned + held < balance";
const SEAT: &str = "INSERT INTO assignments (id, consortium_id, contract_id, account_id, user_id, application_id, source, assigned_by, assigned_at, released_at, release_reason, released_by, version)
    VALUES ($, $, $, $, $, NULL, 'claim', $, '2026-11-22 09:00:00.000000', NULL, NULL, NULL, 1)";
const MAIL: &str = "INSERT INTO outbox (id, consortium_id, kind, user_id, to_name, to_address, subject, body, state, attempts, next_attempt_at, request_id, created_at)
    VALUES ($, $, 'seat_assigned', $, $, $, $, $, 'pending', 0, '2026-11-22 09:00:00.000000', $, '2026-11-22 09:00:00.000000')";
const CHAIN: &str = "SELECT entries, head FROM audit_chains WHERE scope = 'reference'";
const CHAIN_LOCKED: &str = "SELECT entries, head FROM audit_chains WHERE scope = 'reference' FOR UPDATE";
const ENTRY: &str = "INSERT INTO audit_entries (id, scope, sequence, consortium_id, member_id, actor_id, actor_role, action, subject_kind, subject_id, outcome, details, request_id, ip, at, previous_hash, hash)
    SELECT $, scope, entries + 1, $, $, $, 'contact', 'seat.assigned', 'assignment', $, 'done', $, $, '127.0.0.1', '2026-11-22 09:00:00.000000', $, $ FROM audit_chains WHERE scope = 'reference'";
const HEAD: &str = "UPDATE audit_chains SET entries = entries + 1, head = $ WHERE scope = 'reference'";
const REMEMBER: &str = "INSERT INTO idempotency_records (user_id, key, request_hash, status, headers, body, created_at)
    VALUES ($, $, $, 201, $, $, '2026-11-22 09:00:00.000000')";

type Stored = (Text, BigInt, Text, Text);
type Grant = (Text, Nullable<Text>, Nullable<Text>);
type Pool = (BigInt, Text, Text, Text, Text, Text, Nullable<Text>);
type Found = (String, String);
type Surroundings = (i64, String, String, String, String, String, Option<String>);

/// The statements of one claim; a macro because the two connections share no type.
macro_rules! one_claim {
    ($connection:expr, $texts:expr, $number:expr, $chain:expr) => {{
        let (c, texts): (_, &Texts) = ($connection, $texts);
        let (id, user, request) =
            (format!("20000000-0000-7000-8000-{:012}", $number), person($number), digest(&[&format!("{}", $number)]));
        let (id, user, request) = (id.as_str(), user.as_str(), request.as_str());
        let answered: Option<(String, i64, String, String)> =
            select::<Stored>(ANSWERED, &[CONTACT, id]).get_result(c).optional()?;
        let rights: Vec<(String, Option<String>, Option<String>)> = select::<Grant>(RIGHTS, &[CONTACT]).load(c)?;
        let pool: Surroundings = select::<Pool>(POOL, &[ACCOUNT]).get_result(c)?;
        let waiting: i64 = select::<BigInt>(WAITING, &[ACCOUNT]).get_result(c)?;
        let (name, address): Found = select::<(Text, Text)>(RECIPIENT, &[user, CONSORTIUM, MEMBER]).get_result(c)?;
        let taken = change(TAKE, &[ACCOUNT]).execute(c)?;
        if answered.is_some() || rights.is_empty() || pool.1 != "active" || waiting > 0 || taken != 1 {
            return Err(diesel::result::Error::RollbackTransaction);
        }
        change(SEAT, &[id, CONSORTIUM, CONTRACT, ACCOUNT, user, CONTACT]).execute(c)?;
        change(MAIL, &[id, CONSORTIUM, user, &name, &address, &texts.subject, &texts.mail, id]).execute(c)?;
        let (_, previous): (i64, String) = select::<(BigInt, Text)>($chain, &[]).get_result(c)?;
        let hash = digest(&[&previous, id, CONSORTIUM, MEMBER, CONTACT, &texts.details, id]);
        change(ENTRY, &[id, CONSORTIUM, MEMBER, CONTACT, id, &texts.details, id, &previous, &hash]).execute(c)?;
        change(HEAD, &[&hash]).execute(c)?;
        change(REMEMBER, &[CONTACT, id, request, &texts.headers, &texts.answer]).execute(c)?;
        Ok::<(), diesel::result::Error>(())
    }};
}

/// Claims as fast as they go, each in a transaction of its own.
pub(crate) fn claims(
    database: &Database,
    texts: &Texts,
    next: &AtomicUsize,
    connections: usize,
    time: Duration,
) -> Result<Sample, Failure> {
    Plain::open(database)?.batch(
        "INSERT INTO audit_chains (scope, entries, head) SELECT 'reference', 0, '' WHERE NOT EXISTS (SELECT 1 FROM audit_chains WHERE scope = 'reference')",
    )?;
    in_parallel(connections, || {
        let mut plain = Plain::open(database)?;
        let mut sample = Sample::default();
        let began = Instant::now();
        while began.elapsed() < time {
            let sent = Instant::now();
            let number = next.fetch_add(1, Ordering::Relaxed);
            match &mut plain {
                Plain::Pg(connection) => connection.transaction(|c| one_claim!(c, texts, number, CHAIN_LOCKED))?,
                Plain::Lite(connection) => connection.immediate_transaction(|c| one_claim!(c, texts, number, CHAIN))?,
            }
            sample.answered(sent, true, began, time);
        }
        Ok(sample)
    })
}

/// SHA-256 over some fields, in hexadecimal.
fn digest(fields: &[&str]) -> String {
    let hash = Sha256::digest(fields.join("\n").as_bytes());
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
