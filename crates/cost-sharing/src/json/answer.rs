//! The answers: plain data, complete enough to be stored and shown without the request.

use crate::ratio::Ratio;
use crate::yen::{RoundingMode, Yen};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The result of a sharing case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareAnswer {
    /// The bill; absent for explicit games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<BillAnswer>,
    /// One line for each member, in the order of the request.
    pub shares: Vec<ShareLine>,
    /// The core check; absent where coalitions have no cost of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core: Option<CoreAnswer>,
    /// Tier advice for the total; absent without a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<AdviceAnswer>,
    /// The largest part that may be shared equally (rest by seats) with nobody above buying alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_safe_equal: Option<Ratio>,
    /// How exact the shares are.
    pub precision: Precision,
    /// Bound of the error of each `exact`, in its unit; absent when exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_bound: Option<String>,
    /// How the rule came to its result, as data.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub explanation: Map<String, Value>,
    /// Version of the rules' definitions.
    pub rule_version: String,
    /// SHA-256 of the canonical request: the same case has the same hash whatever the order of its fields and members.
    pub input_hash: String,
}

/// The bill that is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillAnswer {
    /// Seats wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<u64>,
    /// Seats bought: more than wanted where buying up is cheaper, and where seats come in packs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bought: Option<u64>,
    /// Price ex tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ex_tax: Option<String>,
    /// Tax, rounded once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_yen: Option<i64>,
    /// What is shared.
    pub total_yen: i64,
    /// Price ex tax for each seat wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_unit: Option<String>,
}

/// The share of one member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareLine {
    /// The member.
    pub id: String,
    /// The exact share.
    pub exact: Ratio,
    /// What the member pays; absent for explicit games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yen: Option<i64>,
    /// The yen of it that rounding put there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remainder_yen: Option<i64>,
    /// What buying alone costs, tax included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_alone_yen: Option<i64>,
    /// `stand_alone_yen - yen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saving_yen: Option<i64>,
    /// Subsidy received on the share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsidy_yen: Option<i64>,
    /// `yen - subsidy_yen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net_yen: Option<i64>,
    /// The arithmetic of this share, as data.
    pub reason: Map<String, Value>,
}

impl ShareLine {
    /// Saving against buying alone in ‰, half up; `None` where alone costs nothing or is not known.
    #[must_use]
    pub fn saving_per_mille(&self) -> Option<i64> {
        let part = Ratio::new(self.saving_yen?, self.stand_alone_yen?)?;
        Yen::round(&(&part * &Ratio::whole(1_000)), RoundingMode::HalfUp).map(|per_mille| per_mille.0)
    }
}

/// The core check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreAnswer {
    /// No group pays more than by itself.
    pub in_core: bool,
    /// The same when each group allows what rounding may do to it: less than a yen for each of its members.
    pub up_to_rounding: bool,
    /// Largest excess over proper coalitions.
    pub max_excess: Ratio,
    /// Ids of the worst coalition, in tie order.
    pub coalition: Vec<String>,
}

/// What to buy for the total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceAnswer {
    /// Seats at which the price is lowest.
    pub buy: u64,
    /// What buying them saves ex tax against buying exactly the seats wanted.
    pub saving: String,
    /// False where the contract forbids that purchase: then the bill is the price of exactly the seats wanted, and the advice warns
    /// that a larger order would cost less. Absent otherwise.
    #[serde(default = "allowed", skip_serializing_if = "Clone::clone")]
    pub allowed: bool,
}

const fn allowed() -> bool {
    true
}

/// How exact the shares are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Exact ratios.
    Exact,
    /// Within a proved bound, and the yen are certain.
    Certified,
    /// Within a proved bound that leaves a rounding open; the key decided.
    TieDeclared,
    /// The least core is reached; the nucleolus was not proved within the budget.
    LeastCore,
}

/// Prices of quantities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceAnswer {
    /// One entry for each quantity.
    pub totals: Vec<PriceTotal>,
}

/// Price of one quantity, ex tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceTotal {
    /// The quantity.
    pub seats: u64,
    /// What exactly this quantity costs.
    pub price: String,
    /// What it costs with buying up.
    pub effective: String,
    /// Seats to buy for that.
    pub buy: u64,
}
