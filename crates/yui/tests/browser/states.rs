//! What goes wrong in offices: a session that ended, an edit that crossed another, a file that must not come in, a
//! button pressed twice. Nothing typed is lost, nothing happens twice, and the page says what to do.

use crate::journeys::{KEYS_DESK, MOUSE_DESK, MOUSE_TELEPHONE, walk};
use crate::office;
use crate::person::Person;
use crate::site::PASSWORD;
use std::io::{Cursor, Write as _};

fn write(person: &Person<'_>, title: &str, body: &str) {
    person.press("知恵袋");
    person.press("ノウハウを書く");
    person.fill("題名", title);
    person.fill("本文", body);
}

/// How often a title stands in the list of posts.
fn posts(person: &Person<'_>, title: &str) -> usize {
    let desk = person.site.desk(&office::staff(1));
    let list = desk.get(&format!("/consortia/{}/posts?sort=newest", office::consortium(&desk))).text;
    list.matches(&format!(">{title}</a>")).count()
}

fn keep_the_draft(person: &Person<'_>) {
    let (title, body) = ("期限切れの前に書いた話（架空）", "一行目です。\n二行目です。");
    person.sign_in(&office::staff(1));
    write(person, title, body);
    person.browser.forget();
    person.press("投稿する");
    person.sees("サインイン");
    assert_eq!(posts(person, title), 0, "nobody has written it");
    person.fill("メールアドレス", &office::staff(1));
    person.fill("パスワード", PASSWORD);
    person.press("サインイン");
    person.sees("先ほど入力した内容は残っています。");
    person.press("入力した内容の送信を続ける");
    person.sees("二行目です。");
    assert_eq!(posts(person, title), 1);
}

#[test]
fn a_session_that_ended_keeps_what_was_typed() {
    walk("ended", MOUSE_DESK, keep_the_draft);
}

#[test]
fn a_session_that_ended_keeps_what_was_typed_without_scripts() {
    walk("ended", KEYS_DESK, keep_the_draft);
}

fn cross_another_edit(person: &Person<'_>) {
    person.sign_in(&office::staff(1));
    write(person, "行き違いの話（架空）", "はじめの本文です。");
    person.press("投稿する");
    let post = person.id_after("posts");
    person.press("編集する");
    person.fill("題名", "こちらで直した題名（架空）");
    let desk = person.site.desk(&office::staff(1));
    let path = format!("/posts/{post}/edit");
    office::act(
        &desk,
        &path,
        &path,
        &[("title", "別の画面で直した題名（架空）"), ("body", "はじめの本文です。"), ("visibility", "consortium")],
    );
    person.press("保存する");
    person.sees("現在保存されている値：別の画面で直した題名（架空）");
    assert_eq!(person.value("題名"), "こちらで直した題名（架空）", "what was typed stays");
    person.press("保存する");
    person.sees("こちらで直した題名（架空）");
}

#[test]
fn an_edit_that_crossed_another_shows_both() {
    walk("crossed", MOUSE_DESK, cross_another_edit);
}

