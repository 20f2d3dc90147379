//! Pricing (見積): quotes of a round and their comparison over quantities.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post, put};
use app::pricing::compare::{self, CompareQuery, ComparisonView};
use app::pricing::{self as area, QuoteContent, QuoteView};
use app::{Page, PageQuery, Service};
use http_kit::reply::Versioned as _;
use http_kit::{Id, Query, Read, Replied, Write, created, ok, page, read, write};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(create_quote).service(compare_quotes).service(list_quotes).service(get_quote).service(change_quote);
}

/// 見積の登録: enters a quote with its price schedule (lead).
#[utoipa::path(tag = "pricing", request_body = QuoteContent, responses((status = 201, description = "Created", body = QuoteView)))]
#[post("/rounds/{round_id}/quotes")]
async fn create_quote(service: Data<Service>, Id(id): Id, Write { call, body }: Write<QuoteContent>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::create_quote(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/quotes/{}", view.id))?.version(view.version))
    })
    .await
}

/// 見積の比較: totals and unit prices of all quotes over a range, where the cheapest changes, tier advice.
#[utoipa::path(tag = "pricing", params(CompareQuery), responses((status = 200, description = "The comparison", body = ComparisonView)))]
#[get("/rounds/{round_id}/quotes/compare")]
async fn compare_quotes(
    service: Data<Service>,
    Read { call, .. }: Read,
    Id(id): Id,
    Query(query): Query<CompareQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| ok(&compare::compare_quotes(ctx, call, &id, &query)?)).await
}

/// 見積の一覧: the quotes of a round, oldest first.
#[utoipa::path(tag = "pricing", responses((status = 200, description = "A page", body = Page<QuoteView>)))]
#[get("/rounds/{round_id}/quotes")]
async fn list_quotes(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_quotes(ctx, call, &id, &query)?, &uri)).await
}

/// 見積の表示: one quote.
#[utoipa::path(tag = "pricing", responses((status = 200, description = "The quote", body = QuoteView)))]
#[get("/quotes/{quote_id}")]
async fn get_quote(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_quote(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 見積の変更: changes a quote; scenarios keep the prices they were calculated with.
#[utoipa::path(tag = "pricing", request_body = QuoteContent, responses((status = 200, description = "Changed", body = QuoteView)))]
#[put("/quotes/{quote_id}")]
async fn change_quote(service: Data<Service>, Id(id): Id, Write { call, body }: Write<QuoteContent>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::change_quote(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}
