//! What cannot be read, and what is read but out of bounds: named field by field.

use crate::{assert_well, nothing_changes};
use acceptance::operations::{Given, all};
use acceptance::world::{application, demand, entry_call, scenario};
use serde_json::{Value, json};

/// Numbers that no field for seats takes; the last ones are no numbers at all.
fn no_seats() -> [Value; 8] {
    [
        json!(-1),
        json!(2_147_483_648_u64),
        json!(9_007_199_254_740_992_u64),
        json!(9_223_372_036_854_775_808_u64),
        json!("５"),
        json!("5"),
        json!(1.5),
        json!(null),
    ]
}

#[test]
fn what_is_no_json_is_refused_before_anything_is_looked_at() {
    nothing_changes(|bad| {
        let posts = bad.world.path("/consortia/{consortium_id}/posts");
        for body in [&b"{"[..], b"{\"kind\": worry}", b"\xff\xfe", b"{} {}", b"nonsense", b"{\"title\": \"\\ud800\"}"] {
            let answer = bad.raw("learner", &posts, "application/json", body);
            assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"code\":\"malformed_json\""), "{answer}");
            assert!(answer.contains("application/problem+json"), "{answer}");
        }
        let answer = bad.raw("learner", &posts, "text/plain", b"{}");
        assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
        let answer = bad.raw("learner", &posts, "application/json", &vec![b' '; 300 * 1024]);
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        let answer = bad.raw("learner", &posts, "application/json", b"[]");
        assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    });
}

#[test]
fn every_command_refuses_unknown_fields_and_other_types() {
    nothing_changes(|bad| {
        let mut fields = 0;
        for operation in
            all().into_iter().filter(|operation| operation.pattern.starts_with("/api/v1/") && operation.writes())
        {
            let body = operation.body(&bad.world.ids, &Given::new());
            // The calculators answer for their own format.
            let Some(command) = body.as_object().filter(|_| !operation.id.starts_with("simulate_")) else { continue };
            let pattern = operation.pattern.strip_prefix("/api/v1").unwrap();
            let path = if operation.has_ids() { bad.world.path(pattern) } else { pattern.to_owned() };
            let mut unknown = command.clone();
            unknown.insert("unheard_of".to_owned(), json!(1));
            bad.field("lead", (&operation.method, &path, &Value::Object(unknown)), "/unheard_of");
            // Who tries much without credentials is slowed down.
            if operation.is_open() {
                continue;
            }
            // A quote's schedule is read by the calculator, with pointers of its own.
            for (name, value) in command.iter().filter(|(name, _)| *name != "schedule") {
                let mut wrong = command.clone();
                let other = if value.is_object() || value.is_array() { json!(5) } else { json!({"a": 1}) };
                wrong.insert(name.clone(), other);
                let answer = bad.people.send("lead", &operation.method, &path, &Value::Object(wrong));
                let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
                let is_named = errors
                    .iter()
                    .any(|error| error["pointer"].as_str().is_some_and(|at| at.starts_with(&format!("/{name}"))));
                assert!(answer.status == 422 && is_named, "{} {name}: {} {}", operation.id, answer.status, answer.text);
                fields += 1;
            }
        }
        assert!(fields > 80, "the document was read: {fields}");
    });
}

#[test]
fn numbers_and_texts_out_of_bounds_are_named() {
    nothing_changes(|bad| {
        let answer = format!("/surveys/{}/answers/{}", bad.survey, bad.world.ids["member_id"]);
        for number in no_seats() {
            for field in ["low_seats", "base_seats", "high_seats"] {
                let mut body = demand(1, 2, 3);
                body[field] = number.clone();
                bad.field("contact", ("PUT", &answer, &body), &format!("/{field}"));
            }
            let more = json!({"member_id": bad.world.ids["member_id"], "seats": number, "reason": "研修"});
            bad.field("contact", ("POST", "/contracts/{contract_id}/seat-requests", &more), "/seats");
            let mut call = entry_call(1);
            call["capacity"] = number.clone();
            bad.field("contact", ("POST", "/seat-accounts/{account_id}/entry-calls", &call), "/capacity");
            let movement = json!({"kind": "grant", "from_account_id": bad.world.ids["reserve_account_id"], "to_account_id": bad.world.ids["account_id"], "seats": number, "reason": "見直し"});
            bad.field("lead", ("POST", "/contracts/{contract_id}/seat-transfers", &movement), "/seats");
            let line =
                json!({"lines": [{"member_id": bad.world.ids["member_id"], "seats": number, "reason": "見直し"}]});
            bad.field("lead", ("POST", "/contracts/{contract_id}/allocation/publish", &line), "/lines/0/seats");
            if !number.is_null() {
                let mut plan = scenario(&bad.world.ids["quote_id"], &bad.survey);
                plan["supply"] = number.clone();
                bad.field("lead", ("POST", &format!("/rounds/{}/scenarios", bad.round), &plan), "/supply");
            }
        }
        let long = "長".repeat(30_000);
        let posts = "/consortia/{consortium_id}/posts";
        let post = |field: &str, text: &str| {
            let mut post = json!({"kind": "worry", "visibility": "consortium", "title": "題名", "body": "本文"});
            post[field] = json!(text);
            post
        };
        for field in ["title", "body"] {
            for text in [long.as_str(), "", "\u{0}", "   "] {
                bad.field("learner", ("POST", posts, &post(field, text)), &format!("/{field}"));
            }
        }
        let mut apply = application("boss@town.example.jp");
        apply["want_to_learn"] = json!(long);
        bad.field("colleague", ("POST", "/entry-calls/{call_id}/applications", &apply), "/want_to_learn");
        let member = |code: &str| json!({"municipality_code": code, "name": "架空町", "kana": "かくうまち", "kind": "town", "population": 1, "member_class": "full", "joined_on": "2026-04-01"});
        for code in ["143619", "14361", "1436180", "abcdef", ""] {
            bad.field("lead", ("POST", "/consortia/{consortium_id}/members", &member(code)), "/municipality_code");
        }
        let mut negative = member("143669");
        negative["population"] = json!(-1);
        bad.field("lead", ("POST", "/consortia/{consortium_id}/members", &negative), "/population");
        for query in ["limit=0", "limit=101", "limit=x", "limit=９", "unheard_of=1", "limit=9223372036854775808"] {
            let answer = bad.people.send(
                "lead",
                "GET",
                &format!("{}?{}", bad.world.path(posts), query.replace('９', "%EF%BC%99")),
                &Value::Null,
            );
            assert!([400, 422].contains(&answer.status), "{query}: {}", answer.text);
            assert_well(query, &answer, (answer.status, &answer.code()));
        }
    });
}
