//! The supervisor's link: no account, once, fourteen days.

use crate::town::*;
use crate::world::*;
use app::entries::acknowledgements::{PresentLink, acknowledge_application, resend_acknowledgement};
use app::entries::calls::SelectionPolicy;
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
