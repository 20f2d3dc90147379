//! The people of a town: inviting a learner, taking a role away, switching an account off.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use testkit::pages::Browser;

#[test]
fn a_learner_is_invited_into_the_own_town_and_nowhere_else() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/members/{member_id}/staff/invite");
    let fields = [("email", "newcomer@town.example.jp"), ("display_name", "架空 新人"), ("kana", "かくう しんじん")];
    let page = contact.get(&path);
    let refused = contact.send(&page, &path, &[("email", "だめ"), fields[1], fields[2]]);
    assert!(refused.status == 422 && refused.text.contains("value=\"だめ\""), "{}", refused.text);
    let mut sly = fields.to_vec();
    sly.extend([("role", "lead"), ("member_id", world.ids["other_member_id"].as_str())]);
    let sent = contact.send(&contact.get(&path), &path, &sly);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let list = contact.get(&world.path("/members/{member_id}/staff?role=learner"));
    assert!(list.text.contains("架空 新人") && list.text.contains("招待中"), "{}", list.text);
    let other = contact.get(&world.path("/members/{other_member_id}/staff"));
    assert_eq!(other.status, 404);
    drop(people);
}

#[test]
fn a_role_is_taken_away_and_an_account_switched_off() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/members/{member_id}/staff/{user_id}");
    let page = contact.get(&path);
    assert!(page.text.contains("役割を外す") && page.text.contains("利用を停止する"), "{}", page.text);
    let gone = contact.send(&page, &format!("{path}/revoke"), &[("grant_id", &world.ids["grant_id"])]);
    assert_eq!(gone.status, 303, "{}", gone.text);
    assert_eq!(contact.get(&path).status, 404, "no longer of this town");
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let me = people.users["learner"].clone();
    let path = format!("{}/{me}", world.path("/members/{member_id}/staff"));
    let off = contact.send(&contact.get(&path), &format!("{path}/disable"), &[]);
    assert_eq!(off.status, 303, "{}", off.text);
    assert_eq!(learner.get("/").status, 303, "the session ends at once");
}
