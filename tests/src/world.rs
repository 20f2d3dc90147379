//! A world in which every kind of row exists: consortium A with two towns, from survey to seats, and
//! consortium B, whose lead must see nothing of it. Whatever a town owns belongs to A's town 中井町.

use crate::people::{People, text};
use domain::access::Role;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::app::TestApp;

/// The roles of the matrix, in the order of its columns; before them stands nobody, after them the absent.
pub const ROLES: [&str; 7] = ["admin", "lead", "contact", "learner", "auditor", "other_town", "stranger"];

/// Who is there and what exists.
pub struct World {
    /// Access tokens of sessions, by role.
    pub sessions: BTreeMap<String, String>,
    /// Refresh token of the learner.
    pub refresh_token: String,
    /// Ids, by the name under which paths and bodies ask for them.
    pub ids: BTreeMap<String, String>,
}

/// A member to be added.
pub fn member(code: &str, name: &str, kind: &str) -> Value {
    json!({
        "municipality_code": code, "name": name, "kana": "かくうのよみ", "kind": kind, "population": 9_300,
        "member_class": "full", "joined_on": "2026-04-01",
    })
}

/// A quote: every quantity at one price.
pub fn quote(title: &str, schedule: &Value) -> Value {
    json!({
        "vendor": "架空ラーニング株式会社", "title": title, "valid_until_on": "2026-12-31", "schedule": schedule,
        "tax_rate": "0.10", "tax_included": false, "note": "架空の見積です。",
    })
}

/// An answer of a town.
pub fn demand(low: i64, base: i64, high: i64) -> Value {
    json!({"low_seats": low, "base_seats": base, "high_seats": high, "reason": "研修に使います（架空）。"})
}

/// An application to an entry call without questions.
pub fn application(supervisor: &str) -> Value {
    json!({
        "want_to_learn": "表計算の自動化", "problem_at_work": "毎月の集計に3日かかる", "answers": [],
        "supervisor_name": "架空 上長", "supervisor_email": supervisor,
    })
}

/// An entry call without questions.
pub fn entry_call(capacity: i64) -> Value {
    json!({
        "title": "受講者募集（架空）", "guidance": "", "capacity": capacity, "policy": "selection", "questions": [],
        "closes_on": "2026-05-20",
    })
}

/// A scenario that shares by seats.
pub fn scenario(quote_id: &str, survey_id: &str) -> Value {
    json!({
        "name": "案A", "quote_id": quote_id, "survey_id": survey_id, "supply": 20,
        "allocation": {"rule": "webster"}, "sharing": {"rule": {"kind": "per_seat"}},
    })
}

/// The contract of a round, with a number of its own.
pub fn contract(round_id: &str) -> Value {
    let (_, number) = round_id.rsplit_once('-').unwrap();
    json!({
        "number": format!("R8-{number}（架空）"), "vendor": "架空ラーニング株式会社", "starts_on": "2026-05-01",
        "ends_on": "2027-03-31", "signed_on": "2026-05-01",
    })
}

/// A round with invited members.
pub fn round(members: &[&str]) -> Value {
    json!({
        "title": "令和8年度 共同調達（架空）", "product": "オンライン学習（架空）", "fiscal_year": 2026,
        "contract_mode": "lead_contract", "census_year": 2020, "seats_counted_on": "2026-04-01", "member_ids": members,
    })
}

/// A survey with its last day.
pub fn survey(deadline_on: &str) -> Value {
    json!({"kind": "intent", "title": "意向調査", "note": "", "deadline_on": deadline_on})
}

impl World {
    /// Builds it and answers the people, too, for whoever goes on from here.
    pub fn build(app: &TestApp) -> (Self, People<'_>) {
        Self::of(People::of(app))
    }

    /// Only its towns and people, and the ids of these: nothing has happened yet.
    pub fn begin(app: &TestApp) -> (BTreeMap<String, String>, People<'_>) {
        let (mut people, mut ids) = (People::of(app), BTreeMap::new());
        consortia(&mut people, &mut ids);
        (ids, people)
    }

