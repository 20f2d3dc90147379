//! Every list as a file, in every format, with the rights of the list.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use testkit::pages::Browser;

/// Lists that belong to a town: its contact may have them, the lead may not.
const OF_THE_TOWN: [&str; 4] = ["assignments", "waiting-entries", "staff", "applications"];
/// Lists in which this world has nothing.
const EMPTY: [&str; 2] = ["amendments", "notices"];

#[test]
fn every_list_opens_again_in_every_format() {
    let app = whole();
    let (world, _people) = world(&app);
    let (lead, contact) =
        (Browser::signed_in(&app, &email("lead"), PASSWORD), Browser::signed_in(&app, &email("contact"), PASSWORD));
    let routes: Vec<String> = web::route_table()
        .into_iter()
        .map(|route| route.pattern)
        .filter(|pattern| pattern.ends_with("/export"))
        .collect();
    assert_eq!(routes.len(), 26);
    for pattern in routes {
        let own = OF_THE_TOWN.iter().any(|list| pattern.ends_with(&format!("/{list}/export")));
        let path = world.path(&pattern);
        let browser = if own { &contact } else { &lead };
        let mut seen = Vec::new();
        for (format, name) in [("csv", "a.csv"), ("csv932", "a.csv"), ("xlsx", "a.xlsx")] {
            let answer = browser.get(&format!("{path}?format={format}"));
            assert_eq!(answer.status, 200, "{path}?format={format}: {}", answer.text);
            assert!(answer.headers["content-disposition"].starts_with("attachment; "), "{path}");
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            let table = documents::read(name, &answer.bytes).unwrap();
            let empty = EMPTY.iter().any(|list| path.ends_with(&format!("/{list}/export")));
            assert!(empty || !table.rows.is_empty(), "{path} holds something in this world");
            // Each file of the trail is an entry of the trail.
            let rows = if path.ends_with("/audit/export") { 0 } else { table.rows.len() };
            seen.push((table.headers, rows));
        }
        assert!(seen.iter().all(|one| *one == seen[0]), "{path}: the formats hold the same");
        if own {
            assert_eq!(lead.get(&path).status, 404, "{path}");
        }
        assert_eq!(browser.get(&format!("{path}?format=pdf")).status, 422, "{path}");
    }
}

#[test]
fn a_letter_that_shift_jis_lacks_is_named_with_a_way_back_to_the_list() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let post = serde_json::json!({
        "kind": "worry", "visibility": "consortium", "title": "相談です😀（架空）", "body": "困っています。", "tags": ["ＤＸ"],
    });
    people.post("learner", &world.path("/consortia/{consortium_id}/posts"), &post);
    let list = world.path("/consortia/{consortium_id}/posts");
    let refused = contact.get(&format!("{list}/export?format=csv932"));
    assert_eq!(refused.status, 422);
    let back = format!("href=\"{list}\">元のページへ");
    for words in ["😀", "UTF-8のCSVまたはExcelファイルを選んでください", &back] {
        assert!(refused.text.contains(words), "{words} in {}", refused.text);
    }
    // However wide a tag was typed, there and here: one is found.
    for tag in ["DX", "%EF%BC%A4%EF%BC%B8"] {
        assert!(contact.get(&format!("{list}?tag={tag}")).text.contains("相談です😀"), "{tag}");
    }
}

