//! The supervisor's link: no account, once, fourteen days.

use crate::town::*;
use crate::world::*;
use app::entries::acknowledgements::{
    AcknowledgementView, ObjectToApplication, PresentLink, acknowledge_application, object_to_application,
    resend_acknowledgement,
};
use app::entries::applications::edit_application;
use app::entries::calls::SelectionPolicy;
use app::entries::selection::{DecisionOutcome, propose_selection};
use app::{Code, Error, Meta};
use domain::access::Actor;
use futures_util::future::join_all;

fn resend(world: &World, actor: Actor, id: &str) -> Result<(), Error> {
    let id = id.to_owned();
    world.write(actor, move |ctx, call| resend_acknowledgement(ctx, call, &id))
}

#[test]
fn a_supervisor_reads_and_acknowledges_by_the_link_alone() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let mine = apply(world, staff(0), &id).unwrap().id;
        let token = tokens(world).pop().unwrap();
        let facts = look(world, &token).unwrap();
        assert_eq!((facts.member_name.as_str(), facts.applicant_name.as_str()), ("中井町", "架空 u-a00"));
        assert_eq!(facts.answers[0].question, "週に何時間学べますか。");
        assert_eq!(facts.acknowledged_at, None);
        assert!(acknowledge(world, &token).unwrap().acknowledged_at.is_some());
        let view = application(world, contact_a(), &mine).unwrap();
        assert_eq!((view.state.as_str(), view.acknowledged_at.is_some()), ("acknowledged", true));
        assert_eq!(code(acknowledge(world, &token)), Code::AcknowledgementLinkUsed);
        assert_eq!(code(look(world, &token)), Code::AcknowledgementLinkUsed);
        let noted = "SELECT COUNT(*) FROM audit_entries WHERE action = 'application.acknowledged' AND request_id = 'r-supervisor'";
        assert_eq!(world.number(noted), 1);
        world.assert_sound();
    });
}

#[test]
fn of_sixteen_hands_on_one_link_one_acknowledges() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        apply(world, staff(0), &id).unwrap();
        let token = tokens(world).pop().unwrap();
        let meta = Meta::default();
        let hands =
            (0..16).map(|_| acknowledge_application(&world.service, &meta, PresentLink { token: token.clone() }));
        let answers = world.run(join_all(hands));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        for refused in answers.into_iter().filter(Result::is_err) {
            assert_eq!(code(refused), Code::AcknowledgementLinkUsed);
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'application.acknowledged'"), 1);
        world.assert_sound();
    });
}

#[test]
fn a_link_ends_after_fourteen_days_and_the_contact_sends_another() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let mine = apply(world, staff(0), &id).unwrap().id;
        let first = tokens(world).pop().unwrap();
        world.pass(24 * 14);
        assert_eq!(code(look(world, &first)), Code::AcknowledgementLinkExpired);
        assert_eq!(code(acknowledge(world, &first)), Code::AcknowledgementLinkExpired);
        for other in [lead(), contact_b(), staff(0), stranger()] {
            assert_eq!(resend(world, other, &mine), Err(Error::NotFound));
        }
        assert_eq!(resend(world, auditor(), &mine), Err(Error::Forbidden));
        assert_eq!(resend(world, contact_a(), &mine), Ok(()));
        let second = tokens(world).pop().unwrap();
        assert_ne!(second, first);
        assert_eq!(resend(world, contact_a(), &mine), Ok(()));
        assert_eq!(code(acknowledge(world, &second)), Code::AcknowledgementLinkUsed, "a newer link ends the older");
        let third = tokens(world).pop().unwrap();
        assert!(acknowledge(world, &third).is_ok());
        assert_eq!(code(resend(world, contact_a(), &mine)), Code::AlreadyAcknowledged);
    });
}

#[test]
fn what_is_no_link_opens_nothing() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        apply(world, staff(0), &id).unwrap();
        let token = tokens(world).pop().unwrap();
        let never = "yui_ack_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let other_purpose = token.replacen("yui_ack_", "yui_rst_", 1);
        for text in ["", "yui_ack_", never, other_purpose.as_str()] {
            assert_eq!(look(world, text), Err(Error::NotFound), "{text}");
            assert_eq!(acknowledge(world, text), Err(Error::NotFound), "{text}");
        }
        let kept =
            format!("SELECT COUNT(*) FROM one_time_tokens WHERE token_hash LIKE '%{}%'", token.get(8..).unwrap());
        assert_eq!(world.number(&kept), 0, "only a hash is stored");
    });
}

