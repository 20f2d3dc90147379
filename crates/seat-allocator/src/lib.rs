//! Division of indivisible seats among claimants: exact, explained, pure.
//!
//! Somebody has a number of seats (licences, places, vehicles), several claimants ask for more than there are, and everybody
//! wants to know why each got what it got. This crate offers the rules of the field for that, with lower and upper bounds,
//! weights, priority classes and budgets; decides ties openly; proves its results; and puts the reason into words.
//!
//! No input or output, no clock, no randomness, no hash order and no floating point: the same problem gives the same bytes
//! on every machine, for ever.
//!
//! # A first allocation
//!
//! Five towns want 300 seats together (70, 80, 90, 45 and 15), and 240 were bought. Weights are the towns' populations,
//! the same for everyone to see; requests only cap what a town takes, so asking for more brings nothing.
//!
//! ```
//! use seat_allocator::{Claim, Divisor, Problem, Rule, allocate, verify};
//! use seat_allocator::explain::{explain_ja, reasons};
//!
//! let town = |code: &str, population: u64, request: u64| {
//!     Claim::new(code).with_tie_key(code).with_weight(population).with_request(request).with_guarantee(5)
//! };
//! let claims = vec![
//!     town("143618", 9_300, 70),
//!     town("143634", 10_836, 80),
//!     town("143669", 18_329, 90),
//!     town("143839", 6_722, 45),
//!     town("144029", 3_038, 15),
//! ];
//! let problem = Problem::new(240, Rule::Divisor(Divisor::Webster), claims);
//! let result = allocate(&problem)?;
//! assert_eq!(result.seats, [47, 54, 90, 34, 15]);
//!
//! // The check by hand: divide each population by this number, round, and mind the bounds.
//! let divisor = result.divisor().expect("seats were scarce");
//! assert_eq!(divisor.suggested, "199");
//!
//! // The check by a second program, which shares no code with the first.
//! assert!(verify(&problem, &result).is_empty());
//!
//! // The letter to the first town.
//! let reason = &reasons(&problem, &result)[0];
//! let sentences = explain_ja(problem.rule, &result.seats[0].into(), reason);
//! assert_eq!(sentences[2], "重み9,300を除数199で割ると46.733668…です。");
//! # Ok::<(), seat_allocator::Error>(())
//! ```
//!
//! # What a result answers
//!
//! - **Bounds**: every claim gets at least its guarantee and at most its request (or what its budget buys). Guarantees of all
//!   classes are set aside first; a supply short of them is divided by the same rule, and
//!   [`guarantees_reduced`](Allocation::guarantees_reduced) says so. A supply above all requests leaves a
//!   [`reserve`](Allocation::reserve).
//! - **Ties** are exact equalities only, and each is recorded: these claims were equal, so many of them got one more seat,
//!   chosen by key or by lottery. See [`Tie`] and [`TieBreak`].
//! - **Errors** name every fault at once, with the claim's position and identifier. See [`Error`].
//! - **Reasons** are data first and Japanese sentences second. See [`explain`].
//!
//! # Choosing a rule
//!
//! | rule | gives the next seat to, or divides by | stays within one seat of the quota | one more seat hurts nobody | who grows faster loses no seat to who grows slower | a subset divides its part alike | over-requesting brings nothing | favours |
//! |---|---|---|---|---|---|---|---|
//! | `webster` | largest weight ÷ (a + ½) | almost always | yes | yes | yes | yes | nobody |
//! | `adams` アダムズ方式 | weight ÷ a | not above | yes | yes | yes | yes | small |
//! | `dean` | weight ÷ harmonic mean | no | yes | yes | yes | yes | small, slightly |
//! | `hill` | weight ÷ geometric mean | no | yes | yes | yes | yes | small, slightly |
//! | `jefferson` (D'Hondt) | weight ÷ (a + 1) | not below | yes | yes | yes | yes | large |
//! | `largest_remainder` 最大剰余法 | largest fraction of the quota | yes | **no** (Alabama) | **no** | **no** | yes | nobody |
//! | `quota` (Balinski–Young) | Jefferson's order within the quota | yes | yes | **no** | **no** | yes | large |
//! | `constrained_equal_awards` 均等 | lowest per weight | – | yes | yes | yes | yes | small claims |
//! | `constrained_equal_losses` | furthest below its request | – | yes | – | yes | **no** | large claims |
//! | `proportional_to_request` | seats in proportion to requests | – | yes | – | yes | **no**: asking for more gives more | nobody |
//! | `talmud`, `reverse_talmud`, `piniles` | halves of claims, one after the other | – | yes | – | yes | **no** | in between |
//! | `adjusted_proportional` | undisputed part, then proportion | – | in ratios | – | **no** | **no** | nobody |
//! | `random_arrival` | mean over all orders of arrival | – | in ratios | – | **no** | **no** | nobody |
//! | `minimal_overlap` | claims laid apart as far as possible | – | in ratios | – | **no** | **no** | large claims |
//! | `constrained_egalitarian`, `dominguez_thomson`, `average_of_cea_cel` | see [`Rule`] | – | in ratios | – | varies | **no** | in between |
//! | `priority` | first come, first served | – | yes | – | yes | yes | early |
//!
//! No rule has every property: from four claims and seven seats on, none both keeps the quota and never takes a seat from a
//! claim that grew (Balinski and Young). What this table says is tested as laws in `tests/laws.rs` and
//! `tests/exact_shares.rs`, with the counterexamples where it says no. Rules marked "in ratios" keep the property before
//! rounding, and give it up to the largest remainder in whole seats.
//!
//! With guarantees, rules that give seat by seat start at the guarantees; `talmud` and the rules below it in the table divide
//! what is asked above the guarantees. `…_above_guarantee` does the same for equal awards and proportion. Weights count in
//! the divisor methods, `largest_remainder`, `quota`, equal awards (more weight, more seats) and equal losses (more weight,
//! more loss); elsewhere the request is the weight, or there is none.
//!
//! # Beyond one allocation
//!
//! - [`continuous()`] gives exact ratios instead of whole seats.
//! - [`allocate_priced`] settles budgets when the price of a seat depends on how many are bought.
//! - [`reallocate`] moves idle seats in mid-year, with as few moves as possible.
//! - [`lottery`] draws so that anyone can repeat it; [`quotas`] selects under lower and upper quotas of nested groups.
//! - [`json`] is the stable form for other programs.
//!
//! # Limits
//!
//! Numbers go to 2^63 − 1 for supply, requests, guarantees and their sums, and to 64 bits for weights in a common unit. What
//! would take too many steps is refused as [`Code::TooMuchWork`] with the limit, at the place where it was passed:
//!
//! - `quota` gives seat by seat: 5,000,000 seats above the guarantees.
//! - `random_arrival` has no closed formula. It counts the sets of claims that may come before, by size and sum, below the
//!   supply or the shortage, whichever is less: claims × counts × width of a count, up to 10⁹ steps. For the 1,741
//!   municipalities that is a supply or a shortage of about seven hundred seats; at half of all requests it is about 180 claims
//!   of 65 seats. Beyond, the counts alone would fill the memory of a computer: 1,741 claims of 65 seats have 5·10⁷ of them
//!   with up to 1,741 bits each, to be gone through once for every claim. `adjusted_proportional` is the rule of the same
//!   family without that cost.
//! - `dominguez_thomson` repeats until everything is secured: 2,500 claims × rounds, because every round makes the fractions
//!   longer.
//! - `allocate_priced` follows the totals for 10,000 rounds.
//!
//! # How it is fast and exact at once
//!
//! A few passes over all claims bracket the level at which the seats run out; whatever lies in the bracket is then ordered by
//! comparing fractions with 256-bit products. A million claims with bounds take one to two tenths of a second on one core of
//! a small server; `cargo bench -p seat-allocator` measures it beside a plain heap, and `benches/README.md` has the figures,
//! those that miss their target included. No rounding error can decide anything, because nothing is rounded before the last
//! step.
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
mod stop;
mod verify;
mod wide;

pub use allocate::allocate;
pub use allocation::{Allocation, Cut, DivisorInterval, Part, Quantity, Tie};
pub use budget::{Priced, allocate_priced};
pub use continuous::{SharePart, Shares, continuous};
pub use error::{Code, Detail, Error, Fault, Field, ValueKind};
pub use hash::input_hash;
pub use problem::{Claim, Divisor, Problem, Rule, TieBreak};
pub use ratio::{ParseRatioError, Ratio};
pub use reallocate::{Holding, Move, Reallocation, ReallocationPolicy, reallocate};
pub use verify::{Violation, verify};

/// Version of the rules: it changes whenever any result could change.
///
/// ```
/// assert_eq!(seat_allocator::RULE_VERSION, "1");
/// ```
pub const RULE_VERSION: &str = "1";
