//! R13: from each released schema with 100,000 rows of data the migrations go up, down and up again, on both
//! databases; what was there before is there after, byte for byte, and the schema comes out the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use store::{Backend, DatabaseUrl, Options, Store, StoreError, fixtures};

/// The last migration of each release, and for a rehearsal of a long way one from the middle of the first.
const RELEASED: [(&str, &str); 2] = [("0.1.0", "00000000000007"), ("0.1.0, half-way", "00000000000002")];
const ROWS: i64 = 100_000;
/// Contracts among them, each with its round, scenario, share, accounts, transfers and amendment.
const CONTRACTS: i64 = 2_000;
/// Rows of each of the other tables that triggers watch.
const WATCHED: i64 = 10_000;
/// Tables that take no UPDATE, DELETE or TRUNCATE.
const LEDGERS: [&str; 6] =
    ["seat_transfers", "contract_amendments", "post_revisions", "mail_deliveries", "audit_entries", "shares"];

/// Table → columns and a hash over its rows in their order.
type Data = BTreeMap<String, (Vec<String>, u64)>;

fn on_each_database(test: impl Fn(&Store)) {
    let file = testkit::sqlite::database();
    test(&Store::open(&DatabaseUrl::parse(&format!("sqlite:{}", file.url())).unwrap(), &Options::default()).unwrap());
    if let Some(database) = testkit::postgres::empty_database() {
        test(&Store::open(&DatabaseUrl::parse(&database.url()).unwrap(), &Options::default()).unwrap());
    }
}

fn lines(store: &Store, query: &str) -> Vec<String> {
    let query = query.to_owned();
    store.read_now(move |db| fixtures::lines(db, &query)).unwrap()
}

/// Every statement of the schema, or what PostgreSQL knows about columns, indexes, rules and triggers.
fn schema(store: &Store) -> Vec<String> {
    lines(
        store,
        match store.backend() {
            Backend::Sqlite => "SELECT sql AS line FROM sqlite_master WHERE sql IS NOT NULL ORDER BY sql",
            Backend::Postgres => {
                "SELECT line FROM (
                   SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS line
                     FROM information_schema.columns WHERE table_schema = 'public'
                   UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
                   UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                   UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal) AS everything ORDER BY line"
            }
        },
    )
}

/// What stands in the tables, in those columns that `before` knew.
fn data(store: &Store, before: Option<&Data>) -> Data {
    let query = match store.backend() {
        Backend::Sqlite => {
            "SELECT m.name || '.' || c.name AS line FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY line"
        }
        Backend::Postgres => {
            "SELECT table_name || '.' || column_name AS line FROM information_schema.columns
             WHERE table_schema = 'public' ORDER BY line"
        }
    };
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines(store, query) {
        let (table, column) = line.split_once('.').unwrap();
        if !table.starts_with("__") && !table.starts_with("post_search") && !table.starts_with("user_search") {
            columns.entry(table.to_owned()).or_default().push(column.to_owned());
        }
    }
    let wanted = |table: &String| before.is_none_or(|before| before.contains_key(table));
    columns
        .into_iter()
        .filter(|(table, _)| wanted(table))
        .map(|(table, present)| {
            let columns = before.map_or(present, |before| before[&table].0.clone());
            let cells: Vec<String> =
                columns.iter().map(|column| format!("coalesce(CAST({column} AS TEXT), '(none)')")).collect();
            let rows =
                lines(store, &format!("SELECT {} AS line FROM {table} ORDER BY line", cells.join(" || '|' || ")));
            let mut hash = DefaultHasher::new();
            rows.hash(&mut hash);
            (table, (columns, hash.finish()))
        })
        .collect()
}

