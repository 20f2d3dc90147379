//! The survey answer of a town: draft, more rows, handing in, correcting, returned, two hands at once.

use crate::{numbered, whole, world};
use acceptance::people::{PASSWORD, People, email, text};
use acceptance::world::{World, demand, round, survey};
use serde_json::json;
use testkit::pages::Browser;

/// An open survey to which 中井町 was invited; answers the path of its answer.
fn asked(world: &World, people: &People<'_>) -> (String, String) {
    let (consortium, town) = (&world.ids["consortium_id"], &world.ids["member_id"]);
    let next = people.post("lead", &format!("/consortia/{consortium}/rounds"), &round(&[town]));
    let asked = people.post("lead", &format!("/rounds/{}/surveys", text(&next["id"])), &survey("2026-05-20"));
    let asked = text(&asked["id"]);
    people.act("lead", &format!("/surveys/{asked}/open"));
    (format!("/surveys/{asked}/answers/{town}"), asked)
}

const TYPED: [(&str, &str); 9] = [
    ("low_seats", "１０"),
    ("base_seats", "20席"),
    ("high_seats", "30"),
    ("minimum_seats", ""),
    ("budget_cap_yen", "1,000,000円"),
    ("price_points/0/unit_price_at_most_yen", "24,000"),
    ("price_points/0/seats", "40"),
    ("price_points/1/unit_price_at_most_yen", ""),
    ("reason", "職員研修のため（架空）"),
];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    TYPED
        .iter()
        .copied()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name))
        .chain(more.iter().copied())
        .collect()
}

#[test]
fn a_draft_is_saved_handed_in_and_corrected_until_the_deadline() {
    let app = whole();
    let (world, people) = world(&app);
    let (path, _) = asked(&world, &people);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let blank = contact.get(&path);
    assert!(blank.text.contains("未回答") && blank.text.contains("下書き保存"), "{}", blank.text);
    let saved = contact.send(&blank, &path, &with(&[("_act", "save")]));
    assert_eq!((saved.status, saved.headers["location"].as_str()), (303, format!("{path}?done=saved").as_str()));
    let answer = people.get("contact", &path);
    assert_eq!(
        (&answer["state"], &answer["base_seats"], &answer["budget_cap_yen"]),
        (&json!("draft"), &json!(20), &json!(1_000_000))
    );
    assert_eq!(answer["price_points"], json!([{"unit_price_at_most_yen": 24_000, "seats": 40}]));
    let sent = contact.send(&contact.get(&path), &path, &with(&[("_act", "submit")]));
    assert_eq!(numbered(&sent), format!("{path}?done=submitted"));
    let read = contact.get(&path);
    assert!(read.text.contains("提出済") && !read.text.contains("name=\"base_seats\""), "read first, {}", read.text);
    let edit = contact.get(&format!("{path}?edit=1"));
    let corrected = contact.send(&edit, &path, &with(&[("base_seats", "21"), ("_act", "submit")]));
    assert_eq!(corrected.status, 303, "{}", corrected.text);
    let answer = people.get("contact", &path);
    assert_eq!((&answer["state"], &answer["base_seats"]), (&json!("submitted"), &json!(21)));
}

#[test]
fn more_rows_come_without_javascript_and_keep_what_was_typed() {
    let app = whole();
    let (world, people) = world(&app);
    let (path, _) = asked(&world, &people);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let more = contact.send(&contact.get(&path), &path, &with(&[("_more", "price_points")]));
    assert_eq!(more.status, 200);
    assert!(more.text.contains("value=\"24,000\"") && more.text.contains("price_points/3/seats"), "{}", more.text);
    let refused = people.send("contact", "GET", &path, &json!(null));
    assert_eq!(refused.status, 404, "nothing was saved");
}

#[test]
fn a_refused_answer_keeps_what_was_typed_and_a_returned_one_says_why() {
    let app = whole();
    let (world, people) = world(&app);
    let (path, survey) = asked(&world, &people);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let wrong = with(&[("low_seats", "99"), ("_act", "submit")]);
    let again = contact.send(&contact.get(&path), &path, &wrong);
    assert_eq!(again.status, 422);
    for part in ["value=\"99\"", "href=\"#f-low_seats\"", "少なめの席数は、標準の席数以下", "value=\"1,000,000円\""]
    {
        assert!(again.text.contains(part), "{part} in {}", again.text);
    }
    people.put("contact", &path, None, &demand(1, 2, 3));
    people.act("contact", &format!("{path}/submit"));
    people.post("lead", &format!("{path}/return"), &json!({"reason": "人数の根拠を書いてください。"}));
    let page = contact.get(&path);
    assert!(page.text.contains("差し戻されました") && page.text.contains("人数の根拠を書いてください。"));
    people.act("lead", &format!("/surveys/{survey}/close"));
    let closed = contact.get(&path);
    assert!(!closed.text.contains("name=\"base_seats\""), "nothing is typed after the close");
}

