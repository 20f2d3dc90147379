//! The board's list as its statements alone: the consortium, a page of 21 posts with every column that the service
//! reads (the walls of the reader in the WHERE, the reader's own mark), and the tags of the posts.

use crate::Failure;
use crate::claims::in_parallel;
use crate::data::{CONSORTIUM, CONTACT, MEMBER, Plain};
use crate::prepared::select;
use crate::server::{Database, Kind};
use crate::stats::Sample;
use chrono::NaiveDateTime;
use diesel::RunQueryDsl as _;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};
use std::time::{Duration, Instant};

/// Which page.
#[derive(Debug, Clone, Copy)]
pub(crate) enum List {
    /// The newest posts.
    Newest,
    /// Those with 「転記」, the best match first.
    Found,
}

const ROOM: &str = "SELECT id, name, created_at, updated_at, version FROM consortia WHERE id = $";
const TAGS: &str = "SELECT post_id, tag FROM post_tags WHERE post_id IN ($, $, $, $, $, $, $, $, $, $, $, $, $, $, $, $, $, $, $, $) ORDER BY post_id, tag";

type Room = (Text, Text, Timestamp, Timestamp, BigInt);
type Columns = (
    (Text, Text, Text, Text, Text, Text, Text, Text, Nullable<BigInt>, Nullable<BigInt>),
    (Nullable<Timestamp>, BigInt, BigInt, BigInt, Nullable<Timestamp>, Timestamp, BigInt),
    (Text, Text, Bool),
);
type Post = (
    (String, String, String, String, String, String, String, String, Option<i64>, Option<i64>),
    (Option<NaiveDateTime>, i64, i64, i64, Option<NaiveDateTime>, NaiveDateTime, i64),
    (String, String, bool),
);

/// The page's statement and what it binds.
fn page(kind: Kind, list: List) -> (String, Vec<&'static str>) {
    let mut text = "SELECT p.id, p.member_id, p.author_id, p.kind, p.visibility, p.state, p.title, p.excerpt, p.hours_saved, p.yen_saved,
         p.resolved_at, p.helpful_count, p.comments_count, p.replications_count, p.published_at, p.created_at, p.version,
         m.name, u.display_name, EXISTS (SELECT 1 FROM helpful_marks h WHERE h.post_id = p.id AND h.user_id = $)
         FROM posts p JOIN members m ON m.id = p.member_id JOIN users u ON u.id = p.author_id
         WHERE p.consortium_id = $ AND p.state = $ AND (p.visibility <> 'town' OR p.member_id = $ OR p.author_id = $)"
        .to_owned();
    let mut binds = vec![CONTACT, CONSORTIUM, "published", MEMBER, CONTACT];
    match (list, kind) {
        (List::Newest, _) => text += " ORDER BY p.id DESC LIMIT 21",
        (List::Found, Kind::Sqlite) => {
            text += " AND p.id IN (SELECT s.post_id FROM post_search s WHERE s.grams MATCH $) AND p.search_key LIKE $
                ORDER BY CASE WHEN instr(p.search_key, $) < instr(p.search_key, char(10)) THEN 1 ELSE 0 END DESC, p.helpful_count DESC, p.id DESC LIMIT 21";
            binds.extend(["\"転記\"", "%転記%", "転記"]);
        }
        (List::Found, Kind::Postgres) => {
            text += " AND p.id IN (SELECT s.post_id FROM post_search s WHERE s.grams @> string_to_array($, ' ')) AND p.search_key LIKE $
                ORDER BY CASE WHEN strpos(p.search_key, $) < strpos(p.search_key, chr(10)) THEN 1 ELSE 0 END DESC, p.helpful_count DESC, p.id DESC LIMIT 21";
            binds.extend(["転記", "%転記%", "転記"]);
        }
    }
    (text, binds)
}

/// The statements of one page; a macro because the two connections share no type.
macro_rules! one_page {
    ($connection:expr, $text:expr, $binds:expr) => {{
        let _room: (String, String, NaiveDateTime, NaiveDateTime, i64) =
            select::<Room>(ROOM, &[CONSORTIUM]).get_result($connection)?;
        let posts: Vec<Post> = select::<Columns>($text, $binds).load($connection)?;
        let ids: Vec<&str> = posts.iter().take(20).map(|post| post.0.0.as_str()).collect();
        let _tags: Vec<(String, String)> = select::<(Text, Text)>(TAGS, &ids).load($connection)?;
        posts.len()
    }};
}

/// Reads pages as fast as they go.
pub(crate) fn lists(database: &Database, list: List, connections: usize, time: Duration) -> Result<Sample, Failure> {
    let (text, binds) = page(database.kind, list);
    in_parallel(connections, || {
        let mut plain = Plain::open(database)?;
        let mut sample = Sample::default();
        let began = Instant::now();
        while began.elapsed() < time {
            let sent = Instant::now();
            let posts = match &mut plain {
                Plain::Pg(c) => one_page!(c, &text, &binds),
                Plain::Lite(c) => one_page!(c, &text, &binds),
            };
            sample.answered(sent, posts == 21, began, time);
        }
        Ok(sample)
    })
}
