//! Comments, marks, replications, resolved questions, and who gets a mail.

use crate::posts::{draft, get, post};
use crate::support::{Person, Rig, on_both};
use app::board::*;
use app::notify::log::{MailQuery, list_mails};
use app::{Code, Error, FieldCode, PageQuery};
use domain::board::{Kind, Outcome, Visibility};

/// Kind and recipient of every mail of the consortium, oldest first.
pub fn mails(rig: &Rig) -> Vec<(String, String)> {
    let consortium = rig.consortium.clone();
    let page = rig.read(&rig.auditor, move |ctx, call| {
        list_mails(ctx, call, &consortium, &MailQuery { limit: Some(100), ..MailQuery::default() })
    });
    page.unwrap().items.into_iter().rev().map(|mail| (mail.kind, mail.user_id.unwrap_or_default())).collect()
}

fn comment(rig: &Rig, who: &Person, post_id: &str, body: &str, reply_to: Option<&str>) -> Result<CommentView, Error> {
    let cmd = CreateComment { body: body.to_owned(), reply_to_id: reply_to.map(str::to_owned) };
    let id = post_id.to_owned();
    rig.write(who, move |ctx, call| create_comment(ctx, call, &id, &cmd))
}

fn tried(rig: &Rig, who: &Person, post_id: &str) -> Result<ReplicationView, Error> {
    let cmd = RecordReplication { outcome: Outcome::Partly, note: String::new(), hours_saved: Some(40) };
    let id = post_id.to_owned();
    rig.write(who, move |ctx, call| record_replication(ctx, call, &id, &cmd))
}

#[test]
fn a_worry_is_answered_and_resolved() {
    on_both(|rig| {
        let asked =
            post(rig, &rig.nakai_learner, draft(Kind::Worry, Visibility::Consortium, "議事録に時間がかかる", "本文"));
        let answer = comment(rig, &rig.matsuda_learner, &asked.id, "**録音**から作れます。", None).unwrap();
        assert_eq!(answer.body_html.trim(), "<p><strong>録音</strong>から作れます。</p>");
        comment(rig, &rig.nakai_learner, &asked.id, "ありがとうございます。", Some(&answer.id)).unwrap();
        comment(rig, &rig.nakai_contact, &asked.id, "町でも使います。", Some(&answer.id)).unwrap();
        let resolve = |who: &Person, comment_id: Option<String>| {
            let id = asked.id.clone();
            rig.write(who, move |ctx, call| {
                resolve_post(ctx, call, &id, &ResolvePost { comment_id: comment_id.clone() })
            })
        };
        assert_eq!(resolve(&rig.nakai_contact, None).err(), Some(Error::Forbidden), "only who asked");
        let absent = Some(Error::field("/comment_id", FieldCode::NoSuchThing));
        assert_eq!(resolve(&rig.nakai_learner, Some("nonsense\0".to_owned())).err(), absent);
        assert_eq!(resolve(&rig.nakai_learner, Some(asked.id.clone())).err(), absent);
        let resolved = resolve(&rig.nakai_learner, Some(answer.id.clone())).unwrap();
        assert_eq!((resolved.resolved_by_comment_id, resolved.comments_count), (Some(answer.id), 3));
        assert_eq!(resolve(&rig.nakai_learner, None).err(), Some(Error::rule(Code::PostAlreadyResolved)));
        let id = asked.id.clone();
        let reopened = rig.write(&rig.nakai_learner, move |ctx, call| reopen_post(ctx, call, &id)).unwrap();
        assert_eq!((reopened.resolved_at, reopened.resolved_by_comment_id), (None, None));
        // The asker's own reply goes to the one who answered; nobody is told of one's own act.
        let (learner, answerer, contact) = (&rig.nakai_learner.id, &rig.matsuda_learner.id, &rig.nakai_contact.id);
        let mut told = mails(rig);
        let resolved_mails = told.split_off(3);
        let expected = [("post_commented", learner), ("comment_replied", answerer), ("comment_replied", answerer)];
        assert_eq!(told, expected.map(|(kind, to)| (kind.to_owned(), to.clone())));
        assert_eq!(resolved_mails.len(), 2);
        assert!(resolved_mails.iter().all(|(kind, to)| kind == "post_resolved" && (to == answerer || to == contact)));
        rig.verify();
    });
}

#[test]
fn a_hidden_comment_keeps_its_place_and_loses_its_text() {
    on_both(|rig| {
        let asked = post(rig, &rig.nakai_learner, draft(Kind::Consultation, Visibility::Consortium, "相談", "本文"));
        let written = comment(rig, &rig.matsuda_learner, &asked.id, "不適切な文", None).unwrap();
        let hide = |who: &Person| {
            let id = written.id.clone();
            rig.write(who, move |ctx, call| hide_comment(ctx, call, &id))
        };
        assert_eq!(hide(&rig.nakai_learner).err(), Some(Error::Forbidden), "the asker is no moderator");
        assert!(hide(&rig.nakai_contact).unwrap().hidden_at.is_some(), "a contact of the post's town");
        assert_eq!(hide(&rig.lead).err(), Some(Error::rule(Code::CommentHidden)));
        let seen_by = |who: &Person| {
            let id = asked.id.clone();
            let page = rig.read(who, move |ctx, call| list_comments(ctx, call, &id, &PageQuery::default())).unwrap();
            page.items.into_iter().map(|comment| comment.body + comment.body_html.trim()).collect::<Vec<_>>()
        };
        assert_eq!(seen_by(&rig.nakai_learner), [""]);
        assert_eq!(seen_by(&rig.matsuda_learner), ["不適切な文<p>不適切な文</p>"]);
        assert_eq!(seen_by(&rig.lead), ["不適切な文<p>不適切な文</p>"]);
        assert_eq!(get(rig, &rig.lead, &asked.id).unwrap().comments_count, 0);
        let id = written.id.clone();
        let edited = rig.write_at(&rig.matsuda_learner, 2, move |ctx, call| {
            edit_comment(ctx, call, &id, &EditComment { body: "直し".to_owned() })
        });
        assert_eq!(edited.err(), Some(Error::rule(Code::CommentHidden)));
        assert_eq!(
            comment(rig, &rig.lead, &asked.id, "返信", Some(&written.id)).err(),
            Some(Error::field("/reply_to_id", FieldCode::NoSuchThing))
        );
        rig.verify();
    });
}

