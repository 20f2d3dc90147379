//! The reasons of a scenario as Japanese sentences, made from its data alone.
//! Used where people read: scenario pages, letters, the published allocation.

use super::model::{Inputs, LimitedBy, MemberOutcome, Outcome, SharingChoice, WeightsBasis};
use crate::pricing::compare::grouped;
use cost_sharing::Ratio;
use serde_json::Value;

/// Why a member gets these seats.
#[must_use]
pub fn allocation(inputs: &Inputs, outcome: &Outcome, line: &MemberOutcome) -> String {
    let mut text = match line.limited_by {
        LimitedBy::Request => format!("希望{}席", grouped(line.request)),
        LimitedBy::PricePoint => {
            format!("単価の条件を満たしたため、標準の希望{}席に代えて{}席", grouped(line.request), grouped(line.limit))
        }
        LimitedBy::Budget => {
            format!("希望{}席。予算上限額で賄える{}席を上限", grouped(line.request), grouped(line.limit))
        }
    };
    text.push_str("として計算しました。");
    if line.seats == line.limit {
        text.push_str(&format!("上限まで満たし、{}席です。", grouped(line.seats)));
        return text;
    }
    text.push_str(&format!(
        "{}席を{}で、{}を重みとして配分した結果、{}席です。",
        grouped(outcome.seats.allocated),
        rule_name(&inputs.allocation.rule),
        weights_name(inputs, line),
        grouped(line.seats)
    ));
    if line.guarantee > 0 && line.seats == line.guarantee {
        text.push_str(&format!("最低保証{}席を確保しています。", grouped(line.guarantee)));
    }
    if decided_by_tie(outcome, &line.municipality_code) {
        text.push_str("同順位があり、あらかじめ定めた順（団体コードまたは抽選）で決めました。");
    }
    text
}

/// Why a member pays this share.
#[must_use]
pub fn sharing(inputs: &Inputs, outcome: &Outcome, line: &MemberOutcome) -> String {
    let mut text = format!(
        "総額{}円（税込）を{}で按分し、{}円です。",
        grouped(outcome.bill.total_yen),
        sharing_name(&inputs.sharing),
        grouped(line.share_yen)
    );
    if line.remainder_yen != 0 {
        text.push_str(&format!("うち{}円は端数の調整です。", grouped(line.remainder_yen)));
    }
    match line.saving_yen {
        0 => text.push_str("単独で調達した場合と同額です。"),
        saved if saved > 0 => text.push_str(&format!(
            "単独で調達した場合の{}円より{}円少なくなります。",
            grouped(line.stand_alone_yen),
            grouped(saved)
        )),
        more => text.push_str(&format!(
            "単独で調達した場合の{}円より{}円多くなります。",
            grouped(line.stand_alone_yen),
            grouped(more.saturating_neg())
        )),
    }
    if line.over_budget {
        text.push_str("予算上限額を超えています。");
    }
    text
}

/// The core check in words.
#[must_use]
pub fn fairness(outcome: &Outcome) -> String {
    let report = &outcome.fairness;
    if !report.checked {
        return "団体の組合せごとの比較は、この規模では行っていません。".to_owned();
    }
    if report.in_core || report.up_to_rounding {
        return "どの団体も、どの団体の組合せも、自分たちだけで契約するより負担が増えません。".to_owned();
    }
    let names: Vec<&str> = report
        .coalition
        .iter()
        .filter_map(|code| outcome.members.iter().find(|line| line.municipality_code == *code))
        .map(|line| line.name.as_str())
        .collect();
    let who = match names.len() {
        0 | 1 => format!("{}だけ", names.join("")),
        count => format!("{}の{count}団体だけ", names.join("・")),
    };
    format!("この案では、{who}で契約した方が{}安くなります。", about(&report.max_excess_yen))
}

/// An exact amount of 0 yen or more in whole yen; 「あまり」 where a part of a yen is left.
fn about(exact: &str) -> String {
    let whole = |yen: &str| yen.parse::<i64>().unwrap_or(0);
    let (yen, rest) = match (exact.split_once('/'), exact.split_once('.')) {
        (Some((over, under)), _) => {
            let (over, under) = (whole(over), whole(under).max(1));
            (over.checked_div(under).unwrap_or(0), over.checked_rem(under) != Some(0))
        }
        (None, Some((yen, _part))) => (whole(yen), true),
        (None, None) => (whole(exact), false),
    };
    format!("{}円{}", grouped(yen), if rest { "あまり" } else { "" })
}

