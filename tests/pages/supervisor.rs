//! The supervisor: the link of the mail, pasted or put in by the module, opens one page and works once.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use testkit::pages::{Browser, hidden};

const PATH: &str = "/acknowledgements";

#[test]
fn the_link_shows_the_application_and_is_acknowledged_once() {
    let app = whole();
    let (_, people) = world(&app);
    let token = people.mailed("boss@town.example.jp", "acknowledgement_requested", "yui_ack_");
    let boss = Browser::new(&app);
    let page = boss.get(PATH);
    assert!(page.status == 200 && page.text.contains("name=\"token\""), "{}", page.text);
    let link = format!("https://yui.example.lg.jp/acknowledgements#token={token}");
    let seen = boss.post(PATH, &[("token", &link)]);
    assert_eq!(seen.status, 200, "{}", seen.text);
    for part in ["架空 learner", "表計算の自動化", "毎月の集計に3日かかる", "中井町"] {
        assert!(seen.text.contains(part), "{part} in {}", seen.text);
    }
    assert!(!seen.text.contains("@town.example.jp"), "no address of anybody");
    let carried = hidden(&seen.text, "token").unwrap();
    let done = boss.post("/acknowledgements/confirm", &[("token", &carried)]);
    assert_eq!(done.headers.get("location").map(String::as_str), Some("/acknowledgements/done"), "{}", done.text);
    assert!(boss.get("/acknowledgements/done").text.contains("確認を受け付けました"));
    let again = boss.post(PATH, &[("token", &token)]);
    assert!(again.status == 422 && again.text.contains("role=\"alert\""), "{}", again.text);
}

#[test]
fn what_is_no_link_is_asked_for_again() {
    let app = whole();
    let (_, _people) = world(&app);
    let boss = Browser::new(&app);
    for typed in ["", "こんにちは", "https://yui.example.lg.jp/acknowledgements#token=yui_ack_0000"] {
        let again = boss.post(PATH, &[("token", typed)]);
        assert!(again.status == 422 && again.text.contains("#f-token"), "{typed}: {} {}", again.status, again.text);
    }
    let forged = app.send_text(
        "POST",
        PATH,
        &[("origin", "https://evil.example"), ("content-type", "application/x-www-form-urlencoded")],
        "token=x",
    );
    assert_eq!(forged.status, 403);
}

#[test]
fn who_does_not_agree_sends_it_back_with_a_reason_that_both_sides_read() {
    let app = whole();
    let (world, people) = world(&app);
    let token = people.mailed("boss@town.example.jp", "acknowledgement_requested", "yui_ack_");
    let boss = Browser::new(&app);
    let seen = boss.post(PATH, &[("token", &token)]);
    assert!(seen.text.contains("同意せずに差し戻す"), "{}", seen.text);
    let object = "/acknowledgements/object";
    let empty = boss.post(object, &[("token", &token), ("reason", " ")]);
    assert!(empty.status == 422 && empty.text.contains("#f-reason"), "{}", empty.text);
    assert!(empty.text.contains("毎月の集計に3日かかる"), "the application is still in view");
    let reason = "繁忙期と重なるため、時期を改めてください。";
    let sent = boss.post(object, &[("token", &hidden(&empty.text, "token").unwrap()), ("reason", reason)]);
    assert_eq!(sent.headers.get("location").map(String::as_str), Some("/acknowledgements/objected"), "{}", sent.text);
    assert!(boss.get("/acknowledgements/objected").text.contains("差戻しを受け付けました"));
    let again = boss.post(object, &[("token", &token), ("reason", reason)]);
    assert!(again.status == 422 && again.text.contains("role=\"alert\""), "{}", again.text);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let list = contact.get(&world.path("/entry-calls/{call_id}/applications"));
    assert!(list.text.contains("不同意") && list.text.contains(reason), "{}", list.text);
    let file = contact.get(&format!("{}?format=csv", world.path("/entry-calls/{call_id}/applications/export")));
    assert!(file.text.contains(reason), "{}", file.text);
    let one = contact.get(&world.path("/entry-calls/{call_id}/applications/{application_id}"));
    assert!(one.text.contains(reason) && one.text.contains("上長に確認の依頼を送り直す"), "{}", one.text);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let own = learner.get(&world.path("/applications/{application_id}"));
    assert!(own.text.contains(reason) && own.text.contains("内容を直してください"), "{}", own.text);
    assert!(learner.get("/").text.contains("相談して直す"));
    assert!(learner.get("/me/entries").text.contains("上長が不同意"));

    // Closed early: the question says what that means, and nothing asks for a correction any more.
    let close = world.path("/entry-calls/{call_id}/close");
    let asked = contact.get(&close);
    assert!(asked.text.contains("上長が同意していない申込みが1件あります"), "{}", asked.text);
    assert_eq!(contact.send(&asked, &close, &[]).status, 303);
    let home = learner.get("/").text;
    assert!(home.contains("募集は締め切られ、内容は直せません") && !home.contains("相談して直す"), "{home}");
    assert!(!home.contains("期限：2026年5月20日"), "{home}");
    let own = learner.get(&world.path("/applications/{application_id}")).text;
    for words in
        ["に締め切られました（予定の締切日 2026年5月20日", "内容は直せません。取り下げるか", "申込みを取り下げる"]
    {
        assert!(own.contains(words), "{words} in {own}");
    }
    assert!(!own.contains("内容を直す</a>"), "{own}");
}
