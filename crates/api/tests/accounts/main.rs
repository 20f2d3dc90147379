//! Accounts over HTTP: what programs meet, and what forgers meet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs,
    reason = "a test may fail loudly"
)]

mod doors;
mod forged;
mod people;
mod rig;
mod second_factor;
mod sessions;
mod tokens;
