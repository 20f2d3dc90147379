//! The delivery log and its walls, sending again by hand, declined kinds, and the audit trail's readers.

use crate::delivery::{logged, mailer, nobody, queue, sender};
use crate::support::{Person, Rig, on_both};
use app::audit::{AuditQuery, list_audit_entries};
use app::notify::delivery::deliver_due;
use app::notify::log::{MailQuery, MailState, list_deliveries, list_mails, retry_mail};
use app::notify::preferences::{SetPreferences, Wish, get_notification_preferences, set_notification_preferences};
use app::{Code, Error, FieldCode, PageQuery};
use mail::{Kind, Mailer, MemoryBox, Transport};
use std::sync::Arc;

fn memory() -> (MemoryBox, Arc<Mailer>) {
    let memory = MemoryBox::default();
    (memory.clone(), Arc::new(Mailer::new(sender(), Transport::Memory(memory))))
}

fn set(rig: &Rig, who: &Person, wishes: &[(&str, bool)]) -> Result<Vec<&'static str>, Error> {
    let items =
        wishes.iter().map(|(kind, mail)| Wish { kind: (*kind).to_owned(), mail: *mail, digest: false }).collect();
    let cmd = SetPreferences { items };
    let view = rig.write(who, move |ctx, call| set_notification_preferences(ctx, call, &cmd))?;
    Ok(view.items.into_iter().filter(|item| !item.mail).map(|item| item.kind).collect())
}

#[test]
fn a_declined_kind_is_not_sent_and_the_log_says_so() {
    on_both(|rig| {
        let who = &rig.nakai_contact;
        let all = rig.read(who, get_notification_preferences).unwrap();
        assert_eq!(all.items.len(), Kind::ALL.len() - 1, "all but the daily one, which the wishes make");
        assert!(all.items.iter().all(|item| item.mail));
        assert_eq!(set(rig, who, &[("post_commented", false), ("post_resolved", true)]), Ok(vec!["post_commented"]));
        queue(rig, who, Kind::PostCommented, 1);
        queue(rig, who, Kind::PostResolved, 1);
        queue(rig, &rig.matsuda_contact, Kind::PostCommented, 1);
        let (memory, into_memory) = memory();
        assert_eq!(rig.wait(deliver_due(&rig.service, &into_memory)).unwrap().sent, 2);
        assert_eq!(memory.mails().len(), 2);
        let states: Vec<_> = logged(rig).into_iter().map(|mail| mail.state).collect();
        assert_eq!(states, [MailState::Sent, MailState::Sent, MailState::Suppressed]);
        // Kinds that are not named are sent again.
        assert_eq!(set(rig, who, &[]), Ok(vec![]));
    });
}

#[test]
fn what_guards_an_account_is_not_declined() {
    on_both(|rig| {
        let who = &rig.nakai_learner;
        for kind in ["invite", "password_reset", "refresh_token_reused", "acknowledgement_requested", "offer_made"] {
            assert!(matches!(set(rig, who, &[(kind, false)]), Err(Error::Invalid(errors))
                if errors[0].pointer == "/items/0/kind" && matches!(errors[0].code, FieldCode::Refused { .. })));
            assert_eq!(set(rig, who, &[(kind, true)]), Ok(vec![]));
        }
        let unknown = set(rig, who, &[("post_commented", false), ("nonsense\0", false)]);
        assert_eq!(unknown, Err(Error::field("/items/1/kind", FieldCode::NoSuchThing)));
        let twice = set(rig, who, &[("post_commented", false), ("post_commented", true)]);
        assert_eq!(twice, Err(Error::field("/items/1/kind", FieldCode::Duplicate)));
        assert_eq!(set(rig, who, &[]), Ok(vec![]), "nothing was kept of the refused ones");
    });
}

#[test]
fn a_parked_mail_is_sent_again_by_the_lead() {
    on_both(|rig| {
        let broken = mailer(nobody());
        queue(rig, &rig.nakai_contact, Kind::PostCommented, 1);
        let id = logged(rig)[0].id.clone();
        let retry = |who: &Person| {
            let id = id.clone();
            rig.write(who, move |ctx, call| retry_mail(ctx, call, &id)).map(|mail| (mail.state, mail.attempts))
        };
        assert_eq!(retry(&rig.lead), Err(Error::rule(Code::MailNotParked)));
        for _ in 0..10 {
            rig.wait(deliver_due(&rig.service, &broken)).unwrap();
            rig.clock.advance(chrono::Duration::days(1));
        }
        assert_eq!(logged(rig)[0].state, MailState::Parked);
        assert_eq!(retry(&rig.nakai_contact), Err(Error::Forbidden), "as the log itself");
        assert_eq!(retry(&rig.stranger), Err(Error::NotFound));
        assert_eq!(retry(&rig.auditor), Err(Error::Forbidden));
        assert_eq!(retry(&rig.lead), Ok((MailState::Pending, 0)));
        assert_eq!(retry(&rig.admin), Err(Error::rule(Code::MailNotParked)));
        let (memory, into_memory) = memory();
        assert_eq!(rig.wait(deliver_due(&rig.service, &into_memory)).unwrap().sent, 1);
        assert_eq!(memory.mails().len(), 1);
        rig.verify();
    });
}

#[test]
fn the_logs_are_for_the_lead_and_the_auditors() {
    on_both(|rig| {
        queue(rig, &rig.nakai_contact, Kind::PostCommented, 2);
        let id = logged(rig)[0].id.clone();
        let read = |who: &Person| {
            let (consortium, id) = (rig.consortium.clone(), id.clone());
            let mails = rig.read(who, move |ctx, call| list_mails(ctx, call, &consortium, &MailQuery::default()));
            let tries = rig.read(who, move |ctx, call| list_deliveries(ctx, call, &id, &PageQuery::default()));
            let consortium = rig.consortium.clone();
            let trail =
                rig.read(who, move |ctx, call| list_audit_entries(ctx, call, &consortium, &AuditQuery::default()));
            (mails.err(), tries.err(), trail.err())
        };
        for who in [&rig.lead, &rig.auditor] {
            assert_eq!(read(who), (None, None, None), "{}", who.actor.display_name);
        }
        let forbidden = || Some(Error::Forbidden);
        for who in [&rig.nakai_contact, &rig.nakai_learner, &rig.admin] {
            assert_eq!(read(who), (forbidden(), forbidden(), forbidden()), "{}", who.actor.display_name);
        }
        let absent = || Some(Error::NotFound);
        assert_eq!(read(&rig.stranger), (absent(), absent(), absent()));
        let json = serde_json::to_string(&logged(rig)).unwrap();
        assert!(!json.contains('@') && !json.contains("架空の本文"), "{json}");
        let consortium = rig.consortium.clone();
        let waiting = MailQuery { state: Some(MailState::Pending), limit: Some(1), ..MailQuery::default() };
        let page = rig.read(&rig.lead, move |ctx, call| {
            let first = list_mails(ctx, call, &consortium, &waiting)?;
            let rest = MailQuery { cursor: first.next_cursor.clone(), ..waiting.clone() };
            let rest = list_mails(ctx, call, &consortium, &rest)?;
            Ok((first.items.len(), rest.items.len(), rest.next_cursor))
        });
        assert_eq!(page, Ok((1, 1, None)));
    });
}
