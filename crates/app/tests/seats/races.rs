//! Races (S25): many at once for too little, on both databases. The last test switches the guards off
//! and shows that the same race oversells without them.

use crate::world::*;
use app::seats::assignments::{ReleaseSeat, release_seat};
use app::seats::moves::{MoveKind, MoveSeats, transfer_seats};
use app::{Code, Error};
use futures_util::future::join_all;

const CROWD: usize = 64;

#[test]
fn of_64_claims_for_the_last_seat_one_wins_and_63_know_their_place() {
    on_both(|world| {
        let account = world.allocate("m-a", 1);
        let service = &world.service;
        let outcomes = world.run(join_all((0..CROWD).map(|number| {
            let account = account.clone();
            async move { claim_on(service, call(staff(number)), &account, None).await.unwrap() }
        })));
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Assigned).count(), 1);
        let mut places: Vec<i64> = outcomes
            .iter()
            .filter_map(|outcome| if let Outcome::Waitlisted(place) = outcome { Some(*place) } else { None })
            .collect();
        places.sort_unstable();
        assert_eq!(places, (1..CROWD as i64).collect::<Vec<_>>());
        assert_eq!(world.counters(&account), (1, 1, 0));
        world.assert_sound();
    });
}

#[test]
fn claims_past_the_lane_compete_as_honestly() {
    on_both(|world| {
        let account = world.allocate("m-a", 1);
        let service = &world.service;
        let outcomes = world.run(join_all((0..CROWD).map(|number| {
            let account = account.clone();
            async move {
                service
                    .write(call(staff(number)), move |ctx, call| {
                        app::seats::claims::claim_seat(ctx, call, &account, &Default::default())
                    })
                    .await
                    .unwrap()
            }
        })));
        let seated =
            outcomes.iter().filter(|view| serde_json::to_value(view).unwrap()["outcome"] == "assigned").count();
        assert_eq!(seated, 1);
        assert_eq!(world.counters(&account), (1, 1, 0));
        world.assert_sound();
    });
}

#[test]
fn releases_and_claims_at_once_neither_lose_nor_invent_a_seat() {
    on_both(|world| {
        let account = world.allocate("m-a", 10);
        for number in 0..10 {
            assert_eq!(world.claim(staff(number), &account), Ok(Outcome::Assigned));
        }
        let service = &world.service;
        let releases = (0..10).map(|number| {
            Box::pin(async move {
                let seats = service.read(call(staff(number)), app::seats::assignments::list_my_seats).await.unwrap();
                let id = seats[0].id.clone();
                let cmd = ReleaseSeat { reason: "人事異動のため".into() };
                service.write(call(staff(number)), move |ctx, call| release_seat(ctx, call, &id, &cmd)).await.unwrap();
                None
            }) as std::pin::Pin<Box<dyn Future<Output = Option<Outcome>>>>
        });
        let claims = (10..40).map(|number| {
            let account = account.clone();
            Box::pin(async move { Some(claim_on(service, call(staff(number)), &account, None).await.unwrap()) })
                as std::pin::Pin<Box<dyn Future<Output = Option<Outcome>>>>
        });
        let outcomes = world.run(join_all(releases.chain(claims)));
        let seated = outcomes.iter().flatten().filter(|outcome| **outcome == Outcome::Assigned).count() as i64;
        let (balance, assigned, held) = world.counters(&account);
        assert_eq!((balance, assigned), (10, seated));
        assert_eq!(assigned + held, 10, "every freed seat went to a claimer or to the first who wait");
        let waiting = world.number("SELECT COUNT(*) FROM waiting_entries WHERE state = 'waiting'");
        assert_eq!(seated + held + waiting, 30, "nobody was lost");
        world.assert_sound();
    });
}

#[test]
fn a_cut_below_use_is_refused_while_claims_come_in() {
    on_both(|world| {
        let account = world.allocate("m-a", 12);
        let service = &world.service;
        let returned = |seats: i64| {
            let account = account.clone();
            async move {
                let cmd = MoveSeats {
                    kind: MoveKind::Return,
                    from_account_id: Some(account),
                    to_account_id: None,
                    seats,
                    reason: "予備席へ返却".into(),
                    corrects_id: None,
                };
                service
                    .write(call(contact_a()), move |ctx, call| transfer_seats(ctx, call, CONTRACT, &cmd))
                    .await
                    .map(|_| ())
            }
        };
        let claims = join_all((0..20).map(|number| {
            let account = account.clone();
            async move { claim_on(service, call(staff(number)), &account, None).await.unwrap() }
        }));
        let cuts = join_all((0..6).map(|_| returned(3)));
        let (outcomes, cuts) = world.run(futures_util::future::join(claims, cuts));
        let seated = outcomes.iter().filter(|outcome| **outcome == Outcome::Assigned).count() as i64;
        let cut = cuts.iter().filter(|cut| cut.is_ok()).count() as i64;
        for refused in cuts.iter().filter_map(|cut| cut.as_ref().err()) {
            assert!(matches!(refused, Error::Rule(rule) if rule.code == Code::SeatsInUse), "{refused:?}");
        }
        let (balance, assigned, _) = world.counters(&account);
        assert_eq!((balance, assigned), (12 - 3 * cut, seated));
        assert!(assigned <= balance);
        world.assert_sound();
    });
}

