//! Claims of seats from one hot pool: the whole service over HTTP beside the same claim as one plain
//! SQL transaction for each request, on the same database, in turns within one run.

use crate::data::{ACCOUNT, person};
use crate::http::{Client, Request};
use crate::reference::{self, Texts};
use crate::server::{Database, Kind, Server, free_address};
use crate::stats::{Sample, compare};
use crate::{Failure, sign_in};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Arguments of `load claims`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    /// Connections at the same time
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Seconds of one turn of one side
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Turns of each side
    #[arg(long, default_value_t = 3)]
    turns: usize,
    /// Open loop: claims offered each second instead of as fast as answers come
    #[arg(long)]
    rate: Option<u32>,
}

const PEOPLE: usize = 400_000;

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let database = Database::new(args.database)?;
    crate::data::fill(&database, PEOPLE, PEOPLE)?;
    let next = AtomicUsize::new(1);
    let time = Duration::from_secs(args.seconds.clamp(1, 60));
    if let Some(rate) = args.rate {
        let (server, token) = warm(&database, &next, args.connections)?;
        let sample = open_loop(server.address, &token, &next, args.connections, time, rate)?;
        crate::say(format!(
            "open loop, {rate} claims offered each second on {:?}: {:.0} done each second, {} other answers, p50 {:.2} ms, p99 {:.2} ms from the planned instant",
            args.database,
            sample.rate(),
            sample.other,
            sample.percentile_ms(50),
            sample.percentile_ms(99)
        ));
        return Ok(());
    }
    let mut turns = Vec::new();
    for _ in 0..args.turns.clamp(1, 9) {
        let (server, token) = warm(&database, &next, args.connections)?;
        let ours = served(server.address, &token, &next, args.connections, time)?;
        // Its worker would go on delivering mails beside the other side.
        drop(server);
        let texts = Texts::of(&database)?;
        reference::claims(&database, &texts, &next, args.connections, WARM)?;
        let plain = reference::claims(&database, &texts, &next, args.connections, time)?;
        turns.push((ours, plain));
    }
    let title = format!(
        "claims from one hot pool, {:?}, {} connections: the whole service over HTTP beside one plain SQL transaction for each claim with the same reads (idempotency, rights, account, waiting list, person) and the same rows (assignment, counter, mail, audit chain, idempotency), prepared statements, same settings",
        args.database, args.connections
    );
    let ratio = compare(&title, "yui", "plain SQL", &turns);
    crate::say(format!("wanted: at least 3; {}", if ratio >= 3.0 { "reached" } else { "NOT reached" }));
    let taken = next.load(Ordering::Relaxed);
    if taken > PEOPLE {
        return Err("the people ran out before the time: the figures are not valid".into());
    }
    Ok(())
}

/// Runs one connection in each thread and joins what they did.
pub(crate) fn in_parallel(
    connections: usize,
    work: impl Fn() -> Result<Sample, Failure> + Sync,
) -> Result<Sample, Failure> {
    let results: Vec<Result<Sample, Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections.clamp(1, 256)).map(|_| scope.spawn(&work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".into()))).collect()
    });
    results.into_iter().try_fold(Sample::default(), |joined, sample| Ok(joined.join(sample?)))
}

/// The time of a first turn that is not counted: it fills caches, and the service has the statistics gathered of the
/// tables that were empty.
const WARM: Duration = Duration::from_secs(3);

/// A running service that has served claims for a while.
fn warm(database: &Database, next: &AtomicUsize, connections: usize) -> Result<(Server, String), Failure> {
    let server = Server::start(database, free_address()?)?;
    let token = sign_in(server.address)?;
    served(server.address, &token, next, connections, WARM)?;
    Ok((server, token))
}

fn served(
    address: SocketAddr,
    token: &str,
    next: &AtomicUsize,
    connections: usize,
    time: Duration,
) -> Result<Sample, Failure> {
    in_parallel(connections, || {
        let mut client = Client::new(address);
        let mut sample = Sample::default();
        let began = Instant::now();
        while began.elapsed() < time {
            let sent = Instant::now();
            let status = claim(&mut client, token, next.fetch_add(1, Ordering::Relaxed))?;
            sample.answered(sent, status == 201, began, time);
        }
        Ok(sample)
    })
}

/// Claims are due at fixed instants; latency counts from there, so a stall of the server shows in full.
pub(crate) fn open_loop(
    address: SocketAddr,
    token: &str,
    next: &AtomicUsize,
    connections: usize,
    time: Duration,
    rate: u32,
) -> Result<Sample, Failure> {
    let began = Instant::now();
    let ticket = AtomicUsize::new(0);
    in_parallel(connections, || {
        let mut client = Client::new(address);
        let mut sample = Sample::default();
        loop {
            let number = u32::try_from(ticket.fetch_add(1, Ordering::Relaxed))?;
            let due = began + Duration::from_secs(1) * number / rate.max(1);
            if due > began + time {
                break;
            }
            if let Some(wait) = due.checked_duration_since(Instant::now()) {
                // The load tool waits for an instant, not for an event: there is nothing else to wait for.
                std::thread::park_timeout(wait);
            }
            let status = claim(&mut client, token, next.fetch_add(1, Ordering::Relaxed))?;
            sample.latencies.push(due.elapsed());
            if status == 201 { sample.done += 1 } else { sample.other += 1 }
        }
        sample.took = began.elapsed();
        Ok(sample)
    })
}

fn claim(client: &mut Client, token: &str, number: usize) -> Result<u16, Failure> {
    let path = format!("/api/v1/seat-accounts/{ACCOUNT}/claims");
    let body = format!("{{\"user_id\":\"{}\"}}", person(number));
    let key = format!("load-{number}");
    let request = Request { method: "POST", path: &path, token, idempotency_key: Some(&key), body: &body };
    Ok(client.send(&request)?.status)
}
