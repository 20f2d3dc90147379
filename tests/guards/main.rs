//! What guards the data: ledgers that take no change, and `verify`, which finds each damage that gets past the guards.
//! One world on each database, damaged in transactions that are taken back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

mod append_only;
mod breaches;
mod walk;

use acceptance::run;
use acceptance::world::World;
use app::notify::delivery::deliver_due;
use mail::{Mailer, MemoryBox, Sender, Transport};
use serde_json::json;
use std::sync::Arc;
use testkit::app::TestApp;

/// A world in which every ledger has rows, with its mails delivered.
fn world(app: &TestApp) -> World {
    let (world, people) = World::build(app);
    let more = json!({
        "seats": 2, "ex_tax_yen": 48_000, "tax_yen": 4_800, "reason": "追加発注（架空）", "effective_on": "2026-05-01",
    });
    people.post("lead", &world.path("/contracts/{contract_id}/amendments"), &more);
    let sender = Sender::new("yui@pref.example", "結（Yui）共同調達").unwrap();
    let mailer = Arc::new(Mailer::new(sender, Transport::Memory(MemoryBox::default())));
    while run(deliver_due(&app.service, &mailer)).unwrap().sent > 0 {}
    world
}