fn object(world: &World, token: &str, reason: &str) -> Result<AcknowledgementView, Error> {
    let cmd = ObjectToApplication { token: token.to_owned(), reason: reason.to_owned() };
    world.run(object_to_application(&world.service, &Meta::default(), cmd))
}

const REASON: &str = "窓口の繁忙期と重なるため、時期を改めてください。";

#[test]
fn a_supervisor_who_does_not_agree_says_why_and_both_sides_read_it() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let mine = apply(world, staff(0), &id).unwrap().id;
        let token = tokens(world).pop().unwrap();
        for bad in ["", "  ", &"長".repeat(501)] {
            assert!(matches!(object(world, &token, bad), Err(Error::Invalid(_))), "{bad}");
        }
        assert!(look(world, &token).is_ok(), "a refused reason leaves the link usable");
        assert!(object(world, &token, REASON).unwrap().objected_at.is_some());
        assert_eq!(code(object(world, &token, REASON)), Code::AcknowledgementLinkUsed);
        assert_eq!(code(acknowledge(world, &token)), Code::AcknowledgementLinkUsed);
        let view = application(world, contact_a(), &mine).unwrap();
        assert_eq!((view.state.as_str(), view.objection.as_deref()), ("submitted", Some(REASON)));
        let told: Vec<String> = mails(world, "不同意").into_iter().map(|(to, body)| to + &body).collect();
        assert_eq!(told.len(), 2, "the applicant and the contact: {told:?}");
        assert!(told.iter().all(|mail| mail.contains(REASON)), "{told:?}");
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'application.objected'"), 1);
        world.assert_sound();
    });
}

#[test]
fn without_agreement_an_application_can_only_be_declined_until_it_is_corrected_or_acknowledged() {
    on_both(|world| {
        let id = opened(world, 3, 2, SelectionPolicy::Selection).id;
        let ids = applications(world, &id, 3);
        let links = tokens(world);
        for (at, token) in links.iter().enumerate() {
            object(world, token, REASON).unwrap_or_else(|error| panic!("{at}: {error:?}"));
        }
        // The first is corrected and waits again, the second is talked over and acknowledged.
        let version = application(world, staff(0), &ids[0]).unwrap().version;
        let (first, again) = (ids[0].clone(), at_version(staff(0), version));
        let edit = world.service.write(again, move |ctx, call| edit_application(ctx, call, &first, &form()));
        world.run(edit).unwrap();
        let corrected = application(world, contact_a(), &ids[0]).unwrap();
        assert_eq!((corrected.objected_at, corrected.objection), (None, None));
        assert_eq!(resend(world, contact_a(), &ids[1]), Ok(()));
        assert!(acknowledge(world, &tokens(world).pop().unwrap()).unwrap().objected_at.is_none());
        let agreed = application(world, contact_a(), &ids[1]).unwrap();
        assert_eq!((agreed.state.as_str(), agreed.objection), ("acknowledged", None));
        close(world, contact_a(), &id, None).unwrap();
        let call_id = id.clone();
        let proposed = world.read(contact_a(), move |ctx, call| propose_selection(ctx, call, &call_id)).unwrap();
        let order: Vec<_> = proposed.items.iter().map(|one| (one.application_id.as_str(), one.outcome)).collect();
        use DecisionOutcome::{Declined, Selected};
        assert_eq!(order, [(ids[1].as_str(), Selected), (ids[0].as_str(), Selected), (ids[2].as_str(), Declined)]);
        for outcome in [Selected, DecisionOutcome::Waitlisted] {
            let all = vec![decision(&ids[0], Selected), decision(&ids[1], Declined), decision(&ids[2], outcome)];
            let Err(Error::Invalid(faults)) = select(world, contact_a(), &id, all) else { panic!("{outcome:?}") };
            assert_eq!(faults[0].pointer, "/decisions/2/outcome");
        }
        let all = vec![decision(&ids[0], Selected), decision(&ids[1], Selected), decision(&ids[2], Declined)];
        select(world, contact_a(), &id, all).unwrap();
        world.assert_sound();
    });
}
