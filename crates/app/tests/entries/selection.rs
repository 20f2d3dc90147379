//! The selection: orders with reasons, everybody at once, seats through the one gate.

use crate::town::*;
use crate::world::*;
use app::entries::calls::SelectionPolicy;
use app::entries::selection::DecisionOutcome::{self, Declined, Selected, Waitlisted};
use app::entries::selection::{ProposalView, propose_selection};
use app::{Code, Error};
use domain::access::Actor;

fn propose(world: &World, actor: Actor, id: &str) -> Result<ProposalView, Error> {
    let id = id.to_owned();
    world.read(actor, move |ctx, call| propose_selection(ctx, call, &id))
}

fn decide(
    world: &World,
    call: &str,
    ids: &[String],
    outcomes: &[DecisionOutcome],
) -> Result<Vec<(String, Option<i64>)>, Error> {
    let decisions = ids.iter().zip(outcomes).map(|(id, outcome)| decision(id, *outcome)).collect();
    let view = select(world, contact_a(), call, decisions)?;
    Ok(view.results.into_iter().map(|one| (one.state, one.position)).collect())
}

fn state(word: &str, position: Option<i64>) -> (String, Option<i64>) {
    (word.to_owned(), position)
}

#[test]
fn the_selected_sit_the_others_wait_in_the_given_order_and_all_are_told() {
    on_both(|world| {
        let call = opened(world, 2, 2, SelectionPolicy::Selection);
        let ids = applications(world, &call.id, 5);
        close(world, contact_a(), &call.id, None).unwrap();
        // Given out of order: the waiting list follows the decisions, not the arrivals.
        let given = [ids[4].clone(), ids[0].clone(), ids[2].clone(), ids[1].clone(), ids[3].clone()];
        let results = decide(world, &call.id, &given, &[Waitlisted, Selected, Declined, Selected, Waitlisted]).unwrap();
        assert_eq!(
            results,
            [
                state("selected", None),
                state("selected", None),
                state("waitlisted", Some(1)),
                state("waitlisted", Some(2)),
                state("declined", None)
            ]
        );
        assert_eq!(world.counters(&call.account_id), (2, 2, 0));
        assert_eq!(application(world, staff(4), &ids[4]).unwrap().waiting.unwrap().position, Some(1));
        assert_eq!(application(world, staff(0), &ids[0]).unwrap().decision_reason.as_deref(), Some("課題が明確なため"));
        for (subject, people) in [("受講決定", 2), ("補欠", 2), ("見送り", 1)] {
            assert_eq!(mails(world, subject).len(), people, "{subject}");
        }
        assert!(mails(world, "補欠 1番")[0].1.contains("1番目（2人中）"));
        assert_eq!(
            world.number("SELECT COUNT(*) FROM assignments WHERE source = 'selection' AND application_id IS NOT NULL"),
            2
        );
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'application.decided'"), 5);
        assert_eq!(get(world, contact_a(), &call.id).unwrap().state, "selected");
        world.assert_sound();
    });
}

#[test]
fn who_is_selected_while_no_seat_is_free_waits_before_the_waitlisted() {
    on_both(|world| {
        let call = opened(world, 2, 2, SelectionPolicy::Selection);
        let ids = applications(world, &call.id, 3);
        assert_eq!(world.claim(staff(9), &call.account_id), Ok(Outcome::Assigned), "a seat goes meanwhile");
        close(world, contact_a(), &call.id, None).unwrap();
        let results = decide(world, &call.id, &ids, &[Waitlisted, Selected, Selected]).unwrap();
        assert_eq!(results, [state("selected", None), state("waitlisted", Some(1)), state("waitlisted", Some(2))]);
        assert_eq!(application(world, staff(0), &ids[0]).unwrap().waiting.unwrap().position, Some(2));
        assert_eq!(world.counters(&call.account_id), (2, 2, 0));
        world.assert_sound();
    });
}

#[test]
fn the_waitlisted_wait_even_while_a_seat_is_free() {
    on_both(|world| {
        let call = opened(world, 5, 1, SelectionPolicy::Selection);
        let ids = applications(world, &call.id, 2);
        close(world, contact_a(), &call.id, None).unwrap();
        let results = decide(world, &call.id, &ids, &[Selected, Waitlisted]).unwrap();
        assert_eq!(results, [state("selected", None), state("waitlisted", Some(1))]);
        assert_eq!(world.counters(&call.account_id), (5, 1, 0));
        world.assert_sound();
    });
}

