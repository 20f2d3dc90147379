//! Price schedules and exact shares of a joint bill, to the yen: pure.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::wildcard_enum_match_arm
)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

mod analysis;
mod bill;
mod bounds;
mod case;
mod certainty;
mod core_check;
mod error;
mod explain;
mod explicit;
pub mod json;
mod knapsack;
mod member;
mod nucleolus;
mod presets;
mod price;
mod prorate;
mod ratio;
mod rounding;
mod rule;
mod rules;
mod shapley;
mod share;
mod yen;

pub use analysis::{Comparison, Pivot, Violation, comparable_rules, compare, pivots, verify};
pub use bill::{Bill, Invoice};
pub use bounds::{Bounds, apply_bounds};
pub use core_check::{CoreReport, core_check};
pub use error::{Error, Fault};
pub use explain::{Cell, Content, explain_ja, explain_member_ja, fault_ja, formulas, rule_name_ja};
pub use member::{FULL_PERIOD, Member};
pub use nucleolus::{Budget, Nucleolus, NucleolusKind, nucleolus};
pub use presets::{Preset, presets};
pub use price::*;
pub use prorate::{TrueUp, prorate, true_up};
pub use ratio::{NotARatio, Ratio};
pub use rounding::{RoundedShare, Rounding, ShareRounding, round_shares};
pub use rule::{Key, RULE_VERSION, SharingRule};
pub use rules::{mixture_shares, serial_cost_shares};
pub use shapley::{
    CertifiedShapley, MOST_EXACT, ShapleyShare, shapley_by_tier, shapley_certified, shapley_exact,
};
pub use yen::{LARGEST, RoundingMode, Yen};
