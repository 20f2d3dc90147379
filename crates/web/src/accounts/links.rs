//! Pages behind one-time links, for people who have no session: invitation, password reset, first administrator.
//!
//! The token stands behind `#`, where no server log sees it; the module puts it into the form, and without
//! scripts the whole link is pasted. *Invariant:* what is asked for a reset is answered alike for everybody (S04).

use crate::fields::{Fields, Kind, Spec};
use crate::form::{OpenForm, Sheet, command};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use actix_web::HttpRequest;
use actix_web::web::Data;
use app::Service;
use app::accounts::{self as area, AcceptInvitation, Bootstrap, ConfirmPasswordReset, RequestPasswordReset};
use askama::Template;
use http_kit::Problem;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/invitations", "page_invitation", invitation)
        .post("/invitations", "page_accept_invitation", accept)
        .get("/password-resets", "page_password_reset", reset)
        .post("/password-resets", "page_confirm_password_reset", confirm)
        .get("/password-reset", "page_request_password_reset", ask)
        .post("/password-reset", "page_send_password_reset", send)
        .get("/bootstrap", "page_bootstrap", first)
        .post("/bootstrap", "page_send_bootstrap", make_first);
}

const BY_LINK: &Spec = &[("token", Kind::Text), ("password", Kind::Verbatim)];
const FIRST: &Spec = &[
    ("token", Kind::Text),
    ("email", Kind::Text),
    ("display_name", Kind::Text),
    ("kana", Kind::Text),
    ("password", Kind::Verbatim),
];

/// What was typed, with the token alone where a whole link was pasted.
pub(super) fn unwrapped(fields: &Fields) -> Fields {
    let mut plain = fields.clone();
    let typed = fields.get("token");
    plain.set("token", typed.rsplit_once("token=").map_or(typed, |(_, token)| token).trim());
    plain
}

#[derive(Template)]
#[template(path = "accounts/set_password.html")]
struct SetPasswordPage {
    shell: Shell,
    sheet: Sheet,
    action: &'static str,
}

fn invitation_page(service: &Service, sheet: Sheet) -> SetPasswordPage {
    SetPasswordPage { shell: Shell::open(service, "利用者登録"), sheet, action: "/invitations" }
}

async fn invitation(service: Data<Service>) -> Shown {
    show::page(&invitation_page(&service, Sheet::open()))
}

async fn accept(service: Data<Service>, form: OpenForm) -> Shown {
    let done = match command::<AcceptInvitation>(&unwrapped(&form.fields), BY_LINK) {
        Ok(cmd) => area::accept_invitation(&service, &form.meta, cmd).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(show::to("/sign-in?done=password_set")),
        Err(problem) => show::again(&invitation_page(&service, Sheet::refused_open(&form.fields, problem)?)),
    }
}

fn reset_page(service: &Service, sheet: Sheet) -> SetPasswordPage {
    SetPasswordPage {
        shell: Shell::open(service, "新しいパスワードの設定"), sheet, action: "/password-resets"
    }
}

async fn reset(service: Data<Service>) -> Shown {
    show::page(&reset_page(&service, Sheet::open()))
}

async fn confirm(service: Data<Service>, form: OpenForm) -> Shown {
    let done = match command::<ConfirmPasswordReset>(&unwrapped(&form.fields), BY_LINK) {
        Ok(cmd) => area::confirm_password_reset(&service, &form.meta, cmd).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(show::to("/sign-in?done=password_set")),
        Err(problem) => show::again(&reset_page(&service, Sheet::refused_open(&form.fields, problem)?)),
    }
}

#[derive(Template)]
#[template(path = "accounts/password_reset.html")]
struct AskPage {
    shell: Shell,
    sheet: Sheet,
    sent: bool,
}

async fn ask(req: HttpRequest, service: Data<Service>) -> Shown {
    let sent = Fields::parse(req.query_string().as_bytes()).get("done") == "sent";
    show::page(&AskPage { shell: Shell::open(&service, "パスワードの再設定"), sheet: Sheet::open(), sent })
}

async fn send(service: Data<Service>, form: OpenForm) -> Shown {
    let sent = match command::<RequestPasswordReset>(&form.fields, &[("email", Kind::Text)]) {
        Ok(cmd) => area::request_password_reset(&service, &form.meta, cmd).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(()) => Ok(show::to("/password-reset?done=sent")),
        Err(problem) => {
            let sheet = Sheet::refused_open(&form.fields, problem)?;
            show::again(&AskPage { shell: Shell::open(&service, "パスワードの再設定"), sheet, sent: false })
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/bootstrap.html")]
struct BootstrapPage {
    shell: Shell,
    sheet: Sheet,
}

async fn first(service: Data<Service>) -> Shown {
    show::page(&BootstrapPage { shell: Shell::open(&service, "最初の管理者の登録"), sheet: Sheet::open() })
}

async fn make_first(service: Data<Service>, form: OpenForm) -> Shown {
    let made = match command::<Bootstrap>(&unwrapped(&form.fields), FIRST) {
        Ok(cmd) => area::bootstrap(&service, &form.meta, cmd).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(show::to("/sign-in?done=administrator")),
        Err(problem) => {
            let sheet = Sheet::refused_open(&form.fields, problem)?;
            show::again(&BootstrapPage { shell: Shell::open(&service, "最初の管理者の登録"), sheet })
        }
    }
}
