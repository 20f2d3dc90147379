//! Personal access tokens of the caller.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post};
use app::accounts::{self as area, CreatePersonalToken, NewPersonalTokenView, PersonalTokenView};
use app::{Page, PageQuery, Service};
use http_kit::{Id, NoBody, Query, Read, Replied, Write, created, no_content, page, read, write, write_sealed};

pub(super) fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(create_personal_token).service(list_personal_tokens).service(revoke_personal_token);
}

/// 個人用アクセストークンの作成: shown this one time; only a retry with the same key gets it again.
#[utoipa::path(tag = "accounts", request_body = CreatePersonalToken, responses((status = 201, description = "Made", body = NewPersonalTokenView)))]
#[post("/personal-tokens")]
async fn create_personal_token(service: Data<Service>, Write { call, body }: Write<CreatePersonalToken>) -> Replied {
    write_sealed(&service, call, move |ctx, call| {
        created(&area::create_personal_token(ctx, call, &body)?, "/api/v1/personal-tokens".to_owned())
    })
    .await
}

/// 個人用アクセストークンの一覧: the caller's tokens, oldest first.
#[utoipa::path(tag = "accounts", responses((status = 200, description = "A page", body = Page<PersonalTokenView>)))]
#[get("/personal-tokens")]
async fn list_personal_tokens(
    service: Data<Service>,
    Read { call, uri }: Read,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_personal_tokens(ctx, call, &query)?, &uri)).await
}

/// 個人用アクセストークンの取消し: ends a token at once.
#[utoipa::path(tag = "accounts", responses((status = 204, description = "Ended")))]
#[post("/personal-tokens/{token_id}/revoke")]
async fn revoke_personal_token(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| area::revoke_personal_token(ctx, call, &id).map(|()| no_content())).await
}
