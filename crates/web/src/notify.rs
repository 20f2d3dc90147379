//! The mail log: what became of each mail, its attempts, and sending a parked one again. Addresses and texts stay out.

use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::notify::log::{self as area, DeliveryView, MailQuery, MailState, MailView, OutboxView, ServiceMailView};
use app::{Page, Service};
use askama::Template;
use domain::access::Action;
use http_kit::{Id, Ids};

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/consortia/{consortium_id}/mails", "page_mails", list)
        .get("/consortia/{consortium_id}/mails/{mail_id}", "page_mail", deliveries)
        .post("/consortia/{consortium_id}/mails/{mail_id}/retry", "page_retry_mail", retry)
        .get("/service/mails", "page_service_mails", service_mails)
        .post("/service/mails/{mail_id}/retry", "page_retry_service_mail", retry_service_mail);
}

const STATES: [(&str, &str); 4] =
    [("pending", "送信待ち"), ("sent", "送信済み"), ("parked", "送信できず保留"), ("suppressed", "受信しない設定")];

pub(crate) fn parse(word: &str) -> Option<MailState> {
    Some(match word {
        "pending" => MailState::Pending,
        "sent" => MailState::Sent,
        "parked" => MailState::Parked,
        "suppressed" => MailState::Suppressed,
        _ => return None,
    })
}

fn state(mail: &MailView) -> (&'static str, &'static str) {
    match mail.state {
        MailState::Pending => ("now", "送信待ち"),
        MailState::Sent => ("good", "送信済み"),
        MailState::Parked => ("bad", "送信できず保留"),
        MailState::Suppressed => ("", "受信しない設定"),
    }
}

#[derive(Template)]
#[template(path = "notify/service.html")]
struct ServicePage {
    shell: Shell,
    sheet: Sheet,
    outbox: OutboxView,
    mails: Page<ServiceMailView>,
    next: Option<String>,
    filter: String,
}

async fn service_page(
    service: &Service,
    visitor: &Visitor,
    sheet: Sheet,
) -> Result<ServicePage, crate::errors::Refused> {
    // One state at a time: first what waits for somebody.
    let filter = visitor.query_some("state").unwrap_or_else(|| "parked".to_owned());
    let page = visitor.page(Some(50));
    let query = MailQuery { state: parse(&filter), limit: page.limit, cursor: page.cursor, sort: page.sort };
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        Ok((area::get_outbox(ctx, call)?, area::list_service_mails(ctx, call, &query)?))
    };
    let (outbox, mails) = service.read(visitor.call.clone(), read).await?;
    let next = visitor.next_page(mails.next_cursor.as_deref());
    Ok(ServicePage { shell: Shell::new(service, visitor, "メールの送信"), sheet, outbox, mails, next, filter })
}

async fn service_mails(service: Data<Service>, visitor: Visitor) -> Shown {
    show::page(&service_page(&service, &visitor, Sheet::blank(&visitor)).await?)
}

async fn retry_service_mail(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    form.visitor.call.actor.permit_service(Action::RunService).map_err(app::Error::from)?;
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::retry_mail(ctx, call, &id)?;
        Ok("/service/mails?done=requeued".to_owned())
    };
    let sent = form.submit(&service, act).await;
    show::answer(&form, sent, async |sheet| service_page(&service, &form.visitor, sheet).await).await
}

