//! One's own account at the pages: second factor, step-up, links of mails, sessions, tokens, wishes, notices, home.

use crate::{numbered, whole, world};
use acceptance::people::{PASSWORD, email};
use domain::clock::Clock as _;
use identity::second_factor::Seed;
use testkit::app::{Answer, Face, TestApp, on_both_with};
use testkit::pages::{Browser, hidden};

const NEW_PASSWORD: &str = "夕焼けの校庭に並ぶ長い影";

/// The seed that the page shows, as a telephone reads it.
fn seed(app: &TestApp, user_id: &str) -> Seed {
    let id = user_id.to_owned();
    let look = app.service.store().read(move |db| store::accounts::second_factors::find(db, &id));
    let row = acceptance::run(look).unwrap().unwrap();
    Seed::open(&app.service.env().secret, user_id, &row.sealed_seed).unwrap()
}

fn code(app: &TestApp, user_id: &str) -> String {
    seed(app, user_id).code_at(app.clock.now())
}

fn cookie(answer: &Answer) -> String {
    answer.headers["set-cookie"].split(';').next().unwrap().to_owned()
}

/// Enrols at the pages; the answer shows the recovery codes.
fn enrol(app: &TestApp, browser: &Browser<'_>, user_id: &str) -> Answer {
    let page = browser.get("/me/second-factor");
    let begun = browser.send(&page, "/me/second-factor/begin", &[]);
    assert_eq!((begun.status, begun.headers["location"].as_str()), (303, "/me/second-factor"), "{}", begun.text);
    let page = browser.get("/me/second-factor");
    assert!(page.text.contains("<svg class=\"qr\"") && page.text.contains("otpauth://totp/"), "{}", page.text);
    assert!(page.text.contains(&seed(app, user_id).groups()), "the seed as text");
    let typed = code(app, user_id);
    let done = browser.send(&page, "/me/second-factor/confirm", &[("code", &typed)]);
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(done.text.matches("<li><code>").count(), 10);
    app.clock.advance(chrono::Duration::seconds(30));
    done
}

