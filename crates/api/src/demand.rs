//! Demand (意向調査・本申込): surveys of the lead and the answers of towns.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{delete, get, post, put};
use app::Service;
use app::demand::answers::{self, AnswerContent, AnswerView, ReturnAnswer};
use app::demand::drafts::{self, AnswerDraft, AnswerDraftView};
use app::demand::overview::{self, OverviewView, UnansweredList};
use app::demand::{self as area, ExtendSurvey, RemindTowns, RemindersView, SurveyContent, SurveyView, SurveysView};
use http_kit::reply::Versioned as _;
use http_kit::{Id, Ids, NoBody, Read, Replied, Write, created, no_content, ok, read, write};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(create_survey).service(list_surveys).service(get_survey).service(change_survey);
    cfg.service(open_survey).service(extend_survey).service(close_survey);
    cfg.service(remind_towns).service(list_reminders);
    cfg.service(get_answers).service(list_unanswered).service(get_answer).service(save_answer);
    cfg.service(get_answer_draft).service(save_answer_draft).service(discard_answer_draft);
    cfg.service(submit_answer).service(return_answer).service(fix_answer);
}

/// 調査の作成: prepares a survey of a round (lead).
#[utoipa::path(tag = "demand", request_body = SurveyContent, responses((status = 201, description = "Created", body = SurveyView)))]
#[post("/rounds/{round_id}/surveys")]
async fn create_survey(service: Data<Service>, Id(id): Id, Write { call, body }: Write<SurveyContent>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::create_survey(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/surveys/{}", view.id))?.version(view.version))
    })
    .await
}

/// 調査の一覧: the surveys of a round, oldest first; towns see those that were opened.
#[utoipa::path(tag = "demand", responses((status = 200, description = "All of them", body = SurveysView)))]
#[get("/rounds/{round_id}/surveys")]
async fn list_surveys(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&area::list_surveys(ctx, call, &id)?)).await
}

