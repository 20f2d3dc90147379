//! Pages over HTTP, without JavaScript: what every page shares, and each area in a file of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails loudly")]

mod accounts;
mod answers;
mod assignments;
mod attachments;
mod board;
mod entries;
mod exports;
mod frame;
mod imports;
mod learner;
mod requests;
mod requests_new;
mod rights;
mod rounds;
mod staff;
mod supervisor;
mod town;

use acceptance::people::People;
use acceptance::world::World;
use testkit::app::{Face, TestApp};

/// The whole service on SQLite.
fn whole() -> TestApp {
    TestApp::with(Face::whole())
}

/// A world in it.
fn world(app: &TestApp) -> (World, People<'_>) {
    World::build(app)
}
