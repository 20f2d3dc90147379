//! 市町村の担当者: from a saved draft of an answer to the seats that come back in April.

use crate::office;
use crate::person::Person;
use documents::csv::{self, Encoding};
use documents::{Cell, Column, Sheet};
use std::path::{Path, PathBuf};

const CODE: &str = "143618";
/// What the meanwhile of the journey has procured: six seats for the town.
const TITLE: &str = "R8-町-1（架空）";
const SURVEY: &str = "冬の意向調査（架空）";
const CALL: &str = "オンライン学習 受講者の追加募集（架空）";

pub(super) fn steps(person: &Person<'_>) {
    let contract = office::procure(person.site, TITLE, &[(CODE, 6), ("143634", 5)]);
    let asked = office::survey(person.site, SURVEY, &[CODE, "143634"]);
    person.sign_in(&office::contact(CODE));
    answer(person, &asked.survey);
    read_the_share(person);
    assign_one_by_one(person);
    assign_by_file(person);
    let call = call_for_entries(person);
    for number in [1, 2, 3, 4, 5, 8] {
        office::apply(person.site, &call, number);
    }
    select(person);
    see_who_waits(person);
    ask_for_more(person);
    give_back(person);
    person.sign_out();
    let _ = contract;
}

/// A draft is saved, the day ends, and the next day goes on from it.
fn answer(person: &Person<'_>, survey: &str) {
    person.press(&format!("「{SURVEY}」に回答する"));
    person.fill("希望席数（標準）", "８");
    person.fill("希望席数（少なめ）", "6");
    person.fill("希望席数（多め）", "10");
    person.fill("予算上限額（税込）", "３００，０００円");
    person.fill("1行目の単価（円）", "24,000");
    person.fill("1行目の席数", "10");
    person.press("行を追加");
    assert_eq!(person.value("希望席数（標準）"), "８", "more rows keep what was typed");
    person.fill("希望の理由", "庁内の研修に使います（架空）。");
    person.press("下書き保存");
    person.sees("保存しました。");
    person.sign_out();
    person.sign_in(&office::contact(CODE));
    person.press(&format!("「{SURVEY}」に回答する"));
    assert_eq!(person.value("希望席数（標準）"), "8");
    assert_eq!(person.value("予算上限額（税込）"), "300000");
    // More than the least that is possible is refused by name, and nothing is lost.
    person.fill("希望席数（少なめ）", "９");
    person.press("提出する");
    assert!(person.browser.has("#errors a"), "{}", person.page());
    assert_eq!(person.value("希望の理由"), "庁内の研修に使います（架空）。");
    person.fill("希望席数（少なめ）", "6");
    person.press("提出する");
    person.sees("提出しました。");
    assert!(person.browser.url().contains(survey), "{}", person.browser.url());
}

fn read_the_share(person: &Person<'_>) {
    person.press("わが町");
    person.press_in(TITLE, "負担金とその理由を見る");
    person.sees("計算の順序");
    person.sees("単独で契約した場合");
    let book = person.save("計算書（Excel、数式入り）を受け取る");
    let bytes = std::fs::read(&book).unwrap();
    assert!(bytes.starts_with(b"PK") && bytes.len() > 4_000, "{}: {} bytes", book.display(), bytes.len());
}

fn desk_of_the_contract(person: &Person<'_>) {
    person.press("わが町");
    person.press_in(TITLE, "席の割当てを見る");
}

fn assign_one_by_one(person: &Person<'_>) {
    desk_of_the_contract(person);
    person.sees("空き6");
    person.press("席を割り当てる");
    person.tick("架空 職員6さんを選ぶ");
    person.press("選んだ人に席を割り当てる");
    person.sees("席を割り当てました。");
    person.sees("架空 職員6");
}

/// The Excel template, filled in, and sent back as Japanese Excel saves a CSV; the dry run first.
fn assign_by_file(person: &Person<'_>) {
    person.press("ファイルで割り当てる（CSV・Excel）");
    let template = person.save("Excelの様式（選択肢と入力の確認付き）");
    let wrong = filled(&template, "架空 職員7", "わりあて");
    person.attach("記入した様式", &wrong);
    person.press("内容を確認する");
    person.sees("エラーがあるため、取り込めません。");
    person.press("もう一度送信");
    let right = filled(&template, "架空 職員7", "割当");
    person.attach("記入した様式", &right);
    person.press("内容を確認する");
    person.sees("まだ取り込まれていません。");
    person.press("取込みを確定する");
    person.sees("取り込みました。");
    let users = person.save("利用者登録用CSVを保存する");
    let text = std::fs::read_to_string(users).unwrap();
    assert!(text.trim_start_matches('\u{feff}').starts_with("email,role,groups,group admin for"), "{text}");
    assert!(text.contains(&office::staff(7)), "{text}");
}

