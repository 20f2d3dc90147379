//! The board, the delivery log, the audit trail and the preferences over HTTP: answers, headers, bad input.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use app::accounts::{CreatePersonalToken, TokenScope, create_personal_token};
use app::{Call, Meta};
use chrono::{Duration, NaiveDate};
use domain::access::{Actor, Role};
use serde_json::{Value, json};
use store::accounts::users::{Grant, User};
use store::consortium::{Consortium, Member};
use testkit::app::{Answer, TestApp, on_both};

/// Two towns of one consortium, an auditor, and a contact elsewhere; each with a token. All fictional.
struct Town<'a> {
    app: &'a TestApp,
    consortium: String,
    author: String,
    reader: String,
    auditor: String,
    stranger: String,
}

impl<'a> Town<'a> {
    fn of(app: &'a TestApp) -> Self {
        let id = || app.service.env().ids.next(app.service.env().clock.now());
        let (here, there) = (id(), id());
        for consortium in [&here, &there] {
            insert(app, consortium);
        }
        let nakai = member(app, &here, "143618", "中井町");
        let matsuda = member(app, &here, "143634", "松田町");
        let kaisei = member(app, &there, "143669", "開成町");
        Self {
            author: person(app, "架空の職員", Role::Learner, &here, Some(&nakai)),
            reader: person(app, "架空の担当者", Role::Contact, &here, Some(&matsuda)),
            auditor: person(app, "架空の監査委員", Role::Auditor, &here, None),
            stranger: person(app, "よその担当者", Role::Contact, &there, Some(&kaisei)),
            app,
            consortium: here,
        }
    }

    fn send(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.with(token, method, path, &[], body)
    }

    fn with(&self, token: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers: Vec<_> = headers.iter().copied().chain([("authorization", bearer.as_str())]).collect();
        self.app.send(method, &format!("/api/v1{path}"), &headers, body)
    }

    fn get(&self, token: &str, path: &str) -> Answer {
        self.send(token, "GET", path, &Value::Null)
    }

    fn posts(&self) -> String {
        format!("/consortia/{}/posts", self.consortium)
    }
}

fn write(app: &TestApp, work: impl Fn(&mut store::Db) -> Result<(), store::StoreError> + Send + 'static) {
    app.service.store().within(store::Fence::service_wide()).write_now(work).unwrap();
}

fn insert(app: &TestApp, id: &str) {
    let now = app.service.env().clock.now().naive_utc();
    let row =
        Consortium {
            id: id.to_owned(), name: "架空の共同調達".into(), created_at: now, updated_at: now, version: 1
        };
    write(app, move |db| {
        store::consortium::insert(db, &row)?;
        store::audit::begin_chain(db, &row.id)
    });
}

fn member(app: &TestApp, consortium_id: &str, code: &str, name: &str) -> String {
    let now = app.service.env().clock.now();
    let id = app.service.env().ids.next(now);
    let row = Member {
        id: id.clone(),
        consortium_id: consortium_id.to_owned(),
        municipality_code: code.to_owned(),
        name: name.to_owned(),
        kana: "かくう".into(),
        kind: "town".into(),
        population: 9_300,
        member_class: "full".into(),
        is_lead: false,
        joined_on: NaiveDate::from_ymd_opt(2026, 4, 1).unwrap(),
        left_on: None,
        created_at: now.naive_utc(),
        updated_at: now.naive_utc(),
        version: 1,
    };
    write(app, move |db| store::consortium::insert_member(db, &row));
    id
}

