//! One search over a consortium: posts, towns, people of the own town, rounds and entry calls, each as far as the caller
//! may see it. A group that the caller may not see is empty, as if nothing were there.

use crate::audit::note_view;
use crate::board::{PostQuery, list_posts};
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use domain::access::Action;
use domain::text::{fold, fold_name};
use serde::{Deserialize, Serialize};
use store::entries::Sight;
use store::search::names::{self as rows, Found, Word};
use utoipa::{IntoParams, ToSchema};

/// Characters of a search.
const MAX_QUERY: usize = 200;
/// Words of a search.
const MAX_WORDS: usize = 8;
/// Hits of a group.
const MOST: i64 = 10;

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words, all of which a hit contains; at most 200 characters and 8 words. Japanese words of two characters are found.
    #[param(max_length = 200, example = "議事録")]
    pub q: String,
}

/// What a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    /// A post of the board.
    Post,
    /// A member of the consortium.
    Member,
    /// Somebody of a town that the caller acts for.
    Person,
    /// A round.
    Round,
    /// An entry call.
    EntryCall,
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HitView {
    /// What it is.
    pub kind: HitKind,
    /// Its id.
    pub id: String,
    /// Title or name.
    #[schema(example = "議事録の作成が30分で終わるようになった")]
    pub title: String,
    /// What tells it from others: the town of a post or call, the code of a member, the stage of a round.
    #[schema(example = "中井町")]
    pub detail: String,
    /// The town of a person; null elsewhere.
    pub member_id: Option<String>,
}

/// What was found, at most ten of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchView {
    /// By kind: posts, members, people, rounds, entry calls.
    pub items: Vec<HitView>,
}

/// Searches a consortium, within what the caller may see.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia; a query that is empty or too long.
pub fn search_consortium(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &SearchQuery,
) -> Result<SearchView, Error> {
    call.actor.permit(Action::ReadConsortium, consortium_id, None)?;
    store::consortium::find(ctx.db, consortium_id)?;
    let words = words(&query.q)?;
    let mut items = posts(ctx, call, consortium_id, &query.q)?;
    let towns = rows::towns(ctx.db, consortium_id, &words, MOST)?;
    items.extend(towns.into_iter().map(|found| hit(HitKind::Member, found)));
    items.extend(people(ctx, call, consortium_id, &words)?);
    if call.actor.permit(Action::ReadRounds, consortium_id, None).is_ok() {
        let rounds = rows::rounds_named(ctx.db, consortium_id, &words, MOST)?;
        items.extend(rounds.into_iter().map(|found| hit(HitKind::Round, found)));
    }
    items.extend(calls(ctx, call, consortium_id, &words)?);
    Ok(SearchView { items })
}

fn words(typed: &str) -> Result<Vec<Word>, Error> {
    if typed.chars().count() > MAX_QUERY {
        return Err(Error::field("q", FieldCode::TooLong { max: MAX_QUERY }));
    }
    if typed.chars().any(char::is_control) {
        return Err(Error::field("q", FieldCode::Control));
    }
    let word = |word: &str| Word { typed: word.to_owned(), folded: fold(word) };
    let words: Vec<Word> =
        typed.split_whitespace().map(word).filter(|word| !fold_name(&word.typed).is_empty()).collect();
    match words.len() {
        0 => Err(Error::field("q", FieldCode::Required)),
        1..=MAX_WORDS => Ok(words),
        _ => Err(Error::field("q", FieldCode::TooMany { max: MAX_WORDS })),
    }
}

fn hit(kind: HitKind, found: Found) -> HitView {
    HitView { kind, id: found.id, title: found.name, detail: found.detail, member_id: None }
}

fn posts(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, q: &str) -> Result<Vec<HitView>, Error> {
    if call.actor.permit(Action::ReadBoard, consortium_id, None).is_err() {
        return Ok(Vec::new());
    }
    let query = PostQuery { q: Some(q.to_owned()), limit: Some(MOST), ..PostQuery::default() };
    let found = list_posts(ctx, call, consortium_id, &query)?.items.into_iter().map(|post| HitView {
        kind: HitKind::Post,
        id: post.id,
        title: post.title,
        detail: post.town,
        member_id: None,
    });
    Ok(found.collect())
}

fn people(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, words: &[Word]) -> Result<Vec<HitView>, Error> {
    let Ok(towns) = call.actor.towns(Action::ReadStaff, consortium_id) else { return Ok(Vec::new()) };
    let found = rows::people(ctx.db, consortium_id, towns.as_deref(), words, MOST)?;
    if towns.is_none() {
        note_view(ctx, call, (consortium_id, None), ("consortium", consortium_id), found.len());
    }
    let person = |found: Found| HitView {
        member_id: Some(found.detail),
        detail: String::new(),
        kind: HitKind::Person,
        id: found.id,
        title: found.name,
    };
    Ok(found.into_iter().map(person).collect())
}

fn calls(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, words: &[Word]) -> Result<Vec<HitView>, Error> {
    let Ok(towns) = call.actor.towns(Action::ReadEntryCalls, consortium_id) else { return Ok(Vec::new()) };
    let sight = Sight { drafts: crate::entries::calls::drafts_seen(&call.actor, consortium_id, towns.as_ref()), towns };
    let found = rows::calls(ctx.db, consortium_id, &sight, words, MOST)?;
    Ok(found.into_iter().map(|found| hit(HitKind::EntryCall, found)).collect())
}
