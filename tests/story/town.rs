//! Steps 6 to 8: the town's entry call, the waiting list, requests for seats, the knowledge board.

use crate::{LEARNERS, NEIGHBOUR, Story, TOWN};
use acceptance::people::text;
use acceptance::run;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// 6a. The town's entry call: applications, one-time links, a selection with reasons, seats, a waiting list.
pub(super) fn select(story: &Story<'_>, account: &str) {
    story.at("2026-04-06T09:00:00+09:00");
    let people = &story.people;
    let draft = json!({
        "title": "令和8年度 受講者募集（架空）", "guidance": "学びたいことを書いてください。", "capacity": 2, "policy": "selection",
        "questions": [{"id": "hours", "text": "週に何時間学べますか。", "required": true}], "closes_on": "2026-04-17",
    });
    let call = text(&people.post(TOWN, &format!("/seat-accounts/{account}/entry-calls"), &draft)["id"]);
    people.act(TOWN, &format!("/entry-calls/{call}/open"));
    let mut applications = Vec::new();
    for (number, learner) in LEARNERS.iter().enumerate() {
        story.at(&format!("2026-04-08T09:0{number}:00+09:00"));
        let boss = format!("boss-{learner}@town.example.jp");
        let mut apply = acceptance::world::application(&boss);
        apply["answers"] = json!([{"question_id": "hours", "text": "2時間ほど"}]);
        applications.push(text(&people.post(learner, &format!("/entry-calls/{call}/applications"), &apply)["id"]));
        let link = json!({"token": people.mailed(&boss, "acknowledgement_requested", "yui_ack_")});
        let read = people.app.send("POST", "/api/v1/acknowledgements/view", &[], &link);
        assert_eq!((read.status, &read.json()["member_name"]), (200, &json!("中井町")), "{}", read.text);
        let given = people.app.send("POST", "/api/v1/acknowledgements", &[], &link);
        assert!((200..300).contains(&given.status), "{}", given.text);
        let twice = people.app.send("POST", "/api/v1/acknowledgements", &[], &link);
        assert!((400..500).contains(&twice.status), "a link works once: {}", twice.text);
    }
    story.at("2026-04-20T09:00:00+09:00");
    people.post(TOWN, &format!("/entry-calls/{call}/close"), &json!({}));
    let decisions: Vec<Value> = applications
        .iter()
        .enumerate()
        .map(|(place, id)| {
            let outcome = if place < 2 { "selected" } else { "waitlisted" };
            json!({"application_id": id, "outcome": outcome, "reason": "業務の課題が具体的なため。"})
        })
        .collect();
    people.post(TOWN, &format!("/entry-calls/{call}/selection"), &json!({"decisions": decisions}));
    for seated in &LEARNERS[..2] {
        assert_eq!(people.get(seated, "/me/seats").as_array().unwrap().len(), 1);
    }
    for (place, waiting) in LEARNERS[2..].iter().enumerate() {
        assert_eq!(people.get(waiting, "/me/waiting-entries")[0]["position"], json!(place + 1));
    }
}

