//! Consortia (共同調達の団体) and their members.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post, put};
use app::consortium::{
    self as area, AddMember, ChangeMember, ConsortiumView, CreateConsortium, MemberView, RenameConsortium,
};
use app::{Page, PageQuery, Service};
use http_kit::reply::Versioned as _;
use http_kit::{Id, Query, Read, Replied, Write, created, ok, page, read, write};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(create_consortium).service(list_consortia).service(get_consortium).service(rename_consortium);
    cfg.service(add_member).service(list_members).service(get_member).service(change_member);
}

/// 団体の作成: creates a consortium with its lead member (service administrators).
#[utoipa::path(tag = "consortium", request_body = CreateConsortium, responses((status = 201, description = "Created", body = ConsortiumView)))]
#[post("/consortia")]
async fn create_consortium(service: Data<Service>, Write { call, body }: Write<CreateConsortium>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::create_consortium(ctx, call, &body)?;
        Ok(created(&view, format!("/api/v1/consortia/{}", view.id))?.version(view.version))
    })
    .await
}

/// 団体の一覧: the consortia that the caller may see, oldest first.
#[utoipa::path(tag = "consortium", responses((status = 200, description = "A page", body = Page<ConsortiumView>)))]
#[get("/consortia")]
async fn list_consortia(service: Data<Service>, Read { call, uri }: Read, Query(query): Query<PageQuery>) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_consortia(ctx, call, &query)?, &uri)).await
}

/// 団体の表示: one consortium.
#[utoipa::path(tag = "consortium", responses((status = 200, description = "The consortium", body = ConsortiumView)))]
#[get("/consortia/{consortium_id}")]
async fn get_consortium(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_consortium(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 団体名の変更: renames a consortium.
#[utoipa::path(tag = "consortium", request_body = RenameConsortium, responses((status = 200, description = "Renamed", body = ConsortiumView)))]
#[put("/consortia/{consortium_id}")]
async fn rename_consortium(
    service: Data<Service>,
    Id(id): Id,
    Write { call, body }: Write<RenameConsortium>,
) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::rename_consortium(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 加入: adds a municipality.
#[utoipa::path(tag = "consortium", request_body = AddMember, responses((status = 201, description = "Added", body = MemberView)))]
#[post("/consortia/{consortium_id}/members")]
async fn add_member(service: Data<Service>, Id(id): Id, Write { call, body }: Write<AddMember>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::add_member(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/members/{}", view.id))?.version(view.version))
    })
    .await
}

/// 加入団体の一覧: the members by municipality code.
#[utoipa::path(tag = "consortium", responses((status = 200, description = "A page", body = Page<MemberView>)))]
#[get("/consortia/{consortium_id}/members")]
async fn list_members(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_members(ctx, call, &id, &query)?, &uri)).await
}

/// 加入団体の表示: one member.
#[utoipa::path(tag = "consortium", responses((status = 200, description = "The member", body = MemberView)))]
#[get("/members/{member_id}")]
async fn get_member(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_member(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 加入団体の変更: changes a member.
#[utoipa::path(tag = "consortium", request_body = ChangeMember, responses((status = 200, description = "Changed", body = MemberView)))]
#[put("/members/{member_id}")]
async fn change_member(service: Data<Service>, Id(id): Id, Write { call, body }: Write<ChangeMember>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::change_member(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}
