//! Stories told through the public API, on both databases. See the files beside this folder.
//!
//! Here stands what they share: people who act over HTTP, and a world in which every kind of row exists.
//! All names, prices and seats are fictional; codes and names of municipalities are real.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::must_use_candidate,
    clippy::missing_panics_doc,
    reason = "a story that cannot be told must fail its test loudly"
)]

pub mod operations;
pub mod people;
pub mod world;

use std::future::Future;

/// Waits for what a use case without a route does.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Checks every invariant of the data; a story ends with it.
pub fn assert_verified(app: &testkit::app::TestApp) {
    let report = run(app.service.store().read(app::verify::verify)).unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert!(report.audit_entries > 0, "a story leaves traces");
}
