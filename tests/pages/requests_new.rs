//! Asking for more seats: the price effect first, then the request; correcting and taking back.

use crate::{numbered, whole, world};
use acceptance::people::{PASSWORD, email};
use serde_json::json;
use testkit::pages::{Browser, hidden};

#[test]
fn the_price_effect_is_shown_before_anything_is_asked_for() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/contracts/{contract_id}/seat-requests/new");
    let member = world.ids["member_id"].clone();
    let blank = contact.get(&path);
    assert!(blank.status == 200 && !blank.text.contains("この内容で申請する"), "{}", blank.text);
    let preview = contact.get(&format!("{path}?seats=%EF%BC%93"));
    let effect = people.post(
        "contact",
        &world.path("/contracts/{contract_id}/seat-requests/preview"),
        &json!({"member_id": member, "seats": 3}),
    );
    let after = effect["order_yen"].as_i64().unwrap();
    let grouped = format!("{},{:03}円", after / 1_000, after % 1_000);
    assert!(preview.text.contains(&grouped) || after >= 1_000_000, "{grouped} in {}", preview.text);
    let fields = [("seats", "３"), ("member_id", member.as_str()), ("reason", "増員のため（架空）")];
    let refused = contact.send(&preview, &path, &[fields[0], fields[1], ("reason", "")]);
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("href=\"#f-reason\"") && refused.text.contains("value=\"３\""), "{}", refused.text);
    let sent = contact.send(&preview, &path, &fields);
    assert_eq!(sent.status, 303, "{}", sent.text);
    assert!(sent.headers["location"].starts_with("/seat-requests/"));
    for refused in ["", "0", "1000001", "%E3%81%9F%E3%81%8F%E3%81%95%E3%82%93"] {
        let none = contact.get(&format!("{path}?seats={refused}"));
        assert!(none.status == 422 && none.text.contains("href=\"#f-seats\""), "{refused}: {}", none.text);
        assert!(!none.text.contains("この内容で申請する"));
    }
    let many = contact.send(&preview, &path, &[("seats", "1,000,001"), fields[1], fields[2], ("_once", "many")]);
    assert!(many.status == 422 && many.text.contains("href=\"#f-seats\""), "{}", many.text);
    // The reason waits for another number: the form that tries seats takes it along, in no address.
    assert!(many.text.contains("入力した理由は残っています。"), "{}", many.text);
    let kept = hidden(&many.text, "reason").unwrap();
    let fields = [("seats", "2"), ("reason", kept.as_str()), ("_act", "try")];
    let tried = contact.send(&many, &path, &fields);
    assert_eq!(tried.status, 200, "{}", tried.text);
    assert!(tried.text.contains("増員のため（架空）</textarea>"), "{}", tried.text);
    assert_eq!(hidden(&tried.text, "seats").as_deref(), Some("2"));
}

#[test]
fn a_returned_request_is_corrected_or_taken_back() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let request = world.path("/seat-requests/{request_id}");
    let edit = format!("{request}/edit");
    let early = contact.get(&edit);
    assert_eq!((early.status, early.headers["location"].as_str()), (303, request.as_str()), "nothing to correct yet");
    people.post("lead", &format!("{request}/return"), &json!({"reason": "人数の内訳をお願いします。"}));
    let page = contact.get(&edit);
    assert!(page.text.contains("人数の内訳をお願いします。") && page.text.contains("value=\"2\""), "{}", page.text);
    let sent = contact.send(&page, &edit, &[("seats", "1"), ("reason", "新規採用者1人（架空）")]);
    assert_eq!(numbered(&sent), format!("{request}?done=submitted"));
    let withdraw = format!("{request}/withdraw");
    let asked = contact.get(&withdraw);
    assert!(asked.text.contains("元に戻せません"));
    let gone = contact.send(&asked, &withdraw, &[]);
    assert_eq!(numbered(&gone), format!("{request}?done=withdrawn"));
    assert_eq!(people.get("contact", &request)["state"], "withdrawn");
    let again = contact.send(&contact.get(&withdraw), &withdraw, &[]);
    assert_eq!(again.status, 422, "taken back once");
}
