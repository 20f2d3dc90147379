//! The spine of two fiscal years, through the API of the running service as the lead would do it: survey, quotes,
//! scenarios, one finalised, contract, allocation; and the next round, which is still being surveyed.

use super::people::{answer, email, insert};
use super::size::{CONSORTIUM, Size, town};
use crate::Failure;
use crate::data::{PASSWORD, Plain};
use crate::http::{Answer, Client, Request};
use crate::server::Database;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Somebody at the API.
pub(super) struct Api {
    client: Client,
    pub(super) token: String,
}

impl Api {
    pub(super) fn enter(address: SocketAddr, who: &str) -> Result<Self, Failure> {
        let mut api = Self { client: Client::new(address), token: String::new() };
        let session = api.post("/sessions", &json!({"email": email(who), "password": PASSWORD}))?;
        api.token = text(&session, "/access_token")?;
        Ok(api)
    }

    pub(super) fn post(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/api/v1{path}");
        let request = Request { method: "POST", path: &path, token: &self.token, idempotency_key: None, body: &body };
        let Answer { status, body, .. } = self.client.send(&request)?;
        if !(200..300).contains(&status) {
            return Err(format!("{path}: {status} {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? })
    }
}

/// A text of an answer.
pub(super) fn text(value: &Value, pointer: &str) -> Result<String, Failure> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("no {pointer} in {value}").into())
}

/// What the story made.
pub(super) struct Story {
    pub(super) contract: String,
    pub(super) request: String,
    /// The survey that is open.
    pub(super) survey: String,
}

pub(super) fn tell(database: &Database, address: SocketAddr, size: &Size) -> Result<Story, Failure> {
    let mut plain = Plain::open(database)?;
    let today = plain.text("SELECT CAST(CURRENT_DATE AS TEXT) AS text")?;
    let year = |years: i32| -> Result<String, Failure> {
        let date: chrono::NaiveDate = today.parse()?;
        Ok((date + chrono::Duration::days(i64::from(years) * 365)).to_string())
    };
    let lead = &mut Api::enter(address, "lead")?;
    let (round, survey) = open(lead, &mut plain, size, 2026, &year(1)?)?;
    answer(&mut plain, size, (&survey, 'a'), "fixed", |_| true)?;
    lead.post(&format!("/surveys/{survey}/close"), &Value::Null)?;
    let quotes = quotes(lead, &round, &year(1)?)?;
    let made = scenarios(lead, size, &round, &survey, &quotes)?;
    lead.post(&format!("/scenarios/{made}/finalise"), &Value::Null)?;
    let contract = lead.post(
        &format!("/rounds/{round}/contract"),
        &json!({
            "number": "R8-001（架空）", "vendor": "架空ラーニング株式会社", "starts_on": "2026-04-01",
            "ends_on": year(1)?, "signed_on": "2026-04-01",
        }),
    )?;
    let contract = text(&contract, "/id")?;
    lead.post(&format!("/contracts/{contract}/allocation/publish"), &json!({"lines": []}))?;
    let (next, survey) = open(lead, &mut plain, size, 2027, &year(1)?)?;
    answer(&mut plain, size, (&survey, 'b'), "submitted", |number| number % 3 > 0 && number > 1)?;
    let quotes = self::quotes(lead, &next, &year(1)?)?;
    scenarios(lead, size, &next, &survey, &quotes)?;
    let more = json!({"member_id": town(1), "seats": 5, "reason": "新規採用者の研修のため（架空）"});
    let asked = Api::enter(address, "contact1")?.post(&format!("/contracts/{contract}/seat-requests"), &more)?;
    Ok(Story { contract, request: text(&asked, "/id")?, survey })
}

/// Elements that one array of a request may have.
const MOST_AT_ONCE: usize = 1_000;

/// A round with every municipality, and its open survey.
fn open(
    lead: &mut Api,
    plain: &mut Plain,
    size: &Size,
    year: i32,
    deadline: &str,
) -> Result<(String, String), Failure> {
    let members: Vec<String> = (1..=size.towns().min(MOST_AT_ONCE)).map(town).collect();
    let round = lead.post(
        &format!("/consortia/{CONSORTIUM}/rounds"),
        &json!({
            "title": format!("{year}年度 共同調達（架空）"), "product": "オンライン学習（架空）", "fiscal_year": year,
            "contract_mode": "lead_contract", "census_year": 2020, "seats_counted_on": "2026-04-01", "member_ids": members,
        }),
    )?;
    let round = text(&round, "/id")?;
    let more: Vec<String> = (MOST_AT_ONCE + 1..=size.towns())
        .map(|number| format!("('{round}', '{}', '{CONSORTIUM}', '2026-04-01 00:00:00')", town(number)))
        .collect();
    plain.batch(&insert("round_members (round_id, member_id, consortium_id, created_at)", &more))?;
    let survey = json!({"kind": "intent", "title": format!("{year}年度 意向調査"), "note": "必要な席数をお答えください（架空）。", "deadline_on": deadline});
    let survey = text(&lead.post(&format!("/rounds/{round}/surveys"), &survey)?, "/id")?;
    lead.post(&format!("/surveys/{survey}/open"), &Value::Null)?;
    Ok((round, survey))
}

fn quotes(lead: &mut Api, round: &str, valid_until: &str) -> Result<Vec<String>, Failure> {
    let volume = json!({
        "mode": "volume", "fixed_fee": "0", "minimum_commitment": "0", "buy_up": true,
        "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": 999, "unit": "27000"}, {"up_to": 49_999, "unit": "24000"}, {"up_to": null, "unit": "21000"}],
    });
    let graduated = json!({
        "mode": "graduated", "fixed_fee": "300000", "minimum_commitment": "2000000", "buy_up": true,
        "tiers": [{"up_to": 1_000, "unit": "29000"}, {"up_to": null, "unit": "20500"}],
    });
    let mut made = Vec::new();
    for (title, schedule) in [("全量適用", volume), ("段階適用・基本料あり", graduated)] {
        let quote = json!({
            "vendor": "架空ラーニング株式会社", "title": title, "valid_until_on": valid_until, "schedule": schedule,
            "tax_rate": "0.10", "tax_included": false, "note": "架空の見積です。",
        });
        made.push(text(&lead.post(&format!("/rounds/{round}/quotes"), &quote)?, "/id")?);
    }
    Ok(made)
}

/// Five scenarios; answers the first, which holds a reserve.
fn scenarios(lead: &mut Api, size: &Size, round: &str, survey: &str, quotes: &[String]) -> Result<String, Failure> {
    let seats = i64::try_from(size.seats())?;
    let mixture = |equal: &str, population: &str, seats: &str| json!({"kind": "mixture", "equal": equal, "population": population, "seats": seats});
    let rules = [
        (Some(seats), json!({"kind": "per_seat"})),
        (None, mixture("10", "0", "90")),
        (None, mixture("20", "30", "50")),
        (Some(seats / 2), mixture("5", "47.5", "47.5")),
        (None, json!({"kind": "per_seat"})),
    ];
    let mut made = Vec::new();
    for (number, ((supply, rule), quote)) in rules.into_iter().zip(quotes.iter().cycle()).enumerate() {
        let scenario = json!({
            "name": format!("案{}", number + 1), "quote_id": quote, "survey_id": survey, "supply": supply,
            "allocation": {"rule": "webster"}, "sharing": {"rule": rule},
        });
        made.push(text(&lead.post(&format!("/rounds/{round}/scenarios"), &scenario)?, "/id")?);
    }
    made.into_iter().next().ok_or_else(|| "no scenario".into())
}
