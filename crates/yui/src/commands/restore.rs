//! `yui restore`: checks hash and integrity first, refuses to overwrite without `--replace`, and never while in use.

use super::backup::{file_hash, hash_path};
use super::{Failure, Outcome};
use crate::config::Config;
use crate::{terminal, wiring};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use store::backup::RestoreError;

/// Arguments of `yui restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Backup to read; its `.sha256` must stand beside it
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Replace a database that exists
    #[arg(long)]
    replace: bool,
    /// PostgreSQL: go on although others are connected (a pooler, a monitor); the service itself must not run
    #[arg(long)]
    despite_sessions: bool,
    /// Print JSON instead of a sentence
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    let url = &config.database_url;
    let expected = fs::read_to_string(hash_path(&args.from))
        .map_err(|error| Failure::Input(format!("{}: {error}", hash_path(&args.from).display())))?;
    let progress = terminal::spinner("バックアップを確かめています");
    if file_hash(&args.from)? != expected.trim() {
        return Err(Failure::Failed(format!(
            "{} のSHA-256が一致しません。このファイルは使えません",
            args.from.display()
        )));
    }
    if !args.replace && !store::backup::is_vacant(url)? {
        return Err(Failure::Input(format!("{url} を置き換えます。よければ --replace を付けてください")));
    }
    progress.set_message("データベースを戻しています");
    store::backup::restore(&args.from, url, args.despite_sessions).map_err(refused)?;
    wiring::store(config)?.shutdown();
    progress.finish_and_clear();
    if args.json {
        terminal::json(&json!({"file": args.from, "sha256": expected.trim(), "database": url.to_string()}));
    } else {
        let file = args.from.display();
        terminal::line(format!("{file} を {url} に戻しました。続けて yui verify を実行してください。"));
    }
    Ok(ExitCode::SUCCESS)
}

fn refused(error: RestoreError) -> Failure {
    match error {
        RestoreError::Open(error) => Failure::Outside(format!(
            "データベースが使われています。サービスを止めてからもう一度実行してください（{error}）"
        )),
        RestoreError::Sessions(sessions) => {
            let who: Vec<String> = sessions.iter().map(ToString::to_string).collect();
            Failure::Outside(format!(
                "データベースにほかの接続があります（{}）。サービスを止めてからもう一度実行してください。接続プールや監視など、残してよい接続だけのときは --despite-sessions を付けてください",
                who.join("、")
            ))
        }
        RestoreError::Store(error) => Failure::Failed(format!("バックアップを戻せません: {error}")),
    }
}
