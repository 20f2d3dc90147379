//! Files that come back: answers and seats, from the 様式 to the confirmed result, and what is refused on the way.

use crate::{numbered, whole, world};
use acceptance::people::{PASSWORD, People, email};
use acceptance::world::{World, demand, round, survey};
use documents::csv::{self, Encoding};
use documents::{Cell, Column, Sheet, Table};
use testkit::app::{Answer, Face, TestApp};
use testkit::pages::{Browser, encode, hidden};

/// The service on SQLite and, where its programs are installed, on PostgreSQL.
fn both() -> impl Iterator<Item = TestApp> {
    let on = |postgres: bool| if postgres { TestApp::with_on_postgres(Face::whole()) } else { Some(whole()) };
    [false, true].into_iter().filter_map(on)
}

/// The id of an open survey of both towns.
fn open_survey(world: &World, people: &People<'_>) -> String {
    let members = [world.ids["member_id"].as_str(), world.ids["other_member_id"].as_str()];
    let made = people.post("lead", &world.path("/consortia/{consortium_id}/rounds"), &round(&members));
    let asked =
        people.post("lead", &format!("/rounds/{}/surveys", made["id"].as_str().unwrap()), &survey("2026-05-20"));
    let id = asked["id"].as_str().unwrap().to_owned();
    people.act("lead", &format!("/surveys/{id}/open"));
    id
}

fn template(browser: &Browser<'_>, path: &str) -> Table {
    let answer = browser.get(&format!("{path}/template?format=xlsx"));
    assert_eq!(answer.status, 200, "{}", answer.text);
    documents::read("a.xlsx", &answer.bytes).unwrap()
}

fn set(table: &mut Table, row: usize, values: &[(&str, &str)]) {
    for (column, value) in values {
        let at = table.column(column).unwrap();
        table.rows[row].cells[at] = (*value).to_owned();
    }
}

/// The table as a CSV in CP932, as Japanese Excel saves it.
fn saved(table: &Table) -> Vec<u8> {
    let columns = table.headers.iter().map(|name| Column { name: name.clone().leak(), ..Column::default() }).collect();
    let rows = table.rows.iter().map(|row| row.cells.iter().map(|cell| Cell::from(cell.as_str())).collect()).collect();
    csv::write(&Sheet { title: "回答".to_owned(), columns, rows }, Encoding::Cp932).unwrap()
}

/// Uploads and opens the dry run.
fn dry_run(browser: &Browser<'_>, path: &str, file: &[u8]) -> (String, Answer) {
    let sent = browser.upload(&browser.get(path), path, "kaitou.csv", file);
    assert_eq!(sent.status, 303, "{}", sent.text);
    let plan = sent.headers["location"].clone();
    let page = browser.get(&plan);
    assert_eq!(page.status, 200, "{}", page.text);
    (plan, page)
}

fn confirm(browser: &Browser<'_>, plan: &str, page: &Answer) -> Answer {
    let digest = hidden(&page.text, "plan").unwrap();
    browser.send(page, plan, &[("plan", &digest)])
}

const FILLED: [(&str, &str); 6] = [
    ("少なめ", "６０"),
    ("標準", "１，２３４席"),
    ("多め", "2,000"),
    ("予算上限額", "２,０００,０００円"),
    ("理由", "〜髙度な研修①"),
    ("提出", "提出する"),
];

#[test]
fn answers_filled_in_with_japanese_excel_are_taken_once() {
    for app in both() {
        let (world, people) = world(&app);
        let id = open_survey(&world, &people);
        let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
        let path = format!("/surveys/{id}/import");
        let mut table = template(&lead, &path);
        assert_eq!(table.rows.len(), 2);
        set(&mut table, 0, &FILLED);
        let file = saved(&table);
        let (plan, page) = dry_run(&lead, &path, &file);
        assert!(page.text.contains("1,234") || page.text.contains("1234"), "{}", page.text);
        let url = format!("/surveys/{id}/answers/{}", world.ids["member_id"]);
        assert_eq!(people.send("lead", "GET", &url, &serde_json::Value::Null).status, 404, "a dry run changes nothing");
        let done = confirm(&lead, &plan, &page);
        assert_eq!((done.status, numbered(&done).as_str()), (303, format!("{path}?new=1&changed=0&same=1").as_str()));
        assert!(lead.get(&done.headers["location"]).text.contains("新規 1件"));
        let answer = people.get("lead", &url);
        assert_eq!((&answer["base_seats"], &answer["state"]), (&1_234.into(), &"submitted".into()));
        assert_eq!((&answer["reason"], &answer["budget_cap_yen"]), (&"～髙度な研修①".into(), &2_000_000.into()));
        let (_, again) = dry_run(&lead, &path, &file);
        assert!(again.text.contains("変更はありません"), "the same file twice changes nothing");
    }
}

