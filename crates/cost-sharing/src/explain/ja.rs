//! An answer in plain administrative Japanese: what an official would write under the table.

use super::grouped;
use crate::json::{Cost, Precision, ShareAnswer, ShareRequest};
use crate::ratio::Ratio;
use crate::rounding::ShareRounding;
use crate::rule::{Key, SharingRule};
use crate::yen::RoundingMode;

/// The case as a whole, one sentence each: bill, rule, rounding, fairness, advice. `name` turns ids into names.
///
/// ```
/// use cost_sharing::json::{ShareRequest, share};
/// let request: ShareRequest = r#"{"total_yen": 100, "members": [{"id": "a", "seats": 1}, {"id": "b", "seats": 2}],
///     "rule": {"kind": "per_seat"}}"#.parse()?;
/// let lines = cost_sharing::explain_ja(&request, &share(&request)?, &|id| format!("{id}町"));
/// assert_eq!(lines[0], "按分する総額は 100 円（税込）です。");
/// assert_eq!(lines[1], "総額を席数に比例して按分します。");
/// # Ok::<(), cost_sharing::Error>(())
/// ```
#[must_use]
pub fn explain_ja(request: &ShareRequest, answer: &ShareAnswer, name: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut lines = vec![bill(request, answer), rule(&request.rule)];
    if !matches!(request.cost, Cost::Game(_)) {
        lines.push(rounding(request, name));
    }
    if request.change_cap.is_some() {
        lines.push(
            "前年度からの増減を上限内に収め（激変緩和）、差額はほかの団体に負担金の割合で配分します。".to_owned(),
        );
    }
    lines.extend(core_ja(request, answer, name));
    lines.extend(advice(request, answer));
    lines.extend(precision(answer));
    lines.push(format!("計算規則の版は {}、入力の検証番号は {} です。", answer.rule_version, answer.input_hash));
    lines
}

fn advice(request: &ShareRequest, answer: &ShareAnswer) -> Option<String> {
    let (Cost::Price(schedule), Some(advice)) = (&request.cost, &answer.advice) else {
        return None;
    };
    let seats = answer.bill.as_ref()?.seats?;
    if advice.buy <= seats {
        return None;
    }
    let (buy, saving) = (grouped(&advice.buy.to_string()), grouped(&advice.saving));
    Some(if schedule.buy_up() {
        format!(
            "{buy} 席を購入すると、必要な席数だけを購入するより税抜で {saving} 円安くなります。余った席は予備とします。"
        )
    } else {
        format!(
            "契約により必要な席数を超える購入ができません。{buy} 席であれば税抜で {saving} 円安く、席数を増やすと請求額が下がることがあります。"
        )
    })
}

fn bill(request: &ShareRequest, answer: &ShareAnswer) -> String {
    let Some(bill) = &answer.bill else {
        return "提携ごとの値から各団体の配分を求めます。".to_owned();
    };
    let total = grouped(&bill.total_yen.to_string());
    let (Some(seats), Some(bought), Some(ex_tax), Some(tax)) = (bill.seats, bill.bought, &bill.ex_tax, bill.tax_yen)
    else {
        return format!("按分する総額は {total} 円（税込）です。");
    };
    let bought =
        if bought == seats { String::new() } else { format!("（購入 {} 席）", grouped(&bought.to_string())) };
    let percent = (&request.tax_rate * &Ratio::whole(100)).to_decimal();
    format!(
        "{} 席{bought}の税抜金額は {} 円、消費税は {} 円（税率 {percent}%、1 円未満{}、請求書全体で 1 回だけ端数処理）、合計は {total} 円です。",
        grouped(&seats.to_string()),
        grouped(ex_tax),
        grouped(&tax.to_string()),
        mode_ja(request.tax_rounding)
    )
}

fn mode_ja(mode: RoundingMode) -> &'static str {
    match mode {
        RoundingMode::Floor => "切捨て",
        RoundingMode::Ceil => "切上げ",
        RoundingMode::HalfUp => "四捨五入",
    }
}

pub(super) fn key_ja(key: &Key) -> String {
    match key {
        Key::Equal => "均等割".to_owned(),
        Key::Seats => "利用割（席数）".to_owned(),
        Key::Population => "人口割".to_owned(),
        Key::Weight(name) => format!("「{name}」割"),
    }
}

