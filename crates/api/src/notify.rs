//! Mails: the delivery log, sending again, and which kinds somebody wants.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post, put};
use app::home::{self, WaitingView};
use app::notify::log::{self, DeliveryView, MailQuery, MailView};
use app::notify::notices::{self, NoticeTextView, NoticeView};
use app::notify::preferences::{self, PreferencesView, SetPreferences};
use app::{Page, PageQuery, Service};
use http_kit::{Id, NoBody, Query, Read, Replied, Write, no_content, ok, page, read, write};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(list_mails).service(list_deliveries).service(retry_mail);
    cfg.service(list_notices).service(get_notice).service(read_notice).service(get_waiting);
    cfg.service(get_notification_preferences).service(set_notification_preferences);
}

/// メールの送信記録: the mails of a consortium without texts and addresses, newest first (lead and auditors).
#[utoipa::path(tag = "notify", params(MailQuery), responses((status = 200, description = "A page", body = Page<MailView>)))]
#[get("/consortia/{consortium_id}/mails")]
async fn list_mails(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<MailQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&log::list_mails(ctx, call, &id, &query)?, &uri)).await
}

/// 送信の試行: the attempts at a mail, oldest first (lead and auditors).
#[utoipa::path(tag = "notify", responses((status = 200, description = "A page", body = Page<DeliveryView>)))]
#[get("/mails/{mail_id}/deliveries")]
async fn list_deliveries(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&log::list_deliveries(ctx, call, &id, &query)?, &uri)).await
}

/// メールの再送: sends a parked mail again (lead and administrators).
#[utoipa::path(tag = "notify", responses((status = 200, description = "Waits to be sent", body = MailView)))]
#[post("/mails/{mail_id}/retry")]
async fn retry_mail(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| ok(&log::retry_mail(ctx, call, &id)?)).await
}

/// 通知の設定: every kind of mail, and whether the caller gets it.
#[utoipa::path(tag = "notify", responses((status = 200, description = "The kinds", body = PreferencesView)))]
#[get("/me/notification-preferences")]
async fn get_notification_preferences(service: Data<Service>, Read { call, .. }: Read) -> Replied {
    read(&service, call, move |ctx, call| ok(&preferences::get_notification_preferences(ctx, call)?)).await
}

/// 通知の設定の変更: replaces the caller's wishes; kinds that are not named are sent.
#[utoipa::path(tag = "notify", request_body = SetPreferences, responses((status = 200, description = "The kinds", body = PreferencesView)))]
#[put("/me/notification-preferences")]
async fn set_notification_preferences(service: Data<Service>, Write { call, body }: Write<SetPreferences>) -> Replied {
    write(&service, call, move |ctx, call| ok(&preferences::set_notification_preferences(ctx, call, &body)?)).await
}

/// 私を待っていること: deadlines, requests, offers and returned things over every role of the caller.
#[utoipa::path(tag = "notify", responses((status = 200, description = "The next deadline first", body = WaitingView)))]
#[get("/me/waiting")]
async fn get_waiting(service: Data<Service>, Read { call, .. }: Read) -> Replied {
    read(&service, call, |ctx, call| ok(&home::waiting(ctx, call)?)).await
}

/// お知らせの一覧: the mails addressed to the caller, also those that were declined, newest first.
#[utoipa::path(tag = "notify", responses((status = 200, description = "A page", body = Page<NoticeView>)))]
#[get("/me/notices")]
async fn list_notices(service: Data<Service>, Read { call, uri }: Read, Query(query): Query<PageQuery>) -> Replied {
    read(&service, call, move |ctx, call| page(&notices::list_notices(ctx, call, &query)?, &uri)).await
}

/// お知らせの表示: one of them with its text.
#[utoipa::path(tag = "notify", responses((status = 200, description = "The notice", body = NoticeTextView)))]
#[get("/me/notices/{notice_id}")]
async fn get_notice(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&notices::get_notice(ctx, call, &id)?)).await
}

/// お知らせの既読: marks one as read.
#[utoipa::path(tag = "notify", responses((status = 204, description = "Read")))]
#[post("/me/notices/{notice_id}/read")]
async fn read_notice(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| notices::read_notice(ctx, call, &id).map(|()| no_content())).await
}
