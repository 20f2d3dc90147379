//! How a plan is shown, saved or not: charts beside tables, the safe equal part, the arithmetic of each reason in rows.
//! The numbers and sentences are the use case's; here they are only placed.

use crate::chart::{self, Bar};
use crate::pager::{Asked, Pager};
use crate::words;
use app::contracts::reason::{self, TermLine};
use app::pricing::compare::TierAdvice;
use app::scenarios::model::LimitedBy;
use app::scenarios::words::rule_name;
use app::scenarios::{PlanPart, PlanView};
use serde_json::Value;

/// A plan with what its charts need.
pub(crate) struct Plan {
    pub(crate) view: PlanView,
    /// Share and stand-alone cost of each member shown.
    pub(crate) bars: Vec<Bar>,
    /// Which members are shown.
    pub(crate) pager: Pager,
}

impl Plan {
    pub(crate) fn new(PlanPart { view, found, members, .. }: PlanPart, asked: Asked) -> Self {
        let rows: Vec<chart::Row> = view
            .members
            .iter()
            .flat_map(|member| {
                let line = &member.line;
                [
                    (line.name.clone(), vec![(line.share_yen, if line.saving_yen < 0 { "d" } else { "a" })]),
                    (String::new(), vec![(line.stand_alone_yen, "c")]),
                ]
            })
            .collect();
        Self { bars: chart::stacked(&rows), view, pager: asked.with(found, members) }
    }

    pub(crate) fn bars_height(&self) -> i64 {
        chart::BAR_STEP.saturating_mul(i64::try_from(self.bars.len()).unwrap_or(0))
    }

    /// The largest equal part that leaves nobody worse off, in percent.
    pub(crate) fn safe_percent(&self) -> Option<String> {
        let exact = self.view.fairness.largest_safe_equal.as_deref()?;
        let percent = words::percent(exact);
        Some(match percent.split_once('.') {
            Some((whole, part)) => format!("{whole}.{}", part.chars().take(2).collect::<String>()),
            None => percent,
        })
    }

    /// Where the safe part and the present part stand on a scale of 400 pixels.
    pub(crate) fn safe_scale(&self) -> Option<(i64, Option<i64>)> {
        let place = |percent: &str| {
            let whole: i64 = percent.split('.').next()?.parse().ok()?;
            Some(chart::scaled(whole.clamp(0, 100), 100, 400))
        };
        let safe = place(&self.safe_percent()?)?;
        Some((safe, self.equal_percent().as_deref().and_then(place)))
    }

    /// The equal part of the rule, when it is a mixture.
    pub(crate) fn equal_percent(&self) -> Option<String> {
        let rule = &self.view.inputs.sharing.rule;
        (rule.get("kind")?.as_str()? == "mixture").then(|| rule.get("equal").map(text).unwrap_or_default())
    }

    /// What buying up saves, where there is a later tier up to which more could be bought.
    pub(crate) fn advice(&self) -> Option<&TierAdvice> {
        self.view.advice.as_ref().filter(|_| crate::pricing::has_tiers(&self.view.inputs.quote.schedule))
    }

    /// 比べた結果 in one chip.
    pub(crate) fn fair(&self) -> (&'static str, &'static str) {
        let fairness = &self.view.fairness;
        if !fairness.worse_off.is_empty() {
            ("bad", "単独より負担が増える団体がある")
        } else if !fairness.checked {
            ("", "団体の組合せは未確認")
        } else if fairness.in_core || fairness.up_to_rounding {
            ("good", "どの団体も負担が増えない")
        } else {
            ("warn", "一部の組合せでは別に契約した方が安い")
        }
    }

    /// Exact yen as people write it.
    pub(crate) fn unit(&self) -> String {
        crate::pricing::amount(&self.view.bill.unit_yen)
    }
}

/// Whether the budget is what keeps a member from more seats.
pub(crate) fn by_budget(by: &LimitedBy) -> bool {
    *by == LimitedBy::Budget
}