/// The sharing rule in words.
#[must_use]
pub fn sharing_name(choice: &SharingChoice) -> String {
    let kind = choice.rule.get("kind").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "equal" => "均等割".to_owned(),
        "per_seat" => "席数割".to_owned(),
        "weighted" => key_name(choice.rule.get("by").and_then(Value::as_str).unwrap_or_default()),
        "mixture" => mixture_name(&choice.rule),
        "two_part" => "固定費と従量費の二部料金".to_owned(),
        "stand_alone_proportional" => "単独調達額に比例".to_owned(),
        "equal_saving" => "節約額の均等".to_owned(),
        "ensc" => "非分離費用の均等配分".to_owned(),
        "scrb" => "分離費用・残余便益法".to_owned(),
        "serial" => "逐次費用配分".to_owned(),
        "incremental" => "参加順の増分費用".to_owned(),
        "shapley" => "シャープレイ値".to_owned(),
        "nucleolus" | "prenucleolus" | "per_capita_nucleolus" => "仁（ニュークレオラス）".to_owned(),
        "aumann_shapley" => "オーマン・シャープレイ価格（席数割）".to_owned(),
        other => other.to_owned(),
    }
}

/// Parts may add up to 100 (%), 1000 (‰) or 1; the last is shown as %.
fn mixture_name(rule: &Value) -> String {
    let Some(fields) = rule.as_object() else { return String::new() };
    let read = |part: &Value| match part {
        Value::String(text) => text.parse::<Ratio>().ok(),
        number => number.as_i64().map(Ratio::whole),
    };
    let mut parts: Vec<(&str, Ratio)> = fields
        .iter()
        .filter(|(name, _)| *name != "kind")
        .filter_map(|(name, part)| Some((name.as_str(), read(part)?)))
        .filter(|(_, part)| !part.is_zero())
        .collect();
    let order = |name: &str| ["equal", "population", "seats"].iter().position(|key| *key == name).unwrap_or(9);
    parts.sort_by_key(|(name, _)| order(name));
    let sum: Ratio = parts.iter().map(|(_, part)| part).sum();
    let scale = if sum == Ratio::one() { Ratio::whole(100) } else { Ratio::one() };
    let sign = if sum == Ratio::whole(1000) { "‰" } else { "％" };
    let word = |(name, part): (&str, Ratio)| format!("{}{}{sign}", key_name(name), (&part * &scale).to_decimal());
    parts.into_iter().map(word).collect::<Vec<_>>().join("・")
}

pub(crate) fn key_name(key: &str) -> String {
    match key {
        "equal" => "均等割".to_owned(),
        "seats" => "席数割".to_owned(),
        "population" => "人口割".to_owned(),
        other => format!("{other}割"),
    }
}

/// A rule of the seats in words.
#[must_use]
pub fn rule_name(rule: &str) -> &str {
    match rule {
        "adams" => "アダムズ方式",
        "dean" => "ディーン方式",
        "hill" => "ハンティントン・ヒル方式",
        "webster" => "ウェブスター方式（サン・ラグ方式）",
        "jefferson" => "ジェファーソン方式（ドント方式）",
        "largest_remainder" | "hamilton" => "最大剰余法",
        "quota" => "クォータ方式",
        "constrained_equal_awards" | "constrained_equal_awards_above_guarantee" => "均等配分（希望席数を上限）",
        "constrained_equal_losses" => "不足の均等配分",
        "proportional_to_request" | "proportional" | "proportional_above_guarantee" => "希望席数への比例配分",
        "talmud" => "タルムード方式",
        "priority" => "優先順位",
        other => other,
    }
}

fn weights_name(inputs: &Inputs, line: &MemberOutcome) -> String {
    let population =
        inputs.members.iter().find(|member| member.member_id == line.member_id).map_or(0, |member| member.population);
    match inputs.allocation.weights {
        WeightsBasis::Population => format!("人口（{}人）", grouped(population)),
        WeightsBasis::Equal => "各団体を同じ".to_owned(),
        WeightsBasis::Request => "希望席数".to_owned(),
    }
}

fn decided_by_tie(outcome: &Outcome, code: &str) -> bool {
    let ties = outcome.ties.as_array().map(Vec::as_slice).unwrap_or_default();
    ties.iter()
        .filter_map(|tie| tie.get("tied").and_then(Value::as_array))
        .any(|tied| tied.iter().any(|id| id.as_str() == Some(code)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_amount_with_a_part_of_a_yen_says_so() {
        let said = ["19800", "26620.1", "53241/2", "0.5"].map(about);
        assert_eq!(said, ["19,800円", "26,620円あまり", "26,620円あまり", "0円あまり"]);
    }

    #[test]
    fn parts_of_a_mixture_read_as_percent_whichever_way_they_were_written() {
        let name = |rule: Value| sharing_name(&SharingChoice { rule, rounding: None });
        assert_eq!(
            name(json!({"kind": "mixture", "seats": "90", "equal": "10", "population": "0"})),
            "均等割10％・席数割90％"
        );
        assert_eq!(name(json!({"kind": "mixture", "equal": "0.5", "population": "1/2"})), "均等割50％・人口割50％");
        assert_eq!(
            name(json!({"kind": "mixture", "equal": "50", "population": "475", "seats": "475"})),
            "均等割50‰・人口割475‰・席数割475‰"
        );
    }
}