#[test]
fn a_place_of_the_call_that_nobody_was_selected_for_is_offered_to_the_first_who_waits() {
    on_both(|world| {
        let call = opened(world, 3, 2, SelectionPolicy::Selection);
        let ids = applications(world, &call.id, 3);
        close(world, contact_a(), &call.id, None).unwrap();
        let results = decide(world, &call.id, &ids, &[Waitlisted, Selected, Waitlisted]).unwrap();
        assert_eq!(results, [state("selected", None), state("waitlisted", Some(1)), state("waitlisted", Some(2))]);
        assert_eq!(world.counters(&call.account_id), (3, 1, 1), "one of two places is held, the third seat stays free");
        let offered = "SELECT COUNT(*) FROM offers o JOIN waiting_entries w ON w.id = o.waiting_entry_id
            WHERE o.state = 'open' AND w.application_id = ";
        assert_eq!(world.number(&format!("{offered}'{}'", ids[0])), 1, "the first who waits");
        assert_eq!(world.number(&format!("{offered}'{}'", ids[2])), 0);
        world.assert_sound();
    });
}

#[test]
fn without_a_free_seat_nobody_is_offered_one() {
    on_both(|world| {
        let call = opened(world, 1, 1, SelectionPolicy::Selection);
        let ids = applications(world, &call.id, 3);
        close(world, contact_a(), &call.id, None).unwrap();
        decide(world, &call.id, &ids, &[Selected, Waitlisted, Waitlisted]).unwrap();
        assert_eq!(world.counters(&call.account_id), (1, 1, 0));
        assert_eq!(world.number("SELECT COUNT(*) FROM offers"), 0);
        world.assert_sound();
    });
}

#[test]
fn a_refused_selection_decides_nobody() {
    on_both(|world| {
        let call = opened(world, 5, 2, SelectionPolicy::Selection);
        let ids = applications(world, &call.id, 3);
        close(world, contact_a(), &call.id, None).unwrap();
        let over = decide(world, &call.id, &ids, &[Selected, Selected, Selected]);
        let facts = vec![("selected", "3".to_owned()), ("capacity", "2".to_owned())];
        assert_eq!(over, Err(Error::rule_with(Code::SelectionOverCapacity, facts)));
        let missing = Err(Error::rule_with(Code::SelectionIncomplete, vec![("missing", "1".to_owned())]));
        assert_eq!(decide(world, &call.id, &ids[..2], &[Selected, Selected]), missing);

        let strange = ["another-towns-application".to_owned(), ids[0].clone(), ids[0].clone()];
        assert_eq!(
            pointers(decide(world, &call.id, &strange, &[Selected, Selected, Declined])),
            ["/decisions/0/application_id", "/decisions/2/application_id"]
        );
        let mut long = decision(&ids[0], Selected);
        long.reason = "理".repeat(501);
        let mut empty = decision(&ids[1], Selected);
        empty.reason = " ".into();
        assert_eq!(
            pointers(select(world, contact_a(), &call.id, vec![long, empty])),
            ["/decisions/0/reason", "/decisions/1/reason"]
        );

        assert_eq!(world.claim(staff(2), &call.account_id), Ok(Outcome::Assigned), "the last one finds a seat alone");
        let sits = Err(Error::rule_with(Code::ApplicantSeated, vec![("people", "架空 u-a02さん".to_owned())]));
        assert_eq!(decide(world, &call.id, &ids, &[Selected, Declined, Selected]), sits);
        assert_eq!(decide(world, &call.id, &ids, &[Selected, Declined, Waitlisted]), sits);
        let proposal = propose(world, contact_a(), &call.id).unwrap();
        let last = proposal.items.last().unwrap();
        assert_eq!((last.application_id.as_str(), last.seated, last.outcome), (ids[2].as_str(), true, Declined));
        assert!(last.reason.contains("席を既に利用している"), "{}", last.reason);
        world.sql("UPDATE grants SET revoked_at = '2026-05-01 00:00:00' WHERE user_id = 'u-a01'");
        assert_eq!(
            pointers(decide(world, &call.id, &ids, &[Declined, Selected, Declined])),
            ["/decisions/1/application_id"],
            "who left the town gets no seat of it"
        );
        assert_eq!(get(world, contact_a(), &call.id).unwrap().state, "closed");
        assert_eq!(world.number("SELECT COUNT(*) FROM applications WHERE state <> 'submitted'"), 0);
        assert_eq!(world.number("SELECT COUNT(*) FROM outbox WHERE kind LIKE 'application_selected%'"), 0);
        assert_eq!(world.counters(&call.account_id), (5, 1, 0));
        assert!(decide(world, &call.id, &ids, &[Selected, Declined, Declined]).is_ok());
        world.assert_sound();
    });
}

