//! Reasons: the facts in answers, their Japanese wording, and the spreadsheet that reproduces the yen (evaluated here cell by cell).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "tests may fail loudly"
)]

use cost_sharing::json::{ShareAnswer, ShareRequest, share};
use cost_sharing::{Cell, Content, Ratio, explain_ja, explain_member_ja, formulas, pivots, presets, results};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn towns(rule: &Value, rounding: &Value) -> (ShareRequest, ShareAnswer) {
    let value = json!({"price": {"mode": "volume", "tiers": [{"up_to": 99, "unit": "30000"}, {"up_to": 299, "unit": "27000"},
        {"up_to": null, "unit": "24000"}]}, "tax_rate": "0.10", "members": [
        {"id": "143618", "seats": 70, "population": 9300}, {"id": "143634", "seats": 80, "population": 10836},
        {"id": "143669", "seats": 90, "population": 18329}, {"id": "143839", "seats": 45, "population": 6722},
        {"id": "144029", "seats": 5, "population": 3038}], "rule": rule, "rounding": rounding});
    let request = ShareRequest::from_value(&value).unwrap();
    let answer = share(&request).unwrap();
    (request, answer)
}

#[test]
fn the_case_is_explained_in_plain_japanese() {
    let (request, answer) = towns(&json!({"kind": "mixture", "equal": "10", "seats": "90"}), &json!({}));
    let name = |id: &str| {
        if id == "144029" { "清川村".to_owned() } else { id.to_owned() }
    };
    let lines = explain_ja(&request, &answer, &name);
    assert_eq!(
        lines[0],
        "290 席（購入 300 席）の税抜金額は 7,200,000 円、消費税は 720,000 円（税率 10%、1 円未満切捨て、請求書全体で 1 回だけ端数処理）、合計は 7,920,000 円です。"
    );
    assert_eq!(lines[1], "総額を 均等割 10%、利用割（席数） 90% の割合で按分します。");
    assert!(lines.iter().any(|line| line.starts_with("この案では 清川村 だけで契約した方が")), "{lines:#?}");
    let member = explain_member_ja(&answer, "144029").unwrap();
    assert_eq!(member[0], "均等割:総額の 1/10 を5 分の 1 で負担します。");
    assert!(member.iter().any(|line| line.contains("高くなります")));
    assert!(explain_member_ja(&answer, "nobody").is_none());
}

#[test]
fn facts_of_price_and_rounding_are_in_the_answer() {
    let (_, answer) = towns(&json!({"kind": "shapley"}), &json!({}));
    assert_eq!(answer.explanation["price"]["buy"], 300);
    assert_eq!(answer.explanation["price"]["tiers"][2]["seats"], 300);
    assert_eq!(answer.explanation["orders"].as_array().unwrap().len(), 120);
    for (index, line) in answer.shares.iter().enumerate() {
        let parse = |value: &Value| value.as_str().unwrap().parse::<Ratio>().unwrap();
        let tiers: Vec<Ratio> = line.reason["by_tier"].as_array().unwrap().iter().map(parse).collect();
        assert_eq!(tiers.iter().sum::<Ratio>(), line.exact, "tiers add up");
        let means: Vec<Ratio> = line.reason["by_position"].as_array().unwrap().iter().map(parse).collect();
        assert_eq!(
            means.iter().sum::<Ratio>().checked_div(&Ratio::whole(5)).unwrap(),
            line.exact,
            "the mean of the averages"
        );
        let orders =
            answer.explanation["orders"].as_array().unwrap().iter().flat_map(|order| order.as_array().unwrap());
        let added: i64 =
            orders.filter(|step| step["id"] == line.id).map(|step| step["adds_yen"].as_i64().unwrap()).sum();
        assert_eq!(Ratio::new(added, 120).unwrap(), line.exact, "member {index}: the mean over all orders");
    }
}

#[test]
fn ties_at_the_cut_are_recorded_with_the_key_that_decided() {
    let members = json!([{"id": "b", "seats": 1, "tie_key": "1"}, {"id": "a", "seats": 1, "tie_key": "2"}, {"id": "c", "seats": 1, "tie_key": "3"}]);
    let request = json!({"total_yen": 100, "members": members, "rule": {"kind": "per_seat"}});
    let answer = share(&ShareRequest::from_value(&request).unwrap()).unwrap();
    assert_eq!(answer.shares.iter().map(|line| line.yen.unwrap()).collect::<Vec<_>>(), [34, 33, 33]);
    assert_eq!(answer.explanation["rounding"]["tied"], json!(["b", "a", "c"]));
    assert_eq!(answer.explanation["rounding"]["given_to"], json!(["b"]));
}

