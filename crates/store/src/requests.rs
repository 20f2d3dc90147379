//! Requests for more seats (追加配分).

use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::seat_requests;
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `seat_requests`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = seat_requests)]
#[allow(missing_docs)] // named as the columns
pub struct SeatRequest {
    pub id: String,
    pub consortium_id: String,
    pub contract_id: String,
    pub member_id: String,
    pub seats: i64,
    pub reason: String,
    pub price_effect: String,
    pub state: String,
    pub source: Option<String>,
    pub granted_seats: Option<i64>,
    pub decision_reason: Option<String>,
    pub requested_by: String,
    pub decided_by: Option<String>,
    pub decided_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// What a step of a request changes; every field is given again.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = seat_requests)]
#[diesel(treat_none_as_null = true)]
#[allow(missing_docs)] // named as the columns
pub struct Step {
    pub seats: i64,
    pub reason: String,
    pub price_effect: String,
    pub state: String,
    pub source: Option<String>,
    pub granted_seats: Option<i64>,
    pub decision_reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<NaiveDateTime>,
    pub updated_at: NaiveDateTime,
}

/// Adds a request.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &SeatRequest) -> Result<(), StoreError> {
    diesel::insert_into(seat_requests::table).values(row).execute(db)?;
    Ok(())
}

/// One request.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<SeatRequest, StoreError> {
    Ok(seat_requests::table.find(id).select(SeatRequest::as_select()).first(db)?)
}

/// How requests can stand; newest first.
pub const REQUESTS: List = List::falling(
    "seat_requests.id",
    &[
        Key::new("created", By::Id),
        Key::new("town", By::Text("(SELECT t.municipality_code FROM members t WHERE t.id = seat_requests.member_id)")),
        Key::new("seats", By::Number("seat_requests.seats")),
        Key::new("state", By::Text("seat_requests.state")),
        Key::new("decided", By::Time("seat_requests.decided_at")),
    ],
)
.with(&[Filter::new(
    "q",
    Test::Has("(SELECT t.name || ' ' || t.municipality_code FROM members t WHERE t.id = seat_requests.member_id)"),
)]);

/// The requests of a contract; of all towns or of those named, in all states or in one.
///
/// # Errors
/// When the database refuses.
pub fn list(
    db: &mut Db,
    contract_id: &str,
    towns: Option<&[String]>,
    state: Option<&str>,
    slice: &Slice,
) -> Result<Rows<SeatRequest>, StoreError> {
    let query = seat_requests::table.filter(seat_requests::contract_id.eq(contract_id)).into_boxed();
    narrowed(db, query, towns, state, slice)
}

/// The additional orders of a contract that were approved for a town (none: for all), oldest first: seats granted and the
/// price effect.
///
/// # Errors
/// When the database refuses.
pub fn orders_of(
    db: &mut Db,
    contract_id: &str,
    member_id: Option<&str>,
) -> Result<Vec<(Option<i64>, String)>, StoreError> {
    let mut query = seat_requests::table.filter(seat_requests::contract_id.eq(contract_id)).into_boxed();
    if let Some(member_id) = member_id {
        query = query.filter(seat_requests::member_id.eq(member_id));
    }
    let query = query
        .filter(seat_requests::state.eq("approved"))
        .filter(seat_requests::source.eq("order"))
        .order(seat_requests::id)
        .select((seat_requests::granted_seats, seat_requests::price_effect));
    Ok(query.load(db)?)
}

/// The requests of a consortium; of all towns or of those named, in all states or in one.
///
/// # Errors
/// When the database refuses.
pub fn of_consortium(
    db: &mut Db,
    consortium_id: &str,
    towns: Option<&[String]>,
    state: Option<&str>,
    slice: &Slice,
) -> Result<Rows<SeatRequest>, StoreError> {
    let query = seat_requests::table.filter(seat_requests::consortium_id.eq(consortium_id)).into_boxed();
    narrowed(db, query, towns, state, slice)
}

/// What the lists of a contract and of a consortium share.
fn narrowed<'a>(
    db: &mut Db,
    mut query: seat_requests::BoxedQuery<'a, <Db as diesel::Connection>::Backend>,
    towns: Option<&'a [String]>,
    state: Option<&str>,
    slice: &Slice,
) -> Result<Rows<SeatRequest>, StoreError> {
    if let Some(towns) = towns {
        query = query.filter(seat_requests::member_id.eq_any(towns));
    }
    if let Some(state) = state {
        query = query.filter(seat_requests::state.eq(state.to_owned()));
    }
    Ok(page!(db, slice, query, SeatRequest::as_select())?)
}

/// Takes a step if the request still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn step(db: &mut Db, id: &str, version: i64, step: &Step) -> Result<bool, StoreError> {
    let target = seat_requests::table.filter(seat_requests::id.eq(id)).filter(seat_requests::version.eq(version));
    let changed =
        diesel::update(target).set((step, seat_requests::version.eq(seat_requests::version + 1))).execute(db)?;
    Ok(changed == 1)
}
