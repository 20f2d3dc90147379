//! Posts: their states, their walls, their revisions, and who may move them.

use crate::support::{Person, Rig, on_both};
use app::board::*;
use app::{Code, Error, FieldCode, PageQuery};
use domain::board::{Kind, State, Visibility};

/// A post of somebody, as typed.
pub fn draft(kind: Kind, visibility: Visibility, title: &str, body: &str) -> CreatePost {
    let story = Story {
        problem: "問合せの回答に時間がかかっていた。".to_owned(),
        approach: "講座で学んだ手順で回答案を作った。".to_owned(),
        tools: vec!["表計算".to_owned()],
        courses: vec![Course {
            title: "業務自動化入門（架空）".to_owned(),
            url: Some("https://example.jp/c/1".to_owned()),
        }],
        effect: Effect { hours_saved: Some(120), yen_saved: Some(300_000) },
    };
    CreatePost {
        kind,
        visibility,
        title: title.to_owned(),
        body: body.to_owned(),
        tags: vec!["生成AI".to_owned(), "窓口".to_owned()],
        story: (kind == Kind::SuccessStory).then_some(story),
        as_draft: false,
    }
}

pub fn post(rig: &Rig, who: &Person, cmd: CreatePost) -> PostView {
    let consortium = rig.consortium.clone();
    rig.write(who, move |ctx, call| create_post(ctx, call, &consortium, &cmd)).unwrap()
}

pub fn get(rig: &Rig, who: &Person, id: &str) -> Result<PostView, Error> {
    let id = id.to_owned();
    rig.read(who, move |ctx, call| get_post(ctx, call, &id))
}

pub fn titles(rig: &Rig, who: &Person, query: PostQuery) -> Vec<String> {
    let consortium = rig.consortium.clone();
    let page = rig.read(who, move |ctx, call| list_posts(ctx, call, &consortium, &query)).unwrap();
    page.items.into_iter().map(|post| post.title).collect()
}

fn edit(title: &str, visibility: Visibility) -> EditPost {
    EditPost { visibility, title: title.to_owned(), body: "直した本文".to_owned(), tags: vec![], story: None }
}

#[test]
fn a_success_story_keeps_its_facts_and_shows_no_address() {
    on_both(|rig| {
        let written = post(
            rig,
            &rig.nakai_learner,
            draft(Kind::SuccessStory, Visibility::Consortium, "回答案の自動化", "**本文**"),
        );
        let seen = get(rig, &rig.matsuda_contact, &written.id).unwrap();
        assert_eq!(
            (seen.state, seen.town.as_str(), seen.author.as_str()),
            (State::Published, "中井町", "中井町の職員")
        );
        assert_eq!(seen.story.as_ref().unwrap().effect, Effect { hours_saved: Some(120), yen_saved: Some(300_000) });
        assert_eq!(seen.tags, ["生成AI", "窓口"]);
        assert_eq!(seen.body_html.trim(), "<p><strong>本文</strong></p>");
        assert!(!seen.is_mine && get(rig, &rig.nakai_learner, &written.id).unwrap().is_mine);
        let json = serde_json::to_string(&seen).unwrap();
        assert!(!json.contains('@') && !json.contains("search_key"), "{json}");
        rig.verify();
    });
}