#[test]
fn members_whose_exit_drops_the_tier_are_pivotal() {
    let (request, _) = towns(&json!({"kind": "per_seat"}), &json!({}));
    let ids: Vec<String> = pivots(&request).unwrap().into_iter().map(|pivot| pivot.id).collect();
    assert_eq!(ids, ["143618", "143634", "143669", "143839"]);
}

#[test]
fn presets_are_rules_whose_parts_add_up() {
    for preset in presets() {
        let (request, _) = towns(&json!({"kind": "per_seat"}), &json!({}));
        let mut request = ShareRequest { rule: preset.rule, rounding: preset.rounding, ..request };
        request.rounding.remainder_to = Some("143618".to_owned());
        for member in &mut request.members {
            member.weights.insert("ability".to_owned(), Ratio::whole(3));
        }
        let answer = share(&request).unwrap();
        assert_eq!(answer.shares.iter().map(|line| line.yen.unwrap()).sum::<i64>(), 7_920_000, "{}", preset.name);
    }
}

#[test]
fn subsidies_caps_and_proration_follow_the_agreement() {
    let request = json!({"total_yen": 1_200_000, "members": [
        {"id": "a", "seats": 10, "months": 12, "last_year_yen": 500_000}, {"id": "b", "seats": 10, "months": 6, "last_year_yen": 500_000}],
        "rule": {"kind": "per_seat"}, "subsidy": {"rate": "1/2", "cap_yen": 300_000, "cut_unit_yen": 1000}});
    let run = |request: &Value| share(&ShareRequest::from_value(request).unwrap()).unwrap();
    let answer = run(&request);
    assert_eq!(answer.shares.iter().map(|line| line.yen.unwrap()).collect::<Vec<_>>(), [800_000, 400_000]);
    assert_eq!(answer.shares.iter().map(|line| line.subsidy_yen.unwrap()).collect::<Vec<_>>(), [300_000, 200_000]);
    let mut capped = request.clone();
    capped["change_cap"] = json!("0.25");
    let answer = run(&capped);
    assert_eq!(answer.shares.iter().map(|line| line.yen.unwrap()).collect::<Vec<_>>(), [625_000, 575_000]);
    assert_eq!(answer.shares[1].reason["bounds_adjustment"], json!("175000"));
}

/// A spreadsheet for exactly the functions that the formulas use, in exact arithmetic.
struct Sheet<'a> {
    cells: BTreeMap<&'a str, &'a Content>,
}

struct Parser<'a, 'b> {
    sheet: &'b Sheet<'a>,
    text: &'b str,
}

impl<'a> Sheet<'a> {
    fn value(&self, address: &str) -> Ratio {
        match self.cells[address.replace('$', "").as_str()] {
            Content::Text(text) => panic!("{address} holds {text}"),
            Content::Number(number) => number.parse().unwrap(),
            Content::Formula(formula) => Parser { sheet: self, text: &formula[1..] }.sum(),
        }
    }

    fn range(&self, range: &str) -> Vec<Ratio> {
        let (from, to) = range.split_once(':').unwrap();
        let split = |cell: &str| {
            let cell = cell.replace('$', "");
            let at = cell.find(|c: char| c.is_ascii_digit()).unwrap();
            (cell[..at].to_owned(), cell[at..].parse::<usize>().unwrap())
        };
        let ((column, first), (_, last)) = (split(from), split(to));
        (first..=last).map(|row| self.value(&format!("{column}{row}"))).collect()
    }
}

impl Parser<'_, '_> {
    fn eat(&mut self, word: &str) -> bool {
        let found = self.text.strip_prefix(word);
        self.text = found.unwrap_or(self.text);
        found.is_some()
    }

    fn take(&mut self, fits: impl Fn(char) -> bool) -> &str {
        let end = self.text.find(|c| !fits(c)).unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at(end);
        self.text = rest;
        word
    }

    fn sum(&mut self) -> Ratio {
        let mut value = self.product();
        loop {
            if self.eat("+") {
                value = &value + &self.product();
            } else if self.eat("-") {
                value = &value - &self.product();
            } else {
                return value;
            }
        }
    }

    fn product(&mut self) -> Ratio {
        let mut value = self.atom();
        loop {
            if self.eat("*") {
                value = &value * &self.atom();
            } else if self.eat("/") {
                value = value.checked_div(&self.atom()).unwrap();
            } else {
                return value;
            }
        }
    }

