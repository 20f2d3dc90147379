//! Outages: while the database is away the answer is `Unavailable`, nothing is acknowledged that is
//! not kept, and work goes on without a restart once it is back.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use store::{Store, StoreError};

use crate::jobs::{TOWNS, add, count, count_outside};
use crate::support::{Cluster, Rig, block_on, options};

fn is_unavailable<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unavailable(_)))
}

/// Tries until the database is back; the connect attempts themselves take the time.
fn until_back(store: &Store, work: impl Fn(&Store) -> Result<(), StoreError>) {
    let begin = std::time::Instant::now();
    while let Err(error) = work(store) {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert!(begin.elapsed().as_secs() < 10, "the store did not recover: {error}");
    }
}

#[test]
fn a_killed_server_is_unavailable_and_used_again_once_it_is_back() {
    let Some(mut cluster) = Cluster::start_new() else {
        return;
    };
    let rig = Rig::postgres_with(&cluster, &options());
    rig.sql(TOWNS);
    rig.store.write_now(|db| add(db, 1)).unwrap();
    for round in 2..=3 {
        cluster.kill();
        let begin = std::time::Instant::now();
        assert!(is_unavailable(&rig.store.write_now(|db| add(db, 9))));
        assert!(is_unavailable(&rig.store.read_now(count)));
        assert!(is_unavailable(&block_on(rig.store.ping())));
        // Three answers, each within a second.
        assert!(begin.elapsed().as_secs() < 3, "{:?}", begin.elapsed());
        cluster.start();
        until_back(&rig.store, |store| store.write_now(move |db| add(db, round)));
        until_back(&rig.store, |store| block_on(store.ping()));
        assert_eq!(rig.store.read_now(count), Ok(round));
    }
}

#[test]
fn a_connection_that_died_while_idle_is_replaced_unnoticed() {
    let Some(cluster) = Cluster::start_new() else {
        return;
    };
    let rig = Rig::postgres_with(&cluster, &options());
    rig.sql(TOWNS);
    let end_others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
                       AND datname = current_database()";
    for id in 1..=20 {
        let ended: Result<(), StoreError> = rig.store.write_now(move |db| Ok(db.batch_execute(end_others)?));
        ended.unwrap();
        assert_eq!(rig.store.write_now(move |db| add(db, id)), Ok(()));
        assert_eq!(rig.store.read_now(count), Ok(id));
    }
}

#[test]
fn a_connection_lost_in_the_middle_of_a_job_is_replaced_and_the_job_done_once() {
    let Some(cluster) = Cluster::start_new() else {
        return;
    };
    let rig = Rig::postgres_with(&cluster, &options());
    rig.sql(TOWNS);
    let first = std::sync::atomic::AtomicBool::new(true);
    let answer: Result<(), StoreError> = rig.store.write_now(move |db| {
        add(db, 1)?;
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            db.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())")?;
        }
        add(db, 2)
    });
    assert_eq!(answer, Ok(()));
    assert_eq!(rig.store.read_now(count), Ok(2));
}

