//! `yui price`: quantities of seats on a price schedule, from a JSON file to a table or to JSON.

use super::share::front::{self, Input, Refusal};
use cost_sharing::json::{PriceAnswer, PriceRequest, price};
use std::process::ExitCode;

/// Arguments of `yui price`.
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
        let request = PriceRequest::from_value(&input.value).map_err(Refusal::of)?;
        let answer = price(&request).map_err(Refusal::of)?;
        Ok((request, answer))
    });
    front::finish(outcome, args.json, |(_, answer)| answer, |(request, answer)| print(request, answer))
}

fn print(request: &PriceRequest, answer: &PriceAnswer) {
    let header = ["席数", "金額（税抜）", "実際に払う額（税抜）", "購入席数"];
    let rows = answer.totals.iter().map(|total| {
        vec![
            front::grouped(total.seats),
            front::grouped(&total.price),
            front::grouped(&total.effective),
            front::grouped(total.buy),
        ]
    });
    front::line(front::table(&header, rows));
    for stretch in request.price.break_evens() {
        let (from, to, buy) = (front::grouped(stretch.from), front::grouped(stretch.to), front::grouped(stretch.buy));
        front::line(if request.price.buy_up() {
            format!("{from} 席から {to} 席までは、{buy} 席を購入する方が安くなります。")
        } else {
            format!(
                "{from} 席から {to} 席までは {buy} 席の金額より高くなりますが、契約により必要な席数を超える購入ができません。"
            )
        });
    }
}
