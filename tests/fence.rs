//! S22, the second fence: on PostgreSQL a statement whose filter was lost still reaches no row of another consortium. Two
//! whole consortia stand on one service; the statements here ask for everything, or for the other by name.
//!
//! What kills the lost filter on SQLite, which has no second fence, is `two_worlds.rs`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use acceptance::people::People;
use acceptance::world::World;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Backend, DatabaseUrl, Db, Fence, Options, Store, StoreError, accounts, audit, board, consortium, contracts, demand,
    entries, fixtures, notify, pricing, requests, rounds, scenarios, search, seats,
};
use testkit::app::{Face, TestApp, on_both};
use testkit::postgres;

/// The tables with a consortium, and the column that names it; asked of PostgreSQL, not written down here.
const FENCED: &str =
    "SELECT c.relname || '.' || a.attname AS line FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND NOT a.attisdropped
      AND (a.attname = 'consortium_id' OR (c.relname = 'consortia' AND a.attname = 'id')) ORDER BY 1";

fn two_worlds(app: &TestApp) -> (World, World) {
    let (a, _) = World::build(app);
    let (b, _) = World::of(People::at(app, "village.example.jp"));
    (a, b)
}

/// A service on PostgreSQL with two worlds; none where the server is not installed.
fn on_postgres(story: impl FnOnce(&TestApp, &World, &World)) {
    let Some(app) = TestApp::with_on_postgres(Face::default()) else { return };
    let (a, b) = two_worlds(&app);
    story(&app, &a, &b);
    acceptance::assert_verified(&app);
}

fn of(world: &World) -> String {
    world.ids["consortium_id"].clone()
}

fn within(store: &Store, worlds: &[&World]) -> Store {
    store.within(Fence::around(worlds.iter().map(|world| of(world))))
}

fn lines(store: &Store, query: String) -> Vec<String> {
    store.read_now(move |db| fixtures::lines_within(db, &query)).unwrap()
}

fn tables(store: &Store) -> Vec<(String, String)> {
    let parted = lines(store, FENCED.to_owned());
    parted.iter().map(|line| line.split_once('.').unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// Whose rows an unfiltered query of a table gives.
fn shown(store: &Store, (table, column): &(String, String)) -> BTreeSet<String> {
    let query = format!("SELECT DISTINCT {column} AS line FROM {table} WHERE {column} IS NOT NULL");
    lines(store, query).into_iter().collect()
}

#[test]
fn an_unfiltered_query_of_any_table_shows_the_consortium_of_its_transaction() {
    on_postgres(|app, a, b| {
        let store = app.service.store();
        let (closed, all) = (store.within(Fence::closed()), store.within(Fence::service_wide()));
        let (at_a, at_both) = (within(store, &[a]), within(store, &[a, b]));
        let mut filled = 0;
        for table in tables(store) {
            let owners = shown(&all, &table);
            let both = owners.contains(&of(a)) && owners.contains(&of(b));
            filled += usize::from(both);
            assert_eq!(shown(&closed, &table), BTreeSet::new(), "{table:?}");
            assert_eq!(shown(&at_a, &table), owners.iter().filter(|id| **id == of(a)).cloned().collect(), "{table:?}");
            let of_both: BTreeSet<_> = owners.into_iter().filter(|id| [of(a), of(b)].contains(id)).collect();
            assert_eq!(shown(&at_both, &table), of_both, "{table:?}");
        }
        assert!(filled > 22, "{filled} tables have rows of both worlds");
    });
}

#[test]
fn a_transaction_does_not_inherit_the_fence_of_the_one_before() {
    on_postgres(|app, a, b| {
        let url = app.database();
        // One connection for readers and one for writers.
        let store = Store::open(url, &Options { readers: 1, writers: 1, ..Options::default() }).unwrap();
        let members = ("members".to_owned(), "consortium_id".to_owned());
        let writes = |store: &Store| {
            let query = "SELECT DISTINCT consortium_id AS line FROM members".to_owned();
            store.write_now(move |db| fixtures::lines_within(db, &query)).unwrap()
        };
        for world in [a, b, a] {
            assert_eq!(shown(&within(&store, &[world]), &members), BTreeSet::from([of(world)]));
            assert_eq!(shown(&store, &members), BTreeSet::new());
            assert_eq!(writes(&within(&store, &[world])), [of(world)]);
            assert_eq!(writes(&store), Vec::<String>::new());
        }
        // A look beyond the fence ends with itself, also in the middle of a transaction.
        let around = within(&store, &[a]).read_now(|db| {
            let look = |db: &mut Db| fixtures::lines_within(db, "SELECT id AS line FROM consortia");
            Ok::<_, StoreError>((look(db)?.len(), store::fence::beyond(db, look)?.len() > 2, look(db)?.len()))
        });
        assert_eq!(around, Ok((1, true, 1)));
        store.shutdown();
    });
}

/// What a table with triggers that refuse every change says before the policy is asked.
const LEDGERS: &str = "_append_only";

#[test]
fn a_row_of_another_consortium_is_neither_changed_nor_deleted_nor_added() {
    on_postgres(|app, a, b| {
        let store = app.service.store();
        let (at_a, at_b) = (within(store, &[a]), within(store, &[b]));
        let run = |statement: String| at_a.write_now(move |db| fixtures::execute_within(db, &statement));
        let mut refused = 0;
        for (table, column) in tables(store) {
            let theirs = format!("{column} = '{}'", of(b));
            assert_eq!(run(format!("UPDATE {table} SET {column} = {column} WHERE {theirs}")), Ok(0), "{table}");
            assert_eq!(run(format!("DELETE FROM {table} WHERE {theirs}")), Ok(0), "{table}");
            // A whole row of B, as B sees it, is brought by somebody behind the fence of A.
            let row = format!("SELECT CAST(row_to_json(t) AS TEXT) AS line FROM {table} t WHERE {theirs} LIMIT 1");
            let Some(row) = lines(&at_b, row).pop() else { continue };
            let row = row.replace('\'', "''");
            let added = run(format!("INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, '{row}')"));
            assert!(
                matches!(&added, Err(StoreError::Internal(said)) if said.contains("row-level security")),
                "{table}: {added:?}"
            );
            // Nor is an own row handed over.
            let given = run(format!("UPDATE {table} SET {column} = '{}' WHERE {column} = '{}'", of(b), of(a)));
            let said = format!("{given:?}");
            assert!(
                ["row-level security", LEDGERS, "scenarios_frozen"].iter().any(|word| said.contains(word)),
                "{table}: {said}"
            );
            refused += 1;
        }
        assert!(refused > 22, "{refused} tables");
    });
}

type Ids = BTreeMap<String, String>;
type Ask = fn(&mut Db, &Ids) -> usize;

fn id<'a>(ids: &'a Ids, name: &str) -> &'a str {
    &ids[name]
}

