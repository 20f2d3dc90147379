//! Claims of seats from one hot pool: the whole service over HTTP beside the same claim as one plain
//! SQL transaction for each request, on the same database, in turns within one run.

use crate::data::{ACCOUNT, CONSORTIUM, CONTRACT, Plain, person};
use crate::http::{Client, Request};
use crate::server::{Database, Kind, Server, free_address};
use crate::stats::{Sample, compare};
use crate::{Failure, sign_in};
use diesel::sql_types::Text;
use diesel::{Connection as _, RunQueryDsl as _};
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

/// The statements of one claim; a macro because the two connections share no type.
macro_rules! one_claim {
    ($connection:expr, $number:expr) => {{
        let (id, user) = (format!("20000000-0000-7000-8000-{:012}", $number), person($number));
        let now = "'2026-11-22 09:00:00'";
        diesel::sql_query("UPDATE seat_accounts SET assigned = assigned + 1 WHERE id = $1 AND assigned + held < balance")
            .bind::<Text, _>(ACCOUNT)
            .execute($connection)?;
        diesel::sql_query(format!(
            "INSERT INTO assignments (id, consortium_id, contract_id, account_id, user_id, application_id, source, assigned_by, assigned_at, released_at, release_reason, released_by, version)
             VALUES ($1, '{CONSORTIUM}', '{CONTRACT}', '{ACCOUNT}', $2, NULL, 'claim', $2, {now}, NULL, NULL, NULL, 1)"
        ))
        .bind::<Text, _>(&id)
        .bind::<Text, _>(&user)
        .execute($connection)?;
        diesel::sql_query(format!(
            "INSERT INTO idempotency_records (user_id, key, request_hash, status, headers, body, created_at)
             VALUES ($1, $2, 'hash', 201, '[]', '{{}}', {now})"
        ))
        .bind::<Text, _>(&user)
        .bind::<Text, _>(&id)
        .execute($connection)?;
        diesel::sql_query(format!(
            "INSERT INTO outbox (id, consortium_id, kind, user_id, to_name, to_address, subject, body, state, attempts, next_attempt_at, request_id, created_at)
             VALUES ($1, '{CONSORTIUM}', 'seat_assigned', $2, '架空 職員', 'p@load.example.lg.jp', '席が割り当てられました', '席が割り当てられました', 'pending', 0, {now}, 'r', {now})"
        ))
        .bind::<Text, _>(&id)
        .bind::<Text, _>(&user)
        .execute($connection)?;
        diesel::sql_query("UPDATE audit_chains SET entries = entries + 1 WHERE scope = 'reference'").execute($connection)?;
        diesel::sql_query(format!(
            "INSERT INTO audit_entries (id, scope, sequence, consortium_id, actor_role, action, subject_kind, subject_id, outcome, details, request_id, ip, at, previous_hash, hash)
             SELECT $1, 'reference', entries, '{CONSORTIUM}', 'learner', 'seat.claimed', 'assignment', $1, 'done', '{{}}', 'r', '', {now}, '', '' FROM audit_chains WHERE scope = 'reference'"
        ))
        .bind::<Text, _>(&id)
        .execute($connection)?;
        Ok::<(), diesel::result::Error>(())
    }};
}

const PEOPLE: usize = 400_000;

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let database = Database::new(args.database)?;
    crate::data::fill(&database, PEOPLE, PEOPLE)?;
    let server = Server::start(&database, free_address()?)?;
    let token = sign_in(server.address)?;
    let next = AtomicUsize::new(1);
    let time = Duration::from_secs(args.seconds.clamp(1, 60));
    if let Some(rate) = args.rate {
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
    // A first turn that is not counted fills caches on both sides; then the tables that were empty get the
    // statistics that a database in use has (PostgreSQL's autovacuum gathers them within its first minute).
    served(server.address, &token, &next, args.connections, Duration::from_secs(1))?;
    Plain::open(&database)?.batch("ANALYZE")?;
    let mut turns = Vec::new();
    for _ in 0..args.turns.clamp(1, 9) {
        let ours = served(server.address, &token, &next, args.connections, time)?;
        let plain = reference(&database, &next, args.connections, time)?;
        turns.push((ours, plain));
    }
    let title = format!(
        "claims from one hot pool, {:?}, {} connections: the whole service (token, rights, idempotency, ledger, audit, mail) beside one plain SQL transaction for each claim",
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
            sample.latencies.push(sent.elapsed());
            if status == 201 { sample.done += 1 } else { sample.other += 1 }
        }
        sample.took = began.elapsed();
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

/// The reference: what a careful programmer writes with plain SQL, the same rows in one transaction.
fn reference(database: &Database, next: &AtomicUsize, connections: usize, time: Duration) -> Result<Sample, Failure> {
    Plain::open(database)?.batch(
        "INSERT INTO audit_chains (scope, entries, head) SELECT 'reference', 0, '' WHERE NOT EXISTS (SELECT 1 FROM audit_chains WHERE scope = 'reference')",
    )?;
    in_parallel(connections, || {
        let mut plain = Plain::open(database)?;
        let mut sample = Sample::default();
        let began = Instant::now();
        while began.elapsed() < time {
            let sent = Instant::now();
            let number = next.fetch_add(1, Ordering::Relaxed);
            match &mut plain {
                Plain::Pg(connection) => connection.transaction(|c| one_claim!(c, number))?,
                Plain::Lite(connection) => connection.immediate_transaction(|c| one_claim!(c, number))?,
            }
            sample.latencies.push(sent.elapsed());
            sample.done += 1;
        }
        sample.took = began.elapsed();
        Ok(sample)
    })
}
