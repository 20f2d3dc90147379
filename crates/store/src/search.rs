//! Words on the board and in names, found by pairs of characters: Japanese has no spaces, and words of two characters count.
//!
//! The application makes the bigrams of a folded text; SQLite keeps them in a contentless FTS5 table
//! and answers a phrase, PostgreSQL keeps them in a `text[]` under GIN and answers containment. Either may
//! answer too much and never too little: the caller checks again in the text itself ([`pattern`]). Words of one
//! character go by the text alone. The index knows no walls and no states; those are in the caller's WHERE.

pub mod names;

use crate::dialect::Backend;
use crate::{Db, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use domain::board::bigrams;
use std::collections::BTreeSet;

/// What is searched.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Corpus {
    /// `posts.search_key`.
    Posts,
    /// `users.name_key`.
    Names,
}

impl Corpus {
    /// Its index, and the column with the id.
    const fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::Posts => ("post_search", "post_id"),
            Self::Names => ("user_search", "user_id"),
        }
    }
}

/// Puts a text into its index, in the place of what stood there.
///
/// # Errors
/// When the database refuses.
pub(crate) fn feed(db: &mut Db, corpus: Corpus, id: &str, text: &str) -> Result<(), StoreError> {
    let (table, key) = corpus.table();
    diesel::sql_query(match db.backend() {
        Backend::Sqlite => format!("DELETE FROM {table} WHERE {key} = ?"),
        Backend::Postgres => format!("DELETE FROM {table} WHERE {key} = $1"),
    })
    .bind::<Text, _>(id)
    .execute(db)?;
    add(db, corpus, id, text)
}

/// Puts a text into its index where none stood. (FTS5 looks for an id by reading all of them.)
///
/// # Errors
/// When the database refuses.
pub(crate) fn add(db: &mut Db, corpus: Corpus, id: &str, text: &str) -> Result<(), StoreError> {
    let (table, key) = corpus.table();
    let (insert, grams) = match db.backend() {
        Backend::Sqlite => (format!("INSERT INTO {table} ({key}, grams) VALUES (?, ?)"), words(in_order(text))),
        Backend::Postgres => {
            (format!("INSERT INTO {table} ({key}, grams) VALUES ($1, string_to_array($2, ' '))"), words(distinct(text)))
        }
    };
    diesel::sql_query(insert).bind::<Text, _>(id).bind::<Text, _>(grams).execute(db)?;
    Ok(())
}

/// Takes those out of the index of names who have no key (any more).
///
/// # Errors
/// When the database refuses.
pub(crate) fn forget_unkeyed_names(db: &mut Db) -> Result<(), StoreError> {
    let unkeyed = "DELETE FROM user_search WHERE user_id IN (SELECT u.id FROM users u WHERE u.name_key = '')";
    diesel::sql_query(unkeyed).execute(db)?;
    Ok(())
}

/// How one database is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Index(Backend);

impl Index {
    pub(crate) fn of(db: &Db) -> Self {
        Self(db.backend())
    }

    /// A condition on `posts` or `users` up to its parameter, [`Index::grams`]; [`Index::finds_end`] closes it.
    pub(crate) const fn finds(self, corpus: Corpus) -> &'static str {
        match (self.0, corpus) {
            (Backend::Sqlite, Corpus::Posts) => "posts.id IN (SELECT s.post_id FROM post_search s WHERE s.grams MATCH ",
            (Backend::Sqlite, Corpus::Names) => "users.id IN (SELECT s.user_id FROM user_search s WHERE s.grams MATCH ",
            (Backend::Postgres, Corpus::Posts) => {
                "posts.id IN (SELECT s.post_id FROM post_search s WHERE s.grams @> string_to_array("
            }
            (Backend::Postgres, Corpus::Names) => {
                "users.id IN (SELECT s.user_id FROM user_search s WHERE s.grams @> string_to_array("
            }
        }
    }

    /// What closes [`Index::finds`].
    pub(crate) const fn finds_end(self) -> &'static str {
        match self.0 {
            Backend::Sqlite => ")",
            Backend::Postgres => ", ' '))",
        }
    }

    /// A word as the index is asked for it; none when it has no pair of characters.
    pub(crate) fn grams(self, word: &str) -> Option<String> {
        let grams = match self.0 {
            Backend::Sqlite => words(in_order(word)),
            Backend::Postgres => words(distinct(word)),
        };
        if grams.is_empty() {
            return None;
        }
        Some(match self.0 {
            Backend::Sqlite => format!("\"{grams}\""),
            Backend::Postgres => grams,
        })
    }

    /// 1 when a word stands in the title, the first line of the key, else 0; up to its parameter.
    pub(crate) const fn title_hit(self) -> &'static str {
        match self.0 {
            Backend::Sqlite => "CASE WHEN instr(posts.search_key, ",
            Backend::Postgres => "CASE WHEN strpos(posts.search_key, ",
        }
    }

    /// What closes [`Index::title_hit`].
    pub(crate) const fn title_hit_end(self) -> &'static str {
        match self.0 {
            Backend::Sqlite => ") < instr(posts.search_key, char(10)) THEN 1 ELSE 0 END",
            Backend::Postgres => ") < strpos(posts.search_key, chr(10)) THEN 1 ELSE 0 END",
        }
    }
}

