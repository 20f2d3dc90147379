//! Who is there: the consortium, its municipalities and their contacts, written before the service starts; after it
//! made the contract, the staff who sit on its seats, wait, or apply.

use super::size::{
    ADMIN, APPLICATION, ASSIGNMENT, AUDITOR, CALL, CONSORTIUM, LEAD, OFFER, PREFECTURE, REQUEST, STAFF, Size,
    WAITING_ENTRY, code, contact, prefix, staff, town,
};
use crate::Failure;
use crate::data::{PASSWORD, Plain};
use secrecy::ExposeSecret as _;
use std::fmt::Write as _;

/// When everything was written that has no instant of its own.
pub(super) const THEN: &str = "'2026-04-01 00:00:00'";

/// The mail address of an account of a role; contacts and learners are those of the first town.
pub(super) fn email(who: &str) -> String {
    format!("{who}@load.example.lg.jp")
}

/// `i` from 1 to a number.
pub(super) fn numbers(to: usize) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to})")
}

/// An id that ends in `i`.
pub(super) fn id(prefix: &str) -> String {
    format!("'{prefix}' || substr('000000000000' || CAST(i AS TEXT), length(CAST(i AS TEXT)) + 1, 12)")
}

/// Rows of one INSERT.
pub(super) fn insert(table_and_columns: &str, rows: &[String]) -> String {
    rows.chunks(500).map(|rows| format!("INSERT INTO {table_and_columns} VALUES {};\n", rows.join(",\n"))).collect()
}

/// The consortium, the municipalities, and an account for each role and each contact.
pub(super) fn enter(plain: &mut Plain, size: &Size) -> Result<(), Failure> {
    let hash = identity::password::Hasher::default().hash(PASSWORD)?;
    let hash = hash.expose_secret();
    let user = |id: &str, who: &str, name: &str| {
        let email = email(who);
        format!("('{id}', '{email}', '{name}', 'かくう', '{hash}', 'active', 1, {THEN}, {THEN}, 1)")
    };
    let grant = |id: &str, role: &str, member: Option<&str>| {
        let consortium = if role == "admin" { "NULL".to_owned() } else { format!("'{CONSORTIUM}'") };
        let member = member.map_or("NULL".to_owned(), |member| format!("'{member}'"));
        format!("('{id}', '{id}', '{role}', {consortium}, {member}, NULL, {THEN}, NULL)")
    };
    let member = |id: &str, code: &str, name: &str, kind: &str, people: usize, lead: bool| {
        format!(
            "('{id}', '{CONSORTIUM}', '{code}', '{name}', 'かくうのまち', '{kind}', {people}, 'full', {lead}, '2026-04-01', NULL, {THEN}, {THEN}, 1)"
        )
    };
    let mut users =
        vec![user(ADMIN, "admin", "架空 管理"), user(LEAD, "lead", "架空 県子"), user(AUDITOR, "auditor", "架空 監査")];
    let mut grants =
        vec![grant(ADMIN, "admin", None), grant(LEAD, "lead", Some(PREFECTURE)), grant(AUDITOR, "auditor", None)];
    let mut members = vec![member(PREFECTURE, "140007", "神奈川県", "prefecture", 9_237_337, true)];
    for number in 1..=size.towns() {
        let (kind, ending) =
            [("city", "市"), ("town", "町"), ("village", "村")].get(number % 3).copied().unwrap_or(("town", "町"));
        let (id, person) = (town(number), contact(number));
        let people = 3_000 + (number * 7_919) % 90_000;
        members.push(member(&id, &code(number), &format!("架空第{number}{ending}"), kind, people, false));
        users.push(user(&person, &format!("contact{number}"), &format!("架空 担当{number}")));
        grants.push(grant(&person, "contact", Some(&id)));
    }
    let mut sql = format!(
        "BEGIN;
         INSERT INTO consortia (id, name, created_at, updated_at, version) VALUES ('{CONSORTIUM}', '大きな共同調達（架空）', {THEN}, {THEN}, 1);
         INSERT INTO audit_chains (scope, entries, head) VALUES ('{CONSORTIUM}', 0, '');\n"
    );
    sql += &insert(USERS, &users);
    sql += &insert(MEMBERS, &members);
    sql += &insert(GRANTS, &grants);
    sql += "COMMIT;";
    plain.batch(&sql)
}

