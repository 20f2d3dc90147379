//! A form with a file in it: some fields, one file, the same defences as [`Form`].
//!
//! *Guards:* who is not signed in uploads nothing; the body is read no further than the limit; the file stays in memory
//! and its name is data, never a path. What the file may be is decided by who reads it.

use crate::errors::Refused;
use crate::fields::Fields;
use crate::form::{Form, once, same_origin};
use crate::visitor::visitor;
use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use app::Code;
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use http_kit::limits::Cost;
use http_kit::{Problem, body};

/// Bytes of a file.
pub(crate) const LARGEST: usize = 5 * 1024 * 1024;
/// Bytes of everything around it.
const AROUND: usize = 64 * 1024;

/// A file as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct SentFile {
    /// As the browser names it, without folders.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) bytes: Bytes,
}

/// A form with a file.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// Who sent it, and the other fields.
    pub(crate) form: Form,
    /// The file; none when nothing was chosen.
    pub(crate) file: Option<SentFile>,
}

impl FromRequest for Upload {
    type Error = Refused;
    type Future = LocalBoxFuture<'static, Result<Self, Refused>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            same_origin(&req)?;
            let mut visitor = match visitor(&req, Cost::Write).await {
                Err(Refused::Problem(problem)) if problem.code() == "unauthenticated" => {
                    return Err(Refused::SignIn { next: req.uri().to_string() });
                }
                other => other?,
            };
            let sent = Bytes::from(read(&req, payload).await?);
            let (fields, file) = parts(&req, sent.clone()).await?;
            if fields.get("_csrf") != visitor.csrf {
                return Err(Problem::new(Code::ForeignForm).into());
            }
            visitor.call.expected_version = fields.get("_version").parse().ok();
            visitor.call.idempotency = once(&req, &fields, &sent);
            Ok(Self { form: Form { visitor, fields }, file })
        })
    }
}

async fn read(req: &HttpRequest, payload: Payload) -> Result<Vec<u8>, Problem> {
    let kind = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("multipart/form-data") {
        return Err(Problem::new(Code::ForeignForm));
    }
    body::raw(req, payload, LARGEST.saturating_add(AROUND)).await
}

async fn parts(req: &HttpRequest, sent: Bytes) -> Result<(Fields, Option<SentFile>), Problem> {
    let unreadable = |error: actix_multipart::MultipartError| {
        tracing::debug!(%error, "A form with a file cannot be read");
        Problem::unreadable("フォーム")
    };
    let whole = futures_util::stream::once(async move { Ok::<_, actix_web::error::PayloadError>(sent) });
    let mut parts = Multipart::new(req.headers(), Box::pin(whole));
    let (mut fields, mut file) = (Fields::default(), None);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(unreadable)?;
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.content_disposition().and_then(|shown| shown.get_filename()).map(str::to_owned);
        let bytes = match part.bytes(LARGEST).await {
            Ok(bytes) => bytes.map_err(unreadable)?,
            Err(_beyond) => return Err(Problem::with(Code::BodyTooLarge, vec![("limit", LARGEST.to_string())])),
        };
        match file_name {
            None => fields.push(&name, String::from_utf8_lossy(&bytes).into_owned()),
            Some(file_name) if !file_name.is_empty() && file.is_none() => {
                let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
                file = Some(SentFile { name, bytes });
            }
            Some(_nothing_chosen) => {}
        }
    }
    Ok((fields, file))
}
