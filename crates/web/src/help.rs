//! 使い方と問合せ, アクセシビリティ方針: for everybody, also for who is not signed in.

use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::visitor;
use actix_web::HttpRequest;
use actix_web::web::Data;
use app::Service;
use askama::Template;
use http_kit::limits::Cost;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/help", "page_help", help).get("/accessibility", "page_accessibility", accessibility);
}

#[derive(Template)]
#[template(path = "help/help.html")]
struct HelpPage {
    shell: Shell,
}

#[derive(Template)]
#[template(path = "help/accessibility.html")]
struct AccessibilityPage {
    shell: Shell,
}

/// With the menu for who is signed in, without it for anybody else.
async fn shell(req: &HttpRequest, service: &Service, title: &'static str) -> Shell {
    match visitor(req, Cost::Read).await {
        Ok(visitor) => Shell::new(service, &visitor, title),
        Err(_) => Shell::open(service, title),
    }
}

async fn help(req: HttpRequest, service: Data<Service>) -> Shown {
    show::page(&HelpPage { shell: shell(&req, &service, "使い方と問合せ").await })
}

async fn accessibility(req: HttpRequest, service: Data<Service>) -> Shown {
    show::page(&AccessibilityPage { shell: shell(&req, &service, "アクセシビリティ方針").await })
}
