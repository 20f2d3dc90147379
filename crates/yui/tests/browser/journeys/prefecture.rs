//! 県の担当者: from opening a round in the wizard to the published allocation, the seat map and decided requests.

use crate::office;
use crate::person::Person;
use crate::site::LEAD;

/// Fictional seats of real towns; the prices are those of the golden example.
const TOWNS: [(&str, &str, u32); 5] = [
    ("143618", "中井町", 70),
    ("143634", "松田町", 80),
    ("143669", "開成町", 90),
    ("143839", "真鶴町", 45),
    ("144029", "清川村", 15),
];
const TITLE: &str = "令和8年度 追加の共同調達（架空）";

pub(super) fn steps(person: &Person<'_>) {
    person.sign_in(LEAD);
    let survey = ask_the_towns(person);
    take_the_answers(person, &survey);
    compare_quotes(person);
    let scenarios = try_scenarios(person);
    finalise(person, &scenarios);
    let contract = contract(person);
    allocate(person);
    decide_requests(person, &contract);
    person.sign_out();
}

/// Opens a round and a survey.
fn ask_the_towns(person: &Person<'_>) -> String {
    person.press("調達回");
    person.press("調達回を始める");
    // Forgotten fields come back named, and what was typed stays.
    person.fill("件名", TITLE);
    person.press("調達回を始める");
    person.sees("調達するもの");
    assert_eq!(person.value("件名"), TITLE);
    assert!(person.browser.has("#errors a"), "{}", person.page());
    person.fill("調達するもの", "架空のオンライン学習サービス");
    person.fill("年度", "２０２６");
    person.tick("代表団体が契約し、参加団体が負担金を納める");
    person.fill("人口の基準年", "2020");
    person.fill("席数の基準日", "令和8年4月1日");
    for (code, name, _) in TOWNS {
        person.tick(&format!("{name}（{code}）"));
    }
    person.press("調達回を始める");
    person.sees("参加団体（5団体）");
    person.press("調査を用意する");
    person.tick("意向調査（席数の見込みを尋ねる。申込みではない）");
    person.fill("件名", "追加の意向調査（架空）");
    person.fill("参加団体への案内", "必要な席数をお答えください。\n架空の調査です。");
    person.fill("締切日", &office::in_days(20));
    person.press("保存する");
    person.press("受付を開始する");
    person.press("受付を開始する");
    person.sees("受付中");
    person.id_after("surveys")
}

/// Four towns answer; one answer goes back with a reason, the fifth town is reminded; all answer, the survey is closed.
fn take_the_answers(person: &Person<'_>, survey: &str) {
    for (code, _, seats) in &TOWNS[..4] {
        office::answer(person.site, survey, code, *seats);
    }
    person.press("調達回");
    person.press(TITLE);
    person.press("追加の意向調査（架空）");
    person.sees("4 ／ 5団体");
    person.press_in("中井町", "確認する");
    person.fill("差戻しの理由", "最低席数の根拠を補ってください（架空）。");
    person.press("理由を添えて差し戻す");
    person.sees("差戻し");
    person.choose("回答の状態で絞り込む", "未回答・下書き");
    person.press("絞り込む");
    person.tick("清川村に督促する");
    person.press("選んだ団体に督促のメールを送る");
    person.sees("督促のメールを送りました。");
    person.sees("督促1回");
    office::answer(person.site, survey, "143618", 70);
    office::answer(person.site, survey, "144029", 15);
    person.press("絞り込む");
    person.sees("5 ／ 5団体");
    person.sees("300席");
    person.press_in("清川村", "確認する");
    person.press("確定する");
    person.press("締切の確認へ進む");
    person.press("締め切る");
}

fn compare_quotes(person: &Person<'_>) {
    person.press("見積を登録する");
    person.fill("事業者", "架空ラーニング株式会社");
    person.fill("見積の件名", "全量適用の見積（架空）");
    person.fill("見積の有効期限", "令和9年3月31日");
    person.tick("全量適用");
    for (row, (up_to, unit)) in [("99", "30,000"), ("２９９", "27,000"), ("", "24,000円")].into_iter().enumerate() {
        tier(person, row, up_to, unit);
    }
    person.fill("消費税率", "10");
    person.press("保存する");
    person.sees("全量適用");
    person.press(TITLE);
    person.press("見積を登録する");
    person.fill("事業者", "架空まなび合同会社");
    person.fill("見積の件名", "段階適用の見積（架空）");
    person.fill("見積の有効期限", "2027-03-31");
    person.tick("段階適用");
    for (row, (up_to, unit)) in [("100", "29000"), ("", "22000")].into_iter().enumerate() {
        tier(person, row, up_to, unit);
    }
    person.fill("固定費", "300,000");
    person.fill("消費税率", "10");
    person.press("保存する");
    person.press("見積を比べる");
    person.fill("席数の範囲（から）", "1");
    person.fill("席数の範囲（まで）", "400");
    person.fill("比べる席数", "290");
    person.press("比べる");
    person.sees("が最も安くなります。");
    person.sees("290席");
}