    fn closed(&mut self, value: Ratio) -> Ratio {
        assert!(self.eat(")"), "{}", self.text);
        value
    }

    fn atom(&mut self) -> Ratio {
        let floor = |value: &Ratio| Ratio::from_big(value.floor(), 1.into()).unwrap();
        if self.eat("-") {
            return -&self.atom();
        }
        if self.eat("(") {
            let value = self.sum();
            return self.closed(value);
        }
        if self.eat("INT(") {
            let value = self.sum();
            return self.closed(floor(&value));
        }
        if self.eat("ROUND(") {
            let value = self.sum();
            assert!(self.eat(",9"));
            let billion = Ratio::whole(1_000_000_000);
            let rounded = floor(&(&(&value * &billion) + &Ratio::new(1, 2).unwrap()));
            return self.closed(rounded.checked_div(&billion).unwrap());
        }
        if self.eat("SUM(") {
            let range = self.take(|c| c != ')').to_owned();
            let value = self.sheet.range(&range).iter().sum();
            return self.closed(value);
        }
        if self.eat("COUNTIF(") {
            let range = self.take(|c| c != ',').to_owned();
            assert!(self.eat(","));
            let larger = self.eat("\">\"&");
            let limit = self.sum();
            let count = self
                .sheet
                .range(&range)
                .iter()
                .filter(|value| if larger { **value > limit } else { **value == limit })
                .count();
            return self.closed(Ratio::whole(i64::try_from(count).unwrap()));
        }
        if self.eat("IF(") {
            let left = self.sum();
            assert!(self.eat("<="));
            let right = self.sum();
            assert!(self.eat(","));
            let yes = self.sum();
            assert!(self.eat(","));
            let no = self.sum();
            return self.closed(if left <= right { yes } else { no });
        }
        let word = self.take(|c| c.is_ascii_alphanumeric() || c == '$' || c == '.').to_owned();
        if word.starts_with(|c: char| c.is_ascii_digit()) { word.parse().unwrap() } else { self.sheet.value(&word) }
    }
}

fn reproduces(request: &ShareRequest, answer: &ShareAnswer) {
    let cells: Vec<Cell> = formulas(request, answer);
    let sheet = Sheet { cells: cells.iter().map(|cell| (cell.address.as_str(), &cell.content)).collect() };
    let results = results(&cells).unwrap();
    for cell in cells.iter().filter(|cell| !matches!(cell.content, Content::Text(_))) {
        assert_eq!(results[&cell.address], sheet.value(&cell.address), "{}", cell.address);
    }
    let heading = cells.iter().find(|cell| cell.content == Content::Text("負担金".to_owned())).unwrap();
    let column = heading.address.trim_end_matches('4');
    for line in &answer.shares {
        let row = cells
            .iter()
            .find(|cell| cell.address.starts_with('A') && cell.content == Content::Text(line.id.clone()))
            .unwrap();
        let yen = sheet.value(&format!("{column}{}", &row.address[1..]));
        assert_eq!(yen, Ratio::whole(line.yen.unwrap()), "{} under {:?}", line.id, request.rule);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_spreadsheet_reproduces_the_yen(
        total in 1_i64..10_000_000, seats in prop::collection::vec(1_u64..300, 1..9), rule in 0_usize..5, rounding in 0_usize..5,
    ) {
        let members: Vec<Value> = seats.iter().enumerate()
            .map(|(index, seats)| json!({"id": format!("m{index}"), "seats": seats, "population": seats * 7 % 13 + 1,
                "stand_alone_yen": seats * 1000, "weights": {"staff": "1/3"}})).collect();
        let rule = [json!({"kind": "per_seat"}), json!({"kind": "mixture", "equal": "10", "population": "40", "seats": "50"}),
            json!({"kind": "weighted", "by": "population"}), json!({"kind": "equal"}), json!({"kind": "stand_alone_proportional"})][rule].clone();
        let rounding = [json!({}), json!({"mode": "floor", "unit_yen": 100, "remainder_to": "m0"}), json!({"mode": "ceil", "unit_yen": 1000, "remainder_to": "m0"}),
            json!({"mode": "half_up", "remainder_to": "m0"}), json!({"mode": "largest_remainder", "unit_yen": 100, "remainder_to": "m0"})][rounding].clone();
        let request = ShareRequest::from_value(&json!({"total_yen": total, "members": members, "rule": rule, "rounding": rounding})).unwrap();
        let answer = share(&request).unwrap();
        reproduces(&request, &answer);
    }
}
