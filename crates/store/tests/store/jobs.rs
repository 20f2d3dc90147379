//! Reads and writes: what one job may rely on, whatever the others do.

use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::sql_types::BigInt;
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};
use futures_util::future::{FutureExt, join_all};
use store::{Backend, Constraint, ConstraintKind, Db, Options, Store, StoreError};

use crate::support::{Folder, Rig, block_on, on_both, on_both_with, options, shared_cluster};

#[derive(QueryableByName)]
pub struct Count {
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

pub fn count(db: &mut Db) -> Result<i64, StoreError> {
    Ok(sql_query("SELECT count(*) AS count FROM towns").get_result::<Count>(db)?.count)
}

pub fn add(db: &mut Db, id: i64) -> Result<(), StoreError> {
    sql_query("INSERT INTO towns (id) VALUES ($1)").bind::<BigInt, _>(id).execute(db)?;
    Ok(())
}

pub const TOWNS: &str = "CREATE TABLE towns (id BIGINT PRIMARY KEY, CONSTRAINT towns_positive CHECK (id > 0))";

/// What a connection of its own sees, as another process would.
pub fn count_outside(rig: &Rig) -> i64 {
    match rig.store.backend() {
        Backend::Sqlite => {
            let mut other = diesel::SqliteConnection::establish(rig.file().to_str().unwrap()).unwrap();
            other.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            sql_query("SELECT count(*) AS count FROM towns").get_result::<Count>(&mut other).unwrap().count
        }
        Backend::Postgres => rig.store.read_now(count).unwrap(),
    }
}

#[test]
fn a_write_is_answered_after_its_commit() {
    on_both(|rig| {
        rig.sql(TOWNS);
        block_on(async {
            for id in 1..=50 {
                rig.store.write(move |db| add(db, id)).await.unwrap();
                assert_eq!(count_outside_async(&rig), id);
            }
        });
    });
}

fn count_outside_async(rig: &Rig) -> i64 {
    tokio::task::block_in_place(|| count_outside(rig))
}

#[test]
fn a_store_tells_how_much_waits_and_how_many_jobs_shared_a_commit() {
    let rig = Rig::sqlite_with(&options());
    rig.sql(TOWNS);
    let (started, has_started) = std::sync::mpsc::channel();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    type Job = Box<dyn Fn(&mut Db) -> Result<(), StoreError> + Send>;
    let write = |work: Job| {
        let store = rig.store.clone();
        std::thread::spawn(move || store.write_now(work))
    };
    let before = rig.store.workload();
    let mut writes = vec![write(Box::new(move |db| {
        started.send(()).ok();
        held.lock().unwrap().recv().ok();
        add(db, 1)
    }))];
    has_started.recv().unwrap();
    writes.extend((2..=4).map(|id| write(Box::new(move |db| add(db, id)))));
    while rig.store.workload().writes_waiting < 3 {
        std::thread::yield_now();
    }
    hold.send(()).unwrap();
    for each in writes {
        each.join().unwrap().unwrap();
    }
    let after = rig.store.workload();
    assert_eq!((after.writes_waiting, after.reads_waiting), (0, 0));
    assert_eq!((after.commits - before.commits, after.jobs - before.jobs), (1, 4), "one commit covered all four");
}

#[test]
fn a_bad_job_spoils_no_other() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let answers = block_on(join_all((1..=90_i64).map(|id| {
            rig.store.write(move |db| {
                add(db, id)?;
                match id % 3 {
                    0 => add(db, -id),
                    1 => Err(StoreError::Missing),
                    _ => Ok(()),
                }
            })
        })));
        let check = Constraint { kind: ConstraintKind::Check, name: "towns_positive".to_owned() };
        for (id, answer) in (1_i64..).zip(answers) {
            let expected = match id % 3 {
                0 => Err(StoreError::Constraint(check.clone())),
                1 => Err(StoreError::Missing),
                _ => Ok(()),
            };
            assert_eq!(answer, expected, "{id}");
        }
        assert_eq!(rig.store.read_now(count), Ok(30));
    });
}

#[test]
fn a_panic_fails_its_own_job_even_inside_nested_transactions() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let answers = block_on(join_all((1..=20_i64).map(|id| {
            rig.store.write(move |db| {
                add(db, id)?;
                db.transaction(|db| {
                    db.transaction(|db| {
                        add(db, 100 + id)?;
                        assert!(id % 2 == 0, "this panic is part of the test");
                        Ok::<(), StoreError>(())
                    })
                })
            })
        })));
        for (id, answer) in (1_i64..).zip(answers) {
            assert_eq!(answer, if id % 2 == 0 { Ok(()) } else { Err(StoreError::Panicked) });
        }
        assert_eq!(rig.store.read_now(count), Ok(20));
        let in_a_read: Result<(), _> = rig.store.read_now(|_| panic!("this panic is part of the test"));
        assert_eq!(in_a_read, Err(StoreError::Panicked));
        assert_eq!(rig.store.read_now(count), Ok(20));
    });
}

