//! The steps of a post: out to its readers, read by another person, back to its author, down and up, resolved.

use super::shell;
use crate::confirm::About;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::board::{self as area, PostView, ResolvePost, ReturnPost};
use app::{Call, Ctx, Error, Service};
use askama::Template;
use domain::access::Action;
use domain::board::State;
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .post("/posts/{post_id}/publish", "page_publish_post", publish)
        .post("/posts/{post_id}/approve", "page_approve_post", approve)
        .get("/posts/{post_id}/return", "page_return_post", ask_return)
        .post("/posts/{post_id}/return", "page_send_returned_post", give_back)
        .get("/posts/{post_id}/hide", "page_hide_post", ask_hide)
        .post("/posts/{post_id}/hide", "page_send_hidden_post", hide)
        .post("/posts/{post_id}/restore", "page_restore_post", restore)
        .post("/posts/{post_id}/resolve", "page_resolve_post", resolve)
        .post("/posts/{post_id}/reopen", "page_reopen_post", reopen);
}

const RETURN: &Spec = &[("remark", Kind::Empty)];
const RESOLVE: &Spec = &[("comment_id", Kind::Text)];

/// A step that takes nothing typed.
type Step = fn(&mut Ctx<'_>, &Call, &str) -> Result<PostView, Error>;

async fn step(service: &Service, id: String, form: Form, step: Step, done: &'static str) -> Shown {
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        step(ctx, call, &id).map(|post| {
            let done = if post.state == State::InReview { "review" } else { done };
            format!("/posts/{}?done={done}", post.id)
        })
    };
    Ok(form.submit(service, act).await?)
}

async fn publish(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    step(&service, id, form, area::publish_post, "published").await
}

/// The post that is asked about once more before everybody may read it.
async fn about(service: &Service, visitor: &Visitor, id: String) -> Result<About, Refused> {
    let post = service.read(visitor.call.clone(), move |ctx, call| area::get_post(ctx, call, &id)).await?;
    let shell = shell(service, visitor, &post.consortium_id, post.title.clone());
    let facts = vec![("投稿", post.title), ("投稿した人", format!("{} {}", post.town, post.author))];
    Ok(About::new(shell, format!("/posts/{}", post.id), facts))
}

async fn approve(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let about = if form.is_sure() { About::default() } else { about(&service, &form.visitor, id.clone()).await? };
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        area::approve_post(ctx, call, &id).map(|post| format!("/posts/{}?done=published", post.id))
    };
    Ok(form.submit_sure(&service, about, act).await?)
}

async fn hide(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    step(&service, id, form, area::hide_post, "hidden").await
}

async fn restore(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    step(&service, id, form, area::restore_post, "published").await
}

async fn reopen(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    step(&service, id, form, area::reopen_post, "reopened").await
}

async fn resolve(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let cmd = form.command::<ResolvePost>(RESOLVE)?;
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        area::resolve_post(ctx, call, &id, &cmd).map(|post| format!("/posts/{}?done=resolved", post.id))
    };
    Ok(form.submit(&service, act).await?)
}

#[derive(Template)]
#[template(path = "board/step.html")]
struct StepPage {
    shell: Shell,
    sheet: Sheet,
    post: PostView,
    returns: bool,
}

async fn step_page(
    service: &Service,
    visitor: &Visitor,
    id: String,
    sheet: Sheet,
    returns: bool,
) -> Result<StepPage, Refused> {
    let post = service.read(visitor.call.clone(), move |ctx, call| area::get_post(ctx, call, &id)).await?;
    visitor.permit(Action::ReviewPosts, &post.consortium_id, Some(&post.member_id))?;
    let title = if returns { "投稿を差し戻す" } else { "投稿を非表示にする" };
    let shell =
        shell(service, visitor, &post.consortium_id, title).under(post.title.clone(), format!("/posts/{}", post.id));
    Ok(StepPage { shell, sheet, post, returns })
}

async fn ask_return(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&step_page(&service, &visitor, id, Sheet::blank(&visitor), true).await?)
}

async fn ask_hide(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&step_page(&service, &visitor, id, Sheet::blank(&visitor), false).await?)
}

async fn give_back(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let post_id = id.clone();
    let sent = match form.command::<ReturnPost>(RETURN) {
        Ok(cmd) => {
            // The post is its author's draft afterwards, and absent for the reviewer.
            let act = move |ctx: &mut Ctx<'_>, call: &Call| {
                let post = area::get_post(ctx, call, &post_id)?;
                area::return_post(ctx, call, &post_id, &cmd)?;
                Ok(format!("/consortia/{}/posts?state=in_review&done=returned", post.consortium_id))
            };
            form.submit(&service, act).await
        }
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&step_page(&service, &form.visitor, id, sheet, true).await?)
        }
    }
}
