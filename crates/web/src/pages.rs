//! Registers a page and remembers it: the server and the table of routes come from one list.

use crate::errors::framed;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Responder};
use http_kit::fallback::Route;

/// Where areas add their pages.
pub(crate) struct Pages<'a> {
    cfg: &'a mut ServiceConfig,
    pub(crate) table: Vec<Route>,
}

impl<'a> Pages<'a> {
    pub(crate) fn on(cfg: &'a mut ServiceConfig) -> Self {
        Self { cfg, table: Vec::new() }
    }

    /// A page to look at. `operation` names it in the audit trail, the logs and the role matrix.
    pub(crate) fn get<F, Args>(&mut self, path: &str, operation: &str, handler: F) -> &mut Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add("GET", path, operation, web::get().to(handler).wrap(from_fn(framed)))
    }

    /// A form that is sent.
    pub(crate) fn post<F, Args>(&mut self, path: &str, operation: &str, handler: F) -> &mut Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add("POST", path, operation, web::post().to(handler).wrap(from_fn(framed)))
    }

    fn add(&mut self, method: &str, path: &str, operation: &str, route: actix_web::Route) -> &mut Self {
        self.cfg.route(path, route);
        self.table.push(Route { method: method.to_owned(), pattern: path.to_owned(), operation: operation.to_owned() });
        self
    }
}