/// The rows look alike, so a row is told by its place.
fn tier(person: &Person<'_>, row: usize, up_to: &str, unit: &str) {
    person.fill_named(&format!("schedule/tiers/{row}/up_to"), up_to);
    person.fill_named(&format!("schedule/tiers/{row}/unit"), unit);
}

/// Two scenarios: half by people and by equal parts, which a village would pay for, and by seats alone.
fn try_scenarios(person: &Person<'_>) -> [&'static str; 2] {
    person.press(TITLE);
    person.press("試算する");
    person.fill("試算の名前", "案1 均等割を含む（架空）");
    person.choose("使う見積", "全量適用の見積（架空）");
    person.choose("按分の方法", "均等割・人口割・席数割を組み合わせる");
    person.fill("均等割", "20");
    person.fill("人口割", "30");
    person.press("この条件で試算する");
    person.sees("7,920,000円");
    person.sees("8.33％");
    person.sees("664,479円");
    person.sees("単独より高い");
    person.press("この試算を保存する");
    person.press(TITLE);
    person.press("試算する");
    person.fill("試算の名前", "案2 席数割（架空）");
    person.choose("使う見積", "全量適用の見積（架空）");
    person.choose("按分の方法", "均等割・人口割・席数割を組み合わせる");
    person.fill("均等割", "0");
    person.fill("人口割", "0");
    person.press("この条件で試算する");
    person.sees("396,000円");
    person.press("この試算を保存する");
    ["案1 均等割を含む（架空）", "案2 席数割（架空）"]
}

fn finalise(person: &Person<'_>, scenarios: &[&str; 2]) {
    person.press(TITLE);
    person.press("試算を並べて比べる");
    for name in scenarios {
        person.tick(&format!("{name}を並べる"));
    }
    person.press("選んだ試算を並べる");
    person.sees("664,479円");
    person.sees("396,000円");
    person.press(scenarios[1]);
    person.press("この試算で確定する");
    person.sees("実行する前に確かめてください");
    person.press("この試算で確定する");
    person.sees("受付番号");
}

fn contract(person: &Person<'_>) -> String {
    person.press("契約を登録する");
    person.fill("契約番号", "R8-学習-002（架空）");
    if person.value("事業者").is_empty() {
        person.fill("事業者", "架空ラーニング株式会社");
    }
    person.fill("利用開始日", "令和8年4月1日");
    person.fill("利用終了日", "令和9年3月31日");
    person.fill("契約日", "2026-04-01");
    person.press("契約を登録する");
    person.sees("取り消せません");
    // Turning back keeps what was typed.
    person.press("戻って直す");
    assert_eq!(person.value("契約番号"), "R8-学習-002（架空）");
    person.press("契約を登録する");
    person.press("契約を登録する");
    person.sees("受付番号");
    person.sees("契約 R8-学習-002（架空）");
    person.id_after("contracts")
}

fn allocate(person: &Person<'_>) {
    person.press("配分案を確かめて公開する");
    person.sees("配分の合計");
    person.press("確認画面へ進む");
    person.press("公開する");
    person.prove();
    person.sees("公開しました。");
    person.press("席の地図と台帳");
    person.sees("席の地図");
    person.sees("清川村");
}

/// Three towns ask for more: one gets idle seats of another, one is asked back, one is declined.
fn decide_requests(person: &Person<'_>, contract: &str) {
    for (code, seats) in [("143618", "2"), ("143634", "3"), ("143669", "40")] {
        let desk = person.site.desk(&office::contact(code));
        let path = format!("/contracts/{contract}/seat-requests/new");
        let page = desk.get(&format!("{path}?seats={seats}"));
        let member = office::between(&page.text, "name=\"member_id\" value=\"", "\"").to_owned();
        office::led(&desk.send(
            &page,
            &path,
            &[("seats", seats), ("member_id", &member), ("reason", "新しい職員の研修に使います（架空）。")],
        ));
    }
    person.press("ホーム");
    person.sees("追加配分の申請（2席）を決める");
    person.press("追加配分の申請");
    person.choose("状態で絞り込む", "申請中");
    person.press("絞り込む");
    person.press_in("2席", "中井町");
    person.tick("他の団体の遊休席を回す");
    person.choose("席を出す団体", "真鶴町");
    person.fill("認める席数", "２");
    person.fill_in("判断する", "理由", "使われていない席を回します（架空）。");
    person.press("承認して席を渡す");
    person.sees("真鶴町");
    person.press("承認して席を渡す");
    person.sees("承認しました。");
    person.press("追加配分の申請");
    person.press_in("3席", "松田町");
    person.fill_in("判断する", "理由", "使う人の数を書いてください（架空）。");
    person.press("差し戻す");
    person.sees("差し戻しました。");
    person.press("追加配分の申請");
    person.press_in("40席", "開成町");
    person.fill_in("判断する", "理由", "来年度の意向調査で希望してください（架空）。");
    person.press("見送る");
    person.sees("実行する前に確かめてください");
    person.press("見送る");
    person.sees("見送りとしました。");
}
