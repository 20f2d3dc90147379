//! The people of a consortium whom the visitor may see: the list, inviting, taking a role away.

use crate::confirm::ConfirmPage;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::towns::{self, Towns};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::accounts::{self as area, InviteUser, StaffQuery, StaffRole, UserView};
use app::{Page, Service};
use askama::Template;
use domain::access::{Action, Role};
use domain::accounts::granting;
use http_kit::{Id, Ids};
use std::collections::HashMap;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/consortia/{consortium_id}/people", "page_people", list)
        .get("/consortia/{consortium_id}/people/new", "page_new_invitation", new)
        .post("/consortia/{consortium_id}/people/new", "page_invite_user", invite)
        .get("/consortia/{consortium_id}/people/{user_id}/grants/{grant_id}/revoke", "page_ask_revoke_grant", ask)
        .post("/consortia/{consortium_id}/people/{user_id}/grants/{grant_id}/revoke", "page_revoke_grant", revoke);
}

const INVITE: &Spec = &[
    ("email", Kind::Text),
    ("display_name", Kind::Text),
    ("kana", Kind::Text),
    ("role", Kind::Text),
    ("member_id", Kind::Text),
];
pub(crate) fn parse(word: &str) -> Option<StaffRole> {
    Some(match word {
        "lead" => StaffRole::Lead,
        "contact" => StaffRole::Contact,
        "learner" => StaffRole::Learner,
        "auditor" => StaffRole::Auditor,
        _ => return None,
    })
}

/// The roles that the visitor grants in a consortium.
fn grantable(visitor: &Visitor, consortium_id: &str) -> Vec<(&'static str, &'static str)> {
    let may = |(word, _): &(&str, &str)| {
        Role::parse(word).is_some_and(|role| {
            ![Role::Learner, Role::Admin].contains(&role) && visitor.may(granting(role), consortium_id, None)
        })
    };
    crate::words::ROLES.iter().copied().filter(may).collect()
}

#[derive(Template)]
#[template(path = "consortium/people.html")]
struct PeoplePage {
    shell: Shell,
    consortium_id: String,
    people: Page<UserView>,
    towns: Towns,
    /// 団体名 of the towns for which the people act.
    names: HashMap<String, String>,
    next: Option<String>,
    role: String,
    member_id: String,
    grantable: Vec<(&'static str, &'static str)>,
}

impl PeoplePage {
    fn town(&self, id: Option<&String>) -> &str {
        id.and_then(|id| self.names.get(id)).map_or("―", String::as_str)
    }

    fn revokes(&self, role: &str) -> bool {
        self.grantable.iter().any(|(word, _)| *word == role)
    }
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (role, member_id) = (visitor.query("role"), visitor.query("member_id"));
    let query = StaffQuery {
        role: parse(&role),
        member_id: None,
        limit: None,
        cursor: visitor.query_some("cursor"),
        sort: visitor.query_some("sort"),
        filters: visitor.page(None).filters,
    };
    let typed = member_id.clone();
    let consortium_id = id.clone();
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let member_id = towns::filter(ctx, call, &id, &typed)?;
        let query = StaffQuery { member_id, ..query.clone() };
        let people = area::list_users(ctx, call, &id, &query)?;
        let grants = people.items.iter().flat_map(|person| &person.grants);
        let mut ids: Vec<String> = grants.filter_map(|grant| grant.member_id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        let names = app::consortium::member_names(ctx, call, &id, &ids)?;
        Ok((people, names, Towns::of(ctx, call, &id)?))
    };
    let (people, names, towns) = service.read(visitor.call.clone(), read).await?;
    let next = visitor.next_page(people.next_cursor.as_deref());
    let grantable = grantable(&visitor, &consortium_id);
    let shell =
        Shell::new(&service, &visitor, "担当者").under("参加団体", format!("/consortia/{consortium_id}/members"));
    show::page(&PeoplePage { shell, consortium_id, people, towns, names, next, role, member_id, grantable })
}

#[derive(Template)]
#[template(path = "consortium/invite.html")]
struct InvitePage {
    shell: Shell,
    sheet: Sheet,
    consortium_id: String,
    towns: Towns,
    roles: Vec<(&'static str, &'static str)>,
}

