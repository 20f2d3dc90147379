//! From a template to an answer.

use crate::errors::Refused;
use crate::form::{Form, Sheet};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use askama::Template;
use http_kit::Problem;
pub(crate) use http_kit::reply::encode;

/// What a handler of a page gives back.
pub(crate) type Shown = Result<HttpResponse, Refused>;

/// A page.
pub(crate) fn page(template: &impl Template) -> Shown {
    with_status(StatusCode::OK, template)
}

/// A form that was refused, shown again.
pub(crate) fn again(template: &impl Template) -> Shown {
    with_status(StatusCode::UNPROCESSABLE_ENTITY, template)
}

fn with_status(status: StatusCode, template: &impl Template) -> Shown {
    let html = template.render().map_err(Problem::fault)?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// The answer of a form that was sent, or its page again with what was typed and why it was refused.
pub(crate) async fn answer<T: Template>(
    form: &Form,
    sent: Result<HttpResponse, Problem>,
    page: impl AsyncFnOnce(Sheet) -> Result<T, Refused>,
) -> Shown {
    match sent {
        Ok(_) if form.turns_back() => self::page(&page(Sheet::typed(form)).await?),
        Ok(answer) => Ok(answer),
        Err(problem) => again(&page(Sheet::refused(form, problem)?).await?),
    }
}

/// On to another page.
pub(crate) fn to(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}