#[test]
fn only_the_towns_contact_selects() {
    on_both(|world| {
        let call = opened(world, 5, 2, SelectionPolicy::Selection);
        applications(world, &call.id, 1);
        close(world, contact_a(), &call.id, None).unwrap();
        for (actor, refusal) in [
            (auditor(), Error::Forbidden),
            (lead(), Error::NotFound),
            (staff(0), Error::NotFound),
            (contact_b(), Error::NotFound),
            (stranger(), Error::NotFound),
        ] {
            assert_eq!(select(world, actor.clone(), &call.id, Vec::new()), Err(refusal.clone()));
            assert_eq!(propose(world, actor, &call.id), Err(refusal));
        }
    });
}

#[test]
fn a_proposal_shows_the_acknowledged_first_with_reasons() {
    on_both(|world| {
        let call = opened(world, 5, 1, SelectionPolicy::Selection);
        let ids = applications(world, &call.id, 2);
        acknowledge(world, &tokens(world)[1]).unwrap();
        let proposal = propose(world, contact_a(), &call.id).unwrap();
        assert!(!proposal.binding);
        assert_eq!((proposal.capacity, proposal.free_seats), (1, 5));
        let shown: Vec<_> = proposal.items.iter().map(|one| (one.application_id.clone(), one.outcome)).collect();
        assert_eq!(shown, [(ids[1].clone(), Selected), (ids[0].clone(), Waitlisted)]);
        assert_eq!(proposal.items[0].reason, "申込みの内容を確かめて決めました（上長確認済み、受付順で1番目）。");
        assert!(proposal.items[1].reason.contains("上長の確認がまだ"));
        let account = world.account("m-a");
        let draft = create(world, contact_a(), &account, draft(1, SelectionPolicy::Selection)).unwrap().id;
        assert_eq!(code(propose(world, contact_a(), &draft)), Code::EntryCallState);
    });
}

#[test]
fn first_come_is_first_served_and_nobody_overtakes() {
    on_both(|world| {
        let call = opened(world, 1, 1, SelectionPolicy::FirstCome);
        let ids = applications(world, &call.id, 3);
        close(world, contact_a(), &call.id, None).unwrap();
        let proposal = propose(world, contact_a(), &call.id).unwrap();
        assert!(proposal.binding);
        assert_eq!(proposal.items[0].reason, "受付順で1番目です。");
        let overtaking = decide(world, &call.id, &ids, &[Waitlisted, Selected, Declined]);
        let facts = vec![("application", ids[1].clone())];
        assert_eq!(overtaking, Err(Error::rule_with(Code::SelectionOutOfOrder, facts)));
        // Sent in another order, the list still follows the arrivals.
        let given = [ids[2].clone(), ids[1].clone(), ids[0].clone()];
        let results = decide(world, &call.id, &given, &[Waitlisted, Waitlisted, Selected]).unwrap();
        assert_eq!(results, [state("selected", None), state("waitlisted", Some(1)), state("waitlisted", Some(2))]);
        assert_eq!(application(world, staff(1), &ids[1]).unwrap().waiting.unwrap().position, Some(1));
        world.assert_sound();
    });
}

#[test]
fn two_contacts_at_once_select_once() {
    on_both(|world| {
        let call = opened(world, 5, 2, SelectionPolicy::Selection);
        let ids = applications(world, &call.id, 2);
        close(world, contact_a(), &call.id, None).unwrap();
        let cmd = app::entries::selection::SelectApplicants {
            decisions: ids.iter().map(|id| decision(id, Selected)).collect(),
        };
        let answers = world.run(futures_util::future::join_all((0..8).map(|_| {
            let (id, cmd) = (call.id.clone(), cmd.clone());
            world.service.write(crate::world::call(contact_a()), move |ctx, call| {
                app::entries::selection::select_applicants(ctx, call, &id, &cmd)
            })
        })));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for refused in answers.into_iter().filter(Result::is_err) {
            assert_eq!(code(refused), Code::EntryCallState);
        }
        assert_eq!(world.counters(&call.account_id), (5, 2, 0));
        world.assert_sound();
    });
}
