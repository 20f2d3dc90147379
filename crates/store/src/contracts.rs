//! Contracts, amendments, shares (負担金) and the allocation that is published to members.
//! Shares and amendments are append-only; a round has one contract (`contracts_round_key`).

use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::rounds::Invited;
use crate::schema::{allocation_lines, allocations, contract_amendments, contracts, members, shares};
use crate::{Db, StoreError};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

/// A row of `contracts`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contracts)]
#[allow(missing_docs)] // named as the columns
pub struct Contract {
    pub id: String,
    pub consortium_id: String,
    pub round_id: String,
    pub scenario_id: String,
    pub number: String,
    pub vendor: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub seats: i64,
    pub ex_tax_yen: i64,
    pub tax_yen: i64,
    pub total_yen: i64,
    pub state: String,
    pub signed_on: NaiveDate,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

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

/// A row of `shares`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = shares)]
#[allow(missing_docs)] // named as the columns
pub struct Share {
    pub id: String,
    pub consortium_id: String,
    pub contract_id: String,
    pub member_id: String,
    pub seats: i64,
    pub share_yen: i64,
    pub remainder_yen: i64,
    pub stand_alone_yen: i64,
    pub reason: String,
    pub created_at: NaiveDateTime,
}

/// A row of `allocations`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = allocations)]
#[allow(missing_docs)] // named as the columns
pub struct Allocation {
    pub id: String,
    pub consortium_id: String,
    pub contract_id: String,
    pub state: String,
    pub published_at: Option<NaiveDateTime>,
    pub published_by: Option<String>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// A row of `allocation_lines`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = allocation_lines)]
#[allow(missing_docs)] // named as the columns
pub struct AllocationLine {
    pub id: String,
    pub consortium_id: String,
    pub allocation_id: String,
    pub member_id: String,
    pub seats: i64,
    pub reason: String,
    pub explanation: String,
}

/// Adds a contract; `contracts_round_key` refuses a second one for the round.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, row: &Contract) -> Result<(), StoreError> {
    diesel::insert_into(contracts::table).values(row).execute(db)?;
    Ok(())
}

/// One contract.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Contract, StoreError> {
    Ok(contracts::table.find(id).select(Contract::as_select()).first(db)?)
}

/// The contract of a round, when there is one.
///
/// # Errors
/// When the database refuses.
pub fn of_round(db: &mut Db, round_id: &str) -> Result<Option<Contract>, StoreError> {
    Ok(contracts::table.filter(contracts::round_id.eq(round_id)).select(Contract::as_select()).first(db).optional()?)
}

/// Whether a contract of a consortium has this number.
///
/// # Errors
/// When the database refuses.
pub fn has_number(db: &mut Db, consortium_id: &str, number: &str) -> Result<bool, StoreError> {
    let same = contracts::table.filter(contracts::consortium_id.eq(consortium_id)).filter(contracts::number.eq(number));
    Ok(same.select(contracts::id).first::<String>(db).optional()?.is_some())
}

/// How contracts can stand; newest first.
pub const CONTRACTS: List = List::falling(
    "contracts.id",
    &[
        Key::new("created", By::Id),
        Key::new("number", By::Text("contracts.number")),
        Key::new("vendor", By::Text("contracts.vendor")),
        Key::new("starts", By::Time("contracts.starts_on")),
        Key::new("seats", By::Number("contracts.seats")),
        Key::new("total", By::Number("contracts.total_yen")),
        Key::new("state", By::Text("contracts.state")),
    ],
)
.with(&[
    Filter::new("q", Test::Has("contracts.number || ' ' || contracts.vendor")),
    Filter::new("state", Test::Is("contracts.state")),
]);

/// The contracts of a consortium.
///
/// # Errors
/// When the database refuses.
pub fn list(db: &mut Db, consortium_id: &str, slice: &Slice) -> Result<Rows<Contract>, StoreError> {
    let query = contracts::table.filter(contracts::consortium_id.eq(consortium_id)).into_boxed();
    Ok(page!(db, slice, query, Contract::as_select())?)
}

/// Notes that something belonging to a contract changed, or that it closed, if it still has this version;
/// returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn touch(db: &mut Db, id: &str, version: i64, state: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let changed = diesel::update(contracts::table.filter(contracts::id.eq(id)).filter(contracts::version.eq(version)))
        .set((contracts::state.eq(state), contracts::updated_at.eq(at), contracts::version.eq(contracts::version + 1)))
        .execute(db)?;
    Ok(changed == 1)
}

