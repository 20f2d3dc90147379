//! Japanese pages, rendered by the server: one file for each area, one list of routes.
//!
//! A handler extracts ([`visitor`], [`form`]), calls the same use case as the API, and shows a page or
//! redirects. *Invariant:* every page works with JavaScript off; no rule of the product stands here.
//! Deliberately absent: a framework in the browser, inline scripts and styles, requests to other hosts.

#![allow(dead_code)] // kit first, pages after

mod accounts;
mod assets;
mod errors;
mod exports;
mod fields;
mod files;
mod form;
mod home;
mod imports;
mod pages;
mod rounds;
mod shell;
mod show;
mod upload;
mod visitor;
mod words;

pub use errors::error_page;

use actix_web::web::ServiceConfig;
use http_kit::fallback::Route;
use pages::Pages;

fn all(pages: &mut Pages<'_>) {
    assets::pages(pages);
    home::pages(pages);
    accounts::pages(pages);
    rounds::pages(pages);
    exports::pages(pages);
    imports::pages(pages);
}

/// Mounts the pages on a server.
pub fn mount(cfg: &mut ServiceConfig) {
    all(&mut Pages::on(cfg));
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
