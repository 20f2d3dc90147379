//! One-time links and the first administrator: open routes that a token of a mail or of the first start opens.

use crate::operations::Operations;
use actix_web::post;
use actix_web::web::Data;
use app::Service;
use app::accounts::{
    self as area, AcceptInvitation, AcceptedView, Bootstrap, ConfirmPasswordReset, MeView, RequestPasswordReset,
};
use http_kit::reply::send;
use http_kit::{AnonymousWrite, Replied, created, ok};

pub(super) fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(accept_invitation).service(request_password_reset).service(confirm_password_reset).service(bootstrap);
}

/// 招待の承諾: sets the first password by the link of the mail; the link works once, for 7 days.
#[utoipa::path(tag = "accounts", security(()), request_body = AcceptInvitation, responses((status = 200, description = "Accepted: sign in now", body = AcceptedView)))]
#[post("/invitations/accept")]
async fn accept_invitation(
    service: Data<Service>,
    AnonymousWrite { meta, body }: AnonymousWrite<AcceptInvitation>,
) -> Replied {
    send(ok(&area::accept_invitation(&service, &meta, body).await?)?)
}

/// パスワード再設定の申込み: mails a link if the account exists; the answer never tells.
#[utoipa::path(tag = "accounts", security(()), request_body = RequestPasswordReset, responses((status = 202, description = "Taken")))]
#[post("/password-resets")]
async fn request_password_reset(
    service: Data<Service>,
    AnonymousWrite { meta, body }: AnonymousWrite<RequestPasswordReset>,
) -> Replied {
    area::request_password_reset(&service, &meta, body).await?;
    Ok(actix_web::HttpResponse::Accepted().finish())
}

/// パスワードの再設定: sets a new password by the link of the mail (once, 10 minutes); every session ends.
#[utoipa::path(tag = "accounts", security(()), request_body = ConfirmPasswordReset, responses((status = 200, description = "Set: sign in now", body = AcceptedView)))]
#[post("/password-resets/confirm")]
async fn confirm_password_reset(
    service: Data<Service>,
    AnonymousWrite { meta, body }: AnonymousWrite<ConfirmPasswordReset>,
) -> Replied {
    send(ok(&area::confirm_password_reset(&service, &meta, body).await?)?)
}

/// 最初の管理者: makes the first administrator by the token that the service printed at its first start.
#[utoipa::path(tag = "accounts", security(()), request_body = Bootstrap, responses((status = 201, description = "Made: sign in now", body = MeView)))]
#[post("/bootstrap")]
async fn bootstrap(service: Data<Service>, AnonymousWrite { meta, body }: AnonymousWrite<Bootstrap>) -> Replied {
    let view = area::bootstrap(&service, &meta, body).await?;
    send(created(&view, "/api/v1/me".to_owned())?)
}
