//! The worked example of five towns, to the yen: fictional price and seats, real 2020 census populations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests may fail loudly")]

use cost_sharing::json::{PriceRequest, ShareAnswer, ShareRequest, price, share};
use cost_sharing::{PriceMode, PriceSchedule, Ratio, Tier};

const SCHEDULE: &str = r#"{"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"},
    {"up_to": null, "unit": "24000"}], "fixed_fee": "0", "minimum_commitment": "0", "buy_up": true}"#;

fn towns(equal: u32, population: u32, seats: u32) -> ShareAnswer {
    let text = format!(
        r#"{{"price": {SCHEDULE}, "tax_rate": "0.10", "tax_rounding": "floor", "members": [
        {{"id": "143618", "seats": 70, "population": 9300}}, {{"id": "143634", "seats": 80, "population": 10836}},
        {{"id": "143669", "seats": 90, "population": 18329}}, {{"id": "143839", "seats": 45, "population": 6722}},
        {{"id": "144029", "seats": 15, "population": 3038}}],
        "rule": {{"kind": "mixture", "equal": "{equal}", "population": "{population}", "seats": "{seats}"}},
        "rounding": {{"mode": "largest_remainder", "unit_yen": 1}}}}"#
    );
    share(&text.parse::<ShareRequest>().unwrap()).unwrap()
}

fn yen(answer: &ShareAnswer) -> Vec<i64> {
    answer.shares.iter().map(|line| line.yen.unwrap()).collect()
}

#[test]
fn the_bill_is_taxed_once() {
    let bill = towns(0, 0, 100).bill.unwrap();
    assert_eq!((bill.ex_tax.as_deref(), bill.tax_yen, bill.total_yen), (Some("7200000"), Some(720_000), 7_920_000));
    assert_eq!((bill.seats, bill.bought, bill.effective_unit.as_deref()), (Some(300), Some(300), Some("24000")));
}

#[test]
fn shares_of_each_agreement_are_the_published_yen() {
    assert_eq!(yen(&towns(0, 0, 100)), [1_848_000, 2_112_000, 2_376_000, 1_188_000, 396_000]);
    assert_eq!(yen(&towns(10, 0, 90)), [1_821_600, 2_059_200, 2_296_800, 1_227_600, 514_800]);
    assert_eq!(yen(&towns(20, 30, 50)), [1_699_002, 1_906_679, 2_407_853, 1_241_987, 664_479]);
    assert_eq!(yen(&towns(50, 50, 0)), [1_555_670, 1_681_799, 2_297_087, 1_343_978, 1_041_466]);
}

#[test]
fn who_pays_more_than_alone_is_named() {
    for (parts, excess) in [((10, 0, 90), Some(19_800)), ((20, 30, 50), Some(169_479)), ((0, 0, 100), None)] {
        let answer = towns(parts.0, parts.1, parts.2);
        let worse: Vec<_> = answer.shares.iter().filter(|line| line.saving_yen < Some(0)).collect();
        let core = answer.core.clone().unwrap();
        match excess {
            None => assert!(worse.is_empty() && core.in_core),
            Some(yen) => {
                assert_eq!((worse.len(), worse[0].id.as_str(), worse[0].saving_yen), (1, "144029", Some(-yen)));
                assert!(!core.in_core && !core.up_to_rounding);
                assert!(core.coalition.contains(&"144029".to_owned()));
            }
        }
    }
    let alone: Vec<_> = towns(0, 0, 100).shares.iter().map(|line| line.stand_alone_yen.unwrap()).collect();
    assert_eq!(alone, [2_310_000, 2_640_000, 2_970_000, 1_485_000, 495_000]);
}

#[test]
fn the_documented_answer_is_given_field_by_field() {
    let answer = serde_json::to_value(towns(10, 0, 90)).unwrap();
    let line = &answer["shares"][0];
    assert_eq!((&line["id"], &line["exact"], &line["yen"]), (&"143618".into(), &"1821600".into(), &1_821_600.into()));
    assert_eq!((&line["remainder_yen"], &line["stand_alone_yen"]), (&0.into(), &2_310_000.into()));
    assert_eq!(line["saving_yen"], 488_400);
    let core = serde_json::json!(
        {"in_core": false, "up_to_rounding": false, "max_excess": "19800", "coalition": ["144029"]});
    assert_eq!(answer["core"], core);
    assert_eq!(answer["advice"], serde_json::json!({"buy": 300, "saving": "0"}));
    assert_eq!((&answer["largest_safe_equal"], &answer["precision"]), (&"1/12".into(), &"exact".into()));
    assert!(answer["input_hash"].as_str().unwrap().starts_with("sha256:"));
}

#[test]
fn with_half_by_population_a_village_and_four_groups_pay_too_much() {
    let answer = towns(50, 50, 0);
    let cost = |seats: u64| {
        let unit = if seats < 100 {
            30_000
        } else if seats < 300 {
            27_000
        } else {
            24_000
        };
        i64::try_from((seats * unit).min(7_200_000) * 11 / 10).unwrap()
    };
    let seats = [70, 80, 90, 45, 15];
    let shares = yen(&answer);
    let too_much: Vec<u32> = (1_u32..31)
        .filter(|mask| {
            let of = |i: &usize| mask >> i & 1 == 1;
            let paid: i64 = (0..5).filter(of).map(|i| shares[i]).sum();
            paid > cost((0..5).filter(of).map(|i| seats[i]).sum())
        })
        .collect();
    assert_eq!(too_much.iter().filter(|mask| mask.count_ones() == 1).count(), 1);
    assert_eq!(too_much.iter().filter(|mask| mask.count_ones() > 1).count(), 4);
    assert_eq!(answer.shares[4].saving_yen, Some(-546_466));
}

