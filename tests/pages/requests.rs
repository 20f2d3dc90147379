//! Seat requests, members, people, the trail and the mail log by their pages.

use crate::{whole, world};
use acceptance::people::{PASSWORD, People, email, text};
use domain::access::Role;
use serde_json::json;
use testkit::pages::Browser;

#[test]
fn a_request_is_returned_corrected_and_approved() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/seat-requests/{request_id}");
    let list = world.path("/consortia/{consortium_id}/seat-requests");
    assert!(lead.get(&list).text.contains(&path) && contact.get(&list).text.contains(&path));
    assert!(!lead.get(&format!("{list}?state=approved")).text.contains(&path));
    let other = Browser::signed_in(&app, &email("other_town"), PASSWORD);
    assert!(!other.get(&list).text.contains(&path));

    let page = lead.get(&path);
    let approve = format!("{path}/approve");
    let refused = lead.send(&page, &approve, &[("source", "reserve"), ("seats", "9"), ("reason", "")]);
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"9\""), "{}", refused.text);
    // What the act would refuse is refused before anything is asked.
    let many = lead.send(&page, &approve, &[("source", "reserve"), ("seats", "9"), ("reason", "認めます。")]);
    assert!(many.status == 422 && many.text.contains("認めます。"), "{}", many.text);
    assert!(many.text.contains("href=\"#f-seats\"") && many.text.contains("1以上2以下"), "{}", many.text);
    let nobody = lead.send(&page, &approve, &[("source", "idle"), ("seats", "2"), ("reason", "回します。")]);
    assert!(nobody.status == 422 && nobody.text.contains("href=\"#f-from_account_id\""), "{}", nobody.text);
    assert!(nobody.text.contains("※遊休席を回すときは必須") && nobody.text.contains("回します。"));
    let typed = [("source", "order"), ("seats", "１"), ("reason", "")];
    let unsaid = lead.send(&page, &format!("{path}/return"), &typed);
    assert!(unsaid.status == 422 && unsaid.text.contains("href=\"#f-reason\""), "{}", unsaid.text);
    assert!(unsaid.text.contains("value=\"１\"") && unsaid.text.contains("value=\"order\" checked"), "{}", unsaid.text);
    let back = lead.send(&refused, &format!("{path}/return"), &[("reason", "人数を確かめてください。")]);
    assert_eq!(back.status, 303, "{}", back.text);
    let page = contact.get(&path);
    assert!(page.text.contains("人数を確かめてください。"));
    let again = contact.send(&page, &format!("{path}/resubmit"), &[("seats", "２席"), ("reason", "2名です（架空）。")]);
    assert_eq!(again.status, 303, "{}", again.text);
    let page = lead.get(&path);
    assert!(page.text.contains("前に差し戻した理由") && !page.text.contains("県の担当者の理由"), "{}", page.text);
    let fields = [("source", "reserve"), ("seats", "2"), ("reason", "認めます。")];
    let asked = lead.send(&page, &approve, &fields);
    assert!(asked.text.contains("予備席") && asked.text.contains("認めます。"), "{}", asked.text);
    assert!(people.get("lead", &path)["granted_seats"].is_null(), "a question changes nothing");
    let back = lead.send(&asked, &approve, &[fields[0], fields[1], fields[2], ("_sure", "back")]);
    assert!(back.status == 200 && back.text.contains("認めます。"), "what was typed is there again: {}", back.text);
    assert_eq!(lead.sure(&asked, &approve).status, 303);
    assert_eq!(people.get("lead", &path)["granted_seats"], 2);
    assert!(contact.get(&path).text.contains("承認済み"));
}

/// `1,234円`
fn yen(value: &serde_json::Value) -> String {
    let digits = value.as_i64().unwrap().to_string();
    let grouped: Vec<String> =
        digits.as_bytes().rchunks(3).rev().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    format!("{}円", grouped.join(","))
}

