//! `yui share`, `yui price` and `yui compare` as people and programs call them: the binary itself, JSON in, table or JSON out.
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
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn answered(arguments: &[&str], input: &Value) -> Value {
    let output = yui(arguments, &input.to_string());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(arguments: &[&str], input: &str) -> Value {
    let output = yui(arguments, input);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn shown(arguments: &[&str], input: &Value) -> String {
    let output = yui(arguments, &input.to_string());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn schedule() -> Value {
    json!({"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"},
        {"up_to": null, "unit": "24000"}], "fixed_fee": "0", "minimum_commitment": "0", "buy_up": true})
}

/// Five towns, 300 seats: the golden example. Price and seats are fictional.
fn golden() -> Value {
    json!({"price": schedule(), "tax_rate": "0.10", "tax_rounding": "floor", "members": [
        {"id": "143618", "seats": 70, "population": 9300, "weights": {"staff": "120"}, "months": 12, "floor_yen": null,
         "cap_yen": null, "last_year_yen": null, "tie_key": "143618"},
        {"id": "143634", "seats": 80, "population": 10836}, {"id": "143669", "seats": 90, "population": 18329},
        {"id": "143839", "seats": 45, "population": 6722}, {"id": "144029", "seats": 15, "population": 3038}],
        "rule": {"kind": "mixture", "equal": "10", "population": "0", "seats": "90"},
        "rounding": {"mode": "largest_remainder", "unit_yen": 1}})
}

#[test]
fn share_answers_with_every_field_of_the_contract() {
    let answer = answered(&["share", "--json"], &golden());
    assert_eq!(
        answer["bill"],
        json!({"seats": 300, "bought": 300, "ex_tax": "7200000", "tax_yen": 720_000, "total_yen": 7_920_000, "effective_unit": "24000"})
    );
    let yen: Vec<i64> = answer["shares"].as_array().unwrap().iter().map(|line| line["yen"].as_i64().unwrap()).collect();
    assert_eq!(yen, [1_821_600, 2_059_200, 2_296_800, 1_227_600, 514_800]);
    let first = &answer["shares"][0];
    for (field, value) in [
        ("exact", json!("1821600")),
        ("remainder_yen", json!(0)),
        ("stand_alone_yen", json!(2_310_000)),
        ("saving_yen", json!(488_400)),
    ] {
        assert_eq!(first[field], value, "{field}");
    }
    assert!(first["reason"].is_object());
    assert_eq!(
        answer["core"],
        json!({"in_core": false, "up_to_rounding": false, "max_excess": "19800", "coalition": ["144029"]})
    );
    assert_eq!(answer["advice"], json!({"buy": 300, "saving": "0"}));
    assert_eq!(answer["largest_safe_equal"], "1/12");
    assert_eq!((&answer["precision"], &answer["rule_version"]), (&json!("exact"), &json!("1")));
    assert_eq!(answer["input_hash"].as_str().unwrap().len(), "sha256:".len() + 64);
}

#[test]
fn games_and_totals_leave_out_what_has_no_meaning() {
    let game = answered(
        &["share", "-", "--json"],
        &json!({"game": {"sense": "gain", "values": ["0", "0", "0", "10", "0", "0", "0", "2"]}, "rule": {"kind": "prenucleolus"}}),
    );
    let exact: Vec<&str> =
        game["shares"].as_array().unwrap().iter().map(|line| line["exact"].as_str().unwrap()).collect();
    assert_eq!((exact, &game["shares"][2]["id"]), (vec!["3", "3", "-4"], &json!("2")));
    for absent in ["bill", "advice", "largest_safe_equal"] {
        assert!(game.get(absent).is_none(), "{absent}");
    }
    assert!(game["shares"][0].get("yen").is_none());
    let total = answered(
        &["share", "--json"],
        &json!({"total_yen": 800, "members": [{"id": "a"}, {"id": "b"}, {"id": "c"}], "rule": {"kind": "equal"}}),
    );
    assert_eq!(total["shares"][0]["yen"], 267);
    assert!(total.get("core").is_none() && total["bill"].get("seats").is_none());
}

#[test]
fn share_shows_a_table_and_says_who_would_be_better_off_alone() {
    let text = shown(&["share"], &golden());
    assert!(text.contains("1,821,600") && text.contains("負担金"), "{text}");
    assert!(text.contains("144029 だけで契約した方が 19,800 円安くなります。"), "{text}");
}

#[test]
fn a_file_is_read_like_standard_input_even_with_a_mark_before_it() {
    let path = std::env::temp_dir().join(format!("yui-share-{}.json", std::process::id()));
    std::fs::write(&path, format!("\u{feff}{}", golden())).unwrap();
    let output = yui(&["share", path.to_str().unwrap(), "--json"], "");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(output.stdout, yui(&["share", "--json"], &golden().to_string()).stdout);
    assert!(output.status.success());
}

#[test]
fn price_answers_the_quantity_to_buy() {
    let request = json!({"price": schedule(), "seats": [1, 290, 300]});
    let answer = answered(&["price", "--json"], &request);
    assert_eq!(answer["totals"][0], json!({"seats": 1, "price": "30000", "effective": "30000", "buy": 1}));
    assert_eq!(answer["totals"][1], json!({"seats": 290, "price": "7830000", "effective": "7200000", "buy": 300}));
    let text = shown(&["price"], &request);
    assert!(text.contains("267 席から 299 席までは、300 席を購入する方が安くなります。"), "{text}");
}

#[test]
fn compare_shows_every_rule_with_its_core_badge() {
    let mut case = golden();
    case.as_object_mut().unwrap().remove("rule");
    let text = shown(&["compare"], &case);
    for name in ["席数割", "均等割", "シャープレイ値", "仁", "分離費用残余便益", "逐次費用按分"]
    {
        assert!(text.contains(name), "{name} in {text}");
    }
    let answer = answered(&["compare", "--json"], &case);
    let row = |kind: &str| {
        let rows = answer["rules"].as_array().unwrap();
        rows.iter().find(|row| row["rule"]["kind"] == kind).unwrap_or_else(|| panic!("{kind}")).clone()
    };
    assert_eq!(row("per_seat")["answer"]["core"]["in_core"], true);
    assert_eq!(row("equal")["answer"]["core"]["in_core"], false);
    for kind in [
        "shapley",
        "nucleolus",
        "per_capita_nucleolus",
        "scrb",
        "ensc",
        "serial",
        "stand_alone_proportional",
        "equal_saving",
    ] {
        let shares = row(kind)["answer"]["shares"].clone();
        assert_eq!(
            shares.as_array().unwrap().iter().map(|line| line["yen"].as_i64().unwrap()).sum::<i64>(),
            7_920_000,
            "{kind}"
        );
    }
}

#[test]
fn wrong_input_is_one_problem_object_with_exit_code_2() {
    let mut overlap = golden();
    overlap["price"]["tiers"][1]["up_to"] = json!(50);
    let problem = refused(&["share", "--json"], &overlap.to_string());
    assert_eq!((&problem["status"], &problem["code"]), (&json!(422), &json!("invalid_fields")));
    assert_eq!(problem["errors"][0]["pointer"], "/price/tiers/1/up_to");
    assert_eq!(problem["errors"][0]["code"], "tier_overlap");
    for field in ["type", "title", "detail"] {
        assert!(!problem[field].as_str().unwrap().is_empty(), "{field}");
    }
    assert_eq!(problem["errors"][0]["detail"], "2 番目の価格帯が前の価格帯と重なっています。");
    let broken = refused(&["price", "--json"], "{\"price\": ");
    assert_eq!((&broken["code"], &broken["errors"][0]["code"]), (&json!("malformed_request"), &json!("not_json")));
    assert_eq!(refused(&["compare", "/nowhere/at/all.json", "--json"], "")["status"], 400);
    let plain = yui(&["share"], "[]");
    assert_eq!(plain.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&plain.stderr).contains("オブジェクト"));
}

