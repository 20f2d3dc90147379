//! What people see of the ledger: accounts with their counters, and the transfers behind them.
//! The lead and auditors see every account of a contract; a town sees its own.

use crate::part::{Part, Parted};
use crate::seats::permit;
use crate::{Call, Ctx, Error, Page, PageQuery};
use chrono::{DateTime, Utc};
use domain::access::Action;
use serde::Serialize;
use std::collections::HashMap;
use store::seats::{Account, Transfer};
use utoipa::ToSchema;

/// An account with its counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountView {
    /// UUIDv7.
    pub id: String,
    /// The consortium.
    pub consortium_id: String,
    /// The contract.
    pub contract_id: String,
    /// The town; null for the reserve (予備席).
    pub member_id: Option<String>,
    /// 団体名; null for the reserve.
    pub member_name: Option<String>,
    /// `reserve` or `member`.
    #[schema(example = "member")]
    pub kind: String,
    /// Seats in the account.
    pub balance: i64,
    /// Seats on which people sit.
    pub assigned: i64,
    /// Seats that open offers hold.
    pub held: i64,
    /// Seats that can be given now.
    pub free: i64,
    /// People on the waiting list without an offer.
    pub waiting: i64,
}

/// One movement of seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TransferView {
    /// UUIDv7.
    pub id: String,
    /// The contract.
    pub contract_id: String,
    /// Account that gave; null where seats enter the contract.
    pub from_account_id: Option<String>,
    /// Account that received; null where seats leave the contract: by an amendment (`purchase`) or at its end (`expire`).
    pub to_account_id: Option<String>,
    /// Seats.
    pub seats: i64,
    /// `purchase`, `allocate`, `grant`, `return`, `move`, `expire` or `correct`.
    #[schema(example = "move")]
    pub kind: String,
    /// Why.
    pub reason: String,
    /// The transfer that this one corrects.
    pub corrects_id: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<Transfer> for TransferView {
    fn from(row: Transfer) -> Self {
        Self {
            id: row.id,
            contract_id: row.contract_id,
            from_account_id: row.from_account_id,
            to_account_id: row.to_account_id,
            seats: row.seats,
            kind: row.kind,
            reason: row.reason,
            corrects_id: row.corrects_id,
            created_at: row.created_at.and_utc(),
        }
    }
}

/// The accounts of a contract that the caller may see, the reserve first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia and towns.
pub fn list_seat_accounts(ctx: &mut Ctx<'_>, call: &Call, contract_id: &str) -> Result<Vec<AccountView>, Error> {
    let contract = store::seats::settings::contract(ctx.db, contract_id)?;
    let towns = call.actor.towns(Action::ReadSeats, &contract.consortium_id)?;
    let mut accounts = store::seats::accounts_of(ctx.db, contract_id)?;
    if let Some(towns) = towns {
        accounts.retain(|account| account.member_id.as_ref().is_some_and(|member| towns.contains(member)));
    }
    views(ctx, accounts)
}

/// Accounts of a contract as a page shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountsPart {
    /// The reserve; none for who sees a town only.
    pub reserve: Option<AccountView>,
    /// The part of the towns' accounts, by municipality code.
    pub towns: Parted<AccountView>,
    /// Accounts of towns that the caller may see.
    pub count: usize,
    /// Sums over all of them and the reserve: balance, assigned, held, free, waiting.
    pub sums: [i64; 5],
}

/// As [`list_seat_accounts`], with a part of the towns' accounts.
///
/// # Errors
/// As [`list_seat_accounts`].
pub fn show_seat_accounts(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    part: &Part,
) -> Result<AccountsPart, Error> {
    let contract = store::seats::settings::contract(ctx.db, contract_id)?;
    let own = call.actor.towns(Action::ReadSeats, &contract.consortium_id)?;
    let waiting: HashMap<String, i64> =
        store::seats::waiting::count_of_contract(ctx.db, contract_id)?.into_iter().collect();
    let waiting = |account: &Account| waiting.get(&account.id).copied().unwrap_or(0);
    let (mut sums, mut reserve, mut towns) = ([0_i64; 5], None, Vec::new());
    for (account, town) in store::seats::accounts_by_town(ctx.db, contract_id)? {
        if own.as_ref().is_some_and(|own| account.member_id.as_ref().is_none_or(|member| !own.contains(member))) {
            continue;
        }
        let of = [account.balance, account.assigned, account.held, account.free(), waiting(&account)];
        sums.iter_mut().zip(of).for_each(|(sum, more)| *sum = sum.saturating_add(more));
        match town {
            None => reserve = Some(view(account, 0, None)),
            Some(town) => towns.push((account, town)),
        }
    }
    let count = towns.len();
    let cut = part.cut(towns, |(_, (code, name))| (code, name));
    let shown = |(account, (_, name)): (Account, (String, String))| {
        let waiting = waiting(&account);
        view(account, waiting, Some(name))
    };
    let towns = Parted { items: cut.items.into_iter().map(shown).collect(), found: cut.found };
    Ok(AccountsPart { reserve, towns, count, sums })
}