#[test]
fn a_comment_is_changed_by_its_author_only() {
    on_both(|rig| {
        let asked = post(rig, &rig.nakai_learner, draft(Kind::Consultation, Visibility::Consortium, "相談", "本文"));
        let written = comment(rig, &rig.matsuda_learner, &asked.id, "一つ目", None).unwrap();
        let change = |who: &Person, version: i64| {
            let id = written.id.clone();
            rig.write_at(who, version, move |ctx, call| {
                edit_comment(ctx, call, &id, &EditComment { body: "二つ目".to_owned() })
            })
        };
        assert_eq!(change(&rig.nakai_contact, 1).err(), Some(Error::Forbidden));
        assert_eq!(change(&rig.stranger, 1).err(), Some(Error::NotFound));
        assert_eq!(change(&rig.matsuda_learner, 1).unwrap().body, "二つ目");
        assert_eq!(change(&rig.matsuda_learner, 1).err(), Some(Error::Stale));
        assert_eq!(comment(rig, &rig.auditor, &asked.id, "監査", None).err(), Some(Error::Forbidden));
    });
}

#[test]
fn a_person_marks_once_and_a_town_tries_once() {
    on_both(|rig| {
        let story = post(rig, &rig.nakai_learner, draft(Kind::SuccessStory, Visibility::Consortium, "成功", "本文"));
        let mark = |who: &Person, on: bool| {
            let id = story.id.clone();
            let view = rig.write(
                who,
                move |ctx, call| if on { mark_helpful(ctx, call, &id) } else { unmark_helpful(ctx, call, &id) },
            );
            view.map(|post| (post.helpful_count, post.marked_helpful))
        };
        assert_eq!(mark(&rig.matsuda_learner, true), Ok((1, true)));
        assert_eq!(mark(&rig.matsuda_learner, true), Ok((1, true)));
        assert_eq!(mark(&rig.lead, true), Ok((2, true)));
        assert_eq!(mark(&rig.matsuda_learner, false), Ok((1, false)));
        assert_eq!(mark(&rig.matsuda_learner, false), Ok((1, false)));
        assert_eq!(mark(&rig.auditor, true), Err(Error::Forbidden));
        assert_eq!(mark(&rig.nakai_learner, true), Err(Error::rule(Code::OwnPostHelpful)), "nobody thanks oneself");
        assert_eq!(tried(rig, &rig.matsuda_learner, &story.id).unwrap().town, "松田町");
        assert_eq!(tried(rig, &rig.matsuda_contact, &story.id).err(), Some(Error::rule(Code::ReplicationExists)));
        assert_eq!(tried(rig, &rig.nakai_contact, &story.id).err(), Some(Error::rule(Code::OwnTownReplication)));
        assert_eq!(get(rig, &rig.lead, &story.id).unwrap().replications_count, 1);
        let id = story.id.clone();
        let page =
            rig.read(&rig.auditor, move |ctx, call| list_replications(ctx, call, &id, &PageQuery::default())).unwrap();
        assert_eq!(
            (page.items.len(), page.items[0].outcome, page.items[0].hours_saved),
            (1, Outcome::Partly, Some(40))
        );
        rig.verify();
    });
}

#[test]
fn marks_at_the_same_moment_are_all_counted_once() {
    on_both(|rig| {
        let story = post(rig, &rig.nakai_learner, draft(Kind::SuccessStory, Visibility::Consortium, "成功", "本文"));
        let people = [&rig.matsuda_learner, &rig.matsuda_contact, &rig.lead, &rig.nakai_contact];
        rig.wait(async {
            let tasks: Vec<_> = (0..16)
                .map(|n| {
                    let (service, call, id) =
                        (rig.service.clone(), crate::support::call(people[n % 4], None), story.id.clone());
                    tokio::spawn(
                        async move { service.write(call, move |ctx, call| mark_helpful(ctx, call, &id)).await },
                    )
                })
                .collect();
            for task in tasks {
                task.await.unwrap().unwrap();
            }
        });
        assert_eq!(get(rig, &rig.lead, &story.id).unwrap().helpful_count, 4);
        rig.verify();
    });
}

#[test]
fn only_a_published_post_is_talked_about() {
    on_both(|rig| {
        let written = post(rig, &rig.nakai_learner, draft(Kind::Worry, Visibility::Consortium, "悩み", "本文"));
        let id = written.id.clone();
        rig.write(&rig.lead, move |ctx, call| hide_post(ctx, call, &id)).unwrap();
        let not_published = || Some(Error::rule(Code::PostNotPublished));
        assert_eq!(comment(rig, &rig.lead, &written.id, "文", None).err(), not_published());
        assert_eq!(tried(rig, &rig.lead, &written.id).err(), not_published());
        let id = written.id.clone();
        assert_eq!(rig.write(&rig.lead, move |ctx, call| mark_helpful(ctx, call, &id)).err(), not_published());
        let id = written.id.clone();
        let resolved =
            rig.write(&rig.nakai_learner, move |ctx, call| resolve_post(ctx, call, &id, &ResolvePost::default()));
        assert_eq!(resolved.err(), not_published());
        rig.verify();
    });
}
