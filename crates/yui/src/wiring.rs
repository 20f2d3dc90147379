//! Puts the parts together: store, secret, clock, ids, mailer. The only place that reads the system clock.

use crate::config::{Config, MailRoute};
use app::ctx::{RandomIds, SecondFactorRule, Settings};
use app::{Environment, Service};
use chrono::{DateTime, SubsecRound, Utc};
use domain::clock::Clock;
use identity::secret::ServiceSecret;
use mail::{Mailer, Sender};
use secrecy::ExposeSecret;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use store::{Options, Store};

/// The system's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that asks the system")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// What went wrong while starting; the sentence is for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("データベースを開けません: {0}")]
    Open(#[from] store::OpenError),
    #[error("データベースを更新できません: {0}")]
    Migrate(store::StoreError),
    #[error("未適用の移行があります（{0}）。yui migrate を実行してください")]
    Pending(String),
    #[error("サービスの秘密鍵を用意できません: {0}")]
    Secret(String),
    #[error("メールの設定が正しくありません: {0}")]
    Mail(String),
    #[error("サービスを始められません: {0}")]
    Serve(String),
}

/// Opens the database.
pub(crate) fn store(config: &Config) -> Result<Store, StartError> {
    Ok(Store::open(&config.database_url, &Options::default())?)
}

/// Brings the schema up to date, or refuses to go on without.
pub(crate) fn migrated(store: &Store, config: &Config) -> Result<(), StartError> {
    if config.migrate_on_start {
        store.migrate().map_err(StartError::Migrate)?;
        return Ok(());
    }
    let pending = store.pending().map_err(StartError::Migrate)?;
    if pending.is_empty() { Ok(()) } else { Err(StartError::Pending(pending.join(", "))) }
}

/// Says so when the second fence between consortia does not hold for the database role; the service works all the same.
pub(crate) fn look_at_role(store: &Store) -> Result<(), StartError> {
    if store.passes_the_fence().map_err(StartError::Migrate)? {
        tracing::warn!(
            "The database role is a superuser or has BYPASSRLS: the policies that part the consortia do not hold for it. See docs/OPERATIONS.md"
        );
    }
    Ok(())
}

/// The service on a store that is up to date.
pub(crate) fn service(store: Store, config: &Config, clock: Arc<dyn Clock>) -> Result<Service, StartError> {
    Ok(Service::new(store, environment(config, clock)?))
}

/// What use cases need beside the store.
pub(crate) fn environment(config: &Config, clock: Arc<dyn Clock>) -> Result<Environment, StartError> {
    Ok(Environment {
        plans: app::scenarios::Plans::default(),
        clock,
        ids: Arc::new(RandomIds::default()),
        secret: secret(config)?,
        settings: Settings {
            public_url: config.public_url.clone(),
            help_contact: config.help_contact.clone(),
            second_factor: if config.second_factor_required {
                SecondFactorRule::Required
            } else {
                SecondFactorRule::Optional
            },
            scanner: config.scanner.clone(),
        },
    })
}

/// How mails leave.
pub(crate) fn mailer(config: &Config) -> Result<Mailer, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Mail(error.to_string());
    let sender = Sender::new(&config.mail_from, &config.mail_from_name).map_err(|error| failed(&error))?;
    match &config.mail {
        MailRoute::File(folder) => Mailer::file(sender, folder).map_err(|error| failed(&error)),
        MailRoute::Smtp(settings) => Mailer::smtp(sender, settings).map_err(|error| failed(&error)),
    }
}

/// The configured secret, or the one that the embedded database keeps beside itself.
fn secret(config: &Config) -> Result<ServiceSecret, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Secret(error.to_string());
    if let Some(secret) = &config.secret {
        return ServiceSecret::parse(secret.expose_secret()).map_err(|error| failed(&error));
    }
    let path = config.data_dir.join("secret");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let token =
                identity::token::Token::generate(identity::token::Purpose::Bootstrap).map_err(|e| failed(&e))?;
            let text = token.reveal().to_owned();
            write_private(&path, &text).map_err(|error| failed(&error))?;
            text
        }
        Err(error) => return Err(failed(&error)),
    };
    ServiceSecret::parse(&text).map_err(|error| failed(&error))
}

/// Writes a file that only its owner can read; fails when it exists.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// Runs one async call from a command that serves nothing.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError::Serve(error.to_string()))?;
    Ok(runtime.block_on(work))
}

/// The one-time token for the first administrator; none once there is one.
pub(crate) fn bootstrap_token(service: &Service) -> Result<Option<String>, StartError> {
    let made = block_on(app::accounts::bootstrap_token(service))?;
    let token = made.map_err(|error| StartError::Serve(format!("{error:?}")))?;
    Ok(token.map(|token| token.reveal().to_owned()))
}
