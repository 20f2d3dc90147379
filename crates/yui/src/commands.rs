//! The command line: one file for each command, one line here.
//! Exit codes: 0 done, 1 failed, 2 wrong input, 3 something outside did not answer.

mod allocate;
mod compare;
mod price;
mod share;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Joint procurement of licences by Japanese local governments (共同調達).
#[derive(Debug, Parser)]
#[command(name = "yui", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Divide seats among claims (JSON in, table or JSON out)
    Allocate(allocate::Args),
    /// Share a joint bill among members (JSON in, table or JSON out)
    Share(share::Args),
    /// Price quantities of seats on a schedule (JSON in, table or JSON out)
    Price(price::Args),
    /// Show every sharing rule side by side for one case
    Compare(compare::Args),
}

pub(crate) fn run(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Allocate(args) => allocate::run(&args),
        Command::Share(args) => share::run(&args),
        Command::Price(args) => price::run(&args),
        Command::Compare(args) => compare::run(&args),
    }
}
