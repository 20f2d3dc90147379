//! Load, reference and kill tool for Yui: prints ratios and medians of one run, never a verdict by the clock alone.
//!
//! `cargo run --release -p load -- claims --database sqlite` (also `board`, `pages`, `enumeration`, `signins`, `start`,
//! `kill`). Build the server with the same
//! profile first: `cargo build --release -p yui`. All traffic stays on the loopback, every run is bounded.

mod board;
mod claims;
mod data;
mod enumeration;
mod http;
mod kill;
mod pages;
mod prepared;
mod reference;
mod server;
mod signins;
mod start;
mod stats;

use crate::http::{Client, Request};
use clap::{Parser, Subcommand};
use std::fmt::Display;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

/// A development tool says what went wrong and ends.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
#[command(name = "load", about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Claims of seats from one hot pool beside plain SQL
    Claims(claims::Args),
    /// The board's list and search beside bare SQL
    Board(board::Args),
    /// Every page as each role, at many times the demo data: server time and bytes
    Pages(pages::Args),
    /// Time of refused sign-ins: known, unknown, disabled and invited accounts
    Enumeration(enumeration::Args),
    /// Claims while many people sign in at once
    Signins(signins::Args),
    /// Time to the first answer, idle memory
    Start(start::Args),
    /// SIGKILL under load, retries, comparison with the ledger
    Kill(kill::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Claims(args) => claims::run(&args),
        Command::Board(args) => board::run(&args),
        Command::Pages(args) => pages::run(&args),
        Command::Enumeration(args) => enumeration::run(&args),
        Command::Signins(args) => signins::run(&args),
        Command::Start(args) => start::run(&args),
        Command::Kill(args) => kill::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "load: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// A line on standard output.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// An access token of the contact, by password as everybody.
pub(crate) fn sign_in(address: SocketAddr) -> Result<String, Failure> {
    let body = serde_json::json!({"email": data::EMAIL, "password": data::PASSWORD}).to_string();
    let request = Request { method: "POST", path: "/api/v1/sessions", token: "", idempotency_key: None, body: &body };
    let answer = Client::new(address).send(&request)?;
    let view: serde_json::Value = serde_json::from_slice(&answer.body)?;
    match view.get("access_token").and_then(|token| token.as_str()) {
        Some(token) => Ok(token.to_owned()),
        None => Err(format!("sign-in: {} {view}", answer.status).into()),
    }
}
