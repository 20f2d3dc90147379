//! What was said and noted: posts through the API, so that the search index is fed as in life, then spread over the
//! municipalities; comments, marks, replications, a file; mails in the outbox; more entries of the audit trail.

use super::people::{THEN, insert};
use super::size::{AUDITOR, CONSORTIUM, LEAD, Size, contact, staff, town};
use crate::Failure;
use crate::data::Plain;
use crate::server::{Database, Kind};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The post with the most comments, by its place among all.
const TALKED_ABOUT: usize = 3;

/// Spreads the posts that the lead wrote, oldest first, over authors, kinds and states, and adds what others said.
pub(super) fn spread(database: &Database, plain: &mut Plain, size: &Size) -> Result<(), Failure> {
    let posts = plain.texts("SELECT id AS text FROM posts ORDER BY id")?;
    let mut sql = String::from("BEGIN;\n");
    let (mut comments, mut marks, mut tried, mut tags) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, post) in posts.iter().enumerate() {
        let at_town = if at < 60 { 1 } else { at % size.towns() + 1 };
        let (member, author) = (town(at_town), staff(at_town, if at < 30 { 1 } else { at % 8 + 1 }));
        let kind = ["knowhow", "worry", "consultation"].get(at % 3).copied().unwrap_or("knowhow");
        let visibility = match at % 20 {
            7 => "public",
            9 => "town",
            _ => "consortium",
        };
        let state = if at % 50 == 11 { "in_review" } else { "published" };
        let said = if at == TALKED_ABOUT { 60 + size.times } else { at % 3 };
        for number in 0..said {
            let from = (at + number) % size.towns() + 1;
            let (member, person) = if number == 0 { (town(1), staff(1, 1)) } else { (town(from), staff(from, 2)) };
            comments.push(format!(
                "('c{number:07}-0000-7000-8000-{at:012}', '{CONSORTIUM}', '{post}', '{member}', '{person}', 'うちの町でも同じことで困っていました（架空）。', '<p>うちの町でも同じことで困っていました（架空）。</p>', NULL, NULL, {THEN}, {THEN}, 1)"
            ));
        }
        let (helpful, replications) = (at % 5, usize::from(at % 4 == 0));
        for number in 0..helpful {
            marks.push(format!("('{CONSORTIUM}', '{post}', '{}', {THEN})", contact((at + number) % size.towns() + 1)));
        }
        if replications > 0 {
            let from = (at + 1) % size.towns() + 1;
            tried.push(format!(
                "('e0000000-0000-7000-8000-{at:012}', '{CONSORTIUM}', '{post}', '{}', '{}', 'worked', '月に6時間減りました（架空）。', 6, {THEN})",
                town(from),
                staff(from, 3)
            ));
        }
        tags.push(format!(
            "('{CONSORTIUM}', '{post}', '{}')",
            ["表計算", "生成AI", "会議", "窓口"].get(at % 4).unwrap_or(&"会議")
        ));
        writeln!(
            sql,
            "UPDATE posts SET member_id = '{member}', author_id = '{author}', kind = '{kind}', visibility = '{visibility}', state = '{state}', comments_count = {said}, helpful_count = {helpful}, replications_count = {replications} WHERE id = '{post}';"
        )?;
    }
    sql += &insert(
        "comments (id, consortium_id, post_id, member_id, author_id, body, body_html, reply_to_id, hidden_at, created_at, updated_at, version)",
        &comments,
    );
    sql += &insert("helpful_marks (consortium_id, post_id, user_id, created_at)", &marks);
    sql += &insert(
        "replications (id, consortium_id, post_id, member_id, user_id, outcome, note, hours_saved, created_at)",
        &tried,
    );
    sql += &insert("post_tags (consortium_id, post_id, tag)", &tags);
    for (number, post) in posts.iter().take(30).enumerate() {
        let content = format!("手順の控え {number}（架空）");
        let (file, hash) = (bytes(database, content.as_bytes()), hex(&Sha256::digest(content.as_bytes())));
        writeln!(
            sql,
            "INSERT INTO attachments (id, consortium_id, post_id, uploaded_by, file_name, media_type, bytes, sha256, content, created_at, scan_state, scanned_at)
               VALUES ('f0000000-0000-7000-8000-{number:012}', '{CONSORTIUM}', '{post}', '{}', '手順.txt', 'text/plain', {}, '{hash}', {file}, {THEN}, 'clean', {THEN});",
            staff(1, 1),
            content.len(),
        )?;
    }
    plain.batch(&(sql + "COMMIT;"))
}

