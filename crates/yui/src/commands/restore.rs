//! `yui restore`: checks hash and integrity first, refuses to overwrite without `--replace`.

use super::backup::{file_hash, hash_path};
use super::{Failure, Outcome};
use crate::config::Config;
use crate::{terminal, wiring};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `yui restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Backup to read; its `.sha256` must stand beside it
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Replace a database that exists
    #[arg(long)]
    replace: bool,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    let expected = fs::read_to_string(hash_path(&args.from))
        .map_err(|error| Failure::Input(format!("{}: {error}", hash_path(&args.from).display())))?;
    if file_hash(&args.from)? != expected.trim() {
        return Err(Failure::Failed(format!(
            "{} のSHA-256が一致しません。このファイルは使えません",
            args.from.display()
        )));
    }
    let exists = config.database_url.sqlite_path().is_none_or(std::path::Path::exists);
    if exists && !args.replace {
        return Err(Failure::Input(format!(
            "{} を置き換えます。よければ --replace を付けてください",
            config.database_url
        )));
    }
    store::backup::restore(&args.from, &config.database_url)?;
    let store = wiring::store(config)?;
    store.shutdown();
    terminal::line(format!(
        "{} を {} に戻しました。続けて yui verify を実行してください。",
        args.from.display(),
        config.database_url
    ));
    Ok(ExitCode::SUCCESS)
}