/// What set the limit of a member.
pub(crate) fn limited_by(by: &LimitedBy) -> &'static str {
    match by {
        LimitedBy::Request => "希望席数",
        LimitedBy::PricePoint => "単価の条件",
        LimitedBy::Budget => "予算上限額",
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "なし".to_owned(),
        Value::Bool(flag) => if *flag { "はい" } else { "いいえ" }.to_owned(),
        Value::Number(number) => number.as_i64().map_or_else(|| number.to_string(), |whole| words::number(&whole)),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("、"),
        Value::Object(fields) => {
            let part = |(name, value): (&String, &Value)| format!("{} {}", label(name), text(value));
            fields.iter().map(part).collect::<Vec<_>>().join("／")
        }
    }
}

/// The words of the calculators for the parts of a reason.
fn label(name: &str) -> &str {
    match name {
        "key" => "基準",
        "equal" => "均等",
        "population" => "人口",
        "seats" => "席数",
        "part" => "割合",
        "weight" => "重み（席を分ける基準の数）",
        "sum" => "合計",
        "amount" => "対象額",
        "share" => "按分額",
        "fixed" => "固定費分",
        "rest" => "残りの分",
        "guarantee" => "最低保証",
        "limit" => "上限",
        "limited_by" => "上限の理由",
        "class" => "優先区分",
        "class_supply" => "区分に配った席",
        "bound" => "上下限",
        "divisor" => "除数（全団体の席の合計が合う数）",
        "dividend" => "割られる数",
        "quotient" => "商（重み ÷ 除数）",
        "rounded" => "丸めた席数",
        "method" => "方式",
        "whole" => "整数部分",
        "fraction" => "端数",
        "level" => "水準",
        "rounded_up" => "端数の1席を得た",
        "leftover" => "端数で配った席",
        "rank" => "端数の順位",
        "last_given" => "最後の席を得た",
        "first_refused" => "次の席の順番",
        "loss" => "減らした席数",
        "tie" => "同順位",
        "exact" => "丸める前の額",
        "rule" => "按分の計算",
        "before_bounds" => "上下限の前の額",
        other => other,
    }
}

fn value_word(word: &str) -> &str {
    match word {
        "all_met" => "足りているため、上限まで配分",
        "guarantee_only" => "最低保証だけを配分",
        "first_seats" => "まず1席ずつ配分",
        "divisor" => "重み÷除数を丸める",
        "losses" => "不足を分ける",
        "remainder" => "整数部分と端数",
        "none" => "上下限の間",
        "limit" => "上限",
        "request" => "希望席数",
        "budget" => "予算",
        "equal" => "均等",
        "population" => "人口",
        "seats" => "席数",
        other => other,
    }
}

/// The reason of a share of this bill as rows of a table: its parts with their results, as the town's own page has them.
pub(crate) fn share_rows(reason: &Value, total_yen: &i64) -> Vec<(String, String)> {
    let part = |term: TermLine| {
        let TermLine { name, unit, percent, weight, sum, amount } = term;
        let total = words::yen(total_yen);
        (format!("{name}の額"), format!("{total} × {percent}％ × {weight}{unit} ÷ {sum}{unit} ＝ {amount}円"))
    };
    let parts = reason::terms(reason, *total_yen).into_iter().map(part);
    parts.chain(rows(reason).into_iter().filter(|(_, value)| !value.starts_with("総額"))).collect()
}

/// A reason as rows of a table: what, and its value. Terms of a sharing rule become products.
pub(crate) fn rows(reason: &Value) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for (name, value) in reason.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("terms", Value::Array(terms)) => rows.extend(terms.iter().map(term)),
            ("how", Value::Object(fields)) => {
                let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
                rows.push(("計算".to_owned(), value_word(kind).to_owned()));
                let rest = fields.iter().filter(|(name, value)| *name != "kind" && !value.is_null());
                rows.extend(rest.map(|(name, value)| (label(name).to_owned(), said(name, value))));
            }
            (_, Value::Null) | ("class" | "class_supply" | "kind" | "scenario_id", _) => {}
            ("rule", Value::Object(_)) => rows.extend(self::rows(value)),
            (_, value) => rows.push((label(name).to_owned(), said(name, value))),
        }
    }
    rows
}

/// A value of a reason in words.
fn said(name: &str, value: &Value) -> String {
    match value {
        Value::String(word) if name == "method" => rule_name(word).to_owned(),
        Value::String(word) => ratio(name, word).unwrap_or_else(|| value_word(word).to_owned()),
        value => text(value),
    }
}

