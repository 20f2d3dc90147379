//! Japanese pages, rendered by the server: one file for each area, one list of routes.
//!
//! A handler extracts ([`visitor`], [`form`]), calls the same use case as the API, and shows a page or
//! redirects. *Invariant:* every page works with JavaScript off; no rule of the product stands here.
//! Deliberately absent: a framework in the browser, inline scripts and styles, requests to other hosts.

mod accounts;
mod answers;
mod assets;
mod assignments;
mod attachments;
mod audit;
mod board;
mod cells;
mod chart;
mod confirm;
mod consortium;
mod contracts;
mod demand;
mod entries;
mod entries_apply;
mod errors;
mod exports;
mod fields;
mod files;
mod form;
mod help;
mod home;
mod imports;
mod lists;
mod my_seats;
mod notices;
mod notify;
mod pager;
mod pages;
mod pricing;
mod requests;
mod requests_new;
mod rounds;
mod scenarios;
mod search;
mod seats;
mod shares;
mod shell;
mod show;
mod sorting;
mod staff;
mod supervisor;
mod town;
mod towns;
mod upload;
mod visitor;
mod words;

pub use audit::action as audit_words;
pub use consortium::kind as kind_words;
pub use errors::error_page;
pub use words::role as role_words;

use actix_web::web::ServiceConfig;
use http_kit::fallback::Route;
use pages::Pages;

fn all(pages: &mut Pages<'_>) {
    assets::pages(pages);
    // Fixed words before places: `…/staff/export` is no member of staff.
    exports::pages(pages);
    home::pages(pages);
    search::pages(pages);
    accounts::pages(pages);
    notices::pages(pages);
    help::pages(pages);
    rounds::pages(pages);
    town::pages(pages);
    answers::pages(pages);
    shares::pages(pages);
    requests_new::pages(pages);
    assignments::pages(pages);
    entries::pages(pages);
    // Its fixed addresses come before the ids of people.
    imports::pages(pages);
    staff::pages(pages);
    entries_apply::pages(pages);
    my_seats::pages(pages);
    board::pages(pages);
    attachments::pages(pages);
    supervisor::pages(pages);
    demand::pages(pages);
    pricing::pages(pages);
    scenarios::pages(pages);
    contracts::pages(pages);
    seats::pages(pages);
    requests::pages(pages);
    consortium::pages(pages);
    audit::pages(pages);
    notify::pages(pages);
}

/// Mounts the pages on a server.
pub fn mount(cfg: &mut ServiceConfig) {
    all(&mut Pages::on(cfg));
    let elsewhere = actix_web::web::route().to(http_kit::fallback::no_route);
    cfg.default_service(elsewhere.wrap(actix_web::middleware::from_fn(errors::framed)));
}

/// The table of page routes that the edge asks for names and methods.
#[must_use]
pub fn route_table() -> Vec<Route> {
    let mut table = Vec::new();
    let _mounted = actix_web::App::new().configure(|cfg| {
        let mut pages = Pages::on(cfg);
        all(&mut pages);
        table = pages.table;
    });
    table
}