/// The template with one act in the row of a person, saved as CP932.
fn filled(template: &Path, name: &str, act: &str) -> PathBuf {
    let mut table = documents::read("a.xlsx", &std::fs::read(template).unwrap()).unwrap();
    let (person, what) = (table.column("氏名").unwrap(), table.column("操作").unwrap());
    let contract = table.headers.iter().position(|header| header.contains("契約")).unwrap();
    for row in &mut table.rows {
        if row.cells[person] == name && row.cells[contract].contains(TITLE) {
            row.cells[what] = act.to_owned();
        }
    }
    let columns = table.headers.iter().map(|name| Column { name: name.clone().leak(), ..Column::default() }).collect();
    let rows = table.rows.iter().map(|row| row.cells.iter().map(|cell| Cell::from(cell.as_str())).collect()).collect();
    let bytes = csv::write(&Sheet { title: "席".to_owned(), columns, rows }, Encoding::Cp932).unwrap();
    let file = template.with_file_name(format!("席の割当て-{act}.csv"));
    std::fs::write(&file, bytes).unwrap();
    file
}

fn call_for_entries(person: &Person<'_>) -> String {
    person.press("受講者の募集");
    person.press("募集を作る");
    person.choose("席を使う契約", TITLE);
    person.fill("題名", CALL);
    person.fill("申し込む人への案内", "学びたいことと、職場で困っていることを書いてください。\n架空の募集です。");
    person.fill("定員", "4");
    person.tick("選考");
    person.fill("申込みの締切日", &office::in_days(14));
    person.fill("質問1", "週に何時間学べますか。");
    person.tick("質問1への回答を必須にする");
    person.press("下書きを保存する");
    person.press("募集を始める");
    person.sees("職員全員に、募集のお知らせをメールで送ります。");
    person.press("募集を始める");
    person.sees("募集中");
    person.id_after("entry-calls")
}

fn select(person: &Person<'_>) {
    person.press("受講者の募集");
    person.press(CALL);
    person.sees("申込み6件");
    person.press("架空 職員4");
    person.sees("業務で解決したい課題");
    person.press("申込みの一覧に戻る");
    person.press("募集を締め切る");
    person.press("募集を締め切る");
    person.press("選考する");
    for (number, outcome) in
        [(1, "受講決定"), (2, "受講決定"), (3, "受講決定"), (4, "受講決定"), (5, "補欠"), (8, "見送り")]
    {
        person.choose(&format!("架空 職員{number}さんの結果"), outcome);
        person.fill(&format!("架空 職員{number}さんの結果の理由"), "業務の課題と学習の時間によります（架空）。");
    }
    person.press("結果を確認する");
    person.sees("受講決定4人、補欠1人、見送り1人です。");
    person.press("この結果で決定し、通知する");
    person.sees("結果の通知");
}

/// All six seats are used; one more waits.
fn see_who_waits(person: &Person<'_>) {
    person.press("順番待ちを見る");
    person.sees("1番");
    person.sees("待っています");
    person.sees("空き0");
}

fn ask_for_more(person: &Person<'_>) {
    person.press("わが町");
    person.press_in(TITLE, "追加配分を申請する");
    person.fill("追加したい席数", "２");
    person.press("影響を確かめる");
    person.sees("追加で発注した場合の影響");
    person.fill("追加が必要な理由", "順番待ちの職員がいるため（架空）。");
    person.press("この内容で申請する");
    assert!(person.browser.url().contains("/seat-requests/"), "{}", person.page());
    person.sees("順番待ちの職員がいるため");
}

/// One seat comes back with a reason; in April, several at once.
fn give_back(person: &Person<'_>) {
    desk_of_the_contract(person);
    person.press_in("架空 職員6", "返却する");
    person.fill("返却の理由", "休業のため（架空）");
    person.press("1人の席を返却する");
    person.sees("席を返却しました。");
    person.press("順番待ちを見る");
    person.sees("席を案内中");
    desk_of_the_contract(person);
    person.press("年度替わりの一括返却");
    person.tick("架空 職員1さんを選ぶ");
    person.tick("架空 職員2さんを選ぶ");
    person.press("選んだ人を確かめる");
    person.sees("次の2人の席を返却します。");
    assert_eq!(person.value("返却の理由"), "年度替わりの人事異動のため");
    person.press("2人の席を返却する");
    person.sees("席を返却しました。");
}
