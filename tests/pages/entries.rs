//! An entry call from draft to selection, as the contact walks through it; and a lottery.

use crate::{numbered, whole, world};
use acceptance::people::{PASSWORD, email};
use acceptance::world::application;
use serde_json::json;
use testkit::pages::Browser;

const DRAFT: [(&str, &str); 6] = [
    ("title", "秋の受講者募集（架空）"),
    ("guidance", ""),
    ("capacity", "１人"),
    ("policy", "selection"),
    ("questions/1/text", "週に何時間学べますか"),
    ("closes_on", "令和8年5月20日"),
];

#[test]
fn a_call_is_drafted_changed_and_opened_after_a_question() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/members/{member_id}/entry-calls/new");
    let account = world.ids["account_id"].as_str();
    let mut fields = DRAFT.to_vec();
    fields.extend([("account_id", account), ("questions/1/required", "true")]);
    let page = contact.get(&path);
    let mut more = fields.clone();
    more.push(("_more", "questions"));
    let rows = contact.send(&page, &path, &more);
    assert!(rows.status == 200 && rows.text.contains("questions/3/text"), "{}", rows.text);
    let mut wrong = fields.clone();
    wrong[2].1 = "たくさん";
    let refused = contact.send(&page, &path, &wrong);
    assert!(refused.status == 422 && refused.text.contains("value=\"たくさん\""), "{}", refused.text);
    let made = contact.send(&contact.get(&path), &path, &fields);
    assert_eq!(made.status, 303, "{}", made.text);
    let here = made.headers["location"].split("/applications").next().unwrap().to_owned();
    let stored = people.get("contact", &here);
    assert_eq!(stored["questions"], json!([{"id": "q2", "text": "週に何時間学べますか", "required": true}]));
    let edit = format!("{here}/edit");
    let form = contact.get(&edit);
    assert!(form.text.contains("週に何時間学べますか"), "{}", form.text);
    let changed = contact.send(&form, &edit, &DRAFT);
    assert_eq!(changed.status, 303, "{}", changed.text);
    let stale: Vec<_> =
        DRAFT.iter().copied().filter(|(name, _)| *name != "title").chain([("title", "別の題名")]).collect();
    let second = contact.get(&edit);
    let other = contact.send(&contact.get(&edit), &edit, &DRAFT);
    assert_eq!(other.status, 303);
    let crossed = contact.send(&second, &edit, &stale);
    assert!(crossed.status == 422 && crossed.text.contains("現在保存されている値"), "{}", crossed.text);
    let asked = contact.get(&format!("{here}/open"));
    assert!(asked.text.contains("職員全員に"));
    let opened = contact.send(&asked, &format!("{here}/open"), &[]);
    assert_eq!(numbered(&opened), format!("{here}/applications?done=opened"));
    let late = contact.get(&edit);
    assert_eq!(late.status, 303, "an open call is no draft");
}

