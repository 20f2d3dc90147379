//! Who sits: assigning one and several, giving back several over a page that asks, the waiting list.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email, text};
use acceptance::world::{application, entry_call};
use domain::access::Role;
use serde_json::json;
use testkit::pages::Browser;

#[test]
fn people_are_seated_by_ticking_and_all_or_nobody() {
    let app = whole();
    let (world, mut people) = world(&app);
    let (consortium, town) = (world.ids["consortium_id"].clone(), world.ids["other_member_id"].clone());
    for number in 0..3 {
        people.enter(&format!("more{number}"), Role::Learner, Some(&consortium), Some(&town));
    }
    let contact = Browser::signed_in(&app, &email("other_town"), PASSWORD);
    let path = format!("/members/{town}/assignments/new?contract={}", world.ids["contract_id"]);
    let ids: Vec<String> =
        ["other_learner", "more0", "more1", "more2"].iter().map(|who| people.users[*who].clone()).collect();
    let page = contact.get(&path);
    assert!(ids.iter().all(|id| page.text.contains(id)), "{}", page.text);
    let all: Vec<(&str, &str)> = ids.iter().map(|id| ("user_ids", id.as_str())).collect();
    let full = contact.send(&page, &path, &all);
    assert_eq!(full.status, 422, "four people, three seats");
    assert!(full.text.contains("空席が足りません") && full.text.contains(" checked"), "{}", full.text);
    let nobody = people.get("other_town", &world.path("/seat-accounts/{other_account_id}"));
    assert_eq!(nobody["assigned"], 0);
    let none = contact.send(&page, &path, &[]);
    assert_eq!(none.status, 422, "somebody must be ticked");
    let three = contact.send(&contact.get(&path), &path, &all[..3]);
    assert_eq!(three.status, 303, "{}", three.text);
    let list = contact.get(&three.headers["location"]);
    let found = contact.get(&format!("/members/{town}/assignments?name=more1"));
    assert!(found.text.contains("架空 more1") && !found.text.contains("架空 more0"), "{}", found.text);
    assert!(contact.get(&format!("/members/{town}/assignments?name=%25")).text.contains("該当する人はいません"));
    assert!(list.text.contains("席を割り当てました。") && list.text.contains("一括の割当て"), "{}", list.text);
    let stopped = format!("/members/{town}/staff/{}", people.users["more0"]);
    assert_eq!(contact.send_sure(&contact.get(&stopped), &format!("{stopped}/disable"), &[]).status, 303);
    let seat = |name: &str| contact.get(&format!("/members/{town}/assignments?name={name}")).text;
    assert!(seat("more0").contains("利用停止中") && seat("more0").contains("返却する"), "{}", seat("more0"));
    assert!(!seat("more1").contains("利用停止中"));
}

#[test]
fn those_who_moved_give_their_seats_back_together_after_one_more_look() {
    let app = whole();
    let (world, mut people) = world(&app);
    let (consortium, town) = (world.ids["consortium_id"].clone(), world.ids["other_member_id"].clone());
    people.enter("more", Role::Learner, Some(&consortium), Some(&town));
    let account = world.ids["other_account_id"].clone();
    for who in ["other_learner", "more"] {
        people.post(
            "other_town",
            &format!("/seat-accounts/{account}/assignments"),
            &json!({"user_id": people.users[who]}),
        );
    }
    let contact = Browser::signed_in(&app, &email("other_town"), PASSWORD);
    let seated = people.all("other_town", &format!("/seat-accounts/{account}/assignments"));
    let ids: Vec<String> = seated.iter().map(|one| text(&one["id"])).collect();
    let transfer = contact.get(&format!("/members/{town}/assignments/transfer"));
    assert!(ids.iter().all(|id| transfer.text.contains(id)), "{}", transfer.text);
    let contract = &world.ids["contract_id"];
    let path = format!("/members/{town}/assignments/release?contract={contract}");
    let ticked = [("assignment_ids", ids[0].as_str()), ("assignment_ids", ids[1].as_str()), ("_act", "ask")];
    let asked = contact.send(&transfer, &path, &ticked);
    let one = contact.get(&format!("{path}&assignment_ids={}", ids[0]));
    assert!(one.text.contains("次の1人の席を返却します"), "{}", one.text);
    assert!(asked.text.contains("次の2人の席を返却します"), "{}", asked.text);
    let fields = [("assignment_ids", ids[0].as_str()), ("assignment_ids", ids[1].as_str())];
    let refused = contact.send(&asked, &path, &[fields[0], fields[1], ("reason", "")]);
    assert!(refused.status == 422 && refused.text.contains("次の2人の席を返却します"), "{}", refused.text);
    let done = contact.send(&asked, &path, &[fields[0], fields[1], ("reason", "年度替わりの人事異動のため")]);
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(people.get("other_town", &format!("/seat-accounts/{account}"))["assigned"], 0);
    let twice = contact.send(&contact.get(&path), &path, &[fields[0], ("reason", "もう一度")]);
    assert_ne!(twice.status, 303, "a seat is given back once");
    let foreign = [("assignment_ids", world.ids["assignment_id"].as_str()), ("reason", "よその町")];
    let other = contact.send(&asked, &path, &foreign);
    assert_eq!(other.status, 422, "another town's seat");
}

