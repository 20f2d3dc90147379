//! `yui user add`: an account with a role and a password, without the API; for first administrators and recovery.

use super::{Failure, Outcome};
use crate::config::Config;
use crate::wiring::SystemClock;
use crate::{terminal, wiring};
use app::accounts::{NewUser, Secret, create_user};
use domain::access::{Grant, Role};
use std::io::{self, BufRead as _, IsTerminal as _};
use std::process::ExitCode;
use std::sync::Arc;

/// `yui user …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add an account; the password is asked for, or read from the first line of standard input
    Add(Add),
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
}

pub(crate) fn run(config: &Config, command: &Command) -> Outcome {
    let Command::Add(args) = command;
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
    terminal::line(format!("{} を登録しました（{role}）。", user.email));
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
