//! Lotteries: committed before the public value is known, drawn once, repeated by anybody.

use crate::town::*;
use crate::world::*;
use app::entries::calls::{EntryCallView, SelectionPolicy};
use app::entries::lottery::{DrawLottery, LotteryView, draw_lottery};
use app::entries::selection::DecisionOutcome::{Selected, Waitlisted};
use app::entries::selection::propose_selection;
use app::{Code, Error};
use domain::access::Actor;
use seat_allocator::lottery::{Entrant, Hash, VERSION, commit, tickets};

fn draw(world: &World, actor: Actor, id: &str, value: &str) -> Result<EntryCallView, Error> {
    let (id, cmd) = (id.to_owned(), DrawLottery { public_value: value.to_owned() });
    world.write(actor, move |ctx, call| draw_lottery(ctx, call, &id, &cmd))
}

/// What anybody with the published record can do.
fn repeated(lottery: &LotteryView, places: u64) -> Vec<String> {
    let entrants: Vec<Entrant> = lottery.entrants.iter().map(Entrant::new).collect();
    let (secret, salt) = (lottery.secret.as_deref().unwrap(), lottery.salt.as_deref().unwrap());
    let commitment = commit(&entrants, secret, salt, &lottery.source).unwrap();
    assert_eq!(commitment.list.to_string(), lottery.list_hash);
    assert_eq!(commitment.secret.to_string(), lottery.secret_hash);
    let value = lottery.public_value.as_deref().unwrap();
    let seed = Hash::of([VERSION.as_bytes(), commitment.list.as_bytes(), secret.as_bytes(), value.as_bytes()]);
    assert_eq!(Some(seed.to_string()), lottery.seed);
    tickets(&entrants, seed, places).unwrap().tickets.into_iter().map(|ticket| ticket.id).collect()
}

#[test]
fn a_lottery_is_committed_at_the_close_drawn_once_and_repeated_by_anybody() {
    on_both(|world| {
        let call = opened(world, 3, 2, SelectionPolicy::Lottery);
        assert_eq!(call.lottery, None);
        let mut ids = applications(world, &call.id, 6);
        let closed = close(world, contact_a(), &call.id, Some(SOURCE)).unwrap().lottery.unwrap();
        assert_eq!((closed.source.as_str(), closed.entrants.len()), (SOURCE, 6));
        assert_eq!((closed.secret, closed.seed, closed.tickets), (None, None, Vec::new()), "nothing is told before");
        assert_eq!(
            code(world.read(contact_a(), {
                let id = call.id.clone();
                move |ctx, call| propose_selection(ctx, call, &id)
            })),
            Code::LotteryNotDrawn
        );
        for other in [lead(), staff(0), contact_b()] {
            assert_eq!(draw(world, other, &call.id, "4071"), Err(Error::NotFound));
        }
        assert_eq!(pointers(draw(world, contact_a(), &call.id, "")), ["/public_value"]);

        draw(world, contact_a(), &call.id, "4071").unwrap();
        assert_eq!(code(draw(world, contact_a(), &call.id, "9999")), Code::LotteryDrawn, "no second try");
        let lottery = get(world, staff(0), &call.id).unwrap().lottery.unwrap();
        assert_eq!(lottery.secret_hash, closed.secret_hash);
        assert_eq!(lottery.list_hash, closed.list_hash);
        let order: Vec<String> = lottery.tickets.iter().map(|ticket| ticket.application_id.clone()).collect();
        assert_eq!(repeated(&lottery, 2), order);
        assert_eq!(lottery.tickets.iter().filter(|ticket| ticket.drawn).count(), 2);
        let mut drawn = order.clone();
        drawn.sort();
        ids.sort();
        assert_eq!(drawn, ids);
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action LIKE 'entry_call.lottery%'"), 2);
        world.assert_sound();
    });
}

#[test]
fn the_selection_of_a_lottery_follows_the_draw() {
    on_both(|world| {
        let call = opened(world, 1, 1, SelectionPolicy::Lottery);
        applications(world, &call.id, 3);
        close(world, contact_a(), &call.id, Some(SOURCE)).unwrap();
        let lottery = draw(world, contact_a(), &call.id, "4071").unwrap().lottery.unwrap();
        let order: Vec<&str> = lottery.tickets.iter().map(|ticket| ticket.application_id.as_str()).collect();
        let overtaking =
            vec![decision(order[0], Waitlisted), decision(order[1], Selected), decision(order[2], Waitlisted)];
        assert_eq!(code(select(world, contact_a(), &call.id, overtaking)), Code::SelectionOutOfOrder);
        let fair = vec![decision(order[2], Waitlisted), decision(order[1], Waitlisted), decision(order[0], Selected)];
        let view = select(world, contact_a(), &call.id, fair).unwrap();
        let ended: Vec<&str> = view.results.iter().map(|one| one.application_id.as_str()).collect();
        assert_eq!(ended, order);
        assert_eq!(view.results[2].position, Some(2));
        world.assert_sound();
    });
}
