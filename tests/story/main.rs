//! One fiscal year over HTTP, on both databases: the nine steps of the main job, and what they leave behind.
//! Municipalities, codes and populations are real; membership, demand, prices and people are fictional.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail loudly")]

mod delivery;
mod procurement;
mod town;
mod waiting;

use acceptance::assert_verified;
use acceptance::people::{People, text};
use domain::access::Role;
use domain::municipality::kanagawa;
use serde_json::json;
use std::collections::BTreeSet;
use testkit::app::{TestApp, on_both};

/// Code, low, base, high, minimum, budget cap in yen (0: none); 中井町 is followed to its seats.
const DEMAND: [(&str, i64, i64, i64, i64, i64); 11] = [
    ("142018", 35, 40, 50, 20, 0),
    ("142034", 30, 35, 40, 15, 0),
    ("142042", 25, 30, 35, 10, 900_000),
    ("142051", 50, 60, 75, 20, 0),
    ("142069", 25, 30, 35, 10, 0),
    ("142077", 20, 25, 30, 10, 0),
    (TOWN, 1, 2, 4, 1, 200_000),
    ("143634", 10, 15, 18, 5, 0),
    (NEIGHBOUR, 15, 20, 25, 8, 0),
    ("143839", 10, 15, 15, 5, 450_000),
    (LATE, 10, 15, 15, 3, 500_000),
];
const TOWN: &str = "143618";
const NEIGHBOUR: &str = "143669";
const LATE: &str = "144029";
const LEARNERS: [&str; 4] = ["staff1", "staff2", "staff3", "staff4"];

struct Story<'a> {
    people: People<'a>,
    consortium: String,
}

impl Story<'_> {
    fn at(&self, instant: &str) {
        self.people.app.clock.set(instant.parse().unwrap());
    }

    fn member(&self, code: &str) -> String {
        let members = self.people.all("admin", &format!("/consortia/{}/members", self.consortium));
        text(&members.iter().find(|one| one["municipality_code"] == code).unwrap()["id"])
    }
}

#[test]
fn one_fiscal_year_runs_from_the_first_survey_to_the_last_seat() {
    on_both(|app| {
        let story = found(app);
        delivery::decline(&story);
        let (round, survey) = procurement::ask(&story);
        let quotes = procurement::price(&story, &round);
        let scenario = procurement::decide(&story, &round, &survey, &quotes);
        let (contract, account) = procurement::sign(&story, &round, &scenario);
        town::select(&story, &account);
        town::pass_on(&story, &account);
        town::request(&story, &contract, &account);
        town::learn(&story);
        remember(&story);
        delivery::deliver(&story);
        assert_verified(app);
    });
}

/// 1. The consortium, its lead and eleven municipalities, and the first people.
fn found(app: &TestApp) -> Story<'_> {
    app.clock.set("2025-09-01T09:00:00+09:00".parse().unwrap());
    let mut people = People::of(app);
    people.enter("admin", Role::Admin, None, None);
    let lead = json!({
        "municipality_code": "140007", "name": "神奈川県", "kana": "かながわけん", "kind": "prefecture",
        "population": 9_237_337, "member_class": "full", "joined_on": "2025-09-01",
    });
    let made = people.post("admin", "/consortia", &json!({"name": "オンライン学習共同調達（架空）", "lead": lead}));
    let consortium = text(&made["id"]);
    let members = format!("/consortia/{consortium}/members");
    for town in kanagawa().into_iter().filter(|town| DEMAND.iter().any(|row| row.0 == town.code)) {
        let add = json!({
            "municipality_code": town.code, "name": town.name, "kana": town.kana, "kind": town.kind,
            "population": town.population, "member_class": "full", "joined_on": "2025-09-01",
        });
        people.post("admin", &members, &add);
    }
    let all = people.all("admin", &members);
    assert_eq!(all.len(), 12);
    for one in &all {
        let (code, id) = (text(&one["municipality_code"]), text(&one["id"]));
        let (who, role) = if one["is_lead"] == true { ("lead", Role::Lead) } else { (code.as_str(), Role::Contact) };
        people.enter(who, role, Some(&consortium), Some(&id));
        if code == TOWN {
            for learner in LEARNERS {
                people.enter(learner, Role::Learner, Some(&consortium), Some(&id));
            }
        }
        if code == NEIGHBOUR {
            people.enter("neighbour", Role::Learner, Some(&consortium), Some(&id));
        }
    }
    people.enter("auditor", Role::Auditor, Some(&consortium), None);
    Story { people, consortium }
}

/// 9. Each fact has its audit entry and its mail.
fn remember(story: &Story<'_>) {
    story.at("2026-07-01T09:00:00+09:00");
    let words = |path: &str, field: &str| -> BTreeSet<String> {
        let rows = story.people.all("auditor", &format!("/consortia/{}/{path}", story.consortium));
        rows.iter().map(|row| text(&row[field])).collect()
    };
    let missing = |wanted: &[&str], found: &BTreeSet<String>| -> Vec<String> {
        wanted.iter().filter(|word| !found.contains(**word)).map(|word| (*word).to_owned()).collect()
    };
    let facts = words("audit-entries", "action");
    assert_eq!(missing(FACTS, &facts), Vec::<String>::new(), "{facts:?}");
    let mails = words("mails", "kind");
    assert_eq!(missing(MAILS, &mails), Vec::<String>::new(), "{mails:?}");
}

const FACTS: &[&str] = &[
    "consortium.created",
    "member.added",
    "round.created",
    "survey.created",
    "survey.opened",
    "answer.saved",
    "answer.submitted",
    "answer.returned",
    "answer.fixed",
    "survey.extended",
    "survey.reminded",
    "survey.closed",
    "quote.created",
    "scenario.created",
    "scenario.finalised",
    "contract.made",
    "allocation.published",
    "seats.transferred",
    "entry_call.created",
    "entry_call.opened",
    "entry_call.closed",
    "entry_call.selected",
    "application.submitted",
    "application.acknowledged",
    "application.decided",
    "seat.assigned",
    "seat.waitlisted",
    "seat.released",
    "offer.made",
    "offer.expired",
    "offer.accepted",
    "seat_request.submitted",
    "seat_request.approved",
    "seat_request.declined",
    "post.created",
    "comment.created",
    "post.resolved",
    "post.marked_helpful",
    "replication.recorded",
];

const MAILS: &[&str] = &[
    "survey_opened",
    "survey_answer_returned",
    "survey_reminder",
    "estimate_notice",
    "contract_made",
    "allocation_published",
    "entry_call_opened",
    "application_received",
    "application_arrived",
    "acknowledgement_requested",
    "application_selected",
    "application_waiting",
    "seat_returned",
    "offer_made",
    "offer_expired",
    "seat_assigned",
    "seat_request_submitted",
    "seat_request_granted",
    "seat_request_declined",
    "post_commented",
    "post_resolved",
];
