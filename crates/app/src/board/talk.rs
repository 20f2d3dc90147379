//! Comments, helpful marks, and replications (「うちでも試した」): what others add to a post.
//!
//! Only a published post takes them; its counters move in the same transaction. A hidden comment keeps its
//! place and loses its text for everybody but its author and the moderators; hiding is final.

use super::command::check_hours;
use super::letters::tell;
use super::view::{outcome_schema, utc};
use super::{PostView, entry, get_post, known, markdown, seen};
use crate::audit::Entry;
use crate::input::Checker;
use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::board::Outcome;
use mail::templates::{CommentReplied, PostCommented};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::StoreError;
use store::board::Post;
use store::board::talk::{Comment, HelpfulMark, NamedComment, Replication};
use utoipa::ToSchema;

/// Characters of a comment.
const MAX_COMMENT: usize = 5_000;

/// A new comment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateComment {
    /// Markdown, 1 to 5,000 characters.
    #[schema(example = "同じ手順で試してみます。", max_length = 5000)]
    pub body: String,
    /// The comment that it answers; its author gets the mail instead of the post's.
    pub reply_to_id: Option<String>,
}

/// A comment as it is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditComment {
    /// Markdown, 1 to 5,000 characters.
    #[schema(max_length = 5000)]
    pub body: String,
}

/// A comment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommentView {
    /// UUIDv7.
    pub id: String,
    /// The post.
    pub post_id: String,
    /// The commenter's town.
    pub member_id: String,
    /// Its name.
    pub town: String,
    /// The commenter's name as shown to others.
    pub author: String,
    /// Whether the caller wrote it.
    pub is_mine: bool,
    /// Markdown as written; empty when hidden from the caller.
    pub body: String,
    /// The same as safe HTML.
    pub body_html: String,
    /// The comment that it answers.
    pub reply_to_id: Option<String>,
    /// When it was hidden.
    pub hidden_at: Option<DateTime<Utc>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
    /// For `If-Match`.
    pub version: i64,
}

/// A try of what a post describes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordReplication {
    /// How it went.
    #[schema(schema_with = outcome_schema)]
    pub outcome: Outcome,
    /// What was found, up to 2,000 characters of plain text.
    #[serde(default)]
    #[schema(example = "様式を直すだけで使えました。", max_length = 2000)]
    pub note: String,
    /// Hours of work saved in a year.
    #[schema(example = 40, minimum = 0)]
    pub hours_saved: Option<i64>,
}

/// A town's try.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReplicationView {
    /// UUIDv7.
    pub id: String,
    /// The post.
    pub post_id: String,
    /// The town that tried.
    pub member_id: String,
    /// Its name.
    pub town: String,
    /// How it went.
    #[schema(schema_with = outcome_schema)]
    pub outcome: Outcome,
    /// What was found.
    pub note: String,
    /// Hours of work saved in a year.
    pub hours_saved: Option<i64>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// Comments on a published post; the author of the post, or of the comment answered, gets a mail.
