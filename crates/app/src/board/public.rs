//! What everybody may read without signing in: public posts after review. The town stands for its people.

use super::command::Story;
use super::known;
use super::view::{kind_schema, utc};
use crate::page::{Page, PageQuery};
use crate::{Ctx, Error};
use chrono::{DateTime, Utc};
use domain::board::Kind;
use serde::Serialize;
use store::board::PublicPost;
use utoipa::ToSchema;

/// A public post.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicPostView {
    /// UUIDv7.
    pub id: String,
    /// What it is about.
    #[schema(schema_with = kind_schema)]
    pub kind: Kind,
    /// The town that wrote it.
    #[schema(example = "中井町")]
    pub town: String,
    /// Title.
    pub title: String,
    /// Safe HTML.
    pub body_html: String,
    /// Facts of a success story.
    pub story: Option<Story>,
    /// 「役に立った」.
    pub helpful_count: i64,
    /// 「うちでも試した」.
    pub replications_count: i64,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

impl PublicPostView {
    fn of(row: PublicPost) -> Result<Self, Error> {
        let story = row.story.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?;
        Ok(Self {
            kind: known(Kind::parse(&row.kind), &row.kind)?,
            id: row.id,
            town: row.town,
            title: row.title,
            body_html: row.body_html,
            story,
            helpful_count: row.helpful_count,
            replications_count: row.replications_count,
            published_at: utc(row.published_at),
        })
    }
}

/// Public posts of all consortia, newest first.
///
/// # Errors
/// A cursor or limit that was refused.
pub fn list_public_posts(ctx: &mut Ctx<'_>, query: &PageQuery) -> Result<Page<PublicPostView>, Error> {
    let listing = query.listing(ctx.env, "public_posts", &store::board::PUBLIC_POSTS)?;
    let rows = store::board::public_posts(ctx.db, &listing.slice)?;
    listing.try_page(ctx.env, rows, PublicPostView::of)
}

/// One public post.
///
/// # Errors
/// [`Error::NotFound`] unless it is public and published.
pub fn get_public_post(ctx: &mut Ctx<'_>, id: &str) -> Result<PublicPostView, Error> {
    PublicPostView::of(store::board::public_post(ctx.db, id)?)
}
