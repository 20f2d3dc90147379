//! Files attached to posts: added and removed by the author, read by whoever reads the post.
//!
//! A file added to what the public reads, or is about to read, is reviewed first, as an edit is (the
//! same step). Its content is checked before it is stored: `domain::attachments` by name and first
//! bytes, [`packed`] for what is inside a packed file, [`scan`] for viruses where a scanner is set (S33).

mod packed;
mod scan;

pub use scan::{Looked, look_over, scan_waiting};

use super::{authored, entry, facts, illegal, seen};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::attachments::{FileKind, FileRefusal, MAX_FILES, Readiness, ScanState, kept_name, recognise};
use domain::board::{State, Step, step};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::board::attachments::{self as rows, Attachment};
use store::board::{Moved, Post};
use utoipa::ToSchema;

/// A file as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its name on the sender's machine.
    pub file_name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A file of a post, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttachmentView {
    /// UUIDv7.
    pub id: String,
    /// The post.
    pub post_id: String,
    /// Its name.
    #[schema(example = "席の一覧.csv")]
    pub file_name: String,
    /// Its media type.
    #[schema(example = "text/csv")]
    pub media_type: String,
    /// Its size.
    #[schema(example = 12_345)]
    pub bytes: i64,
    /// SHA-256 of the content, hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    /// `ready`; `waiting` for the virus scanner; `infected`: a virus was found and the content removed.
    #[schema(example = "ready")]
    pub state: &'static str,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Whether the caller may remove it.
    pub may_remove: bool,
}

impl AttachmentView {
    /// A file never changes: it is there or not.
    pub const VERSION: i64 = 1;

    fn of(ctx: &Ctx<'_>, row: Attachment, may_remove: bool) -> Result<Self, Error> {
        Ok(Self {
            state: readiness(ctx, &row)?.as_str(),
            id: row.id,
            post_id: row.post_id,
            file_name: row.file_name,
            media_type: row.media_type,
            bytes: row.bytes,
            sha256: row.sha256,
            created_at: row.created_at.and_utc(),
            may_remove,
        })
    }
}

fn readiness(ctx: &Ctx<'_>, row: &Attachment) -> Result<Readiness, Error> {
    let state = ScanState::parse(&row.scan_state).ok_or_else(|| Error::internal("unknown scan state"))?;
    Ok(state.readiness(ctx.env.settings.scanner.is_some()))
}

/// Refuses a file that the scanner has not found clean.
fn ready(ctx: &Ctx<'_>, row: &Attachment) -> Result<(), Error> {
    match readiness(ctx, row)? {
        Readiness::Ready => Ok(()),
        Readiness::Waiting => Err(Error::rule(Code::AttachmentWaiting)),
        Readiness::Infected => Err(Error::rule(Code::AttachmentInfected)),
    }
}

/// Adds a file to one's own post; a public post waits for review afterwards. `looked` is what [`look_over`] said.
///
/// # Errors
/// A file that is refused; a post that a moderator took down; [`Error::Stale`] when the post changed meanwhile.
pub fn attach_file(
    ctx: &mut Ctx<'_>,
    call: &Call,
    post_id: &str,
    file: &NewFile,
    looked: Looked,
) -> Result<AttachmentView, Error> {
    let post = authored(ctx, call, post_id)?;
    let now = facts(&post)?;
    let next = step(now.state, Step::Edit, now.visibility).map_err(illegal)?;
    let (name, kind) = checked(file)?;
    if rows::of_post(ctx.db, post_id)?.len() >= MAX_FILES {
        return Err(Error::field("/file", FieldCode::TooMany { max: MAX_FILES }));
    }
    let moved =
        Moved { state: next.as_str().to_owned(), reviewed_by: None, published_at: None, updated_at: ctx.stamp() };
    // The version grows, so that nobody approves a post with a file that was not there when it was read.
    if !store::board::step(ctx.db, &post, &moved)? {
        return Err(Error::Stale);
    }
    let row = Attachment {
        id: ctx.id(),
        consortium_id: post.consortium_id.clone(),
        post_id: post.id.clone(),
        uploaded_by: call.actor.user_id.clone(),
        file_name: name,
        media_type: kind.media_type().to_owned(),
        bytes: i64::try_from(file.content.len()).map_err(Error::internal)?,
        sha256: crate::audit::hex(&Sha256::digest(&file.content)),
        created_at: ctx.stamp(),
        scan_state: looked.state().as_str().to_owned(),
        scanned_at: (looked == Looked::Clean).then(|| ctx.stamp()),
    };
    rows::insert(ctx.db, &row, &file.content)?;
    ctx.record(entry(call, &post, "attachment.added").details(json!({
        "attachment": row.id, "media_type": row.media_type, "bytes": row.bytes, "sha256": row.sha256,
        "before": post.state, "after": moved.state, "scan": row.scan_state,
    })));
    AttachmentView::of(ctx, row, true)
}

