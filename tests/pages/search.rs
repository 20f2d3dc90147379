//! One search over everything that one may see, and what home says waits.

use crate::world;
use acceptance::people::{PASSWORD, email};
use serde_json::json;
use testkit::app::{Face, on_both_with};
use testkit::pages::{Browser, encode};

fn ask(browser: &Browser<'_>, words: &str) -> String {
    let answer = browser.get(&format!("/search?q={}", encode(words)));
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text.split("<main").nth(1).unwrap().to_owned()
}

#[test]
fn two_characters_find_posts_towns_rounds_calls_people_and_the_help() {
    on_both_with(Face::whole, |app| {
        let (world, _people) = world(app);
        let lead = Browser::signed_in(app, &email("lead"), PASSWORD);
        let contact = Browser::signed_in(app, &email("contact"), PASSWORD);
        assert!(ask(&lead, "").contains("ことばを入力してください"));
        assert!(ask(&lead, "転記").contains(&world.path("/posts/{post_id}")));
        assert!(ask(&lead, "松田").contains(&world.path("/members/{other_member_id}")));
        assert!(ask(&lead, "143618").contains("中井町"), "by the code");
        assert!(ask(&lead, "共同 調達").contains(&world.path("/rounds/{round_id}")), "all words");
        assert!(ask(&contact, "募集").contains(&world.path("/entry-calls/{call_id}")));
        assert!(ask(&lead, "監査").contains("/help#auditor"));
        let person = world.path("/members/{member_id}/staff/{user_id}");
        assert!(ask(&contact, "colleague").contains(&person), "the town's own people");
        assert!(ask(&contact, "かくう").contains(&person), "by the reading");
        let auditor = Browser::signed_in(app, &email("auditor"), PASSWORD);
        for words in ["colleague", "ＣＯＬＬＥＡＧＵＥ", "カクウ", "かくう coll"] {
            assert!(ask(&auditor, words).contains(&person), "{words}: in any town, however it is written");
        }
        assert!(!ask(&auditor, "かくう zzz").contains(&person), "all words");
        let nothing = ask(&lead, "存在しない言葉");
        assert!(nothing.contains("見つかりませんでした") && nothing.contains("短くする"), "{nothing}");
        let long = ask(&lead, &"あ".repeat(201));
        assert!(long.contains("＊") && long.contains("aria-invalid"), "{long}");
    });
}

#[test]
fn a_search_stops_at_the_walls() {
    on_both_with(Face::whole, |app| {
        let (world, _people) = world(app);
        let learner = Browser::signed_in(app, &email("learner"), PASSWORD);
        let other = Browser::signed_in(app, &email("other_town"), PASSWORD);
        let stranger = Browser::signed_in(app, &email("stranger"), PASSWORD);
        let person = world.path("/members/{member_id}/staff/{user_id}");
        for browser in [&learner, &other, &stranger] {
            assert!(!ask(browser, "colleague").contains(&person));
        }
        assert!(ask(&learner, "町の中").contains(&world.path("/posts/{town_post_id}")));
        assert!(!ask(&other, "町の中").contains(&world.path("/posts/{town_post_id}")), "a post of another town");
        assert!(!ask(&learner, "共同調達").contains("/rounds/"), "learners read no rounds");
        assert!(!ask(&other, "募集").contains(&world.path("/entry-calls/{call_id}")));
        let town = ask(&other, "中井");
        assert!(town.contains("中井町") && !town.contains(&world.path("\"/members/{member_id}\"")), "no page to open");
        let far = ask(&stranger, "中井");
        assert!(!far.contains("143618"), "another consortium: {far}");
        let nobody = Browser::new(app).get("/search?q=x");
        assert_eq!(nobody.status, 303);
    });
}

#[test]
fn an_auditor_finds_the_people_of_every_town_and_nobody_without_one() {
    on_both_with(Face::whole, |app| {
        let (world, people) = world(app);
        let auditor = Browser::signed_in(app, &email("auditor"), PASSWORD);
        let near = world.path("/members/{member_id}/staff/{user_id}");
        let far = world.path("/members/{other_member_id}/staff/{other_user_id}");
        assert!(ask(&auditor, "colleague").contains(&near));
        assert!(ask(&auditor, "other_learner").contains(&far));
        // One character has no pair: such a word is looked for in the names themselves.
        for reading in ["かくう", "カクウ", "か"] {
            let found = ask(&auditor, reading);
            assert!(found.contains(&near) && found.contains(&far), "{found}");
            assert!(!found.contains(&people.users["auditor"]), "a role in no town: {found}");
            assert!(!found.contains(&people.users["stranger"]), "another consortium: {found}");
        }
        assert!(!ask(&auditor, "stranger").contains("/staff/"), "another consortium");
    });
}

