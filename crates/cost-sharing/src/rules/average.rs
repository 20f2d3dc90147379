//! The Shapley value as a rule: chooses the exact or the certified computation by size and explains the result.
//! Up to 40 members each share is also given tier by tier and as the n averages it is the mean of.

use super::full_period;
use crate::case::{Case, CaseCost, Outcome, at_members};
use crate::error::{Error, Fault};
use crate::json::Precision;
use crate::shapley::{MOST_EXACT, shapley_by_tier, shapley_certified, shapley_exact, shapley_game};
use serde_json::{Map, json};

/// Members up to which each share is explained by its averages and tiers.
const MOST_EXPLAINED: usize = 40;

pub(crate) fn shapley(case: &Case<'_>) -> Result<Outcome, Error> {
    full_period(case)?;
    let (invoice, bill) = match &case.cost {
        CaseCost::Game(game) => {
            let found = game.values.len();
            let shares = shapley_game(game, case.members.len());
            let shares = shares.ok_or_else(|| Error::at("/game/values", Fault::GameLength { found }))?;
            let reasons = vec![Map::new(); shares.len()];
            return Ok(Outcome::exact(shares, reasons));
        }
        CaseCost::Total => return Err(Error::at("/rule", Fault::NeedsPrice)),
        CaseCost::Priced { invoice, bill } => (invoice, bill),
    };
    let demands: Vec<u64> = case.members.iter().map(|member| member.seats).collect();
    let cost = invoice.table(bill.seats).map_err(at_members)?;
    let players = demands.iter().filter(|demand| **demand > 0).count();
    if players <= MOST_EXACT
        && let Ok(values) = shapley_exact(&cost, &demands)
    {
        let mut reasons = vec![Map::new(); demands.len()];
        if players <= MOST_EXPLAINED {
            let tiers = shapley_by_tier(&cost, &demands, &invoice.schedule.thresholds())?;
            for ((reason, value), tiers) in reasons.iter_mut().zip(&values).zip(&tiers) {
                reason.insert("by_position".into(), json!(value.by_position));
                reason.insert("by_tier".into(), json!(tiers));
            }
        }
        return Ok(Outcome::exact(values.into_iter().map(|value| value.share).collect(), reasons));
    }
    let certified = shapley_certified(&cost, &demands)?;
    let reasons = vec![Map::new(); demands.len()];
    let mut outcome = Outcome::exact(certified.shares, reasons);
    outcome.precision = Precision::Certified;
    outcome.error_bound = Some(certified.error);
    outcome.explanation.insert("nodes".into(), json!(certified.nodes));
    Ok(outcome)
}
