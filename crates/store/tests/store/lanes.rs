//! Lanes: concurrent jobs share a transaction, and none pays for another's mistake.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::RunQueryDsl;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use futures_util::future::{FutureExt, join_all};
use store::{Fence, Lane, Options, StoreError};

use crate::jobs::{Count, TOWNS, add, count, count_outside};
use crate::support::{Rig, block_on, on_both, on_both_with, options};

/// A lane that adds towns and remembers how many batches were tried.
fn adding(rig: &Rig) -> (Lane<i64, i64, StoreError>, Arc<AtomicUsize>) {
    let batches = Arc::new(AtomicUsize::new(0));
    let seen = batches.clone();
    let lane = rig.store.lane(
        move |db, ids: &[i64]| {
            batches.fetch_add(1, Ordering::SeqCst);
            ids.iter().map(|id| add(db, *id).map(|()| *id)).collect()
        },
        |_| 0,
        |_| Fence::closed(),
    );
    (lane, seen)
}

#[test]
fn sixty_four_parallel_jobs_share_a_few_transactions() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let (lane, batches) = adding(&rig);
        let answers = block_on(join_all((1..=64).map(|id| lane.submit(id))));
        assert_eq!(answers, (1..=64).map(Ok).collect::<Vec<_>>());
        assert_eq!(count_outside(&rig), 64);
        assert!(batches.load(Ordering::SeqCst) <= 16, "{batches:?} transactions for 64 jobs");
    });
}

#[test]
fn every_job_of_a_long_run_is_answered_once_and_after_its_commit() {
    on_both_with(&Options { batch: 5, ..options() }, |rig| {
        rig.sql(TOWNS);
        let batch = |db: &mut store::Db, ids: &[i64]| {
            assert!(ids.len() <= 5);
            ids.iter().map(|id| add(db, *id).map(|()| *id)).collect()
        };
        let lane = rig.store.lane::<i64, i64, StoreError>(batch, |id| id.unsigned_abs(), |_| Fence::closed());
        block_on(async {
            let clients = (0..16_i64).map(|client| {
                let lane = lane.clone();
                tokio::spawn(async move {
                    for round in 0..25 {
                        let id = client * 25 + round + 1;
                        assert_eq!(lane.submit(id).await, Ok(id));
                    }
                })
            });
            for client in join_all(clients).await {
                client.unwrap();
            }
        });
        assert_eq!(rig.store.read_now(count), Ok(400));
    });
}

#[test]
fn one_bad_job_in_a_batch_fails_alone() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let (lane, _) = adding(&rig);
        let ids: Vec<i64> = (1..=64).map(|id| if id == 40 { -40 } else { id }).collect();
        let answers = block_on(join_all(ids.iter().map(|id| lane.submit(*id))));
        for (id, answer) in ids.into_iter().zip(answers) {
            match id {
                -40 => assert!(matches!(answer, Err(StoreError::Constraint(_))), "{answer:?}"),
                _ => assert_eq!(answer, Ok(id)),
            }
        }
        assert_eq!(rig.store.read_now(count), Ok(63));
    });
}

#[test]
fn a_panic_over_one_job_of_a_batch_fails_that_job_alone() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let lane = rig.store.lane::<i64, (), StoreError>(
            |db, ids| {
                ids.iter()
                    .map(|id| {
                        assert!(*id != 13, "this panic is part of the test");
                        add(db, *id)
                    })
                    .collect()
            },
            |_| 0,
            |_| Fence::closed(),
        );
        let answers = block_on(join_all((1..=20).map(|id| lane.submit(id))));
        for (id, answer) in (1..=20).zip(answers) {
            assert_eq!(answer, if id == 13 { Err(StoreError::Panicked) } else { Ok(()) });
        }
        assert_eq!(rig.store.read_now(count), Ok(19));
    });
}

#[test]
fn a_batch_that_answers_too_few_writes_nothing() {
    on_both(|rig| {
        rig.sql(TOWNS);
        let lane = rig.store.lane::<i64, (), StoreError>(
            |db, ids| add(db, ids[0]).map(|()| Vec::new()),
            |_| 0,
            |_| Fence::closed(),
        );
        let answer = block_on(lane.submit(1));
        assert!(matches!(answer, Err(StoreError::Internal(_))), "{answer:?}");
        assert_eq!(rig.store.read_now(count), Ok(0));
    });
}

#[test]
fn a_full_lane_answers_busy_and_shutdown_still_serves_who_waits() {
    on_both_with(&Options { writers: 1, queue: 2, lanes: 1, batch: 1, ..options() }, |rig| {
        rig.sql(TOWNS);
        let (started, running) = std::sync::mpsc::channel();
        let (go, gate) = std::sync::mpsc::channel::<()>();
        let gate = std::sync::Mutex::new(gate);
        let lane = rig.store.lane::<i64, i64, StoreError>(
            move |db, ids| {
                if ids == [1] {
                    started.send(()).unwrap();
                    gate.lock().unwrap().recv().unwrap();
                }
                ids.iter().map(|id| add(db, *id).map(|()| *id)).collect()
            },
            |_| 0,
            |_| Fence::closed(),
        );
        block_on(async {
            let mut first = Box::pin(lane.submit(1));
            assert!(first.as_mut().now_or_never().is_none());
            running.recv().unwrap();
            let mut waiting: Vec<_> = [2, 3].map(|id| Box::pin(lane.submit(id))).into();
            for job in &mut waiting {
                assert!(job.as_mut().now_or_never().is_none());
            }
            assert_eq!(lane.submit(4).now_or_never(), Some(Err(StoreError::Busy)));
            go.send(()).unwrap();
            tokio::task::block_in_place(|| rig.store.shutdown());
            assert_eq!(first.await, Ok(1));
            assert_eq!(join_all(waiting).await, [Ok(2), Ok(3)]);
            assert!(matches!(lane.submit(5).await, Err(StoreError::Unavailable(_))));
        });
    });
}

#[test]
fn a_hot_counter_is_never_oversold_by_lanes() {
    on_both(|rig| {
        rig.sql("CREATE TABLE pools (id BIGINT PRIMARY KEY, n BIGINT NOT NULL); INSERT INTO pools VALUES (1, 0)");
        let lane = rig.store.lane::<i64, bool, StoreError>(
            |db, jobs| {
                jobs.iter()
                    .map(|_| {
                        let taken = sql_query("UPDATE pools SET n = n + 1 WHERE id = $1 AND n < 50")
                            .bind::<BigInt, _>(1)
                            .execute(db)?;
                        Ok(taken == 1)
                    })
                    .collect()
            },
            |job| job.unsigned_abs(),
            |_| Fence::closed(),
        );
        let answers = block_on(join_all((0..120).map(|job| lane.submit(job))));
        assert_eq!(answers.iter().filter(|answer| **answer == Ok(true)).count(), 50);
        assert_eq!(answers.iter().filter(|answer| **answer == Ok(false)).count(), 70);
        let n = rig.store.read_now(|db| {
            Ok::<_, StoreError>(sql_query("SELECT n AS count FROM pools").get_result::<Count>(db)?.count)
        });
        assert_eq!(n, Ok(50));
    });
}
