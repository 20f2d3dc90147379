//! Pages of posts: one statement for the page, one for its tags, however many posts there are.
//!
//! List are keyset orders. A helpful mark given between two pages may move a post across the border;
//! that is accepted, ids are not repeated within a page.

use crate::db::on;
use crate::dialect::among;
use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{helpful_marks, members, post_tags, posts, users};
use crate::search::{Corpus, Index};
use crate::{Db, Stamp, StoreError};
use chrono::NaiveDateTime;
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use domain::board::Scope;
use std::collections::BTreeMap;

/// A post as a list shows it: without its text and its search key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = posts)]
#[allow(missing_docs)] // named as the columns
pub struct Row {
    pub id: String,
    pub member_id: String,
    pub author_id: String,
    pub kind: String,
    pub visibility: String,
    pub state: String,
    pub title: String,
    pub excerpt: String,
    pub hours_saved: Option<i64>,
    pub yen_saved: Option<i64>,
    pub resolved_at: Option<Stamp>,
    pub helpful_count: i64,
    pub comments_count: i64,
    pub replications_count: i64,
    pub published_at: Option<Stamp>,
    pub created_at: Stamp,
    pub version: i64,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Line {
    /// The row.
    pub post: Row,
    /// The town's name.
    pub town: String,
    /// The author's display name.
    pub author: String,
    /// Whether the reader marked it as helpful.
    pub marked: bool,
}

/// In which order a list stands; ties by id, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Newest first.
    Newest,
    /// Most marks first.
    Helpful,
    /// First those with the first word in the title, then by marks.
    Relevance,
}

/// Where a page begins: the sort key of the last post before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// 1 when the title has the first word.
    pub title_hit: i64,
    /// Marks.
    pub helpful_count: i64,
    /// The post.
    pub id: String,
}

/// What a list asks for.
#[derive(Debug, Clone)]
pub struct Search {
    /// The consortium.
    pub consortium_id: String,
    /// Who reads.
    pub user_id: String,
    /// Whose posts the reader sees in this state.
    pub scope: Scope,
    /// Posts in this state.
    pub state: String,
    /// Of this kind.
    pub kind: Option<String>,
    /// With one of these tags, in small letters; none: with any or without.
    pub tags: Vec<String>,
    /// Of this town.
    pub member_id: Option<String>,
    /// Resolved or not.
    pub resolved: Option<bool>,
    /// With all of these words, folded.
    pub words: Vec<String>,
    /// In this order.
    pub order: Order,
}

impl Search {
    /// Whether nothing narrows the list beyond what its reader may see.
    fn is_bare(&self) -> bool {
        let filters = [&self.kind, &self.member_id];
        filters.iter().all(|filter| filter.is_none())
            && self.tags.is_empty()
            && self.resolved.is_none()
            && self.words.is_empty()
    }
}

/// Posts with their towns and authors, and whether this reader marked them.
macro_rules! lines {
    ($reader:expr) => {
        posts::table.inner_join(members::table).inner_join(users::table.on(users::id.eq(posts::author_id))).select((
            Row::as_select(),
            members::name,
            users::display_name,
            exists(
                helpful_marks::table
                    .filter(helpful_marks::post_id.eq(posts::id))
                    .filter(helpful_marks::user_id.eq(&$reader)),
            ),
        ))
    };
}

/// What somebody of one town sees of the others: everything but what a town keeps to itself.
macro_rules! shared_with {
    ($town:expr, $reader:expr) => {
        posts::visibility.ne("town").or(posts::member_id.eq($town)).or(posts::author_id.eq(&$reader))
    };
}

