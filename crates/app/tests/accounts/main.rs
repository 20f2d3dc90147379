//! Accounts as the faces use them, on both databases, with a fixed clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test may fail loudly"
)]

mod credentials;
mod links;
mod people;
mod races;
mod refresh;
mod rig;
mod rights;
mod second_factor;
mod signing_keys;
mod throttling;
