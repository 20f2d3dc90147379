//! A consortium of three hundred municipalities, on both databases: tables come in parts, sums stay those of the whole,
//! and a form with a row for each of many keeps what was typed on its other pages.

use crate::world;
use acceptance::people::{PASSWORD, People, email, text};
use acceptance::world::{World, contract, entry_call, quote};
use serde_json::{Value, json};
use testkit::app::{Answer, Face, TestApp, on_both_with};
use testkit::pages::{Browser, hidden};

const TOWNS: usize = 300;

fn on_each(test: impl Fn(&TestApp)) {
    on_both_with(Face::whole, test);
}

fn town(number: usize) -> String {
    format!("20000000-0000-7000-8000-{number:012}")
}

fn rows(count: usize, row: impl Fn(usize) -> String) -> String {
    (1..=count).map(row).collect::<Vec<_>>().join(",")
}

const THEN: &str = "'2026-04-01 00:00:00'";

/// Three hundred towns more; codes from 15 000 on, in the order of their numbers.
fn join(app: &TestApp, world: &World) {
    let consortium = &world.ids["consortium_id"];
    app.sql(&format!(
        "INSERT INTO members (id, consortium_id, municipality_code, name, kana, kind, population, member_class, is_lead, joined_on, left_on, created_at, updated_at, version) VALUES {}",
        rows(TOWNS, |i| format!(
            "('{}', '{consortium}', '15{:04}', '架空第{i}町', 'かくう', 'town', {}, 'full', false, '2026-04-01', NULL, {THEN}, {THEN}, 1)",
            town(i),
            1_000 + i,
            1_000 + i
        ))
    ));
}

/// Every town asks for ten seats, the first for twenty.
fn answered(app: &TestApp, world: &World, survey: &str) {
    let consortium = &world.ids["consortium_id"];
    app.sql(&format!(
        "INSERT INTO survey_answers (id, consortium_id, survey_id, member_id, state, low_seats, base_seats, high_seats, minimum_seats, budget_cap_yen, price_points, reason, return_reason, submitted_at, submitted_by, created_at, updated_at, version) VALUES {}",
        rows(TOWNS, |i| {
            let seats = if i == 1 { 20 } else { 10 };
            format!("('a{}', '{consortium}', '{survey}', '{}', 'fixed', 1, {seats}, 30, 0, NULL, '[]', '研修（架空）', NULL, {THEN}, NULL, {THEN}, {THEN}, 1)", town(i).split_at(1).1, town(i))
        })
    ));
}

/// A round of every town, begun on the page, up to a scenario.
fn planned(app: &TestApp, lead: &Browser<'_>, people: &People<'_>, world: &World) -> (String, String) {
    let new = world.path("/consortia/{consortium_id}/rounds/new");
    let page = lead.get(&new);
    assert!(!page.text.contains(&town(1)), "three hundred boxes are no form");
    let basis = [
        ("title", "令和8年度 共同調達（架空）"),
        ("product", "オンライン学習（架空）"),
        ("fiscal_year", "2026"),
        ("contract_mode", "lead_contract"),
        ("census_year", "2020"),
        ("seats_counted_on", "2026-04-01"),
    ];
    let unknown = lead.send(&page, &new, &[&basis[..], &[("towns", "架空第1町\nどこにもない町")]].concat());
    assert!(unknown.status == 422 && unknown.text.contains("この団体は見つかりません"), "{}", unknown.text);
    let made = lead.send(&page, &new, &[&basis[..], &[("everybody", "true")]].concat());
    assert_eq!(made.status, 303, "{}", made.text);
    let round = made.headers["location"].split('?').next().unwrap().to_owned();
    let survey = json!({"kind": "intent", "title": "意向調査", "note": "", "deadline_on": "2026-05-20"});
    let survey = text(&people.post("lead", &format!("{round}/surveys"), &survey)["id"]);
    people.act("lead", &format!("/surveys/{survey}/open"));
    answered(app, world, &survey);
    people.act("lead", &format!("/surveys/{survey}/close"));
    let schedule = json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "1000"}]});
    let offered = text(&people.post("lead", &format!("{round}/quotes"), &quote("見積", &schedule))["id"]);
    let plan = json!({
        "name": "案A", "quote_id": offered, "survey_id": survey, "supply": null,
        "allocation": {"rule": "webster"}, "sharing": {"rule": {"kind": "per_seat"}},
    });
    let plan = text(&people.post("lead", &format!("{round}/scenarios"), &plan)["id"]);
    (round, plan)
}

