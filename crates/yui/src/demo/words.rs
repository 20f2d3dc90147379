//! The states and numbers of the database as people say them.

use crate::terminal::grouped;

/// The Japanese word of a state; the state itself when it has none here.
pub(super) fn state(word: &str) -> &str {
    match word {
        "draft" => "下書き",
        "submitted" => "提出済み",
        "returned" => "差戻し",
        "fixed" => "確定",
        "selected" => "決定",
        "waitlisted" => "補欠（順番待ち）",
        "approved" => "承認",
        "declined" => "見送り",
        other => other,
    }
}

/// A count with separators.
pub(super) fn count(number: impl TryInto<i64>) -> String {
    grouped(number.try_into().unwrap_or(i64::MAX))
}

/// An exact amount, rounded to the yen where it is a ratio: `31680000/29` is 約1,092,414.
pub(super) fn amount(exact: &str) -> String {
    let (over, under) = exact.split_once('/').unwrap_or((exact, "1"));
    match (over.parse::<i64>(), under.parse::<i64>()) {
        (Ok(whole), Ok(1)) => grouped(whole),
        (Ok(over), Ok(under)) if under > 1 => {
            format!("約{}", grouped(over.saturating_add(under / 2).div_euclid(under)))
        }
        _ => exact.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_in_yen() {
        assert_eq!([amount("27000"), amount("31680000/29"), amount("0.5")], ["27,000", "約1,092,414", "0.5"]);
    }
}
