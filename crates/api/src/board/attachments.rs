//! Files attached to posts (添付ファイル). A file comes as the part `file` of `multipart/form-data` and leaves as a download.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{delete, get, post};
use app::board::attachments::{self as area, AttachmentView, NewFile};
use app::{Error, Page, Service};
use domain::attachments::MAX_BYTES;
use http_kit::reply::{Versioned as _, download};
use http_kit::{Anonymous, FileWrite, Id, NoBody, Read, Replied, Write, created, no_content, ok, read, write};
use utoipa::ToSchema;

pub(super) fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(attach_file).service(list_attachments).service(get_attachment).service(remove_attachment);
    cfg.service(download_attachment).service(list_public_attachments).service(download_public_attachment);
}

/// A file to be attached.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described, never built: the body is read part by part")]
struct AttachFile {
    /// PDF, PNG, JPEG, xlsx, docx, pptx, csv or txt, up to 5 MB, with its name.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream", example = "席の一覧.csv")]
    file: Vec<u8>,
}

/// 添付: adds a file to one's own post, ten at most; a public post waits for review afterwards.
#[utoipa::path(tag = "board", request_body(content = AttachFile, content_type = "multipart/form-data"), responses((status = 201, description = "Attached", body = AttachmentView)))]
#[post("/posts/{post_id}/attachments")]
async fn attach_file(service: Data<Service>, Id(id): Id, sent: FileWrite<MAX_BYTES>) -> Replied {
    let file = NewFile { file_name: sent.file_name, content: sent.content };
    let looked = area::look_over(&service, &sent.call, &id, &file).await?;
    write(&service, sent.call, move |ctx, call| {
        let view = area::attach_file(ctx, call, &id, &file, looked)?;
        Ok(created(&view, format!("/api/v1/attachments/{}", view.id))?.version(AttachmentView::VERSION))
    })
    .await
}

/// 添付ファイルの一覧: the files of a post, oldest first; ten at most, so always one page.
#[utoipa::path(tag = "board", responses((status = 200, description = "One page", body = Page<AttachmentView>)))]
#[get("/posts/{post_id}/attachments")]
async fn list_attachments(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        ok(&Page { items: area::list_attachments(ctx, call, &id)?, next_cursor: None })
    })
    .await
}

/// 添付ファイルの表示: one file without its content.
#[utoipa::path(tag = "board", responses((status = 200, description = "The file", body = AttachmentView)))]
#[get("/attachments/{attachment_id}")]
async fn get_attachment(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        Ok(ok(&area::get_attachment(ctx, call, &id)?)?.version(AttachmentView::VERSION))
    })
    .await
}

/// 添付ファイルの削除: takes a file of one's own post away.
#[utoipa::path(tag = "board", responses((status = 204, description = "Taken away")))]
#[delete("/attachments/{attachment_id}")]
async fn remove_attachment(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        area::get_attachment(ctx, call, &id)?;
        if call.expected()? != AttachmentView::VERSION {
            return Err(Error::Stale);
        }
        area::remove_attachment(ctx, call, &id).map(|_| no_content())
    })
    .await
}

/// 添付ファイルのダウンロード: the content, always to be saved; 409 while it waits for the virus scanner.
#[utoipa::path(tag = "board", responses((status = 200, description = "The content, under the media type of the file", content_type = "application/octet-stream", body = String)))]
#[get("/attachments/{attachment_id}/content")]
async fn download_attachment(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    let (view, content) = service.read(call, move |ctx, call| area::download_attachment(ctx, call, &id)).await?;
    Ok(download(&view.file_name, &view.media_type, content))
}

/// 公開された投稿の添付ファイル: the files of a public post. No credentials are needed.
#[utoipa::path(tag = "board", security(()), responses((status = 200, description = "One page", body = Page<AttachmentView>)))]
#[get("/public/posts/{post_id}/attachments")]
async fn list_public_attachments(service: Data<Service>, Anonymous { meta }: Anonymous, Id(id): Id) -> Replied {
    let work = move |ctx: &mut app::Ctx<'_>| area::list_public_attachments(ctx, &id);
    let items = service.look_as(meta, work).await?;
    http_kit::reply::send(ok(&Page { items, next_cursor: None })?)
}

/// 公開された添付ファイルのダウンロード: the content of a file of a public post. No credentials are needed.
#[utoipa::path(tag = "board", security(()), responses((status = 200, description = "The content, under the media type of the file", content_type = "application/octet-stream", body = String)))]
#[get("/public/attachments/{attachment_id}/content")]
async fn download_public_attachment(service: Data<Service>, Anonymous { meta }: Anonymous, Id(id): Id) -> Replied {
    let work = move |ctx: &mut app::Ctx<'_>| area::download_public_attachment(ctx, &id);
    let (view, content) = service.look_as(meta, work).await?;
    Ok(download(&view.file_name, &view.media_type, content))
}
