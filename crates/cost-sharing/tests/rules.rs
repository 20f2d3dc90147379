//! Every rule on the worked example of five towns, against sums that can be done on paper, and the sentences that word them.
//! Fictional price and seats, real 2020 census populations.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests may fail loudly"
)]

use cost_sharing::json::{Precision, ShareAnswer, ShareRequest, share, share_within};
use cost_sharing::{Budget, Fault, Ratio, explain_ja, explain_member_ja, verify};
use proptest::prelude::*;
use serde_json::{Value, json};

fn towns(rule: &Value) -> ShareAnswer {
    let value = json!({"price": {"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"},
        {"up_to": null, "unit": "24000"}]}, "tax_rate": "0.10", "members": [
        {"id": "143618", "seats": 70, "population": 9300}, {"id": "143634", "seats": 80, "population": 10836},
        {"id": "143669", "seats": 90, "population": 18329}, {"id": "143839", "seats": 45, "population": 6722},
        {"id": "144029", "seats": 15, "population": 3038}], "rule": rule});
    let request = ShareRequest::from_value(&value).unwrap();
    let answer = share(&request).unwrap();
    assert_eq!(verify(&request, &answer), vec![]);
    answer
}

fn exact(rule: Value) -> Vec<Ratio> {
    towns(&rule).shares.into_iter().map(|line| line.exact).collect()
}

fn part(amount: i64, top: i64, bottom: i64) -> Ratio {
    Ratio::new(amount * top, bottom).unwrap()
}

#[test]
fn proportional_rules_divide_the_bill_by_their_key() {
    let (total, seats, people) = (7_920_000, [70, 80, 90, 45, 15], [9_300, 10_836, 18_329, 6_722, 3_038]);
    let by_seats = seats.map(|own| part(total, own, 300));
    assert_eq!(exact(json!({"kind": "equal"})), vec![Ratio::whole(1_584_000); 5]);
    assert_eq!(exact(json!({"kind": "per_seat"})), by_seats);
    assert_eq!(exact(json!({"kind": "aumann_shapley"})), by_seats);
    assert_eq!(exact(json!({"kind": "weighted", "by": "population"})), people.map(|own| part(total, own, 48_225)));
    let mixed = [0, 1, 2, 3, 4].map(|i| {
        let parts = [part(total / 10, 1, 5), part(total * 4 / 10, people[i], 48_225), part(total / 2, seats[i], 300)];
        parts.iter().sum::<Ratio>()
    });
    assert_eq!(exact(json!({"kind": "mixture", "equal": "100", "population": "400", "seats": "500"})), mixed);
    let two = seats.map(|own| &Ratio::whole(200_000) + &part(6_920_000, own, 300));
    assert_eq!(
        exact(json!({"kind": "two_part", "fixed_yen": 1_000_000, "fixed_by": "equal", "rest_by": "seats"})),
        two
    );
}

#[test]
fn rules_of_stand_alone_and_separable_cost_are_as_on_paper() {
    let whole = |yen: [i64; 5]| yen.map(Ratio::whole);
    // Alone: 2,310,000 2,640,000 2,970,000 1,485,000 495,000, together 9,900,000 against 7,920,000.
    assert_eq!(
        exact(json!({"kind": "stand_alone_proportional"})),
        whole([1_848_000, 2_112_000, 2_376_000, 1_188_000, 396_000])
    );
    assert_eq!(exact(json!({"kind": "equal_saving"})), whole([1_914_000, 2_244_000, 2_574_000, 1_089_000, 99_000]));
    // Separable: the bill less that of 230, 220, 210, 255 and 285 seats (the last is bought up to 300).
    let separable = [1_089_000, 1_386_000, 1_683_000, 346_500, 0];
    assert_eq!(exact(json!({"kind": "ensc"})), separable.map(|own| Ratio::whole(own + 683_100)));
    let benefits = [1_221_000, 1_254_000, 1_287_000, 1_138_500, 495_000];
    let scrb = [0, 1, 2, 3, 4].map(|i| &Ratio::whole(separable[i]) + &part(3_415_500, benefits[i], 5_395_500));
    assert_eq!(exact(json!({"kind": "scrb"})), scrb);
}

