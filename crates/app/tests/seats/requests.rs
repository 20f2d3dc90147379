//! Requests for more seats: the price first, then a decision that moves the seats or nothing.

use crate::world::*;
use app::requests::decide::{
    ApproveRequest, DecideRequest, GrantSource, approve_seat_request, decline_seat_request, return_seat_request,
};
use app::requests::{
    PreviewSeats, PriceEffect, RequestSeats, RequestView, ResubmitRequest, get_seat_request, list_seat_requests,
    preview_seat_request, resubmit_seat_request, submit_seat_request, withdraw_seat_request,
};
use app::{Code, Error, FieldCode, PageQuery};
use domain::access::Actor;
use domain::requests::{RequestAct, RequestState};

fn preview(world: &World, actor: Actor, member: &str, seats: i64) -> Result<PriceEffect, Error> {
    let cmd = PreviewSeats { member_id: member.to_owned(), seats };
    world.read(actor, move |ctx, call| preview_seat_request(ctx, call, CONTRACT, &cmd))
}

fn submit(world: &World, actor: Actor, member: &str, seats: i64) -> Result<RequestView, Error> {
    let cmd =
        RequestSeats { member_id: member.to_owned(), seats, reason: "新規採用者の研修のため".to_owned() };
    world.write(actor, move |ctx, call| submit_seat_request(ctx, call, CONTRACT, &cmd))
}

fn approve_as(
    world: &World,
    actor: Actor,
    id: &str,
    source: GrantSource,
    seats: i64,
    from: Option<&str>,
) -> Result<RequestView, Error> {
    let id = id.to_owned();
    let cmd = ApproveRequest {
        source,
        seats,
        reason: "必要性を認めるため".to_owned(),
        from_account_id: from.map(str::to_owned),
    };
    world.write(actor, move |ctx, call| approve_seat_request(ctx, call, &id, &cmd))
}