#[test]
fn a_file_with_personal_data_leaves_a_trace() {
    let app = whole();
    let (world, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    assert_eq!(contact.get(&world.path("/members/{member_id}/staff/export")).status, 200);
    let trail = people.get("lead", &world.path("/consortia/{consortium_id}/audit-entries"));
    let newest = &trail["items"][0];
    assert_eq!((&newest["action"], &newest["subject_kind"]), (&"list.exported".into(), &"page_staff_export".into()));
    assert_eq!(newest["subject_id"], world.ids["member_id"]);
}

#[test]
fn a_file_with_personal_data_asks_who_is_there() {
    let app = whole();
    let (world, mut people) = world(&app);
    let mut contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    app.clock.advance(chrono::TimeDelta::minutes(6));
    for list in ["staff", "entry-calls"] {
        let path = world.path(&format!("/members/{{member_id}}/{list}/export"));
        let asked = contact.get(&format!("{path}?sort=-created&format=xlsx"));
        if list == "entry-calls" {
            assert_eq!(asked.status, 200, "no names, no question");
            continue;
        }
        assert_eq!(asked.status, 303, "{}", asked.text);
        let way = asked.headers["location"].clone();
        assert!(way.starts_with("/step-up?next=") && way.contains("format%3Dxlsx"), "{way}");
        let form = contact.get(&way);
        let next = format!("{path}?format=xlsx");
        let wrong = contact.send(&form, "/step-up", &[("password", "ちがうパスワードです。"), ("next", &next)]);
        assert_eq!(wrong.status, 422, "{}", wrong.text);
        let proved = contact.send(&form, "/step-up", &[("password", PASSWORD), ("next", &next)]);
        assert_eq!(proved.status, 303, "{}", proved.text);
        proved.headers["set-cookie"].split(';').next().unwrap().clone_into(&mut contact.cookie);
        // A page, so that the form and its refusal are gone from the browser; the file starts from there.
        let ready = contact.get(&proved.headers["location"]);
        assert_eq!(ready.status, 200, "{}", ready.text);
        assert!(!ready.text.contains("パスワード") && !ready.text.contains("id=\"errors\""), "{}", ready.text);
        let start = format!("<meta http-equiv=\"refresh\" content=\"0; url={next}\">");
        let link = format!("href=\"{next}\"");
        let back = format!("href=\"{}\"", path.trim_end_matches("/export"));
        assert!([start, link, back].iter().all(|part| ready.text.contains(part.as_str())), "{}", ready.text);
        let file = contact.get(&next);
        assert_eq!((file.status, file.headers["content-disposition"].starts_with("attachment")), (200, true));
    }
    // Whoever may not have the list is not asked either.
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    app.clock.advance(chrono::TimeDelta::minutes(6));
    assert_eq!(learner.get(&world.path("/members/{member_id}/staff/export")).status, 404);
    people.sign_in("lead");
    let trail = people.get("lead", &world.path("/consortia/{consortium_id}/audit-entries?action=list.exported"));
    assert_eq!(trail["items"].as_array().unwrap().len(), 1, "only what left leaves a trace");
}

/// With the attribute, a browser saves whatever answers under the name of the file: also the page that asks who is there.
#[test]
fn a_link_to_a_file_saves_no_page_in_its_place() {
    let app = whole();
    let (world, _people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    for path in ["staff", "assignments", "assignments/waiting", "assignments/import"] {
        let page = contact.get(&world.path(&format!("/members/{{member_id}}/{path}")));
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains("format=xlsx\"") && !page.text.contains(" download"), "{path}: {}", page.text);
    }
}

#[test]
fn the_calculation_is_a_workbook_for_who_may_see_the_share() {
    let app = whole();
    let (world, _people) = world(&app);
    let browser = |who: &str| Browser::signed_in(&app, &email(who), PASSWORD);
    let scenario = browser("lead").get(&world.path("/scenarios/{scenario_id}/workbook.xlsx"));
    assert_eq!((scenario.status, &scenario.bytes[..4]), (200, b"PK\x03\x04".as_slice()), "{}", scenario.text);
    let share = world.path("/contracts/{contract_id}/shares/{member_id}/workbook.xlsx");
    for (who, status) in [("lead", 200), ("contact", 200), ("auditor", 200), ("other_town", 404), ("learner", 404)] {
        assert_eq!(browser(who).get(&share).status, status, "{who}");
    }
    assert_eq!(browser("contact").get(&world.path("/scenarios/{scenario_id}/workbook.xlsx")).status, 403);
}

/// Cells of a column.
fn column<'a>(table: &'a documents::Table, name: &str) -> Vec<&'a str> {
    table.rows.iter().map(|row| table.value(row, name)).collect()
}

