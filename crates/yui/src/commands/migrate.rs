//! `yui migrate`: brings the schema up to date, or tells what is pending.

use super::Outcome;
use crate::config::Config;
use crate::{terminal, wiring};
use std::process::ExitCode;

/// Arguments of `yui migrate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only list what would be applied; exit code 1 when there is something
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    let store = wiring::store(config)?;
    let names = if args.check { store.pending()? } else { store.migrate()? };
    for name in &names {
        terminal::line(name);
    }
    store.shutdown();
    if args.check {
        return Ok(ExitCode::from(u8::from(!names.is_empty())));
    }
    terminal::line(format!("{}件の移行を適用しました。", names.len()));
    Ok(ExitCode::SUCCESS)
}
