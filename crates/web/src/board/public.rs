//! Public posts, read by anybody without signing in; the town stands for its people.

use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown, encode};
use crate::sorting::{others, split};
use crate::visitor::page_of;
use actix_web::HttpRequest;
use actix_web::web::Data;
use app::board::attachments::{AttachmentView, list_public_attachments};
use app::board::{self as area, PublicPostView};
use app::{Ctx, Page, Service};
use askama::Template;
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/public/posts", "page_public_posts", list).get("/public/posts/{post_id}", "page_public_post", one);
}

#[derive(Template)]
#[template(path = "board/public_list.html")]
struct ListPage {
    shell: Shell,
    posts: Page<PublicPostView>,
    next: Option<String>,
}

async fn list(req: HttpRequest, service: Data<Service>) -> Shown {
    let uri = req.uri().to_string();
    let query = page_of(&uri, None);
    let work = move |ctx: &mut Ctx<'_>| area::list_public_posts(ctx, &query);
    let posts = service.look_as(http_kit::peer::meta(&req), work).await?;
    let more = |cursor: &str| format!("/public/posts?{}cursor={}", others(&split(&uri).1, ""), encode(cursor));
    let next = posts.next_cursor.as_deref().map(more);
    show::page(&ListPage { shell: Shell::open(&service, "公開されている知恵袋").at(&uri), posts, next })
}

#[derive(Template)]
#[template(path = "board/public_one.html")]
struct OnePage {
    shell: Shell,
    post: PublicPostView,
    attachments: Vec<AttachmentView>,
}

async fn one(req: HttpRequest, service: Data<Service>, Id(id): Id) -> Shown {
    let work = move |ctx: &mut Ctx<'_>| Ok((area::get_public_post(ctx, &id)?, list_public_attachments(ctx, &id)?));
    let (post, attachments) = service.look_as(http_kit::peer::meta(&req), work).await?;
    let shell = Shell::open(&service, post.title.clone()).under("公開されている知恵袋", "/public/posts");
    show::page(&OnePage { shell, post, attachments })
}
