//! The waiting list and its timed offers: 72 hours, first come, passed on, never overtaken.

use crate::world::*;
use app::seats::assignments::{
    AssignSeat, AssignSeats, BulkMode, ReleaseSeat, assign_seat, assign_seats, list_my_seats, release_seat,
};
use app::seats::offers::{OfferView, accept_offer, decline_offer, list_my_offers};
use app::seats::waiting::{list_my_waiting_entries, list_waiting_entries, withdraw_waiting_entry};
use app::{Code, Error, PageQuery};
use domain::access::Actor;

fn offers(world: &World, actor: Actor) -> Vec<OfferView> {
    world.read(actor, |ctx, call| list_my_offers(ctx, call, &PageQuery::default())).unwrap().items
}

fn accept(world: &World, actor: Actor, id: &str) -> Result<OfferView, Error> {
    let id = id.to_owned();
    world.write(actor, move |ctx, call| accept_offer(ctx, call, &id))
}

fn decline(world: &World, actor: Actor, id: &str) -> Result<OfferView, Error> {
    let id = id.to_owned();
    world.write(actor, move |ctx, call| decline_offer(ctx, call, &id))
}

fn release(world: &World, actor: Actor) {
    let id = world.read(actor.clone(), list_my_seats).unwrap()[0].id.clone();
    let cmd = ReleaseSeat { reason: "育児休業のため".into() };
    let released = world.write(actor, move |ctx, call| release_seat(ctx, call, &id, &cmd)).unwrap();
    assert_eq!(released.release_reason.as_deref(), Some("育児休業のため"));
}

/// One seat, one person on it, three who wait.
fn full_house(world: &World) -> String {
    let account = world.allocate("m-a", 1);
    assert_eq!(world.claim(staff(0), &account), Ok(Outcome::Assigned));
    for number in 1..4 {
        assert_eq!(world.claim(staff(number), &account), Ok(Outcome::Waitlisted(number as i64)));
    }
    account
}

#[test]
fn a_returned_seat_is_offered_to_the_first_who_waits_for_72_hours() {
    on_both(|world| {
        let account = full_house(world);
        release(world, staff(0));
        assert_eq!(world.counters(&account), (1, 0, 1), "held, not free");
        let offer = offers(world, staff(1)).remove(0);
        assert_eq!(offer.state, "open");
        assert_eq!((offer.expires_at - offer.offered_at).num_hours(), 72);
        assert_eq!(offer.expires_at.to_rfc3339(), "2026-05-04T00:00:00+00:00");
        assert_eq!(world.number("SELECT COUNT(*) FROM outbox WHERE kind = 'offer_made' AND user_id = 'u-a01' AND body LIKE '%2026年5月4日（月）9時00分%'"), 1, "the mail says until when, in Japan time");
        assert_eq!(world.claim(staff(4), &account), Ok(Outcome::Waitlisted(3)), "a newcomer does not overtake");
        assert_eq!(world.claim(staff(1), &account), Ok(Outcome::Offered), "who has an offer is told so");

        let accepted = accept(world, staff(1), &offer.id).unwrap();
        assert_eq!(accepted.state, "accepted");
        assert_eq!(world.counters(&account), (1, 1, 0));
        assert_eq!(accept(world, staff(1), &offer.id), Err(Error::rule(Code::OfferAnswered)));
        assert_eq!(decline(world, staff(1), &offer.id), Err(Error::rule(Code::OfferAnswered)));
        world.assert_sound();
    });
}

#[test]
fn a_declined_offer_passes_on_at_once() {
    on_both(|world| {
        let account = full_house(world);
        release(world, staff(0));
        let first = offers(world, staff(1)).remove(0);
        assert_eq!(decline(world, staff(1), &first.id).unwrap().state, "declined");
        assert_eq!(offers(world, staff(2)).len(), 1);
        assert_eq!(world.counters(&account), (1, 0, 1));
        assert_eq!(accept(world, staff(1), &first.id), Err(Error::rule(Code::OfferAnswered)));
        world.assert_sound();
    });
}