const USERS: &str =
    "users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version)";
const GRANTS: &str = "grants (id, user_id, role, consortium_id, member_id, granted_by, created_at, revoked_at)";
const MEMBERS: &str = "members (id, consortium_id, municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, version)";

/// The answers of the municipalities to a survey, in a state; `of` says who answered.
pub(super) fn answer(
    plain: &mut Plain,
    size: &Size,
    (survey, mark): (&str, char),
    state: &str,
    of: impl Fn(usize) -> bool,
) -> Result<(), Failure> {
    let rows: Vec<String> = (1..=size.towns())
        .filter(|number| of(*number))
        .map(|number| {
            let base = size.seats_of(number);
            let (low, high, least) = (base * 4 / 5, base * 6 / 5, base / 4);
            let budget = if number % 7 == 0 { (base * 40_000).to_string() } else { "NULL".to_owned() };
            let points = format!("[{{\"unit_price_at_most_yen\":24000,\"seats\":{high}}}]");
            let (id, member, by) = (format!("{mark}{}", town(number).split_at(1).1), town(number), contact(number));
            format!(
                "('{id}', '{CONSORTIUM}', '{survey}', '{member}', '{state}', {low}, {base}, {high}, {least}, {budget}, '{points}', '業務改善の研修に使います（架空）。', NULL, {THEN}, '{by}', {THEN}, {THEN}, 1)"
            )
        })
        .collect();
    plain.batch(&insert(
        "survey_answers (id, consortium_id, survey_id, member_id, state, low_seats, base_seats, high_seats, minimum_seats, budget_cap_yen, price_points, reason, return_reason, submitted_at, submitted_by, created_at, updated_at, version)",
        &rows,
    ))
}

/// Staff on the seats of a contract: assignments, waiting people, offers, calls with applications, requests.
pub(super) fn seat(plain: &mut Plain, size: &Size, contract: &str, tomorrow: &str) -> Result<(), Failure> {
    let hash = identity::password::Hasher::default().hash(PASSWORD)?;
    let mut sql = String::from("BEGIN;\n");
    for number in 1..=size.towns() {
        sit(&mut sql, size, number, contract, tomorrow)?;
        if sql.len() > 1_000_000 {
            plain.batch(&std::mem::take(&mut sql))?;
        }
    }
    apply(&mut sql, size, contract)?;
    // The people of the first town who are signed in.
    let (first, offered, waits) = learners(size);
    for (id, who) in [(first, "learner"), (offered, "offered"), (waits, "waiting")] {
        let (email, hash) = (email(who), hash.expose_secret());
        writeln!(sql, "UPDATE users SET email = '{email}', password_hash = '{hash}' WHERE id = '{id}';")?;
    }
    plain.batch(&(sql + "COMMIT;"))
}

/// Learners of the first town: one with a seat, one with an open offer, one who waits.
pub(super) fn learners(size: &Size) -> (String, String, String) {
    let seats = size.seats_of(1);
    (staff(1, 1), staff(1, seats + 1), staff(1, seats + size.waiting(1).0 + 1))
}

