//! The people of a town: inviting a learner, taking a role away, switching an account off.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use testkit::pages::{Browser, hidden};

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
    // A mail that was lost is sent again without typing anything.
    let (before, _) = list.text.split_once("架空 新人").unwrap();
    let one = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    let shown = contact.get(one).text;
    let (_, link) = shown.split_once("/invite?again=").unwrap();
    let page = contact.get(&format!("{path}?again={}", link.split('"').next().unwrap()));
    assert!(fields.iter().all(|(_, typed)| page.text.contains(&format!("value=\"{typed}\""))), "{}", page.text);
    assert_eq!(contact.send(&page, &path, &fields).status, 303);
    let other = contact.get(&world.path("/members/{other_member_id}/staff"));
    assert_eq!(other.status, 404);
    // Who works in another town, too, is not this contact's to switch off, and no button says otherwise.
    let neighbour = email("other_learner");
    let invite = [("email", neighbour.as_str()), fields[1], fields[2], ("_once", "neighbour")];
    assert_eq!(contact.send(&contact.get(&path), &path, &invite).status, 303);
    let one = format!("{}/{}", world.path("/members/{member_id}/staff"), people.users["other_learner"]);
    let page = contact.get(&one);
    assert!(page.text.contains("役割を外す") && page.text.contains("ほかでも役割を持っている"), "{}", page.text);
    assert!(!page.text.contains("この人の利用を停止する"), "{}", page.text);
    assert_eq!(contact.send(&page, &format!("{one}/disable"), &[]).status, 403);
}

#[test]
fn a_role_is_taken_away_and_an_account_switched_off() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/members/{member_id}/staff/{user_id}");
    let page = contact.get(&path);
    assert!(page.text.contains("役割を外す") && page.text.contains("利用を停止する"), "{}", page.text);
    let gone = contact.send_sure(&page, &format!("{path}/revoke"), &[("grant_id", &world.ids["grant_id"])]);
    assert_eq!(gone.status, 303, "{}", gone.text);
    assert_eq!(contact.get(&path).status, 404, "no longer of this town");
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let me = people.users["learner"].clone();
    let path = format!("{}/{me}", world.path("/members/{member_id}/staff"));
    let off = contact.send_sure(&contact.get(&path), &format!("{path}/disable"), &[]);
    assert_eq!(off.status, 303, "{}", off.text);
    assert_eq!(learner.get("/").status, 303, "the session ends at once");
}

#[test]
fn after_five_minutes_taking_a_role_away_asks_who_is_there_and_goes_on_where_it_was() {
    let app = whole();
    let (world, _people) = world(&app);
    let mut contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/members/{member_id}/staff/{user_id}");
    let page = contact.get(&path);
    app.clock.advance(chrono::Duration::minutes(6));
    let revoke = format!("{path}/revoke");
    let asked = contact.send_sure(&page, &revoke, &[("grant_id", &world.ids["grant_id"])]);
    assert_eq!(asked.status, 403, "{}", asked.text);
    assert!(asked.text.contains("大切な操作の前に") && asked.text.contains("入力した内容は残っています"));
    let field = |page: &str, name: &str| hidden(page, name).unwrap().replace("&#34;", "\"").replace("&quot;", "\"");
    let (at, typed) = (field(&asked.text, "resume_path"), field(&asked.text, "resume_typed"));
    assert_eq!(at, revoke);
    let resumed = [("resume_path", at.as_str()), ("resume_typed", typed.as_str())];
    let wrong = contact.send(&asked, "/step-up", &[("password", "ちがうパスワードです。"), resumed[0], resumed[1]]);
    assert!(wrong.status == 422 && wrong.text.contains("resume_typed"), "{}", wrong.text);
    let proved = contact.send(&asked, "/step-up", &[("password", PASSWORD), resumed[0], resumed[1]]);
    assert_eq!(proved.status, 200, "{}", proved.text);
    assert!(proved.text.contains("先ほど入力した内容は残っています"));
    let cookie = proved.headers["set-cookie"].split(';').next().unwrap().to_owned();
    assert_ne!(cookie, contact.cookie, "another cookie (S60)");
    contact.cookie = cookie;
    let id = hidden(&proved.text, "grant_id").unwrap();
    let gone = contact.send(&proved, &revoke, &[("grant_id", &id), ("_sure", "yes")]);
    assert_eq!(gone.status, 303, "{}", gone.text);
    assert_eq!(contact.get(&path).status, 404, "no longer of this town");
}