#[test]
fn what_is_not_for_ones_eyes_does_not_exist() {
    on_both(|rig| {
        let town = post(rig, &rig.nakai_learner, draft(Kind::Worry, Visibility::Town, "町の中の悩み", "本文"));
        let shared = post(rig, &rig.nakai_learner, draft(Kind::Worry, Visibility::Consortium, "共有の悩み", "本文"));
        let kept = CreatePost { as_draft: true, ..draft(Kind::Knowhow, Visibility::Consortium, "下書き", "本文") };
        let kept = post(rig, &rig.nakai_learner, kept);
        let sees = |who: &Person, id: &str| match get(rig, who, id) {
            Ok(_) => true,
            Err(Error::NotFound) => false,
            other => panic!("{other:?}"),
        };
        for (who, expected) in [
            (&rig.nakai_contact, [true, true, false]),
            (&rig.matsuda_contact, [false, true, false]),
            (&rig.matsuda_learner, [false, true, false]),
            (&rig.lead, [false, true, false]),
            (&rig.auditor, [true, true, false]),
            (&rig.stranger, [false, false, false]),
            (&rig.nakai_learner, [true, true, true]),
        ] {
            assert_eq!([&town, &shared, &kept].map(|post| sees(who, &post.id)), expected, "{}", who.actor.display_name);
        }
        // Lists answer the same as single reads.
        assert_eq!(titles(rig, &rig.matsuda_contact, PostQuery::default()), ["共有の悩み"]);
        assert_eq!(titles(rig, &rig.auditor, PostQuery::default()), ["共有の悩み", "町の中の悩み"]);
        assert_eq!(titles(rig, &rig.nakai_contact, PostQuery::default()), ["共有の悩み", "町の中の悩み"]);
        let drafts = || PostQuery { state: Some(State::Draft), ..PostQuery::default() };
        assert_eq!(titles(rig, &rig.nakai_learner, drafts()), ["下書き"]);
        assert!(titles(rig, &rig.auditor, drafts()).is_empty());
        let words = PostQuery { q: Some("悩み".to_owned()), ..PostQuery::default() };
        assert_eq!(titles(rig, &rig.matsuda_learner, words), ["共有の悩み"]);
        // Every other operation on a hidden thing says the same.
        let id = town.id.clone();
        let answers = [
            rig.write(&rig.lead, {
                let id = id.clone();
                move |ctx, call| hide_post(ctx, call, &id)
            })
            .err(),
            rig.write(&rig.matsuda_learner, {
                let id = id.clone();
                move |ctx, call| mark_helpful(ctx, call, &id)
            })
            .err(),
            rig.read(&rig.stranger, {
                let id = id.clone();
                move |ctx, call| list_comments(ctx, call, &id, &PageQuery::default())
            })
            .err(),
            rig.read(&rig.stranger, move |ctx, call| list_post_revisions(ctx, call, &id, &PageQuery::default())).err(),
        ];
        assert_eq!(answers, [const { Some(Error::NotFound) }; 4]);
        let consortium = rig.consortium.clone();
        let outside =
            rig.read(&rig.stranger, move |ctx, call| list_posts(ctx, call, &consortium, &PostQuery::default()));
        assert_eq!(outside.err(), Some(Error::NotFound));
    });
}

#[test]
fn a_public_post_is_read_by_somebody_else_before_and_after_each_edit() {
    on_both(|rig| {
        let public = || {
            rig.wait(rig.service.look_as(app::Meta::default(), |ctx| list_public_posts(ctx, &PageQuery::default())))
                .unwrap()
        };
        let written = post(rig, &rig.nakai_contact, draft(Kind::Knowhow, Visibility::Public, "公開の手順", "本文"));
        assert_eq!(written.state, State::InReview);
        assert!(public().items.is_empty());
        let approve = |who: &Person, version: i64| {
            let id = written.id.clone();
            rig.write_at(who, version, move |ctx, call| approve_post(ctx, call, &id))
        };
        assert_eq!(approve(&rig.nakai_contact, 1).err(), Some(Error::rule(Code::OwnPostReview)));
        assert_eq!(approve(&rig.matsuda_contact, 1).err(), Some(Error::NotFound), "another town does not see it yet");
        assert_eq!(approve(&rig.auditor, 1).err(), Some(Error::Forbidden));
        let id = written.id.clone();
        let edited = rig.write_at(&rig.nakai_contact, 1, move |ctx, call| {
            edit_post(ctx, call, &id, &edit("直した題", Visibility::Public))
        });
        assert_eq!(edited.unwrap().state, State::InReview);
        assert_eq!(approve(&rig.lead, 1).err(), Some(Error::Stale), "the lead had read the version before");
        assert_eq!(approve(&rig.lead, 2).unwrap().state, State::Published);
        let page = public();
        assert_eq!((page.items.len(), page.items[0].town.as_str()), (1, "中井町"));
        let json = serde_json::to_string(&page).unwrap();
        assert!(!json.contains("担当者") && !json.contains(&rig.nakai_contact.id), "people stay inside: {json}");
        // An edit after publication takes it back for review.
        let id = written.id.clone();
        let again = rig.write_at(&rig.nakai_contact, 3, move |ctx, call| {
            edit_post(ctx, call, &id, &edit("三つ目の題", Visibility::Public))
        });
        assert_eq!(again.unwrap().state, State::InReview);
        assert!(public().items.is_empty());
        let id = written.id.clone();
        let one = rig.wait(rig.service.look_as(app::Meta::default(), move |ctx| get_public_post(ctx, &id)));
        assert_eq!(one.err(), Some(Error::NotFound));
        rig.verify();
    });
}