/// Reads, waits for the others, then writes what it believes: the guard of the product left out.
fn unguarded(world: &World, account: &str) -> i64 {
    use std::sync::{Arc, Barrier};
    let readers = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let (service, account, readers) = (world.service.clone(), account.to_owned(), Arc::clone(&readers));
            std::thread::spawn(move || {
                let read = account.clone();
                let seen = service.store().within(store::Fence::service_wide()).read_now(move |db| store::seats::find_account(db, &read)).unwrap();
                readers.wait();
                if seen.free() < 1 {
                    return;
                }
                let user = staff_id(number);
                service
                    .store()
                    .write_now(move |db| {
                        store::fixtures::execute(
                            db,
                            &format!(
                                "INSERT INTO assignments (id, consortium_id, contract_id, account_id, user_id, source, assigned_by, assigned_at, version)
                                 VALUES ('s-{user}', 'c1', '{CONTRACT}', '{account}', '{user}', 'claim', '{user}', '2026-05-01 00:00:00', 1);
                                 UPDATE seat_accounts SET assigned = assigned + 1 WHERE id = '{account}'"
                            ),
                        )
                    })
                    .ok();
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    world.number("SELECT COUNT(*) FROM assignments WHERE released_at IS NULL")
}

#[test]
fn without_the_guards_the_same_race_oversells() {
    on_both(|world| {
        let account = world.allocate("m-a", 1);
        assert_eq!(unguarded(world, &account), 1, "the database is the last gate, whatever the code does");
        world.assert_sound();
    });
    on_both(|world| {
        let account = world.allocate("m-a", 1);
        world.service.store().write_now(store::fixtures::drop_use_check).unwrap();
        assert!(unguarded(world, &account) > 1, "the negative control must oversell");
        let report = world.service.store().read_now(app::verify::verify).unwrap();
        assert!(report.findings.iter().any(|finding| finding.subject == account), "and verification must see it");
    });
}

/// Reads the balance, waits for the others, then moves what it believes to be there: the guard of transfers left out.
fn unguarded_transfers(world: &World, from: &str, to: &str) -> i64 {
    use std::sync::{Arc, Barrier};
    let readers = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (service, from, to) = (world.service.clone(), from.to_owned(), to.to_owned());
            let readers = Arc::clone(&readers);
            std::thread::spawn(move || {
                let read = from.clone();
                let seen = service
                    .store()
                    .within(store::Fence::service_wide())
                    .read_now(move |db| store::seats::find_account(db, &read))
                    .unwrap();
                readers.wait();
                if seen.free() < 1 {
                    return;
                }
                service
                    .store()
                    .write_now(move |db| {
                        store::fixtures::execute(
                            db,
                            &format!(
                                "UPDATE seat_accounts SET balance = balance - 1 WHERE id = '{from}';
                                 UPDATE seat_accounts SET balance = balance + 1 WHERE id = '{to}'"
                            ),
                        )
                    })
                    .ok();
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let from = from.to_owned();
    world
        .service
        .store()
        .within(store::Fence::service_wide())
        .read_now(move |db| store::seats::find_account(db, &from))
        .unwrap()
        .free()
}

#[test]
fn of_parallel_transfers_of_the_last_free_seat_one_counts_and_without_the_guards_several() {
    let scene = |world: &World| {
        let account = world.allocate("m-a", 2);
        assert_eq!(world.claim(staff(0), &account), Ok(Outcome::Assigned));
        account
    };
    on_both(|world| {
        let account = scene(world);
        let service = &world.service;
        let results =
            world.run(join_all((0..8).map(|_| {
                let cmd = MoveSeats {
                    kind: MoveKind::Return,
                    from_account_id: Some(account.clone()),
                    to_account_id: None,
                    seats: 1,
                    reason: "予備席へ返却".into(),
                    corrects_id: None,
                };
                async move {
                    service.write(call(contact_a()), move |ctx, call| transfer_seats(ctx, call, CONTRACT, &cmd)).await
                }
            })));
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert_eq!(world.counters(&account), (1, 1, 0));
        assert_eq!(unguarded_transfers(world, &account, &world.reserve()), 0, "the database is the last gate");
        world.assert_sound();
    });
    on_both(|world| {
        let account = scene(world);
        world.service.store().write_now(store::fixtures::drop_use_check).unwrap();
        let left = unguarded_transfers(world, &account, &world.reserve());
        assert!(left < 0, "the negative control must take seats that are in use: {left}");
    });
}
