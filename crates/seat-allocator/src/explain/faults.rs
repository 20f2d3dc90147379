//! Faults as plain administrative Japanese: which place, what is wrong with it, and what to do.

use super::japanese::grouped;
use crate::error::{Code, Detail, Fault, Field, ValueKind};

/// One fault of a problem as a sentence or two.
///
/// ```
/// use seat_allocator::explain::fault_ja;
/// use seat_allocator::{Code, Fault, Field};
/// let fault = Fault::of_claim(Code::GuaranteeAboveRequest, Field::Guarantee, 2, "143618");
/// assert_eq!(fault_ja(&fault), "3件目（143618）の最低保障が希望数を超えています。最低保障を希望数以下にしてください。");
/// ```
#[must_use]
pub fn fault_ja(fault: &Fault) -> String {
    let claim = match (fault.position, &fault.id) {
        (Some(position), Some(id)) => format!("{}件目（{id}）", position.saturating_add(1)),
        (Some(position), None) => format!("{}件目", position.saturating_add(1)),
        (None, _) => String::new(),
    };
    let place = match (claim.as_str(), fault.field) {
        ("", field) => name(field).to_owned(),
        (claim, Field::Claims) => claim.to_owned(),
        (claim, field) => format!("{claim}の{}", name(field)),
    };
    format!("{place}{}", what(fault))
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Document => "入力",
        Field::Supply => "総席数",
        Field::Rule => "配分方式",
        Field::Form => "形式",
        Field::Claims => "配分先",
        Field::UnitPrice => "単価",
        Field::TieBreak | Field::TieBreakBy => "同順位の決め方",
        Field::TieBreakSeed => "抽選の種",
        Field::Id => "識別子",
        Field::TieKey => "同順位の順位キー",
        Field::Request => "希望数",
        Field::Guarantee => "最低保障",
        Field::Weight => "重み",
        Field::Class => "優先区分",
        Field::BudgetCap => "予算額",
    }
}

fn what(fault: &Fault) -> String {
    let fixed = match fault.code {
        Code::Malformed => return malformed(fault.detail.as_ref()),
        Code::UnknownField => return unknown_field(fault.detail.as_ref()),
        Code::WrongType => return wrong_type(fault.detail.as_ref()),
        Code::TooMuchWork => return too_much_work(fault),
        Code::Absent if fault.field == Field::Claims => {
            "を配列で入力してください。配分先がないときは空の配列[]とします。"
        }
        Code::Absent | Code::EmptyId => "を入力してください。",
        Code::Negative => "は0以上で入力してください。",
        Code::NotANumber => "は数で入力してください。",
        Code::NotAnInteger => "は整数で入力してください。",
        Code::TooLarge => "が扱える大きさを超えています。小さい数に直してください。",
        Code::Zero => "は0より大きい数で入力してください。",
        Code::Unknown if fault.field == Field::Form => "はinteger（席の数）またはcontinuous（比）で指定してください。",
        Code::Unknown if fault.field == Field::TieBreakBy => {
            "はkey（順位キー）またはlottery（抽選）で指定してください。"
        }
        Code::Unknown => "の名前に誤りがあります。webster、largest_remainderなど、使える方式の名前を指定してください。",
        Code::DuplicateId => "がほかの件と重複しています。件ごとに異なる識別子にしてください。",
        Code::GuaranteeAboveRequest => "が希望数を超えています。最低保障を希望数以下にしてください。",
        Code::RequestNeeded => "を入力してください。この配分方式では全件の希望数が必要です。",
        Code::TotalTooLarge => "の合計が扱える大きさを超えています。小さい数に直してください。",
        Code::WeightsTooFine => {
            "の桁数が多すぎるため、全件に共通の単位で計算できません。小数または分数の桁数を減らしてください。"
        }
        Code::ZeroTotalWeight => {
            "が0のため、残る席または不足する席を割り振れません。0より大きい重みを入力するか、総席数を変更してください。"
        }
    };
    fixed.to_owned()
}

fn malformed(detail: Option<&Detail>) -> String {
    const HINT: &str = "括弧、引用符、コンマの誤りや、同じ項目の重複を直してください。";
    match detail {
        Some(Detail::Place { line, column }) => {
            format!("の{line}行目（行頭から{column}バイト）の付近がJSONとして正しくありません。{HINT}")
        }
        _ => format!("がJSONとして正しくありません。{HINT}"),
    }
}

fn unknown_field(detail: Option<&Detail>) -> String {
    const HINT: &str = "項目名の誤りを直すか、その項目を取り除いてください。";
    match detail {
        Some(Detail::Name { name }) => format!("に、使えない項目「{name}」があります。{HINT}"),
        _ => format!("に、使えない項目があります。{HINT}"),
    }
}

fn wrong_type(detail: Option<&Detail>) -> String {
    let kind = match detail {
        Some(Detail::Expected { value }) => *value,
        _ => return "の形式が正しくありません。APIの説明にある形式に直してください。".to_owned(),
    };
    let kind = match kind {
        ValueKind::Object => "オブジェクト（{ }で囲んだ項目の組）",
        ValueKind::Array => "配列（[ ]で囲んだ並び）",
        ValueKind::String => "文字列（\" \"で囲んだ文字）",
        ValueKind::Number => "数、または数を表す文字列",
    };
    format!("は{kind}で入力してください。")
}

fn too_much_work(fault: &Fault) -> String {
    let most = match &fault.detail {
        Some(Detail::Most { most }) => grouped(&most.to_string()),
        _ => "上限".to_owned(),
    };
    if fault.field == Field::Supply {
        return format!(
            "のうち最低保障を超える席が、この配分方式で1席ずつ配れる{most}席を超えています。総席数を減らすか、別の配分方式を選んでください。"
        );
    }
    if fault.field == Field::UnitPrice {
        return format!(
            "と予算から購入できる総数が、{most}回の計算で定まりません。総数が増えると平均単価が下がる価格にしてください。"
        );
    }
    format!(
        "までで、この配分方式の計算量が限度（{most}手順）を超えます。配分先または席数を減らすか、別の配分方式を選んでください。"
    )
}