    /// The same with these people, beside another world.
    pub fn of(mut people: People<'_>) -> (Self, People<'_>) {
        let mut ids = BTreeMap::new();
        consortia(&mut people, &mut ids);
        procure(&people, &mut ids);
        seat(&people, &mut ids);
        talk(&people, &mut ids);
        account(&people, &mut ids);
        let sessions =
            ROLES.iter().map(|role| ((*role).to_owned(), text(&people.sessions[*role]["access_token"]))).collect();
        let refresh_token = text(&people.sessions["learner"]["refresh_token"]);
        (Self { sessions, refresh_token, ids }, people)
    }

    /// The ids of its own rows; signing keys belong to the service.
    pub fn rows(&self) -> BTreeSet<&str> {
        let named = self.ids.iter().filter(|(name, _)| !["kid", "code"].contains(&name.as_str()));
        named.map(|(_, id)| id.as_str()).collect()
    }

    /// A path with the ids of this world in its places.
    pub fn path(&self, pattern: &str) -> String {
        fill(pattern, |name| self.ids.get(name).unwrap_or_else(|| panic!("no {name} in the world")).clone())
    }
}

/// A pattern with something in its places.
pub fn fill(pattern: &str, id: impl Fn(&str) -> String) -> String {
    let place = |part: &str| part.strip_prefix('{')?.strip_suffix('}').map(&id);
    pattern.split('/').map(|part| place(part).unwrap_or_else(|| part.to_owned())).collect::<Vec<_>>().join("/")
}

fn keep(ids: &mut BTreeMap<String, String>, name: &str, value: &Value) -> String {
    let id = text(value);
    ids.insert(name.to_owned(), id.clone());
    id
}

fn consortia(people: &mut People<'_>, ids: &mut BTreeMap<String, String>) {
    people.enter("admin", Role::Admin, None, None);
    let made = people.post(
        "admin",
        "/consortia",
        &json!({"name": "架空の共同調達A", "lead": member("140007", "神奈川県", "prefecture")}),
    );
    let a = keep(ids, "consortium_id", &made["id"]);
    let b = people.post(
        "admin",
        "/consortia",
        &json!({"name": "架空の共同調達B", "lead": member("130001", "東京都", "prefecture")}),
    );
    let b = keep(ids, "foreign_consortium_id", &b["id"]);
    let nakai = people.post("admin", &format!("/consortia/{a}/members"), &member("143618", "中井町", "town"));
    let nakai = keep(ids, "member_id", &nakai["id"]);
    let matsuda = people.post("admin", &format!("/consortia/{a}/members"), &member("143634", "松田町", "town"));
    let matsuda = keep(ids, "other_member_id", &matsuda["id"]);
    let lead_of = |people: &People<'_>, id: &str| {
        let members = people.all("admin", &format!("/consortia/{id}/members"));
        text(&members.iter().find(|one| one["is_lead"] == true).unwrap()["id"])
    };
    let (lead_a, lead_b) = (lead_of(people, &a), lead_of(people, &b));
    ids.insert("lead_member_id".to_owned(), lead_a.clone());
    ids.insert("foreign_member_id".to_owned(), lead_b.clone());
    for (who, role, consortium, member) in [
        ("lead", Role::Lead, &a, Some(&lead_a)),
        ("auditor", Role::Auditor, &a, None),
        ("contact", Role::Contact, &a, Some(&nakai)),
        ("learner", Role::Learner, &a, Some(&nakai)),
        ("colleague", Role::Learner, &a, Some(&nakai)),
        ("other_town", Role::Contact, &a, Some(&matsuda)),
        ("other_learner", Role::Learner, &a, Some(&matsuda)),
        ("stranger", Role::Lead, &b, Some(&lead_b)),
    ] {
        people.enter(who, role, Some(consortium), member.map(String::as_str));
    }
    ids.insert("user_id".to_owned(), people.users["colleague"].clone());
    ids.insert("other_user_id".to_owned(), people.users["other_learner"].clone());
    ids.insert("foreign_user_id".to_owned(), people.users["stranger"].clone());
}

