//! Search: the same posts as a plain `contains` over the folded texts, on both databases.

use crate::posts::{draft, post, titles};
use crate::support::{Rig, on_both};
use app::board::*;
use app::{Code, Error, FieldCode};
use domain::board::{Kind, Visibility};
use domain::text::fold;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

fn find(rig: &Rig, q: &str) -> Vec<String> {
    titles(rig, &rig.matsuda_learner, PostQuery { q: Some(q.to_owned()), limit: Some(100), ..PostQuery::default() })
}

#[test]
fn words_of_two_characters_and_of_one_are_found_as_people_type_them() {
    on_both(|rig| {
        let story = draft(
            Kind::SuccessStory,
            Visibility::Consortium,
            "窓口の問合せをＲＰＡで",
            "負担金の計算を自動化した。50%減。",
        );
        post(rig, &rig.nakai_learner, story);
        let worry =
            draft(Kind::Worry, Visibility::Consortium, "年末調整", "カタカナとガイドの\n改行、(C:\\tmp) _x_ \"引用\"");
        post(rig, &rig.nakai_learner, CreatePost { tags: vec![], ..worry });
        let (story, worry) = ("窓口の問合せをＲＰＡで", "年末調整");
        for (q, expected) in [
            ("窓口", vec![story]),
            ("担金", vec![story]),
            ("金", vec![story]),
            ("rpa", vec![story]),
            ("ＲＰＡ", vec![story]),
            ("表計算", vec![story]),
            ("業務自動化入門", vec![story]),
            ("生成ai", vec![story]),
            ("年末", vec![worry]),
            ("ｶﾞｲﾄﾞ", vec![worry]),
            ("かたかな", vec![worry]),
            ("改行", vec![worry]),
            ("ガイドの改行", vec![worry]),
            ("50%", vec![story]),
            ("%", vec![story]),
            ("5_%", vec![]),
            ("_x_", vec![worry]),
            ("c:\\tmp", vec![worry]),
            ("\"引用\"", vec![worry]),
            ("\"", vec![worry]),
            ("\" OR \"", vec![]),
            ("窓口　計算", vec![story]),
            ("窓口 年末", vec![]),
            ("存在しない語", vec![]),
        ] {
            assert_eq!(find(rig, q), expected, "{q}");
        }
    });
}

#[test]
fn what_is_found_is_what_contains_the_words() {
    on_both(|rig| {
        let letter = prop::sample::select("あアｱ亜町職員会議aAＡ1%_\\\"'*-. \n".chars().collect::<Vec<_>>());
        let text = |most| prop::collection::vec(letter.clone(), 1..most).prop_map(String::from_iter);
        let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
        // Some forty posts of few letters, so that words meet; the same for all queries.
        let mut written = Vec::new();
        for number in 0..40 {
            let body = text(40).new_tree(&mut runner).unwrap().current();
            let title = format!("題{number} {}", text(8).new_tree(&mut runner).unwrap().current().replace('\n', " "));
            if body.trim().is_empty() {
                continue;
            }
            let cmd = CreatePost { tags: vec![], ..draft(Kind::Knowhow, Visibility::Consortium, title.trim(), &body) };
            written.push(post(rig, &rig.nakai_learner, cmd));
        }
        assert!(written.len() > 30);
        let found = std::cell::Cell::new(0);
        runner
            .run(&prop::collection::vec(text(4), 1..4), |words| {
                let q = words.join(" ").replace('\n', " ");
                let words: Vec<String> = q.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect();
                prop_assume!(words.len() <= 8);
                let has = |post: &PostView| {
                    words.iter().all(|word| fold(&post.title).contains(word) || fold(&post.body).contains(word))
                };
                let mut expected: Vec<String> =
                    written.iter().filter(|post| has(post)).map(|post| post.title.clone()).collect();
                let mut answered = find(rig, &q);
                found.set(found.get() + answered.len());
                expected.sort();
                answered.sort();
                prop_assert_eq!(answered, expected, "{:?}", q);
                Ok(())
            })
            .unwrap();
        assert!(found.get() > 50, "the words met {} times only", found.get());
    });
}

#[test]
fn the_best_come_first_and_pages_join_without_gap() {
    on_both(|rig| {
        let put = |title: &str, body: &str| {
            post(
                rig,
                &rig.nakai_learner,
                CreatePost { tags: vec![], ..draft(Kind::Knowhow, Visibility::Consortium, title, body) },
            )
        };
        put("古い題の議事録", "本文");
        let marked = put("ほかの題", "議事録の本文");
        put("もう一つの題", "議事録の本文");
        put("新しい題の議事録", "本文");
        put("無関係", "本文");
        let id = marked.id.clone();
        rig.write(&rig.lead, move |ctx, call| mark_helpful(ctx, call, &id)).unwrap();
        let pages = |q: Option<&str>, sort: Option<Sort>| {
            let (mut all, mut cursor) = (Vec::new(), None);
            loop {
                let query = PostQuery { q: q.map(str::to_owned), sort, limit: Some(1), cursor, ..PostQuery::default() };
                let consortium = rig.consortium.clone();
                let page = rig.read(&rig.lead, move |ctx, call| list_posts(ctx, call, &consortium, &query)).unwrap();
                all.extend(page.items.into_iter().map(|post| post.title));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    return all;
                }
            }
        };
        assert_eq!(pages(Some("議事録"), None), ["新しい題の議事録", "古い題の議事録", "ほかの題", "もう一つの題"]);
        assert_eq!(
            pages(Some("議事録"), Some(Sort::Newest)),
            ["新しい題の議事録", "もう一つの題", "ほかの題", "古い題の議事録"]
        );
        assert_eq!(
            pages(None, Some(Sort::Helpful)),
            ["ほかの題", "無関係", "新しい題の議事録", "もう一つの題", "古い題の議事録"]
        );
        assert_eq!(pages(None, None).len(), 5);
    });
}

