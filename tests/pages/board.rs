//! The board on pages: written by template, found, talked about, reviewed; each reader sees what is theirs.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use serde_json::json;
use testkit::pages::Browser;

fn worry<'a>(title: &'a str, visibility: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("kind", "worry"),
        ("title", title),
        ("situation", "毎日50枚あります。"),
        ("tried", "マクロを試しました。"),
        ("wanted", ""),
        ("tags", "窓口 業務改善、#転記#ＡＩ、Power Automate"),
        ("visibility", visibility),
    ]
}

#[test]
fn a_question_is_written_in_parts_and_becomes_one_text() {
    let app = whole();
    let (world, _) = world(&app);
    let path = world.path("/consortia/{consortium_id}/posts/new");
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let page = learner.get(&format!("{path}?kind=worry"));
    assert!(page.text.contains("試したこと"), "{}", page.text);
    let sent = learner.send(&page, &path, &worry("押印の省略に悩む（架空）", "consortium"));
    assert_eq!(sent.status, 303, "{}", sent.text);
    let one = learner.get(&sent.headers["location"]);
    let tags = ["#窓口<", "#業務改善<", "#転記<", "#AI<", "#Power Automate<"];
    for part in tags.into_iter().chain(["<h3>いまの状況</h3>", "<h3>試したこと</h3>", "参加団体の職員が読めます"])
    {
        assert!(one.text.contains(part), "{part} in {}", one.text);
    }
    assert!(!one.text.contains("知りたいこと"), "an empty part has no heading");
    let found =
        learner.get(&world.path("/consortia/{consortium_id}/posts").replace("posts", "posts?q=%E6%8A%BC%E5%8D%B0"));
    assert!(found.text.contains("押印の省略に悩む"), "two characters find it");
    for asked in ["q=%23AI", "q=%EF%BC%83ai", "q=ai", "tag=ai", "tag=%23AI", "tag=power+automate"] {
        let found = learner.get(&world.path(&format!("/consortia/{{consortium_id}}/posts?{asked}")));
        assert!(found.text.contains("押印の省略に悩む"), "{asked} in {}", found.text);
    }
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let file = lead.get(&world.path("/consortia/{consortium_id}/posts/export?format=csv&q=%E6%8A%BC%E5%8D%B0")).text;
    assert!(file.contains(",AI、Power Automate、業務改善、窓口、転記,"), "{file}");
}

#[test]
fn an_empty_question_is_refused_with_everything_typed() {
    let app = whole();
    let (world, _) = world(&app);
    let path = world.path("/consortia/{consortium_id}/posts/new");
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let fields = [("kind", "worry"), ("title", ""), ("situation", " "), ("tags", "残るタグ"), ("visibility", "town")];
    let again = learner.send(&learner.get(&path), &path, &fields);
    assert_eq!(again.status, 422);
    for part in ["#f-title", "#f-body", "残るタグ", "value=\"town\" checked"] {
        assert!(again.text.contains(part), "{part} in {}", again.text);
    }
}

#[test]
fn solved_questions_like_it_are_shown_before_one_is_sent_and_nothing_is_lost() {
    let app = whole();
    let (world, people) = world(&app);
    people.post("learner", &world.path("/posts/{post_id}/resolve"), &json!({}));
    let path = world.path("/consortia/{consortium_id}/posts/new");
    let learner = Browser::signed_in(&app, &email("colleague"), PASSWORD);
    let fields = worry("転記がつらい（架空）の続き", "consortium");
    let between = learner.send(&learner.get(&path), &path, &fields);
    assert_eq!(between.status, 200, "{}", between.text);
    for part in ["それでも投稿する", "まだ投稿していません", "転記がつらい（架空）", "value=\"マクロを試しました。\""]
    {
        assert!(between.text.contains(part), "{part} in {}", between.text);
    }
    let mut back = fields.clone();
    back.push(("step", "back"));
    let rewritten = learner.send(&between, &path, &back);
    assert!(rewritten.status == 200 && rewritten.text.contains("マクロを試しました。"), "{}", rewritten.text);
    let mut send = fields;
    send.push(("step", "send"));
    let sent = learner.send(&between, &path, &send);
    assert_eq!(sent.status, 303, "{}", sent.text);
}

