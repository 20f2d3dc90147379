//! What machines ask: is the process alive, can it serve, how is it doing.

use crate::{Edge, Problem, Replied, metrics, peer};
use actix_web::{HttpRequest, HttpResponse, web};
use app::{Code, Service};
use serde::Serialize;
use utoipa::ToSchema;

/// The state of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
}

/// Alive: the process answers. Asks nobody.
#[must_use]
pub fn alive() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Ready: the database answers and its schema is the one this build wants.
///
/// # Errors
/// 503 when it cannot serve; the reason stands in the log.
pub async fn ready(service: &Service) -> Replied {
    let store = service.store().clone();
    store.ping().await.map_err(app::Error::from)?;
    let pending = web::block(move || store.pending()).await.map_err(Problem::fault)?.map_err(app::Error::from)?;
    if pending.is_empty() {
        Ok(alive())
    } else {
        Err(app::Error::Unavailable(format!("{} migrations are pending", pending.len())).into())
    }
}

/// The counters, for addresses that may see them; for others the path does not exist.
///
/// # Errors
/// 404 for strangers.
pub fn counters(req: &HttpRequest, edge: &Edge, service: &Service) -> Replied {
    let address = peer::meta(req).ip.parse::<std::net::IpAddr>();
    if !address.is_ok_and(|ip| edge.settings.metrics_for.iter().any(|net| net.contains(&ip))) {
        return Err(Problem::new(Code::NoSuchRoute));
    }
    edge.metrics.work(&service.store().workload(), service.claims_waiting());
    let text = edge.metrics.text().map_err(Problem::fault)?;
    Ok(HttpResponse::Ok().content_type(metrics::CONTENT_TYPE).body(text))
}
