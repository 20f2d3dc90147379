//! The seat ledger: accounts, append-only transfers, assignments with guarded counters.
//!
//! A balance moves only by inserting a transfer (a trigger applies it); counters move only by the
//! conditional updates here. The CHECKs of the schema refuse whatever slips through.

pub mod assignments;
pub mod offers;
pub mod settings;
pub mod waiting;

pub use assignments::Assignment;

use crate::db::on;
use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{members, seat_accounts, seat_transfers};
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

/// A row of `seat_transfers`; without a source seats enter the contract, without a target they leave it.
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

/// Code and name of a town.
pub type CodeAndName = (String, String);

/// The accounts of a contract with code and name of their towns, by municipality code; none for the reserve.
///
/// # Errors
/// When the database refuses.
pub fn accounts_by_town(db: &mut Db, contract_id: &str) -> Result<Vec<(Account, Option<CodeAndName>)>, StoreError> {
    Ok(seat_accounts::table
        .left_join(members::table.on(members::id.nullable().eq(seat_accounts::member_id)))
        .filter(seat_accounts::contract_id.eq(contract_id))
        .order(members::municipality_code)
        .select((Account::as_select(), (members::municipality_code, members::name).nullable()))
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

/// How the counters of an account move together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Use {
    /// People who sit down (or get up, below 0).
    pub assigned: i64,
    /// Seats that offers begin (or cease) to hold.
    pub held: i64,
    /// Numbers of the waiting list that are given out.
    pub queued: i64,
}

/// Moves the counters if the balance covers it; answers whether it did.
///
/// One conditional update, never read-then-write; `seat_accounts_use_check` stands behind it.
///
/// # Errors
/// When the database refuses.
pub fn change_use(db: &mut Db, account_id: &str, by: &Use) -> Result<bool, StoreError> {
    let changed = on!(db, c => dialect::ChangeUse { account_id, by }.execute(c))?;
    Ok(changed == 1)
}

/// The reserve of a contract.
///
/// # Errors
/// [`StoreError::Missing`] when the contract has no ledger yet.
pub fn reserve_of(db: &mut Db, contract_id: &str) -> Result<Account, StoreError> {
    Ok(seat_accounts::table
        .filter(seat_accounts::contract_id.eq(contract_id))
        .filter(seat_accounts::member_id.is_null())
        .select(Account::as_select())
        .first(db)?)
}

/// One transfer.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find_transfer(db: &mut Db, id: &str) -> Result<Transfer, StoreError> {
    Ok(seat_transfers::table.find(id).select(Transfer::as_select()).first(db)?)
}

/// Seats of a transfer that corrections have taken back already.
///
/// # Errors
/// When the database refuses.
pub fn corrected_seats(db: &mut Db, transfer_id: &str) -> Result<i64, StoreError> {
    let seats: Vec<i64> = seat_transfers::table
        .filter(seat_transfers::corrects_id.eq(transfer_id))
        .select(seat_transfers::seats)
        .load(db)?;
    Ok(seats.into_iter().fold(0, i64::saturating_add))
}

/// How a ledger can stand; newest first.
pub const TRANSFERS: List = List::falling(
    "seat_transfers.id",
    &[
        Key::new("created", By::Id),
        Key::new("kind", By::Text("seat_transfers.kind")),
        Key::new("seats", By::Number("seat_transfers.seats")),
    ],
)
.with(&[Filter::new("kind", Test::Is("seat_transfers.kind"))]);

/// The ledger of a contract, or of one account in it.
///
/// # Errors
/// When the database refuses.
pub fn transfers(
    db: &mut Db,
    contract_id: &str,
    account_id: Option<&str>,
    slice: &Slice,
) -> Result<Rows<Transfer>, StoreError> {
    let mut query = seat_transfers::table.filter(seat_transfers::contract_id.eq(contract_id)).into_boxed();
    if let Some(account) = account_id {
        query = query.filter(
            seat_transfers::from_account_id
                .eq(account.to_owned())
                .or(seat_transfers::to_account_id.eq(account.to_owned())),
        );
    }
    Ok(page!(db, slice, query, Transfer::as_select())?)
}
