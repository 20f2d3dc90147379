//! The call itself: what may follow what, who sees it, what is refused.

use crate::town::*;
use crate::world::*;
use app::entries::calls::{SelectionPolicy, edit_entry_call, list_entry_calls};
use app::entries::lottery::{DrawLottery, draw_lottery};
use app::{Code, Error, PageQuery};
use domain::access::Actor;

fn edit(world: &World, id: &str, version: i64, capacity: i64) -> Result<i64, Error> {
    let (id, cmd) = (id.to_owned(), draft(capacity, SelectionPolicy::Selection));
    let call = at_version(contact_a(), version);
    world
        .run(world.service.write(call, move |ctx, call| edit_entry_call(ctx, call, &id, &cmd)))
        .map(|view| view.version)
}

#[test]
fn a_call_is_drafted_changed_opened_and_closed() {
    on_both(|world| {
        let account = world.allocate("m-a", 3);
        let view = create(world, contact_a(), &account, draft(2, SelectionPolicy::Selection)).unwrap();
        assert_eq!((view.state.as_str(), view.version, view.application_count), ("draft", 1, 0));
        assert_eq!(edit(world, &view.id, 1, 3), Ok(2));
        assert_eq!(edit(world, &view.id, 1, 3), Err(Error::Stale));
        assert_eq!(open(world, contact_a(), &view.id).unwrap().state, "open");
        assert_eq!(mails(world, "受講者募集").len(), testkit::scene::STAFF, "everybody of the town, nobody else");
        assert_eq!(close(world, contact_a(), &view.id, None).unwrap().state, "closed");
        for action in ["created", "edited", "opened", "closed"] {
            let query = format!(
                "SELECT COUNT(*) FROM audit_entries WHERE action = 'entry_call.{action}' AND member_id = 'm-a'"
            );
            assert_eq!(world.number(&query), 1, "{action}");
        }
        world.assert_sound();
    });
}

#[test]
fn every_illegal_step_of_a_call_is_refused_and_changes_nothing() {
    on_both(|world| {
        let account = world.allocate("m-a", 3);
        let id = create(world, contact_a(), &account, draft(1, SelectionPolicy::Lottery)).unwrap().id;
        let step = |name: &str| -> Result<(), Error> {
            let id = id.clone();
            match name {
                "edit" => edit(world, &id, get(world, contact_a(), &id)?.version, 1).map(|_| ()),
                "open" => open(world, contact_a(), &id).map(|_| ()),
                "close" => close(world, contact_a(), &id, Some(SOURCE)).map(|_| ()),
                "draw" => {
                    let cmd = DrawLottery { public_value: "4071".into() };
                    world.write(contact_a(), move |ctx, call| draw_lottery(ctx, call, &id, &cmd)).map(|_| ())
                }
                _ => select(world, contact_a(), &id, Vec::new()).map(|_| ()),
            }
        };
        let refused = |state: &str, steps: &[&str]| {
            for name in steps {
                assert_eq!(code(step(name)), Code::EntryCallState, "{name} of a call that is {state}");
                assert_eq!(get(world, contact_a(), &id).unwrap().state, state);
            }
        };
        refused("draft", &["close", "draw", "select"]);
        step("open").unwrap();
        refused("open", &["open", "draw", "select"]);
        let version = get(world, contact_a(), &id).unwrap().version;
        assert_eq!(code(edit(world, &id, version, 1)), Code::EntryCallState);
        step("close").unwrap();
        refused("closed", &["open", "close", "edit"]);
        assert_eq!(code(step("select")), Code::LotteryNotDrawn);
        step("draw").unwrap();
        assert_eq!(code(step("draw")), Code::LotteryDrawn);
        step("select").unwrap();
        refused("selected", &["edit", "open", "close", "draw", "select"]);
        world.assert_sound();
    });
}