/// 100,000 rows in the tables that there are, by statements that both databases read alike.
fn fill(store: &Store) {
    let there: Vec<String> = data(store, None).into_keys().collect();
    let has = |table: &str| there.iter().any(|one| one == table);
    let share = ROWS / 4;
    let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {share})");
    let (at, n) = ("'2026-04-01 00:00:00'", "CAST(i AS TEXT)");
    let mut sql = format!(
        "{numbers} INSERT INTO users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version)
           SELECT 'u' || {n}, 'u' || {n} || '@town.example.jp', '架空 ' || {n}, 'かくう', CASE WHEN i % 3 = 0 THEN NULL ELSE 'h' END, 'active', 1, {at}, {at}, i FROM n;
         {numbers} INSERT INTO sessions (id, user_id, user_agent, ip, created_at, last_used_at, expires_at, revoked_at, revoke_reason)
           SELECT 's' || {n}, 'u' || {n}, 'test', '192.0.2.1', {at}, {at}, {at}, NULL, NULL FROM n;
         INSERT INTO consortia (id, name, created_at, updated_at, version) VALUES ('c1', '共同調達（架空）', {at}, {at}, 1);
         INSERT INTO members (id, consortium_id, municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, version)
           VALUES ('m1', 'c1', '143618', '中井町', 'なかいまち', 'town', 9300, 'full', true, '2026-04-01', NULL, {at}, {at}, 1);
         {numbers} INSERT INTO grants (id, user_id, role, consortium_id, member_id, granted_by, created_at, revoked_at)
           SELECT 'g' || {n}, 'u' || {n}, 'learner', 'c1', 'm1', NULL, {at}, NULL FROM n;"
    );
    if has("posts") {
        write!(
            sql,
            "{numbers} INSERT INTO posts (id, consortium_id, member_id, author_id, kind, visibility, state, title, body, body_html, story, hours_saved, yen_saved, search_key, resolved_at, resolved_by_comment_id, helpful_count, comments_count, replications_count, reviewed_by, published_at, created_at, updated_at, version)
               SELECT 'p' || {n}, 'c1', 'm1', 'u' || {n}, 'worry', 'consortium', 'published', '悩み ' || {n}, '本文 〜 𠮷', '<p>本文</p>', NULL, NULL, NULL, '悩み', NULL, NULL, 0, 0, 0, NULL, {at}, {at}, {at}, 1 FROM n;"
        )
        .unwrap();
    } else {
        write!(
            sql,
            "{numbers} INSERT INTO refresh_tokens (token_hash, session_id, issued_at, used_at) SELECT 't' || {n}, 's' || {n}, {at}, NULL FROM n;"
        )
        .unwrap();
    }
    if has("seat_transfers") {
        sql.push_str(&procurement(at));
    }
    if has("audit_entries") {
        sql.push_str(&traces(at));
    }
    store.write_now(move |db| fixtures::execute(db, &sql)).unwrap();
}

fn numbers(count: i64) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})")
}

/// Contracts with all that hangs on them; the balances come from the trigger, as always.
fn procurement(at: &str) -> String {
    let (each, n) = (numbers(CONTRACTS), "CAST(i AS TEXT)");
    let applied = numbers(WATCHED);
    format!(
        "{each} INSERT INTO rounds (id, consortium_id, title, product, fiscal_year, contract_mode, census_year, seats_counted_on, stage, created_at, updated_at, version)
           SELECT 'r' || {n}, 'c1', '令和8年度', '学習（架空）', 2026, 'lead_contract', 2020, '2026-04-01', 'allocated', {at}, {at}, 1 FROM n;
         {each} INSERT INTO quotes (id, consortium_id, round_id, vendor, title, valid_until_on, schedule, tax_rate, tax_included, note, created_at, updated_at, version)
           SELECT 'q' || {n}, 'c1', 'r' || {n}, '架空株式会社', '見積', '2026-12-31', '{{}}', '0.10', false, '', {at}, {at}, 1 FROM n;
         {each} INSERT INTO scenarios (id, consortium_id, round_id, quote_id, name, state, inputs, result, input_hash, result_hash, rule_versions, seats, total_yen, finalised_at, finalised_by, created_at, updated_at, version)
           SELECT 's' || {n}, 'c1', 'r' || {n}, 'q' || {n}, '案', 'finalised', '{{}}', '{{}}', 'h', 'h', '{{}}', 20, 660000, {at}, 'u1', {at}, {at}, 1 FROM n;
         {each} INSERT INTO contracts (id, consortium_id, round_id, scenario_id, number, vendor, starts_on, ends_on, seats, ex_tax_yen, tax_yen, total_yen, state, signed_on, created_at, updated_at, version)
           SELECT 'k' || {n}, 'c1', 'r' || {n}, 's' || {n}, 'R8-' || {n}, '架空株式会社', '2026-04-01', '2027-03-31', 20, 600000, 60000, 660000, 'active', '2026-04-01', {at}, {at}, 1 FROM n;
         {each} INSERT INTO contract_amendments (id, consortium_id, contract_id, seats, ex_tax_yen, tax_yen, reason, effective_on, created_by, created_at)
           SELECT 'x' || {n}, 'c1', 'k' || {n}, 0, 0, 0, '変更（架空）', '2026-05-01', 'u1', {at} FROM n;
         {each} INSERT INTO shares (id, consortium_id, contract_id, member_id, seats, share_yen, remainder_yen, stand_alone_yen, reason, created_at)
           SELECT 'y' || {n}, 'c1', 'k' || {n}, 'm1', 20, 660000, 0, 660000, '{{}}', {at} FROM n;
         {each} INSERT INTO seat_accounts (id, consortium_id, contract_id, member_id, kind, balance, assigned, held, next_waiting, created_at)
           SELECT 'v' || {n}, 'c1', 'k' || {n}, NULL, 'reserve', 0, 0, 0, 1, {at} FROM n;
         {each} INSERT INTO seat_accounts (id, consortium_id, contract_id, member_id, kind, balance, assigned, held, next_waiting, created_at)
           SELECT 'w' || {n}, 'c1', 'k' || {n}, 'm1', 'member', 0, 0, 0, 1, {at} FROM n;
         {each} INSERT INTO seat_transfers (id, consortium_id, contract_id, from_account_id, to_account_id, seats, kind, reason, corrects_id, created_by, created_at)
           SELECT 'a' || {n}, 'c1', 'k' || {n}, NULL, 'v' || {n}, 20, 'purchase', '契約', NULL, 'u1', {at} FROM n;
         {each} INSERT INTO seat_transfers (id, consortium_id, contract_id, from_account_id, to_account_id, seats, kind, reason, corrects_id, created_by, created_at)
           SELECT 'b' || {n}, 'c1', 'k' || {n}, 'v' || {n}, 'w' || {n}, 15, 'allocate', '配分', NULL, 'u1', {at} FROM n;
         INSERT INTO entry_calls (id, consortium_id, member_id, contract_id, account_id, title, guidance, capacity, policy, questions, closes_on, state, lottery_seed, created_at, updated_at, version)
           VALUES ('e1', 'c1', 'm1', 'k1', 'w1', '募集（架空）', '', 15, 'selection', '[]', '2026-05-20', 'open', NULL, {at}, {at}, 1);
         {applied} INSERT INTO applications (id, consortium_id, member_id, call_id, user_id, want_to_learn, problem_at_work, answers, supervisor_name, supervisor_email, state, acknowledged_at, decision_reason, decided_by, decided_at, created_at, updated_at, version)
           SELECT 'j' || {n}, 'c1', 'm1', 'e1', 'u' || {n}, '表計算', '集計 〜 𠮷', '[]', '架空 上長', 'boss@town.example.jp', 'submitted', NULL, NULL, NULL, NULL, {at}, {at}, 1 FROM n;"
    )
}

