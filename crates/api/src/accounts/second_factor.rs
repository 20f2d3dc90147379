//! The second factor (2段階認証) and proving to be there again. An answer with a seed is kept sealed, one with recovery
//! codes not at all: the code behind it counts once.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post};
use app::Service;
use app::accounts::{self as area, ConfirmSecondFactor, EnrolmentView, Proof, RecoveryCodesView, SecondFactorView};
use http_kit::reply::send;
use http_kit::{Id, NoBody, Read, Replied, Write, created, no_content, ok, read, write, write_sealed};

pub(super) fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(step_up).service(get_second_factor).service(begin_second_factor).service(confirm_second_factor);
    cfg.service(renew_recovery_codes).service(disable_second_factor).service(reset_second_factor);
}

/// 本人確認: password or code again; for five minutes the session may do what needs it.
#[utoipa::path(tag = "accounts", request_body = Proof, responses((status = 204, description = "Proved")))]
#[post("/sessions/step-up")]
async fn step_up(service: Data<Service>, Write { call, body }: Write<Proof>) -> Replied {
    area::step_up(&service, call, body).await?;
    send(no_content())
}

/// 2段階認証の表示: the caller's second factor.
#[utoipa::path(tag = "accounts", responses((status = 200, description = "Its state", body = SecondFactorView)))]
#[get("/me/second-factor")]
async fn get_second_factor(service: Data<Service>, Read { call, .. }: Read) -> Replied {
    read(&service, call, |ctx, call| ok(&area::get_second_factor(ctx, call)?)).await
}

/// 2段階認証の登録: a new seed for an authenticator app; it counts after its first code.
#[utoipa::path(tag = "accounts", responses((status = 201, description = "The seed", body = EnrolmentView)))]
#[post("/me/second-factor")]
async fn begin_second_factor(service: Data<Service>, Write { call, .. }: Write<NoBody>) -> Replied {
    write_sealed(&service, call, |ctx, call| {
        created(&area::begin_second_factor(ctx, call)?, "/api/v1/me/second-factor".to_owned())
    })
    .await
}

/// 2段階認証の開始: the first code; the answer shows the recovery codes once, every other session ends.
#[utoipa::path(tag = "accounts", request_body = ConfirmSecondFactor, responses((status = 200, description = "Enabled", body = RecoveryCodesView)))]
#[post("/me/second-factor/confirm")]
async fn confirm_second_factor(service: Data<Service>, Write { call, body }: Write<ConfirmSecondFactor>) -> Replied {
    let view = service.write(call, move |ctx, call| area::confirm_second_factor(ctx, call, &body)).await?;
    send(ok(&view)?)
}

/// 回復コードの再発行: ten new recovery codes, by password and code.
#[utoipa::path(tag = "accounts", request_body = Proof, responses((status = 200, description = "The codes", body = RecoveryCodesView)))]
#[post("/me/second-factor/recovery-codes")]
async fn renew_recovery_codes(service: Data<Service>, Write { call, body }: Write<Proof>) -> Replied {
    send(ok(&area::renew_recovery_codes(&service, call, body).await?)?)
}

/// 2段階認証の停止: takes the second factor away, by password and code.
#[utoipa::path(tag = "accounts", request_body = Proof, responses((status = 204, description = "Taken away")))]
#[post("/me/second-factor/disable")]
async fn disable_second_factor(service: Data<Service>, Write { call, body }: Write<Proof>) -> Replied {
    area::disable_second_factor(&service, call, body).await?;
    send(no_content())
}

/// 2段階認証の解除: for somebody who lost phone and recovery codes (service administrators).
#[utoipa::path(tag = "accounts", responses((status = 204, description = "Taken away")))]
#[post("/users/{user_id}/second-factor/reset")]
async fn reset_second_factor(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| area::reset_second_factor(ctx, call, &id).map(|()| no_content())).await
}
