//! What the calculators' commands have in common: reading a document, refusing it in one problem object (RFC 9457, the same
//! shape as the service sends), and the exit codes. Which fault says what is the calculators' own.

use crate::terminal::{error_line, line};
use serde::Serialize;
use std::io::{self, Read as _};
use std::process::ExitCode;

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

/// One place of the document and what is wrong there.
#[derive(Debug, Serialize)]
pub(crate) struct FieldRefusal {
    pub(crate) pointer: String,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

impl Refusal {
    /// A document that can be read, with values that cannot be used.
    pub(crate) fn invalid(errors: Vec<FieldRefusal>) -> Self {
        Self {
            kind: "/problems/invalid_fields",
            title: "入力内容の誤り",
            status: 422,
            detail: "入力内容に誤りがあります。errors に示した項目を直して、もう一度実行してください。".to_owned(),
            code: "invalid_fields",
            errors,
        }
    }

    /// A document that is not JSON.
    pub(crate) fn not_json(errors: Vec<FieldRefusal>) -> Self {
        let detail = "入力を読み取れません。JSONの形式を確かめて、もう一度実行してください。".to_owned();
        Self { errors, ..Self::malformed(detail) }
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

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn read(file: &str) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = match file {
        "-" => io::stdin().read_to_end(&mut bytes).map(|_| ()),
        path => std::fs::read(path).map(|found| bytes = found),
    };
    read.map_err(|error| Refusal::unreadable(file, &error))?;
    Ok(bytes)
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
