//! `yui backup`: a consistent copy while the service runs, with its SHA-256 beside it.

use super::{Failure, Outcome};
use crate::config::Config;
use crate::terminal;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `yui backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File to write; must not exist
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Print JSON instead of a sentence
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    if args.to.exists() {
        return Err(Failure::Input(format!("{} はすでにあります。別の名前を指定してください", args.to.display())));
    }
    if let Some(folder) = args.to.parent() {
        fs::create_dir_all(folder).map_err(Failure::failed)?;
    }
    let progress = terminal::spinner("データベースを写しています");
    store::backup::back_up(&config.database_url, &args.to)?;
    progress.set_message("写しを確かめています");
    if config.database_url.sqlite_path().is_some() {
        store::backup::check(&args.to)?;
    }
    let hash = file_hash(&args.to)?;
    fs::write(hash_path(&args.to), format!("{hash}\n")).map_err(Failure::failed)?;
    let bytes = fs::metadata(&args.to).map_err(Failure::failed)?.len();
    progress.finish_and_clear();
    if args.json {
        terminal::json(&json!({"file": args.to, "bytes": bytes, "sha256": hash}));
    } else {
        terminal::line(format!("{} に保存しました（{bytes} バイト、SHA-256 {hash}）。", args.to.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The file beside a backup that holds its hash.
pub(crate) fn hash_path(backup: &Path) -> PathBuf {
    let mut name = backup.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

/// SHA-256 of a file, hexadecimal.
pub(crate) fn file_hash(path: &Path) -> Result<String, Failure> {
    let mut file = fs::File::open(path).map_err(Failure::failed)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(Failure::failed)?;
        match buffer.get(..read) {
            Some(part) if !part.is_empty() => hasher.update(part),
            Some(_) | None => break,
        }
    }
    Ok(app::audit::hex(&hasher.finalize()))
}
