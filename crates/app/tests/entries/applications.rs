//! Applications: arriving in time, one for each person, seen by few.

use crate::town::*;
use crate::world::*;
use app::entries::applications::{edit_application, list_applications, list_my_applications, withdraw_application};
use app::entries::calls::SelectionPolicy;
use app::entries::selection::DecisionOutcome::{Declined, Selected, Waitlisted};
use app::seats::assignments::{ReleaseSeat, get_assignment, list_assignments, list_my_seats, release_seat};
use app::seats::offers::{accept_offer, list_my_offers};
use app::seats::waiting::list_waiting_entries;
use app::{Code, Error, PageQuery};
use chrono::{DateTime, Utc};
use domain::access::Actor;

fn edit(world: &World, actor: Actor, id: &str, version: i64) -> Result<i64, Error> {
    let (id, call) = (id.to_owned(), at_version(actor, version));
    let run = world.service.write(call, move |ctx, call| edit_application(ctx, call, &id, &form()));
    world.run(run).map(|view| view.version)
}

fn withdraw(world: &World, actor: Actor, id: &str) -> Result<String, Error> {
    let id = id.to_owned();
    world.write(actor, move |ctx, call| withdraw_application(ctx, call, &id)).map(|view| view.state)
}

#[test]
fn an_application_arrives_once_and_tells_applicant_contact_and_supervisor() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let view = apply(world, staff(0), &id).unwrap();
        assert_eq!((view.state.as_str(), view.applicant_name.as_str()), ("submitted", "架空 u-a00"));
        assert_eq!(view.answers.len(), 1);
        assert_eq!(code(apply(world, staff(0), &id)), Code::AlreadyApplied);
        assert_eq!(mails(world, "申込みを受け付けました")[0].0, "u-a00@town.example.jp");
        assert_eq!(mails(world, "申込みが届きました")[0].0, "u-contact-a@town.example.jp");
        let asked = mails(world, "上長確認");
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].0, "boss@town.example.jp");
        assert!(asked[0].1.contains("http://127.0.0.1/acknowledgements#token=yui_ack_"), "{}", asked[0].1);
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'application.submitted'"), 1);
        world.assert_sound();
    });
}

#[test]
fn an_application_arrives_until_the_last_day_ends_in_japan() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let end = "2026-05-20T15:00:00Z".parse::<DateTime<Utc>>().unwrap();
        world.clock.set(end - chrono::Duration::seconds(1));
        let mine = apply(world, staff(0), &id).unwrap();
        world.clock.set(end);
        assert_eq!(code(apply(world, staff(1), &id)), Code::EntryCallDeadlinePassed);
        assert_eq!(code(edit(world, staff(0), &mine.id, 1)), Code::EntryCallDeadlinePassed);
        close(world, contact_a(), &id, None).unwrap();
        assert_eq!(code(apply(world, staff(1), &id)), Code::EntryCallState);
        assert_eq!(code(edit(world, staff(0), &mine.id, 1)), Code::EntryCallState);
    });
}

#[test]
fn bad_applications_name_every_fault() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let mut cmd = form();
        cmd.want_to_learn = "学".repeat(2_001);
        cmd.problem_at_work = "\u{3000}".into();
        cmd.answers[0].question_id = "no-such-question".into();
        cmd.supervisor_name = "架空\n上長".into();
        cmd.supervisor_email = "boss".into();
        assert_eq!(
            pointers(apply_with(world, staff(0), &id, cmd)),
            [
                "/want_to_learn",
                "/problem_at_work",
                "/answers/0/question_id",
                "/answers",
                "/supervisor_name",
                "/supervisor_email"
            ],
            "unknown question, and the required one is missing"
        );
        let mut cmd = form();
        cmd.answers[0].text = String::new();
        cmd.answers.push(cmd.answers[0].clone());
        assert_eq!(
            pointers(apply_with(world, staff(0), &id, cmd)),
            ["/answers/0/text", "/answers/1/question_id", "/answers/1/text"]
        );
        let mut cmd = form();
        cmd.supervisor_email = "U-A00@town.example.jp".into();
        assert_eq!(
            pointers(apply_with(world, staff(0), &id, cmd)),
            ["/supervisor_email"],
            "nobody acknowledges oneself"
        );
        assert_eq!(world.number("SELECT COUNT(*) FROM applications"), 0);
    });
}