/// The exact amount before it is rounded, as a decimal with the division behind it.
pub(crate) fn exact(exact: &str) -> String {
    let decimal = reason::decimal_of(exact).map_or_else(|| exact.to_owned(), |decimal| format!("{decimal}円"));
    if exact.contains('/') { format!("{decimal}（正確には {}円）", exact.replace('/', " ÷ ")) } else { decimal }
}

/// An exact ratio as people read it: yen as a decimal with the division behind it, anything else as the division.
fn ratio(name: &str, exact: &str) -> Option<String> {
    let is_yen = ["exact", "before_bounds", "amount", "share", "fixed", "rest"].contains(&name);
    let Some((over, under)) = exact.split_once('/') else {
        return exact.parse::<i64>().ok().filter(|_| is_yen).map(|whole| words::yen(&whole));
    };
    let (over, under): (i128, i128) = (over.parse().ok()?, under.parse().ok().filter(|under| *under > 1)?);
    let (a, b) = (words::number(&i64::try_from(over).ok()?), words::number(&i64::try_from(under).ok()?));
    if !is_yen {
        let decimal = reason::decimal_of(exact).map(|decimal| format!(" ＝ {decimal}")).unwrap_or_default();
        return Some(format!("{a} ÷ {b}{decimal}"));
    }
    let decimal = reason::decimal_of(exact)?;
    Some(format!("{decimal}円（正確には {a}円 ÷ {b}）"))
}

/// `均等割：総額 × 10％ × 1 ÷ 5`.
fn term(term: &Value) -> (String, String) {
    let of = |name: &str| term.get(name).filter(|value| !value.is_null()).map(text);
    let key = of("key").unwrap_or_default();
    let part = of("part").map(|part| format!(" × {part}（割合）")).unwrap_or_default();
    let (weight, sum) = (of("weight").unwrap_or_default(), of("sum").unwrap_or_default());
    (format!("{}割", value_word(&key)), format!("総額{part} × {} ÷ {}", grouped(&weight), grouped(&sum)))
}

/// A whole number with commas; anything else as it is.
fn grouped(number: &str) -> String {
    number.parse::<i64>().map_or_else(|_| number.to_owned(), |whole| words::number(&whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_exact_ratio_reads_as_yen_with_the_division_behind_it() {
        let said = |reason: Value| rows(&reason)[0].1.clone();
        assert_eq!(said(json!({"exact": "31680000/29"})), "1,092,413.7931…円（正確には 31,680,000円 ÷ 29）");
        assert_eq!(said(json!({"exact": "1/2"})), "0.5円（正確には 1円 ÷ 2）");
        assert_eq!(said(json!({"quotient": "9300/48225"})), "9,300 ÷ 48,225 ＝ 0.1928…");
        assert_eq!(said(json!({"exact": "12000"})), "12,000円");
    }

    #[test]
    fn the_arithmetic_of_a_share_stands_with_its_results() {
        let reason = json!({"terms": [{"key": "equal", "part": "0.1", "weight": "1", "sum": "5"},
            {"key": "seats", "part": "0.9", "weight": "29", "sum": "87"}]});
        assert_eq!(
            share_rows(&reason, &31_680_000),
            [
                ("均等割の額", "31,680,000円 × 10％ × 1団体 ÷ 5団体 ＝ 633,600円"),
                ("席数割の額", "31,680,000円 × 90％ × 29席 ÷ 87席 ＝ 9,504,000円"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn how_the_seats_came_about_is_told_in_words() {
        let reason =
            json!({"how": {"kind": "divisor", "method": "webster", "weight": 129_211, "quotient": "129211/550"}});
        let told = rows(&reason);
        let all = told.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>();
        assert!(
            all.contains(&"ウェブスター方式（サン・ラグ方式）") && all.contains(&"129,211 ÷ 550 ＝ 234.9290…"),
            "{told:?}"
        );
    }

    #[test]
    fn a_term_of_a_share_reads_as_a_product() {
        let reason = json!({"terms": [{"key": "population", "part": "0.3", "weight": "9300", "sum": "48225"}]});
        assert_eq!(rows(&reason), [("人口割".to_owned(), "総額 × 0.3（割合） × 9,300 ÷ 48,225".to_owned())]);
    }
}
