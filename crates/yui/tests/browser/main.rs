//! The pages in a real Chromium, on the demo's data, served by the real binary: every page that can be reached is
//! looked at in every role (accessibility, width, console, requests), and the journeys are walked to their ends.
//!
//! Pictures go to `target/screens/`. axe-core comes from outside (`YUI_AXE`, the path of `axe.min.js`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    missing_docs,
    reason = "a test fails loudly and reads its switches"
)]

mod forms;
mod journeys;
mod keys;
mod look;
mod map;
mod module;
mod office;
mod person;
mod prints;
mod scripts;
mod site;
mod states;
mod sweep;
