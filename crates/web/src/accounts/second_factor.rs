//! 2段階認証: enrolling with picture or text, recovery codes, taking it away; and proving to be there again.
//!
//! Seeds and recovery codes stand on the answer that made them and on no other; nothing of them is in an address.

use crate::errors::Refused;
use crate::exports;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::{self, Visitor};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use app::Service;
use app::accounts::{self as area, ConfirmSecondFactor, EnrolmentView, Proof, RecoveryCodesView, SecondFactorView};
use askama::Template;
use domain::access::Role;
use http_kit::Problem;
use qrcode::{Color, QrCode};
use std::fmt::Write as _;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/me/second-factor", "page_second_factor", one)
        .post("/me/second-factor/begin", "page_begin_second_factor", begin)
        .post("/me/second-factor/confirm", "page_confirm_second_factor", confirm)
        .post("/me/second-factor/recovery-codes", "page_renew_recovery_codes", renew)
        .post("/me/second-factor/disable", "page_disable_second_factor", disable)
        .get("/step-up", "page_step_up", ask)
        .post("/step-up", "page_send_step_up", prove);
}

const PROVED: &str = "ご本人であることを確認しました。先ほど入力した内容は残っています。";
const HERE: &str = "/me/second-factor";
const PROOF: &Spec = &[("password", Kind::Verbatim), ("code", Kind::Text)];

/// What an app reads: the picture as one path over so many fields, and the texts.
struct Enrolment {
    view: EnrolmentView,
    path: String,
    side: usize,
}

impl Enrolment {
    fn new(view: EnrolmentView) -> Result<Self, Problem> {
        let code = QrCode::new(view.link.as_bytes()).map_err(Problem::fault)?;
        let (width, margin) = (code.width(), 4_usize);
        let mut path = String::new();
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let column = at.checked_rem(width).unwrap_or(0).saturating_add(margin);
                let row = at.checked_div(width).unwrap_or(0).saturating_add(margin);
                write!(path, "M{column} {row}h1v1h-1z").map_err(Problem::fault)?;
            }
        }
        Ok(Self { view, path, side: width.saturating_add(margin).saturating_add(margin) })
    }
}

#[derive(Template)]
#[template(path = "accounts/second_factor.html")]
struct OnePage {
    shell: Shell,
    sheet: Sheet,
    factor: SecondFactorView,
    pending: Option<Enrolment>,
    /// Which form was refused.
    refused: &'static str,
}

async fn one_page(
    service: &Service,
    visitor: &Visitor,
    sheet: Sheet,
    refused: &'static str,
) -> Result<OnePage, Refused> {
    let (factor, pending) = service
        .read(visitor.call.clone(), |ctx, call| {
            Ok((area::get_second_factor(ctx, call)?, area::pending_second_factor(ctx, call)?))
        })
        .await?;
    let shell = Shell::new(service, visitor, "2段階認証").under("マイアカウント", "/me");
    let pending = pending.map(Enrolment::new).transpose()?;
    Ok(OnePage { shell, sheet, factor, pending, refused })
}

async fn one(service: Data<Service>, visitor: Visitor) -> Shown {
    show::page(&one_page(&service, &visitor, Sheet::blank(&visitor), "").await?)
}

async fn begin(service: Data<Service>, form: Form) -> Shown {
    form.visitor.stepped_up(&service, HERE)?;
    // The seed is no answer to be kept: the page reads it again from its sealed row.
    service.write(form.visitor.call.clone(), |ctx, call| area::begin_second_factor(ctx, call).map(drop)).await?;
    Ok(show::to(HERE))
}

#[derive(Template)]
#[template(path = "accounts/recovery_codes.html")]
struct CodesPage {
    shell: Shell,
    codes: RecoveryCodesView,
}

fn codes_page(service: &Service, visitor: &Visitor, codes: RecoveryCodesView) -> Shown {
    let shell = Shell::new(service, visitor, "回復コード").under("マイアカウント", "/me").under("2段階認証", HERE);
    show::page(&CodesPage { shell, codes })
}