#[test]
fn a_success_story_has_its_facts_in_fields_of_their_own() {
    let app = whole();
    let (world, _) = world(&app);
    let path = world.path("/consortia/{consortium_id}/posts/new");
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let mut fields = vec![
        ("kind", "success_story"),
        ("title", "転記をなくした話（架空）"),
        ("body", "フォームにしました。"),
        ("story/problem", "手で転記していた。"),
        ("story/approach", "入力フォームを作った。"),
        ("story/tools", "表計算、RPA"),
        ("story/courses/1/title", "はじめての自動化（架空）"),
        ("story/courses/1/url", "javascript:alert(1)"),
        ("story/effect/hours_saved", "２４０時間"),
        ("story/effect/yen_saved", "600,000円"),
        ("visibility", "consortium"),
    ];
    let page = learner.get(&format!("{path}?kind=success_story"));
    let refused = learner.send(&page, &path, &fields);
    assert!(refused.status == 422 && refused.text.contains("#f-story-courses-1-url"), "{}", refused.text);
    fields[7].1 = "https://example.lg.jp/course";
    let sent = learner.send(&refused, &path, &fields);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let one = learner.get(&sent.headers["location"]).text;
    for part in ["年間 240時間の削減", "年間 600,000円の削減", "表計算、RPA", "https://example.lg.jp/course"]
    {
        assert!(one.contains(part), "{part} in {one}");
    }
    let at = sent.headers["location"].split('?').next().unwrap().to_owned();
    let edit = format!("{at}/edit");
    let page = learner.get(&edit);
    assert!(page.text.contains("value=\"表計算、RPA\"") && page.text.contains("value=\"240\""), "{}", page.text);
    fields.remove(0);
    fields[0].1 = "転記をなくした話・改（架空）";
    assert_eq!(learner.send(&page, &edit, &fields).status, 303);
    let crossed = [fields, vec![("_once", "another")]].concat();
    let stale = learner.send(&page, &edit, &crossed);
    assert!(
        stale.status == 422 && stale.text.contains("現在保存されている値") || stale.status == 303,
        "{}",
        stale.text
    );
    assert!(learner.get(&format!("{at}/revisions")).text.contains("第2版"));
}

#[test]
fn comments_marks_and_tries_are_added_and_taken_back() {
    let app = whole();
    let (world, _) = world(&app);
    let at = world.path("/posts/{post_id}");
    let other = Browser::signed_in(&app, &email("other_town"), PASSWORD);
    let page = other.get(&at);
    let empty = other.send(&page, &format!("{at}/comments"), &[("body", "")]);
    assert!(empty.status == 422 && empty.text.contains("#f-body"), "{}", empty.text);
    let said = other.send(
        &page,
        &format!("{at}/comments"),
        &[("body", "うちの手順です。<script>alert(1)</script>"), ("_once", "x")],
    );
    assert_eq!(said.status, 303, "{}", said.text);
    let page = other.get(&at);
    assert!(page.text.contains("うちの手順です。") && !page.text.contains("<script>alert"), "{}", page.text);
    let mine = page.text.split("/comments/").find_map(|part| part.split_once("/edit\"")).unwrap().0.to_owned();
    let edit = format!("/comments/{mine}/edit");
    assert_eq!(other.send(&other.get(&edit), &edit, &[("body", "直しました。")]).status, 303);
    let hide = format!("/comments/{mine}/hide");
    assert_eq!(other.send(&other.get(&hide), &hide, &[]).status, 303);

    assert_eq!(other.send(&page, &format!("{at}/helpful"), &[("helpful", "true")]).status, 303);
    assert!(other.get(&at).text.contains("「役に立った」を取り消す（1）"));
    assert_eq!(other.send(&page, &format!("{at}/helpful"), &[("helpful", "")]).status, 303);

    let tries = format!("{at}/replications/new");
    let form = other.get(&tries);
    let refused = other.send(&form, &tries, &[("outcome", ""), ("note", "残る文章")]);
    assert!(refused.status == 422 && refused.text.contains("残る文章"), "{}", refused.text);
    let tried = [("outcome", "partly"), ("note", "一部だけ使えました。"), ("hours_saved", "４０"), ("_once", "y")];
    assert_eq!(other.send(&form, &tries, &tried).status, 303);
    let page = other.get(&at);
    assert!(page.text.contains("一部うまくいった") && !page.text.contains("/replications/new"), "{}", page.text);

    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let page = learner.get(&at);
    assert!(!page.text.contains("/helpful\""), "nobody thanks oneself");
    let solved = learner.send(&page, &format!("{at}/resolve"), &[("comment_id", &world.ids["comment_id"])]);
    assert_eq!(solved.status, 303, "{}", solved.text);
    assert!(learner.get(&at).text.contains("解決の決め手"));
    assert_eq!(learner.send(&page, &format!("{at}/reopen"), &[]).status, 303);
    acceptance::assert_verified(&app);
}

