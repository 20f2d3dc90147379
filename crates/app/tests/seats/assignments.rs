//! The town's side: one person, a list, who sits, taking a seat back.

use crate::world::*;
use app::seats::assignments::{
    AssignSeat, AssignSeats, BulkMode, BulkView, ReleaseSeat, assign_seat, assign_seats, find_assignments,
    get_assignment, list_assignments, release_seat,
};
use app::seats::returns::{ReleaseSeats, release_seats};
use app::{Code, Error, FieldCode, FieldError, PageQuery};
use domain::access::Actor;

fn assign(world: &World, actor: Actor, account: &str, user_id: &str) -> Result<String, Error> {
    let (account, cmd) = (account.to_owned(), AssignSeat { user_id: user_id.to_owned() });
    world.write(actor, move |ctx, call| assign_seat(ctx, call, &account, &cmd)).map(|view| view.id)
}

fn bulk(world: &World, account: &str, user_ids: &[&str], mode: BulkMode) -> Result<BulkView, Error> {
    let account = account.to_owned();
    let cmd = AssignSeats { user_ids: user_ids.iter().map(|id| (*id).to_owned()).collect(), mode };
    world.write(contact_a(), move |ctx, call| assign_seats(ctx, call, &account, &cmd))
}

#[test]
fn a_contact_seats_people_of_the_own_town_only() {
    on_both(|world| {
        let (a, b) = (world.allocate("m-a", 2), world.allocate("m-b", 2));
        assert!(assign(world, contact_a(), &a, "u-a00").is_ok());
        assert_eq!(assign(world, contact_a(), &a, "u-a00"), Err(Error::rule(Code::AlreadySeated)));
        assert_eq!(assign(world, contact_a(), &a, "u-b"), Err(Error::field("/user_id", FieldCode::NoSuchThing)));
        assert_eq!(assign(world, contact_a(), &b, "u-b"), Err(Error::NotFound));
        assert_eq!(assign(world, lead(), &a, "u-a01"), Err(Error::NotFound), "the lead does not touch a town's staff");
        assert_eq!(assign(world, staff(1), &a, "u-a01"), Err(Error::NotFound));
        assert_eq!(assign(world, auditor(), &a, "u-a01"), Err(Error::Forbidden));
        assert!(assign(world, contact_a(), &a, "u-a01").is_ok());
        assert_eq!(
            assign(world, contact_a(), &a, "u-a02"),
            Err(Error::rule(Code::SeatsSoldOut)),
            "nobody is put on a list unasked"
        );
        assert_eq!(world.number("SELECT COUNT(*) FROM waiting_entries"), 0);
        world.assert_sound();
    });
}

#[test]
fn a_list_is_served_each_by_itself_or_all_or_nobody() {
    on_both(|world| {
        let account = world.allocate("m-a", 3);
        assign(world, contact_a(), &account, "u-a00").unwrap();
        let wanted = ["u-a00", "u-a01", "u-b", "u-a02", "u-a03"];
        let Err(Error::Invalid(faults)) = bulk(world, &account, &wanted, BulkMode::All) else { panic!("refused") };
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/user_ids/0", "/user_ids/2", "/user_ids/4"]);
        assert_eq!(world.counters(&account), (3, 1, 0), "all or nobody");

        let view = bulk(world, &account, &wanted, BulkMode::Each).unwrap();
        assert_eq!(view.assigned, 2);
        let codes: Vec<Option<&str>> = view.items.iter().map(|item| item.code).collect();
        assert_eq!(codes, [Some("already_seated"), None, Some("no_such_person"), None, Some("seats_sold_out")]);
        assert_eq!(world.counters(&account), (3, 3, 0));

        let twice = FieldError { pointer: "/user_ids/1".into(), code: FieldCode::Duplicate };
        assert_eq!(bulk(world, &account, &["u-a05", "u-a05"], BulkMode::Each), Err(Error::Invalid(vec![twice])));
        assert!(matches!(bulk(world, &account, &[], BulkMode::Each), Err(Error::Invalid(_))));
        world.assert_sound();
    });
}

#[test]
fn names_of_a_towns_staff_belong_to_the_town() {
    on_both(|world| {
        let account = world.allocate("m-a", 2);
        let id = assign(world, contact_a(), &account, "u-a00").unwrap();
        let list = |actor: Actor| {
            let account = account.clone();
            world.read(actor, move |ctx, call| list_assignments(ctx, call, &account, true, &PageQuery::default()))
        };
        assert_eq!(list(contact_a()).unwrap().items[0].display_name, "架空 u-a00");
        assert_eq!(list(auditor()).unwrap().items.len(), 1);
        let one = |actor: Actor| {
            let id = id.clone();
            world.read(actor, move |ctx, call| get_assignment(ctx, call, &id)).map(|_| ())
        };
        assert_eq!(one(staff(0)), Ok(()), "one's own");
        for other in [lead(), contact_b(), staff(1), stranger()] {
            assert_eq!(list(other.clone()).map(|_| ()), Err(Error::NotFound));
            assert_eq!(one(other), Err(Error::NotFound));
        }
    });
}