#[test]
fn a_commit_with_an_unknown_outcome_is_not_repeated() {
    let Some(cluster) = Cluster::start_new() else {
        return;
    };
    let rig = Rig::postgres_with(&cluster, &options());
    rig.sql(TOWNS);
    rig.sql(
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON towns DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW WHEN (NEW.id = 13) EXECUTE FUNCTION cut()",
    );
    let runs = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let seen = runs.clone();
    let answer = rig.store.write_now(move |db| {
        runs.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        add(db, 13)
    });
    assert!(is_unavailable(&answer), "{answer:?}");
    assert_eq!(seen.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(rig.store.write_now(|db| add(db, 14)), Ok(()));
}

#[test]
fn a_full_disk_acknowledges_nothing_it_did_not_keep_and_recovers() {
    let rig = Rig::sqlite_with(&options());
    rig.sql("CREATE TABLE towns (id BIGINT PRIMARY KEY, text TEXT)");
    let fill = "INSERT INTO towns WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
                SELECT i, hex(zeroblob(4000)) FROM n";
    // SQLite's own page limit gives the very error of a full disk, on this connection only.
    let limited: Result<(), StoreError> = rig.store.write_now(|db| Ok(db.batch_execute("PRAGMA max_page_count = 20")?));
    limited.unwrap();
    let answers = block_on(join_all((1..=20_i64).map(|id| {
        rig.store.write(move |db| {
            add(db, id)?;
            match id {
                7 => Ok(db.batch_execute(fill)?),
                _ => Ok::<(), StoreError>(()),
            }
        })
    })));
    assert!(is_unavailable(&answers[6]), "{:?}", answers[6]);
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(answers.iter().all(|answer| answer.is_ok() || is_unavailable(answer)));
    assert_eq!(count_outside(&rig), i64::try_from(kept).unwrap());
    assert_eq!(rig.store.write_now(move |db| Ok::<(), StoreError>(db.batch_execute(fill)?)), Ok(()));
}

#[test]
fn a_transaction_that_sqlite_rolled_back_by_itself_fails_the_whole_group() {
    let rig = Rig::sqlite_with(&options());
    rig.sql(TOWNS);
    let answers = block_on(join_all((1..=20_i64).map(|id| {
        rig.store.write(move |db| {
            add(db, id)?;
            if id == 20 {
                // What SQLite does on SQLITE_FULL and SQLITE_IOERR, said in SQL.
                db.batch_execute("ROLLBACK")?;
            }
            Ok::<(), StoreError>(())
        })
    })));
    assert!(is_unavailable(&answers[19]));
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(rig.store.read_now(count), Ok(i64::try_from(kept).unwrap()));
    assert_eq!(rig.store.write_now(|db| add(db, 99)), Ok(()));
}

#[test]
fn a_database_turned_read_only_is_unavailable_for_writes_and_recovers() {
    let rig = Rig::sqlite_with(&options());
    rig.sql(TOWNS);
    let refused = rig.store.write_now(|db| {
        db.batch_execute("PRAGMA query_only = ON")?;
        add(db, 1)
    });
    assert!(is_unavailable(&refused), "{refused:?}");
    assert_eq!(rig.store.read_now(count), Ok(0));
    assert_eq!(rig.store.write_now(|db| add(db, 1)), Ok(()));
}

#[test]
fn a_removed_file_is_unavailable_not_recreated_and_used_again_once_it_is_back() {
    let rig = Rig::sqlite_with(&options());
    rig.sql(TOWNS);
    rig.store.write_now(|db| add(db, 1)).unwrap();
    rig.store.read_now(count).unwrap();
    let file = rig.file().to_owned();
    let away = file.with_extension("away");
    std::fs::rename(&file, &away).unwrap();
    assert!(is_unavailable(&rig.store.write_now(|db| add(db, 2))));
    assert!(is_unavailable(&rig.store.read_now(count)));
    assert!(is_unavailable(&block_on(rig.store.ping())));
    assert!(!file.exists(), "an empty database must not take its place");
    std::fs::rename(&away, &file).unwrap();
    assert_eq!(rig.store.write_now(|db| add(db, 2)), Ok(()));
    assert_eq!(rig.store.read_now(count), Ok(2));
}

#[test]
fn a_file_removed_during_a_job_takes_no_acknowledged_write_with_it() {
    let rig = Rig::sqlite_with(&options());
    rig.sql(TOWNS);
    let file = rig.file().to_owned();
    let away = file.with_extension("away");
    let (from, to) = (file.clone(), away.clone());
    let answer = rig.store.write_now(move |db| {
        std::fs::rename(&from, &to).unwrap();
        add(db, 1)
    });
    assert!(is_unavailable(&answer), "{answer:?}");
}

#[test]
fn a_file_locked_by_another_process_is_busy_and_recovers() {
    let rig = Rig::sqlite_with(&store::Options { busy_timeout: std::time::Duration::ZERO, ..options() });
    rig.sql(TOWNS);
    let mut other = <diesel::SqliteConnection as diesel::Connection>::establish(rig.file().to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert_eq!(rig.store.write_now(|db| add(db, 1)), Err(StoreError::Busy));
    assert_eq!(rig.store.read_now(count), Ok(0));
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(rig.store.write_now(|db| add(db, 1)), Ok(()));
}
