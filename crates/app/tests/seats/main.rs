//! Seats and requests through the use cases, on both databases: every path to a seat and its guards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    unreachable_pub,
    reason = "tests fail loudly"
)]

mod assignments;
mod claims;
mod offers;
mod races;
mod requests;
mod transfers;
mod world;
