//! What officials type or keep in their files, read as numbers, dates and percentages.
//!
//! Forms and imported files read through these functions alone, so the same text means the same everywhere.
//! Nothing is guessed: what is not wholly understood is none, and the caller names it.

use chrono::{Datelike as _, NaiveDate};
use unicode_normalization::UnicodeNormalization as _;

const ERAS: [(&str, &str, i32, u32, u32); 4] =
    [("令和", "R", 2019, 5, 1), ("平成", "H", 1989, 1, 8), ("昭和", "S", 1926, 12, 25), ("大正", "T", 1912, 7, 30)];

/// The Japanese era of a date and the year of it (`元` for the first).
#[must_use]
pub fn era(date: &NaiveDate) -> Option<(&'static str, String)> {
    ERAS.iter().find_map(|(name, _, year, month, day)| {
        let from = NaiveDate::from_ymd_opt(*year, *month, *day)?;
        let of = date.year().saturating_sub(*year).saturating_add(1);
        (*date >= from).then(|| (*name, if of == 1 { "元".to_owned() } else { of.to_string() }))
    })
}

/// A full-width digit as the digit that it is; anything else as it is.
#[must_use]
pub fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from_digit(u32::from(c).saturating_sub(u32::from('０')), 10).unwrap_or(c),
        other => other,
    }
}

/// Reads an integer as it is typed: 全角, commas between thousands, `△`, a unit behind it.
#[must_use]
pub fn read_number(typed: &str) -> Option<i64> {
    let plain: String = typed.nfkc().filter(|c| !matches!(c, ' ' | '¥' | '\\')).collect();
    let plain = ["円", "席", "人", "名", "件", "時間", "年度", "年", "月", "日"]
        .iter()
        .find_map(|unit| plain.strip_suffix(unit))
        .unwrap_or(&plain);
    let negative = plain.strip_prefix(['△', '▲', '-', '−']);
    let grouped = negative.or_else(|| plain.strip_prefix('+')).unwrap_or(plain);
    // `1,5` is no fifteen: a comma parts thousands or nothing.
    let mut groups = grouped.split(',');
    let first = groups.next().map_or(0, str::len);
    if grouped.contains(',') && (!(1..=3).contains(&first) || groups.any(|group| group.len() != 3)) {
        return None;
    }
    let digits = grouped.replace(',', "");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    Some(if negative.is_some() { value.checked_neg()? } else { value })
}

/// Reads a price, which may have a part of a yen, as an exact decimal: `33,000.5円` is `33000.5`.
#[must_use]
pub fn read_price(typed: &str) -> Option<String> {
    let plain: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.strip_suffix('円').unwrap_or(&plain);
    let plain = plain.strip_prefix(['¥', '\\']).unwrap_or(plain);
    let (whole, part) = plain.split_once('.').unwrap_or((plain, "0"));
    // No sign and no unit in the middle.
    let yen = read_number(whole).filter(|_| whole.bytes().all(|byte| byte.is_ascii_digit() || byte == b','))?;
    if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = part.trim_end_matches('0');
    Some(if part.is_empty() { yen.to_string() } else { format!("{yen}.{part}") })
}

/// Reads a date: `2026-11-22`, `2026/11/22`, `2026年11月22日`, `令和8年11月22日`, `R8.11.22`, in 全角 too.
#[must_use]
pub fn read_date(typed: &str) -> Option<NaiveDate> {
    let (year_of, rest) = counted(typed);
    let numbers: Option<Vec<u32>> = rest
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

/// Reads a year or a fiscal year: `2027`, `2027年度`, `令和9`, `令和9年度`, `R9`, `令和元年`, in 全角 too.
#[must_use]
pub fn read_year(typed: &str) -> Option<i64> {
    let (year_of, rest) = counted(typed);
    let digits = rest.strip_suffix("年度").or_else(|| rest.strip_suffix('年')).unwrap_or(&rest);
    let digits = if digits == "元" && year_of > 0 { "1" } else { digits };
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = digits.parse::<i64>().ok().filter(|year| *year > 0)?;
    Some(year.saturating_add(i64::from(year_of)))
}

/// What is to be added to the year with which a text begins, and the text without its era.
fn counted(typed: &str) -> (i32, String) {
    let plain: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    let of_era = ERAS.iter().find_map(|(name, letter, year, ..)| {
        let rest = plain.strip_prefix(name).or_else(|| plain.strip_prefix(letter))?;
        Some((year.saturating_sub(1), rest.replace("元年", "1年")))
    });
    of_era.unwrap_or_else(|| (0, plain.replace("元年", "1年")))
}

/// Reads a percentage as an exact ratio over a power of ten.
#[must_use]
pub fn read_percent(typed: &str) -> Option<String> {
    let plain: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.strip_suffix('%').unwrap_or(&plain);
    let (whole, part) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() || digits.len() > 12 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(format!("{}/1{}", digits.parse::<u64>().ok()?, "0".repeat(part.len().saturating_add(2))))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn years_are_read_in_both_calendars() {
        for typed in ["2027", "２０２７", "2027年度", "令和9", "令和９年度", "R9", "Ｒ９", "令和 9 年"]
        {
            assert_eq!(read_year(typed), Some(2027), "{typed}");
        }
        assert_eq!(
            (read_year("令和元年度"), read_year("平成元"), read_year("2020年")),
            (Some(2019), Some(1989), Some(2020))
        );
        for bad in ["", "abc", "令和", "元", "0", "20270", "R9.4", "-5", "9年目"] {
            assert_eq!(read_year(bad), None, "{bad}");
        }
    }

    #[test]
    fn prices_are_read_to_the_last_digit() {
        for (typed, price) in [
            ("33,000.5", "33000.5"),
            ("３３，０００．５０円", "33000.5"),
            ("¥1,234", "1234"),
            ("30000", "30000"),
            ("0.25", "0.25"),
        ] {
            assert_eq!(read_price(typed).as_deref(), Some(price), "{typed}");
        }
        for bad in ["", "△5", "1,5.2", "1.2.3", "1.", "1.5,000", ".5", "1.x", "相談", "△0.5", "-0.5", "3席.5", "5月.3"]
        {
            assert_eq!(read_price(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_are_read_as_officials_write_them() {
        for (typed, value) in [
            ("１，２３４円", 1_234),
            ("△5", -5),
            ("▲１０席", -10),
            ("+7", 7),
            ("¥1,000", 1_000),
            ("△1,234,567円", -1_234_567),
        ] {
            assert_eq!(read_number(typed), Some(value), "{typed}");
        }
        for bad in [
            "",
            "たくさん",
            "1.5",
            "1,5",
            "１，５",
            "1234,567",
            ",123",
            "1,234,",
            "1,,234",
            "1、234",
            "99999999999999999999",
        ] {
            assert_eq!(read_number(bad), None, "{bad}");
        }
    }
}
