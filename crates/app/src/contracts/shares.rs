//! What each member owes of a contract (負担金), with its reason. A town sees its own line.

use super::load;
use crate::scenarios::{kept, words};
use crate::service::Call;
use crate::{Ctx, Error};
use domain::access::Action;
use domain::contracts::{ContractMode, small_contract_limit_yen};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
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
    let contract = load(ctx, call, Action::ReadConsortium, contract_id)?;
    let own = call.actor.towns(Action::ReadShares, &contract.consortium_id)?;
    let round = store::rounds::find(ctx.db, &contract.round_id)?;
    let individual = round.contract_mode == ContractMode::Individual.as_str();
    let scenario = store::scenarios::find(ctx.db, &contract.scenario_id)?;
    let (inputs, outcome) = kept(&scenario)?;
    let towns: BTreeMap<String, _> =
        store::rounds::invited(ctx.db, &round.id)?.into_iter().map(|town| (town.id.clone(), town)).collect();
    let mut items = Vec::new();
    for row in store::contracts::shares(ctx.db, contract_id)? {
        if own.as_ref().is_some_and(|own| !own.contains(&row.member_id)) {
            continue;
        }
        let line = outcome.members.iter().find(|line| line.member_id == row.member_id);
        let (Some(town), Some(line)) = (towns.get(&row.member_id), line) else {
            return Err(Error::internal("a share of nobody"));
        };
        let limit_yen = small_contract_limit_yen(&town.kind);
        items.push(ShareView {
            municipality_code: town.municipality_code.clone(),
            name: town.name.clone(),
            seats: row.seats,
            share_yen: row.share_yen,
            remainder_yen: row.remainder_yen,
            stand_alone_yen: row.stand_alone_yen,
            saving_yen: row.stand_alone_yen.saturating_sub(row.share_yen),
            reason: serde_json::from_str(&row.reason).map_err(Error::internal)?,
            sentence: words::sharing(&inputs, &outcome, line),
            small_contract: individual.then_some(SmallContract { limit_yen, within_limit: row.share_yen <= limit_yen }),
            member_id: row.member_id,
        });
    }
    items.sort_by(|a, b| a.municipality_code.cmp(&b.municipality_code));
    Ok(SharesView { contract_id: contract.id, shared_yen: outcome.bill.total_yen, items })
}
