//! Lists of posts: filters by name, words found as they are typed, pages by keyset.
//!
//! With words, posts with the first word in the title come first, then by helpful marks, then the newest.
//! A cursor belongs to its list with its filters; with others it is refused.

use super::view::{PostSummary, SimilarPosts, kind_schema, state_schema};
use crate::page::{Page, PageQuery, Window};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use domain::access::Action;
use domain::board::{Kind, Scope, State, Viewer, search_words};
use domain::text::fold;
use serde::Deserialize;
use store::board::{Line, Order, Place, Search};
use utoipa::{IntoParams, ToSchema};

/// Characters of a search.
const MAX_QUERY: usize = 200;
/// Words of a search.
const MAX_WORDS: usize = 8;
/// Similar posts shown while a question is written.
const SIMILAR: usize = 5;

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Newest first.
    Newest,
    /// Most helpful first.
    Helpful,
    /// Best match first; needs `q`.
    Relevance,
}

/// Which posts.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PostQuery {
    /// Of this kind.
    #[param(schema_with = kind_schema)]
    pub kind: Option<Kind>,
    /// With this tag, in capitals or small letters, wide or narrow, with or without `#`.
    pub tag: Option<String>,
    /// Of this town.
    pub member_id: Option<String>,
    /// In this state; `published` when absent. Drafts are one's own.
    #[param(schema_with = state_schema)]
    pub state: Option<State>,
    /// Resolved questions, or what is not resolved.
    pub resolved: Option<bool>,
    /// With all of these words in title, text, story or tags; at most 200 characters and 8 words.
    #[param(max_length = 200, example = "議事録")]
    pub q: Option<String>,
    /// `newest` when absent, with `q` `relevance`.
    #[param(inline)]
    pub sort: Option<Sort>,
    /// Entries on a page, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What is being written.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SimilarQuery {
    /// The title of the question, at most 200 characters.
    #[param(max_length = 200, example = "議事録の作成に時間がかかる")]
    pub q: String,
}

/// The posts of a consortium that the caller may see.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia; refused filters; a cursor of another list.
pub fn list_posts(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &PostQuery,
) -> Result<Page<PostSummary>, Error> {
    call.actor.permit(Action::ReadBoard, consortium_id, None)?;
    store::consortium::find(ctx.db, consortium_id)?;
    let ask = ask(call, consortium_id, query)?;
    let list = format!("posts/{ask:?}");
    let window = PageQuery { limit: query.limit, cursor: query.cursor.clone(), ..PageQuery::default() }
        .window(ctx.env, &list)?;
    let after = window.after.as_deref().map(read_place).transpose()?;
    let rows = store::board::list(ctx.db, &ask, after.as_ref(), window.fetch())?;
    let first = ask.words.first().map(String::as_str);
    cut(ctx, call, rows, &window, &list, |line| write_place(&line.post, first))
}

/// Resolved questions like the one being written: the answer may be there already.
///
/// # Errors
/// As [`list_posts`].
pub fn similar_posts(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &SimilarQuery,
) -> Result<SimilarPosts, Error> {
    call.actor.permit(Action::ReadBoard, consortium_id, None)?;
    store::consortium::find(ctx.db, consortium_id)?;
    if query.q.chars().count() > MAX_QUERY {
        return Err(Error::field("q", FieldCode::TooLong { max: MAX_QUERY }));
    }
    let towns = match Viewer::of(&call.actor, consortium_id).scope(State::Published) {
        Scope::All => None,
        Scope::Shared(towns) | Scope::Towns(towns) => Some(towns),
        Scope::Own => Some(Vec::new()),
    };
    let ids = store::search::similar(ctx.db, consortium_id, towns.as_deref(), &fold(&query.q), SIMILAR)?;
    let mut lines = store::board::lines(ctx.db, &ids, &call.actor.user_id)?;
    lines.sort_by_key(|line| ids.iter().position(|id| *id == line.post.id));
    Ok(SimilarPosts { items: summaries(ctx, call, lines)? })
}

