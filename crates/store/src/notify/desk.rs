//! The outbox of the whole service: how many mails stand where, and which were given up.

use super::log::LoggedMail;
use crate::dialect::{MailIsParked, MailIsPending};
use crate::list::{Rows, Slice, page};
use crate::schema::{consortia, outbox};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;

/// How many mails wait and how many were given up; the many that were sent are not counted, it would read them all.
///
/// # Errors
/// When the database refuses.
pub fn waiting_and_parked(db: &mut Db) -> Result<(i64, i64), StoreError> {
    let waiting = outbox::table.filter(MailIsPending).select(count_star()).first(db)?;
    Ok((waiting, outbox::table.filter(MailIsParked).select(count_star()).first(db)?))
}

/// When the mail was made that waits longest.
///
/// # Errors
/// When the database refuses.
pub fn oldest_pending(db: &mut Db) -> Result<Option<NaiveDateTime>, StoreError> {
    Ok(outbox::table.filter(MailIsPending).select(min(outbox::created_at)).first(db)?)
}

/// Mails of the service in a state, with the names of their consortia.
///
/// # Errors
/// When the database refuses.
pub fn in_state(db: &mut Db, state: &str, slice: &Slice) -> Result<Rows<(LoggedMail, Option<String>)>, StoreError> {
    let query = outbox::table
        .left_join(consortia::table.on(outbox::consortium_id.eq(consortia::id.nullable())))
        .filter(outbox::state.eq(state.to_owned()))
        .into_boxed();
    let rows: Vec<(LoggedMail, Option<String>, String)> =
        page!(db, slice, query, LoggedMail::as_select(), consortia::name.nullable())?;
    Ok(rows.into_iter().map(|(mail, consortium, place)| ((mail, consortium), place)).collect())
}
