//! Writing requests: the command out of the body, with idempotency key and expected version.
//!
//! Order: credentials, then headers, then the body — read no further than [`LIMIT`], chunked or
//! not — then JSON. An empty body counts as `{}`, so that an action needs none.

use crate::limits::Cost;
use crate::{Problem, auth, json, peer};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, IF_MATCH};
use actix_web::{FromRequest, HttpRequest};
use app::{Call, Code, Idempotency, Meta};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

/// Bytes of a body.
pub const LIMIT: usize = 256 * 1024;
/// Characters of an idempotency key.
const MAX_KEY: usize = 200;

/// A writing request of somebody known.
#[derive(Debug, Clone)]
pub struct Write<T> {
    /// For the use case.
    pub call: Call,
    /// The command.
    pub body: T,
}

/// A writing request of anybody: signing in, accepting an invitation.
#[derive(Debug, Clone)]
pub struct AnonymousWrite<T> {
    /// For the use case.
    pub meta: Meta,
    /// The command.
    pub body: T,
}

/// The body of an action that takes none: empty, or `{}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoBody {}

impl<T: DeserializeOwned + 'static> FromRequest for Write<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let mut call = auth::call(&req, Cost::Write).await?;
            call.expected_version = req.headers().get(IF_MATCH).map(version).transpose()?;
            let key = idempotency_key(&req)?;
            let text = read(&req, payload).await?;
            call.idempotency = key.map(|key| Idempotency { key, request_hash: hash(&req, &text) });
            Ok(Self { call, body: json::read(&text)? })
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for AnonymousWrite<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let meta = peer::meta(&req);
            auth::edge(&req)?.limiter.spend(Cost::SignIn, &meta.ip)?;
            let text = read(&req, payload).await?;
            Ok(Self { meta, body: json::read(&text)? })
        })
    }
}

/// The JSON text of the body; `{}` when there is none.
async fn read(req: &HttpRequest, payload: Payload) -> Result<Vec<u8>, Problem> {
    let text = raw(req, payload, LIMIT).await?;
    if text.is_empty() {
        return Ok(b"{}".to_vec());
    }
    if is_json(req) { Ok(text) } else { Err(Problem::new(Code::UnsupportedMediaType)) }
}

/// The bytes of the body, read no further than `limit`.
///
/// # Errors
/// A body that is larger, or that broke off.
pub async fn raw(req: &HttpRequest, mut payload: Payload, limit: usize) -> Result<Vec<u8>, Problem> {
    let declared = declared(req);
    let too_large = || Problem::with(Code::BodyTooLarge, vec![("limit", limit.to_string())]);
    if declared > limit {
        return Err(too_large());
    }
    let mut text = Vec::with_capacity(declared);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            tracing::debug!(%error, "A body broke off");
            Problem::unreadable("本文")
        })?;
        if text.len().saturating_add(chunk.len()) > limit {
            return Err(too_large());
        }
        text.extend_from_slice(&chunk);
    }
    Ok(text)
}

/// The length that the headers declare; none counts as nothing, one that cannot be read as too much.
pub(crate) fn declared(req: &HttpRequest) -> usize {
    match req.headers().get(CONTENT_LENGTH) {
        Some(length) => length.to_str().ok().and_then(|length| length.parse().ok()).unwrap_or(usize::MAX),
        None => 0,
    }
}

/// `application/json`, alone or with a charset that is UTF-8.
fn is_json(req: &HttpRequest) -> bool {
    let value = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some("application/json")
        && parts.all(|part| matches!(part.as_str(), "charset=utf-8" | "charset=\"utf-8\""))
}

/// SHA-256 of method, path with query, and body: what an idempotency key stands for.
pub(crate) fn hash(req: &HttpRequest, text: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(req.method().as_str());
    hash.update(b"\n");
    hash.update(req.uri().to_string());
    hash.update(b"\n");
    hash.update(text);
    app::audit::hex(&hash.finalize())
}

pub(crate) fn idempotency_key(req: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut keys = req.headers().get_all("idempotency-key");
    match (keys.next().map(HeaderValue::as_bytes), keys.next()) {
        (None, _) => Ok(None),
        (Some(key), None) if (1..=MAX_KEY).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic) => {
            Ok(Some(String::from_utf8_lossy(key).into_owned()))
        }
        (Some(_), _) => Err(Problem::unreadable("ヘッダー Idempotency-Key（1〜200文字の半角英数記号）")),
    }
}

/// The version in a strong entity tag (`"3"`).
fn version(header: &HeaderValue) -> Result<i64, Problem> {
    let digits = header.to_str().ok().and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
    digits
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| Problem::unreadable("ヘッダー If-Match（例: \"3\"）"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_a_strong_tag_names_a_version() {
        let read = |tag: &str| version(&HeaderValue::from_str(tag).unwrap());
        assert_eq!(read("\"3\"").unwrap(), 3);
        for bad in ["W/\"3\"", "3", "*", "\"3", "\"\"", "\"-1\"", "\"3\", \"4\"", "\"9223372036854775808\""] {
            assert_eq!(read(bad).unwrap_err().code(), "malformed_request", "{bad}");
        }
    }

    #[test]
    fn a_key_is_visible_ascii_of_bounded_length() {
        let key = |values: &[&str]| {
            let req =
                values.iter().fold(TestRequest::post(), |req, value| req.append_header(("Idempotency-Key", *value)));
            idempotency_key(&req.to_http_request())
        };
        assert_eq!(key(&[]).unwrap(), None);
        assert_eq!(key(&["k-1"]).unwrap().as_deref(), Some("k-1"));
        assert!(key(&["a".repeat(200).as_str()]).is_ok());
        for bad in [&["a".repeat(201).as_str()][..], &[""], &["a b"], &["a", "b"]] {
            assert_eq!(key(bad).unwrap_err().code(), "malformed_request", "{bad:?}");
        }
    }

    #[test]
    fn a_key_stands_for_method_path_query_and_body() {
        let hash = |req: TestRequest, text: &str| super::hash(&req.to_http_request(), text.as_bytes());
        let one = hash(TestRequest::post().uri("/a?b=1"), "{}");
        assert_eq!(one, hash(TestRequest::post().uri("/a?b=1"), "{}"));
        for other in [
            hash(TestRequest::put().uri("/a?b=1"), "{}"),
            hash(TestRequest::post().uri("/a?b=2"), "{}"),
            hash(TestRequest::post().uri("/a?b=1"), "{ }"),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn json_in_utf8_is_the_only_media_type() {
        let json = |value: &str| is_json(&TestRequest::post().insert_header(("Content-Type", value)).to_http_request());
        assert!(json("application/json") && json("Application/JSON; charset=UTF-8"));
        assert!(!json("text/plain") && !json("application/json; charset=shift_jis") && !json("application/jsonp"));
        assert!(!is_json(&TestRequest::post().to_http_request()));
    }
}
