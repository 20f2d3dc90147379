//! How amounts, dates and states are written for officials; what they type is read by [`domain::typed`].

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use domain::typed::era;

/// `1234567` as `1,234,567`; negatives as `△1,234`.
pub(crate) fn number(value: &i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if *value < 0 { format!("△{grouped}") } else { grouped }
}

/// `1,234,567円`.
pub(crate) fn yen(value: &i64) -> String {
    format!("{}円", number(value))
}

/// The whole yen nearest to a division; half a yen and more goes up.
pub(crate) fn nearest(over: i128, under: i128) -> Option<i64> {
    let doubled = over.checked_mul(2)?.checked_add(under)?;
    i64::try_from(doubled.checked_div_euclid(under.checked_mul(2)?)?).ok()
}

/// `12席`.
pub(crate) fn seats(value: &i64) -> String {
    format!("{}席", number(value))
}

/// `2026年11月22日（令和8年）`.
pub(crate) fn date(date: &NaiveDate) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match era(date) {
        Some((era, of)) => format!("{year}年{month}月{day}日（{era}{of}年）"),
        None => format!("{year}年{month}月{day}日"),
    }
}

/// The first ten names, and how many towns more there are.
pub(crate) fn some_names(names: &[String]) -> String {
    let (first, rest) = names.split_at(names.len().min(10));
    let more = if rest.is_empty() { String::new() } else { format!("ほか{}団体", rest.len()) };
    format!("{}{more}", first.join("、"))
}

/// `2026年11月22日 18:05`, Japan time.
pub(crate) fn instant(at: &DateTime<Utc>) -> String {
    let local = at.with_timezone(&domain::clock::japan());
    format!("{}年{}月{}日 {}", local.year(), local.month(), local.day(), local.format("%H:%M"))
}

/// A percentage to be typed, of the exact ratio that is stored (`"1/10"`, `"0.10"` → `10`).
pub(crate) fn percent(ratio: &str) -> String {
    let (top, bottom) = ratio.split_once('/').unwrap_or((ratio, "1"));
    let (whole, part) = top.split_once('.').unwrap_or((top, ""));
    let scale = u32::try_from(part.len()).ok().and_then(|places| 10_i128.checked_pow(places));
    let value = || -> Option<String> {
        let top: i128 = format!("{whole}{part}").parse().ok()?;
        let bottom: i128 = bottom.trim().parse().ok()?;
        let thousandths = top.checked_mul(100_000)?.checked_div(bottom.checked_mul(scale?)?)?;
        let (whole, rest) = (thousandths.checked_div(1_000)?, thousandths.checked_rem(1_000)?.unsigned_abs());
        let text = format!("{whole}.{rest:03}");
        Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
    };
    value().unwrap_or_else(|| ratio.to_owned())
}

/// The templates, by name.
#[cfg(test)]
pub(crate) fn templates() -> Vec<(String, String)> {
    fn below(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, found);
            } else {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    below(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")), &mut found);
    found
}

/// Value and words, in the order of a choice.
type Table = [(&'static str, &'static str)];

/// Roles.
pub(crate) const ROLES: &Table = &[
    ("admin", "サービス管理者"),
    ("lead", "県の担当者"),
    ("contact", "市町村の担当者"),
    ("auditor", "監査・財政"),
    ("learner", "職員（受講者）"),
];

/// States of an account.
pub(crate) const ACCOUNT_STATES: &Table = &[("active", "利用中"), ("invited", "招待中"), ("disabled", "停止")];

/// Why seats moved.
pub(crate) const TRANSFERS: &Table = &[
    ("purchase", "契約・変更契約による増減"),
    ("allocate", "配分"),
    ("grant", "追加の配分"),
    ("return", "予備席への返却"),
    ("move", "団体間の移動"),
    ("expire", "期限切れ"),
    ("correct", "訂正"),
];

/// How somebody came to a seat.
pub(crate) const SOURCES: &Table = &[
    ("claim", "本人の申込み"),
    ("selection", "募集の選考"),
    ("offer", "順番待ちの案内"),
    ("direct", "担当者の割当て"),
    ("bulk", "一括の割当て"),
];

/// A number that becomes another.
pub(crate) fn from_to(words: impl Fn(&i64) -> String, before: &i64, after: &i64) -> String {
    format!("{} → {}", words(before), words(after))
}

/// Some rows of a table.
pub(crate) fn some_of(table: &'static Table, wanted: &[&str]) -> Vec<(&'static str, &'static str)> {
    table.iter().copied().filter(|(word, _)| wanted.contains(word)).collect()
}

/// The words of a value.
pub(crate) fn said(table: &'static Table, word: &str) -> &'static str {
    table.iter().find(|(value, _)| *value == word).map_or("不明", |(_, words)| words)
}

/// A role in words.
#[must_use]
pub fn role(word: &str) -> &'static str {
    said(ROLES, word)
}

/// Class and words of the state of an account.
pub(crate) fn account_state(word: &str) -> (&'static str, &'static str) {
    let class = match word {
        "active" => "good",
        "invited" => "warn",
        "disabled" => "bad",
        _ => "",
    };
    (class, said(ACCOUNT_STATES, word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::typed::read_percent;

    #[test]
    fn amounts_are_grouped_and_negatives_wear_a_triangle() {
        assert_eq!(
            [number(&0), number(&999), number(&1_000), number(&-1_234_567)],
            ["0", "999", "1,000", "△1,234,567"]
        );
        assert_eq!(number(&i64::MIN), "△9,223,372,036,854,775,808");
    }

    #[test]
    fn dates_show_both_calendars() {
        assert_eq!(date(&NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()), "2026年11月22日（令和8年）");
    }

    #[test]
    fn percentages_go_there_and_back_exactly() {
        for (typed, ratio, shown) in
            [("10", "10/100", "10"), ("8.33％", "833/10000", "8.33"), ("０．５", "5/1000", "0.5")]
        {
            assert_eq!(read_percent(typed).as_deref(), Some(ratio));
            assert_eq!(percent(ratio), shown);
        }
        assert_eq!(percent("0.10"), "10");
        assert_eq!(read_percent("ten"), None);
    }
}
