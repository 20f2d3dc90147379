//! What `share`, `price` and `compare` have in common: reading JSON, refusing it in one problem object (RFC 9457, the same
//! shape as the service sends), tables that count the width of Japanese, and amounts with separators.

pub(crate) use crate::terminal::line;
use crate::terminal::{self, error_line};
use cost_sharing::{Error, Fault, fault_ja};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, Read as _};
use std::process::ExitCode;

/// The document that was given.
pub(crate) struct Input {
    pub(crate) value: Value,
}

impl Input {
    /// Reads a file, or standard input for `-`.
    pub(crate) fn read(file: &str) -> Result<Self, Refusal> {
        let mut bytes = Vec::new();
        let read = match file {
            "-" => io::stdin().read_to_end(&mut bytes).map(|_| ()),
            path => std::fs::read(path).map(|found| bytes = found),
        };
        read.map_err(|error| Refusal::unreadable(file, &error))?;
        // Editors on Windows put a mark before UTF-8.
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let parsed = serde_json::from_slice(text);
        let value = parsed.map_err(|error: serde_json::Error| {
            Refusal::of(Error::at("", Fault::NotJson { line: error.line(), column: error.column() }))
        })?;
        Ok(Self { value })
    }
}

/// One problem object.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    errors: Vec<FieldRefusal>,
}

#[derive(Debug, Serialize)]
struct FieldRefusal {
    pointer: String,
    code: &'static str,
    detail: String,
}

impl Refusal {
    /// The refusal of an input with this fault.
    pub(crate) fn of(error: Error) -> Self {
        let Error { pointer, fault } = error;
        let field = FieldRefusal { pointer, code: fault.code(), detail: fault_ja(&fault) };
        if matches!(fault, Fault::NotJson { .. }) {
            let detail = "入力を読み取れません。JSONの形式を確かめて、もう一度実行してください。".to_owned();
            return Self { errors: vec![field], ..Self::malformed(detail) };
        }
        Self {
            kind: "/problems/invalid_fields",
            title: "入力内容の誤り",
            status: 422,
            detail: "入力内容に誤りがあります。errors に示した項目を直して、もう一度実行してください。".to_owned(),
            code: "invalid_fields",
            errors: vec![field],
        }
    }

    fn malformed(detail: String) -> Self {
        Self {
            kind: "/problems/malformed_request",
            title: "入力の形式の誤り",
            status: 400,
            detail,
            code: "malformed_request",
            errors: Vec::new(),
        }
    }

    fn unreadable(file: &str, error: &io::Error) -> Self {
        Self::malformed(format!("{file} を読み取れません（{error}）。ファイルの名前と権限を確かめてください。"))
    }

    fn print(&self, json: bool) {
        if json {
            match serde_json::to_string(self) {
                Ok(text) => error_line(text),
                Err(error) => error_line(error),
            }
            return;
        }
        error_line(&self.detail);
        for error in &self.errors {
            let pointer = if error.pointer.is_empty() { "/" } else { &error.pointer };
            error_line(format_args!("  {pointer}  {}", error.detail));
        }
    }
}

/// Prints an outcome: JSON or table on standard output, or the refusal on standard error with exit code 2.
pub(crate) fn finish<T, A: Serialize>(
    outcome: Result<T, Refusal>,
    json: bool,
    answer: impl Fn(&T) -> &A,
    print: impl Fn(&T),
) -> ExitCode {
    match outcome {
        Ok(outcome) if json => match serde_json::to_string_pretty(answer(&outcome)) {
            Ok(text) => {
                line(text);
                ExitCode::SUCCESS
            }
            Err(error) => {
                error_line(error);
                ExitCode::FAILURE
            }
        },
        Ok(outcome) => {
            print(&outcome);
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            refusal.print(json);
            ExitCode::from(2)
        }
    }
}

/// A table whose columns after the first are aligned to the right.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let numbers: Vec<usize> = (1..header.len()).collect();
    terminal::table(header, &numbers, rows)
}

/// A number with separators; decimals and fractions keep what follows.
pub(crate) fn grouped(number: impl Display) -> String {
    let text = number.to_string();
    let end = text.find(['.', '/']).unwrap_or(text.len());
    let (whole, rest) = text.split_at_checked(end).unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// An amount where there is one.
pub(crate) fn optional(amount: Option<i64>) -> String {
    amount.map_or_else(String::new, grouped)
}
