//! Learners: applying with a supervisor, correcting, taking back, holding and returning seats, answering offers.

use crate::{numbered, whole, world};
use acceptance::people::{PASSWORD, email};
use acceptance::world::{World, entry_call};
use serde_json::json;
use testkit::pages::Browser;

const WISH: &str = "表計算の自動化を学びたい";

fn form<'a>(boss: &'a str, wish: &'a str, hours: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("want_to_learn", wish),
        ("problem_at_work", "毎月の集計に2日かかる"),
        ("answers/0/question_id", "hours"),
        ("answers/0/text", hours),
        ("supervisor_name", "架空 上長"),
        ("supervisor_email", boss),
    ]
}

/// A second call of the town with a question, open to its staff.
fn asked(people: &acceptance::people::People<'_>, world: &World) -> String {
    let mut call = entry_call(1);
    call["title"] = json!("質問のある募集（架空）");
    call["questions"] = json!([{"id": "hours", "text": "週に何時間学べますか。", "required": true}]);
    let call = people.post("contact", &world.path("/seat-accounts/{account_id}/entry-calls"), &call);
    let id = call["id"].as_str().unwrap().to_owned();
    people.act("contact", &format!("/entry-calls/{id}/open"));
    id
}

#[test]
fn an_application_goes_from_the_form_to_the_town_and_may_be_corrected_and_taken_back() {
    let app = whole();
    let (world, people) = world(&app);
    let call = asked(&people, &world);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let list = learner.get("/me/entries");
    assert!(list.text.contains("質問のある募集（架空）") && list.text.contains("申込み済み"), "{}", list.text);
    let path = format!("/entry-calls/{call}/apply");
    let page = learner.get(&path);
    for known in ["週に何時間学べますか。", "架空 learner", "boss@town.example.jp", "架空 上長"] {
        assert!(page.text.contains(known), "{known} in {}", page.text);
    }
    let sent = learner.send(&page, &path, &form("boss@town.example.jp", WISH, "週に2時間"));
    assert_eq!(sent.status, 303, "{}", sent.text);
    let one = numbered(&sent).replace("?done=applied", "");
    assert!(learner.get(&sent.headers["location"]).text.contains("申し込みました。"));
    assert!(learner.get(&one).text.contains("週に2時間"));
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let file = contact.get(&format!("/entry-calls/{call}/applications/export?format=csv")).text;
    assert!(file.contains(",週に何時間学べますか。：週に2時間,"), "{file}");
    let again = learner.send(
        &page,
        &path,
        &[form("boss@town.example.jp", WISH, "週に2時間"), vec![("_once", "again")]].concat(),
    );
    assert_eq!(again.status, 422, "a second application to one call");
    assert_eq!(learner.get(&path).headers["location"], one, "the form leads to what was handed in");
    let mailed = learner.get(&format!("/entry-calls/{call}"));
    assert_eq!(mailed.headers["location"], path, "the address of the mail");

    let edit = format!("{one}/edit");
    let page = learner.get(&edit);
    assert!(page.text.contains("週に2時間"));
    let first = learner.send(&page, &edit, &form("boss@town.example.jp", "直した希望", "週に3時間"));
    assert_eq!(first.status, 303, "{}", first.text);
    let crossed = learner.send(
        &page,
        &edit,
        &[form("boss@town.example.jp", "古い画面から", "週に4時間"), vec![("_once", "other")]].concat(),
    );
    assert!([412, 422].contains(&crossed.status), "{}", crossed.status);
    let page = learner.get(&format!("{one}/withdraw"));
    assert_eq!(learner.send(&page, &format!("{one}/withdraw"), &[]).status, 303);
    assert!(learner.get(&one).text.contains("取下げ"));
    acceptance::assert_verified(&app);
}

#[test]
fn a_refused_application_keeps_what_was_typed_and_names_every_field() {
    let app = whole();
    let (world, people) = world(&app);
    let path = format!("/entry-calls/{}/apply", asked(&people, &world));
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let own = email("learner");
    let refused = learner.send(&learner.get(&path), &path, &form(&own, "", ""));
    assert_eq!(refused.status, 422);
    for part in
        ["#f-want_to_learn", "#f-answers-0-text", "#f-supervisor_email", "毎月の集計に2日かかる", "ご自身以外の"]
    {
        assert!(refused.text.contains(part), "{part} in {}", refused.text);
    }
}

