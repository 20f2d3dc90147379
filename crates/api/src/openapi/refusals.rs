//! The refusals that operations share, each once in the document, with a problem as the service sends it.

use app::{Code, FieldCode, FieldError};
use http_kit::Problem;
use http_kit::problem::CONTENT_TYPE_PROBLEM;
use utoipa::openapi::{ContentBuilder, Ref, Response, ResponseBuilder};

/// Name and text of each refusal; an operation refers to those that it may answer with.
pub(super) fn all() -> impl Iterator<Item = (String, Response)> {
    let of = Problem::new;
    [
        (400, "The path, the query or the body cannot be read", Problem::unreadable("クエリ limit")),
        (401, "No valid credentials", of(Code::Unauthenticated)),
        (403, "Not allowed to this role or token", of(Code::Forbidden)),
        (404, "Absent, or hidden from the caller", of(Code::NotFound)),
        (409, "A rule or a state forbids it; `code` says which", of(Code::AlreadySeated)),
        (412, "Changed by somebody else", of(Code::Stale)),
        (413, "Body too large", Problem::with(Code::BodyTooLarge, vec![("limit", http_kit::body::LIMIT.to_string())])),
        (415, "Not application/json, or for a file not multipart/form-data", of(Code::UnsupportedMediaType)),
        (422, "Refused fields; `errors` names each", Problem::fields(&refused())),
        (428, "If-Match is missing", of(Code::PreconditionRequired)),
        (429, "Too many requests; `Retry-After` says when to come back", Problem::later(Code::TooManyRequests, 30)),
        (
            503,
            "Busy, or the database is away; nothing is lost: repeat after `Retry-After`",
            Problem::later(Code::Unavailable, 5),
        ),
    ]
    .into_iter()
    .map(|(status, description, problem): (u16, &str, Problem)| {
        (format!("Refusal{status}"), response(description, &problem))
    })
}

fn refused() -> [FieldError; 1] {
    [FieldError { pointer: "/seats".to_owned(), code: FieldCode::OutOfRange { min: 1, max: 10_000_000 } }]
}

fn response(description: &str, problem: &Problem) -> Response {
    let sent = problem.document(super::examples::ID, "/api/v1/consortia");
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .example(serde_json::to_value(sent).ok())
        .build();
    ResponseBuilder::new().description(description).content(CONTENT_TYPE_PROBLEM, content).build()
}
