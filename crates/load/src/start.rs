//! How soon a service answers on a database that exists, and how much memory it holds when idle.

use crate::Failure;
use crate::server::{Database, Kind, Server, free_address};
use crate::stats::median;

/// Arguments of `load start`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    /// Starts
    #[arg(long, default_value_t = 7)]
    turns: usize,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let database = Database::new(args.database)?;
    crate::data::fill(&database, 1_000, 10_000)?;
    let mut times = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..args.turns.clamp(1, 50) {
        let server = Server::start(&database, free_address()?)?;
        times.push(server.ready_after.as_secs_f64() * 1_000.0);
        crate::sign_in(server.address)?;
        std::thread::park_timeout(std::time::Duration::from_millis(500));
        memory.push(server.resident_mb()?);
    }
    crate::say(format!(
        "{:?}: start to first answer, median {:.0} ms (wanted: at most 100); idle after one sign-in, median {:.1} MB resident (wanted: at most 40)",
        args.database,
        median(times),
        median(memory)
    ));
    Ok(())
}