/// Adds an amendment's seats and yen to its contract if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn add(db: &mut Db, contract: &Contract, amendment: &Amendment) -> Result<bool, StoreError> {
    let yen = amendment.ex_tax_yen.saturating_add(amendment.tax_yen);
    let target =
        contracts::table.filter(contracts::id.eq(&contract.id)).filter(contracts::version.eq(contract.version));
    let changed = diesel::update(target)
        .set((
            contracts::seats.eq(contracts::seats + amendment.seats),
            contracts::ex_tax_yen.eq(contracts::ex_tax_yen + amendment.ex_tax_yen),
            contracts::tax_yen.eq(contracts::tax_yen + amendment.tax_yen),
            contracts::total_yen.eq(contracts::total_yen + yen),
            contracts::updated_at.eq(amendment.created_at),
            contracts::version.eq(contracts::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Adds an amendment.
///
/// # Errors
/// When the database refuses.
pub fn insert_amendment(db: &mut Db, row: &Amendment) -> Result<(), StoreError> {
    diesel::insert_into(contract_amendments::table).values(row).execute(db)?;
    Ok(())
}

/// The amendments of a contract, oldest first.
///
/// # Errors
/// When the database refuses.
pub fn amendments(db: &mut Db, contract_id: &str) -> Result<Vec<Amendment>, StoreError> {
    Ok(contract_amendments::table
        .filter(contract_amendments::contract_id.eq(contract_id))
        .order(contract_amendments::id)
        .select(Amendment::as_select())
        .load(db)?)
}

/// Adds a member's share.
///
/// # Errors
/// When the database refuses.
pub fn insert_share(db: &mut Db, row: &Share) -> Result<(), StoreError> {
    diesel::insert_into(shares::table).values(row).execute(db)?;
    Ok(())
}

/// The shares of a contract.
///
/// # Errors
/// When the database refuses.
pub fn shares(db: &mut Db, contract_id: &str) -> Result<Vec<Share>, StoreError> {
    Ok(shares::table
        .filter(shares::contract_id.eq(contract_id))
        .order(shares::id)
        .select(Share::as_select())
        .load(db)?)
}

/// The shares of a contract with their members, by municipality code.
///
/// # Errors
/// When the database refuses.
pub fn shares_by_town(db: &mut Db, contract_id: &str) -> Result<Vec<(Share, Invited)>, StoreError> {
    Ok(shares::table
        .inner_join(members::table.on(members::id.eq(shares::member_id)))
        .filter(shares::contract_id.eq(contract_id))
        .order(members::municipality_code)
        .select((Share::as_select(), Invited::as_select()))
        .load(db)?)
}

/// The lines of an allocation with their members, by municipality code.
///
/// # Errors
/// When the database refuses.
pub fn lines_by_town(db: &mut Db, allocation_id: &str) -> Result<Vec<(AllocationLine, Invited)>, StoreError> {
    Ok(allocation_lines::table
        .inner_join(members::table.on(members::id.eq(allocation_lines::member_id)))
        .filter(allocation_lines::allocation_id.eq(allocation_id))
        .order(members::municipality_code)
        .select((AllocationLine::as_select(), Invited::as_select()))
        .load(db)?)
}

/// The share of one member.
///
/// # Errors
/// When the database refuses.
pub fn share_of(db: &mut Db, contract_id: &str, member_id: &str) -> Result<Option<Share>, StoreError> {
    Ok(shares::table
        .filter(shares::contract_id.eq(contract_id))
        .filter(shares::member_id.eq(member_id))
        .select(Share::as_select())
        .first(db)
        .optional()?)
}

/// Adds an allocation.
///
/// # Errors
/// When the database refuses.
pub fn insert_allocation(db: &mut Db, row: &Allocation) -> Result<(), StoreError> {
    diesel::insert_into(allocations::table).values(row).execute(db)?;
    Ok(())
}

/// The allocation of a contract.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn allocation_of(db: &mut Db, contract_id: &str) -> Result<Allocation, StoreError> {
    Ok(allocations::table.filter(allocations::contract_id.eq(contract_id)).select(Allocation::as_select()).first(db)?)
}

/// Publishes an allocation if it still has this version; returns whether it had.
///
/// # Errors
/// When the database refuses.
pub fn publish(db: &mut Db, id: &str, version: i64, by: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let target = allocations::table.filter(allocations::id.eq(id)).filter(allocations::version.eq(version));
    let changed = diesel::update(target)
        .set((
            allocations::state.eq("published"),
            allocations::published_at.eq(Some(at)),
            allocations::published_by.eq(Some(by)),
            allocations::updated_at.eq(at),
            allocations::version.eq(allocations::version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Adds a line.
///
/// # Errors
/// When the database refuses.
pub fn insert_line(db: &mut Db, row: &AllocationLine) -> Result<(), StoreError> {
    diesel::insert_into(allocation_lines::table).values(row).execute(db)?;
    Ok(())
}

/// Rewrites a line; the movements themselves stand in the ledger.
///
/// # Errors
/// When the database refuses.
pub fn rewrite_line(db: &mut Db, row: &AllocationLine) -> Result<(), StoreError> {
    diesel::update(allocation_lines::table.find(&row.id))
        .set((
            allocation_lines::seats.eq(row.seats),
            allocation_lines::reason.eq(&row.reason),
            allocation_lines::explanation.eq(&row.explanation),
        ))
        .execute(db)?;
    Ok(())
}

/// The lines of an allocation.
///
/// # Errors
/// When the database refuses.
pub fn lines(db: &mut Db, allocation_id: &str) -> Result<Vec<AllocationLine>, StoreError> {
    Ok(allocation_lines::table
        .filter(allocation_lines::allocation_id.eq(allocation_id))
        .order(allocation_lines::id)
        .select(AllocationLine::as_select())
        .load(db)?)
}
