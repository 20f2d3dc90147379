//! Bad input over HTTP, on both databases: always problem+json with a code and a Japanese sentence, and
//! nothing changed. Forged tokens, broken databases and broken mail servers have tests beside their code.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

mod reading;
mod rules;
mod together;

use acceptance::assert_verified;
use acceptance::people::{People, text};
use acceptance::world::{World, round, survey};
use serde_json::Value;
use testkit::app::{Answer, on_both};

const NOWHERE: &str = "0199b3f0-0000-7000-8000-00000000dead";

/// A world, and a second round in which a survey is open until 20 May.
struct Bad<'a> {
    world: World,
    people: People<'a>,
    round: String,
    survey: String,
}

/// Tells the story, and holds that nothing of the world changed and that all invariants stand.
fn nothing_changes(story: impl Fn(&Bad<'_>)) {
    on_both(|app| {
        let (world, people) = World::build(app);
        let members = [world.ids["member_id"].as_str(), world.ids["other_member_id"].as_str()];
        let made = people.post("lead", &world.path("/consortia/{consortium_id}/rounds"), &round(&members));
        let round = text(&made["id"]);
        let made = people.post("lead", &format!("/rounds/{round}/surveys"), &survey("2026-05-20"));
        let survey = text(&made["id"]);
        people.act("lead", &format!("/surveys/{survey}/open"));
        let bad = Bad { world, people, round, survey };
        let before = bad.state();
        story(&bad);
        let after = bad.state();
        for (path, seen) in before {
            assert_eq!(after.iter().find(|(other, _)| *other == path).unwrap().1, seen, "{path} changed");
        }
        assert_verified(app);
    });
}

impl Bad<'_> {
    /// All that people see of the world.
    fn state(&self) -> Vec<(String, Value)> {
        let lead = [
            "/consortia/{consortium_id}",
            "/consortia/{consortium_id}/members",
            "/consortia/{consortium_id}/rounds",
            "/surveys/{survey_id}",
            "/surveys/{survey_id}/answers",
            "/rounds/{round_id}",
            "/rounds/{round_id}/quotes",
            "/rounds/{round_id}/scenarios",
            "/contracts/{contract_id}",
            "/contracts/{contract_id}/allocation",
            "/contracts/{contract_id}/shares",
            "/contracts/{contract_id}/seat-accounts",
            "/contracts/{contract_id}/seat-transfers",
            "/contracts/{contract_id}/seat-requests",
            "/consortia/{consortium_id}/mails",
            "/consortia/{consortium_id}/posts",
            "/posts/{post_id}/comments",
        ];
        let contact = [
            "/consortia/{consortium_id}/users",
            "/consortia/{consortium_id}/entry-calls",
            "/entry-calls/{call_id}/applications",
            "/seat-accounts/{account_id}/assignments",
            "/seat-accounts/{account_id}/waiting-entries",
        ];
        let mut seen = Vec::new();
        for (who, paths) in [("lead", lead.as_slice()), ("contact", contact.as_slice())] {
            for pattern in paths {
                seen.push(((*pattern).to_owned(), self.people.get(who, &self.world.path(pattern))));
            }
        }
        for path in [
            format!("/rounds/{}", self.round),
            format!("/rounds/{}/quotes", self.round),
            format!("/rounds/{}/scenarios", self.round),
            format!("/surveys/{}", self.survey),
            format!("/surveys/{}/answers", self.survey),
        ] {
            let now = self.people.get("lead", &path);
            seen.push((path, now));
        }
        let facts = self.people.all("lead", &self.world.path("/consortia/{consortium_id}/audit-entries"));
        let done = facts.into_iter().filter(|fact| fact["outcome"] == "done").map(|fact| fact["action"].clone());
        seen.push(("facts".to_owned(), done.collect()));
        seen
    }

    /// A request that must be refused so, and well.
    fn refused(
        &self,
        who: &str,
        request: (&str, &str, &Value),
        headers: &[(&str, &str)],
        wanted: (u16, &str),
    ) -> Answer {
        let (method, pattern, body) = request;
        let path = if pattern.contains('{') { self.world.path(pattern) } else { pattern.to_owned() };
        let answer = self.people.with(who, method, &path, headers, body);
        assert_well(&format!("{who} {method} {path} {body}"), &answer, wanted);
        answer
    }

    /// A field that must be refused, by its pointer.
    fn field(&self, who: &str, request: (&str, &str, &Value), pointer: &str) {
        let answer = self.refused(who, request, &[], (422, "invalid_fields"));
        let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
        assert!(errors.iter().any(|error| error["pointer"] == pointer), "{pointer} in {}: {}", request.2, answer.text);
        for error in errors {
            assert!(is_japanese(error["detail"].as_str().unwrap_or_default()), "{error}");
        }
    }

    fn raw(&self, who: &str, path: &str, kind: &str, body: &[u8]) -> String {
        let head = format!(
            "POST /api/v1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.people.tokens[who],
            body.len()
        );
        self.people.app.raw(&[head.as_bytes(), body].concat())
    }
}

fn is_japanese(text: &str) -> bool {
    text.chars().any(|c| ('\u{3041}'..='\u{30ff}').contains(&c))
}

fn assert_well(at: &str, answer: &Answer, (status, code): (u16, &str)) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{at}: {}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{at}");
    let problem = answer.json();
    assert!(is_japanese(problem["detail"].as_str().unwrap_or_default()), "{at}: {}", answer.text);
    assert!(problem["title"].is_string() && problem["request_id"].is_string(), "{at}: {}", answer.text);
}
