//! What one person holds and waits for, with the words that a person needs: product, town, last day.
//!
//! Learners may not read contracts; this tells them of theirs no more than they need.

use crate::seats::assignments::{AssignmentView, list_my_seats};
use crate::seats::waiting::{WaitingEntryView, list_my_waiting_entries};
use crate::{Call, Ctx, Error};
use chrono::NaiveDate;
use std::collections::HashMap;
use store::seats::settings::Setting;

/// A seat of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MySeat {
    /// The assignment.
    pub assignment: AssignmentView,
    /// What the seat is for.
    pub product: String,
    /// 団体名.
    pub member_name: String,
    /// First day of use.
    pub starts_on: NaiveDate,
    /// Last day of use.
    pub ends_on: NaiveDate,
}

/// A place of the caller on a waiting list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyPlace {
    /// The place.
    pub entry: WaitingEntryView,
    /// What the seat is for.
    pub product: String,
    /// 団体名.
    pub member_name: String,
}

/// The caller's seats, and the lists on which the caller still waits or has an open offer.
///
/// # Errors
/// When the database refuses.
pub fn my_seats_and_places(ctx: &mut Ctx<'_>, call: &Call) -> Result<(Vec<MySeat>, Vec<MyPlace>), Error> {
    let seats = list_my_seats(ctx, call)?;
    let places = list_my_waiting_entries(ctx, call)?;
    let mut accounts: Vec<String> = seats.iter().map(|seat| seat.account_id.clone()).collect();
    accounts.extend(places.iter().map(|place| place.account_id.clone()));
    accounts.sort_unstable();
    accounts.dedup();
    let settings: HashMap<String, Setting> = store::seats::settings::of_accounts(ctx.db, &accounts)?
        .into_iter()
        .map(|setting| (setting.account_id.clone(), setting))
        .collect();
    let of =
        |account_id: &str| settings.get(account_id).ok_or_else(|| Error::internal("an account without its contract"));
    let seats = seats.into_iter().map(|assignment| {
        let setting = of(&assignment.account_id)?;
        Ok(MySeat {
            product: setting.product.clone(),
            member_name: setting.member.clone().unwrap_or_default(),
            starts_on: setting.starts_on,
            ends_on: setting.ends_on,
            assignment,
        })
    });
    let places = places.into_iter().map(|entry| {
        let setting = of(&entry.account_id)?;
        let member_name = setting.member.clone().unwrap_or_default();
        Ok(MyPlace { product: setting.product.clone(), member_name, entry })
    });
    Ok((seats.collect::<Result<_, Error>>()?, places.collect::<Result<_, Error>>()?))
}
