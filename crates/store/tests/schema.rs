//! R13: both migration trees go up, down and up again, and give the same tables, the ones of `schema.rs`.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use std::collections::{BTreeMap, BTreeSet};
use store::{Backend, DatabaseUrl, Db, Options, Store, StoreError};
use testkit::{postgres, sqlite};

/// Column → (kind, nullable); kinds are those of `schema.rs`.
type Columns = BTreeMap<String, (String, bool)>;
type Tables = BTreeMap<String, Columns>;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The tables that only one database has: search, and diesel's own.
const APART: [&str; 3] = ["post_search", "user_search", "__diesel_schema_migrations"];

fn names(db: &mut Db, query: &str) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<Name> = diesel::sql_query(query).load(db)?;
    Ok(rows.into_iter().map(|row| row.name).filter(|name| !APART.iter().any(|apart| name.starts_with(apart))).collect())
}

fn tables(store: &Store) -> Tables {
    let query = match store.backend() {
        Backend::Sqlite => {
            "SELECT m.name AS table_name, c.name AS column_name, c.type AS kind, (c.\"notnull\" = 0 AND c.pk = 0) AS nullable
             FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
        Backend::Postgres => {
            "SELECT table_name::text, column_name::text, data_type::text AS kind, is_nullable = 'YES' AS nullable
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let rows: Vec<Column> = store.read_now(move |db| Ok::<_, StoreError>(diesel::sql_query(query).load(db)?)).unwrap();
    let mut tables = Tables::new();
    for row in rows.into_iter().filter(|row| !APART.iter().any(|apart| row.table_name.starts_with(apart))) {
        tables.entry(row.table_name).or_default().insert(row.column_name, (row.kind, row.nullable));
    }
    tables
}

/// Names of indexes that the migrations give, with their tables; primary keys are anonymous on SQLite.
fn indexes(store: &Store) -> BTreeSet<String> {
    let query = match store.backend() {
        Backend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        Backend::Postgres => {
            "SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey'"
        }
    };
    let mut found = store.read_now(move |db| names(db, query)).unwrap();
    if store.backend() == Backend::Sqlite {
        // A UNIQUE inside a table is an index without a name there.
        found.extend(constraints(store).into_iter().filter(|name| name.ends_with("_key")));
    }
    found
}

/// Every `CONSTRAINT name` in the tables of a SQLite database.
fn constraints(store: &Store) -> BTreeSet<String> {
    let query = "SELECT sql AS name FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL";
    let statements = store.read_now(move |db| names(db, query)).unwrap();
    statements
        .iter()
        .flat_map(|sql| sql.split("CONSTRAINT ").skip(1))
        .map(|rest| rest.split_whitespace().next().unwrap().to_owned())
        .collect()
}

/// Names of CHECKs and foreign keys, as the migrations give them.
fn rules(store: &Store) -> BTreeSet<String> {
    match store.backend() {
        Backend::Postgres => store
            .read_now(|db| {
                names(db, "SELECT conname::text AS name FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace")
            })
            .unwrap(),
        Backend::Sqlite => constraints(store).into_iter().filter(|name| !name.ends_with("_key")).collect(),
    }
}

/// What `schema.rs` says, read as text: the file is the single list of columns that queries see.
fn declared() -> Tables {
    let text = include_str!("../src/schema.rs");
    let mut tables = Tables::new();
    let mut current = None;
    for line in text.lines().map(str::trim) {
        if let Some((name, rest)) = line.split_once(" (") {
            if rest.ends_with(") {") && !line.starts_with("diesel") {
                current = Some(name.to_owned());
            }
        } else if let (Some(table), Some((column, kind))) = (&current, line.split_once(" -> ")) {
            let kind = kind.trim_end_matches(',');
            let nullable = kind.starts_with("Nullable<");
            let kind = kind.trim_start_matches("Nullable<").trim_end_matches('>').to_owned();
            tables.entry(table.clone()).or_default().insert(column.to_owned(), (kind, nullable));
        }
    }
    tables
}

fn as_stored(declared: &Tables, backend: Backend) -> Tables {
    let word = |kind: &str| {
        let (lite, pg) = match kind {
            "Text" => ("TEXT", "text"),
            "BigInt" => ("INTEGER", "bigint"),
            "Bool" => ("INTEGER", "boolean"),
            "Timestamp" => ("TEXT", "timestamp without time zone"),
            "Date" => ("TEXT", "date"),
            "Binary" => ("BLOB", "bytea"),
            other => panic!("schema.rs uses {other}"),
        };
        if backend == Backend::Sqlite { lite } else { pg }.to_owned()
    };
    declared
        .iter()
        .map(|(table, columns)| {
            let columns = columns.iter().map(|(name, (kind, null))| (name.clone(), (word(kind), *null))).collect();
            (table.clone(), columns)
        })
        .collect()
}

fn on_each_database(mut test: impl FnMut(&Store)) {
    let file = sqlite::database();
    let url = DatabaseUrl::parse(&format!("sqlite:{}", file.path().display())).unwrap();
    test(&Store::open(&url, &Options::default()).unwrap());
    if let Some(database) = postgres::empty_database() {
        test(&Store::open(&DatabaseUrl::parse(&database.url()).unwrap(), &Options::default()).unwrap());
    }
}

#[test]
fn the_tables_are_those_of_schema_rs_on_both_databases() {
    let declared = declared();
    assert!(declared.len() > 40, "only {} tables were read", declared.len());
    on_each_database(|store| {
        store.migrate().unwrap();
        assert_eq!(tables(store), as_stored(&declared, store.backend()));
    });
}

#[test]
fn both_databases_have_the_same_named_indexes_and_rules() {
    let mut seen = Vec::new();
    on_each_database(|store| {
        store.migrate().unwrap();
        seen.push((indexes(store), rules(store)));
    });
    assert!(seen[0].0.len() > 50 && seen[0].1.len() > 80, "{:?}", seen[0]);
    if let [(lite_indexes, lite_rules), (pg_indexes, pg_rules)] = seen.as_slice() {
        // The search index exists in one shape only on each side.
        let shared = |names: &BTreeSet<String>| {
            names
                .iter()
                .filter(|n| !n.contains("post_search") && !n.contains("user_search"))
                .cloned()
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(shared(lite_indexes), shared(pg_indexes));
        assert_eq!(shared(lite_rules), shared(pg_rules));
    }
}

#[test]
fn migrations_go_up_down_and_up_again() {
    on_each_database(|store| {
        let applied = store.migrate().unwrap();
        let first = (tables(store), indexes(store), rules(store));
        let mut reverted = store.revert_all().unwrap();
        reverted.reverse();
        assert_eq!(applied, reverted);
        assert!(tables(store).is_empty(), "down leaves {:?}", tables(store).keys());
        assert_eq!(store.migrate().unwrap(), applied);
        assert_eq!((tables(store), indexes(store), rules(store)), first);
        assert!(store.pending().unwrap().is_empty());
    });
}

#[test]
fn ledgers_and_audit_refuse_to_be_changed() {
    on_each_database(|store| {
        store.migrate().unwrap();
        let insert = "INSERT INTO audit_entries (id, scope, sequence, actor_role, action, subject_kind, subject_id, outcome, details, request_id, ip, at, previous_hash, hash)
             VALUES ('a', 'service', 1, 'service', 'tested', 'test', 'x', 'done', '{}', 'r', '', '2026-04-01 00:00:00', '', 'h')";
        store.write_now(move |db| Ok::<_, StoreError>(diesel::sql_query(insert).execute(db)?)).unwrap();
        for statement in ["UPDATE audit_entries SET action = 'forged'", "DELETE FROM audit_entries"] {
            let refused = store.write_now(move |db| Ok::<_, StoreError>(diesel::sql_query(statement).execute(db)?));
            assert!(
                matches!(&refused, Err(StoreError::Constraint(c)) if c.name == "audit_entries_append_only"),
                "{statement}: {refused:?}"
            );
        }
    });
}

/// What a consortium's export leaves out: credentials, what passes by, and what belongs to nobody's consortium.
const WITHHELD: [&str; 18] = [
    "answer_drafts",
    "audit_chains",
    "digest_items",
    "email_changes",
    "idempotency_records",
    "import_drafts",
    "mail_deliveries",
    "notification_preferences",
    "one_time_tokens",
    "personal_tokens",
    "recovery_codes",
    "refresh_tokens",
    "second_factors",
    "session_cookies",
    "session_places",
    "sessions",
    "sign_in_attempts",
    "signing_keys",
];

#[test]
fn every_table_is_exported_or_withheld_by_name() {
    let named = |file: &'static str| match file {
        "consortium" => "consortia",
        "people" => "users",
        "mails" => "outbox",
        same => same,
    };
    let exported = store::export::TABLES.iter().map(|table| named(table.name));
    let decided: BTreeSet<String> = exported.chain(WITHHELD).map(str::to_owned).collect();
    assert_eq!(decided, declared().into_keys().collect(), "a new table: does its consortium take it along?");
}
