//! メールアドレスの変更: asked for by somebody who is there, confirmed by the link in the new mailbox.

use super::links::unwrapped;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, OpenForm, Sheet, command};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::Service;
use app::accounts::{self as area, ChangeEmail, ConfirmEmail};
use askama::Template;
use http_kit::Problem;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/me/email", "page_email", email)
        .post("/me/email", "page_request_email_change", request)
        .get("/email-changes", "page_email_change", confirmation)
        .post("/email-changes", "page_confirm_email_change", confirm);
}

#[derive(Template)]
#[template(path = "accounts/email.html")]
struct EmailPage {
    shell: Shell,
    sheet: Sheet,
    present: String,
    sent: bool,
}

async fn email_page(service: &Service, visitor: &Visitor, sheet: Sheet) -> Result<EmailPage, Refused> {
    let present = service.read(visitor.call.clone(), area::get_me).await?.email;
    let shell = Shell::new(service, visitor, "メールアドレスの変更").under("マイアカウント", "/me");
    Ok(EmailPage { shell, sheet, present, sent: visitor.led_here && visitor.query("done") == "asked" })
}

async fn email(service: Data<Service>, visitor: Visitor) -> Shown {
    visitor.stepped_up(&service, "/me/email")?;
    show::page(&email_page(&service, &visitor, Sheet::blank(&visitor)).await?)
}

async fn request(service: Data<Service>, form: Form) -> Shown {
    let spec: &Spec = &[("email", Kind::Empty)];
    let act = |ctx: &mut app::Ctx<'_>, call: &app::Call, cmd: &ChangeEmail| {
        area::request_email_change(ctx, call, cmd).map(|()| "/me/email?done=asked".to_owned())
    };
    let sent = form.send(&service, spec, act).await;
    show::answer(&form, sent, async |sheet| email_page(&service, &form.visitor, sheet).await).await
}

#[derive(Template)]
#[template(path = "accounts/email_change.html")]
struct ConfirmationPage {
    shell: Shell,
    sheet: Sheet,
}

fn confirmation_page(service: &Service, sheet: Sheet) -> ConfirmationPage {
    ConfirmationPage { shell: Shell::open(service, "メールアドレス変更の確認"), sheet }
}

async fn confirmation(service: Data<Service>) -> Shown {
    show::page(&confirmation_page(&service, Sheet::open()))
}

async fn confirm(service: Data<Service>, form: OpenForm) -> Shown {
    let done = match command::<ConfirmEmail>(&unwrapped(&form.fields), &[("token", Kind::Text)]) {
        Ok(cmd) => area::confirm_email_change(&service, &form.meta, cmd).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(show::to("/sign-in?done=email_changed")),
        Err(problem) => show::again(&confirmation_page(&service, Sheet::refused_open(&form.fields, problem)?)),
    }
}
