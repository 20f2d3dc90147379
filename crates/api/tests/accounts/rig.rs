//! People on a running service, and requests in their name.

use app::accounts::{self, MeView, NewUser, Secret};
use app::consortium::{AddMember, CreateConsortium, MemberClass, add_member, create_consortium};
use app::{Call, Meta};
use domain::access::{Actor, Grant, Role};
use serde_json::{Value, json};
use std::future::Future;
use testkit::app::{Answer, TestApp};

pub(crate) const PASSWORD: &str = "静かな雪の朝に鳴く鳥の声";

/// A consortium with a lead and one town.
pub(crate) struct Place {
    pub(crate) consortium: String,
    pub(crate) lead_member: String,
    pub(crate) town: String,
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn grant(role: Role, consortium: Option<&str>, member: Option<&str>) -> Grant {
    Grant { role, consortium_id: consortium.map(Into::into), member_id: member.map(Into::into) }
}

pub(crate) fn user(app: &TestApp, email: &str, grants: Vec<Grant>) -> MeView {
    let new = NewUser {
        email: email.to_owned(),
        display_name: "架空 花子".to_owned(),
        kana: "かくう はなこ".to_owned(),
        password: Secret::new(PASSWORD),
        grants,
    };
    run(accounts::create_user(&app.service, new)).unwrap()
}

pub(crate) fn sign_in(app: &TestApp, email: &str) -> Value {
    let answer = post(app, "/api/v1/sessions", None, &json!({"email": email, "password": PASSWORD}));
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// A new person's access token.
pub(crate) fn signed_in(app: &TestApp, email: &str, grants: Vec<Grant>) -> String {
    user(app, email, grants);
    sign_in(app, email)["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn post(app: &TestApp, path: &str, token: Option<&str>, body: &Value) -> Answer {
    request(app, "POST", path, token, body)
}

pub(crate) fn get(app: &TestApp, path: &str, token: &str) -> Answer {
    request(app, "GET", path, Some(token), &Value::Null)
}

pub(crate) fn request(app: &TestApp, method: &str, path: &str, token: Option<&str>, body: &Value) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    app.send(method, path, &headers, body)
}

pub(crate) fn place(app: &TestApp) -> Place {
    let operator = Actor {
        user_id: "operator".into(),
        display_name: "架空の管理者".into(),
        credential_id: "rig".into(),
        scopes: None,
        grants: vec![grant(Role::Admin, None, None)],
        past: Vec::new(),
    };
    let call = Call {
        meta: Meta::default(),
        actor: operator,
        operation: "test".to_owned(),
        idempotency: None,
        expected_version: None,
    };
    let town = |code: &str, name: &str, kind: &str| AddMember {
        municipality_code: code.to_owned(),
        name: name.to_owned(),
        kana: "かくうのよみ".to_owned(),
        kind: kind.to_owned(),
        population: 9_300,
        member_class: MemberClass::Full,
        joined_on: "2026-04-01".parse().unwrap(),
    };
    let cmd = CreateConsortium {
        name: "架空の共同調達".to_owned(), lead: town("140007", "神奈川県", "prefecture")
    };
    let (nakai, service) = (town("143618", "中井町", "town"), &app.service);
    let made = call.clone();
    run(async move {
        let consortium =
            service.write(made.clone(), move |ctx, call| create_consortium(ctx, call, &cmd)).await.unwrap().id;
        let id = consortium.clone();
        let town = service.write(made, move |ctx, call| add_member(ctx, call, &id, &nakai)).await.unwrap().id;
        let id = consortium.clone();
        let nine = store::consortium::MEMBERS.top(9);
        let members = service
            .store()
            .within(store::Fence::service_wide())
            .read(move |db| store::consortium::members(db, &id, &nine))
            .await
            .unwrap();
        Place { consortium, lead_member: members[0].0.id.clone(), town }
    })
}

/// The token in the only mail that is waiting; afterwards none is.
pub(crate) fn mailed_token(app: &TestApp) -> String {
    use domain::clock::Clock as _;
    let now = app.clock.now().naive_utc();
    let until = "2036-01-01T00:00:00".parse().unwrap();
    let mails = run(app
        .service
        .store()
        .within(store::Fence::service_wide())
        .write(move |db| store::notify::delivery::lease(db, now, until, 100)))
    .unwrap();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    let text = app::notify::links::opened(&app.service.env().secret, &mail.id, &mail.kind, &mail.body).unwrap();
    let (_, after) = text.split_once("#token=").expect("a link");
    after.split_whitespace().next().unwrap().to_owned()
}

/// The problem without what differs from request to request.
pub(crate) fn bare(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    if let Some(object) = body.as_object_mut() {
        object.remove("request_id");
    }
    (answer.status, body)
}
