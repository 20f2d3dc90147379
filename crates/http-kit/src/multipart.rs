//! Bodies with a file (`multipart/form-data`), for pages and programs alike.
//!
//! Who sends one is known before it is read; it is read no further than [`TOTAL`], and of a file no more is kept than
//! one byte past what the use cases take, so that they refuse it with a reason. All bodies that are being read share
//! [`BUDGET`]: however many arrive at once, memory stays flat (S30).

use crate::limits::Cost;
use crate::{Problem, auth, body};
use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use app::{Call, Code, FieldCode, FieldError, Idempotency};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Bytes of a whole body.
pub const TOTAL: usize = 16 * 1024 * 1024;
/// Bytes of a field that is no file.
const FIELD: usize = 64 * 1024;
/// Parts of a body.
const PARTS: usize = 20;

/// KiB that files may hold together while they are being read.
const BUDGET: usize = 32 * 1024;
/// Bytes in which a file is kept while it is read, and by which a body's share of it grows.
const BLOCK: usize = 256 * 1024;

static ROOM: Semaphore = Semaphore::const_new(BUDGET);

/// What a body held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Name and text of the fields that are no file.
    pub fields: Vec<(String, String)>,
    /// Of the files, in their order.
    pub files: Vec<File>,
}

/// A file of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// The name of the field.
    pub field: String,
    /// Its name on the sender's machine; empty when none was chosen.
    pub file_name: String,
    /// Its first bytes, one more than asked for at most.
    pub content: Vec<u8>,
}

/// A file sent by somebody known: the part `file` of `multipart/form-data`, and nothing beside it.
#[derive(Debug, Clone)]
pub struct FileWrite<const MAX: usize> {
    /// For the use case.
    pub call: Call,
    /// Its name on the sender's machine; empty when no file was sent.
    pub file_name: String,
    /// Its first `MAX + 1` bytes.
    pub content: Vec<u8>,
}

impl<const MAX: usize> FromRequest for FileWrite<MAX> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let mut call = auth::call(&req, Cost::Write).await?;
            let key = body::idempotency_key(&req)?;
            let kind = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
            if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data") {
                return Err(Problem::new(Code::UnsupportedMediaType));
            }
            let file = only_file(read(&req, payload, MAX).await?)?;
            let mut sent = Sha256::digest(&file.content).to_vec();
            sent.extend_from_slice(file.file_name.as_bytes());
            call.idempotency = key.map(|key| Idempotency { key, request_hash: body::hash(&req, &sent) });
            Ok(Self { call, file_name: file.file_name, content: file.content })
        })
    }
}

/// The part `file`; an empty one when there is none, which the use cases refuse with a reason.
fn only_file(parts: Parts) -> Result<File, Problem> {
    let refused = |name: &str, code| Problem::fields(&[FieldError { pointer: format!("/{name}"), code }]);
    let strange = parts.fields.iter().map(|(name, _)| name).chain(parts.files.iter().map(|file| &file.field));
    if let Some(name) = strange.into_iter().find(|name| *name != "file") {
        return Err(refused(name, FieldCode::Unknown));
    }
    // A text under the name of the file is no file.
    if !parts.fields.is_empty() {
        return Err(refused("file", FieldCode::WrongType { expected: "ファイル" }));
    }
    let mut files = parts.files.into_iter();
    match (files.next(), files.next()) {
        (Some(_), Some(_)) => Err(refused("file", FieldCode::Duplicate)),
        (first, _) => Ok(first.unwrap_or_default()),
    }
}

/// Reads a body; of each file no more is kept than `keep + 1` bytes.
///
/// # Errors
/// A body that is too large, that has too many parts, or that broke off.
pub async fn read(req: &HttpRequest, payload: Payload, keep: usize) -> Result<Parts, Problem> {
    if body::declared(req) > TOTAL {
        return Err(too_large());
    }
    let mut held = Parts::default();
    let mut parts = Multipart::new(req.headers(), payload);
    let (mut left, mut count) = (TOTAL, 0_usize);
    // Given back with the end of the reading: what comes after takes no time.
    let mut room = Room::default();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|error| broken(&error))?;
        count = count.saturating_add(1);
        if count > PARTS {
            return Err(too_large());
        }
        let field = part.name().unwrap_or_default().to_owned();
        let named = part.content_disposition().and_then(|head| head.get_filename()).map(str::to_owned);
        match named {
            Some(file_name) => {
                let content = take(&mut part, keep.saturating_add(1), &mut left, &mut room).await?;
                held.files.push(File { field, file_name, content });
            }
            None => {
                let value = take(&mut part, FIELD, &mut left, &mut room).await?;
                held.fields.push((field, String::from_utf8_lossy(&value).into_owned()));
            }
        }
    }
    Ok(held)
}

/// Reads a part to its end and keeps its first bytes.
async fn take(part: &mut Field, keep: usize, left: &mut usize, shared: &mut Room) -> Result<Vec<u8>, Problem> {
    // In blocks, joined once the part is whole: a vector that grows leaves as much behind as it holds.
    let (mut whole, mut last, mut length) = (Vec::new(), Vec::new(), 0_usize);
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        *left = left.checked_sub(chunk.len()).ok_or_else(too_large)?;
        let room = keep.saturating_sub(length).min(chunk.len());
        let taken = chunk.get(..room).unwrap_or_default();
        shared.grow(room)?;
        length = length.saturating_add(room);
        if last.len().saturating_add(room) > BLOCK {
            whole.push(std::mem::replace(&mut last, Vec::with_capacity(BLOCK.max(room))));
        }
        last.extend_from_slice(taken);
    }
    if whole.is_empty() {
        return Ok(last);
    }
    whole.push(last);
    Ok(whole.concat())
}

/// A share of [`BUDGET`].
#[derive(Default)]
struct Room {
    taken: Vec<SemaphorePermit<'static>>,
    /// Bytes that are paid for and not used.
    spare: usize,
}

impl Room {
    fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        if bytes > self.spare {
            // A block at a time: few permits, and little that is paid for in vain.
            let permit = ROOM.try_acquire_many(256).or(Err(Problem::later(Code::Busy, 2)))?;
            self.taken.push(permit);
            self.spare = self.spare.saturating_add(BLOCK);
        }
        self.spare = self.spare.saturating_sub(bytes);
        Ok(())
    }
}

fn too_large() -> Problem {
    Problem::with(Code::BodyTooLarge, vec![("limit", TOTAL.to_string())])
}

fn broken(error: &dyn std::fmt::Display) -> Problem {
    tracing::debug!(%error, "An upload broke off");
    Problem::unreadable("本文")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_taken_and_nothing_beside_it() {
        let file = |field: &str| File { field: field.into(), file_name: "a.txt".into(), content: b"a".to_vec() };
        let parts = |fields: &[&str], files: &[&str]| Parts {
            fields: fields.iter().map(|name| ((*name).to_owned(), String::new())).collect(),
            files: files.iter().map(|name| file(name)).collect(),
        };
        assert_eq!(only_file(parts(&[], &["file"])).unwrap(), file("file"));
        assert_eq!(only_file(parts(&[], &[])).unwrap(), File::default());
        for (fields, files, at, code) in [
            (&["role"][..], &["file"][..], "/role", "unknown_field"),
            (&[], &["picture"], "/picture", "unknown_field"),
            (&["file"], &[], "/file", "wrong_type"),
            (&[], &["file", "file"], "/file", "duplicate"),
        ] {
            let refused = only_file(parts(fields, files)).unwrap_err();
            let errors = refused.field_errors();
            assert_eq!((errors[0].pointer.as_str(), errors[0].code), (at, code));
        }
    }
}