#[test]
fn serial_and_join_order_price_growing_quantities() {
    // 75 seats for 2,475,000; 195 for 5,791,500; from 270 on (bought as 300) 7,920,000.
    assert_eq!(
        exact(json!({"kind": "serial"})),
        [2_033_625, 2_033_625, 2_033_625, 1_324_125, 495_000].map(Ratio::whole)
    );
    assert_eq!(exact(json!({"kind": "incremental"})), [2_310_000, 2_145_000, 2_673_000, 792_000, 0].map(Ratio::whole));
    let last_first = json!({"kind": "incremental", "order": ["144029", "143839", "143669", "143634", "143618"]});
    // 15, 60, 150, 230 and 300 seats.
    assert_eq!(exact(last_first), [1_089_000, 2_376_000, 2_475_000, 1_485_000, 495_000].map(Ratio::whole));
}

#[test]
fn each_rule_words_the_share_of_a_member() {
    let says = |rule: Value, id: &str, sentence: &str| {
        let lines = explain_member_ja(&towns(&rule), id).unwrap();
        assert!(lines.iter().any(|line| line == sentence), "{sentence} in {lines:#?}");
    };
    says(json!({"kind": "per_seat"}), "144029", "利用割（席数）:300 分の 15 で負担します。");
    says(json!({"kind": "stand_alone_proportional"}), "144029", "単独の費用は 495,000 円です。");
    says(json!({"kind": "equal_saving"}), "144029", "全団体共通の削減額は 396,000 円です。");
    says(json!({"kind": "ensc"}), "143839", "分離費用は 346,500 円です。");
    says(json!({"kind": "ensc"}), "143839", "共通費用のうち 683,100 円を負担します。");
    says(json!({"kind": "scrb"}), "143839", "単独の費用から分離費用を引いた残余便益は 1,138,500 円です。");
    let two = json!({"kind": "two_part", "fixed_yen": 1_000_000});
    says(two.clone(), "144029", "固定部分 1,000,000 円のうち、均等割で 200,000 円を負担します。");
    says(two, "144029", "残り 6,920,000 円のうち、利用割（席数）で 346,000 円を負担します。");
    says(
        json!({"kind": "incremental"}),
        "143634",
        "2 番目に参加し、全体の費用が 2,310,000 円から 4,455,000 円になりました。",
    );
    says(
        json!({"kind": "serial"}),
        "143839",
        "45 席までの段階：合計 195 席相当の費用 5,791,500 円までの増加分を 4 団体で分け、1 団体 829,125 円です。",
    );
    let shapley = explain_member_ja(&towns(&json!({"kind": "shapley"})), "144029").unwrap();
    assert!(shapley[0].starts_with("参加順ごとの増加費用の平均（1 番目から順に）：495,000、"), "{shapley:#?}");
    assert!(shapley[1].starts_with("価格帯ごとの内訳（下の価格帯から順に）："), "{shapley:#?}");
}

#[test]
fn the_worst_coalition_is_opened_up() {
    let answer = towns(&json!({"kind": "mixture", "equal": "10", "seats": "90"}));
    let facts = json!({"seats": 15, "bought": 15, "tier": 0, "pays": "514800", "by_itself": "495000"});
    assert_eq!(answer.explanation["core"], facts);
    let game = json!({"game": {"sense": "gain", "values": ["0", "1", "5", "7"]}, "rule": {"kind": "equal"}});
    let request = ShareRequest::from_value(&game).unwrap();
    let answer = share(&request).unwrap();
    assert_eq!(answer.explanation["core"], json!({"pays": "7/2", "by_itself": "5"}));
    let lines = explain_ja(&request, &answer, &|id| format!("団体{id}"));
    assert!(lines.contains(&"この配分では、提携 団体1 は別に行動した方が 1.5 だけ有利です。".to_owned()), "{lines:#?}");
}

#[test]
fn beyond_128_members_the_shapley_value_says_how_certain_it_is() {
    let members: Vec<Value> = (0..131_u64).map(|i| json!({"id": format!("{i:03}"), "seats": i * 7 % 23 + 1})).collect();
    let value = json!({"price": {"mode": "volume", "tiers": [{"up_to": 499, "unit": "12000"}, {"up_to": null, "unit": "9000"}]},
        "tax_rate": "0.10", "members": members, "rule": {"kind": "shapley"}});
    let request = ShareRequest::from_value(&value).unwrap();
    let answer = share(&request).unwrap();
    // Members with equal seats have equal shares: where the cut falls between them, their key decides, and that is said.
    assert!(matches!(answer.precision, Precision::Certified | Precision::TieDeclared), "{:?}", answer.precision);
    let bound: Ratio = answer.error_bound.as_ref().unwrap().parse().unwrap();
    assert!(bound <= Ratio::new(1, 1_000_000).unwrap());
    assert_eq!(verify(&request, &answer), vec![]);
    let said = explain_ja(&request, &answer, &str::to_owned).join("");
    assert!(said.contains("誤差の範囲"), "{said}");
}

