//! What each member owes of a contract (負担金), with its reason. A town sees its own line.

use super::load;
use crate::part::{Part, Parted};
use crate::scenarios::{Kept, kept_of, words};
use crate::service::Call;
use crate::{Ctx, Error};
use domain::access::Action;
use domain::contracts::{ContractMode, small_contract_limit_yen};
use serde::Serialize;
use serde_json::Value;
use store::contracts::Share;
use store::rounds::Invited;
use utoipa::ToSchema;

/// The shares of a contract.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SharesView {
    /// The contract.
    pub contract_id: String,
    /// The bill that was shared, tax included.
    pub shared_yen: i64,
    /// By municipality code; a town's own only.
    pub items: Vec<ShareView>,
}

/// One member's share.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShareView {
    /// The member.
    pub member_id: String,
    /// Six digits.
    pub municipality_code: String,
    /// 団体名.
    pub name: String,
    /// Seats.
    pub seats: i64,
    /// The share, tax included.
    pub share_yen: i64,
    /// The yen of it that rounding put there.
    pub remainder_yen: i64,
    /// What the seats cost alone, tax included.
    pub stand_alone_yen: i64,
    /// What it saves against buying alone.
    pub saving_yen: i64,
    /// The arithmetic, as data.
    #[schema(value_type = Object)]
    pub reason: Value,
    /// The same in words.
    pub sentence: String,
    /// Whether the member may negotiate its own contract (少額随契); null when the lead contracts.
    pub small_contract: Option<SmallContract>,
}

/// The limit for negotiated contracts of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SmallContract {
    /// The limit for services, tax included, since 1 April 2025.
    #[schema(example = 1000000)]
    pub limit_yen: i64,
    /// Whether the share stays within it.
    pub within_limit: bool,
}

/// The shares that the caller may see.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia, and for staff.
pub fn list_shares(ctx: &mut Ctx<'_>, call: &Call, contract_id: &str) -> Result<SharesView, Error> {
    show_shares(ctx, call, contract_id, &Part::whole()).map(|part| part.shares)
}

/// A part of the shares, and what concerns the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct SharesPart {
    /// The contract, the bill, and the part's lines.
    pub shares: SharesView,
    /// Lines that the search found.
    pub found: usize,
    /// Lines that the caller may see.
    pub count: usize,
    /// The sum of their seats.
    pub sum_seats: i64,
    /// The sum of their shares.
    pub sum_yen: i64,
}

/// As [`list_shares`], with a part of the lines.
///
/// # Errors
/// As [`list_shares`].
pub fn show_shares(ctx: &mut Ctx<'_>, call: &Call, contract_id: &str, part: &Part) -> Result<SharesPart, Error> {
    let contract = load(ctx, call, Action::ReadConsortium, contract_id)?;
    let own = call.actor.towns(Action::ReadShares, &contract.consortium_id)?;
    let round = store::rounds::find(ctx.db, &contract.round_id)?;
    let individual = round.contract_mode == ContractMode::Individual.as_str();
    let head = store::scenarios::head(ctx.db, &contract.scenario_id)?;
    let kept = kept_of(ctx, &head)?;
    let mut rows = store::contracts::shares_by_town(ctx.db, contract_id)?;
    rows.retain(|(row, _)| own.as_ref().is_none_or(|own| own.contains(&row.member_id)));
    let count = rows.len();
    let (sum_seats, sum_yen) = rows.iter().fold((0_i64, 0_i64), |(seats, yen), (row, _)| {
        (seats.saturating_add(row.seats), yen.saturating_add(row.share_yen))
    });
    let cut = part.cut(rows, |(_, town)| (&town.municipality_code, &town.name));
    let Parted { items, found } = cut.try_map(|(row, town)| view(&kept, individual, row, town))?;
    let shares = SharesView { contract_id: contract.id, shared_yen: kept.outcome.bill.total_yen, items };
    Ok(SharesPart { shares, found, count, sum_seats, sum_yen })
}

/// The share of one member.
///
/// # Errors
/// [`Error::NotFound`] for another town's, and for a member without a share.
pub(crate) fn get_share(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    member_id: &str,
) -> Result<ShareView, Error> {
    let contract = load(ctx, call, Action::ReadConsortium, contract_id)?;
    call.actor.permit(Action::ReadShares, &contract.consortium_id, Some(member_id))?;
    let round = store::rounds::find(ctx.db, &contract.round_id)?;
    let individual = round.contract_mode == ContractMode::Individual.as_str();
    let row = store::contracts::share_of(ctx.db, contract_id, member_id)?.ok_or(Error::NotFound)?;
    let town = store::rounds::as_invited(ctx.db, member_id)?;
    let head = store::scenarios::head(ctx.db, &contract.scenario_id)?;
    let kept = kept_of(ctx, &head)?;
    view(&kept, individual, row, town)
}

fn view(kept: &Kept, individual: bool, row: Share, town: Invited) -> Result<ShareView, Error> {
    let line = kept.line(&row.member_id).ok_or_else(|| Error::internal("a share of nobody"))?;
    let limit_yen = small_contract_limit_yen(&town.kind);
    Ok(ShareView {
        municipality_code: town.municipality_code,
        name: town.name,
        seats: row.seats,
        share_yen: row.share_yen,
        remainder_yen: row.remainder_yen,
        stand_alone_yen: row.stand_alone_yen,
        saving_yen: row.stand_alone_yen.saturating_sub(row.share_yen),
        reason: serde_json::from_str(&row.reason).map_err(Error::internal)?,
        sentence: words::sharing(&kept.inputs, &kept.outcome, line),
        small_contract: individual.then_some(SmallContract { limit_yen, within_limit: row.share_yen <= limit_yen }),
        member_id: row.member_id,
    })
}
