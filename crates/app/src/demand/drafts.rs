//! What a town's contact has typed into an answer so far (回答の下書き): kept as typed, whether or not it could be handed in.
//!
//! Only who answers for the town reads it; the lead sees that there is one. It is gone once the answer is saved.

use super::answers::{MOST_POINTS, answer_state, load_for, record};
use super::{refused, state};
use crate::input::Checker;
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::demand::{AnswerAct, accepts_answers};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::demand::Draft;
use utoipa::ToSchema;

/// Characters of a number as typed.
const MOST_DIGITS: usize = 40;
/// Characters of the reason: more than an answer takes, so that what is too long is not lost.
const MOST_REASON: usize = 4_000;

/// A price point as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DraftPoint {
    /// As typed, at most 40 characters.
    #[schema(example = "24,000円", max_length = 40)]
    pub unit_price_at_most_yen: Option<String>,
    /// As typed, at most 40 characters.
    #[schema(example = "100", max_length = 40)]
    pub seats: Option<String>,
}

/// An answer as typed; every field may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerDraft {
    /// As typed, at most 40 characters.
    #[schema(example = "６０", max_length = 40)]
    pub low_seats: Option<String>,
    /// As typed, at most 40 characters.
    #[schema(example = "70席くらい", max_length = 40)]
    pub base_seats: Option<String>,
    /// As typed, at most 40 characters.
    #[schema(example = "90", max_length = 40)]
    pub high_seats: Option<String>,
    /// As typed, at most 40 characters.
    #[schema(example = "", max_length = 40)]
    pub minimum_seats: Option<String>,
    /// As typed, at most 40 characters.
    #[schema(example = "2,000,000円", max_length = 40)]
    pub budget_cap_yen: Option<String>,
    /// At most 10.
    #[schema(max_items = 10)]
    pub price_points: Vec<DraftPoint>,
    /// At most 4,000 characters.
    #[schema(example = "財政課と相談中", max_length = 4000)]
    pub reason: Option<String>,
}

/// The draft of a town's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnswerDraftView {
    /// The survey.
    pub survey_id: String,
    /// The town.
    pub member_id: String,
    /// What was typed.
    pub typed: AnswerDraft,
    /// When it was saved last.
    pub saved_at: DateTime<Utc>,
    /// For `If-Match`.
    pub version: i64,
}

impl TryFrom<Draft> for AnswerDraftView {
    type Error = Error;

    fn try_from(row: Draft) -> Result<Self, Error> {
        Ok(Self {
            typed: serde_json::from_str(&row.typed).map_err(Error::internal)?,
            survey_id: row.survey_id,
            member_id: row.member_id,
            saved_at: row.updated_at.and_utc(),
            version: row.version,
        })
    }
}

/// The draft of a town's answer; for those who answer for the town.
///
/// # Errors
/// [`Error::NotFound`] for another town's, and when there is none; [`Error::Forbidden`] for those who only read answers.
pub fn get_answer_draft(
    ctx: &mut Ctx<'_>,
    call: &Call,
    survey_id: &str,
    member_id: &str,
) -> Result<AnswerDraftView, Error> {
    load_for(ctx, call, Action::AnswerSurvey, survey_id, member_id)?;
    store::demand::draft_of(ctx.db, survey_id, member_id)?.ok_or(Error::NotFound)?.try_into()
}

/// Keeps what was typed so far; the first time without, later with `If-Match`.
///
/// # Errors
/// A field that is too long or holds control characters; the survey is not open or past its deadline; an answer that is
/// fixed; a stale version.
pub fn save_answer_draft(
    ctx: &mut Ctx<'_>,
    call: &Call,
    survey_id: &str,
    member_id: &str,
    cmd: &AnswerDraft,
) -> Result<AnswerDraftView, Error> {
    let survey = load_for(ctx, call, Action::AnswerSurvey, survey_id, member_id)?;
    accepts_answers(state(&survey)?, survey.deadline_on, ctx.now).map_err(refused)?;
    if let Some(answer) = store::demand::answer_of(ctx.db, survey_id, member_id)? {
        answer_state(&answer)?.after(AnswerAct::Save).map_err(refused)?;
    }
    check(cmd)?;
    let typed = serde_json::to_string(cmd).map_err(Error::internal)?;
    match store::demand::draft_of(ctx.db, survey_id, member_id)? {
        None if call.expected_version.is_some() => return Err(Error::Stale),
        None => {
            let row = Draft {
                survey_id: survey_id.to_owned(),
                member_id: member_id.to_owned(),
                consortium_id: survey.consortium_id.clone(),
                typed,
                saved_by: call.actor.user_id.clone(),
                created_at: ctx.stamp(),
                updated_at: ctx.stamp(),
                version: 1,
            };
            store::demand::insert_draft(ctx.db, &row)?;
        }
        Some(draft) => {
            let draft = Draft {
                typed,
                saved_by: call.actor.user_id.clone(),
                updated_at: ctx.stamp(),
                version: call.expected()?,
                ..draft
            };
            if !store::demand::change_draft(ctx.db, &draft)? {
                return Err(Error::Stale);
            }
        }
    }
    record(ctx, call, &survey, member_id, "answer.drafted", json!({}));
    get_answer_draft(ctx, call, survey_id, member_id)
}

/// Throws the draft away; an answer that was saved stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when there is none; a stale version.
pub fn discard_answer_draft(ctx: &mut Ctx<'_>, call: &Call, survey_id: &str, member_id: &str) -> Result<(), Error> {
    let survey = load_for(ctx, call, Action::AnswerSurvey, survey_id, member_id)?;
    let draft = store::demand::draft_of(ctx.db, survey_id, member_id)?.ok_or(Error::NotFound)?;
    if call.expected()? != draft.version {
        return Err(Error::Stale);
    }
    store::demand::delete_draft(ctx.db, survey_id, member_id)?;
    record(ctx, call, &survey, member_id, "answer.draft_discarded", json!({}));
    Ok(())
}

fn check(cmd: &AnswerDraft) -> Result<(), Error> {
    let mut check = Checker::new();
    let mut bounded = |pointer: String, typed: &Option<String>, max: usize| {
        let typed = typed.as_deref().unwrap_or_default();
        check.ensure(typed.chars().count() <= max, &pointer, FieldCode::TooLong { max });
        let control = typed.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        check.ensure(!control, &pointer, FieldCode::Control);
    };
    for (name, typed) in [
        ("low_seats", &cmd.low_seats),
        ("base_seats", &cmd.base_seats),
        ("high_seats", &cmd.high_seats),
        ("minimum_seats", &cmd.minimum_seats),
        ("budget_cap_yen", &cmd.budget_cap_yen),
    ] {
        bounded(format!("/{name}"), typed, MOST_DIGITS);
    }
    for (at, point) in cmd.price_points.iter().enumerate().take(MOST_POINTS) {
        bounded(format!("/price_points/{at}/unit_price_at_most_yen"), &point.unit_price_at_most_yen, MOST_DIGITS);
        bounded(format!("/price_points/{at}/seats"), &point.seats, MOST_DIGITS);
    }
    bounded("/reason".to_owned(), &cmd.reason, MOST_REASON);
    check.ensure(cmd.price_points.len() <= MOST_POINTS, "/price_points", FieldCode::TooMany { max: MOST_POINTS });
    check.finish()
}
