//! Entry calls (募集) and applications (申込み), the supervisor's one-time link, and the selection.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post, put};
use app::entries::acknowledgements::{self, AcknowledgementView, ObjectToApplication, PresentLink};
use app::entries::applications::{self, ApplicationView, ApplyToCall};
use app::entries::calls::{self, CloseEntryCall, DraftEntryCall, EntryCallView};
use app::entries::lottery::{self, DrawLottery};
use app::entries::selection::{self, ProposalView, SelectApplicants, SelectionView};
use app::{Error, Page, PageQuery, Reply, Service};
use http_kit::reply::{Versioned as _, send};
use http_kit::{AnonymousWrite, Id, NoBody, Query, Read, Replied, Write, created, no_content, ok, page, read, write};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(create_entry_call).service(list_entry_calls).service(get_entry_call).service(edit_entry_call);
    cfg.service(open_entry_call).service(close_entry_call).service(draw_lottery);
    cfg.service(propose_selection).service(select_applicants);
    cfg.service(apply_to_call).service(list_applications).service(list_my_applications);
    cfg.service(get_application).service(edit_application).service(withdraw_application);
    cfg.service(resend_acknowledgement).service(view_acknowledgement).service(acknowledge_application);
    cfg.service(object_to_application);
}

fn call_reply(view: &EntryCallView) -> Result<Reply, Error> {
    Ok(ok(view)?.version(view.version))
}

fn application_reply(view: &ApplicationView) -> Result<Reply, Error> {
    Ok(ok(view)?.version(view.version))
}

/// 募集の作成: drafts an entry call on the town's seats (contact).
#[utoipa::path(tag = "entries", request_body = DraftEntryCall, responses((status = 201, description = "Drafted", body = EntryCallView)))]
#[post("/seat-accounts/{account_id}/entry-calls")]
async fn create_entry_call(service: Data<Service>, Id(id): Id, Write { call, body }: Write<DraftEntryCall>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = calls::create_entry_call(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/entry-calls/{}", view.id))?.version(view.version))
    })
    .await
}

/// 募集の一覧: the calls that the caller sees, newest first; the lead sees every town's with its count of applications.
#[utoipa::path(tag = "entries", responses((status = 200, description = "A page", body = Page<EntryCallView>)))]
#[get("/consortia/{consortium_id}/entry-calls")]
async fn list_entry_calls(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&calls::list_entry_calls(ctx, call, &id, &query)?, &uri)).await
}

/// 募集の表示: one entry call; drafts are seen by those who manage them.
#[utoipa::path(tag = "entries", responses((status = 200, description = "The call", body = EntryCallView)))]
#[get("/entry-calls/{call_id}")]
async fn get_entry_call(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| call_reply(&calls::get_entry_call(ctx, call, &id)?)).await
}

/// 募集の修正: changes a draft (contact); every field is given again.
#[utoipa::path(tag = "entries", request_body = DraftEntryCall, responses((status = 200, description = "Changed", body = EntryCallView)))]
#[put("/entry-calls/{call_id}")]
async fn edit_entry_call(service: Data<Service>, Id(id): Id, Write { call, body }: Write<DraftEntryCall>) -> Replied {
    write(&service, call, move |ctx, call| call_reply(&calls::edit_entry_call(ctx, call, &id, &body)?)).await
}

/// 募集の開始: opens a draft and mails the town's staff (contact).
#[utoipa::path(tag = "entries", responses((status = 200, description = "Open", body = EntryCallView)))]
#[post("/entry-calls/{call_id}/open")]
async fn open_entry_call(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| call_reply(&calls::open_entry_call(ctx, call, &id)?)).await
}

/// 募集の締切: ends a call (contact); a lottery names the public value that will decide.
#[utoipa::path(tag = "entries", request_body = CloseEntryCall, responses((status = 200, description = "Closed", body = EntryCallView)))]
#[post("/entry-calls/{call_id}/close")]
async fn close_entry_call(service: Data<Service>, Id(id): Id, Write { call, body }: Write<CloseEntryCall>) -> Replied {
    write(&service, call, move |ctx, call| call_reply(&calls::close_entry_call(ctx, call, &id, &body)?)).await
}

/// 抽選: draws the lottery of a closed call, once, by the public value named at its close (contact).
#[utoipa::path(tag = "entries", request_body = DrawLottery, responses((status = 200, description = "Drawn, with all that is needed to repeat it", body = EntryCallView)))]
#[post("/entry-calls/{call_id}/draw")]
async fn draw_lottery(service: Data<Service>, Id(id): Id, Write { call, body }: Write<DrawLottery>) -> Replied {
    write(&service, call, move |ctx, call| call_reply(&lottery::draw_lottery(ctx, call, &id, &body)?)).await
}

/// 選考案: the order that the policy proposes, with reasons; decides nothing (contact).
#[utoipa::path(tag = "entries", responses((status = 200, description = "The proposal", body = ProposalView)))]
#[get("/entry-calls/{call_id}/selection-proposal")]
async fn propose_selection(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&selection::propose_selection(ctx, call, &id)?)).await
}