#[test]
fn a_returned_post_is_a_draft_again_and_its_author_is_told() {
    on_both(|rig| {
        let written = post(rig, &rig.nakai_learner, draft(Kind::Knowhow, Visibility::Public, "公開の手順", "本文"));
        let id = written.id.clone();
        let empty = rig.write(&rig.nakai_contact, move |ctx, call| {
            return_post(ctx, call, &id, &ReturnPost { remark: " ".to_owned() })
        });
        assert_eq!(empty.err(), Some(Error::field("/remark", FieldCode::Required)));
        let id = written.id.clone();
        let cmd = ReturnPost { remark: "人名を消してください。".to_owned() };
        rig.write(&rig.nakai_contact, move |ctx, call| return_post(ctx, call, &id, &cmd)).unwrap();
        assert_eq!(get(rig, &rig.nakai_learner, &written.id).unwrap().state, State::Draft);
        assert_eq!(crate::talk::mails(rig), [("post_reviewed".to_owned(), rig.nakai_learner.id.clone())]);
        let id = written.id.clone();
        let again = rig.write(&rig.nakai_learner, move |ctx, call| publish_post(ctx, call, &id)).unwrap();
        assert_eq!(again.state, State::InReview);
    });
}

#[test]
fn a_step_that_is_not_open_is_refused_and_changes_nothing() {
    on_both(|rig| {
        let written = post(rig, &rig.nakai_learner, draft(Kind::Knowhow, Visibility::Consortium, "手順", "本文"));
        let refused = |who: &Person, act: fn(&mut app::Ctx<'_>, &app::Call, &str) -> Result<PostView, Error>| {
            let id = written.id.clone();
            match rig.write_at(who, 1, move |ctx, call| act(ctx, call, &id)) {
                Err(Error::Rule(rule)) => rule.code,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(&rig.nakai_learner, publish_post), Code::PostStepNotOpen);
        assert_eq!(refused(&rig.nakai_contact, approve_post), Code::PostStepNotOpen);
        assert_eq!(refused(&rig.nakai_contact, restore_post), Code::PostStepNotOpen);
        assert_eq!(refused(&rig.nakai_learner, reopen_post), Code::PostNotAQuestion);
        assert_eq!(get(rig, &rig.nakai_learner, &written.id).unwrap().version, 1);
    });
}

#[test]
fn a_moderator_takes_a_post_down_and_puts_it_up_again() {
    on_both(|rig| {
        let written = post(rig, &rig.nakai_learner, draft(Kind::Knowhow, Visibility::Consortium, "手順", "本文"));
        let act = |who: &Person, hide: bool| {
            let id = written.id.clone();
            rig.write(who, move |ctx, call| if hide { hide_post(ctx, call, &id) } else { restore_post(ctx, call, &id) })
        };
        assert_eq!(act(&rig.matsuda_contact, true).err(), Some(Error::Forbidden), "not its town");
        assert_eq!(act(&rig.nakai_learner, true).err(), Some(Error::Forbidden), "not a moderator");
        assert_eq!(act(&rig.lead, true).unwrap().state, State::Hidden);
        assert_eq!(get(rig, &rig.matsuda_contact, &written.id).err(), Some(Error::NotFound));
        assert!(titles(rig, &rig.matsuda_contact, PostQuery::default()).is_empty());
        let id = written.id.clone();
        let edited = rig.write_at(&rig.nakai_learner, 2, move |ctx, call| {
            edit_post(ctx, call, &id, &edit("題", Visibility::Consortium))
        });
        assert!(matches!(edited, Err(Error::Rule(rule)) if rule.code == Code::PostStepNotOpen));
        assert_eq!(act(&rig.nakai_contact, false).unwrap().state, State::Published);
    });
}

#[test]
fn each_content_stays_as_a_revision() {
    on_both(|rig| {
        let written = post(rig, &rig.nakai_learner, draft(Kind::Knowhow, Visibility::Consortium, "一つ目", "本文"));
        for (version, title) in [(1, "二つ目"), (2, "三つ目")] {
            let id = written.id.clone();
            rig.write_at(&rig.nakai_learner, version, move |ctx, call| {
                edit_post(ctx, call, &id, &edit(title, Visibility::Consortium))
            })
            .unwrap();
        }
        let id = written.id.clone();
        let stale = rig.write_at(&rig.nakai_learner, 1, move |ctx, call| {
            edit_post(ctx, call, &id, &edit("遅い編集", Visibility::Consortium))
        });
        assert_eq!(stale.err(), Some(Error::Stale));
        let id = written.id.clone();
        let unnamed = rig.write(&rig.nakai_learner, move |ctx, call| {
            edit_post(ctx, call, &id, &edit("版なし", Visibility::Consortium))
        });
        assert_eq!(unnamed.err(), Some(Error::PreconditionRequired));
        let id = written.id.clone();
        let other = rig.write_at(&rig.nakai_contact, 3, move |ctx, call| {
            edit_post(ctx, call, &id, &edit("他人の編集", Visibility::Consortium))
        });
        assert_eq!(other.err(), Some(Error::Forbidden));
        let revisions = |who: &Person| {
            let id = written.id.clone();
            let query = PageQuery { limit: Some(2), ..PageQuery::default() };
            rig.read(who, move |ctx, call| {
                let first = list_post_revisions(ctx, call, &id, &query)?;
                let rest = PageQuery { limit: Some(2), cursor: first.next_cursor.clone(), ..PageQuery::default() };
                let rest = list_post_revisions(ctx, call, &id, &rest)?;
                Ok(first.items.into_iter().chain(rest.items).map(|row| (row.revision, row.title)).collect::<Vec<_>>())
            })
        };
        let all: Vec<(i64, String)> = vec![(3, "三つ目".into()), (2, "二つ目".into()), (1, "一つ目".into())];
        assert_eq!(revisions(&rig.nakai_learner), Ok(all.clone()));
        assert_eq!(revisions(&rig.auditor), Ok(all));
        assert_eq!(revisions(&rig.matsuda_contact), Err(Error::Forbidden));
        // The index followed the edits.
        let find = |word: &str| {
            titles(rig, &rig.matsuda_contact, PostQuery { q: Some(word.to_owned()), ..PostQuery::default() })
        };
        assert_eq!((find("三つ").len(), find("一つ").len(), find("生成").len()), (1, 0, 0));
        rig.verify();
    });
}

#[test]
fn every_fault_of_a_post_is_named() {
    on_both(|rig| {
        let refused = |cmd: CreatePost| {
            let consortium = rig.consortium.clone();
            match rig.write(&rig.nakai_learner, move |ctx, call| create_post(ctx, call, &consortium, &cmd)) {
                Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>(),
                other => panic!("{other:?}"),
            }
        };
        let knowhow = || draft(Kind::Knowhow, Visibility::Consortium, "題", "本文");
        let story = || draft(Kind::SuccessStory, Visibility::Consortium, "題", "本文");
        assert_eq!(
            refused(CreatePost { title: "あ".repeat(101), body: "い".repeat(20_001), ..knowhow() }),
            ["/title", "/body"]
        );
        assert_eq!(refused(CreatePost { tags: vec!["x".to_owned(); 11], ..knowhow() })[0], "/tags");
        assert_eq!(refused(CreatePost { tags: vec!["カナ".to_owned(), "ｶﾅ".to_owned()], ..knowhow() }), ["/tags/1"]);
        assert_eq!(refused(CreatePost { tags: vec!["AI、DX".to_owned()], ..knowhow() }), ["/tags/0"]);
        assert_eq!(
            refused(CreatePost { title: "a\u{202E}b".to_owned(), body: "\u{0}".to_owned(), ..knowhow() }),
            ["/title", "/body"]
        );
        assert_eq!(refused(CreatePost { story: None, ..story() }), ["/story"]);
        assert_eq!(refused(CreatePost { story: story().story, ..knowhow() }), ["/story"]);
        for (hours, yen) in [(-1, 1 << 53), (1 << 31, -1), (1 << 53, i64::MAX), (i64::MAX, i64::MIN)] {
            let mut cmd = story();
            cmd.story.as_mut().unwrap().effect = Effect { hours_saved: Some(hours), yen_saved: Some(yen) };
            assert_eq!(refused(cmd), ["/story/effect/hours_saved", "/story/effect/yen_saved"]);
        }
        let mut cmd = story();
        cmd.story.as_mut().unwrap().courses[0].url = Some("javascript:alert(1)".to_owned());
        assert_eq!(refused(cmd), ["/story/courses/0/url"]);
        assert!(titles(rig, &rig.auditor, PostQuery::default()).is_empty());
        let consortium = rig.consortium.clone();
        let auditor = rig.write(&rig.auditor, move |ctx, call| {
            create_post(ctx, call, &consortium, &draft(Kind::Worry, Visibility::Town, "題", "本文"))
        });
        assert_eq!(auditor.err(), Some(Error::Forbidden));
    });
}
