//! One post with everything around it, and what it said before.

use super::shell;
use crate::errors::Refused;
use crate::form::Sheet;
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::board::attachments::{AttachmentView, list_attachments};
use app::board::{self as area, CommentView, PostView, ReplicationView, RevisionView};
use app::{Call, Ctx, Page, PageQuery, Service};
use askama::Template;
use domain::access::Action;
use domain::board::{State, Visibility};
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/posts/{post_id}", "page_post", one).get("/posts/{post_id}/revisions", "page_post_revisions", revisions);
}

/// What the visitor may do here, as the use cases would allow it.
struct May {
    publish: bool,
    edit: bool,
    approve: bool,
    hide: bool,
    restore: bool,
    resolve: bool,
    reopen: bool,
    talk: bool,
    /// Marking as helpful; of the own post only taking back a mark of old.
    mark: bool,
    replicate: bool,
    attach: bool,
    see_revisions: bool,
}

impl May {
    fn of(visitor: &Visitor, post: &PostView, replications: &[ReplicationView]) -> Self {
        let (consortium, town) = (post.consortium_id.as_str(), Some(post.member_id.as_str()));
        let own_town = visitor.call.actor.own_town(Action::WriteBoard, consortium);
        let authors = post.is_mine && visitor.may(Action::WriteBoard, consortium, town);
        let moderates = visitor.may(Action::ReviewPosts, consortium, town);
        let published = post.state == State::Published;
        let asks = authors && published && post.kind.is_question();
        let writes = visitor.may(Action::WriteBoard, consortium, None) && own_town.is_some();
        let tried = replications.iter().any(|one| own_town == Some(one.member_id.as_str()));
        Self {
            publish: authors && post.state == State::Draft,
            edit: authors && post.state != State::Hidden,
            approve: moderates && !post.is_mine && post.state == State::InReview,
            hide: moderates && matches!(post.state, State::Published | State::InReview),
            restore: moderates && post.state == State::Hidden,
            resolve: asks && post.resolved_at.is_none(),
            reopen: asks && post.resolved_at.is_some(),
            talk: writes && published,
            mark: writes && published && (!post.is_mine || post.marked_helpful),
            replicate: writes && published && own_town != town && !tried,
            attach: authors && post.state != State::Hidden,
            see_revisions: post.is_mine || moderates || visitor.may(Action::ReadStaff, consortium, town),
        }
    }
}

/// What is known of the comment that is answered.
struct Answered {
    id: String,
    author: String,
}

#[derive(Template)]
#[template(path = "board/one.html")]
struct OnePage {
    shell: Shell,
    sheet: Sheet,
    post: PostView,
    comments: Page<CommentView>,
    next: Option<String>,
    replications: Vec<ReplicationView>,
    attachments: Vec<AttachmentView>,
    may: May,
    answered: Option<Answered>,
    is_public: bool,
}

impl OnePage {
    fn is_answer(&self, comment: &CommentView) -> bool {
        self.post.resolved_by_comment_id.as_deref() == Some(comment.id.as_str())
    }

    fn may_hide(&self, comment: &CommentView) -> bool {
        comment.hidden_at.is_none() && (comment.is_mine || self.may.hide)
    }

    fn may_edit(&self, comment: &CommentView) -> bool {
        comment.hidden_at.is_none() && comment.is_mine && self.may.talk
    }

    /// To whom a comment replies.
    fn replied(&self, comment: &CommentView) -> Option<&str> {
        let id = comment.reply_to_id.as_deref()?;
        self.comments.items.iter().find(|one| one.id == id).map(|one| one.author.as_str())
    }
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let sheet = Sheet::blank(&visitor);
    let reply = visitor.query("reply");
    show::page(&page(&service, &visitor, id, &reply, sheet).await?)
}

/// The page of a post around a comment form.
pub(super) async fn page(
    service: &Service,
    visitor: &Visitor,
    id: String,
    reply: &str,
    sheet: Sheet,
) -> Result<impl Template, Refused> {
    let query = visitor.page(Some(50));
    let all = PageQuery { limit: Some(100), ..PageQuery::default() };
    let work = move |ctx: &mut Ctx<'_>, call: &Call| {
        Ok((
            area::get_post(ctx, call, &id)?,
            area::list_comments(ctx, call, &id, &query)?,
            area::list_replications(ctx, call, &id, &all)?.items,
            list_attachments(ctx, call, &id)?,
        ))
    };
    let (post, comments, replications, attachments) = service.read(visitor.call.clone(), work).await?;
    let may = May::of(visitor, &post, &replications);
    let answered = comments.items.iter().find(|one| one.id == reply && one.hidden_at.is_none());
    let answered = answered.map(|one| Answered { id: one.id.clone(), author: one.author.clone() });
    let next = visitor.next_page(comments.next_cursor.as_deref());
    let is_public = post.state == State::Published && post.visibility == Visibility::Public;
    let shell = shell(service, visitor, &post.consortium_id, post.title.clone());
    Ok(OnePage { shell, sheet, post, comments, next, replications, attachments, may, answered, is_public })
}

#[derive(Template)]
#[template(path = "board/revisions.html")]
struct RevisionsPage {
    shell: Shell,
    revisions: Page<RevisionView>,
    next: Option<String>,
}

async fn revisions(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = visitor.page(None);
    let post_id = id.clone();
    let work = move |ctx: &mut Ctx<'_>, call: &Call| {
        Ok((area::get_post(ctx, call, &post_id)?, area::list_post_revisions(ctx, call, &post_id, &query)?))
    };
    let (post, revisions) = service.read(visitor.call.clone(), work).await?;
    let next = visitor.next_page(revisions.next_cursor.as_deref());
    let shell =
        shell(&service, &visitor, &post.consortium_id, "変更の履歴").under(post.title.clone(), format!("/posts/{id}"));
    show::page(&RevisionsPage { shell, revisions, next })
}
