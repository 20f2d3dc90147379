//! 職員: from the entry form to a seat, and from a worry to a success story that others read.

use crate::office;
use crate::person::Person;

const CONTRACT: &str = "R8-町-2（架空）";
const CALL: &str = "冬の受講者募集（架空）";
const WORRY: &str = "窓口の申請書の転記を減らしたい（架空）";
const STORY: &str = "集計を半日にした話（架空）";
const NEIGHBOUR: &str = "staff1-143669@demo.example.lg.jp";
const OTHERS: &str = "となり町の入力フォーム（架空）";
const BOSS: &str = "boss@town.example.jp";

pub(super) fn steps(person: &Person<'_>) {
    office::procure(person.site, CONTRACT, &[("143618", 2), ("143634", 5)]);
    let call = office::call(person.site, CONTRACT, CALL, "2");
    apply(person);
    acknowledge(person);
    for number in [1, 2] {
        office::apply(person.site, &call, number);
    }
    office::select(person.site, &call, &[(1, "selected"), (2, "selected"), (3, "waitlisted")]);
    take_the_seat(person);
    write_a_worry(person);
    try_what_others_did(person);
    resolve(person);
    write_a_story(person);
    person.sign_out();
    publish(person);
}

fn apply(person: &Person<'_>) {
    person.sign_in(&office::staff(3));
    person.press(&format!("「{CALL}」に申し込めます"));
    person.press("申し込む");
    assert!(person.browser.has("#errors a"), "{}", person.page());
    person.fill("学びたいこと", "表計算の自動化とデータ分析の基礎");
    person.fill("業務で解決したい課題", "毎月の集計に2日かかっているので、半日に減らしたい。");
    person.fill("上長の氏名", "架空 上長");
    person.fill("上長のメールアドレス", BOSS);
    person.press("申し込む");
    person.sees("まだ確認されていません");
    person.sign_out();
}

/// The supervisor has no account: one link, one button. Without scripts the link is pasted.
fn acknowledge(person: &Person<'_>) {
    let link = person.site.mailed_link(BOSS, "#token=");
    person.browser.open(&link);
    if person.way.scripts {
        let _seen =
            person.browser.wait("return !!document.querySelector('form[action=\"/acknowledgements/confirm\"]');");
        assert!(!person.browser.url().contains("token"), "the link leads to what it is about and leaves the address");
        person.look();
    } else {
        person.look();
        person.fill("確認用のリンク", &link);
        person.press("申込みの内容を見る");
    }
    person.sees("毎月の集計に2日かかっているので");
    person.press("内容を確認しました");
    person.sees("確認を受け付けました。");
}

fn take_the_seat(person: &Person<'_>) {
    person.sign_in(&office::staff(3));
    person.press("申し込む");
    person.sees("1番");
    person.press(CALL);
    person.sees("に確認済み");
    person.sees("業務の課題によります（架空）。");
    hand_a_seat_back(person);
    person.press("ホーム");
    person.press("空席のご案内に回答する");
    person.press("席を受け取る");
    person.sees("席を受け取りました。");
    person.press("私の席");
    person.sees("利用中");
}

/// Meanwhile somebody else gives a seat of this contract back.
fn hand_a_seat_back(person: &Person<'_>) {
    let desk = person.site.desk(&office::staff(1));
    let seats = desk.get("/me/seats").text;
    let card =
        seats.split("class=\"card\"").filter(|card| card.contains("href=\"/me/seats/")).last().unwrap().to_owned();
    let path = format!("/me/seats/{}/release", office::between(&card, "href=\"/me/seats/", "/"));
    office::act(&desk, &path, &path, &[("reason", "人事異動のため（架空）")]);
}

