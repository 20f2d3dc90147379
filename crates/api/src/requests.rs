//! Requests for more seats (追加配分の申請).

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post};
use app::requests::decide::{self, ApproveRequest, DecideRequest};
use app::requests::{self as area, PreviewSeats, PriceEffect, RequestSeats, RequestView, ResubmitRequest};
use app::{Page, PageQuery, Service};
use http_kit::reply::Versioned as _;
use http_kit::{Id, NoBody, Query, Read, Replied, Write, created, ok, page, read, write};
use serde::Deserialize;
use utoipa::IntoParams;

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(preview_seat_request).service(submit_seat_request).service(list_seat_requests);
    cfg.service(get_seat_request).service(resubmit_seat_request).service(withdraw_seat_request);
    cfg.service(approve_seat_request).service(decline_seat_request).service(return_seat_request);
}

/// 追加配分の試算: what more seats would cost the town. Changes nothing.
#[utoipa::path(tag = "requests", request_body = PreviewSeats, responses((status = 200, description = "The effect", body = PriceEffect)))]
#[post("/contracts/{contract_id}/seat-requests/preview")]
async fn preview_seat_request(
    service: Data<Service>,
    Id(id): Id,
    Write { call, body }: Write<PreviewSeats>,
) -> Replied {
    read(&service, call, move |ctx, call| ok(&area::preview_seat_request(ctx, call, &id, &body)?)).await
}

/// 追加配分の申請: asks for more seats (contact); the price effect is kept with the request.
#[utoipa::path(tag = "requests", request_body = RequestSeats, responses((status = 201, description = "Submitted", body = RequestView)))]
#[post("/contracts/{contract_id}/seat-requests")]
async fn submit_seat_request(service: Data<Service>, Id(id): Id, Write { call, body }: Write<RequestSeats>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::submit_seat_request(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/seat-requests/{}", view.id))?.version(view.version))
    })
    .await
}

/// Which requests are wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RequestQuery {
    /// `submitted`, `returned`, `approved`, `declined` or `withdrawn`; all when absent.
    state: Option<String>,
    /// Entries on a page, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// The key by which the list stands; `-` before it begins with the largest.
    sort: Option<String>,
}

/// 申請の一覧: the requests of a contract, newest first. A town sees its own.
#[utoipa::path(tag = "requests", params(RequestQuery), responses((status = 200, description = "A page", body = Page<RequestView>)))]
#[get("/contracts/{contract_id}/seat-requests")]
async fn list_seat_requests(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<RequestQuery>,
) -> Replied {
    let window = PageQuery { limit: query.limit, cursor: query.cursor, sort: query.sort, ..PageQuery::default() };
    let state = query.state;
    read(&service, call, move |ctx, call| {
        page(&area::list_seat_requests(ctx, call, &id, state.as_deref(), &window)?, &uri)
    })
    .await
}

/// 申請の表示: one request.
#[utoipa::path(tag = "requests", responses((status = 200, description = "The request", body = RequestView)))]
#[get("/seat-requests/{request_id}")]
async fn get_seat_request(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_seat_request(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 申請の再提出: hands a returned request in again (contact).
#[utoipa::path(tag = "requests", request_body = ResubmitRequest, responses((status = 200, description = "Submitted again", body = RequestView)))]
#[post("/seat-requests/{request_id}/resubmit")]
async fn resubmit_seat_request(
    service: Data<Service>,
    Id(id): Id,
    Write { call, body }: Write<ResubmitRequest>,
) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::resubmit_seat_request(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 申請の取下げ: takes a request back (contact).
#[utoipa::path(tag = "requests", responses((status = 200, description = "Withdrawn", body = RequestView)))]
#[post("/seat-requests/{request_id}/withdraw")]
async fn withdraw_seat_request(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::withdraw_seat_request(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 申請の承認: grants seats from the reserve, from idle seats, or by an additional order (lead); they move at once.
#[utoipa::path(tag = "requests", request_body = ApproveRequest, responses((status = 200, description = "Approved", body = RequestView)))]
#[post("/seat-requests/{request_id}/approve")]
async fn approve_seat_request(
    service: Data<Service>,
    Id(id): Id,
    Write { call, body }: Write<ApproveRequest>,
) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = decide::approve_seat_request(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 申請の見送り: declines with a reason (lead).
#[utoipa::path(tag = "requests", request_body = DecideRequest, responses((status = 200, description = "Declined", body = RequestView)))]
#[post("/seat-requests/{request_id}/decline")]
async fn decline_seat_request(
    service: Data<Service>,
    Id(id): Id,
    Write { call, body }: Write<DecideRequest>,
) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = decide::decline_seat_request(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 申請の差戻し: returns a request for correction (lead).
#[utoipa::path(tag = "requests", request_body = DecideRequest, responses((status = 200, description = "Returned", body = RequestView)))]
#[post("/seat-requests/{request_id}/return")]
async fn return_seat_request(
    service: Data<Service>,
    Id(id): Id,
    Write { call, body }: Write<DecideRequest>,
) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = decide::return_seat_request(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}
