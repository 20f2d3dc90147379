//! The audit trail (監査記録): of a consortium, and of the service.

use crate::operations::Operations;
use actix_web::get;
use actix_web::web::Data;
use app::audit::{self as area, AuditQuery, AuditView, ServiceAuditQuery};
use app::{Page, Service};
use http_kit::{Id, Query, Read, Replied, page, read};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(list_audit_entries).service(list_service_audit_entries);
}

/// 監査記録の一覧: who did what, newest first (lead and auditors).
#[utoipa::path(tag = "audit", params(AuditQuery), responses((status = 200, description = "A page", body = Page<AuditView>)))]
#[get("/consortia/{consortium_id}/audit-entries")]
async fn list_audit_entries(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<AuditQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_audit_entries(ctx, call, &id, &query)?, &uri)).await
}

/// サービス全体の監査記録: what belongs to no consortium — sign-ins, accounts, keys —, newest first (administrators).
#[utoipa::path(tag = "audit", params(ServiceAuditQuery), responses((status = 200, description = "A page", body = Page<AuditView>)))]
#[get("/audit-entries")]
async fn list_service_audit_entries(
    service: Data<Service>,
    Read { call, uri }: Read,
    Query(query): Query<ServiceAuditQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_service_audit_entries(ctx, call, &query)?, &uri)).await
}
