//! `yui allocate` as people and programs call it: the binary itself, JSON in, table or JSON out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test may fail loudly, and it knows its own documents"
)]

use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn yui(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_yui"))
        .arg("allocate")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn document(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

/// Five towns, 300 seats: the golden example. Requests and guarantees are fictional.
fn golden() -> Value {
    json!({
        "supply": 300, "rule": "webster", "form": "integer",
        "claims": [
            {"id": "143618", "request": 70, "guarantee": 5, "weight": "9300", "class": 1, "tie_key": "143618",
             "budget_cap_yen": null},
            {"id": "143634", "request": 80, "weight": "10836"},
            {"id": "143669", "request": 90, "weight": 18329},
            {"id": "143839", "request": 45, "weight": "6722"},
            {"id": "144029", "request": 15, "weight": "3038"}
        ],
        "unit_price_yen": null, "tie_break": {"by": "key"}
    })
}

#[test]
fn json_answers_with_every_field_of_the_contract() {
    let output = yui(&["--json", "-"], &golden().to_string());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer = document(&output.stdout);
    let seats: Vec<u64> =
        answer["awards"].as_array().unwrap().iter().map(|award| award["seats"].as_u64().unwrap()).collect();
    assert_eq!(seats, [70, 80, 90, 45, 15]);
    assert_eq!(
        (&answer["rule"], &answer["form"], &answer["supply"], &answer["reserve"]),
        (&json!("webster"), &json!("integer"), &json!(300), &json!(0))
    );
    assert_eq!((&answer["guarantees_reduced"], &answer["rule_version"]), (&json!(false), &json!("1")));
    assert!(answer["awards"][0]["reason"].is_object());
    assert!(answer["input_hash"].as_str().unwrap().starts_with("sha256:"));
    assert!(output.stderr.is_empty());
}

#[test]
fn a_tie_and_the_divisor_stand_in_the_answer() {
    let request = json!({"supply": 4, "rule": "adams", "claims": [{"id": "a"}, {"id": "b"}, {"id": "c"}]});
    let answer = document(&yui(&["--json"], &request.to_string()).stdout);
    assert_eq!(answer["ties"], json!([{"tied": ["a", "b", "c"], "places": 1, "chosen": ["a"], "by": "key"}]));
    assert_eq!(answer["divisor"], json!({"low": "1", "high": "1", "suggested": "1"}));
}

#[test]
fn the_continuous_form_answers_in_ratios() {
    let request = json!({
        "supply": "10", "rule": "proportional_to_request", "form": "continuous",
        "claims": [{"id": "a", "request": "2"}, {"id": "b", "request": "4"}, {"id": "c", "request": "7"},
                   {"id": "d", "request": "8"}]
    });
    let answer = document(&yui(&["--json"], &request.to_string()).stdout);
    assert_eq!(answer["awards"][0]["award"], json!("20/21"));
    assert_eq!((&answer["supply"], &answer["reserve"]), (&json!("10"), &json!("0")));
    assert!(answer["awards"][0].get("seats").is_none());
}

#[test]
fn a_file_is_read_and_shown_as_a_table() {
    let file = std::env::temp_dir().join(format!("yui-allocate-{}.json", std::process::id()));
    std::fs::write(&file, golden().to_string()).unwrap();
    let output = yui(&[file.to_str().unwrap(), "--explain"], "");
    std::fs::remove_file(&file).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for expected in ["識別子", "143669", "18329", "方式 webster、総数 300、予備 0", "よって配分は70席です。"]
    {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}

#[test]
fn wrong_fields_are_one_problem_object_that_names_each_place() {
    let request =
        json!({"supply": -1, "rule": "webster", "claims": [{"id": "a", "request": 1.5}, {"id": "b", "weight": "x"}]});
    let output = yui(&["--json"], &request.to_string());
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let problem = document(&output.stderr);
    assert_eq!((&problem["status"], &problem["code"]), (&json!(422), &json!("invalid_fields")));
    for field in ["type", "title", "detail"] {
        assert!(problem[field].is_string(), "{field}");
    }
    let places: Vec<(&str, &str)> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        places,
        [("/supply", "negative"), ("/claims/0/request", "not_an_integer"), ("/claims/1/weight", "not_a_number")]
    );
    assert_eq!(problem["errors"][1]["detail"], "1件目（a）の希望数は整数で入力してください。");
}

#[test]
fn faults_between_fields_are_refused_in_the_same_shape() {
    let request = json!({"supply": 9, "rule": "webster", "claims": [
        {"id": "a", "request": 1, "guarantee": 2}, {"id": "a", "weight": 0}]});
    let output = yui(&["--json"], &request.to_string());
    assert_eq!(output.status.code(), Some(2));
    let codes: Vec<Value> =
        document(&output.stderr)["errors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect();
    assert_eq!(codes, [json!("duplicate_id"), json!("guarantee_above_request")]);
}

#[test]
fn departures_from_the_form_have_a_place_and_a_japanese_sentence() {
    let request = json!({"supply": 9, "rule": "webster", "form": "round", "tie_break": {"by": "coin"}, "seats": 3});
    let output = yui(&["--json"], &request.to_string());
    assert_eq!(output.status.code(), Some(2));
    let problem = document(&output.stderr);
    assert_eq!((&problem["status"], &problem["code"]), (&json!(422), &json!("invalid_fields")));
    let expected = json!([
        {"pointer": "/form", "code": "unknown", "detail": "形式はinteger（席の数）またはcontinuous（比）で指定してください。"},
        {"pointer": "/claims", "code": "absent",
         "detail": "配分先を配列で入力してください。配分先がないときは空の配列[]とします。"},
        {"pointer": "/tie_break/by", "code": "unknown",
         "detail": "同順位の決め方はkey（順位キー）またはlottery（抽選）で指定してください。"},
        {"pointer": "/seats", "code": "unknown_field",
         "detail": "入力に、使えない項目「seats」があります。項目名の誤りを直すか、その項目を取り除いてください。"}
    ]);
    assert_eq!(problem["errors"], expected);
}

#[test]
fn a_guarantee_that_the_budget_cannot_buy_is_said_in_table_and_json() {
    let request = json!({"supply": 9, "rule": "webster", "unit_price_yen": 1_000, "claims": [
        {"id": "a", "request": 9, "guarantee": 5, "budget_cap_yen": 2_999}, {"id": "b", "request": 9}]});
    let answer = document(&yui(&["--json"], &request.to_string()).stdout);
    let reason = &answer["awards"][0]["reason"];
    assert_eq!((&reason["guarantee"], &reason["guarantee_lowered_to"]), (&json!(5), &json!(2)));
    assert!(answer["awards"][1]["reason"].get("guarantee_lowered_to").is_none());
    let text = String::from_utf8(yui(&[], &request.to_string()).stdout).unwrap();
    assert!(text.contains("最低保障を引き下げました（a）。"), "{text}");
}

#[test]
fn what_is_no_json_is_a_malformed_request() {
    let output = yui(&["--json"], "{\"supply\": ");
    assert_eq!(output.status.code(), Some(2));
    let problem = document(&output.stderr);
    assert_eq!(problem["code"], "malformed_request");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().starts_with("入力の1行目"), "{problem}");

    let output = yui(&["/nowhere/at/all.json"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("読み取れません"));
}
