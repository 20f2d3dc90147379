//! 受付番号: what cannot be taken back ends with a number that the trail knows, and a receipt for who did it.

use crate::{numbered, world};
use acceptance::people::{PASSWORD, email};
use testkit::app::{Face, on_both_with};
use testkit::pages::Browser;

#[test]
fn a_declined_request_has_a_number_that_the_trail_knows_and_nobody_else_opens() {
    on_both_with(Face::whole, |app| {
        let (world, people) = world(app);
        let lead = Browser::signed_in(app, &email("lead"), PASSWORD);
        let contact = Browser::signed_in(app, &email("contact"), PASSWORD);
        let path = world.path("/seat-requests/{request_id}");
        let decline = format!("{path}/decline");
        let fields = [("reason", "来年度の調査で希望してください（架空）。")];

        let foreign = contact.send(&contact.get(&path), &decline, &fields);
        assert_eq!(foreign.status, 403, "who may not decide is not asked either: {}", foreign.text);
        let asked = lead.send(&lead.get(&path), &decline, &fields);
        for words in ["申請の見送りを確かめる", "中井町", "2席", "来年度の調査で希望してください（架空）。"]
        {
            assert!(asked.text.contains(words), "{words} in {}", asked.text);
        }
        let from = "の追加配分の申請</a></li>\n    <li aria-current=\"page\">確認</li>";
        assert!(asked.text.contains(&format!("<a href=\"{path}\">")) && asked.text.contains(from), "{}", asked.text);
        assert_eq!(people.get("lead", &path)["state"], "submitted", "a question changes nothing");
        let done = lead.sure(&asked, &decline);
        assert_eq!(numbered(&done), format!("{path}?done=declined"));
        let again = lead.sure(&asked, &decline);
        assert_eq!(again.headers["location"], done.headers["location"], "a double submit has the same number");

        let number = done.headers["location"].split("receipt=").nth(1).unwrap().to_owned();
        let after = lead.get(&done.headers["location"]);
        assert!(after.text.contains("見送りとしました。") && after.text.contains(&number), "{}", after.text);
        let receipt = format!("/me/receipts/{number}");
        assert!(after.text.contains(&receipt));
        let kept = lead.get(&receipt);
        for words in ["追加配分の申請の見送り", "架空の共同調達A", "中井町", &number] {
            assert!(kept.text.contains(words), "{words} in {}", kept.text);
        }
        assert_eq!(contact.get(&receipt).status, 404, "a receipt belongs to who acted");
        let trail = people.all("auditor", &world.path("/consortia/{consortium_id}/audit-entries"));
        let entry = trail.iter().find(|entry| entry["id"] == number.as_str()).expect("the entry of the receipt");
        assert_eq!(entry["action"], "seat_request.declined");
        let forged = lead.get(&format!("{path}?done=declined&receipt=%3Cb%3Ex"));
        assert!(!forged.text.contains("受付番号"), "only numbers of the trail are repeated");
        acceptance::assert_verified(app);
    });
}