/// 選考: decides every applicant with a reason in one step; seats are assigned while any is free, the rest wait (contact).
#[utoipa::path(tag = "entries", request_body = SelectApplicants, responses((status = 200, description = "Selected", body = SelectionView)))]
#[post("/entry-calls/{call_id}/selection")]
async fn select_applicants(
    service: Data<Service>,
    Id(id): Id,
    Write { call, body }: Write<SelectApplicants>,
) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = selection::select_applicants(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.entry_call.version))
    })
    .await
}

/// 申込み: applies to an open call of the own town; the supervisor is asked by a one-time link.
#[utoipa::path(tag = "entries", request_body = ApplyToCall, responses((status = 201, description = "Applied", body = ApplicationView)))]
#[post("/entry-calls/{call_id}/applications")]
async fn apply_to_call(service: Data<Service>, Id(id): Id, Write { call, body }: Write<ApplyToCall>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = applications::apply_to_call(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/applications/{}", view.id))?.version(view.version))
    })
    .await
}

/// 申込みの一覧: the applications to a call in the order of arrival (contact, auditor).
#[utoipa::path(tag = "entries", responses((status = 200, description = "A page", body = Page<ApplicationView>)))]
#[get("/entry-calls/{call_id}/applications")]
async fn list_applications(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&applications::list_applications(ctx, call, &id, &query)?, &uri)).await
}

/// 自分の申込み: the caller's applications with their places on waiting lists, newest first.
#[utoipa::path(tag = "entries", responses((status = 200, description = "A page", body = Page<ApplicationView>)))]
#[get("/me/applications")]
async fn list_my_applications(
    service: Data<Service>,
    Read { call, uri }: Read,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&applications::list_my_applications(ctx, call, &query)?, &uri)).await
}

/// 申込みの表示: one application (its author, the town's contact, an auditor).
#[utoipa::path(tag = "entries", responses((status = 200, description = "The application", body = ApplicationView)))]
#[get("/applications/{application_id}")]
async fn get_application(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| application_reply(&applications::get_application(ctx, call, &id)?)).await
}

/// 申込みの修正: corrects an own application while the call is open; the supervisor is asked again.
#[utoipa::path(tag = "entries", request_body = ApplyToCall, responses((status = 200, description = "Corrected", body = ApplicationView)))]
#[put("/applications/{application_id}")]
async fn edit_application(service: Data<Service>, Id(id): Id, Write { call, body }: Write<ApplyToCall>) -> Replied {
    write(&service, call, move |ctx, call| application_reply(&applications::edit_application(ctx, call, &id, &body)?))
        .await
}

/// 申込みの取下げ: takes an own application back; who waits leaves the waiting list.
#[utoipa::path(tag = "entries", responses((status = 200, description = "Withdrawn", body = ApplicationView)))]
#[post("/applications/{application_id}/withdraw")]
async fn withdraw_application(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| application_reply(&applications::withdraw_application(ctx, call, &id)?))
        .await
}

/// 上長確認の再送: sends the supervisor another link; earlier ones end (contact).
#[utoipa::path(tag = "entries", responses((status = 204, description = "Sent")))]
#[post("/applications/{application_id}/acknowledgement-requests")]
async fn resend_acknowledgement(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        acknowledgements::resend_acknowledgement(ctx, call, &id).map(|()| no_content())
    })
    .await
}

/// 上長確認の内容: what the link of the mail is about; needs no account.
#[utoipa::path(tag = "entries", security(()), request_body = PresentLink, responses((status = 200, description = "The application", body = AcknowledgementView)))]
#[post("/acknowledgements/view")]
async fn view_acknowledgement(
    service: Data<Service>,
    AnonymousWrite { meta, body }: AnonymousWrite<PresentLink>,
) -> Replied {
    send(ok(&acknowledgements::view_acknowledgement(&service, &meta, body).await?)?)
}

/// 上長確認: acknowledges the application by the link of the mail; the link works once and needs no account.
#[utoipa::path(tag = "entries", security(()), request_body = PresentLink, responses((status = 200, description = "Acknowledged", body = AcknowledgementView)))]
#[post("/acknowledgements")]
async fn acknowledge_application(
    service: Data<Service>,
    AnonymousWrite { meta, body }: AnonymousWrite<PresentLink>,
) -> Replied {
    send(ok(&acknowledgements::acknowledge_application(&service, &meta, body).await?)?)
}

/// 上長の不同意: sends the application back with a reason, by the link of the mail; the link works once and needs no account.
#[utoipa::path(tag = "entries", security(()), request_body = ObjectToApplication, responses((status = 200, description = "Noted; applicant and contacts are told", body = AcknowledgementView)))]
#[post("/acknowledgements/objections")]
async fn object_to_application(
    service: Data<Service>,
    AnonymousWrite { meta, body }: AnonymousWrite<ObjectToApplication>,
) -> Replied {
    send(ok(&acknowledgements::object_to_application(&service, &meta, body).await?)?)
}
