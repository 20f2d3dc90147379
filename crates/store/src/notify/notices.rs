//! Mails as their recipient reads them in the service, whether or not they were sent.

use super::{Db, StoreError};
use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::outbox;
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A mail to somebody, with its text.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = outbox)]
#[allow(missing_docs)] // named as the columns
pub struct Notice {
    pub id: String,
    pub kind: String,
    pub subject: String,
    pub body: String,
    pub created_at: NaiveDateTime,
    pub read_at: Option<NaiveDateTime>,
}

/// How somebody's notices can stand; newest first.
pub const NOTICES: List = List::falling(
    "outbox.id",
    &[
        Key::new("created", By::Id),
        Key::new("subject", By::Text("outbox.subject")),
        Key::new("read", By::Time("outbox.read_at")),
    ],
)
.with(&[Filter::new("q", Test::Has("outbox.subject")), Filter::new("read", Test::Set("outbox.read_at"))]);

/// The mails to somebody of other kinds than these.
///
/// # Errors
/// When the database refuses.
pub fn of_person(db: &mut Db, user_id: &str, hidden: &[&str], slice: &Slice) -> Result<Rows<Notice>, StoreError> {
    let query =
        outbox::table.filter(outbox::user_id.eq(user_id)).filter(outbox::kind.ne_all(hidden.to_vec())).into_boxed();
    Ok(page!(db, slice, query, Notice::as_select())?)
}

/// One mail to somebody.
///
/// # Errors
/// [`StoreError::Missing`] when that person has no such mail.
pub fn find(db: &mut Db, user_id: &str, hidden: &[&str], id: &str) -> Result<Notice, StoreError> {
    Ok(outbox::table
        .filter(outbox::id.eq(id))
        .filter(outbox::user_id.eq(user_id))
        .filter(outbox::kind.ne_all(hidden.to_vec()))
        .select(Notice::as_select())
        .first(db)?)
}

/// How many were not read.
///
/// # Errors
/// When the database refuses.
pub fn unread(db: &mut Db, user_id: &str, hidden: &[&str]) -> Result<i64, StoreError> {
    Ok(outbox::table
        .filter(outbox::user_id.eq(user_id))
        .filter(outbox::read_at.is_null())
        .filter(outbox::kind.ne_all(hidden.to_vec()))
        .count()
        .get_result(db)?)
}

/// Notes that a person read one mail, or all; returns how many were unread.
///
/// # Errors
/// When the database refuses.
pub fn note_read(db: &mut Db, user_id: &str, only: Option<&str>, at: NaiveDateTime) -> Result<usize, StoreError> {
    let unread = outbox::table.filter(outbox::user_id.eq(user_id)).filter(outbox::read_at.is_null());
    let set = outbox::read_at.eq(at);
    Ok(match only {
        Some(id) => diesel::update(unread.filter(outbox::id.eq(id))).set(set).execute(db)?,
        None => diesel::update(unread).set(set).execute(db)?,
    })
}
