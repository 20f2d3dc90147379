//! The seat ledger: accounts, append-only transfers, assignments with guarded counters.
//!
//! A balance moves only by inserting a transfer (a trigger applies it); counters move only by the
//! conditional updates here. The CHECKs of the schema refuse whatever slips through.

use crate::schema::{assignments, seat_accounts, seat_transfers};
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `seat_accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = seat_accounts)]
#[allow(missing_docs)] // named as the columns
pub struct Account {
    pub id: String,
    pub consortium_id: String,
    pub contract_id: String,
    pub member_id: Option<String>,
    pub kind: String,
    pub balance: i64,
    pub assigned: i64,
    pub held: i64,
    pub next_waiting: i64,
    pub created_at: NaiveDateTime,
}

impl Account {
    /// Seats that nobody sits on and no offer holds.
    #[must_use]
    pub const fn free(&self) -> i64 {
        self.balance.saturating_sub(self.assigned).saturating_sub(self.held)
    }
}

/// A row of `seat_transfers`; without a source it is a purchase, without a target an expiry.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = seat_transfers)]
#[allow(missing_docs)] // named as the columns
pub struct Transfer {
    pub id: String,
    pub consortium_id: String,
    pub contract_id: String,
    pub from_account_id: Option<String>,
    pub to_account_id: Option<String>,
    pub seats: i64,
    pub kind: String,
    pub reason: String,
    pub corrects_id: Option<String>,
    pub created_by: String,
    pub created_at: NaiveDateTime,
}

/// A row of `assignments`: one person on one seat.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = assignments)]
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

/// Opens an account with nothing in it.
///
/// # Errors
/// When the database refuses.
pub fn open_account(db: &mut Db, row: &Account) -> Result<(), StoreError> {
    diesel::insert_into(seat_accounts::table).values(row).execute(db)?;
    Ok(())
}

/// One account.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find_account(db: &mut Db, id: &str) -> Result<Account, StoreError> {
    Ok(seat_accounts::table.find(id).select(Account::as_select()).first(db)?)
}

/// The accounts of a contract, the reserve first, then by id.
///
/// # Errors
/// When the database refuses.
pub fn accounts_of(db: &mut Db, contract_id: &str) -> Result<Vec<Account>, StoreError> {
    Ok(seat_accounts::table
        .filter(seat_accounts::contract_id.eq(contract_id))
        .order((seat_accounts::kind.desc(), seat_accounts::id))
        .select(Account::as_select())
        .load(db)?)
}

/// The account of a member in a contract.
///
/// # Errors
/// [`StoreError::Missing`] when the member holds none.
pub fn account_of_member(db: &mut Db, contract_id: &str, member_id: &str) -> Result<Account, StoreError> {
    Ok(seat_accounts::table
        .filter(seat_accounts::contract_id.eq(contract_id))
        .filter(seat_accounts::member_id.eq(member_id))
        .select(Account::as_select())
        .first(db)?)
}

/// Locks accounts in the order of their ids until the transaction ends.
///
/// # Errors
/// When the database refuses.
pub fn lock_accounts(db: &mut Db, ids: &[String]) -> Result<Vec<Account>, StoreError> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    Ok(dialect::lock_seat_accounts(db, &ids)?)
}

/// Writes a transfer; the database moves the balances or refuses (`seat_accounts_use_check`,
/// `seat_accounts_balance_check`).
///
/// # Errors
/// When the database refuses.
pub fn transfer(db: &mut Db, row: &Transfer) -> Result<(), StoreError> {
    diesel::insert_into(seat_transfers::table).values(row).execute(db)?;
    Ok(())
}
