//! アカウント: the desk of the service administrators. Finding accounts, inviting administrators, switching off and on,
//! ending sessions, taking a lost second factor away. Roles in a consortium are given and taken at its people.

use crate::confirm::About;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::Data;
use app::accounts::{self as area, AccountDetail, AccountQuery, AccountView, GrantView, InviteAdmin};
use app::{Call, Ctx, Error, Page, Service};
use askama::Template;
use domain::access::{Action, Role};
use domain::accounts::AccountState;
use http_kit::{Id, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/accounts", "page_accounts", list)
        .get("/accounts/invite", "page_new_administrator", new)
        .post("/accounts/invite", "page_invite_administrator", invite)
        .get("/accounts/{user_id}", "page_account", one)
        .post("/accounts/{user_id}/disable", "page_disable_account", disable)
        .post("/accounts/{user_id}/enable", "page_enable_account", enable)
        .post("/accounts/{user_id}/end-sessions", "page_end_account_sessions", end_sessions)
        .post("/accounts/{user_id}/reset-second-factor", "page_reset_second_factor", reset_factor);
}

const INVITE: &Spec = &[("email", Kind::Text), ("display_name", Kind::Text), ("kana", Kind::Text)];
#[derive(Template)]
#[template(path = "accounts/desk_list.html")]
struct ListPage {
    shell: Shell,
    accounts: Page<AccountView>,
    next: Option<String>,
    q: String,
    role: String,
    state: String,
}

async fn list(service: Data<Service>, visitor: Visitor) -> Shown {
    let (q, role, state) = (visitor.query("q"), visitor.query("role"), visitor.query("state"));
    let query = AccountQuery {
        q: visitor.query_some("q"),
        role: Role::parse(&role),
        state: AccountState::parse(&state),
        page: visitor.page(Some(50)),
    };
    let accounts = service.read(visitor.call.clone(), move |ctx, call| area::list_accounts(ctx, call, &query)).await?;
    let next = visitor.next_page(accounts.next_cursor.as_deref());
    show::page(&ListPage { shell: Shell::new(&service, &visitor, "アカウント"), accounts, next, q, role, state })
}

/// Where a role holds, in words.
fn place(grant: &GrantView) -> String {
    let names = [grant.consortium_name.as_deref(), grant.member_name.as_deref()];
    let names: Vec<&str> = names.into_iter().flatten().collect();
    if names.is_empty() { "サービス全体".to_owned() } else { names.join(" ") }
}

#[derive(Template)]
#[template(path = "accounts/desk_invite.html")]
struct InvitePage {
    shell: Shell,
    sheet: Sheet,
}

fn invite_page(service: &Service, visitor: &Visitor, sheet: Sheet) -> Result<InvitePage, Refused> {
    visitor.call.actor.permit_service(Action::RunService).map_err(Error::from)?;
    let shell = Shell::new(service, visitor, "サービス管理者を招待する").under("アカウント", "/accounts");
    Ok(InvitePage { shell, sheet })
}

async fn new(service: Data<Service>, visitor: Visitor) -> Shown {
    show::page(&invite_page(&service, &visitor, Sheet::blank(&visitor))?)
}

async fn invite(service: Data<Service>, form: Form) -> Shown {
    let act = |ctx: &mut Ctx<'_>, call: &Call, cmd: &InviteAdmin| {
        area::invite_admin(ctx, call, cmd).map(|_| "/accounts?role=admin&done=invited".to_owned())
    };
    let sent = form.send(&service, INVITE, act).await;
    show::answer(&form, sent, async |sheet| invite_page(&service, &form.visitor, sheet)).await
}

#[derive(Template)]
#[template(path = "accounts/desk_one.html")]
struct OnePage {
    shell: Shell,
    sheet: Sheet,
    detail: AccountDetail,
    is_me: bool,
}

impl OnePage {
    fn is(&self, state: &str) -> bool {
        self.detail.account.state == state
    }

    /// Where a role is taken away; those of a town's staff are the town's.
    fn revocation(&self, grant: &GrantView) -> Option<String> {
        let (consortium, user) = (grant.consortium_id.as_deref()?, &self.detail.account.id);
        let ours = matches!(Role::parse(&grant.role)?, Role::Lead | Role::Contact | Role::Auditor);
        ours.then(|| format!("/consortia/{consortium}/people/{user}/grants/{}/revoke", grant.id))
    }
}

async fn one_page(service: &Service, visitor: &Visitor, id: String, sheet: Sheet) -> Result<OnePage, Refused> {
    let detail = service.read(visitor.call.clone(), move |ctx, call| area::get_account(ctx, call, &id)).await?;
    let shell = Shell::new(service, visitor, detail.account.display_name.clone()).under("アカウント", "/accounts");
    let is_me = detail.account.id == visitor.call.actor.user_id;
    Ok(OnePage { shell, sheet, detail, is_me })
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&one_page(&service, &visitor, id, Sheet::blank(&visitor)).await?)
}

/// An act on an account, asked once more; back to the account with what was done.
async fn act<F>(service: &Service, form: &Form, id: String, done: &'static str, f: F) -> Shown
where
    F: Fn(&mut Ctx<'_>, &Call, &str) -> Result<(), Error> + Send + Sync + 'static,
{
    let about = if form.is_sure() {
        About::default()
    } else {
        let page = one_page(service, &form.visitor, id.clone(), Sheet::blank(&form.visitor)).await?;
        let account = page.detail.account;
        let roles: Vec<String> = account
            .grants
            .iter()
            .map(|grant| format!("{}（{}）", crate::words::role(&grant.role), place(grant)))
            .collect();
        let facts = vec![("氏名", account.display_name), ("メールアドレス", account.email), ("役割", roles.join("、"))];
        About::new(page.shell, format!("/accounts/{id}"), facts)
    };
    let user_id = id.clone();
    let sent: Result<HttpResponse, Problem> = form
        .submit_sure(service, about, move |ctx, call| {
            f(ctx, call, &user_id)?;
            Ok(format!("/accounts/{user_id}?done={done}"))
        })
        .await;
    show::answer(form, sent, async |sheet| one_page(service, &form.visitor, id, sheet).await).await
}

async fn disable(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    act(&service, &form, id, "disabled", area::disable_account).await
}

async fn enable(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    act(&service, &form, id, "enabled", area::enable_account).await
}

async fn end_sessions(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    act(&service, &form, id, "sessions_ended", area::revoke_user_sessions).await
}

async fn reset_factor(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    act(&service, &form, id, "factor_reset", area::reset_second_factor).await
}