#[test]
fn whoever_is_next_is_seated_from_the_waiting_list_while_seats_are_free() {
    let app = whole();
    let (world, mut people) = world(&app);
    let (consortium, town) = (world.ids["consortium_id"].clone(), world.ids["other_member_id"].clone());
    for number in 0..2 {
        people.enter(&format!("more{number}"), Role::Learner, Some(&consortium), Some(&town));
    }
    // A call for one, three who apply, three free seats: two wait beside two free seats.
    let calls = world.path("/seat-accounts/{other_account_id}/entry-calls");
    let mut draft = entry_call(1);
    draft["policy"] = json!("first_come");
    let call = text(&people.post("other_town", &calls, &draft)["id"]);
    people.act("other_town", &format!("/entry-calls/{call}/open"));
    let who = ["other_learner", "more0", "more1"];
    let applied = who.map(|who| {
        let boss = format!("boss-{who}@town.example.jp");
        text(&people.post(who, &format!("/entry-calls/{call}/applications"), &application(&boss))["id"])
    });
    people.post("other_town", &format!("/entry-calls/{call}/close"), &json!({}));
    let decided = |at: usize, outcome: &str| json!({"application_id": applied[at], "outcome": outcome, "reason": "受付順です（架空）。"});
    let decisions = [decided(0, "selected"), decided(1, "waitlisted"), decided(2, "waitlisted")];
    people.post("other_town", &format!("/entry-calls/{call}/selection"), &json!({"decisions": decisions}));

    let contact = Browser::signed_in(&app, &email("other_town"), PASSWORD);
    let contract = &world.ids["contract_id"];
    let assign = format!("/members/{town}/assignments/new?contract={contract}");
    let past = contact.send(&contact.get(&assign), &assign, &[("user_ids", &people.users["more1"])]);
    assert_eq!(past.status, 422, "{}", past.text);
    for words in ["先に待っている人がいます", "空席は2席ありますが、2人が先に", "次は架空 more0さんです"]
    {
        assert!(past.text.contains(words), "{words} in {}", past.text);
    }
    let waiting = format!("/members/{town}/assignments/waiting?contract={contract}");
    let page = contact.get(&waiting);
    assert!(page.text.contains("次の架空 more0さんに席を割り当てる"), "{}", page.text);
    assert!(page.text.contains("順番の早い2人（架空 more0さん、架空 more1さん）にまとめて"), "{}", page.text);
    let seated = contact.send(&page, &assign, &[("user_ids", &people.users["more0"])]);
    assert_eq!(seated.status, 303, "{}", seated.text);
    assert_eq!(people.get("more0", &format!("/applications/{}", applied[1]))["state"], "selected");
    let page = contact.get(&waiting);
    assert!(page.text.contains("次の架空 more1さんに席を割り当てる"), "{}", page.text);
    assert_eq!(contact.send(&page, &assign, &[("user_ids", &people.users["more1"])]).status, 303);
    let page = contact.get(&waiting);
    assert!(page.text.contains("順番待ちの人はいません") && !page.text.contains("に席を割り当てる"), "{}", page.text);
}

/// The year's contract comes first although the one of the next year is newer, and nothing of that one reads as begun.
#[test]
fn a_contract_that_has_not_begun_says_so_wherever_its_seats_are() {
    let app = whole();
    let (world, people) = world(&app);
    let at = |contract: &str| {
        format!("UPDATE contracts SET starts_on = '2027-04-01', ends_on = '2028-03-31' WHERE id = '{contract}'")
    };
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let desk = world.path("/members/{member_id}/assignments");
    let file = world.path("/members/{member_id}/assignments/platform.csv");
    let ahead = ">開始前</span>";
    assert!(!contact.get(&desk).text.contains(ahead));
    assert!(contact.get(&file).text.contains(&email("learner")), "who can use a seat is in the file");
    assert!(learner.get("/me/seats").text.contains("利用中"));
    app.sql(&at(&world.ids["contract_id"]));
    let page = contact.get(&desk);
    for words in
        ["この契約は開始前です", "2027年4月1日（令和9年）から2028年3月31日", "利用期間が始まっている契約の席の人だけ"]
    {
        assert!(page.text.contains(words), "{words} in {}", page.text);
    }
    assert!(page.text.contains(ahead) && contact.get(&world.path("/members/{member_id}")).text.contains(ahead));
    assert!(contact.get(&world.path("/contracts/{contract_id}")).text.contains(ahead));
    let seats = learner.get("/me/seats").text;
    assert!(seats.contains(ahead) && !seats.contains("利用中"), "{seats}");
    assert!(!contact.get(&file).text.contains(&email("learner")), "who cannot use a seat yet is not");
    let transfers = world.path("/contracts/{contract_id}/seat-transfers");
    let grant =
        json!({"kind": "grant", "to_account_id": world.ids["account_id"], "seats": 4, "reason": "増員（架空）"});
    people.post("lead", &transfers, &grant);
    let home = contact.get("/").text;
    assert!(home.contains("、利用は2027年4月1日から"), "{home}");
}

#[test]
fn the_waiting_list_shows_places_and_lets_people_go_after_a_question() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/members/{member_id}/assignments/waiting");
    let list = contact.get(&path);
    assert!(list.text.contains("1番") && list.text.contains("架空 colleague"), "{}", list.text);
    let waiting = people.all("contact", &world.path("/seat-accounts/{account_id}/waiting-entries"));
    let entry = text(&waiting[0]["id"]);
    let action = format!("{path}?contract={}", world.ids["contract_id"]);
    let asked = contact.get(&format!("{action}&leave={entry}"));
    assert!(asked.text.contains("順番待ちから外しますか"));
    let gone = contact.send(&asked, &action, &[("entry_id", &entry)]);
    assert_eq!(gone.status, 303, "{}", gone.text);
    assert!(contact.get(&path).text.contains("順番待ちの人はいません"));
}
