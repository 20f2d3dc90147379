//! How numbers, days and people's own words are written in a mail.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc, Weekday};

const JAPAN_OFFSET_SECONDS: i32 = 9 * 60 * 60;

/// `1,234,567円`, and `△1,234円` below zero.
pub(super) fn yen(amount: i64) -> String {
    let sign = if amount < 0 { "△" } else { "" };
    format!("{sign}{}円", grouped(amount.unsigned_abs()))
}

/// `1,234席`.
pub(super) fn seats(count: u32) -> String {
    format!("{}席", grouped(count.into()))
}

/// `2026年4月10日（金）`.
pub(super) fn day(date: NaiveDate) -> String {
    let weekday = match date.weekday() {
        Weekday::Mon => "月",
        Weekday::Tue => "火",
        Weekday::Wed => "水",
        Weekday::Thu => "木",
        Weekday::Fri => "金",
        Weekday::Sat => "土",
        Weekday::Sun => "日",
    };
    format!("{}年{}月{}日（{weekday}）", date.year(), date.month(), date.day())
}

/// `2026年4月10日（金）17時05分`, in Japan.
pub(super) fn moment(instant: DateTime<Utc>) -> String {
    match FixedOffset::east_opt(JAPAN_OFFSET_SECONDS) {
        Some(japan) => {
            let local = instant.with_timezone(&japan);
            format!("{}{}", day(local.date_naive()), local.format("%-H時%M分"))
        }
        None => instant.to_rfc3339(),
    }
}

/// `令和8年度`; years before the era are written in the western calendar.
pub(super) fn fiscal_year(year: i32) -> String {
    match year.checked_sub(2018) {
        Some(1) => "令和元年度".to_owned(),
        Some(era) if era > 1 => format!("令和{era}年度"),
        Some(_) | None => format!("{year}年度"),
    }
}

/// A name or title inside our own line: one line, nothing that reorders it.
pub(super) fn inline(text: &str) -> String {
    if !text.contains(|c| is_break(c) || is_unsafe(c)) {
        return text.trim().to_owned();
    }
    let spaced = text.chars().map(|c| if is_break(c) { ' ' } else { c });
    spaced.filter(|c| !is_unsafe(*c)).collect::<String>().trim().to_owned()
}

/// What somebody wrote, line by line behind `> `.
pub(super) fn quoted(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<String> = text.trim().split(is_break).map(|line| format!("> {}", inline(line))).collect();
    lines.join("\n")
}

/// The first `limit` characters, with `…` where something is left out.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    let mut short: String = text.chars().take(limit).collect();
    if text.chars().nth(limit).is_some() {
        short.push('…');
    }
    short
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Control characters, and the marks that turn the direction of the text around them.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_negatives_carry_a_triangle() {
        let table = [
            (0, "0円"),
            (999, "999円"),
            (1_000, "1,000円"),
            (7_920_000, "7,920,000円"),
            (-19_800, "△19,800円"),
            (i64::MIN, "△9,223,372,036,854,775,808円"),
        ];
        for (amount, text) in table {
            assert_eq!(yen(amount), text);
        }
        assert_eq!(seats(1_234), "1,234席");
    }

    #[test]
    fn instants_are_written_in_japan_time() {
        let instant = "2026-03-31T15:05:00Z".parse().unwrap();
        assert_eq!(moment(instant), "2026年4月1日（水）0時05分");
        assert_eq!(day(NaiveDate::from_ymd_opt(2026, 4, 10).unwrap()), "2026年4月10日（金）");
    }

    #[test]
    fn fiscal_years_are_written_in_the_era() {
        let names = [2018, 2019, 2020, 2026].map(fiscal_year);
        assert_eq!(names, ["2018年度", "令和元年度", "令和2年度", "令和8年度"]);
    }

    #[test]
    fn peoples_words_stay_theirs() {
        assert_eq!(inline(" 髙﨑\n𠮷子\u{202e}様\0 "), "髙﨑 𠮷子様");
        assert_eq!(quoted("一行目\r\n\r\n■ 次にすること\u{2028}三"), "> 一行目\n> \n> ■ 次にすること\n> 三");
        assert_eq!(quoted("{{7*7}}"), "> {{7*7}}");
        assert_eq!(shortened("あいうえ", 3), "あいう…");
        assert_eq!(shortened("あいう", 3), "あいう");
    }
}
