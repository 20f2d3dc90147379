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

pub mod everything;
pub mod operations;
pub mod people;
pub mod world;

use std::future::Future;

/// Waits for what a use case without a route does.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Sixteen times the same, from threads that start together.
pub fn at_once(send: &(impl Fn() -> testkit::app::Answer + Sync)) -> Vec<testkit::app::Answer> {
    let start = std::sync::Barrier::new(16);
    let one = || {
        start.wait();
        send()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Every row of every table as text, on either database, each with the name of its table before it.
pub fn dump(app: &testkit::app::TestApp) -> Vec<String> {
    let lines = |query: String| app.service.store().read_now(move |db| store::fixtures::lines(db, &query)).unwrap();
    let lite = app.service.store().backend() == store::Backend::Sqlite;
    let tables = if lite {
        "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE '%VIRTUAL%'
            AND name NOT LIKE 'post_search%' AND name NOT LIKE 'user_search%' ORDER BY name"
    } else {
        "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
    };
    let mut rows = Vec::new();
    for table in lines(tables.to_owned()) {
        let row = if lite {
            let columns = lines(format!("SELECT 'quote(' || name || ')' AS line FROM pragma_table_info('{table}')"));
            columns.join(" || '|' || ")
        } else {
            "row_to_json(t)::text".to_owned()
        };
        rows.extend(lines(format!("SELECT '{table} ' || {row} AS line FROM {table} t ORDER BY 1")));
    }
    rows
}

/// Checks every invariant of the data; a story ends with it.
pub fn assert_verified(app: &testkit::app::TestApp) {
    let report = run(app.service.store().read(app::verify::verify)).unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert!(report.audit_entries > 0, "a story leaves traces");
}

/// As [`dump`], without the trail (reads of personal rows and refusals leave their entries there) and without the note of
/// when a session was last used: what looking must not change.
pub fn contents(app: &testkit::app::TestApp) -> Vec<String> {
    let mut rows = dump(app);
    rows.retain(|row| !row.starts_with("audit_") && !row.starts_with("sessions "));
    rows
}
