//! `yui compare`: every sharing rule side by side for one case: yen, saving against buying alone, and the core badge.
//! The input is that of `yui share`; its rule may be left out.

use super::share::front::{self, Input, Refusal};
use cost_sharing::json::{CompareAnswer, CompareRow, Cost, ShareLine, ShareRequest, compare};
use cost_sharing::{core_ja, rule_name_ja};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Arguments of `yui compare`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// JSON file, or - for standard input
    #[arg(default_value = "-")]
    file: String,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let outcome = Input::read(&args.file).and_then(|input| {
        let request = ShareRequest::from_value(&with_rule(input.value)).map_err(Refusal::of)?;
        let answer = compare(&request).map_err(Refusal::of)?;
        Ok((request, answer))
    });
    front::finish(outcome, args.json, |(_, answer)| answer, |(request, answer)| print(request, answer))
}

/// The case under the default rule where it names none.
fn with_rule(mut value: Value) -> Value {
    if let Some(case) = value.as_object_mut()
        && case.get("rule").is_none_or(Value::is_null)
    {
        let kind = if case.contains_key("game") { "shapley" } else { "per_seat" };
        case.insert("rule".to_owned(), json!({"kind": kind}));
    }
    value
}

fn print(request: &ShareRequest, answer: &CompareAnswer) {
    let mut header = vec!["按分方法".to_owned(), "コア".to_owned()];
    header.extend(request.members.iter().map(|member| member.id.clone()));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    front::line(front::table(&header, answer.rules.iter().map(row)));
    if matches!(request.cost, Cost::Game(_)) {
        front::line("各欄は配分です。");
        front::line("コア ○：どの提携も別に行動するより不利にならない　×：不利になる提携がある");
    } else {
        front::line("各欄は負担金（円）と、単独で契約した場合に比べた削減額（削減率）です。");
        front::line(
            "コア ○：どの団体の組合せも別に契約するより高くならない　△：端数を除き同じ　×：高くなる組合せがある",
        );
    }
    for row in &answer.rules {
        if let Some(answer) = &row.answer
            && answer.core.as_ref().is_some_and(|core| !core.up_to_rounding)
            && let Some(sentence) = core_ja(request, answer, &str::to_owned)
        {
            front::line(format_args!("{}：{sentence}", rule_name_ja(&row.rule)));
        }
        if let Some(error) = &row.error {
            front::line(format_args!("{}：{}", rule_name_ja(&row.rule), error.detail));
        }
    }
    if !answer.pivots.is_empty() {
        let ids: Vec<&str> = answer.pivots.iter().map(|pivot| pivot.id.as_str()).collect();
        front::line(format_args!("抜けると単価の価格帯が下がる団体：{}", ids.join("、")));
    }
}

fn row(row: &CompareRow) -> Vec<String> {
    let mut cells = vec![rule_name_ja(&row.rule)];
    let Some(answer) = &row.answer else {
        cells.push("―".to_owned());
        return cells;
    };
    cells.push(match &answer.core {
        None => "―".to_owned(),
        Some(core) if core.in_core => "○".to_owned(),
        Some(core) if core.up_to_rounding => "△".to_owned(),
        Some(_) => "×".to_owned(),
    });
    cells.extend(answer.shares.iter().map(cell));
    cells
}

fn cell(line: &ShareLine) -> String {
    let Some(yen) = line.yen else {
        return line.exact.to_string();
    };
    match (line.saving_yen, line.saving_per_mille()) {
        (Some(saving), Some(rate)) => {
            let (sign, rate) = if rate < 0 { ("-", -rate) } else { ("", rate) };
            format!("{}\n{}（{sign}{}.{}%）", front::grouped(yen), front::grouped(saving), rate / 10, rate % 10)
        }
        _ => front::grouped(yen),
    }
}
