//! What must hold for every operation at once, asked while each is done with success: its trace in the audit trail, its
//! idempotency key, the fields that it takes and the fields that it answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a test fails loudly and reads its switches"
)]

mod canaries;
mod columns;
mod events;
mod foreign;
mod keys;
mod races;
mod shapes;
mod trail;

use acceptance::operations::{Operation, all};
use http_kit::Settings;
use http_kit::limits::Limits;
use testkit::app::Face;

/// The operations that may change something.
fn writes() -> Vec<Operation> {
    all().into_iter().filter(Operation::writes).collect()
}

/// The operation behind a request.
fn operation(method: &str, path: &str) -> String {
    let routes = api::route_table().with(web::route_table());
    routes.find(method, path).map_or_else(|| format!("{method} {path}"), |(_, operation)| operation.to_owned())
}

/// The API for a story that signs in more often than a person would.
fn without_limits() -> Face {
    let settings = Settings { limits: Limits::none(), ..Settings::default() };
    Face { settings, ..Face::default() }
}