#[test]
fn an_answer_that_moved_on_is_shown_cell_by_cell_and_kept() {
    for app in both() {
        let (world, people) = world(&app);
        let id = open_survey(&world, &people);
        let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
        let path = format!("/surveys/{id}/import");
        let url = format!("/surveys/{id}/answers/{}", world.ids["member_id"]);
        let first = people.put("contact", &url, None, &demand(1, 2, 3));
        let mut table = template(&lead, &path);
        set(&mut table, 0, &[("多め", "9")]);
        let (plan, page) = dry_run(&lead, &path, &saved(&table));
        people.put("contact", &url, Some(&first["version"]), &demand(1, 2, 4));
        let moved = confirm(&lead, &plan, &page);
        assert_eq!(moved.status, 422);
        assert!(moved.text.contains("確認した内容から変わっています"), "{}", moved.text);
        assert!(
            moved.text.contains("この回答が変更されています")
                && moved.text.contains(">4</td>")
                && moved.text.contains(">9</td>"),
            "{}",
            moved.text
        );
        assert_eq!(people.get("lead", &url)["high_seats"], 4, "nothing was overwritten");
        let back = documents::read("a.xlsx", &lead.get(&format!("{plan}/errors")).bytes).unwrap();
        assert!(back.value(&back.rows[0], "エラー").contains("様式をダウンロードし直して"));
    }
}

#[test]
fn one_wrong_row_stops_the_whole_file() {
    for app in both() {
        let (world, people) = world(&app);
        let id = open_survey(&world, &people);
        let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
        let path = format!("/surveys/{id}/import");
        let mut table = template(&lead, &path);
        set(&mut table, 0, &FILLED);
        set(&mut table, 1, &[("少なめ", "たくさん"), ("標準", "5"), ("多め", "6"), ("理由", "研修")]);
        let (plan, page) = dry_run(&lead, &path, &saved(&table));
        assert!(page.text.contains("たくさん") && page.text.contains("数として読めません"), "{}", page.text);
        assert!(hidden(&page.text, "plan").is_none(), "nothing to confirm");
        let forced = lead.send(&lead.get(&path), &plan, &[("plan", "x")]);
        assert_eq!(forced.status, 422);
        let url = format!("/surveys/{id}/answers/{}", world.ids["member_id"]);
        assert_eq!(people.send("lead", "GET", &url, &serde_json::Value::Null).status, 404);
        let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
        assert_eq!(contact.get(&plan).status, 404, "a file belongs to who uploaded it");
    }
}

#[test]
fn seats_are_assigned_and_returned_by_a_file_through_the_same_gate() {
    for app in both() {
        let (world, people) = world(&app);
        let contact = Browser::signed_in(&app, &email("other_town"), PASSWORD);
        let path = world.path("/members/{other_member_id}/assignments/import");
        let mut table = template(&contact, &path);
        let row = table.rows.iter().position(|row| table.value(row, "氏名") == "架空 other_learner").unwrap();
        set(&mut table, row, &[("操作", "割当")]);
        let file = saved(&table);
        let (plan, page) = dry_run(&contact, &path, &file);
        assert_eq!(confirm(&contact, &plan, &page).status, 303);
        let account = || people.get("other_town", &world.path("/seat-accounts/{other_account_id}"))["assigned"].clone();
        assert_eq!(account(), 1);
        let gone = contact.get(&plan);
        assert!(gone.status == 404 && gone.text.contains("この確認画面は使えなくなりました"), "{}", gone.text);
        let late = contact.send(&page, &plan, &[("plan", "x"), ("_once", "late")]);
        assert!(late.status == 404 && !late.text.contains(&format!("href=\"{plan}\"")), "{}", late.text);
        let (_, again) = dry_run(&contact, &path, &file);
        assert!(again.text.contains("変更はありません"));
        let mut table = template(&contact, &path);
        set(&mut table, row, &[("操作", "返却")]);
        let (_, page) = dry_run(&contact, &path, &saved(&table));
        assert!(page.text.contains("返却の理由がない"), "{}", page.text);
        set(&mut table, row, &[("返却の理由", "人事異動のため"), ("氏名", "架空 別人"), ("ふりがな", "ｶｸｳ")]);
        let (plan, page) = dry_run(&contact, &path, &saved(&table));
        assert!(page.text.contains("アカウント：架空 other_learner（"), "another name stands by the id: {}", page.text);
        assert_eq!(confirm(&contact, &plan, &page).status, 303);
        assert_eq!(account(), 0);
        let platform = contact.get(&world.path("/members/{other_member_id}/assignments/platform.csv"));
        assert_eq!(platform.text, "email,role,groups,group admin for\n");
    }
}