/// The store's own questions, each for what a world has: what a use case would get whose rights were not checked.
const ASKS: &[(&str, Ask)] = &[
    ("consortium", |db, w| consortium::find(db, id(w, "consortium_id")).into_iter().count()),
    ("members", |db, w| consortium::members(db, id(w, "consortium_id"), &consortium::MEMBERS.top(9)).unwrap().len()),
    ("member", |db, w| consortium::find_member(db, id(w, "member_id")).into_iter().count()),
    ("staff", |db, w| {
        let everybody = accounts::users::StaffFilter::default();
        let slice = accounts::users::PEOPLE.top(9);
        accounts::users::staff(db, id(w, "consortium_id"), &everybody, None, &slice).unwrap().len()
    }),
    ("holders", |db, w| notify::holders(db, id(w, "consortium_id"), None, "lead").unwrap().len()),
    ("found people", |db, w| search::names::people(db, id(w, "consortium_id"), None, &[], 9).unwrap().len()),
    ("rounds", |db, w| rounds::list(db, id(w, "consortium_id"), &rounds::ROUNDS.top(9)).unwrap().len()),
    ("invited", |db, w| rounds::invited(db, id(w, "round_id")).unwrap().len()),
    ("surveys", |db, w| demand::of_round(db, id(w, "round_id")).unwrap().len()),
    ("answers", |db, w| demand::answers(db, id(w, "survey_id")).unwrap().len()),
    ("quotes", |db, w| pricing::of_round(db, id(w, "round_id"), &pricing::QUOTES.top(9)).unwrap().len()),
    ("scenarios", |db, w| scenarios::of_round(db, id(w, "round_id"), &scenarios::SCENARIOS.top(9)).unwrap().len()),
    ("contracts", |db, w| contracts::list(db, id(w, "consortium_id"), &contracts::CONTRACTS.top(9)).unwrap().len()),
    ("shares", |db, w| contracts::shares_by_town(db, id(w, "contract_id")).unwrap().len()),
    ("accounts", |db, w| seats::accounts_of(db, id(w, "contract_id")).unwrap().len()),
    ("locked accounts", |db, w| seats::lock_accounts(db, &[id(w, "account_id").to_owned()]).unwrap().len()),
    ("ledger", |db, w| seats::transfers(db, id(w, "contract_id"), None, &seats::TRANSFERS.top(9)).unwrap().len()),
    ("assignments", |db, w| {
        let slice = seats::assignments::ASSIGNMENTS.top(9);
        seats::assignments::of_account(db, id(w, "account_id"), false, None, &slice).unwrap().len()
    }),
    ("waiting list", |db, w| {
        seats::waiting::of_account(db, id(w, "account_id"), &seats::waiting::WAITING.top(9)).unwrap().len()
    }),
    ("offer", |db, w| seats::offers::find(db, id(w, "offer_id")).into_iter().count()),
    ("requests", |db, w| {
        requests::of_consortium(db, id(w, "consortium_id"), None, None, &requests::REQUESTS.top(9)).unwrap().len()
    }),
    ("entry call", |db, w| entries::find(db, id(w, "call_id")).into_iter().count()),
    ("applications", |db, w| {
        let slice = entries::applications::APPLICATIONS.top(9);
        entries::applications::of_call(db, id(w, "call_id"), &slice).unwrap().len()
    }),
    ("post", |db, w| board::find(db, id(w, "post_id")).into_iter().count()),
    ("comments", |db, w| board::talk::comments(db, id(w, "post_id"), &board::talk::COMMENTS.top(9)).unwrap().len()),
    ("attachment", |db, w| board::attachments::content(db, id(w, "attachment_id")).into_iter().count()),
    ("mails", |db, w| notify::log::mails(db, id(w, "consortium_id"), None, &notify::log::MAILS.top(9)).unwrap().len()),
    ("audit trail", |db, w| {
        let everything = audit::Filter::default();
        audit::search(db, Some(id(w, "consortium_id")), &everything, &audit::TRAIL.top(9)).unwrap().len()
    }),
];

