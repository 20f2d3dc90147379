//! Amendments of a contract, as an additional order writes them. Append-only; nothing else is here.

use crate::schema::contract_amendments;
use crate::{Db, StoreError};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

/// A row of `contract_amendments`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contract_amendments)]
#[allow(missing_docs)] // named as the columns
pub struct Amendment {
    pub id: String,
    pub consortium_id: String,
    pub contract_id: String,
    pub seats: i64,
    pub ex_tax_yen: i64,
    pub tax_yen: i64,
    pub reason: String,
    pub effective_on: NaiveDate,
    pub created_by: String,
    pub created_at: NaiveDateTime,
}

/// Adds an amendment.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Amendment) -> Result<(), StoreError> {
    diesel::insert_into(contract_amendments::table).values(row).execute(db)?;
    Ok(())
}