#[test]
fn a_public_post_is_read_by_another_person_before_anybody_can() {
    let app = whole();
    let (world, _) = world(&app);
    let path = world.path("/consortia/{consortium_id}/posts/new");
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let nobody = Browser::new(&app);
    let mut fields = worry("公開したい悩み（架空）", "public");
    fields.push(("as_draft", "true"));
    let sent = learner.send(&learner.get(&path), &path, &fields);
    let at = sent.headers["location"].split('?').next().unwrap().to_owned();
    assert_eq!(contact.get(&at).status, 404, "a draft is one's own");
    let asked = learner.send(&learner.get(&at), &format!("{at}/publish"), &[]);
    assert!(asked.headers["location"].ends_with("done=review"), "{:?}", asked.headers);
    let public = format!("/public{at}");
    assert_eq!(nobody.get(&public).status, 404);
    let queue = contact.get(&world.path("/consortia/{consortium_id}/posts").replace("posts", "posts?state=in_review"));
    assert!(queue.text.contains("公開したい悩み"), "{}", queue.text);

    let back = format!("{at}/return");
    let page = contact.get(&back);
    let refused = contact.send(&page, &back, &[("remark", "")]);
    assert!(refused.status == 422 && refused.text.contains("#f-remark"), "{}", refused.text);
    assert_eq!(contact.send(&page, &back, &[("remark", "件名を直してください。"), ("_once", "z")]).status, 303);
    assert_eq!(learner.send(&learner.get(&at), &format!("{at}/publish"), &[]).status, 303);
    let page = contact.get(&at);
    let own = learner.post(
        &format!("{at}/approve"),
        &[("_csrf", &testkit::pages::hidden(&learner.get(&at).text, "_csrf").unwrap()), ("_version", "1")],
    );
    assert_ne!(own.status, 303, "nobody approves the own post");
    // Changed while the page was open: nothing is approved, and the way back to the post is shown.
    let edit = format!("{at}/edit");
    let changed = worry("公開したい悩み（架空、直し）", "public");
    assert_eq!(learner.send(&learner.get(&edit), &edit, &changed).status, 303);
    let stale = contact.send(&page, &format!("{at}/approve"), &[]);
    assert_eq!(stale.status, 412, "{}", stale.text);
    let back = format!("href=\"{at}\">元のページへ");
    assert!(stale.text.contains(&back) && stale.text.contains("何も行っていません"), "{}", stale.text);
    let approved = contact.send_sure(&contact.get(&at), &format!("{at}/approve"), &[]);
    assert_eq!(approved.status, 303, "{}", approved.text);
    let read = nobody.get(&public);
    assert!(
        read.status == 200 && read.text.contains("公開したい悩み") && !read.text.contains("架空 learner"),
        "{}",
        read.text
    );
    assert!(nobody.get("/public/posts").text.contains("公開したい悩み"));

    let hide = format!("{at}/hide");
    assert_eq!(contact.send(&contact.get(&hide), &hide, &[]).status, 303);
    assert_eq!(nobody.get(&public).status, 404);
    assert_eq!(contact.send(&contact.get(&at), &format!("{at}/restore"), &[]).status, 303);
    assert_eq!(nobody.get(&public).status, 404, "it waits for review again");
}

#[test]
fn an_auditor_reads_everything_and_is_offered_nothing() {
    let app = whole();
    let (world, _) = world(&app);
    let auditor = Browser::signed_in(&app, &email("auditor"), PASSWORD);
    let list = auditor.get(&world.path("/consortia/{consortium_id}/posts"));
    assert!(list.status == 200 && !list.text.contains("悩みを書く"), "{}", list.text);
    for post in ["/posts/{post_id}", "/posts/{town_post_id}"] {
        let one = auditor.get(&world.path(post));
        assert_eq!(one.status, 200);
        for offered in ["/comments\"", "/helpful\"", "/hide\"", "/edit\"", "/attachments/new", "/approve\""] {
            assert!(!one.text.contains(offered), "{offered} in {}", one.text);
        }
        assert_eq!(auditor.get(&format!("{}/revisions", world.path(post))).status, 200);
    }
    assert_eq!(auditor.get(&world.path("/consortia/{consortium_id}/posts/new")).status, 403);
    assert_eq!(auditor.get(&world.path("/attachments/{attachment_id}")).status, 200);
}