#[test]
fn another_towns_call_and_application_do_not_exist() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let mine = apply(world, staff(0), &id).unwrap().id;
        for other in [contact_b(), staff_b(), stranger()] {
            assert_eq!(apply(world, other, &id), Err(Error::NotFound));
        }
        assert_eq!(apply(world, auditor(), &id), Err(Error::Forbidden));
        let list = |actor: Actor| {
            let id = id.clone();
            world
                .read(actor, move |ctx, call| list_applications(ctx, call, &id, &PageQuery::default()))
                .map(|page| page.items.len())
        };
        for (actor, seen) in [(contact_a(), Ok(1)), (auditor(), Ok(1))] {
            assert_eq!(list(actor.clone()), seen);
            assert!(application(world, actor, &mine).is_ok());
        }
        for other in [lead(), contact_b(), staff(1), staff_b(), stranger()] {
            assert_eq!(list(other.clone()), Err(Error::NotFound), "names belong to the town: {other:?}");
            assert_eq!(application(world, other.clone(), &mine), Err(Error::NotFound));
            assert_eq!(edit(world, other.clone(), &mine, 1), Err(Error::NotFound));
            assert_eq!(withdraw(world, other, &mine), Err(Error::NotFound));
        }
        assert_eq!(list(staff(0)), Err(Error::NotFound), "an applicant sees the own application only");
        assert!(application(world, staff(0), &mine).is_ok());
        assert_eq!(edit(world, contact_a(), &mine, 1), Err(Error::Forbidden), "a contact does not write for others");
    });
}

#[test]
fn a_corrected_application_is_acknowledged_anew() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let mine = apply(world, staff(0), &id).unwrap().id;
        let first = tokens(world).pop().unwrap();
        acknowledge(world, &first).unwrap();
        assert_eq!(application(world, staff(0), &mine).unwrap().state, "acknowledged");
        assert_eq!(edit(world, staff(0), &mine, 1), Err(Error::Stale));
        assert_eq!(edit(world, staff(0), &mine, 2), Ok(3));
        let view = application(world, staff(0), &mine).unwrap();
        assert_eq!((view.state.as_str(), view.acknowledged_at), ("submitted", None));
        assert_eq!(tokens(world).len(), 2);
    });
}

#[test]
fn who_withdrew_may_apply_again_while_the_call_is_open() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let mine = apply(world, staff(0), &id).unwrap().id;
        assert_eq!(withdraw(world, staff(0), &mine), Ok("withdrawn".to_owned()));
        assert_eq!(code(withdraw(world, staff(0), &mine)), Code::ApplicationState);
        assert_eq!(code(edit(world, staff(0), &mine, 2)), Code::ApplicationState);
        assert_eq!(code(acknowledge(world, &tokens(world)[0])), Code::AcknowledgementLinkUsed);
        assert_eq!(get(world, contact_a(), &id).unwrap().application_count, 0);
        assert!(apply(world, staff(0), &id).is_ok());
        assert_eq!(get(world, contact_a(), &id).unwrap().application_count, 1);
    });
}

