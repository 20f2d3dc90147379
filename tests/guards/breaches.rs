//! Each rule of `verify` is broken past the guards, and `verify` names that rule and no other.

use crate::world;
use acceptance::world::World;
use app::verify::{CHAIN_RULE, FILE_RULE, Report, SCENARIO_RULE, SHARES_RULE, rules, verify};
use std::collections::BTreeSet;
use store::{Backend, fixtures};
use testkit::app::{TestApp, on_both};

/// A damage: the rules it breaks, and the statements; `{name}` stands for an id of the world.
struct Breach {
    rules: &'static [&'static str],
    sql: &'static str,
    /// Executed on PostgreSQL in front of it, where CHECKs hold even with triggers off.
    first: &'static str,
    /// On one database only.
    only: Option<Backend>,
    /// While the guards stand again: damage to the guards themselves.
    late: bool,
}

const fn breach(rules: &'static [&'static str], sql: &'static str) -> Breach {
    Breach { rules, sql, first: "", only: None, late: false }
}

/// Damage to what SQLite does not have.
const fn fence_down(sql: &'static str) -> Breach {
    Breach { only: Some(Backend::Postgres), late: true, ..breach(&[FENCE], sql) }
}

const FENCE: &str = "guards: every table of the consortia is behind the fence";
const COUNTED: &str = "audit: a chain counts its entries";
const TRIGGERS: &str = "guards: ledgers and frozen scenarios refuse changes";
const SEARCH: &str = "board: the search knows every post once";
const NAMES: &str = "accounts: the search knows every name once";

