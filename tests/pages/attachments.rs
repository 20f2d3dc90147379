//! Attached files: what goes in, what comes out, and for whom.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use testkit::pages::Browser;

#[test]
fn a_file_goes_in_by_its_author_and_comes_out_as_a_download() {
    let app = whole();
    let (world, _) = world(&app);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let at = world.path("/posts/{post_id}");
    let path = format!("{at}/attachments/new");
    let page = learner.get(&path);
    let sent = learner.upload(&page, &path, "../../席の一覧.csv", "団体,席数\r\n中井町,3\r\n".as_bytes());
    assert_eq!(sent.headers.get("location"), Some(&format!("{at}?done=attached")), "{}", sent.text);
    let twice = learner.upload(&page, &path, "../../席の一覧.csv", "団体,席数\r\n中井町,3\r\n".as_bytes());
    assert_eq!(twice.status, 303, "a double submit works once");
    let one = learner.get(&at);
    assert_eq!(one.text.matches("席の一覧.csv</a>").count(), 1, "{}", one.text);
    let id = one.text.split("/attachments/").find_map(|part| part.split_once("\">席の一覧")).unwrap().0.to_owned();
    let file = learner.get(&format!("/attachments/{id}"));
    assert_eq!(file.text, "団体,席数\r\n中井町,3\r\n");
    assert_eq!(
        file.headers["content-disposition"],
        format!("attachment; filename*=UTF-8''{}", testkit::pages::encode("席の一覧.csv"))
    );
    assert_eq!(file.headers["content-security-policy"], "default-src 'none'; sandbox");
    assert_eq!(
        (file.headers["x-content-type-options"].as_str(), file.headers["content-type"].as_str()),
        ("nosniff", "text/csv")
    );

    let other = Browser::signed_in(&app, &email("other_town"), PASSWORD);
    assert_eq!(other.get(&format!("/attachments/{id}")).status, 200, "who reads the post reads its files");
    assert_eq!(other.get(&path).status, 403, "only the author adds");
    let remove = format!("/attachments/{id}/remove");
    assert_eq!(other.get(&remove).status, 403);
    assert_eq!(Browser::new(&app).get(&format!("/public/attachments/{id}")).status, 404, "the post is not public");
    assert_eq!(learner.send(&learner.get(&remove), &remove, &[]).status, 303);
    assert_eq!(learner.get(&format!("/attachments/{id}")).status, 404);
    acceptance::assert_verified(&app);
}

#[test]
fn what_is_not_on_the_list_is_refused_with_a_reason() {
    let app = whole();
    let (world, _) = world(&app);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let path = world.path("/posts/{post_id}/attachments/new");
    let large = "a".repeat(5 * 1024 * 1024 + 1);
    for (name, content, reason) in [
        ("", "", "選んでください"),
        ("空.txt", "", "空のファイル"),
        ("道具.exe", "MZ", "この種類のファイルは添付できません"),
        ("頁.html", "<html></html>", "この種類のファイルは添付できません"),
        ("偽.pdf", "MZ", "中身が拡張子と合いません"),
        ("偽.txt", "<!doctype html><script>alert(1)</script>", "中身が拡張子と合いません"),
        ("偽.xlsx", "PK\u{3}\u{4} not an archive", "中身が拡張子と合いません"),
        ("大きい.txt", &large, "5MBまで"),
    ] {
        let refused = learner.upload(&learner.get(&path), &path, name, content.as_bytes());
        assert_eq!(refused.status, 422, "{name}: {}", refused.text);
        assert!(refused.text.contains(reason) && refused.text.contains("#f-file"), "{name}: {}", refused.text);
    }
    assert!(!learner.get(&world.path("/posts/{post_id}")).text.contains("偽."));
}

#[test]
fn an_upload_from_elsewhere_changes_nothing() {
    let app = whole();
    let (world, _) = world(&app);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let path = world.path("/posts/{post_id}/attachments/new");
    let page = learner.get(&path);
    let mut forged = page.clone();
    forged.text = forged.text.replace("name=\"_csrf\" value=\"", "name=\"_csrf\" value=\"0");
    assert_eq!(learner.upload(&forged, &path, "a.txt", b"a").status, 403);
    let elsewhere = app.send_text(
        "POST",
        &path,
        &[
            ("accept", "text/html"),
            ("cookie", &learner.cookie),
            ("origin", "https://evil.example"),
            ("content-type", "multipart/form-data; boundary=x"),
        ],
        "--x--\r\n",
    );
    assert_eq!(elsewhere.status, 403);
    let nobody = Browser::new(&app).upload(&page, &path, "a.txt", b"a");
    assert!(nobody.status == 303 && nobody.headers["location"].starts_with("/sign-in"), "{}", nobody.text);
}

#[test]
fn a_file_on_a_public_post_is_reviewed_before_the_public_gets_it() {
    let app = whole();
    let (world, _) = world(&app);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let nobody = Browser::new(&app);
    let at = world.path("/posts/{public_post_id}");
    let path = format!("{at}/attachments/new");
    assert_eq!(nobody.get(&format!("/public{at}")).status, 200);
    let before = contact.get(&at);
    assert_eq!(learner.upload(&learner.get(&path), &path, "手順.txt", "手順です。".as_bytes()).status, 303);
    assert_eq!(nobody.get(&format!("/public{at}")).status, 404, "unread files do not go out");
    drop(before);
    let page = contact.get(&at);
    assert_eq!(contact.send(&page, &format!("{at}/approve"), &[]).status, 303);
    let public = nobody.get(&format!("/public{at}"));
    let id = public.text.split("/public/attachments/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(nobody.get(&format!("/public/attachments/{id}")).text, "手順です。");
}
