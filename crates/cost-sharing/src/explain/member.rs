//! One member's share in plain administrative Japanese: what it rests on, how it was rounded, and what it saves.
//! It words the facts of the answer and computes nothing; facts that have no wording stay in the data.

use super::grouped;
use super::ja::key_ja;
use crate::json::{ShareAnswer, ShareLine};
use crate::ratio::Ratio;
use crate::rule::Key;
use serde_json::{Map, Value};

/// One member's share: what it rests on, how it was rounded, and what it saves. `None` for an id that has no line.
#[must_use]
pub fn explain_member_ja(answer: &ShareAnswer, id: &str) -> Option<Vec<String>> {
    let line = answer.shares.iter().find(|line| line.id == id)?;
    let mut lines: Vec<String> = reason(line);
    let exact = grouped(&line.exact.to_decimal());
    match (line.yen, line.remainder_yen) {
        (Some(yen), Some(0)) if line.exact == Ratio::whole(yen) => {
            lines.push(format!("負担金は {} 円です。", grouped(&yen.to_string())))
        }
        (Some(yen), Some(remainder)) => lines.push(format!(
            "端数処理前の額は {exact} 円、負担金は {} 円（うち端数調整 {} 円）です。",
            grouped(&yen.to_string()),
            grouped(&remainder.to_string())
        )),
        _ => lines.push(format!("配分は {exact} です。")),
    }
    if let (Some(alone), Some(saving)) = (line.stand_alone_yen, line.saving_yen) {
        let (word, size) = if saving < 0 { ("高く", saving.saturating_neg()) } else { ("安く", saving) };
        lines.push(format!(
            "単独で契約した場合の {} 円より {} 円{word}なります。",
            grouped(&alone.to_string()),
            grouped(&size.to_string())
        ));
    }
    if let (Some(subsidy), Some(net)) = (line.subsidy_yen, line.net_yen) {
        lines.push(format!(
            "補助金 {} 円を差し引いた実質負担は {} 円です。",
            grouped(&subsidy.to_string()),
            grouped(&net.to_string())
        ));
    }
    Some(lines)
}

/// A number of the data with separators, whether it stands as a string or as a JSON number.
fn amount(value: &Value) -> String {
    grouped(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn field(value: &Value, name: &str) -> String {
    value.get(name).map(amount).unwrap_or_default()
}

/// The facts of a reason, what the share rests on first and its bounds last.
fn reason(line: &ShareLine) -> Vec<String> {
    let facts = &line.reason;
    let mut lines = terms(facts);
    lines.extend(two_part(facts));
    lines.extend(steps(facts));
    lines.extend(joining(facts));
    lines.extend(shapley(facts));
    let plain = [
        ("alone", "単独の費用は ", " 円です。"),
        ("saving", "全団体共通の削減額は ", " 円です。"),
        ("separable", "分離費用は ", " 円です。"),
        ("remaining_benefit", "単独の費用から分離費用を引いた残余便益は ", " 円です。"),
        ("non_separable_share", "共通費用のうち ", " 円を負担します。"),
        ("before_bounds", "上限・下限を当てる前の額は ", " 円です。"),
        ("bounds_adjustment", "上限・下限により ", " 円を調整しました。"),
    ];
    let worded =
        plain.iter().filter_map(|(key, before, after)| Some(format!("{before}{}{after}", amount(facts.get(*key)?))));
    lines.extend(worded);
    lines
}

fn list<'a>(facts: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    facts.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// Proportional parts: weight over sum, with the part of the total where there are several.
fn terms(facts: &Map<String, Value>) -> Vec<String> {
    let worded = list(facts, "terms").map(|term| {
        let key = Key::named(term.get("key").and_then(Value::as_str).unwrap_or_default());
        let part = term.get("part").map(|part| format!("総額の {} を", amount(part))).unwrap_or_default();
        format!("{}:{part}{} 分の {} で負担します。", key_ja(&key), field(term, "sum"), field(term, "weight"))
    });
    worded.collect()
}

fn two_part(facts: &Map<String, Value>) -> Vec<String> {
    let part = |name: &str, label: &str| {
        let fact = facts.get(name)?;
        let key = Key::named(fact.get("key").and_then(Value::as_str).unwrap_or_default());
        Some(format!(
            "{label} {} 円のうち、{}で {} 円を負担します。",
            field(fact, "amount"),
            key_ja(&key),
            field(fact, "share")
        ))
    };
    [part("fixed", "固定部分"), part("rest", "残り")].into_iter().flatten().collect()
}

/// Serial cost sharing: each step up to the member's own demand.
fn steps(facts: &Map<String, Value>) -> Vec<String> {
    let worded = list(facts, "steps").map(|step| {
        format!(
            "{} 席までの段階：合計 {} 席相当の費用 {} 円までの増加分を {} 団体で分け、1 団体 {} 円です。",
            field(step, "demand"),
            field(step, "quantity"),
            field(step, "cost"),
            field(step, "sharers"),
            field(step, "each")
        )
    });
    worded.collect()
}

fn joining(facts: &Map<String, Value>) -> Option<String> {
    let (place, before, after) = (facts.get("joins")?, facts.get("before")?, facts.get("after")?);
    Some(format!(
        "{} 番目に参加し、全体の費用が {} 円から {} 円になりました。",
        amount(place),
        amount(before),
        amount(after)
    ))
}

fn shapley(facts: &Map<String, Value>) -> Vec<String> {
    let mut lines = Vec::new();
    let means: Vec<String> = list(facts, "by_position").map(amount).collect();
    if !means.is_empty() {
        lines.push(format!(
            "参加順ごとの増加費用の平均（1 番目から順に）：{} 円。これらの平均が負担の基礎です。",
            means.join("、")
        ));
    }
    let tiers: Vec<String> = list(facts, "by_tier").map(amount).collect();
    if tiers.len() > 1 {
        lines.push(format!("価格帯ごとの内訳（下の価格帯から順に）：{} 円。合計が負担の基礎です。", tiers.join("、")));
    }
    lines
}
