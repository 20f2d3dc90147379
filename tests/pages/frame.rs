//! What every page shares: sign-in, cookie, forged forms, double submits, ended sessions, refusals.

use crate::{whole, world};
use acceptance::people::{PASSWORD, email};
use testkit::pages::{Browser, hidden};

fn new_round<'a>(title: &'a str, member: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("title", title),
        ("product", "オンライン学習（架空）"),
        ("fiscal_year", "２０２６"),
        ("contract_mode", "lead_contract"),
        ("census_year", "2020年"),
        ("seats_counted_on", "令和8年4月1日"),
        ("member_ids", member),
    ]
}

#[test]
fn signing_in_leads_back_to_the_page_that_was_asked_for() {
    let app = whole();
    let (world, _) = world(&app);
    let path = world.path("/consortia/{consortium_id}/rounds");
    let nobody = Browser::new(&app);
    let asked = nobody.get(&path);
    assert_eq!(
        (asked.status, asked.headers["location"].as_str()),
        (303, format!("/sign-in?next={}", testkit::pages::encode(&path)).as_str())
    );
    let page = nobody.get(&asked.headers["location"]);
    assert_eq!(hidden(&page.text, "next").as_deref(), Some(path.as_str()));
    let mail = email("lead");
    let fields = [("email", mail.as_str()), ("password", PASSWORD), ("next", path.as_str())];
    let entered = nobody.post("/sign-in", &fields);
    assert_eq!((entered.status, entered.headers["location"].as_str()), (303, path.as_str()));
    let elsewhere = nobody.post("/sign-in", &[fields[0], fields[1], ("next", "//evil.example/")]);
    assert_eq!(elsewhere.headers["location"], "/");
}

#[test]
fn the_cookie_is_kept_from_scripts_and_from_other_sites() {
    let app = whole();
    let (_, _people) = world(&app);
    let answer = Browser::new(&app).post("/sign-in", &[("email", &email("lead")), ("password", PASSWORD)]);
    let cookie = &answer.headers["set-cookie"];
    for part in ["yui=yui_web_", "HttpOnly", "SameSite=Lax", "Path=/", "Expires="] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let again = Browser::signed_in(&app, &email("lead"), PASSWORD);
    assert_ne!(lead.cookie, again.cookie, "a sign-in makes a new session");
}

#[test]
fn behind_https_the_cookie_is_bound_to_the_host() {
    let mut face = testkit::app::Face::whole();
    face.settings.https = true;
    let app = testkit::app::TestApp::with(face);
    let (_, _people) = world(&app);
    let answer = Browser::new(&app).post("/sign-in", &[("email", &email("lead")), ("password", PASSWORD)]);
    let cookie = &answer.headers["set-cookie"];
    assert!(cookie.starts_with("__Host-yui=") && cookie.contains("Secure"), "{cookie}");
}

#[test]
fn a_form_from_elsewhere_changes_nothing() {
    let app = whole();
    let (world, _) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let path = world.path("/consortia/{consortium_id}/rounds/new");
    let csrf = hidden(&lead.get(&path).text, "_csrf").unwrap();
    let body = format!("_csrf={csrf}&title=x");
    let own = app.url("");
    let form = ("content-type", "application/x-www-form-urlencoded");
    for headers in [
        vec![form, ("origin", "https://evil.example")],
        vec![form, ("origin", "null")],
        vec![form],
        vec![form, ("origin", own.as_str()), ("sec-fetch-site", "cross-site")],
        vec![form, ("origin", own.as_str()), ("sec-fetch-site", "same-site")],
        vec![("content-type", "text/plain"), ("origin", own.as_str())],
        vec![("content-type", "application/json"), ("origin", own.as_str())],
    ] {
        let mut all = headers.clone();
        all.extend([("accept", "text/html"), ("cookie", lead.cookie.as_str())]);
        let answer = app.send_text("POST", &path, &all, &body);
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(answer.text.contains("この画面からの送信ではありません"), "{headers:?}");
    }
    let other = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let stolen = other.post(&path, &[("_csrf", &csrf), ("title", "x")]);
    assert_eq!(stolen.status, 403, "the token of another session");
}

#[test]
fn what_officials_type_is_read_and_a_double_submit_works_once() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let path = world.path("/consortia/{consortium_id}/rounds/new");
    let page = lead.get(&path);
    let fields = new_round("二度押しの調達回", &world.ids["member_id"]);
    let first = lead.send(&page, &path, &fields);
    assert_eq!(first.status, 303, "{}", first.text);
    let second = lead.send(&page, &path, &fields);
    assert_eq!(second.headers["location"], first.headers["location"]);
    let rounds = people.all("lead", &world.path("/consortia/{consortium_id}/rounds"));
    let made: Vec<_> = rounds.iter().filter(|round| round["title"] == "二度押しの調達回").collect();
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0]["fiscal_year"], &made[0]["seats_counted_on"]), (&2026.into(), &"2026-04-01".into()));
}

