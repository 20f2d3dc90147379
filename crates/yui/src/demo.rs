//! One fiscal year of a fictional consortium, told through the same use cases that the API calls.
//!
//! Real are the municipalities, their codes and their 2020 populations (sources in `domain/municipality.rs`);
//! membership, demand, prices, people and posts are invented and say so. Each chapter is a file of `demo/`
//! and prints what it did as tables. The clock is the story's own and ends before today.

mod board;
mod cast;
mod demand;
mod ledger;
mod money;
mod requests;
mod seats;
mod teller;
mod town;
mod words;

use crate::commands::Failure;
use crate::terminal;
use app::Service;
use domain::clock::FixedClock;
use std::sync::Arc;
use teller::Teller;

pub(crate) use cast::Cast;

/// Tells the whole story on an empty database and gives the people in it.
pub(crate) fn tell(service: &Service, clock: &Arc<FixedClock>, password: &str) -> Result<Cast, Failure> {
    let teller = Teller::new(service, clock)?;
    terminal::line("結（ゆい）の一年 — 参加状況・需要・価格・人物はすべて架空です。団体コードと人口は実在のものです。");
    let cast = cast::gather(&teller, password)?;
    let survey = demand::survey(&teller, &cast)?;
    let quotes = money::quotes(&teller, &cast, &survey)?;
    let scenario = money::scenarios(&teller, &cast, &survey, &quotes)?;
    let contract = seats::contract(&teller, &cast, &survey, &scenario)?;
    town::entries(&teller, &cast, &contract)?;
    requests::additional_seats(&teller, &cast, &contract)?;
    board::knowledge(&teller, &cast)?;
    ledger::close(&teller, &cast)?;
    teller.finish();
    Ok(cast)
}
