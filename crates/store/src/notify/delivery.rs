//! Delivering the outbox: lease due mails, note each attempt, park what cannot be delivered.

use super::{Db, StoreError};
use crate::schema::{mail_deliveries, outbox};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A mail that is due.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = outbox)]
#[allow(missing_docs)] // named as the columns
pub struct DueMail {
    pub id: String,
    pub kind: String,
    pub to_name: String,
    pub to_address: String,
    pub subject: String,
    pub body: String,
    pub attempts: i64,
    pub created_at: NaiveDateTime,
}

/// One attempt, for the delivery log.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mail_deliveries)]
#[allow(missing_docs)] // named as the columns
pub struct Delivery {
    pub id: String,
    pub outbox_id: String,
    pub attempt: i64,
    pub outcome: String,
    pub detail: String,
    pub at: NaiveDateTime,
}

/// What follows from an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It was accepted.
    Sent,
    /// It is tried again at this instant.
    Again(NaiveDateTime),
    /// It is not tried again.
    Parked,
}

/// Takes due mails for this worker until `until`; another replica takes others.
///
/// A worker that dies leaves its lease to run out, and the mail goes out with the same message id.
///
/// # Errors
/// When the database refuses.
pub fn lease(db: &mut Db, now: NaiveDateTime, until: NaiveDateTime, limit: i64) -> Result<Vec<DueMail>, StoreError> {
    let ids = crate::dialect::due_mails(db, now, limit)?;
    diesel::update(outbox::table.filter(outbox::id.eq_any(&ids)))
        .set(outbox::claimed_until.eq(Some(until)))
        .execute(db)?;
    Ok(outbox::table.filter(outbox::id.eq_any(&ids)).order(outbox::id).select(DueMail::as_select()).load(db)?)
}

/// Notes an attempt and what follows from it.
///
/// # Errors
/// When the database refuses.
pub fn note(db: &mut Db, delivery: &Delivery, next: &Next) -> Result<(), StoreError> {
    diesel::insert_into(mail_deliveries::table).values(delivery).execute(db)?;
    let (state, next_attempt_at, sent_at, last_error) = match next {
        Next::Sent => ("sent", delivery.at, Some(delivery.at), None),
        Next::Again(at) => ("pending", *at, None, Some(delivery.detail.as_str())),
        Next::Parked => ("parked", delivery.at, None, Some(delivery.detail.as_str())),
    };
    diesel::update(outbox::table.find(&delivery.outbox_id))
        .set((
            outbox::state.eq(state),
            outbox::attempts.eq(delivery.attempt),
            outbox::next_attempt_at.eq(next_attempt_at),
            outbox::claimed_until.eq(None::<NaiveDateTime>),
            outbox::sent_at.eq(sent_at),
            outbox::last_error.eq(last_error),
        ))
        .execute(db)?;
    Ok(())
}

/// Puts another text in the place of a mail's body.
///
/// # Errors
/// When the database refuses.
pub fn replace_body(db: &mut Db, id: &str, text: &str) -> Result<(), StoreError> {
    diesel::update(outbox::table.find(id)).set(outbox::body.eq(text)).execute(db)?;
    Ok(())
}

/// How many mails wait.
///
/// # Errors
/// When the database refuses.
pub fn waiting(db: &mut Db) -> Result<i64, StoreError> {
    Ok(outbox::table.filter(crate::dialect::MailIsPending).count().get_result(db)?)
}
