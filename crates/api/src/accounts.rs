//! Accounts (利用者と認証): one file for each kind of thing, this one for oneself and one's sessions.
//!
//! Answers that begin a session or follow a password are never kept as idempotency records: those handlers call the
//! use case directly, and stand in the list of `openapi/keyless.rs`. Others that show a secret once are kept sealed.

mod keys;
mod links;
mod people;
mod second_factor;
mod tokens;

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post, put};
use app::accounts::{
    self as area, ChangeMe, ChangePassword, FinishSignIn, MeView, RefreshSession, SessionView, SignIn, SignedIn,
};
use app::{Page, PageQuery, Service};
use http_kit::reply::{Versioned as _, send};
use http_kit::{AnonymousWrite, Id, NoBody, Query, Read, Replied, Write, no_content, ok, page, read, write};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(sign_in).service(finish_sign_in).service(refresh_session).service(list_sessions).service(sign_out);
    cfg.service(revoke_all_sessions).service(revoke_session);
    cfg.service(get_me).service(change_me).service(change_password);
    cfg.configure(links::routes)
        .configure(tokens::routes)
        .configure(second_factor::routes)
        .configure(people::routes)
        .configure(keys::routes);
}

/// What stands outside of the versioned API because a standard says where.
pub fn well_known(cfg: &mut Operations<'_, '_>) {
    cfg.configure(keys::well_known);
}

/// サインイン: begins a session; access token for 15 minutes, refresh token that works once.
///
/// An account with a second factor answers 401 `second_factor_required` with `facts.ticket`: give `code` here, or the
/// ticket and a code to `/sessions/finish`. With `must_enrol` the tokens open nothing but the enrolment.
#[utoipa::path(tag = "accounts", security(()), request_body = SignIn, responses((status = 200, description = "Signed in", body = SignedIn), (status = 401, description = "No such address and password, or a code is needed too (`second_factor_required`, `facts.ticket`)", body = http_kit::problem::Document, content_type = "application/problem+json")))]
#[post("/sessions")]
async fn sign_in(service: Data<Service>, AnonymousWrite { meta, body }: AnonymousWrite<SignIn>) -> Replied {
    send(ok(&area::sign_in(&service, &meta, body).await?)?)
}

/// サインインの完了: the ticket of `second_factor_required` and a code, or a recovery code, for an account with a second factor.
#[utoipa::path(tag = "accounts", security(()), request_body = FinishSignIn, responses((status = 200, description = "Signed in", body = SignedIn), (status = 401, description = "A wrong or used code, or more than five minutes since the password", body = http_kit::problem::Document, content_type = "application/problem+json")))]
#[post("/sessions/finish")]
async fn finish_sign_in(
    service: Data<Service>,
    AnonymousWrite { meta, body }: AnonymousWrite<FinishSignIn>,
) -> Replied {
    send(ok(&area::finish_sign_in(&service, &meta, body).await?)?)
}

/// トークンの更新: exchanges a refresh token; used twice, its whole session ends.
#[utoipa::path(tag = "accounts", security(()), request_body = RefreshSession, responses((status = 200, description = "Fresh tokens", body = SignedIn), (status = 401, description = "Unknown, ended or used before", body = http_kit::problem::Document, content_type = "application/problem+json")))]
#[post("/sessions/refresh")]
async fn refresh_session(
    service: Data<Service>,
    AnonymousWrite { meta, body }: AnonymousWrite<RefreshSession>,
) -> Replied {
    send(ok(&area::refresh_session(&service, &meta, body).await?)?)
}

/// セッションの一覧: the caller's sessions, newest first.
#[utoipa::path(tag = "accounts", responses((status = 200, description = "A page", body = Page<SessionView>)))]
#[get("/sessions")]
async fn list_sessions(service: Data<Service>, Read { call, uri }: Read, Query(query): Query<PageQuery>) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_sessions(ctx, call, &query)?, &uri)).await
}

/// サインアウト: ends the session that asks.
#[utoipa::path(tag = "accounts", responses((status = 204, description = "Signed out")))]
#[post("/sessions/sign-out")]
async fn sign_out(service: Data<Service>, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, |ctx, call| area::sign_out(ctx, call).map(|()| no_content())).await
}

/// 全セッションの終了: ends every session of the caller, also the one that asks.
#[utoipa::path(tag = "accounts", responses((status = 204, description = "All ended")))]
#[post("/sessions/revoke-all")]
async fn revoke_all_sessions(service: Data<Service>, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, |ctx, call| area::revoke_all_sessions(ctx, call).map(|()| no_content())).await
}

/// セッションの終了: ends one session of the caller.
#[utoipa::path(tag = "accounts", responses((status = 204, description = "Ended")))]
#[post("/sessions/{session_id}/revoke")]
async fn revoke_session(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| area::revoke_session(ctx, call, &id).map(|()| no_content())).await
}

/// 自分の表示: the caller with the roles held now.
#[utoipa::path(tag = "accounts", responses((status = 200, description = "The caller", body = MeView)))]
#[get("/me")]
async fn get_me(service: Data<Service>, Read { call, .. }: Read) -> Replied {
    read(&service, call, |ctx, call| {
        let view = area::get_me(ctx, call)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 自分の変更: changes how the caller is called.
#[utoipa::path(tag = "accounts", request_body = ChangeMe, params(("If-Match" = String, Header, description = "The `ETag` of the version that is edited.")), responses((status = 200, description = "Changed", body = MeView)))]
#[put("/me")]
async fn change_me(service: Data<Service>, Write { call, body }: Write<ChangeMe>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::change_me(ctx, call, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// パスワードの変更: needs the present one, ends every other session; the present password stands for `If-Match`.
#[utoipa::path(tag = "accounts", request_body = ChangePassword, responses((status = 204, description = "Changed")))]
#[put("/me/password")]
async fn change_password(service: Data<Service>, Write { call, body }: Write<ChangePassword>) -> Replied {
    area::change_password(&service, call, body).await?;
    send(no_content())
}
