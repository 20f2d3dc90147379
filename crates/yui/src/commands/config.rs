//! `yui config`: the effective configuration, secrets hidden.

use super::{Failure, Outcome};
use crate::config::Config;
use crate::terminal;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Arguments of `yui config`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    let rows = config.shown();
    if args.json {
        let map: BTreeMap<_, _> = rows.into_iter().collect();
        terminal::line(serde_json::to_string_pretty(&map).map_err(Failure::failed)?);
    } else {
        let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]);
        terminal::line(terminal::table(&["設定", "値"], &[], rows));
    }
    Ok(ExitCode::SUCCESS)
}
