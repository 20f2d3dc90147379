//! Pages over HTTP, without JavaScript: what every page shares, and each area in a file of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails loudly")]

mod accounts;
mod answers;
mod assignments;
mod attachments;
mod board;
mod desk;
mod empty;
mod entries;
mod exports;
mod forgery;
mod frame;
mod golden;
mod imports;
mod learner;
mod lists;
mod many;
mod reach;
mod receipts;
mod requests;
mod requests_new;
mod rights;
mod rounds;
mod search;
mod sent;
mod staff;
mod supervisor;
mod town;

use acceptance::people::People;
use acceptance::world::World;
use testkit::app::{Face, TestApp};

/// Where a finished act leads, once it was seen to carry its number (受付番号).
fn numbered(answer: &testkit::app::Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text);
    let (before, number) = answer.headers["location"].split_once("receipt=").expect("a number");
    let (number, place) = number.split_at(36);
    assert!(number.split('-').count() == 5 && (place.is_empty() || place.starts_with('#')), "{number}{place}");
    format!("{}{place}", before.trim_end_matches(['?', '&']))
}

/// The whole service on SQLite.
fn whole() -> TestApp {
    TestApp::with(Face::whole())
}

/// A world in it.
fn world(app: &TestApp) -> (World, People<'_>) {
    World::build(app)
}
