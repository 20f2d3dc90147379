//! Many people and programs at once: keys, versions, and ids that belong to others.

use crate::{NOWHERE, assert_well, nothing_changes};
use acceptance::people::text;
use acceptance::world::World;
use acceptance::{assert_verified, at_once};
use serde_json::{Value, json};
use testkit::app::{Answer, on_both};

#[test]
fn keys_and_versions_keep_edits_apart() {
    nothing_changes(|bad| {
        let consortium = "/consortia/{consortium_id}";
        let name = json!({"name": "新しい名前（架空）"});
        bad.refused("lead", ("PUT", consortium, &name), &[], (428, "precondition_required"));
        bad.refused("lead", ("PUT", consortium, &name), &[("if-match", "\"7\"")], (412, "stale"));
        let unread = bad.people.with("lead", "PUT", &bad.world.path(consortium), &[("if-match", "nonsense")], &name);
        assert!([400, 412].contains(&unread.status), "{}", unread.text);
        bad.refused("lead", ("DELETE", "/scenarios/{scenario_id}", &Value::Null), &[], (428, "precondition_required"));
        let preview = "/contracts/{contract_id}/seat-requests/preview";
        let member = json!({"member_id": bad.world.ids["member_id"], "seats": 1});
        bad.people.post("contact", &bad.world.path(preview), &member);
        let long = "k".repeat(201);
        let key = bad.people.with("contact", "POST", &bad.world.path(preview), &[("idempotency-key", &long)], &member);
        assert_eq!(key.status, 400, "{}", key.text);
    });
}

#[test]
fn an_idempotency_key_stands_for_one_request() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let path = world.path("/posts/{post_id}/comments");
        let say =
            |body: &str| people.with("contact", "POST", &path, &[("idempotency-key", "key-1")], &json!({"body": body}));
        let (first, again) = (say("同じ内容"), say("同じ内容"));
        assert_eq!((first.status, &first.text), (201, &again.text));
        assert_well("reused", &say("別の内容"), (422, "idempotency_key_reused"));
        let comments = people.all("contact", &path);
        assert_eq!(comments.iter().filter(|one| one["body"] == "同じ内容").count(), 1);
        assert_verified(app);
    });
}

/// R01: whoever is first does the work, the others get its answer, byte for byte.
#[test]
fn sixteen_requests_with_one_key_at_once_have_one_effect_and_one_answer() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let (comments, claims) =
            (world.path("/posts/{post_id}/comments"), world.path("/seat-accounts/{other_account_id}/claims"));
        let body = json!({"body": "同時の内容"});
        for (who, path, body) in [("contact", &comments, &body), ("other_learner", &claims, &Value::Null)] {
            let send = || people.with(who, "POST", path, &[("idempotency-key", "at-once")], body);
            let answers = at_once(&send);
            assert_eq!(answers[0].status, 201, "{}", answers[0].text);
            assert!(answers.iter().all(|answer| answer.text == answers[0].text && answer.status == 201), "{answers:?}");
        }
        let said = people.all("contact", &comments);
        assert_eq!(said.iter().filter(|one| one["body"] == "同時の内容").count(), 1);
        let account = people.get("lead", &world.path("/seat-accounts/{other_account_id}"));
        assert_eq!(account["assigned"], 1);
        assert_verified(app);
    });
}

/// R09: of sixteen who edit the same version one is heard, the others learn that they are late; nothing is lost.
#[test]
fn of_sixteen_editors_of_one_version_one_is_heard_and_the_history_is_complete() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let path = world.path("/posts/{post_id}");
        let count = std::sync::atomic::AtomicUsize::new(0);
        for version in 1..=3 {
            let tag = format!("\"{version}\"");
            let edit = || {
                let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let body = json!({"visibility": "consortium", "title": format!("題 {number}"), "body": "直しました。"});
                people.with("learner", "PUT", &path, &[("if-match", &tag)], &body)
            };
            let answers = at_once(&edit);
            assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
            for late in answers.iter().filter(|answer| answer.status != 200) {
                assert_well("late", late, (412, "stale"));
            }
        }
        assert_eq!(people.get("learner", &path)["version"], 4);
        assert_eq!(people.all("learner", &format!("{path}/revisions")).len(), 4, "every version is kept");
        assert_verified(app);
    });
}

/// R09 for the allocation: who changes a version that somebody else has just replaced hears it, and no seat moves twice.
#[test]
fn of_sixteen_who_publish_over_one_version_one_is_heard() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let path = world.path("/contracts/{contract_id}/allocation");
        let publish = world.path("/contracts/{contract_id}/allocation/publish");
        let before = people.get("lead", &path);
        let (line, version) = (&before["lines"][0], before["version"].as_i64().unwrap());
        let tag = format!("\"{version}\"");
        let seats = line["seats"].as_i64().unwrap();
        let count = std::sync::atomic::AtomicI64::new(1);
        let send = || {
            let more = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let line = json!({"member_id": line["member_id"], "seats": seats + more % 2 + 1, "reason": "追加の配分"});
            people.with("lead", "POST", &publish, &[("if-match", &tag)], &json!({"lines": [line]}))
        };
        let answers = at_once(&send);
        let heard: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(heard.len(), 1, "{answers:?}");
        for late in answers.iter().filter(|answer| answer.status != 200) {
            assert_well("late", late, (412, "stale"));
        }
        let after = people.get("lead", &path);
        assert_eq!((after["version"].as_i64(), &after["lines"]), (Some(version + 1), &heard[0].json()["lines"]));
        assert_verified(app);
    });
}