#[test]
fn a_seat_is_given_back_once_with_a_reason() {
    on_both(|world| {
        let account = world.allocate("m-a", 2);
        let id = assign(world, contact_a(), &account, "u-a00").unwrap();
        let release = |actor: Actor, reason: &str| {
            let (id, cmd) = (id.clone(), ReleaseSeat { reason: reason.to_owned() });
            world.write(actor, move |ctx, call| release_seat(ctx, call, &id, &cmd)).map(|view| view.version)
        };
        for other in [lead(), contact_b(), staff(1), stranger()] {
            assert_eq!(release(other, "異動"), Err(Error::NotFound));
        }
        assert_eq!(release(auditor(), "異動"), Err(Error::Forbidden));
        assert!(matches!(release(contact_a(), "  "), Err(Error::Invalid(_))));
        assert_eq!(release(contact_a(), "異動"), Ok(2));
        assert_eq!(release(contact_a(), "異動"), Err(Error::rule(Code::AssignmentReleased)));
        assert_eq!(world.counters(&account), (2, 0, 0));
        assert_eq!(world.number("SELECT COUNT(*) FROM outbox WHERE kind = 'seat_returned'"), 1);
        assert!(assign(world, contact_a(), &account, "u-a00").is_ok(), "the person may come back");
        assert_eq!(world.counters(&account), (2, 1, 0), "and no extra seat was minted");
        world.assert_sound();
    });
}

#[test]
fn several_seats_come_back_together_or_not_at_all() {
    on_both(|world| {
        let (account, other) = (world.allocate("m-a", 3), world.allocate("m-b", 1));
        let ids: Vec<String> =
            ["u-a00", "u-a01"].iter().map(|who| assign(world, contact_a(), &account, who).unwrap()).collect();
        let back = |actor: Actor, account: &str, ids: Vec<String>| {
            let (account, cmd) =
                (account.to_owned(), ReleaseSeats { assignment_ids: ids, reason: "異動のため".to_owned() });
            world.write(actor, move |ctx, call| release_seats(ctx, call, &account, &cmd)).map(|views| views.len())
        };
        let strange = vec![ids[0].clone(), "0199b3f0-0000-7000-8000-00000000dead".to_owned()];
        assert_eq!(
            back(contact_a(), &account, strange),
            Err(Error::field("/assignment_ids/1", FieldCode::NoSuchThing))
        );
        assert_eq!(back(contact_a(), &other, ids.clone()), Err(Error::NotFound));
        assert_eq!(back(contact_a(), &account, vec![]), Err(Error::field("/assignment_ids", FieldCode::Required)));
        assert_eq!(back(auditor(), &account, ids.clone()), Err(Error::Forbidden));
        assert_eq!(world.counters(&account), (3, 2, 0), "all or none");
        assert_eq!(back(contact_a(), &account, ids.clone()), Ok(2));
        assert_eq!(world.counters(&account), (3, 0, 0));
        assert_eq!(back(contact_a(), &account, ids), Err(Error::rule(Code::AssignmentReleased)));
        world.assert_sound();
    });
}

#[test]
fn who_sits_is_found_by_a_part_of_the_name_however_it_is_written() {
    on_both(|world| {
        let account = world.allocate("m-a", 2);
        assign(world, contact_a(), &account, "u-a00").unwrap();
        let find = |name: &'static str| {
            let account = account.clone();
            let look = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
                find_assignments(ctx, call, &account, true, Some(name), &PageQuery::default())
            };
            world.read(contact_a(), look).unwrap().items.len()
        };
        let everybody = world.read(contact_a(), {
            let account = account.clone();
            move |ctx, call| list_assignments(ctx, call, &account, true, &PageQuery::default())
        });
        let name = everybody.unwrap().items[0].display_name.clone();
        assert!(name.chars().count() > 1, "{name}");
        let part: String = name.chars().take(2).collect();
        let wide: String = part
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xFEE0).filter(|_| c.is_ascii_graphic()).unwrap_or(c))
            .collect();
        assert_eq!((find(part.leak()), find(wide.leak()), find("%"), find("いない人")), (1, 1, 0, 0));
    });
}
