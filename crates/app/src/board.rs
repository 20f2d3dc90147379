//! The knowledge board: worries, questions, know-how and success stories, shared between towns.
//!
//! What a reader may not see is absent (`domain::board::Viewer`); every read and write goes through [`seen`].
//! Town and consortium posts are published directly; public ones are read by another person first, and again
//! after each edit. Each content that a post ever had is kept as a revision. Steps, comments and search have
//! files of their own; no mail address of anybody leaves this area.

pub mod attachments;
mod command;
mod letters;
pub mod markdown;
mod public;
mod review;
mod search;
mod talk;
mod view;

pub use command::{Course, CreatePost, EditPost, Effect, Story};
pub use public::{PublicPostView, get_public_post, list_public_posts};
pub use review::{
    ResolvePost, ReturnPost, approve_post, hide_post, publish_post, reopen_post, resolve_post, restore_post,
    return_post,
};
pub use search::{PostQuery, SimilarQuery, Sort, list_posts, similar_posts};
pub use talk::{
    CommentView, CreateComment, EditComment, RecordReplication, ReplicationView, create_comment, edit_comment,
    get_comment, hide_comment, list_comments, list_replications, mark_helpful, record_replication, unmark_helpful,
};
pub use view::{PostSummary, PostView, RevisionView, SimilarPosts};

use crate::audit::Entry;
use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Code, Ctx, Error};
use domain::access::Action;
use domain::board::{IllegalStep, Kind, PostFacts, State, Step, Viewer, Visibility, step};
use serde_json::json;
use store::board::{Content, Named, Post, Revision};

/// Writes a post: published at once, waiting for review when it is to be public, or kept as a draft.
///
/// # Errors
/// Refused fields; a caller who acts for no town here.
pub fn create_post(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, cmd: &CreatePost) -> Result<PostView, Error> {
    call.actor.permit(Action::WriteBoard, consortium_id, None)?;
    let member_id = call.actor.own_town(Action::WriteBoard, consortium_id).ok_or(Error::Forbidden)?.to_owned();
    let content = command::check(cmd.kind, &cmd.title, &cmd.body, &cmd.tags, cmd.story.as_ref())?;
    let state =
        if cmd.as_draft { State::Draft } else { step(State::Draft, Step::Publish, cmd.visibility).map_err(illegal)? };
    let now = ctx.stamp();
    let post = Post {
        id: ctx.id(),
        consortium_id: consortium_id.to_owned(),
        member_id,
        author_id: call.actor.user_id.clone(),
        kind: cmd.kind.as_str().to_owned(),
        visibility: cmd.visibility.as_str().to_owned(),
        state: state.as_str().to_owned(),
        title: content.title,
        body: content.body,
        body_html: content.body_html,
        story: content.story,
        hours_saved: content.effect.hours_saved,
        yen_saved: content.effect.yen_saved,
        search_key: content.search_key,
        resolved_at: None,
        resolved_by_comment_id: None,
        helpful_count: 0,
        comments_count: 0,
        replications_count: 0,
        reviewed_by: None,
        published_at: (state == State::Published).then_some(now),
        created_at: now,
        updated_at: now,
        version: 1,
        excerpt: content.excerpt,
    };
    store::board::insert(ctx.db, &post, &content.tags)?;
    append_revision(ctx, call, &post)?;
    ctx.record(entry(call, &post, "post.created").details(json!({
        "kind": post.kind, "visibility": post.visibility, "state": post.state,
        "hours_saved": post.hours_saved, "yen_saved": post.yen_saved,
    })));
    get_post(ctx, call, &post.id)
}

/// Checks a new post without writing it, and finds resolved questions like it.
///
/// # Errors
/// As [`create_post`].
pub fn check_post(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    cmd: &CreatePost,
) -> Result<SimilarPosts, Error> {
    call.actor.permit(Action::WriteBoard, consortium_id, None)?;
    let content = command::check(cmd.kind, &cmd.title, &cmd.body, &cmd.tags, cmd.story.as_ref())?;
    similar_posts(ctx, call, consortium_id, &SimilarQuery { q: content.title })
}

