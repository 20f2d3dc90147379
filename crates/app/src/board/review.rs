//! Steps of a post: published, reviewed, taken down, resolved. Each is a named move with its guard.
//!
//! A reviewer approves the version that was read (`If-Match`), and never one's own post: two people
//! stand behind everything that the public sees.

use super::letters::tell;
use super::{PostView, authored, entry, facts, get_post, illegal, kind, seen};
use crate::input::Checker;
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use domain::access::Action;
use domain::board::{State, Step, step};
use mail::templates::{PostResolved, PostReviewed, Review};
use serde::Deserialize;
use serde_json::json;
use store::board::{Moved, Post};
use utoipa::ToSchema;

/// Why a post goes back to its author.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnPost {
    /// What is to be changed, 1 to 1,000 characters; it stands in the mail to the author.
    #[schema(example = "個人が特定できる記述を直してください。", max_length = 1000)]
    pub remark: String,
}

/// How a question was answered.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvePost {
    /// The comment that helped, when one did.
    pub comment_id: Option<String>,
}

/// The author finishes a draft.
///
/// # Errors
/// [`Code::PostStepNotOpen`] unless it is a draft.
pub fn publish_post(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<PostView, Error> {
    let post = authored(ctx, call, id)?;
    walk(ctx, call, &post, Step::Publish, "post.published")?;
    get_post(ctx, call, id)
}

/// A reviewer lets a post out to the public.
///
/// # Errors
/// [`Error::Stale`] when it changed after it was read; [`Code::OwnPostReview`] for the author.
pub fn approve_post(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<PostView, Error> {
    let post = reviewed(ctx, call, id)?;
    if call.expected()? != post.version {
        return Err(Error::Stale);
    }
    walk(ctx, call, &post, Step::Approve, "post.approved")?;
    tell(ctx, call, &post, &post.author_id, |head, url| {
        PostReviewed { title: &post.title, review: Review::Published, remark: "", url }.render(head)
    })?;
    get_post(ctx, call, id)
}

/// A reviewer gives a post back to its author.
///
/// # Errors
/// Refused fields; [`Code::PostStepNotOpen`] unless it waits for review. The post is the author's draft
/// afterwards and absent for the reviewer.
pub fn return_post(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &ReturnPost) -> Result<(), Error> {
    let post = reviewed(ctx, call, id)?;
    let mut check = Checker::new();
    let remark = check.lines("/remark", &cmd.remark, 1_000);
    check.finish()?;
    walk(ctx, call, &post, Step::Return, "post.returned")?;
    tell(ctx, call, &post, &post.author_id, |head, url| {
        PostReviewed { title: &post.title, review: Review::Returned, remark: &remark, url }.render(head)
    })
}

/// A moderator takes a post down.
///
/// # Errors
/// [`Code::PostStepNotOpen`] unless it is published or waits for review.
pub fn hide_post(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<PostView, Error> {
    let post = moderated(ctx, call, id)?;
    walk(ctx, call, &post, Step::Hide, "post.hidden")?;
    get_post(ctx, call, id)
}

/// A moderator puts a post up again; a public one waits for review.
///
/// # Errors
/// [`Code::PostStepNotOpen`] unless it is hidden.
pub fn restore_post(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<PostView, Error> {
    let post = moderated(ctx, call, id)?;
    walk(ctx, call, &post, Step::Restore, "post.restored")?;
    get_post(ctx, call, id)
}

/// The asker closes a question, optionally naming the comment that answered it.
///
/// # Errors
/// [`Code::PostNotAQuestion`], [`Code::PostNotPublished`], [`Code::PostAlreadyResolved`]; a comment of another post.
pub fn resolve_post(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &ResolvePost) -> Result<PostView, Error> {
    let post = question(ctx, call, id)?;
    let answer = match &cmd.comment_id {
        Some(comment_id) => Some(answer_of(ctx, &post, comment_id)?),
        None => None,
    };
    if !store::board::resolve(ctx.db, id, cmd.comment_id.as_deref(), ctx.stamp())? {
        return Err(Error::rule(Code::PostAlreadyResolved));
    }
    ctx.record(entry(call, &post, "post.resolved").details(json!({"comment_id": cmd.comment_id})));
    let answer = answer.unwrap_or_default();
    for user_id in store::board::talk::commenters(ctx.db, id, &post.author_id)? {
        tell(ctx, call, &post, &user_id, |head, url| {
            PostResolved { title: &post.title, author: &call.actor.display_name, answer: &answer, url }.render(head)
        })?;
    }
    get_post(ctx, call, id)
}

/// The asker opens a question again.
///
/// # Errors
/// [`Code::PostNotResolved`] when it is open.
pub fn reopen_post(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<PostView, Error> {
    let post = question(ctx, call, id)?;
    if !store::board::reopen(ctx.db, id, ctx.stamp())? {
        return Err(Error::rule(Code::PostNotResolved));
    }
    ctx.record(entry(call, &post, "post.reopened"));
    get_post(ctx, call, id)
}

/// Takes one step from where the post was read, and notes it.
fn walk(ctx: &mut Ctx<'_>, call: &Call, post: &Post, by: Step, action: &'static str) -> Result<(), Error> {
    let now = facts(post)?;
    let next = step(now.state, by, now.visibility).map_err(illegal)?;
    let moved = Moved {
        state: next.as_str().to_owned(),
        reviewed_by: matches!(by, Step::Approve | Step::Return).then(|| call.actor.user_id.clone()),
        published_at: (next == State::Published).then(|| ctx.stamp()),
        updated_at: ctx.stamp(),
    };
    if !store::board::step(ctx.db, post, &moved)? {
        return Err(Error::Stale);
    }
    ctx.record(entry(call, post, action).details(json!({"before": post.state, "after": moved.state})));
    Ok(())
}

/// A post that the caller moderates: the lead, or a contact of its town.
fn moderated(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Post, Error> {
    let post = seen(ctx, call, id)?.post;
    call.actor.permit(Action::ReviewPosts, &post.consortium_id, Some(&post.member_id))?;
    Ok(post)
}

/// As [`moderated`], and written by somebody else.
fn reviewed(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Post, Error> {
    let post = moderated(ctx, call, id)?;
    if post.author_id == call.actor.user_id { Err(Error::rule(Code::OwnPostReview)) } else { Ok(post) }
}

/// A published question of the caller.
fn question(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Post, Error> {
    let post = authored(ctx, call, id)?;
    if !kind(&post)?.is_question() {
        return Err(Error::rule(Code::PostNotAQuestion));
    }
    if facts(&post)?.state != State::Published {
        return Err(Error::rule(Code::PostNotPublished));
    }
    Ok(post)
}

/// The text of a visible comment on this post.
fn answer_of(ctx: &mut Ctx<'_>, post: &Post, comment_id: &str) -> Result<String, Error> {
    let absent = || Error::field("/comment_id", FieldCode::NoSuchThing);
    // No id looks like this, and PostgreSQL takes no NUL.
    if comment_id.chars().any(char::is_control) {
        return Err(absent());
    }
    match store::board::talk::find_comment(ctx.db, comment_id) {
        Ok(found) if found.comment.post_id == post.id && found.comment.hidden_at.is_none() => Ok(found.comment.body),
        Ok(_) | Err(store::StoreError::Missing) => Err(absent()),
        Err(other) => Err(other.into()),
    }
}
