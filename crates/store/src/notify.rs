//! The outbox: mails as rows, written in the transaction of the fact that they announce.

use crate::schema::outbox;
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A mail to be queued.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = outbox)]
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
