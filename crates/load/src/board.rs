//! The knowledge board with 10,000 posts: a list of 20 and a two-character search, over HTTP beside the same
//! SQL run bare on the same database in the same run.

use crate::claims::in_parallel;
use crate::data::{CONSORTIUM, Plain};
use crate::http::{Client, Request};
use crate::reference::{self, List};
use crate::server::{Database, Kind, Server, free_address};
use crate::stats::{Sample, compare};
use crate::{Failure, sign_in};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Arguments of `load board`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    /// Posts on the board
    #[arg(long, default_value_t = 10_000)]
    posts: usize,
    /// Connections at the same time
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Seconds of one turn of one side
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Turns of each side
    #[arg(long, default_value_t = 3)]
    turns: usize,
}

/// Words of the fictional posts; 「転記」 stands in one post of fifty.
const TOPICS: [&str; 5] = ["議事録の要約", "窓口の待ち時間", "住民への通知文", "表計算の集計", "研修の計画"];

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let database = Database::new(args.database)?;
    crate::data::fill(&database, 1, 0)?;
    let server = Server::start(&database, free_address()?)?;
    let token = sign_in(server.address)?;
    write_posts(server.address, &token, CONSORTIUM, args.posts)?;
    Plain::open(&database)?.batch("ANALYZE")?;
    let time = Duration::from_secs(args.seconds.clamp(1, 60));
    let list = format!("/api/v1/consortia/{CONSORTIUM}/posts?limit=20");
    // 「転記」, percent-encoded.
    let search = format!("{list}&q=%E8%BB%A2%E8%A8%98");
    for (name, path, asked) in [("list of 20", &list, List::Newest), ("search of two characters", &search, List::Found)]
    {
        let mut turns = Vec::new();
        for _ in 0..args.turns.clamp(1, 9) {
            let ours = served(server.address, &token, path, args.connections, time)?;
            let bare = reference::lists(&database, asked, args.connections, time)?;
            turns.push((ours, bare));
        }
        let title = format!(
            "{name} out of {} posts, {:?}, {} connections: the whole service over HTTP beside its statements run bare (consortium, page with all columns, tags), prepared, every column read",
            args.posts, args.database, args.connections
        );
        let ratio = compare(&title, "yui", "bare SQL", &turns);
        crate::say(format!("wanted: at least a third; {}", if ratio >= 1.0 / 3.0 { "reached" } else { "NOT reached" }));
    }
    Ok(())
}

/// Posts through the API itself, so that the search index is fed as in life.
pub(crate) fn write_posts(address: SocketAddr, token: &str, consortium: &str, posts: usize) -> Result<(), Failure> {
    let next = AtomicUsize::new(1);
    let path = format!("/api/v1/consortia/{consortium}/posts");
    let written = in_parallel(16, || {
        let mut client = Client::new(address);
        let mut sample = Sample::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > posts {
                return Ok(sample);
            }
            let topic = TOPICS.get(number % TOPICS.len()).copied().unwrap_or_default();
            let rare = if number.is_multiple_of(50) { "転記の手間が減りました。" } else { "" };
            let body = format!("{topic}について、架空の町で試したことを書きます。{rare}").repeat(8);
            let post = serde_json::json!({
                "kind": "knowhow", "visibility": "consortium", "title": format!("{topic} その{number}"), "body": body, "tags": [],
            });
            let request =
                Request { method: "POST", path: &path, token, idempotency_key: None, body: &post.to_string() };
            let answer = client.send(&request)?;
            if answer.status != 201 {
                return Err(
                    format!("post {number}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into()
                );
            }
            sample.done += 1;
        }
    })?;
    if written.done == posts { Ok(()) } else { Err("posts are missing".into()) }
}

fn served(address: SocketAddr, token: &str, path: &str, connections: usize, time: Duration) -> Result<Sample, Failure> {
    in_parallel(connections, || {
        let mut client = Client::new(address);
        let mut sample = Sample::default();
        let request = Request { method: "GET", path, token, idempotency_key: None, body: "" };
        // The first answer is read; the others must be as long: the client shares the machine with the server.
        let first = client.send(&request)?;
        let view: serde_json::Value = serde_json::from_slice(&first.body)?;
        if view.get("items").and_then(|items| items.as_array()).map_or(0, Vec::len) != 20 {
            return Err(format!("not a page of 20: {} {view}", first.status).into());
        }
        let began = Instant::now();
        while began.elapsed() < time {
            let sent = Instant::now();
            let answer = client.send(&request)?;
            let same = answer.status == 200 && answer.body.len() == first.body.len();
            sample.answered(sent, same, began, time);
        }
        Ok(sample)
    })
}
