//! What goes into a scenario and what comes out: the shapes whose canonical bytes are hashed.
//!
//! Members are named by their municipality code, which also decides ties, so that an official can
//! check every line by hand. Sentences are not part of a result: they are made from it when it is shown.

use crate::pricing::compare::TierAdvice;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Everything that a scenario is calculated from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The quote as it was.
    pub quote: QuoteInput,
    /// The survey whose answers were used; null when only overrides were.
    pub survey_id: Option<String>,
    /// Which number of the answers was used.
    pub demand: DemandBasis,
    /// Seats to buy; null buys what is demanded.
    pub supply: Option<i64>,
    /// How seats are allocated.
    pub allocation: AllocationChoice,
    /// How the bill is shared.
    pub sharing: SharingChoice,
    /// Members that ask for seats, by municipality code.
    pub members: Vec<MemberInput>,
}

/// A quote inside the inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteInput {
    /// The quote.
    pub id: String,
    /// Vendor.
    pub vendor: String,
    /// Price schedule.
    #[schema(value_type = Object)]
    pub schedule: Value,
    /// Tax rate.
    pub tax_rate: String,
    /// Whether the prices include the tax.
    pub tax_included: bool,
}

/// Which number of an answer is the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DemandBasis {
    /// 少なめ.
    Low,
    /// 標準.
    #[default]
    Base,
    /// 多め.
    High,
    /// 標準, and more where the unit price reaches one of the town's price points.
    PricePoints,
}

/// How seats are allocated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationChoice {
    /// Name of the rule: `webster`, `largest_remainder`, `adams`, `constrained_equal_awards` and others.
    #[serde(default = "default_rule")]
    #[schema(example = "webster")]
    pub rule: String,
    /// Who gets the odd seat among exact equals: `{"by": "key"}` or `{"by": "lottery", "seed": "…"}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub tie_break: seat_allocator::TieBreak,
    /// What the rule weighs members by.
    #[serde(default)]
    pub weights: WeightsBasis,
}

fn default_rule() -> String {
    "webster".to_owned()
}

/// What members are weighed by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WeightsBasis {
    /// 人口: asking for more cannot help.
    #[default]
    Population,
    /// All members alike.
    Equal,
    /// The request itself.
    Request,
}

/// How the bill is shared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingChoice {
    /// The rule with its parameters, as the cost calculator takes it.
    #[schema(value_type = Object)]
    pub rule: Value,
    /// How shares become whole yen; largest remainder at 1 yen when absent. `remainder_to` is a municipality code.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub rounding: Option<Value>,
}

/// "If a seat costs at most this, then so many."
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PointInput {
    /// Yen for one seat, tax excluded.
    pub unit_price_at_most_yen: i64,
    /// Seats wanted at that price.
    pub seats: i64,
}

/// A member that asks for seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberInput {
    /// The member.
    pub member_id: String,
    /// Six digits.
    pub municipality_code: String,
    /// 団体名.
    pub name: String,
    /// People.
    pub population: i64,
    /// Seats asked for.
    pub request: i64,
    /// Seats it must get at least.
    pub guarantee: i64,
    /// The most that it can pay, tax included.
    pub budget_cap_yen: Option<i64>,
    /// More seats at lower prices; empty unless the demand basis is `price_points`.
    pub price_points: Vec<PointInput>,
}

/// What a scenario gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Seats.
    pub seats: SeatsOutcome,
    /// The bill.
    pub bill: BillOutcome,
    /// How demand met the price: one step for each round of the calculation.
    pub price_steps: Vec<PriceStep>,
    /// One line for each member, by municipality code; their yen sum exactly to the bill.
    pub members: Vec<MemberOutcome>,
    /// Does any group pay more than by itself?
    pub fairness: FairnessOutcome,
    /// What buying up saves.
    pub advice: Option<TierAdvice>,
    /// Every tie that decided a seat, as data.
    #[schema(value_type = Object)]
    pub ties: Value,
    /// How the sharing rule came to its result, as data.
    #[schema(value_type = Object)]
    pub sharing_explanation: Value,
    /// Versions of the rules.
    pub rule_versions: RuleVersions,
}

/// Versions of the rules that made a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleVersions {
    /// Of the seat allocator.
    pub seat_allocator: String,
    /// Of the cost calculator.
    pub cost_sharing: String,
}

/// Seats of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatsOutcome {
    /// Seats asked for, before budgets.
    pub requested: i64,
    /// Seats asked for, after budgets and price points.
    pub demanded: i64,
    /// Seats given to members.
    pub allocated: i64,
    /// Seats bought.
    pub bought: i64,
    /// Seats bought that nobody was given: the reserve.
    pub reserve: i64,
}

/// The bill of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BillOutcome {
    /// Without tax.
    pub ex_tax_yen: i64,
    /// The tax, rounded once.
    pub tax_yen: i64,
    /// What is shared.
    pub total_yen: i64,
    /// Yen without tax for each seat given, exact.
    pub unit_yen: String,
}

/// One round of demand against price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceStep {
    /// Seats demanded at the step.
    pub demanded: i64,
    /// The bill of the step, with tax.
    pub total_yen: i64,
}

/// One member's part of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberOutcome {
    /// The member.
    pub member_id: String,
    /// Six digits.
    pub municipality_code: String,
    /// 団体名.
    pub name: String,
    /// Seats asked for.
    pub request: i64,
    /// Seats it could take at most, by request, price points and budget.
    pub limit: i64,
    /// What set the limit.
    pub limited_by: LimitedBy,
    /// Seats it got at least.
    pub guarantee: i64,
    /// Seats.
    pub seats: i64,
    /// Its share of the bill, tax included.
    pub share_yen: i64,
    /// The share before rounding, exact.
    pub exact_share: String,
    /// The yen of it that rounding put there.
    pub remainder_yen: i64,
    /// What buying these seats alone costs, tax included.
    pub stand_alone_yen: i64,
    /// `stand_alone_yen - share_yen`.
    pub saving_yen: i64,
    /// Whether the share exceeds its budget (rules that do not go by seats can do that).
    pub over_budget: bool,
    /// Why these seats, as data.
    #[schema(value_type = Object)]
    pub allocation_reason: Value,
    /// Why this share, as data.
    #[schema(value_type = Object)]
    pub sharing_reason: Value,
}

/// What set the most that a member could take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitedBy {
    /// Its request.
    Request,
    /// A price point that was reached.
    PricePoint,
    /// Its budget.
    Budget,
}

/// The core check in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FairnessOutcome {
    /// Whether the check could be made at this size.
    pub checked: bool,
    /// No group pays more than by itself.
    pub in_core: bool,
    /// The same when each group allows what rounding may do to it.
    pub up_to_rounding: bool,
    /// Largest excess of a group over its own cost, exact yen.
    pub max_excess_yen: String,
    /// The worst group, municipality codes.
    pub coalition: Vec<String>,
    /// Members that pay more than alone, municipality codes.
    pub worse_off: Vec<String>,
    /// The largest part that may be shared equally, rest by seats, with nobody above buying alone.
    pub largest_safe_equal: Option<String>,
}