fn act(world: &World, actor: Actor, id: &str, act: RequestAct) -> Result<RequestView, Error> {
    let id = id.to_owned();
    let cmd = DecideRequest { reason: "利用実績を確認してください。".to_owned() };
    match act {
        RequestAct::Approve => approve_as(world, actor, &id, GrantSource::Reserve, 1, None),
        RequestAct::Decline => world.write(actor, move |ctx, call| decline_seat_request(ctx, call, &id, &cmd)),
        RequestAct::Return => world.write(actor, move |ctx, call| return_seat_request(ctx, call, &id, &cmd)),
        RequestAct::Resubmit => {
            let cmd = ResubmitRequest { seats: 2, reason: "実績を添えて再申請します。".to_owned() };
            world.write(actor, move |ctx, call| resubmit_seat_request(ctx, call, &id, &cmd))
        }
        RequestAct::Withdraw => world.write(actor, move |ctx, call| withdraw_seat_request(ctx, call, &id)),
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    match result {
        Err(Error::Rule(rule)) => rule.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_price_effect_is_seen_before_asking() {
    on_both(|world| {
        world.allocate("m-a", 8);
        let effect = preview(world, contact_a(), "m-a", 5).unwrap();
        // 20 seats at ¥30,000 are ¥660,000 with tax; 25 seats are ¥825,000.
        assert_eq!((effect.total_before_yen, effect.total_after_yen), (660_000, 825_000));
        assert_eq!((effect.order_yen, effect.order_ex_tax_yen), (165_000, 150_000));
        assert_eq!((effect.unit_before_yen.as_str(), effect.unit_after_yen.as_str()), ("30000", "30000"));
        assert_eq!((effect.reserve_seats, effect.reserve_covers), (12, true));
        // A cheaper tier is reached: 100 seats at ¥27,000.
        let tier = preview(world, contact_a(), "m-a", 80).unwrap();
        assert_eq!(
            (tier.total_after_yen, tier.unit_after_yen.as_str(), tier.reserve_covers),
            (2_970_000, "27000", false)
        );
        assert_eq!(preview(world, lead(), "m-a", 5).unwrap(), effect, "the lead sees the same");
        assert_eq!(world.number("SELECT COUNT(*) FROM seat_requests"), 0, "nothing is written");
    });
}

#[test]
fn an_approval_from_the_reserve_moves_the_seats_and_tells_the_town() {
    on_both(|world| {
        let account = world.allocate("m-a", 8);
        for number in 0..9 {
            world.claim(staff(number), &account).unwrap();
        }
        let request = submit(world, contact_a(), "m-a", 5).unwrap();
        assert_eq!((request.state.as_str(), request.price_effect.order_yen), ("submitted", 165_000));
        assert_eq!(world.number("SELECT COUNT(*) FROM outbox WHERE kind = 'seat_request_submitted' AND user_id = 'u-lead' AND body LIKE '%165,000円%'"), 1);
        let granted = approve_as(world, lead(), &request.id, GrantSource::Reserve, 5, None).unwrap();
        assert_eq!(
            (granted.state.as_str(), granted.source.as_deref(), granted.granted_seats),
            ("approved", Some("reserve"), Some(5))
        );
        assert_eq!(world.counters(&account), (13, 8, 1), "and the one who waited is offered a seat");
        assert_eq!(world.counters(&world.reserve()).0, 7);
        assert_eq!(
            world.number("SELECT COUNT(*) FROM outbox WHERE kind = 'seat_request_granted' AND user_id = 'u-contact-a'"),
            1
        );
        assert_eq!(
            world.number("SELECT COUNT(*) FROM audit_entries WHERE action LIKE 'seat_request.%' AND member_id = 'm-a'"),
            2
        );
        world.assert_sound();
    });
}

#[test]
fn a_reserve_that_is_too_small_refuses_and_leaves_the_request_open() {
    on_both(|world| {
        let account = world.allocate("m-a", 18);
        let request = submit(world, contact_a(), "m-a", 5).unwrap();
        assert!(!request.price_effect.reserve_covers);
        let Err(Error::Rule(rule)) = approve_as(world, lead(), &request.id, GrantSource::Reserve, 5, None) else {
            panic!("refused")
        };
        assert_eq!(rule.code, Code::ReserveTooSmall);
        assert_eq!(rule.facts, [("free", "2".to_owned()), ("seats", "5".to_owned())]);
        assert_eq!(world.counters(&account).0, 18);
        let fewer = approve_as(world, lead(), &request.id, GrantSource::Reserve, 2, None).unwrap();
        assert_eq!(fewer.granted_seats, Some(2), "still open, and fewer may be granted");
        world.assert_sound();
    });
}

#[test]
fn idle_seats_of_another_town_are_moved_but_never_seats_in_use() {
    on_both(|world| {
        let (a, b) = (world.allocate("m-a", 8), world.allocate("m-b", 4));
        world.claim(staff_b(), &b).unwrap();
        let request = submit(world, contact_a(), "m-a", 4).unwrap();
        let refused = approve_as(world, lead(), &request.id, GrantSource::Idle, 4, Some(&b));
        assert_eq!(code(refused), Code::SeatsInUse);
        let absent = Error::field("/from_account_id", FieldCode::NoSuchThing);
        for wrong in [a.as_str(), &world.reserve(), "absent"] {
            assert_eq!(approve_as(world, lead(), &request.id, GrantSource::Idle, 3, Some(wrong)), Err(absent.clone()));
        }
        for (source, from) in [(GrantSource::Idle, None), (GrantSource::Reserve, Some(b.as_str()))] {
            let refused = approve_as(world, lead(), &request.id, source, 3, from);
            assert!(matches!(refused, Err(Error::Invalid(_))));
        }
        approve_as(world, lead(), &request.id, GrantSource::Idle, 3, Some(&b)).unwrap();
        assert_eq!((world.counters(&a).0, world.counters(&b).0), (11, 1));
        let told = "SELECT COUNT(*) FROM outbox WHERE kind = 'seats_moved_away' AND user_id = 'u-contact-b'";
        assert_eq!(world.number(told), 1, "the town that gave is told");
        world.assert_sound();
    });
}

#[test]
fn an_additional_order_amends_the_contract_and_counts_from_then_on() {
    on_both(|world| {
        let account = world.allocate("m-a", 8);
        let request = submit(world, contact_a(), "m-a", 5).unwrap();
        approve_as(world, lead(), &request.id, GrantSource::Order, 5, None).unwrap();
        assert_eq!(world.counters(&account).0, 13);
        assert_eq!(world.counters(&world.reserve()).0, 12, "the reserve is as it was");
        assert_eq!(world.number("SELECT seats FROM contract_amendments"), 5);
        assert_eq!(world.number("SELECT ex_tax_yen FROM contract_amendments"), 150_000);
        assert_eq!(world.number("SELECT tax_yen FROM contract_amendments"), 15_000);
        assert_eq!(
            world.number("SELECT COUNT(*) FROM outbox WHERE kind = 'seat_request_granted' AND body LIKE '%165,000円%'"),
            1
        );
        let next = preview(world, contact_a(), "m-a", 1).unwrap();
        assert_eq!((next.seats_before, next.total_before_yen), (25, 825_000));
        world.assert_sound();
    });
}

#[test]
fn every_step_that_a_state_does_not_take_is_refused_by_name() {
    on_both(|world| {
        world.allocate("m-a", 8);
        for state in RequestState::ALL {
            for step in RequestAct::ALL {
                let request = submit(world, contact_a(), "m-a", 3).unwrap();
                let way: &[RequestAct] = match state {
                    RequestState::Submitted => &[],
                    RequestState::Returned => &[RequestAct::Return],
                    RequestState::Approved => &[RequestAct::Approve],
                    RequestState::Declined => &[RequestAct::Decline],
                    RequestState::Withdrawn => &[RequestAct::Withdraw],
                };
                let by = |act: RequestAct| match act {
                    RequestAct::Resubmit | RequestAct::Withdraw => contact_a(),
                    RequestAct::Approve | RequestAct::Decline | RequestAct::Return => lead(),
                };
                for earlier in way {
                    act(world, by(*earlier), &request.id, *earlier).unwrap();
                }
                let outcome = act(world, by(step), &request.id, step);
                match state.after(step) {
                    Ok(next) => assert_eq!(outcome.unwrap().state, next.as_str()),
                    Err(_) => {
                        let Err(Error::Rule(rule)) = outcome else { panic!("{state:?} took {step:?}") };
                        assert_eq!(
                            (rule.code, rule.facts),
                            (Code::RequestState, vec![("state", state.label().to_owned())])
                        );
                    }
                }
            }
        }
        world.assert_sound();
    });
}

#[test]
fn a_returned_request_is_corrected_and_a_declined_one_moves_nothing() {
    on_both(|world| {
        let account = world.allocate("m-a", 8);
        let request = submit(world, contact_a(), "m-a", 5).unwrap();
        let returned = act(world, lead(), &request.id, RequestAct::Return).unwrap();
        assert_eq!(returned.decision_reason.as_deref(), Some("利用実績を確認してください。"));
        let again = act(world, contact_a(), &request.id, RequestAct::Resubmit).unwrap();
        assert_eq!((again.state.as_str(), again.seats, again.price_effect.order_yen), ("submitted", 2, 66_000));
        act(world, lead(), &request.id, RequestAct::Decline).unwrap();
        assert_eq!(world.counters(&account).0, 8);
        for (kind, count) in [("seat_request_submitted", 2), ("seat_request_returned", 1), ("seat_request_declined", 1)]
        {
            assert_eq!(world.number(&format!("SELECT COUNT(*) FROM outbox WHERE kind = '{kind}'")), count, "{kind}");
        }
        world.assert_sound();
    });
}

#[test]
fn of_two_approvals_at_once_one_grants() {
    on_both(|world| {
        let account = world.allocate("m-a", 8);
        let request = submit(world, contact_a(), "m-a", 5).unwrap();
        let service = &world.service;
        let outcomes = world.run(futures_util::future::join_all((0..8).map(|_| {
            let id = request.id.clone();
            let cmd =
                ApproveRequest {
                    source: GrantSource::Reserve, seats: 5, reason: "承認".into(), from_account_id: None
                };
            service.write(call(lead()), move |ctx, call| approve_seat_request(ctx, call, &id, &cmd))
        })));
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(world.counters(&account).0, 13);
        world.assert_sound();
    });
}

#[test]
fn a_town_asks_for_itself_and_the_lead_decides() {
    on_both(|world| {
        world.allocate("m-a", 8);
        let request = submit(world, contact_a(), "m-a", 5).unwrap();
        let absent = Error::field("/member_id", FieldCode::NoSuchThing);
        for member in ["m-b", "m-x", "m-lead", "absent"] {
            assert_eq!(submit(world, contact_a(), member, 5), Err(absent.clone()), "{member}");
            assert_eq!(preview(world, contact_a(), member, 5), Err(absent.clone()), "{member}");
        }
        assert_eq!(submit(world, lead(), "m-a", 5), Err(Error::Forbidden));
        assert_eq!(submit(world, auditor(), "m-a", 5), Err(Error::Forbidden));
        for other in [staff(0), stranger()] {
            assert_eq!(submit(world, other.clone(), "m-a", 5), Err(Error::NotFound));
            assert_eq!(preview(world, other, "m-a", 5), Err(Error::NotFound));
        }
        let get = |actor: Actor| {
            let id = request.id.clone();
            world.read(actor, move |ctx, call| get_seat_request(ctx, call, &id)).map(|_| ())
        };
        for reader in [contact_a(), lead(), auditor()] {
            assert_eq!(get(reader), Ok(()));
        }
        for other in [contact_b(), staff(0), stranger()] {
            assert_eq!(get(other.clone()), Err(Error::NotFound));
            for step in RequestAct::ALL {
                assert_eq!(act(world, other.clone(), &request.id, step), Err(Error::NotFound), "{step:?}");
            }
        }
        for step in [RequestAct::Approve, RequestAct::Decline, RequestAct::Return] {
            assert_eq!(act(world, contact_a(), &request.id, step), Err(Error::Forbidden));
            assert_eq!(act(world, auditor(), &request.id, step), Err(Error::Forbidden));
        }
        assert_eq!(act(world, lead(), &request.id, RequestAct::Withdraw), Err(Error::Forbidden));

        let list = |actor: Actor, state: Option<&'static str>| {
            world
                .read(actor, move |ctx, call| list_seat_requests(ctx, call, CONTRACT, state, &PageQuery::default()))
                .map(|page| page.items.len())
        };
        assert_eq!((list(lead(), None), list(contact_a(), None), list(contact_b(), None)), (Ok(1), Ok(1), Ok(0)));
        assert_eq!((list(lead(), Some("approved")), list(lead(), Some("submitted"))), (Ok(0), Ok(1)));
        assert!(matches!(list(lead(), Some("nonsense")), Err(Error::Invalid(_))));
        assert_eq!(list(staff(0), None), Err(Error::NotFound));
    });
}

#[test]
fn numbers_and_reasons_out_of_bounds_are_named() {
    on_both(|world| {
        world.allocate("m-a", 8);
        for seats in [0, -1, 1 << 31, 1 << 53, i64::MAX] {
            let Err(Error::Invalid(faults)) = submit(world, contact_a(), "m-a", seats) else { panic!("{seats}") };
            assert_eq!(faults[0].pointer, "/seats", "{seats}");
        }
        let request = submit(world, contact_a(), "m-a", 5).unwrap();
        for seats in [0, 6, -1, i64::MAX] {
            let Err(Error::Invalid(faults)) = approve_as(world, lead(), &request.id, GrantSource::Reserve, seats, None)
            else {
                panic!("{seats}")
            };
            assert_eq!(faults[0].pointer, "/seats", "more than asked for is not granted");
        }
        world.sql("UPDATE contracts SET state = 'closed'");
        assert_eq!(code(submit(world, contact_a(), "m-a", 5)), Code::ContractClosed);
        assert_eq!(code(approve_as(world, lead(), &request.id, GrantSource::Reserve, 5, None)), Code::ContractClosed);
    });
}