///
/// # Errors
/// Refused fields; [`Code::PostNotPublished`].
pub fn create_comment(
    ctx: &mut Ctx<'_>,
    call: &Call,
    post_id: &str,
    cmd: &CreateComment,
) -> Result<CommentView, Error> {
    let post = seen(ctx, call, post_id)?.post;
    let member_id = town_of(call, &post)?;
    let answered = match &cmd.reply_to_id {
        Some(id) => Some(comment_on(ctx, &post, id)?),
        None => None,
    };
    let body = check_comment(&cmd.body)?;
    let row = Comment {
        id: ctx.id(),
        consortium_id: post.consortium_id.clone(),
        post_id: post.id.clone(),
        member_id,
        author_id: call.actor.user_id.clone(),
        body_html: markdown::render(&body),
        body,
        reply_to_id: cmd.reply_to_id.clone(),
        hidden_at: None,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    if !store::board::talk::insert_comment(ctx.db, &row)? {
        return Err(Error::rule(Code::PostNotPublished));
    }
    ctx.record(comment_entry(call, &row, "comment.created").details(json!({"post_id": row.post_id})));
    let named = store::board::talk::find_comment(ctx.db, &row.id)?;
    announce(ctx, call, &post, &named, answered.as_ref())?;
    Ok(view(named, call, false))
}

/// The comments of a post, oldest first.
///
/// # Errors
/// [`Error::NotFound`] as for the post.
pub fn list_comments(
    ctx: &mut Ctx<'_>,
    call: &Call,
    post_id: &str,
    query: &PageQuery,
) -> Result<Page<CommentView>, Error> {
    let post = seen(ctx, call, post_id)?.post;
    let moderates = moderates(call, &post);
    let list = format!("comments/{post_id}");
    let listing = query.listing(ctx.env, &list, &store::board::talk::COMMENTS)?;
    let rows = store::board::talk::comments(ctx.db, post_id, &listing.slice)?;
    Ok(listing.page(ctx.env, rows, |row| view(row, call, moderates)))
}

/// One comment.
///
/// # Errors
/// [`Error::NotFound`] as for its post.
pub fn get_comment(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<CommentView, Error> {
    let (_, post) = seen_comment(ctx, call, id)?;
    Ok(view(store::board::talk::find_comment(ctx.db, id)?, call, moderates(call, &post)))
}

/// Changes one's own comment.
///
/// # Errors
/// Refused fields; a version that is not the present one; [`Code::CommentHidden`].
pub fn edit_comment(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &EditComment) -> Result<CommentView, Error> {
    let (before, _) = seen_comment(ctx, call, id)?;
    call.actor.permit(Action::WriteBoard, &before.consortium_id, Some(&before.member_id))?;
    if before.author_id != call.actor.user_id {
        return Err(Error::Forbidden);
    }
    let version = call.expected()?;
    let body = check_comment(&cmd.body)?;
    if before.hidden_at.is_some() {
        return Err(Error::rule(Code::CommentHidden));
    }
    if !store::board::talk::edit_comment(ctx.db, id, version, &body, &markdown::render(&body), ctx.stamp())? {
        return Err(Error::Stale);
    }
    ctx.record(comment_entry(call, &before, "comment.edited").details(json!({"post_id": before.post_id})));
    Ok(view(store::board::talk::find_comment(ctx.db, id)?, call, false))
}

/// Hides a comment: its author, the lead, or a contact of the commenter's or the post's town.
///
/// # Errors
/// [`Code::CommentHidden`] when it is hidden already.
pub fn hide_comment(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<CommentView, Error> {
    let (comment, post) = seen_comment(ctx, call, id)?;
    if comment.author_id != call.actor.user_id && !moderates(call, &post) {
        call.actor.permit(Action::ReviewPosts, &comment.consortium_id, Some(&comment.member_id))?;
    }
    if !store::board::talk::hide_comment(ctx.db, &comment, ctx.stamp())? {
        return Err(Error::rule(Code::CommentHidden));
    }
    ctx.record(comment_entry(call, &comment, "comment.hidden").details(json!({"post_id": comment.post_id})));
    Ok(view(store::board::talk::find_comment(ctx.db, id)?, call, true))
}

/// Marks a published post of somebody else as helpful; a second time changes nothing.
///
/// # Errors
/// [`Code::OwnPostHelpful`], [`Code::PostNotPublished`].
pub fn mark_helpful(ctx: &mut Ctx<'_>, call: &Call, post_id: &str) -> Result<PostView, Error> {
    let post = published(ctx, call, post_id)?;
    if post.author_id == call.actor.user_id {
        return Err(Error::rule(Code::OwnPostHelpful));
    }
    let mark = HelpfulMark {
        consortium_id: post.consortium_id.clone(),
        post_id: post.id.clone(),
        user_id: call.actor.user_id.clone(),
        created_at: ctx.stamp(),
    };
    if store::board::talk::mark(ctx.db, &mark)? {
        ctx.record(entry(call, &post, "post.marked_helpful"));
    }
    get_post(ctx, call, post_id)
}

/// Takes one's helpful mark back; without one nothing changes.
///
/// # Errors
/// [`Code::PostNotPublished`].
pub fn unmark_helpful(ctx: &mut Ctx<'_>, call: &Call, post_id: &str) -> Result<PostView, Error> {
    let post = published(ctx, call, post_id)?;
    if store::board::talk::unmark(ctx.db, post_id, &call.actor.user_id)? {
        ctx.record(entry(call, &post, "post.unmarked_helpful"));
    }
    get_post(ctx, call, post_id)
}

/// Records that the caller's town tried it, too; once for each town, and not for its own posts.
///
/// # Errors
/// Refused fields; [`Code::OwnTownReplication`], [`Code::ReplicationExists`], [`Code::PostNotPublished`].
pub fn record_replication(
    ctx: &mut Ctx<'_>,
    call: &Call,
    post_id: &str,
    cmd: &RecordReplication,
) -> Result<ReplicationView, Error> {
    let post = seen(ctx, call, post_id)?.post;
    let member_id = town_of(call, &post)?;
    let mut check = Checker::new();
    let note = check.optional_lines("/note", &cmd.note, 2_000);
    let hours_saved = check_hours(&mut check, "/hours_saved", cmd.hours_saved);
    check.finish()?;
    if member_id == post.member_id {
        return Err(Error::rule(Code::OwnTownReplication));
    }
    let row = Replication {
        id: ctx.id(),
        consortium_id: post.consortium_id.clone(),
        post_id: post.id.clone(),
        member_id,
        user_id: call.actor.user_id.clone(),
        outcome: cmd.outcome.as_str().to_owned(),
        note,
        hours_saved,
        created_at: ctx.stamp(),
    };
    match store::board::talk::insert_replication(ctx.db, &row) {
        Ok(true) => {}
        Ok(false) => return Err(Error::rule(Code::PostNotPublished)),
        Err(StoreError::Constraint(constraint)) if constraint.name == "replications_member_key" => {
            return Err(Error::rule(Code::ReplicationExists));
        }
        Err(other) => return Err(other.into()),
    }
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), "replication.recorded", "replication", &row.id)
            .member(&row.member_id)
            .details(json!({"post_id": row.post_id, "outcome": row.outcome, "hours_saved": row.hours_saved})),
    );
    let town = store::consortium::find_member(ctx.db, &row.member_id)?.name;
    replication_view((row, town))
}

