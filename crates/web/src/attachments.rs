//! Files of posts: added, taken away, and handed out as downloads that no browser opens as a page.

use crate::errors::Refused;
use crate::form::Form;
use crate::form::Sheet;
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::upload::Upload;
use crate::visitor::Visitor;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use app::board::attachments::{self as area, AttachmentView, NewFile};
use app::board::{PostView, get_post};
use app::{Call, Ctx, Error, Service};
use askama::Template;
use domain::access::Action;
use domain::attachments::{FileKind, MAX_BYTES};
use domain::board::{State, Visibility};
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/posts/{post_id}/attachments/new", "page_new_attachment", new)
        .post("/posts/{post_id}/attachments/new", "page_attach_file", attach)
        .get("/attachments/{attachment_id}", "page_download_attachment", download)
        .get("/attachments/{attachment_id}/remove", "page_remove_attachment", ask_remove)
        .post("/attachments/{attachment_id}/remove", "page_send_removed_attachment", remove)
        .get("/public/attachments/{attachment_id}", "page_download_public_attachment", download_public);
}

/// `12KB`, `3.4MB`.
pub(crate) fn size(bytes: &i64) -> String {
    let tenths = bytes.saturating_mul(10).checked_div(1024 * 1024).unwrap_or_default();
    match (*bytes, tenths) {
        (..=1023, _) => format!("{bytes}バイト"),
        (_, ..=9) => format!("{}KB", bytes.checked_div(1024).unwrap_or_default()),
        _ => format!("{}.{}MB", tenths.checked_div(10).unwrap_or_default(), tenths.checked_rem(10).unwrap_or_default()),
    }
}

/// What the file chooser offers.
fn accepted() -> String {
    let dotted = |extension: &&str| format!(".{extension}");
    FileKind::ALL.iter().flat_map(|kind| kind.extensions().iter().map(dotted)).collect::<Vec<_>>().join(",")
}

#[derive(Template)]
#[template(path = "board/attach.html")]
struct AttachPage {
    shell: Shell,
    sheet: Sheet,
    post: PostView,
    accepted: String,
    /// Whether the file goes through a review before the public sees it.
    reviewed: bool,
}

async fn attach_page(service: &Service, visitor: &Visitor, id: String, sheet: Sheet) -> Result<AttachPage, Refused> {
    let post = service.read(visitor.call.clone(), move |ctx, call| get_post(ctx, call, &id)).await?;
    visitor.permit(Action::WriteBoard, &post.consortium_id, Some(&post.member_id))?;
    if !post.is_mine {
        return Err(Error::Forbidden.into());
    }
    let shell = Shell::new(service, visitor, "ファイルを添付する")
        .under("知恵袋", format!("/consortia/{}/posts", post.consortium_id))
        .under(post.title.clone(), format!("/posts/{}", post.id));
    let reviewed = post.visibility == Visibility::Public && post.state == State::Published;
    Ok(AttachPage { shell, sheet, post, accepted: accepted(), reviewed })
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&attach_page(&service, &visitor, id, Sheet::blank(&visitor)).await?)
}

async fn attach(service: Data<Service>, Id(id): Id, upload: Upload<MAX_BYTES>) -> Shown {
    let Upload { form, file_name, content } = upload;
    let (file, post_id) = (NewFile { file_name, content }, id.clone());
    let sent = match area::look_over(&service, &form.visitor.call, &id, &file).await {
        Ok(looked) => {
            let act = move |ctx: &mut Ctx<'_>, call: &Call| {
                let one = area::attach_file(ctx, call, &post_id, &file, looked)?;
                Ok(format!("/posts/{}?done=attached", one.post_id))
            };
            form.submit(&service, act).await
        }
        Err(error) => Err(error.into()),
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&attach_page(&service, &form.visitor, id, sheet).await?)
        }
    }
}

async fn download(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let work = move |ctx: &mut Ctx<'_>, call: &Call| area::download_attachment(ctx, call, &id);
    Ok(file(service.read(visitor.call, work).await?))
}

async fn download_public(req: HttpRequest, service: Data<Service>, Id(id): Id) -> Shown {
    let work = move |ctx: &mut Ctx<'_>| area::download_public_attachment(ctx, &id);
    Ok(file(service.look_as(http_kit::peer::meta(&req), work).await?))
}

fn file((view, content): (AttachmentView, Vec<u8>)) -> HttpResponse {
    http_kit::reply::download(&view.file_name, &view.media_type, content)
}

#[derive(Template)]
#[template(path = "board/remove.html")]
struct RemovePage {
    shell: Shell,
    sheet: Sheet,
    attachment: AttachmentView,
}

async fn ask_remove(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let work = move |ctx: &mut Ctx<'_>, call: &Call| {
        let attachment = area::get_attachment(ctx, call, &id)?;
        let post = get_post(ctx, call, &attachment.post_id)?;
        Ok((attachment, post))
    };
    let (attachment, post) = service.read(visitor.call.clone(), work).await?;
    if !attachment.may_remove {
        return Err(Error::Forbidden.into());
    }
    let shell = Shell::new(&service, &visitor, "添付ファイルを削除する")
        .under("知恵袋", format!("/consortia/{}/posts", post.consortium_id))
        .under(post.title, format!("/posts/{}", post.id));
    show::page(&RemovePage { shell, sheet: Sheet::blank(&visitor), attachment })
}

async fn remove(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        area::remove_attachment(ctx, call, &id).map(|one| format!("/posts/{}?done=deleted", one.post_id))
    };
    Ok(form.submit(&service, act).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_the_unit_that_fits() {
        assert_eq!(
            [size(&1), size(&12_345), size(&3_670_016), size(&5_242_880)],
            ["1バイト", "12KB", "3.5MB", "5.0MB"]
        );
    }
}
