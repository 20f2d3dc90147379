//! The rig: a running service with one consortium of five towns, another with none, and tokens for their people.

use app::accounts::{CreatePersonalToken, NewUser, Secret, TokenScope, create_personal_token, create_user};
use app::consortium::{AddMember, CreateConsortium, MemberClass, add_member, create_consortium, list_members};
use app::{Call, Ctx, Error, Meta};
use domain::access::{Actor, Grant, Role};
use serde_json::{Value, json};
use store::accounts::users;
use testkit::app::{Answer, TestApp};

/// Code, name, kind, population of the census of 2020, seats of the worked example.
pub const TOWNS: [(&str, &str, &str, i64, i64); 5] = [
    ("143618", "中井町", "town", 9_300, 70),
    ("143634", "松田町", "town", 10_836, 80),
    ("143669", "開成町", "town", 18_329, 90),
    ("143839", "真鶴町", "town", 6_722, 45),
    ("144029", "清川村", "village", 3_038, 15),
];

/// A service with its people.
pub struct TownHall<'a> {
    app: &'a TestApp,
    pub lead: String,
    pub auditor: String,
    /// One contact for each town.
    pub contacts: Vec<String>,
    pub learner: String,
    /// The lead of another consortium.
    pub stranger: String,
    pub consortium: String,
    pub towns: Vec<String>,
    pub other_member: String,
    prefecture: String,
}

impl<'a> TownHall<'a> {
    pub fn open(app: &'a TestApp) -> Self {
        let (consortium, prefecture) = found(app, "神奈川県共同調達（架空）", "140007");
        let (elsewhere, other_member) = found(app, "別の共同調達（架空）", "130001");
        let mut towns = Vec::new();
        for (code, name, kind, population, _) in TOWNS {
            let at = consortium.clone();
            let view =
                act(app, admin(), move |ctx, call| add_member(ctx, call, &at, &member(code, name, kind, population)));
            towns.push(view.id);
        }
        let hire = |role, consortium: &str, member: Option<&str>| hire(app, role, consortium, member);
        Self {
            lead: hire(Role::Lead, &consortium, Some(&prefecture)),
            auditor: hire(Role::Auditor, &consortium, None),
            contacts: towns.iter().map(|town| hire(Role::Contact, &consortium, Some(town))).collect(),
            learner: hire(Role::Learner, &consortium, Some(&towns[0])),
            stranger: hire(Role::Lead, &elsewhere, Some(&other_member)),
            app,
            consortium,
            towns,
            other_member,
            prefecture,
        }
    }

