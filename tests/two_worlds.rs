//! S22: two whole consortia on one service. Whatever anybody of the one can read — every operation that reads, every
//! role, lists to their end — holds not a single id of the other. A query that lost its consortium is found here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

use acceptance::operations::{Given, Operation, all};
use acceptance::people::People;
use acceptance::world::{World, contract, fill};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::accounts::users;
use store::{Db, Fence, StoreError, consortium, contracts, demand, export, home, notify, search};
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

/// A question with a place for the consortium.
type Question<'a> = (&'static str, Box<dyn Fn(&mut Db, &str) -> Result<Vec<String>, StoreError> + 'a>);

fn ids(lines: Vec<home::Line>) -> Vec<String> {
    lines.into_iter().map(|line| line.id).collect()
}

/// Found or not, as a list of one.
fn any(found: bool) -> Vec<String> {
    found.then(|| "found".to_owned()).into_iter().collect()
}

/// Who stands in the questions.
#[derive(Clone)]
struct Cast {
    /// Contact of b, and auditor of a.
    of_both: String,
    lead_of_a: String,
    auditor_of_b: String,
}

/// What the store is asked of a consortium: for what waits there, or for something of b by its id or name. People's rights
/// and towns keep most of these from ever being asked across; the queries must hold without them.
fn questions<'a>(b: &'a BTreeMap<String, String>, cast: &'a Cast) -> Vec<Question<'a>> {
    let id = |name: &str| b[name].as_str();
    let (member, grant) = (id("member_id"), id("grant_id"));
    let person = cast.of_both.as_str();
    let of_b = vec![member.to_owned()];
    let number = contract(id("round_id"))["number"].as_str().unwrap().to_owned();
    vec![
        ("answers_to_fix", Box::new(|db, of| home::answers_to_fix(db, of).map(ids))),
        ("surveys_unanswered", Box::new(|db, of| home::surveys_unanswered(db, of).map(ids))),
        ("rounds_under_way", Box::new(|db, of| home::rounds_under_way(db, of).map(ids))),
        ("requests", Box::new(|db, of| home::requests(db, of, None, "submitted").map(ids))),
        ("posts_to_review", Box::new(|db, of| home::posts_to_review(db, of, None, member).map(ids))),
        ("parked_mails", Box::new(|db, of| home::parked_mails(db, of).map(|mails| any(mails > 0)))),
        (
            "find_grant",
            Box::new(move |db, of| match users::find_grant(db, of, grant) {
                Err(StoreError::Missing) => Ok(any(false)),
                found => found.map(|_| any(true)),
            }),
        ),
        (
            "same_grant",
            Box::new(move |db, of| {
                Ok(any(users::same_grant(db, &cast.auditor_of_b, "auditor", Some(of), None)?.is_some()))
            }),
        ),
        (
            "count_other_leads",
            Box::new(move |db, of| users::count_other_leads(db, of, &cast.lead_of_a).map(|leads| any(leads > 0))),
        ),
        (
            "staff",
            Box::new(move |db, of| {
                let everybody = users::StaffFilter::default();
                let found = users::staff(db, of, &everybody, Some(&[person.to_owned()]), &users::PEOPLE.top(9))?;
                Ok(found
                    .into_iter()
                    .flat_map(|((_, grants), _)| grants)
                    .map(|grant| grant.consortium_id.unwrap())
                    .collect())
            }),
        ),
        (
            "towns_of",
            Box::new(move |db, of| {
                notify::log::towns_of(db, of, &[person.to_owned()]).map(|towns| any(!towns.is_empty()))
            }),
        ),
        (
            "members_named",
            Box::new(move |db, of| consortium::members_named(db, of, [member, ""]).map(|found| any(!found.is_empty()))),
        ),
        (
            "member_names",
            Box::new(move |db, of| consortium::member_names(db, of, &of_b).map(|found| any(!found.is_empty()))),
        ),
        ("has_number", Box::new(move |db, of| contracts::has_number(db, of, &number).map(any))),
        (
            "seats_used_in_year",
            Box::new(|db, of| {
                Ok(demand::seats_used_in_year(db, of, 2026)?.into_iter().filter_map(|(member, _)| member).collect())
            }),
        ),
        ("files", Box::new(|db, of| Ok(export::files(db, of)?.into_iter().map(|(id, _)| id).collect()))),
        ("similar", Box::new(|db, of| search::similar(db, of, None, &domain::text::fold("転記がつらい"), 5))),
    ]
}

/// In b alone everything waits that can; somebody of b has a right in a.
fn scene(a: &World, b: &World, cast: &Cast) -> String {
    let (of_a, survey, post, mail) =
        (&a.ids["consortium_id"], &b.ids["survey_id"], &b.ids["post_id"], &b.ids["mail_id"]);
    let (submitted, silent) = (&b.ids["member_id"], &b.ids["other_member_id"]);
    format!(
        "UPDATE rounds SET stage = 'contracted' WHERE id = '{}';
         UPDATE surveys SET state = 'open' WHERE id = '{survey}';
         UPDATE survey_answers SET state = 'submitted' WHERE survey_id = '{survey}' AND member_id = '{submitted}';
         UPDATE survey_answers SET state = 'draft' WHERE survey_id = '{survey}' AND member_id = '{silent}';
         UPDATE posts SET resolved_at = created_at WHERE id = '{post}';
         UPDATE posts SET state = 'in_review' WHERE id = '{}';
         UPDATE outbox SET state = 'parked' WHERE id = '{mail}';
         INSERT INTO grants (id, user_id, role, consortium_id, created_at)
           SELECT 'in-both', id, 'auditor', '{of_a}', created_at FROM users WHERE id = '{}'",
        b.ids["round_id"], b.ids["town_post_id"], cast.of_both
    )
}

#[test]
fn what_the_store_says_of_one_consortium_is_not_of_another() {
    on_both(|app| {
        let (a, of_a) = World::build(app);
        let (b, of_b) = World::of(People::at(app, "village.example.jp"));
        let cast = Cast {
            of_both: of_b.users["contact"].clone(),
            lead_of_a: of_a.users["lead"].clone(),
            auditor_of_b: of_b.users["auditor"].clone(),
        };
        app.sql(&scene(&a, &b, &cast));
        let store = app.service.store().within(Fence::service_wide());
        let (one, other, ids) = (a.ids["consortium_id"].clone(), b.ids["consortium_id"].clone(), b.ids.clone());
        let answers: Vec<(&str, Vec<String>, Vec<String>)> = store
            .read_now(move |db| {
                questions(&ids, &cast)
                    .into_iter()
                    .map(|(name, ask)| Ok::<_, StoreError>((name, ask(db, &one)?, ask(db, &other)?)))
                    .collect()
            })
            .unwrap();
        for (name, one, other) in answers {
            assert!(!other.is_empty(), "{name}: nothing of b was there to be found");
            assert!(one.iter().all(|each| !other.contains(each)), "{name}: {one:?} and {other:?}");
        }
    });
}
