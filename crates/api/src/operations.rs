//! The one list of operations, as a server takes it and as the document takes it.
//!
//! *Invariant:* both see the same list. A server keeps the handlers only: made by the document's own means, each
//! worker would also build the document, and throw it away.

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{OpenApiFactory, scope};

/// Who takes the operations.
pub enum Operations<'a, 'b> {
    /// A server, which answers them.
    Served(&'a mut web::ServiceConfig),
    /// The document, which describes them.
    Described(&'a mut ServiceConfig<'b>),
}

impl Operations<'_, '_> {
    /// Adds a handler with its description.
    pub fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, handler: F) -> &mut Self {
        match self {
            Self::Served(cfg) => {
                cfg.service(handler);
            }
            Self::Described(cfg) => {
                cfg.service(handler);
            }
        }
        self
    }

    /// Adds the operations of a file.
    pub fn configure(&mut self, routes: impl FnOnce(&mut Operations<'_, '_>)) -> &mut Self {
        routes(self);
        self
    }

    /// Adds operations below a path.
    pub fn scope(&mut self, path: &str, routes: impl FnOnce(&mut Operations<'_, '_>)) -> &mut Self {
        match self {
            Self::Served(cfg) => {
                cfg.service(web::scope(path).configure(|cfg| routes(&mut Operations::Served(cfg))));
            }
            Self::Described(cfg) => {
                cfg.service(scope::scope(path).configure(|cfg| routes(&mut Operations::Described(cfg))));
            }
        }
        self
    }
}