/// From the round to the published allocation: 中井町 has one seat, 松田町 three, the reserve the rest of 20.
fn procure(people: &People<'_>, ids: &mut BTreeMap<String, String>) {
    let (a, nakai, matsuda) = (ids["consortium_id"].clone(), ids["member_id"].clone(), ids["other_member_id"].clone());
    let made = people.post("lead", &format!("/consortia/{a}/rounds"), &round(&[&nakai, &matsuda]));
    let of = keep(ids, "round_id", &made["id"]);
    let asked = people.post("lead", &format!("/rounds/{of}/surveys"), &survey("2026-05-20"));
    let asked = keep(ids, "survey_id", &asked["id"]);
    people.act("lead", &format!("/surveys/{asked}/open"));
    for (who, member, base) in [("contact", &nakai, 1), ("other_town", &matsuda, 3)] {
        let answer = format!("/surveys/{asked}/answers/{member}");
        people.put(who, &answer, None, &demand(1, base, 5));
        people.act(who, &format!("{answer}/submit"));
        people.act("lead", &format!("{answer}/fix"));
    }
    people.act("lead", &format!("/surveys/{asked}/close"));
    let schedule = json!({"mode": "per_seat", "tiers": [{"up_to": null, "unit": "24000"}]});
    let offered = people.post("lead", &format!("/rounds/{of}/quotes"), &quote("見積", &schedule));
    let offered = keep(ids, "quote_id", &offered["id"]);
    let plan = people.post("lead", &format!("/rounds/{of}/scenarios"), &scenario(&offered, &asked));
    let plan = keep(ids, "scenario_id", &plan["id"]);
    people.act("lead", &format!("/scenarios/{plan}/finalise"));
    let signed = people.post("lead", &format!("/rounds/{of}/contract"), &contract(&of));
    let signed = keep(ids, "contract_id", &signed["id"]);
    people.post("lead", &format!("/contracts/{signed}/allocation/publish"), &json!({"lines": []}));
    let accounts = people.get("lead", &format!("/contracts/{signed}/seat-accounts"));
    for (name, member) in
        [("account_id", Some(&nakai)), ("other_account_id", Some(&matsuda)), ("reserve_account_id", None)]
    {
        let found = accounts
            .as_array()
            .unwrap()
            .iter()
            .find(|account| account["member_id"].as_str() == member.map(String::as_str))
            .unwrap();
        keep(ids, name, &found["id"]);
    }
}

/// The learner got the seat that a colleague returned; the colleague waits again and has an application.
fn seat(people: &People<'_>, ids: &mut BTreeMap<String, String>) {
    let account = ids["account_id"].clone();
    let claims = format!("/seat-accounts/{account}/claims");
    let taken = people.act("colleague", &claims);
    let waiting = people.act("learner", &claims);
    assert_eq!((&taken["outcome"], &waiting["outcome"]), (&json!("assigned"), &json!("waitlisted")));
    let back = format!("/assignments/{}/release", text(&taken["assignment_id"]));
    people.post("contact", &back, &json!({"reason": "人事異動のため"}));
    let entry = people.get("learner", "/me/waiting-entries");
    keep(ids, "entry_id", &entry[0]["id"]);
    let offer = people.get("learner", "/me/offers");
    let offer = keep(ids, "offer_id", &offer["items"][0]["id"]);
    people.act("learner", &format!("/offers/{offer}/accept"));
    keep(ids, "assignment_id", &people.get("learner", "/me/seats")[0]["id"]);
    people.act("colleague", &claims);

    let call = people.post("contact", &format!("/seat-accounts/{account}/entry-calls"), &entry_call(1));
    let call = keep(ids, "call_id", &call["id"]);
    people.act("contact", &format!("/entry-calls/{call}/open"));
    let applied =
        people.post("learner", &format!("/entry-calls/{call}/applications"), &application("boss@town.example.jp"));
    keep(ids, "application_id", &applied["id"]);
    let more = json!({"member_id": ids["member_id"], "seats": 2, "reason": "新規採用者の研修のため（架空）"});
    let contract = ids["contract_id"].clone();
    let asked = people.post("contact", &format!("/contracts/{contract}/seat-requests"), &more);
    keep(ids, "request_id", &asked["id"]);
}