#[test]
fn an_unanswered_offer_expires_and_passes_on() {
    on_both(|world| {
        let account = full_house(world);
        release(world, staff(0));
        let first = offers(world, staff(1)).remove(0);
        world.pass(71);
        assert_eq!(world.expire(), 0, "it stands for 72 hours");
        world.pass(1);
        assert_eq!(
            accept(world, staff(1), &first.id),
            Err(Error::rule(Code::OfferExpired)),
            "the deadline counts, not the worker"
        );
        assert_eq!(decline(world, staff(1), &first.id), Err(Error::rule(Code::OfferExpired)));
        assert_eq!(world.expire(), 1);
        assert_eq!(world.expire(), 0, "once");
        assert_eq!(accept(world, staff(1), &first.id), Err(Error::rule(Code::OfferExpired)));
        assert_eq!(offers(world, staff(1))[0].state, "expired");
        let second = offers(world, staff(2)).remove(0);
        assert_eq!(second.state, "open");
        assert_eq!(world.counters(&account), (1, 0, 1));
        assert_eq!(world.number("SELECT COUNT(*) FROM outbox WHERE kind = 'offer_expired'"), 1);
        assert_eq!(
            world
                .number("SELECT COUNT(*) FROM audit_entries WHERE action = 'offer.expired' AND actor_role = 'service'"),
            1
        );
        accept(world, staff(2), &second.id).unwrap();
        world.assert_sound();
    });
}

#[test]
fn an_offer_belongs_to_its_person() {
    on_both(|world| {
        full_house(world);
        release(world, staff(0));
        let offer = offers(world, staff(1)).remove(0);
        for other in [staff(2), contact_a(), lead(), stranger()] {
            assert_eq!(accept(world, other.clone(), &offer.id), Err(Error::NotFound));
            assert_eq!(decline(world, other, &offer.id), Err(Error::NotFound));
        }
        assert_eq!(accept(world, staff(1), "no-such-offer"), Err(Error::NotFound));
    });
}

#[test]
fn granted_seats_become_offers_while_people_wait() {
    on_both(|world| {
        let account = full_house(world);
        world.allocate("m-a", 2);
        assert_eq!(world.counters(&account), (3, 1, 2));
        assert_eq!(
            (offers(world, staff(1)).len(), offers(world, staff(2)).len(), offers(world, staff(3)).len()),
            (1, 1, 0)
        );
        world.allocate("m-a", 5);
        assert_eq!(world.counters(&account), (8, 1, 3));
        assert_eq!(world.claim(staff(5), &account), Ok(Outcome::Assigned), "beyond the offers seats are free");
        world.assert_sound();
    });
}

/// A list beside free seats, as a call for fewer people than there are seats leaves it.
fn waiting_beside_free_seats(world: &World) -> String {
    let account = full_house(world);
    // What the town gets after its call is not offered by itself.
    world.sql("UPDATE waiting_entries SET state = 'offered' WHERE state = 'waiting'");
    world.allocate("m-a", 2);
    world.sql("UPDATE waiting_entries SET state = 'waiting' WHERE state = 'offered'");
    assert_eq!(world.counters(&account), (3, 1, 0));
    account
}

#[test]
fn the_town_seats_the_first_who_waits_and_nobody_past_the_list() {
    on_both(|world| {
        let account = waiting_beside_free_seats(world);
        let assign = |user_id: String| {
            let (account, cmd) = (account.clone(), AssignSeat { user_id });
            world.write(contact_a(), move |ctx, call| assign_seat(ctx, call, &account, &cmd))
        };
        let before = |free: &str, waiting: &str, next: usize| {
            let facts =
                vec![("free", free.into()), ("waiting", waiting.into()), ("next", format!("架空 {}", staff_id(next)))];
            Err(Error::rule_with(Code::OthersWaitBefore, facts))
        };
        assert_eq!(assign(staff_id(2)).map(|_| ()), before("2", "3", 1), "the second waits for the first");
        assert_eq!(assign(staff_id(7)).map(|_| ()), before("2", "3", 1), "a newcomer waits for all");
        let seat = assign(staff_id(1)).unwrap();
        assert_eq!((seat.user_id, seat.source.as_str()), (staff_id(1), "direct"));
        assert_eq!(assign(staff_id(3)).map(|_| ()), before("1", "2", 2));
        assert!(assign(staff_id(2)).is_ok());
        assert_eq!(assign(staff_id(3)).map(|_| ()), Err(Error::rule(Code::SeatsSoldOut)), "now no seat is free");
        assert_eq!(world.counters(&account), (3, 3, 0));
        assert_eq!(world.number("SELECT COUNT(*) FROM waiting_entries WHERE state = 'accepted'"), 2);
        world.assert_sound();
    });
}

