//! The keys that sign access tokens, and their public half where RFC 8615 puts it.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post};
use app::accounts::{self as area, JwksView, SigningKeyView};
use app::{Page, Service};
use http_kit::reply::send;
use http_kit::{Id, NoBody, Read, Replied, Write, created, ok, read, write};

pub(super) fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(list_signing_keys).service(rotate_signing_key).service(revoke_signing_key);
}

pub(super) fn well_known(cfg: &mut Operations<'_, '_>) {
    cfg.service(get_jwks);
}

/// 公開鍵: the keys that verify access tokens now (RFC 7517).
#[utoipa::path(tag = "accounts", security(()), responses((status = 200, description = "The key set", body = JwksView)))]
#[get("/.well-known/jwks.json")]
async fn get_jwks(service: Data<Service>) -> Replied {
    send(ok(&area::jwks(&service).await?)?)
}

/// 署名鍵の一覧: every key, oldest first (service administrators).
#[utoipa::path(tag = "accounts", responses((status = 200, description = "One page", body = Page<SigningKeyView>)))]
#[get("/signing-keys")]
async fn list_signing_keys(service: Data<Service>, Read { call, .. }: Read) -> Replied {
    read(&service, call, |ctx, call| ok(&area::list_signing_keys(ctx, call)?)).await
}

/// 署名鍵の更新: a new key signs, the old one verifies until its last token has ended (service administrators).
#[utoipa::path(tag = "accounts", responses((status = 201, description = "The new key", body = SigningKeyView)))]
#[post("/signing-keys")]
async fn rotate_signing_key(service: Data<Service>, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, |ctx, call| created(&area::rotate_signing_key(ctx, call)?, "/api/v1/signing-keys".to_owned()))
        .await
}

/// 署名鍵の失効: ends every token that the key signed (service administrators).
#[utoipa::path(tag = "accounts", responses((status = 200, description = "The key", body = SigningKeyView)))]
#[post("/signing-keys/{kid}/revoke")]
async fn revoke_signing_key(service: Data<Service>, Id(kid): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| ok(&area::revoke_signing_key(ctx, call, &kid)?)).await
}
