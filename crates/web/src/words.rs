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

/// `11月22日` of this year, for dense tables: `2026/11/22`.
pub(crate) fn short_date(date: &NaiveDate) -> String {
    date.format("%Y/%m/%d").to_string()
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