/// Makes an account with one role, and answers a personal token of it.
fn person(app: &TestApp, name: &str, role: Role, consortium: &str, member: Option<&str>) -> String {
    let now = app.service.env().clock.now();
    let id = || app.service.env().ids.next(now);
    let user = User {
        id: id(),
        email: format!("{}@town.example", id()),
        display_name: name.to_owned(),
        kana: "かくう".into(),
        password_hash: None,
        state: "active".into(),
        session_version: 1,
        created_at: now.naive_utc(),
        updated_at: now.naive_utc(),
        version: 1,
    };
    let grant = Grant {
        id: id(),
        user_id: user.id.clone(),
        role: role.as_str().to_owned(),
        consortium_id: Some(consortium.to_owned()),
        member_id: member.map(str::to_owned),
        granted_by: None,
        created_at: now.naive_utc(),
        revoked_at: None,
    };
    let mut actor = Actor {
        user_id: user.id.clone(),
        display_name: name.to_owned(),
        credential_id: String::new(),
        scopes: None,
        grants: Vec::new(),
        past: Vec::new(),
    };
    write(app, move |db| {
        store::accounts::users::insert(db, &user)?;
        store::accounts::users::insert_grant(db, &grant)
    });
    actor.credential_id = app.sit(&actor.user_id);
    let call = Call {
        meta: Meta::default(),
        actor,
        operation: "create_personal_token".into(),
        idempotency: None,
        expected_version: None,
    };
    let cmd = CreatePersonalToken {
        name: "試験".into(),
        scopes: vec![TokenScope::Read, TokenScope::Write],
        expires_at: now + Duration::days(30),
    };
    let made = actix_web::rt::System::new()
        .block_on(app.service.write(call, move |ctx, call| create_personal_token(ctx, call, &cmd)));
    made.unwrap().token
}

fn worry(title: &str) -> Value {
    json!({"kind": "worry", "visibility": "consortium", "title": title, "body": "本文<script>alert(1)</script>"})
}

#[test]
fn a_post_is_written_found_answered_and_marked() {
    on_both(|app| {
        let town = Town::of(app);
        let written = town.send(&town.author, "POST", &town.posts(), &worry("議事録の悩み"));
        assert_eq!((written.status, written.headers["etag"].as_str()), (201, "\"1\""), "{}", written.text);
        let id = written.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(written.headers["location"], format!("/api/v1/posts/{id}"));
        assert!(!written.json()["body_html"].as_str().unwrap().contains("<script"));
        let found = town.get(&town.reader, &format!("{}?q=%E8%AD%B0%E4%BA%8B&kind=worry", town.posts()));
        assert_eq!(found.json()["items"][0]["id"], json!(id), "{}", found.text);
        let comment =
            town.send(&town.reader, "POST", &format!("/posts/{id}/comments"), &json!({"body": "試しました。"}));
        assert_eq!(comment.status, 201, "{}", comment.text);
        let mark = town.send(&town.reader, "PUT", &format!("/posts/{id}/helpful"), &Value::Null);
        assert_eq!((mark.status, mark.json()["helpful_count"].clone()), (200, json!(1)), "{}", mark.text);
        assert_eq!(town.send(&town.reader, "DELETE", &format!("/posts/{id}/helpful"), &Value::Null).status, 200);
        let own = town.send(&town.author, "PUT", &format!("/posts/{id}/helpful"), &Value::Null);
        assert_eq!((own.status, own.code().as_str()), (409, "own_post_helpful"));
        let tried = json!({"outcome": "worked", "note": "使えました。", "hours_saved": 12});
        assert_eq!(town.send(&town.reader, "POST", &format!("/posts/{id}/replications"), &tried).status, 201);
        let again = town.send(&town.reader, "POST", &format!("/posts/{id}/replications"), &tried);
        assert_eq!((again.status, again.code().as_str()), (409, "replication_exists"));
        let comment_id = comment.json()["id"].clone();
        let closed =
            town.send(&town.author, "POST", &format!("/posts/{id}/resolve"), &json!({"comment_id": comment_id}));
        assert_eq!(
            (closed.status, closed.json()["resolved_by_comment_id"].clone()),
            (200, comment_id),
            "{}",
            closed.text
        );
        let similar = town.get(&town.reader, &format!("{}/similar?q=%E8%AD%B0%E4%BA%8B%E9%8C%B2", town.posts()));
        assert_eq!(similar.json()["items"][0]["id"], json!(id), "{}", similar.text);
    });
}

