//! The documents that explain the API: the `OpenAPI` document, its offline viewer, and one page for
//! each error code (the `type` of a problem leads there). No request leaves the origin.

use crate::operations::Operations;
use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Data, Path};
use actix_web::{HttpResponse, get};
use app::Code;
use http_kit::{Edge, Problem, Replied, catalog};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The operations of this file.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(document).service(problem);
}

/// The viewer: static files under `/api/docs/`, with the same strict policy as every page. An operator can switch it
/// off (S45); then nothing is there.
pub fn viewer(cfg: &mut web::ServiceConfig) {
    let config = Config::from("/api/openapi.json").validator_url("none").query_config_enabled(false);
    let wanted = |asked: &GuardContext<'_>| asked.app_data::<Data<Edge>>().is_some_and(|edge| edge.settings.api_docs);
    cfg.service(
        web::scope("/api/docs")
            .guard(fn_guard(wanted))
            .route("", web::get().to(to_viewer))
            .service(SwaggerUi::new("/{file:.*}").config(config)),
    );
}

async fn to_viewer() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/api/docs/")).finish()
}

/// API仕様: this document.
#[utoipa::path(tag = "docs", operation_id = "get_openapi", security(()), responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
#[get("/api/openapi.json")]
async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(crate::openapi::COMMITTED)
}

/// エラーの説明: what an error code means and what to do.
#[utoipa::path(
    tag = "docs", operation_id = "get_problem_page", security(()),
    params(("code" = String, Path, description = "A `code` of a problem", example = "not_found")),
    responses((status = 200, description = "A page in Japanese", content_type = "text/html", body = String))
)]
#[get("/problems/{code}")]
async fn problem(code: Path<String>) -> Replied {
    let known = Code::ALL.iter().find(|known| known.as_str() == code.as_str());
    let known = known.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page(*known)))
}

/// Only words of the catalogue stand in the page: nothing of the request, so nothing to escape.
fn page(code: Code) -> String {
    let row = catalog::row(code);
    format!(
        "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\"><title>{title}｜結</title></head>\n\
         <body><main><h1>{title}</h1><p>{detail}</p>\n\
         <dl><dt>コード</dt><dd><code>{word}</code></dd><dt>HTTPステータス</dt><dd>{status}</dd></dl>\n\
         <p>問い合わせの際は、応答に含まれる問合せ番号（request_id）を添えてください。</p></main></body></html>\n",
        title = row.title,
        detail = row.detail,
        word = code.as_str(),
        status = row.status,
    )
}
