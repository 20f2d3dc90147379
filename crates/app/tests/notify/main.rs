//! The outbox on its way through real SMTP servers, its log, and what people decline; on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    unreachable_pub,
    dead_code,
    reason = "a test may fail loudly"
)]

mod delivery;
mod links;
mod log;
#[path = "../board/support.rs"]
mod support;