/// One post.
///
/// # Errors
/// [`Error::NotFound`] when it is absent or not for the caller's eyes.
pub fn get_post(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<PostView, Error> {
    let named = seen(ctx, call, id)?;
    let tags = store::board::tags(ctx.db, id)?;
    let marked = store::board::talk::is_marked(ctx.db, id, &call.actor.user_id)?;
    PostView::of(named, tags, marked, &call.actor.user_id)
}

/// Changes a post; the content before stays as a revision. Authors only.
///
/// # Errors
/// Refused fields; a version that is not the present one; a post that a moderator took down.
pub fn edit_post(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &EditPost) -> Result<PostView, Error> {
    let before = authored(ctx, call, id)?;
    let version = call.expected()?;
    let facts = facts(&before)?;
    let content = command::check(kind(&before)?, &cmd.title, &cmd.body, &cmd.tags, cmd.story.as_ref())?;
    let state = step(facts.state, Step::Edit, cmd.visibility).map_err(illegal)?;
    let change = Content {
        visibility: cmd.visibility.as_str().to_owned(),
        state: state.as_str().to_owned(),
        title: content.title,
        body: content.body,
        body_html: content.body_html,
        story: content.story,
        hours_saved: content.effect.hours_saved,
        yen_saved: content.effect.yen_saved,
        search_key: content.search_key,
        excerpt: content.excerpt,
        updated_at: ctx.stamp(),
    };
    if !store::board::edit(ctx.db, &before, version, &change, &content.tags)? {
        return Err(Error::Stale);
    }
    let after = store::board::find(ctx.db, id)?.post;
    let revision = append_revision(ctx, call, &after)?;
    ctx.record(entry(call, &after, "post.edited").details(json!({
        "revision": revision,
        "before": {"visibility": before.visibility, "state": before.state},
        "after": {"visibility": after.visibility, "state": after.state},
    })));
    get_post(ctx, call, id)
}

/// What a post said before and says now, newest first.
///
/// # Errors
/// [`Error::NotFound`] as for the post; [`Error::Forbidden`] unless author, moderator or auditor.
pub fn list_post_revisions(
    ctx: &mut Ctx<'_>,
    call: &Call,
    id: &str,
    query: &PageQuery,
) -> Result<Page<RevisionView>, Error> {
    let post = seen(ctx, call, id)?.post;
    let reads_all = Viewer::of(&call.actor, &post.consortium_id).reads_all;
    if post.author_id != call.actor.user_id && !reads_all {
        call.actor.permit(Action::ReviewPosts, &post.consortium_id, Some(&post.member_id))?;
    }
    let list = format!("post_revisions/{id}");
    let listing = query.listing(ctx.env, &list, &store::board::REVISIONS)?;
    let rows = store::board::revisions(ctx.db, id, &listing.slice)?;
    Ok(listing.page(ctx.env, rows, RevisionView::from))
}

/// A post that the caller may see.
fn seen(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Named, Error> {
    let named = store::board::find(ctx.db, id)?;
    call.actor.permit(Action::ReadBoard, &named.post.consortium_id, None)?;
    let viewer = Viewer::of(&call.actor, &named.post.consortium_id);
    if viewer.sees(&facts(&named.post)?) { Ok(named) } else { Err(Error::NotFound) }
}

/// A post of the caller, who still acts for its town.
fn authored(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Post, Error> {
    let post = seen(ctx, call, id)?.post;
    call.actor.permit(Action::WriteBoard, &post.consortium_id, Some(&post.member_id))?;
    if post.author_id == call.actor.user_id { Ok(post) } else { Err(Error::Forbidden) }
}

fn facts(post: &Post) -> Result<PostFacts<'_>, Error> {
    Ok(PostFacts {
        member_id: &post.member_id,
        author_id: &post.author_id,
        visibility: known(Visibility::parse(&post.visibility), &post.visibility)?,
        state: known(State::parse(&post.state), &post.state)?,
    })
}

fn kind(post: &Post) -> Result<Kind, Error> {
    known(Kind::parse(&post.kind), &post.kind)
}

/// A word that the schema's CHECK lets in is one that the code knows.
fn known<T>(parsed: Option<T>, word: &str) -> Result<T, Error> {
    parsed.ok_or_else(|| Error::internal(format!("unknown word {word}")))
}

fn illegal(refused: IllegalStep) -> Error {
    Error::rule_with(Code::PostStepNotOpen, vec![("state", view::state_in_japanese(refused.state).to_owned())])
}

fn append_revision(ctx: &mut Ctx<'_>, call: &Call, post: &Post) -> Result<i64, Error> {
    let row = Revision {
        id: ctx.id(),
        consortium_id: post.consortium_id.clone(),
        post_id: post.id.clone(),
        revision: 0,
        title: post.title.clone(),
        body: post.body.clone(),
        story: post.story.clone(),
        edited_by: call.actor.user_id.clone(),
        created_at: ctx.stamp(),
    };
    Ok(store::board::append_revision(ctx.db, row)?)
}

fn entry(call: &Call, post: &Post, action: &'static str) -> Entry {
    Entry::done(&call.actor, Some(&post.consortium_id), action, "post", &post.id).member(&post.member_id)
}