fn sit(sql: &mut String, size: &Size, number: usize, contract: &str, tomorrow: &str) -> Result<(), Failure> {
    let (people, member, by) = (prefix(STAFF, number), town(number), contact(number));
    let (assigned, (held, waiting), seats) = (size.seated(number), size.waiting(number), size.seats_of(number));
    let account = format!("FROM n, seat_accounts a WHERE a.contract_id = '{contract}' AND a.member_id = '{member}'");
    let person = id(&people);
    let (assignment, entry, offer) =
        (id(&prefix(ASSIGNMENT, number)), id(&prefix(WAITING_ENTRY, number)), id(&prefix(OFFER, number)));
    writeln!(
        sql,
        "{with} INSERT INTO {USERS} SELECT {person}, 's{number}-' || CAST(i AS TEXT) || '@load.example.lg.jp', '架空 職員' || CAST(i AS TEXT), 'かくう しょくいん', NULL, 'active', 1, {THEN}, {THEN}, 1 FROM n;
         {with} INSERT INTO {GRANTS} SELECT {person}, {person}, 'learner', '{CONSORTIUM}', '{member}', '{by}', {THEN}, NULL FROM n;
         {seated} INSERT INTO assignments (id, consortium_id, contract_id, account_id, user_id, application_id, source, assigned_by, assigned_at, released_at, release_reason, released_by, version)
           SELECT {assignment}, '{CONSORTIUM}', '{contract}', a.id, {person}, NULL, 'bulk', '{by}', {THEN}, NULL, NULL, NULL, 1 {account};
         UPDATE seat_accounts SET assigned = {assigned}, held = {held}, next_waiting = {next} WHERE contract_id = '{contract}' AND member_id = '{member}';",
        with = numbers(size.staff(number)),
        seated = numbers(assigned),
        next = held + waiting + 1,
    )?;
    if held + waiting > 0 {
        // Who waits has a number behind those on the seats.
        let behind = format!(
            "'{people}' || substr('000000000000' || CAST(i + {seats} AS TEXT), length(CAST(i + {seats} AS TEXT)) + 1, 12)"
        );
        writeln!(
            sql,
            "{with} INSERT INTO waiting_entries (id, consortium_id, account_id, user_id, application_id, sequence, state, created_at, updated_at, version)
               SELECT {entry}, '{CONSORTIUM}', a.id, {behind}, NULL, i, CASE WHEN i <= {held} THEN 'offered' ELSE 'waiting' END, {THEN}, {THEN}, 1 {account};",
            with = numbers(held + waiting),
        )?;
        if held > 0 {
            writeln!(
                sql,
                "{with} INSERT INTO offers (id, consortium_id, account_id, waiting_entry_id, user_id, state, offered_at, expires_at, answered_at, version)
                   SELECT {offer}, '{CONSORTIUM}', a.id, {entry}, {behind}, 'open', {THEN}, '{tomorrow} 00:00:00', NULL, 1 {account};",
                with = numbers(held),
            )?;
        }
    }
    Ok(())
}

/// The calls of the first town, by number: policy, state.
const CALLS: [(&str, &str); 6] = [
    ("selection", "draft"),
    ("selection", "open"),
    ("selection", "closed"),
    ("lottery", "closed"),
    ("selection", "selected"),
    ("first_come", "open"),
];

