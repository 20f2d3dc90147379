//! Comments, helpful marks, 「うちでも試した」.

use super::read;
use super::shell;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::board::{self as area, CommentView, CreateComment, EditComment, PostView, RecordReplication};
use app::{Call, Code, Ctx, Error, Service};
use askama::Template;
use domain::access::Action;
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .post("/posts/{post_id}/comments", "page_create_comment", comment)
        .get("/comments/{comment_id}/edit", "page_edit_comment", edit)
        .post("/comments/{comment_id}/edit", "page_send_edited_comment", send_edit)
        .get("/comments/{comment_id}/hide", "page_hide_comment", ask_hide)
        .post("/comments/{comment_id}/hide", "page_send_hidden_comment", hide)
        .post("/posts/{post_id}/helpful", "page_mark_helpful", helpful)
        .get("/posts/{post_id}/replications/new", "page_new_replication", new_replication)
        .post("/posts/{post_id}/replications/new", "page_record_replication", replicate);
}

const COMMENT: &Spec = &[("body", Kind::Empty), ("reply_to_id", Kind::Text)];
const EDIT: &Spec = &[("body", Kind::Empty)];
const REPLICATION: &Spec = &[("outcome", Kind::Text), ("note", Kind::Empty), ("hours_saved", Kind::Number)];

async fn comment(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let post_id = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &CreateComment| {
        area::create_comment(ctx, call, &post_id, cmd)
            .map(|comment| format!("/posts/{}?done=commented#c-{}", comment.post_id, comment.id))
    };
    let sent = form.send(&service, COMMENT, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&read::page(&service, &form.visitor, id, form.fields.get("reply_to_id"), sheet).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "board/comment.html")]
struct CommentPage {
    shell: Shell,
    sheet: Sheet,
    comment: CommentView,
    hides: bool,
}

async fn read_comment(service: &Service, visitor: &Visitor, id: &str) -> Result<(CommentView, PostView), Refused> {
    let id = id.to_owned();
    let work = move |ctx: &mut Ctx<'_>, call: &Call| {
        let comment = area::get_comment(ctx, call, &id)?;
        let post = area::get_post(ctx, call, &comment.post_id)?;
        Ok((comment, post))
    };
    Ok(service.read(visitor.call.clone(), work).await?)
}

fn comment_page(
    service: &Service,
    visitor: &Visitor,
    (comment, post): (CommentView, PostView),
    sheet: Sheet,
    hides: bool,
) -> CommentPage {
    let title = match (hides, comment.is_mine) {
        (false, _) => "コメントを編集する",
        (true, true) => "コメントを取り消す",
        (true, false) => "コメントを非表示にする",
    };
    let shell =
        shell(service, visitor, &post.consortium_id, title).under(post.title.clone(), format!("/posts/{}", post.id));
    CommentPage { shell, sheet, comment, hides }
}

/// A comment that its author may still change.
async fn own(service: &Service, visitor: &Visitor, id: &str) -> Result<(CommentView, PostView), Refused> {
    let (comment, post) = read_comment(service, visitor, id).await?;
    visitor.permit(Action::WriteBoard, &post.consortium_id, Some(&comment.member_id))?;
    if comment.is_mine { Ok((comment, post)) } else { Err(Error::Forbidden.into()) }
}

async fn edit(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let found = own(&service, &visitor, &id).await?;
    let sheet = Sheet::editing(&visitor, &found.0, found.0.version);
    show::page(&comment_page(&service, &visitor, found, sheet, false))
}

async fn send_edit(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let comment_id = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &EditComment| {
        area::edit_comment(ctx, call, &comment_id, cmd)
            .map(|comment| format!("/posts/{}?done=saved#c-{}", comment.post_id, comment.id))
    };
    let sent = form.send(&service, EDIT, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let stale = problem.code() == Code::Stale.as_str();
            let sheet = Sheet::refused(&form, problem)?;
            let found = own(&service, &form.visitor, &id).await?;
            let sheet = if stale { sheet.beside(&found.0, found.0.version) } else { sheet };
            show::again(&comment_page(&service, &form.visitor, found, sheet, false))
        }
    }
}

async fn ask_hide(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (comment, post) = read_comment(&service, &visitor, &id).await?;
    let reviews = |town: &str| visitor.may(Action::ReviewPosts, &post.consortium_id, Some(town));
    if !comment.is_mine && !reviews(&post.member_id) && !reviews(&comment.member_id) {
        return Err(Error::Forbidden.into());
    }
    let sheet = Sheet::blank(&visitor);
    show::page(&comment_page(&service, &visitor, (comment, post), sheet, true))
}

async fn hide(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        area::hide_comment(ctx, call, &id).map(|comment| format!("/posts/{}?done=hidden", comment.post_id))
    };
    Ok(form.submit(&service, act).await?)
}

async fn helpful(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let marks = form.fields.get("helpful") == "true";
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        let (post, done) = match marks {
            true => (area::mark_helpful(ctx, call, &id)?, "thanked"),
            false => (area::unmark_helpful(ctx, call, &id)?, "saved"),
        };
        Ok(format!("/posts/{}?done={done}", post.id))
    };
    Ok(form.submit(&service, act).await?)
}

#[derive(Template)]
#[template(path = "board/replication.html")]
struct ReplicationPage {
    shell: Shell,
    sheet: Sheet,
    post: PostView,
}

async fn replication_page(
    service: &Service,
    visitor: &Visitor,
    id: String,
    sheet: Sheet,
) -> Result<ReplicationPage, Refused> {
    let post = service.read(visitor.call.clone(), move |ctx, call| area::get_post(ctx, call, &id)).await?;
    visitor.permit(Action::WriteBoard, &post.consortium_id, None)?;
    let shell = shell(service, visitor, &post.consortium_id, "うちでも試した")
        .under(post.title.clone(), format!("/posts/{}", post.id));
    Ok(ReplicationPage { shell, sheet, post })
}

async fn new_replication(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&replication_page(&service, &visitor, id, Sheet::blank(&visitor)).await?)
}

async fn replicate(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let post_id = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &RecordReplication| {
        area::record_replication(ctx, call, &post_id, cmd).map(|one| format!("/posts/{}?done=tried", one.post_id))
    };
    let sent = form.send(&service, REPLICATION, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&replication_page(&service, &form.visitor, id, sheet).await?)
        }
    }
}
