//! `yui migrate`: brings the schema up to date, or tells what is pending.

use super::Outcome;
use crate::config::Config;
use crate::{terminal, wiring};
use serde_json::json;
use std::process::ExitCode;

/// Arguments of `yui migrate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only list what would be applied; exit code 1 when there is something
    #[arg(long)]
    check: bool,
    /// Print JSON instead of lines
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    let store = wiring::store(config)?;
    let _progress = terminal::spinner("データベースの形を確かめています");
    let names = if args.check { store.pending()? } else { store.migrate()? };
    store.shutdown();
    if args.json {
        let what = if args.check { "pending" } else { "applied" };
        terminal::json(&json!({ what: names }));
    } else {
        for name in &names {
            terminal::line(name);
        }
        terminal::line(if args.check {
            format!("未適用の移行は{}件です。", names.len())
        } else {
            format!("{}件の移行を適用しました。", names.len())
        });
    }
    Ok(ExitCode::from(u8::from(args.check && !names.is_empty())))
}
