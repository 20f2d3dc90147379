//! Entry calls of towns, their applications and the one-time links to supervisors.
//!
//! Every change names the state (and, for edits, the version) that it leaves: two contacts at once
//! cannot both close or select.

pub mod applications;
pub mod links;

use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{applications as rows, entry_calls};
use crate::{Db, StoreError};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;

/// A row of `entry_calls`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = entry_calls)]
#[allow(missing_docs)] // named as the columns
pub struct EntryCall {
    pub id: String,
    pub consortium_id: String,
    pub member_id: String,
    pub contract_id: String,
    pub account_id: String,
    pub title: String,
    pub guidance: String,
    pub capacity: i64,
    pub policy: String,
    pub questions: String,
    pub closes_on: NaiveDate,
    pub state: String,
    pub lottery_seed: Option<String>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// What may change of a draft.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = entry_calls)]
#[allow(missing_docs)] // named as the columns
pub struct EntryCallChange {
    pub title: String,
    pub guidance: String,
    pub capacity: i64,
    pub policy: String,
    pub questions: String,
    pub closes_on: NaiveDate,
    pub updated_at: NaiveDateTime,
}

/// Adds an entry call.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &EntryCall) -> Result<(), StoreError> {
    diesel::insert_into(entry_calls::table).values(row).execute(db)?;
    Ok(())
}

/// One entry call.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<EntryCall, StoreError> {
    Ok(entry_calls::table.find(id).select(EntryCall::as_select()).first(db)?)
}

/// Whose entry calls somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The towns; none for the whole consortium.
    pub towns: Option<Vec<String>>,
    /// The towns whose drafts are seen too; none for all of them.
    pub drafts: Option<Vec<String>>,
}

/// How entry calls can stand; newest first.
pub const ENTRY_CALLS: List = List::falling(
    "entry_calls.id",
    &[
        Key::new("created", By::Id),
        Key::new("title", By::Text("entry_calls.title")),
        Key::new("closes", By::Time("entry_calls.closes_on")),
        Key::new("capacity", By::Number("entry_calls.capacity")),
        Key::new("state", By::Text("entry_calls.state")),
    ],
)
.with(&[Filter::new("q", Test::Has("entry_calls.title")), Filter::new("state", Test::Is("entry_calls.state"))]);

/// The entry calls of a consortium within somebody's sight.
///
/// # Errors
/// When the database refuses.
pub fn list(db: &mut Db, consortium_id: &str, sight: &Sight, slice: &Slice) -> Result<Rows<EntryCall>, StoreError> {
    let mut query = entry_calls::table.filter(entry_calls::consortium_id.eq(consortium_id)).into_boxed();
    if let Some(towns) = &sight.towns {
        query = query.filter(entry_calls::member_id.eq_any(towns.clone()));
    }
    if let Some(drafts) = &sight.drafts {
        query = query.filter(entry_calls::state.ne("draft").or(entry_calls::member_id.eq_any(drafts.clone())));
    }
    Ok(page!(db, slice, query, EntryCall::as_select())?)
}

/// How many applications stand (withdrawn ones do not), by call; calls without any are left out.
///
/// # Errors
/// When the database refuses.
pub fn application_counts(db: &mut Db, call_ids: &[String]) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(rows::table
        .filter(rows::call_id.eq_any(call_ids))
        .filter(crate::dialect::ApplicationStands)
        .group_by(rows::call_id)
        .select((rows::call_id, count_star()))
        .load(db)?)
}

/// Changes a draft if it still has this version; answers whether it had.
///
/// # Errors
/// When the database refuses.
pub fn change(db: &mut Db, id: &str, version: i64, change: &EntryCallChange) -> Result<bool, StoreError> {
    let there = entry_calls::table
        .filter(entry_calls::id.eq(id))
        .filter(entry_calls::version.eq(version))
        .filter(entry_calls::state.eq("draft"));
    let changed = diesel::update(there).set((change, entry_calls::version.eq(entry_calls::version + 1))).execute(db)?;
    Ok(changed == 1)
}

/// Moves a call from one state to another; answers whether it was in the first.
///
/// # Errors
/// When the database refuses.
pub fn move_on(db: &mut Db, id: &str, from: &str, to: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let there = entry_calls::table.filter(entry_calls::id.eq(id)).filter(entry_calls::state.eq(from));
    let changed = diesel::update(there)
        .set((
            entry_calls::state.eq(to),
            entry_calls::updated_at.eq(at),
            entry_calls::version.eq(entry_calls::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Keeps a call in this state until the transaction ends; answers whether it is in it.
///
/// What arrives while a call is open cannot slip past its close: both write the same row.
///
/// # Errors
/// When the database refuses.
pub fn hold(db: &mut Db, id: &str, state: &str) -> Result<bool, StoreError> {
    let there = entry_calls::table.filter(entry_calls::id.eq(id)).filter(entry_calls::state.eq(state));
    Ok(diesel::update(there).set(entry_calls::state.eq(entry_calls::state)).execute(db)? == 1)
}

/// Keeps the record of a lottery (JSON) beside its call.
///
/// # Errors
/// When the database refuses.
pub fn keep_lottery(db: &mut Db, id: &str, record: &str, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::update(entry_calls::table.find(id))
        .set((
            entry_calls::lottery_seed.eq(record),
            entry_calls::updated_at.eq(at),
            entry_calls::version.eq(entry_calls::version + 1),
        ))
        .execute(db)?;
    Ok(())
}
