//! The outbox of the whole service: how many mails stand where, and which were given up.

use super::log::LoggedMail;
use crate::list::{Rows, Slice, page};
use crate::schema::{consortia, outbox};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;

/// How many mails stand in each state.
///
/// # Errors
/// When the database refuses.
pub fn by_state(db: &mut Db) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(outbox::table.group_by(outbox::state).select((outbox::state, count_star())).load(db)?)
}

/// When the mail was made that waits longest.
///
/// # Errors
/// When the database refuses.
pub fn oldest_pending(db: &mut Db) -> Result<Option<NaiveDateTime>, StoreError> {
    Ok(outbox::table.filter(outbox::state.eq("pending")).select(min(outbox::created_at)).first(db)?)
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
