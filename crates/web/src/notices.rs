//! お知らせ: the mails to oneself, read here too. Opening one changes nothing (S18); a press marks it as read.

use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::notify::notices::{self as area, NoticeTextView, NoticeView};
use app::{Page, Service};
use askama::Template;
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/me/notices", "page_notices", list)
        .post("/me/notices/read-all", "page_read_all_notices", read_all)
        .get("/me/notices/{notice_id}", "page_notice", one)
        .post("/me/notices/{notice_id}/read", "page_read_notice", read);
}

#[derive(Template)]
#[template(path = "notices/list.html")]
struct ListPage {
    shell: Shell,
    sheet: Sheet,
    notices: Page<NoticeView>,
    next: Option<String>,
    unread: i64,
}

async fn list(service: Data<Service>, visitor: Visitor) -> Shown {
    let query = visitor.page(None);
    let notices = service.read(visitor.call.clone(), move |ctx, call| area::list_notices(ctx, call, &query)).await?;
    let next = visitor.next_page(notices.next_cursor.as_deref());
    let shell = Shell::new(&service, &visitor, "お知らせ");
    show::page(&ListPage { shell, sheet: Sheet::blank(&visitor), notices, next, unread: visitor.unread })
}

/// A piece of the text of a mail: plain, or an address of this service.
struct Part<'a> {
    text: &'a str,
    href: Option<&'a str>,
}

/// The text in lines, with the addresses of this service as links; other addresses stay text.
fn parts<'a>(text: &'a str, own: &str) -> Vec<Part<'a>> {
    let part =
        |line: &'a str| Part { text: line, href: line.trim().strip_prefix(own).filter(|rest| rest.starts_with('/')) };
    text.lines().map(part).collect()
}

#[derive(Template)]
#[template(path = "notices/one.html")]
struct OnePage {
    shell: Shell,
    sheet: Sheet,
    view: NoticeTextView,
    own: String,
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let view = service.read(visitor.call.clone(), move |ctx, call| area::get_notice(ctx, call, &id)).await?;
    let shell = Shell::new(&service, &visitor, view.notice.subject.clone()).under("お知らせ", "/me/notices");
    let own = service.env().settings.public_url.clone();
    show::page(&OnePage { shell, sheet: Sheet::blank(&visitor), view, own })
}

async fn read(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::read_notice(ctx, call, &id).map(|()| "/me/notices".to_owned())
    };
    Ok(form.submit(&service, act).await?)
}

async fn read_all(service: Data<Service>, form: Form) -> Shown {
    let act = |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::read_all_notices(ctx, call).map(|()| "/me/notices?done=read".to_owned())
    };
    Ok(form.submit(&service, act).await?)
}
