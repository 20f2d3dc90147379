//! Access tokens seen from outside the crate: those the service issued, and forgeries of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod forge;
mod forged;
mod issued;
