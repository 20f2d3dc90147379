//! Finalising a scenario, once for each round, and replaying it from what was kept.

use super::engine::{canonical, hash};
use super::{ScenarioDetail, detail, engine, kept, load, refused, words};
use crate::audit::Entry;
use crate::notify::towns::{self, write_to_contacts};
use crate::rounds::advance;
use crate::service::Call;
use crate::{Code, Ctx, Error};
use domain::access::Action;
use domain::rounds::Step;
use mail::templates::EstimateNotice;
use serde::Serialize;
use serde_json::json;
use store::StoreError;
use store::rounds::Round;
use store::scenarios::Scenario;
use utoipa::ToSchema;

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplayView {
    /// The scenario.
    pub scenario_id: String,
    /// Whether the recalculated bytes are those that were kept.
    pub identical: bool,
    /// SHA-256 of the inputs that were kept, calculated now.
    pub input_hash: String,
    /// SHA-256 of the result, calculated now.
    pub result_hash: String,
    /// SHA-256 of the result as it was kept.
    pub kept_result_hash: String,
}

/// Freezes a scenario: the round goes on to its contract, and every town gets its estimate.
///
/// # Errors
/// [`Code::RoundAlreadyFinalised`]; [`Code::RoundStage`] unless the survey is closed; [`Code::QuoteExpired`].
pub fn finalise_scenario(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<ScenarioDetail, Error> {
    let row = load(ctx, call, Action::ManageScenarios, id)?;
    let round = store::rounds::find(ctx.db, &row.round_id)?;
    if store::scenarios::finalised(ctx.db, &round.id)?.is_some() {
        return Err(Error::rule(Code::RoundAlreadyFinalised));
    }
    let round = advance(ctx, &round, Step::Finalise)?;
    valid(ctx, &row)?;
    let at = ctx.stamp();
    match store::scenarios::finalise(ctx.db, id, row.version, &call.actor.user_id, at) {
        Ok(true) => {}
        Ok(false) => return Err(Error::Stale),
        Err(StoreError::Constraint(constraint)) if constraint.name == "scenarios_finalised_key" => {
            return Err(Error::rule(Code::RoundAlreadyFinalised));
        }
        Err(error) => return Err(error.into()),
    }
    ctx.record(Entry::done(&call.actor, Some(&row.consortium_id), "scenario.finalised", "scenario", id).details(
        json!({
            "input_hash": row.input_hash, "result_hash": row.result_hash, "total_yen": row.total_yen,
        }),
    ));
    let frozen = store::scenarios::find(ctx.db, id)?;
    notify(ctx, &round, &frozen)?;
    detail(frozen)
}

/// A price that the vendor no longer stands for is not taken into the contract. The quote counts as it is
/// now: a vendor who prolongs it lets the same scenario be finalised.
fn valid(ctx: &mut Ctx<'_>, row: &Scenario) -> Result<(), Error> {
    let quote = store::pricing::find(ctx.db, &row.quote_id)?;
    if crate::pricing::stands(quote.valid_until_on, ctx.now) {
        return Ok(());
    }
    let until = quote.valid_until_on.format("%Y年%-m月%-d日").to_string();
    let facts = vec![("vendor", quote.vendor), ("valid_until_on", until)];
    Err(Error::rule_with(Code::QuoteExpired, facts))
}

/// Calculates a scenario again from the inputs that were kept and compares the bytes.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia; [`Error::Forbidden`] for towns.
pub fn replay_scenario(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<ReplayView, Error> {
    let row = load(ctx, call, Action::ReadScenarios, id)?;
    let (inputs, _) = kept(&row)?;
    let result = canonical(&engine::run(&inputs).map_err(refused)?);
    let (input_hash, result_hash) = (hash(&canonical(&inputs)), hash(&result));
    let identical = result == row.result && result_hash == row.result_hash && input_hash == row.input_hash;
    Ok(ReplayView { scenario_id: row.id, identical, input_hash, result_hash, kept_result_hash: row.result_hash })
}

/// 負担金見込額のお知らせ to the contacts of every town that takes part.
fn notify(ctx: &mut Ctx<'_>, round: &Round, row: &Scenario) -> Result<(), Error> {
    let (inputs, outcome) = kept(row)?;
    let sharing_rule = words::sharing_name(&inputs.sharing);
    let url = format!("{}/rounds/{}", ctx.env.settings.public_url, round.id);
    for line in &outcome.members {
        let letter = EstimateNotice {
            fiscal_year: towns::year(round.fiscal_year),
            round: &round.title,
            seats: towns::count(line.seats),
            share_yen: line.share_yen,
            alone_yen: line.stand_alone_yen,
            total_seats: towns::count(outcome.seats.bought),
            total_yen: outcome.bill.total_yen,
            sharing_rule: &sharing_rule,
            url: &url,
        };
        write_to_contacts(ctx, &row.consortium_id, &line.member_id, &line.name, |head| letter.render(head))?;
    }
    Ok(())
}
