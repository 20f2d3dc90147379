//! Chapter 1: the consortium, its lead and eleven municipalities, and the first people.

use super::teller::Teller;
use crate::commands::Failure;
use crate::terminal::grouped;
use app::accounts::{NewUser, Secret, SignIn, authenticate, create_user, sign_in};
use app::consortium::{
    AddMember, CreateConsortium, MemberClass, MemberView, add_member, create_consortium, list_members,
};
use app::page::PageQuery;
use chrono::NaiveDate;
use domain::access::{Actor, Grant, Role};
use domain::municipality::kanagawa;

/// The municipalities of the fictional consortium, by code.
const MEMBERS: [&str; 11] =
    ["142018", "142034", "142042", "142051", "142069", "142077", "143618", "143634", "143669", "143839", "144029"];

/// The town that the story follows.
pub(super) const TOWN: &str = "143618";
/// The town that comments and tries things, too.
pub(super) const NEIGHBOUR: &str = "143669";

/// Somebody with an account.
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) role: &'static str,
    pub(crate) place: String,
    pub(super) actor: Actor,
}

/// A municipality with its contact.
pub(super) struct Town {
    pub(super) member: MemberView,
    pub(super) contact: Actor,
}

/// Everybody in the story.
pub(crate) struct Cast {
    pub(super) consortium_id: String,
    pub(super) lead: Actor,
    pub(super) auditor: Actor,
    pub(super) towns: Vec<Town>,
    pub(super) learners: Vec<Actor>,
    pub(super) neighbour_learner: Actor,
    pub(crate) people: Vec<Person>,
    /// Of everybody.
    pub(super) password: String,
}

impl Cast {
    /// The town with a code.
    pub(super) fn town(&self, code: &str) -> Result<&Town, Failure> {
        self.towns
            .iter()
            .find(|town| town.member.municipality_code == code)
            .ok_or_else(|| Failure::Failed(format!("no town {code}")))
    }
}

pub(super) fn gather(teller: &Teller, password: &str) -> Result<Cast, Failure> {
    teller.chapter(1, "共同調達団体をつくる", "2025-09-01T09:00:00+09:00")?;
    let mut people = Vec::new();
    let mut enter = |email: &str, name: &str, kana: &str, role: Role, place: (&str, Option<&str>, Option<&str>)| {
        let person = enter(teller, password, email, name, kana, role, place)?;
        let actor = person.actor.clone();
        people.push(person);
        Ok::<Actor, Failure>(actor)
    };
    let admin = enter("admin@demo.example.lg.jp", "架空 管理", "かくう かんり", Role::Admin, ("サービス", None, None))?;
    let joined_on = NaiveDate::from_ymd_opt(2025, 9, 1).unwrap_or_default();
    let create = CreateConsortium {
        name: "神奈川県オンライン学習共同調達（架空）".to_owned(),
        lead: AddMember {
            municipality_code: "140007".to_owned(),
            name: "神奈川県".to_owned(),
            kana: "かながわけん".to_owned(),
            kind: "prefecture".to_owned(),
            population: kanagawa().iter().map(|m| m.population).sum(),
            member_class: MemberClass::Full,
            joined_on,
        },
    };
    let consortium = teller.act(&admin, "create_consortium", move |ctx, call| create_consortium(ctx, call, &create))?;
    for municipality in kanagawa().into_iter().filter(|m| MEMBERS.contains(&m.code.as_str())) {
        let add = AddMember {
            municipality_code: municipality.code,
            name: municipality.name,
            kana: municipality.kana,
            kind: municipality.kind,
            population: municipality.population,
            member_class: MemberClass::Full,
            joined_on,
        };
        let id = consortium.id.clone();
        teller.act(&admin, "add_member", move |ctx, call| add_member(ctx, call, &id, &add))?;
    }
    let id = consortium.id.clone();
    let query = PageQuery { limit: Some(100), ..PageQuery::default() };
    let members = teller.see(&admin, "list_members", move |ctx, call| list_members(ctx, call, &id, &query))?.items;
    let lead_member = members.iter().find(|m| m.is_lead).ok_or_else(|| Failure::Failed("no lead".to_owned()))?.clone();
    let inside = Some(consortium.id.as_str());
    let lead = enter(
        "lead@demo.example.lg.jp",
        "架空 県子",
        "かくう けんこ",
        Role::Lead,
        ("神奈川県", inside, Some(&lead_member.id)),
    )?;
    let auditor =
        enter("auditor@demo.example.lg.jp", "架空 監査", "かくう かんさ", Role::Auditor, ("監査", inside, None))?;
    let mut towns = Vec::new();
    for member in members.into_iter().filter(|m| !m.is_lead) {
        let email = format!("contact-{}@demo.example.lg.jp", member.municipality_code);
        let name = format!("架空 {}担当", member.name);
        let contact = enter(&email, &name, "かくう たんとう", Role::Contact, (&member.name, inside, Some(&member.id)))?;
        towns.push(Town { member, contact });
    }
    let place = |code: &str| {
        towns
            .iter()
            .find(|town| town.member.municipality_code == code)
            .map(|town| (town.member.name.clone(), town.member.id.clone()))
            .ok_or_else(|| Failure::Failed(format!("no town {code}")))
    };
    let (town_name, town_id) = place(TOWN)?;
    let mut learners = Vec::new();
    for number in 1..=8 {
        let email = format!("staff{number}-{TOWN}@demo.example.lg.jp");
        let name = format!("架空 職員{number}");
        learners.push(enter(&email, &name, "かくう しょくいん", Role::Learner, (&town_name, inside, Some(&town_id)))?);
    }
    let (name, id) = place(NEIGHBOUR)?;
    let email = format!("staff1-{NEIGHBOUR}@demo.example.lg.jp");
    let neighbour_learner = enter(&email, "架空 隣人", "かくう りんじん", Role::Learner, (&name, inside, Some(&id)))?;
    teller.table(
        &["団体コード", "団体", "人口（2020年国勢調査）", "種別"],
        &[2],
        towns
            .iter()
            .map(|town| {
                let m = &town.member;
                vec![
                    m.municipality_code.clone(),
                    m.name.clone(),
                    grouped(m.population),
                    ::web::kind_words(&m.kind).to_owned(),
                ]
            })
            .collect(),
    );
    teller.show(format!(
        "代表団体の神奈川県（140007）と{}市町村、利用者{}人を登録しました。",
        towns.len(),
        people.len()
    ));
    let password = password.to_owned();
    Ok(Cast { consortium_id: consortium.id, lead, auditor, towns, learners, neighbour_learner, people, password })
}

/// Makes an account and signs in with it, as a person would.
fn enter(
    teller: &Teller,
    password: &str,
    email: &str,
    name: &str,
    kana: &str,
    role: Role,
    (place, consortium_id, member_id): (&str, Option<&str>, Option<&str>),
) -> Result<Person, Failure> {
    let new = NewUser {
        email: email.to_owned(),
        display_name: name.to_owned(),
        kana: kana.to_owned(),
        password: Secret::new(password),
        grants: vec![Grant {
            role,
            consortium_id: consortium_id.map(str::to_owned),
            member_id: member_id.map(str::to_owned),
        }],
    };
    let meta = teller.meta("sign_in");
    let actor = teller.wait(async {
        create_user(&teller.service, new).await?;
        let cmd = SignIn { email: email.to_owned(), password: Secret::new(password), code: None };
        let session = sign_in(&teller.service, &meta, cmd).await?;
        authenticate(&teller.service, &session.access_token, &meta).await
    })?;
    Ok(Person { email: email.to_owned(), role: role.as_str(), place: place.to_owned(), actor })
}
