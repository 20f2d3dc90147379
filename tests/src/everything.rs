//! Every operation that writes, done once with success, in one story: what a test wants to know of all of them — the
//! trace in the audit trail, the idempotency key, the fields of the answer — it asks while the story runs.

use crate::people::{PASSWORD, People, text};
use crate::run;
use crate::world::{World, application, contract, demand, entry_call, member, quote, round, scenario, survey};
use domain::access::Role;
use identity::second_factor::Seed;
use serde_json::{Value, json};
use testkit::app::{Answer, TestApp};

/// A request that must succeed.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who asks; empty for somebody without credentials.
    pub who: String,
    /// `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// Whole, with ids in it.
    pub path: String,
    /// Credentials and version.
    pub headers: Vec<(String, String)>,
    /// The command; null for none.
    pub body: Value,
    /// Sent instead of the command.
    pub file: Option<(&'static str, Vec<u8>)>,
}

impl Ask {
    /// Sends it as it is.
    #[must_use]
    pub fn send(&self, app: &TestApp) -> Answer {
        self.send_with(app, &[], &self.body)
    }

    /// Sends the same command in other bytes: another request for an idempotency key.
    #[must_use]
    pub fn send_reworded(&self, app: &TestApp, more: &[(&str, &str)]) -> Answer {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kind = [("content-type", "application/json")];
        let headers: Vec<_> = own.chain(more.iter().copied()).chain(kind).collect();
        let text = if self.body.is_null() { "{ }".to_owned() } else { format!("{} ", self.body) };
        app.send_text(self.method, &self.path, &headers, &text)
    }

    /// Sends it with more headers and another command.
    #[must_use]
    pub fn send_with(&self, app: &TestApp, more: &[(&str, &str)], body: &Value) -> Answer {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<_> = own.chain(more.iter().copied()).collect();
        match &self.file {
            Some((name, content)) => app.send_file(&self.path, &headers, name, content),
            None => app.send(self.method, &self.path, &headers, body),
        }
    }
}

/// How a request of the story is sent: as it is, or with questions around it.
pub type Perform<'a> = &'a dyn Fn(&TestApp, &Ask) -> Answer;

struct Play<'a> {
    app: &'a TestApp,
    people: People<'a>,
    world: World,
    perform: Perform<'a>,
}

/// Plays the whole story on a fresh service.
pub fn play<'a>(app: &'a TestApp, perform: Perform<'a>) -> (World, People<'a>) {
    bootstrap(app, perform);
    let (world, people) = World::build(app);
    let mut play = Play { app, people, world, perform };
    play.procure();
    play.seats();
    play.entries();
    play.requests();
    play.board();
    play.notify();
    play.oneself();
    play.second_factor();
    play.links();
    play.administer();
    (play.world, play.people)
}

fn ask(who: &str, method: &'static str, path: &str, bearer: Option<&str>, version: Option<i64>, body: Value) -> Ask {
    let mut headers = Vec::new();
    if let Some(bearer) = bearer {
        headers.push(("authorization".to_owned(), format!("Bearer {bearer}")));
    }
    if let Some(version) = version {
        headers.push(("if-match".to_owned(), format!("\"{version}\"")));
    }
    Ask { who: who.to_owned(), method, path: format!("/api/v1{path}"), headers, body, file: None }
}

fn done(ask: &Ask, answer: &Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{} {} {}: {}", ask.who, ask.method, ask.path, answer.text);
    answer.json()
}

fn bootstrap(app: &TestApp, perform: Perform<'_>) {
    // Only a service without an administrator has one.
    let Some(token) = run(app::accounts::bootstrap_token(&app.service)).unwrap() else { return };
    let first = json!({
        "token": token.reveal(), "email": "first@service.example.jp", "display_name": "架空 初代", "kana": "かくう",
        "password": PASSWORD,
    });
    let ask = ask("", "POST", "/bootstrap", None, None, first);
    done(&ask, &perform(app, &ask));
}

