//! お知らせ: the mails addressed to oneself, also those that were declined, to be read in the service.
//!
//! Mails that carry a one-time link are not here: whoever holds a session would hold the link too (S07).

use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Ctx, Error};
use chrono::{DateTime, Utc};
use mail::Kind;
use serde::Serialize;
use store::notify::notices as rows;
use utoipa::ToSchema;

/// Kinds that carry a one-time link.
const HIDDEN: [&str; Kind::WITH_LINK.len()] = {
    let [invite, reset, address, acknowledgement] = Kind::WITH_LINK;
    [invite.name(), reset.name(), address.name(), acknowledgement.name()]
};

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticeView {
    /// UUIDv7.
    pub id: String,
    /// The kind of mail.
    #[schema(example = "survey_opened")]
    pub kind: String,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was read; null while it is unread.
    pub read_at: Option<DateTime<Utc>>,
}

/// A notice with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticeTextView {
    /// The notice.
    pub notice: NoticeView,
    /// Its text, as the mail has it.
    pub text: String,
}

impl From<rows::Notice> for NoticeView {
    fn from(row: rows::Notice) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            subject: row.subject,
            created_at: row.created_at.and_utc(),
            read_at: row.read_at.map(|at| at.and_utc()),
        }
    }
}

/// The caller's notices, newest first.
///
/// # Errors
/// A cursor or limit that was refused.
pub fn list_notices(ctx: &mut Ctx<'_>, call: &Call, query: &PageQuery) -> Result<Page<NoticeView>, Error> {
    let user_id = &call.actor.user_id;
    let list = format!("notices/{user_id}");
    let listing = query.listing(ctx.env, &list, &rows::NOTICES)?;
    let found = rows::of_person(ctx.db, user_id, &HIDDEN, &listing.slice)?;
    Ok(listing.page(ctx.env, found, NoticeView::from))
}

/// One of the caller's notices.
///
/// # Errors
/// [`Error::NotFound`] when the caller has no such notice.
pub fn get_notice(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<NoticeTextView, Error> {
    let row = rows::find(ctx.db, &call.actor.user_id, &HIDDEN, id)?;
    let text = row.body.clone();
    Ok(NoticeTextView { notice: row.into(), text })
}

/// How many notices of somebody are unread.
pub(crate) fn unread(ctx: &mut Ctx<'_>, user_id: &str) -> Result<i64, Error> {
    Ok(rows::unread(ctx.db, user_id, &HIDDEN)?)
}

/// Marks one of the caller's notices as read.
///
/// # Errors
/// [`Error::NotFound`] when the caller has no such notice.
pub fn read_notice(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<(), Error> {
    rows::find(ctx.db, &call.actor.user_id, &HIDDEN, id)?;
    let now = ctx.stamp();
    rows::note_read(ctx.db, &call.actor.user_id, Some(id), now)?;
    ctx.rights_changed(&call.actor.user_id); // the number in the menu
    Ok(())
}

/// Marks all of the caller's notices as read.
///
/// # Errors
/// When the database refuses.
pub fn read_all_notices(ctx: &mut Ctx<'_>, call: &Call) -> Result<(), Error> {
    let now = ctx.stamp();
    rows::note_read(ctx.db, &call.actor.user_id, None, now)?;
    ctx.rights_changed(&call.actor.user_id); // the number in the menu
    Ok(())
}
