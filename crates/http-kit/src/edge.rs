//! The outermost layer: every request enters and every answer leaves through [`edge`].
//!
//! It gives the request its id and its address, counts it, catches a panic of the handler, renders
//! the problem that the answer carries, and completes headers, log line and counters.

use crate::fallback::{Routes, no_route};
use crate::limits::{Limiter, Limits};
use crate::log::Line;
use crate::metrics::Metrics;
use crate::{Problem, compress, headers, peer, problem};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError, web};
use app::Service;
use futures_util::FutureExt as _;
use ipnet::IpNet;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

/// What an operator sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether people reach the service by https (HSTS is sent then).
    pub https: bool,
    /// Proxies whose `X-Forwarded-For` is believed; none by default.
    pub trusted_proxies: Vec<IpNet>,
    /// Addresses that may read `/metrics`; the machine itself by default.
    pub metrics_for: Vec<IpNet>,
    /// Whether the viewer of the API's document is served.
    pub api_docs: bool,
    /// Rate limits.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        let machine = ["127.0.0.0/8", "::1/128"].iter().filter_map(|net| net.parse().ok()).collect();
        Self {
            https: false,
            trusted_proxies: Vec::new(),
            metrics_for: machine,
            api_docs: true,
            limits: Limits::default(),
        }
    }
}

/// What the edge works with; one for each process.
pub struct Edge {
    /// What the operator set.
    pub settings: Settings,
    /// All operations.
    pub routes: Routes,
    /// The counters of the rate limits.
    pub limiter: Limiter,
    /// The counters for `/metrics`.
    pub metrics: Metrics,
    /// Draws a refusal for people; none while only programs are served.
    pub error_page: Option<ErrorPage>,
}

/// The HTML of a refusal.
pub type ErrorPage = fn(&problem::Document) -> String;

impl Edge {
    /// An edge around the operations of the faces.
    ///
    /// # Errors
    /// When two counters had one name: a fault of `metrics.rs`.
    pub fn new(settings: Settings, routes: Routes) -> Result<Self, app::Error> {
        let metrics = Metrics::new().map_err(app::Error::internal)?;
        Ok(Self { limiter: Limiter::new(&settings.limits), settings, routes, metrics, error_page: None })
    }

    /// The same edge for a service that also has pages.
    #[must_use]
    pub fn with_error_page(self, page: ErrorPage) -> Self {
        Self { error_page: Some(page), ..self }
    }
}

/// Installs what handlers and extractors look for, and the answer to unknown paths.
pub fn install(cfg: &mut web::ServiceConfig, service: &Service, edge: &web::Data<Edge>) {
    cfg.app_data(web::Data::new(service.clone())).app_data(edge.clone()).default_service(web::route().to(no_route));
}

/// The middleware: `App::new().wrap(actix_web::middleware::from_fn(edge))`.
///
/// # Errors
/// Only when a handler panicked; that error renders as a complete problem, too.
pub async fn edge(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    let state = req.app_data::<web::Data<Edge>>().cloned().ok_or_else(|| Problem::fault("no edge installed"))?;
    let visit = Visit::new(&req, &state);
    let address = peer::address(&req, &state.settings.trusted_proxies);
    peer::stamp(&req, &visit.request_id, address);
    if let Err(refused) = state.limiter.address(address) {
        let answer = visit.finish(&state, refused.error_response(), begun);
        return Ok(req.into_response(answer));
    }
    match AssertUnwindSafe(next.call(req)).catch_unwind().await {
        Ok(Ok(answered)) => {
            let (req, answer) = answered.into_parts();
            let answer = visit.finish(&state, answer.map_into_boxed_body(), begun);
            Ok(ServiceResponse::new(req, answer))
        }
        Ok(Err(error)) => Err(Broken { visit, state, begun, problem: of_error(&error) }.into()),
        Err(_) => Err(Broken { visit, state, begun, problem: Problem::fault("a handler panicked") }.into()),
    }
}

/// What has to be known of a request once it is gone.
#[derive(Debug, Clone)]
struct Visit {
    request_id: String,
    method: String,
    path: String,
    route: String,
    /// Whether a person looks at the answer, not a program.
    browser: bool,
    /// Whether it may be compressed.
    gzip: bool,
}

impl Visit {
    fn new(req: &ServiceRequest, state: &Edge) -> Self {
        let method = req.method().as_str();
        let route = state.routes.find(method, req.path()).map_or("-", |(pattern, _)| pattern).to_owned();
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&method);
        let request_id = uuid::Uuid::now_v7().to_string();
        let path = req.path().to_owned();
        let browser = !path.starts_with("/api/") && accepts_html(req);
        let (gzip, method) = (compress::is_welcome(req), if known { method } else { "other" }.to_owned());
        Self { request_id, method, path, route, browser, gzip }
    }

    /// Renders the problem, completes the headers, writes the log line, counts.
    fn finish(&self, state: &Edge, answer: HttpResponse, begun: Instant) -> HttpResponse {
        let mut answer = compress::answer(self.gzip, self.rendered(state, answer));
        headers::complete(answer.headers_mut(), &self.request_id, state.settings.https);
        let (status, took) = (answer.status().as_u16(), begun.elapsed());
        crate::log::write(&Line {
            method: &self.method,
            route: &self.route,
            status,
            took,
            request_id: &self.request_id,
        });
        state.metrics.answered(&self.method, &self.route, status, took);
        answer
    }

    fn rendered(&self, state: &Edge, answer: HttpResponse) -> HttpResponse {
        let carried = answer.extensions().get::<Problem>().cloned();
        let failed = answer.status().is_client_error() || answer.status().is_server_error();
        let problem = match carried {
            Some(problem) => problem,
            None if failed && !is_page(&answer) => problem::of_status(answer.status()),
            None => return answer,
        };
        if let Some(cause) = problem.cause() {
            tracing::error!(request_id = %self.request_id, http.route = %self.route, code = problem.code(), cause, "A request failed");
        }
        match state.error_page {
            Some(page) if self.browser => problem.render_page(&self.request_id, &self.path, page),
            Some(_) | None => problem.render(&self.request_id, &self.path),
        }
    }
}

/// Whether a face drew this itself: a form that was refused is shown again, not replaced.
fn is_page(answer: &HttpResponse) -> bool {
    answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// Browsers name HTML when they navigate; programs that accept anything get the problem object.
fn accepts_html(req: &ServiceRequest) -> bool {
    let accept = req.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html")
}

fn of_error(error: &Error) -> Problem {
    match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => problem::of_status(error.as_response_error().status_code()),
    }
}

/// A request that was lost on the way; the server renders it without its request.
struct Broken {
    visit: Visit,
    state: web::Data<Edge>,
    begun: Instant,
    problem: Problem,
}

impl std::fmt::Debug for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broken").field("problem", &self.problem).finish_non_exhaustive()
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.problem.fmt(f)
    }
}

impl ResponseError for Broken {
    fn status_code(&self) -> StatusCode {
        self.problem.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        self.visit.finish(&self.state, self.problem.error_response(), self.begun)
    }
}
