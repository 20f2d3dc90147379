//! The board as its readers get it: names of people and towns, never addresses, never search keys.

use super::command::Story;
use super::{facts, kind, known};
use crate::Error;
use chrono::{DateTime, NaiveDateTime, Utc};
use domain::board::{Kind, Outcome, State, Visibility};
use serde::Serialize;
use store::board::{Line, Named, Revision};
use utoipa::ToSchema;
use utoipa::openapi::{ObjectBuilder, Schema, Type};

/// A post in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PostView {
    /// UUIDv7.
    pub id: String,
    /// The consortium.
    pub consortium_id: String,
    /// The town that wrote it.
    pub member_id: String,
    /// Its name.
    pub town: String,
    /// The author's name as shown to others.
    pub author: String,
    /// Whether the caller wrote it.
    pub is_mine: bool,
    /// What it is about.
    #[schema(schema_with = kind_schema)]
    pub kind: Kind,
    /// Who is to read it.
    #[schema(schema_with = visibility_schema)]
    pub visibility: Visibility,
    /// Where it stands.
    #[schema(schema_with = state_schema)]
    pub state: State,
    /// Title.
    pub title: String,
    /// Markdown as written.
    pub body: String,
    /// The same as safe HTML.
    pub body_html: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Facts of a success story.
    pub story: Option<Story>,
    /// When the asker closed the question.
    pub resolved_at: Option<DateTime<Utc>>,
    /// The comment that answered it.
    pub resolved_by_comment_id: Option<String>,
    /// 「役に立った」.
    pub helpful_count: i64,
    /// Whether the caller marked it.
    pub marked_helpful: bool,
    /// Visible comments.
    pub comments_count: i64,
    /// 「うちでも試した」.
    pub replications_count: i64,
    /// When it was last published.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
    /// For `If-Match`.
    pub version: i64,
}

impl PostView {
    pub(super) fn of(named: Named, tags: Vec<String>, marked_helpful: bool, reader: &str) -> Result<Self, Error> {
        let Named { post, town, author } = named;
        let (kind, state, visibility) = (kind(&post)?, facts(&post)?.state, facts(&post)?.visibility);
        let story = post.story.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?;
        Ok(Self {
            is_mine: post.author_id == reader,
            id: post.id,
            consortium_id: post.consortium_id,
            member_id: post.member_id,
            town,
            author,
            kind,
            visibility,
            state,
            title: post.title,
            body: post.body,
            body_html: post.body_html,
            tags,
            story,
            resolved_at: utc(post.resolved_at),
            resolved_by_comment_id: post.resolved_by_comment_id,
            helpful_count: post.helpful_count,
            marked_helpful,
            comments_count: post.comments_count,
            replications_count: post.replications_count,
            published_at: utc(post.published_at),
            created_at: post.created_at.and_utc(),
            updated_at: post.updated_at.and_utc(),
            version: post.version,
        })
    }
}

/// A post as a line of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PostSummary {
    /// UUIDv7.
    pub id: String,
    /// The town that wrote it.
    pub member_id: String,
    /// Its name.
    pub town: String,
    /// The author's name as shown to others.
    pub author: String,
    /// Whether the caller wrote it.
    pub is_mine: bool,
    /// What it is about.
    #[schema(schema_with = kind_schema)]
    pub kind: Kind,
    /// Who is to read it.
    #[schema(schema_with = visibility_schema)]
    pub visibility: Visibility,
    /// Where it stands.
    #[schema(schema_with = state_schema)]
    pub state: State,
    /// Title.
    pub title: String,
    /// The beginning as plain text.
    pub excerpt: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Hours saved in a year, of a success story.
    pub hours_saved: Option<i64>,
    /// Yen saved in a year, of a success story.
    pub yen_saved: Option<i64>,
    /// When the asker closed the question.
    pub resolved_at: Option<DateTime<Utc>>,
    /// 「役に立った」.
    pub helpful_count: i64,
    /// Whether the caller marked it.
    pub marked_helpful: bool,
    /// Visible comments.
    pub comments_count: i64,
    /// 「うちでも試した」.
    pub replications_count: i64,
    /// When it was last published.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// For `If-Match`.
    pub version: i64,
}

impl PostSummary {
    pub(super) fn of(line: Line, tags: Vec<String>, reader: &str) -> Result<Self, Error> {
        let Line { post, town, author, marked } = line;
        Ok(Self {
            kind: known(Kind::parse(&post.kind), &post.kind)?,
            visibility: known(Visibility::parse(&post.visibility), &post.visibility)?,
            state: known(State::parse(&post.state), &post.state)?,
            is_mine: post.author_id == reader,
            id: post.id,
            member_id: post.member_id,
            town,
            author,
            title: post.title,
            excerpt: post.excerpt,
            tags,
            hours_saved: post.hours_saved,
            yen_saved: post.yen_saved,
            resolved_at: post.resolved_at.map(|at| at.0.and_utc()),
            helpful_count: post.helpful_count,
            marked_helpful: marked,
            comments_count: post.comments_count,
            replications_count: post.replications_count,
            published_at: post.published_at.map(|at| at.0.and_utc()),
            created_at: post.created_at.0.and_utc(),
            version: post.version,
        })
    }
}

/// Resolved questions like the one being written, the closest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SimilarPosts {
    /// At most five.
    pub items: Vec<PostSummary>,
}

/// What a post said at one time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RevisionView {
    /// 1 is the first.
    pub revision: i64,
    /// Title.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Facts of a success story.
    pub story: Option<Story>,
    /// Who wrote it.
    pub edited_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<(Revision, String)> for RevisionView {
    fn from((row, edited_by): (Revision, String)) -> Self {
        Self {
            revision: row.revision,
            title: row.title,
            body: row.body,
            story: row.story.as_deref().and_then(|story| serde_json::from_str(story).ok()),
            edited_by,
            created_at: row.created_at.and_utc(),
        }
    }
}

/// The word that people read for a state.
pub(super) const fn state_in_japanese(state: State) -> &'static str {
    match state {
        State::Draft => "下書き",
        State::InReview => "確認待ち",
        State::Published => "公開中",
        State::Hidden => "非表示",
    }
}

pub(super) fn utc(at: Option<NaiveDateTime>) -> Option<DateTime<Utc>> {
    at.map(|at| at.and_utc())
}

pub(super) fn kind_schema() -> Schema {
    words(Kind::ALL.iter().map(|word| word.as_str()))
}

pub(super) fn visibility_schema() -> Schema {
    words(Visibility::ALL.iter().map(|word| word.as_str()))
}

pub(super) fn state_schema() -> Schema {
    words(State::ALL.iter().map(|word| word.as_str()))
}

pub(super) fn outcome_schema() -> Schema {
    words(Outcome::ALL.iter().map(|word| word.as_str()))
}

fn words(words: impl Iterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}
