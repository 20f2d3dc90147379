//! The JSON REST API: one file for each area, one list of routes for server and document.
//!
//! A handler extracts, calls one use case and replies, in 15 lines at most. Commands and views are
//! the shapes of `app`; no mirror types exist. *Invariant:* whatever is served stands in the
//! `OpenAPI` document, because both are made from [`routes`].

pub mod accounts;
pub mod audit;
pub mod board;
pub mod consortium;
pub mod contracts;
pub mod demand;
pub mod docs;
pub mod entries;
pub mod notify;
pub mod openapi;
pub mod operations;
pub mod pricing;
pub mod requests;
pub mod rounds;
pub mod scenarios;
pub mod search;
pub mod seats;
pub mod service;

use crate::operations::Operations;
use http_kit::fallback::{Route, Routes};

/// Every operation, for the server and for the document.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.configure(service::routes).configure(docs::routes).configure(accounts::well_known);
    cfg.scope("/api/v1", |cfg| {
        // A request is compared with one pattern after another, in this order: what many people do at once comes first.
        cfg.configure(seats::routes)
            .configure(board::routes)
            .configure(accounts::routes)
            .configure(consortium::routes)
            .configure(rounds::routes)
            .configure(demand::routes)
            .configure(pricing::routes)
            .configure(scenarios::routes)
            .configure(contracts::routes)
            .configure(requests::routes)
            .configure(entries::routes)
            .configure(search::routes)
            .configure(audit::routes)
            .configure(notify::routes);
    });
}

/// Mounts the API and its viewer on a server.
pub fn mount(cfg: &mut actix_web::web::ServiceConfig) {
    routes(&mut Operations::Served(cfg));
    docs::viewer(cfg);
}

/// The table of operations that the edge asks for names and methods.
#[must_use]
pub fn route_table() -> Routes {
    Routes::new(openapi::operations().into_iter().map(|(method, pattern, operation)| Route {
        method,
        pattern,
        operation,
    }))
}
