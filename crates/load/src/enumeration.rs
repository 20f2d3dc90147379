//! Whether the time of a refused sign-in tells that an account exists (S04): known, unknown, disabled and
//! invited accounts in turns within one run, each account once and from an address of its own, so that
//! no attempt has to wait for another. Printed are the medians and the gap between them.

use crate::Failure;
use crate::data::Plain;
use crate::http::{Client, Request};
use crate::server::{Database, Kind, Server, free_address};
use crate::signins;
use crate::stats::median;
use std::net::Ipv4Addr;
use std::time::Instant;

/// Arguments of `load enumeration`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    /// Attempts on each kind of account
    #[arg(long, default_value_t = 1_000)]
    samples: usize,
}

/// Kind of account, and how its row is made; the unknown have none.
const KINDS: [(&str, Option<&str>); 4] =
    [("known", Some("active")), ("unknown", None), ("disabled", Some("disabled")), ("invited", Some("invited"))];

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let samples = args.samples.clamp(10, 5_000);
    let database = Database::new(args.database)?;
    crate::data::fill(&database, 10, 0)?;
    for (kind, state) in KINDS {
        if let Some(state) = state {
            signins::add_accounts(&mut Plain::open(&database)?, kind, state, samples)?;
        }
    }
    let server = Server::start(&database, free_address()?)?;
    let mut client = Client::new(server.address);
    let mut times = [const { Vec::new() }; 4];
    let mut answers: Vec<(u16, serde_json::Value)> = Vec::new();
    for number in 1..=samples {
        // Another kind comes first in each round: what depends on the place in a round falls on all alike.
        for place in 0..KINDS.len() {
            let which = (place + number) % KINDS.len();
            let (Some((kind, _)), Some(times)) = (KINDS.get(which), times.get_mut(which)) else { continue };
            let body = signins::credentials(kind, number, "a wrong password 2026");
            let request =
                Request { method: "POST", path: "/api/v1/sessions", token: "", idempotency_key: None, body: &body };
            let from = address(kind, number)?;
            let sent = Instant::now();
            let answer = client.send_from(&request, Some(from))?;
            times.push(sent.elapsed().as_secs_f64() * 1_000.0);
            let mut problem: serde_json::Value = serde_json::from_slice(&answer.body)?;
            if let Some(object) = problem.as_object_mut() {
                object.remove("request_id");
            }
            if !answers.contains(&(answer.status, problem.clone())) {
                answers.push((answer.status, problem));
            }
        }
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(["account", "attempts", "median ms"]);
    let medians: Vec<f64> = times.iter().map(|times| median(times.clone())).collect();
    for ((kind, _), median) in KINDS.iter().zip(&medians) {
        table.add_row([(*kind).to_owned(), samples.to_string(), format!("{median:.3}")]);
    }
    let gap = medians.iter().copied().fold(f64::MIN, f64::max) - medians.iter().copied().fold(f64::MAX, f64::min);
    crate::say(format!(
        "refused sign-ins, {:?}\n{table}\nlargest gap between medians: {gap:.3} ms (wanted: below 1); {} different answer(s) (wanted: 1): {answers:?}",
        args.database,
        answers.len()
    ));
    Ok(())
}

/// An address for each attempt, in a network of its own.
fn address(kind: &str, number: usize) -> Result<Ipv4Addr, Failure> {
    let kind = u8::try_from(KINDS.iter().position(|(one, _)| *one == kind).unwrap_or_default())?;
    let (high, low) = (u8::try_from(number / 250)?, u8::try_from(number % 250)?);
    Ok(Ipv4Addr::new(20 + kind, high, low, 1))
}
