//! Claims: who gets a seat, who waits, what is refused, and that a retry does its work once.

use crate::world::*;
use app::{Code, Error, FieldCode};
use domain::access::{Grant, Role};

fn code(result: Result<Outcome, Error>) -> Code {
    match result {
        Err(Error::Rule(rule)) => rule.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_person_of_the_town_claims_a_seat_and_the_next_ones_wait_in_order() {
    on_both(|world| {
        let account = world.allocate("m-a", 2);
        assert_eq!(world.claim(staff(0), &account), Ok(Outcome::Assigned));
        assert_eq!(world.claim(staff(1), &account), Ok(Outcome::Assigned));
        assert_eq!(world.claim(staff(2), &account), Ok(Outcome::Waitlisted(1)));
        assert_eq!(world.claim(staff(3), &account), Ok(Outcome::Waitlisted(2)));
        assert_eq!(world.claim(staff(2), &account), Ok(Outcome::Waitlisted(1)), "the same place again");
        assert_eq!(code(world.claim(staff(0), &account)), Code::AlreadySeated);
        assert_eq!(world.counters(&account), (2, 2, 0));
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'seat.assigned' AND request_id = 'r-story' AND ip = '192.0.2.1'"), 2);
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'seat.waitlisted'"), 2);
        assert_eq!(world.number("SELECT COUNT(*) FROM outbox WHERE kind = 'seat_assigned' AND state = 'pending' AND request_id = 'r-story'"), 2);
        world.assert_sound();
    });
}

#[test]
fn a_claim_is_answered_once_for_each_key() {
    on_both(|world| {
        let account = world.allocate("m-a", 2);
        let send =
            |key: &str, body: &str| world.run(reply_on(&world.service, with_key(staff(0), key, body), &account, None));
        let first = send("k1", "body").unwrap();
        assert_eq!(first.status, 201);
        assert_eq!(send("k1", "body").unwrap(), first, "the same bytes");
        assert_eq!(send("k1", "other body"), Err(Error::rule(Code::IdempotencyKeyReused)));
        assert_eq!(send("k2", "body"), Err(Error::rule(Code::AlreadySeated)), "another key is another claim");
        // The key belongs to the person: somebody else's is somebody else's.
        let other = world.run(reply_on(&world.service, with_key(staff(1), "k1", "body"), &account, None)).unwrap();
        assert_ne!(other, first);
        assert_eq!(world.counters(&account), (2, 2, 0));
        world.assert_sound();
    });
}

#[test]
fn the_same_key_sent_many_times_at_once_seats_one_person_once() {
    on_both(|world| {
        let account = world.allocate("m-a", 5);
        let service = &world.service;
        let replies = world.run(futures_util::future::join_all(
            (0..16).map(|_| reply_on(service, with_key(staff(0), "k", "body"), &account, None)),
        ));
        let first = replies[0].clone().unwrap();
        assert!(replies.iter().all(|reply| reply.as_ref() == Ok(&first)), "{replies:?}");
        assert_eq!(world.counters(&account), (5, 1, 0));
        assert_eq!(world.number("SELECT COUNT(*) FROM idempotency_records"), 1);
        world.assert_sound();
    });
}

#[test]
fn a_bad_claim_in_a_batch_does_not_spoil_the_others() {
    on_both(|world| {
        let account = world.allocate("m-a", 10);
        let service = &world.service;
        let outcomes = world.run(futures_util::future::join_all((0..12).map(|number| {
            let (actor, account) = match number {
                3 => (stranger(), account.clone()),
                5 => (staff(4), account.clone()),
                7 => (staff(7), "no-such-account".to_owned()),
                9 => (staff_b(), account.clone()),
                _ => (staff(number), account.clone()),
            };
            async move { claim_on(service, call(actor), &account, None).await }
        })));
        for (number, outcome) in outcomes.into_iter().enumerate() {
            match number {
                3 | 7 | 9 => assert_eq!(outcome, Err(Error::NotFound), "{number}"),
                4 | 5 => assert!(matches!(outcome, Ok(Outcome::Assigned) | Err(Error::Rule(_))), "{outcome:?}"),
                _ => assert_eq!(outcome, Ok(Outcome::Assigned), "{number}"),
            }
        }
        assert_eq!(world.counters(&account), (10, 8, 0));
        world.assert_sound();
    });
}

#[test]
fn rights_are_checked_for_each_claim() {
    on_both(|world| {
        let (a, b) = (world.allocate("m-a", 5), world.allocate("m-b", 5));
        assert_eq!(world.claim(staff(0), &b), Err(Error::NotFound), "another town's account does not exist");
        assert_eq!(world.claim(staff(0), &world.reserve()), Err(Error::NotFound), "the reserve cannot be claimed");
        assert_eq!(world.claim(stranger(), &a), Err(Error::NotFound));
        assert_eq!(world.claim(auditor(), &a), Err(Error::Forbidden), "who sees the account hears why not");
        assert_eq!(world.claim(lead(), &a), Err(Error::Forbidden));
        let other = staff_id(1);
        assert_eq!(world.claim_for(staff(0), &a, &other), Err(Error::NotFound), "a learner claims for oneself only");
        assert_eq!(world.claim_for(contact_b(), &a, &other), Err(Error::NotFound));
        assert_eq!(world.claim_for(contact_a(), &a, &other), Ok(Outcome::Assigned));
        for absent in ["u-b", "u-stranger", "no-such-person"] {
            let refused = Error::field("/user_id", FieldCode::NoSuchThing);
            assert_eq!(world.claim_for(contact_a(), &a, absent), Err(refused), "{absent}");
        }
        assert_eq!(world.counters(&a), (5, 1, 0));
        world.assert_sound();
    });
}

#[test]
fn a_person_sits_once_in_a_contract_even_with_two_towns() {
    on_both(|world| {
        let (a, b) = (world.allocate("m-a", 5), world.allocate("m-b", 5));
        let mut both = staff(0);
        both.grants.push(Grant {
            role: Role::Learner,
            consortium_id: Some("c1".into()),
            member_id: Some("m-b".into()),
        });
        assert_eq!(world.claim(both.clone(), &a), Ok(Outcome::Assigned));
        assert_eq!(code(world.claim(both, &b)), Code::AlreadySeated);
        world.assert_sound();
    });
}

#[test]
fn a_closed_contract_gives_no_seats() {
    on_both(|world| {
        let account = world.allocate("m-a", 5);
        world.sql("UPDATE contracts SET state = 'closed'");
        assert_eq!(code(world.claim(staff(0), &account)), Code::ContractClosed);
    });
}