const BREACHES: &[Breach] = &[
    breach(
        &["seats: accounts sum to the seats bought"],
        "UPDATE contracts SET seats = seats + 1; UPDATE scenarios SET seats = seats + 1 WHERE state = 'finalised'",
    ),
    breach(
        &["seats: a balance is what the ledger says"],
        "UPDATE seat_accounts SET balance = balance - 1 WHERE id = '{other_account_id}';
         UPDATE seat_accounts SET balance = balance + 1 WHERE id = '{reserve_account_id}'",
    ),
    breach(
        &["seats: assigned counts the people seated"],
        "UPDATE seat_accounts SET assigned = assigned - 1 WHERE id = '{account_id}'",
    ),
    breach(
        &["seats: held counts the open offers"],
        "UPDATE seat_accounts SET held = held + 1 WHERE id = '{other_account_id}'",
    ),
    Breach {
        first: "ALTER TABLE seat_accounts DROP CONSTRAINT seat_accounts_use_check;",
        ..breach(
            &["seats: nothing in use beyond the balance"],
            "INSERT INTO assignments (id, consortium_id, contract_id, account_id, user_id, application_id, source, assigned_by, assigned_at, released_at, release_reason, released_by, version)
               SELECT 'over', consortium_id, contract_id, account_id, '{user_id}', NULL, source, assigned_by, assigned_at, NULL, NULL, NULL, 1
               FROM assignments WHERE id = '{assignment_id}';
             UPDATE seat_accounts SET assigned = assigned + 1 WHERE id = '{account_id}'",
        )
    },
    breach(
        &["seats: nobody sits twice"],
        "DROP INDEX assignments_active_key;
         INSERT INTO assignments (id, consortium_id, contract_id, account_id, user_id, application_id, source, assigned_by, assigned_at, released_at, release_reason, released_by, version)
           SELECT 'twice', consortium_id, contract_id, '{other_account_id}', user_id, NULL, source, assigned_by, assigned_at, NULL, NULL, NULL, 1
           FROM assignments WHERE id = '{assignment_id}';
         UPDATE seat_accounts SET assigned = assigned + 1 WHERE id = '{other_account_id}'",
    ),
    breach(
        &["seats: an open offer belongs to somebody who was offered"],
        "UPDATE waiting_entries SET state = 'offered' WHERE id = '{entry_id}'",
    ),
    breach(
        &["money: shares sum to the contract's total"],
        "UPDATE contracts SET ex_tax_yen = ex_tax_yen + 1, total_yen = total_yen + 1;
         UPDATE scenarios SET total_yen = total_yen + 1 WHERE state = 'finalised'",
    ),
    breach(
        &["rounds: a round past finalising has one finalised scenario"],
        "UPDATE scenarios SET state = 'draft', finalised_at = NULL WHERE id = '{scenario_id}'",
    ),
    breach(&["board: comments are counted"], "UPDATE posts SET comments_count = 7 WHERE id = '{post_id}'"),
    breach(&["board: helpful marks are counted"], "UPDATE posts SET helpful_count = 7 WHERE id = '{post_id}'"),
    breach(&["board: replications are counted"], "UPDATE posts SET replications_count = 7 WHERE id = '{post_id}'"),
    breach(&[COUNTED, CHAIN_RULE], "UPDATE audit_chains SET entries = entries + 1 WHERE scope = '{consortium_id}'"),
    breach(
        &["mail: what was sent has an accepted attempt"],
        "DELETE FROM mail_deliveries WHERE outbox_id = '{mail_id}'",
    ),
    breach(&["contracts: every contract has its shares"], "DELETE FROM shares"),
    breach(
        &["contracts: seats and yen are those of the scenario and the amendments"],
        "UPDATE scenarios SET total_yen = total_yen + 1 WHERE id = '{scenario_id}'",
    ),
    breach(
        &["allocation: a published line was allocated in the ledger"],
        "UPDATE allocation_lines SET seats = seats + 1 WHERE member_id = '{member_id}'",
    ),
    breach(
        &["seats: the waiting list is served in order"],
        "INSERT INTO waiting_entries (id, consortium_id, account_id, user_id, application_id, sequence, state, created_at, updated_at, version)
           SELECT 'first', consortium_id, '{other_account_id}', '{other_user_id}', NULL, 1, 'waiting', created_at, updated_at, 1
           FROM waiting_entries WHERE id = '{entry_id}';
         INSERT INTO waiting_entries (id, consortium_id, account_id, user_id, application_id, sequence, state, created_at, updated_at, version)
           SELECT 'second', consortium_id, '{other_account_id}', '{user_id}', NULL, 2, 'offered', created_at, updated_at, 1
           FROM waiting_entries WHERE id = '{entry_id}';
         INSERT INTO offers (id, consortium_id, account_id, waiting_entry_id, user_id, state, offered_at, expires_at, answered_at, version)
           SELECT 'offer', consortium_id, '{other_account_id}', 'second', '{user_id}', 'open', offered_at, expires_at, NULL, 1
           FROM offers WHERE id = '{offer_id}';
         UPDATE seat_accounts SET held = 1, next_waiting = 3 WHERE id = '{other_account_id}'",
    ),
    breach(
        &["seats: a place on the waiting list was given out"],
        "UPDATE seat_accounts SET next_waiting = 1 WHERE id = '{account_id}'",
    ),
    breach(
        &["entries: the application behind a seat or a place exists"],
        "UPDATE assignments SET application_id = 'gone' WHERE id = '{assignment_id}'",
    ),
    breach(
        &["entries: a call draws on the account of its own town and contract"],
        "UPDATE entry_calls SET account_id = '{other_account_id}' WHERE id = '{call_id}'",
    ),
    breach(
        &["requests: an approved request says what was granted, another does not"],
        "UPDATE seat_requests SET state = 'approved' WHERE id = '{request_id}'",
    ),
    breach(&[SEARCH], "DELETE FROM post_search WHERE post_id = '{post_id}'"),
    breach(&[NAMES], "DELETE FROM user_search WHERE user_id = '{user_id}'"),
    Breach {
        only: Some(Backend::Sqlite),
        ..breach(&[NAMES], "INSERT INTO user_search (user_id, grams) VALUES ('ghost', 'あい')")
    },
    Breach {
        only: Some(Backend::Sqlite),
        ..breach(&[NAMES], "INSERT INTO user_search (user_id, grams) VALUES ('{user_id}', 'あい')")
    },
    Breach {
        only: Some(Backend::Sqlite),
        ..breach(&[SEARCH], "INSERT INTO post_search (post_id, grams) VALUES ('ghost', 'あい')")
    },
    Breach {
        only: Some(Backend::Sqlite),
        ..breach(&[SEARCH], "INSERT INTO post_search (post_id, grams) VALUES ('{post_id}', 'あい')")
    },
    breach(
        &["board: the newest revision is what the post says"],
        "UPDATE posts SET title = '別の題（架空）' WHERE id = '{post_id}'",
    ),
    breach(
        &["board: the comment that resolved a question belongs to it"],
        "UPDATE posts SET resolved_at = created_at, resolved_by_comment_id = '{comment_id}' WHERE id = '{public_post_id}'",
    ),
    breach(&["files: a file is as long as it says"], "UPDATE attachments SET bytes = bytes + 1"),
    Breach {
        only: Some(Backend::Sqlite),
        ..breach(&[FILE_RULE], "UPDATE attachments SET content = CAST('abcdefghijklmno' AS BLOB)")
    },
    Breach {
        only: Some(Backend::Postgres),
        ..breach(&[FILE_RULE], "UPDATE attachments SET content = convert_to('abcdefghijklmno', 'UTF8')")
    },
    breach(&["consortia: exactly one lead"], "UPDATE members SET is_lead = false WHERE id = '{lead_member_id}'"),
    breach(
        &["audit: every consortium has its chain"],
        "INSERT INTO consortia (id, name, created_at, updated_at, version)
           SELECT 'lonely', name, created_at, updated_at, 1 FROM consortia WHERE id = '{consortium_id}';
         INSERT INTO members (id, consortium_id, municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, version)
           SELECT 'alone', 'lonely', municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, 1
           FROM members WHERE id = '{lead_member_id}'",
    ),
    breach(
        &["mail: what was parked has a refused attempt"],
        "UPDATE outbox SET state = 'parked', sent_at = NULL WHERE id = '{mail_id}'",
    ),
    breach(
        &["orphans: every reference leads somewhere"],
        "UPDATE posts SET author_id = 'nobody' WHERE id = '{post_id}'",
    ),
    Breach {
        only: Some(Backend::Sqlite),
        late: true,
        ..breach(&[TRIGGERS], "DROP TRIGGER shares_append_only_update")
    },
    Breach {
        only: Some(Backend::Postgres),
        late: true,
        ..breach(&[TRIGGERS], "ALTER TABLE shares DISABLE TRIGGER shares_append_only")
    },
    Breach {
        only: Some(Backend::Postgres),
        late: true,
        ..breach(&["guards: foreign keys are enforced"], "ALTER TABLE comments DISABLE TRIGGER ALL")
    },
    // The fence between consortia: not for the owner, not at all, wider, without its policy, a table forgotten.
    fence_down("ALTER TABLE posts NO FORCE ROW LEVEL SECURITY"),
    fence_down("ALTER TABLE grants DISABLE ROW LEVEL SECURITY"),
    fence_down("CREATE POLICY anybody ON rounds FOR SELECT USING (true)"),
    fence_down("DROP POLICY fence ON consortia"),
    fence_down("CREATE TABLE secrets (id TEXT PRIMARY KEY, consortium_id TEXT NOT NULL)"),
    breach(&[SCENARIO_RULE], "UPDATE scenarios SET inputs = inputs || ' ' WHERE id = '{scenario_id}'"),
    breach(&[SCENARIO_RULE], "UPDATE scenarios SET result = result || ' ' WHERE id = '{scenario_id}'"),
    breach(
        &[SHARES_RULE],
        "UPDATE shares SET share_yen = share_yen + 1 WHERE member_id = '{member_id}';
         UPDATE shares SET share_yen = share_yen - 1 WHERE member_id = '{other_member_id}'",
    ),
    // The audit trail: edited, removed in the middle and at its end, swapped, and brought in between.
    breach(
        &[CHAIN_RULE],
        "UPDATE audit_entries SET details = '{\"forged\":1}' WHERE scope = '{consortium_id}' AND sequence = 5",
    ),
    breach(
        &[CHAIN_RULE],
        "UPDATE audit_entries SET ip = '203.0.113.9' WHERE scope = '{consortium_id}' AND sequence = 2",
    ),
    breach(&[COUNTED, CHAIN_RULE], "DELETE FROM audit_entries WHERE scope = '{consortium_id}' AND sequence = 5"),
    breach(
        &[COUNTED, CHAIN_RULE],
        "DELETE FROM audit_entries WHERE scope = '{consortium_id}'
           AND sequence = (SELECT entries FROM audit_chains WHERE scope = '{consortium_id}')",
    ),
    breach(
        &[CHAIN_RULE],
        "DROP INDEX audit_entries_sequence_key;
         UPDATE audit_entries SET sequence = CASE sequence WHEN 5 THEN 6 ELSE 5 END
         WHERE scope = '{consortium_id}' AND sequence IN (5, 6)",
    ),
    breach(
        &[COUNTED, CHAIN_RULE],
        "INSERT INTO audit_entries (id, scope, sequence, consortium_id, member_id, actor_id, actor_role, action, subject_kind, subject_id, outcome, details, request_id, ip, at, previous_hash, hash)
           SELECT 'forged', scope, sequence + 1, consortium_id, member_id, actor_id, actor_role, action, subject_kind, subject_id, outcome, details, request_id, ip, at, hash, hash
           FROM audit_entries WHERE scope = '{consortium_id}'
             AND sequence = (SELECT entries FROM audit_chains WHERE scope = '{consortium_id}')",
    ),
];

