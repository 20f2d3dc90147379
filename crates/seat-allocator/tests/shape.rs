//! The form of a request: what departs from it is named by its place, and the sentence says what to do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "a test may fail loudly")]

use seat_allocator::explain::fault_ja;
use seat_allocator::json::{Request, parse};

/// (pointer, code) of every fault, and the sentences.
fn refused(text: &str) -> (Vec<(String, &'static str)>, Vec<String>) {
    let error = parse(text.as_bytes()).unwrap_err();
    let named = error.faults.iter().map(|fault| (fault.pointer(), fault.code.name())).collect();
    (named, error.faults.iter().map(fault_ja).collect())
}

#[test]
fn every_departure_from_the_form_is_named_with_its_place() {
    for (text, pointer, code) in [
        (r#"{"supply": 1, "rule": "webster"}"#, "/claims", "absent"),
        (r#"{"supply": 1, "rule": "webster", "claims": null}"#, "/claims", "absent"),
        (r#"{"supply": 1, "rule": "webster", "claims": {}}"#, "/claims", "wrong_type"),
        (r#"{"supply": 1, "rule": "webster", "claims": [], "form": "round"}"#, "/form", "unknown"),
        (r#"{"supply": 1, "rule": "webster", "claims": [], "form": 3}"#, "/form", "wrong_type"),
        (r#"{"supply": 1, "rule": "webster", "claims": [], "requests": []}"#, "/requests", "unknown_field"),
        (r#"{"supply": 1, "rule": "webster", "claims": [], "a/b~c": 1}"#, "/a~1b~0c", "unknown_field"),
        (r#"{"supply": 1, "rule": "webster", "claims": [], "tie_break": {"by": "coin"}}"#, "/tie_break/by", "unknown"),
        (r#"{"supply": 1, "rule": "webster", "claims": [], "tie_break": {"seed": "x"}}"#, "/tie_break/by", "absent"),
        (r#"{"supply": 1, "rule": "webster", "claims": [], "tie_break": {"by": 7}}"#, "/tie_break/by", "wrong_type"),
        (
            r#"{"supply": 1, "rule": "webster", "claims": [], "tie_break": {"by": "lottery"}}"#,
            "/tie_break/seed",
            "absent",
        ),
        (
            r#"{"supply": 1, "rule": "webster", "claims": [], "tie_break": {"by": "lottery", "seed": 5}}"#,
            "/tie_break/seed",
            "wrong_type",
        ),
        (
            r#"{"supply": 1, "rule": "webster", "claims": [], "tie_break": {"by": "key", "seed": "x"}}"#,
            "/tie_break/seed",
            "unknown_field",
        ),
        (r#"{"supply": 1, "rule": "webster", "claims": [], "tie_break": "key"}"#, "/tie_break", "wrong_type"),
        (r#"{"supply": 1, "rule": "webster", "claims": [], "tie_break": ["key"]}"#, "/tie_break", "wrong_type"),
        (r#"{"supply": [1], "rule": "webster", "claims": []}"#, "/supply", "wrong_type"),
        (r#"{"supply": true, "rule": "webster", "claims": []}"#, "/supply", "wrong_type"),
        (r#"{"supply": 1, "rule": 3, "claims": []}"#, "/rule", "wrong_type"),
        (r#"{"supply": 1, "rule": null, "claims": []}"#, "/rule", "absent"),
        (r#"{"supply": 1, "rule": "webster", "claims": [["a", 3]]}"#, "/claims/0", "wrong_type"),
        (r#"{"supply": 1, "rule": "webster", "claims": [{"id": "a"}, {"id": 5}]}"#, "/claims/1/id", "wrong_type"),
        (r#"{"supply": 1, "rule": "webster", "claims": [{"id": null}]}"#, "/claims/0/id", "absent"),
        (
            r#"{"supply": 1, "rule": "webster", "claims": [{"id": "a", "tie_key": 1}]}"#,
            "/claims/0/tie_key",
            "wrong_type",
        ),
        (
            r#"{"supply": 1, "rule": "webster", "claims": [{"id": "a", "weight": {}}]}"#,
            "/claims/0/weight",
            "wrong_type",
        ),
        (r#"{"supply": 1, "rule": "webster", "claims": [{"id": "a", "wait": 2}]}"#, "/claims/0/wait", "unknown_field"),
        ("[]", "", "wrong_type"),
        (r#"[3, "webster"]"#, "", "wrong_type"),
        ("", "", "malformed"),
        (r#"{"supply": 1, "rule": "webster", "claims": []"#, "", "malformed"),
        (r#"{"supply": 1, "supply": 2, "rule": "webster", "claims": []}"#, "", "malformed"),
    ] {
        assert_eq!(refused(text).0, [(pointer.to_owned(), code)], "{text}");
    }
}

#[test]
fn all_departures_are_named_at_once_with_the_claim_they_belong_to() {
    let (named, sentences) = refused(
        r#"{"rule": "webster", "form": "whole", "claims": [{"id": "t1", "weight": []}, 7, {"id": "t3", "seats": 1}],
            "tie_break": {"by": "coin"}, "note": 1}"#,
    );
    let expected = [
        ("/supply", "absent"),
        ("/form", "unknown"),
        ("/claims/0/weight", "wrong_type"),
        ("/claims/1", "wrong_type"),
        ("/claims/2/seats", "unknown_field"),
        ("/tie_break/by", "unknown"),
        ("/note", "unknown_field"),
    ];
    assert_eq!(named, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    let expected = [
        "総席数を入力してください。",
        "形式はinteger（席の数）またはcontinuous（比）で指定してください。",
        "1件目（t1）の重みは数、または数を表す文字列で入力してください。",
        "2件目はオブジェクト（{ }で囲んだ項目の組）で入力してください。",
        "3件目（t3）に、使えない項目「seats」があります。項目名の誤りを直すか、その項目を取り除いてください。",
        "同順位の決め方はkey（順位キー）またはlottery（抽選）で指定してください。",
        "入力に、使えない項目「note」があります。項目名の誤りを直すか、その項目を取り除いてください。",
    ];
    assert_eq!(sentences, expected);
}

#[test]
fn broken_json_is_refused_at_its_line_without_the_words_of_a_parser() {
    let (named, sentences) = refused("{\"supply\": 3,\n \"rule\" \"webster\"}");
    assert_eq!(named, [(String::new(), "malformed")]);
    assert_eq!(
        sentences,
        [
            "入力の2行目（行頭から9バイト）の付近がJSONとして正しくありません。括弧、引用符、コンマの誤りや、同じ項目の重複を直してください。"
        ]
    );
}

#[test]
fn a_byte_order_mark_is_not_a_fault() {
    assert!(parse("\u{feff}{\"supply\": 3, \"rule\": \"hill\", \"claims\": []}".as_bytes()).is_ok());
}

#[test]
fn null_is_the_same_as_absent() {
    let full = r#"{"supply": 3, "rule": "hill", "form": null, "tie_break": null, "unit_price_yen": null, "claims": [
        {"id": "a", "request": null, "guarantee": null, "weight": null, "class": null, "tie_key": null, "budget_cap_yen": null}]}"#;
    let short = r#"{"supply": 3, "rule": "hill", "claims": [{"id": "a"}]}"#;
    assert_eq!(parse(full.as_bytes()), parse(short.as_bytes()));
}

#[test]
fn requests_survive_their_own_json() {
    let text = r#"{"supply": 3, "rule": "hill", "claims": [{"id": "a", "weight": "2/3", "request": 5}]}"#;
    let request = parse(text.as_bytes()).unwrap();
    let again: Request = serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
    assert_eq!(request, again);
}