#[test]
fn the_stores_own_questions_about_another_consortium_find_nothing() {
    on_both(|app| {
        let (a, b) = two_worlds(app);
        let store = app.service.store();
        let answers = |fence: Fence, ask: Ask| {
            let ids = b.ids.clone();
            store.within(fence).write_now(move |db| Ok::<_, StoreError>(ask(db, &ids))).unwrap()
        };
        for (name, ask) in ASKS {
            let own = answers(Fence::around([of(&b)]), *ask);
            assert!(own > 0, "{name}: B finds its own");
            // The negative control: without the fence, and on SQLite always, the question is answered.
            assert_eq!(answers(Fence::service_wide(), *ask), own, "{name}");
            let leaked = answers(Fence::around([of(&a)]), *ask);
            match store.backend() {
                Backend::Postgres => assert_eq!(leaked, 0, "{name}: A finds what is B's"),
                Backend::Sqlite => assert_eq!(leaked, own, "{name}: nothing but the use cases parts them here"),
            }
        }
    });
}

/// The role of `docs/OPERATIONS.md` that owns nothing: it reads and writes rows.
const CLERK: [&str; 2] = [
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk",
    "REVOKE INSERT, UPDATE, DELETE ON __diesel_schema_migrations FROM clerk",
];

#[test]
fn a_role_that_owns_nothing_serves_behind_the_fence_and_cannot_take_it_down() {
    on_postgres(|app, a, _| {
        let cluster = postgres::cluster().unwrap();
        let address = app.database().to_string();
        let database = address.strip_prefix("postgres://yui@/").unwrap().split('?').next().unwrap();
        cluster.sql("CREATE ROLE clerk LOGIN NOSUPERUSER NOBYPASSRLS");
        for grant in CLERK {
            cluster.query(database, grant).unwrap();
        }
        let url = DatabaseUrl::parse(&cluster.url_of("clerk", database)).unwrap();
        let store = Store::open(&url, &Options::default()).unwrap();
        assert_eq!(store.pending(), Ok(Vec::new()), "it serves without migrating");
        assert_eq!(store.passes_the_fence(), Ok(false));
        let members = ("members".to_owned(), "consortium_id".to_owned());
        assert_eq!(shown(&store, &members), BTreeSet::new());
        assert_eq!(shown(&within(&store, &[a]), &members), BTreeSet::from([of(a)]));
        for statement in [
            "ALTER TABLE members DISABLE ROW LEVEL SECURITY",
            "DROP POLICY fence ON members",
            "TRUNCATE members CASCADE",
        ] {
            let refused = store.write_now(move |db| fixtures::execute_within(db, statement));
            assert!(matches!(&refused, Err(StoreError::Internal(_))), "{statement}: {refused:?}");
        }
        store.shutdown();
        let above = DatabaseUrl::parse(&cluster.url_of("postgres", database)).unwrap();
        let above = Store::open(&above, &Options::default()).unwrap();
        assert_eq!(above.passes_the_fence(), Ok(true), "a superuser is under no policy");
        assert_eq!(app.service.store().passes_the_fence(), Ok(false));
        above.shutdown();
    });
}
