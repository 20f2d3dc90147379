//! `yui allocate`: divides seats among claims, from a JSON file to a table or to JSON.
//! Reads, asks `seat-allocator`, prints; no rule of division is here.

use crate::terminal::{error_line, line, table};
use seat_allocator::explain::{explain_ja, fault_ja};
use seat_allocator::json::{Answer, AwardAnswer, Form, Request, answer, parse};
use seat_allocator::{Code, Error, Quantity, Rule};
use serde::Serialize;
use std::io::{self, Read as _};
use std::process::ExitCode;

/// Arguments of `yui allocate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// JSON file, or - for standard input
    #[arg(default_value = "-")]
    file: String,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Add the reason of each claim in words
    #[arg(long, conflicts_with = "json")]
    explain: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let outcome = read(&args.file).and_then(|text| {
        let request = parse(&text).map_err(Refusal::of)?;
        let answer = answer(&request).map_err(Refusal::of)?;
        Ok((request, answer))
    });
    match outcome {
        Ok((_, answer)) if args.json => printed_json(&answer),
        Ok((request, answer)) => {
            print_table(&request, &answer, args.explain);
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            refusal.print(args.json);
            ExitCode::from(2)
        }
    }
}

fn read(file: &str) -> Result<Vec<u8>, Refusal> {
    let mut text = Vec::new();
    let read = match file {
        "-" => io::stdin().read_to_end(&mut text).map(|_| ()),
        path => std::fs::read(path).map(|bytes| text = bytes),
    };
    match read {
        Ok(()) => Ok(text),
        Err(error) => Err(Refusal::unreadable(file, &error)),
    }
}

fn printed_json(answer: &Answer) -> ExitCode {
    match serde_json::to_string_pretty(answer) {
        Ok(text) => {
            line(text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            error_line(error);
            ExitCode::FAILURE
        }
    }
}

fn print_table(request: &Request, answer: &Answer, explain: bool) {
    let award = |award: &AwardAnswer| match (award.seats, &award.award) {
        (Some(seats), _) => seats.to_string(),
        (None, Some(ratio)) => ratio.to_string(),
        (None, None) => String::new(),
    };
    let limit = |limit: &Option<Quantity>| limit.as_ref().map_or_else(|| "なし".to_owned(), Quantity::to_string);
    let row = |line: &AwardAnswer| {
        let reason = &line.reason;
        vec![
            line.id.clone(),
            award(line),
            limit(&reason.limit),
            reason.guarantee.to_string(),
            reason.weight.to_string(),
            reason.class.to_string(),
            reason.tie.as_ref().map_or("", |tie| if tie.won { "当選" } else { "落選" }).to_owned(),
        ]
    };
    let header = ["識別子", "配分", "上限", "最低保障", "重み", "優先区分", "同順位"];
    line(table(&header, &[1, 2, 3, 4, 5], answer.awards.iter().map(row)));
    line(format_args!("方式 {}、総数 {}、予備 {}", answer.rule, answer.supply, answer.reserve));
    if let Some(divisor) = &answer.divisor {
        let high = divisor.high.as_deref().unwrap_or("上限なし");
        line(format_args!("除数 {}（{} から {} まで同じ結果）", divisor.suggested, divisor.low, high));
    }
    if answer.guarantees_reduced {
        line("最低保障の合計が総数を超えるため、最低保障を上限として配分しました。");
    }
    for tie in &answer.ties {
        let by = if tie.by == "lottery" { "抽選" } else { "順位" };
        line(format_args!("同順位 {} のうち {} に1席（{by}による）", tie.tied.join("、"), tie.chosen.join("、")));
    }
    if explain && let Some(rule) = Rule::from_name(&request.rule) {
        for award in &answer.awards {
            let quantity = match (award.seats, &award.award) {
                (_, Some(ratio)) => Quantity::from(ratio.clone()),
                (seats, None) => Quantity::from(seats.unwrap_or(0)),
            };
            line(format_args!("\n{}\n{}", award.id, explain_ja(rule, &quantity, &award.reason).concat()));
        }
    }
    if answer.form == Form::Integer {
        line(format_args!("入力の要約値 {}", answer.input_hash));
    }
}

/// One problem object (RFC 9457), the same shape as the service sends.
#[derive(Debug, Serialize)]
struct Refusal {
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
    fn of(error: Error) -> Self {
        let errors: Vec<FieldRefusal> = error
            .faults
            .iter()
            .map(|fault| FieldRefusal { pointer: fault.pointer(), code: fault.code.name(), detail: fault_ja(fault) })
            .collect();
        if error.faults.iter().any(|fault| fault.code == Code::Malformed) {
            let detail = "入力を読み取れません。JSONの形式を確かめて、もう一度実行してください。".to_owned();
            return Self { errors, ..Self::malformed(detail) };
        }
        Self {
            kind: "/problems/invalid_fields",
            title: "入力内容の誤り",
            status: 422,
            detail: "入力内容に誤りがあります。errors に示した項目を直して、もう一度実行してください。".to_owned(),
            code: "invalid_fields",
            errors,
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
            error_line(format_args!("  {}  {}", error.pointer, error.detail));
        }
    }
}
