//! Yui (結): joint procurement by Japanese local governments, one binary.
//! Parses the command line and hands over; each command is a file in `commands/`.

mod commands;
mod config;
mod demo;
mod logging;
mod server;
mod terminal;
mod wiring;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    commands::run(commands::Cli::parse())
}