#[test]
fn a_nested_transaction_can_fail_and_the_job_go_on() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let written: Result<(), StoreError> = rig.store.write_now(|db| {
            add(db, 1)?;
            let refused = db.transaction(|db| {
                add(db, 2)?;
                add(db, 1)
            });
            assert!(matches!(refused, Err(StoreError::Constraint(_))));
            db.transaction(|db| add(db, 3))
        });
        assert_eq!(written, Ok(()));
        assert_eq!(rig.store.read_now(count), Ok(2));
    });
}

#[test]
fn a_read_cannot_write() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let refused = rig.store.read_now(|db| add(db, 1));
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        assert_eq!(rig.store.read_now(count), Ok(0));
        assert_eq!(rig.store.write_now(|db| add(db, 1)), Ok(()));
    });
}

#[test]
fn a_read_sees_one_snapshot() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let store: Store = rig.store.clone();
        let seen = rig.store.read_now(move |db| {
            let before = count(db)?;
            let store = store.clone();
            std::thread::spawn(move || store.write_now(|db| add(db, 1))).join().unwrap()?;
            Ok::<_, StoreError>((before, count(db)?))
        });
        assert_eq!(seen, Ok((0, 0)));
        assert_eq!(rig.store.read_now(count), Ok(1));
    });
}

/// Keeps a writer busy until told to go on.
fn hold(store: &Store) -> (std::sync::mpsc::Sender<()>, std::sync::mpsc::Receiver<()>) {
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (started, running) = std::sync::mpsc::channel();
    let gate = std::sync::Mutex::new(gate);
    let store = store.clone();
    std::thread::spawn(move || {
        let held: Result<(), StoreError> = store.write_now(move |_| {
            started.send(()).unwrap();
            gate.lock().unwrap().recv().unwrap();
            Ok(())
        });
        held.unwrap();
    });
    (go, running)
}

#[test]
fn a_full_queue_answers_busy_at_once() {
    on_both_with(&Options { writers: 1, queue: 3, ..options() }, |rig| {
        rig.sql(TOWNS);
        let (go, running) = hold(&rig.store);
        running.recv().unwrap();
        block_on(async {
            let mut queued: Vec<_> = (1..=3).map(|id| Box::pin(rig.store.write(move |db| add(db, id)))).collect();
            for future in &mut queued {
                assert!(future.as_mut().now_or_never().is_none());
            }
            assert_eq!(rig.store.write(|db| add(db, 9)).now_or_never(), Some(Err(StoreError::Busy)));
            go.send(()).unwrap();
            for answer in join_all(queued).await {
                assert_eq!(answer, Ok(()));
            }
        });
        assert_eq!(rig.store.read_now(count), Ok(3));
    });
}

#[test]
fn shutdown_finishes_what_was_queued_and_refuses_the_rest() {
    on_both_with(&Options { writers: 1, ..options() }, |rig| {
        rig.sql(TOWNS);
        let (go, running) = hold(&rig.store);
        running.recv().unwrap();
        block_on(async {
            let mut queued: Vec<_> = (1..=9).map(|id| Box::pin(rig.store.write(move |db| add(db, id)))).collect();
            for future in &mut queued {
                assert!(future.as_mut().now_or_never().is_none());
            }
            go.send(()).unwrap();
            tokio::task::block_in_place(|| rig.store.shutdown());
            for answer in join_all(queued).await {
                assert_eq!(answer, Ok(()));
            }
            let late = rig.store.write(|db| add(db, 10)).await;
            assert!(matches!(late, Err(StoreError::Unavailable(_))));
        });
        let again = Store::open(&rig.url, &options()).unwrap();
        assert_eq!(again.read_now(count), Ok(9));
    });
}

#[test]
fn a_job_that_holds_the_last_of_its_store_closes_it() {
    let folder = Folder::new();
    let store = Store::open(&folder.url(), &options()).unwrap();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (started, running) = std::sync::mpsc::channel();
    let gate = std::sync::Mutex::new(gate);
    let own = store.clone();
    let mut first = Box::pin(store.write(move |_| {
        started.send(()).unwrap();
        gate.lock().unwrap().recv().unwrap();
        Ok::<_, StoreError>(())
    }));
    assert!(first.as_mut().now_or_never().is_none());
    running.recv().unwrap();
    let mut last = Box::pin(store.write(move |_| Ok::<_, StoreError>(own.backend())));
    assert!(last.as_mut().now_or_never().is_none());
    // Its caller leaves, so the writer throws the job away, and the store with it.
    drop((first, last));
    drop(store);
    go.send(()).unwrap();
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while Store::open(&folder.url(), &options()).is_err() {
        assert!(std::time::Instant::now() < patience, "the file was never freed");
        std::thread::yield_now();
    }
}

