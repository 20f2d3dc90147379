//! From a view to an answer: serialised once, inside the transaction, so that the idempotency
//! record holds the bytes that are sent. With these, a handler is extract → use case → reply.

use crate::Problem;
use crate::headers::UNTRUSTED_CONTENT_POLICY;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use app::{Call, Ctx, Error, Page, Reply, Service};
use serde::Serialize;

/// What a handler gives back.
pub type Replied = Result<HttpResponse, Problem>;

/// 200 with a view.
///
/// # Errors
/// When the view cannot be written as JSON: a fault.
pub fn ok<T: Serialize>(view: &T) -> Result<Reply, Error> {
    let body = serde_json::to_string(view).map_err(Error::internal)?;
    Ok(Reply { status: 200, headers: Vec::new(), body })
}

/// 201 with a view and where it lives.
///
/// # Errors
/// As [`ok`].
pub fn created<T: Serialize>(view: &T, location: String) -> Result<Reply, Error> {
    let mut reply = ok(view)?;
    reply.status = 201;
    reply.headers.push(("location".to_owned(), location));
    Ok(reply)
}

/// 204.
#[must_use]
pub fn no_content() -> Reply {
    Reply { status: 204, headers: Vec::new(), body: String::new() }
}

/// 200 with a page and, when there is more, the link to the next one (RFC 8288).
///
/// # Errors
/// As [`ok`].
pub fn page<T: Serialize>(page: &Page<T>, uri: &str) -> Result<Reply, Error> {
    let mut reply = ok(page)?;
    if let Some(cursor) = &page.next_cursor {
        reply.headers.push(("link".to_owned(), format!("<{}>; rel=\"next\"", with_cursor(uri, cursor))));
    }
    Ok(reply)
}

/// Adds what belongs to a thing that can be edited.
pub trait Versioned {
    /// The same reply with the strong entity tag of a version.
    #[must_use]
    fn version(self, version: i64) -> Self;
}

impl Versioned for Reply {
    fn version(mut self, version: i64) -> Self {
        self.headers.push(("etag".to_owned(), format!("\"{version}\"")));
        self
    }
}

/// A file that somebody uploaded: to be saved, never shown in place, and powerless wherever it is opened (S32).
#[must_use]
pub fn download(file_name: &str, media_type: &str, content: Vec<u8>) -> HttpResponse {
    let shown = format!("attachment; filename*=UTF-8''{}", encode(file_name));
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, shown))
        .insert_header((CONTENT_SECURITY_POLICY, UNTRUSTED_CONTENT_POLICY))
        .body(content)
}

/// A text as it stands in an address or a header.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Runs a reading use case.
///
/// # Errors
/// Those of the use case, as a problem.
pub async fn read<F>(service: &Service, call: Call, f: F) -> Replied
where
    F: Fn(&mut Ctx<'_>, &Call) -> Result<Reply, Error> + Send + 'static,
{
    send(service.read(call, f).await?)
}

/// Runs a writing use case, once for each idempotency key.
///
/// # Errors
/// Those of the use case, as a problem.
pub async fn write<F>(service: &Service, call: Call, f: F) -> Replied
where
    F: Fn(&mut Ctx<'_>, &Call) -> Result<Reply, Error> + Send + Sync + 'static,
{
    send(service.write_once(call, f).await?)
}

/// As [`write()`], for an answer that shows a secret this one time.
///
/// # Errors
/// Those of the use case, as a problem.
pub async fn write_sealed<F>(service: &Service, call: Call, f: F) -> Replied
where
    F: Fn(&mut Ctx<'_>, &Call) -> Result<Reply, Error> + Send + Sync + 'static,
{
    send(service.write_once_sealed(call, f).await?)
}

/// The answer of a reply.
///
/// # Errors
/// When a stored reply is damaged: a fault.
pub fn send(reply: Reply) -> Replied {
    let mut answer = HttpResponseBuilder::new(StatusCode::from_u16(reply.status).map_err(Problem::fault)?);
    for (name, value) in reply.headers {
        let name = HeaderName::try_from(name).map_err(Problem::fault)?;
        answer.insert_header((name, HeaderValue::try_from(value).map_err(Problem::fault)?));
    }
    if reply.body.is_empty() {
        return Ok(answer.finish());
    }
    answer.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    Ok(answer.body(reply.body))
}

/// The same address with another cursor.
fn with_cursor(uri: &str, cursor: &str) -> String {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let kept: String = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
        .fold(String::new(), |kept, pair| kept + pair + "&");
    format!("{path}?{kept}cursor={cursor}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_the_other_parameters() {
        assert_eq!(with_cursor("/a", "x"), "/a?cursor=x");
        assert_eq!(with_cursor("/a?limit=2", "x"), "/a?limit=2&cursor=x");
        assert_eq!(with_cursor("/a?cursor=w&limit=2", "x"), "/a?limit=2&cursor=x");
    }

    #[test]
    fn the_last_page_has_no_link() {
        let last = Page { items: vec![1], next_cursor: None };
        assert!(page(&last, "/a").unwrap().headers.is_empty());
        let more = Page { items: vec![1], next_cursor: Some("x".to_owned()) };
        assert_eq!(page(&more, "/a").unwrap().headers, [("link".to_owned(), "</a?cursor=x>; rel=\"next\"".to_owned())]);
    }

    #[test]
    fn a_reply_becomes_its_answer() {
        let reply = created(&serde_json::json!({"id": "1"}), "/things/1".to_owned()).unwrap().version(3);
        let answer = send(reply).unwrap();
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.headers().get("location").unwrap(), "/things/1");
        assert_eq!(answer.headers().get("etag").unwrap(), "\"3\"");
        assert_eq!(send(no_content()).unwrap().status(), 204);
    }
}