/// A solved one is shown before it is sent; it is sent all the same.
fn write_a_worry(person: &Person<'_>) {
    person.press("知恵袋");
    person.press("悩みを書く");
    person.fill("題名", WORRY);
    person.fill("いまの状況", "申請書の転記に毎日1時間かかっています。");
    person.fill("試したこと", "表計算の関数");
    person.fill("知りたいこと", "ほかの町のやり方");
    person.fill("タグ", "窓口、転記");
    person.tick("参加団体（");
    person.press("投稿する");
    person.sees("解決済みの似た投稿が");
    person.sees("紙の申請書の転記がつらい（架空）");
    person.press("書き直す");
    assert_eq!(person.value("いまの状況"), "申請書の転記に毎日1時間かかっています。");
    person.press("投稿する");
    person.press("それでも投稿する");
    person.sees(WORRY);
}

fn try_what_others_did(person: &Person<'_>) {
    let desk = person.site.desk(NEIGHBOUR);
    let new = format!("/consortia/{}/posts/new", office::consortium(&desk));
    office::act(
        &desk,
        &format!("{new}?kind=success_story"),
        &new,
        &[
            ("kind", "success_story"),
            ("title", OTHERS),
            ("body", "入力フォームで転記がなくなりました。"),
            ("story/problem", "手で転記していた。"),
            ("story/approach", "フォームを作った。"),
            ("visibility", "consortium"),
        ],
    );
    person.press("知恵袋");
    person.fill("ことば", "となり町");
    person.press("絞り込む");
    person.press(OTHERS);
    person.fill("コメント", "様式を見せていただけますか。");
    person.press("コメントする");
    person.sees("様式を見せていただけますか。");
    person.press("役に立った（0）");
    person.sees("「役に立った」を取り消す（1）");
    person.press("うちでも試した");
    person.tick("うまくいった");
    person.fill("分かったこと", "様式を直すだけで使えました。");
    person.fill("年間の削減時間", "１１０");
    person.press("記録する");
    person.sees("「うちでも試した」を記録しました。");
    person.sees("110時間");
}

fn resolve(person: &Person<'_>) {
    let desk = person.site.desk(NEIGHBOUR);
    let posts = desk.get(&format!("/consortia/{}/posts", office::consortium(&desk))).text;
    let before = posts.split(&format!(">{WORRY}")).next().unwrap();
    let id = before.rsplit("href=\"/posts/").next().unwrap().split('"').next().unwrap();
    office::act(
        &desk,
        &format!("/posts/{id}"),
        &format!("/posts/{id}/comments"),
        &[("body", "入力フォームにするとなくなります。")],
    );
    person.press("知恵袋");
    person.press(WORRY);
    person.press("この回答で解決した");
    person.sees("解決済みにしました。");
    person.sees("解決の決め手");
}

fn write_a_story(person: &Person<'_>) {
    person.press("知恵袋");
    person.press("成功事例を書く");
    person.fill("題名", STORY);
    person.fill("概要", "学んだ週に試作し、**半日**になりました。");
    person.fill("課題", "毎月の集計に2日かかっていた。");
    person.fill("取組", "表計算の自動化を学び、関数に置き換えた。");
    person.fill("使った道具", "表計算、RPA");
    person.fill("講座名", "はじめての表計算（架空の講座）");
    person.fill("効果：年間の削減時間", "180");
    person.tick("一般公開");
    person.press("下書きとして保存する");
    person.sees("下書きを保存しました。");
    person.press("ファイルを添付する");
    let file = person.browser.downloads().with_file_name("様式の見本.txt");
    std::fs::write(&file, "様式の見本です（架空）。\n").unwrap();
    person.attach("ファイル", &file);
    person.press("添付する");
    person.sees("様式の見本.txt");
    person.press("確認を依頼する");
    person.sees("確認待ち");
}

/// The contact reads it first; then everybody may.
fn publish(person: &Person<'_>) {
    person.sign_in(&office::contact("143618"));
    person.press(&format!("投稿「{STORY}」を公開前に確認する"));
    person.sees("公開前の確認をお願いします");
    person.press("承認して公開する");
    person.sees("だれでも読めるようになります");
    person.press("承認して公開する");
    person.press("公開ページを見る");
    person.sees(STORY);
    person.open("/");
    person.sign_out();
    person.open("/public/posts");
    person.press(STORY);
    person.sees("年間 180時間の削減");
}