#[test]
fn a_field_that_the_case_would_leave_without_effect_is_refused_by_name() {
    let refusal = |request: &Value| {
        let problem = refused(&["share", "--json"], &request.to_string());
        (problem["errors"][0]["pointer"].clone(), problem["errors"][0]["code"].clone())
    };
    let mut game = json!({"game": {"sense": "cost", "values": ["0", "6", "7", "10"]}, "rule": {"kind": "shapley"}, "tax_rate": "0.10"});
    assert_eq!(refusal(&game), (json!("/tax_rate"), json!("not_for_games")));
    game["tax_rate"] = json!("0");
    game["members"] = json!([{"id": "a"}, {"id": "b", "cap_yen": 5}]);
    assert_eq!(refusal(&game), (json!("/members/1/cap_yen"), json!("not_for_games")));
    game["members"][1]["cap_yen"] = Value::Null;
    assert_eq!(answered(&["share", "--json"], &game)["shares"][1]["exact"], "11/2");
    let total = json!({"total_yen": 100, "tax_rate": "0.10", "members": [{"id": "a", "seats": 1}], "rule": {"kind": "per_seat"}});
    assert_eq!(refusal(&total), (json!("/tax_rate"), json!("tax_included")));
    let mut flat = golden();
    flat["price"] = json!({"mode": "flat", "tiers": [{"up_to": null, "unit": "30000"}]});
    assert_eq!(refusal(&flat), (json!("/price/tiers/0/unit"), json!("not_in_this_mode")));
}

#[test]
fn advice_that_the_contract_forbids_is_marked() {
    let mut case = golden();
    case["price"]["buy_up"] = json!(false);
    case["members"][4]["seats"] = json!(5);
    let answer = answered(&["share", "--json"], &case);
    assert_eq!((&answer["bill"]["bought"], &answer["bill"]["ex_tax"]), (&json!(290), &json!("7830000")));
    assert_eq!(answer["advice"], json!({"buy": 300, "saving": "630000", "allowed": false}));
    assert!(shown(&["share"], &case).contains("契約により必要な席数を超える購入ができません。"));
    let text = shown(&["price"], &json!({"price": case["price"], "seats": [290]}));
    assert!(text.contains("267 席から 299 席までは 300 席の金額より高くなりますが、"), "{text}");
    assert!(!text.contains("購入する方が安くなります"), "{text}");
}

#[test]
fn a_game_is_compared_in_its_own_unit() {
    let game = json!({"game": {"sense": "gain", "values": ["0", "1", "5", "7"]}, "rule": {"kind": "equal"}});
    let text = shown(&["compare"], &game);
    assert!(text.contains("均等割：この配分では、提携 1 は別に行動した方が 1.5 だけ有利です。"), "{text}");
    assert!(!text.contains('円'), "{text}");
}