/// One page of posts.
///
/// # Errors
/// When the database refuses.
pub fn list(db: &mut Db, ask: &Search, after: Option<&Place>, limit: i64) -> Result<Vec<Line>, StoreError> {
    if let (Order::Newest, None, true, Scope::Shared(towns)) = (ask.order, after, ask.is_bare(), &ask.scope)
        && let [town] = towns.as_slice()
    {
        // What everybody opens first, as a statement with a type: its connection finds it prepared without writing its text.
        return Ok(on!(db, c => lines!(ask.user_id)
            .filter(posts::consortium_id.eq(&ask.consortium_id))
            .filter(posts::state.eq(&ask.state))
            .filter(shared_with!(town, ask.user_id))
            .order(posts::id.desc())
            .limit(limit)
            .load(c))?);
    }
    let index = Index::of(db);
    on!(db, c => {
        let mut query = lines!(ask.user_id)
            .filter(posts::consortium_id.eq(&ask.consortium_id))
            .filter(posts::state.eq(&ask.state))
            .into_boxed();
        let own = posts::author_id.eq(&ask.user_id);
        query = match &ask.scope {
            Scope::All => query,
            Scope::Shared(towns) => match towns.as_slice() {
                [town] => query.filter(shared_with!(town, ask.user_id)),
                towns => query.filter(posts::visibility.ne("town").or(posts::member_id.eq_any(towns)).or(own)),
            },
            Scope::Towns(towns) => query.filter(posts::member_id.eq_any(towns).or(own)),
            Scope::Own => query.filter(own),
        };
        if let Some(kind) = &ask.kind {
            query = query.filter(posts::kind.eq(kind));
        }
        if !ask.tags.is_empty() {
            let tagged = post_tags::table
                .filter(post_tags::consortium_id.eq(&ask.consortium_id))
                .filter(sql::<Text>("LOWER(post_tags.tag)").eq_any(&ask.tags))
                .select(post_tags::post_id);
            query = query.filter(posts::id.eq_any(tagged));
        }
        if let Some(member_id) = &ask.member_id {
            query = query.filter(posts::member_id.eq(member_id));
        }
        query = match ask.resolved {
            Some(true) => query.filter(posts::resolved_at.is_not_null()),
            Some(false) => query.filter(posts::resolved_at.is_null()),
            None => query,
        };
        for word in &ask.words {
            if let Some(grams) = index.grams(word) {
                query = query.filter(sql::<Bool>(index.finds(Corpus::Posts)).bind::<Text, _>(grams).sql(index.finds_end()));
            }
            query = query.filter(posts::search_key.like(crate::search::pattern(word)).escape('\\'));
        }
        let first = ask.words.first().cloned().unwrap_or_default();
        let hit = || sql::<BigInt>(index.title_hit()).bind::<Text, _>(first.clone()).sql(index.title_hit_end());
        let below = |place: &Place| {
            sql::<Bool>("(posts.helpful_count, posts.id) < (")
                .bind::<BigInt, _>(place.helpful_count)
                .sql(", ")
                .bind::<Text, _>(place.id.clone())
                .sql(")")
        };
        query = match (ask.order, after) {
            (_, None) => query,
            (Order::Newest, Some(place)) => query.filter(posts::id.lt(&place.id)),
            (Order::Helpful, Some(place)) => query.filter(below(place)),
            (Order::Relevance, Some(place)) => {
                query.filter(hit().lt(place.title_hit).or(hit().eq(place.title_hit).and(below(place))))
            }
        };
        query = match ask.order {
            Order::Newest => query.order(posts::id.desc()),
            Order::Helpful => query.order((posts::helpful_count.desc(), posts::id.desc())),
            Order::Relevance => query.order((hit().desc(), posts::helpful_count.desc(), posts::id.desc())),
        };
        Ok(query.limit(limit).load(c)?)
    })
}

/// The lines of these posts, in no particular order. The caller has chosen posts that the reader may see.
///
/// # Errors
/// When the database refuses.
pub fn lines(db: &mut Db, ids: &[String], user_id: &str) -> Result<Vec<Line>, StoreError> {
    Ok(on!(db, c => lines!(user_id).filter(posts::id.eq_any(ids)).load(c))?)
}

/// The tags of the posts of a page, by post.
///
/// # Errors
/// When the database refuses.
pub fn tags_of(db: &mut Db, post_ids: &[String]) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let rows: Vec<(String, String)> = on!(db, c => post_tags::table
        .filter(among(post_tags::post_id, post_ids))
        .order((post_tags::post_id, post_tags::tag))
        .select((post_tags::post_id, post_tags::tag))
        .load(c))?;
    let mut tags: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (post_id, tag) in rows {
        tags.entry(post_id).or_default().push(tag);
    }
    Ok(tags)
}

/// The tags of one post.
///
/// # Errors
/// When the database refuses.
pub fn tags(db: &mut Db, post_id: &str) -> Result<Vec<String>, StoreError> {
    let ids = [post_id.to_owned()];
    Ok(tags_of(db, &ids)?.remove(post_id).unwrap_or_default())
}

/// A post as everybody may read it: the town stands for its people.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = posts)]
#[allow(missing_docs)] // named as the columns
pub struct PublicPost {
    pub id: String,
    pub kind: String,
    pub title: String,
    pub body_html: String,
    pub story: Option<String>,
    pub helpful_count: i64,
    pub replications_count: i64,
    pub published_at: Option<NaiveDateTime>,
    #[diesel(select_expression = members::name)]
    pub town: String,
}

/// What everybody may read; of its columns those of [`PublicPost`] and no more.
macro_rules! public {
    () => {
        posts::table
            .inner_join(members::table)
            .filter(posts::visibility.eq("public"))
            .filter(posts::state.eq("published"))
    };
}

/// How public posts can stand; newest first.
pub const PUBLIC_POSTS: List = List::falling(
    "posts.id",
    &[
        Key::new("created", By::Id),
        Key::new("helpful", By::Number("posts.helpful_count")),
        Key::new("town", By::Text("members.municipality_code")),
    ],
)
.with(&[Filter::new("q", Test::Has("posts.title")), Filter::new("kind", Test::Is("posts.kind"))]);

/// Published public posts of all consortia.
///
/// # Errors
/// When the database refuses.
pub fn public_posts(db: &mut Db, slice: &Slice) -> Result<Rows<PublicPost>, StoreError> {
    Ok(page!(db, slice, public!().into_boxed(), PublicPost::as_select())?)
}

/// One published public post.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn public_post(db: &mut Db, id: &str) -> Result<PublicPost, StoreError> {
    Ok(public!().filter(posts::id.eq(id)).select(PublicPost::as_select()).first(db)?)
}
