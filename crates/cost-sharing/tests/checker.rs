//! The independent checker finds every kind of tampering with an answer, and nothing in an honest one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests may fail loudly"
)]

use cost_sharing::json::{ShareAnswer, ShareRequest, share};
use cost_sharing::{Ratio, Violation, verify};
use serde_json::json;

fn case() -> (ShareRequest, ShareAnswer) {
    let value = json!({"price": {"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": null, "unit": "24000"}]},
        "tax_rate": "0.10", "members": [{"id": "a", "seats": 33, "cap_yen": 2_000_000}, {"id": "b", "seats": 41}, {"id": "c", "seats": 57}],
        "rule": {"kind": "mixture", "equal": "33.3", "seats": "66.7"}});
    let request = ShareRequest::from_value(&value).unwrap();
    let answer = share(&request).unwrap();
    (request, answer)
}

fn found(tamper: impl FnOnce(&mut ShareAnswer)) -> Vec<Violation> {
    let (request, mut answer) = case();
    tamper(&mut answer);
    verify(&request, &answer)
}

#[test]
fn an_honest_answer_breaks_no_law() {
    assert_eq!(found(|_| {}), vec![]);
}

#[test]
fn each_tampering_is_named() {
    let of = |id: &str| id.to_owned();
    let (request, answer) = case();
    let mut other = request.clone();
    other.members[0].seats = 34;
    assert!(verify(&other, &answer).contains(&Violation::InputHash));
    assert_eq!(found(|answer| answer.shares.swap(0, 1)), [Violation::Members]);
    assert_eq!(found(|answer| answer.bill.as_mut().unwrap().tax_yen = Some(1)), [Violation::Bill]);
    assert_eq!(found(|answer| answer.bill.as_mut().unwrap().total_yen += 1), [Violation::Bill]);
    let shifted = found(|answer| answer.shares[2].exact = &answer.shares[2].exact + &Ratio::new(1, 7).unwrap());
    assert!(shifted.contains(&Violation::ExactSum), "{shifted:?}");
    // A yen from one pocket to another keeps the sum and is found all the same.
    let moved = found(|answer| {
        answer.shares[1].yen = answer.shares[1].yen.map(|yen| yen + 2);
        answer.shares[2].yen = answer.shares[2].yen.map(|yen| yen - 2);
    });
    assert!(moved.contains(&Violation::Rounding { id: of("b") }) && !moved.contains(&Violation::YenSum), "{moved:?}");
    let lost = found(|answer| answer.shares[1].yen = answer.shares[1].yen.map(|yen| yen - 1));
    assert!(lost.contains(&Violation::YenSum), "{lost:?}");
    let dearer = found(|answer| {
        answer.shares[0].exact = Ratio::whole(2_000_001);
    });
    assert!(dearer.contains(&Violation::Bounds { id: of("a") }), "{dearer:?}");
    let flattered = found(|answer| answer.shares[1].saving_yen = answer.shares[1].saving_yen.map(|yen| yen + 1));
    assert_eq!(flattered, [Violation::StandAlone { id: of("b") }]);
    let whitewashed = found(|answer| {
        let core = answer.core.as_mut().unwrap();
        core.max_excess = &core.max_excess - &Ratio::one();
    });
    assert_eq!(whitewashed, [Violation::Core]);
    assert_eq!(found(|answer| answer.core.as_mut().unwrap().in_core ^= true), [Violation::Core]);
}
