//! What a page answers when it cannot do what was asked: to the sign-in page and back, or a page that
//! says what to do next with the 問合せ番号. A form with refused fields is not here: it is shown again.

use crate::form::Resume;
use crate::shell::Shell;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use http_kit::Problem;
use http_kit::limits::Cost;
use http_kit::problem::Document;
use std::sync::LazyLock;

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A problem, drawn at the edge by [`error_page`].
    Problem(Problem),
    /// Nobody is signed in: sign in and come back to `next`.
    SignIn {
        /// Path and query.
        next: String,
    },
    /// Something comes first: proving to be there, enrolling a second factor.
    Elsewhere {
        /// Path and query.
        to: String,
    },
    /// The session ended while a form was filled in: what was typed is kept across the sign-in.
    Resume(Box<Resume>),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<app::Error> for Refused {
    fn from(error: app::Error) -> Self {
        Self::Problem(error.into())
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Problem(problem) => problem.fmt(f),
            Self::Elsewhere { to } => write!(f, "first {to}"),
            Self::SignIn { .. } | Self::Resume(_) => f.write_str("unauthenticated"),
        }
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Problem(problem) => problem.status_code(),
            Self::SignIn { .. } | Self::Elsewhere { .. } => StatusCode::SEE_OTHER,
            Self::Resume(_) => StatusCode::UNAUTHORIZED,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Problem(problem) => problem.error_response(),
            Self::SignIn { next } => {
                let query = crate::show::encode(next);
                let to = if next == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={query}") };
                HttpResponse::SeeOther().insert_header((LOCATION, to)).finish()
            }
            Self::Elsewhere { to } => crate::show::to(to),
            Self::Resume(resume) => crate::accounts::ended(resume),
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    title: &'a str,
    detail: String,
    request_id: &'a str,
    missing: bool,
    step_up: bool,
    /// The page of the form that was sent, or of the list whose file cannot be written.
    back: Option<String>,
}

/// As [`ErrorTemplate`], inside of the frame of somebody signed in.
#[derive(Template)]
#[template(path = "error_within.html")]
struct WithinTemplate<'a> {
    shell: Shell,
    detail: String,
    request_id: &'a str,
    missing: bool,
    step_up: bool,
    back: Option<String>,
}

/// The middleware of every page: somebody signed in keeps menu and place on the page of a refusal, too. Only what the
/// request brought on is drawn here: the edge alone logs faults, and a busy service is not asked once more.
pub(crate) async fn framed(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let answered = next.call(req).await?;
    let (req, answer) = answered.into_parts();
    let answer = answer.map_into_boxed_body();
    let wanted = [
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED,
        StatusCode::CONFLICT,
        StatusCode::PRECONDITION_FAILED,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::UNPROCESSABLE_ENTITY,
    ];
    let accepts = |kind: &str| {
        let accept = req.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        accept.contains(kind)
    };
    let problem = answer.extensions().get::<Problem>().cloned();
    let answer = match problem {
        Some(problem) if wanted.contains(&answer.status()) && accepts("text/html") => {
            within(&req, &problem).await.unwrap_or(answer)
        }
        Some(_) | None => answer,
    };
    Ok(ServiceResponse::new(req, answer))
}

/// The page of a refusal in the frame of whoever is signed in; none when nobody is.
async fn within(req: &HttpRequest, problem: &Problem) -> Option<HttpResponse> {
    if req.path().starts_with("/api/") {
        return None;
    }
    let visitor = crate::visitor::visitor(req, Cost::Read).await.ok()?;
    let service = http_kit::auth::service(req).ok()?;
    let request_id = http_kit::peer::meta(req).request_id;
    let document = problem.document(&request_id, req.path());
    let (title, detail) = told(&document);
    let page = WithinTemplate {
        // The list whose files these are is not here.
        shell: Shell::new(service, &visitor, title).saying(None).without_files(),
        detail,
        request_id: &request_id,
        missing: document.status == 404,
        step_up: document.code == "step_up_required",
        back: page_behind(req, document.status),
    };
    let html = page.render().ok()?;
    Some(problem.render_page(&request_id, req.path(), |_| html))
}

/// The page on which a form that was sent stands, at the same address (unless nothing is there) or the nearest one above; of
/// a file that cannot be written as asked (422), the nearest above.
fn page_behind(req: &HttpRequest, status: u16) -> Option<String> {
    static PAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let pages = crate::route_table().into_iter().filter(|route| route.method == "GET");
        pages.map(|route| route.pattern).collect()
    });
    let is_page = |path: &str| {
        let fits = |pattern: &String| {
            let same = |(wanted, part): (&str, &str)| wanted == part || (wanted.starts_with('{') && part.len() == 36);
            pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(same)
        };
        PAGES.iter().any(fits)
    };
    let sent = req.method() == Method::POST;
    let upward = std::iter::successors(Some(req.path()), |path| path.rsplit_once('/').map(|(above, _)| above));
    let above = usize::from(!sent || status == 404);
    let mut candidates = upward.skip(above).take_while(|path| !path.is_empty());
    if sent || (status == 422 && req.path().ends_with("/export")) {
        candidates.find(|path| is_page(path)).map(str::to_owned)
    } else {
        None
    }
}

