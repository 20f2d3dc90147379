//! [`Stamp`]: an instant read from a row in a tenth of the time that diesel takes on SQLite, where it is a text that
//! chrono parses by a format of its own at each read. For lists of many rows that are read often.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::Pg;
use diesel::sql_types::{Text, Timestamp};
use diesel::sqlite::Sqlite;

/// An instant, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromSqlRow)]
#[diesel(sql_type = Timestamp)]
pub struct Stamp(pub NaiveDateTime);

impl FromSql<Timestamp, Pg> for Stamp {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Timestamp, Pg>::from_sql(value).map(Self)
    }
}

impl FromSql<Timestamp, Sqlite> for Stamp {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        read(text.as_bytes()).map(Self).ok_or_else(|| format!("not an instant as the service writes it: {text}").into())
    }
}

/// `2026-11-22 09:00:00` with or without a fraction, as diesel writes it.
fn read(text: &[u8]) -> Option<NaiveDateTime> {
    let (time, fraction) = text.split_at_checked(19)?;
    let digits = |range: std::ops::Range<usize>| number(time.get(range)?);
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| time.get(*at) != Some(mark)) {
        return None;
    }
    let nanoseconds = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            (digits.len()..9).try_fold(number(digits)?, |value, _| value.checked_mul(10))?
        }
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(digits(0..4)?).ok()?, digits(5..7)?, digits(8..10)?)?;
    date.and_hms_nano_opt(digits(11..13)?, digits(14..16)?, digits(17..19)?, nanoseconds)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::read;
    use chrono::NaiveDateTime;

    #[test]
    fn what_diesel_writes_is_read_as_chrono_reads_it() {
        for text in [
            "2026-11-22 09:00:00",
            "2026-11-22 09:00:00.5",
            "2026-02-28 23:59:59.123456",
            "1999-12-31 00:00:00.000000001",
            "2024-02-29 12:34:56.999999999",
        ] {
            assert_eq!(read(text.as_bytes()), NaiveDateTime::parse_from_str(text, "%F %T%.f").ok(), "{text}");
            assert!(read(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T09:00:00",
            "2026-11-22 09:00",
            "2026-02-29 09:00:00",
            "2026-13-01 09:00:00",
            "2026-11-22 24:00:00",
            "2026-11-22 09:00:00.",
            "2026-11-22 09:00:00.1234567890",
            "2026-11-22 09:00:00Z",
            "2026-11-22 09:00:0a",
            "２026-11-22 09:00:00",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
