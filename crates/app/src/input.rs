//! Checks a command field by field and reports every fault at once, each with its pointer.

use crate::{Error, FieldCode, FieldError};
use domain::municipality::{MunicipalityCode, MunicipalityCodeError};
use domain::text::{self, TextError};
use domain::values::{MAX_SEATS, MAX_YEN};

/// Collects faults; [`Checker::finish`] refuses the command when there are any.
#[derive(Debug, Default)]
pub struct Checker {
    errors: Vec<FieldError>,
}

impl Checker {
    /// An empty list of faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault.
    pub fn fault(&mut self, pointer: impl Into<String>, code: FieldCode) {
        self.errors.push(FieldError { pointer: pointer.into(), code });
    }

    /// Notes a fault unless `holds`.
    pub fn ensure(&mut self, holds: bool, pointer: &str, code: FieldCode) {
        if !holds {
            self.fault(pointer, code);
        }
    }

    /// One line of text, required.
    pub fn line(&mut self, pointer: &str, typed: &str, max: usize) -> String {
        self.text(pointer, text::line(typed, max))
    }

    /// A reading (ふりがな), required; katakana is taken as hiragana.
    pub fn reading(&mut self, pointer: &str, typed: &str, max: usize) -> String {
        self.line(pointer, &text::reading(typed), max)
    }

    /// Several lines of text, required.
    pub fn lines(&mut self, pointer: &str, typed: &str, max: usize) -> String {
        self.text(pointer, text::lines(typed, max))
    }

    /// Several lines of text that may be empty.
    pub fn optional_lines(&mut self, pointer: &str, typed: &str, max: usize) -> String {
        if typed.trim().is_empty() { String::new() } else { self.lines(pointer, typed, max) }
    }

    /// A number of seats, `min` to the largest the service takes.
    pub fn seats(&mut self, pointer: &str, seats: i64, min: i64) -> i64 {
        self.range(pointer, seats, min, MAX_SEATS)
    }

    /// An amount of yen, 0 or more.
    pub fn yen(&mut self, pointer: &str, yen: i64) -> i64 {
        self.range(pointer, yen, 0, MAX_YEN)
    }

    /// A number between two bounds, both included.
    pub fn range(&mut self, pointer: &str, value: i64, min: i64, max: i64) -> i64 {
        self.ensure((min..=max).contains(&value), pointer, FieldCode::OutOfRange { min, max });
        value
    }

    /// A municipality code with its check digit.
    pub fn municipality_code(&mut self, pointer: &str, typed: &str) -> String {
        match MunicipalityCode::parse(typed) {
            Ok(code) => code.to_string(),
            Err(MunicipalityCodeError::Form) => {
                self.fault(pointer, FieldCode::Format { expected: "6桁の全国地方公共団体コード" });
                String::new()
            }
            Err(MunicipalityCodeError::CheckDigit { expected }) => {
                self.fault(pointer, FieldCode::CheckDigit { expected });
                String::new()
            }
        }
    }

    /// A mail address, kept in lower case and half width: one `@`, no white space, at most 254 characters.
    pub fn email(&mut self, pointer: &str, typed: &str) -> String {
        // 全角 of an input method is meant as the plain sign.
        let plain =
            |c: char| char::from_u32(u32::from(c).saturating_sub(0xFEE0)).filter(|_| ('！'..='～').contains(&c));
        let address = typed.trim().chars().map(|c| plain(c).unwrap_or(c)).collect::<String>().to_lowercase();
        let parts: Vec<&str> = address.split('@').collect();
        let form = matches!(parts.as_slice(), [local, host] if !local.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.'));
        let plain = address.is_ascii()
            && !address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"(),;:\\[]".contains(c));
        self.ensure(form && plain && address.len() <= 254, pointer, FieldCode::Format { expected: "メールアドレス" });
        address
    }

    /// Refuses the command when a fault was noted.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn finish(self) -> Result<(), Error> {
        if self.errors.is_empty() { Ok(()) } else { Err(Error::Invalid(self.errors)) }
    }

    /// As [`Checker::finish`], together with what another reading of the command says; of a field the first fault.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault of both; other errors of the reading.
    pub fn with<T>(mut self, read: Result<T, Error>) -> Result<T, Error> {
        match read {
            Err(Error::Invalid(more)) => {
                let new = |fault: &FieldError| self.errors.iter().all(|known| known.pointer != fault.pointer);
                let new: Vec<FieldError> = more.into_iter().filter(new).collect();
                self.errors.extend(new);
                Err(Error::Invalid(self.errors))
            }
            read => self.finish().and(read),
        }
    }

    fn text(&mut self, pointer: &str, parsed: Result<String, TextError>) -> String {
        match parsed {
            Ok(text) => text,
            Err(error) => {
                let code = match error {
                    TextError::Empty => FieldCode::Required,
                    TextError::TooLong { max } => FieldCode::TooLong { max },
                    TextError::Control => FieldCode::Control,
                };
                self.fault(pointer, code);
                String::new()
            }
        }
    }
}
