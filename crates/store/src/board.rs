//! The knowledge board: posts with their tags and revisions; lists by keyset.
//!
//! A query names its consortium and the scope of the reader: the walls are in the WHERE. Edits compare the
//! version, steps the state, so that two people at once cannot both succeed. Comments, marks and
//! replications have a file of their own; how words are found stands in `search.rs`.

pub mod attachments;
mod list;
pub mod talk;

pub use list::{
    Line, Order, PUBLIC_POSTS, Place, PublicPost, Row, Search, lines, list, public_post, public_posts, tags, tags_of,
};

use crate::list::{By, Key, List, Rows, Slice, page};
use crate::schema::{members, post_revisions, post_tags, posts, users};
use crate::search::{self, Corpus};
use crate::{Db, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `posts`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = posts)]
#[allow(missing_docs)] // named as the columns
pub struct Post {
    pub id: String,
    pub consortium_id: String,
    pub member_id: String,
    pub author_id: String,
    pub kind: String,
    pub visibility: String,
    pub state: String,
    pub title: String,
    pub body: String,
    pub body_html: String,
    pub story: Option<String>,
    pub hours_saved: Option<i64>,
    pub yen_saved: Option<i64>,
    pub search_key: String,
    pub resolved_at: Option<NaiveDateTime>,
    pub resolved_by_comment_id: Option<String>,
    pub helpful_count: i64,
    pub comments_count: i64,
    pub replications_count: i64,
    pub reviewed_by: Option<String>,
    pub published_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
    pub excerpt: String,
}

/// A post with the names of its town and author.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Named {
    /// The row.
    pub post: Post,
    /// The town's name.
    pub town: String,
    /// The author's display name.
    pub author: String,
}

/// Adds a post with its tags, and what finds it.
///
/// # Errors
/// When the database refuses.
pub fn insert(db: &mut Db, post: &Post, tags: &[String]) -> Result<(), StoreError> {
    diesel::insert_into(posts::table).values(post).execute(db)?;
    insert_tags(db, &post.consortium_id, &post.id, tags)?;
    search::add(db, Corpus::Posts, &post.id, &post.search_key)
}

/// One post with its names.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find(db: &mut Db, id: &str) -> Result<Named, StoreError> {
    Ok(posts::table
        .inner_join(members::table)
        .inner_join(users::table.on(users::id.eq(posts::author_id)))
        .filter(posts::id.eq(id))
        .select((Post::as_select(), members::name, users::display_name))
        .first(db)?)
}

/// What an edit sets.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = posts)]
#[diesel(treat_none_as_null = true)]
#[allow(missing_docs)] // named as the columns
pub struct Content {
    pub visibility: String,
    pub state: String,
    pub title: String,
    pub body: String,
    pub body_html: String,
    pub story: Option<String>,
    pub hours_saved: Option<i64>,
    pub yen_saved: Option<i64>,
    pub search_key: String,
    pub excerpt: String,
    pub updated_at: NaiveDateTime,
}

/// Changes a post if it still has this version; returns whether it had. Tags and index follow.
///
/// # Errors
/// When the database refuses.
pub fn edit(db: &mut Db, post: &Post, version: i64, content: &Content, tags: &[String]) -> Result<bool, StoreError> {
    let row = posts::table.filter(posts::id.eq(&post.id)).filter(posts::version.eq(version));
    let changed = diesel::update(row).set((content, posts::version.eq(posts::version + 1))).execute(db)?;
    if changed == 1 {
        diesel::delete(post_tags::table.filter(post_tags::post_id.eq(&post.id))).execute(db)?;
        insert_tags(db, &post.consortium_id, &post.id, tags)?;
        search::feed(db, Corpus::Posts, &post.id, &content.search_key)?;
    }
    Ok(changed == 1)
}

/// Who moved a post, and when.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = posts)]
pub struct Moved {
    /// The new state.
    pub state: String,
    /// The reviewer, when one decided; kept as it is otherwise.
    pub reviewed_by: Option<String>,
    /// When it was published; kept as it is otherwise.
    pub published_at: Option<NaiveDateTime>,
    /// When it moved.
    pub updated_at: NaiveDateTime,
}