#[test]
fn applicants_are_decided_with_reasons_after_a_look_at_all_of_it() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let here = world.path("/entry-calls/{call_id}");
    let apply = application("chief@town.example.jp");
    people.post("colleague", &format!("{here}/applications"), &apply);
    let list = contact.get(&format!("{here}/applications"));
    assert!(list.text.contains("架空 learner") && list.text.contains("1位"), "{}", list.text);
    let one = contact.get(&world.path("/entry-calls/{call_id}/applications/{application_id}"));
    assert!(one.text.contains("毎月の集計に3日かかる"), "{}", one.text);
    let close = format!("{here}/close");
    let closed = contact.send(&contact.get(&close), &close, &[]);
    assert_eq!(closed.status, 303, "{}", closed.text);
    let path = format!("{here}/selection");
    let form = contact.get(&path);
    assert!(form.text.contains("結果を確認する"), "{}", form.text);
    let proposal = people.get("contact", &format!("{here}/selection-proposal"));
    let ids: Vec<&str> =
        proposal["items"].as_array().unwrap().iter().map(|one| one["application_id"].as_str().unwrap()).collect();
    let fields = |reason: &'static str| {
        vec![
            ("decisions/0/application_id", ids[0]),
            ("decisions/0/outcome", "waitlisted"),
            ("decisions/0/reason", reason),
            ("decisions/1/application_id", ids[1]),
            ("decisions/1/outcome", "declined"),
            ("decisions/1/reason", "今回は見送ります（架空）"),
        ]
    };
    let mut check = fields("課題が明確です（架空）");
    check.push(("_act", "check"));
    let asked = contact.send(&form, &path, &check);
    assert!(asked.status == 200 && asked.text.contains("受講決定0人、補欠1人、見送り1人"), "{}", asked.text);
    let mut unsaid = fields("");
    unsaid.push(("_act", "check"));
    let refused = contact.send(&form, &path, &unsaid);
    assert!(refused.status == 422 && refused.text.contains("今回は見送ります（架空）"), "{}", refused.text);
    assert!(
        refused.text.contains("href=\"#f-decisions-0-reason\">架空 colleagueさんの結果の理由："),
        "{}",
        refused.text
    );
    let mut empty = fields("");
    empty.push(("_act", "decide"));
    let refused = contact.send(&asked, &path, &empty);
    assert!(refused.status == 422 && refused.text.contains("今回は見送ります（架空）"), "{}", refused.text);
    let mut decide = fields("課題が明確です（架空）");
    decide.push(("_act", "decide"));
    let done = contact.send(&contact.send(&form, &path, &check), &path, &decide);
    assert_eq!(done.status, 303, "{}", done.text);
    let after = contact.get(&done.headers["location"]);
    assert!(after.text.contains("見送り") && after.text.contains("課題が明確です（架空）"), "{}", after.text);
}

#[test]
fn who_has_a_seat_is_proposed_to_be_declined_and_named_when_selected() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let here = world.path("/entry-calls/{call_id}");
    people.post("contact", &format!("{here}/close"), &json!({}));
    let path = format!("{here}/selection");
    let form = contact.get(&path);
    assert!(form.text.contains("席を利用中") && form.text.contains("既に利用しているため"), "{}", form.text);
    let one = [
        ("decisions/0/application_id", world.ids["application_id"].as_str()),
        ("decisions/0/outcome", "selected"),
        ("decisions/0/reason", "課題が明確です（架空）"),
        ("_act", "check"),
    ];
    let refused = contact.send(&form, &path, &one);
    assert!(
        refused.status == 422 && refused.text.contains("架空 learnerさんは、この契約の席を既に"),
        "{}",
        refused.text
    );
    let asked = contact.send(&form, &path, &[("_act", "check")]);
    assert!(asked.status == 200 && asked.text.contains("見送り1人"), "{}", asked.text);
}

#[test]
fn a_lottery_is_bound_before_and_drawn_once_after() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let account = world.ids["account_id"].as_str();
    let mut draft = acceptance::world::entry_call(1);
    draft["policy"] = json!("lottery");
    let made = people.post("contact", &format!("/seat-accounts/{account}/entry-calls"), &draft);
    let here = format!("/entry-calls/{}", made["id"].as_str().unwrap());
    people.act("contact", &format!("{here}/open"));
    people.post("colleague", &format!("{here}/applications"), &application("chief@town.example.jp"));
    let close = format!("{here}/close");
    let refused = contact.send(&contact.get(&close), &close, &[("lottery_source", "")]);
    assert!(refused.status == 422 && refused.text.contains("href=\"#f-lottery_source\""), "{}", refused.text);
    let closed = contact.send(&contact.get(&close), &close, &[("lottery_source", "来週の抽せん数字（架空）")]);
    assert_eq!(closed.status, 303, "{}", closed.text);
    let page = contact.get(&format!("{here}/applications"));
    assert!(page.text.contains("抽選を行う") && page.text.contains("来週の抽せん数字（架空）"), "{}", page.text);
    let draw = format!("{here}/draw");
    let drawn = contact.send(&contact.get(&draw), &draw, &[("public_value", "4071")]);
    assert_eq!(drawn.status, 303, "{}", drawn.text);
    let twice = contact.send(&contact.get(&draw), &draw, &[("public_value", "9999")]);
    assert_eq!(twice.status, 422);
    assert!(contact.get(&format!("{here}/applications")).text.contains("選考する"));
}