/// Revisions, the audit trail, and mails with what became of them.
fn traces(at: &str) -> String {
    let (each, n) = (numbers(WATCHED), "CAST(i AS TEXT)");
    format!(
        "{each} INSERT INTO post_revisions (id, consortium_id, post_id, revision, title, body, story, edited_by, created_at)
           SELECT 'z' || {n}, 'c1', 'p' || {n}, 1, '悩み ' || {n}, '本文 〜 𠮷', NULL, 'u' || {n}, {at} FROM n;
         INSERT INTO audit_chains (scope, entries, head) VALUES ('c1', {WATCHED}, 'h{WATCHED}');
         {each} INSERT INTO audit_entries (id, scope, sequence, consortium_id, member_id, actor_id, actor_role, action, subject_kind, subject_id, outcome, details, request_id, ip, at, previous_hash, hash)
           SELECT 'l' || {n}, 'c1', i, 'c1', 'm1', 'u1', 'contact', 'post.created', 'post', 'p' || {n}, 'done', '{{}}', 'q' || {n}, '192.0.2.1', {at}, 'h' || CAST(i - 1 AS TEXT), 'h' || {n} FROM n;
         {each} INSERT INTO outbox (id, consortium_id, kind, user_id, to_name, to_address, subject, body, state, attempts, next_attempt_at, claimed_until, last_error, request_id, created_at, sent_at)
           SELECT 'o' || {n}, 'c1', 'post_commented', 'u' || {n}, '架空 ' || {n}, 'u' || {n} || '@town.example.jp', '件名', '本文 〜 𠮷', 'sent', 1, {at}, NULL, NULL, 'q' || {n}, {at}, {at} FROM n;
         {each} INSERT INTO mail_deliveries (id, outbox_id, attempt, outcome, detail, at)
           SELECT 'd' || {n}, 'o' || {n}, 1, 'sent', '250 OK', {at} FROM n;"
    )
}

/// The guards came back with the tables: what a ledger holds is refused to every statement.
fn assert_guarded(store: &Store, release: &str, before: &Data) {
    for table in LEDGERS.into_iter().filter(|table| before.contains_key(*table)) {
        let mut statements = vec![format!("UPDATE {table} SET id = id"), format!("DELETE FROM {table}")];
        if store.backend() == Backend::Postgres {
            statements.push(format!("TRUNCATE {table} CASCADE"));
        }
        for statement in statements {
            let sql = statement.clone();
            let refused = store.write_now(move |db| fixtures::execute(db, &sql));
            let name = format!("{table}_append_only");
            assert!(
                matches!(&refused, Err(StoreError::Constraint(constraint)) if constraint.name == name),
                "{release}: {statement}: {refused:?}"
            );
        }
    }
}

