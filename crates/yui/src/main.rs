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

/// Many short-lived texts on several threads: a list of the board is served a fifth faster than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::run(commands::Cli::parse())
}