/// A page of fifty, its neighbour, a search, and everything for the printer; the sum is the same on each.
fn assert_parts(browser: &Browser<'_>, path: &str, sum: &str, of: usize) {
    let get = |query: &str| {
        let page = browser.get(&format!("{path}?{query}"));
        assert_eq!(page.status, 200, "{path}?{query}: {}", page.text);
        page.text
    };
    let (first, second, all) = (get(""), get("page=2"), get("all=1"));
    assert!(first.contains(&format!("{of}件中 1–50件")) && second.contains(&format!("{of}件中 51–100件")), "{first}");
    assert!(first.contains("架空第1町") && !first.contains("架空第299町"), "{path}");
    assert!(second.contains("架空第60町") && !second.contains("架空第1町<"), "{path}");
    assert!(all.contains("架空第1町") && all.contains("架空第299町"), "{path}");
    assert!(first.len() * 2 < all.len(), "{path}: {} of {} bytes", first.len(), all.len());
    let found = get("town=%E6%9E%B6%E7%A9%BA%E7%AC%AC299%E7%94%BA");
    assert!(found.contains("架空第299町") && found.contains("1件中 1–1件"), "{path}: {found}");
    for page in [&first, &second, &all, &found] {
        assert!(page.contains(sum), "{path}: no {sum}");
    }
}

#[test]
fn three_hundred_towns_come_in_parts_and_their_sums_are_whole() {
    on_each(|app| {
        let (world, people) = world(app);
        join(app, &world);
        let lead = Browser::signed_in(app, &email("lead"), PASSWORD);
        let (round, plan) = planned(app, &lead, &people, &world);
        // 3,010 seats at ¥1,100 with tax.
        let sum = "3,311,000円";
        assert_parts(&lead, &format!("/scenarios/{plan}"), sum, TOWNS);
        assert_parts(&lead, &format!("{round}/scenarios"), sum, TOWNS);
        let lab = lead.get(&format!("{round}/scenarios/new"));
        assert!(lab.text.contains("300件中 1–50件") && lab.text.contains(sum), "{}", lab.text);
        let members = lead.get(&round);
        assert!(
            members.text.contains("303件中 1–50件") && members.text.contains("参加団体（303団体）"),
            "{}",
            members.text
        );

        people.act("lead", &format!("/scenarios/{plan}/finalise"));
        let signed = text(
            &people.post("lead", &format!("{round}/contract"), &contract(round.rsplit_once('/').unwrap().1))["id"],
        );
        let allocation = format!("/contracts/{signed}/allocation");
        publish(&lead, &allocation);
        assert_parts(&lead, &format!("/contracts/{signed}"), sum, TOWNS);
        let map = lead.get(&format!("/contracts/{signed}/seats?page=2"));
        assert!(map.text.contains("303件中 51–100件") && map.text.contains("3,010"), "{}", map.text);
        acceptance::assert_verified(app);
    });
}

/// Takes two seats from the first town and one from another page's, and publishes both.
fn publish(lead: &Browser<'_>, allocation: &str) {
    let page = lead.get(allocation);
    assert!(page.text.contains("300件中 1–50件"), "{}", page.text);
    let typed = [("lines/0/seats", "18"), ("lines/0/reason", "辞退のため（架空）"), ("_act", "page:3")];
    let third = lead.send(&page, allocation, &typed);
    assert!(third.text.contains("300件中 101–150件"), "{}", third.text);
    let kept = carried(&third);
    assert_eq!(kept.iter().find(|(name, _)| name == "lines/0/seats").map(|(_, value)| value.as_str()), Some("18"));
    let mut fields: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("lines/120/seats", "9"), ("lines/120/reason", "減員のため（架空）"), ("_act", "ask")]);
    let asked = lead.send(&third, allocation, &fields);
    assert!(
        asked.text.contains("架空第1町：配分 20席 → 18席") && asked.text.contains("架空第121町：配分 10席 → 9席"),
        "{}",
        asked.text
    );
    let carried = carried(&asked);
    let fields: Vec<(&str, &str)> = carried.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let done = lead.send(&asked, &format!("{allocation}/publish"), &fields);
    assert_eq!(done.status, 303, "{}", done.text);
    let after = lead.get(&format!("{}?town=151121", done.headers["location"].split('?').next().unwrap()));
    assert!(after.text.contains("減員のため（架空）"), "{}", after.text);
}

/// What the form of a page carries unseen of its rows.
fn carried(page: &Answer) -> Vec<(String, String)> {
    let inputs = page.text.split("<input type=\"hidden\" name=\"").skip(1);
    let pairs = inputs.filter_map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"")?;
        Some((name.to_owned(), rest.split('"').next()?.to_owned()))
    });
    pairs.filter(|(name, _)| name.contains('/') || name == "_plan").collect()
}

const APPLICANTS: usize = 120;