fn talk(people: &People<'_>, ids: &mut BTreeMap<String, String>) {
    let posts = format!("/consortia/{}/posts", ids["consortium_id"]);
    let worry = json!({"kind": "worry", "visibility": "consortium", "title": "転記がつらい（架空）", "body": "毎日50枚あります。"});
    let post = people.post("learner", &posts, &worry);
    let post = keep(ids, "post_id", &post["id"]);
    let said = people.post("contact", &format!("/posts/{post}/comments"), &json!({"body": "入力フォームにしました。"}));
    keep(ids, "comment_id", &said["id"]);
    let open = json!({"kind": "knowhow", "visibility": "public", "title": "要約の手順（架空）", "body": "会議の要約を作ります。"});
    let open = people.post("learner", &posts, &open);
    let open = keep(ids, "public_post_id", &open["id"]);
    ids.insert("public_attachment_id".to_owned(), attach(people, &open));
    let approved =
        people.with("lead", "POST", &format!("/posts/{open}/approve"), &[("if-match", "\"2\"")], &Value::Null);
    assert_eq!(approved.status, 200, "{}", approved.text);
    let town =
        json!({"kind": "worry", "visibility": "town", "title": "町の中の相談（架空）", "body": "庁内だけで読みます。"});
    let town = people.post("learner", &posts, &town);
    let town = keep(ids, "town_post_id", &town["id"]);
    ids.insert("attachment_id".to_owned(), attach(people, &town));
}

/// A file of the learner on a post.
fn attach(people: &People<'_>, post: &str) -> String {
    let bearer = format!("Bearer {}", people.tokens["learner"]);
    let path = format!("/api/v1/posts/{post}/attachments");
    let headers = [("authorization", bearer.as_str())];
    let made = people.app.send_file(&path, &headers, "手順（架空）.txt", "手順です。".as_bytes());
    assert_eq!(made.status, 201, "{}", made.text);
    text(&made.json()["id"])
}

fn account(people: &People<'_>, ids: &mut BTreeMap<String, String>) {
    let consortium = ids["consortium_id"].clone();
    let mails = people.all("lead", &format!("/consortia/{consortium}/mails"));
    keep(ids, "mail_id", &mails.first().unwrap()["id"]);
    keep(ids, "notice_id", &people.get("learner", "/me/notices")["items"][0]["id"]);
    let session = |who: &str, path: &str| {
        let bearer = format!("Bearer {}", people.sessions[who]["access_token"].as_str().unwrap());
        people.app.send("GET", &format!("/api/v1{path}"), &[("authorization", bearer.as_str())], &Value::Null).json()
    };
    let first = |answer: &Value| answer.get("items").unwrap_or(answer)[0].clone();
    keep(ids, "session_id", &first(&session("learner", "/sessions"))["id"]);
    keep(ids, "token_id", &first(&session("learner", "/personal-tokens"))["id"]);
    let acts = people.get("lead", &format!("/consortia/{consortium}/audit-entries?action=contract.made"));
    keep(ids, "receipt_id", &acts["items"][0]["id"]);
    keep(ids, "kid", &first(&session("admin", "/signing-keys"))["kid"]);
    let colleague = session("contact", &format!("/consortia/{consortium}/users/{}", ids["user_id"]));
    keep(ids, "grant_id", &colleague["grants"][0]["id"]);
    ids.insert("code".to_owned(), "not_found".to_owned());
}