impl Play<'_> {
    fn id(&self, name: &str) -> String {
        self.world.ids[name].clone()
    }

    fn perform(&self, ask: &Ask) -> Value {
        done(ask, &(self.perform)(self.app, ask))
    }

    /// With the personal token.
    fn post(&self, who: &str, path: &str, body: Value) -> Value {
        self.perform(&ask(who, "POST", path, Some(&self.people.tokens[who]), None, body))
    }

    fn act(&self, who: &str, path: &str) -> Value {
        self.post(who, path, Value::Null)
    }

    fn version(&self, who: &str, path: &str) -> Option<i64> {
        self.people.get(who, path)["version"].as_i64()
    }

    /// Edits what stands at a path.
    fn edit(&self, who: &str, method: &'static str, path: &str, body: Value) -> Value {
        let version = self.version(who, path);
        self.perform(&ask(who, method, path, Some(&self.people.tokens[who]), version, body))
    }

    /// With a session that has just begun.
    fn in_person(&self, who: &str, method: &'static str, path: &str, version: Option<i64>, body: Value) -> Value {
        let session = self.session(who);
        self.perform(&ask(who, method, path, Some(&session), version, body))
    }

    fn live(&self, who: &str, path: &str, body: Value) -> Value {
        self.in_person(who, "POST", path, None, body)
    }

    fn session(&self, who: &str) -> String {
        text(&self.enter(who)["access_token"])
    }

    fn enter(&self, who: &str) -> Value {
        let sign_in = json!({"email": crate::people::email(who), "password": PASSWORD});
        self.open("/sessions", sign_in)
    }

    /// Without credentials.
    fn open(&self, path: &str, body: Value) -> Value {
        self.perform(&ask("", "POST", path, None, None, body))
    }

    fn token_of(&self, address: &str, kind: &'static str, prefix: &str) -> String {
        self.people.mailed(address, kind, prefix)
    }

    /// A second round beside the finished one, from its first day to its last.
    fn procure(&mut self) {
        let (a, nakai, matsuda) = (self.id("consortium_id"), self.id("member_id"), self.id("other_member_id"));
        let lead = member("130001", "東京都", "prefecture");
        self.post("admin", "/consortia", json!({"name": "架空の共同調達C", "lead": lead}));
        self.edit("admin", "PUT", &format!("/consortia/{a}"), json!({"name": "架空の共同調達A（改）"}));
        let kaisei = self.post("admin", &format!("/consortia/{a}/members"), member("143669", "開成町", "town"));
        let change = json!({
            "name": "開成町", "kana": "かいせいまち", "population": 18_329, "member_class": "associate", "left_on": null,
        });
        self.edit("lead", "PUT", &format!("/members/{}", text(&kaisei["id"])), change);

        let of = text(&self.post("lead", &format!("/consortia/{a}/rounds"), round(&[&nakai]))["id"]);
        let mut basis = round(&[]);
        basis.as_object_mut().unwrap().remove("member_ids");
        self.edit("lead", "PUT", &format!("/rounds/{of}"), basis);
        for method in ["PUT", "DELETE"] {
            let version = self.version("lead", &format!("/rounds/{of}"));
            let path = format!("/rounds/{of}/members/{matsuda}");
            self.perform(&ask("lead", method, &path, Some(&self.people.tokens["lead"]), version, Value::Null));
        }
        let asked = text(&self.post("lead", &format!("/rounds/{of}/surveys"), survey("2026-05-20"))["id"]);
        self.edit("lead", "PUT", &format!("/surveys/{asked}"), survey("2026-05-21"));
        self.act("lead", &format!("/surveys/{asked}/open"));
        self.post("lead", &format!("/surveys/{asked}/extend"), json!({"deadline_on": "2026-05-25"}));
        self.post("lead", &format!("/surveys/{asked}/remind"), json!({}));
        let answer = format!("/surveys/{asked}/answers/{nakai}");
        let (draft, typed) = (format!("{answer}/draft"), json!({"base_seats": "70席くらい"}));
        self.perform(&ask("contact", "PUT", &draft, Some(&self.people.tokens["contact"]), None, typed));
        self.edit("contact", "DELETE", &draft, Value::Null);
        self.perform(&ask("contact", "PUT", &answer, Some(&self.people.tokens["contact"]), None, demand(1, 1, 5)));
        self.act("contact", &format!("{answer}/submit"));
        self.post("lead", &format!("{answer}/return"), json!({"reason": "根拠を補ってください。"}));
        self.edit("contact", "PUT", &answer, demand(1, 2, 5));
        self.act("contact", &format!("{answer}/submit"));
        self.act("lead", &format!("{answer}/fix"));
        self.act("lead", &format!("/surveys/{asked}/close"));

        let schedule = json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "24000"}]});
        let offered = self.post("lead", &format!("/rounds/{of}/quotes"), quote("別の見積", &schedule));
        let offered = text(&offered["id"]);
        self.edit("lead", "PUT", &format!("/quotes/{offered}"), quote("別の見積（改）", &schedule));
        let plan = |play: &Self| {
            text(&play.post("lead", &format!("/rounds/{of}/scenarios"), scenario(&offered, &asked))["id"])
        };
        let (kept, dropped) = (plan(self), plan(self));
        self.edit("lead", "DELETE", &format!("/scenarios/{dropped}"), Value::Null);
        self.act("lead", &format!("/scenarios/{kept}/finalise"));
        let signed = text(&self.post("lead", &format!("/rounds/{of}/contract"), contract(&of))["id"]);
        self.live("lead", &format!("/contracts/{signed}/allocation/publish"), json!({"lines": []}));
        let more = json!({
            "seats": 2, "ex_tax_yen": 48_000, "tax_yen": 4_800, "reason": "追加発注（架空）", "effective_on": "2026-05-01",
        });
        self.post("lead", &format!("/contracts/{signed}/amendments"), more);
        let accounts = self.people.get("lead", &format!("/contracts/{signed}/seat-accounts"));
        let account = |member: Option<&str>| {
            let found = accounts.as_array().unwrap().iter().find(|one| one["member_id"].as_str() == member);
            text(&found.unwrap()["id"])
        };
        for (name, id) in [
            ("second_round_id", of.clone()),
            ("second_contract_id", signed.clone()),
            ("second_account_id", account(Some(&nakai))),
            ("second_reserve_id", account(None)),
        ] {
            self.world.ids.insert(name.to_owned(), id);
        }
    }

    /// Seats move, are taken, given, given back, offered, accepted, declined.
    fn seats(&mut self) {
        let (contract, account) = (self.id("second_contract_id"), self.id("second_account_id"));
        let movement = json!({
            "kind": "grant", "from_account_id": self.id("second_reserve_id"), "to_account_id": account, "seats": 1,
            "reason": "見直しのため（架空）",
        });
        self.live("lead", &format!("/contracts/{contract}/seat-transfers"), movement);
        let (learner, colleague) = (self.people.users["learner"].clone(), self.people.users["colleague"].clone());
        let assignments = format!("/seat-accounts/{account}/assignments");
        let seated = self.post("contact", &assignments, json!({"user_id": learner}));
        let bulk = json!({"user_ids": [colleague], "mode": "each"});
        self.live("contact", &format!("{assignments}/bulk"), bulk);
        // The learner steps back; the seat is offered, the offer declined, the seat claimed again.
        let first = self.id("account_id");
        let leave = json!({"reason": "人事異動のため（架空）"});
        self.post("learner", &format!("/assignments/{}/release", self.id("assignment_id")), leave.clone());
        let offer = text(&self.people.get("colleague", "/me/offers")["items"][0]["id"]);
        self.act("colleague", &format!("/offers/{offer}/decline"));
        let claims = format!("/seat-accounts/{first}/claims");
        self.act("learner", &claims);
        self.act("colleague", &claims);
        let waiting = text(&self.people.get("colleague", "/me/waiting-entries")[0]["id"]);
        self.act("colleague", &format!("/waiting-entries/{waiting}/withdraw"));
        self.act("colleague", &claims);
        let held = self.people.get("learner", "/me/seats");
        let held = held.as_array().unwrap().iter().find(|seat| seat["id"] != seated["id"]).unwrap();
        self.post("contact", &format!("/assignments/{}/release", text(&held["id"])), leave);
        let offers = self.people.get("colleague", "/me/offers");
        let offer = offers["items"].as_array().unwrap().iter().find(|offer| offer["state"] == "open").unwrap();
        self.act("colleague", &format!("/offers/{}/accept", text(&offer["id"])));
    }

    /// An entry call with a selection, and one with a lottery.
    fn entries(&mut self) {
        let account = self.id("second_account_id");
        let calls = format!("/seat-accounts/{account}/entry-calls");
        let call = text(&self.post("contact", &calls, entry_call(1))["id"]);
        self.edit("contact", "PUT", &format!("/entry-calls/{call}"), entry_call(2));
        self.act("contact", &format!("/entry-calls/{call}/open"));
        let apply = |play: &Self, call: &str, who: &str, boss: &str| {
            text(&play.post(who, &format!("/entry-calls/{call}/applications"), application(boss))["id"])
        };
        let one = apply(self, &call, "learner", "boss-1@town.example.jp");
        let two = apply(self, &call, "colleague", "boss-2@town.example.jp");
        self.edit("learner", "PUT", &format!("/applications/{one}"), application("boss-3@town.example.jp"));
        self.act("contact", &format!("/applications/{one}/acknowledgement-requests"));
        let link = |play: &Self, boss: &str| play.token_of(boss, "acknowledgement_requested", "yui_ack_");
        let acknowledged = link(self, "boss-3@town.example.jp");
        self.open("/acknowledgements/view", json!({"token": acknowledged}));
        self.open("/acknowledgements", json!({"token": acknowledged}));
        let objected = link(self, "boss-2@town.example.jp");
        self.open("/acknowledgements/objections", json!({"token": objected, "reason": "繁忙期のため（架空）"}));
        self.act("colleague", &format!("/applications/{two}/withdraw"));
        self.post("contact", &format!("/entry-calls/{call}/close"), json!({}));
        let decided = |id: &str| json!({"decisions": [{"application_id": id, "outcome": "declined", "reason": "次の回でお願いします。"}]});
        self.post("contact", &format!("/entry-calls/{call}/selection"), decided(&one));

        let mut lottery = entry_call(1);
        lottery["policy"] = json!("lottery");
        let call = text(&self.post("contact", &calls, lottery)["id"]);
        self.act("contact", &format!("/entry-calls/{call}/open"));
        apply(self, &call, "learner", "boss-4@town.example.jp");
        let source = json!({"lottery_source": "5月21日の日経平均株価の終値（架空）"});
        self.post("contact", &format!("/entry-calls/{call}/close"), source);
        self.post("contact", &format!("/entry-calls/{call}/draw"), json!({"public_value": "38,765.43"}));
    }

    /// Requests for more seats: returned, withdrawn, approved, declined; the round ends.
    fn requests(&mut self) {
        let contract = self.id("second_contract_id");
        let requests = format!("/contracts/{contract}/seat-requests");
        let wish = json!({"member_id": self.id("member_id"), "seats": 1, "reason": "新規採用者の研修のため（架空）"});
        let reason = json!({"reason": "根拠を添えてください（架空）。"});
        let preview = json!({"member_id": self.id("member_id"), "seats": 1});
        self.post("contact", &format!("{requests}/preview"), preview);
        let asked = text(&self.post("contact", &requests, wish.clone())["id"]);
        self.post("lead", &format!("/seat-requests/{asked}/return"), reason.clone());
        let again = json!({"seats": 1, "reason": "内定者が2名います（架空）。"});
        self.post("contact", &format!("/seat-requests/{asked}/resubmit"), again);
        self.act("contact", &format!("/seat-requests/{asked}/withdraw"));
        let asked = text(&self.post("contact", &requests, wish.clone())["id"]);
        let approve = json!({"source": "reserve", "seats": 1, "reason": "予備席から配分します。"});
        self.live("lead", &format!("/seat-requests/{asked}/approve"), approve);
        let asked = text(&self.post("contact", &requests, wish)["id"]);
        self.post("lead", &format!("/seat-requests/{asked}/decline"), reason);
        self.act("lead", &format!("/rounds/{}/close", self.id("second_round_id")));
    }

    fn board(&mut self) {
        let posts = format!("/consortia/{}/posts", self.id("consortium_id"));
        let write = |kind: &str, visibility: &str| json!({"kind": kind, "visibility": visibility, "title": "集計の話（架空）", "body": "毎月の集計です。"});
        let post = text(&self.post("learner", &posts, write("worry", "consortium"))["id"]);
        let at = format!("/posts/{post}");
        let edited =
            json!({"visibility": "consortium", "title": "集計の話（改）", "body": "毎月の集計に困っています。"});
        self.edit("learner", "PUT", &at, edited);
        let said = self.post("contact", &format!("{at}/comments"), json!({"body": "関数を使います。"}));
        let comment = format!("/comments/{}", text(&said["id"]));
        let version = said["version"].as_i64();
        let better = json!({"body": "ピボットを使います。"});
        self.perform(&ask("contact", "PUT", &comment, Some(&self.people.tokens["contact"]), version, better));
        for method in ["PUT", "DELETE"] {
            let path = format!("{at}/helpful");
            self.perform(&ask("contact", method, &path, Some(&self.people.tokens["contact"]), None, Value::Null));
        }
        let tried = json!({"outcome": "worked", "note": "うまくいきました。", "hours_saved": 12});
        self.post("other_town", &format!("{at}/replications"), tried);
        self.post("learner", &format!("{at}/resolve"), json!({"comment_id": said["id"]}));
        self.act("learner", &format!("{at}/reopen"));
        self.act("contact", &format!("{comment}/hide"));
        self.act("contact", &format!("{at}/hide"));
        self.act("contact", &format!("{at}/restore"));
        let file = Ask {
            file: Some(("手順（架空）.txt", "手順です。".as_bytes().to_vec())),
            ..ask(
                "learner",
                "POST",
                &format!("{at}/attachments"),
                Some(&self.people.tokens["learner"]),
                None,
                Value::Null,
            )
        };
        let attached = format!("/attachments/{}", text(&self.perform(&file)["id"]));
        self.perform(&ask("learner", "DELETE", &attached, Some(&self.people.tokens["learner"]), Some(1), Value::Null));

        let mut draft = write("knowhow", "consortium");
        draft["as_draft"] = json!(true);
        let draft = text(&self.post("learner", &posts, draft)["id"]);
        self.act("learner", &format!("/posts/{draft}/publish"));
        let open = |play: &Self| text(&play.post("learner", &posts, write("knowhow", "public"))["id"]);
        let back = open(self);
        self.post("lead", &format!("/posts/{back}/return"), json!({"remark": "固有名詞を消してください。"}));
        let out = format!("/posts/{}", open(self));
        let version = self.version("lead", &out);
        self.perform(&ask(
            "lead",
            "POST",
            &format!("{out}/approve"),
            Some(&self.people.tokens["lead"]),
            version,
            Value::Null,
        ));
    }

    fn notify(&mut self) {
        let wish = json!({"items": [{"kind": "entry_call_opened", "mail": false}]});
        let path = "/me/notification-preferences";
        self.perform(&ask("colleague", "PUT", path, Some(&self.people.tokens["colleague"]), None, wish));
        self.act("learner", &format!("/me/notices/{}/read", self.id("notice_id")));
        let parked = self.id("mail_id");
        self.app.sql(&format!("UPDATE outbox SET state = 'parked' WHERE id = '{parked}'"));
        self.act("lead", &format!("/mails/{parked}/retry"));
    }

    /// One's own account, as somebody new does it.
    fn oneself(&mut self) {
        let (a, nakai) = (self.id("consortium_id"), self.id("member_id"));
        for who in ["spare", "guest"] {
            self.people.enter(who, Role::Learner, Some(&a), Some(&nakai));
        }
        let version = self.version("spare", "/me");
        let name = json!({"display_name": "架空 控え", "kana": "かくう ひかえ"});
        self.in_person("spare", "PUT", "/me", version, name);
        let entered = self.enter("spare");
        self.open("/sessions/refresh", json!({"refresh_token": entered["refresh_token"]}));
        self.live("spare", "/sessions/step-up", json!({"password": PASSWORD}));
        let life = self.app.clock_now() + chrono::Duration::days(30);
        let token = json!({"name": "試験", "scopes": ["read"], "expires_at": life});
        let made = self.live("spare", "/personal-tokens", token);
        let made = text(&made["personal_token"]["id"]);
        self.live("spare", &format!("/personal-tokens/{made}/revoke"), Value::Null);
        let other = self.session("spare");
        let bearer = format!("Bearer {other}");
        let sessions = self.app.send("GET", "/api/v1/sessions", &[("authorization", &bearer)], &Value::Null).json();
        let other = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
        self.live("spare", &format!("/sessions/{}/revoke", text(&other["id"])), Value::Null);
        self.live("spare", "/sessions/sign-out", Value::Null);
        let change = json!({"current_password": PASSWORD, "new_password": "夜明けの海を渡る白い船の帆"});
        self.in_person("guest", "PUT", "/me/password", None, change);
        self.live("spare", "/sessions/revoke-all", Value::Null);
        self.live("admin", &format!("/users/{}/revoke-sessions", self.people.users["spare"]), Value::Null);
    }

    fn code(&self, who: &str) -> String {
        let id = self.people.users[who].clone();
        let row = self.app.service.store().within(store::Fence::service_wide()).read_now({
            let id = id.clone();
            move |db| store::accounts::second_factors::find(db, &id)
        });
        // Each code counts once.
        self.app.clock.advance(chrono::Duration::seconds(30));
        let seed = Seed::open(&self.app.service.env().secret, &id, &row.unwrap().unwrap().sealed_seed).unwrap();
        seed.code_at(self.app.clock_now())
    }

    fn second_factor(&mut self) {
        let session = self.session("spare");
        let with = |play: &Self, path: &str, body: Value| {
            play.perform(&ask("spare", "POST", path, Some(&session), None, body))
        };
        with(self, "/me/second-factor", Value::Null);
        with(self, "/me/second-factor/confirm", json!({"code": self.code("spare")}));
        let proof = json!({"password": PASSWORD, "code": self.code("spare")});
        with(self, "/me/second-factor/recovery-codes", proof);
        let sign_in = json!({"email": crate::people::email("spare"), "password": PASSWORD});
        let half = self.app.send("POST", "/api/v1/sessions", &[], &sign_in);
        let ticket = text(&half.json()["facts"]["ticket"]);
        self.open("/sessions/finish", json!({"ticket": ticket, "code": self.code("spare")}));
        let proof = json!({"password": PASSWORD, "code": self.code("spare")});
        with(self, "/me/second-factor/disable", proof);
        with(self, "/me/second-factor", Value::Null);
        with(self, "/me/second-factor/confirm", json!({"code": self.code("spare")}));
        let reset = format!("/users/{}/second-factor/reset", self.people.users["spare"]);
        self.live("admin", &reset, Value::Null);
    }

    fn links(&mut self) {
        let users = format!("/consortia/{}/users", self.id("consortium_id"));
        let invite = |email: &str, role: &str, member: Option<String>| json!({"email": email, "display_name": "架空 新人", "kana": "かくう", "role": role, "member_id": member});
        self.live("lead", &users, invite("auditor-2@town.example.jp", "auditor", None));
        let new = self.live("contact", &users, invite("new@town.example.jp", "learner", Some(self.id("member_id"))));
        let token = self.token_of("new@town.example.jp", "invite", "yui_inv_");
        self.open("/invitations/accept", json!({"token": token, "password": PASSWORD}));
        self.live(
            "contact",
            &format!("/consortia/{}/grants/{}/revoke", self.id("consortium_id"), text(&new["grant_id"])),
            Value::Null,
        );
        self.open("/password-resets", json!({"email": crate::people::email("spare")}));
        let token = self.token_of(&crate::people::email("spare"), "password_reset", "yui_rst_");
        self.open("/password-resets/confirm", json!({"token": token, "password": "夜明けの海を渡る白い船の帆"}));
    }

    fn administer(&mut self) {
        let admin = json!({"email": "second@service.example.jp", "display_name": "架空 二代", "kana": "かくう"});
        self.live("admin", "/admins", admin);
        let (spare, guest) = (self.people.users["spare"].clone(), self.people.users["guest"].clone());
        self.live("contact", &format!("/consortia/{}/users/{guest}/disable", self.id("consortium_id")), Value::Null);
        self.live("admin", &format!("/users/{guest}/enable"), Value::Null);
        self.live("admin", &format!("/users/{spare}/disable"), Value::Null);
        let old = self.id("kid");
        self.live("admin", "/signing-keys", Value::Null);
        self.live("admin", &format!("/signing-keys/{old}/revoke"), Value::Null);
    }
}