/// A short Japanese name of a rule with its parameters, for headings.
///
/// ```
/// use cost_sharing::{SharingRule, rule_name_ja};
/// assert_eq!(rule_name_ja(&SharingRule::Shapley), "シャープレイ値");
/// ```
#[must_use]
pub fn rule_name_ja(rule: &SharingRule) -> String {
    match rule {
        SharingRule::Equal => "均等割".to_owned(),
        SharingRule::PerSeat => "席数割".to_owned(),
        SharingRule::Weighted { by } => key_ja(by),
        SharingRule::Mixture { parts } => {
            let parts: Vec<String> = parts
                .iter()
                .filter(|(_, part)| !part.is_zero())
                .map(|(key, part)| format!("{} {}", key_ja(key), part.to_decimal()))
                .collect();
            format!("併用（{}）", parts.join("、"))
        }
        SharingRule::TwoPart { fixed_by, rest_by, .. } => format!("二部（{}、{}）", key_ja(fixed_by), key_ja(rest_by)),
        SharingRule::StandAloneProportional => "単独費用割".to_owned(),
        SharingRule::EqualSaving => "削減額均等".to_owned(),
        SharingRule::Ensc => "分離費用均等".to_owned(),
        SharingRule::Scrb => "分離費用残余便益".to_owned(),
        SharingRule::Serial => "逐次費用按分".to_owned(),
        SharingRule::Incremental { .. } => "参加順".to_owned(),
        SharingRule::Shapley => "シャープレイ値".to_owned(),
        SharingRule::Nucleolus => "仁".to_owned(),
        SharingRule::Prenucleolus => "準仁".to_owned(),
        SharingRule::PerCapitaNucleolus => "1 人当たり仁".to_owned(),
        SharingRule::AumannShapley => "オーマン・シャープレイ".to_owned(),
    }
}

fn rule(rule: &SharingRule) -> String {
    match rule {
        SharingRule::Equal => "総額を全団体で均等に按分します。".to_owned(),
        SharingRule::PerSeat => "総額を席数に比例して按分します。".to_owned(),
        SharingRule::Weighted { by } => format!("総額を{}で按分します。", key_ja(by)),
        SharingRule::Mixture { parts } => {
            let whole: Ratio = parts.iter().map(|(_, part)| part).sum();
            let percent = |part: &Ratio| {
                (part * &Ratio::whole(100)).checked_div(&whole).map_or_else(String::new, |percent| percent.to_decimal())
            };
            let shown = parts.iter().filter(|(_, part)| !part.is_zero());
            let parts: Vec<String> = shown.map(|(key, part)| format!("{} {}%", key_ja(key), percent(part))).collect();
            format!("総額を {} の割合で按分します。", parts.join("、"))
        }
        SharingRule::TwoPart { fixed_by, rest_by, .. } => {
            format!("固定部分を{}、残りを{}で按分します。", key_ja(fixed_by), key_ja(rest_by))
        }
        SharingRule::StandAloneProportional => "単独で契約した場合の金額に比例して按分します（全団体の削減率が同じになります）。".to_owned(),
        SharingRule::EqualSaving => "単独で契約した場合に比べた削減額が全団体で同じになるように按分します。".to_owned(),
        SharingRule::Ensc => "各団体の分離費用を先に割り当て、残りの共通費用を均等に按分します。".to_owned(),
        SharingRule::Scrb => "各団体の分離費用を先に割り当て、残りの共通費用を残余便益に比例して按分します（分離費用残余便益法）。".to_owned(),
        SharingRule::Serial => "席数の少ない団体から順に、同じ席数までの費用を分け合います（逐次費用按分）。".to_owned(),
        SharingRule::Incremental { .. } => "参加した順に、その団体の参加で増えた費用を負担します。".to_owned(),
        SharingRule::Shapley => "あらゆる参加順について、参加で増える費用の平均を負担します（シャープレイ値）。".to_owned(),
        SharingRule::Nucleolus => "最も不利な団体の組合せの削減額ができるだけ大きくなるように按分します（仁）。".to_owned(),
        SharingRule::Prenucleolus => "最も不利な団体の組合せの削減額ができるだけ大きくなるように按分します（準仁）。".to_owned(),
        SharingRule::PerCapitaNucleolus => {
            "最も不利な団体の組合せの 1 団体当たりの削減額ができるだけ大きくなるように按分します（1 人当たり仁）。".to_owned()
        }
        SharingRule::AumannShapley => "1 席ずつ増えていくときの平均費用で按分します（オーマン・シャープレイ価格。1 種類の契約では席数割と同じです）。".to_owned(),
    }
}

