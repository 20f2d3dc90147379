//! The delivery log: what became of each mail, and putting a parked one back into the queue.

use super::{Db, StoreError, dialect};
use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{grants, mail_deliveries, members, outbox};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use std::collections::BTreeMap;

use super::delivery::Delivery;

/// A mail without its text.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = outbox)]
#[allow(missing_docs)] // named as the columns
pub struct LoggedMail {
    pub id: String,
    pub consortium_id: Option<String>,
    pub kind: String,
    pub user_id: Option<String>,
    pub to_address: String,
    pub state: String,
    pub attempts: i64,
    pub next_attempt_at: NaiveDateTime,
    pub last_error: Option<String>,
    pub created_at: NaiveDateTime,
    pub sent_at: Option<NaiveDateTime>,
}

/// How the mails of a consortium can stand; newest first.
pub const MAILS: List = List::falling(
    "outbox.id",
    &[
        Key::new("created", By::Id),
        Key::new("kind", By::Text("outbox.kind")),
        Key::new("state", By::Text("outbox.state")),
        Key::new("attempts", By::Number("outbox.attempts")),
        Key::new("sent", By::Time("outbox.sent_at")),
    ],
)
.with(&[Filter::new("kind", Test::Is("outbox.kind"))]);

/// The mails of a consortium.
///
/// # Errors
/// When the database refuses.
pub fn mails(
    db: &mut Db,
    consortium_id: &str,
    state: Option<&str>,
    slice: &Slice,
) -> Result<Rows<LoggedMail>, StoreError> {
    let mut query = outbox::table.filter(outbox::consortium_id.eq(consortium_id)).into_boxed();
    if let Some(state) = state {
        query = query.filter(outbox::state.eq(state.to_owned()));
    }
    Ok(page!(db, slice, query, LoggedMail::as_select())?)
}

/// One mail.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<LoggedMail, StoreError> {
    Ok(outbox::table.find(id).select(LoggedMail::as_select()).first(db)?)
}

/// How the attempts at a mail can stand; oldest first.
pub const DELIVERIES: List = List::rising("mail_deliveries.id", &[Key::new("created", By::Id)])
    .with(&[Filter::new("outcome", Test::Is("mail_deliveries.outcome"))]);

/// The attempts at a mail.
///
/// # Errors
/// When the database refuses.
pub fn deliveries(db: &mut Db, outbox_id: &str, slice: &Slice) -> Result<Rows<Delivery>, StoreError> {
    let query = mail_deliveries::table.filter(mail_deliveries::outbox_id.eq(outbox_id)).into_boxed();
    Ok(page!(db, slice, query, Delivery::as_select())?)
}

/// The town of each of these accounts in a consortium now; of several the first by code.
///
/// # Errors
/// When the database refuses.
pub fn towns_of(db: &mut Db, consortium_id: &str, user_ids: &[String]) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> = grants::table
        .inner_join(members::table)
        .filter(grants::consortium_id.eq(consortium_id))
        .filter(grants::user_id.eq_any(user_ids))
        .filter(grants::revoked_at.is_null())
        .order(members::municipality_code)
        .select((grants::user_id, members::name))
        .load(db)?;
    let mut towns = BTreeMap::new();
    for (user_id, town) in rows {
        towns.entry(user_id).or_insert(town);
    }
    Ok(towns)
}

/// Puts a parked mail back into the queue with all its attempts to come; returns whether it was parked.
///
/// # Errors
/// When the database refuses.
pub fn retry(db: &mut Db, id: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let parked = outbox::table.filter(outbox::id.eq(id)).filter(outbox::state.eq("parked"));
    let set = (outbox::state.eq("pending"), outbox::attempts.eq(0), outbox::next_attempt_at.eq(at));
    Ok(diesel::update(parked).set(set).execute(db)? == 1)
}

/// What somebody said about a kind of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Said {
    /// Whether it is sent by itself.
    pub mail: bool,
    /// Whether it comes once a day with others.
    pub digest: bool,
    /// Since when.
    pub at: NaiveDateTime,
}

/// What somebody said about each kind of mail.
///
/// # Errors
/// When the database refuses.
pub fn preferences(db: &mut Db, user_id: &str) -> Result<BTreeMap<String, Said>, StoreError> {
    use crate::schema::notification_preferences as table;
    let rows: Vec<(String, Said)> = table::table
        .filter(table::user_id.eq(user_id))
        .select((table::kind, (table::mail, table::digest, table::updated_at)))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// Says it anew, for all kinds at once: those that are not sent by themselves, and whether they come once a day. What
/// was said before and stays keeps its instant: notices that wait for the next digest are not lost.
///
/// # Errors
/// When the database refuses.
pub fn set_preferences(
    db: &mut Db,
    user_id: &str,
    declined: &[(&str, bool)],
    at: NaiveDateTime,
) -> Result<(), StoreError> {
    use crate::schema::notification_preferences as table;
    // Two savings at once: the later one counts, and neither meets the other's rows.
    dialect::lock_user(db, user_id)?;
    let before = preferences(db, user_id)?;
    diesel::delete(table::table.filter(table::user_id.eq(user_id))).execute(db)?;
    for (kind, digest) in declined {
        let same = before.get(*kind).filter(|said| !said.mail && said.digest == *digest);
        let row = (
            table::user_id.eq(user_id),
            table::kind.eq(*kind),
            table::mail.eq(false),
            table::digest.eq(*digest),
            table::updated_at.eq(same.map_or(at, |said| said.at)),
        );
        diesel::insert_into(table::table).values(row).execute(db)?;
    }
    Ok(())
}
