//! Text as people type it: bounded, free of control characters, kept as written.
//! Folding (NFKC, case, kana) is for comparing and searching only, never for storing; a label alone is stored narrow, and a
//! reading in hiragana.

mod variants;

use unicode_normalization::UnicodeNormalization;

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("required")]
    Empty,
    /// Longer than allowed.
    #[error("longer than {max} characters")]
    TooLong {
        /// Characters allowed.
        max: usize,
    },
    /// A control or bidirectional override character.
    #[error("control character")]
    Control,
}

/// One line, 1 to `max` characters, trimmed; names such as 髙﨑𠮷 survive.
///
/// # Errors
/// When it is empty, too long, or carries line breaks or control characters.
pub fn line(typed: &str, max: usize) -> Result<String, TextError> {
    checked(typed, max, |c| c.is_control())
}

/// Several lines, 1 to `max` characters, trimmed, line ends unified.
///
/// # Errors
/// When it is empty, too long, or carries control characters other than line ends and tabs.
pub fn lines(typed: &str, max: usize) -> Result<String, TextError> {
    checked(&typed.replace("\r\n", "\n"), max, |c| c.is_control() && c != '\n' && c != '\t')
}

fn checked(typed: &str, max: usize, refused: impl Fn(char) -> bool) -> Result<String, TextError> {
    let text = typed.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    if text.chars().any(|c| refused(c) || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')) {
        return Err(TextError::Control);
    }
    Ok(text.to_owned())
}

/// A label (タグ) in its one form, NFKC: `ＤＸ` and `DX` are one, and so are `ｶﾅ` and `カナ`.
#[must_use]
pub fn label(text: &str) -> String {
    text.trim().nfkc().collect()
}

/// A reading (ふりがな) in its one form: katakana, however wide, as hiragana.
#[must_use]
pub fn reading(text: &str) -> String {
    text.trim().nfkc().map(hiragana).collect()
}

/// The key for comparing and searching: NFKC, lower case, katakana as hiragana, no white space.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).map(hiragana).filter(|c| !c.is_whitespace()).collect()
}

/// The key by which people are found: folded, and characters in other forms (異体字) as their plain ones, so that 高橋
/// finds 髙橋. Both what is stored as a key and what is looked for go through here.
#[must_use]
pub fn fold_name(text: &str) -> String {
    fold(text).chars().filter(|c| !variants::chooses_shape(*c)).map(variants::plain).collect()
}

fn hiragana(c: char) -> char {
    match c {
        'ァ'..='ヶ' => char::from_u32(u32::from(c).saturating_sub(0x60)).unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_typed() {
        assert_eq!(line(" 髙﨑𠮷 ", 10).unwrap(), "髙﨑𠮷");
        assert_eq!(line("a\nb", 10), Err(TextError::Control));
        assert_eq!(lines("a\r\nb", 10).unwrap(), "a\nb");
        assert_eq!(line("　", 10), Err(TextError::Empty));
        assert_eq!(line("あいう", 2), Err(TextError::TooLong { max: 2 }));
        assert_eq!(line("a\u{202E}b", 10), Err(TextError::Control));
    }

    #[test]
    fn folding_joins_what_people_mean_to_be_the_same() {
        assert_eq!(fold("カナ ＡＢＣ"), fold("かなabc"));
        assert_eq!(fold("ｶﾞｲﾄﾞ"), "がいど");
        assert_eq!(label(" ＤＸ推進ｶﾞｲﾄﾞ "), "DX推進ガイド");
        assert_eq!(label("髙﨑"), "髙﨑", "what has no narrower form stays");
    }

    #[test]
    fn a_reading_is_hiragana_however_it_was_typed() {
        assert_eq!(reading(" ナカイ　ﾊﾅｺ "), "なかい はなこ");
        assert_eq!(reading("なかい・スーザン"), "なかい・すーざん");
        assert_eq!(line(&reading("ﾊﾞ"), 1).unwrap(), "ば");
    }

    #[test]
    fn names_are_found_whichever_form_of_a_character_was_typed() {
        for (one, other) in [
            ("髙橋", "高槗"),
            ("山﨑", "山崎"),
            ("渡邊", "渡辺"),
            ("渡邉", "渡邊"),
            ("齋藤", "斎藤"),
            ("斉藤", "齊藤"),
            ("濵田", "浜田"),
            ("德川", "徳川"),
            ("𠮷田", "吉田"),
            ("小栁", "小柳"),
            ("中嶌", "中島"),
            ("三嶋", "三島"),
            ("冨士", "富士"),
            ("廣澤", "広沢"),
            ("國井", "国井"),
            ("眞惠", "真恵"),
            ("桒原", "桑原"),
            ("葛\u{E0100}西", "葛西"),
            ("茅ヶ崎", "茅ケ﨑"),
        ] {
            assert_eq!(fold_name(one), fold_name(other), "{one} and {other}");
        }
        assert_ne!(fold_name("大田"), fold_name("太田"));
        assert_ne!(fold("髙橋"), fold("高橋"), "only names are joined so far");
    }
}