/// The towns that tried it, in order.
///
/// # Errors
/// [`Error::NotFound`] as for the post.
pub fn list_replications(
    ctx: &mut Ctx<'_>,
    call: &Call,
    post_id: &str,
    query: &PageQuery,
) -> Result<Page<ReplicationView>, Error> {
    seen(ctx, call, post_id)?;
    let list = format!("replications/{post_id}");
    let listing = query.listing(ctx.env, &list, &store::board::talk::REPLICATIONS)?;
    let rows = store::board::talk::replications(ctx.db, post_id, &listing.slice)?;
    listing.try_page(ctx.env, rows, replication_view)
}

/// A mail to the author of what was answered.
fn announce(
    ctx: &mut Ctx<'_>,
    call: &Call,
    post: &Post,
    named: &NamedComment,
    answered: Option<&Comment>,
) -> Result<(), Error> {
    let author = format!("{}　{}", named.town, named.author);
    let (title, text) = (&post.title, &named.comment.body);
    match answered {
        Some(answered) => tell(ctx, call, post, &answered.author_id, |head, url| {
            CommentReplied { title, author: &author, reply: text, url }.render(head)
        }),
        None => tell(ctx, call, post, &post.author_id, |head, url| {
            PostCommented { title, author: &author, comment: text, url }.render(head)
        }),
    }
}

/// The town for which the caller speaks on this post.
fn town_of(call: &Call, post: &Post) -> Result<String, Error> {
    call.actor.permit(Action::WriteBoard, &post.consortium_id, None)?;
    let town = call.actor.own_town(Action::WriteBoard, &post.consortium_id).ok_or(Error::Forbidden)?;
    Ok(town.to_owned())
}

fn published(ctx: &mut Ctx<'_>, call: &Call, post_id: &str) -> Result<Post, Error> {
    let post = seen(ctx, call, post_id)?.post;
    call.actor.permit(Action::WriteBoard, &post.consortium_id, None)?;
    if post.state == "published" { Ok(post) } else { Err(Error::rule(Code::PostNotPublished)) }
}

fn moderates(call: &Call, post: &Post) -> bool {
    call.actor.permit(Action::ReviewPosts, &post.consortium_id, Some(&post.member_id)).is_ok()
}

/// A comment on a post that the caller may see.
fn seen_comment(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<(Comment, Post), Error> {
    let comment = store::board::talk::find_comment(ctx.db, id)?.comment;
    let post = seen(ctx, call, &comment.post_id)?.post;
    Ok((comment, post))
}

/// The visible comment of this post that is answered.
fn comment_on(ctx: &mut Ctx<'_>, post: &Post, id: &str) -> Result<Comment, Error> {
    let absent = || Error::field("/reply_to_id", FieldCode::NoSuchThing);
    // No id looks like this, and PostgreSQL takes no NUL.
    if id.chars().any(char::is_control) {
        return Err(absent());
    }
    match store::board::talk::find_comment(ctx.db, id) {
        Ok(found) if found.comment.post_id == post.id && found.comment.hidden_at.is_none() => Ok(found.comment),
        Ok(_) | Err(StoreError::Missing) => Err(absent()),
        Err(other) => Err(other.into()),
    }
}

fn check_comment(typed: &str) -> Result<String, Error> {
    let mut check = Checker::new();
    let body = check.lines("/body", typed, MAX_COMMENT);
    check.finish()?;
    Ok(body)
}

fn comment_entry(call: &Call, row: &Comment, action: &'static str) -> Entry {
    Entry::done(&call.actor, Some(&row.consortium_id), action, "comment", &row.id).member(&row.member_id)
}

fn view(named: NamedComment, call: &Call, moderates: bool) -> CommentView {
    let NamedComment { comment, town, author } = named;
    let is_mine = comment.author_id == call.actor.user_id;
    let readable = comment.hidden_at.is_none() || is_mine || moderates;
    CommentView {
        is_mine,
        id: comment.id,
        post_id: comment.post_id,
        member_id: comment.member_id,
        town,
        author,
        body: if readable { comment.body } else { String::new() },
        body_html: if readable { comment.body_html } else { String::new() },
        reply_to_id: comment.reply_to_id,
        hidden_at: utc(comment.hidden_at),
        created_at: comment.created_at.and_utc(),
        updated_at: comment.updated_at.and_utc(),
        version: comment.version,
    }
}

fn replication_view((row, town): (Replication, String)) -> Result<ReplicationView, Error> {
    Ok(ReplicationView {
        outcome: known(Outcome::parse(&row.outcome), &row.outcome)?,
        id: row.id,
        post_id: row.post_id,
        member_id: row.member_id,
        town,
        note: row.note,
        hours_saved: row.hours_saved,
        created_at: row.created_at.and_utc(),
    })
}
