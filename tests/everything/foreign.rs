//! S21: an id of another consortium, wherever a command takes one — alone, in a list, inside a decision —, is as good as
//! none: the answer is that to an id which does not exist, byte for byte. (Ids in paths, cursors and filters: the role
//! matrix, `two_worlds.rs` and `bad_input/together.rs`.)

use crate::{operation, without_limits};
use acceptance::everything::{Ask, play};
use acceptance::people::People;
use acceptance::world::World;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use testkit::app::{Answer, TestApp, on_both_with};

const NOWHERE: &str = "0199b3f0-0000-7000-8000-00000000dead";

/// Where ids stand in a command, each with the name under which a world knows such ids.
fn ids_in(value: &Value, at: &str, name: &str, into: &mut Vec<(String, &'static str)>) {
    match value {
        Value::String(text) if text.len() == 36 && text.matches('-').count() == 4 => {
            let known = match name {
                "member_id" | "member_ids" => "member_id",
                "user_id" | "user_ids" => "user_id",
                "from_account_id" | "to_account_id" => "account_id",
                "quote_id" => "quote_id",
                "survey_id" => "survey_id",
                "application_id" => "application_id",
                "comment_id" | "reply_to_id" => "comment_id",
                other => panic!("which rows does {other} name?"),
            };
            into.push((at.to_owned(), known));
        }
        Value::Object(object) => {
            object.iter().for_each(|(name, inner)| ids_in(inner, &format!("{at}/{name}"), name, into))
        }
        Value::Array(all) => {
            all.iter().enumerate().for_each(|(number, inner)| ids_in(inner, &format!("{at}/{number}"), name, into));
        }
        _ => {}
    }
}

fn bare(answer: &Answer, id: &str) -> (u16, Value, BTreeMap<String, String>) {
    let mut body: Value = serde_json::from_str(&answer.text.replace(id, "ID")).unwrap_or(Value::Null);
    if let Some(object) = body.as_object_mut() {
        object.remove("request_id");
    }
    let mut headers = answer.headers.clone();
    for own in ["x-request-id", "date"] {
        headers.remove(own);
    }
    (answer.status, body, headers)
}

#[test]
fn an_id_of_another_consortium_is_answered_as_one_that_does_not_exist() {
    on_both_with(without_limits, |app| {
        let (other, _) = World::of(People::at(app, "village.example.jp"));
        let asked = RefCell::new(BTreeSet::new());
        let perform = |app: &TestApp, ask: &Ask| -> Answer {
            let mut places = Vec::new();
            ids_in(&ask.body, "", "", &mut places);
            for (pointer, name) in places {
                let send = |id: &str| {
                    let mut body = ask.body.clone();
                    *body.pointer_mut(&pointer).unwrap() = json!(id);
                    bare(&ask.send_with(app, &[], &body), id)
                };
                let id = operation(ask.method, &ask.path);
                let (foreign, absent) = (send(&other.ids[name]), send(NOWHERE));
                assert_eq!(foreign, absent, "{id} {pointer}");
                // A list that takes each by itself answers 200 and says of this one that there is nobody.
                assert!(foreign.0 >= 400 || id == "assign_seats", "{id} {pointer}: {foreign:?}");
                asked.borrow_mut().insert(format!("{id} {name}"));
            }
            ask.send(app)
        };
        play(app, &perform);
        assert!(asked.borrow().len() >= 10, "{:?}", asked.borrow());
        acceptance::assert_verified(app);
    });
}
