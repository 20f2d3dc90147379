//! マイアカウント: how one is called, the password, and where one is signed in.

use super::signed_out;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::HttpRequest;
use actix_web::web::Data;
use app::accounts::{self as area, ChangeMe, ChangePassword, MeView, SecondFactorView, SessionView};
use app::{Code, Page, Service};
use askama::Template;
use http_kit::{Id, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/me", "page_me", me)
        .get("/sessions", "page_sessions", sessions)
        .get("/me/profile", "page_profile", profile)
        .post("/me/profile", "page_change_me", change)
        .get("/me/password", "page_password", password)
        .post("/me/password", "page_change_password", change_password)
        .get("/me/sessions/end-all", "page_confirm_end_sessions", confirm_end_all)
        .post("/me/sessions/end-all", "page_end_sessions", end_all)
        .post("/me/sessions/{session_id}/end", "page_end_session", end);
}

#[derive(Template)]
#[template(path = "accounts/me.html")]
struct MePage {
    shell: Shell,
    sheet: Sheet,
    me: MeView,
    factor: SecondFactorView,
    sessions: Page<SessionView>,
    next: Option<String>,
}

async fn me(service: Data<Service>, visitor: Visitor) -> Shown {
    let query = visitor.page(None);
    let (me, factor, sessions) = service
        .read(visitor.call.clone(), move |ctx, call| {
            Ok((area::get_me(ctx, call)?, area::get_second_factor(ctx, call)?, area::list_sessions(ctx, call, &query)?))
        })
        .await?;
    let next = visitor.next_page(sessions.next_cursor.as_deref());
    let shell = Shell::new(&service, &visitor, "マイアカウント");
    show::page(&MePage { shell, sheet: Sheet::blank(&visitor), me, factor, sessions, next })
}

/// Mails name this address.
async fn sessions(_visitor: Visitor) -> Shown {
    Ok(show::to("/me#sessions"))
}

#[derive(Template)]
#[template(path = "accounts/profile.html")]
struct ProfilePage {
    shell: Shell,
    sheet: Sheet,
    me: MeView,
}

fn profile_page(service: &Service, visitor: &Visitor, me: MeView, sheet: Sheet) -> ProfilePage {
    let shell = Shell::new(service, visitor, "氏名の変更").under("マイアカウント", "/me");
    ProfilePage { shell, sheet, me }
}

async fn profile(service: Data<Service>, visitor: Visitor) -> Shown {
    let me = service.read(visitor.call.clone(), area::get_me).await?;
    let sheet = Sheet::editing(&visitor, &me, me.version);
    show::page(&profile_page(&service, &visitor, me, sheet))
}

async fn change(service: Data<Service>, form: Form) -> Shown {
    let spec: &Spec = &[("display_name", Kind::Empty), ("kana", Kind::Empty)];
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call, cmd: &ChangeMe| {
        area::change_me(ctx, call, cmd).map(|_| "/me?done=saved".to_owned())
    };
    let sent = form.send(&service, spec, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let stale = problem.code() == Code::Stale.as_str();
            let sheet = Sheet::refused(&form, problem)?;
            let me = service.read(form.visitor.call.clone(), area::get_me).await?;
            let sheet = if stale { sheet.beside(&me, me.version) } else { sheet };
            show::again(&profile_page(&service, &form.visitor, me, sheet))
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct PasswordPage {
    shell: Shell,
    sheet: Sheet,
    email: String,
}

async fn password_page(service: &Service, visitor: &Visitor, sheet: Sheet) -> Result<PasswordPage, Refused> {
    let me = service.read(visitor.call.clone(), area::get_me).await?;
    let shell = Shell::new(service, visitor, "パスワードの変更").under("マイアカウント", "/me");
    Ok(PasswordPage { shell, sheet, email: me.email })
}

async fn password(service: Data<Service>, visitor: Visitor) -> Shown {
    show::page(&password_page(&service, &visitor, Sheet::blank(&visitor)).await?)
}

async fn change_password(service: Data<Service>, form: Form) -> Shown {
    let spec: &Spec = &[("current_password", Kind::Verbatim), ("new_password", Kind::Verbatim)];
    let changed = match form.command::<ChangePassword>(spec) {
        Ok(cmd) => area::change_password(&service, form.visitor.call.clone(), cmd).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(()) => Ok(show::to("/me?done=password")),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&password_page(&service, &form.visitor, sheet).await?)
        }
    }
}

async fn end(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::revoke_session(ctx, call, &id).map(|()| "/me?done=ended#sessions".to_owned())
    };
    Ok(form.submit(&service, act).await?)
}

#[derive(Template)]
#[template(path = "accounts/end_sessions.html")]
struct EndSessionsPage {
    shell: Shell,
    sheet: Sheet,
}

async fn confirm_end_all(service: Data<Service>, visitor: Visitor) -> Shown {
    let shell = Shell::new(&service, &visitor, "すべての端末の終了").under("マイアカウント", "/me");
    show::page(&EndSessionsPage { shell, sheet: Sheet::blank(&visitor) })
}

async fn end_all(req: HttpRequest, service: Data<Service>, form: Form) -> Shown {
    service.write(form.visitor.call.clone(), area::revoke_all_sessions).await?;
    signed_out(&req, "/sign-in?done=all_ended")
}