/// A folded word as a LIKE pattern with the escape `\`.
pub(crate) fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[derive(QueryableByName)]
struct Candidate {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    search_key: String,
}

/// Resolved questions that share the most pairs of characters with a folded text, the closest first.
///
/// Each database names its twenty best in its own way; the final order is by the pairs shared, the same on both.
///
/// # Errors
/// When the database refuses.
pub fn similar(
    db: &mut Db,
    consortium_id: &str,
    towns: Option<&[String]>,
    text: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let wanted = distinct(text);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (query, grams) = match db.backend() {
        Backend::Sqlite => {
            let quoted: Vec<String> = wanted.iter().map(|gram| format!("\"{gram}\"")).collect();
            (SIMILAR_SQLITE, quoted.join(" OR "))
        }
        Backend::Postgres => (SIMILAR_POSTGRES, words(wanted.iter().cloned())),
    };
    let found: Vec<Candidate> = diesel::sql_query(query)
        .bind::<Text, _>(grams)
        .bind::<Text, _>(consortium_id)
        .bind::<Integer, _>(i32::from(towns.is_none()))
        .bind::<Text, _>(towns.unwrap_or_default().join(" "))
        .bind::<BigInt, _>(CANDIDATES)
        .load(db)?;
    let mut scored: Vec<(usize, String)> = found
        .into_iter()
        .map(|post| (distinct(&post.search_key).intersection(&wanted).count(), post.id))
        .filter(|(shared, _)| shared.saturating_mul(LEAST_SHARE) >= wanted.len())
        .collect();
    scored.sort_by(|a, b| b.cmp(a));
    scored.truncate(limit);
    Ok(scored.into_iter().map(|(_, id)| id).collect())
}

const CANDIDATES: i64 = 20;
/// A post shares at least one in so many of the pairs asked for.
const LEAST_SHARE: usize = 5;

const SIMILAR_SQLITE: &str = "SELECT p.id AS id, p.search_key AS search_key
  FROM post_search s JOIN posts p ON p.id = s.post_id
  WHERE s.grams MATCH ?1 AND p.consortium_id = ?2 AND p.state = 'published' AND p.resolved_at IS NOT NULL
    AND (?3 = 1 OR p.visibility <> 'town' OR instr(' ' || ?4 || ' ', ' ' || p.member_id || ' ') > 0)
  ORDER BY s.rank, p.id DESC LIMIT ?5";

const SIMILAR_POSTGRES: &str = "SELECT p.id AS id, p.search_key AS search_key
  FROM post_search s JOIN posts p ON p.id = s.post_id
  WHERE s.grams && string_to_array($1, ' ') AND p.consortium_id = $2 AND p.state = 'published'
    AND p.resolved_at IS NOT NULL
    AND ($3 = 1 OR p.visibility <> 'town' OR p.member_id = ANY (string_to_array($4, ' ')))
  ORDER BY (SELECT COUNT(*) FROM unnest(string_to_array($1, ' ')) AS g WHERE g = ANY (s.grams)) DESC, p.id DESC
  LIMIT $5";

fn in_order(text: &str) -> impl Iterator<Item = String> + '_ {
    bigrams(text).map(|(a, b)| [shielded(a), shielded(b)].iter().collect())
}

fn distinct(text: &str) -> BTreeSet<String> {
    in_order(text).collect()
}

fn words(grams: impl IntoIterator<Item = String>) -> String {
    grams.into_iter().collect::<Vec<_>>().join(" ")
}

/// FTS5's `ascii` tokenizer drops ASCII punctuation and splits at it: such characters are moved into the
/// private use area. So a quotation mark never reaches the query language of FTS5 either.
fn shielded(c: char) -> char {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        char::from_u32(u32::from(c).saturating_add(0xE000)).unwrap_or(c)
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_letters() {
        assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
    }

    #[test]
    fn a_query_carries_no_syntax_of_the_index() {
        let grams = Index(Backend::Sqlite).grams("a\"*-^:()").unwrap();
        assert_eq!(grams.matches('"').count(), 2);
        assert!(grams.trim_matches('"').chars().all(|c| c == ' ' || c.is_ascii_alphanumeric() || !c.is_ascii()));
        assert_eq!(Index(Backend::Sqlite).grams("町"), None);
    }
}