#[test]
fn with_a_second_factor_the_password_alone_leads_to_the_code_and_no_further() {
    let app = whole();
    let (_, people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let user = people.users["lead"].clone();
    enrol(&app, &lead, &user);
    let mail = email("lead");
    let nobody = Browser::new(&app);
    let half = nobody.post("/sign-in", &[("email", &mail), ("password", PASSWORD), ("next", "/me")]);
    assert_eq!(half.status, 200);
    assert!(!half.headers.contains_key("set-cookie"), "half a sign-in is no session");
    let ticket = hidden(&half.text, "ticket").unwrap();
    let wrong = nobody.post("/sign-in/code", &[("ticket", &ticket), ("next", "/me"), ("code", "000000")]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("確認コードが違います") && wrong.text.contains("role=\"alert\""));
    let typed = code(&app, &user);
    let entered = nobody.post("/sign-in/code", &[("ticket", &ticket), ("next", "/me"), ("code", &typed)]);
    assert_eq!((entered.status, entered.headers["location"].as_str()), (303, "/me"));
    assert_ne!(cookie(&entered), lead.cookie);
    let replayed = nobody.post("/sign-in/code", &[("ticket", &ticket), ("code", &typed)]);
    assert_eq!(replayed.status, 422, "a code counts once");
    app.clock.advance(chrono::Duration::minutes(5));
    let late = nobody.post("/sign-in/code", &[("ticket", &ticket), ("code", "000000"), ("next", "/me")]);
    assert!(late.text.contains("サインインをやり直してください") && late.text.contains("name=\"password\""));
}

#[test]
fn a_lead_who_must_have_a_second_factor_enrols_before_anything_else() {
    // The rule is switched on in a service whose people have none yet.
    let before = whole();
    let (world, people) = world(&before);
    let folder = tempfile::tempdir().unwrap();
    before.copy_to(&folder.path().join("before.db"));
    let mut face = testkit::app::Face::whole();
    face.second_factor = app::ctx::SecondFactorRule::Required;
    let app = TestApp::on_copy_with(face, &folder.path().join("before.db"));
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    for path in ["/", "/me", "/me/tokens", world.path("/consortia/{consortium_id}/rounds").as_str()] {
        let led = lead.get(path);
        assert_eq!((led.status, led.headers["location"].as_str()), (303, "/me/second-factor"), "{path}");
    }
    let page = lead.get("/me/second-factor");
    assert!(page.text.contains("2段階認証の登録が必要です"));
    enrol(&app, &lead, &people.users["lead"]);
    assert_eq!(lead.get("/").status, 200);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    assert_eq!(contact.get("/").status, 200, "a contact may, but need not");
}

#[test]
fn taking_the_factor_away_asks_for_password_and_code() {
    let app = whole();
    let (_, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let user = people.users["contact"].clone();
    enrol(&app, &contact, &user);
    let page = contact.get("/me/second-factor");
    assert!(page.text.contains("利用中") && !page.text.contains("otpauth"), "the seed is shown once");
    let typed = code(&app, &user);
    let refused =
        contact.send(&page, "/me/second-factor/disable", &[("password", "ちがうパスワードです。"), ("code", &typed)]);
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("＊パスワードが違います"), "{}", refused.text);
    let off = contact.send(&page, "/me/second-factor/disable", &[("password", PASSWORD), ("code", &typed)]);
    assert_eq!((off.status, off.headers["location"].as_str()), (303, "/me?done=factor_off"), "{}", off.text);
    assert!(contact.get("/me").text.contains("未登録"));
}

#[test]
fn recovery_codes_are_renewed_with_password_and_code_and_the_old_ones_open_nothing() {
    let app = whole();
    let (_, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let user = people.users["contact"].clone();
    let shown = enrol(&app, &contact, &user);
    let codes = |page: &str| -> Vec<String> {
        page.split("<li><code>").skip(1).map(|part| part.split('<').next().unwrap().to_owned()).collect()
    };
    let old = codes(&shown.text);
    let page = contact.get("/me/second-factor");
    let renew = "/me/second-factor/recovery-codes";
    let refused = contact.send(&page, renew, &[("password", "ちがうパスワードです。"), ("code", &code(&app, &user))]);
    assert!(refused.status == 422 && refused.text.contains("パスワードが違います"), "{}", refused.text);
    let renewed = contact.send(&page, renew, &[("password", PASSWORD), ("code", &code(&app, &user))]);
    let new = codes(&renewed.text);
    assert_eq!((renewed.status, new.len()), (200, 10), "{}", renewed.text);
    assert!(new.iter().all(|code| !old.contains(code)));
    let nobody = Browser::new(&app);
    let mail = email("contact");
    let half = nobody.post("/sign-in", &[("email", &mail), ("password", PASSWORD)]);
    let ticket = hidden(&half.text, "ticket").unwrap();
    assert_eq!(nobody.post("/sign-in/code", &[("ticket", &ticket), ("code", &old[0])]).status, 422, "an old one");
    assert_eq!(nobody.post("/sign-in/code", &[("ticket", &ticket), ("code", &new[0])]).status, 303);
}

#[test]
fn an_administrator_takes_a_lost_second_factor_away_after_a_question() {
    let app = whole();
    let (_, people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let user = people.users["contact"].clone();
    enrol(&app, &contact, &user);
    let admin = Browser::signed_in(&app, &email("admin"), PASSWORD);
    let here = format!("/accounts/{user}");
    let reset = format!("{here}/reset-second-factor");
    let asked = admin.send(&admin.get(&here), &reset, &[]);
    assert!(asked.text.contains("電話などで本人であることを確かめてから"), "{}", asked.text);
    assert_eq!(numbered(&admin.sure(&asked, &reset)), format!("{here}?done=factor_reset"));
    assert_eq!(contact.get("/").status, 303, "every session ends");
    let again = Browser::signed_in(&app, &email("contact"), PASSWORD);
    assert!(again.get("/me").text.contains("未登録"));
}

#[test]
fn what_needs_a_proof_asks_again_after_five_minutes_and_changes_the_cookie() {
    let app = whole();
    let (_, _people) = world(&app);
    let mut contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    app.clock.advance(chrono::Duration::minutes(6));
    let page = contact.get("/me/second-factor");
    let asked = contact.send(&page, "/me/second-factor/begin", &[]);
    assert_eq!(asked.headers["location"], "/step-up?next=%2Fme%2Fsecond-factor");
    let page = contact.get(&asked.headers["location"]);
    let wrong =
        contact.send(&page, "/step-up", &[("next", "/me/second-factor"), ("password", "ちがうパスワードです。")]);
    assert_eq!(wrong.status, 422);
    let proved = contact.send(&page, "/step-up", &[("next", "/me/second-factor"), ("password", PASSWORD)]);
    assert_eq!(proved.headers["location"], "/me/second-factor?done=proved", "{}", proved.text);
    let old = std::mem::replace(&mut contact.cookie, cookie(&proved));
    assert_ne!(old, contact.cookie);
    let page = contact.get("/me/second-factor?done=proved");
    assert!(page.text.contains("ご本人であることを確認しました"));
    assert_eq!(contact.send(&page, "/me/second-factor/begin", &[]).headers["location"], "/me/second-factor");
    let mut stolen = Browser::new(&app);
    stolen.cookie = old;
    assert_eq!(stolen.get("/me").status, 303, "the cookie before is dead");
    let elsewhere = contact.get("/step-up?next=//evil.example/");
    assert_eq!(hidden(&elsewhere.text, "next").as_deref(), Some("/"));
}

#[test]
fn an_invited_person_pastes_the_link_sets_a_password_and_enters() {
    let app = whole();
    let (world, people) = world(&app);
    let lead = people.sessions["lead"]["access_token"].as_str().unwrap().to_owned();
    let body = serde_json::json!({"email": "shinjin@town.example.jp", "display_name": "架空 新人", "kana": "かくう しんじん",
        "role": "contact", "member_id": world.ids["member_id"]});
    let bearer = format!("Bearer {lead}");
    let path = format!("/api/v1/consortia/{}/users", world.ids["consortium_id"]);
    assert_eq!(app.send("POST", &path, &[("authorization", &bearer)], &body).status, 201);
    let token = people.mailed("shinjin@town.example.jp", "invite", "yui_inv_");
    let nobody = Browser::new(&app);
    assert_eq!(nobody.get("/invitations").status, 200);
    let link = format!(" http://127.0.0.1/invitations#token={token} ");
    let weak = nobody.post("/invitations", &[("token", &link), ("password", "短い")]);
    assert_eq!(weak.status, 422);
    assert!(weak.text.contains("href=\"#f-password\"") && weak.text.contains(&token), "the link is kept");
    let set = nobody.post("/invitations", &[("token", &link), ("password", NEW_PASSWORD)]);
    assert_eq!(set.headers["location"], "/sign-in?done=password_set", "{}", set.text);
    assert!(nobody.get("/sign-in?done=password_set").text.contains("パスワードを設定しました"));
    let twice = nobody.post("/invitations", &[("token", &link), ("password", NEW_PASSWORD)]);
    assert!(twice.status == 422 && twice.text.contains("このリンクは使えません"));
    let entered = Browser::signed_in(&app, "shinjin@town.example.jp", NEW_PASSWORD);
    assert_eq!(entered.get("/").status, 200);
}

#[test]
fn a_reset_answers_everybody_alike_and_sets_a_new_password() {
    let app = whole();
    let (_, people) = world(&app);
    let nobody = Browser::new(&app);
    let known = nobody.post("/password-reset", &[("email", &email("contact"))]);
    let unknown = nobody.post("/password-reset", &[("email", "nobody@town.example.jp")]);
    assert_eq!((known.status, &known.headers["location"]), (unknown.status, &unknown.headers["location"]));
    assert!(nobody.get("/password-reset?done=sent").text.contains("受け付けました"));
    let token = people.mailed(&email("contact"), "password_reset", "yui_rst_");
    let set = nobody.post("/password-resets", &[("token", &token), ("password", NEW_PASSWORD)]);
    assert_eq!(set.headers["location"], "/sign-in?done=password_set", "{}", set.text);
    assert_eq!(Browser::signed_in(&app, &email("contact"), NEW_PASSWORD).get("/").status, 200);
}

#[test]
fn the_first_administrator_is_made_once_by_the_printed_token() {
    let app = whole();
    let token = acceptance::run(app::accounts::bootstrap_token(&app.service)).unwrap().unwrap();
    let nobody = Browser::new(&app);
    let fields = |token| {
        vec![
            ("token", token),
            ("email", "kanri@service.example.jp"),
            ("display_name", "架空 管理"),
            ("kana", "かくう かんり"),
            ("password", NEW_PASSWORD),
        ]
    };
    let wrong = nobody.post("/bootstrap", &fields("yui_bst_wrong"));
    assert!(wrong.status == 422 && wrong.text.contains("架空 管理"));
    let made = nobody.post("/bootstrap", &fields(token.reveal()));
    assert_eq!(made.headers["location"], "/sign-in?done=administrator", "{}", made.text);
    assert_eq!(nobody.post("/bootstrap", &fields(token.reveal())).status, 422);
    let admin = Browser::signed_in(&app, "kanri@service.example.jp", NEW_PASSWORD);
    assert!(admin.get("/").text.contains("サービス管理者"));
}

#[test]
fn ones_sessions_are_listed_and_ended_one_by_one_and_all() {
    let app = whole();
    let (_, _people) = world(&app);
    let here = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let there = Browser::signed_in(&app, &email("learner"), PASSWORD);
    assert_eq!(here.get("/sessions").headers["location"], "/me#sessions");
    let page = here.get("/me");
    assert!(page.text.contains("この端末"));
    let mut ended = 0;
    for part in page.text.split("action=\"/me/sessions/").skip(1) {
        let id = part.split('/').next().unwrap();
        let path = format!("/me/sessions/{id}/end");
        assert_eq!(here.send(&page, &path, &[]).status, 303);
        ended += 1;
    }
    assert!(ended >= 1);
    assert_eq!(there.get("/me").status, 303, "the other one is over");
    let page = here.get("/me/sessions/end-all");
    let out = here.send(&page, "/me/sessions/end-all", &[]);
    assert_eq!(out.headers["location"], "/sign-in?done=all_ended");
    assert_eq!(here.get("/me").status, 303);
}

#[test]
fn name_and_password_are_changed_and_refusals_keep_what_was_typed() {
    let app = whole();
    let (_, _people) = world(&app);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let page = learner.get("/me/profile");
    let refused = learner.send(&page, "/me/profile", &[("display_name", "髙﨑 𠮷子"), ("kana", "")]);
    assert!(refused.status == 422 && refused.text.contains("髙﨑 𠮷子") && refused.text.contains("#f-kana"));
    let saved = learner.send(&refused, "/me/profile", &[("display_name", "髙﨑 𠮷子"), ("kana", "たかさき よしこ")]);
    assert_eq!(saved.headers["location"], "/me?done=saved", "{}", saved.text);
    let auditor = Browser::signed_in(&app, &email("auditor"), PASSWORD);
    let found = |words: &str| auditor.get(&format!("/search?q={}", testkit::pages::encode(words))).text;
    assert!(found("タカサキ").contains("髙﨑 𠮷子") && found("髙﨑𠮷子").contains("髙﨑 𠮷子"), "by the new name");
    assert!(!found("learner かくう").contains("髙﨑 𠮷子"), "no longer by the old one");
    let stale = learner.send(&page, "/me/profile", &[("display_name", "別の名"), ("kana", "べつのな")]);
    assert!(stale.status == 422 && stale.text.contains("現在保存されている値") && stale.text.contains("髙﨑 𠮷子"));
    let page = learner.get("/me/password");
    let wrong = [("current_password", "ちがうパスワードです。"), ("new_password", NEW_PASSWORD)];
    let refused = learner.send(&page, "/me/password", &wrong);
    assert!(refused.status == 422 && refused.text.contains("#f-current_password"), "{}", refused.text);
    assert!(!refused.text.contains(NEW_PASSWORD), "a password is never sent back");
    let right = [("current_password", PASSWORD), ("new_password", NEW_PASSWORD)];
    let changed = learner.send(&page, "/me/password", &right);
    assert_eq!(changed.headers["location"], "/me?done=password", "{}", changed.text);
    assert_eq!(Browser::signed_in(&app, &email("learner"), NEW_PASSWORD).get("/").status, 200);
}

#[test]
fn a_token_is_shown_once_and_revoked() {
    let app = whole();
    let (_, _people) = world(&app);
    let lead = Browser::signed_in(&app, &email("lead"), PASSWORD);
    let page = lead.get("/me/tokens");
    let refused = lead.send(&page, "/me/tokens", &[("name", "集計"), ("scopes", "read"), ("expires_at", "いつか")]);
    assert!(refused.status == 422 && refused.text.contains("value=\"集計\"") && refused.text.contains("#f-expires_at"));
    let typed = [("name", "集計"), ("scopes", "read"), ("expires_at", "令和8年6月30日")];
    let made = lead.send(&page, "/me/tokens", &typed);
    assert_eq!(made.status, 200, "{}", made.text);
    let token = made.text.split("id=\"token\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(token.starts_with("yui_pat_"));
    let bearer = format!("Bearer {token}");
    let me = || app.send("GET", "/api/v1/me", &[("authorization", bearer.as_str())], &serde_json::Value::Null).status;
    assert_eq!(me(), 200);
    let list = lead.get("/me/tokens");
    assert!(!list.text.contains(&token) && list.text.contains("集計"));
    let rows: Vec<&str> = list.text.split("<tr ").filter(|row| row.contains(">集計<")).collect();
    let path = rows[0].split("action=\"").nth(1).unwrap().split('"').next().unwrap();
    let asked = lead.send(&list, path, &[]);
    assert!(asked.text.contains("集計") && me() == 200, "a question changes nothing: {}", asked.text);
    assert_eq!(numbered(&lead.sure(&asked, path)), "/me/tokens?done=revoked");
    assert_eq!(me(), 401);
}

#[test]
fn wishes_about_mails_are_kept_and_what_guards_the_account_is_not_offered() {
    let app = whole();
    let (_, _people) = world(&app);
    let contact = Browser::signed_in(&app, &email("contact"), PASSWORD);
    let page = contact.get("/me/notifications");
    let chosen =
        |page: &str, kind: &str, how: &str| page.contains(&format!("name=\"wish-{kind}\" value=\"{how}\" checked"));
    assert!(chosen(&page.text, "post_commented", "mail") && !page.text.contains("wish-new_device"), "{}", page.text);
    let wishes = [("wish-survey_opened", "mail"), ("wish-survey_reminder", "mail"), ("wish-post_resolved", "digest")];
    let saved = contact.send(&page, "/me/notifications", &wishes);
    assert_eq!(saved.status, 303, "{}", saved.text);
    let page = contact.get("/me/notifications");
    assert!(chosen(&page.text, "survey_opened", "mail") && chosen(&page.text, "post_resolved", "digest"));
    assert!(chosen(&page.text, "post_commented", "none"), "what is not named is declined: {}", page.text);
}

/// The newest mail of a kind: to whom, and its text.
fn newest(app: &testkit::app::TestApp, kind: &str) -> (String, String) {
    let kind = kind.to_owned();
    let query =
        format!("SELECT to_address || ' ' || id AS line FROM outbox WHERE kind = '{kind}' ORDER BY id DESC LIMIT 1");
    let found = app.service.store().read_now(move |db| store::fixtures::lines(db, &query)).unwrap();
    let (address, id) = found[0].split_once(' ').unwrap();
    let (address, id) = (address.to_owned(), id.to_owned());
    let body = {
        let (address, kind) = (address.clone(), kind.clone());
        app.service
            .store()
            .within(store::Fence::service_wide())
            .read_now(move |db| store::notify::newest(db, &address, &kind))
            .unwrap()
            .1
    };
    let text = app::notify::links::opened(&app.service.env().secret, &id, &kind, &body).unwrap();
    (address, text)
}

#[test]
fn another_mail_address_is_confirmed_from_its_mailbox_and_ends_every_session() {
    on_both_with(Face::whole, |app| {
        let (_, _people) = world(app);
        let learner = Browser::signed_in(app, &email("learner"), PASSWORD);
        let elsewhere = Browser::signed_in(app, &email("learner"), PASSWORD);
        let page = learner.get("/me/email");
        let refused = learner.send(&page, "/me/email", &[("email", &email("learner"))]);
        assert!(refused.status == 422 && refused.text.contains("いまのメールアドレスと同じです"), "{}", refused.text);
        let asked = learner.send(&refused, "/me/email", &[("email", "New.Name@town.example.jp")]);
        assert_eq!(asked.headers["location"], "/me/email?done=asked", "{}", asked.text);
        let (to, text) = newest(app, "email_change");
        assert_eq!(to, "new.name@town.example.jp");
        let token = text.split("#token=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let (to, told) = newest(app, "account_changed");
        assert!(to == email("learner") && told.contains("メールアドレスの変更の申込み"), "{to}: {told}");
        assert!(!learner.get("/me/notices").text.contains("メールアドレス変更の確認"), "the link is in no notice");
        assert_eq!(elsewhere.get("/").status, 200, "nothing changed yet");

        let taken = learner.send(&learner.get("/me/email"), "/me/email", &[("email", &email("lead"))]);
        assert_eq!(taken.headers["location"], asked.headers["location"], "who uses the service is not told");
        assert_eq!(newest(app, "email_change").0, "new.name@town.example.jp", "no link to an address that is taken");
        let old = Browser::new(app).post("/email-changes", &[("token", &token)]);
        assert_eq!(old.status, 422, "a later request ends the earlier link");
        let again = learner.send(&learner.get("/me/email"), "/me/email", &[("email", "new.name@town.example.jp")]);
        assert_eq!(again.status, 303, "{}", again.text);
        let (_, text) = newest(app, "email_change");
        let link = text.split_whitespace().find(|word| word.contains("#token=")).unwrap().to_owned();
        let page = Browser::new(app).get("/email-changes");
        assert!(page.text.contains("このメールアドレスに変更する"));
        let done = Browser::new(app).post("/email-changes", &[("token", &link)]);
        assert_eq!(done.headers["location"], "/sign-in?done=email_changed", "{}", done.text);
        for browser in [&learner, &elsewhere] {
            assert_eq!(browser.get("/").status, 303, "every session ends");
        }
        let (to, told) = newest(app, "account_changed");
        assert!(to == email("learner") && told.contains("メールアドレスの変更"), "the old address hears of it: {to}");
        let twice = Browser::new(app).post("/email-changes", &[("token", &link)]);
        assert_eq!(twice.status, 422, "once");
        let shut = Browser::new(app).post("/sign-in", &[("email", &email("learner")), ("password", PASSWORD)]);
        assert_eq!(shut.status, 422);
        let new = Browser::signed_in(app, "new.name@town.example.jp", PASSWORD);
        assert!(new.get("/me").text.contains("new.name@town.example.jp"));
        acceptance::assert_verified(app);
    });
}

#[test]
fn a_mail_address_is_changed_by_somebody_who_is_there_alone() {
    let app = whole();
    let (_, _people) = world(&app);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let page = learner.get("/me/email");
    app.clock.advance(chrono::Duration::minutes(6));
    assert_eq!(learner.get("/me/email").headers["location"], "/step-up?next=%2Fme%2Femail");
    let late = learner.send(&page, "/me/email", &[("email", "x@town.example.jp")]);
    assert!(late.status == 403 && late.text.contains("大切な操作の前に"), "{}", late.text);
}

#[test]
fn home_names_the_town_of_each_task_for_who_works_in_two() {
    on_both_with(Face::whole, |app| {
        let (world, people) = world(app);
        let of = |member: &str| domain::access::Grant {
            role: domain::access::Role::Contact,
            consortium_id: Some(world.ids["consortium_id"].clone()),
            member_id: Some(world.ids[member].clone()),
        };
        let new = app::accounts::NewUser {
            email: "both@town.example.jp".to_owned(),
            display_name: "架空 兼務".to_owned(),
            kana: "かくう けんむ".to_owned(),
            password: app::accounts::Secret::new(PASSWORD),
            grants: vec![of("member_id"), of("other_member_id")],
        };
        acceptance::run(app::accounts::create_user(&app.service, new)).unwrap();
        let towns = [&world.ids["member_id"], &world.ids["other_member_id"]];
        let round = acceptance::world::round(&[towns[0], towns[1]]);
        let round = people.post("lead", &world.path("/consortia/{consortium_id}/rounds"), &round);
        let round = round["id"].as_str().unwrap();
        let survey = people.post("lead", &format!("/rounds/{round}/surveys"), &acceptance::world::survey("2026-05-20"));
        let survey = survey["id"].as_str().unwrap();
        people.act("lead", &format!("/surveys/{survey}/open"));

        let mut both = Browser::signed_in(app, "both@town.example.jp", PASSWORD);
        let page = both.get("/places");
        let at = page.text.split("松田町").next().unwrap().rsplit("name=\"place\" value=\"").next().unwrap();
        let sent = both.send(&page, "/places", &[("place", at.split('"').next().unwrap())]);
        both.cookie = sent.headers["set-cookie"].split(';').next().unwrap().to_owned();
        let home = both.get("/").text;
        let task = |town: &str, name: &str| {
            let link = format!("href=\"/surveys/{survey}/answers/{town}\"");
            let (_, rest) = home.split_once(&link).unwrap_or_else(|| panic!("{name}: {link} in {home}"));
            assert!(rest.split("</li>").next().unwrap().contains(name), "{name} in {home}");
            home.len() - rest.len()
        };
        let (nakai, matsuda) = (task(towns[0], "中井町"), task(towns[1], "松田町"));
        assert!(matsuda < nakai, "the chosen place comes first");
        assert!(both.get(&format!("/surveys/{survey}/answers/{}", towns[0])).text.contains("中井町"));
    });
}

#[test]
fn somebody_with_roles_in_two_places_chooses_and_switches_with_another_cookie() {
    on_both_with(Face::whole, |app| {
        let (world, _people) = world(app);
        let grant = |role, consortium: &str, member: &str| domain::access::Grant {
            role,
            consortium_id: Some(world.ids[consortium].clone()),
            member_id: Some(world.ids[member].clone()),
        };
        let new = app::accounts::NewUser {
            email: "both@town.example.jp".to_owned(),
            display_name: "架空 兼務".to_owned(),
            kana: "かくう けんむ".to_owned(),
            password: app::accounts::Secret::new(PASSWORD),
            grants: vec![
                grant(domain::access::Role::Contact, "consortium_id", "member_id"),
                grant(domain::access::Role::Lead, "foreign_consortium_id", "foreign_member_id"),
            ],
        };
        acceptance::run(app::accounts::create_user(&app.service, new)).unwrap();
        let one = Browser::signed_in(app, &email("contact"), PASSWORD);
        let home = one.get("/").text;
        assert!(
            home.contains("いまの所属：架空の共同調達A　中井町　市町村の担当者") && !home.contains("切り替える"),
            "{home}"
        );

        let mut both = Browser::signed_in(app, "both@town.example.jp", PASSWORD);
        let asked = both.get("/");
        assert_eq!((asked.status, asked.headers["location"].as_str()), (303, "/places"));
        let page = both.get("/places");
        let choice = |page: &str, words: &str| {
            let before = page.split(words).next().unwrap().to_owned();
            before.rsplit("name=\"place\" value=\"").next().unwrap().split('"').next().unwrap().to_owned()
        };
        let there = choice(&page.text, "架空の共同調達B　東京都　県の担当者");
        let here = choice(&page.text, "架空の共同調達A　中井町　市町村の担当者");
        let none = both.send(&page, "/places", &[("place", "9")]);
        assert_eq!(none.status, 422);
        let switch = |both: &mut Browser<'_>, to: &str| {
            let before = both.cookie.clone();
            let sent = both.send(&both.get("/places"), "/places", &[("place", to)]);
            assert_eq!(sent.headers["location"], "/?done=place", "{}", sent.text);
            both.cookie = sent.headers["set-cookie"].split(';').next().unwrap().to_owned();
            let mut old = Browser::new(app);
            old.cookie = before;
            assert_eq!(old.get("/").status, 303, "the old cookie is dead (S60)");
            assert!(old.get("/").headers["location"].starts_with("/sign-in"));
        };
        switch(&mut both, &there);
        let home = both.get("/").text;
        let lead = world.path("/consortia/{foreign_consortium_id}/members");
        assert!(home.contains("いまの所属：架空の共同調達B　東京都　県の担当者") && home.contains(&lead), "{home}");
        assert!(!home.contains("わが町"), "the menu is of the place");
        let town = both.get(&world.path("/members/{member_id}")).text;
        assert!(
            town.contains("いまの所属：架空の共同調達A　中井町") && town.contains("わが町"),
            "a page says whose it is"
        );
        let round = both.get(&world.path("/rounds/{round_id}")).text;
        assert!(round.contains("いまの所属：架空の共同調達A"), "also where only its way tells: {round}");
        switch(&mut both, &here);
        assert!(both.get("/").text.contains("いまの所属：架空の共同調達A　中井町"));
        let again = Browser::signed_in(app, "both@town.example.jp", PASSWORD);
        assert!(again.get("/").text.contains("いまの所属：架空の共同調達A　中井町"), "the last choice is kept");
        acceptance::assert_verified(app);
    });
}

#[test]
fn wanted_once_a_day_the_notices_of_a_day_come_in_one_mail_with_their_facts() {
    on_both_with(Face::whole, |app| {
        let (world, people) = world(app);
        let learner = Browser::signed_in(app, &email("learner"), PASSWORD);
        let wishes = [("wish-post_commented", "digest"), ("wish-post_resolved", "none")];
        let saved = learner.send(&learner.get("/me/notifications"), "/me/notifications", &wishes);
        assert_eq!(saved.status, 303, "{}", saved.text);
        let comments = world.path("/posts/{post_id}/comments");
        for body in ["一つ目の助言です（架空）。", "二つ目の助言です（架空）。"] {
            people.post("contact", &comments, &serde_json::json!({ "body": body }));
        }
        let made = || acceptance::run(app::notify::digest::make_digests(&app.service)).unwrap();
        let set = |at: &str| app.clock.set(at.parse().unwrap());
        set("2026-05-02T06:59:00+09:00");
        assert_eq!(made(), 0, "not before the hour");
        let learner = Browser::signed_in(app, &email("learner"), PASSWORD);
        let again = learner.send(&learner.get("/me/notifications"), "/me/notifications", &wishes);
        assert_eq!(again.status, 303, "to save the same wishes again loses nothing");
        set("2026-05-02T07:00:00+09:00");
        assert_eq!(made(), 1);
        let (to, text) = newest(app, "daily_digest");
        assert_eq!(to, email("learner"));
        for words in ["一つ目の助言です", "二つ目の助言です", "2件", "転記がつらい"] {
            assert!(text.contains(words), "{words} in {text}");
        }
        assert_eq!(made(), 0, "once");
        people.post("contact", &comments, &serde_json::json!({"body": "三つ目の助言です（架空）。"}));
        set("2026-05-02T23:00:00+09:00");
        assert_eq!(made(), 0, "one a day");
        set("2026-05-03T07:30:00+09:00");
        assert_eq!(made(), 1);
        let (_, text) = newest(app, "daily_digest");
        assert!(text.contains("三つ目の助言です") && !text.contains("一つ目の助言です"), "{text}");
        let learner = Browser::signed_in(app, &email("learner"), PASSWORD);
        assert!(learner.get("/me/notices").text.contains("1日のお知らせ（1件）"));
        acceptance::assert_verified(app);
    });
}

#[test]
fn notices_are_read_here_by_their_recipient_alone() {
    let app = whole();
    let (_, _people) = world(&app);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    let list = learner.get("/me/notices");
    let unread = list.text.matches(">未読<").count();
    assert!(unread > 0 && list.text.contains("件の未読"), "{}", list.text);
    let href = list.text.split("href=\"/me/notices/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/me/notices/{href}");
    let page = learner.get(&path);
    assert_eq!(page.status, 200);
    assert_eq!(learner.get("/me/notices").text.matches(">未読<").count(), unread, "looking changes nothing");
    assert_eq!(learner.send(&page, &format!("{path}/read"), &[]).status, 303);
    assert_eq!(learner.get("/me/notices").text.matches(">未読<").count(), unread - 1);
    let stranger = Browser::signed_in(&app, &email("stranger"), PASSWORD);
    assert_eq!(stranger.get(&path).status, 404);
    let all = learner.send(&learner.get("/me/notices"), "/me/notices/read-all", &[]);
    assert_eq!(all.status, 303);
    assert!(!learner.get("/").text.contains("件の未読"));
}

#[test]
fn home_says_what_waits_for_each_role_and_links_to_it() {
    let app = whole();
    let (world, people) = world(&app);
    let waits = |who: &str| Browser::signed_in(&app, &email(who), PASSWORD).get("/").text;
    let lead = waits("lead");
    let request = world.path("/seat-requests/{request_id}");
    assert!(lead.contains(&format!("href=\"{request}\"")) && lead.contains("県の担当者"), "{lead}");
    let auditor = waits("auditor");
    assert!(auditor.contains("いま、あなたを待っていることはありません"));
    let seen = people.get("lead", "/me/waiting");
    let kinds: Vec<&str> =
        seen["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"request_to_decide"), "{kinds:?}");
    let foreign = people.get("stranger", "/me/waiting").to_string();
    assert!(!foreign.contains(&world.ids["request_id"]), "nothing of another consortium: {foreign}");
}

#[test]
fn no_token_or_address_of_mail_stands_in_an_address_and_pages_are_not_kept() {
    let app = whole();
    let (_, _people) = world(&app);
    let learner = Browser::signed_in(&app, &email("learner"), PASSWORD);
    for path in ["/", "/me", "/me/tokens", "/me/notices", "/me/profile", "/step-up", "/me/second-factor"] {
        let page = learner.get(path);
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        for href in page.text.split("href=\"").skip(1).chain(page.text.split("action=\"").skip(1)) {
            let href = href.split('"').next().unwrap();
            assert!(!href.contains('@') && !href.contains("yui_") && !href.contains("token="), "{path}: {href}");
        }
    }
}

#[test]
fn anybody_finds_help_and_the_accessibility_statement() {
    let app = whole();
    let nobody = Browser::new(&app);
    let help = nobody.get("/help");
    assert!(help.status == 200 && help.text.contains("共同調達事務局（架空）") && help.text.contains("問合せ番号"));
    let statement = nobody.get("/accessibility");
    assert!(statement.status == 200 && statement.text.contains("JIS X 8341-3"));
}
