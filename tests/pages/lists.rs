//! Every list of the printed table, on both databases: narrowed, put in order both ways, read on, saved as a file.

use crate::world;
use acceptance::people::{PASSWORD, email};
use acceptance::world::ROLES;
use testkit::app::{Face, TestApp};
use testkit::pages::Browser;

const TABLE: &str = include_str!("../../docs/LISTS.md");

struct Row {
    name: String,
    page: String,
    /// The word of the address and the keys.
    word: String,
    keys: Vec<String>,
    own: bool,
    file: Option<String>,
}

fn rows() -> Vec<Row> {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let row = |line: &str| {
        let cells = cells(line);
        let (word, keys) = match cells[4].split_once(": ") {
            Some((word, keys)) => (word.trim_matches('`').to_owned(), keys.to_owned()),
            None => ("sort".to_owned(), cells[4].split(';').next().unwrap().to_owned()),
        };
        Row {
            name: cells[1].clone(),
            page: cells[2].trim_matches('`').to_owned(),
            word,
            keys: keys.split(' ').map(str::to_owned).collect(),
            own: !cells[4].contains("first") && cells[5] == "page by page",
            file: cells[6].strip_prefix('`').map(|file| file.trim_end_matches('`').to_owned()),
        }
    };
    TABLE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| list")).map(row).collect()
}

fn walk(app: &TestApp) {
    let (world, _people) = world(app);
    let visitors: Vec<Browser<'_>> = ROLES.iter().map(|role| Browser::signed_in(app, &email(role), PASSWORD)).collect();
    for row in rows() {
        let (name, path) = (&row.name, world.path(&row.page));
        let seen = |visitor: &&Browser<'_>| visitor.get(&path).status == 200;
        // The lead sees all but what belongs to a town or to the service; a page of one's own is everybody's.
        let order = [1, 2, 0, 3];
        let browser = order.iter().map(|at| &visitors[*at]).find(seen).unwrap_or_else(|| panic!("{name}: {path}"));
        let plain = browser.get(&path).text;
        for key in &row.keys {
            // A heading is a link to the list by its key; a key without a column has none.
            let leads =
                |way: &str| ["\"", "#"].iter().any(|end| plain.contains(&format!("{}={way}{key}{end}", row.word)));
            let headed = leads("") || leads("-");
            for sort in [key.clone(), format!("-{key}")] {
                if row.own && sort.starts_with('-') {
                    continue;
                }
                let asked = format!("{path}?{}={sort}", row.word);
                let page = browser.get(&asked);
                assert_eq!(page.status, 200, "{name}: {asked}: {}", page.text);
                if headed && !row.own {
                    let way = if sort.starts_with('-') { "descending" } else { "ascending" };
                    let said = page.text.contains(&format!("aria-sort=\"{way}\""));
                    assert!(said || page.text.contains("aria-current=\"true\""), "{name}: {asked} says its order");
                }
            }
        }
        if !row.own {
            let unknown = browser.get(&format!("{path}?{}=password_hash", row.word));
            assert_eq!(unknown.status, 400, "{name}");
            assert!(
                unknown.text.contains("並べ替え") && !unknown.text.contains("password_hash"),
                "{name}: {}",
                unknown.text
            );
        }
        if let Some(file) = &row.file {
            let page = browser.get(&path);
            assert!(page.text.contains("format=csv932"), "{name}: {file} is offered on its page: {}", page.text);
        }
    }
}

#[test]
fn every_list_is_put_in_order_by_each_of_its_keys() {
    walk(&TestApp::with(Face::whole()));
    if let Some(app) = TestApp::with_on_postgres(Face::whole()) {
        walk(&app);
    }
}

fn first(text: &str, words: [&str; 2]) -> bool {
    text.find(words[0]).unwrap() < text.find(words[1]).unwrap()
}

#[test]
fn a_fiscal_year_is_understood_in_both_calendars_or_said_not_to_be() {
    let app = crate::whole();
    let (world, _people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let path = world.path("/consortia/{consortium_id}/rounds");
    let title = "令和8年度 共同調達（架空）";
    let asked = |year: &str| lead.get(&format!("{path}?year={}", testkit::pages::encode(year))).text;
    for year in ["2026", "２０２６", "令和8", "令和８年度", "R8"] {
        assert!(asked(year).contains(title), "{year}");
    }
    for year in ["2027", "令和9年度"] {
        assert!(!asked(year).contains(title), "{year}");
    }
    let unread = asked("abc");
    for part in ["年度を読み取れないため、絞り込んでいません", "aria-invalid=\"true\"", "value=\"abc\"", title]
    {
        assert!(unread.contains(part), "{part} in {unread}");
    }
    let file = lead.get(&format!("{path}/export?year={}&format=csv", testkit::pages::encode("令和9")));
    assert!(file.status == 200 && !file.text.contains(title), "{}", file.text);
}

#[test]
fn an_order_keeps_the_filters_and_a_filter_keeps_the_order() {
    let app = crate::whole();
    let (world, _people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let path = world.path("/consortia/{consortium_id}/members");
    let by_code = lead.get(&path).text;
    assert!(
        by_code.contains("aria-sort=\"ascending\"><a class=\"by\" href=\""),
        "the order in force is marked: {by_code}"
    );
    let narrowed = lead.get(&format!("{path}?kind=town&sort=-code")).text;
    assert!(narrowed.contains(&format!("{path}?kind=town&#38;sort=population")), "{narrowed}");
    assert!(narrowed.contains("<input type=\"hidden\" name=\"sort\" value=\"-code\">"), "{narrowed}");
    assert!(first(&narrowed, ["松田町", "中井町"]) && first(&by_code, ["中井町", "松田町"]));
    let none = lead.get(&format!("{path}?q=%E3%81%AA%E3%81%84%E7%94%BA")).text;
    assert!(!none.contains("中井町") && none.contains("value=\"ない町\""), "{none}");
    let found = lead.get(&format!("{path}?q=143618")).text;
    assert!(found.contains("中井町") && !found.contains("scope=\"row\">松田町"), "{found}");
    // What a member is among the others is a column, a filter and a column of the file, in the same words.
    let leads = lead.get(&format!("{path}?class=lead")).text;
    assert!(leads.contains("scope=\"row\"><ruby>神奈川県") || leads.contains("神奈川県<rt>"), "{leads}");
    assert!(!leads.contains("中井町<rt>") && leads.contains("data-label=\"区分\">代表団体</td>"), "{leads}");
    assert!(leads.contains("data-label=\"種別\">都道府県</td>"), "{leads}");
    let file = lead.get(&format!("{path}/export?class=lead&format=csv")).text;
    assert!(file.contains(",都道府県,代表団体,") && !file.contains("prefecture"), "{file}");
    // The file holds what the page is narrowed to, in its order.
    let file = lead.get(&format!("{}/export?kind=town&sort=-code&format=csv", path));
    assert!(first(&file.text, ["松田町", "中井町"]) && !file.text.contains("神奈川県"), "{}", file.text);
}
