//! `yui allocate`: divides seats among claims, from a JSON file to a table or to JSON.
//! Reads, asks `seat-allocator`, prints; no rule of division is here.

use super::problem::{self, FieldRefusal, Refusal};
use crate::terminal::{line, table};
use seat_allocator::explain::{explain_ja, fault_ja};
use seat_allocator::json::{Answer, AwardAnswer, Form, Request, answer, parse};
use seat_allocator::{Code, Error, Fault, Quantity, Rule};
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
    let outcome = problem::read(&args.file).and_then(|text| {
        let request = parse(&text).map_err(refused)?;
        let answer = answer(&request).map_err(refused)?;
        Ok((request, answer))
    });
    let explain = args.explain;
    problem::finish(outcome, args.json, |(_, answer)| answer, |(request, answer)| print_table(request, answer, explain))
}

/// The problem object of an input with these faults.
fn refused(error: Error) -> Refusal {
    let malformed = error.faults.iter().any(|fault| fault.code == Code::Malformed);
    let field =
        |fault: &Fault| FieldRefusal { pointer: fault.pointer(), code: fault.code.name(), detail: fault_ja(fault) };
    let errors = error.faults.iter().map(field).collect();
    if malformed { Refusal::not_json(errors) } else { Refusal::invalid(errors) }
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
    let lowered = answer.awards.iter().filter(|award| award.reason.guarantee_lowered_to.is_some());
    let lowered: Vec<&str> = lowered.map(|award| award.id.as_str()).collect();
    if !lowered.is_empty() {
        line(format_args!(
            "予算で購入できる数が最低保障より少ないため、最低保障を引き下げました（{}）。",
            lowered.join("、")
        ));
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
