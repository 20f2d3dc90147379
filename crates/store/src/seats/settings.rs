//! What stands around an account: its contract, product, town and people. Read-only.

use crate::db::on;
use crate::dialect::{among, one_or_more};
use crate::notify::Recipient;
use crate::schema::{consortia, contracts, grants, members, notification_preferences, rounds, seat_accounts, users};
use crate::{Db, StoreError};
use chrono::NaiveDate;
use diesel::prelude::*;

/// An account's surroundings, as mails and guards need them.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Setting {
    /// The account.
    pub account_id: String,
    /// `active` or `closed`.
    pub contract_state: String,
    /// First day of use.
    pub starts_on: NaiveDate,
    /// Last day of use.
    pub ends_on: NaiveDate,
    /// What was bought.
    pub product: String,
    /// Name of the consortium.
    pub consortium: String,
    /// 団体名 of the town; none for the reserve.
    pub member: Option<String>,
}

/// The surroundings of these accounts.
///
/// # Errors
/// When the database refuses.
pub fn of_accounts(db: &mut Db, account_ids: &[String]) -> Result<Vec<Setting>, StoreError> {
    Ok(one_or_more!(account_ids, seat_accounts::id, |fits| on!(db, c => seat_accounts::table
        .inner_join(contracts::table.on(contracts::id.eq(seat_accounts::contract_id)))
        .inner_join(rounds::table.on(rounds::id.eq(contracts::round_id)))
        .inner_join(consortia::table.on(consortia::id.eq(seat_accounts::consortium_id)))
        .left_join(members::table.on(members::id.nullable().eq(seat_accounts::member_id)))
        .filter(fits)
        .select((
            seat_accounts::id,
            contracts::state,
            contracts::starts_on,
            contracts::ends_on,
            rounds::product,
            consortia::name,
            members::name.nullable(),
        ))
        .load(c)))?)
}

/// A contract, as far as its seats are concerned.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ContractOfSeats {
    /// The contract.
    pub id: String,
    /// Its consortium.
    pub consortium_id: String,
    /// `active` or `closed`.
    pub state: String,
    /// The finalised scenario from which its price comes.
    pub scenario_id: String,
}

/// One contract.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn contract(db: &mut Db, id: &str) -> Result<ContractOfSeats, StoreError> {
    Ok(contracts::table
        .find(id)
        .select((contracts::id, contracts::consortium_id, contracts::state, contracts::scenario_id))
        .first(db)?)
}

/// Which of these people hold a role in the town and may use the service; once for each role.
///
/// # Errors
/// When the database refuses.
pub fn people_of_town(
    db: &mut Db,
    consortium_id: &str,
    member_id: &str,
    user_ids: &[String],
) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, c => grants::table
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .filter(among(grants::user_id, user_ids))
        .filter(grants::consortium_id.eq(consortium_id))
        .filter(grants::member_id.eq(member_id))
        .filter(grants::revoked_at.is_null())
        .filter(users::state.ne("disabled"))
        .select(grants::user_id)
        .load(c))?)
}

/// These people as recipients of a kind of mail, each with whether it was declined.
///
/// # Errors
/// When the database refuses.
pub fn recipients(db: &mut Db, user_ids: &[String], kind: &str) -> Result<Vec<(Recipient, bool)>, StoreError> {
    let rows: Vec<(String, String, String, Option<bool>)> = on!(db, c => users::table
        .left_join(
            notification_preferences::table
                .on(notification_preferences::user_id.eq(users::id).and(notification_preferences::kind.eq(kind))),
        )
        .filter(among(users::id, user_ids))
        .select((users::id, users::display_name, users::email, notification_preferences::mail.nullable()))
        .load(c))?;
    Ok(rows
        .into_iter()
        .map(|(user_id, name, address, mail)| {
            (Recipient { user_id: Some(user_id), name, address }, mail == Some(false))
        })
        .collect())
}
