//! The procurement of one fiscal year through the use cases, on both databases: rounds, demand,
//! pricing, scenarios and contracts. Members are real towns with real 2020 populations; demand,
//! prices and people are fictional.
#![allow(
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tests may fail loudly"
)]

mod contracts;
mod demand;
mod office;
mod pricing;
mod rounds;
mod scenarios;
