//! Entry calls through the use cases, on both databases: drafted, applied to, acknowledged, selected.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests fail loudly; the world of the seats' stories is shared and larger than needed here"
)]

mod acknowledgements;
mod applications;
mod calls;
mod lottery;
mod selection;
mod town;
#[path = "../seats/world.rs"]
mod world;