fn reopened(app: &testkit::app::TestApp) {
    let (world, people) = world(app);
    let browser = |who: &str| Browser::signed_in(app, &email(who), PASSWORD);
    let (lead, contact) = (browser("lead"), browser("contact"));
    let book = |browser: &Browser<'_>, path: &str| {
        let answer = browser.get(&format!("{}?format=xlsx", world.path(path)));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        documents::read("a.xlsx", &answer.bytes).unwrap()
    };
    let texts = |items: &[serde_json::Value], name: &str| {
        items.iter().map(|item| item[name].to_string().trim_matches('"').to_owned()).collect::<Vec<_>>()
    };
    let members = people.all("lead", &world.path("/consortia/{consortium_id}/members"));
    let table = book(&lead, "/consortia/{consortium_id}/members/export");
    assert_eq!(column(&table, "団体コード"), texts(&members, "municipality_code"));
    assert_eq!(column(&table, "団体名"), texts(&members, "name"));
    assert_eq!(column(&table, "人口"), texts(&members, "population"));
    let shares = people.get("lead", &world.path("/contracts/{contract_id}/shares"));
    let shares = shares["items"].as_array().unwrap();
    let table = book(&lead, "/contracts/{contract_id}/shares/export");
    assert_eq!(column(&table, "席数"), texts(shares, "seats"));
    assert_eq!(column(&table, "負担金"), texts(shares, "share_yen"));
    assert_eq!(column(&table, "理由"), texts(shares, "sentence"));
    let users = people.all("contact", &world.path("/consortia/{consortium_id}/users"));
    let table = book(&contact, "/members/{member_id}/staff/export");
    assert_eq!(column(&table, "メールアドレス"), texts(&users, "email"));
    assert_eq!(column(&table, "氏名"), texts(&users, "display_name"));
    // The file says what the page says, in its words and in its order.
    let page = contact.get(&world.path("/members/{member_id}/staff")).text;
    let heads: Vec<&str> = ["氏名", "ふりがな", "メールアドレス", "役割", "状態"].to_vec();
    assert_eq!(table.headers.iter().skip(1).map(String::as_str).collect::<Vec<_>>(), heads);
    let at =
        |head: &str| page.split("<thead ").nth(1).and_then(|rest| rest.find(head)).unwrap_or_else(|| panic!("{head}"));
    assert!(heads.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{page}");
    for word in column(&table, "役割").into_iter().chain(column(&table, "状態")) {
        assert!(page.contains(word), "{word} in {page}");
    }
    let seated = people.all("contact", &world.path("/seat-accounts/{account_id}/assignments?active=false"));
    let table = book(&contact, "/seat-accounts/{account_id}/assignments/export");
    assert_eq!(column(&table, "ID").len(), seated.len());
    // The workbook calculates: its formulas give what the service stored.
    let path = world.path("/contracts/{contract_id}/shares/{member_id}/workbook.xlsx");
    let cells = documents::workbook::formulas(&contact.get(&path).bytes).unwrap();
    let own = shares.iter().find(|share| share["member_id"] == world.ids["member_id"]).unwrap();
    let live = |cell: &&documents::workbook::Calculated| {
        Some(cell.value.as_str()) == own["share_yen"].as_i64().map(|yen| yen.to_string()).as_deref()
    };
    assert!(cells.len() > 5 && cells.iter().any(|cell| live(&cell)), "{} in {cells:?}", own["share_yen"]);
    let path = world.path("/scenarios/{scenario_id}/workbook.xlsx");
    let cells = documents::workbook::formulas(&lead.get(&path).bytes).unwrap();
    for share in shares {
        let yen = share["share_yen"].to_string();
        assert!(cells.iter().any(|cell| cell.value == yen && cell.sheet == "計算"), "{yen} in {cells:?}");
    }
}

#[test]
fn workbooks_hold_what_the_service_says_on_both_databases() {
    reopened(&whole());
    if let Some(app) = testkit::app::TestApp::with_on_postgres(testkit::app::Face::whole()) {
        reopened(&app);
    }
}

#[test]
fn the_trail_is_searched_by_a_name_that_one_person_has() {
    let app = whole();
    let (world, _people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let (trail, encode) = (world.path("/consortia/{consortium_id}/audit"), testkit::pages::encode);
    let by = |typed: &str| lead.get(&format!("{trail}?actor={}", encode(typed))).text;
    let one = by("架空 contact");
    assert!(one.contains("1人の操作だけを表示しています") && one.contains("架空 contact"), "{one}");
    for (typed, sentence) in [("架空 いない人", "利用者が見つからないため"), ("架空", "利用者が複数いるため")]
    {
        let all = by(typed);
        assert!(all.contains(sentence) && !all.contains("1人の操作だけ"), "{typed}: {all}");
        assert!(all.contains(">架空 lead<span"), "the trail is shown as a whole: {all}");
        let file = lead.get(&format!("{trail}/export?format=csv&actor={}", encode(typed)));
        assert_eq!(file.status, 422, "{}", file.text);
    }
    let file = lead.get(&format!("{trail}/export?format=csv&actor={}", encode("架空 contact"))).text;
    assert!(file.contains(",架空 contact,") && file.contains(",中井町,") && !file.contains(",架空 lead,"), "{file}");
}