async fn invite_page(service: &Service, visitor: &Visitor, id: String, sheet: Sheet) -> Result<InvitePage, Refused> {
    visitor.permit(Action::ManageContacts, &id, None)?;
    let consortium_id = id.clone();
    let towns = service.read(visitor.call.clone(), move |ctx, call| Towns::of(ctx, call, &id)).await?;
    let roles = grantable(visitor, &consortium_id);
    let shell = Shell::new(service, visitor, "担当者を招待する")
        .under("参加団体", format!("/consortia/{consortium_id}/members"))
        .under("担当者", format!("/consortia/{consortium_id}/people"));
    Ok(InvitePage { shell, sheet, consortium_id, towns, roles })
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let mut sheet =
        Sheet::blank(&visitor).set("member_id", visitor.query("member_id")).set("role", visitor.query("role"));
    if let Some(user_id) = visitor.query_some("again") {
        let consortium_id = id.clone();
        let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| area::get_user(ctx, call, &consortium_id, &user_id);
        sheet = of_invited(sheet, service.read(visitor.call.clone(), read).await?);
    }
    show::page(&invite_page(&service, &visitor, id, sheet).await?)
}

/// The sheet of an invitation for whoever was invited before: the same words, and a new link.
pub(crate) fn of_invited(sheet: Sheet, user: area::UserView) -> Sheet {
    sheet.set("email", user.email).set("display_name", user.display_name).set("kana", user.kana)
}

async fn invite(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let consortium_id = id.clone();
    let sent = form
        .send(&service, INVITE, move |ctx, call, cmd: &InviteUser| {
            let mut cmd = cmd.clone();
            if let Some(typed) = cmd.member_id.take() {
                cmd.member_id = Some(towns::named(ctx, call, &consortium_id, "/member_id", &typed)?.id);
            }
            area::invite_user(ctx, call, &consortium_id, &cmd)?;
            Ok(format!("/consortia/{consortium_id}/people?done=invited"))
        })
        .await;
    show::answer(&form, sent, async |sheet| invite_page(&service, &form.visitor, id, sheet).await).await
}

async fn ask_page(
    service: &Service,
    visitor: &Visitor,
    [id, user_id, grant_id]: [String; 3],
) -> Result<ConfirmPage, Refused> {
    let (consortium_id, wanted) = (id.clone(), grant_id.clone());
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let user = area::get_user(ctx, call, &id, &user_id)?;
        let grant = user.grants.iter().find(|grant| grant.id == wanted).cloned().ok_or(app::Error::NotFound)?;
        let granted = Role::parse(&grant.role).ok_or(app::Error::NotFound)?;
        call.actor.permit(granting(granted), &id, grant.member_id.as_deref())?;
        let last = granted == Role::Lead && area::is_last_lead(ctx, &id, &user.id)?;
        Ok((user, grant, last))
    };
    let (user, grant, last) = service.read(visitor.call.clone(), read).await?;
    let back = format!("/consortia/{consortium_id}/people");
    let shell = Shell::new(service, visitor, "役割を外す")
        .under("参加団体", format!("/consortia/{consortium_id}/members"))
        .under("担当者", back.clone());
    let action = format!("{back}/{}/grants/{grant_id}/revoke", user.id);
    let mut page = ConfirmPage::new(shell, visitor, action, "役割を外す", back);
    page.facts = vec![("氏名", user.display_name.clone()), ("役割", crate::words::role(&grant.role).to_owned())];
    page.consequences = vec![
        "この役割で行っていた操作は、すぐにできなくなります。".to_owned(),
        "役割が必要になったときは、もう一度招待してください。".to_owned(),
    ];
    if user.id == visitor.call.actor.user_id {
        page.consequences
            .insert(0, "これはあなた自身の役割です。外すと、この共同調達の県の画面を開けなくなります。".to_owned());
    }
    if last {
        let sentence =
            "県の担当者は、この人だけです。先に別の県の担当者を招待し、その人がパスワードを設定するまで、外せません。";
        page.consequences.insert(0, sentence.to_owned());
    }
    page.danger = true;
    Ok(page)
}

async fn ask(service: Data<Service>, visitor: Visitor, Ids(ids): Ids<3>) -> Shown {
    show::page(&ask_page(&service, &visitor, ids).await?)
}

async fn revoke(service: Data<Service>, Ids(ids): Ids<3>, form: Form) -> Shown {
    let [consortium_id, user_id, grant_id] = ids.clone();
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::revoke_grant(ctx, call, &consortium_id, &grant_id)?;
        // Who gave up the own role may not see the list any more.
        let own = user_id == call.actor.user_id;
        Ok(if own {
            "/?done=role_revoked".to_owned()
        } else {
            format!("/consortia/{consortium_id}/people?done=role_revoked")
        })
    };
    let sent = form.submit(&service, act).await;
    show::answer(&form, sent, async |sheet| Ok(ConfirmPage { sheet, ..ask_page(&service, &form.visitor, ids).await? }))
        .await
}