fn rounding(request: &ShareRequest, name: &dyn Fn(&str) -> String) -> String {
    let unit = grouped(&request.rounding.unit_yen.to_string());
    let rest = request.rounding.remainder_to.as_deref().map(name);
    let rest = rest.map_or_else(String::new, |name| format!("残った端数は{name}が負担します。"));
    match request.rounding.mode {
        ShareRounding::LargestRemainder => {
            format!(
                "{unit} 円未満を切り捨て、残りを切り捨てた額の大きい順に {unit} 円ずつ配分します（同じ場合は団体コード順）。{rest}"
            )
        }
        ShareRounding::Each(mode) => format!(
            "各団体の額の {unit} 円未満を{}します。{rest}",
            mode_ja(mode).replace("切捨て", "切り捨て").replace("切上げ", "切り上げ")
        ),
    }
}

/// The core check in one sentence: nobody worse off, or who is and by how much. `None` where there was none.
///
/// ```
/// use cost_sharing::json::{ShareRequest, share};
/// let request: ShareRequest = r#"{"price": {"mode": "volume", "tiers": [{"up_to": 9, "unit": "1000"}, {"up_to": null, "unit": "800"}]},
///     "members": [{"id": "a", "seats": 2}, {"id": "b", "seats": 18}], "rule": {"kind": "equal"}}"#.parse()?;
/// let said = cost_sharing::core_ja(&request, &share(&request)?, &|id| format!("{id}町"));
/// assert!(said.is_some_and(|said| said.starts_with("この案では a町 だけで契約した方が 6,000 円安くなります。")));
/// # Ok::<(), cost_sharing::Error>(())
/// ```
#[must_use]
pub fn core_ja(request: &ShareRequest, answer: &ShareAnswer, name: &dyn Fn(&str) -> String) -> Option<String> {
    if matches!(request.cost, Cost::Game(_)) { core_of_game(answer, name) } else { core(answer, name) }
}

/// For explicit games, whose values are no yen and may be gains.
fn core_of_game(answer: &ShareAnswer, name: &dyn Fn(&str) -> String) -> Option<String> {
    let core = answer.core.as_ref()?;
    if core.in_core {
        return Some("どの提携も、別に行動するより不利にはなりません。".to_owned());
    }
    let names: Vec<String> = core.coalition.iter().map(|id| name(id)).collect();
    let excess = grouped(&core.max_excess.to_decimal());
    Some(format!("この配分では、提携 {} は別に行動した方が {excess} だけ有利です。", names.join("・")))
}

fn core(answer: &ShareAnswer, name: &dyn Fn(&str) -> String) -> Option<String> {
    let core = answer.core.as_ref()?;
    if core.in_core {
        return Some("どの団体の組合せも、別に契約するより高くはなりません。".to_owned());
    }
    let names: Vec<String> = core.coalition.iter().map(|id| name(id)).collect();
    let by = match names.len() {
        1 => "だけで".to_owned(),
        count => format!("の {count} 団体だけで"),
    };
    let excess = core.max_excess.floor();
    let part = if core.max_excess.is_whole() { "" } else { "あまり" };
    let excess = format!("{} 円{part}", grouped(&excess.to_string()));
    if core.up_to_rounding {
        return Some(format!("端数処理の範囲（{excess}）を除き、どの団体の組合せも別に契約するより高くはなりません。"));
    }
    let of = |fact: &str| Some(grouped(answer.explanation.get("core")?.get(fact)?.as_str()?));
    let opened = of("pays").zip(of("by_itself")).map_or_else(String::new, |(pays, by_itself)| {
        format!("この組合せの負担金は {pays} 円、別に契約した場合は {by_itself} 円です。")
    });
    Some(format!("この案では {} {by}契約した方が {excess}安くなります。{opened}", names.join("・")))
}

fn precision(answer: &ShareAnswer) -> Option<String> {
    let bound = answer.error_bound.as_deref().unwrap_or("0");
    match answer.precision {
        Precision::Exact => None,
        Precision::Certified => {
            Some(format!("按分額は証明された誤差の範囲（{bound} 円以内）で計算し、円単位の額は確定しています。"))
        }
        Precision::TieDeclared => {
            Some(format!("按分額の端数が誤差の範囲（{bound} 円以内）で並んだため、団体コード順で決めました。"))
        }
        Precision::LeastCore => {
            Some("計算量の上限内では最小コアまでを求めました。仁であることは証明できていません。".to_owned())
        }
    }
}
