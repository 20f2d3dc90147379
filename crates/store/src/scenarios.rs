//! Scenarios (試算): the bytes that went in, the bytes that came out, and their hashes.
//! The database refuses a change of a finalised one, and a second finalised one in a round.

use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::scenarios;
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `scenarios`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = scenarios)]
#[allow(missing_docs)] // named as the columns
pub struct Scenario {
    pub id: String,
    pub consortium_id: String,
    pub round_id: String,
    pub quote_id: String,
    pub name: String,
    pub state: String,
    pub inputs: String,
    pub result: String,
    pub input_hash: String,
    pub result_hash: String,
    pub rule_versions: String,
    pub seats: i64,
    pub total_yen: i64,
    pub finalised_at: Option<NaiveDateTime>,
    pub finalised_by: Option<String>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// A scenario without its bytes: they are large, and many questions need only the hashes.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = scenarios)]
#[allow(missing_docs)] // named as the columns
pub struct Head {
    pub id: String,
    pub consortium_id: String,
    pub round_id: String,
    pub quote_id: String,
    pub name: String,
    pub state: String,
    pub input_hash: String,
    pub result_hash: String,
    pub rule_versions: String,
    pub seats: i64,
    pub total_yen: i64,
    pub finalised_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
    pub version: i64,
}

impl From<Scenario> for Head {
    fn from(row: Scenario) -> Self {
        Self {
            id: row.id,
            consortium_id: row.consortium_id,
            round_id: row.round_id,
            quote_id: row.quote_id,
            name: row.name,
            state: row.state,
            input_hash: row.input_hash,
            result_hash: row.result_hash,
            rule_versions: row.rule_versions,
            seats: row.seats,
            total_yen: row.total_yen,
            finalised_at: row.finalised_at,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// Adds a scenario.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Scenario) -> Result<(), StoreError> {
    diesel::insert_into(scenarios::table).values(row).execute(db)?;
    Ok(())
}

/// One scenario.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Scenario, StoreError> {
    Ok(scenarios::table.find(id).select(Scenario::as_select()).first(db)?)
}

/// One scenario without its bytes.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn head(db: &mut Db, id: &str) -> Result<Head, StoreError> {
    Ok(scenarios::table.find(id).select(Head::as_select()).first(db)?)
}

/// The bytes of a scenario: inputs and result.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn texts(db: &mut Db, id: &str) -> Result<(String, String), StoreError> {
    Ok(scenarios::table.find(id).select((scenarios::inputs, scenarios::result)).first(db)?)
}

/// How scenarios can stand; oldest first.
pub const SCENARIOS: List = List::rising(
    "scenarios.id",
    &[
        Key::new("created", By::Id),
        Key::new("name", By::Text("scenarios.name")),
        Key::new("state", By::Text("scenarios.state")),
        Key::new("seats", By::Number("scenarios.seats")),
        Key::new("total", By::Number("scenarios.total_yen")),
    ],
)
.with(&[Filter::new("q", Test::Has("scenarios.name")), Filter::new("state", Test::Is("scenarios.state"))]);

/// The scenarios of a round.
///
/// # Errors
/// When the database refuses.
pub fn of_round(db: &mut Db, round_id: &str, slice: &Slice) -> Result<Rows<Head>, StoreError> {
    let query = scenarios::table.filter(scenarios::round_id.eq(round_id)).into_boxed();
    Ok(page!(db, slice, query, Head::as_select())?)
}

/// The finalised scenario of a round, when there is one.
///
/// # Errors
/// When the database refuses.
pub fn finalised(db: &mut Db, round_id: &str) -> Result<Option<Scenario>, StoreError> {
    Ok(scenarios::table
        .filter(scenarios::round_id.eq(round_id))
        .filter(scenarios::state.eq("finalised"))
        .select(Scenario::as_select())
        .first(db)
        .optional()?)
}

/// Finalised scenarios of every consortium in the order of their ids, after one; for checking their hashes.
///
/// # Errors
/// When the database refuses.
pub fn finalised_after(db: &mut Db, after: &str, limit: i64) -> Result<Vec<Scenario>, StoreError> {
    Ok(scenarios::table
        .filter(scenarios::state.eq("finalised"))
        .filter(scenarios::id.gt(after))
        .order(scenarios::id)
        .limit(limit)
        .select(Scenario::as_select())
        .load(db)?)
}

/// Freezes a draft if it still has this version; returns whether it had.
///
/// # Errors
/// `scenarios_finalised_key` when the round has a finalised one already.
pub fn finalise(db: &mut Db, id: &str, version: i64, by: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let draft = scenarios::table
        .filter(scenarios::id.eq(id))
        .filter(scenarios::version.eq(version))
        .filter(scenarios::state.eq("draft"));
    let changed = diesel::update(draft)
        .set((
            scenarios::state.eq("finalised"),
            scenarios::finalised_at.eq(Some(at)),
            scenarios::finalised_by.eq(Some(by)),
            scenarios::updated_at.eq(at),
            scenarios::version.eq(scenarios::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Deletes a draft if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn delete_draft(db: &mut Db, id: &str, version: i64) -> Result<bool, StoreError> {
    let draft = scenarios::table
        .filter(scenarios::id.eq(id))
        .filter(scenarios::version.eq(version))
        .filter(scenarios::state.eq("draft"));
    Ok(diesel::delete(draft).execute(db)? == 1)
}
