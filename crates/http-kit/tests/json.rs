//! Bad input, field by field: every refusal names its place and its reason.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "a test may fail loudly"
)]

use domain::fiscal_year::FiscalYear;
use domain::values::SeatCount;
use http_kit::{NoBody, Problem, json};
use serde::Deserialize;
use serde_json::{Value, json as value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its reading is tested")]
struct Answer {
    seats: i64,
    small: Option<u32>,
    label: Option<String>,
    on: Option<chrono::NaiveDate>,
    at: Option<chrono::DateTime<chrono::Utc>>,
    year: Option<FiscalYear>,
    count: Option<SeatCount>,
    class: Option<Class>,
    rule: Option<Rule>,
    tiers: Option<Vec<Tier>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Class {
    Full,
    Associate,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(dead_code, reason = "only its reading is tested")]
enum Rule {
    Equal,
    Weighted { weight: i64 },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its reading is tested")]
struct Tier {
    #[serde(rename = "a/b")]
    from: i64,
}

fn refused(text: &str) -> Value {
    let problem: Problem = json::read::<Answer>(text.as_bytes()).unwrap_err();
    serde_json::to_value(problem.document("", "")).unwrap()
}

/// Pointer and code of the refused field.
fn field(text: &str) -> (String, String) {
    let body = refused(text);
    assert_eq!((&body["status"], &body["code"]), (&value!(422), &value!("invalid_fields")), "{text}");
    let word = |name: &str| body["errors"][0][name].as_str().unwrap().to_owned();
    assert!(word("detail").ends_with('。'), "{text}");
    (word("pointer"), word("code"))
}

fn is(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

#[test]
fn a_good_command_is_read() {
    let answer: Answer = json::read(
        r#"{"seats": 5, "on": "2026-04-01", "at": "2026-04-01T09:00:00+09:00", "year": 2026, "count": 3,
            "class": "associate", "rule": {"kind": "weighted", "weight": 2}, "tiers": [{"a/b": 1}]}"#
            .as_bytes(),
    )
    .unwrap();
    assert_eq!((answer.seats, answer.small), (5, None));
    assert!(matches!(answer.class, Some(Class::Associate)));
    assert!(matches!(answer.rule, Some(Rule::Weighted { weight: 2 })));
}

#[test]
fn broken_syntax_is_400_with_line_and_column() {
    for (text, line, column) in
        [("{\"seats\": 5,\n }", "2", "2"), ("{", "1", "1"), ("{\"seats\": 5} x", "1", "14"), ("{'a': 1}", "1", "2")]
    {
        let body = refused(text);
        assert_eq!((&body["status"], &body["code"]), (&value!(400), &value!("malformed_json")), "{text}");
        assert_eq!((&body["facts"]["line"], &body["facts"]["column"]), (&value!(line), &value!(column)), "{text}");
    }
    assert_eq!(refused("\u{feff}{}")["code"], "malformed_json");
    let invalid_utf8: Problem = json::read::<Answer>(b"{\"label\": \"\xff\"}").unwrap_err();
    assert_eq!(invalid_utf8.code(), "malformed_json");
}

#[test]
fn unknown_and_missing_fields_are_named() {
    assert_eq!(field(r#"{"seats": 5, "role": "admin"}"#), is("/role", "unknown_field"));
    assert_eq!(field("{}"), is("/seats", "required"));
    assert_eq!(field(r#"{"seats": 5, "tiers": [{"a/b": 1}, {}]}"#), is("/tiers/1/a~1b", "required"));
    assert_eq!(field(r#"{"seats": 5, "tiers": [{"a/b": 1, "x~y": 2}]}"#), is("/tiers/0/x~0y", "unknown_field"));
}

#[test]
fn numbers_out_of_range_are_refused() {
    assert_eq!(field(r#"{"seats": 9223372036854775808}"#), is("/seats", "out_of_range"));
    assert_eq!(field(r#"{"seats": 1.5}"#), is("/seats", "wrong_type"));
    assert_eq!(field(r#"{"seats": 1e3}"#), is("/seats", "wrong_type"));
    assert_eq!(field(r#"{"seats": 1, "small": -1}"#), is("/small", "out_of_range"));
    assert_eq!(field(r#"{"seats": 1, "small": 4294967296}"#), is("/small", "out_of_range"));
    for count in ["-1", "2147483648", "9007199254740992", "9223372036854775807"] {
        let body = refused(&format!(r#"{{"seats": 1, "count": {count}}}"#));
        assert_eq!(body["errors"][0]["pointer"], "/count", "{count}");
        assert_eq!(body["errors"][0]["detail"], "0以上10000000以下の数値を入力してください。", "{count}");
    }
    assert_eq!(field(r#"{"seats": 1, "year": 1999}"#), is("/year", "out_of_range"));
}

#[test]
fn a_number_typed_as_text_gets_the_sentence_about_half_width() {
    for typed in ["１２", "12", "1,200", "５席"] {
        let body = refused(&format!(r#"{{"seats": "{typed}"}}"#));
        let detail = body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("半角のJSONの数値"), "{typed}: {detail}");
    }
    assert_eq!(field(r#"{"seats": "five"}"#), is("/seats", "wrong_type"));
    assert_eq!(
        field(r#"{"seats": １２}"#.replace('１', "\"１").replace('２', "２\"").as_str()),
        is("/seats", "refused")
    );
}

#[test]
fn wrong_types_are_named() {
    assert_eq!(field(r#"{"seats": null}"#), is("/seats", "wrong_type"));
    assert_eq!(field(r#"{"seats": [1]}"#), is("/seats", "wrong_type"));
    assert_eq!(field(r#"{"seats": 1, "label": 5}"#), is("/label", "wrong_type"));
    assert_eq!(field(r#"{"seats": 1, "tiers": {}}"#), is("/tiers", "wrong_type"));
    assert_eq!(field("[]"), is("", "wrong_type").clone());
    assert_eq!(field("5"), is("", "wrong_type"));
}

#[test]
fn dates_and_words_say_what_is_expected() {
    for on in ["2026-02-30", "2026/04/01", "令和8年4月1日", ""] {
        assert_eq!(field(&format!(r#"{{"seats": 1, "on": "{on}"}}"#)), is("/on", "format"), "{on}");
    }
    assert_eq!(field(r#"{"seats": 1, "at": "2026-04-01 09:00"}"#), is("/at", "format"));
    assert_eq!(field(r#"{"seats": 1, "class": "honorary"}"#), is("/class", "choice"));
    assert!(
        refused(r#"{"seats": 1, "class": "honorary"}"#)["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("full、associate")
    );
    assert_eq!(field(r#"{"seats": 1, "rule": {"kind": "fair"}}"#), is("/rule/kind", "choice"));
    assert_eq!(field(r#"{"seats": 1, "rule": {"kind": "weighted"}}"#), is("/rule/weight", "required"));
}

#[test]
fn a_key_given_twice_is_refused() {
    assert_eq!(field(r#"{"seats": 1, "seats": 2}"#), is("/seats", "duplicate"));
    assert_eq!(field(r#"{"seats": 1, "tiers": [{"a/b": 1, "a/b": 1}]}"#), is("/tiers/0/a~1b", "duplicate"));
    assert_eq!(field("{\"seats\": 1, \"\\u0073eats\": 2}"), is("/seats", "duplicate"));
}

#[test]
fn depth_and_length_have_limits() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(json::parse(nested(json::MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(json::parse(nested(json::MAX_DEPTH + 1).as_bytes()).unwrap_err().code(), "invalid_fields");
    let objects = |depth: usize| format!("{}{{}}{}", "{\"a\":".repeat(depth - 1), "}".repeat(depth - 1));
    assert!(json::parse(objects(json::MAX_DEPTH).as_bytes()).is_ok());
    assert!(json::parse(objects(json::MAX_DEPTH + 1).as_bytes()).is_err());
    let long = |n: usize| format!("[{}]", vec!["1"; n].join(","));
    assert!(json::parse(long(json::MAX_ELEMENTS).as_bytes()).is_ok());
    assert!(json::parse(long(json::MAX_ELEMENTS + 1).as_bytes()).is_err());
    assert!(json::parse(nested(100_000).as_bytes()).is_err());
}

#[test]
fn an_action_takes_an_empty_object_only() {
    assert!(json::read::<NoBody>(b"{}").is_ok());
    assert!(json::read::<NoBody>(br#"{"force": true}"#).is_err());
}

/// serde takes the values of a struct as a list, too: then no name is checked, and none is named in a refusal.
#[test]
fn a_list_is_no_command() {
    for (text, pointer) in [("[5]", ""), ("[]", ""), (r#"{"seats": 5, "tiers": [[1]]}"#, "/tiers/0")] {
        let body = refused(text);
        assert_eq!(body["errors"][0]["pointer"], pointer, "{text}: {body}");
        assert_eq!(body["errors"][0]["code"], "wrong_type", "{text}: {body}");
    }
    assert!(json::read::<NoBody>(b"[]").is_err());
}
