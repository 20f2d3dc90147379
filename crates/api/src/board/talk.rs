//! Comments, helpful marks, replications.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{delete, get, post, put};
use app::board::{self as area, CommentView, CreateComment, EditComment, PostView, RecordReplication, ReplicationView};
use app::{Page, PageQuery, Service};
use http_kit::reply::Versioned as _;
use http_kit::{Id, NoBody, Query, Read, Replied, Write, created, ok, page, read, write};

/// The operations of this file.
pub(super) fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(create_comment).service(list_comments).service(edit_comment).service(hide_comment);
    cfg.service(mark_helpful).service(unmark_helpful).service(record_replication).service(list_replications);
}

/// コメント: comments on a published post, or answers a comment.
#[utoipa::path(tag = "board", request_body = CreateComment, responses((status = 201, description = "Written", body = CommentView)))]
#[post("/posts/{post_id}/comments")]
async fn create_comment(service: Data<Service>, Id(id): Id, Write { call, body }: Write<CreateComment>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::create_comment(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/posts/{id}/comments"))?.version(view.version))
    })
    .await
}

/// コメントの一覧: the comments of a post, oldest first.
#[utoipa::path(tag = "board", responses((status = 200, description = "A page", body = Page<CommentView>)))]
#[get("/posts/{post_id}/comments")]
async fn list_comments(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_comments(ctx, call, &id, &query)?, &uri)).await
}

/// コメントの編集: changes one's own comment.
#[utoipa::path(tag = "board", request_body = EditComment, responses((status = 200, description = "Changed", body = CommentView)))]
#[put("/comments/{comment_id}")]
async fn edit_comment(service: Data<Service>, Id(id): Id, Write { call, body }: Write<EditComment>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::edit_comment(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// コメントの非表示: hides a comment for good (its author, the lead, contacts of the towns concerned).
#[utoipa::path(tag = "board", responses((status = 200, description = "Hidden", body = CommentView)))]
#[post("/comments/{comment_id}/hide")]
async fn hide_comment(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::hide_comment(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 「役に立った」: marks a post; once for each person, a second time changes nothing.
#[utoipa::path(tag = "board", responses((status = 200, description = "Marked", body = PostView)))]
#[put("/posts/{post_id}/helpful")]
async fn mark_helpful(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| ok(&area::mark_helpful(ctx, call, &id)?)).await
}

/// 「役に立った」の取消し: takes one's mark back; without one nothing changes.
#[utoipa::path(tag = "board", responses((status = 200, description = "Not marked", body = PostView)))]
#[delete("/posts/{post_id}/helpful")]
async fn unmark_helpful(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| ok(&area::unmark_helpful(ctx, call, &id)?)).await
}

/// 「うちでも試した」: records how it went in the caller's town, once for each town.
#[utoipa::path(tag = "board", request_body = RecordReplication, responses((status = 201, description = "Recorded", body = ReplicationView)))]
#[post("/posts/{post_id}/replications")]
async fn record_replication(
    service: Data<Service>,
    Id(id): Id,
    Write { call, body }: Write<RecordReplication>,
) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::record_replication(ctx, call, &id, &body)?;
        created(&view, format!("/api/v1/posts/{id}/replications"))
    })
    .await
}

/// 「うちでも試した」の一覧: the towns that tried it, in order.
#[utoipa::path(tag = "board", responses((status = 200, description = "A page", body = Page<ReplicationView>)))]
#[get("/posts/{post_id}/replications")]
async fn list_replications(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_replications(ctx, call, &id, &query)?, &uri)).await
}