/// 団体名 of the accounts between which seats moved; none for the reserve.
///
/// # Errors
/// When the database refuses.
pub fn names_of(ctx: &mut Ctx<'_>, transfers: &[TransferView]) -> Result<HashMap<String, Option<String>>, Error> {
    let ends = transfers.iter().flat_map(|transfer| [&transfer.from_account_id, &transfer.to_account_id]);
    let mut ids: Vec<String> = ends.flatten().cloned().collect();
    ids.sort_unstable();
    ids.dedup();
    let settings = store::seats::settings::of_accounts(ctx.db, &ids)?;
    Ok(settings.into_iter().map(|setting| (setting.account_id, setting.member)).collect())
}

/// One transfer of a contract, for who manages its seats.
///
/// # Errors
/// [`Error::NotFound`] when it is another contract's.
pub fn get_transfer(ctx: &mut Ctx<'_>, call: &Call, contract_id: &str, id: &str) -> Result<TransferView, Error> {
    let contract = store::seats::settings::contract(ctx.db, contract_id)?;
    call.actor.permit(Action::ManageSeats, &contract.consortium_id, None)?;
    let row = store::seats::find_transfer(ctx.db, id)?;
    if row.contract_id == contract_id { Ok(row.into()) } else { Err(Error::NotFound) }
}

/// One account.
///
/// # Errors
/// [`Error::NotFound`] when it is another town's.
pub fn get_seat_account(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<AccountView, Error> {
    let account = store::seats::find_account(ctx.db, id)?;
    permit(&call.actor, Action::ReadSeats, &account)?;
    views(ctx, vec![account])?.pop().ok_or(Error::NotFound)
}

/// The account of a town in a contract; none before it has one.
///
/// # Errors
/// [`Error::NotFound`] when the town is another one.
pub fn seat_account_of_town(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    member_id: &str,
) -> Result<Option<AccountView>, Error> {
    let account = match store::seats::account_of_member(ctx.db, contract_id, member_id) {
        Err(store::StoreError::Missing) => return Ok(None),
        account => account?,
    };
    permit(&call.actor, Action::ReadSeats, &account)?;
    Ok(views(ctx, vec![account])?.pop())
}

/// The ledger of one account, newest first.
///
/// # Errors
/// [`Error::NotFound`] when the account is another town's.
pub fn list_account_transfers(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account_id: &str,
    query: &PageQuery,
) -> Result<Page<TransferView>, Error> {
    let account = store::seats::find_account(ctx.db, account_id)?;
    permit(&call.actor, Action::ReadSeats, &account)?;
    transfers(ctx, &account.contract_id, Some(account_id), query)
}

/// The whole ledger of a contract, newest first; for the lead and auditors.
///
/// # Errors
/// [`Error::Forbidden`] for who sees only one town's account.
pub fn list_contract_transfers(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    query: &PageQuery,
) -> Result<Page<TransferView>, Error> {
    let contract = store::seats::settings::contract(ctx.db, contract_id)?;
    match call.actor.towns(Action::ReadSeats, &contract.consortium_id)? {
        None => transfers(ctx, contract_id, None, query),
        Some(_own_town) => Err(Error::Forbidden),
    }
}

fn transfers(
    ctx: &mut Ctx<'_>,
    contract_id: &str,
    account_id: Option<&str>,
    query: &PageQuery,
) -> Result<Page<TransferView>, Error> {
    let list = format!("seat-transfers/{}", account_id.unwrap_or(contract_id));
    let listing = query.listing(ctx.env, &list, &store::seats::TRANSFERS)?;
    let rows = store::seats::transfers(ctx.db, contract_id, account_id, &listing.slice)?;
    Ok(listing.page(ctx.env, rows, TransferView::from))
}

pub(crate) fn views(ctx: &mut Ctx<'_>, accounts: Vec<Account>) -> Result<Vec<AccountView>, Error> {
    let ids: Vec<String> = accounts.iter().map(|account| account.id.clone()).collect();
    let waiting: HashMap<String, i64> = store::seats::waiting::count(ctx.db, &ids)?.into_iter().collect();
    let mut names: HashMap<String, Option<String>> = store::seats::settings::of_accounts(ctx.db, &ids)?
        .into_iter()
        .map(|setting| (setting.account_id, setting.member))
        .collect();
    let shown = |account: Account| {
        let (waiting, name) = (waiting.get(&account.id).copied().unwrap_or(0), names.remove(&account.id).flatten());
        view(account, waiting, name)
    };
    Ok(accounts.into_iter().map(shown).collect())
}

fn view(account: Account, waiting: i64, member_name: Option<String>) -> AccountView {
    AccountView {
        free: account.free(),
        waiting,
        member_name,
        id: account.id,
        consortium_id: account.consortium_id,
        contract_id: account.contract_id,
        member_id: account.member_id,
        kind: account.kind,
        balance: account.balance,
        assigned: account.assigned,
        held: account.held,
    }
}
