//! A form with a file (`multipart/form-data`), held to the same rules as every other form.
//!
//! Who sends it is known before the body is read, and how much of it stands in `http_kit::multipart`.

use crate::errors::Refused;
use crate::fields::Fields;
use crate::form::{Form, once, same_origin};
use crate::visitor::visitor;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use app::Code;
use futures_util::future::LocalBoxFuture;
use http_kit::limits::Cost;
use http_kit::{Problem, multipart};
use sha2::{Digest, Sha256};

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
                    let next = crate::show::encode(&req.uri().to_string());
                    return Err(Refused::Elsewhere { to: format!("/sign-in?done=file&next={next}") });
                }
                other => other?,
            };
            let mut parts = multipart::read(&req, payload, MAX).await?;
            let mut fields = Fields::default();
            parts.fields.iter().for_each(|(name, value)| fields.set(name, value.as_str()));
            let multipart::File { file_name, content, .. } = parts.files.pop().unwrap_or_default();
            if !visitor.gave(fields.get("_csrf")) {
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
