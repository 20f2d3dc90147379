//! `yui user`: what the operator does without the API: a first administrator, and the way out of a lost second factor.

use super::{Failure, Outcome};
use crate::config::Config;
use crate::wiring::SystemClock;
use crate::{terminal, wiring};
use app::accounts::{NewUser, Secret, create_user, remove_second_factor};
use domain::access::{Grant, Role};
use serde_json::json;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::process::ExitCode;
use std::sync::Arc;

/// `yui user …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add an account; the password is asked for, or read from the first line of standard input
    Add(Add),
    /// Take the second factor of an account away whose owner lost telephone and recovery codes
    ResetSecondFactor {
        /// Mail address of the account
        email: String,
        /// Print JSON instead of a sentence
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `yui user add`.
#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    /// Mail address, which is the sign-in id
    #[arg(long)]
    email: String,
    /// Name shown to others
    #[arg(long)]
    name: String,
    /// Its reading in hiragana
    #[arg(long, default_value = "ー")]
    kana: String,
    /// Administrator of the service
    #[arg(long, conflicts_with_all = ["role", "consortium", "member"], required_unless_present = "role")]
    admin: bool,
    /// lead, contact, learner or auditor
    #[arg(long, requires = "consortium")]
    role: Option<String>,
    /// Id of the consortium
    #[arg(long)]
    consortium: Option<String>,
    /// Id of the member, for lead, contact and learner
    #[arg(long)]
    member: Option<String>,
    /// Print JSON instead of a sentence
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(config: &Config, command: &Command) -> Outcome {
    match command {
        Command::Add(args) => add(config, args),
        Command::ResetSecondFactor { email, json } => reset_second_factor(config, email, *json),
    }
}

fn reset_second_factor(config: &Config, email: &str, json: bool) -> Outcome {
    let store = wiring::store(config)?;
    wiring::migrated(&store, config)?;
    let service = wiring::service(store, config, Arc::new(SystemClock))?;
    let result = wiring::block_on(remove_second_factor(&service, email))?;
    service.store().shutdown();
    match result {
        Ok(()) if json => terminal::json(&json!({"email": email, "second_factor": null})),
        Ok(()) => terminal::line(format!("{email} の2段階認証を解除しました。サインインも終了しました。")),
        Err(app::Error::NotFound) => return Err(Failure::Input(format!("{email} のアカウントはありません"))),
        Err(app::Error::Rule(_)) => return Err(Failure::Input(format!("{email} は2段階認証を使っていません"))),
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn add(config: &Config, args: &Add) -> Outcome {
    let role = match args.role.as_deref() {
        None => Role::Admin,
        Some(word) => Role::parse(word).ok_or_else(|| {
            Failure::Input(format!("役割 {word} はありません。lead, contact, learner, auditor のどれか"))
        })?,
    };
    let new = NewUser {
        email: args.email.clone(),
        display_name: args.name.clone(),
        kana: args.kana.clone(),
        password: password()?,
        grants: vec![Grant { role, consortium_id: args.consortium.clone(), member_id: args.member.clone() }],
    };
    let store = wiring::store(config)?;
    wiring::migrated(&store, config)?;
    let service = wiring::service(store, config, Arc::new(SystemClock))?;
    let result = wiring::block_on(create_user(&service, new))?;
    service.store().shutdown();
    let user = result?;
    if args.json {
        terminal::json(&json!({
            "id": user.id, "email": user.email, "role": role.as_str(), "consortium_id": args.consortium, "member_id": args.member,
        }));
    } else {
        terminal::line(format!("{} を登録しました（{role}）。", user.email));
    }
    Ok(ExitCode::SUCCESS)
}

/// Twice from a terminal without echo, or one line from a pipe.
fn password() -> Result<Secret, Failure> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(Failure::failed)?;
        return Ok(Secret::new(line.trim_end_matches(['\r', '\n']).to_owned()));
    }
    let ask = |prompt: &str| rpassword::prompt_password(prompt).map_err(Failure::failed);
    let first = ask("パスワード（12文字以上、15文字以上を推奨）: ")?;
    if first != ask("もう一度: ")? {
        return Err(Failure::Input("2回の入力が一致しません".to_owned()));
    }
    Ok(Secret::new(first))
}
