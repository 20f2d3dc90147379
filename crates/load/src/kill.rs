//! The kill test: SIGKILL the server under load, start it again, retry with the same idempotency keys, then
//! compare every acknowledged answer with the ledger, and let `yui verify` check every invariant.

use crate::claims::in_parallel;
use crate::data::{ACCOUNT, Plain, person};
use crate::http::{Client, Request};
use crate::server::{Database, Kind, Server, free_address};
use crate::stats::Sample;
use crate::{Failure, sign_in};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Arguments of `load kill`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    /// Seconds of load
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Seconds between kills
    #[arg(long, default_value_t = 2)]
    every: u64,
    /// Connections at the same time
    #[arg(long, default_value_t = 16)]
    connections: usize,
}

const PEOPLE: usize = 600_000;

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let database = Database::new(args.database)?;
    crate::data::fill(&database, PEOPLE, PEOPLE)?;
    let address = free_address()?;
    let mut server = Server::start(&database, address)?;
    let token = Mutex::new(sign_in(address)?);
    let next = AtomicUsize::new(1);
    let over = AtomicBool::new(false);
    let acknowledged = Mutex::new(BTreeMap::<usize, String>::new());
    let retries = AtomicUsize::new(0);
    let time = Duration::from_secs(args.seconds.clamp(1, 600));
    let mut kills = 0_usize;
    let mut restarts = Vec::new();
    let result = std::thread::scope(|scope| {
        let load = scope.spawn(|| {
            in_parallel(args.connections, || {
                let mut client = Client::new(address);
                let mut sample = Sample::default();
                while !over.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let assignment = claim_until_answered(&mut client, &token, number, &retries)?;
                    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(number, assignment);
                    sample.done += 1;
                }
                Ok(sample)
            })
        });
        let began = Instant::now();
        let killing = (|| -> Result<(), Failure> {
            while began.elapsed() < time {
                std::thread::park_timeout(Duration::from_secs(args.every.clamp(1, 60)));
                server.kill()?;
                kills += 1;
                server.restart(&database)?;
                restarts.push(server.ready_after.as_secs_f64() * 1_000.0);
                *token.lock().unwrap_or_else(PoisonError::into_inner) = sign_in(address)?;
            }
            Ok(())
        })();
        over.store(true, Ordering::Relaxed);
        let load = load.join().unwrap_or_else(|_| Err("the load panicked".into()));
        killing.and(load)
    })?;
    server.kill()?;
    let acknowledged = acknowledged.into_inner().unwrap_or_else(PoisonError::into_inner);
    crate::say(format!(
        "{:?}: {} claims acknowledged in {} s, {kills} kills, {} retries, median restart {:.0} ms",
        args.database,
        result.done,
        args.seconds,
        retries.load(Ordering::Relaxed),
        crate::stats::median(restarts)
    ));
    judge(&database, &acknowledged)
}

/// Retries the same claim with the same key until the service answers it.
fn claim_until_answered(
    client: &mut Client,
    token: &Mutex<String>,
    number: usize,
    retries: &AtomicUsize,
) -> Result<String, Failure> {
    let path = format!("/api/v1/seat-accounts/{ACCOUNT}/claims");
    let body = format!("{{\"user_id\":\"{}\"}}", person(number));
    let key = format!("kill-{number}");
    let began = Instant::now();
    loop {
        let token = token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let request = Request { method: "POST", path: &path, token: &token, idempotency_key: Some(&key), body: &body };
        match client.send(&request) {
            Ok(answer) if answer.status == 201 => {
                let view: serde_json::Value = serde_json::from_slice(&answer.body)?;
                let id =
                    view.get("assignment_id").and_then(|id| id.as_str()).ok_or("no assignment_id in the answer")?;
                return Ok(id.to_owned());
            }
            Ok(answer) if ![401, 503].contains(&answer.status) => {
                return Err(
                    format!("claim {number}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into()
                );
            }
            Ok(_) | Err(_) => {
                retries.fetch_add(1, Ordering::Relaxed);
                if began.elapsed() > Duration::from_secs(60) {
                    return Err(format!("claim {number} was not answered for 60 s").into());
                }
                std::thread::park_timeout(Duration::from_millis(5));
            }
        }
    }
}

/// Compares what was acknowledged with what is in the database.
fn judge(database: &Database, acknowledged: &BTreeMap<usize, String>) -> Result<(), Failure> {
    let mut plain = Plain::open(database)?;
    let rows = plain.number("SELECT COUNT(*) AS number FROM assignments WHERE released_at IS NULL")?;
    let mut lost = 0_usize;
    for (number, id) in acknowledged {
        let found = plain.number(&format!(
            "SELECT COUNT(*) AS number FROM assignments WHERE id = '{}' AND user_id = '{}' AND released_at IS NULL",
            id.replace('\'', ""),
            person(*number)
        ))?;
        lost += usize::from(found != 1);
    }
    let people = plain.number("SELECT COUNT(DISTINCT user_id) AS number FROM assignments WHERE released_at IS NULL")?;
    let assigned = plain.number(&format!("SELECT assigned AS number FROM seat_accounts WHERE id = '{ACCOUNT}'"))?;
    drop(plain);
    let (clean, report) = crate::server::run(database, &["verify"])?;
    crate::say(format!(
        "acknowledged {}, in the ledger {rows}, people {people}, counter {assigned}; lost {lost}, duplicated {}; yui verify: {}",
        acknowledged.len(),
        rows.saturating_sub(people),
        if clean { "clean" } else { "NOT CLEAN" }
    ));
    // Every claim was retried until it was answered, so the ledger holds exactly what was acknowledged.
    if lost == 0 && clean && rows == people && rows == assigned && usize::try_from(rows)? == acknowledged.len() {
        return Ok(());
    }
    Err(format!("the ledger does not agree with what was acknowledged\n{report}").into())
}