#[test]
fn bad_drafts_name_every_fault() {
    on_both(|world| {
        let account = world.allocate("m-a", 3);
        let mut cmd = draft(0, SelectionPolicy::Selection);
        cmd.title = "題".repeat(101);
        cmd.guidance = "文".repeat(4_001);
        cmd.questions[1].id = "hours".into();
        cmd.questions[0].text = " ".into();
        cmd.closes_on = chrono::NaiveDate::from_ymd_opt(2026, 4, 30).unwrap();
        assert_eq!(
            pointers(create(world, contact_a(), &account, cmd)),
            ["/title", "/guidance", "/capacity", "/questions/0/text", "/questions/1/id", "/closes_on"]
        );
        let mut cmd = draft(1, SelectionPolicy::Selection);
        cmd.closes_on = chrono::NaiveDate::from_ymd_opt(2027, 4, 1).unwrap();
        cmd.questions[0].id = "時間".into();
        assert_eq!(pointers(create(world, contact_a(), &account, cmd)), ["/questions/0/id", "/closes_on"]);
        let more = create(world, contact_a(), &account, draft(4, SelectionPolicy::Selection));
        let facts = vec![("capacity", "4".to_owned()), ("balance", "3".to_owned())];
        assert_eq!(more, Err(Error::rule_with(Code::CapacityExceedsBalance, facts)));
        let id = create(world, contact_a(), &account, draft(1, SelectionPolicy::Selection)).unwrap().id;
        world.pass(24 * 20);
        assert_eq!(code(open(world, contact_a(), &id)), Code::EntryCallDeadlinePassed, "a draft may grow old");
        world.sql("UPDATE contracts SET state = 'closed'");
        let late = create(world, contact_a(), &account, draft(1, SelectionPolicy::Selection));
        assert_eq!(code(late), Code::ContractClosed);
    });
}

#[test]
fn a_lottery_names_its_source_at_the_close_and_nobody_else_does() {
    on_both(|world| {
        let lottery = opened(world, 3, 1, SelectionPolicy::Lottery).id;
        assert_eq!(pointers(close(world, contact_a(), &lottery, None)), ["/lottery_source"]);
        let account = world.account("m-a");
        let other = create(world, contact_a(), &account, draft(1, SelectionPolicy::Selection)).unwrap().id;
        open(world, contact_a(), &other).unwrap();
        assert_eq!(pointers(close(world, contact_a(), &other, Some(SOURCE))), ["/lottery_source"]);
        let cmd = DrawLottery { public_value: "1".into() };
        let drawn = world.write(contact_a(), move |ctx, call| draw_lottery(ctx, call, &other, &cmd));
        assert_eq!(code(drawn), Code::NotALottery);
    });
}

#[test]
fn a_call_is_seen_by_its_town_and_as_a_count_by_the_lead() {
    on_both(|world| {
        let account = world.allocate("m-a", 3);
        let id = create(world, contact_a(), &account, draft(2, SelectionPolicy::Selection)).unwrap().id;
        let seen = |actor: Actor| get(world, actor, &id).map(|view| view.application_count);
        let listed = |actor: Actor| {
            world
                .read(actor, |ctx, call| list_entry_calls(ctx, call, "c1", &PageQuery::default()))
                .map(|page| page.items.len())
        };
        for (actor, one, many) in [
            (contact_a(), Ok(0), Ok(1)),
            (lead(), Ok(0), Ok(1)),
            (auditor(), Ok(0), Ok(1)),
            (staff(0), Err(Error::NotFound), Ok(0)),
            (contact_b(), Err(Error::NotFound), Ok(0)),
            (staff_b(), Err(Error::NotFound), Ok(0)),
            (stranger(), Err(Error::NotFound), Err(Error::NotFound)),
        ] {
            assert_eq!(seen(actor.clone()), one, "draft: {actor:?}");
            assert_eq!(listed(actor.clone()), many, "drafts: {actor:?}");
        }
        open(world, contact_a(), &id).unwrap();
        apply(world, staff(0), &id).unwrap();
        assert_eq!(seen(staff(1)), Ok(1));
        assert_eq!(listed(staff(1)), Ok(1));
        assert_eq!(seen(lead()), Ok(1));
        for other in [contact_b(), staff_b(), stranger()] {
            assert_eq!(seen(other), Err(Error::NotFound));
        }
    });
}

#[test]
fn only_the_towns_contact_runs_a_call() {
    on_both(|world| {
        let account = world.allocate("m-a", 3);
        let id = create(world, contact_a(), &account, draft(1, SelectionPolicy::Selection)).unwrap().id;
        for (actor, refusal) in [
            (lead(), Error::Forbidden),
            (auditor(), Error::Forbidden),
            (contact_b(), Error::NotFound),
            (staff(0), Error::NotFound),
            (stranger(), Error::NotFound),
        ] {
            assert_eq!(open(world, actor, &id), Err(refusal));
        }
        for (actor, refusal) in [
            (lead(), Error::Forbidden),
            (staff(0), Error::Forbidden),
            (contact_b(), Error::NotFound),
            (stranger(), Error::NotFound),
        ] {
            assert_eq!(create(world, actor, &account, draft(1, SelectionPolicy::Selection)), Err(refusal));
        }
        let reserve = world.reserve();
        assert_eq!(create(world, lead(), &reserve, draft(1, SelectionPolicy::Selection)), Err(Error::NotFound));
        assert_eq!(create(world, contact_a(), "no-such", draft(1, SelectionPolicy::Selection)), Err(Error::NotFound));
    });
}