async fn confirm(service: Data<Service>, form: Form) -> Shown {
    let confirmed = match form.command::<ConfirmSecondFactor>(&[("code", Kind::Text)]) {
        Ok(cmd) => {
            let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| area::confirm_second_factor(ctx, call, &cmd);
            service.write(form.visitor.call.clone(), act).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match confirmed {
        Ok(codes) => codes_page(&service, &form.visitor, codes),
        Err(problem) => again(&service, &form, problem, "confirm").await,
    }
}

async fn again(service: &Service, form: &Form, problem: Problem, which: &'static str) -> Shown {
    let sheet = Sheet::refused(form, problem)?;
    show::again(&one_page(service, &form.visitor, sheet, which).await?)
}

async fn renew(service: Data<Service>, form: Form) -> Shown {
    let renewed = match form.command::<Proof>(PROOF) {
        Ok(proof) => {
            area::renew_recovery_codes(&service, form.visitor.call.clone(), proof).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match renewed {
        Ok(codes) => codes_page(&service, &form.visitor, codes),
        Err(problem) => again(&service, &form, problem, "renew").await,
    }
}

async fn disable(service: Data<Service>, form: Form) -> Shown {
    let disabled = match form.command::<Proof>(PROOF) {
        Ok(proof) => {
            area::disable_second_factor(&service, form.visitor.call.clone(), proof).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match disabled {
        Ok(()) => Ok(show::to("/me?done=factor_off")),
        Err(problem) => again(&service, &form, problem, "disable").await,
    }
}

#[derive(Template)]
#[template(path = "accounts/step_up.html")]
struct StepUpPage {
    shell: Shell,
    sheet: Sheet,
    next: String,
    /// A form that waits for the proof: its address and what was typed into it.
    resume: Option<(String, String)>,
    has_factor: bool,
}

async fn step_up_page(
    service: &Service,
    visitor: &Visitor,
    sheet: Sheet,
    next: String,
    resume: Option<(String, String)>,
) -> Result<StepUpPage, Problem> {
    let factor = service.read(visitor.call.clone(), area::get_second_factor).await?;
    let shell = Shell::new(service, visitor, "本人確認");
    Ok(StepUpPage { shell, sheet, next, resume, has_factor: factor.enabled_at.is_some() })
}

/// The page that asks for password or code before a form counts; what was typed into the form waits on it.
pub(crate) async fn prove_first(service: &Service, form: &Form) -> Result<HttpResponse, Problem> {
    let resume = Some((form.visitor.uri.clone(), super::kept(&form.fields)));
    let sheet = Sheet::blank(&form.visitor);
    let page = step_up_page(service, &form.visitor, sheet, "/".to_owned(), resume).await?;
    let html = page.render().map_err(Problem::fault)?;
    Ok(HttpResponse::Forbidden().content_type("text/html; charset=utf-8").body(html))
}

/// Where a file waits for whoever proved to be there: an answer to a form that leads to the file itself would leave the
/// form in the browser, empty or with the refusal before.
#[derive(Template)]
#[template(path = "accounts/file.html")]
struct FilePage {
    shell: Shell,
    file: String,
    /// The page of its list.
    back: String,
}

async fn ask(service: Data<Service>, visitor: Visitor) -> Shown {
    let next = super::local(&visitor.query("next")).to_owned();
    if exports::is_file(&next) && visitor.stepped_up(&service, &next).is_ok() {
        let shell = Shell::new(&service, &visitor, "ファイルの保存");
        let back = exports::list_of(&next, visitor.town(Role::Contact));
        return show::page(&FilePage { shell, file: next, back });
    }
    show::page(&step_up_page(&service, &visitor, Sheet::blank(&visitor), next, None).await?)
}

async fn prove(req: HttpRequest, service: Data<Service>, form: Form) -> Shown {
    let next = super::local(form.fields.get("next")).to_owned();
    let resume = super::resumed(&form.fields);
    let proved = match form.command::<Proof>(PROOF) {
        Ok(proof) => area::step_up_browser(&service, form.visitor.call.clone(), proof).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match proved {
        Ok(cookie) => {
            let mut answer = match resume {
                Some((path, typed)) => super::go_on(&service, &path, &typed, &cookie, PROVED)?,
                None if exports::is_file(&next) => show::to(&super::arrival(&next)),
                None => {
                    let join = if next.contains('?') { '&' } else { '?' };
                    show::to(&format!("{next}{join}done=proved"))
                }
            };
            let cookie = visitor::cookie_of(&req, &cookie, form.visitor.ends_at)?;
            answer.add_cookie(&cookie).map_err(Problem::fault)?;
            Ok(answer)
        }
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&step_up_page(&service, &form.visitor, sheet, next, resume).await?)
        }
    }
}
