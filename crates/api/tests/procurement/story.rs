//! From the survey to the published allocation, each step a documented call.

use crate::town_hall::{TownHall, id, plan, quote, wish};
use serde_json::{Value, json};
use testkit::app::on_both;

#[test]
fn a_fiscal_year_runs_from_the_survey_to_the_published_allocation() {
    on_both(|app| {
        let hall = TownHall::open(app);
        let (round, volume) = hall.surveyed();
        let schedule = json!({"mode": "graduated", "tiers": [{"up_to": 299, "unit": "26000"}, {"up_to": null, "unit": "20000"}], "fixed_fee": "100000"});
        let other = id(&hall.done(&hall.lead, &format!("/rounds/{round}/quotes"), &quote(schedule)));
        let compared = hall.get(&hall.contacts[0], &format!("/rounds/{round}/quotes/compare?from=290&to=310&at=290"));
        assert_eq!(compared.status, 200, "{}", compared.text);
        assert_eq!(compared.json()["quotes"][0]["advice"]["saving_yen"], 630_000);

        let path = format!("/rounds/{round}/scenarios");
        let created = hall.post(&hall.lead, &path, &plan(&volume));
        assert_eq!((created.status, created.headers["etag"].as_str()), (201, "\"1\""), "{}", created.text);
        let scenario = created.json();
        let yen: Vec<_> =
            scenario["plan"]["members"].as_array().unwrap().iter().map(|line| line["share_yen"].clone()).collect();
        assert_eq!(Value::from(yen), json!([1_821_600, 2_059_200, 2_296_800, 1_227_600, 514_800]));
        assert_eq!(scenario["plan"]["fairness_sentence"], "この案では、清川村だけで契約した方が19,800円安くなります。");
        let chosen = id(&scenario);
        assert_eq!(created.headers["location"], format!("/api/v1/scenarios/{chosen}"));
        let second = id(&hall.done(&hall.lead, &path, &plan(&other)));
        let table = hall.get(&hall.auditor, &format!("{path}/compare?ids={chosen},{second}"));
        assert_eq!(table.json()["rows"][0]["cells"].as_array().unwrap().len(), 2, "{}", table.text);
        hall.done(&hall.lead, &format!("/scenarios/{chosen}/finalise"), &Value::Null);
        let replay = hall.done(&hall.auditor, &format!("/scenarios/{chosen}/replay"), &Value::Null);
        assert_eq!((&replay["identical"], &replay["result_hash"]), (&json!(true), &scenario["result_hash"]));

        let contract = json!({
            "number": "R8-001（架空）", "vendor": "架空ラーニング株式会社",
            "starts_on": "2026-06-01", "ends_on": "2027-03-31", "signed_on": "2026-06-01",
        });
        let contract = id(&hall.done(&hall.lead, &format!("/rounds/{round}/contract"), &contract));
        let publish = format!("/contracts/{contract}/allocation/publish");
        let refused = hall.post(&hall.lead, &publish, &json!({}));
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "session_required"),
            "300 seats are no work for a script"
        );
        let lead = hall.lead_in_person();
        app.clock.advance(chrono::TimeDelta::minutes(6));
        let refused = hall.post(&lead, &publish, &json!({}));
        assert_eq!((refused.status, refused.code().as_str()), (403, "step_up_required"));
        let proof = json!({"password": "静かな雪の朝に鳴く鳥の声"});
        assert_eq!(hall.post(&lead, "/sessions/step-up", &proof).status, 204);
        let published = hall.done(&lead, &publish, &json!({}));
        assert_eq!(published["lines"].as_array().unwrap().len(), 5);
        let own = hall.get(&hall.contacts[4], &format!("/contracts/{contract}/allocation")).json();
        assert_eq!((own["lines"].as_array().unwrap().len(), &own["lines"][0]["seats"]), (1, &json!(15)));
        let share = hall.get(&hall.contacts[4], &format!("/contracts/{contract}/shares")).json();
        assert_eq!((&share["items"][0]["share_yen"], share["items"].as_array().unwrap().len()), (&json!(514_800), 1));
        let order = json!({"seats": 5, "ex_tax_yen": 120_000, "tax_yen": 12_000, "reason": "追加発注", "effective_on": "2026-10-01"});
        assert_eq!(hall.done(&hall.lead, &format!("/contracts/{contract}/amendments"), &order)["seats"], 305);
        let closed = hall.done(&hall.lead, &format!("/rounds/{round}/close"), &Value::Null);
        assert_eq!(closed["stage"], "closed");
        let report = app.service.store().read_now(app::verify::verify).unwrap();
        assert_eq!(report.findings, []);
    });
}

#[test]
fn an_answer_is_returned_corrected_and_fixed() {
    on_both(|app| {
        let hall = TownHall::open(app);
        let survey = hall.survey(&hall.round());
        let path = format!("/surveys/{survey}/answers/{}", hall.towns[0]);
        let contact = &hall.contacts[0];
        let saved = hall.put(contact, &path, None, &wish(70));
        assert_eq!((saved.status, saved.headers["etag"].as_str()), (200, "\"1\""), "{}", saved.text);
        assert_eq!(hall.put(contact, &path, None, &wish(71)).status, 428);
        assert_eq!(hall.put(contact, &path, Some("\"9\""), &wish(71)).status, 412);
        assert_eq!(hall.put(contact, &path, Some("\"1\""), &wish(71)).status, 200);
        hall.done(contact, &format!("{path}/submit"), &Value::Null);
        let returned = hall.done(&hall.lead, &format!("{path}/return"), &json!({"reason": "根拠をご記載ください。"}));
        assert_eq!(
            (&returned["state"], &returned["return_reason"]),
            (&json!("returned"), &json!("根拠をご記載ください。"))
        );
        hall.done(contact, &format!("{path}/submit"), &Value::Null);
        assert_eq!(hall.done(&hall.lead, &format!("{path}/fix"), &Value::Null)["state"], "fixed");
        let overview = hall.get(&hall.lead, &format!("/surveys/{survey}/answers")).json();
        assert_eq!((&overview["totals"]["fixed"], &overview["totals"]["base_seats"]), (&json!(1), &json!(71)));
        let reminders = hall.done(&hall.lead, &format!("/surveys/{survey}/remind"), &json!({}));
        assert_eq!(reminders["items"].as_array().unwrap().len(), 4);
        let waited = hall.get(&hall.auditor, &format!("/surveys/{survey}/unanswered")).json();
        assert_eq!(waited["items"].as_array().unwrap().len(), 4);
    });
}