fn apply(sql: &mut String, size: &Size, contract: &str) -> Result<(), Failure> {
    for number in 1..=size.towns() {
        for (at, (policy, state)) in CALLS.iter().enumerate().filter(|(at, _)| number == 1 || *at == 4) {
            let (member, call) = (town(number), format!("{}{:012}", prefix(CALL, number), at + 1));
            let capacity = size.applicants() / 2 + 1;
            writeln!(
                sql,
                "INSERT INTO entry_calls (id, consortium_id, member_id, contract_id, account_id, title, guidance, capacity, policy, questions, closes_on, state, lottery_seed, created_at, updated_at, version)
                   SELECT '{call}', '{CONSORTIUM}', '{member}', '{contract}', a.id, '受講者の募集 第{nth}回（架空）', '研修で学びたいことを書いてください。', {capacity}, '{policy}', '[]', '2027-03-20', '{state}', NULL, {THEN}, {THEN}, 1
                   FROM seat_accounts a WHERE a.contract_id = '{contract}' AND a.member_id = '{member}';",
                nth = at + 1,
            )?;
            if *state == "draft" {
                continue;
            }
            let many = if number == 1 { size.applicants() } else { 8 };
            let decided = *state == "selected";
            // Undecided applicants have no seat yet.
            let skipped = if number == 1 && !decided {
                size.seats_of(1) + super::size::OFFERED + super::size::WAITING
            } else {
                0
            };
            let person = format!(
                "'{}' || substr('000000000000' || CAST(i + {skipped} AS TEXT), length(CAST(i + {skipped} AS TEXT)) + 1, 12)",
                prefix(STAFF, number)
            );
            let application = prefix(APPLICATION, number * 10 + at);
            let (state, reason, by, when) = if decided {
                ("'selected'", "'業務上の課題が明確なため。'", format!("'{}'", contact(number)), THEN)
            } else {
                ("CASE WHEN i % 3 = 0 THEN 'submitted' ELSE 'acknowledged' END", "NULL", "NULL".to_owned(), "NULL")
            };
            // The time comes from a column: in a CASE, PostgreSQL takes a literal for text.
            writeln!(
                sql,
                "{with} INSERT INTO applications (id, consortium_id, member_id, call_id, user_id, want_to_learn, problem_at_work, answers, supervisor_name, supervisor_email, state, acknowledged_at, decision_reason, decided_by, decided_at, created_at, updated_at, version, objected_at, objection)
                   SELECT {ids}, '{CONSORTIUM}', '{member}', '{call}', {person}, '表計算と生成AIを組み合わせた集計の自動化を学びたい。', '毎月の集計に3日かかり、転記の誤りも起きている。', '[]', '架空 上長', 'boss@load.example.lg.jp', {state},
                     CASE WHEN i % 3 <> 0 THEN (SELECT created_at FROM consortia WHERE id = '{CONSORTIUM}') END, {reason}, {by}, {when}, {THEN}, {THEN}, 1, NULL, NULL FROM n;",
                with = numbers(many),
                ids = id(&application),
            )?;
            if number == 1 && at == 1 {
                // The learner who signs in has an application that can still be changed.
                writeln!(
                    sql,
                    "UPDATE applications SET user_id = '{}' WHERE id = '{application}000000000001';",
                    staff(1, 1),
                )?;
            }
        }
    }
    Ok(())
}

/// More requests like the one that the contact made: a hundredth of the demo's towns asks in each state.
pub(super) fn request(plain: &mut Plain, size: &Size, like: &str) -> Result<(), Failure> {
    let mut sql = String::from("BEGIN;\n");
    for number in 1..=size.towns() {
        let many = if number == 1 { size.times } else { 1 };
        let (member, by, request) = (town(number), contact(number), id(&prefix(REQUEST, number)));
        let submitted = if number == 1 {
            "CASE i % 3 WHEN 0 THEN 'declined' WHEN 1 THEN 'returned' ELSE 'withdrawn' END"
        } else {
            "CASE WHEN (i + s.seats) % 2 = 0 THEN 'submitted' ELSE 'returned' END"
        };
        writeln!(
            sql,
            "{with} INSERT INTO seat_requests (id, consortium_id, contract_id, member_id, seats, reason, price_effect, state, source, granted_seats, decision_reason, requested_by, decided_by, decided_at, created_at, updated_at, version)
               SELECT {request}, s.consortium_id, s.contract_id, '{member}', s.seats, s.reason, s.price_effect, {submitted}, NULL, NULL, '根拠を補ってください（架空）。', '{by}', '{LEAD}', {THEN}, {THEN}, {THEN}, 1
               FROM n, seat_requests s WHERE s.id = '{like}';",
            with = numbers(many),
        )?;
    }
    plain.batch(&(sql + "COMMIT;"))
}