fn ask(call: &Call, consortium_id: &str, query: &PostQuery) -> Result<Search, Error> {
    let words = words(query.q.as_deref().unwrap_or_default())?;
    for (name, value) in [("tag", &query.tag), ("member_id", &query.member_id)] {
        let refused = value.as_ref().is_some_and(|value| value.chars().any(char::is_control));
        if refused {
            return Err(Error::field(name, FieldCode::Control));
        }
    }
    let state = query.state.unwrap_or(State::Published);
    let order = match (query.sort, words.is_empty()) {
        (Some(Sort::Newest), _) | (None, true) => Order::Newest,
        (Some(Sort::Helpful), _) => Order::Helpful,
        (Some(Sort::Relevance) | None, false) => Order::Relevance,
        (Some(Sort::Relevance), true) => return Err(Error::field("q", FieldCode::Required)),
    };
    Ok(Search {
        consortium_id: consortium_id.to_owned(),
        user_id: call.actor.user_id.clone(),
        scope: Viewer::of(&call.actor, consortium_id).scope(state),
        state: state.as_str().to_owned(),
        kind: query.kind.map(|kind| kind.as_str().to_owned()),
        tags: query.tag.as_deref().map(tag_asked).unwrap_or_default(),
        member_id: query.member_id.clone(),
        resolved: query.resolved,
        words,
        order,
    })
}

/// In which forms a tag is looked for, however it was typed: in small letters, without the sign before it, and for one that
/// was written before tags were stored narrow as it stands.
fn tag_asked(typed: &str) -> Vec<String> {
    let tag = domain::board::tag(typed);
    [tag.as_str(), typed]
        .iter()
        .flat_map(|tag| [tag.to_lowercase(), (*tag).to_owned()])
        .filter(|tag| !tag.is_empty())
        .collect()
}

fn words(typed: &str) -> Result<Vec<String>, Error> {
    if typed.chars().count() > MAX_QUERY {
        return Err(Error::field("q", FieldCode::TooLong { max: MAX_QUERY }));
    }
    if typed.chars().any(char::is_control) {
        return Err(Error::field("q", FieldCode::Control));
    }
    let words = search_words(typed);
    if words.len() > MAX_WORDS {
        return Err(Error::field("q", FieldCode::TooMany { max: MAX_WORDS }));
    }
    Ok(words)
}

fn cut(
    ctx: &mut Ctx<'_>,
    call: &Call,
    rows: Vec<Line>,
    window: &Window,
    list: &str,
    key: impl Fn(&Line) -> String,
) -> Result<Page<PostSummary>, Error> {
    let page = Page::cut(rows, window, ctx.env, list, key, |line| line);
    Ok(Page { items: summaries(ctx, call, page.items)?, next_cursor: page.next_cursor })
}

/// The lines of a page with their tags, which are read in one statement.
fn summaries(ctx: &mut Ctx<'_>, call: &Call, lines: Vec<Line>) -> Result<Vec<PostSummary>, Error> {
    let ids: Vec<String> = lines.iter().map(|line| line.post.id.clone()).collect();
    let mut tags = store::board::tags_of(ctx.db, &ids)?;
    let summary = |line: Line| {
        let tags = tags.remove(&line.post.id).unwrap_or_default();
        PostSummary::of(line, tags, &call.actor.user_id)
    };
    lines.into_iter().map(summary).collect()
}

fn write_place(row: &store::board::Row, first_word: Option<&str>) -> String {
    let hit = first_word.is_some_and(|word| fold(&row.title).contains(word));
    format!("{} {} {}", i64::from(hit), row.helpful_count, row.id)
}

fn read_place(key: &str) -> Result<Place, Error> {
    let read = || {
        let mut parts = key.splitn(3, ' ');
        let title_hit = parts.next()?.parse().ok()?;
        let helpful_count = parts.next()?.parse().ok()?;
        Some(Place { title_hit, helpful_count, id: parts.next()?.to_owned() })
    };
    read().ok_or_else(|| Error::rule(Code::InvalidCursor))
}