/// Bytes as a literal.
pub(super) fn bytes(database: &Database, content: &[u8]) -> String {
    match database.kind {
        Kind::Sqlite => format!("X'{}'", hex(content)),
        Kind::Postgres => format!("'\\x{}'", hex(content)),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    app::audit::hex(bytes)
}

/// Mails that were delivered: those of the story, and what staff and the roles were told since.
pub(super) fn mail(plain: &mut Plain, size: &Size) -> Result<(), Failure> {
    let mut to: Vec<(String, usize)> = vec![
        (LEAD.to_owned(), 3 * size.times),
        (AUDITOR.to_owned(), size.times),
        (contact(1), 3 * size.times),
        (staff(1, 1), 3 * size.times),
    ];
    to.extend((1..=size.towns()).map(|number| (staff(number, 4), 8)));
    let mut rows = Vec::new();
    for (at, (user, many)) in to.iter().enumerate() {
        for number in 0..*many {
            let kind = ["seat_assigned", "post_commented", "allocation_published", "entry_call_opened"].get(number % 4);
            let (kind, read) = (kind.copied().unwrap_or("seat_assigned"), if number % 10 == 0 { "NULL" } else { THEN });
            rows.push(format!(
                "('d{at:07}-0000-7000-8000-{number:012}', '{CONSORTIUM}', '{kind}', '{user}', '架空 職員', 's{at}@load.example.lg.jp', 'お知らせ（架空）', '席の割当てについてのお知らせです（架空）。', 'sent', 1, {THEN}, NULL, NULL, 'load', {THEN}, {THEN}, {read})"
            ));
        }
    }
    let sql = insert(
        "outbox (id, consortium_id, kind, user_id, to_name, to_address, subject, body, state, attempts, next_attempt_at, claimed_until, last_error, request_id, created_at, sent_at, read_at)",
        &rows,
    );
    plain.batch(&format!(
        "BEGIN;\n{sql}
         UPDATE outbox SET state = 'sent', attempts = 1, claimed_until = NULL, sent_at = {THEN} WHERE state = 'pending';
         INSERT INTO mail_deliveries (id, outbox_id, attempt, outcome, detail, at)
           SELECT o.id, o.id, 1, 'sent', '', {THEN} FROM outbox o
           WHERE o.state = 'sent' AND NOT EXISTS (SELECT 1 FROM mail_deliveries d WHERE d.outbox_id = o.id AND d.outcome = 'sent');
         COMMIT;"
    ))
}

/// More entries of the consortium's audit trail, hashed as the service hashes them.
pub(super) fn trail(plain: &mut Plain, size: &Size) -> Result<(), Failure> {
    let mut sequence =
        plain.number(&format!("SELECT entries AS number FROM audit_chains WHERE scope = '{CONSORTIUM}'"))?;
    let mut head = plain.text(&format!("SELECT head AS text FROM audit_chains WHERE scope = '{CONSORTIUM}'"))?;
    let at = chrono::NaiveDate::from_ymd_opt(2026, 4, 1).and_then(|day| day.and_hms_opt(0, 0, 0)).unwrap_or_default();
    let mut rows = Vec::new();
    for number in 0..size.posts() {
        sequence += 1;
        let from = number % size.towns() + 1;
        let mut entry = store::audit::AuditEntry {
            id: format!("ffffffff-0000-7000-8000-{number:012}"),
            scope: CONSORTIUM.to_owned(),
            sequence,
            consortium_id: Some(CONSORTIUM.to_owned()),
            member_id: Some(town(from)),
            actor_id: Some(contact(from)),
            actor_role: "contact".to_owned(),
            action: "seat.assigned".to_owned(),
            subject_kind: "assignment".to_owned(),
            subject_id: format!("{number:012}"),
            outcome: "done".to_owned(),
            details: "{\"source\":\"bulk\"}".to_owned(),
            request_id: "load".to_owned(),
            ip: String::new(),
            at,
            previous_hash: head,
            hash: String::new(),
        };
        entry.hash = app::audit::hash(&entry);
        rows.push(format!(
            "('{}', '{CONSORTIUM}', {sequence}, '{CONSORTIUM}', '{}', '{}', 'contact', '{}', 'assignment', '{}', 'done', '{}', 'load', '', '2026-04-01 00:00:00', '{}', '{}')",
            entry.id,
            town(from),
            contact(from),
            entry.action,
            entry.subject_id,
            entry.details,
            entry.previous_hash,
            entry.hash
        ));
        head = entry.hash;
    }
    let sql = insert(
        "audit_entries (id, scope, sequence, consortium_id, member_id, actor_id, actor_role, action, subject_kind, subject_id, outcome, details, request_id, ip, at, previous_hash, hash)",
        &rows,
    );
    plain.batch(&format!(
        "BEGIN;\n{sql} UPDATE audit_chains SET entries = {sequence}, head = '{head}' WHERE scope = '{CONSORTIUM}'; COMMIT;"
    ))
}