    /// An access token of somebody who just signed in as a lead: what weighs much is no work for a personal token.
    pub fn lead_in_person(&self) -> String {
        let email = "kenko@pref.example.jp";
        let password = "静かな雪の朝に鳴く鳥の声";
        let grants = vec![Grant {
            role: Role::Lead,
            consortium_id: Some(self.consortium.clone()),
            member_id: Some(self.prefecture.clone()),
        }];
        let new = NewUser {
            email: email.to_owned(),
            display_name: "架空 県子".to_owned(),
            kana: "かくう けんこ".to_owned(),
            password: Secret::new(password),
            grants,
        };
        actix_web::rt::System::new().block_on(create_user(&self.app.service, new)).unwrap();
        let entered = self.app.send("POST", "/api/v1/sessions", &[], &json!({"email": email, "password": password}));
        entered.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub fn get(&self, who: &str, path: &str) -> Answer {
        self.send(who, "GET", path, None, &Value::Null)
    }

    pub fn post(&self, who: &str, path: &str, body: &Value) -> Answer {
        self.send(who, "POST", path, None, body)
    }

    pub fn put(&self, who: &str, path: &str, etag: Option<&str>, body: &Value) -> Answer {
        self.send(who, "PUT", path, etag, body)
    }

    pub fn send(&self, who: &str, method: &str, path: &str, etag: Option<&str>, body: &Value) -> Answer {
        let bearer = format!("Bearer {who}");
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(etag.map(|etag| ("if-match", etag)));
        self.app.send(method, &format!("/api/v1{path}"), &headers, body)
    }

    /// A POST that must succeed.
    pub fn done(&self, who: &str, path: &str, body: &Value) -> Value {
        let answer = self.post(who, path, body);
        assert!((200..300).contains(&answer.status), "POST {path}: {}", answer.text);
        answer.json()
    }

    /// A round of the five towns: its id.
    pub fn round(&self) -> String {
        let body = json!({
            "title": "令和8年度共同調達（架空）", "product": "オンライン学習サービス", "fiscal_year": 2026,
            "contract_mode": "lead_contract", "census_year": 2020, "seats_counted_on": "2026-04-01",
            "member_ids": self.towns,
        });
        id(&self.done(&self.lead, &format!("/consortia/{}/rounds", self.consortium), &body))
    }

    /// An open survey of a round: its id.
    pub fn survey(&self, round: &str) -> String {
        let body = json!({"kind": "intent", "title": "意向調査（架空）", "deadline_on": "2026-05-29"});
        let survey = id(&self.done(&self.lead, &format!("/rounds/{round}/surveys"), &body));
        self.done(&self.lead, &format!("/surveys/{survey}/open"), &Value::Null);
        survey
    }

    /// A round whose towns asked for the seats of the worked example: round and a volume quote.
    pub fn surveyed(&self) -> (String, String) {
        let round = self.round();
        let survey = self.survey(&round);
        for (index, town) in TOWNS.iter().enumerate() {
            let path = format!("/surveys/{survey}/answers/{}", self.towns[index]);
            let saved = self.put(&self.contacts[index], &path, None, &wish(town.4));
            assert_eq!(saved.status, 200, "{}", saved.text);
            self.done(&self.contacts[index], &format!("{path}/submit"), &Value::Null);
        }
        self.done(&self.lead, &format!("/surveys/{survey}/close"), &Value::Null);
        let quote = id(&self.done(&self.lead, &format!("/rounds/{round}/quotes"), &quote(volume())));
        (round, quote)
    }
}

/// The id of a thing.
pub fn id(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

pub fn wish(seats: i64) -> Value {
    json!({"low_seats": seats, "base_seats": seats, "high_seats": seats, "reason": "全庁研修のため（架空）"})
}

pub fn volume() -> Value {
    json!({"mode": "volume", "tiers": [
        {"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}]})
}

pub fn quote(schedule: Value) -> Value {
    json!({
        "vendor": "架空ラーニング株式会社", "title": "年間ライセンス", "valid_until_on": "2027-03-31",
        "schedule": schedule, "tax_rate": "0.10", "tax_included": false,
    })
}

pub fn plan(quote_id: &str) -> Value {
    json!({
        "name": "試算（架空）", "quote_id": quote_id, "allocation": {"rule": "webster"},
        "sharing": {"rule": {"kind": "mixture", "equal": "10", "population": "0", "seats": "90"}},
    })
}

fn member(code: &str, name: &str, kind: &str, population: i64) -> AddMember {
    AddMember {
        municipality_code: code.to_owned(),
        name: name.to_owned(),
        kana: "よみ".to_owned(),
        kind: kind.to_owned(),
        population,
        member_class: MemberClass::Full,
        joined_on: "2026-04-01".parse().unwrap(),
    }
}

fn found(app: &TestApp, name: &str, code: &'static str) -> (String, String) {
    let name = name.to_owned();
    let id = act(app, admin(), move |ctx, call| {
        let lead = member(code, "県（架空）", "prefecture", 9_237_337);
        create_consortium(ctx, call, &CreateConsortium { name: name.clone(), lead })
    })
    .id;
    let at = id.clone();
    let members = act(app, admin(), move |ctx, call| list_members(ctx, call, &at, &app::PageQuery::default()));
    (id, members.items[0].id.clone())
}

/// Gives somebody a role and a personal token.
fn hire(app: &TestApp, role: Role, consortium: &str, member: Option<&str>) -> String {
    let grant = Grant { role, consortium_id: Some(consortium.to_owned()), member_id: member.map(str::to_owned) };
    let user = act(app, admin(), move |ctx, _| {
        let row = users::User {
            id: ctx.id(),
            email: format!("{}@example.jp", ctx.id()),
            display_name: "担当者（架空）".to_owned(),
            kana: "たんとうしゃ".to_owned(),
            password_hash: None,
            state: "active".to_owned(),
            session_version: 1,
            created_at: ctx.stamp(),
            updated_at: ctx.stamp(),
            version: 1,
        };
        users::insert(ctx.db, &row)?;
        let granted = users::Grant {
            id: ctx.id(),
            user_id: row.id.clone(),
            role: grant.role.as_str().to_owned(),
            consortium_id: grant.consortium_id.clone(),
            member_id: grant.member_id.clone(),
            granted_by: None,
            created_at: ctx.stamp(),
            revoked_at: None,
        };
        users::insert_grant(ctx.db, &granted)?;
        Ok(actor(&row.id, vec![grant.clone()]))
    });
    let user = Actor { credential_id: app.sit(&user.user_id), ..user };
    act(app, user, |ctx, call| {
        let cmd = CreatePersonalToken {
            name: "試験".to_owned(),
            scopes: vec![TokenScope::Read, TokenScope::Write],
            expires_at: ctx.now + chrono::TimeDelta::days(300),
        };
        Ok(create_personal_token(ctx, call, &cmd)?.token)
    })
}

fn admin() -> Actor {
    actor("", vec![Grant { role: Role::Admin, consortium_id: None, member_id: None }])
}

fn actor(user_id: &str, grants: Vec<Grant>) -> Actor {
    Actor {
        user_id: user_id.to_owned(),
        display_name: "（架空）".to_owned(),
        credential_id: "rig".to_owned(),
        scopes: None,
        grants,
        past: Vec::new(),
    }
}

fn act<T: Send + 'static>(
    app: &TestApp,
    actor: Actor,
    f: impl Fn(&mut Ctx<'_>, &Call) -> Result<T, Error> + Send + 'static,
) -> T {
    let service = app.service.clone();
    let call =
        Call { meta: Meta::default(), actor, operation: "rig".to_owned(), idempotency: None, expected_version: None };
    app.service
        .store()
        .within(store::Fence::service_wide())
        .write_now(move |db| {
            let mut ctx = Ctx::new(db, service.env(), &call.meta);
            let value = f(&mut ctx, &call)?;
            ctx.flush()?;
            Ok::<T, Error>(value)
        })
        .unwrap()
}
