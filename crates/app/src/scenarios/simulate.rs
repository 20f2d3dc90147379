//! The two calculators without storing anything, for anyone who reads prices: lead, contacts, auditors.
//! Requests and answers are those of the calculators, the same as on the command line.

use crate::calculators::{cost_error, seat_error};
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use cost_sharing::json::{PriceAnswer, PriceRequest, ShareAnswer, ShareRequest};
use domain::access::Action;
use serde_json::Value;

/// Most claims or members of one simulation.
const MOST_ENTRIES: usize = 1_000;
/// Most work (members × seats) that one simulation may ask of the cost calculator.
const MOST_WORK: u64 = 50_000_000;

/// Allocates seats by the seat calculator.
///
/// # Errors
/// Every fault of the request, with its pointer.
pub fn simulate_allocation(
    _ctx: &mut Ctx<'_>,
    call: &Call,
    request: &seat_allocator::json::Request,
) -> Result<seat_allocator::json::Answer, Error> {
    permit(call)?;
    limited(request.claims.len(), "claims")?;
    seat_allocator::json::answer(request).map_err(|error| seat_error(&error, str::to_owned))
}

/// Shares a bill by the cost calculator.
///
/// # Errors
/// The first fault of the request, with its pointer; a case that is too large to be answered at once.
pub fn simulate_sharing(_ctx: &mut Ctx<'_>, call: &Call, request: &Value) -> Result<ShareAnswer, Error> {
    permit(call)?;
    limited(listed(request, "members"), "members")?;
    let request = ShareRequest::from_value(request).map_err(|error| cost_error(&error, str::to_owned))?;
    let seats = request.members.iter().fold(0_u64, |sum, member| sum.saturating_add(member.seats));
    let members = u64::try_from(request.members.len()).unwrap_or(u64::MAX);
    if seats.saturating_mul(members) > MOST_WORK {
        let sentence = "この規模の試算は画面では行えません。コマンドライン（yui share）で計算してください。";
        return Err(Error::field("/members", FieldCode::Refused { sentence }));
    }
    cost_sharing::json::share(&request).map_err(|error| cost_error(&error, str::to_owned))
}

/// Prices quantities by the cost calculator.
///
/// # Errors
/// The first fault of the request, with its pointer.
pub fn simulate_price(_ctx: &mut Ctx<'_>, call: &Call, request: &Value) -> Result<PriceAnswer, Error> {
    permit(call)?;
    limited(listed(request, "seats"), "seats")?;
    let request = PriceRequest::from_value(request).map_err(|error| cost_error(&error, str::to_owned))?;
    cost_sharing::json::price(&request).map_err(|error| cost_error(&error, str::to_owned))
}

/// Somebody who reads quotes somewhere.
fn permit(call: &Call) -> Result<(), Error> {
    let reads = |id: &String| call.actor.permit(Action::ReadQuotes, id, None).is_ok();
    if call.actor.consortia().iter().any(reads) { Ok(()) } else { Err(Error::Forbidden) }
}

fn listed(request: &Value, list: &str) -> usize {
    request.get(list).and_then(Value::as_array).map_or(0, Vec::len)
}

fn limited(entries: usize, list: &str) -> Result<(), Error> {
    if entries > MOST_ENTRIES {
        return Err(Error::field(format!("/{list}"), FieldCode::TooMany { max: MOST_ENTRIES }));
    }
    Ok(())
}
