//! People with accounts, who act over HTTP and nothing else.

use crate::run;
use app::accounts::{NewUser, Secret, create_user};
use domain::access::{Grant, Role};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::app::{Answer, TestApp};

/// The password of everybody in the stories.
pub const PASSWORD: &str = "静かな雪の朝に鳴く鳥の声";

/// Everybody who entered, by a short name.
pub struct People<'a> {
    /// The service.
    pub app: &'a TestApp,
    /// Access tokens (15 minutes).
    pub sessions: BTreeMap<String, Value>,
    /// Personal tokens (almost a year), with which the stories act.
    pub tokens: BTreeMap<String, String>,
    /// Accounts.
    pub users: BTreeMap<String, String>,
    domain: &'static str,
}

/// Where the people of most stories have their mailboxes.
const DOMAIN: &str = "town.example.jp";

/// The mail address of somebody.
pub fn email(who: &str) -> String {
    format!("{who}@{DOMAIN}")
}

impl<'a> People<'a> {
    /// Nobody yet.
    pub fn of(app: &'a TestApp) -> Self {
        Self::at(app, DOMAIN)
    }

    /// Nobody yet, with mailboxes elsewhere: a second set of people beside the first.
    pub fn at(app: &'a TestApp, domain: &'static str) -> Self {
        Self { app, sessions: BTreeMap::new(), tokens: BTreeMap::new(), users: BTreeMap::new(), domain }
    }

    fn email(&self, who: &str) -> String {
        format!("{who}@{}", self.domain)
    }

    /// Makes an account as `yui user add` does, signs in, and makes a personal token.
    pub fn enter(&mut self, who: &str, role: Role, consortium: Option<&str>, member: Option<&str>) {
        let new = NewUser {
            email: self.email(who),
            display_name: format!("架空 {who}"),
            kana: "かくう".to_owned(),
            password: Secret::new(PASSWORD),
            grants: vec![Grant { role, consortium_id: consortium.map(Into::into), member_id: member.map(Into::into) }],
        };
        let user = run(create_user(&self.app.service, new)).unwrap();
        self.users.insert(who.to_owned(), user.id);
        self.sign_in(who);
        let bearer = format!("Bearer {}", self.sessions[who]["access_token"].as_str().unwrap());
        let now = self.app.service.env().clock.now();
        let token = self.app.send(
            "POST",
            "/api/v1/personal-tokens",
            &[("authorization", bearer.as_str())],
            &json!({"name": "試験", "scopes": ["read", "write"], "expires_at": now + chrono::Duration::days(364)}),
        );
        assert_eq!(token.status, 201, "{}", token.text);
        self.tokens.insert(who.to_owned(), text(&token.json()["token"]));
    }

    /// Signs in afresh.
    pub fn sign_in(&mut self, who: &str) {
        let session =
            self.app.send("POST", "/api/v1/sessions", &[], &json!({"email": self.email(who), "password": PASSWORD}));
        assert_eq!(session.status, 200, "{}", session.text);
        self.sessions.insert(who.to_owned(), session.json());
    }

    /// A request with more headers; the answer as it comes.
    pub fn with(&self, who: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.tokens[who]);
        let headers: Vec<_> = headers.iter().copied().chain([("authorization", bearer.as_str())]).collect();
        self.app.send(method, &format!("/api/v1{path}"), &headers, body)
    }

    /// A request; the answer as it comes.
    pub fn send(&self, who: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.with(who, method, path, &[], body)
    }

    /// Does, with a fresh sign-in instead of the personal token, what must succeed and is no work for a script.
    pub fn in_person(&self, who: &str, path: &str, body: &Value) -> Value {
        let entered =
            self.app.send("POST", "/api/v1/sessions", &[], &json!({"email": self.email(who), "password": PASSWORD}));
        let bearer = format!("Bearer {}", text(&entered.json()["access_token"]));
        let headers = [("authorization", bearer.as_str())];
        succeeded(who, path, &self.app.send("POST", &format!("/api/v1{path}"), &headers, body))
    }

    /// Reads what must be there.
    pub fn get(&self, who: &str, path: &str) -> Value {
        succeeded(who, path, &self.send(who, "GET", path, &Value::Null))
    }

    /// Does what must succeed.
    pub fn post(&self, who: &str, path: &str, body: &Value) -> Value {
        succeeded(who, path, &self.send(who, "POST", path, body))
    }

    /// An action without a body that must succeed.
    pub fn act(&self, who: &str, path: &str) -> Value {
        self.post(who, path, &Value::Null)
    }

    /// Writes or, with a version, edits what must succeed.
    pub fn put(&self, who: &str, path: &str, version: Option<&Value>, body: &Value) -> Value {
        let tag = version.map(|version| format!("\"{version}\""));
        let headers: Vec<_> = tag.iter().map(|tag| ("if-match", tag.as_str())).collect();
        succeeded(who, path, &self.with(who, "PUT", path, &headers, body))
    }

    /// Every entry of a list, page by page.
    pub fn all(&self, who: &str, path: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut next = String::new();
        let more = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.get(who, &format!("{path}{more}limit=100{next}"));
            found.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => return found,
            }
        }
    }

    /// The one-time token in the newest mail of a kind to an address.
    pub fn mailed(&self, address: &str, kind: &'static str, prefix: &str) -> String {
        let address = address.to_owned();
        let (id, body) = run(self
            .app
            .service
            .store()
            .within(store::Fence::service_wide())
            .read(move |db| store::notify::newest(db, &address, kind)))
        .unwrap();
        assert!(!body.contains(prefix), "a waiting mail keeps its link to itself");
        let mail = app::notify::links::opened(&self.app.service.env().secret, &id, kind, &body).unwrap();
        mail.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
            .find(|word| word.starts_with(prefix))
            .unwrap_or_else(|| panic!("no link in {mail}"))
            .to_owned()
    }
}

fn succeeded(who: &str, path: &str, answer: &Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{who} {path}: {} {}", answer.status, answer.text);
    answer.json()
}

/// A text of an answer.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
