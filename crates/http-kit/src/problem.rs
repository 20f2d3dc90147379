//! The problem object (RFC 9457): the only shape in which anything is refused.
//!
//! A problem travels inside the response until [`crate::edge`] renders it, because only there are
//! the request id and the path known. What caused a fault is logged there once and never sent.

use crate::catalog::{self, Row};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use app::{Code, Error, FieldError};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The content type of every refusal.
pub const CONTENT_TYPE_PROBLEM: &str = "application/problem+json";

/// A refusal on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    facts: Vec<(&'static str, String)>,
    errors: Vec<FieldProblem>,
    retry_after: Option<u32>,
    cause: Option<Box<str>>,
}

/// A refusal as it is sent (RFC 9457 problem details).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// A page that explains the code.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not_found")]
    pub kind: String,
    /// A few words that name the problem, in Japanese.
    #[schema(example = "見つかりません")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What to do next, in Japanese.
    #[schema(example = "対象が見つかりません。IDを確かめるか、一覧から選び直してください。")]
    pub detail: String,
    /// The path that was asked for.
    #[schema(example = "/api/v1/consortia/0199b3f0-0000-7000-8000-000000000000")]
    pub instance: String,
    /// The stable code for programs.
    #[schema(example = "not_found")]
    pub code: &'static str,
    /// 問合せ番号: quote it when you ask for help.
    #[schema(example = "0199b3f0-0000-7000-8000-000000000001")]
    pub request_id: String,
    /// The refused fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Facts of the refusal, for programs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<&'static str, String>,
}

/// One refused field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// RFC 6901 pointer into the body, or the name of a query parameter.
    #[schema(example = "/population")]
    pub pointer: String,
    /// The stable code for programs.
    #[schema(example = "out_of_range")]
    pub code: &'static str,
    /// What to do, in Japanese.
    #[schema(example = "0以上1000000000以下の数値を入力してください。")]
    pub detail: String,
}

impl Problem {
    /// A problem without facts.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self::with(code, Vec::new())
    }

    /// A problem whose sentence takes facts.
    #[must_use]
    pub const fn with(code: Code, facts: Vec<(&'static str, String)>) -> Self {
        Self { code, facts, errors: Vec::new(), retry_after: None, cause: None }
    }

    /// Refused fields.
    #[must_use]
    pub fn fields(errors: &[FieldError]) -> Self {
        let mut problem = Self::new(Code::InvalidFields);
        problem.errors = errors
            .iter()
            .map(|error| {
                let (code, detail) = catalog::field(&error.code);
                FieldProblem { pointer: error.pointer.clone(), code, detail }
            })
            .collect();
        problem
    }

    /// A part of the request that cannot be read; `what` is a Japanese noun.
    #[must_use]
    pub fn unreadable(what: &str) -> Self {
        Self::with(Code::MalformedRequest, vec![("what", what.to_owned())])
    }

    /// Come back later.
    #[must_use]
    pub fn later(code: Code, seconds: u32) -> Self {
        let mut problem = Self::with(code, vec![("seconds", seconds.to_string())]);
        problem.retry_after = Some(seconds);
        problem
    }

    /// The path takes other methods.
    #[must_use]
    pub fn method_not_allowed(allow: String) -> Self {
        Self::with(Code::MethodNotAllowed, vec![("allow", allow)])
    }

    /// A fault of the service; `cause` goes to the log only.
    #[must_use]
    pub fn fault(cause: impl ToString) -> Self {
        Self { cause: Some(cause.to_string().into()), ..Self::new(Code::Internal) }
    }

    /// What the log should say about it, when it is a fault.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// The object that is sent.
    #[must_use]
    pub fn document(&self, request_id: &str, path: &str) -> Document {
        let Row { status, title, detail } = catalog::row(self.code);
        Document {
            kind: format!("/problems/{}", self.code()),
            title,
            status,
            detail: catalog::fill(detail, &self.facts),
            instance: path.to_owned(),
            code: self.code(),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
            facts: self.facts.iter().cloned().collect(),
        }
    }

    /// The answer, complete with request id and path.
    #[must_use]
    pub fn render(&self, request_id: &str, path: &str) -> HttpResponse {
        let mut answer = self.headed(CONTENT_TYPE_PROBLEM);
        answer.body(serde_json::to_string(&self.document(request_id, path)).unwrap_or_default())
    }

    /// The answer as a page for people.
    #[must_use]
    pub fn render_page(&self, request_id: &str, path: &str, page: impl FnOnce(&Document) -> String) -> HttpResponse {
        self.headed("text/html; charset=utf-8").body(page(&self.document(request_id, path)))
    }

    /// The refused fields.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldProblem] {
        &self.errors
    }

    /// Status and headers, without a body.
    fn headed(&self, content_type: &'static str) -> HttpResponseBuilder {
        let mut answer = HttpResponseBuilder::new(self.status_code());
        answer.insert_header((CONTENT_TYPE, HeaderValue::from_static(content_type)));
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let (Code::MethodNotAllowed, Some((_, allow))) = (self.code, self.facts.first()) {
            answer.insert_header((ALLOW, allow.as_str()));
        }
        if self.status_code() == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        } else if self.code == Code::InsufficientScope {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer error=\"insufficient_scope\""));
        }
        answer
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(errors) => Self::fields(&errors),
            Error::Rule(rule) => Self::with(rule.code, rule.facts),
            Error::NotFound => Self::new(Code::NotFound),
            Error::Forbidden => Self::new(Code::Forbidden),
            Error::Unauthenticated => Self::new(Code::Unauthenticated),
            Error::Stale => Self::new(Code::Stale),
            Error::PreconditionRequired => Self::new(Code::PreconditionRequired),
            Error::TooMany { retry_after } => Self::later(Code::TooManyRequests, retry_after),
            Error::Busy => Self::later(Code::Busy, 1),
            Error::Unavailable(cause) => Self { cause: Some(cause.into()), ..Self::later(Code::Unavailable, 5) },
            Error::Internal(cause) => Self::fault(cause),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(catalog::row(self.code).status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A bare answer that carries the problem to the edge.
    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::new(self.status_code());
        answer.extensions_mut().insert(self.clone());
        answer
    }
}

/// The problem for an answer of the framework that carries none.
#[must_use]
pub fn of_status(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::new(Code::NoSuchRoute),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(Code::UnsupportedMediaType),
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::with(Code::BodyTooLarge, vec![("limit", crate::body::LIMIT.to_string())])
        }
        status if status.is_client_error() => Problem::unreadable("形式"),
        status => Problem::fault(format!("the framework answered {status}")),
    }
}