#[test]
fn the_people_of_a_role_are_those_whom_the_visitor_may_see() {
    on_both_with(Face::whole, |app| {
        let (world, _people) = world(app);
        let list = |who: &str, role: &str| {
            let path = world.path("/consortia/{consortium_id}/people");
            let text = Browser::signed_in(app, &email(who), PASSWORD).get(&format!("{path}?role={role}")).text;
            let named = |who: &&&str| text.contains(&format!(">{}</td>", email(who)));
            let all = ["lead", "contact", "learner", "colleague", "other_town", "other_learner", "stranger"];
            all.iter().filter(named).copied().collect::<Vec<_>>()
        };
        assert_eq!(list("auditor", ""), ["lead", "contact", "learner", "colleague", "other_town", "other_learner"]);
        assert_eq!(list("auditor", "contact"), ["contact", "other_town"]);
        assert_eq!(list("auditor", "learner"), ["learner", "colleague", "other_learner"]);
        assert_eq!(list("admin", ""), ["lead", "contact", "other_town"]);
        assert_eq!(list("admin", "contact"), ["contact", "other_town"]);
        assert!(list("admin", "learner").is_empty());
        assert_eq!(list("contact", ""), ["contact", "learner", "colleague"]);
        assert_eq!(list("contact", "learner"), ["learner", "colleague"]);
    });
}

#[test]
fn home_says_what_waits_for_each_role() {
    on_both_with(Face::whole, |app| {
        let (world, people) = world(app);
        let home = |who: &str| Browser::signed_in(app, &email(who), PASSWORD).get("/").text;
        let towns = [world.ids["member_id"].as_str(), world.ids["other_member_id"].as_str()];
        let mut round = acceptance::world::round(&towns);
        round["fiscal_year"] = json!(2027);
        let made = people.post("lead", &world.path("/consortia/{consortium_id}/rounds"), &round);
        let round = made["id"].as_str().unwrap();
        let asked = people.post("lead", &format!("/rounds/{round}/surveys"), &acceptance::world::survey("2026-05-08"));
        let survey = format!("/surveys/{}", asked["id"].as_str().unwrap());
        assert!(!home("lead").contains("まだ回答のない"), "nobody was asked yet");
        people.act("lead", &format!("{survey}/open"));
        let lead = home("lead");
        assert!(lead.contains("にまだ回答のない2団体") && lead.contains("あと7日"), "{lead}");
        assert!(lead.contains("中井町の追加配分の申請（2席）を決める"), "{lead}");
        let contact = home("contact");
        assert!(contact.contains(&survey) && contact.contains("あと7日"), "{contact}");
        let answer = format!("{survey}/answers/{}", world.ids["member_id"]);
        people.put("contact", &answer, None, &acceptance::world::demand(1, 2, 3));
        people.act("contact", &format!("{answer}/submit"));
        assert!(home("lead").contains("にまだ回答のない1団体"));
        let learner = home("learner");
        let own = world.path("/applications/{application_id}");
        assert!(learner.contains("上長の確認を待っています") && learner.contains(&own), "{learner}");
        app.sql(&format!(
            "UPDATE applications SET objected_at = created_at, objection = '担当の割り振りの後に' WHERE id = '{}'",
            world.ids["application_id"]
        ));
        assert!(home("learner").contains("上長が同意していません"));
        assert!(home("contact").contains("上長が同意していない申込み1件"));
        let admin = home("admin");
        assert!(admin.contains("いま、あなたを待っていることはありません"), "{admin}");
        let begun = json!({"name": "架空の共同調達C", "lead": {"municipality_code": "110001", "name": "埼玉県",
            "kana": "さいたまけん", "kind": "prefecture", "population": 7_344_765, "member_class": "full", "joined_on": "2026-04-01"}});
        people.post("admin", "/consortia", &begun);
        assert!(home("admin").contains("「架空の共同調達C」に県の担当者を招待する"));
    });
}
