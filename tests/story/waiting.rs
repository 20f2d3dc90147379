//! What waits for whom, on both databases: each role sees its own work with its deadlines, and nobody another's.

use acceptance::people::People;
use acceptance::world::{ROLES, World, demand, round, survey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::app::on_both;

/// What waits for somebody: kind → subject.
fn waits(people: &People<'_>, who: &str) -> BTreeMap<String, Value> {
    let items = people.get(who, "/me/waiting")["items"].as_array().unwrap().clone();
    items.into_iter().map(|item| (item["kind"].as_str().unwrap().to_owned(), item)).collect()
}

#[test]
fn each_role_sees_what_waits_for_it_with_its_deadline() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let all: BTreeMap<&str, _> = ROLES.iter().map(|who| (*who, waits(&people, who))).collect();
        let request = &all["lead"]["request_to_decide"];
        assert_eq!((&request["subject_id"], &request["count"]), (&json!(world.ids["request_id"]), &json!(2)));
        let call = &all["learner"].get("call_to_apply");
        assert!(call.is_none(), "the learner has applied: {call:?}");
        for who in ["auditor", "admin", "stranger"] {
            assert!(!all[who].contains_key("request_to_decide"), "{who}: {:?}", all[who]);
        }
        let other = &all["other_town"];
        assert_eq!(other["seats_to_assign"]["member_id"], json!(world.ids["other_member_id"]), "{other:?}");
        assert!(!other.contains_key("applications_to_select"));
    });
}

#[test]
fn a_survey_waits_for_the_towns_that_did_not_answer_and_then_for_the_lead() {
    on_both(|app| {
        let (world, people) = World::build(app);
        let round = round(&[&world.ids["member_id"], &world.ids["other_member_id"]]);
        let round = people.post("lead", &format!("/consortia/{}/rounds", world.ids["consortium_id"]), &round);
        let round = round["id"].as_str().unwrap().to_owned();
        let draft = &waits(&people, "lead")["round_to_carry_on"];
        assert_eq!((&draft["subject_id"], &draft["stage"]), (&json!(round), &json!("draft")));
        let survey = people.post("lead", &format!("/rounds/{round}/surveys"), &survey("2026-06-10"));
        let survey = survey["id"].as_str().unwrap().to_owned();
        people.act("lead", &format!("/surveys/{survey}/open"));
        for who in ["contact", "other_town"] {
            let open = &waits(&people, who)["survey_to_answer"];
            assert_eq!((&open["subject_id"], &open["due_on"]), (&json!(survey), &json!("2026-06-10")), "{who}");
        }
        let answer = format!("/surveys/{survey}/answers/{}", world.ids["member_id"]);
        people.put("contact", &answer, None, &demand(1, 2, 3));
        assert!(waits(&people, "contact").contains_key("survey_to_answer"), "a draft is no answer");
        people.act("contact", &format!("{answer}/submit"));
        assert!(!waits(&people, "contact").contains_key("survey_to_answer"));
        assert_eq!(waits(&people, "lead")["answers_to_fix"]["count"], json!(1));
        people.post("lead", &format!("{answer}/return"), &json!({"reason": "席数を確かめてください。"}));
        assert_eq!(waits(&people, "contact")["answer_returned"]["subject_id"], json!(survey));
    });
}
