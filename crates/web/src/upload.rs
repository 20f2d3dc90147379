//! A form with a file (`multipart/form-data`), held to the same rules as every other form.
//!
//! Who sends it is known before the body is read; the body is read no further than [`TOTAL`], and of a
//! file no more is kept than one byte past what the use cases take, so that they refuse it with a reason.

use crate::errors::Refused;
use crate::fields::Fields;
use crate::form::{Form, once, same_origin};
use crate::visitor::visitor;
use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use app::Code;
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use http_kit::Problem;
use http_kit::limits::Cost;
use sha2::{Digest, Sha256};

/// Bytes of a whole body.
const TOTAL: usize = 16 * 1024 * 1024;
/// Bytes of a field that is no file.
const FIELD: usize = 64 * 1024;
/// Parts of a body.
const PARTS: usize = 20;

/// A form with a file, sent by somebody signed in.
#[derive(Debug, Clone)]
pub(crate) struct Upload<const MAX: usize> {
    /// Who sent it, and the fields beside the file.
    pub(crate) form: Form,
    /// The file's name on the sender's machine; empty when none was chosen.
    pub(crate) file_name: String,
    /// Its first `MAX + 1` bytes.
    pub(crate) content: Vec<u8>,
}

impl<const MAX: usize> FromRequest for Upload<MAX> {
    type Error = Refused;
    type Future = LocalBoxFuture<'static, Result<Self, Refused>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            same_origin(&req)?;
            let mut visitor = match visitor(&req, Cost::Write).await {
                // A file cannot be kept across the sign-in; its page can.
                Err(Refused::Problem(problem)) if problem.code() == "unauthenticated" => {
                    return Err(Refused::SignIn { next: req.uri().to_string() });
                }
                other => other?,
            };
            let (fields, file_name, content) = read::<MAX>(&req, payload).await?;
            if fields.get("_csrf") != visitor.csrf {
                return Err(Problem::new(Code::ForeignForm).into());
            }
            let mut sent = Sha256::digest(&content).to_vec();
            sent.extend_from_slice(file_name.as_bytes());
            visitor.call.expected_version = fields.get("_version").parse().ok();
            visitor.call.idempotency = once(&req, &fields, &sent);
            Ok(Self { form: Form { visitor, fields }, file_name, content })
        })
    }
}

async fn read<const MAX: usize>(req: &HttpRequest, payload: Payload) -> Result<(Fields, String, Vec<u8>), Problem> {
    let (mut fields, mut file_name, mut content) = (Fields::default(), String::new(), Vec::new());
    let mut parts = Multipart::new(req.headers(), payload);
    let (mut left, mut count) = (TOTAL, 0_usize);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|error| broken(&error))?;
        count = count.saturating_add(1);
        if count > PARTS {
            return Err(too_large());
        }
        let name = part.name().unwrap_or_default().to_owned();
        let named = part.content_disposition().and_then(|head| head.get_filename()).map(str::to_owned);
        match named {
            Some(named) => {
                file_name = named;
                content = take(&mut part, MAX.saturating_add(1), &mut left).await?;
            }
            None => {
                let value = take(&mut part, FIELD, &mut left).await?;
                fields.set(&name, String::from_utf8_lossy(&value));
            }
        }
    }
    Ok((fields, file_name, content))
}

/// Reads a part to its end and keeps its first bytes.
async fn take(part: &mut Field, keep: usize, left: &mut usize) -> Result<Vec<u8>, Problem> {
    let mut kept = Vec::new();
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        *left = left.checked_sub(chunk.len()).ok_or_else(too_large)?;
        let room = keep.saturating_sub(kept.len()).min(chunk.len());
        kept.extend_from_slice(chunk.get(..room).unwrap_or_default());
    }
    Ok(kept)
}

fn too_large() -> Problem {
    Problem::with(Code::BodyTooLarge, vec![("limit", TOTAL.to_string())])
}

fn broken(error: &dyn std::fmt::Display) -> Problem {
    tracing::debug!(%error, "An upload broke off");
    Problem::unreadable("本文")
}
