//! Offers of freed seats: each holds one seat until it is answered or its time has passed.

use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{applications, entry_calls, offers};
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `offers`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = offers, treat_none_as_default_value = false)]
#[allow(missing_docs)] // named as the columns
pub struct Offer {
    pub id: String,
    pub consortium_id: String,
    pub account_id: String,
    pub waiting_entry_id: String,
    pub user_id: String,
    pub state: String,
    pub offered_at: NaiveDateTime,
    pub expires_at: NaiveDateTime,
    pub answered_at: Option<NaiveDateTime>,
    pub version: i64,
}

/// Makes offers; `offers_open_key` refuses a second one to the same place on the list.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, rows: &[Offer]) -> Result<(), StoreError> {
    Ok(dialect::insert_offers(db, rows)?)
}

/// One offer.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Offer, StoreError> {
    Ok(offers::table.find(id).select(Offer::as_select()).first(db)?)
}

/// The open offers to these places on the list.
///
/// # Errors
/// When the database refuses.
pub fn open_to(db: &mut Db, waiting_entry_ids: &[String]) -> Result<Vec<Offer>, StoreError> {
    Ok(offers::table
        .filter(offers::waiting_entry_id.eq_any(waiting_entry_ids))
        .filter(dialect::OfferIsOpen)
        .select(Offer::as_select())
        .load(db)?)
}

/// How the offers to somebody can stand; newest first.
pub const OFFERS: List = List::falling(
    "offers.id",
    &[
        Key::new("created", By::Id),
        Key::new("expires", By::Time("offers.expires_at")),
        Key::new("state", By::Text("offers.state")),
    ],
)
.with(&[Filter::new("state", Test::Is("offers.state"))]);

/// The offers made to a person.
///
/// # Errors
/// When the database refuses.
pub fn of_person(db: &mut Db, user_id: &str, slice: &Slice) -> Result<Rows<Offer>, StoreError> {
    let query = offers::table.filter(offers::user_id.eq(user_id)).into_boxed();
    Ok(page!(db, slice, query, Offer::as_select())?)
}

/// Open offers whose time has passed, the oldest first.
///
/// # Errors
/// When the database refuses.
pub fn due(db: &mut Db, now: NaiveDateTime, limit: i64) -> Result<Vec<Offer>, StoreError> {
    Ok(offers::table
        .filter(dialect::OfferIsOpen)
        .filter(offers::expires_at.le(now))
        .order((offers::expires_at, offers::id))
        .limit(limit)
        .select(Offer::as_select())
        .load(db)?)
}

/// Ends an open offer; answers whether it was open.
///
/// # Errors
/// When the database refuses.
pub fn end(db: &mut Db, id: &str, state: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let open = offers::table.filter(offers::id.eq(id)).filter(offers::state.eq("open"));
    let changed = diesel::update(open)
        .set((offers::state.eq(state), offers::answered_at.eq(at), offers::version.eq(offers::version + 1)))
        .execute(db)?;
    Ok(changed == 1)
}

/// The titles of the entry calls behind these applications, by application.
///
/// # Errors
/// When the database refuses.
pub fn call_titles(db: &mut Db, application_ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(applications::table
        .inner_join(entry_calls::table)
        .filter(applications::id.eq_any(application_ids))
        .select((applications::id, entry_calls::title))
        .load(db)?)
}
