//! `yui export`: everything a consortium owns as plain files in a new folder, to hand it over or to keep it.
//!
//! One file a table, the attached files beside them, and a list of it all with a SHA-256 each. What leaves is said
//! column by column in `store/export.rs`; that it left stands in the consortium's audit trail before the first byte.

mod writer;

use super::{Failure, Outcome};
use crate::config::Config;
use crate::wiring::SystemClock;
use crate::{terminal, wiring};
use app::audit::Entry;
use app::{Ctx, Meta};
use domain::clock::Clock as _;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use store::Db;
use store::export::{TABLES, Table, files};
use writer::{Folder, Format};

/// Rows read at once.
const PAGE: i64 = 10_000;

/// Arguments of `yui export`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the consortium
    #[arg(long, value_name = "ID")]
    consortium: String,
    /// Folder to make; must not exist
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// One CSV or one JSON file a table
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Print JSON instead of a sentence
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    if args.to.exists() {
        return Err(Failure::Input(format!(
            "{} はすでにあります。別のフォルダーを指定してください",
            args.to.display()
        )));
    }
    let name = store::backup::observe(&config.database_url, |db| {
        Ok::<_, app::Error>(store::consortium::find(db, &args.consortium).map(|consortium| consortium.name)?)
    });
    let name = match name {
        Err(app::Error::NotFound) => {
            return Err(Failure::Input(format!("共同調達団体 {} はありません", args.consortium)));
        }
        other => other?,
    };
    note(config, args)?;
    let progress = terminal::progress(u64::try_from(TABLES.len()).unwrap_or(0));
    let mut folder = Folder::make(&args.to, args.format)?;
    let rows = store::backup::observe(&config.database_url, |db| {
        let mut rows = 0_usize;
        for table in TABLES {
            progress.set_message(table.name);
            rows = rows.saturating_add(write_table(db, &args.consortium, table, &mut folder)?);
            progress.inc(1);
        }
        for (id, file_name) in files(db, &args.consortium).map_err(app::Error::from)? {
            let content = store::board::attachments::content(db, &id).map_err(app::Error::from)?;
            folder.file(&id, &file_name, &content)?;
        }
        Ok::<_, Failure>(rows)
    })?;
    progress.finish_and_clear();
    let exported_at = SystemClock.now();
    folder.close(&json!({
        "format": "yui-export/1", "version": env!("CARGO_PKG_VERSION"), "exported_at": exported_at,
        "consortium": {"id": args.consortium, "name": name},
    }))?;
    if args.json {
        terminal::json(&json!({"folder": args.to, "tables": TABLES.len(), "rows": rows, "files": folder.written()}));
    } else {
        let (to, files) = (args.to.display(), folder.written());
        terminal::line(format!(
            "{to} に書き出しました（{rows}行、{files}ファイル）。個人情報を含みます。取扱いにご注意ください。"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The entry in the audit trail, beside a service that may be running.
fn note(config: &Config, args: &Args) -> Result<(), Failure> {
    let env = wiring::environment(config, Arc::new(SystemClock))?;
    let meta = Meta { request_id: format!("export-{}", env.ids.next(env.clock.now())), ..Meta::default() };
    let id = &args.consortium;
    store::backup::note(&config.database_url, |db| {
        let mut ctx = Ctx::new(db, &env, &meta);
        let details = json!({"format": args.format.word(), "tables": TABLES.len()});
        ctx.record(Entry::by_service(Some(id), "data.exported", "consortium", id).details(details));
        ctx.flush()
    })?;
    Ok(())
}

fn write_table(db: &mut Db, consortium_id: &str, table: &Table, folder: &mut Folder) -> Result<usize, Failure> {
    let columns = table.columns();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut file = folder.table(table.name, &names)?;
    let mut page = 0_i64;
    loop {
        let rows: Vec<Vec<Value>> = table.rows(db, consortium_id, page, PAGE).map_err(app::Error::from)?;
        let last = i64::try_from(rows.len()).unwrap_or(PAGE) < PAGE;
        file.rows(&rows)?;
        if last {
            return folder.finish(file);
        }
        page = page.saturating_add(1);
    }
}