#[test]
fn a_part_of_an_order_is_asked_about_with_the_yen_of_that_part() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let path = world.path("/seat-requests/{request_id}");
    let preview = |seats: i64| {
        let body = json!({"member_id": world.ids["member_id"], "seats": seats});
        people.post("lead", &world.path("/contracts/{contract_id}/seat-requests/preview"), &body)
    };
    let (one, two) = (preview(1), preview(2));
    let page = lead.get(&path);
    assert!(page.text.contains(&yen(&two["order_yen"])), "the page tells what was asked for");
    let fields = [("source", "order"), ("seats", "1"), ("reason", "1席を認めます（架空）。")];
    let asked = lead.send(&page, &format!("{path}/approve"), &fields).text;
    for words in [
        format!("<dd>{}</dd>", yen(&one["order_yen"])),
        format!("{} → {}", yen(&one["total_before_yen"]), yen(&one["total_after_yen"])),
        "1席 → 2席".to_owned(),
    ] {
        assert!(asked.contains(&words), "{words} in {asked}");
    }
    assert!(!asked.contains(&yen(&two["order_yen"])), "{asked}");

    // What the town pays apart from its share stands beside its share.
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let places = ["/members/{member_id}", "/contracts/{contract_id}/shares/{member_id}"].map(|place| world.path(place));
    assert!(places.iter().all(|place| !contact.get(place).text.contains("追加発注")), "nothing was ordered yet");
    assert_eq!(lead.send_sure(&lead.get(&path), &format!("{path}/approve"), &fields).status, 303);
    for place in places {
        let text = contact.get(&place).text;
        assert!(text.contains("追加発注") && text.contains(&yen(&one["order_yen"])), "{place}: {text}");
    }
    // An amendment names no request: once one took something away, the town's page says that its order may be meant.
    let town = world.path("/members/{member_id}");
    let said = "取りやめた追加発注があっても";
    assert!(!contact.get(&town).text.contains(said));
    let day = people.get("lead", &world.path("/contracts/{contract_id}"))["starts_on"].clone();
    let less =
        json!({"seats": 0, "ex_tax_yen": -1000, "tax_yen": -100, "reason": "取りやめ（架空）", "effective_on": day});
    people.post("lead", &world.path("/contracts/{contract_id}/amendments"), &less);
    assert!(contact.get(&town).text.contains(said));
    for list in ["/consortia/{consortium_id}/seat-requests/export", "/contracts/{contract_id}/seat-requests/export"] {
        let file = lead.get(&format!("{}?format=csv", world.path(list))).text;
        let order = ",中井町,2,";
        assert!(file.contains(order) && file.contains(&format!("追加発注,{},", one["order_yen"])), "{file}");
    }
    let ledger = lead.get(&format!("{}?format=csv", world.path("/contracts/{contract_id}/seat-transfers/export"))).text;
    assert!(ledger.contains(",予備席,中井町,1,"), "{ledger}");
}

#[test]
fn the_free_choice_comes_first_and_a_list_shows_what_was_granted() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/seat-requests/{request_id}");
    let list = world.path("/consortia/{consortium_id}/seat-requests");
    let chosen = "value=\"reserve\" checked";
    assert!(lead.get(&path).text.contains(chosen), "the reserve has enough");
    let grant =
        json!({"kind": "grant", "to_account_id": world.ids["account_id"], "seats": 15, "reason": "増員（架空）"});
    people.post("lead", &world.path("/contracts/{contract_id}/seat-transfers"), &grant);
    let page = lead.get(&path);
    assert!(
        page.text.contains(chosen) && page.text.contains("name=\"seats\" inputmode=\"numeric\" value=\"1\""),
        "{}",
        page.text
    );
    assert!(page.text.contains("予備席の残り1席を、先に選んであります"), "{}", page.text);
    // The town is told of its own free seats before it asks.
    let ask = contact.get(&world.path("/contracts/{contract_id}/seat-requests/new?seats=2"));
    assert!(ask.text.contains("いま空いている席が"), "{}", ask.text);
    let fields = [("source", "order"), ("seats", "1"), ("reason", "1席を認めます（架空）。")];
    assert_eq!(lead.send_sure(&page, &format!("{path}/approve"), &fields).status, 303);
    let cost = people.get("lead", &path)["price_effect"].clone();
    assert_eq!(cost["seats_after"].as_i64().unwrap() - cost["seats_before"].as_i64().unwrap(), 1);
    for page in [lead.get(&list), contact.get(&list)] {
        assert!(page.text.contains("1席（申請 2席）"), "{}", page.text);
        assert!(page.text.contains(&yen(&cost["order_yen"])), "{}", page.text);
    }
    assert!(contact.get(&world.path("/members/{member_id}")).text.contains("1席（申請 2席）"));
    assert!(lead.get(&path).text.contains("承認した席数と時点での額"));
}

