//! The answer of one town with what stands around it: the survey, the town, last year's use, and whether
//! it can be written now.

use super::answers::{AnswerView, answer_state};
use super::drafts::AnswerDraftView;
use super::{SurveyView, load, round_of, state};
use crate::service::Call;
use crate::{Ctx, Error};
use domain::access::Action;
use domain::demand::{AnswerAct, accepts_answers};
use serde::Serialize;

/// What a town looks at when it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerSheet {
    /// The survey.
    pub survey: SurveyView,
    /// Title of the round.
    pub round_title: String,
    /// What is procured.
    pub product: String,
    /// 団体名.
    pub member_name: String,
    /// Seats in use in the fiscal year before; null when there were none.
    pub last_year_seats: Option<i64>,
    /// The answer so far.
    pub answer: Option<AnswerView>,
    /// What was typed and not handed in; for those who answer for the town.
    pub draft: Option<AnswerDraftView>,
    /// Whether the answer takes changes now.
    pub open: bool,
}

/// The answer of a town with what stands around it.
///
/// # Errors
/// [`Error::NotFound`] for another town's, and for a town that was not invited.
pub fn get_answer_sheet(
    ctx: &mut Ctx<'_>,
    call: &Call,
    survey_id: &str,
    member_id: &str,
) -> Result<AnswerSheet, Error> {
    let survey = load(ctx, call, Action::ReadConsortium, survey_id)?;
    call.actor.permit(Action::ReadAnswers, &survey.consortium_id, Some(member_id))?;
    if !store::rounds::is_invited(ctx.db, &survey.round_id, member_id)? {
        return Err(Error::NotFound);
    }
    let round = round_of(ctx, &survey)?;
    let answer = store::demand::answer_of(ctx.db, survey_id, member_id)?;
    let takes = answer.as_ref().map(answer_state).transpose()?.is_none_or(|state| state.after(AnswerAct::Save).is_ok());
    let answers = call.actor.permit(Action::AnswerSurvey, &survey.consortium_id, Some(member_id)).is_ok();
    let draft = if answers { store::demand::draft_of(ctx.db, survey_id, member_id)? } else { None };
    let open = accepts_answers(state(&survey)?, survey.deadline_on, ctx.now).is_ok();
    Ok(AnswerSheet {
        last_year_seats: super::overview::used_last_year(ctx, &round)?.get(member_id).copied(),
        survey: survey.into(),
        round_title: round.title,
        product: round.product,
        member_name: store::consortium::find_member(ctx.db, member_id)?.name,
        answer: answer.map(AnswerView::try_from).transpose()?,
        draft: draft.map(AnswerDraftView::try_from).transpose()?,
        open: takes && open,
    })
}