#[test]
fn a_refused_form_keeps_what_was_typed_and_says_what_to_do() {
    let app = whole();
    let (world, _) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let path = world.path("/consortia/{consortium_id}/rounds/new");
    let mut fields = new_round("打ちかけの<b>件名", &world.ids["member_id"]);
    fields[2].1 = "たくさん";
    let again = lead.send(&lead.get(&path), &path, &fields);
    assert_eq!(again.status, 422);
    for part in
        ["打ちかけの&#60;b&#62;件名", "value=\"たくさん\"", "href=\"#f-fiscal_year\"", "＊", "入力内容に誤りがあります"]
    {
        assert!(again.text.contains(part), "{part} in {}", again.text);
    }
}

#[test]
fn every_fault_of_a_form_is_said_at_once_and_by_the_label_of_its_field() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let path = world.path("/consortia/{consortium_id}/rounds/new");
    let mut fields = new_round("", &world.ids["member_id"]);
    let member = fields.iter().position(|(name, _)| *name == "member_ids").expect("a member");
    fields[2].1 = "たくさん";
    fields[member].1 = "nobody";
    let again = lead.send(&lead.get(&path), &path, &fields);
    assert_eq!(again.status, 422);
    // Missing, unreadable, and what only the use case can refuse: in the order of the page.
    let at = |line: &str| again.text.find(line).unwrap_or_else(|| panic!("{line} in {}", again.text));
    let title = at("<a href=\"#f-title\">件名：");
    let year = at("<a href=\"#f-fiscal_year\">年度：");
    let members = at("<a href=\"#f-member_ids\">参加団体：");
    assert!(at("<h1>") < title && title < year && year < members && members < at("<form class=\"sheet"));
    let rounds = people.all("lead", &world.path("/consortia/{consortium_id}/rounds"));
    assert!(rounds.iter().all(|round| round["title"] != ""), "nothing was made of the stand-ins");
}

#[test]
fn an_ended_session_keeps_the_draft_across_the_sign_in() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let path = world.path("/consortia/{consortium_id}/rounds/new");
    let page = lead.get(&path);
    app.clock.advance(chrono::Duration::hours(13));
    let late = lead.send(&page, &path, &new_round("期限を越えた調達回", &world.ids["member_id"]));
    assert_eq!(late.status, 401);
    let typed = html_unescape(&hidden(&late.text, "resume_typed").unwrap());
    let mail = email("lead");
    let nobody = Browser::new(&app);
    let entered = nobody.post(
        "/sign-in",
        &[("email", &mail), ("password", PASSWORD), ("resume_path", &path), ("resume_typed", &typed)],
    );
    assert_eq!(entered.status, 200, "{}", entered.text);
    assert!(entered.text.contains("期限を越えた調達回"));
    let mut again = Browser::new(&app);
    again.cookie = entered.headers["set-cookie"].split(';').next().unwrap().to_owned();
    let sent = again.send(&entered, &path, &new_round("期限を越えた調達回", &world.ids["member_id"]));
    assert_eq!(sent.status, 303, "{}", sent.text);
    drop(people);
}

fn html_unescape(text: &str) -> String {
    text.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#39;", "'").replace("&#38;", "&")
}

#[test]
fn a_refusal_is_a_page_for_people_and_a_problem_for_programs() {
    let app = whole();
    let nobody = Browser::new(&app);
    let page = nobody.get("/nowhere");
    assert_eq!((page.status, page.headers["content-type"].as_str()), (404, "text/html; charset=utf-8"));
    assert!(page.text.contains(&page.headers["x-request-id"]) && page.text.contains("問合せ番号"));
    let program = app.get("/nowhere");
    assert_eq!(program.headers["content-type"], "application/problem+json");
    let api = app.send("GET", "/api/v1/me", &[("accept", "text/html")], &serde_json::Value::Null);
    assert_eq!(api.headers["content-type"], "application/problem+json");
}

