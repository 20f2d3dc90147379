//! The knowledge board (知恵袋): posts; reviews, conversations and attached files have files of their own.

mod attachments;
mod review;
mod talk;

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post, put};
use app::board::{
    self as area, CreatePost, EditPost, PostQuery, PostSummary, PostView, PublicPostView, RevisionView, SimilarPosts,
    SimilarQuery,
};
use app::{Page, PageQuery, Service};
use http_kit::reply::{Versioned as _, send};
use http_kit::{Anonymous, Id, Query, Read, Replied, Write, created, ok, page, read, write};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    // Before the posts of a consortium by id there is none: `similar` is no id.
    cfg.service(similar_posts).service(create_post).service(list_posts);
    cfg.service(get_post).service(edit_post).service(list_post_revisions);
    cfg.service(list_public_posts).service(get_public_post);
    cfg.configure(review::routes).configure(talk::routes).configure(attachments::routes);
}

/// 投稿: writes a post. Town and consortium posts are published at once, public ones after review.
#[utoipa::path(tag = "board", request_body = CreatePost, responses((status = 201, description = "Written", body = PostView)))]
#[post("/consortia/{consortium_id}/posts")]
async fn create_post(service: Data<Service>, Id(id): Id, Write { call, body }: Write<CreatePost>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::create_post(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/posts/{}", view.id))?.version(view.version))
    })
    .await
}

/// 投稿の一覧と検索: the posts that the caller may see; with `q` the best match first.
#[utoipa::path(tag = "board", params(PostQuery), responses((status = 200, description = "A page", body = Page<PostSummary>)))]
#[get("/consortia/{consortium_id}/posts")]
async fn list_posts(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PostQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_posts(ctx, call, &id, &query)?, &uri)).await
}

/// 似た相談: up to five resolved questions like the one being written.
#[utoipa::path(tag = "board", params(SimilarQuery), responses((status = 200, description = "The closest first", body = SimilarPosts)))]
#[get("/consortia/{consortium_id}/posts/similar")]
async fn similar_posts(
    service: Data<Service>,
    Read { call, .. }: Read,
    Id(id): Id,
    Query(query): Query<SimilarQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| ok(&area::similar_posts(ctx, call, &id, &query)?)).await
}

/// 投稿の表示: one post.
#[utoipa::path(tag = "board", responses((status = 200, description = "The post", body = PostView)))]
#[get("/posts/{post_id}")]
async fn get_post(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_post(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 投稿の編集: changes one's own post; the content before stays as a revision.
#[utoipa::path(tag = "board", request_body = EditPost, responses((status = 200, description = "Changed", body = PostView)))]
#[put("/posts/{post_id}")]
async fn edit_post(service: Data<Service>, Id(id): Id, Write { call, body }: Write<EditPost>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::edit_post(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 投稿の履歴: what a post said before, newest first (author, moderators, auditors).
#[utoipa::path(tag = "board", responses((status = 200, description = "A page", body = Page<RevisionView>)))]
#[get("/posts/{post_id}/revisions")]
async fn list_post_revisions(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_post_revisions(ctx, call, &id, &query)?, &uri)).await
}

/// 公開された投稿の一覧: what everybody may read, newest first. No credentials are needed.
#[utoipa::path(tag = "board", security(()), responses((status = 200, description = "A page", body = Page<PublicPostView>)))]
#[get("/public/posts")]
async fn list_public_posts(
    service: Data<Service>,
    Anonymous { meta }: Anonymous,
    Query(query): Query<PageQuery>,
) -> Replied {
    let found = service.look_as(meta, move |ctx| page(&area::list_public_posts(ctx, &query)?, "/api/v1/public/posts"));
    send(found.await?)
}

/// 公開された投稿の表示: one public post. No credentials are needed.
#[utoipa::path(tag = "board", security(()), responses((status = 200, description = "The post", body = PublicPostView)))]
#[get("/public/posts/{post_id}")]
async fn get_public_post(service: Data<Service>, Anonymous { meta }: Anonymous, Id(id): Id) -> Replied {
    send(service.look_as(meta, move |ctx| ok(&area::get_public_post(ctx, &id)?)).await?)
}