/// Takes a file of one's own post away.
///
/// # Errors
/// [`Error::NotFound`] as for the post; [`Error::Forbidden`] unless the caller wrote it.
pub fn remove_attachment(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<AttachmentView, Error> {
    let row = rows::find(ctx.db, id)?;
    let post = authored(ctx, call, &row.post_id)?;
    if !rows::delete(ctx.db, id)? {
        return Err(Error::NotFound);
    }
    ctx.record(entry(call, &post, "attachment.removed").details(json!({"attachment": row.id, "sha256": row.sha256})));
    AttachmentView::of(ctx, row, false)
}

/// The files of a post that the caller may see, oldest first.
///
/// # Errors
/// [`Error::NotFound`] as for the post.
pub fn list_attachments(ctx: &mut Ctx<'_>, call: &Call, post_id: &str) -> Result<Vec<AttachmentView>, Error> {
    let post = seen(ctx, call, post_id)?.post;
    let removable = may_remove(call, &post);
    rows::of_post(ctx.db, post_id)?.into_iter().map(|row| AttachmentView::of(ctx, row, removable)).collect()
}

/// One file of a post that the caller may see, without its content.
///
/// # Errors
/// [`Error::NotFound`] as for the post.
pub fn get_attachment(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<AttachmentView, Error> {
    let row = rows::find(ctx.db, id)?;
    let post = seen(ctx, call, &row.post_id)?.post;
    let removable = may_remove(call, &post);
    AttachmentView::of(ctx, row, removable)
}

/// A file with its content.
///
/// # Errors
/// [`Error::NotFound`] as for the post; [`Code::AttachmentWaiting`], [`Code::AttachmentInfected`].
pub fn download_attachment(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<(AttachmentView, Vec<u8>), Error> {
    let view = get_attachment(ctx, call, id)?;
    handed_out(ctx, view)
}

fn handed_out(ctx: &mut Ctx<'_>, view: AttachmentView) -> Result<(AttachmentView, Vec<u8>), Error> {
    let row = rows::find(ctx.db, &view.id)?;
    ready(ctx, &row)?;
    Ok((view, rows::content(ctx.db, &row.id)?))
}

/// The files of a public post that may be handed out.
///
/// # Errors
/// [`Error::NotFound`] unless the post is public and published.
pub fn list_public_attachments(ctx: &mut Ctx<'_>, post_id: &str) -> Result<Vec<AttachmentView>, Error> {
    store::board::public_post(ctx.db, post_id)?;
    let mut views = Vec::new();
    for row in rows::of_post(ctx.db, post_id)? {
        if readiness(ctx, &row)? == Readiness::Ready {
            views.push(AttachmentView::of(ctx, row, false)?);
        }
    }
    Ok(views)
}

/// A file of a public post with its content.
///
/// # Errors
/// As [`list_public_attachments`]; [`Error::NotFound`] also for a file that may not be handed out.
pub fn download_public_attachment(ctx: &mut Ctx<'_>, id: &str) -> Result<(AttachmentView, Vec<u8>), Error> {
    let row = rows::find(ctx.db, id)?;
    store::board::public_post(ctx.db, &row.post_id)?;
    ready(ctx, &row).or(Err(Error::NotFound))?;
    let view = AttachmentView::of(ctx, row, false)?;
    handed_out(ctx, view)
}

fn may_remove(call: &Call, post: &Post) -> bool {
    post.author_id == call.actor.user_id
        && post.state != State::Hidden.as_str()
        && call.actor.permit(Action::WriteBoard, &post.consortium_id, Some(&post.member_id)).is_ok()
}

fn checked(file: &NewFile) -> Result<(String, FileKind), Error> {
    let check = || {
        // A form without a chosen file sends an empty one without a name.
        if file.content.is_empty() {
            return Err(FileRefusal::Empty);
        }
        let name = kept_name(&file.file_name).ok_or(FileRefusal::Extension)?;
        let kind = recognise(&name, &file.content)?;
        if let Some(part) = kind.main_part() {
            packed::look_inside(&file.content, part)?;
        }
        Ok((name, kind))
    };
    check().map_err(|refused: FileRefusal| Error::field("/file", FieldCode::Refused { sentence: sentence(refused) }))
}

const fn sentence(refused: FileRefusal) -> &'static str {
    match refused {
        FileRefusal::Empty => "添付するファイルを選んでください（空のファイルは添付できません）。",
        FileRefusal::TooLarge => "添付できるのは5MBまでです。ファイルを小さくするか、分けて添付してください。",
        FileRefusal::Extension => {
            "この種類のファイルは添付できません。PDF、PNG、JPEG、xlsx、docx、pptx、csv、txtのいずれかにしてください。"
        }
        FileRefusal::Content => {
            "ファイルの中身が拡張子と合いません。元のソフトで開き、正しい形式で保存し直してから添付してください。"
        }
        FileRefusal::Macros => {
            "マクロを含むファイルは添付できません。マクロを除いた形式（xlsx、docx、pptx）で保存し直してください。"
        }
        FileRefusal::Bomb => {
            "展開すると大きくなりすぎるファイルのため、添付できません。不要な画像やシートを減らして保存し直してください。"
        }
    }
}
