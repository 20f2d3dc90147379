//! Claims at a steady rate, alone and while many people sign in at once (S03): hashing has a bounded pool, so
//! the claims must not wait for it. Turns alternate within one run; printed are p99 of both and their ratio.

use crate::claims::{in_parallel, open_loop};
use crate::data::{PASSWORD, Plain};
use crate::http::{Client, Request};
use crate::server::{Database, Kind, Server, free_address};
use crate::stats::{Sample, median};
use crate::{Failure, sign_in};
use secrecy::ExposeSecret as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Arguments of `load signins`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    /// People who sign in at the same time, again and again
    #[arg(long, default_value_t = 200)]
    people: usize,
    /// Claims offered each second
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Seconds of one turn
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Turns of each side
    #[arg(long, default_value_t = 3)]
    turns: usize,
}

const CONNECTIONS: usize = 16;
const STAFF: usize = 60_000;

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let people = args.people.clamp(1, 250);
    let database = Database::new(args.database)?;
    crate::data::fill(&database, STAFF, STAFF)?;
    add_accounts(&mut Plain::open(&database)?, "known", "active", people)?;
    let server = Server::start(&database, free_address()?)?;
    let token = sign_in(server.address)?;
    let (next, time) = (AtomicUsize::new(1), Duration::from_secs(args.seconds.clamp(1, 60)));
    let claims = || open_loop(server.address, &token, &next, CONNECTIONS, time, args.rate);
    claims()?;
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(["turn", "claims", "sign-ins each second", "claims each second", "p50 ms", "p99 ms"]);
    let mut ratios = Vec::new();
    for turn in 1..=args.turns.clamp(1, 9) {
        let alone = claims()?;
        let over = AtomicBool::new(false);
        let (beside, wave) = std::thread::scope(|scope| {
            let wave = scope.spawn(|| signing_in(server.address, people, &over));
            let beside = claims();
            over.store(true, Ordering::Relaxed);
            (beside, wave.join().unwrap_or_else(|_| Err("a thread panicked".into())))
        });
        let (beside, wave) = (beside?, wave?);
        for (side, sample, rate) in [("alone", &alone, 0.0), ("beside the sign-ins", &beside, wave.rate())] {
            table.add_row([
                turn.to_string(),
                side.to_owned(),
                format!("{rate:.0}"),
                format!("{:.0}", sample.rate()),
                format!("{:.2}", sample.percentile_ms(50)),
                format!("{:.2}", sample.percentile_ms(99)),
            ]);
        }
        ratios.push(beside.percentile_ms(99) / alone.percentile_ms(99).max(f64::EPSILON));
        if wave.other > 0 {
            crate::say(format!("{} sign-ins were answered otherwise", wave.other));
        }
    }
    crate::say(format!(
        "claims at {} each second while {people} people sign in at once, {:?}\n{table}\nmedian ratio of p99: {:.2} (wanted: at most 2)",
        args.rate,
        args.database,
        median(ratios)
    ));
    Ok(())
}

/// Everybody signs in again and again until it is over.
fn signing_in(address: SocketAddr, people: usize, over: &AtomicBool) -> Result<Sample, Failure> {
    let number = AtomicUsize::new(1);
    in_parallel(people, || {
        let person = number.fetch_add(1, Ordering::Relaxed);
        let body = credentials("known", person, PASSWORD);
        let request =
            Request { method: "POST", path: "/api/v1/sessions", token: "", idempotency_key: None, body: &body };
        let from = Ipv4Addr::new(20, 0, u8::try_from(person)?, 1);
        let (mut client, mut sample, began) = (Client::new(address), Sample::default(), Instant::now());
        while !over.load(Ordering::Relaxed) {
            // Who has to wait for a hash longer than the client's patience counts as answered otherwise.
            match client.send_from(&request, Some(from)) {
                Ok(answer) if answer.status == 200 => sample.done += 1,
                Ok(_) | Err(_) => sample.other += 1,
            }
        }
        sample.took = began.elapsed();
        Ok(sample)
    })
}

/// The body of a sign-in.
pub(crate) fn credentials(kind: &str, number: usize, password: &str) -> String {
    serde_json::json!({"email": format!("{kind}{number}@load.example.lg.jp"), "password": password}).to_string()
}

/// Accounts of one kind, all with the one password.
pub(crate) fn add_accounts(plain: &mut Plain, kind: &str, state: &str, count: usize) -> Result<(), Failure> {
    let hash = if state == "invited" {
        "NULL".to_owned()
    } else {
        format!("'{}'", identity::password::Hasher::default().hash(PASSWORD)?.expose_secret())
    };
    let now = "'2026-04-01 00:00:00'";
    plain.batch(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO users (id, email, display_name, kana, password_hash, state, session_version, created_at, updated_at, version)
           SELECT '{kind}-' || CAST(i AS TEXT), '{kind}' || CAST(i AS TEXT) || '@load.example.lg.jp', '架空 職員', 'かくう しょくいん', {hash}, '{state}', 1, {now}, {now}, 1 FROM n"
    ))
}
