//! `yui share`: a joint bill divided among its members, from a JSON file to a table or to JSON.
//! Reads, asks `cost-sharing`, prints; no arithmetic of shares is here.

pub(super) mod front;

use cost_sharing::explain_ja;
use cost_sharing::json::{ShareAnswer, ShareRequest, share};
use front::{Input, Refusal};
use std::process::ExitCode;

/// Arguments of `yui share`.
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
        let request = ShareRequest::from_value(&input.value).map_err(Refusal::of)?;
        let answer = share(&request).map_err(Refusal::of)?;
        Ok((request, answer))
    });
    front::finish(outcome, args.json, |(_, answer)| answer, |(request, answer)| print(request, answer))
}

fn print(request: &ShareRequest, answer: &ShareAnswer) {
    if answer.bill.is_some() {
        let header = ["団体", "席数", "負担金", "うち端数", "単独契約", "削減額", "補助金"];
        let rows = request.members.iter().zip(&answer.shares).map(|(member, line)| {
            vec![
                line.id.clone(),
                front::grouped(member.seats),
                front::optional(line.yen),
                front::optional(line.remainder_yen),
                front::optional(line.stand_alone_yen),
                front::optional(line.saving_yen),
                front::optional(line.subsidy_yen),
            ]
        });
        front::line(front::table(&header, rows));
    } else {
        let rows = answer.shares.iter().map(|line| vec![line.id.clone(), line.exact.to_string()]);
        front::line(front::table(&["団体", "配分"], rows));
    }
    for sentence in explain_ja(request, answer, &str::to_owned) {
        front::line(sentence);
    }
}
