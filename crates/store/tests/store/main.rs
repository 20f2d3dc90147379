//! The store's promises, told on both databases: answers after the commit, failures that stay alone,
//! recovery without a restart, the same words for the same refusal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "tests fail loudly, and read the environment where the product must not"
)]

mod constraints;
mod jobs;
mod lanes;
mod migrations;
mod opening;
mod outages;
mod support;
mod tuning;
