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
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Lists of many short texts are half made of allocations: with the system's allocator a page of the board takes a quarter
/// longer. `.cargo/config.toml` says how it is compiled, so that it holds no more while idle.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    commands::run(commands::Cli::parse())
}
