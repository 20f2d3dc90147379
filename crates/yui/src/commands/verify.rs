//! `yui verify`: checks every invariant of the data and says what is wrong by rule and row.

use super::{Failure, Outcome};
use crate::config::Config;
use crate::terminal;
use app::verify::{Report, Walk, rules};
use std::process::ExitCode;

/// Arguments of `yui verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    let progress = terminal::progress(u64::try_from(rules().len()).unwrap_or(0));
    let report: Report = store::backup::observe(&config.database_url, |db| {
        Walk::whole().turn(db, &mut |rule| {
            progress.inc(1);
            progress.set_message(rule);
            true
        })
    })?;
    progress.finish_and_clear();
    if args.json {
        terminal::line(serde_json::to_string_pretty(&report).map_err(Failure::failed)?);
    } else {
        print(&report);
    }
    Ok(ExitCode::from(u8::from(!report.findings.is_empty())))
}

/// The report as a table.
pub(crate) fn print(report: &Report) {
    let rows = report.rules.iter().map(|rule| {
        let found = report.findings.iter().filter(|finding| finding.rule == *rule).count();
        vec![(*rule).to_owned(), if found == 0 { "正常".to_owned() } else { format!("違反 {found}件") }]
    });
    terminal::line(terminal::table(&["検査", "結果"], &[], rows));
    for finding in &report.findings {
        terminal::line(format!("違反: {} — {} ({})", finding.rule, finding.subject, finding.detail));
    }
    terminal::line(format!("監査記録 {}件の連鎖を検査しました。", report.audit_entries));
}
