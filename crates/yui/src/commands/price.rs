//! `yui price`.

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

pub(crate) fn run(_args: &Args) -> ExitCode {
    ExitCode::from(2)
}
