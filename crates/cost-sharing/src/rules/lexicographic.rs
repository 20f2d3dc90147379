//! The nucleolus family as rules, for seat games and explicit games; gains are costs with the sign turned.

use super::full_period;
use crate::case::{Case, CaseCost, Outcome, at_members};
use crate::error::{Error, Fault};
use crate::json::{Game, Precision, Sense};
use crate::nucleolus::{Budget, Nucleolus, NucleolusKind, Table, nucleolus as seat_nucleolus, nucleolus_table};
use crate::ratio::Ratio;
use num_traits::ToPrimitive;
use serde_json::{Map, json};

pub(crate) fn nucleolus(case: &Case<'_>, kind: NucleolusKind, budget: Budget) -> Result<Outcome, Error> {
    full_period(case)?;
    let found = match &case.cost {
        CaseCost::Total => return Err(Error::at("/rule", Fault::NeedsPrice)),
        CaseCost::Game(game) => explicit(game, kind, budget)?,
        CaseCost::Priced { invoice, bill } => {
            let demands: Vec<u64> = case.members.iter().map(|member| member.seats).collect();
            seat_nucleolus(&invoice.table(bill.seats).map_err(at_members)?, &demands, kind, budget)?
        }
    };
    let reasons = vec![Map::new(); found.shares.len()];
    let mut outcome = Outcome::exact(found.shares, reasons);
    if !found.proved {
        outcome.precision = Precision::LeastCore;
    }
    outcome.explanation.insert("levels".into(), json!(found.levels));
    outcome.explanation.insert("proved".into(), json!(found.proved));
    if let Some(least) = found.least_core {
        outcome.explanation.insert("least_core".into(), json!(-&least));
    }
    Ok(outcome)
}

fn explicit(game: &Game, kind: NucleolusKind, budget: Budget) -> Result<Nucleolus, Error> {
    let out_of_range = || Error::at("/game/values", Fault::OutOfRange);
    let scaled = crate::knapsack::scale(&game.values);
    let sign = match game.sense {
        Sense::Cost => 1_i128,
        Sense::Gain => -1,
    };
    let values = scaled.shares.iter().map(|value| value.to_i128()?.checked_mul(sign)).collect::<Option<Vec<i128>>>();
    let table =
        values.and_then(|values| Table::new(values, kind == NucleolusKind::PerCapita)).ok_or_else(out_of_range)?;
    let found = nucleolus_table(&table, kind, budget)?;
    let unit = Ratio::from_big(sign.into(), scaled.denominator.clone()).ok_or_else(out_of_range)?;
    let size = unit.abs();
    Ok(Nucleolus {
        shares: found.shares.iter().map(|share| share * &unit).collect(),
        least_core: found.least_core.map(|level| &level * &size),
        levels: found.levels.iter().map(|level| level * &size).collect(),
        proved: found.proved,
    })
}