/// Moves a post from the state and version in which it was read; returns whether it still stood there.
///
/// # Errors
/// When the database refuses.
pub fn step(db: &mut Db, post: &Post, moved: &Moved) -> Result<bool, StoreError> {
    let row = posts::table
        .filter(posts::id.eq(&post.id))
        .filter(posts::state.eq(&post.state))
        .filter(posts::version.eq(post.version));
    Ok(diesel::update(row).set((moved, posts::version.eq(posts::version + 1))).execute(db)? == 1)
}

/// Closes a question, optionally naming the comment that answered it; returns whether it was open.
///
/// # Errors
/// When the database refuses.
pub fn resolve(db: &mut Db, id: &str, comment_id: Option<&str>, at: NaiveDateTime) -> Result<bool, StoreError> {
    let row = posts::table.filter(posts::id.eq(id)).filter(posts::resolved_at.is_null());
    let set = (
        posts::resolved_at.eq(Some(at)),
        posts::resolved_by_comment_id.eq(comment_id),
        posts::updated_at.eq(at),
        posts::version.eq(posts::version + 1),
    );
    Ok(diesel::update(row).set(set).execute(db)? == 1)
}

/// Opens a question again; returns whether it was closed.
///
/// # Errors
/// When the database refuses.
pub fn reopen(db: &mut Db, id: &str, at: NaiveDateTime) -> Result<bool, StoreError> {
    let row = posts::table.filter(posts::id.eq(id)).filter(posts::resolved_at.is_not_null());
    let set = (
        posts::resolved_at.eq(None::<NaiveDateTime>),
        posts::resolved_by_comment_id.eq(None::<String>),
        posts::updated_at.eq(at),
        posts::version.eq(posts::version + 1),
    );
    Ok(diesel::update(row).set(set).execute(db)? == 1)
}

/// A row of `post_revisions`: what a post said at one time.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = post_revisions)]
#[allow(missing_docs)] // named as the columns
pub struct Revision {
    pub id: String,
    pub consortium_id: String,
    pub post_id: String,
    pub revision: i64,
    pub title: String,
    pub body: String,
    pub story: Option<String>,
    pub edited_by: String,
    pub created_at: NaiveDateTime,
}

/// Appends a revision under the next number of its post, which it returns; the row's own is ignored.
///
/// Called after the post's row was changed in the same transaction, which serialises writers.
///
/// # Errors
/// When the database refuses.
pub fn append_revision(db: &mut Db, revision: Revision) -> Result<i64, StoreError> {
    let last: Option<i64> = post_revisions::table
        .filter(post_revisions::post_id.eq(&revision.post_id))
        .select(diesel::dsl::max(post_revisions::revision))
        .first(db)?;
    let next = last.unwrap_or(0).saturating_add(1);
    let row = Revision { revision: next, ..revision };
    diesel::insert_into(post_revisions::table).values(&row).execute(db)?;
    Ok(next)
}

/// How the revisions of a post can stand; newest first.
pub const REVISIONS: List =
    List::falling("post_revisions.id", &[Key::new("revision", By::Number("post_revisions.revision"))]);

/// The revisions of a post with their editors' names.
///
/// # Errors
/// When the database refuses.
pub fn revisions(db: &mut Db, post_id: &str, slice: &Slice) -> Result<Rows<(Revision, String)>, StoreError> {
    let query = post_revisions::table.inner_join(users::table).filter(post_revisions::post_id.eq(post_id)).into_boxed();
    let rows: Vec<(Revision, String, String)> = page!(db, slice, query, Revision::as_select(), users::display_name)?;
    Ok(rows.into_iter().map(|(row, name, place)| ((row, name), place)).collect())
}

fn insert_tags(db: &mut Db, consortium_id: &str, post_id: &str, tags: &[String]) -> Result<(), StoreError> {
    for tag in tags {
        let row = (post_tags::consortium_id.eq(consortium_id), post_tags::post_id.eq(post_id), post_tags::tag.eq(tag));
        diesel::insert_into(post_tags::table).values(row).execute(db)?;
    }
    Ok(())
}