#[test]
fn a_job_whose_caller_left_before_it_began_is_not_run() {
    on_both_with(&Options { writers: 1, ..options() }, |rig| {
        rig.sql(TOWNS);
        let (go, running) = hold(&rig.store);
        running.recv().unwrap();
        block_on(async {
            let mut left = Box::pin(rig.store.write(|db| add(db, 1)));
            assert!(left.as_mut().now_or_never().is_none());
            drop(left);
            go.send(()).unwrap();
            rig.store.write(|db| add(db, 2)).await.unwrap();
        });
        assert_eq!(rig.store.read_now(count), Ok(1));
    });
}

#[test]
fn concurrent_serializable_writers_all_succeed_by_giving_way() {
    let Some(cluster) = shared_cluster() else {
        return;
    };
    let rig = Rig::postgres_with(cluster, &Options { writers: 2, ..options() });
    rig.sql("CREATE TABLE counter (n BIGINT NOT NULL); INSERT INTO counter VALUES (0)");
    let attempts = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let both_have_read = std::sync::Arc::new(std::sync::Barrier::new(2));
    let increment = |who: u32| {
        let (attempts, barrier) = (attempts.clone(), both_have_read.clone());
        let first = std::sync::atomic::AtomicBool::new(true);
        rig.store.write(move |db| {
            attempts.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            db.batch_execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")?;
            let n = sql_query("SELECT n AS count FROM counter").get_result::<Count>(db)?.count;
            if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
                barrier.wait();
            }
            sql_query("UPDATE counter SET n = $1").bind::<BigInt, _>(n + 1).execute(db)?;
            Ok::<u32, StoreError>(who)
        })
    };
    let answers = block_on(async { futures_util::future::join(increment(1), increment(2)).await });
    assert_eq!(answers, (Ok(1), Ok(2)));
    assert_eq!(attempts.load(std::sync::atomic::Ordering::SeqCst), 3, "one of them ran twice");
    let n = rig
        .store
        .read_now(|db| Ok::<_, StoreError>(sql_query("SELECT n AS count FROM counter").get_result::<Count>(db)?.count));
    assert_eq!(n, Ok(2));
}

#[test]
fn a_deadlock_is_repeated_and_both_jobs_succeed() {
    let Some(cluster) = shared_cluster() else {
        return;
    };
    let rig = Rig::postgres_with(cluster, &Options { writers: 2, ..options() });
    rig.sql("CREATE TABLE pools (id BIGINT PRIMARY KEY, n BIGINT); INSERT INTO pools VALUES (1,0),(2,0)");
    let both_hold_one = std::sync::Arc::new(std::sync::Barrier::new(2));
    let take = |one: i64, other: i64| {
        let barrier = both_hold_one.clone();
        let first = std::sync::atomic::AtomicBool::new(true);
        rig.store.write(move |db| {
            for (step, id) in [one, other].into_iter().enumerate() {
                if step == 1 && first.swap(false, std::sync::atomic::Ordering::SeqCst) {
                    barrier.wait();
                }
                sql_query("UPDATE pools SET n = n + 1 WHERE id = $1").bind::<BigInt, _>(id).execute(db)?;
            }
            Ok::<(), StoreError>(())
        })
    };
    let answers = block_on(async { futures_util::future::join(take(1, 2), take(2, 1)).await });
    assert_eq!(answers, (Ok(()), Ok(())));
}

#[test]
fn a_job_that_always_conflicts_is_given_up_after_a_while() {
    let Some(cluster) = shared_cluster() else {
        return;
    };
    let rig = Rig::postgres_with(cluster, &options());
    rig.sql(
        "CREATE FUNCTION never() RETURNS void LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'serialization_failure'; END $$",
    );
    let runs = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let seen = runs.clone();
    let answer: Result<(), StoreError> = rig.store.write_now(move |db| {
        runs.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(db.batch_execute("SELECT never()")?)
    });
    assert_eq!(answer, Err(StoreError::Conflict));
    assert_eq!(seen.load(std::sync::atomic::Ordering::SeqCst), 6);
}

#[test]
fn a_swallowed_error_is_never_acknowledged_as_written() {
    let Some(cluster) = shared_cluster() else {
        return;
    };
    let rig = Rig::postgres_with(cluster, &options());
    rig.sql(TOWNS);
    let answer = rig.store.write_now(|db| {
        add(db, 1)?;
        let _ignored = add(db, 1);
        Ok::<(), StoreError>(())
    });
    assert!(matches!(answer, Err(StoreError::Internal(_))), "{answer:?}");
    assert_eq!(rig.store.read_now(count), Ok(0));
}

#[test]
fn a_transaction_left_open_by_a_job_is_never_acknowledged() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let answer = rig.store.write_now(|db| {
            <Db as TransactionManager<Db>>::begin_transaction(db)?;
            add(db, 1)
        });
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        assert_eq!(rig.store.write_now(|db| add(db, 2)), Ok(()));
        assert_eq!(count_outside(&rig), 1);
    });
}