#[test]
fn tier_advice_starts_to_pay_at_267_seats() {
    let schedule = PriceSchedule::from_value(&serde_json::from_str(SCHEDULE).unwrap()).unwrap();
    let advice = |seats| schedule.advice(seats).map(|advice| (advice.buy, advice.saving)).unwrap();
    assert_eq!(advice(290), (300, Ratio::whole(630_000)));
    assert_eq!(advice(267), (300, Ratio::whole(9_000)));
    assert_eq!(advice(266), (266, Ratio::zero()));
    let stretch = &schedule.break_evens()[1];
    assert_eq!((stretch.from, stretch.to, stretch.buy), (267, 299, 300));
}

#[test]
fn the_same_tiers_read_as_graduated_cost_more() {
    let tiers = vec![
        Tier::unit(Some(99), Ratio::whole(30_000)),
        Tier::unit(Some(299), Ratio::whole(27_000)),
        Tier::unit(None, Ratio::whole(24_000)),
    ];
    let graduated = PriceSchedule::new(PriceMode::Graduated, tiers).unwrap();
    assert_eq!(graduated.price(300).unwrap(), Ratio::whole(8_394_000));
    assert!(graduated.is_concave());
}

#[test]
fn quantities_are_priced_with_the_quantity_to_buy() {
    let request: PriceRequest = format!(r#"{{"price": {SCHEDULE}, "seats": [1, 5, 290, 300]}}"#).parse().unwrap();
    let answer = serde_json::to_value(price(&request).unwrap()).unwrap();
    assert_eq!(answer["totals"][0], serde_json::json!({"seats": 1, "price": "30000", "effective": "30000", "buy": 1}));
    assert_eq!(
        answer["totals"][2],
        serde_json::json!({"seats": 290, "price": "7830000", "effective": "7200000", "buy": 300})
    );
}

#[test]
fn what_only_the_rounding_of_tax_does_is_not_called_unfair() {
    // 3 x 105 yen carry 31 yen of tax together and 10 each alone: a third of a yen more, which is nobody's unfairness.
    let request: ShareRequest = r#"{"price": {"mode": "per_seat", "tiers": [{"up_to": null, "unit": "105"}]}, "tax_rate": "0.10",
        "members": [{"id": "a", "seats": 1}, {"id": "b", "seats": 1}, {"id": "c", "seats": 1}], "rule": {"kind": "per_seat"}}"#
        .parse()
        .unwrap();
    let answer = share(&request).unwrap();
    assert_eq!(yen(&answer), [116, 115, 115]);
    let core = answer.core.unwrap();
    assert!(!core.in_core && core.up_to_rounding);
}

#[test]
fn shares_round_at_any_unit_and_what_is_left_has_a_name() {
    let case = |rounding: &str| {
        let text = format!(
            r#"{{"total_yen": 10000, "members": [{{"id": "a", "seats": 1}}, {{"id": "b", "seats": 1}}, {{"id": "c", "seats": 1}}],
            "rule": {{"kind": "per_seat"}}, "rounding": {rounding}}}"#
        );
        share(&text.parse::<ShareRequest>().unwrap())
    };
    let lines = |rounding: &str| -> Vec<(i64, i64)> {
        case(rounding).unwrap().shares.iter().map(|line| (line.yen.unwrap(), line.remainder_yen.unwrap())).collect()
    };
    // 1, 100 and 1,000 yen are the usual units; agreements with 10 yen exist, and nothing depends on the unit being one of these.
    assert_eq!(lines(r#"{"unit_yen": 1}"#), [(3_334, 1), (3_333, 0), (3_333, 0)]);
    assert_eq!(lines(r#"{"unit_yen": 10}"#), [(3_340, 10), (3_330, 0), (3_330, 0)]);
    assert_eq!(lines(r#"{"unit_yen": 100}"#), [(3_400, 100), (3_300, 0), (3_300, 0)]);
    assert_eq!(lines(r#"{"unit_yen": 1000}"#), [(4_000, 1_000), (3_000, 0), (3_000, 0)]);
    // A unit that does not divide the bill leaves less than itself over, which somebody must be named for.
    let error = case(r#"{"unit_yen": 7}"#).unwrap_err();
    assert_eq!((error.pointer.as_str(), error.fault.code()), ("/rounding/remainder_to", "remainder_unassigned"));
    assert_eq!(lines(r#"{"unit_yen": 7, "remainder_to": "c"}"#), [(3_332, 0), (3_332, 0), (3_336, 4)]);
    for (mode, yen) in
        [("floor", [3_400, 3_300, 3_300]), ("ceil", [3_200, 3_400, 3_400]), ("half_up", [3_400, 3_300, 3_300])]
    {
        let found = lines(&format!(r#"{{"mode": "{mode}", "unit_yen": 100, "remainder_to": "a"}}"#));
        assert_eq!(found.iter().map(|(yen, _)| *yen).collect::<Vec<_>>(), yen, "{mode}");
        assert_eq!(found[1].1, 0, "{mode}: only the named member carries what is left");
    }
}
