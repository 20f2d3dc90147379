//! Consortia and their members. A query for one consortium always names it: the wall is in the WHERE.

use crate::db::on;
use crate::dialect::among;
use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{consortia, members};
use crate::{Db, StoreError};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

/// A row of `consortia`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = consortia)]
#[allow(missing_docs)] // named as the columns
pub struct Consortium {
    pub id: String,
    pub name: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// A row of `members`: a municipality or prefecture inside one consortium.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = members)]
#[allow(missing_docs)] // named as the columns
pub struct Member {
    pub id: String,
    pub consortium_id: String,
    pub municipality_code: String,
    pub name: String,
    pub kana: String,
    pub kind: String,
    pub population: i64,
    pub member_class: String,
    pub is_lead: bool,
    pub joined_on: NaiveDate,
    pub left_on: Option<NaiveDate>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// Adds a consortium.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Consortium) -> Result<(), StoreError> {
    diesel::insert_into(consortia::table).values(row).execute(db)?;
    Ok(())
}

/// One consortium.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Consortium, StoreError> {
    Ok(consortia::table.find(id).select(Consortium::as_select()).first(db)?)
}

/// How consortia can stand; oldest first.
pub const CONSORTIA: List =
    List::rising("consortia.id", &[Key::new("created", By::Id), Key::new("name", By::Text("consortia.name"))])
        .with(&[Filter::new("q", Test::Has("consortia.name"))]);

/// Consortia; all of them, or those named.
///
/// # Errors
/// When the database refuses.
pub fn list(db: &mut Db, only: Option<&[String]>, slice: &Slice) -> Result<Rows<Consortium>, StoreError> {
    let mut query = consortia::table.into_boxed();
    if let Some(only) = only {
        query = query.filter(consortia::id.eq_any(only));
    }
    Ok(page!(db, slice, query, Consortium::as_select())?)
}

/// Renames a consortium if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn rename(db: &mut Db, id: &str, version: i64, name: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(consortia::table.filter(consortia::id.eq(id)).filter(consortia::version.eq(version)))
        .set((consortia::name.eq(name), consortia::updated_at.eq(at), consortia::version.eq(consortia::version + 1)))
        .execute(db)?;
    Ok(changed == 1)
}

/// Adds a member; `members_code_key` and `members_lead_key` refuse a second one.
///
/// # Errors
/// When the database refuses.
pub fn insert_member(db: &mut Db, row: &Member) -> Result<(), StoreError> {
    diesel::insert_into(members::table).values(row).execute(db)?;
    Ok(())
}

/// One member, inside one of the consortia that the actor knows.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find_member(db: &mut Db, id: &str) -> Result<Member, StoreError> {
    Ok(members::table.find(id).select(Member::as_select()).first(db)?)
}

/// What a member is among the others: `lead`, else its class.
const PLACE: &str = "(CASE WHEN members.is_lead THEN 'lead' ELSE members.member_class END)";

/// How members can stand; by municipality code.
pub const MEMBERS: List = List::rising(
    "members.id",
    &[
        Key::new("code", By::Text("members.municipality_code")),
        Key::new("kana", By::Text("members.kana")),
        Key::new("kind", By::Text("members.kind")),
        Key::new("class", By::Text(PLACE)),
        Key::new("population", By::Number("members.population")),
        Key::new("joined", By::Time("members.joined_on")),
    ],
)
.with(&[
    Filter::new("q", Test::Has("members.name || ' ' || members.kana || ' ' || members.municipality_code")),
    Filter::new("kind", Test::Is("members.kind")),
    Filter::new("class", Test::Is(PLACE)),
]);

/// The members of a consortium.
///
/// # Errors
/// When the database refuses.
pub fn members(db: &mut Db, consortium_id: &str, slice: &Slice) -> Result<Rows<Member>, StoreError> {
    let query = members::table.filter(members::consortium_id.eq(consortium_id)).into_boxed();
    Ok(page!(db, slice, query, Member::as_select())?)
}

/// The members of a consortium with this id, name or code; an empty code is nobody's.
///
/// # Errors
/// When the database refuses.
pub fn members_named(
    db: &mut Db,
    consortium_id: &str,
    [id_or_name, code]: [&str; 2],
) -> Result<Vec<Member>, StoreError> {
    let named = members::id.eq(id_or_name).or(members::name.eq(id_or_name)).or(members::municipality_code.eq(code));
    Ok(members::table
        .filter(members::consortium_id.eq(consortium_id))
        .filter(named)
        .order(members::municipality_code)
        .select(Member::as_select())
        .load(db)?)
}

/// Id and name of these members of a consortium.
///
/// # Errors
/// When the database refuses.
pub fn member_names(db: &mut Db, consortium_id: &str, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(on!(db, c => members::table
        .filter(members::consortium_id.eq(consortium_id))
        .filter(among(members::id, ids))
        .select((members::id, members::name))
        .load(c))?)
}

/// What may change of a member.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = members)]
#[diesel(treat_none_as_null = true)]
#[allow(missing_docs)] // named as the columns
pub struct MemberChange {
    pub name: String,
    pub kana: String,
    pub population: i64,
    pub member_class: String,
    pub left_on: Option<NaiveDate>,
    pub updated_at: NaiveDateTime,
}

/// Changes a member if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn change_member(db: &mut Db, id: &str, version: i64, change: &MemberChange) -> Result<bool, StoreError> {
    let changed = diesel::update(members::table.filter(members::id.eq(id)).filter(members::version.eq(version)))
        .set((change, members::version.eq(members::version + 1)))
        .execute(db)?;
    Ok(changed == 1)
}
