//! What others add to a post: comments, helpful marks (one for each person), replications (one for each town).
//!
//! The counters of a post move in the same transaction, by conditional updates that answer whether the post
//! stood there to be counted; nobody reads a counter in order to write it.

use crate::list::{By, Filter, Key, List, Rows, Slice, Test, page};
use crate::schema::{comments, helpful_marks, members, posts, replications, users};
use crate::{Db, StoreError, dialect};
use chrono::NaiveDateTime;
use diesel::prelude::*;

/// A row of `comments`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = comments)]
#[allow(missing_docs)] // named as the columns
pub struct Comment {
    pub id: String,
    pub consortium_id: String,
    pub post_id: String,
    pub member_id: String,
    pub author_id: String,
    pub body: String,
    pub body_html: String,
    pub reply_to_id: Option<String>,
    pub hidden_at: Option<NaiveDateTime>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub version: i64,
}

/// A comment with the names of its town and author.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct NamedComment {
    /// The row.
    pub comment: Comment,
    /// The town's name.
    pub town: String,
    /// The author's display name.
    pub author: String,
}

/// Adds a comment and counts it; returns whether the post is published, else nothing was done.
///
/// # Errors
/// When the database refuses.
pub fn insert_comment(db: &mut Db, row: &Comment) -> Result<bool, StoreError> {
    let post = posts::table.filter(posts::id.eq(&row.post_id)).filter(posts::state.eq("published"));
    if diesel::update(post).set(posts::comments_count.eq(posts::comments_count + 1)).execute(db)? != 1 {
        return Ok(false);
    }
    diesel::insert_into(comments::table).values(row).execute(db)?;
    Ok(true)
}

/// One comment with its names.
///
/// # Errors
/// [`StoreError::Missing`] when there is none.
pub fn find_comment(db: &mut Db, id: &str) -> Result<NamedComment, StoreError> {
    Ok(comments::table
        .inner_join(members::table)
        .inner_join(users::table)
        .filter(comments::id.eq(id))
        .select((Comment::as_select(), members::name, users::display_name))
        .first(db)?)
}

/// How comments can stand; oldest first.
pub const COMMENTS: List = List::rising("comments.id", &[Key::new("created", By::Id)]);

/// The comments of a post, oldest first, after an id.
///
/// # Errors
/// When the database refuses.
pub fn comments(db: &mut Db, post_id: &str, slice: &Slice) -> Result<Rows<NamedComment>, StoreError> {
    let query = comments::table
        .inner_join(members::table)
        .inner_join(users::table)
        .filter(comments::post_id.eq(post_id))
        .into_boxed();
    let rows: Vec<(Comment, String, String, String)> =
        page!(db, slice, query, Comment::as_select(), members::name, users::display_name)?;
    Ok(rows.into_iter().map(|(comment, town, author, place)| (NamedComment { comment, town, author }, place)).collect())
}

/// Changes the text of a comment that is not hidden and has this version; returns whether it was so.
///
/// # Errors
/// When the database refuses.
pub fn edit_comment(
    db: &mut Db,
    id: &str,
    version: i64,
    body: &str,
    body_html: &str,
    at: NaiveDateTime,
) -> Result<bool, StoreError> {
    let row = comments::table
        .filter(comments::id.eq(id))
        .filter(comments::version.eq(version))
        .filter(comments::hidden_at.is_null());
    let set = (
        comments::body.eq(body),
        comments::body_html.eq(body_html),
        comments::updated_at.eq(at),
        comments::version.eq(comments::version + 1),
    );
    Ok(diesel::update(row).set(set).execute(db)? == 1)
}

/// Hides a comment and counts it no more; returns whether it was visible.
///
/// # Errors
/// When the database refuses.
pub fn hide_comment(db: &mut Db, row: &Comment, at: NaiveDateTime) -> Result<bool, StoreError> {
    let visible = comments::table.filter(comments::id.eq(&row.id)).filter(comments::hidden_at.is_null());
    let set = (comments::hidden_at.eq(Some(at)), comments::version.eq(comments::version + 1));
    if diesel::update(visible).set(set).execute(db)? != 1 {
        return Ok(false);
    }
    diesel::update(posts::table.find(&row.post_id))
        .set(posts::comments_count.eq(posts::comments_count - 1))
        .execute(db)?;
    Ok(true)
}

