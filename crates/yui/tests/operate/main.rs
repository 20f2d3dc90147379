//! The operator's side, by the real binary, on both databases: one demo year each, shared by the steps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly"
)]

mod copies;
mod deploy;
mod export;
mod place;
mod programs;
mod serve;
mod settings;
mod year;
