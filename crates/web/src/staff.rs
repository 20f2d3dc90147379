//! 職員: the people of a town, inviting learners, taking rights away. Roles that the lead gives stand elsewhere.

use crate::confirm::About;
use crate::consortium::people::of_invited;
use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::accounts::{InviteUser, disable_user, invite_user, may_disable_user, revoke_grant};
use app::accounts::{StaffGrantView, StaffQuery, StaffRole, UserView, get_user, list_users};
use app::consortium::MemberView;
use app::{Call, Ctx, Error, Page, Service};
use askama::Template;
use domain::access::{Action, Role};
use domain::accounts::granting;
use http_kit::{Id, Ids, Problem};

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/members/{member_id}/staff", "page_staff", list)
        .get("/members/{member_id}/staff/invite", "page_new_invitation", new)
        .post("/members/{member_id}/staff/invite", "page_invite_user", invite)
        .get("/members/{member_id}/staff/{user_id}", "page_staff_member", one)
        .post("/members/{member_id}/staff/{user_id}/revoke", "page_revoke_staff_grant", revoke)
        .post("/members/{member_id}/staff/{user_id}/disable", "page_disable_user", disable);
}

const INVITATION: &Spec = &[
    ("email", Kind::Text),
    ("display_name", Kind::Text),
    ("kana", Kind::Text),
    ("role", Kind::Text),
    ("member_id", Kind::Text),
];

/// The town, when the caller may see its people.
fn town(ctx: &mut Ctx<'_>, call: &Call, member_id: &str, action: Action) -> Result<MemberView, Error> {
    let member = app::consortium::get_member(ctx, call, member_id)?;
    call.actor.permit(action, &member.consortium_id, Some(member_id))?;
    Ok(member)
}

fn shell(service: &Service, visitor: &Visitor, title: impl Into<String>, member: &MemberView) -> Shell {
    Shell::new(service, visitor, title).under(member.name.clone(), format!("/members/{}", member.id))
}

#[derive(Template)]
#[template(path = "staff/list.html")]
struct ListPage {
    shell: Shell,
    member: MemberView,
    people: Page<UserView>,
    next: Option<String>,
    role: String,
    may_invite: bool,
}

/// The role to which the list is narrowed.
pub(crate) fn role_asked(word: &str) -> Option<StaffRole> {
    match word {
        "contact" => Some(StaffRole::Contact),
        "learner" => Some(StaffRole::Learner),
        _ => None,
    }
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let chosen = visitor.query("role");
    let query = StaffQuery {
        role: role_asked(&chosen),
        member_id: Some(id.clone()),
        limit: Some(100),
        cursor: visitor.query_some("cursor"),
        sort: visitor.query_some("sort"),
        filters: visitor.page(None).filters,
    };
    let (member, people) = service
        .read(visitor.call.clone(), move |ctx, call| {
            let member = town(ctx, call, &id, Action::ReadStaff)?;
            let people = list_users(ctx, call, &member.consortium_id, &query)?;
            Ok((member, people))
        })
        .await?;
    let next = visitor.next_page(people.next_cursor.as_deref());
    let may_invite = visitor.may(Action::ManageLearners, &member.consortium_id, Some(&member.id));
    let shell = shell(&service, &visitor, "職員", &member);
    show::page(&ListPage { shell, member, people, next, role: chosen, may_invite })
}

#[derive(Template)]
#[template(path = "staff/invite.html")]
struct InvitePage {
    shell: Shell,
    member: MemberView,
    sheet: Sheet,
}

async fn invite_page(service: &Service, visitor: &Visitor, id: String, sheet: Sheet) -> Result<InvitePage, Refused> {
    let look = move |ctx: &mut Ctx<'_>, call: &Call| town(ctx, call, &id, Action::ManageLearners);
    let member = service.read(visitor.call.clone(), look).await?;
    let shell =
        shell(service, visitor, "職員を招待する", &member).under("職員", format!("/members/{}/staff", member.id));
    Ok(InvitePage { shell, member, sheet })
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let mut sheet = Sheet::blank(&visitor).with(Fields::default());
    if let Some(user_id) = visitor.query_some("again") {
        let ids = [id.clone(), user_id];
        sheet = of_invited(sheet, one_page(&service, &visitor, ids, Sheet::blank(&visitor)).await?.user);
    }
    show::page(&invite_page(&service, &visitor, id, sheet).await?)
}

async fn invite(service: Data<Service>, Id(id): Id, mut form: Form) -> Shown {
    // A contact gives one role in one town; the form has no say in either.
    form.fields.set("role", "learner");
    form.fields.set("member_id", id.clone());
    let member = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &InviteUser| {
        let town = town(ctx, call, &member, Action::ManageLearners)?;
        invite_user(ctx, call, &town.consortium_id, cmd)?;
        Ok(format!("/members/{member}/staff?done=invited"))
    };
    let sent = form.send(&service, INVITATION, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&invite_page(&service, &form.visitor, id, sheet).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "staff/one.html")]
