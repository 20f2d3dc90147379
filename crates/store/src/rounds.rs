//! Rounds and the members invited to them. The stage moves only by compare-and-set on the version.

use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{members, round_members, rounds};
use crate::{Db, StoreError};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

/// A row of `rounds`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rounds)]
#[allow(missing_docs)] // named as the columns
pub struct Round {
    pub id: String,
    pub consortium_id: String,
    pub title: String,
    pub product: String,
    pub fiscal_year: i64,
    pub contract_mode: String,
    pub census_year: i64,
    pub seats_counted_on: NaiveDate,
    pub stage: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// A row of `round_members`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = round_members)]
#[allow(missing_docs)] // named as the columns
pub struct RoundMember {
    pub round_id: String,
    pub member_id: String,
    pub consortium_id: String,
    pub created_at: NaiveDateTime,
}

/// A member as a round needs it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = members)]
#[allow(missing_docs)] // named as the columns
pub struct Invited {
    pub id: String,
    pub municipality_code: String,
    pub name: String,
    pub kind: String,
    pub population: i64,
    pub member_class: String,
    pub is_lead: bool,
}

/// What may change of a round while it is prepared.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = rounds)]
#[allow(missing_docs)] // named as the columns
pub struct RoundChange {
    pub title: String,
    pub product: String,
    pub fiscal_year: i64,
    pub contract_mode: String,
    pub census_year: i64,
    pub seats_counted_on: NaiveDate,
    pub updated_at: NaiveDateTime,
}

/// Adds a round.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Round) -> Result<(), StoreError> {
    diesel::insert_into(rounds::table).values(row).execute(db)?;
    Ok(())
}

/// One round.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Round, StoreError> {
    Ok(rounds::table.find(id).select(Round::as_select()).first(db)?)
}

/// How rounds can stand; newest first.
pub const ROUNDS: List = List::falling(
    "rounds.id",
    &[
        Key::new("created", By::Id),
        Key::new("year", By::Number("rounds.fiscal_year")),
        Key::new("title", By::Text("rounds.title")),
        Key::new("product", By::Text("rounds.product")),
        Key::new("stage", By::Text("rounds.stage")),
        Key::new("counted", By::Time("rounds.seats_counted_on")),
    ],
)
.with(&[
    Filter::new("q", Test::Has("rounds.title || ' ' || rounds.product")),
    Filter::new("stage", Test::Is("rounds.stage")),
    Filter::new("year", Test::Is("CAST(rounds.fiscal_year AS TEXT)")),
]);

/// The rounds of a consortium.
///
/// # Errors
/// When the database refuses.
pub fn list(db: &mut Db, consortium_id: &str, slice: &Slice) -> Result<Rows<Round>, StoreError> {
    let query = rounds::table.filter(rounds::consortium_id.eq(consortium_id)).into_boxed();
    Ok(page!(db, slice, query, Round::as_select())?)
}

/// Changes a round if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn change(db: &mut Db, id: &str, version: i64, change: &RoundChange) -> Result<bool, StoreError> {
    let changed = diesel::update(rounds::table.filter(rounds::id.eq(id)).filter(rounds::version.eq(version)))
        .set((change, rounds::version.eq(rounds::version + 1)))
        .execute(db)?;
    Ok(changed == 1)
}

/// Puts a round into a stage (or leaves it there) if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn set_stage(db: &mut Db, id: &str, version: i64, stage: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(rounds::table.filter(rounds::id.eq(id)).filter(rounds::version.eq(version)))
        .set((rounds::stage.eq(stage), rounds::updated_at.eq(at), rounds::version.eq(rounds::version + 1)))
        .execute(db)?;
    Ok(changed == 1)
}

/// Invites a member; `round_members_pkey` refuses a second invitation.
///
/// # Errors
/// When the database refuses.
pub fn invite(db: &mut Db, row: &RoundMember) -> Result<(), StoreError> {
    diesel::insert_into(round_members::table).values(row).execute(db)?;
    Ok(())
}

/// Takes an invitation back; returns whether there was one.
///
/// # Errors
/// When the database refuses.
pub fn uninvite(db: &mut Db, round_id: &str, member_id: &str) -> Result<bool, StoreError> {
    let removed = diesel::delete(round_members::table.find((round_id, member_id))).execute(db)?;
    Ok(removed == 1)
}

/// Whether a member is invited to a round.
///
/// # Errors
/// When the database refuses.
pub fn is_invited(db: &mut Db, round_id: &str, member_id: &str) -> Result<bool, StoreError> {
    let found: i64 = round_members::table
        .filter(round_members::round_id.eq(round_id))
        .filter(round_members::member_id.eq(member_id))
        .count()
        .get_result(db)?;
    Ok(found == 1)
}

/// The members invited to a round, by municipality code.
///
/// # Errors
/// When the database refuses.
pub fn invited(db: &mut Db, round_id: &str) -> Result<Vec<Invited>, StoreError> {
    Ok(round_members::table
        .inner_join(members::table.on(members::id.eq(round_members::member_id)))
        .filter(round_members::round_id.eq(round_id))
        .order(members::municipality_code)
        .select(Invited::as_select())
        .load(db)?)
}

/// One member as a round needs it.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn as_invited(db: &mut Db, member_id: &str) -> Result<Invited, StoreError> {
    Ok(members::table.find(member_id).select(Invited::as_select()).first(db)?)
}
