//! A case ready to compute: members in tie order, their bill, and what coalitions cost.
//! Guards order independence: everything below works in tie order, and only the answer returns to the input's order.

use crate::bill::{Bill, Invoice};
use crate::error::{Error, Fault};
use crate::json::{Cost, Game, ShareRequest};
use crate::member::Member;
use crate::ratio::Ratio;
use serde_json::{Map, Value};

use crate::json::Precision;

/// A request with its members sorted and its bill made.
pub(crate) struct Case<'a> {
    pub(crate) request: &'a ShareRequest,
    /// Members in tie order (in the given order for an explicit game).
    pub(crate) members: Vec<&'a Member>,
    /// For each of `members`, its place in the request.
    pub(crate) places: Vec<usize>,
    pub(crate) cost: CaseCost<'a>,
    /// What is shared.
    pub(crate) total: Ratio,
}

pub(crate) enum CaseCost<'a> {
    Priced { invoice: Box<Invoice>, bill: Bill },
    Total,
    Game(&'a Game),
}

/// Exact shares in tie order, with their reasons.
pub(crate) struct Outcome {
    pub(crate) shares: Vec<Ratio>,
    pub(crate) reasons: Vec<Map<String, Value>>,
    pub(crate) explanation: Map<String, Value>,
    pub(crate) precision: Precision,
    pub(crate) error_bound: Option<Ratio>,
}

impl Outcome {
    pub(crate) fn exact(shares: Vec<Ratio>, reasons: Vec<Map<String, Value>>) -> Self {
        Self { shares, reasons, explanation: Map::new(), precision: Precision::Exact, error_bound: None }
    }
}

impl<'a> Case<'a> {
    pub(crate) fn new(request: &'a ShareRequest) -> Result<Self, Error> {
        refuse_idle_fields(request)?;
        let mut order: Vec<(usize, &Member)> = request.members.iter().enumerate().collect();
        if order.is_empty() {
            return Err(Error::at("/members", Fault::Required));
        }
        if !matches!(request.cost, Cost::Game(_)) {
            order.sort_by(|a, b| a.1.tie_order(b.1));
        }
        let (places, members): (Vec<usize>, Vec<&Member>) = order.into_iter().unzip();
        let (cost, total) = match &request.cost {
            Cost::Price(schedule) => {
                let invoice = Invoice {
                    schedule: schedule.clone(),
                    tax_rate: request.tax_rate.clone(),
                    tax_rounding: request.tax_rounding,
                };
                let seats = members.iter().try_fold(0_u64, |sum, member| sum.checked_add(member.seats));
                let seats = seats.ok_or_else(|| Error::at("/members", Fault::OutOfRange))?;
                if seats == 0 {
                    return Err(Error::at("/members", Fault::NoSeats));
                }
                let bill = invoice.bill(seats).map_err(at_members)?;
                let total = bill.total.to_ratio();
                (CaseCost::Priced { invoice: Box::new(invoice), bill }, total)
            }
            Cost::Total(yen) => (CaseCost::Total, yen.to_ratio()),
            Cost::Game(game) => {
                let length = u32::try_from(members.len()).ok().and_then(|n| 1_usize.checked_shl(n));
                let found = game.values.len();
                if length != Some(found) {
                    return Err(Error::at("/game/values", Fault::GameLength { found }));
                }
                (CaseCost::Game(game), game.values.last().cloned().unwrap_or_else(Ratio::zero))
            }
        };
        Ok(Self { request, members, places, cost, total })
    }

    /// True when somebody takes part for less than the full period.
    pub(crate) fn prorated(&self) -> bool {
        self.members.iter().any(|member| !member.is_full_period())
    }

    /// A JSON pointer to a field of the member at this place in tie order.
    pub(crate) fn pointer(&self, member: usize, field: &str) -> String {
        let place = self.places.get(member).copied().unwrap_or(member);
        format!("/members/{place}{field}")
    }

