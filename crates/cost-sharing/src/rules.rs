//! From a named rule to exact shares in tie order. One arm for each rule; the arithmetic is in the files below.
//! Rounding, caps and tax are not here.

mod average;
mod lexicographic;
mod proportional;
mod stand_alone;
mod steps;

pub use proportional::mixture_shares;
pub use steps::serial_cost_shares;

use crate::case::{Case, CaseCost, Outcome};
use crate::error::{Error, Fault};
use crate::nucleolus::{Budget, NucleolusKind};
use crate::rule::{Key, SharingRule};

pub(crate) fn shares(case: &Case<'_>, budget: Budget) -> Result<Outcome, Error> {
    match &case.request.rule {
        SharingRule::Equal => proportional::by_key(case, &Key::Equal),
        SharingRule::PerSeat => proportional::by_key(case, &Key::Seats),
        SharingRule::AumannShapley => match case.cost {
            CaseCost::Game(_) => Err(Error::at("/rule", Fault::NotForGames)),
            CaseCost::Priced { .. } | CaseCost::Total => proportional::by_key(case, &Key::Seats),
        },
        SharingRule::Weighted { by } => proportional::by_key(case, by),
        SharingRule::Mixture { parts } => proportional::mixture(case, parts),
        SharingRule::TwoPart { fixed_yen, fixed_by, rest_by } => {
            proportional::two_part(case, *fixed_yen, fixed_by, rest_by)
        }
        SharingRule::StandAloneProportional => stand_alone::proportional(case),
        SharingRule::EqualSaving => stand_alone::equal_saving(case),
        SharingRule::Ensc => stand_alone::ensc(case),
        SharingRule::Scrb => stand_alone::scrb(case),
        SharingRule::Serial => steps::serial(case),
        SharingRule::Incremental { order } => steps::incremental(case, order.as_deref()),
        SharingRule::Shapley => average::shapley(case),
        SharingRule::Nucleolus => lexicographic::nucleolus(case, NucleolusKind::Nucleolus, budget),
        SharingRule::Prenucleolus => lexicographic::nucleolus(case, NucleolusKind::Prenucleolus, budget),
        SharingRule::PerCapitaNucleolus => lexicographic::nucleolus(case, NucleolusKind::PerCapita, budget),
    }
}

/// Refuses members with different months where a rule has no meaning for them.
fn full_period(case: &Case<'_>) -> Result<(), Error> {
    if case.prorated() { Err(Error::at("/rule", Fault::NotProrated)) } else { Ok(()) }
}
