//! S22: two whole consortia on one service. Whatever anybody of the one can read — every operation that reads, every
//! role, lists to their end — holds not a single id of the other. A query that lost its consortium is found here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use acceptance::operations::{Given, Operation, all};
use acceptance::people::People;
use acceptance::world::{World, fill};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::app::on_both;

const ROLES: [&str; 6] = ["lead", "auditor", "contact", "learner", "colleague", "other_town"];

fn given(world: &World) -> Given {
    Given::from([("ids", json!(world.ids["scenario_id"])), ("q", json!("%E8%BB%A2%E8%A8%98"))])
}

fn path(operation: &Operation, world: &World) -> Option<String> {
    let pattern = operation.pattern.strip_prefix("/api/v1")?;
    let places = pattern.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    if places.into_iter().any(|name| !world.ids.contains_key(name)) {
        return None;
    }
    let mut path = fill(pattern, |name| world.ids[name].clone()) + &operation.query(&world.ids, &given(world));
    if operation.asks_for("limit") {
        path += if path.contains('?') { "&limit=100" } else { "?limit=100" };
    }
    Some(path)
}

/// What people of a world read that is of the other; how many of their own ids they read on the way.
fn leaks(world: &World, people: &People<'_>, other: &World) -> (Vec<String>, usize) {
    let (own, foreign) = (world.rows(), other.rows());
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let reads = all().into_iter().filter(|operation| !operation.writes() && !operation.is_open());
    for operation in reads {
        let Some(path) = path(&operation, world) else { continue };
        for who in ROLES {
            let answer = people.send(who, "GET", &path, &Value::Null);
            let held = |id: &&&str| answer.text.contains(**id);
            found.extend(foreign.iter().filter(held).map(|id| format!("{who} GET {path}: {id}")));
            seen.extend(own.iter().filter(held).copied());
        }
    }
    // Words that stand in the names of both: rounds, calls, people, towns.
    for word in ["共同", "募集", "架空", "町"] {
        let path = world.path("/consortia/{consortium_id}/search") + "?q=" + &testkit::pages::encode(word);
        for who in ROLES {
            let answer = people.send(who, "GET", &path, &Value::Null);
            found
                .extend(foreign.iter().filter(|id| answer.text.contains(**id)).map(|id| format!("{who} {word}: {id}")));
        }
    }
    (found, seen.len())
}

#[test]
fn nobody_of_one_consortium_reads_an_id_of_another() {
    on_both(|app| {
        let (a, of_a) = World::build(app);
        let (b, of_b) = World::of(People::at(app, "village.example.jp"));
        for (world, people, other) in [(&a, &of_a, &b), (&b, &of_b, &a)] {
            let (found, seen) = leaks(world, people, other);
            assert!(found.is_empty(), "{found:#?}");
            assert!(seen > 25, "the lists were read: {seen} own ids");
        }
        acceptance::assert_verified(app);
    });
}