#[test]
fn nobody_is_seated_past_the_waiting_list_by_a_file() {
    for app in both() {
        let (world, _people) = world(&app);
        let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
        let path = world.path("/members/{member_id}/assignments/import");
        let mut table = template(&contact, &path);
        let row = table.rows.iter().position(|row| table.value(row, "氏名") == "架空 contact").unwrap();
        set(&mut table, row, &[("操作", "割当")]);
        let (_, page) = dry_run(&contact, &path, &saved(&table));
        assert!(page.text.contains("順番を待っている職員がいます"), "{}", page.text);
        let other = Browser::signed_in(&app, &email("other_town"), PASSWORD);
        assert_eq!(other.get(&path).status, 404);
    }
}

#[test]
fn a_whole_office_is_invited_by_a_file() {
    for app in both() {
        let (world, people) = world(&app);
        let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
        let path = world.path("/members/{member_id}/staff/import");
        let mut table = template(&contact, &path);
        assert!(
            table.rows.is_empty() && table.headers == ["メールアドレス", "氏名", "ふりがな"],
            "{:?}",
            table.headers
        );
        let file = |table: &mut Table, people: &[[&str; 3]]| {
            let row = |(at, cells): (usize, &[&str; 3])| documents::Row {
                number: at + 2,
                cells: cells.map(str::to_owned).to_vec(),
            };
            table.rows = people.iter().enumerate().map(row).collect();
            saved(table)
        };
        let blank = contact.upload(&contact.get(&path), &path, "a.csv", &saved(&table));
        assert!(blank.status == 422 && blank.text.contains("記入された行がありません"), "{}", blank.text);
        let (known, elsewhere) = (email("learner"), email("stranger"));
        let [first, second] = ["ichi@town.example.jp", "ni@town.example.jp"];
        let wrong = [["だめ", "架空 一", "かくう いち"], [first, "", "かくう に"], [first, "架空 三", "かくう さん"]];
        let (plan, page) = dry_run(&contact, &path, &file(&mut table, &wrong));
        for words in ["メールアドレスとして読めません", "入力されていません", "同じメールアドレスの行が2つ"]
        {
            assert!(page.text.contains(words), "{words} in {}", page.text);
        }
        assert!(hidden(&page.text, "plan").is_none() && !page.text.contains("変わる値"), "nothing to confirm");
        let marked = contact.get(&format!("{plan}/errors?format=xlsx"));
        let marked = documents::read("a.xlsx", &marked.bytes).unwrap();
        assert!(marked.rows.iter().all(|row| !marked.value(row, "エラー").is_empty()), "{marked:?}");

        let office = [
            ["ＩＣＨＩ＠town.example.jp", "架空 一", "かくう いち"],
            [second, "髙﨑 架空", "ﾀｶｻｷ カクウ"],
            [known.as_str(), "架空 改名", "カクウ"],
            [elsewhere.as_str(), "架空 三", "かくう さん"],
        ];
        let office = file(&mut table, &office);
        let (plan, page) = dry_run(&contact, &path, &office);
        assert!(page.text.contains("新規の3人に招待のメールを送ります") && page.text.contains(first), "{}", page.text);
        // Nothing tells who has an account in another consortium.
        let row = |address: &str| page.text.matches(address).count();
        assert!(page.text.contains("/staff\" aria-current=\"page\">職員"), "the menu stays: {}", page.text);
        // Who is here already is listed with the rest, and that the file calls the account otherwise.
        for words in ["変更のない行", "氏名かふりがなが、アカウントと違う行が1件", "アカウント：架空 learner（かくう）"]
        {
            assert!(page.text.contains(words), "{words} in {}", page.text);
        }
        let same = contact.get(&format!("{plan}?outcome=unchanged")).text;
        assert!(same.contains("架空 改名") && !same.contains("髙﨑 架空"), "{same}");
        let new = contact.get(&format!("{plan}?outcome=new")).text;
        assert!(!new.contains("架空 改名") && new.contains("たかさき かくう"), "{new}");
        assert_eq!(row(&elsewhere), row(second));
        let staff = world.path("/members/{member_id}/staff?role=learner");
        assert!(!contact.get(&staff).text.contains(second), "a dry run invites nobody");
        let done = confirm(&contact, &plan, &page);
        assert!(contact.get(&done.headers["location"]).text.contains("新規 3件、更新 0件、変更なし 1件"));
        let list = contact.get(&staff).text;
        for invited in [first, second, "髙﨑 架空", "招待中"] {
            assert!(list.contains(invited), "{invited} in {list}");
        }
        for typed in ["高崎", "高嵜架空", "タカサキ"] {
            let found = contact.get(&format!("{staff}&q={}", encode(typed))).text;
            assert!(found.contains("髙﨑 架空") && !found.contains(first), "{typed} in {found}");
        }
        assert!(contact.get(&format!("/search?q={}", encode("髙崎"))).text.contains("髙﨑 架空"));
        // Each has a link of its own.
        for address in [first, second] {
            people.mailed(address, "invite", "yui_inv_");
        }
        let (_, again) = dry_run(&contact, &path, &office);
        assert!(again.text.contains("変更はありません"), "{}", again.text);

        let many: Vec<String> = (0..301).map(|number| format!("n{number}@town.example.jp")).collect();
        let many: Vec<[&str; 3]> = many.iter().map(|address| [address.as_str(), "架空", "かくう"]).collect();
        let (_, page) = dry_run(&contact, &path, &file(&mut table, &many));
        assert!(page.text.contains("一度に招待できるのは300人まで") && page.text.contains("n300@"), "{}", page.text);
        for (who, status) in [("other_town", 404), ("learner", 404), ("lead", 404), ("auditor", 403)] {
            assert_eq!(Browser::signed_in(&app, &email(who), PASSWORD).get(&path).status, status, "{who}");
        }
        acceptance::assert_verified(&app);
    }
}

