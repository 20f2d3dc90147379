//! Quotes (見積) of a round: a vendor's price schedule as JSON, with its tax.

use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::quotes;
use crate::{Db, StoreError};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

/// A row of `quotes`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = quotes)]
#[allow(missing_docs)] // named as the columns
pub struct Quote {
    pub id: String,
    pub consortium_id: String,
    pub round_id: String,
    pub vendor: String,
    pub title: String,
    pub valid_until_on: NaiveDate,
    pub schedule: String,
    pub tax_rate: String,
    pub tax_included: bool,
    pub note: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// What may change of a quote.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = quotes)]
#[allow(missing_docs)] // named as the columns
pub struct QuoteChange {
    pub vendor: String,
    pub title: String,
    pub valid_until_on: NaiveDate,
    pub schedule: String,
    pub tax_rate: String,
    pub tax_included: bool,
    pub note: String,
    pub updated_at: NaiveDateTime,
}

/// Adds a quote.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Quote) -> Result<(), StoreError> {
    diesel::insert_into(quotes::table).values(row).execute(db)?;
    Ok(())
}

/// One quote.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Quote, StoreError> {
    Ok(quotes::table.find(id).select(Quote::as_select()).first(db)?)
}

/// How quotes can stand; oldest first.
pub const QUOTES: List = List::rising(
    "quotes.id",
    &[
        Key::new("created", By::Id),
        Key::new("vendor", By::Text("quotes.vendor")),
        Key::new("title", By::Text("quotes.title")),
        Key::new("valid", By::Time("quotes.valid_until_on")),
    ],
)
.with(&[Filter::new("q", Test::Has("quotes.vendor || ' ' || quotes.title"))]);

/// The quotes of a round.
///
/// # Errors
/// When the database refuses.
pub fn of_round(db: &mut Db, round_id: &str, slice: &Slice) -> Result<Rows<Quote>, StoreError> {
    let query = quotes::table.filter(quotes::round_id.eq(round_id)).into_boxed();
    Ok(page!(db, slice, query, Quote::as_select())?)
}

/// Changes a quote if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn change(db: &mut Db, id: &str, version: i64, change: &QuoteChange) -> Result<bool, StoreError> {
    let changed = diesel::update(quotes::table.filter(quotes::id.eq(id)).filter(quotes::version.eq(version)))
        .set((change, quotes::version.eq(quotes::version + 1)))
        .execute(db)?;
    Ok(changed == 1)
}