#[test]
fn filters_narrow_and_bad_ones_are_refused() {
    on_both(|rig| {
        post(rig, &rig.nakai_learner, draft(Kind::Worry, Visibility::Consortium, "悩み", "本文"));
        let tagged = CreatePost {
            tags: vec!["会議".to_owned()],
            ..draft(Kind::Knowhow, Visibility::Consortium, "手順", "本文")
        };
        post(rig, &rig.matsuda_learner, tagged);
        let list = |query: PostQuery| titles(rig, &rig.lead, query);
        assert_eq!(list(PostQuery { kind: Some(Kind::Worry), ..PostQuery::default() }), ["悩み"]);
        assert_eq!(list(PostQuery { tag: Some("会議".to_owned()), ..PostQuery::default() }), ["手順"]);
        assert_eq!(list(PostQuery { member_id: Some(rig.nakai.clone()), ..PostQuery::default() }), ["悩み"]);
        assert_eq!(list(PostQuery { member_id: Some(rig.matsuda.clone()), ..PostQuery::default() }), ["手順"]);
        assert!(list(PostQuery { resolved: Some(true), ..PostQuery::default() }).is_empty());
        assert_eq!(list(PostQuery { resolved: Some(false), ..PostQuery::default() }).len(), 2);
        let refused = |query: PostQuery| {
            let consortium = rig.consortium.clone();
            rig.read(&rig.lead, move |ctx, call| list_posts(ctx, call, &consortium, &query)).err().unwrap()
        };
        let q = |q: String| refused(PostQuery { q: Some(q), ..PostQuery::default() });
        assert_eq!(q("あ".repeat(201)), Error::field("q", FieldCode::TooLong { max: 200 }));
        assert_eq!(q("あ ".repeat(9)), Error::field("q", FieldCode::TooMany { max: 8 }));
        assert_eq!(q("\0".to_owned()), Error::field("q", FieldCode::Control));
        let relevance = PostQuery { sort: Some(Sort::Relevance), ..PostQuery::default() };
        assert_eq!(refused(relevance), Error::field("q", FieldCode::Required));
        assert_eq!(
            refused(PostQuery { tag: Some("\0".to_owned()), ..PostQuery::default() }),
            Error::field("tag", FieldCode::Control)
        );
        // A cursor belongs to its list and filters.
        let consortium = rig.consortium.clone();
        let first = PostQuery { limit: Some(1), ..PostQuery::default() };
        let page = rig.read(&rig.lead, move |ctx, call| list_posts(ctx, call, &consortium, &first)).unwrap();
        let elsewhere = PostQuery { cursor: page.next_cursor, sort: Some(Sort::Helpful), ..PostQuery::default() };
        assert_eq!(refused(elsewhere), Error::rule(Code::InvalidCursor));
    });
}

#[test]
fn a_question_meets_the_resolved_ones_like_it() {
    on_both(|rig| {
        let ask = |visibility, title: &str| {
            post(
                rig,
                &rig.nakai_learner,
                CreatePost { tags: vec![], ..draft(Kind::Consultation, visibility, title, "本文") },
            )
        };
        let close = ask(Visibility::Consortium, "会議の議事録を早く作る方法");
        let far = ask(Visibility::Consortium, "議事録の保存");
        let town = ask(Visibility::Town, "会議の議事録を早く作るには");
        let open = ask(Visibility::Consortium, "会議の議事録を早く作る（未解決）");
        ask(Visibility::Consortium, "防災無線");
        for id in [&close, &far, &town].map(|post| post.id.clone()) {
            rig.write(&rig.nakai_learner, move |ctx, call| resolve_post(ctx, call, &id, &ResolvePost::default()))
                .unwrap();
        }
        let similar = |who, q: &str| {
            let (consortium, query) = (rig.consortium.clone(), SimilarQuery { q: q.to_owned() });
            let found = rig.read(who, move |ctx, call| similar_posts(ctx, call, &consortium, &query)).unwrap();
            found.items.into_iter().map(|post| post.id).collect::<Vec<_>>()
        };
        assert_eq!(similar(&rig.matsuda_learner, "議事録を早く作りたい"), [close.id.clone(), far.id.clone()]);
        let mut own_town = similar(&rig.nakai_contact, "議事録を早く作りたい");
        own_town.truncate(2);
        own_town.sort();
        assert_eq!(own_town, [close.id.clone(), town.id.clone()]);
        assert!(!similar(&rig.nakai_learner, "会議の議事録を早く作る").contains(&open.id));
        assert!(similar(&rig.matsuda_learner, "あ").is_empty());
        assert!(similar(&rig.matsuda_learner, "\" OR NEAR(").is_empty());
    });
}