struct OnePage {
    shell: Shell,
    member: MemberView,
    user: UserView,
    sheet: Sheet,
    may_disable: bool,
    /// Whether other roles than those shown keep the visitor from it.
    held_elsewhere: bool,
    visitor: Visitor,
}

impl OnePage {
    /// Whether the visitor may take this role away.
    fn may_revoke(&self, grant: &StaffGrantView) -> bool {
        let Some(role) = Role::parse(&grant.role) else { return false };
        self.visitor.may(granting(role), &self.member.consortium_id, grant.member_id.as_deref())
    }

    fn is_me(&self) -> bool {
        self.user.id == self.visitor.call.actor.user_id
    }
}

async fn one_page(
    service: &Service,
    visitor: &Visitor,
    [member_id, user_id]: [String; 2],
    sheet: Sheet,
) -> Result<OnePage, Refused> {
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let member = town(ctx, call, &member_id, Action::ReadStaff)?;
        let user = get_user(ctx, call, &member.consortium_id, &user_id)?;
        let here = user.grants.iter().any(|grant| grant.member_id.as_deref() == Some(member_id.as_str()));
        if !here {
            return Err(Error::NotFound);
        }
        let takes_all = may_disable_user(ctx, call, &user)?;
        Ok((member, user, takes_all))
    };
    let (member, user, takes_all) = service.read(visitor.call.clone(), look).await?;
    let shell = shell(service, visitor, user.display_name.clone(), &member)
        .under("職員", format!("/members/{}/staff", member.id));
    let mut page =
        OnePage { shell, member, user, sheet, may_disable: false, held_elsewhere: false, visitor: visitor.clone() };
    let could = page.user.state != "disabled" && !page.is_me();
    let takes_shown = page.user.grants.iter().all(|grant| page.may_revoke(grant));
    page.may_disable = could && takes_all;
    page.held_elsewhere = could && takes_shown && !takes_all;
    Ok(page)
}

async fn one(service: Data<Service>, visitor: Visitor, Ids(ids): Ids<2>) -> Shown {
    show::page(&one_page(&service, &visitor, ids, Sheet::blank(&visitor)).await?)
}

async fn again(service: &Service, form: &Form, ids: [String; 2], problem: Problem) -> Shown {
    let sheet = Sheet::refused(form, problem)?;
    show::again(&one_page(service, &form.visitor, ids, sheet).await?)
}

/// Whom it is about, asked once more, where the visitor may do it.
async fn about(
    service: &Service,
    form: &Form,
    ids: &[String; 2],
    may: impl Fn(&OnePage) -> bool,
) -> Result<About, Refused> {
    if form.is_sure() {
        return Ok(About::default());
    }
    let page = one_page(service, &form.visitor, ids.clone(), Sheet::blank(&form.visitor)).await?;
    if !may(&page) {
        return Err(Error::Forbidden.into());
    }
    let roles: Vec<&str> = page.user.grants.iter().map(|grant| crate::words::role(&grant.role)).collect();
    let facts = vec![("氏名", page.user.display_name), ("団体", page.member.name), ("役割", roles.join("、"))];
    let [member_id, user_id] = ids;
    Ok(About::new(page.shell, format!("/members/{member_id}/staff/{user_id}"), facts))
}

async fn revoke(service: Data<Service>, Ids(ids): Ids<2>, form: Form) -> Shown {
    let [member_id, _] = ids.clone();
    let grant_id = form.fields.get("grant_id").to_owned();
    let about = about(&service, &form, &ids, |page| {
        page.user.grants.iter().any(|grant| grant.id == form.fields.get("grant_id") && page.may_revoke(grant))
    })
    .await?;
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        let member = town(ctx, call, &member_id, Action::ReadStaff)?;
        revoke_grant(ctx, call, &member.consortium_id, &grant_id)?;
        Ok(format!("/members/{member_id}/staff?done=role_revoked"))
    };
    match form.submit_sure(&service, about, act).await {
        Ok(answer) => Ok(answer),
        Err(problem) => again(&service, &form, ids, problem).await,
    }
}

async fn disable(service: Data<Service>, Ids(ids): Ids<2>, form: Form) -> Shown {
    let [member_id, user_id] = ids.clone();
    let about = about(&service, &form, &ids, |page| page.may_disable).await?;
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        let member = town(ctx, call, &member_id, Action::ReadStaff)?;
        disable_user(ctx, call, &member.consortium_id, &user_id)?;
        Ok(format!("/members/{member_id}/staff?done=disabled"))
    };
    match form.submit_sure(&service, about, act).await {
        Ok(answer) => Ok(answer),
        Err(problem) => again(&service, &form, ids, problem).await,
    }
}
