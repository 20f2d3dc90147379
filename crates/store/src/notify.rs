//! The outbox: mails as rows, written in the transaction of the fact that they announce.

pub mod delivery;
pub mod desk;
pub mod digest;
pub mod log;
pub mod notices;

use crate::schema::{grants, notification_preferences, outbox, users};
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A mail to be queued.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
#[allow(missing_docs)] // named as the columns
pub struct NewMail {
    pub id: String,
    pub consortium_id: Option<String>,
    pub kind: String,
    pub user_id: Option<String>,
    pub to_name: String,
    pub to_address: String,
    pub subject: String,
    pub body: String,
    pub state: String,
    pub attempts: i64,
    pub next_attempt_at: NaiveDateTime,
    pub request_id: String,
    pub created_at: NaiveDateTime,
}

/// Queues mails.
///
/// # Errors
/// When the database refuses.
pub fn queue(db: &mut Db, mails: &[NewMail]) -> Result<(), StoreError> {
    if mails.is_empty() {
        return Ok(());
    }
    dialect::insert_mails(db, mails)?;
    Ok(())
}

/// Somebody to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The account; none for a supervisor without one.
    pub user_id: Option<String>,
    /// Name as stored.
    pub name: String,
    /// Mail address.
    pub address: String,
}

/// The people who hold a role in a consortium (and town) now, by account id.
///
/// # Errors
/// When the database refuses.
pub fn holders(
    db: &mut Db,
    consortium_id: &str,
    member_id: Option<&str>,
    role: &str,
) -> Result<Vec<Recipient>, StoreError> {
    let mut query = grants::table
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(grants::consortium_id.eq(consortium_id))
        .filter(grants::role.eq(role))
        .filter(grants::revoked_at.is_null())
        .filter(users::state.ne("disabled"))
        .into_boxed();
    if let Some(member_id) = member_id {
        query = query.filter(grants::member_id.eq(member_id.to_owned()));
    }
    let rows: Vec<(String, String, String)> =
        query.order(users::id).select((users::id, users::display_name, users::email)).load(db)?;
    Ok(rows.into_iter().map(|(user_id, name, address)| Recipient { user_id: Some(user_id), name, address }).collect())
}

/// One account as a recipient.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn person(db: &mut Db, user_id: &str) -> Result<Recipient, StoreError> {
    let (name, address) = users::table.find(user_id).select((users::display_name, users::email)).first(db)?;
    Ok(Recipient { user_id: Some(user_id.to_owned()), name, address })
}

/// Whether somebody declined mails of a kind.
///
/// # Errors
/// When the database refuses.
pub fn has_declined(db: &mut Db, user_id: &str, kind: &str) -> Result<bool, StoreError> {
    let wanted: Option<bool> = notification_preferences::table
        .find((user_id, kind))
        .select(notification_preferences::mail)
        .first(db)
        .optional()?;
    Ok(wanted == Some(false))
}

/// Id and body of the newest mail of a kind to an address; the demo plays the people who open it.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn newest(db: &mut Db, address: &str, kind: &str) -> Result<(String, String), StoreError> {
    Ok(outbox::table
        .filter(outbox::to_address.eq(address))
        .filter(outbox::kind.eq(kind))
        .order(outbox::id.desc())
        .select((outbox::id, outbox::body))
        .first(db)?)
}