#[test]
fn a_budget_too_small_for_the_nucleolus_says_that_it_is_the_least_core() {
    let members: Vec<Value> = (1..=16_u64).map(|i| json!({"id": i.to_string(), "seats": i * 7 % 23 + 3})).collect();
    let value = json!({"price": {"mode": "volume", "tiers": [{"up_to": 231, "unit": "1000"}, {"up_to": null, "unit": "800"}]},
        "members": members, "rule": {"kind": "nucleolus"}});
    let request = ShareRequest::from_value(&value).unwrap();
    let none = share_within(&request, Budget(1)).unwrap_err();
    assert_eq!((none.pointer.as_str(), none.fault), ("/rule", Fault::BudgetExhausted));
    let mut seen = Vec::new();
    for step in 8..34 {
        let Ok(answer) = share_within(&request, Budget(1 << step)) else { continue };
        assert_eq!(verify(&request, &answer), vec![]);
        if seen.last() != Some(&answer.precision) {
            seen.push(answer.precision);
        }
        if answer.precision == Precision::LeastCore {
            let said = explain_ja(&request, &answer, &str::to_owned).join("");
            assert!(said.contains("仁であることは証明できていません"), "{said}");
        }
    }
    assert_eq!(seen, [Precision::LeastCore, Precision::Exact]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rules_that_promise_additivity_keep_it_on_any_games(
        pairs in (1_u32..=6).prop_flat_map(|n| prop::collection::vec((-50_i64..200, -50_i64..200), (1_usize << n) - 1)),
    ) {
        let of = |value: &dyn Fn(&(i64, i64)) -> i64, rule: &Value| -> Vec<Ratio> {
            let mut values = vec!["0".to_owned()];
            values.extend(pairs.iter().map(|pair| value(pair).to_string()));
            let n = values.len().ilog2();
            let members: Vec<Value> = (0..n).map(|i| json!({"id": i.to_string(), "seats": i + 1})).collect();
            let game = json!({"game": {"sense": "cost", "values": values}, "members": members, "rule": rule});
            share(&ShareRequest::from_value(&game).unwrap()).unwrap().shares.into_iter().map(|line| line.exact).collect()
        };
        for rule in [json!({"kind": "equal"}), json!({"kind": "per_seat"}), json!({"kind": "mixture", "equal": "40", "seats": "60"}),
            json!({"kind": "equal_saving"}), json!({"kind": "ensc"}), json!({"kind": "incremental"}), json!({"kind": "shapley"})] {
            let (first, second) = (of(&|pair| pair.0, &rule), of(&|pair| pair.1, &rule));
            let both = of(&|pair| pair.0 + pair.1, &rule);
            for ((both, first), second) in both.iter().zip(&first).zip(&second) {
                prop_assert_eq!(both, &(first + second), "{}", rule);
            }
        }
    }

    #[test]
    fn the_largest_safe_equal_part_is_safe_and_nothing_above_it_is(
        seats in prop::collection::vec(1_u64..90, 2..8), first in 900_i64..3_000, drop in 1_i64..800, at in 5_u64..200,
    ) {
        let members: Vec<Value> = seats.iter().enumerate().map(|(i, seats)| json!({"id": i.to_string(), "seats": seats})).collect();
        let with = |equal: &Ratio| {
            let rest = &Ratio::one() - equal;
            let case = json!({"price": {"mode": "volume", "tiers": [{"up_to": at, "unit": first.to_string()},
                {"up_to": null, "unit": (first - drop).to_string()}]}, "members": members,
                "rule": {"kind": "mixture", "equal": equal.to_string(), "seats": rest.to_string()}});
            share(&ShareRequest::from_value(&case).unwrap()).unwrap()
        };
        let safe = |answer: &ShareAnswer| {
            answer.shares.iter().all(|line| line.exact <= Ratio::whole(line.stand_alone_yen.unwrap()))
        };
        let most = with(&Ratio::zero()).largest_safe_equal.unwrap();
        prop_assert!(safe(&with(&most)), "{}", most);
        let above = &most + &Ratio::new(1, 1_000_000).unwrap();
        prop_assert!(above > Ratio::one() || !safe(&with(&above)), "{}", above);
    }
}