#[test]
fn two_hands_on_one_answer_see_both_versions() {
    let app = whole();
    let (world, people) = world(&app);
    let (path, _) = asked(&world, &people);
    people.put("contact", &path, None, &demand(1, 2, 3));
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let open = contact.get(&path);
    people.put("contact", &path, Some(&json!(1)), &demand(4, 5, 6));
    let crossed = contact.send(&open, &path, &with(&[("_act", "save")]));
    assert_eq!(crossed.status, 422);
    assert!(crossed.text.contains("ほかの人が先に変更しました") && crossed.text.contains("現在保存されている値"));
    let knowingly = contact.send(&crossed, &path, &with(&[("_act", "save")]));
    assert_eq!(knowingly.status, 303, "{}", knowingly.text);
}

/// A draft need not be right: it is kept as typed, shown again, seen by nobody else, and gone once it is handed in.
fn drafted(app: &testkit::app::TestApp) {
    let (world, people) = world(app);
    let (path, survey) = asked(&world, &people);
    let contact = Browser::signed_in(app, &email("contact"), PASSWORD);
    let half = [
        ("base_seats", "７０席くらい"),
        ("low_seats", ""),
        ("high_seats", ""),
        ("minimum_seats", ""),
        ("budget_cap_yen", "200万円まで？"),
        ("price_points/0/unit_price_at_most_yen", "24,000円"),
        ("price_points/0/seats", ""),
        ("reason", "財政課と相談中の下書き"),
        ("_act", "save"),
    ];
    let saved = contact.send(&contact.get(&path), &path, &half);
    assert_eq!((saved.status, saved.headers["location"].as_str()), (303, format!("{path}?done=drafted").as_str()));
    assert_eq!(people.send("contact", "GET", &path, &json!(null)).status, 404, "nothing was answered");
    let again = contact.get(&path);
    for typed in ["value=\"７０席くらい\"", "value=\"200万円まで？\"", "value=\"24,000円\"", "財政課と相談中の下書き"]
    {
        assert!(again.text.contains(typed), "{typed} in {}", again.text);
    }
    // Nobody but the town reads it.
    let draft = format!("{path}/draft");
    let view = people.get("contact", &draft);
    assert_eq!((&view["typed"]["base_seats"], &view["version"]), (&json!("７０席くらい"), &json!(1)));
    assert_eq!(view["typed"]["price_points"], json!([{"unit_price_at_most_yen": "24,000円", "seats": null}]));
    for (who, status) in [("lead", 403), ("auditor", 403), ("other_town", 404), ("learner", 404), ("stranger", 404)] {
        assert_eq!(people.send(who, "GET", &draft, &json!(null)).status, status, "{who}");
    }
    let lead = Browser::signed_in(app, &email("lead"), PASSWORD);
    let board = lead.get(&format!("/surveys/{survey}"));
    assert!(board.text.contains("下書き中") && !board.text.contains("相談中"), "{}", board.text);
    let lines = people.get("lead", &format!("/surveys/{survey}/answers"));
    assert_eq!((&lines["lines"][0]["drafting"], &lines["lines"][0]["answer"]), (&json!(true), &json!(null)));
    assert_eq!(people.get("lead", &format!("/surveys/{survey}/unanswered"))["items"].as_array().unwrap().len(), 1);
    // Two hands: the older page does not overwrite what was typed meanwhile.
    people.put("contact", &draft, Some(&json!(1)), &json!({"base_seats": "71"}));
    let crossed = contact.send(&again, &path, &half);
    assert!(crossed.status == 422 && crossed.text.contains("ほかの人が先に変更しました"), "{}", crossed.text);
    assert!(crossed.text.contains("value=\"７０席くらい\""), "what was typed is still there");
    let refused = people.send("contact", "PUT", &draft, &json!({"base_seats": "x".repeat(41)}));
    assert_eq!(refused.status, 422, "{}", refused.text);
    // Handed in, it is gone.
    let sent = contact.send(&contact.get(&path), &path, &with(&[("_act", "submit")]));
    assert!(sent.headers["location"].starts_with(&format!("{path}?done=submitted&receipt=")), "{:?}", sent.headers);
    assert_eq!(people.send("contact", "GET", &draft, &json!(null)).status, 404);
    assert!(!lead.get(&format!("/surveys/{survey}")).text.contains("下書き中"));
    // A correction may be drafted too; the answer stays as it was handed in.
    let edit = contact.get(&format!("{path}?edit=1"));
    let kept = contact.send(&edit, &path, &with(&[("base_seats", "たぶん21"), ("_act", "save")]));
    assert_eq!(kept.status, 303, "{}", kept.text);
    let answer = people.get("contact", &path);
    assert_eq!((&answer["state"], &answer["base_seats"]), (&json!("submitted"), &json!(20)));
    let discarded = people.with("contact", "DELETE", &draft, &[("if-match", "\"1\"")], &json!(null));
    assert_eq!(discarded.status, 204, "{}", discarded.text);
    people.act("lead", &format!("/surveys/{survey}/close"));
    let late = people.send("contact", "PUT", &draft, &json!({"base_seats": "1"}));
    assert_eq!(late.status, 409, "{}", late.text);
}