fn filled(sql: &str, world: &World) -> String {
    world.ids.iter().fold(sql.to_owned(), |sql, (name, id)| sql.replace(&format!("{{{name}}}"), id))
}

fn seen(app: &TestApp, world: &World, breach: &Breach) -> Report {
    let sql = filled(breach.sql, world);
    let first = if app.service.store().backend() == Backend::Postgres { breach.first } else { "" };
    let (before, late) =
        if breach.late { ("SELECT 1".to_owned(), sql) } else { (format!("{first}{sql}"), String::new()) };
    fixtures::damaged::<_, app::Error>(app.database(), &before, |db| {
        if !late.is_empty() {
            fixtures::execute(db, &late)?;
        }
        verify(db)
    })
    .unwrap_or_else(|error| panic!("{}: {error:?}", breach.sql))
}

#[test]
fn verify_names_each_damage_and_nothing_else() {
    on_both(|app| {
        let world = world(app);
        acceptance::assert_verified(app);
        let here = app.service.store().backend();
        let mut broken = BTreeSet::new();
        for breach in BREACHES.iter().filter(|breach| breach.only.is_none_or(|only| only == here)) {
            let report = seen(app, &world, breach);
            let found: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule).collect();
            let expected: BTreeSet<&str> = breach.rules.iter().copied().collect();
            assert_eq!(found, expected, "{here:?}: {}\n{:#?}", breach.sql, report.findings);
            broken.extend(expected);
        }
        // SQLite's foreign keys are a matter of each connection, and it has no policies.
        let elsewhere =
            |rule: &&str| here == Backend::Sqlite && ["guards: foreign keys are enforced", FENCE].contains(rule);
        let untested: Vec<_> = rules().into_iter().filter(|rule| !broken.contains(rule) && !elsewhere(rule)).collect();
        assert_eq!(untested, Vec::<&str>::new(), "every rule is broken once");
        acceptance::assert_verified(app);
    });
}
