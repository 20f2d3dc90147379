//! Japanese wording of the faults, for problem details and forms. One sentence each, saying what to do where that helps.

use super::grouped;
use crate::error::Fault;

/// The fault in plain Japanese.
///
/// ```
/// use cost_sharing::{Fault, fault_ja};
/// assert_eq!(fault_ja(&Fault::CapsBelowBill { gap_yen: 1_960_000 }),
///     "上限額の合計が請求額に 1,960,000 円足りません。");
/// ```
#[must_use]
pub fn fault_ja(fault: &Fault) -> String {
    let yen = |amount: &i64| grouped(&amount.to_string());
    let order = |tier: &usize| tier.saturating_add(1);
    match fault {
        Fault::NotJson { line, column } => {
            format!("JSON として読めません（{line} 行 {column} 文字目）。")
        }
        Fault::Required => "必須の項目です。".to_owned(),
        Fault::UnknownField => "この名前の項目はありません。".to_owned(),
        Fault::WrongType { expected } => format!("値の型が違います（{}を指定してください）。", expected_ja(expected)),
        Fault::NotANumber => "数として読めません（整数、小数、p/q の分数を文字列で指定してください）。".to_owned(),
        Fault::UnknownValue => "指定できる値ではありません。".to_owned(),
        Fault::Negative => "0 以上の値を指定してください。".to_owned(),
        Fault::NotPositive => "0 より大きい値を指定してください。".to_owned(),
        Fault::OutOfRange => "値が計算できる範囲を超えています。".to_owned(),
        Fault::Duplicate => "同じ値が 2 回指定されています。".to_owned(),
        Fault::OneOf { fields } => {
            format!("{} のうち 1 つだけを指定してください。", fields.join("、"))
        }
        Fault::TierOverlap { tier } => {
            format!("{} 番目の価格帯が前の価格帯と重なっています。", order(tier))
        }
        Fault::TierGap { tier } => format!("{} 番目の価格帯と前の価格帯の間に抜けがあります。", order(tier)),
        Fault::TierAfterLast { tier } => format!("上限のない価格帯の後に {} 番目の価格帯があります。", order(tier)),
        Fault::NotInThisMode => "この価格方式では使えない項目です。".to_owned(),
        Fault::BeyondLastTier { last } => {
            format!("価格表は {} 席までです。", grouped(&last.to_string()))
        }
        Fault::NoSeats => "席数の合計が 0 です。".to_owned(),
        Fault::ZeroWeights => "按分の基礎となる値の合計が 0 です。".to_owned(),
        Fault::MixtureNotWhole { sum } => {
            format!("割合の合計が 100%（または 1000‰、1）になりません（合計 {}）。", sum.to_decimal())
        }
        Fault::UnknownMember => "この ID の団体はありません。".to_owned(),
        Fault::CapsBelowBill { gap_yen } => {
            format!("上限額の合計が請求額に {} 円足りません。", yen(gap_yen))
        }
        Fault::FloorsAboveBill { gap_yen } => {
            format!("下限額の合計が請求額を {} 円超えています。", yen(gap_yen))
        }
        Fault::FloorAboveCap => "下限額が上限額を超えています。".to_owned(),
        Fault::GameLength { found } => {
            format!("提携の値は 2 の団体数乗の個数が必要です（{found} 個あります）。")
        }
        Fault::EmptyCoalition => "最初の値（空の提携）は 0 でなければなりません。".to_owned(),
        Fault::TooManyMembers { limit } => {
            format!("この計算は {} 団体までです。", grouped(&limit.to_string()))
        }
        Fault::NeedsPrice => "この按分方法には価格表と席数が必要です。".to_owned(),
        Fault::NotForGames => "提携の値による計算では使えません。".to_owned(),
        Fault::TaxIncluded => "総額は税込みの金額です。税率は価格表から計算するときだけ指定してください。".to_owned(),
        Fault::NotProrated => "この按分方法は 12 か月に満たない参加を扱えません。".to_owned(),
        Fault::RemainderUnassigned { remainder_yen } => {
            format!("端数 {} 円を負担する団体を指定してください。", yen(remainder_yen))
        }
        Fault::RoundedPastLimit { yen: rounded } => format!(
            "端数処理後の額 {} 円が上限・下限を外れます。端数処理の単位か、端数を負担する団体を変えてください。",
            yen(rounded)
        ),
        Fault::NoImputation => "単独の費用の合計が共同の費用を下回るため、仁は存在しません。".to_owned(),
        Fault::Undefined => "計算式の分母が 0 になるため、この按分方法では計算できません。".to_owned(),
        Fault::BudgetExhausted => "計算量の上限に達したため、結果を得られませんでした。".to_owned(),
    }
}

fn expected_ja(expected: &str) -> &str {
    match expected {
        "object" => "オブジェクト",
        "array" => "配列",
        "string" => "文字列",
        "boolean" => "true または false",
        "whole number" => "0 以上の整数",
        "whole yen" => "円単位の整数",
        "decimal string" => "小数の文字列",
        other => other,
    }
}
