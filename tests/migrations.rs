//! R13: from each released schema with 100,000 rows of data the migrations go up, down and up again, on both
//! databases; what was there before is there after, byte for byte, and the schema comes out the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use store::{Backend, DatabaseUrl, Options, Store, fixtures};

/// The last migration of each release, and for a rehearsal of a long way one from the middle of the first.
const RELEASED: [(&str, &str); 2] = [("0.1.0", "00000000000007"), ("0.1.0, half-way", "00000000000002")];
const ROWS: i64 = 100_000;

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
        if !table.starts_with("__") && !table.starts_with("post_search") {
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
    store.write_now(move |db| fixtures::execute(db, &sql)).unwrap();
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
            store.shutdown();
        });
    }
}
