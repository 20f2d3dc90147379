//! Division of indivisible seats among claimants: exact, explained, pure.
//!
//! No input or output, no clock, no randomness, no hash order and no floating point: the same problem gives the same bytes
//! on every machine, for ever.
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::wildcard_enum_match_arm)]

mod above;
mod allocate;
mod allocation;
mod budget;
mod continuous;
mod divisor;
mod error;
pub mod explain;
mod fill;
mod group;
mod hash;
mod interval;
pub mod json;
pub mod lottery;
mod order;
mod prepare;
mod problem;
mod quota_method;
pub mod quotas;
mod ratio;
mod reallocate;
mod remainder;
mod search;
mod shares;
mod verify;
mod wide;

pub use allocate::allocate;
pub use allocation::{Allocation, Cut, DivisorInterval, Part, Quantity, Tie};
pub use budget::{Priced, allocate_priced};
pub use continuous::{SharePart, Shares, continuous};
pub use error::{Code, Error, Fault, Field};
pub use hash::input_hash;
pub use problem::{Claim, Divisor, Problem, Rule, TieBreak};
pub use ratio::{ParseRatioError, Ratio};
pub use reallocate::{Holding, Move, Reallocation, ReallocationPolicy, reallocate};
pub use verify::{Violation, verify};

/// Version of the rules: it changes whenever any result could change.
pub const RULE_VERSION: &str = "1";
