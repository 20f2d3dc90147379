//! People on seats. `assignments_active_key` lets a person sit once in a contract, whatever the path.

use crate::db::on;
use crate::dialect::{among, one_or_more};
use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{assignments, users};
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `assignments`: one person on one seat.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = assignments, treat_none_as_default_value = false)]
#[allow(missing_docs)] // named as the columns
pub struct Assignment {
    pub id: String,
    pub consortium_id: String,
    pub contract_id: String,
    pub account_id: String,
    pub user_id: String,
    pub application_id: Option<String>,
    pub source: String,
    pub assigned_by: String,
    pub assigned_at: NaiveDateTime,
    pub released_at: Option<NaiveDateTime>,
    pub release_reason: Option<String>,
    pub released_by: Option<String>,
    pub version: i64,
}

/// Seats people; `assignments_active_key` refuses who sits already.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, rows: &[Assignment]) -> Result<(), StoreError> {
    Ok(dialect::insert_assignments(db, rows)?)
}

/// One assignment.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Assignment, StoreError> {
    Ok(assignments::table.find(id).select(Assignment::as_select()).first(db)?)
}

/// Which of these people sit in these contracts now, as pairs of contract and person.
///
/// # Errors
/// When the database refuses.
pub fn seated(db: &mut Db, contract_ids: &[String], user_ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(one_or_more!(contract_ids, assignments::contract_id, |fits| on!(db, c => assignments::table
        .filter(among(assignments::user_id, user_ids))
        .filter(fits)
        .filter(assignments::released_at.is_null())
        .select((assignments::contract_id, assignments::user_id))
        .load(c)))?)
}

/// How assignments can stand; newest first.
pub const ASSIGNMENTS: List = List::falling(
    "assignments.id",
    &[
        Key::new("created", By::Id),
        Key::new("kana", By::Text("users.kana_key")),
        Key::new("source", By::Text("assignments.source")),
        Key::new("released", By::Time("assignments.released_at")),
    ],
)
.with(&[Filter::new("source", Test::Is("assignments.source"))]);

/// The assignments of an account with the person's name; all of them, or those that last, and of
/// people whose name or reading contains a text.
///
/// # Errors
/// When the database refuses.
pub fn of_account(
    db: &mut Db,
    account_id: &str,
    only_active: bool,
    name: Option<&str>,
    slice: &Slice,
) -> Result<Rows<(Assignment, String, String)>, StoreError> {
    let mut query = assignments::table
        .inner_join(users::table.on(users::id.eq(assignments::user_id)))
        .filter(assignments::account_id.eq(account_id))
        .into_boxed();
    if only_active {
        query = query.filter(assignments::released_at.is_null());
    }
    if let Some(name) = name {
        query = query.filter(crate::search::names::is_called(db, name));
    }
    let rows: Vec<(Assignment, String, String, String)> =
        page!(db, slice, query, Assignment::as_select(), users::display_name, users::state)?;
    Ok(rows.into_iter().map(|(row, name, state, place)| ((row, name, state), place)).collect())
}

/// The seats on which a person sits now, newest first.
///
/// # Errors
/// When the database refuses.
pub fn of_person(db: &mut Db, user_id: &str) -> Result<Vec<Assignment>, StoreError> {
    Ok(assignments::table
        .filter(assignments::user_id.eq(user_id))
        .filter(assignments::released_at.is_null())
        .order(assignments::id.desc())
        .select(Assignment::as_select())
        .load(db)?)
}

/// Ends an assignment if it lasts; answers whether it did.
///
/// # Errors
/// When the database refuses.
pub fn release(db: &mut Db, id: &str, reason: &str, by: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let lasting = assignments::table.filter(assignments::id.eq(id)).filter(assignments::released_at.is_null());
    let changed = diesel::update(lasting)
        .set((
            assignments::released_at.eq(at),
            assignments::release_reason.eq(reason),
            assignments::released_by.eq(by),
            assignments::version.eq(assignments::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}