#[test]
fn an_edit_names_the_version_it_read() {
    on_both(|app| {
        let town = Town::of(app);
        let id = town.send(&town.author, "POST", &town.posts(), &worry("題")).json()["id"].as_str().unwrap().to_owned();
        let edit = json!({"visibility": "consortium", "title": "直した題", "body": "本文"});
        let path = format!("/posts/{id}");
        assert_eq!(town.send(&town.author, "PUT", &path, &edit).status, 428);
        let done = town.with(&town.author, "PUT", &path, &[("if-match", "\"1\"")], &edit);
        assert_eq!((done.status, done.headers["etag"].as_str()), (200, "\"2\""), "{}", done.text);
        assert_eq!(town.with(&town.author, "PUT", &path, &[("if-match", "\"1\"")], &edit).status, 412);
        let revisions = town.get(&town.author, &format!("{path}/revisions?limit=1"));
        assert_eq!(revisions.json()["items"][0]["revision"], json!(2));
        assert!(revisions.headers["link"].contains("rel=\"next\""));
        // The same key and body does the work once.
        let key = [("idempotency-key", "one")];
        let first = town.with(&town.author, "POST", &town.posts(), &key, &worry("一度だけ"));
        let second = town.with(&town.author, "POST", &town.posts(), &key, &worry("一度だけ"));
        assert_eq!((first.status, &first.text), (201, &second.text));
        let other = town.with(&town.author, "POST", &town.posts(), &key, &worry("別の題"));
        assert_eq!((other.status, other.code().as_str()), (422, "idempotency_key_reused"));
    });
}

#[test]
fn bad_input_is_answered_with_a_code_and_a_sentence() {
    on_both(|app| {
        let town = Town::of(app);
        let posts = town.posts();
        let list = |query: &str| town.get(&town.reader, &format!("{posts}?{query}"));
        for (answer, status, code) in [
            (
                town.send(
                    &town.author,
                    "POST",
                    &posts,
                    &json!({"kind": "rant", "visibility": "town", "title": "題", "body": "文"}),
                ),
                422,
                "invalid_fields",
            ),
            (
                town.send(&town.author, "POST", &posts, &json!({"kind": "worry", "visibility": "town", "title": "題"})),
                422,
                "invalid_fields",
            ),
            (
                town.send(
                    &town.author,
                    "POST",
                    &posts,
                    &json!({"kind": "worry", "visibility": "town", "title": "題", "body": "文", "state": "published"}),
                ),
                422,
                "invalid_fields",
            ),
            (
                town.send(
                    &town.author,
                    "POST",
                    &posts,
                    &json!({"kind": "worry", "visibility": "town", "title": 1, "body": "文"}),
                ),
                422,
                "invalid_fields",
            ),
            (
                town.send(
                    &town.author,
                    "POST",
                    &posts,
                    &json!({"kind": "worry", "visibility": "town", "title": "あ".repeat(101), "body": "文"}),
                ),
                422,
                "invalid_fields",
            ),
            (list("kind=rant"), 422, "invalid_fields"),
            (list("order=newest"), 422, "invalid_fields"),
            (list("sort=price"), 422, "invalid_fields"),
            (list("limit=101"), 422, "invalid_fields"),
            (list("resolved=perhaps"), 422, "invalid_fields"),
            (list("q=%00"), 422, "invalid_fields"),
            (list("tag=%00"), 422, "invalid_fields"),
            (list("cursor=bm9uc2Vuc2U.AAAA"), 400, "invalid_cursor"),
            (town.get(&town.reader, "/posts/nonsense"), 404, "not_found"),
            (town.send(&town.auditor, "POST", &posts, &worry("題")), 403, "forbidden"),
            (town.send(&town.stranger, "POST", &posts, &worry("題")), 404, "not_found"),
            (town.get(&town.stranger, &posts), 404, "not_found"),
            (town.app.get(&format!("/api/v1{posts}")), 401, "unauthenticated"),
        ] {
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text);
            assert!(answer.json()["detail"].as_str().unwrap().ends_with('。'), "{}", answer.text);
            assert!(answer.headers["content-type"].starts_with("application/problem+json"));
        }
    });
}

#[test]
fn what_another_consortium_wrote_looks_like_nothing() {
    on_both(|app| {
        let town = Town::of(app);
        let id = town.send(&town.author, "POST", &town.posts(), &worry("題")).json()["id"].as_str().unwrap().to_owned();
        let absent = app.service.env().ids.next(app.service.env().clock.now());
        for (method, tail, body) in [
            ("GET", "", Value::Null),
            ("GET", "/comments", Value::Null),
            ("GET", "/revisions", Value::Null),
            ("GET", "/replications", Value::Null),
            ("POST", "/comments", json!({"body": "文"})),
            ("POST", "/hide", Value::Null),
            ("POST", "/resolve", Value::Null),
            ("PUT", "/helpful", Value::Null),
            ("POST", "/replications", json!({"outcome": "worked"})),
        ] {
            let ask = |id: &str| {
                let answer = town.send(&town.stranger, method, &format!("/posts/{id}{tail}"), &body);
                let mut json = answer.json();
                json["instance"] = Value::Null;
                json["request_id"] = Value::Null;
                (answer.status, json)
            };
            assert_eq!(ask(&id), ask(&absent), "{method} {tail}");
            assert_eq!(ask(&id).0, 404);
        }
    });
}

