//! The JSON front: requests and answers exactly as the command line and the simulation endpoints speak them.
//! Guards the stable shapes: unknown fields are refused, amounts are integers of yen, ratios are strings, and every fault
//! names its field. `json/read.rs` reads, `json/canonical.rs` writes the canonical form whose hash identifies an input.

mod answer;
mod canonical;
mod comparing;
mod field;
mod read;

pub(crate) use field::child;

pub use answer::{AdviceAnswer, BillAnswer, CoreAnswer, Precision, PriceAnswer, PriceTotal, ShareAnswer, ShareLine};
pub use comparing::{CompareAnswer, CompareRow, RowError, compare};

use crate::error::Error;
use crate::member::Member;
use crate::nucleolus::Budget;
use crate::price::PriceSchedule;
use crate::ratio::Ratio;
use crate::rounding::Rounding;
use crate::rule::SharingRule;
use crate::yen::{RoundingMode, Yen};

/// What is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cost {
    /// The bill of a price schedule for the seats of all members.
    Price(PriceSchedule),
    /// A given total, tax included.
    Total(Yen),
    /// An explicit game: the cost (or gain) of each coalition.
    Game(Game),
}

/// An explicit game on its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Game {
    /// Whether the values are costs or gains.
    pub sense: Sense,
    /// One value for each coalition; index = sum of 2^i over its members, entry 0 the empty one.
    pub values: Vec<Ratio>,
}

/// Whether less or more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sense {
    /// Values are costs.
    Cost,
    /// Values are gains.
    Gain,
}

/// A sharing case: what `yui share` reads.
///
/// ```
/// use cost_sharing::json::{ShareRequest, share};
/// let request: ShareRequest = r#"{
///     "total_yen": 100,
///     "members": [{"id": "a", "seats": 1}, {"id": "b", "seats": 2}],
///     "rule": {"kind": "per_seat"}}"#.parse()?;
/// let yen: Vec<_> = share(&request)?.shares.iter().map(|line| line.yen).collect();
/// assert_eq!(yen, [Some(33), Some(67)]);
/// # Ok::<(), cost_sharing::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRequest {
    /// What is shared.
    pub cost: Cost,
    /// Tax rate on a priced bill; 0 where absent. Refused beside a total, which contains its tax, and beside a game.
    pub tax_rate: Ratio,
    /// How the tax becomes whole yen; cut where absent.
    pub tax_rounding: RoundingMode,
    /// The members.
    pub members: Vec<Member>,
    /// The rule.
    pub rule: SharingRule,
    /// How shares become whole yen; largest remainder at 1 yen where absent.
    pub rounding: Rounding,
    /// Largest yearly change of a member's share as a part of last year's (激変緩和), for example 1/20. Refused beside a game.
    pub change_cap: Option<Ratio>,
    /// A subsidy to each member on its rounded share. Refused beside a game.
    pub subsidy: Option<Subsidy>,
}

/// A subsidy (補助金): a part of each share, cut at a unit, up to a cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subsidy {
    /// Part of the share, from 0 to 1.
    pub rate: Ratio,
    /// Most yen for one member.
    pub cap_yen: Option<i64>,
    /// Amounts are cut at this unit.
    pub cut_unit_yen: i64,
}

/// Quantities to price: what `yui price` reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRequest {
    /// The schedule.
    pub price: PriceSchedule,
    /// The quantities.
    pub seats: Vec<u64>,
}

/// Shares a bill by a rule.
///
/// # Errors
/// A typed fault naming the field, see [`Fault`](crate::Fault).
pub fn share(request: &ShareRequest) -> Result<ShareAnswer, Error> {
    share_within(request, Budget::default())
}

/// The same with a budget of its own for the nucleolus family: an online caller gives less than the default's minute.
///
/// # Errors
/// As [`share`], and [`Fault::BudgetExhausted`](crate::Fault::BudgetExhausted) when not even the least core was found.
pub fn share_within(request: &ShareRequest, budget: Budget) -> Result<ShareAnswer, Error> {
    crate::share::share(request, budget)
}

/// Prices quantities on a schedule.
///
/// # Errors
/// A quantity that the schedule does not cover, naming its place.
pub fn price(request: &PriceRequest) -> Result<PriceAnswer, Error> {
    let totals = request.seats.iter().enumerate().map(|(index, seats)| {
        let at = |error: Error| Error::at(format!("/seats/{index}"), error.fault);
        let exact = request.price.price(*seats).map_err(at)?;
        let effective = request.price.effective_price(*seats).map_err(at)?;
        Ok(PriceTotal {
            seats: *seats,
            price: exact.to_decimal(),
            effective: effective.price.to_decimal(),
            buy: effective.buy,
        })
    });
    Ok(PriceAnswer { totals: totals.collect::<Result<_, _>>()? })
}
