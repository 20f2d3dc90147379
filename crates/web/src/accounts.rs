//! Signing in, in one step or two, and out. One's own account stands in the files of the folder.
//!
//! Between password and code there is no session: the page carries a sealed ticket that opens nothing alone.

mod desk;
mod email_change;
mod links;
mod me;
mod notifications;
mod places;
mod second_factor;
mod tokens;

pub(crate) use places::chosen;
pub(crate) use second_factor::prove_first;

use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, OpenForm, Resume, Sheet, command};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use app::accounts::{self as area, BrowserSession, Entered, FinishSignIn, SignIn};
use app::{Code, Service};
use askama::Template;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/sign-in", "page_sign_in", show_sign_in)
        .post("/sign-in", "page_send_sign_in", sign_in)
        .post("/sign-in/code", "page_send_sign_in_code", sign_in_code)
        .post("/sign-out", "page_sign_out", sign_out);
    desk::pages(pages);
    links::pages(pages);
    me::pages(pages);
    email_change::pages(pages);
    notifications::pages(pages);
    places::pages(pages);
    second_factor::pages(pages);
    tokens::pages(pages);
}

const SIGN_IN: &Spec = &[("email", Kind::Text), ("password", Kind::Verbatim)];

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct SignInPage {
    shell: Shell,
    sheet: Sheet,
    next: String,
    /// A form that waits for the sign-in: its address and what was typed into it.
    resume: Option<(String, String)>,
}

async fn show_sign_in(req: HttpRequest, service: Data<Service>) -> Shown {
    let query = crate::fields::Fields::parse(req.query_string().as_bytes());
    let shell = Shell::open(&service, "サインイン");
    let shell = shell.saying(match query.get("done") {
        "signed_out" => Some("サインアウトしました。"),
        "file" => Some("サインインの期限が切れていたため、ファイルは受け取っていません。サインインすると元の画面に戻ります。ファイルを選び直して、もう一度送信してください。"),
        "all_ended" => Some("すべての端末のサインインを終了しました。"),
        "password_set" => Some("パスワードを設定しました。新しいパスワードでサインインしてください。"),
        "administrator" => Some("最初の管理者を登録しました。サインインしてください。"),
        "email_changed" => Some("メールアドレスを変更しました。新しいメールアドレスでサインインしてください。"),
        _ => None,
    });
    let shell = if crate::visitor::led_here(&req) { shell } else { shell.saying(None) };
    let next = local(query.get("next")).to_owned();
    show::page(&SignInPage { shell, sheet: Sheet::open(), next, resume: None })
}

