//! The procurement of a fiscal year over HTTP, on both databases: the story itself, and how bad input
//! is answered on its way. Towns are real, demand, prices and people are fictional.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    missing_docs,
    reason = "tests may fail loudly"
)]

mod bad_input;
mod story;
mod town_hall;