/// 6b. A returned seat is offered for 72 hours to the first who waits; it expires and passes on.
pub(super) fn pass_on(story: &Story<'_>, account: &str) {
    story.at("2026-05-11T09:00:00+09:00");
    let people = &story.people;
    let seat = text(&people.get("staff1", "/me/seats")[0]["id"]);
    people.post(TOWN, &format!("/assignments/{seat}/release"), &json!({"reason": "人事異動のため"}));
    let first = people.get("staff3", "/me/offers")["items"][0].clone();
    assert_eq!(
        first["expires_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(),
        "2026-05-14T09:00:00+09:00".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
    story.at("2026-05-14T10:00:00+09:00");
    run(app::upkeep::run(&people.app.service)).unwrap();
    let late = people.send("staff3", "POST", &format!("/offers/{}/accept", text(&first["id"])), &Value::Null);
    assert_eq!((late.status, late.code().as_str()), (409, "offer_expired"));
    let next = text(&people.get("staff4", "/me/offers")["items"][0]["id"]);
    people.act("staff4", &format!("/offers/{next}/accept"));
    assert_eq!(people.get("staff4", "/me/seats")[0]["source"], "offer");
    let own = people.get("lead", &format!("/seat-accounts/{account}"));
    assert_eq!((&own["assigned"], &own["held"], &own["free"]), (&json!(2), &json!(0), &json!(0)));
}

/// 7. Five more seats: the effect first, then granted from the reserve; another request is declined.
pub(super) fn request(story: &Story<'_>, contract: &str, account: &str) {
    story.at("2026-06-10T10:00:00+09:00");
    let people = &story.people;
    let requests = format!("/contracts/{contract}/seat-requests");
    let (town, neighbour) = (story.member(TOWN), story.member(NEIGHBOUR));
    let effect = people.post(TOWN, &format!("{requests}/preview"), &json!({"member_id": town, "seats": 5}));
    let yen = |name: &str| effect[name].as_i64().unwrap();
    assert_eq!(yen("total_after_yen") - yen("total_before_yen"), yen("order_yen"), "{effect}");
    let asked = people.post(TOWN, &requests, &json!({"member_id": town, "seats": 5, "reason": "待機者のため（架空）"}));
    let approve = json!({"source": "reserve", "seats": 5, "reason": "予備席から配分します。"});
    let granted = people.post("lead", &format!("/seat-requests/{}/approve", text(&asked["id"])), &approve);
    assert_eq!((&granted["state"], &granted["granted_seats"]), (&json!("approved"), &json!(5)));
    assert_eq!(people.get(TOWN, &format!("/seat-accounts/{account}"))["balance"], 7);
    let asked = people.post(
        NEIGHBOUR,
        &requests,
        &json!({"member_id": neighbour, "seats": 30, "reason": "全課で使うため（架空）"}),
    );
    let decline = json!({"reason": "予備席を超えるため、来年度の意向調査で希望してください。"});
    let declined = people.post("lead", &format!("/seat-requests/{}/decline", text(&asked["id"])), &decline);
    assert_eq!(declined["state"], "declined");
}

/// 8. A success story is tried in another town, a worry is resolved, two characters find both.
pub(super) fn learn(story: &Story<'_>) {
    story.at("2026-06-20T15:00:00+09:00");
    let people = &story.people;
    let posts = format!("/consortia/{}/posts", story.consortium);
    let worry = json!({"kind": "worry", "visibility": "consortium", "title": "紙の申請書の転記がつらい（架空）", "body": "毎日50枚あります。", "tags": ["窓口"]});
    let worry = text(&people.post("neighbour", &posts, &worry)["id"]);
    let success = json!({
        "kind": "success_story", "visibility": "consortium", "title": "申請書の転記をなくした話（架空）", "tags": ["窓口"],
        "body": "**2か月**でなくなりました。",
        "story": {
            "problem": "手で転記していた。", "approach": "入力フォームを作った。", "tools": ["ノーコードツール"],
            "courses": [{"title": "はじめてのノーコード（架空の講座）", "url": null}],
            "effect": {"hours_saved": 240, "yen_saved": 600_000},
        },
    });
    let success = text(&people.post("staff2", &posts, &success)["id"]);
    let answer = people.post("staff2", &format!("/posts/{worry}/comments"), &json!({"body": "成功事例に書きました。"}));
    people.post("neighbour", &format!("/posts/{worry}/resolve"), &json!({"comment_id": answer["id"]}));
    people.post(NEIGHBOUR, &format!("/posts/{success}/comments"), &json!({"body": "様式を見せてください。"}));
    people.put(NEIGHBOUR, &format!("/posts/{success}/helpful"), None, &Value::Null);
    let tried = json!({"outcome": "worked", "note": "うちでも試しました。", "hours_saved": 110});
    people.post(NEIGHBOUR, &format!("/posts/{success}/replications"), &tried);
    let seen = people.get("auditor", &format!("/posts/{success}"));
    assert_eq!(
        (&seen["comments_count"], &seen["helpful_count"], &seen["replications_count"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert!(people.get("lead", &format!("/posts/{worry}"))["resolved_at"].is_string());
    let found = people.get("lead", &format!("{posts}?q=%E8%BB%A2%E8%A8%98"));
    let found: BTreeSet<String> = found["items"].as_array().unwrap().iter().map(|post| text(&post["id"])).collect();
    assert_eq!(found, [worry, success].into(), "転記");
}
