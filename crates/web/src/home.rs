//! The first page after signing in.

use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::Service;
use app::accounts::MeView;
use askama::Template;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/", "page_home", home);
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    me: MeView,
}

async fn home(service: Data<Service>, visitor: Visitor) -> Shown {
    let me = service.read(visitor.call.clone(), app::accounts::get_me).await?;
    show::page(&HomePage { shell: Shell::new(&service, &visitor, "ホーム"), me })
}