#[test]
fn who_sits_already_is_told_so_before_applying() {
    let app = whole();
    let (world, people) = world(&app);
    let call = asked(&people, &world);
    let path = format!("/entry-calls/{call}/apply");
    let words = "この契約の席をすでに利用しています";
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let seated = learner.get(&path);
    assert!(seated.text.contains(words), "{}", seated.text);
    let refused = learner.send(&seated, &path, &form("boss@town.example.jp", "", ""));
    assert!(refused.status == 422 && refused.text.contains(words), "{}", refused.text);
    let standing = Browser::signed_in(&app, &email("colleague"), PASSWORD).get(&path).text;
    assert!(!standing.contains(words) && standing.contains("学びたいこと"), "{standing}");
}

#[test]
fn another_towns_learner_and_a_colleague_see_nothing_of_an_application() {
    let app = whole();
    let (world, _people) = world(&app);
    for who in ["colleague", "other_learner", "other_town", "lead"] {
        let browser = Browser::signed_in(&app, &email(who), PASSWORD);
        assert_eq!(browser.get(&world.path("/applications/{application_id}")).status, 404, "{who}");
        assert_eq!(browser.get(&world.path("/me/seats/{assignment_id}/release")).status, 404, "{who}");
        assert_eq!(browser.get(&world.path("/me/offers/{offer_id}")).status, 404, "{who}");
    }
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let seen = contact.get(&world.path("/applications/{application_id}"));
    assert!(seen.status == 200 && !seen.text.contains("内容を直す"), "the contact reads and does not edit");
}

#[test]
fn a_seat_is_returned_with_a_reason_and_the_next_person_accepts_the_offer() {
    let app = whole();
    let (world, people) = world(&app);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let colleague = Browser::signed_in(&app, &email("colleague"), PASSWORD);
    assert!(colleague.get("/me/seats").text.contains("順番待ち 1番目"));
    assert!(learner.get("/me/seats").text.contains("オンライン学習（架空）"));
    let path = world.path("/me/seats/{assignment_id}/release");
    let page = learner.get(&path);
    let refused = learner.send(&page, &path, &[("reason", " ")]);
    assert!(refused.status == 422 && refused.text.contains("#f-reason"), "{}", refused.text);
    let sent = learner.send(&page, &path, &[("reason", "人事異動のため"), ("_once", "second")]);
    assert_eq!(numbered(&sent), "/me/seats?done=released");

    let offers = people.get("colleague", "/me/offers");
    let offer = format!("/me/offers/{}", offers["items"][0]["id"].as_str().unwrap());
    assert!(colleague.get("/me/offers").text.contains("回答待ち（残り3日0時間）"));
    let entries = colleague.get("/me/entries").text;
    assert!(entries.contains("席を確保しています") && entries.contains(&format!("href=\"{offer}\"")), "{entries}");
    let page = colleague.get(&offer);
    let taken = colleague.send(&page, &format!("{offer}/accept"), &[]);
    assert_eq!(numbered(&taken), "/me/seats?done=accepted");
    assert!(colleague.get("/me/seats?done=accepted").text.contains("利用中"));
    assert!(colleague.get(&offer).text.contains("受け取り済み"));
    assert!(!colleague.get("/me/entries").text.contains("席を確保しています"));
    acceptance::assert_verified(&app);
}

#[test]
fn an_offer_may_be_declined_after_a_warning_and_a_place_given_up() {
    let app = whole();
    let (world, people) = world(&app);
    let entries = people.get("colleague", "/me/waiting-entries");
    let colleague = Browser::signed_in(&app, &email("colleague"), PASSWORD);
    let leave = format!("/me/waiting-entries/{}/leave", entries[0]["id"].as_str().unwrap());
    assert_eq!(numbered(&colleague.send(&colleague.get(&leave), &leave, &[])), "/me/seats?done=withdrawn");
    assert_eq!(colleague.get(&leave).status, 404);

    people.act("colleague", &world.path("/seat-accounts/{account_id}/claims"));
    people.post("learner", &world.path("/assignments/{assignment_id}/release"), &json!({"reason": "異動"}));
    let offers = people.get("colleague", "/me/offers");
    let offer = format!("/me/offers/{}", offers["items"][0]["id"].as_str().unwrap());
    let decline = format!("{offer}/decline");
    let page = colleague.get(&decline);
    assert!(page.text.contains("元に戻せません"));
    assert_eq!(colleague.send(&page, &decline, &[]).status, 303);
    assert!(colleague.get(&offer).text.contains("辞退"));
}