    /// What each member costs by itself: its own offer where given, the joint schedule otherwise.
    /// `None` where the input has no price for it.
    pub(crate) fn alone(&self) -> Result<Option<Vec<Ratio>>, Error> {
        let mut costs = Vec::with_capacity(self.members.len());
        for (index, member) in self.members.iter().enumerate() {
            let cost = match (&self.cost, member.stand_alone_yen) {
                (CaseCost::Game(game), _) => self.coalition(game, |other| other == index),
                (CaseCost::Priced { .. } | CaseCost::Total, Some(yen)) => Ratio::whole(yen),
                (CaseCost::Priced { invoice, .. }, None) => {
                    self.prorate(invoice.bill(member.seats).map_err(at_members)?, member)
                }
                (CaseCost::Total, None) => return Ok(None),
            };
            costs.push(cost);
        }
        Ok(Some(costs))
    }

    /// A year's bill for the months of a member that joins late or leaves early, cut to whole yen.
    fn prorate(&self, bill: Bill, member: &Member) -> Ratio {
        let whole = bill.total.to_ratio();
        if !self.prorated() {
            return whole;
        }
        let part = Ratio::new(member.months, crate::member::FULL_PERIOD).unwrap_or_else(Ratio::one);
        Ratio::from_big((&whole * &part).floor(), 1.into()).unwrap_or(whole)
    }

    /// What all members but each one cost; `None` where the input has no price for it.
    pub(crate) fn without(&self) -> Result<Option<Vec<Ratio>>, Error> {
        let costs = self.members.iter().enumerate().map(|(index, member)| match &self.cost {
            CaseCost::Game(game) => Ok(Some(self.coalition(game, |other| other != index))),
            CaseCost::Priced { invoice, bill } => {
                let rest = invoice.bill(bill.seats.saturating_sub(member.seats)).map_err(at_members)?;
                Ok(Some(rest.total.to_ratio()))
            }
            CaseCost::Total => Ok(None),
        });
        costs.collect()
    }

    fn coalition(&self, game: &Game, has: impl Fn(usize) -> bool) -> Ratio {
        let bit = |index: usize| u32::try_from(index).ok().and_then(|shift| 1_usize.checked_shl(shift)).unwrap_or(0);
        let mask = (0..self.members.len()).filter(|index| has(*index)).fold(0, |mask, index| mask | bit(index));
        game.values.get(mask).cloned().unwrap_or_else(Ratio::zero)
    }
}

/// Refuses what the cost of this case leaves without effect: a tax on a total that contains it; taxes, subsidies, limits and
/// offers in yen beside an explicit game, whose unit is not the yen.
fn refuse_idle_fields(request: &ShareRequest) -> Result<(), Error> {
    let is_game = match &request.cost {
        Cost::Price(_) => return Ok(()),
        Cost::Total(_) => false,
        Cost::Game(_) => true,
    };
    if !request.tax_rate.is_zero() {
        return Err(Error::at("/tax_rate", if is_game { Fault::NotForGames } else { Fault::TaxIncluded }));
    }
    if !is_game {
        return Ok(());
    }
    let refuse = |pointer: String| Err(Error::at(pointer, Fault::NotForGames));
    if request.change_cap.is_some() {
        return refuse("/change_cap".to_owned());
    }
    if request.subsidy.as_ref().is_some_and(|subsidy| !subsidy.rate.is_zero()) {
        return refuse("/subsidy".to_owned());
    }
    for (place, member) in request.members.iter().enumerate() {
        let yen =
            [("floor_yen", member.floor_yen), ("cap_yen", member.cap_yen), ("stand_alone_yen", member.stand_alone_yen)];
        if let Some((field, _)) = yen.into_iter().find(|(_, yen)| yen.is_some()) {
            return refuse(format!("/members/{place}/{field}"));
        }
    }
    Ok(())
}

/// Faults of a quantity that the members' seats add up to point at the members.
pub(crate) fn at_members(error: Error) -> Error {
    if error.pointer == "/tax_rate" {
        return error;
    }
    let beyond = matches!(error.fault, Fault::BeyondLastTier { .. });
    Error::at(if beyond { "/price/tiers" } else { "/members" }, error.fault)
}