#[test]
fn somebody_signed_in_keeps_menu_and_place_on_the_page_of_a_refusal() {
    let app = whole();
    let (_world, _people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let unknown = "/rounds/0199b3f0-0000-7000-8000-00000000dead";
    for (path, status) in [("/service/mails", 403), (unknown, 404), ("/nowhere", 404)] {
        let page = lead.get(path);
        assert_eq!(page.status, status, "{path}");
        for part in ["aria-label=\"主なメニュー\"", "いまの所属", "サインアウト", &page.headers["x-request-id"]]
        {
            assert!(page.text.contains(part), "{part} at {path} in {}", page.text);
        }
        assert!(!page.text.contains("をファイルで保存"), "{path}: there is no list to be saved");
        assert!(!Browser::new(&app).get(path).text.contains("主なメニュー"), "{path}: nobody is signed in");
    }
}

#[test]
fn what_was_done_is_told_where_the_act_led_and_to_nobody_else() {
    let app = whole();
    let (_world, _people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let fields = [("display_name", "架空 県子"), ("kana", "かくう けんこ")];
    let saved = lead.send(&lead.get("/me/profile"), "/me/profile", &fields);
    assert_eq!(saved.headers["location"], "/me?done=saved", "{}", saved.text);
    assert!(!saved.headers.contains_key("set-cookie"), "a changed cookie makes browsers forget the page before");
    let told = |path: &str, from: &str| {
        let headers = [("accept", "text/html"), ("cookie", lead.cookie.as_str()), ("sec-fetch-site", from)];
        app.send_bytes("GET", path, &headers, b"").text
    };
    assert!(told("/me?done=saved", "same-origin").contains("保存しました。"));
    for from in ["none", "cross-site", "same-site"] {
        assert!(!told("/me?done=saved", from).contains("保存しました。"), "an address from {from} is no act");
        assert!(!told("/sign-in?done=password_set", from).contains("パスワードを設定しました"));
    }
}

#[test]
fn the_public_posts_are_a_link_of_every_page() {
    let app = whole();
    let link = "href=\"/public/posts\"";
    assert!(Browser::new(&app).get("/sign-in").text.contains(link));
    assert!(Browser::new(&app).get("/nowhere").text.contains(link));
}

#[test]
fn the_stylesheet_and_the_module_are_kept_for_good_and_small() {
    let app = whole();
    let page = Browser::new(&app).get("/sign-in");
    let mut bytes = page.text.len();
    for part in page.text.split("/assets/").skip(1) {
        let name = part.split('"').next().unwrap();
        let asset = app.get(&format!("/assets/{name}"));
        assert_eq!(asset.headers["cache-control"], "public, max-age=31536000, immutable", "{name}");
        bytes += asset.text.len();
    }
    assert!(bytes < 60_000, "{bytes} bytes on the first view");
    assert!(!page.text.contains("http://") && !page.text.contains("https://"), "nothing from elsewhere");
    assert_eq!(app.get("/assets/yui-0000.css").status, 404);
}

#[test]
fn signing_out_ends_the_session_and_clears_the_browser() {
    let app = whole();
    let (_, _people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let home = lead.get("/");
    assert_eq!(home.status, 200);
    let out = lead.send(&home, "/sign-out", &[]);
    assert_eq!(out.headers["clear-site-data"], "\"cookies\", \"storage\"");
    assert_eq!(lead.get("/").status, 303, "the old cookie opens nothing");
}

/// Whoever uses no scripts reads when the session ends, and it ends then.
#[test]
fn every_page_says_when_the_session_ends_and_it_does() {
    use domain::accounts::{SESSION_IDLE, SESSION_LIFE};
    let app = whole();
    let (world, _) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let ends = app.clock_now() + SESSION_LIFE;
    let idle = format!("最後の操作から約{}時間で、サインアウトします。", SESSION_IDLE.num_hours());
    for pattern in ["/", "/me", "/search", "/consortia/{consortium_id}/rounds", "/rounds/{round_id}/edit"] {
        let page = lead.get(&world.path(pattern)).text;
        assert!(page.contains(&idle), "{pattern}: {page}");
        assert!(page.contains(&format!("<time datetime=\"{}\">", ends.to_rfc3339())), "{pattern}: {ends} in {page}");
    }
    let nobody = Browser::new(&app).get("/sign-in").text;
    assert!(!nobody.contains("サインアウトします"), "{nobody}");

    // In use it lives until its latest end, of which the last hour warns.
    let (step, soon) = (SESSION_IDLE - chrono::Duration::hours(1), "まもなくサインインの期限です。");
    while app.clock_now() + step < ends - chrono::Duration::hours(1) {
        app.clock.advance(step);
        let page = lead.get("/");
        assert!(page.status == 200 && !page.text.contains(soon), "{}", page.text);
    }
    app.clock.advance(ends - chrono::Duration::minutes(10) - app.clock_now());
    let page = lead.get("/");
    assert!(page.status == 200 && page.text.contains(soon), "{}: {}", page.status, page.text);
    app.clock.advance(chrono::Duration::minutes(10));
    assert_eq!(lead.get("/").status, 303, "it ended");
    // Unused, it ends after the idle time.
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    app.clock.advance(SESSION_IDLE - chrono::Duration::minutes(10));
    assert_eq!(lead.get("/").status, 200);
    app.clock.advance(SESSION_IDLE);
    assert_eq!(lead.get("/").status, 303);
}
