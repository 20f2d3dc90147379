//! 個人用アクセストークン: made with scopes and an end, shown once, revoked.

use crate::confirm::About;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::accounts::{self as area, CreatePersonalToken, NewPersonalTokenView, PersonalTokenView, TokenScope};
use app::{Code, Page, PageQuery, Service};
use askama::Template;
use http_kit::{Id, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/me/tokens", "page_personal_tokens", list)
        .post("/me/tokens", "page_create_personal_token", create)
        .post("/me/tokens/{token_id}/revoke", "page_revoke_personal_token", revoke);
}

const TOKEN: &Spec = &[("name", Kind::Empty), ("scopes", Kind::List), ("expires_at", Kind::Date)];

#[derive(Template)]
#[template(path = "accounts/tokens.html")]
struct ListPage {
    shell: Shell,
    sheet: Sheet,
    tokens: Page<PersonalTokenView>,
    next: Option<String>,
    made: Option<NewPersonalTokenView>,
}

async fn list_page(
    service: &Service,
    visitor: &Visitor,
    sheet: Sheet,
    made: Option<NewPersonalTokenView>,
) -> Result<ListPage, Refused> {
    let query = visitor.page(None);
    let tokens =
        service.read(visitor.call.clone(), move |ctx, call| area::list_personal_tokens(ctx, call, &query)).await?;
    let next = visitor.next_page(tokens.next_cursor.as_deref());
    Ok(ListPage { shell: shell(service, visitor), sheet, tokens, next, made })
}

fn shell(service: &Service, visitor: &Visitor) -> Shell {
    Shell::new(service, visitor, "個人用アクセストークン").under("マイアカウント", "/me")
}

fn scopes(scopes: &[TokenScope]) -> &'static str {
    if scopes.contains(&TokenScope::Write) { "読み取りと書き込み" } else { "読み取り" }
}

async fn list(service: Data<Service>, visitor: Visitor) -> Shown {
    show::page(&list_page(&service, &visitor, Sheet::blank(&visitor), None).await?)
}

/// The command of the form: a token lives to the end of the day that was typed, in Japan.
fn command(form: &Form) -> Result<CreatePersonalToken, Problem> {
    let mut typed = form.fields.json(TOKEN);
    if let Some(day) = typed.get_mut("expires_at")
        && let Some(text) = day.as_str()
    {
        *day = format!("{text}T23:59:59+09:00").into();
    }
    crate::form::whole(http_kit::json::form(typed)?)
}

async fn create(service: Data<Service>, form: Form) -> Shown {
    let made = match command(&form) {
        // Called directly: the token is in no stored answer.
        Ok(cmd) => {
            let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| area::create_personal_token(ctx, call, &cmd);
            service.write(form.visitor.call.clone(), act).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok(made) => show::page(&list_page(&service, &form.visitor, Sheet::blank(&form.visitor), Some(made)).await?),
        Err(problem) if problem.code() == Code::StepUpRequired.as_str() => {
            Ok(super::prove_first(&service, &form).await?)
        }
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&list_page(&service, &form.visitor, sheet, None).await?)
        }
    }
}

/// The token that is asked about once more.
async fn about(service: &Service, visitor: &Visitor, id: String) -> Result<About, Refused> {
    let query = PageQuery { limit: Some(100), ..PageQuery::default() };
    let look = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let tokens = area::list_personal_tokens(ctx, call, &query)?.items;
        tokens.into_iter().find(|token| token.id == id).ok_or(app::Error::NotFound)
    };
    let token = service.read(visitor.call.clone(), look).await?;
    let facts = vec![("用途", token.name), ("先頭", format!("{}…", token.prefix))];
    Ok(About::new(shell(service, visitor), "/me/tokens", facts))
}

async fn revoke(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let about = if form.is_sure() { About::default() } else { about(&service, &form.visitor, id.clone()).await? };
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::revoke_personal_token(ctx, call, &id).map(|()| "/me/tokens?done=revoked".to_owned())
    };
    Ok(form.submit_sure(&service, about, act).await?)
}