/// The accounts that commented visibly on a post, without one of them.
///
/// # Errors
/// When the database refuses.
pub fn commenters(db: &mut Db, post_id: &str, except: &str) -> Result<Vec<String>, StoreError> {
    Ok(comments::table
        .filter(comments::post_id.eq(post_id))
        .filter(comments::hidden_at.is_null())
        .filter(comments::author_id.ne(except))
        .select(comments::author_id)
        .distinct()
        .order(comments::author_id)
        .load(db)?)
}

/// A row of `helpful_marks`.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = helpful_marks)]
#[allow(missing_docs)] // named as the columns
pub struct HelpfulMark {
    pub consortium_id: String,
    pub post_id: String,
    pub user_id: String,
    pub created_at: NaiveDateTime,
}

/// Marks a post as helpful and counts it; returns whether the mark is new.
///
/// # Errors
/// When the database refuses.
pub fn mark(db: &mut Db, row: &HelpfulMark) -> Result<bool, StoreError> {
    if dialect::insert_helpful_mark(db, row)? != 1 {
        return Ok(false);
    }
    diesel::update(posts::table.find(&row.post_id))
        .set(posts::helpful_count.eq(posts::helpful_count + 1))
        .execute(db)?;
    Ok(true)
}

/// Takes a mark back; returns whether there was one.
///
/// # Errors
/// When the database refuses.
pub fn unmark(db: &mut Db, post_id: &str, user_id: &str) -> Result<bool, StoreError> {
    if diesel::delete(helpful_marks::table.find((post_id, user_id))).execute(db)? != 1 {
        return Ok(false);
    }
    diesel::update(posts::table.find(post_id)).set(posts::helpful_count.eq(posts::helpful_count - 1)).execute(db)?;
    Ok(true)
}

/// Whether somebody marked a post.
///
/// # Errors
/// When the database refuses.
pub fn is_marked(db: &mut Db, post_id: &str, user_id: &str) -> Result<bool, StoreError> {
    Ok(diesel::select(diesel::dsl::exists(helpful_marks::table.find((post_id, user_id)))).get_result(db)?)
}

/// A row of `replications`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = replications)]
#[allow(missing_docs)] // named as the columns
pub struct Replication {
    pub id: String,
    pub consortium_id: String,
    pub post_id: String,
    pub member_id: String,
    pub user_id: String,
    pub outcome: String,
    pub note: String,
    pub hours_saved: Option<i64>,
    pub created_at: NaiveDateTime,
}

/// Adds a replication and counts it; returns whether the post is published, else nothing was done.
///
/// # Errors
/// `replications_member_key` when the town has one already.
pub fn insert_replication(db: &mut Db, row: &Replication) -> Result<bool, StoreError> {
    let post = posts::table.filter(posts::id.eq(&row.post_id)).filter(posts::state.eq("published"));
    if diesel::update(post).set(posts::replications_count.eq(posts::replications_count + 1)).execute(db)? != 1 {
        return Ok(false);
    }
    diesel::insert_into(replications::table).values(row).execute(db)?;
    Ok(true)
}

/// How replications can stand; oldest first.
pub const REPLICATIONS: List = List::rising(
    "replications.id",
    &[
        Key::new("created", By::Id),
        Key::new("town", By::Text("members.municipality_code")),
        Key::new("outcome", By::Text("replications.outcome")),
    ],
)
.with(&[Filter::new("outcome", Test::Is("replications.outcome"))]);

/// The replications of a post with the towns' names, oldest first, after an id.
///
/// # Errors
/// When the database refuses.
pub fn replications(db: &mut Db, post_id: &str, slice: &Slice) -> Result<Rows<(Replication, String)>, StoreError> {
    let query = replications::table.inner_join(members::table).filter(replications::post_id.eq(post_id)).into_boxed();
    let rows: Vec<(Replication, String, String)> = page!(db, slice, query, Replication::as_select(), members::name)?;
    Ok(rows.into_iter().map(|(row, name, place)| ((row, name), place)).collect())
}
