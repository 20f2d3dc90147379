//! Applications of staff. `applications_user_key` lets a person stand once in a call.

use crate::db::on;
use crate::dialect::among;
use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
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

/// How the applications to a call can stand; by the reading of the applicants' names.
pub const APPLICATIONS: List = List::rising(
    "applications.id",
    &[
        Key::new("kana", By::Text("users.kana_key")),
        Key::new("created", By::Id),
        Key::new("state", By::Text("applications.state")),
        Key::new("acknowledged", By::Time("applications.acknowledged_at")),
    ],
)
.with(&[
    Filter::new("q", Test::Called("users.display_name || ' ' || users.name_key")),
    Filter::new("state", Test::Is("applications.state")),
]);

/// How one's own applications can stand; newest first.
pub const OWN_APPLICATIONS: List = List::falling(
    "applications.id",
    &[
        Key::new("created", By::Id),
        Key::new("call", By::Text("entry_calls.title")),
        Key::new("state", By::Text("applications.state")),
    ],
)
.with(&[Filter::new("state", Test::Is("applications.state"))]);

/// The applications to a call with the applicant's name.
///
/// # Errors
/// When the database refuses.
pub fn of_call(db: &mut Db, call_id: &str, slice: &Slice) -> Result<Rows<(Application, String)>, StoreError> {
    let query = applications::table
        .inner_join(users::table.on(users::id.eq(applications::user_id)))
        .filter(applications::call_id.eq(call_id))
        .into_boxed();
    let rows: Vec<(Application, String, String)> =
        page!(db, slice, query, Application::as_select(), users::display_name)?;
    Ok(rows.into_iter().map(|(row, name, place)| ((row, name), place)).collect())
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

/// The applications of a person with the call's title and account.
///
/// # Errors
/// When the database refuses.
pub fn of_person(db: &mut Db, user_id: &str, slice: &Slice) -> Result<Rows<(Application, String, String)>, StoreError> {
    let query = applications::table
        .inner_join(entry_calls::table.on(entry_calls::id.eq(applications::call_id)))
        .filter(applications::user_id.eq(user_id))
        .into_boxed();
    let rows: Vec<(Application, String, String, String)> =
        page!(db, slice, query, Application::as_select(), entry_calls::title, entry_calls::account_id)?;
    Ok(rows.into_iter().map(|(row, title, account_id, place)| ((row, title, account_id), place)).collect())
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

/// These applications to a call with the names of the applicants.
///
/// # Errors
/// When the database refuses.
pub fn some_of_call(db: &mut Db, call_id: &str, ids: &[String]) -> Result<Vec<(Application, String)>, StoreError> {
    Ok(on!(db, c => applications::table
        .inner_join(users::table.on(users::id.eq(applications::user_id)))
        .filter(applications::call_id.eq(call_id))
        .filter(among(applications::id, ids))
        .order(applications::id)
        .select((Application::as_select(), users::display_name))
        .load(c))?)
}

/// Names of the people behind the undecided applications to a call, by application.
///
/// # Errors
/// When the database refuses.
pub fn undecided_names(db: &mut Db, call_id: &str) -> Result<Vec<(String, String)>, StoreError> {
    Ok(applications::table
        .inner_join(users::table.on(users::id.eq(applications::user_id)))
        .filter(applications::call_id.eq(call_id))
        .filter(applications::state.eq_any(["submitted", "acknowledged"]))
        .select((applications::id, users::display_name))
        .load(db)?)
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