/// What a mail tells.
pub(crate) fn kind(word: &str) -> &'static str {
    match word {
        "invite" => "招待・役割の追加",
        "password_reset" => "パスワードの再設定",
        "refresh_token_reused" => "不正利用の可能性",
        "new_device" => "新しい端末からのサインイン",
        "account_changed" => "パスワード・2段階認証・メールアドレスの変更",
        "email_change" => "新しいメールアドレスの確認",
        "daily_digest" => "1日1回のまとめ",
        "survey_opened" => "調査の開始",
        "survey_reminder" => "調査の督促",
        "survey_answer_returned" => "回答の差戻し",
        "estimate_notice" => "試算の確定（負担金の見込額）",
        "contract_made" => "契約の締結",
        "allocation_published" => "席の配分の公開",
        "entry_call_opened" => "受講者の募集",
        "application_received" => "申込みの受付",
        "application_arrived" => "申込みの到着（担当者あて）",
        "acknowledgement_requested" => "上長への確認依頼",
        "application_objected" => "上長の不同意（差戻し）",
        "application_selected" => "選考の結果（受講の決定）",
        "application_waiting" => "選考の結果（補欠）",
        "application_declined" => "選考の結果（見送り）",
        "seat_assigned" => "席の割当て",
        "seat_returned" => "席の返却",
        "seats_moved_away" => "席の移動（他の団体・予備席へ）",
        "offer_made" => "空席の案内",
        "offer_expired" => "空席の案内の期限切れ",
        "seat_request_submitted" => "追加配分の申請の到着",
        "seat_request_granted" => "追加配分の申請の承認",
        "seat_request_declined" => "追加配分の申請の見送り",
        "seat_request_returned" => "追加配分の申請の差戻し",
        "post_commented" => "自分の投稿へのコメント",
        "comment_replied" => "自分のコメントへの返信",
        "post_resolved" => "参加した相談の解決",
        "post_reviewed" => "投稿の確認結果",
        _ => "そのほかのお知らせ",
    }
}

#[derive(Template)]
#[template(path = "notify/list.html")]
struct ListPage {
    shell: Shell,
    sheet: Sheet,
    consortium_id: String,
    mails: Page<MailView>,
    next: Option<String>,
    filter: String,
    retries: bool,
}

async fn page(
    service: &Service,
    visitor: &Visitor,
    id: String,
    sheet: Sheet,
) -> Result<ListPage, crate::errors::Refused> {
    let filter = visitor.query("state");
    let page = visitor.page(Some(50));
    let query = MailQuery { state: parse(&filter), limit: page.limit, cursor: page.cursor, sort: page.sort };
    let consortium_id = id.clone();
    let mails = service.read(visitor.call.clone(), move |ctx, call| area::list_mails(ctx, call, &id, &query)).await?;
    let next = visitor.next_page(mails.next_cursor.as_deref());
    let retries = visitor.may(Action::RetryMails, &consortium_id, None);
    let shell = Shell::new(service, visitor, "メールの記録");
    Ok(ListPage { shell, sheet, consortium_id, mails, next, filter, retries })
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let sheet = Sheet::blank(&visitor);
    show::page(&page(&service, &visitor, id, sheet).await?)
}

async fn retry(service: Data<Service>, Ids([id, mail_id]): Ids<2>, form: Form) -> Shown {
    let consortium_id = id.clone();
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::retry_mail(ctx, call, &mail_id)?;
        Ok(format!("/consortia/{consortium_id}/mails?done=requeued"))
    };
    let sent = form.submit(&service, act).await;
    show::answer(&form, sent, async |sheet| page(&service, &form.visitor, id, sheet).await).await
}

#[derive(Template)]
#[template(path = "notify/one.html")]
struct OnePage {
    shell: Shell,
    deliveries: Page<DeliveryView>,
    next: Option<String>,
}

fn attempt(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "sent" => ("good", "送信した"),
        "deferred" => ("warn", "後で再送する"),
        "parked" => ("bad", "保留にした"),
        _ => ("", "不明"),
    }
}

/// What the mail server said, or that the mail became a file on the machine of the service, whose path is nobody's concern.
fn reply(detail: &str) -> &str {
    if detail.ends_with(".eml") {
        "送信せず、サーバーのフォルダーにファイルとして保存しました"
    } else {
        detail
    }
}

async fn deliveries(service: Data<Service>, visitor: Visitor, Ids([id, mail_id]): Ids<2>) -> Shown {
    visitor.permit(Action::ReadMailLog, &id, None)?;
    let query = visitor.page(None);
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| area::list_deliveries(ctx, call, &mail_id, &query);
    let deliveries = service.read(visitor.call.clone(), read).await?;
    let next = visitor.next_page(deliveries.next_cursor.as_deref());
    let shell = Shell::new(&service, &visitor, "送信の経過").under("メールの記録", format!("/consortia/{id}/mails"));
    show::page(&OnePage { shell, deliveries, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_machine_is_told_as_what_happened() {
        assert_eq!(reply("250 Kept"), "250 Kept");
        assert!(!reply("/var/lib/yui/mails/0199b3f0.eml").contains('/'));
    }
}