#[test]
fn files_that_are_no_tables_are_refused_with_what_to_do() {
    for app in both() {
        let (world, people) = world(&app);
        let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
        let path = format!("/surveys/{}/import", open_survey(&world, &people));
        let page = lead.get(&path);
        for (name, bytes, sentence) in [
            ("", Vec::new(), "ファイルが選ばれていません"),
            ("a.xls", vec![0xD0, 0xCF, 0x11, 0xE0, 1], "古い形式のExcelファイル"),
            ("a.xlsm", b"PK\x03\x04".to_vec(), "マクロを含むファイル"),
            ("../../a.pdf", b"%PDF".to_vec(), "中身がExcelファイルでもCSVファイルでもありません"),
            ("b.csv", "契約番号,職員ID,氏名\n1,2,架空の人\n".into(), "1行目に見出し「団体コード」がありません"),
        ] {
            let refused = lead.upload(&page, &path, name, &bytes);
            assert_eq!(refused.status, 422, "{name}: {}", refused.text);
            assert!(refused.text.contains(sentence) && refused.text.contains("href=\"#f-file\""), "{}", refused.text);
        }
        let large = lead.upload(&page, &path, "a.csv", &vec![b'a'; 6 * 1024 * 1024]);
        assert_eq!(large.status, 422);
        assert!(large.text.contains("5MB以下にしてください"), "{}", large.text);
        let huge = lead.upload(&page, &path, "a.csv", &vec![b'a'; 17 * 1024 * 1024]);
        assert_eq!(huge.status, 413);
        let foreign = app.send_bytes(
            "POST",
            &path,
            &[
                ("cookie", &lead.cookie),
                ("content-type", "multipart/form-data; boundary=x"),
                ("origin", "https://evil.example"),
            ],
            b"--x--",
        );
        assert_eq!(foreign.status, 403);
    }
}
