//! The trail is read by those whom it concerns: a consortium's by its lead and auditors, the service's by administrators.

use acceptance::people::{People, text};
use acceptance::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::app::on_both;

fn actions(found: &[Value]) -> BTreeSet<String> {
    found.iter().map(|entry| text(&entry["action"])).collect()
}

fn every(people: &People<'_>, who: &str, path: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next = String::new();
    let (start, mark) = (path.to_owned(), if path.contains('?') { '&' } else { '?' });
    loop {
        let page = people.get(who, &format!("{start}{mark}limit=100{next}"));
        found.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return found,
        }
    }
}

#[test]
fn administrators_read_what_belongs_to_no_consortium() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let all = every(&people, "admin", "/audit-entries");
        let seen = actions(&all);
        assert!(seen.contains("session.signed_in") && seen.contains("user.added"), "{seen:?}");
        assert!(!seen.contains("round.created"), "nothing of a consortium: {seen:?}");
        assert!(all.iter().all(|entry| entry["ip"] == "127.0.0.1" || entry["actor_role"] == "service"), "{all:#?}");
        let lead = &people.users["lead"];
        let of_lead = every(&people, "admin", &format!("/audit-entries?actor={lead}&event=session.signed_in"));
        assert_eq!(of_lead.len(), 1);
        assert_eq!((&of_lead[0]["actor_id"], &of_lead[0]["actor_role"]), (&json!(lead), &json!("lead")));
        assert_eq!(every(&people, "admin", "/audit-entries?event=round.created"), Vec::<Value>::new());
        for who in ["lead", "contact", "learner", "auditor", "stranger"] {
            assert_eq!(people.send(who, "GET", "/audit-entries", &Value::Null).status, 403, "{who}");
        }
        // Two days later.
        app.clock.advance(chrono::Duration::days(2));
        people.in_person("admin", "/signing-keys", &Value::Null);
        let late = every(&people, "admin", "/audit-entries?from=2026-05-02T00:00:00Z");
        assert_eq!(actions(&late), BTreeSet::from(["session.signed_in".to_owned(), "signing_key.rotated".to_owned()]));
        let early = every(&people, "admin", "/audit-entries?to=2026-05-02T00:00:00Z");
        assert_eq!(early.len(), all.len());
        for (query, field) in [
            ("from=2026-05-03T00:00:00Z&to=2026-05-02T00:00:00Z", "to"),
            ("from=yesterday", "from"),
            ("from=-0044-03-15T00:00:00Z", "from"),
        ] {
            let refused = people.send("admin", "GET", &format!("/audit-entries?{query}"), &Value::Null);
            assert_eq!(
                (refused.status, refused.json()["errors"][0]["pointer"].as_str()),
                (422, Some(field)),
                "{query}"
            );
        }
        // A cursor of the service's trail opens no consortium's.
        let page = people.get("admin", "/audit-entries?limit=1");
        let other =
            format!("{}?cursor={}", world.path("/consortia/{consortium_id}/audit-entries"), text(&page["next_cursor"]));
        assert_eq!(people.send("lead", "GET", &other, &Value::Null).code(), "invalid_cursor");
    });
}

#[test]
fn a_consortium_s_trail_is_searched_by_person_and_span() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let path = world.path("/consortia/{consortium_id}/audit-entries");
        let all = every(&people, "lead", &path);
        app.clock.advance(chrono::Duration::days(2));
        let name = json!({"name": "架空の共同調達（改）"});
        let version = people.get("lead", &world.path("/consortia/{consortium_id}"))["version"].clone();
        people.put("lead", &world.path("/consortia/{consortium_id}"), Some(&version), &name);
        let late = every(&people, "lead", &format!("{path}?from=2026-05-02T00:00:00Z"));
        assert_eq!(actions(&late), BTreeSet::from(["consortium.renamed".to_owned()]));
        assert_eq!(every(&people, "lead", &format!("{path}?to=2026-05-02T00:00:00Z")).len(), all.len());
        let lead = &people.users["lead"];
        let of_lead = every(&people, "lead", &format!("{path}?actor={lead}&to=2026-05-02T00:00:00Z"));
        let by_lead = all.iter().filter(|entry| entry["actor_id"] == *lead).count();
        assert!(by_lead > 3);
        assert_eq!(of_lead.len(), by_lead);
        // The address belongs to the access record, which auditors read.
        assert!(late.iter().all(|entry| entry["ip"].is_null()));
        let audited = every(&people, "auditor", &format!("{path}?from=2026-05-02T00:00:00Z"));
        assert!(audited.iter().any(|entry| entry["ip"] == "127.0.0.1"), "{audited:?}");
    });
}