#[test]
fn the_last_lead_is_kept_and_whoever_gives_up_the_own_role_goes_home() {
    let app = whole();
    let (world, mut people) = world(&app);
    let (consortium, prefecture) =
        (world.ids["consortium_id"].clone(), text(&people.get("lead", "/me")["grants"][0]["member_id"]));
    let mut lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let own = |people: &People<'_>| {
        let grant = text(&people.get("lead", "/me")["grants"][0]["id"]);
        format!("/consortia/{consortium}/people/{}/grants/{grant}/revoke", people.users["lead"])
    };
    let path = own(&people);
    let asked = lead.get(&path);
    for words in ["これはあなた自身の役割です", "県の担当者は、この人だけです"] {
        assert!(asked.text.contains(words), "{words} in {}", asked.text);
    }
    let refused = lead.send(&asked, &path, &[]);
    assert!(refused.status == 422 && refused.text.contains("一人もいなくなります"), "{}", refused.text);
    people.enter("second_lead", Role::Lead, Some(&consortium), Some(&prefecture));
    lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let asked = lead.get(&path);
    assert!(!asked.text.contains("この人だけです"), "{}", asked.text);
    let done = lead.send(&asked, &path, &[]);
    assert_eq!(done.status, 303, "{}", done.text);
    let home = lead.get(&done.headers["location"]);
    assert_eq!(home.status, 200, "{}", home.text);
    assert!(home.text.contains("役割を外しました。"), "{}", home.text);
}

#[test]
fn a_request_shows_what_the_town_has_now_and_what_the_reserve_has_now() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let path = world.path("/seat-requests/{request_id}");
    assert!(lead.get(&path).text.contains("<dd>16席</dd>"), "the reserve");
    let transfers = world.path("/contracts/{contract_id}/seat-transfers");
    let grant =
        json!({"kind": "grant", "to_account_id": world.ids["account_id"], "seats": 15, "reason": "増員（架空）"});
    people.post("lead", &transfers, &grant);
    for reader in [&lead, &contact] {
        let page = reader.get(&path).text;
        assert!(page.contains("16席（利用中 1席"), "{page}");
        assert!(page.contains("予備席の残りは1席で、申請の席数に足りません"), "{page}");
    }
    // The town's page says which number is of what.
    let town = contact.get(&world.path("/members/{member_id}")).text;
    assert!(town.contains("申請や移動を反映したいまの数"), "{town}");
    assert!(town.contains("＋15席") && town.contains("予備席から") && town.contains("増員（架空）"), "{town}");
    let list = contact.get(&world.path("/consortia/{consortium_id}/seat-requests")).text;
    let ask = world.path("/contracts/{contract_id}/seat-requests/new");
    assert!(list.contains(&ask), "{list}");
    assert!(!lead.get(&world.path("/consortia/{consortium_id}/seat-requests")).text.contains(&ask));
}

#[test]
fn a_town_whose_idle_seats_go_to_another_is_told_and_finds_it_on_its_page() {
    let app = whole();
    let (world, people) = world(&app);
    let path = world.path("/seat-requests/{request_id}/approve");
    let giver = world.ids["other_account_id"].as_str();
    let reason = "使われていない席を回します（架空）。";
    people.post("lead", &path, &json!({"source": "idle", "seats": 2, "reason": reason, "from_account_id": giver}));
    let other = Browser::signed_in(&app, &email("other_town"), PASSWORD);
    let town = other.get(&world.path("/members/{other_member_id}")).text;
    assert!(town.contains("－2席") && town.contains("中井町へ") && town.contains(reason), "{town}");
    assert!(town.contains("申請や移動を反映したいまの数"), "one seat is left, three were paid for: {town}");
    let notices = people.all("other_town", "/me/notices");
    let notice = notices.iter().find(|one| one["kind"] == "seats_moved_away").expect("a notice");
    let text = people.get("other_town", &format!("/me/notices/{}", notice["id"].as_str().unwrap()))["text"].to_string();
    for words in ["2席", "中井町", reason] {
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[test]
fn members_and_people_are_entered_changed_and_taken_away() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let path = world.path("/consortia/{consortium_id}/members/new");
    let fields = |code| {
        [
            ("municipality_code", code),
            ("name", "開成町"),
            ("kana", "かいせいまち"),
            ("kind", "town"),
            ("population", "18,329人"),
            ("member_class", "full"),
            ("joined_on", "令和8年4月1日"),
        ]
    };
    let refused = lead.send(&lead.get(&path), &path, &fields("143668"));
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"かいせいまち\"") && refused.text.contains("検査数字"), "{}", refused.text);
    let mut city = fields("143669");
    city[3] = ("kind", "city");
    let unfit = lead.send(&refused, &path, &city);
    assert!(unfit.status == 422 && unfit.text.contains("団体名の終わりの文字と種別が合いません"), "{}", unfit.text);
    assert_eq!(lead.send(&refused, &path, &fields("143669")).status, 303);
    assert!(lead.get(&world.path("/consortia/{consortium_id}/members")).text.contains("143669"));

    let path = world.path("/members/{member_id}/edit");
    let change = [("name", "中井町"), ("kana", "なかいまち"), ("population", "9,301"), ("member_class", "associate")];
    assert_eq!(lead.send(&lead.get(&path), &path, &change).status, 303);
    assert_eq!(people.get("lead", &world.path("/members/{member_id}"))["population"], 9_301);

    let path = world.path("/consortia/{consortium_id}/people/new");
    let invite = [
        ("email", "new@town.example.jp"),
        ("display_name", "架空 新人"),
        ("kana", "かくう しんじん"),
        ("role", "contact"),
        ("member_id", world.ids["member_id"].as_str()),
    ];
    assert_eq!(lead.send(&lead.get(&path), &path, &invite).status, 303);
    let list = lead.get(&world.path("/consortia/{consortium_id}/people?role=contact"));
    let behind = list.text.split("架空 新人").nth(1).expect("the invited person");
    let again = list.text.split("href=\"").find(|part| part.contains("new?again=")).unwrap();
    let again = lead.get(&again.split('"').next().unwrap().replace("&amp;", "&"));
    assert!(invite[..3].iter().all(|(_, typed)| again.text.contains(&format!("value=\"{typed}\""))), "{}", again.text);
    assert_eq!(lead.send(&again, &path, &invite).status, 303);
    let audit = lead.get(&world.path("/consortia/{consortium_id}/audit"));
    assert!(audit.text.contains("招待の再送"), "{}", audit.text);
    let link = behind.split("href=\"").find(|part| part.contains("/revoke")).unwrap();
    let path = link.split('"').next().unwrap();
    assert_eq!(lead.send(&lead.get(path), path, &[]).status, 303);
    assert!(!lead.get(&world.path("/consortia/{consortium_id}/people?role=contact")).text.contains("架空 新人"));
}

