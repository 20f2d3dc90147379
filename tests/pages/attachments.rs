//! Attached files: what goes in, what comes out, and for whom.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use serde_json::{Value, json};
use testkit::app::{Face, TestApp};
use testkit::clamd::{Clamd, eicar};
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
    let told = Browser::new(&app).get(&nobody.headers["location"]).text;
    assert!(told.contains("ファイルは受け取っていません"), "{told}");
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
    assert_eq!(contact.send_sure(&page, &format!("{at}/approve"), &[]).status, 303);
    let public = nobody.get(&format!("/public{at}"));
    let id = public.text.split("/public/attachments/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(nobody.get(&format!("/public/attachments/{id}")).text, "手順です。");
}

fn scanned(peer: &str) -> Face {
    Face { scanner: Some(scanner::Scanner::at(peer).unwrap()), ..Face::whole() }
}

/// S33, with a scanner in a process of its own: what is infected is refused, what cannot be judged waits for it.
#[test]
fn with_a_scanner_nothing_goes_out_before_it_was_found_clean() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("clamd.ctl");
    let on = |app: TestApp| {
        let (world, people) = world(&app);
        let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
        let at = world.path("/posts/{post_id}");
        let path = format!("{at}/attachments/new");
        let bearer = format!("Bearer {}", people.tokens["learner"]);
        let api = |name: &str, content: &[u8]| {
            let path = format!("/api/v1{at}/attachments");
            app.send_file(&path, &[("authorization", bearer.as_str())], name, content)
        };
        let content = |id: &str| people.send("learner", "GET", &format!("/attachments/{id}/content"), &Value::Null);
        let judged = || acceptance::run(app::board::attachments::scan_waiting(&app.service)).unwrap();

        // Nobody answers: files wait, also those that were there before, and imports are not taken.
        let waiting = api("手順.txt", "手順です。".as_bytes());
        assert_eq!((waiting.status, &waiting.json()["state"]), (201, &json!("waiting")), "{}", waiting.text);
        let id = waiting.json()["id"].as_str().unwrap().to_owned();
        let sly = api("ウイルス.txt", &eicar()).json()["id"].as_str().unwrap().to_owned();
        for one in [&id, &sly, &world.ids["attachment_id"]] {
            let refused = content(one);
            assert_eq!((refused.status, refused.code().as_str()), (409, "attachment_waiting"), "{}", refused.text);
        }
        let page = learner.get(&at);
        assert!(page.text.contains("ウイルス検査待ち") && !page.text.contains(&format!("href=\"/attachments/{id}\"")));
        assert!(learner.get(&format!("/attachments/{id}")).text.contains("ウイルス検査を待っています"));
        let open = world.ids["public_attachment_id"].clone();
        assert_eq!(app.get(&format!("/api/v1/public/attachments/{open}/content")).status, 404);
        let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
        let import = world.path("/members/{member_id}/assignments/import");
        let not_taken = contact.upload(&contact.get(&import), &import, "席.csv", "氏名\r\n".as_bytes());
        assert!(not_taken.text.contains("ウイルス検査ができません"), "{}", not_taken.text);
        assert_eq!(judged(), 0);

        // It answers again: the worker catches up, and what is infected is gone for good.
        let peer = Clamd::at(&socket);
        assert_eq!(judged(), 4);
        assert_eq!((content(&id).status, content(&id).text), (200, "手順です。".to_owned()));
        assert_eq!(content(&world.ids["attachment_id"]).status, 200);
        assert_eq!(app.get(&format!("/api/v1/public/attachments/{open}/content")).status, 200);
        let infected = content(&sly);
        assert_eq!((infected.status, infected.code().as_str()), (409, "attachment_infected"), "{}", infected.text);
        assert!(learner.get(&at).text.contains("ウイルスを検出"));
        let row = sly.clone();
        let store = app.service.store().within(store::Fence::service_wide());
        let left = store.read(move |db| store::board::attachments::content(db, &row));
        assert_eq!(acceptance::run(left).unwrap(), Vec::<u8>::new());

        // While it answers: refused at once, with a reason, on both faces; what is clean is there at once.
        let refused = learner.upload(&learner.get(&path), &path, "案内.txt", &eicar());
        assert!(refused.status == 422 && refused.text.contains("ウイルスが見つかったため"), "{}", refused.text);
        let refused = api("案内.txt", &eicar());
        let error = refused.json()["errors"][0].clone();
        assert_eq!((refused.status, &error["pointer"]), (422, &json!("/file")), "{}", refused.text);
        assert!(!learner.get(&at).text.contains("案内.txt"));
        assert_eq!(api("清い.txt", b"clean").json()["state"], "ready");
        let refused = contact.upload(&contact.get(&import), &import, "席.csv", &eicar());
        assert!(refused.text.contains("ウイルスが見つかったため"), "{}", refused.text);
        let entries = format!("/consortia/{}/audit-entries?limit=100", world.ids["consortium_id"]);
        let trail = people.get("lead", &entries).to_string();
        for action in ["attachment.infected", "attachment.scanned", "file.infected"] {
            assert!(trail.contains(action), "{action} in {trail}");
        }
        assert!(trail.contains("Eicar-Test-Signature"));
        acceptance::assert_verified(&app);
        drop(peer);
    };
    on(TestApp::with(scanned(socket.to_str().unwrap())));
    if let Some(app) = TestApp::with_on_postgres(scanned(socket.to_str().unwrap())) {
        on(app);
    }
}
