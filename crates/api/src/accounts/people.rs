//! The people of a consortium, and accounts as the service administrator handles them.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post};
use app::accounts::{self as area, InvitationView, InviteAdmin, InviteUser, StaffQuery, UserView};
use app::{Page, PageQuery, Service};
use http_kit::{Id, Ids, NoBody, Query, Read, Replied, Write, created, no_content, ok, page, read, write};

pub(super) fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(invite_user).service(list_users).service(get_user).service(disable_user).service(revoke_grant);
    cfg.service(invite_admin)
        .service(list_admins)
        .service(disable_account)
        .service(enable_account)
        .service(revoke_user_sessions);
}

/// 利用者の招待: mails an invitation, or grants the role to an account that exists; the answer is the same.
#[utoipa::path(tag = "accounts", request_body = InviteUser, responses((status = 201, description = "Invited", body = InvitationView)))]
#[post("/consortia/{consortium_id}/users")]
async fn invite_user(service: Data<Service>, Id(id): Id, Write { call, body }: Write<InviteUser>) -> Replied {
    write(&service, call, move |ctx, call| {
        created(&area::invite_user(ctx, call, &id, &body)?, format!("/api/v1/consortia/{id}/users"))
    })
    .await
}

/// 利用者の一覧: the people of a consortium whom the caller may see.
#[utoipa::path(tag = "accounts", params(StaffQuery), responses((status = 200, description = "A page", body = Page<UserView>)))]
#[get("/consortia/{consortium_id}/users")]
async fn list_users(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<StaffQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_users(ctx, call, &id, &query)?, &uri)).await
}

/// 利用者の表示: somebody of a consortium.
#[utoipa::path(tag = "accounts", responses((status = 200, description = "The person", body = UserView)))]
#[get("/consortia/{consortium_id}/users/{user_id}")]
async fn get_user(service: Data<Service>, Read { call, .. }: Read, ids: Ids<2>) -> Replied {
    let Ids([id, user_id]) = ids;
    read(&service, call, move |ctx, call| ok(&area::get_user(ctx, call, &id, &user_id)?)).await
}

/// 利用者の停止: switches the account off, for who may take away every role that it holds.
#[utoipa::path(tag = "accounts", responses((status = 204, description = "Switched off")))]
#[post("/consortia/{consortium_id}/users/{user_id}/disable")]
async fn disable_user(service: Data<Service>, ids: Ids<2>, Write { call, .. }: Write<NoBody>) -> Replied {
    let Ids([id, user_id]) = ids;
    write(&service, call, move |ctx, call| area::disable_user(ctx, call, &id, &user_id).map(|()| no_content())).await
}

/// 役割の取消し: takes a role away; it ends with the next request.
#[utoipa::path(tag = "accounts", responses((status = 204, description = "Taken away")))]
#[post("/consortia/{consortium_id}/grants/{grant_id}/revoke")]
async fn revoke_grant(service: Data<Service>, ids: Ids<2>, Write { call, .. }: Write<NoBody>) -> Replied {
    let Ids([id, grant_id]) = ids;
    write(&service, call, move |ctx, call| area::revoke_grant(ctx, call, &id, &grant_id).map(|()| no_content())).await
}

/// サービス管理者の招待: invites a service administrator.
#[utoipa::path(tag = "accounts", request_body = InviteAdmin, responses((status = 201, description = "Invited", body = InvitationView)))]
#[post("/admins")]
async fn invite_admin(service: Data<Service>, Write { call, body }: Write<InviteAdmin>) -> Replied {
    write(&service, call, move |ctx, call| created(&area::invite_admin(ctx, call, &body)?, "/api/v1/admins".to_owned()))
        .await
}

/// サービス管理者の一覧: who administers the service or was invited to (service administrators).
#[utoipa::path(tag = "accounts", responses((status = 200, description = "A page", body = Page<UserView>)))]
#[get("/admins")]
async fn list_admins(service: Data<Service>, Read { call, uri }: Read, Query(query): Query<PageQuery>) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_admins(ctx, call, &query)?, &uri)).await
}

/// アカウントの停止: switches any account off (service administrators).
#[utoipa::path(tag = "accounts", responses((status = 204, description = "Switched off")))]
#[post("/users/{user_id}/disable")]
async fn disable_account(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| area::disable_account(ctx, call, &id).map(|()| no_content())).await
}

/// アカウントの再開: switches an account on again (service administrators).
#[utoipa::path(tag = "accounts", responses((status = 204, description = "Switched on")))]
#[post("/users/{user_id}/enable")]
async fn enable_account(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| area::enable_account(ctx, call, &id).map(|()| no_content())).await
}

/// 利用者の全セッションの終了: ends every session of somebody (service administrators).
#[utoipa::path(tag = "accounts", responses((status = 204, description = "All ended")))]
#[post("/users/{user_id}/revoke-sessions")]
async fn revoke_user_sessions(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| area::revoke_user_sessions(ctx, call, &id).map(|()| no_content())).await
}
