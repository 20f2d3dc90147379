//! Steps of a post: published, reviewed, taken down, resolved.

use crate::operations::Operations;
use actix_web::post;
use actix_web::web::Data;
use app::Service;
use app::board::{self as area, PostView, ResolvePost, ReturnPost};
use http_kit::reply::Versioned as _;
use http_kit::{Id, NoBody, Replied, Write, no_content, ok, write};

/// The operations of this file.
pub(super) fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(publish_post).service(approve_post).service(return_post);
    cfg.service(hide_post).service(restore_post).service(resolve_post).service(reopen_post);
}

/// 下書きの公開: publishes a draft, or hands it in for review when it is to be public.
#[utoipa::path(tag = "board", responses((status = 200, description = "Done", body = PostView)))]
#[post("/posts/{post_id}/publish")]
async fn publish_post(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::publish_post(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 公開の承認: lets a public post out (lead, or contact of its town; never its author). `If-Match` names the version that was read.
#[utoipa::path(tag = "board", params(("If-Match" = String, Header, description = "The `ETag` of the version that was read.")), responses((status = 200, description = "Done", body = PostView)))]
#[post("/posts/{post_id}/approve")]
async fn approve_post(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::approve_post(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 差戻し: gives a post that waits for review back to its author, with a remark.
#[utoipa::path(tag = "board", request_body = ReturnPost, responses((status = 204, description = "Returned")))]
#[post("/posts/{post_id}/return")]
async fn return_post(service: Data<Service>, Id(id): Id, Write { call, body }: Write<ReturnPost>) -> Replied {
    write(&service, call, move |ctx, call| area::return_post(ctx, call, &id, &body).map(|()| no_content())).await
}

/// 非表示: takes a post down (lead, or contact of its town).
#[utoipa::path(tag = "board", responses((status = 200, description = "Done", body = PostView)))]
#[post("/posts/{post_id}/hide")]
async fn hide_post(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::hide_post(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 再表示: puts a hidden post up again; a public one waits for review.
#[utoipa::path(tag = "board", responses((status = 200, description = "Done", body = PostView)))]
#[post("/posts/{post_id}/restore")]
async fn restore_post(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::restore_post(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 解決: the asker closes a worry or a consultation, optionally naming the comment that helped.
#[utoipa::path(tag = "board", request_body = ResolvePost, responses((status = 200, description = "Done", body = PostView)))]
#[post("/posts/{post_id}/resolve")]
async fn resolve_post(service: Data<Service>, Id(id): Id, Write { call, body }: Write<ResolvePost>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::resolve_post(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 解決の取消し: the asker opens the question again.
#[utoipa::path(tag = "board", responses((status = 200, description = "Done", body = PostView)))]
#[post("/posts/{post_id}/reopen")]
async fn reopen_post(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::reopen_post(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}
