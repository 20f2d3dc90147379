//! Rounds (調達回): the fiscal year's procurement from draft to closed.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{delete, get, post, put};
use app::rounds::{self as area, CreateRound, RoundBasis, RoundDetail, RoundView};
use app::{Page, PageQuery, Service};
use http_kit::reply::Versioned as _;
use http_kit::{Id, Ids, NoBody, Query, Read, Replied, Write, created, ok, page, read, write};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(create_round).service(list_rounds).service(get_round).service(change_round);
    cfg.service(invite_member).service(uninvite_member).service(close_round);
}

/// 調達回の作成: creates a draft round with its first invited members (lead).
#[utoipa::path(tag = "rounds", request_body = CreateRound, responses((status = 201, description = "Created", body = RoundDetail)))]
#[post("/consortia/{consortium_id}/rounds")]
async fn create_round(service: Data<Service>, Id(id): Id, Write { call, body }: Write<CreateRound>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::create_round(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/rounds/{}", view.round.id))?.version(view.round.version))
    })
    .await
}

/// 調達回の一覧: the rounds of a consortium, newest first.
#[utoipa::path(tag = "rounds", responses((status = 200, description = "A page", body = Page<RoundView>)))]
#[get("/consortia/{consortium_id}/rounds")]
async fn list_rounds(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_rounds(ctx, call, &id, &query)?, &uri)).await
}

/// 調達回の表示: one round with the members invited.
#[utoipa::path(tag = "rounds", responses((status = 200, description = "The round", body = RoundDetail)))]
#[get("/rounds/{round_id}")]
async fn get_round(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_round(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.round.version))
    })
    .await
}

/// 調達回の変更: changes the basis of a draft round.
#[utoipa::path(tag = "rounds", request_body = RoundBasis, responses((status = 200, description = "Changed", body = RoundDetail)))]
#[put("/rounds/{round_id}")]
async fn change_round(service: Data<Service>, Id(id): Id, Write { call, body }: Write<RoundBasis>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::change_round(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.round.version))
    })
    .await
}

/// 参加団体の追加: invites a member to a draft round. `If-Match` names the version of the round.
#[utoipa::path(tag = "rounds", responses((status = 200, description = "Invited", body = RoundDetail)))]
#[put("/rounds/{round_id}/members/{member_id}")]
async fn invite_member(service: Data<Service>, Ids(ids): Ids<2>, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::invite_member(ctx, call, &ids[0], &ids[1])?;
        Ok(ok(&view)?.version(view.round.version))
    })
    .await
}

/// 参加団体の取消し: takes an invitation back. `If-Match` names the version of the round.
#[utoipa::path(tag = "rounds", responses((status = 200, description = "Taken back", body = RoundDetail)))]
#[delete("/rounds/{round_id}/members/{member_id}")]
async fn uninvite_member(service: Data<Service>, Ids(ids): Ids<2>, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::uninvite_member(ctx, call, &ids[0], &ids[1])?;
        Ok(ok(&view)?.version(view.round.version))
    })
    .await
}

/// 調達回の終了: ends a round after its allocation; nothing changes any more.
#[utoipa::path(tag = "rounds", responses((status = 200, description = "Closed", body = RoundDetail)))]
#[post("/rounds/{round_id}/close")]
async fn close_round(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::close_round(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.round.version))
    })
    .await
}
