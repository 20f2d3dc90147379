//! The command line: one file for each command, one line here.
//! Exit codes: 0 done, 1 failed or a check found something, 2 wrong input, 3 something outside did not answer.

mod allocate;
mod backup;
mod compare;
mod config;
mod demo;
mod export;
mod healthcheck;
mod migrate;
mod openapi;
mod price;
mod problem;
mod restore;
mod serve;
mod share;
mod user;
pub(crate) mod verify;

use crate::config::{Config, ConfigError, Given};
use crate::terminal::error_line;
use crate::wiring::StartError;
use clap::{Parser, Subcommand};
use http_kit::Problem;
use std::fmt::Display;
use std::process::ExitCode;

/// Joint procurement of licences by Japanese local governments (共同調達).
///
/// Exit codes: 0 done; 1 failed, or a check found something; 2 wrong input; 3 something outside did not answer.
#[derive(Debug, Parser)]
#[command(name = "yui", version, about)]
pub(crate) struct Cli {
    #[command(flatten)]
    given: Given,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service
    Serve(serve::Args),
    /// Play one fiscal year of a fictional consortium, then serve it
    Demo(demo::Args),
    /// Play the demo's year into an empty database without serving it
    Seed(demo::Args),
    /// Bring the database schema up to date
    Migrate(migrate::Args),
    /// Accounts from the command line
    #[command(subcommand)]
    User(user::Command),
    /// Write a consistent copy of the database while the service runs
    Backup(backup::Args),
    /// Put a copy in the place of the database; the service must not run
    Restore(restore::Args),
    /// Write a consortium's data as plain files, to hand it over
    Export(export::Args),
    /// Check every invariant of the data: sums, counters, orphans, audit chains
    Verify(verify::Args),
    /// Ask a running service whether it is ready
    Healthcheck(healthcheck::Args),
    /// Print the OpenAPI document
    Openapi,
    /// Print the effective configuration, secrets hidden
    Config(config::Args),
    /// Divide seats among claims (JSON in, table or JSON out)
    Allocate(allocate::Args),
    /// Share a joint bill among members (JSON in, table or JSON out)
    Share(share::Args),
    /// Price quantities of seats on a schedule (JSON in, table or JSON out)
    Price(price::Args),
    /// Show every sharing rule side by side for one case
    Compare(compare::Args),
}

/// Why a command ended early; the text is for people, the variant decides the exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// 1: it was tried and failed.
    Failed(String),
    /// 2: the input is wrong.
    Input(String),
    /// 3: the database, a server or a program did not answer.
    Outside(String),
}

impl Failure {
    fn report(&self) -> ExitCode {
        let (code, text) = match self {
            Self::Failed(text) => (1, text),
            Self::Input(text) => (2, text),
            Self::Outside(text) => (3, text),
        };
        error_line(format!("エラー: {text}"));
        ExitCode::from(code)
    }

    /// It was tried and failed.
    pub(crate) fn failed(reason: impl Display) -> Self {
        Self::Failed(reason.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Outside(error.to_string())
    }
}

impl From<store::StoreError> for Failure {
    fn from(error: store::StoreError) -> Self {
        Self::Outside(error.to_string())
    }
}

impl From<app::Error> for Failure {
    /// In the words of the catalogue: what a person typed is 2, a database that does not answer 3, everything else 1.
    fn from(error: app::Error) -> Self {
        let outside = matches!(error, app::Error::Unavailable(_) | app::Error::Busy);
        let input = matches!(error, app::Error::Invalid(_) | app::Error::Rule(_) | app::Error::NotFound);
        if let app::Error::Unavailable(cause) | app::Error::Internal(cause) = &error {
            error_line(cause);
        }
        let document = Problem::from(error).document("", "");
        let fields = document
            .errors
            .iter()
            .map(|field| format!("\n  {}: {}", field.pointer.trim_start_matches('/'), field.detail));
        let text = format!("{}{}", document.detail, fields.collect::<String>());
        match (outside, input) {
            (true, _) => Self::Outside(text),
            (false, true) => Self::Input(text),
            (false, false) => Self::Failed(text),
        }
    }
}

type Outcome = Result<ExitCode, Failure>;

pub(crate) fn run(cli: Cli) -> ExitCode {
    let given = cli.given;
    let with = |work: &dyn Fn(Config) -> Outcome| -> ExitCode {
        Config::resolve(given.clone()).map_err(Failure::from).and_then(work).unwrap_or_else(|failure| failure.report())
    };
    match cli.command {
        Command::Serve(args) => with(&|config| serve::run(&config, &args)),
        Command::Demo(args) => demo_folder(given.clone(), &args),
        Command::Seed(args) => with(&|config| demo::seed(&config, &args)),
        Command::Migrate(args) => with(&|config| migrate::run(&config, &args)),
        Command::User(command) => with(&|config| user::run(&config, &command)),
        Command::Backup(args) => with(&|config| backup::run(&config, &args)),
        Command::Restore(args) => with(&|config| restore::run(&config, &args)),
        Command::Export(args) => with(&|config| export::run(&config, &args)),
        Command::Verify(args) => with(&|config| verify::run(&config, &args)),
        Command::Healthcheck(args) => with(&|config| healthcheck::run(&config, &args)),
        Command::Config(args) => with(&|config| config::run(&config, &args)),
        Command::Openapi => openapi::run(),
        Command::Allocate(args) => allocate::run(&args),
        Command::Share(args) => share::run(&args),
        Command::Price(args) => price::run(&args),
        Command::Compare(args) => compare::run(&args),
    }
}

/// The demo has a folder of its own below the data folder, made anew, unless a database was named.
fn demo_folder(mut given: Given, args: &demo::Args) -> ExitCode {
    // People try the demo without a telephone beside them.
    given.second_factor.get_or_insert_with(|| "optional".to_owned());
    let named = given.database_url.is_some() || given.database_url_file.is_some() || given.config.is_some();
    if !named {
        given.data_dir = Some(given.data_dir.unwrap_or_else(|| "data".into()).join("demo"));
    }
    Config::resolve(given)
        .map_err(Failure::from)
        .and_then(|config| {
            if !named {
                demo::clear(&config)?;
            }
            demo::run(&config, args)
        })
        .unwrap_or_else(|failure| failure.report())
}
