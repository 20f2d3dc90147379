//! Every page at the size of a big consortium: the demo data × `times` (× 100: 1,100 municipalities, 100,000 seats,
//! 10,000 posts), asked for by each role over one connection, as a browser does (gzip, keep-alive).
//!
//! The list of pages is the router's own, so none can be forgotten: a page that no role gets to see fails the run.
//! *Server time* is measured here, from the first byte sent to the last byte received on the loopback: routing,
//! rights, queries, rendering and compression; nothing of the network. Pages are asked in rounds, one after another,
//! so that none is asked twice in a row. A page that several ids lead to counts with the slowest and the largest.

mod ask;
mod fill;
mod people;
mod size;
mod story;
mod talk;

use crate::Failure;
use crate::server::{Database, Kind, Server, free_address};
use ask::{Page, Seen};
use size::Size;

/// Milliseconds that a page may take at the median.
const MOST_MS: f64 = 15.0;
/// Bytes that a first view may transfer, with stylesheet, module and icon.
const MOST_BYTES: usize = 60_000;

/// Arguments of `load pages`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    /// How many times the demo data
    #[arg(long, default_value_t = 100)]
    times: usize,
    /// How often each page is asked for
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Only pages whose route contains this
    #[arg(long, default_value = "")]
    only: String,
    /// One JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// Keep the filled database in this folder, or use the one that is there (SQLite only)
    #[arg(long)]
    keep: Option<std::path::PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let size = Size::new(args.times.clamp(1, 150));
    let database = Database::new(args.database)?;
    let kept = args.keep.as_ref().map(|folder| folder.join(format!("pages-{}.db", size.times)));
    match kept.as_ref().filter(|file| file.exists()) {
        Some(file) => drop(std::fs::copy(file, database.folder.path().join("yui.db"))?),
        None => {
            fill::fill(&database, &size)?;
            if let (Some(file), Kind::Sqlite) = (&kept, args.database) {
                std::fs::copy(database.folder.path().join("yui.db"), file)?;
            }
        }
    }
    let server = Server::start(&database, free_address()?)?;
    let seen = ask::all(&database, &server, args.rounds.clamp(1, 100), &args.only)?;
    let mut late: Vec<&Page> = seen.pages.iter().filter(|page| page.median_ms > MOST_MS).collect();
    let mut large: Vec<&Page> = seen.pages.iter().filter(|page| page.bytes > MOST_BYTES).collect();
    late.sort_by(|one, other| other.median_ms.total_cmp(&one.median_ms));
    large.sort_by_key(|page| std::cmp::Reverse(page.bytes));
    if args.json {
        crate::say(json(args, &seen));
    } else {
        tables(args, &size, &seen, &late, &large);
    }
    match (late.len(), large.len(), seen.missed.len()) {
        (0, 0, 0) => Ok(()),
        (late, large, missed) => {
            Err(format!("{late} page(s) too slow, {large} too large, {missed} route(s) never shown").into())
        }
    }
}

fn tables(args: &Args, size: &Size, seen: &Seen, late: &[&Page], large: &[&Page]) {
    let print = |title: &str, pages: &mut dyn Iterator<Item = &Page>| {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
        table.set_header(["role", "page", "first ms", "median ms", "kB"]);
        for page in pages {
            let ms = |time: f64| format!("{time:.1}");
            let row = [page.role.to_owned(), page.route.clone(), ms(page.first_ms), ms(page.median_ms), kb(page.bytes)];
            table.add_row(row);
        }
        crate::say(format!("{title}\n{table}"));
    };
    let title = format!(
        "{:?}, demo data × {}: {} municipalities, {} seats, {} posts; {} rounds, time from the first byte sent to the last received, bytes with stylesheet, module and icon ({} kB), compressed",
        args.database,
        size.times,
        size.towns(),
        size.seats(),
        size.posts(),
        args.rounds,
        kb(seen.assets),
    );
    print(&title, &mut seen.pages.iter());
    let of = |found: usize| format!("{} of {}", seen.pages.len().saturating_sub(found), seen.pages.len());
    if !late.is_empty() {
        print("slower than 15 ms", &mut late.iter().copied());
    }
    if !large.is_empty() {
        print("larger than 60 kB", &mut large.iter().copied());
    }
    for route in &seen.missed {
        crate::say(format!("no role was shown {route}"));
    }
    crate::say(format!("{} pages ≤ 15 ms, {} pages ≤ 60 kB", of(late.len()), of(large.len())));
}

/// Thousands of bytes.
fn kb(bytes: usize) -> String {
    let tenths = bytes.saturating_add(50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn json(args: &Args, seen: &Seen) -> String {
    let page = |page: &Page| {
        serde_json::json!({
            "role": page.role, "route": page.route, "first_ms": page.first_ms, "median_ms": page.median_ms,
            "bytes": page.bytes,
        })
    };
    let pages: Vec<serde_json::Value> = seen.pages.iter().map(page).collect();
    let within = |good: &dyn Fn(&&Page) -> bool| seen.pages.iter().filter(good).count();
    serde_json::json!({
        "database": format!("{:?}", args.database).to_lowercase(), "times": args.times, "rounds": args.rounds,
        "asset_bytes": seen.assets, "pages": pages, "never_shown": seen.missed,
        "within_15_ms": within(&|page| page.median_ms <= MOST_MS),
        "within_60_kb": within(&|page| page.bytes <= MOST_BYTES),
    })
    .to_string()
}
