//! What the two calculators refuse, in the words of this service: a field with its pointer.
//! The calculators speak in small facts; the Japanese sentences stand here and nowhere else.

use crate::{Error, FieldCode, FieldError};
use cost_sharing::Fault;
use domain::values::{MAX_SEATS, MAX_YEN};

/// A fault of the cost calculator as a refused field; `rename` maps its pointer to one of the request's.
pub(crate) fn cost_error(error: &cost_sharing::Error, rename: impl Fn(&str) -> String) -> Error {
    Error::Invalid(vec![FieldError { pointer: rename(&error.pointer), code: cost_fault(&error.fault) }])
}

/// Faults of the cost calculator as refused fields.
pub(crate) fn cost_errors(errors: &[cost_sharing::Error]) -> Error {
    let field =
        |error: &cost_sharing::Error| FieldError { pointer: error.pointer.clone(), code: cost_fault(&error.fault) };
    Error::Invalid(errors.iter().map(field).collect())
}

/// The faults of the seat calculator as refused fields.
pub(crate) fn seat_error(error: &seat_allocator::Error, rename: impl Fn(&str) -> String) -> Error {
    let field =
        |fault: &seat_allocator::Fault| FieldError { pointer: rename(&fault.pointer()), code: seat_fault(fault) };
    let mut fields: Vec<FieldError> = error.faults.iter().map(field).collect();
    // one fault a field: a value that could not be read is also reported as missing
    fields.dedup_by(|later, earlier| later.pointer == earlier.pointer);
    Error::Invalid(fields)
}

fn refused(sentence: &'static str) -> FieldCode {
    FieldCode::Refused { sentence }
}

fn cost_fault(fault: &Fault) -> FieldCode {
    match fault {
        Fault::Required => FieldCode::Required,
        Fault::UnknownField => FieldCode::Unknown,
        Fault::WrongType { expected } => FieldCode::WrongType { expected: json_type(expected) },
        Fault::NotANumber => {
            FieldCode::Format { expected: "整数、小数または分数（例：\"0.10\"、\"1/12\"）" }
        }
        Fault::UnknownValue => refused("使えない値です。APIの説明書にある値を指定してください。"),
        Fault::Negative | Fault::OutOfRange => FieldCode::OutOfRange { min: 0, max: MAX_YEN },
        Fault::NotPositive => FieldCode::OutOfRange { min: 1, max: MAX_YEN },
        Fault::Duplicate => FieldCode::Duplicate,
        Fault::TierOverlap { .. } => {
            refused("前の区分と席数の範囲が重なっています。各区分の上限を、前の区分より大きくしてください。")
        }
        Fault::TierGap { .. } => {
            refused("前の区分との間に席数の空きがあります。前の区分の上限の次の席数から始めてください。")
        }
        Fault::TierAfterLast { .. } => refused("上限のない区分は最後に一つだけ置いてください。"),
        Fault::NotInThisMode => refused("この価格方式では使えない項目です。取り除くか、価格方式を変更してください。"),
        Fault::BeyondLastTier { .. } => {
            refused("価格表の最後の区分を超える席数です。席数を減らすか、価格表に区分を加えてください。")
        }
        Fault::NoSeats => refused("席数が0です。1席以上にしてください。"),
        Fault::ZeroWeights => refused("按分の基準の合計が0です。基準を変更してください。"),
        Fault::MixtureNotWhole { .. } => refused("割合の合計を100（％）にしてください。"),
        Fault::UnknownMember => FieldCode::NoSuchThing,
        Fault::CapsBelowBill { .. } => refused("上限額の合計が総額に足りません。上限額を引き上げてください。"),
        Fault::FloorsAboveBill { .. } => refused("下限額の合計が総額を超えています。下限額を引き下げてください。"),
        Fault::FloorAboveCap => refused("下限額が上限額を超えています。"),
        Fault::TooManyMembers { limit } => FieldCode::TooMany { max: *limit },
        Fault::NeedsPrice => {
            refused("この按分方法には価格表が必要です。予備の席を含む試算では、席数割などの比例按分を選んでください。")
        }
        Fault::RemainderUnassigned { .. } => refused("端数を負担する団体を指定してください。"),
        Fault::NotProrated => refused("この按分方法は月割りに対応していません。"),
        _ => refused("この内容では計算できません。按分方法と数値を確かめてください。"),
    }
}

