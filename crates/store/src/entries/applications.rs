//! Applications of staff. `applications_user_key` lets a person stand once in a call.

use crate::schema::{applications, entry_calls, users, waiting_entries};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `applications`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = applications)]
#[allow(missing_docs)] // named as the columns
pub struct Application {
    pub id: String,
    pub consortium_id: String,
    pub member_id: String,
    pub call_id: String,
    pub user_id: String,
    pub want_to_learn: String,
    pub problem_at_work: String,
    pub answers: String,
    pub supervisor_name: String,
    pub supervisor_email: String,
    pub state: String,
    pub acknowledged_at: Option<NaiveDateTime>,
    pub decision_reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
    pub objected_at: Option<NaiveDateTime>,
    pub objection: Option<String>,
}

/// What the applicant may correct; the supervisor's acknowledgement or objection falls with it.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = applications)]
#[diesel(treat_none_as_null = true)]
#[allow(missing_docs)] // named as the columns
pub struct ApplicationChange {
    pub want_to_learn: String,
    pub problem_at_work: String,
    pub answers: String,
    pub supervisor_name: String,
    pub supervisor_email: String,
    pub state: String,
    pub acknowledged_at: Option<NaiveDateTime>,
    pub objected_at: Option<NaiveDateTime>,
    pub objection: Option<String>,
    pub updated_at: NaiveDateTime,
}

/// How an application was decided.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = applications)]
#[allow(missing_docs)] // named as the columns
pub struct Decision {
    pub state: String,
    pub decision_reason: String,
    pub decided_by: String,
    pub decided_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

/// Adds an application; `applications_user_key` refuses a second one.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Application) -> Result<(), StoreError> {
    diesel::insert_into(applications::table).values(row).execute(db)?;
    Ok(())
}

/// One application.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Application, StoreError> {
    Ok(applications::table.find(id).select(Application::as_select()).first(db)?)
}

/// The applications to a call with the applicant's name, in the order of arrival.
///
/// # Errors
/// When the database refuses.
pub fn of_call(
    db: &mut Db,
    call_id: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<(Application, String)>, StoreError> {
    let mut query = applications::table
        .inner_join(users::table.on(users::id.eq(applications::user_id)))
        .filter(applications::call_id.eq(call_id))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(applications::id.gt(after.to_owned()));
    }
    Ok(query.order(applications::id).limit(limit).select((Application::as_select(), users::display_name)).load(db)?)
}

/// The applications to a call that were not decided yet, in the order of arrival.
///
/// # Errors
/// When the database refuses.
pub fn undecided(db: &mut Db, call_id: &str) -> Result<Vec<Application>, StoreError> {
    Ok(applications::table
        .filter(applications::call_id.eq(call_id))
        .filter(applications::state.eq_any(["submitted", "acknowledged"]))
        .order(applications::id)
        .select(Application::as_select())
        .load(db)?)
}

/// The applications of a person with the call's title and account, newest first.
///
/// # Errors
/// When the database refuses.
pub fn of_person(
    db: &mut Db,
    user_id: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<(Application, String, String)>, StoreError> {
    let mut query = applications::table
        .inner_join(entry_calls::table.on(entry_calls::id.eq(applications::call_id)))
        .filter(applications::user_id.eq(user_id))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(applications::id.lt(after.to_owned()));
    }
    Ok(query
        .order(applications::id.desc())
        .limit(limit)
        .select((Application::as_select(), entry_calls::title, entry_calls::account_id))
        .load(db)?)
}

/// The last place that a person held on the waiting list of an account: id, number and state.
///
/// # Errors
/// When the database refuses.
pub fn last_place(db: &mut Db, account_id: &str, user_id: &str) -> Result<Option<(String, i64, String)>, StoreError> {
    Ok(waiting_entries::table
        .filter(waiting_entries::account_id.eq(account_id))
        .filter(waiting_entries::user_id.eq(user_id))
        .order(waiting_entries::sequence.desc())
        .select((waiting_entries::id, waiting_entries::sequence, waiting_entries::state))
        .first(db)
        .optional()?)
}

/// Corrects an undecided application if it still has this version; answers whether it had.
///
/// # Errors
/// When the database refuses.
pub fn change(db: &mut Db, id: &str, version: i64, change: &ApplicationChange) -> Result<bool, StoreError> {
    let there = applications::table
        .filter(applications::id.eq(id))
        .filter(applications::version.eq(version))
        .filter(applications::state.eq_any(["submitted", "acknowledged"]));
    let changed =
        diesel::update(there).set((change, applications::version.eq(applications::version + 1))).execute(db)?;
    Ok(changed == 1)
}

/// Moves an application from one state to another; answers whether it was in the first.
///
/// # Errors
/// When the database refuses.
pub fn move_on(db: &mut Db, id: &str, from: &str, to: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let there = applications::table.filter(applications::id.eq(id)).filter(applications::state.eq(from));
    let changed = diesel::update(there)
        .set((
            applications::state.eq(to),
            applications::updated_at.eq(at),
            applications::version.eq(applications::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Notes the supervisor's acknowledgement; answers whether the application was waiting for it.
///
/// # Errors
/// When the database refuses.
pub fn acknowledge(db: &mut Db, id: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let there = applications::table.filter(applications::id.eq(id)).filter(applications::state.eq("submitted"));
    let changed = diesel::update(there)
        .set((
            applications::state.eq("acknowledged"),
            applications::acknowledged_at.eq(at),
            applications::objected_at.eq(None::<NaiveDateTime>),
            applications::objection.eq(None::<String>),
            applications::updated_at.eq(at),
            applications::version.eq(applications::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Notes the supervisor's objection; answers whether the application was waiting for an acknowledgement.
///
/// # Errors
/// When the database refuses.
pub fn object(db: &mut Db, id: &str, reason: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let there = applications::table.filter(applications::id.eq(id)).filter(applications::state.eq("submitted"));
    let changed = diesel::update(there)
        .set((
            applications::objected_at.eq(at),
            applications::objection.eq(reason),
            applications::updated_at.eq(at),
            applications::version.eq(applications::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Decides an application; answers whether it was undecided.
///
/// # Errors
/// When the database refuses.
pub fn decide(db: &mut Db, id: &str, decision: &Decision) -> Result<bool, StoreError> {
    let there = applications::table
        .filter(applications::id.eq(id))
        .filter(applications::state.eq_any(["submitted", "acknowledged"]));
    let changed =
        diesel::update(there).set((decision, applications::version.eq(applications::version + 1))).execute(db)?;
    Ok(changed == 1)
}
