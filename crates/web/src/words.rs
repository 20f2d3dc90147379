//! How amounts, dates and states are written for officials, and how what they type is read.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use unicode_normalization::UnicodeNormalization as _;

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

/// `令和8年度`.
pub(crate) fn fiscal_year(year: &i64) -> String {
    let of = year.saturating_sub(2018);
    if of >= 1 {
        format!("令和{}年度", if of == 1 { "元".to_owned() } else { of.to_string() })
    } else {
        format!("{year}年度")
    }
}

const ERAS: [(&str, &str, i32, u32, u32); 4] =
    [("令和", "R", 2019, 5, 1), ("平成", "H", 1989, 1, 8), ("昭和", "S", 1926, 12, 25), ("大正", "T", 1912, 7, 30)];

fn era(date: &NaiveDate) -> Option<(&'static str, String)> {
    ERAS.iter().find_map(|(name, _, year, month, day)| {
        let from = NaiveDate::from_ymd_opt(*year, *month, *day)?;
        let of = date.year().saturating_sub(*year).saturating_add(1);
        (*date >= from).then(|| (*name, if of == 1 { "元".to_owned() } else { of.to_string() }))
    })
}

/// Reads an integer as it is typed: 全角, commas, `△`, a unit behind it.
pub(crate) fn read_number(typed: &str) -> Option<i64> {
    let plain: String = typed.nfkc().filter(|c| !matches!(c, ',' | '、' | ' ' | '¥' | '\\')).collect();
    let plain = ["円", "席", "人", "名", "件", "時間", "年度", "年", "月", "日"]
        .iter()
        .find_map(|unit| plain.strip_suffix(unit))
        .unwrap_or(&plain);
    let negative = plain.strip_prefix(['△', '▲', '-', '−']);
    let digits = negative.or_else(|| plain.strip_prefix('+')).unwrap_or(plain);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    Some(if negative.is_some() { value.checked_neg()? } else { value })
}

/// Reads a date in the forms of [`crate::fields::Kind::Date`].
pub(crate) fn read_date(typed: &str) -> Option<NaiveDate> {
    let plain: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    let (year_of, rest) = ERAS
        .iter()
        .find_map(|(name, letter, year, ..)| {
            let rest = plain.strip_prefix(name).or_else(|| plain.strip_prefix(letter))?;
            Some((year.saturating_sub(1), rest.to_owned()))
        })
        .unwrap_or((0, plain.clone()));
    let numbers: Option<Vec<u32>> = rest
        .replace("元年", "1年")
        .split(['年', '月', '日', '/', '-', '.'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect();
    match numbers?.as_slice() {
        [year, month, day] => {
            let year = i32::try_from(*year).ok()?.checked_add(year_of)?;
            NaiveDate::from_ymd_opt(year, *month, *day)
        }
        _ => None,
    }
}

/// Reads a percentage as an exact ratio over a power of ten.
pub(crate) fn read_percent(typed: &str) -> Option<String> {
    let plain: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.strip_suffix('%').unwrap_or(&plain);
    let (whole, part) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() || digits.len() > 12 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(format!("{}/1{}", digits.parse::<u64>().ok()?, "0".repeat(part.len().saturating_add(2))))
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

    #[test]
    fn amounts_are_grouped_and_negatives_wear_a_triangle() {
        assert_eq!(
            [number(&0), number(&999), number(&1_000), number(&-1_234_567)],
            ["0", "999", "1,000", "△1,234,567"]
        );
        assert_eq!(number(&i64::MIN), "△9,223,372,036,854,775,808");
    }

    #[test]
    fn dates_are_read_in_both_calendars() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 22);
        for typed in ["2026-11-22", "2026/11/22", "2026年11月22日", "令和8年11月22日", "R8.11.22", "Ｒ８．１１．２２"]
        {
            assert_eq!(read_date(typed), day, "{typed}");
        }
        assert_eq!(read_date("令和元年5月1日"), NaiveDate::from_ymd_opt(2019, 5, 1));
        for bad in ["", "2026-02-30", "きのう", "R8.11", "9999999999/1/1"] {
            assert_eq!(read_date(bad), None, "{bad}");
        }
        assert_eq!(date(&day.unwrap()), "2026年11月22日（令和8年）");
        assert_eq!(fiscal_year(&2026), "令和8年度");
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
