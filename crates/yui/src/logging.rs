//! Logs to standard output: one line an event, for people or as JSON.

use crate::config::Config;
use tracing_subscriber::EnvFilter;

/// Starts logging; a filter that cannot be read falls back to `info`.
pub(crate) fn start(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stdout);
    // A second start (tests) changes nothing.
    let _ = if config.log_json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(false).try_init()
    };
}
