//! The ledger by hand: who may move seats where, what is refused, and how a mistake is taken back.

use crate::world::*;
use app::seats::accounts::{
    AccountView, TransferView, get_seat_account, list_account_transfers, list_contract_transfers, list_seat_accounts,
};
use app::seats::moves::{MoveKind, MoveSeats, transfer_seats};
use app::{Code, Error, FieldCode, PageQuery};
use domain::access::Actor;

fn go(world: &World, actor: Actor, cmd: MoveSeats) -> Result<TransferView, Error> {
    world.write(actor, move |ctx, call| transfer_seats(ctx, call, CONTRACT, &cmd))
}

fn movement(kind: MoveKind, from: Option<&str>, to: Option<&str>, seats: i64) -> MoveSeats {
    MoveSeats {
        kind,
        from_account_id: from.map(str::to_owned),
        to_account_id: to.map(str::to_owned),
        seats,
        reason: "利用見込みの変更による移動".to_owned(),
        corrects_id: None,
    }
}

fn correct(id: &str, seats: i64) -> MoveSeats {
    MoveSeats { corrects_id: Some(id.to_owned()), ..movement(MoveKind::Correct, None, None, seats) }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    match result {
        Err(Error::Rule(rule)) => rule.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_lead_moves_seats_and_a_mistake_is_taken_back_by_a_new_entry() {
    on_both(|world| {
        let (a, b) = (world.allocate("m-a", 8), world.allocate("m-b", 4));
        let moved = go(world, lead(), movement(MoveKind::Move, Some(&a), Some(&b), 3)).unwrap();
        assert_eq!((world.counters(&a).0, world.counters(&b).0), (5, 7));
        let told = "SELECT COUNT(*) FROM outbox WHERE kind = 'seats_moved_away'";
        assert_eq!(world.number(&format!("{told} AND user_id = 'u-contact-a' AND body LIKE '%3席%'")), 1);
        let granted = go(world, lead(), movement(MoveKind::Grant, None, Some(&a), 2)).unwrap();
        assert_eq!(granted.from_account_id, Some(world.reserve()));

        let back = go(world, lead(), correct(&moved.id, 2)).unwrap();
        assert_eq!((back.kind.as_str(), back.corrects_id.as_deref()), ("correct", Some(moved.id.as_str())));
        assert_eq!((world.counters(&a).0, world.counters(&b).0), (9, 5));
        assert_eq!(
            code(go(world, lead(), correct(&moved.id, 2))),
            Code::TransferNotCorrectable,
            "only one seat is left of it"
        );
        assert!(go(world, lead(), correct(&moved.id, 1)).is_ok());
        assert_eq!(code(go(world, lead(), correct(&back.id, 1))), Code::TransferNotCorrectable, "a correction stands");
        let purchase = world
            .service
            .store()
            .within(store::Fence::service_wide())
            .read_now(|db| store::seats::transfers(db, CONTRACT, None, &store::seats::TRANSFERS.top(100)))
            .unwrap()
            .pop()
            .unwrap()
            .0;
        assert_eq!(code(go(world, lead(), correct(&purchase.id, 1))), Code::TransferNotCorrectable);
        assert_eq!(go(world, lead(), correct("absent", 1)), Err(Error::field("/corrects_id", FieldCode::NoSuchThing)));
        world.assert_sound();
    });
}

#[test]
fn seats_in_use_cannot_be_taken_and_the_reserve_cannot_be_overdrawn() {
    on_both(|world| {
        let (a, b) = (world.allocate("m-a", 2), world.allocate("m-b", 4));
        for number in 0..2 {
            world.claim(staff(number), &a).unwrap();
        }
        let Err(Error::Rule(rule)) = go(world, lead(), movement(MoveKind::Move, Some(&a), Some(&b), 1)) else {
            panic!("refused")
        };
        assert_eq!(rule.code, Code::SeatsInUse);
        assert_eq!(rule.facts, [("free", "0".to_owned()), ("seats", "1".to_owned()), ("town", "中井町".to_owned())]);
        assert_eq!(code(go(world, lead(), movement(MoveKind::Grant, None, Some(&a), 15))), Code::ReserveTooSmall);
        assert!(go(world, lead(), movement(MoveKind::Grant, None, Some(&a), 14)).is_ok());
        world.assert_sound();
    });
}

#[test]
fn a_town_returns_its_own_seats_and_nothing_else() {
    on_both(|world| {
        let (a, b) = (world.allocate("m-a", 4), world.allocate("m-b", 4));
        let returned = go(world, contact_a(), movement(MoveKind::Return, Some(&a), None, 1)).unwrap();
        assert_eq!(returned.to_account_id, Some(world.reserve()));
        let absent = Error::field("/from_account_id", FieldCode::NoSuchThing);
        assert_eq!(go(world, contact_a(), movement(MoveKind::Return, Some(&b), None, 1)), Err(absent));
        for kind in [MoveKind::Move, MoveKind::Grant, MoveKind::Correct] {
            assert_eq!(go(world, contact_a(), movement(kind, Some(&a), Some(&b), 1)), Err(Error::Forbidden));
        }
        assert_eq!(go(world, auditor(), movement(MoveKind::Return, Some(&a), None, 1)), Err(Error::Forbidden));
        for other in [staff(0), stranger()] {
            assert_eq!(go(world, other, movement(MoveKind::Return, Some(&a), None, 1)), Err(Error::NotFound));
        }
        world.assert_sound();
    });
}

#[test]
fn wrong_ends_and_numbers_are_named() {
    on_both(|world| {
        let (a, b) = (world.allocate("m-a", 4), world.allocate("m-b", 4));
        let reserve = world.reserve();
        let refused = [
            (movement(MoveKind::Move, Some(&a), Some(&b), 0), "/seats"),
            (movement(MoveKind::Move, Some(&a), Some(&b), -1), "/seats"),
            (movement(MoveKind::Move, Some(&a), Some(&b), 1 << 31), "/seats"),
            (movement(MoveKind::Move, Some(&a), Some(&a), 1), "/to_account_id"),
            (movement(MoveKind::Move, Some(&a), Some(&reserve), 1), "/to_account_id"),
            (movement(MoveKind::Move, None, Some(&b), 1), "/from_account_id"),
            (movement(MoveKind::Return, Some("absent"), None, 1), "/from_account_id"),
            (movement(MoveKind::Grant, Some(&b), Some(&a), 1), "/from_account_id"),
            (movement(MoveKind::Correct, None, None, 1), "/corrects_id"),
            (MoveSeats { reason: "　".into(), ..movement(MoveKind::Move, Some(&a), Some(&b), 1) }, "/reason"),
            (
                MoveSeats { corrects_id: Some("x".into()), ..movement(MoveKind::Move, Some(&a), Some(&b), 1) },
                "/corrects_id",
            ),
        ];
        for (cmd, pointer) in refused {
            let Err(Error::Invalid(faults)) = go(world, lead(), cmd.clone()) else { panic!("{cmd:?}") };
            assert_eq!(faults[0].pointer, pointer, "{cmd:?}");
        }
        assert_eq!((world.counters(&a).0, world.counters(&b).0), (4, 4));
    });
}

#[test]
fn everyone_sees_the_accounts_that_concern_them() {
    on_both(|world| {
        let (a, b) = (world.allocate("m-a", 4), world.allocate("m-b", 4));
        world.claim(staff(0), &a).unwrap();
        let list = |actor: Actor| world.read(actor, |ctx, call| list_seat_accounts(ctx, call, CONTRACT));
        for actor in [lead(), auditor()] {
            let accounts = list(actor).unwrap();
            assert_eq!(accounts.iter().map(|account| account.balance).collect::<Vec<_>>(), [12, 4, 4]);
            assert_eq!(accounts[0].kind, "reserve");
        }
        let own: Vec<AccountView> = list(contact_a()).unwrap();
        assert_eq!(own.len(), 1);
        assert_eq!((own[0].member_name.as_deref(), own[0].assigned, own[0].free), (Some("中井町"), 1, 3));
        assert_eq!(list(staff(0)).map(|_| ()), Err(Error::NotFound));
        assert_eq!(list(stranger()).map(|_| ()), Err(Error::NotFound));

        let get = |actor: Actor, id: &str| {
            let id = id.to_owned();
            world.read(actor, move |ctx, call| get_seat_account(ctx, call, &id)).map(|view| view.id)
        };
        assert_eq!(get(contact_a(), &a), Ok(a.clone()));
        assert_eq!(get(contact_a(), &b), Err(Error::NotFound));
        assert_eq!(get(contact_a(), &world.reserve()), Err(Error::NotFound));
        assert_eq!(get(lead(), &world.reserve()), Ok(world.reserve()));

        let of_contract = |actor: Actor| {
            world.read(actor, |ctx, call| list_contract_transfers(ctx, call, CONTRACT, &PageQuery::default()))
        };
        assert_eq!(of_contract(lead()).unwrap().items.len(), 3);
        assert_eq!(of_contract(contact_a()).map(|_| ()), Err(Error::Forbidden));
        let account = a.clone();
        let own = world
            .read(contact_a(), move |ctx, call| list_account_transfers(ctx, call, &account, &PageQuery::default()))
            .unwrap();
        assert_eq!(own.items.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["allocate"]);
    });
}