#[test]
fn the_administrator_makes_a_consortium_and_goes_on_to_its_first_lead() {
    let app = whole();
    let (_, _people) = world(&app);
    let admin = Browser::signed_in(&app, &email("admin"), PASSWORD);
    let fields = [
        ("name", "架空の共同調達C"),
        ("lead/municipality_code", "110001"),
        ("lead/name", "埼玉県"),
        ("lead/kana", "さいたまけん"),
        ("lead/kind", "prefecture"),
        ("lead/population", "7,344,765"),
        ("lead/member_class", "full"),
        ("lead/joined_on", "2026-04-01"),
    ];
    let made = admin.send(&admin.get("/consortia/new"), "/consortia/new", &fields);
    assert_eq!(made.status, 303, "{}", made.text);
    let next = admin.get(made.headers["location"].split('?').next().unwrap());
    assert!(next.text.contains("県の担当者") && next.text.contains("埼玉県"), "{}", next.text);
    assert!(admin.get("/consortia").text.contains("架空の共同調達C"));
}

#[test]
fn the_trail_is_searched_and_the_mail_log_shows_no_address() {
    let app = whole();
    let (world, _people) = world(&app);
    let auditor = Browser::signed_in(&app, &email("auditor"), PASSWORD);
    let trail = world.path("/consortia/{consortium_id}/audit");
    let found = auditor.get(&format!("{trail}?action=scenario.finalised")).text;
    let rows = found.split("<tbody ").nth(1).unwrap();
    assert!(rows.contains("試算の確定") && !rows.contains("調査の開始"), "{rows}");
    // What happened stands in words; the entry as it is stored, in its detail alone.
    let told = rows.split("<details>").next().unwrap();
    assert!(told.contains("金額（税込）：") && !told.contains("{&#34;"), "{rows}");
    assert!(rows.contains("{&#34;"), "{rows}");
    let log = auditor.get(&world.path("/consortia/{consortium_id}/mails")).text;
    assert!(log.contains("調査の開始") && !log.contains("もう一度送る"), "{log}");
    assert!(!log.split("<main").nth(1).unwrap().contains("@town.example.jp"));
}

/// The API has no list over a consortium, so `two_worlds.rs` does not see this one.
#[test]
fn the_inbox_of_a_consortium_and_its_home_hold_nothing_of_another() {
    let app = whole();
    let (own, _of_own) = world(&app);
    let (other, of_other) = acceptance::world::World::of(acceptance::people::People::at(&app, "village.example.jp"));
    let waiting = of_other.get("lead", &other.path("/seat-requests/{request_id}"))["state"].clone();
    assert_eq!(waiting, "submitted", "there is something to hold back");
    for who in ["lead", "auditor"] {
        let browser = Browser::signed_in(&app, &email(who), PASSWORD);
        for page in [own.path("/consortia/{consortium_id}/seat-requests"), "/".to_owned()] {
            let shown = browser.get(&page).text;
            let held: Vec<_> = other.rows().into_iter().filter(|id| shown.contains(*id)).collect();
            assert!(held.is_empty(), "{who} {page}: {held:?}");
        }
    }
}
