//! Test rigs: throwaway databases, a real SMTP server and a virus scanner that knows one virus (development only).
//!
//! Every rig is the real thing in a process of its own, ends with the process that started it, and waits
//! for events, never for time. A rig that cannot start fails the test loudly; one whose program is not
//! installed says so and is skipped, unless the environment forbids the skip.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a rig that fails must fail its test loudly"
)]

#[cfg(feature = "app")]
pub mod app;
#[cfg(feature = "browser")]
pub mod browser;
pub mod clamd;
#[cfg(any(feature = "app", feature = "browser"))]
pub mod http;
#[cfg(any(feature = "app", feature = "browser"))]
pub mod pages;
pub mod postgres;
mod program;
pub mod scene;
pub mod smtp;
pub mod sqlite;

use std::io::Write;

/// Whether the environment forbids skipping (`NAME=1`).
#[allow(clippy::disallowed_methods, reason = "the switch belongs to whoever runs the tests")]
fn is_required(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| !matches!(value.as_str(), "" | "0"))
}

/// Says on the real standard error, past the test runner's capture, that something was not tested.
///
/// # Panics
/// When the environment forbids to skip it.
pub fn skip(what: &str, switch: &str) {
    assert!(!is_required(switch), "{what}, and {switch} forbids to skip it");
    let mut stderr = std::io::stderr();
    writeln!(stderr, "\n*** SKIPPED: {what}. Set {switch}=1 to make this an error. ***\n").ok();
}