#[test]
fn a_draft_is_kept_as_typed_until_it_is_handed_in() {
    drafted(&whole());
    if let Some(app) = testkit::app::TestApp::with_on_postgres(testkit::app::Face::whole()) {
        drafted(&app);
    }
}

/// What a town used in the year before stands beside its answer, for the town and for the prefecture.
#[test]
fn the_seats_used_in_the_year_before_stand_beside_the_answers() {
    testkit::app::on_both_with(testkit::app::Face::whole, |app| {
        let (world, people) = world(app);
        let [lead, contact] = ["lead", "contact"].map(|who| Browser::signed_in(app, &email(who), PASSWORD));
        let (town, neighbour) = (&world.ids["member_id"], &world.ids["other_member_id"]);
        let first = lead.get(&world.path("/surveys/{survey_id}")).text;
        assert_eq!(
            used(&first),
            [("松田町", "―"), ("中井町", "―")].map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
            "nothing before the first year"
        );
        let ask_for = |year: i32| {
            let mut round = acceptance::world::round(&[town, neighbour]);
            round["fiscal_year"] = serde_json::json!(year);
            let made = people.post("lead", &world.path("/consortia/{consortium_id}/rounds"), &round);
            let surveys = format!("/rounds/{}/surveys", made["id"].as_str().unwrap());
            let asked = people.post("lead", &surveys, &acceptance::world::survey("2026-05-29"));
            let asked = asked["id"].as_str().unwrap().to_owned();
            people.act("lead", &format!("/surveys/{asked}/open"));
            asked
        };
        let asked = ask_for(2027);
        let board = lead.get(&format!("/surveys/{asked}")).text;
        assert_eq!(
            used(&board),
            [("松田町", "0席"), ("中井町", "1席")].map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
            "{board}"
        );
        let form = contact.get(&format!("/surveys/{asked}/answers/{town}")).text;
        assert!(
            form.contains("<dt>前年度の利用</dt><dd>1席（前年度の契約で現在利用している席数）</dd>")
                && form.contains("name=\"base_seats\""),
            "{form}"
        );
        // The year after next asks for a year in which nothing was used.
        let asked = ask_for(2028);
        let form = contact.get(&format!("/surveys/{asked}/answers/{town}")).text;
        assert!(form.contains("<dt>前年度の利用</dt><dd>記録がありません</dd>"), "{form}");
    });
}

/// Town by town, the cell 前年度の利用 of a survey's board.
fn used(board: &str) -> std::collections::BTreeMap<String, String> {
    let (head, body) = board
        .split_once("<caption>各団体の回答（")
        .unwrap()
        .1
        .split_once("</caption>")
        .unwrap()
        .1
        .split_once("<tbody")
        .unwrap();
    let at = head.split("<th ").position(|cell| cell.contains("前年度の利用")).unwrap();
    let text = |html: &str| {
        let mut parts = html.split('<');
        let first = parts.next().unwrap_or_default().to_owned();
        first + &parts.filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect::<String>()
    };
    let rows = body.split("</tbody>").next().unwrap().split("<tr ").skip(1);
    rows.map(|row| {
        let row = row.replace("<th", "<td").replace("</th>", "</td>");
        let cells: Vec<&str> = row.split("</td>").collect();
        let name = cells.iter().find(|cell| cell.contains("scope=\"row\"")).unwrap();
        let name = ["中井町", "松田町"].into_iter().find(|town| name.contains(town)).unwrap();
        (name.to_owned(), text(cells[at - 1]).trim().to_owned())
    })
    .collect()
}
