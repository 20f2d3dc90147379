//! What machines ask of the service itself. Unversioned, open, free of personal data.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use app::Service;
use http_kit::health::{self, Health};
use http_kit::{Edge, Replied};

/// The operations of this file.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(healthz).service(readyz).service(metrics);
}

/// 稼働確認: the process answers.
#[utoipa::path(tag = "service", operation_id = "get_health", security(()), responses((status = 200, description = "Alive", body = Health)))]
#[get("/healthz")]
async fn healthz() -> HttpResponse {
    health::alive()
}

/// 準備確認: the database answers and its schema is current.
#[utoipa::path(tag = "service", operation_id = "get_readiness", security(()), responses((status = 200, description = "Ready", body = Health)))]
#[get("/readyz")]
async fn readyz(service: Data<Service>) -> Replied {
    health::ready(&service).await
}

/// 計測値: counters in the Prometheus text format, for the addresses that may see them.
#[utoipa::path(tag = "service", operation_id = "get_metrics", security(()), responses((status = 200, description = "Counters", content_type = "text/plain", body = String)))]
#[get("/metrics")]
async fn metrics(req: HttpRequest, edge: Data<Edge>, service: Data<Service>) -> Replied {
    health::counters(&req, &edge, &service)
}
