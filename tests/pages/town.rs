//! わが町 and the share with its reasons: what a town sees of itself, and nothing of its neighbours.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use testkit::pages::Browser;

#[test]
fn a_town_sees_its_seats_its_share_and_what_it_is_asked_for() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let page = contact.get(&world.path("/members/{member_id}"));
    assert_eq!(page.status, 200, "{}", page.text);
    let share = people.get("contact", &world.path("/contracts/{contract_id}/shares"))["items"][0].clone();
    let yen = share["share_yen"].as_i64().unwrap();
    let grouped = format!("{},{:03}円", yen / 1_000, yen % 1_000);
    for part in [
        grouped.as_str(),
        "受講者募集「受講者募集（架空）」の締切",
        &world.path("/contracts/{contract_id}/shares/{member_id}"),
        &world.path("/contracts/{contract_id}/seat-requests/new"),
        &world.path("/seat-requests/{request_id}/withdraw"),
        &format!("{}?contract={}", world.path("/members/{member_id}/assignments"), world.ids["contract_id"]),
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
}

#[test]
fn a_town_page_offers_no_link_that_its_reader_may_not_follow() {
    let app = whole();
    let (world, _people) = world(&app);
    for role in ["lead", "contact", "auditor"] {
        let reader = Browser::signed_in(&app, &email(role), PASSWORD);
        for path in ["/members/{member_id}", "/members/{member_id}/entry-calls"] {
            let page = reader.get(&world.path(path));
            let body = page.text.split("<main").nth(1).unwrap();
            // Pages of other areas come and go with their own tests.
            let own = ["/members/", "/entry-calls/", "/contracts/", "/surveys/"];
            let links = body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
            for link in links.filter(|link| own.iter().any(|start| link.starts_with(start))) {
                let answer = reader.get(&link.replace("&#38;", "&"));
                assert!(answer.status == 200 || link.ends_with("workbook.xlsx"), "{role}: {link} {}", answer.status);
            }
        }
    }
}

#[test]
fn a_share_opens_to_every_step_and_tells_nothing_of_the_neighbours() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let page = contact.get(&world.path("/contracts/{contract_id}/shares/{member_id}"));
    assert_eq!(page.status, 200, "{}", page.text);
    let shares = people.get("lead", &world.path("/contracts/{contract_id}/shares"));
    let own = shares["items"].as_array().unwrap().iter().find(|one| one["name"] == "中井町").unwrap();
    for part in [
        own["sentence"].as_str().unwrap(),
        "席数割",
        "1. 総額を求める",
        "5. 端数処理",
        "6. 同じ端数の順位",
        "÷ 4",
        &world.path("/contracts/{contract_id}/shares/{member_id}"),
        "workbook.xlsx",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("松田町"), "a neighbour's name");
    let other = contact.get(&world.path("/contracts/{contract_id}/shares/{other_member_id}"));
    assert_eq!(other.status, 404);
}
