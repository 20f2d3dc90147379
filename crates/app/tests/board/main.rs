//! Stories of the knowledge board, on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    unreachable_pub,
    dead_code,
    reason = "a test may fail loudly"
)]

mod found;
mod posts;
mod support;
mod talk;
