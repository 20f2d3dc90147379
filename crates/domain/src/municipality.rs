//! Municipality codes (全国地方公共団体コード) and the municipalities that the demo knows.
//! Rule: six digits, text, leading zero kept; the sixth is the check digit.

use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// A checked municipality or prefecture code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MunicipalityCode(String);

/// Why a code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MunicipalityCodeError {
    /// Not six digits.
    #[error("a municipality code has six digits")]
    Form,
    /// The sixth digit is not the check digit of the first five.
    #[error("the check digit should be {expected}")]
    CheckDigit {
        /// What the sixth digit should be.
        expected: u32,
    },
}

impl MunicipalityCode {
    /// Parses a code as typed; full-width digits are accepted.
    ///
    /// The check digit is `(11 − (6a+5b+4c+3d+2e) mod 11) mod 10` (総務省 全国地方公共団体コード).
    ///
    /// # Errors
    /// When it is not six digits or the check digit is wrong.
    pub fn parse(typed: &str) -> Result<Self, MunicipalityCodeError> {
        let code: String = typed.trim().nfkc().collect();
        let digits: Option<Vec<u32>> = code.chars().map(|c| c.to_digit(10)).collect();
        let Some([a, b, c, d, e, check]) = digits.as_deref() else {
            return Err(MunicipalityCodeError::Form);
        };
        let weighted = [(a, 6), (b, 5), (c, 4), (d, 3), (e, 2)]
            .iter()
            .fold(0_u32, |sum, (digit, weight)| sum.saturating_add(digit.saturating_mul(*weight)));
        let expected = 11_u32.saturating_sub(weighted % 11) % 10;
        if *check == expected { Ok(Self(code)) } else { Err(MunicipalityCodeError::CheckDigit { expected }) }
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MunicipalityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A municipality of the bundled list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Municipality {
    /// Six digits.
    pub code: String,
    /// 団体名.
    pub name: String,
    /// Reading in hiragana.
    pub kana: String,
    /// `designated_city`, `core_city`, `city`, `town`, `village`.
    pub kind: String,
    /// Population, people, census of 1 October 2020.
    pub population: i64,
}

/// The 33 municipalities of Kanagawa with their 2020 census population.
///
/// Source: 総務省 全国地方公共団体コード; 総務省統計局 令和2年国勢調査. They sum to 9,237,337 people.
#[must_use]
pub fn kanagawa() -> Vec<Municipality> {
    include_str!("../data/municipalities_kanagawa.csv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split(',').map(str::to_owned);
            Some(Municipality {
                code: cells.next()?,
                name: cells.next()?,
                kana: cells.next()?,
                kind: cells.next()?,
                population: cells.next()?.parse().ok()?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_codes_pass_and_their_neighbours_fail() {
        for code in ["012131", "012050", "010006", "141003", "140007", "011002", "131130"] {
            assert_eq!(MunicipalityCode::parse(code).unwrap().as_str(), code);
        }
        assert_eq!(MunicipalityCode::parse("140008"), Err(MunicipalityCodeError::CheckDigit { expected: 7 }));
        assert_eq!(MunicipalityCode::parse("14000"), Err(MunicipalityCodeError::Form));
        assert_eq!(MunicipalityCode::parse("14000a"), Err(MunicipalityCodeError::Form));
        assert_eq!(MunicipalityCode::parse(" １４０００７ ").unwrap().as_str(), "140007");
    }

    #[test]
    fn kanagawa_has_33_municipalities_with_valid_codes() {
        let all = kanagawa();
        assert_eq!(all.len(), 33);
        assert_eq!(all.iter().map(|m| m.population).sum::<i64>(), 9_237_337);
        for one in &all {
            assert!(MunicipalityCode::parse(&one.code).is_ok(), "{}", one.code);
        }
    }
}
