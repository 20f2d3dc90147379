//! `yui serve`: runs the service.

use super::Outcome;
use crate::config::Config;
use crate::wiring::SystemClock;
use crate::{logging, server, terminal, wiring};
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `yui serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(config: &Config, _args: &Args) -> Outcome {
    logging::start(config);
    let store = wiring::store(config)?;
    wiring::migrated(&store, config)?;
    wiring::look_at_role(&store)?;
    let service = wiring::service(store, config, Arc::new(SystemClock))?;
    let mailer = Arc::new(wiring::mailer(config)?);
    if let Some(token) = wiring::bootstrap_token(&service)? {
        terminal::line(format!(
            "管理者がまだいません。次の一回限りの合言葉で最初の管理者を登録できます（POST {}/api/v1/bootstrap、または yui user add --admin）:\n  {}",
            config.public_url, token
        ));
    }
    server::run(config, &service, mailer, || {})?;
    Ok(ExitCode::SUCCESS)
}