#[test]
fn an_edit_that_crossed_another_shows_both_without_scripts_on_a_telephone() {
    walk("crossed", MOUSE_TELEPHONE, cross_another_edit);
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Files that must not come in: name, content.
fn bad_files() -> Vec<(&'static str, Vec<u8>)> {
    let types: &[u8] = b"<Types/>";
    vec![
        ("大きすぎる.txt", vec![b'a'; 6 << 20]),
        ("実行ファイル.exe", b"MZ\x90\x00".to_vec()),
        ("名前だけの.xlsx", b"not a workbook at all".to_vec()),
        ("ふくらむ.xlsx", zipped(&[("[Content_Types].xml", types), ("xl/workbook.xml", &vec![b' '; 20 << 20])])),
        (
            "マクロ.xlsx",
            zipped(&[("[Content_Types].xml", types), ("xl/workbook.xml", b"<x/>"), ("xl/vbaProject.bin", b"x")]),
        ),
        ("空.txt", Vec::new()),
    ]
}

/// Sends each of them; each is refused at its field, with the reason that is its own.
fn refuse(person: &Person<'_>, page: &str, label: &str, button: &str, reasons: [&str; 6]) {
    for ((name, bytes), reason) in bad_files().into_iter().zip(reasons) {
        let file = person.browser.downloads().with_file_name(name);
        std::fs::write(&file, bytes).unwrap();
        person.open(page);
        person.attach(label, &file);
        person.press(button);
        let said = person.browser.run(
            "const field = document.getElementById('f-file'), error = document.getElementById('f-file-error');
             return [document.querySelector('#errors a[href=\"#f-file\"]')?.textContent, error?.textContent,
                field?.getAttribute('aria-invalid'), field?.getAttribute('aria-describedby').split(' ').includes('f-file-error')];",
            Vec::new(),
        );
        assert_eq!(
            said,
            serde_json::json!([format!("{label}：{reason}"), format!("＊{reason}"), "true", true]),
            "{name}: {}",
            person.page()
        );
    }
}

fn send_bad_files(person: &Person<'_>) {
    person.sign_in(&office::staff(1));
    write(person, "添付の話（架空）", "本文です。");
    person.press("投稿する");
    let post = person.id_after("posts");
    refuse(
        person,
        &format!("/posts/{post}/attachments/new"),
        "ファイル",
        "添付する",
        [
            "添付できるのは5MBまでです。ファイルを小さくするか、分けて添付してください。",
            "この種類のファイルは添付できません。PDF、PNG、JPEG、xlsx、docx、pptx、csv、txtのいずれかにしてください。",
            "ファイルの中身が拡張子と合いません。元のソフトで開き、正しい形式で保存し直してから添付してください。",
            "展開すると大きくなりすぎるファイルのため、添付できません。不要な画像やシートを減らして保存し直してください。",
            "マクロを含むファイルは添付できません。マクロを除いた形式（xlsx、docx、pptx）で保存し直してください。",
            "添付するファイルを選んでください（空のファイルは添付できません）。",
        ],
    );
    person.sign_out();
    person.sign_in(&office::contact("143618"));
    let town = office::town(&person.site.desk(&office::contact("143618")));
    refuse(
        person,
        &format!("/members/{town}/assignments/import"),
        "記入した様式",
        "内容を確認する",
        [
            "ファイルが大きすぎます。5MB以下にしてください。",
            "中身がExcelファイルでもCSVファイルでもありません（拡張子だけを変えたファイルは読み込めません）。Excelで開き、「Excelブック（.xlsx）」で保存し直したファイルを選んでください。",
            "中身がExcelファイルでもCSVファイルでもありません（拡張子だけを変えたファイルは読み込めません）。Excelで開き、「Excelブック（.xlsx）」で保存し直したファイルを選んでください。",
            "展開すると極端に大きくなるファイルのため、読み込みを中止しました。様式をダウンロードし直し、値だけを貼り付けてください。",
            "マクロを含むファイルは読み込めません。マクロのない「Excelブック（.xlsx）」で保存し直してください。",
            "ファイルが空です。記入したファイルを選び直してください。",
        ],
    );
}

#[test]
fn files_that_must_not_come_in_are_refused_with_a_reason() {
    walk("files", MOUSE_DESK, send_bad_files);
}

/// The button twice, and once more after going back.
fn press_twice(person: &Person<'_>) {
    let title = "二度押しの話（架空）";
    person.sign_in(&office::staff(1));
    write(person, title, "本文です。");
    let twice = "const button = [...document.querySelectorAll('main button')].find(one => one.textContent.trim() === '投稿する');
        const form = button.form; button.click(); button.click(); if (arguments[0]) form.submit();";
    // Without the guard of the module, the second request reaches the service, too.
    person.browser.leave(|browser| {
        let _pressed = browser.run(twice, vec![(!person.way.scripts).into()]);
    });
    person.look();
    person.sees(title);
    assert_eq!(posts(person, title), 1, "two presses, one post");
    let first = person.id_after("posts");
    person.browser.back();
    person.press("投稿する");
    assert_eq!(person.id_after("posts"), first, "the same form leads to the same post");
    assert_eq!(posts(person, title), 1);
}

#[test]
fn a_button_pressed_twice_does_its_work_once() {
    walk("twice", MOUSE_DESK, press_twice);
}

#[test]
fn a_button_pressed_twice_does_its_work_once_without_scripts() {
    walk("twice", KEYS_DESK, press_twice);
}
