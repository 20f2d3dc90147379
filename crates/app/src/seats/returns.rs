//! Several seats given back at once (年度替わりの異動など), and what the desk of a town shows beside its lists.
//! All of the list or nothing: a list that names a seat given back meanwhile is refused as a whole.

use crate::input::Checker;
use crate::seats::assignments::{AssignmentView, MAX_BULK, ReleaseSeat, release_seat};
use crate::seats::permit;
use crate::{Call, Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::Action;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;

/// Seats of one account to be given back, for one reason.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSeats {
    /// Assignments of the account that last, 1 to 500, each once.
    #[schema(max_items = 500)]
    pub assignment_ids: Vec<String>,
    /// 1 to 200 characters (異動、休業、退職、利用終了など).
    #[schema(example = "令和9年4月の人事異動のため", max_length = 200)]
    pub reason: String,
}

/// Gives several seats of an account back and offers each to the first who waits.
///
/// # Errors
/// A list that is empty, too long, names a seat twice or one of another account; [`crate::Code::AssignmentReleased`].
pub fn release_seats(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account_id: &str,
    cmd: &ReleaseSeats,
) -> Result<Vec<AssignmentView>, Error> {
    let account = store::seats::find_account(ctx.db, account_id)?;
    permit(&call.actor, Action::AssignSeats, &account)?;
    let mut check = Checker::new();
    let reason = check.line("/reason", &cmd.reason, 200);
    check.ensure(!cmd.assignment_ids.is_empty(), "/assignment_ids", FieldCode::Required);
    check.ensure(cmd.assignment_ids.len() <= MAX_BULK, "/assignment_ids", FieldCode::TooMany { max: MAX_BULK });
    let mut seen = HashSet::new();
    for (index, id) in cmd.assignment_ids.iter().enumerate().take(MAX_BULK) {
        let at = format!("/assignment_ids/{index}");
        check.ensure(seen.insert(id), &at, FieldCode::Duplicate);
        let here = match store::seats::assignments::find(ctx.db, id) {
            Err(store::StoreError::Missing) => false,
            found => found?.account_id == account_id,
        };
        check.ensure(here, &at, FieldCode::NoSuchThing);
    }
    check.finish()?;
    let one = ReleaseSeat { reason };
    cmd.assignment_ids.iter().map(|id| release_seat(ctx, call, id, &one)).collect()
}

/// Which of these people sit in the contract of an account now.
///
/// # Errors
/// [`Error::NotFound`] when the account is another town's.
pub fn seated_people(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account_id: &str,
    user_ids: &[String],
) -> Result<HashSet<String>, Error> {
    let account = store::seats::find_account(ctx.db, account_id)?;
    permit(&call.actor, Action::ReadAssignments, &account)?;
    let seated = store::seats::assignments::seated(ctx.db, &[account.contract_id], user_ids)?;
    Ok(seated.into_iter().map(|(_, user_id)| user_id).collect())
}

/// Until when the open offers of these places on a waiting list stand, by place.
///
/// # Errors
/// [`Error::NotFound`] when the account is another town's.
pub fn open_offers(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account_id: &str,
    entry_ids: &[String],
) -> Result<HashMap<String, DateTime<Utc>>, Error> {
    let account = store::seats::find_account(ctx.db, account_id)?;
    permit(&call.actor, Action::ReadAssignments, &account)?;
    let open = store::seats::offers::open_to(ctx.db, entry_ids)?;
    let open = open.into_iter().filter(|offer| offer.account_id == account_id);
    Ok(open.map(|offer| (offer.waiting_entry_id, offer.expires_at.and_utc())).collect())
}
