//! The knowledge board with 10,000 posts: a list of 20 and a two-character search, over HTTP beside the same
//! SQL run bare on the same database in the same run.

use crate::claims::in_parallel;
use crate::data::{CONSORTIUM, Plain};
use crate::http::{Client, Request};
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
    write_posts(server.address, &token, args.posts)?;
    Plain::open(&database)?.batch("ANALYZE")?;
    let time = Duration::from_secs(args.seconds.clamp(1, 60));
    let list = format!("/api/v1/consortia/{CONSORTIUM}/posts?limit=20");
    // 「転記」, percent-encoded.
    let search = format!("{list}&q=%E8%BB%A2%E8%A8%98");
    for (name, path, sql) in
        [("list of 20", &list, LIST), ("search of two characters", &search, search_sql(args.database))]
    {
        let mut turns = Vec::new();
        for _ in 0..args.turns.clamp(1, 9) {
            let ours = served(server.address, &token, path, args.connections, time)?;
            let bare = bare(&database, sql, args.connections, time)?;
            turns.push((ours, bare));
        }
        let title =
            format!("{name} out of {} posts, {:?}, {} connections", args.posts, args.database, args.connections);
        let ratio = compare(&title, "yui", "bare SQL", &turns);
        crate::say(format!("wanted: at least a third; {}", if ratio >= 1.0 / 3.0 { "reached" } else { "NOT reached" }));
    }
    Ok(())
}

/// The rows that the list shows.
const LIST: &str = "SELECT p.id, p.title, p.kind, p.body, m.name, u.display_name FROM posts p
    JOIN members m ON m.id = p.member_id JOIN users u ON u.id = p.author_id
    WHERE p.consortium_id = '00000000-0000-7000-8000-0000000c0001' AND p.state = 'published' ORDER BY p.id DESC LIMIT 20";

const fn search_sql(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => {
            "SELECT p.id, p.title, p.kind, p.body, m.name, u.display_name FROM post_search s
             JOIN posts p ON p.id = s.post_id JOIN members m ON m.id = p.member_id JOIN users u ON u.id = p.author_id
             WHERE post_search MATCH '\"転記\"' AND p.consortium_id = '00000000-0000-7000-8000-0000000c0001' AND p.state = 'published'
             AND p.search_key LIKE '%転記%' ORDER BY p.helpful_count DESC, p.id DESC LIMIT 20"
        }
        Kind::Postgres => {
            "SELECT p.id, p.title, p.kind, p.body, m.name, u.display_name FROM post_search s
             JOIN posts p ON p.id = s.post_id JOIN members m ON m.id = p.member_id JOIN users u ON u.id = p.author_id
             WHERE s.grams @> ARRAY['転記'] AND p.consortium_id = '00000000-0000-7000-8000-0000000c0001' AND p.state = 'published'
             AND p.search_key LIKE '%転記%' ORDER BY p.helpful_count DESC, p.id DESC LIMIT 20"
        }
    }
}

/// Posts through the API itself, so that the search index is fed as in life.
fn write_posts(address: SocketAddr, token: &str, posts: usize) -> Result<(), Failure> {
    let next = AtomicUsize::new(1);
    let path = format!("/api/v1/consortia/{CONSORTIUM}/posts");
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
        let began = Instant::now();
        while began.elapsed() < time {
            let sent = Instant::now();
            let request = Request { method: "GET", path, token, idempotency_key: None, body: "" };
            let answer = client.send(&request)?;
            sample.latencies.push(sent.elapsed());
            let view: serde_json::Value = serde_json::from_slice(&answer.body)?;
            let shown = view.get("items").and_then(|items| items.as_array()).map_or(0, Vec::len);
            if answer.status == 200 && shown == 20 { sample.done += 1 } else { sample.other += 1 }
        }
        sample.took = began.elapsed();
        Ok(sample)
    })
}

fn bare(database: &Database, sql: &str, connections: usize, time: Duration) -> Result<Sample, Failure> {
    in_parallel(connections, || {
        let mut plain = Plain::open(database)?;
        let mut sample = Sample::default();
        let began = Instant::now();
        while began.elapsed() < time {
            let sent = Instant::now();
            let rows = plain.posts(sql)?;
            sample.latencies.push(sent.elapsed());
            if rows == 20 { sample.done += 1 } else { sample.other += 1 }
        }
        sample.took = began.elapsed();
        Ok(sample)
    })
}