/// The page of a refusal.
#[must_use]
pub fn error_page(document: &Document) -> String {
    let (title, detail) = told(document);
    let missing = document.status == 404;
    let step_up = document.code == "step_up_required";
    ErrorTemplate { title, detail, request_id: &document.request_id, missing, step_up, back: None }
        .render()
        .unwrap_or_else(|error| {
            tracing::error!(%error, "The error page could not be drawn");
            title.to_owned()
        })
}

/// Title and sentence of a refusal, as they are told to people.
pub(crate) fn told(document: &Document) -> (&'static str, String) {
    let (title, detail) = for_people(document.code).unwrap_or((document.title, &document.detail));
    let seconds = document.facts.get("seconds").and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
    let limit = document.facts.get("limit").and_then(|bytes| bytes.parse().ok()).unwrap_or_default();
    (title, detail.replace("{wait}", &wait(seconds)).replace("{limit}", &size(limit)))
}

/// A limit in bytes, in words.
fn size(bytes: u64) -> String {
    match bytes >> 10 {
        kib @ 0..1024 => format!("{kib}KB"),
        kib => format!("{}MB", kib >> 10),
    }
}

/// How long to wait, in the unit in which people wait.
fn wait(seconds: u32) -> String {
    match seconds {
        0..60 => format!("{seconds}秒ほど"),
        60..3600 => format!("{}分ほど", seconds.div_ceil(60)),
        _ => format!("{}時間ほど", seconds.div_ceil(3600)),
    }
}

/// The words of a code that speaks to programs elsewhere.
pub(crate) fn for_people(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "invalid_fields" => {
            ("入力内容に誤りがあります", "次の項目を直して、もう一度送信してください。入力した内容は残っています。")
        }
        "no_such_route" | "not_found" => (
            "ページが見つかりません",
            "お探しのページは、移動したか、なくなったか、または閲覧の権限がありません。ホームから選び直してください。",
        ),
        "forbidden" => (
            "この操作はできません",
            "あなたの役割では、この操作は行えません。必要な場合は、問合せ先に連絡してください。",
        ),
        "stale" => (
            "ほかの人が先に変更しました",
            "この画面を開いたあとに、内容が変更されています。何も行っていません。元のページで現在の内容を確かめて、もう一度操作してください。",
        ),
        "method_not_allowed" => ("この操作は受け付けられません", "ホームから、もう一度操作をやり直してください。"),
        "body_too_large" => (
            "送信された内容が大きすぎます",
            "一度に送信できるのは、全部で{limit}までです。ファイルを小さくするか、文章を短くして、もう一度送信してください。",
        ),
        "unauthenticated" => {
            ("サインインが必要です", "サインインの期限が切れています。もう一度サインインしてください。")
        }
        "malformed_request" | "malformed_json" | "unsupported_media_type" | "precondition_required" => (
            "送信された内容を読み取れません",
            "ブラウザーの「戻る」で前の画面に戻り、画面を開き直してから、もう一度送信してください。",
        ),
        "invalid_cursor" => (
            "一覧の続きを表示できません",
            "一覧の条件が変わったか、アドレス（URL）が途中で切れています。一覧の最初から開き直してください。",
        ),
        "too_many_requests" => (
            "しばらくお待ちください",
            "短い時間に操作が続いたため、いったん受付を止めています。{wait}待ってから、もう一度お試しください。",
        ),
        "busy" => ("ただいま混み合っています", "処理が混み合っています。数秒待ってから、もう一度送信してください。"),
        "unavailable" => (
            "ただいま保存できません",
            "サービスの保存先が使えないため、何も保存されていません。しばらく待ってから、もう一度お試しください。",
        ),
        "internal" => (
            "サービスの内部で問題が起きました",
            "操作は行われていません。もう一度お試しください。続くときは、問合せ番号を添えて問合せ先に連絡してください。",
        ),
        "link_unusable" => (
            "このリンクは使えません",
            "リンクは一度だけ使えます。期限が過ぎたか、すでに使われています。招待の場合は招待した方に再送を依頼し、パスワードの再設定はもう一度お申し込みください。",
        ),
        "session_required" => ("サインインが必要な操作です", "サインインし直してから、もう一度お試しください。"),
        "idempotency_key_reused" => (
            "この画面はすでに送信されています",
            "同じ画面から別の内容が送信されました。一覧で結果を確かめ、必要なら画面を開き直してください。",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_wait_is_told_in_the_unit_of_the_waiting() {
        let told = [1, 59, 60, 61, 900, 3599, 3600, 7201].map(super::wait);
        assert_eq!(
            told,
            ["1秒ほど", "59秒ほど", "1分ほど", "2分ほど", "15分ほど", "60分ほど", "1時間ほど", "3時間ほど"]
        );
    }
}
