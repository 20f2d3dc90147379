//! What keeps the databases fast: how SQLite was compiled, and PostgreSQL's statistics of young tables.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use store::{Options, StoreError};

use crate::support::{Rig, options, shared_cluster};

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Text)]
    compile_options: String,
}

#[test]
fn the_embedded_database_is_compiled_as_the_configuration_of_the_build_says() {
    let rig = Rig::sqlite_with(&options());
    let flags: Result<Vec<Flag>, StoreError> =
        rig.store.read_now(|db| Ok(diesel::sql_query("PRAGMA compile_options").load(db)?));
    let flags: Vec<String> = flags.unwrap().into_iter().map(|flag| flag.compile_options).collect();
    for wanted in [
        "STMTJRNL_SPILL=-1",
        "THREADSAFE=2",
        "DEFAULT_MEMSTATUS=0",
        "OMIT_LOAD_EXTENSION",
        "DEFAULT_PCACHE_INITSZ=0",
        "ENABLE_FTS5",
        "ENABLE_QPSG",
    ] {
        assert!(flags.iter().any(|flag| flag == wanted), "{wanted} is missing: .cargo/config.toml was not read");
    }
    for unwanted in ["ENABLE_STAT4", "ENABLE_MEMORY_MANAGEMENT", "ENABLE_API_ARMOR"] {
        assert!(!flags.iter().any(|flag| flag == unwanted), "{unwanted}");
    }
}

#[test]
fn a_table_that_grew_from_nothing_is_looked_at_once() {
    let Some(cluster) = shared_cluster() else {
        return;
    };
    // One writer, so that its connection reports what it wrote before it asks.
    let rig = Rig::postgres_with(cluster, &Options { writers: 1, ..options() });
    rig.sql("CREATE TABLE towns (id BIGINT NOT NULL); CREATE TABLE small (id BIGINT NOT NULL);");
    let fill = "INSERT INTO towns SELECT generate_series(1, 2000); INSERT INTO small VALUES (1);";
    let written: Result<(), StoreError> = rig.store.write_now(move |db| Ok(db.batch_execute(fill)?));
    written.unwrap();
    let look = || {
        rig.store.write_now(|db| -> Result<Vec<String>, StoreError> {
            db.batch_execute("SELECT pg_stat_force_next_flush()")?;
            store::look_at_grown_tables(db)
        })
    };
    // The report itself leaves with the end of a transaction.
    let first = look().unwrap();
    let seen = if first.is_empty() { look().unwrap() } else { first };
    assert_eq!(seen, ["towns"]);
    look().unwrap();
    assert!(look().unwrap().is_empty());
}