/// A closed call of 中井町 with many applicants, all acknowledged.
fn applied(app: &TestApp, people: &People<'_>, world: &World) -> String {
    let (consortium, member) = (&world.ids["consortium_id"], &world.ids["member_id"]);
    let call =
        people.post("contact", &format!("/seat-accounts/{}/entry-calls", world.ids["account_id"]), &entry_call(1));
    let call = text(&call["id"]);
    people.act("contact", &format!("/entry-calls/{call}/open"));
    let person = |i: usize| format!("30000000-0000-7000-8000-{i:012}");
    app.sql(&format!(
        "INSERT INTO users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version) VALUES {}",
        rows(APPLICANTS, |i| format!("('{}', 'many{i}@town.example.jp', '架空 応募{i}', 'かくう', NULL, 'active', 1, {THEN}, {THEN}, 1)", person(i)))
    ));
    app.sql(&format!(
        "INSERT INTO grants (id, user_id, role, consortium_id, member_id, granted_by, created_at, revoked_at) VALUES {}",
        rows(APPLICANTS, |i| format!("('{0}', '{0}', 'learner', '{consortium}', '{member}', NULL, {THEN}, NULL)", person(i)))
    ));
    app.sql(&format!(
        "INSERT INTO applications (id, consortium_id, member_id, call_id, user_id, want_to_learn, problem_at_work, answers, supervisor_name, supervisor_email, state, acknowledged_at, decision_reason, decided_by, decided_at, created_at, updated_at, version, objected_at, objection) VALUES {}",
        rows(APPLICANTS, |i| format!(
            "('8{}', '{consortium}', '{member}', '{call}', '{}', '集計を学びたい{i}', '転記に時間がかかる', '[]', '架空 上長', 'boss@town.example.jp', 'acknowledged', {THEN}, NULL, NULL, NULL, {THEN}, {THEN}, 1, NULL, NULL)",
            person(i).split_at(1).1,
            person(i)
        ))
    ));
    let close = people.send("contact", "POST", &format!("/entry-calls/{call}/close"), &json!({}));
    assert!((200..300).contains(&close.status), "{}", close.text);
    call
}

#[test]
fn a_selection_over_several_pages_keeps_what_was_typed_on_each() {
    on_each(|app| {
        let (world, people) = world(app);
        let call = applied(app, &people, &world);
        let contact = Browser::signed_in(app, &email("contact"), PASSWORD);
        let path = format!("/entry-calls/{call}/selection");
        let first = contact.get(&path);
        assert!(first.text.contains("120件中 1–50件") && first.text.contains("集計を学びたい"), "{}", first.text);
        assert!(!first.text.contains("架空 応募120"), "of another page");

        let row = |at: usize, page: &Answer| hidden(&page.text, &format!("decisions/{at}/application_id")).unwrap();
        let one = row(3, &first);
        let typed = [
            ("decisions/3/application_id", one.as_str()),
            ("decisions/3/outcome", "declined"),
            ("decisions/3/reason", "別の研修を先に受けてください（架空）"),
            ("_act", "page:2"),
        ];
        let second = contact.send(&first, &path, &typed);
        assert!(second.status == 200 && second.text.contains("120件中 51–100件"), "{}", second.text);
        let kept = carried(&second);
        assert!(kept.contains(&("decisions/3/outcome".to_owned(), "declined".to_owned())), "{kept:?}");

        let other = row(60, &second);
        let mut fields: Vec<(&str, &str)> = kept
            .iter()
            .filter(|(name, _)| name.starts_with("decisions/3/"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fields.extend([
            ("decisions/60/application_id", other.as_str()),
            ("decisions/60/outcome", "declined"),
            ("decisions/60/reason", "次の機会にお申し込みください（架空）"),
            ("_act", "check"),
        ]);
        let asked = contact.send(&second, &path, &fields);
        assert!(asked.text.contains("受講決定1人、補欠117人、見送り2人"), "{}", asked.text);
        assert!(asked.text.len() < 150_000, "only what differs goes along: {} bytes", asked.text.len());

        let shown = carried(&asked);
        let mut fields: Vec<(&str, &str)> = shown.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let another: Vec<(&str, &str)> = fields
            .iter()
            .filter(|(name, _)| !name.starts_with("decisions/60/"))
            .copied()
            .chain([("_act", "decide")])
            .collect();
        let moved = contact.send(&asked, &path, &another);
        assert!(
            moved.status == 422 && moved.text.contains("もう一度確かめてから"),
            "what was shown is what happens: {}",
            moved.text
        );
        fields.push(("_act", "decide"));
        let done = contact.send(&asked, &path, &fields);
        assert_eq!(done.status, 303, "{}", done.text);

        let all = people.all("contact", &format!("/entry-calls/{call}/applications"));
        let state = |state: &str| all.iter().filter(|one| one["state"] == state).count();
        assert_eq!((all.len(), state("declined"), state("submitted"), state("acknowledged")), (APPLICANTS, 2, 0, 0));
        let reason = |id: &str| all.iter().find(|one| one["id"] == id).map(|one| one["decision_reason"].clone());
        assert_eq!(reason(&one), Some(Value::from("別の研修を先に受けてください（架空）")));
        assert_eq!(reason(&other), Some(Value::from("次の機会にお申し込みください（架空）")));
        acceptance::assert_verified(app);
    });
}