#[test]
fn everybody_reads_public_posts_and_nobody_else_s() {
    on_both(|app| {
        let town = Town::of(app);
        let public = json!({"kind": "knowhow", "visibility": "public", "title": "手順", "body": "本文"});
        let written = town.send(&town.author, "POST", &town.posts(), &public);
        assert_eq!(written.json()["state"], json!("in_review"));
        let answer = town.app.get("/api/v1/public/posts");
        assert_eq!((answer.status, answer.json()["items"].clone()), (200, json!([])), "{}", answer.text);
        let id = written.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(town.app.get(&format!("/api/v1/public/posts/{id}")).status, 404);
        let hasty =
            town.with(&town.author, "POST", &format!("/posts/{id}/approve"), &[("if-match", "\"1\"")], &Value::Null);
        assert_eq!(hasty.status, 403, "{}", hasty.text);
    });
}

#[test]
fn logs_and_preferences_answer_their_readers() {
    on_both(|app| {
        let town = Town::of(app);
        let id = town.send(&town.author, "POST", &town.posts(), &worry("題")).json()["id"].as_str().unwrap().to_owned();
        town.send(&town.reader, "POST", &format!("/posts/{id}/comments"), &json!({"body": "文"}));
        let mails = town.get(&town.auditor, &format!("/consortia/{}/mails?state=pending", town.consortium));
        assert_eq!(
            (mails.status, mails.json()["items"][0]["kind"].clone()),
            (200, json!("post_commented")),
            "{}",
            mails.text
        );
        assert!(!mails.text.contains('@'));
        let mail = mails.json()["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(town.get(&town.auditor, &format!("/mails/{mail}/deliveries")).status, 200);
        assert_eq!(town.send(&town.auditor, "POST", &format!("/mails/{mail}/retry"), &Value::Null).status, 403);
        let trail = town.get(&town.auditor, &format!("/consortia/{}/audit-entries?subject_id={id}", town.consortium));
        assert_eq!(trail.json()["items"][0]["action"], json!("post.created"), "{}", trail.text);
        let path = "/me/notification-preferences";
        let set = town.send(&town.author, "PUT", path, &json!({"items": [{"kind": "post_commented", "mail": false}]}));
        assert_eq!(set.status, 200, "{}", set.text);
        assert_eq!(town.get(&town.author, path).text, set.text);
        let refused = town.send(&town.author, "PUT", path, &json!({"items": [{"kind": "invite", "mail": false}]}));
        assert_eq!((refused.status, refused.json()["errors"][0]["pointer"].clone()), (422, json!("/items/0/kind")));
    });
}

#[test]
fn a_file_is_attached_listed_downloaded_and_taken_away() {
    on_both(|app| {
        let town = Town::of(app);
        let id = town.send(&town.author, "POST", &town.posts(), &worry("題")).json()["id"].as_str().unwrap().to_owned();
        let files = format!("/posts/{id}/attachments");
        let upload = |token: &str, headers: &[(&str, &str)], name: &str, content: &[u8]| {
            let bearer = format!("Bearer {token}");
            let headers: Vec<_> = headers.iter().copied().chain([("authorization", bearer.as_str())]).collect();
            app.send_file(&format!("/api/v1{files}"), &headers, name, content)
        };
        let key = [("idempotency-key", "file-1")];
        let text = "団体,席数\r\n中井町,3\r\n".as_bytes();
        let made = upload(&town.author, &key, "../席の一覧.csv", text);
        assert_eq!((made.status, made.headers["etag"].as_str()), (201, "\"1\""), "{}", made.text);
        let view = made.json();
        let one = format!("/attachments/{}", view["id"].as_str().unwrap());
        assert_eq!(made.headers["location"], format!("/api/v1{one}"));
        assert_eq!(
            (&view["file_name"], &view["media_type"], &view["state"]),
            (&json!("席の一覧.csv"), &json!("text/csv"), &json!("ready"))
        );
        assert_eq!(upload(&town.author, &key, "../席の一覧.csv", text).text, made.text, "a retry gets the same bytes");
        let other = upload(&town.author, &key, "../席の一覧.csv", b"a,b\r\n");
        assert_eq!((other.status, other.code().as_str()), (422, "idempotency_key_reused"));
        assert_eq!(town.get(&town.reader, &files).json()["items"].as_array().unwrap().len(), 1);
        assert_eq!(town.get(&town.reader, &one).json()["may_remove"], false);
        let content = town.get(&town.reader, &format!("{one}/content"));
        assert_eq!((content.status, content.bytes.as_slice()), (200, text));
        assert!(content.headers["content-disposition"].starts_with("attachment; filename*=UTF-8''%E5%B8%AD"));
        assert_eq!(content.headers["content-security-policy"], "default-src 'none'; sandbox");
        assert_eq!(content.headers["x-content-type-options"], "nosniff");
        for (token, status) in [(&town.stranger, 404), (&town.auditor, 200)] {
            assert_eq!(town.get(token, &format!("{one}/content")).status, status);
        }
        assert_eq!(upload(&town.reader, &[], "a.txt", b"a").status, 403, "only the author adds");
        let remove = |token: &str, headers: &[(&str, &str)]| town.with(token, "DELETE", &one, headers, &Value::Null);
        assert_eq!(remove(&town.reader, &[("if-match", "\"1\"")]).status, 403);
        assert_eq!(remove(&town.author, &[]).status, 428);
        assert_eq!(remove(&town.author, &[("if-match", "\"2\"")]).status, 412);
        assert_eq!(remove(&town.author, &[("if-match", "\"1\"")]).status, 204);
        assert_eq!(town.get(&town.author, &one).status, 404);
    });
}

#[test]
fn what_is_no_file_of_the_list_is_refused_as_on_the_pages() {
    let app = TestApp::start();
    let town = Town::of(&app);
    let id = town.send(&town.author, "POST", &town.posts(), &worry("題")).json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/posts/{id}/attachments");
    let bearer = format!("Bearer {}", town.author);
    let headers = [("authorization", bearer.as_str())];
    let large = vec![b'a'; 5 * 1024 * 1024 + 1];
    for (name, content, reason) in [
        ("空.txt", &b""[..], "空のファイル"),
        ("道具.exe", b"MZ", "この種類のファイルは添付できません"),
        ("偽.pdf", b"MZ", "中身が拡張子と合いません"),
        ("偽.txt", b"<!doctype html><script>alert(1)</script>", "中身が拡張子と合いません"),
        ("大きい.txt", &large, "5MBまで"),
    ] {
        let refused = app.send_file(&path, &headers, name, content);
        let error = refused.json()["errors"][0].clone();
        assert_eq!((refused.status, &error["pointer"]), (422, &json!("/file")), "{name}: {}", refused.text);
        assert!(error["detail"].as_str().unwrap().contains(reason), "{name}: {}", refused.text);
    }
    let huge = vec![b'a'; 17 * 1024 * 1024];
    assert_eq!(app.send_file(&path, &headers, "a.txt", &huge).status, 413);
    let none =
        app.send_bytes("POST", &path, &[headers[0], ("content-type", "multipart/form-data; boundary=x")], b"--x--\r\n");
    assert_eq!((none.status, none.json()["errors"][0]["pointer"].as_str()), (422, Some("/file")), "{}", none.text);
    let json = app.send("POST", &path, &headers, &json!({"file": "a"}));
    assert_eq!((json.status, json.code().as_str()), (415, "unsupported_media_type"));
    let sly = b"--x\r\nContent-Disposition: form-data; name=\"uploaded_by\"\r\n\r\nme\r\n--x--\r\n";
    let sly = app.send_bytes("POST", &path, &[headers[0], ("content-type", "multipart/form-data; boundary=x")], sly);
    assert_eq!((sly.status, sly.json()["errors"][0]["pointer"].as_str()), (422, Some("/uploaded_by")), "{}", sly.text);
    let broken =
        app.send_bytes("POST", &path, &[headers[0], ("content-type", "multipart/form-data; boundary=x")], b"--x\r\n");
    assert_eq!(broken.status, 400, "{}", broken.text);
    assert_eq!(town.get(&town.author, &format!("/posts/{id}/attachments")).json()["items"], json!([]));
}
