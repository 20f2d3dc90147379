//! Price schedules and exact shares of a joint bill, to the yen.
//!
//! Several bodies buy one thing together: more seats, a lower price, one bill. This crate answers what the bill is, who pays
//! which part of it, why, and whether anybody would have been better off without the others. It is pure: no clock, no files, no
//! randomness, no floating point anywhere near a yen, and the same input gives the same answer on every machine.
//!
//! # A first case
//!
//! Five towns want 300 seats. From 300 seats on each costs 24,000 yen; alone every town would pay 27,000 or 30,000.
//!
//! ```
//! use cost_sharing::json::{ShareRequest, share};
//! let request: ShareRequest = r#"{
//!     "price": {"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"},
//!               {"up_to": 299, "unit": "27000"}, {"up_to": null, "unit": "24000"}]},
//!     "tax_rate": "0.10",
//!     "members": [{"id": "143618", "seats": 70}, {"id": "143634", "seats": 80}, {"id": "143669", "seats": 90},
//!                 {"id": "143839", "seats": 45}, {"id": "144029", "seats": 15}],
//!     "rule": {"kind": "mixture", "equal": "10", "seats": "90"}}"#.parse()?;
//! let answer = share(&request)?;
//! let yen: Vec<i64> = answer.shares.iter().filter_map(|line| line.yen).collect();
//! assert_eq!(yen, [1_821_600, 2_059_200, 2_296_800, 1_227_600, 514_800]);
//!
//! // The village would pay 19,800 yen less by itself: a tenth shared equally is too much.
//! let core = answer.core.as_ref().unwrap();
//! assert_eq!((core.in_core, core.coalition.as_slice()), (false, ["144029".to_owned()].as_slice()));
//! // One twelfth is the most that leaves nobody worse off.
//! assert_eq!(answer.largest_safe_equal, "1/12".parse().ok());
//! # Ok::<(), cost_sharing::Error>(())
//! ```
//!
//! # Price schedules
//!
//! The same tiers mean very different bills, so a [`PriceSchedule`] always says how it is read ([`PriceMode`]): `graduated` (each
//! seat at the price of its own tier), `volume` (all seats at the price of the tier that the total reaches), `per_seat`, `package`
//! and `flat`; with a fixed fee and a minimum commitment where the contract has them.
//!
//! All-units prices *fall* at a threshold: 290 seats would cost more than 300. What counts is therefore the effective price
//! `P*(s) = min { P(t) : t >= s }`, together with the quantity to buy ([`PriceSchedule::effective_price`],
//! [`PriceSchedule::advice`]). On `P*` nobody's bill falls by asking for more.
//!
//! # Rules and what they promise
//!
//! `d` are seats, `C` the bill, `c` what a member pays alone, `sc` what leaves with a member.
//!
//! | rule | share | in the core | a joiner hurts nobody | asking for more never pays less | merging or splitting changes nothing | additive |
//! |---|---|---|---|---|---|---|
//! | per seat = Aumann–Shapley | `C d / D` | when the average never rises | ✓ ¹ | ✓ | ✓ | ✓ |
//! | equal | `C / n` | ✗ | ✗ | ✓ | ✗ | ✓ |
//! | mixture, two-part | by several keys | up to the safe equal part | ✗ | ✓ | ✗ | ✓ |
//! | stand-alone proportional | `C c / Σc` | ✗ | ✗ | ✓ | ✗ | ✗ |
//! | equal saving | `c − (Σc − C)/n` | ✗ | ✗ | ✓ | ✗ | ✓ |
//! | ENSC | `sc + (C − Σsc)/n` | ✗ | ✗ | ✓ | ✗ | ✓ |
//! | SCRB | `sc + (C − Σsc)(c − sc)/Σ(c − sc)` | often ² | ✗ | ✓ ² | ✗ | ✗ |
//! | serial | by steps of equal demand | concave prices | concave prices | ✓ | ✗ | ✓ |
//! | incremental | by order of joining | concave prices | ✓ (it joins last) | ✓ | ✗ | ✓ |
//! | Shapley | mean over all orders | concave prices | concave prices | ✓ | ✗ | ✓ |
//! | nucleolus | largest smallest saving | whenever it is not empty | ✗ | ✓ ², not for packages | ✗ | ✗ |
//!
//! ¹ when the average never rises. ² in experiments with random schedules, not by theorem; ✗ stands where counterexamples exist.
//!
//! The default is per seat on `P*`. It is also the Shapley value with *seats* as players, so the simple rule has the theory too.
//!
//! # Where the Shapley value goes wrong
//!
//! The smallest counterexample that can be checked by hand: 1,000 yen a seat, 800 from ten seats on; three members with 8, 8 and
//! 10 seats. Averaged over all orders, the first two pay more than they would without the third.
//!
//! ```
//! use cost_sharing::{Ratio, core_check, shapley_exact};
//! let cost: Vec<i64> = (0..=26).map(|s| if s < 8 { 1_000 * s } else { 800 * s.max(10) }).collect();
//! let shapley: Vec<Ratio> = shapley_exact(&cost, &[8, 8, 10])?.into_iter().map(|value| value.share).collect();
//! assert_eq!(shapley, ["20000/3", "20000/3", "22400/3"].map(|text| text.parse().unwrap()));
//! let report = core_check(&cost, &[8, 8, 10], &shapley)?.unwrap();
//! // 13,333 1/3 together, but 16 seats cost 12,800.
//! assert_eq!((report.max_excess, report.coalition), (Ratio::new(1_600, 3).unwrap(), vec![0, 1]));
//! // Per seat (6,400, 6,400, 8,000) is in the core.
//! let per_seat = [6_400, 6_400, 8_000].map(Ratio::whole);
//! assert!(core_check(&cost, &[8, 8, 10], &per_seat)?.unwrap().in_core());
//! # Ok::<(), cost_sharing::Error>(())
//! ```
//!
//! With graduated prices and fixed fees this cannot happen: the game is submodular and the Shapley value is in its core.
//!
//! # To the yen
//!
//! Shares are exact ratios until the end. The tax is rounded once, on the bill. Then [`round_shares`] makes the shares whole: by
//! largest remainder with ties decided by a key that was chosen in advance, or each for itself with what is left over going to a
//! named member. The yen that rounding put somewhere are a field of their own.
//!
//! # Proof instead of trust
//!
//! - [`core_check`] finds the group that is worst off, exactly, by one knapsack over seats: milliseconds for a prefecture, a fraction of a second for all
//!   municipalities of the country.
//! - [`shapley_exact`] counts groups instead of listing them; beyond 128 members [`shapley_certified`] integrates and proves a bound.
//! - [`nucleolus`] generates coalitions as they are needed and is called proved only after Kohlberg's criterion held in exact arithmetic.
//! - [`verify`] checks an answer against its request without using any rule.
//! - [`explain_ja`] and [`formulas`] say in Japanese, and in spreadsheet cells, how each yen came about.
//!
//! # How fast
//!
//! `cargo bench -p cost-sharing` measures all of this in one run, beside the public crate `coopgame` 0.3 and a brute force over all
//! `2^n` groups of the same game. Medians of five runs, time on the core (what other programs did meanwhile does not count), on a
//! virtual machine with 2 cores (AMD EPYC), one used; demands and prices are fictional.
//!
//! | what | reached | wanted |
//! |---|---|---|
//! | Shapley, 24 members, exact | 0.55 ms | |
//! | the same by `coopgame`, its table of `2^24` values not counted | 941 ms: 1,720 times as long | ≥ 100 times |
//! | the same by brute force in floating point | 1.04 s | |
//! | Shapley, 33 members, 1,859 seats, exact | 0.75 ms | ≤ 1 ms |
//! | the same tier by tier, for the explanation | 1.8 ms | |
//! | Shapley, 128 members, exact | 139 ms | |
//! | Shapley, 179 members, 10,813 seats, certified to 1.1 · 10⁻⁷ yen | 26 ms | ≤ 60 ms |
//! | Shapley, 1,741 members, 101,719 seats, certified to 4.3 · 10⁻⁷ yen | 1.9 s | ≤ 5 s, 10⁻⁶ yen |
//! | core check, 1,741 members, 101,719 seats | 140 ms | ≤ 500 ms |
//! | nucleolus, 20 members (`coopgame` in floating point: 2.2 s) | 9.2 ms | |
//! | nucleolus, 33 members on a pivotal tier, 16 levels, proved | 0.12 s | ≤ 20 s |
//! | nucleolus, 62 members on a buy-up plateau, 9 levels, proved | 16 ms | |
//! | explicit game of 18 members: Shapley, nucleolus | 100 ms, 77 ms | |
//! | mixture of three keys, 1,741 members, exact shares and yen | 0.59 ms | ≤ 1 ms |
//! | the same as a whole answer with reasons and hash | 12 ms | |
//!
//! Every target is reached. What is not: the nucleolus beyond some 60 members with pivotal tiers may exhaust its budget and is then
//! called what it is, a point of the least core ([`json::Precision::LeastCore`]).
//!
//! # Wrong input
//!
//! Every fault is an [`Error`] with a JSON pointer to the field and a [`Fault`] that carries the facts; [`fault_ja`] words it. Nothing panics.
//!
//! ```
//! use cost_sharing::json::ShareRequest;
//! let error = r#"{"total_yen": 100, "members": [{"id": "a", "seets": 1}], "rule": {"kind": "equal"}}"#
//!     .parse::<ShareRequest>().unwrap_err();
//! assert_eq!((error.pointer.as_str(), error.fault.code()), ("/members/0/seets", "unknown_field"));
//! ```
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::wildcard_enum_match_arm)]
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

pub use analysis::{Comparison, Pivot, Violation, comparable_rules, compare, hold_harmless, pivots, verify};
pub use bill::{Bill, Invoice};
pub use bounds::{Bounds, apply_bounds};
pub use core_check::{CoreReport, core_check};
pub use error::{Error, Fault};
pub use explain::{Cell, Content, core_ja, explain_ja, explain_member_ja, fault_ja, formulas, results, rule_name_ja};
pub use member::{FULL_PERIOD, Member};
pub use nucleolus::{Budget, Nucleolus, NucleolusKind, least_core, nucleolus};
pub use presets::{Preset, presets};
pub use price::*;
pub use prorate::{TrueUp, prorate, true_up};
pub use ratio::{NotARatio, Ratio};
pub use rounding::{RoundedShare, Rounding, ShareRounding, round_shares};
pub use rule::{Key, RULE_VERSION, SharingRule};
pub use rules::{mixture_shares, serial_cost_shares};
pub use shapley::{CertifiedShapley, MOST_EXACT, ShapleyShare, shapley_by_tier, shapley_certified, shapley_exact};
pub use yen::{LARGEST, RoundingMode, Yen};