fn seat_fault(fault: &seat_allocator::Fault) -> FieldCode {
    use seat_allocator::{Code as C, Field};
    match fault.code {
        C::Malformed => refused("JSONとして読み取れません。括弧、引用符、コンマや、同じ項目の重複を確かめてください。"),
        C::UnknownField => FieldCode::Unknown,
        C::WrongType => FieldCode::WrongType { expected: seat_type(fault.detail.as_ref()) },
        C::Absent | C::EmptyId => FieldCode::Required,
        C::Negative | C::TooLarge | C::TotalTooLarge => FieldCode::OutOfRange { min: 0, max: MAX_SEATS },
        C::Zero => FieldCode::OutOfRange { min: 1, max: MAX_YEN },
        C::NotANumber | C::NotAnInteger => FieldCode::Format { expected: "整数（または分数の文字列）" },
        C::Unknown if fault.field == Field::Form => FieldCode::Choice { allowed: &["integer", "continuous"] },
        C::Unknown if fault.field == Field::TieBreakBy => FieldCode::Choice { allowed: &["key", "lottery"] },
        C::Unknown => refused("使えない値です。APIの説明書にある値を指定してください。"),
        C::DuplicateId => FieldCode::Duplicate,
        C::GuaranteeAboveRequest => {
            FieldCode::Order { rule: "最低保証の席数は、希望席数以下にしてください。" }
        }
        C::RequestNeeded => FieldCode::Required,
        C::WeightsTooFine => {
            refused("重みの桁数が多すぎるため計算できません。小数または分数の桁数を減らしてください。")
        }
        C::ZeroTotalWeight => refused("配分の重みの合計が0です。重みの基準を変更してください。"),
        C::TooMuchWork if fault.field == Field::UnitPrice => {
            refused("予算から購入できる総数が定まりません。総数が増えると平均単価が下がる価格にしてください。")
        }
        C::TooMuchWork => refused("この規模ではこの配分方法を計算できません。別の配分方法を選んでください。"),
        _ => refused("この内容では計算できません。配分方法と数値を確かめてください。"),
    }
}

/// What the seat calculator expected in a place, as a Japanese noun.
fn seat_type(detail: Option<&seat_allocator::Detail>) -> &'static str {
    use seat_allocator::{Detail, ValueKind};
    match detail {
        Some(Detail::Expected { value: ValueKind::Object }) => "オブジェクト",
        Some(Detail::Expected { value: ValueKind::Array }) => "配列",
        Some(Detail::Expected { value: ValueKind::String }) => "文字列",
        _ => "数、または数を表す文字列",
    }
}

fn json_type(word: &str) -> &'static str {
    match word {
        "object" => "オブジェクト",
        "array" => "配列",
        "string" => "文字列",
        "boolean" => "真偽値",
        _ => "整数",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn seat_faults(request: &str) -> Vec<(String, FieldCode)> {
        let error = seat_allocator::json::parse(request.as_bytes())
            .and_then(|request| seat_allocator::json::answer(&request))
            .unwrap_err();
        let Error::Invalid(fields) = seat_error(&error, str::to_owned) else { panic!("{error}") };
        fields.into_iter().map(|field| (field.pointer, field.code)).collect()
    }

    #[test]
    fn a_field_of_another_name_or_type_is_named_with_its_place() {
        let faults = seat_faults(
            r#"{"supply": [], "rule": "hill", "claims": [{"id": 3, "colour": 1}], "tie_break": 1, "size": 2}"#,
        );
        let wrong = |pointer: &str, expected| (pointer.to_owned(), FieldCode::WrongType { expected });
        for expected in [
            wrong("/supply", "数、または数を表す文字列"),
            wrong("/claims/0/id", "文字列"),
            wrong("/tie_break", "オブジェクト"),
            ("/claims/0/colour".to_owned(), FieldCode::Unknown),
            ("/size".to_owned(), FieldCode::Unknown),
        ] {
            assert!(faults.contains(&expected), "{expected:?} in {faults:?}");
        }
        assert_eq!(seat_faults(r#"{"supply": 1, "rule": "hill", "claims": 3}"#), [wrong("/claims", "配列")]);
    }

    #[test]
    fn a_word_that_is_none_of_a_few_is_answered_with_the_few() {
        let faults =
            seat_faults(r#"{"supply": 1, "rule": "hill", "claims": [], "form": "whole", "tie_break": {"by": "age"}}"#);
        assert!(faults.contains(&("/form".to_owned(), FieldCode::Choice { allowed: &["integer", "continuous"] })));
        assert!(faults.contains(&("/tie_break/by".to_owned(), FieldCode::Choice { allowed: &["key", "lottery"] })));
    }

    #[test]
    fn every_code_of_the_seat_calculator_has_words_of_its_own() {
        use seat_allocator::{Code as C, Fault, Field};
        let codes = [
            C::Malformed,
            C::UnknownField,
            C::WrongType,
            C::Absent,
            C::Negative,
            C::NotANumber,
            C::NotAnInteger,
            C::TooLarge,
            C::Zero,
            C::Unknown,
            C::EmptyId,
            C::DuplicateId,
            C::GuaranteeAboveRequest,
            C::RequestNeeded,
            C::TotalTooLarge,
            C::WeightsTooFine,
            C::ZeroTotalWeight,
            C::TooMuchWork,
        ];
        let generic = refused("この内容では計算できません。配分方法と数値を確かめてください。");
        for code in codes {
            assert_ne!(seat_fault(&Fault::of_problem(code, Field::Claims)), generic, "{code:?}");
        }
        let work = |field| seat_fault(&Fault::of_problem(C::TooMuchWork, field));
        assert_ne!(work(Field::UnitPrice), work(Field::Supply));
    }
}