#[test]
fn a_link_in_a_mail_that_an_older_release_gave_up_is_forgotten() {
    on_each_database(|store| {
        store.step_to("00000000000010").unwrap();
        let mail = |id: &str, kind: &str, state: &str| {
            format!(
                "INSERT INTO outbox (id, consortium_id, kind, user_id, to_name, to_address, subject, body, state, attempts, next_attempt_at, claimed_until, last_error, request_id, created_at, sent_at, read_at)
                 VALUES ('{id}', NULL, '{kind}', NULL, '架空', 'a@town.example.jp', '件名', 'https://yui.example/#token=yui_inv_x', '{state}', 1, '2026-04-01 00:00:00', NULL, NULL, 'q', '2026-04-01 00:00:00', NULL, NULL);"
            )
        };
        let sql =
            mail("1", "invite", "parked") + &mail("2", "invite", "pending") + &mail("3", "post_commented", "parked");
        store.write_now(move |db| fixtures::execute(db, &sql)).unwrap();
        store.migrate().unwrap();
        let kept = lines(store, "SELECT id AS line FROM outbox WHERE body LIKE '%yui_inv_x%' ORDER BY id");
        assert_eq!(kept, ["2", "3"]);
        store.shutdown();
    });
}

#[test]
fn names_that_an_older_release_keyed_are_found_in_every_form_of_their_characters() {
    on_each_database(|store| {
        store.step_to("00000000000023").unwrap();
        let sql = "INSERT INTO users (id, email, display_name, kana, kana_key, name_key, password_hash, state, session_version, created_at, updated_at, version)
             VALUES ('u', 'u@town.example.jp', '髙﨑 架空', 'タカサキ', 'たかさき', '髙﨑架空 たかさき', NULL, 'active', 1, '2026-04-01 00:00:00', '2026-04-01 00:00:00', 1)";
        store.write_now(move |db| fixtures::execute(db, sql)).unwrap();
        store.migrate().unwrap();
        let key = "SELECT REPLACE(name_key, CHAR(10), '|') || ' ' || display_name AS line FROM users";
        let key =
            if store.backend() == Backend::Postgres { key.replace("CHAR(10)", "CHR(10)") } else { key.to_owned() };
        assert_eq!(lines(store, &key), ["高崎架空|たかさき 髙﨑 架空"]);
        store.step_to("00000000000023").unwrap();
        assert_eq!(lines(store, "SELECT 'x' || name_key AS line FROM users"), ["x"], "the older release makes its own");
        store.shutdown();
    });
}

#[test]
fn from_each_released_schema_with_100_000_rows_up_down_and_up_keep_the_data_and_the_schema() {
    for (release, version) in RELEASED {
        on_each_database(|store| {
            store.step_to(version).unwrap();
            let released = schema(store);
            fill(store);
            let before = data(store, None);
            let rows = before.keys().map(|table| format!("SELECT COUNT(*) AS n FROM {table}")).collect::<Vec<_>>();
            let count =
                format!("SELECT CAST(SUM(n) AS BIGINT) AS number FROM ({}) AS counts", rows.join(" UNION ALL "));
            let count = store.read_now(move |db| fixtures::number(db, &count)).unwrap();
            assert!(count >= ROWS, "{release}: {count} rows");

            store.migrate().unwrap();
            let newest = schema(store);
            assert_eq!(data(store, Some(&before)), before, "{release}: up keeps the data");
            store.step_to(version).unwrap();
            assert_eq!(schema(store), released, "{release}: down leads back to the schema");
            assert_eq!(data(store, Some(&before)), before, "{release}: down keeps the data");
            store.migrate().unwrap();
            assert_eq!(schema(store), newest, "{release}: up again leads to the same schema");
            assert_eq!(data(store, Some(&before)), before, "{release}: up again keeps the data");
            let named = "SELECT COUNT(*) AS number FROM users WHERE name_key LIKE '架空_%' AND name_key LIKE '%かくう'";
            let (named, all) = (named.to_owned(), "SELECT COUNT(*) AS number FROM users".to_owned());
            let (named, all) = store
                .read_now(move |db| Ok::<_, StoreError>((fixtures::number(db, &named)?, fixtures::number(db, &all)?)))
                .unwrap();
            assert_eq!(named, all, "{release}: everybody is found by name");
            assert_guarded(store, release, &before);
            store.shutdown();
        });
    }
}