#[test]
fn people_ticked_together_are_seated_in_the_order_of_the_list() {
    on_both(|world| {
        let account = waiting_beside_free_seats(world);
        let bulk = |user_ids: Vec<String>, mode: BulkMode| {
            let (account, cmd) = (account.clone(), AssignSeats { user_ids, mode });
            world.write(contact_a(), move |ctx, call| assign_seats(ctx, call, &account, &cmd))
        };
        let view = bulk([2, 3, 7, 1].map(staff_id).to_vec(), BulkMode::Each).unwrap();
        let codes: Vec<Option<&str>> = view.items.iter().map(|item| item.code).collect();
        assert_eq!(codes, [None, Some("seats_sold_out"), Some("seats_sold_out"), None]);
        assert_eq!(world.counters(&account), (3, 3, 0));
        world.assert_sound();
    });
}

#[test]
fn a_person_with_an_open_offer_answers_it_and_is_not_seated_besides() {
    on_both(|world| {
        let account = full_house(world);
        release(world, staff(0));
        let cmd = AssignSeat { user_id: staff_id(1) };
        let sent = world.write(contact_a(), {
            let account = account.clone();
            move |ctx, call| assign_seat(ctx, call, &account, &cmd)
        });
        assert_eq!(sent.map(|_| ()), Err(Error::rule(Code::SeatOffered)));
        assert_eq!(world.counters(&account), (1, 0, 1));
        world.assert_sound();
    });
}

#[test]
fn the_list_shows_places_and_can_be_left() {
    on_both(|world| {
        let account = full_house(world);
        let list = |actor: Actor| {
            let account = account.clone();
            world.read(actor, move |ctx, call| list_waiting_entries(ctx, call, &account, &PageQuery::default()))
        };
        let rows = list(contact_a()).unwrap().items;
        assert_eq!(rows.iter().map(|row| row.entry.position).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
        assert!(list(auditor()).is_ok());
        for other in [lead(), contact_b(), staff(1), stranger()] {
            assert_eq!(list(other).map(|_| ()), Err(Error::NotFound));
        }

        let leave = |actor: Actor, id: &str| {
            let id = id.to_owned();
            world.write(actor, move |ctx, call| withdraw_waiting_entry(ctx, call, &id))
        };
        let first = rows[0].entry.id.clone();
        assert_eq!(leave(staff(2), &first).map(|_| ()), Err(Error::NotFound), "nobody leaves for another");
        assert_eq!(leave(contact_b(), &first).map(|_| ()), Err(Error::NotFound));
        assert_eq!(leave(staff(1), &first).unwrap().state, "withdrawn");
        assert_eq!(leave(staff(1), &first), Err(Error::rule(Code::NotWaiting)));
        let mine = world.read(staff(2), list_my_waiting_entries).unwrap();
        assert_eq!(mine[0].position, Some(1), "the next moved up");

        // Leaving with an open offer passes the seat on.
        release(world, staff(0));
        assert_eq!(list(contact_a()).unwrap().items[0].entry.state, "offered");
        assert_eq!(leave(contact_a(), &mine[0].id).unwrap().state, "withdrawn");
        assert_eq!(offers(world, staff(3)).len(), 1);
        assert_eq!(world.counters(&account), (1, 0, 1));
        assert_eq!(world.claim(staff(1), &account), Ok(Outcome::Waitlisted(1)), "who left may come back, at the end");
        world.assert_sound();
    });
}

#[test]
fn a_person_seated_elsewhere_cannot_take_a_second_seat_by_an_offer() {
    on_both(|world| {
        full_house(world);
        let b = world.allocate("m-b", 3);
        release(world, staff(0));
        let offer = offers(world, staff(1)).remove(0);
        let mut both = staff(1);
        both.grants.extend(person("u-a01", domain::access::Role::Learner, "c1", Some("m-b")).grants);
        assert_eq!(world.claim(both.clone(), &b), Ok(Outcome::Assigned));
        assert_eq!(accept(world, both, &offer.id), Err(Error::rule(Code::AlreadySeated)));
        world.assert_sound();
    });
}