/// 調査の表示: one survey.
#[utoipa::path(tag = "demand", responses((status = 200, description = "The survey", body = SurveyView)))]
#[get("/surveys/{survey_id}")]
async fn get_survey(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_survey(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 調査の変更: changes a survey that has not opened yet.
#[utoipa::path(tag = "demand", request_body = SurveyContent, responses((status = 200, description = "Changed", body = SurveyView)))]
#[put("/surveys/{survey_id}")]
async fn change_survey(service: Data<Service>, Id(id): Id, Write { call, body }: Write<SurveyContent>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::change_survey(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 調査の開始: opens a survey and writes to every invited town.
#[utoipa::path(tag = "demand", responses((status = 200, description = "Opened", body = SurveyView)))]
#[post("/surveys/{survey_id}/open")]
async fn open_survey(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::open_survey(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 締切の延長: moves the deadline to a later date.
#[utoipa::path(tag = "demand", request_body = ExtendSurvey, responses((status = 200, description = "Extended", body = SurveyView)))]
#[post("/surveys/{survey_id}/extend")]
async fn extend_survey(service: Data<Service>, Id(id): Id, Write { call, body }: Write<ExtendSurvey>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::extend_survey(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 調査の締切: closes a survey; the round goes on to quotes and scenarios.
#[utoipa::path(tag = "demand", responses((status = 200, description = "Closed", body = SurveyView)))]
#[post("/surveys/{survey_id}/close")]
async fn close_survey(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::close_survey(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 督促: reminds towns that have not answered, all or those named; mailed and recorded.
#[utoipa::path(tag = "demand", request_body = RemindTowns, responses((status = 200, description = "All reminders so far", body = RemindersView)))]
#[post("/surveys/{survey_id}/remind")]
async fn remind_towns(service: Data<Service>, Id(id): Id, Write { call, body }: Write<RemindTowns>) -> Replied {
    write(&service, call, move |ctx, call| ok(&area::remind_towns(ctx, call, &id, &body)?)).await
}

/// 督促の記録: the reminders sent; a town sees its own.
#[utoipa::path(tag = "demand", responses((status = 200, description = "Oldest first", body = RemindersView)))]
#[get("/surveys/{survey_id}/reminders")]
async fn list_reminders(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&area::list_reminders(ctx, call, &id)?)).await
}

/// 回答の一覧: every invited town with its answer, and totals; a town sees its own line.
#[utoipa::path(tag = "demand", responses((status = 200, description = "By municipality code", body = OverviewView)))]
#[get("/surveys/{survey_id}/answers")]
async fn get_answers(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&overview::get_answers(ctx, call, &id)?)).await
}

/// 未回答の団体: the towns that are still waited for (lead, auditors).
#[utoipa::path(tag = "demand", responses((status = 200, description = "By municipality code", body = UnansweredList)))]
#[get("/surveys/{survey_id}/unanswered")]
async fn list_unanswered(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&overview::list_unanswered(ctx, call, &id)?)).await
}

/// 回答の表示: the answer of one town.
#[utoipa::path(tag = "demand", responses((status = 200, description = "The answer", body = AnswerView)))]
#[get("/surveys/{survey_id}/answers/{member_id}")]
async fn get_answer(service: Data<Service>, Read { call, .. }: Read, Ids(ids): Ids<2>) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = answers::get_answer(ctx, call, &ids[0], &ids[1])?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 回答の入力: writes the town's answer; without `If-Match` the first time, with it later.
#[utoipa::path(
    tag = "demand",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is edited; none the first time.")),
    request_body = AnswerContent,
    responses((status = 200, description = "Saved", body = AnswerView))
)]
#[put("/surveys/{survey_id}/answers/{member_id}")]
async fn save_answer(service: Data<Service>, Ids(ids): Ids<2>, Write { call, body }: Write<AnswerContent>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = answers::save_answer(ctx, call, &ids[0], &ids[1], &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 下書きの表示: what the town has typed and not handed in (its contacts only).
#[utoipa::path(tag = "demand", responses((status = 200, description = "The draft", body = AnswerDraftView)))]
#[get("/surveys/{survey_id}/answers/{member_id}/draft")]
async fn get_answer_draft(service: Data<Service>, Read { call, .. }: Read, Ids(ids): Ids<2>) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = drafts::get_answer_draft(ctx, call, &ids[0], &ids[1])?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 下書きの保存: keeps what was typed, whether or not it could be handed in; without `If-Match` the first time.
#[utoipa::path(
    tag = "demand",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is edited; none the first time.")),
    request_body = AnswerDraft,
    responses((status = 200, description = "Saved", body = AnswerDraftView))
)]
#[put("/surveys/{survey_id}/answers/{member_id}/draft")]
async fn save_answer_draft(
    service: Data<Service>,
    Ids(ids): Ids<2>,
    Write { call, body }: Write<AnswerDraft>,
) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = drafts::save_answer_draft(ctx, call, &ids[0], &ids[1], &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 下書きの削除: throws the draft away; a saved answer stays as it is.
#[utoipa::path(tag = "demand", responses((status = 204, description = "Gone")))]
#[delete("/surveys/{survey_id}/answers/{member_id}/draft")]
async fn discard_answer_draft(service: Data<Service>, Ids(ids): Ids<2>, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        drafts::discard_answer_draft(ctx, call, &ids[0], &ids[1]).map(|()| no_content())
    })
    .await
}

/// 回答の提出: hands the answer in, or in again after it was returned.
#[utoipa::path(tag = "demand", responses((status = 200, description = "Submitted", body = AnswerView)))]
#[post("/surveys/{survey_id}/answers/{member_id}/submit")]
async fn submit_answer(service: Data<Service>, Ids(ids): Ids<2>, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = answers::submit_answer(ctx, call, &ids[0], &ids[1])?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 差戻し: returns an answer to the town with a reason (lead).
#[utoipa::path(tag = "demand", request_body = ReturnAnswer, responses((status = 200, description = "Returned", body = AnswerView)))]
#[post("/surveys/{survey_id}/answers/{member_id}/return")]
async fn return_answer(service: Data<Service>, Ids(ids): Ids<2>, Write { call, body }: Write<ReturnAnswer>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = answers::return_answer(ctx, call, &ids[0], &ids[1], &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 回答の確定: fixes an answer (lead).
#[utoipa::path(tag = "demand", responses((status = 200, description = "Fixed", body = AnswerView)))]
#[post("/surveys/{survey_id}/answers/{member_id}/fix")]
async fn fix_answer(service: Data<Service>, Ids(ids): Ids<2>, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = answers::fix_answer(ctx, call, &ids[0], &ids[1])?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}
