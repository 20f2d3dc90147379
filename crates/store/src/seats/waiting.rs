//! The waiting list of an account: places by a number that only grows, so that order is never argued.

use crate::db::on;
use crate::dialect::{IsOnTheList, among, one_or_more};
use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{seat_accounts, users, waiting_entries};
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::dsl::count_star;
use diesel::prelude::*;

/// A row of `waiting_entries`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = waiting_entries, treat_none_as_default_value = false)]
#[allow(missing_docs)] // named as the columns
pub struct WaitingEntry {
    pub id: String,
    pub consortium_id: String,
    pub account_id: String,
    pub user_id: String,
    pub application_id: Option<String>,
    pub sequence: i64,
    pub state: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// Puts people on the list; `waiting_entries_active_key` refuses a second place.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, rows: &[WaitingEntry]) -> Result<(), StoreError> {
    Ok(dialect::insert_waiting_entries(db, rows)?)
}

/// One entry.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<WaitingEntry, StoreError> {
    Ok(waiting_entries::table.find(id).select(WaitingEntry::as_select()).first(db)?)
}

/// The places that these people hold on the lists of these accounts.
///
/// # Errors
/// When the database refuses.
pub fn held_by(db: &mut Db, account_ids: &[String], user_ids: &[String]) -> Result<Vec<WaitingEntry>, StoreError> {
    Ok(on!(db, c => waiting_entries::table
        .filter(among(waiting_entries::account_id, account_ids))
        .filter(among(waiting_entries::user_id, user_ids))
        .filter(IsOnTheList)
        .select(WaitingEntry::as_select())
        .load(c))?)
}

/// How many wait without an offer, by account; accounts without anybody are left out.
///
/// # Errors
/// When the database refuses.
pub fn count(db: &mut Db, account_ids: &[String]) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(one_or_more!(account_ids, waiting_entries::account_id, |fits| on!(db, c => waiting_entries::table
        .filter(fits)
        .filter(waiting_entries::state.eq("waiting"))
        .group_by(waiting_entries::account_id)
        .select((waiting_entries::account_id, count_star()))
        .load(c)))?)
}

/// As [`count`], for every account of a contract.
///
/// # Errors
/// When the database refuses.
pub fn count_of_contract(db: &mut Db, contract_id: &str) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(waiting_entries::table
        .inner_join(seat_accounts::table.on(seat_accounts::id.eq(waiting_entries::account_id)))
        .filter(seat_accounts::contract_id.eq(contract_id))
        .filter(waiting_entries::state.eq("waiting"))
        .group_by(waiting_entries::account_id)
        .select((waiting_entries::account_id, count_star()))
        .load(db)?)
}

/// The place of a number among those who wait without an offer, from 1.
///
/// # Errors
/// When the database refuses.
pub fn position(db: &mut Db, account_id: &str, sequence: i64) -> Result<i64, StoreError> {
    Ok(waiting_entries::table
        .filter(waiting_entries::account_id.eq(account_id))
        .filter(waiting_entries::state.eq("waiting"))
        .filter(waiting_entries::sequence.le(sequence))
        .count()
        .get_result(db)?)
}

/// Who is next, in order.
///
/// # Errors
/// When the database refuses.
pub fn first(db: &mut Db, account_id: &str, limit: i64) -> Result<Vec<WaitingEntry>, StoreError> {
    Ok(waiting_entries::table
        .filter(waiting_entries::account_id.eq(account_id))
        .filter(waiting_entries::state.eq("waiting"))
        .order(waiting_entries::sequence)
        .limit(limit)
        .select(WaitingEntry::as_select())
        .load(db)?)
}

/// The name of whoever is next; none when nobody waits.
///
/// # Errors
/// When the database refuses.
pub fn next_name(db: &mut Db, account_id: &str) -> Result<Option<String>, StoreError> {
    Ok(waiting_entries::table
        .inner_join(users::table)
        .filter(waiting_entries::account_id.eq(account_id))
        .filter(waiting_entries::state.eq("waiting"))
        .order(waiting_entries::sequence)
        .select(users::display_name)
        .first(db)
        .optional()?)
}

/// How a waiting list can stand; in the order of service.
pub const WAITING: List = List::rising(
    "waiting_entries.id",
    &[
        Key::new("place", By::Number("waiting_entries.sequence")),
        Key::new("kana", By::Text("users.kana_key")),
        Key::new("state", By::Text("waiting_entries.state")),
    ],
)
.with(&[
    Filter::new("q", Test::Called("users.display_name || ' ' || users.name_key")),
    Filter::new("state", Test::Is("waiting_entries.state")),
]);

/// The list of an account with the person's name: those who wait and those with an offer.
///
/// # Errors
/// When the database refuses.
pub fn of_account(db: &mut Db, account_id: &str, slice: &Slice) -> Result<Rows<(WaitingEntry, String)>, StoreError> {
    let query = waiting_entries::table
        .inner_join(users::table)
        .filter(waiting_entries::account_id.eq(account_id))
        .filter(IsOnTheList)
        .into_boxed();
    let rows: Vec<(WaitingEntry, String, String)> =
        page!(db, slice, query, WaitingEntry::as_select(), users::display_name)?;
    Ok(rows.into_iter().map(|(row, name, place)| ((row, name), place)).collect())
}

/// The numbers of those who wait on the list of an account, in order.
///
/// # Errors
/// When the database refuses.
pub fn numbers(db: &mut Db, account_id: &str) -> Result<Vec<i64>, StoreError> {
    Ok(waiting_entries::table
        .filter(waiting_entries::account_id.eq(account_id))
        .filter(waiting_entries::state.eq("waiting"))
        .order(waiting_entries::sequence)
        .select(waiting_entries::sequence)
        .load(db)?)
}

/// The lists on which a person is, newest first.
///
/// # Errors
/// When the database refuses.
pub fn of_person(db: &mut Db, user_id: &str) -> Result<Vec<WaitingEntry>, StoreError> {
    Ok(waiting_entries::table
        .filter(waiting_entries::user_id.eq(user_id))
        .filter(IsOnTheList)
        .order(waiting_entries::id.desc())
        .select(WaitingEntry::as_select())
        .load(db)?)
}

/// Moves entries from one state to another; answers how many were in the first.
///
/// # Errors
/// When the database refuses.
pub fn move_on(db: &mut Db, ids: &[String], from: &str, to: &str, at: NaiveDateTime) -> Result<usize, StoreError> {
    let there = waiting_entries::table.filter(waiting_entries::id.eq_any(ids)).filter(waiting_entries::state.eq(from));
    Ok(diesel::update(there)
        .set((
            waiting_entries::state.eq(to),
            waiting_entries::updated_at.eq(at),
            waiting_entries::version.eq(waiting_entries::version + 1),
        ))
        .execute(db)?)
}