async fn sign_in(req: HttpRequest, service: Data<Service>, form: OpenForm) -> Shown {
    let entered = match command::<SignIn>(&form.fields, SIGN_IN) {
        Ok(cmd) => area::sign_in_browser(&service, &form.meta, cmd).await.map_err(Into::into),
        Err(problem) => Err(problem),
    };
    let (next, resume) = (local(form.fields.get("next")).to_owned(), resumed(&form.fields));
    match entered {
        Err(problem) => {
            let sheet = Sheet::refused_open(&form.fields, problem)?;
            show::again(&SignInPage { shell: Shell::open(&service, "サインイン"), sheet, next, resume })
        }
        Ok(Entered::Session(session)) => entered_to(&req, &service, &session, &next, resume),
        Ok(Entered::CodeNeeded { ticket }) => {
            let shell = Shell::open(&service, "確認コードの入力");
            show::page(&CodePage { shell, sheet: Sheet::open(), next, resume, ticket })
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/sign_in_code.html")]
struct CodePage {
    shell: Shell,
    sheet: Sheet,
    next: String,
    resume: Option<(String, String)>,
    ticket: String,
}

async fn sign_in_code(req: HttpRequest, service: Data<Service>, form: OpenForm) -> Shown {
    let (next, resume) = (local(form.fields.get("next")).to_owned(), resumed(&form.fields));
    let spec: &Spec = &[("ticket", Kind::Text), ("code", Kind::Text)];
    let entered = match command::<FinishSignIn>(&form.fields, spec) {
        Ok(cmd) => area::finish_sign_in_browser(&service, &form.meta, cmd).await.map_err(Into::into),
        Err(problem) => Err(problem),
    };
    match entered {
        Ok(session) => entered_to(&req, &service, &session, &next, resume),
        // The time is over: the password again, and what was asked for is kept.
        Err(problem) if problem.code() == Code::SecondStepExpired.as_str() => {
            let sheet = Sheet::refused_again(problem);
            show::again(&SignInPage { shell: Shell::open(&service, "サインイン"), sheet, next, resume })
        }
        Err(problem) => {
            let sheet = Sheet::refused_open(&form.fields, problem)?;
            let shell = Shell::open(&service, "確認コードの入力");
            show::again(&CodePage { shell, sheet, next, resume, ticket: form.fields.get("ticket").to_owned() })
        }
    }
}

/// To the page that was asked for, or the form that waited, with the cookie of the new session.
fn entered_to(
    req: &HttpRequest,
    service: &Service,
    session: &BrowserSession,
    next: &str,
    resume: Option<(String, String)>,
) -> Shown {
    let mut answer = match resume {
        Some((path, typed)) => {
            let said = "サインインしました。先ほど入力した内容は残っています。";
            go_on(service, &path, &typed, &session.cookie, said)?
        }
        None => show::to(&arrival(next)),
    };
    answer.add_cookie(&visitor::cookie(req, session)?).map_err(http_kit::Problem::fault)?;
    Ok(answer)
}

async fn sign_out(req: HttpRequest, service: Data<Service>, form: Form) -> Shown {
    service.write(form.visitor.call.clone(), area::sign_out).await?;
    signed_out(&req, "/sign-in?done=signed_out")
}

/// Away, with nothing of the session left in the browser.
fn signed_out(req: &HttpRequest, to: &str) -> Shown {
    let mut answer = show::to(to);
    answer.add_cookie(&visitor::no_cookie(req)?).map_err(http_kit::Problem::fault)?;
    answer.headers_mut().insert(
        actix_web::http::header::HeaderName::from_static("clear-site-data"),
        actix_web::http::header::HeaderValue::from_static("\"cookies\", \"storage\""),
    );
    Ok(answer)
}

/// An address of ours, or the home page: nobody is sent elsewhere after signing in.
fn local(next: &str) -> &str {
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if ours && !next.starts_with("/sign-") { next } else { "/" }
}

/// Where a form leads that stood before an address: to the address, or to the page on which its file waits.
fn arrival(next: &str) -> String {
    if crate::exports::is_file(next) { format!("/step-up?next={}", show::encode(next)) } else { next.to_owned() }
}

#[derive(Template)]
#[template(path = "accounts/ended.html")]
struct EndedPage<'a> {
    path: &'a str,
    typed: String,
}

/// The sign-in page for a form that came too late; what was typed goes with it.
pub(crate) fn ended(resume: &Resume) -> HttpResponse {
    let typed = kept(&resume.fields);
    let html = EndedPage { path: &resume.path, typed }.render().unwrap_or_default();
    HttpResponse::Unauthorized().content_type("text/html; charset=utf-8").body(html)
}

/// What was typed into a form that waits, without what belongs to its session.
fn kept(fields: &Fields) -> String {
    let pairs: Vec<(&str, &str)> = fields.pairs().filter(|(name, _)| !matches!(*name, "_csrf")).collect();
    serde_json::to_string(&pairs).unwrap_or_default()
}

fn resumed(fields: &Fields) -> Option<(String, String)> {
    let path = fields.get("resume_path");
    (path.len() > 1 && local(path) == path).then(|| (path.to_owned(), fields.get("resume_typed").to_owned()))
}

#[derive(Template)]
#[template(path = "accounts/go_on.html")]
struct GoOnPage {
    shell: Shell,
    said: &'static str,
    path: String,
    csrf: String,
    fields: Vec<(String, String)>,
}

/// After the sign-in or the proof: the form as it was, to be sent with one press.
fn go_on(
    service: &Service,
    path: &str,
    typed: &str,
    cookie: &str,
    said: &'static str,
) -> Result<HttpResponse, Refused> {
    let fields: Vec<(String, String)> = serde_json::from_str(typed).unwrap_or_default();
    let shell = Shell::open(service, "入力内容の送信を続ける");
    show::page(&GoOnPage { shell, said, path: path.to_owned(), csrf: visitor::csrf(cookie), fields })
}
