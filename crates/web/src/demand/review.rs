//! What the lead does with one town's answer: return it with a reason (差戻し), or fix it.

use super::under_round;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::Service;
use app::demand::answers::{self as area, AnswerView, ReturnAnswer};
use app::demand::{SurveyView, get_survey};
use askama::Template;
use domain::access::Action;
use http_kit::Ids;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/surveys/{survey_id}/answers/{member_id}/review", "page_review_answer", show_review)
        .post("/surveys/{survey_id}/answers/{member_id}/return", "page_return_answer", give_back)
        .post("/surveys/{survey_id}/answers/{member_id}/fix", "page_fix_answer", fix);
}

const RETURN: &Spec = &[("reason", Kind::Text)];

#[derive(Template)]
#[template(path = "demand/review.html")]
struct ReviewPage {
    shell: Shell,
    sheet: Sheet,
    survey: SurveyView,
    name: String,
    answer: AnswerView,
}

async fn page(
    service: &Service,
    visitor: &Visitor,
    survey_id: String,
    member_id: String,
    sheet: Sheet,
) -> Result<ReviewPage, Refused> {
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let survey = get_survey(ctx, call, &survey_id)?;
        let round = app::rounds::get_round_alone(ctx, call, &survey.round_id)?;
        let answer = area::get_answer(ctx, call, &survey_id, &member_id)?;
        let town = app::consortium::get_member(ctx, call, &member_id)?;
        Ok((survey, round, answer, town.name))
    };
    let (survey, round, answer, name) = service.read(visitor.call.clone(), read).await?;
    visitor.permit(Action::ReviewAnswers, &survey.consortium_id, Some(&answer.member_id))?;
    let shell = under_round(service, visitor, &round, format!("{name}の回答"))
        .under(survey.title.clone(), format!("/surveys/{}", survey.id));
    Ok(ReviewPage { shell, sheet, survey, name, answer })
}

async fn show_review(service: Data<Service>, visitor: Visitor, Ids([survey_id, member_id]): Ids<2>) -> Shown {
    let sheet = Sheet::blank(&visitor);
    show::page(&page(&service, &visitor, survey_id, member_id, sheet).await?)
}

async fn give_back(service: Data<Service>, Ids([survey_id, member_id]): Ids<2>, form: Form) -> Shown {
    let (survey, member) = (survey_id.clone(), member_id.clone());
    let sent = form
        .send(&service, RETURN, move |ctx, call, cmd: &ReturnAnswer| {
            area::return_answer(ctx, call, &survey, &member, cmd)?;
            Ok(format!("/surveys/{survey}?done=returned"))
        })
        .await;
    show::answer(&form, sent, async |sheet| page(&service, &form.visitor, survey_id, member_id, sheet).await).await
}

async fn fix(service: Data<Service>, Ids([survey_id, member_id]): Ids<2>, form: Form) -> Shown {
    let (survey, member) = (survey_id.clone(), member_id.clone());
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        area::fix_answer(ctx, call, &survey, &member)?;
        Ok(format!("/surveys/{survey}?done=fixed"))
    };
    let sent = form.submit(&service, act).await;
    show::answer(&form, sent, async |sheet| page(&service, &form.visitor, survey_id, member_id, sheet).await).await
}