#[test]
fn my_applications_tell_my_place_in_the_queue() {
    on_both(|world| {
        let id = opened(world, 1, 1, SelectionPolicy::Selection).id;
        let ids = applications(world, &id, 4);
        close(world, contact_a(), &id, None).unwrap();
        let outcomes = [Declined, Waitlisted, Selected, Waitlisted];
        let decisions = ids.iter().zip(outcomes).map(|(id, outcome)| decision(id, outcome)).collect();
        select(world, contact_a(), &id, decisions).unwrap();
        let mine = |number: usize| {
            let page = world.read(staff(number), |ctx, call| list_my_applications(ctx, call, &PageQuery::default()));
            let one = page.unwrap().items.remove(0);
            (one.state, one.waiting.map(|place| (place.state, place.position)))
        };
        let waiting = |position| Some(("waiting".to_owned(), Some(position)));
        assert_eq!(mine(0), ("declined".to_owned(), None));
        assert_eq!(mine(1), ("waitlisted".to_owned(), waiting(1)));
        assert_eq!(mine(2), ("selected".to_owned(), None));
        assert_eq!(mine(3), ("waitlisted".to_owned(), waiting(2)));

        assert_eq!(withdraw(world, staff(1), &ids[1]), Ok("withdrawn".to_owned()), "who waits may step back");
        assert_eq!(mine(3), ("waitlisted".to_owned(), waiting(1)));
        for decided in [0, 2] {
            assert_eq!(code(withdraw(world, staff(decided), &ids[decided])), Code::ApplicationState);
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM waiting_entries WHERE state = 'waiting'"), 1);
        world.assert_sound();
    });
}

#[test]
fn who_waited_and_took_the_offered_seat_is_selected() {
    on_both(|world| {
        let id = opened(world, 1, 1, SelectionPolicy::Selection).id;
        let ids = applications(world, &id, 2);
        close(world, contact_a(), &id, None).unwrap();
        let decisions = vec![decision(&ids[0], Selected), decision(&ids[1], Waitlisted)];
        select(world, contact_a(), &id, decisions).unwrap();
        let seat = world.read(staff(0), list_my_seats).unwrap()[0].id.clone();
        let cmd = ReleaseSeat { reason: "人事異動のため".into() };
        world.write(staff(0), move |ctx, call| release_seat(ctx, call, &seat, &cmd)).unwrap();
        let state = || application(world, staff(1), &ids[1]).unwrap().state;
        assert_eq!(state(), "waitlisted", "an offer is no seat yet");
        let offer = world.read(staff(1), |ctx, call| list_my_offers(ctx, call, &PageQuery::default())).unwrap();
        let offer = offer.items[0].id.clone();
        world.write(staff(1), move |ctx, call| accept_offer(ctx, call, &offer)).unwrap();
        assert_eq!(state(), "selected");
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'application.seat_taken'"), 1);
        assert_eq!(code(withdraw(world, staff(1), &ids[1])), Code::ApplicationState);
        world.assert_sound();
    });
}

#[test]
fn an_auditors_look_at_people_of_a_town_stands_in_the_access_log() {
    on_both(|world| {
        let opened = opened(world, 3, 2, SelectionPolicy::Selection);
        let (id, account) = (opened.id, opened.account_id);
        let ids = applications(world, &id, 2);
        for number in 2..6 {
            world.claim(staff(number), &account).unwrap();
        }
        let seat = world.read(staff(2), list_my_seats).unwrap()[0].id.clone();
        let looked = |actor: Actor| {
            let before = world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'personal.viewed'");
            let (call_id, one, account, seat) = (id.clone(), ids[0].clone(), account.clone(), seat.clone());
            application(world, actor.clone(), &one).unwrap();
            world
                .read(actor, move |ctx, call| {
                    let page = PageQuery::default();
                    list_applications(ctx, call, &call_id, &page)?;
                    list_assignments(ctx, call, &account, true, &page)?;
                    list_waiting_entries(ctx, call, &account, &page)?;
                    get_assignment(ctx, call, &seat)
                })
                .unwrap();
            world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'personal.viewed'") - before
        };
        assert_eq!(looked(contact_a()), 0, "the town's own people are its contact's work");
        assert_eq!(looked(auditor()), 5);
        let town = "SELECT COUNT(*) FROM audit_entries WHERE action = 'personal.viewed' AND member_id = 'm-a' AND actor_id = 'u-auditor'";
        assert_eq!(world.number(town), 5);
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE details LIKE '%\"people\":2%'"), 1);
        world.assert_sound();
    });
}