/// Paths are held by the matrix; here ids of others stand in bodies, cursors and filters.
#[test]
fn ids_of_others_are_as_good_as_none() {
    nothing_changes(|bad| {
        let ids = |name: &str| bad.world.ids[name].as_str();
        let same = |who: &str, path: &str, field: &str, others: &str, rest: Value| {
            let with = |id: &str| {
                let mut body = rest.clone();
                body[field] = json!(id);
                bad.people.send(who, "POST", &bad.world.path(path), &body)
            };
            let (there, nowhere) = (with(others), with(NOWHERE));
            let bare = |answer: &Answer| {
                let mut problem = answer.json();
                problem.as_object_mut().unwrap().remove("request_id");
                (answer.status, problem)
            };
            assert!((400..500).contains(&there.status), "{who} {path} {field}: {}", there.text);
            assert_eq!(bare(&there), bare(&nowhere), "{who} {path} {field}");
        };
        for other in ["other_user_id", "foreign_user_id"] {
            same("contact", "/seat-accounts/{account_id}/assignments", "user_id", ids(other), json!({}));
            same("contact", "/seat-accounts/{account_id}/claims", "user_id", ids(other), json!({}));
        }
        for other in ["other_member_id", "foreign_member_id"] {
            let rest = json!({"seats": 1, "reason": "研修"});
            same("contact", "/contracts/{contract_id}/seat-requests", "member_id", ids(other), rest);
            same(
                "contact",
                "/contracts/{contract_id}/seat-requests/preview",
                "member_id",
                ids(other),
                json!({"seats": 1}),
            );
        }
        let rest = json!({"kind": "return", "seats": 1, "reason": "不要"});
        same("contact", "/contracts/{contract_id}/seat-transfers", "from_account_id", ids("other_account_id"), rest);
        let invite =
            json!({"email": "new@town.example.jp", "display_name": "架空 新人", "kana": "かくう", "role": "contact"});
        same("lead", "/consortia/{consortium_id}/users", "member_id", ids("foreign_member_id"), invite);
        let create = json!({"title": "回", "product": "学習", "fiscal_year": 2026, "contract_mode": "lead_contract", "census_year": 2020, "seats_counted_on": "2026-04-01"});
        let rounds = bad.world.path("/consortia/{consortium_id}/rounds");
        for id in [ids("foreign_member_id"), NOWHERE] {
            let mut create = create.clone();
            create["member_ids"] = json!([id]);
            bad.field("lead", ("POST", &rounds, &create), "/member_ids/0");
        }
        same("learner", "/posts/{public_post_id}/comments", "reply_to_id", ids("comment_id"), json!({"body": "返信"}));

        // A cursor of one list opens no other.
        let members =
            bad.people.get("lead", &format!("{}?limit=1", bad.world.path("/consortia/{consortium_id}/members")));
        let cursor = text(&members["next_cursor"]);
        let foreign = bad.world.path("/consortia/{foreign_consortium_id}/members");
        let refused = bad.people.send("stranger", "GET", &format!("{foreign}?cursor={cursor}"), &Value::Null);
        assert_well("a foreign cursor", &refused, (refused.status, "invalid_cursor"));
        for forged in ["x", "eA.AAAA", &format!("{cursor}x")] {
            let path = format!("{}?cursor={forged}", bad.world.path("/consortia/{consortium_id}/members"));
            let refused = bad.people.send("lead", "GET", &path, &Value::Null);
            assert_well(forged, &refused, (refused.status, "invalid_cursor"));
        }
        // A filter finds nothing of others.
        for (who, path) in [
            ("stranger", format!("/consortia/{}/posts?member_id={}", ids("foreign_consortium_id"), ids("member_id"))),
            ("stranger", format!("/consortia/{}/users?member_id={}", ids("foreign_consortium_id"), ids("member_id"))),
            (
                "stranger",
                format!("/consortia/{}/audit-entries?subject_id={}", ids("foreign_consortium_id"), ids("round_id")),
            ),
            ("contact", format!("/consortia/{}/users?member_id={}", ids("consortium_id"), ids("other_member_id"))),
            ("other_town", format!("/consortia/{}/posts?q=%E5%BA%81%E5%86%85", ids("consortium_id"))),
        ] {
            assert_eq!(bad.people.get(who, &path)["items"], json!([]), "{who} {path}");
        }
    });
}
