//! `yui demo`: tells the story on a fresh embedded database and leaves the service running with it.

use super::{Failure, Outcome};
use crate::config::Config;
use crate::demo::{self, Cast};
use crate::wiring::SystemClock;
use crate::{logging, server, terminal, wiring};
use domain::clock::{Clock as _, FixedClock};
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `yui demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// End after the story instead of serving
    #[arg(long)]
    once: bool,
    /// Password of every person in the story; a random one when absent
    #[arg(long)]
    password: Option<String>,
}

pub(crate) fn run(config: &Config, args: &Args) -> Outcome {
    logging::start(config);
    if !args.once {
        server::check_port(config)?;
    }
    let store = wiring::store(config)?;
    wiring::migrated(&store, config)?;
    let clock = Arc::new(FixedClock::at(SystemClock.now()));
    let telling = wiring::service(store.clone(), config, clock.clone())?;
    let (password, cast) = match tell(&telling, &clock, args) {
        Ok(told) => told,
        Err(failure) => {
            store.shutdown();
            return Err(failure);
        }
    };
    let service = wiring::service(store, config, Arc::new(SystemClock))?;
    let mailer = Arc::new(wiring::mailer(config)?);
    print_people(config, &cast, &password);
    if args.once {
        let sent = wiring::block_on(deliver(&service, &mailer))??;
        terminal::line(format!("{sent}通のメールを届けました。"));
        service.store().shutdown();
        return Ok(ExitCode::SUCCESS);
    }
    let url = config.public_url.clone();
    server::run(config, &service, mailer, move || {
        terminal::line(format!("結（ゆい）が動いています: {url}  API一覧: {url}/api/docs/  終了: Ctrl-C"));
    })?;
    Ok(ExitCode::SUCCESS)
}

/// As `demo --once`, on the configured database: for trying things out on data.
pub(crate) fn seed(config: &Config, args: &Args) -> Outcome {
    run(config, &Args { once: true, password: args.password.clone() })
}

/// Removes what an earlier demo left in its folder; a demo that still runs keeps it.
pub(crate) fn clear(config: &Config) -> Result<(), Failure> {
    if !config.data_dir.exists() {
        return Ok(());
    }
    // Opening takes the lock: whoever still runs on this database refuses us.
    wiring::store(config)?.shutdown();
    std::fs::remove_dir_all(&config.data_dir).map_err(Failure::failed)
}

/// Tells the story once; a database that has people in it is left alone.
pub(crate) fn tell(service: &app::Service, clock: &Arc<FixedClock>, args: &Args) -> Result<(String, Cast), Failure> {
    let token = wiring::block_on(app::accounts::bootstrap_token(service))??;
    if token.is_none() {
        return Err(Failure::Input(
            "このデータベースにはすでに利用者がいます。物語は空のデータベースで始めます（--data-dir で別のフォルダーを指定するか、data/demo を消してください）".to_owned(),
        ));
    }
    let password = match &args.password {
        Some(password) => password.clone(),
        None => random_password()?,
    };
    let cast = demo::tell(service, clock, &password)?;
    Ok((password, cast))
}

async fn deliver(service: &app::Service, mailer: &Arc<mail::Mailer>) -> Result<usize, app::Error> {
    let mut sent = 0_usize;
    loop {
        let turn = app::notify::delivery::deliver_due(service, mailer).await?;
        sent = sent.saturating_add(turn.sent);
        if turn.sent == 0 {
            return Ok(sent);
        }
    }
}

fn print_people(config: &Config, cast: &Cast, password: &str) {
    let rows = cast
        .people
        .iter()
        .map(|person| vec![::web::role_words(person.role).to_owned(), person.place.clone(), person.email.clone()]);
    terminal::line("\n■ サインインできる人（すべて架空）");
    terminal::line(terminal::table(&["役割", "所属", "メールアドレス"], &[], rows));
    terminal::line(format!("パスワード（全員共通・この実行だけのもの）: {password}"));
    terminal::line(if config.second_factor_required {
        "2段階認証: 必須です。県の担当者・監査・サービス管理者は、サインインのあと、まず認証アプリの登録に進みます。"
    } else {
        "2段階認証: この体験では任意です（--second-factor required で、県の担当者・監査・サービス管理者に必須になります。yui serve の既定は必須です）。"
    });
    terminal::line(format!("データベース: {}", config.database_url));
}

/// Eighteen characters that nobody else has: there are no default credentials, not even here.
fn random_password() -> Result<String, Failure> {
    let token = identity::token::Token::generate(identity::token::Purpose::Bootstrap).map_err(Failure::failed)?;
    let letters: String = token.reveal().chars().filter(char::is_ascii_alphanumeric).skip(6).take(18).collect();
    Ok(letters)
}
