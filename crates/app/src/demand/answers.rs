//! The answer of one town: drafted and handed in by its contact, returned or fixed by the lead.
//!
//! Another town's answer does not exist for a contact. Nothing is taken after the deadline.

use super::{load, page, refused, round_of, state};
use crate::audit::Entry;
use crate::input::Checker;
use crate::notify::towns::{self, write_to_contacts};
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::demand::{AnswerAct, AnswerState, accepts_answers};
use mail::templates::SurveyAnswerReturned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::demand::{Answer, AnswerChange, Survey};
use utoipa::ToSchema;

/// Most price points of one answer.
pub(super) const MOST_POINTS: usize = 10;

/// "If a seat costs at most this, then so many."
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PricePoint {
    /// Yen for one seat, tax excluded.
    #[schema(example = 24000, minimum = 1)]
    pub unit_price_at_most_yen: i64,
    /// Seats wanted at that price.
    #[schema(example = 100, minimum = 0)]
    pub seats: i64,
}

/// What a town wants.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerContent {
    /// Seats wanted at least likely (少なめ).
    #[schema(example = 60, minimum = 0, maximum = 10000000)]
    pub low_seats: i64,
    /// Seats wanted (標準): scenarios count these.
    #[schema(example = 70, minimum = 0, maximum = 10000000)]
    pub base_seats: i64,
    /// Seats wanted at most (多め).
    #[schema(example = 90, minimum = 0, maximum = 10000000)]
    pub high_seats: i64,
    /// Seats below which taking part makes no sense (最低席数).
    #[serde(default)]
    #[schema(example = 40, minimum = 0, maximum = 10000000)]
    pub minimum_seats: i64,
    /// The most that the town can pay, tax included.
    #[schema(example = 2000000, minimum = 0)]
    pub budget_cap_yen: Option<i64>,
    /// More seats at lower prices: prices fall, seats rise, at most 10 points.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub price_points: Vec<PricePoint>,
    /// Why, 1 to 2,000 characters.
    #[schema(example = "全庁のDX研修を本年度から始めるため", max_length = 2000)]
    pub reason: String,
}

/// Why an answer goes back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnAnswer {
    /// 差戻しの理由, 1 to 1,000 characters.
    #[schema(example = "最低席数が標準席数を上回っています。ご確認ください。", max_length = 1000)]
    pub reason: String,
}

/// The answer of one town.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnswerView {
    /// UUIDv7.
    pub id: String,
    /// The survey.
    pub survey_id: String,
    /// The town.
    pub member_id: String,
    /// `draft`, `submitted`, `returned` or `fixed`.
    #[schema(example = "submitted")]
    pub state: String,
    /// 少なめ.
    pub low_seats: i64,
    /// 標準.
    pub base_seats: i64,
    /// 多め.
    pub high_seats: i64,
    /// 最低席数.
    pub minimum_seats: i64,
    /// The most that the town can pay, tax included.
    pub budget_cap_yen: Option<i64>,
    /// More seats at lower prices.
    pub price_points: Vec<PricePoint>,
    /// Why.
    pub reason: String,
    /// Why it was returned, when it was.
    pub return_reason: Option<String>,
    /// When it was handed in last.
    pub submitted_at: Option<DateTime<Utc>>,
    /// For `If-Match`.
    pub version: i64,
}

impl TryFrom<Answer> for AnswerView {
    type Error = Error;

    fn try_from(row: Answer) -> Result<Self, Error> {
        Ok(Self {
            price_points: serde_json::from_str(&row.price_points).map_err(Error::internal)?,
            id: row.id,
            survey_id: row.survey_id,
            member_id: row.member_id,
            state: row.state,
            low_seats: row.low_seats,
            base_seats: row.base_seats,
            high_seats: row.high_seats,
            minimum_seats: row.minimum_seats,
            budget_cap_yen: row.budget_cap_yen,
            reason: row.reason,
            return_reason: row.return_reason,
            submitted_at: row.submitted_at.map(|at| at.and_utc()),
            version: row.version,
        })
    }
}

/// The answer of one town.
///
/// # Errors
/// [`Error::NotFound`] for another town's contact, and when nothing was answered yet.
pub fn get_answer(ctx: &mut Ctx<'_>, call: &Call, survey_id: &str, member_id: &str) -> Result<AnswerView, Error> {
    load_for(ctx, call, Action::ReadAnswers, survey_id, member_id)?;
    existing(ctx, survey_id, member_id)?.try_into()
}

/// Writes the town's answer: a draft the first time, later with `If-Match`.
///
/// # Errors
/// Refused fields; the survey is not open or past its deadline; a stale version; a fixed answer.
pub fn save_answer(
    ctx: &mut Ctx<'_>,
    call: &Call,
    survey_id: &str,
    member_id: &str,
    cmd: &AnswerContent,
) -> Result<AnswerView, Error> {
    save_as(ctx, call, Action::AnswerSurvey, (survey_id, member_id), cmd)
}

/// As [`save_answer`], by the right named: files are entered for other towns too.
pub(crate) fn save_as(
    ctx: &mut Ctx<'_>,
    call: &Call,
    action: Action,
    (survey_id, member_id): (&str, &str),
    cmd: &AnswerContent,
) -> Result<AnswerView, Error> {
    let survey = load_for(ctx, call, action, survey_id, member_id)?;
    accepts_answers(state(&survey)?, survey.deadline_on, ctx.now).map_err(refused)?;
    let before = store::demand::answer_of(ctx.db, survey_id, member_id)?;
    let next = match &before {
        None => AnswerState::Draft,
        Some(row) => answer_state(row)?.after(AnswerAct::Save).map_err(refused)?,
    };
    let (points, reason) = checked(cmd)?;
    match before {
        None if call.expected_version.is_some() => return Err(Error::Stale),
        None => {
            let row = new_row(ctx, &survey, member_id, cmd, points, reason);
            store::demand::insert_answer(ctx.db, &row)?;
        }
        Some(row) => {
            let version = call.expected()?;
            let change = AnswerChange {
                state: next.as_str().to_owned(),
                low_seats: cmd.low_seats,
                base_seats: cmd.base_seats,
                high_seats: cmd.high_seats,
                minimum_seats: cmd.minimum_seats,
                budget_cap_yen: cmd.budget_cap_yen,
                price_points: points,
                reason,
                ..unchanged(ctx, &row)
            };
            write(ctx, &row, version, &change)?;
        }
    }
    store::demand::delete_draft(ctx.db, survey_id, member_id)?;
    record(
        ctx,
        call,
        &survey,
        member_id,
        "answer.saved",
        json!({"base_seats": cmd.base_seats, "state": next.as_str()}),
    );
    existing(ctx, survey_id, member_id)?.try_into()
}

/// Hands the answer in, or in again after it was returned.
///
/// # Errors
/// The survey is not open or past its deadline; an answer that is submitted or fixed.
pub fn submit_answer(ctx: &mut Ctx<'_>, call: &Call, survey_id: &str, member_id: &str) -> Result<AnswerView, Error> {
    submit_as(ctx, call, Action::AnswerSurvey, survey_id, member_id)
}

/// As [`submit_answer`], by the right named.
pub(crate) fn submit_as(
    ctx: &mut Ctx<'_>,
    call: &Call,
    action: Action,
    survey_id: &str,
    member_id: &str,
) -> Result<AnswerView, Error> {
    let survey = load_for(ctx, call, action, survey_id, member_id)?;
    let row = existing(ctx, survey_id, member_id)?;
    accepts_answers(state(&survey)?, survey.deadline_on, ctx.now).map_err(refused)?;
    let next = answer_state(&row)?.after(AnswerAct::Submit).map_err(refused)?;
    let change = AnswerChange {
        state: next.as_str().to_owned(),
        submitted_at: Some(ctx.stamp()),
        submitted_by: Some(call.actor.user_id.clone()),
        ..unchanged(ctx, &row)
    };
    write(ctx, &row, row.version, &change)?;
    record(ctx, call, &survey, member_id, "answer.submitted", json!({"base_seats": row.base_seats}));
    existing(ctx, survey_id, member_id)?.try_into()
}

/// Returns an answer to the town with a reason (差戻し); its contacts are written to.
///
/// # Errors
/// A reason that is missing or too long; an answer that is not submitted; a survey that is not open.
pub fn return_answer(
    ctx: &mut Ctx<'_>,
    call: &Call,
    survey_id: &str,
    member_id: &str,
    cmd: &ReturnAnswer,
) -> Result<AnswerView, Error> {
    let survey = load_for(ctx, call, Action::ReviewAnswers, survey_id, member_id)?;
    let row = existing(ctx, survey_id, member_id)?;
    if state(&survey)? != domain::demand::SurveyState::Open {
        return Err(refused(domain::demand::DemandRule::SurveyNotOpen));
    }
    let next = answer_state(&row)?.after(AnswerAct::Return).map_err(refused)?;
    let mut check = Checker::new();
    let reason = check.lines("/reason", &cmd.reason, 1000);
    check.finish()?;
    let change =
        AnswerChange { state: next.as_str().to_owned(), return_reason: Some(reason.clone()), ..unchanged(ctx, &row) };
    write(ctx, &row, row.version, &change)?;
    record(ctx, call, &survey, member_id, "answer.returned", json!({"base_seats": row.base_seats}));
    let round = round_of(ctx, &survey)?;
    let town = store::consortium::find_member(ctx.db, member_id)?;
    let url = page(ctx, survey_id);
    let letter = SurveyAnswerReturned {
        round: &round.title,
        seats: towns::count(row.base_seats),
        returned_by: &call.actor.display_name,
        reason: &reason,
        due_on: survey.deadline_on,
        url: &url,
    };
    write_to_contacts(ctx, &survey.consortium_id, member_id, &town.name, |head| letter.render(head))?;
    existing(ctx, survey_id, member_id)?.try_into()
}

/// Fixes an answer: from here on it stands as it is.
///
/// # Errors
/// An answer that is not submitted.
pub fn fix_answer(ctx: &mut Ctx<'_>, call: &Call, survey_id: &str, member_id: &str) -> Result<AnswerView, Error> {
    let survey = load_for(ctx, call, Action::ReviewAnswers, survey_id, member_id)?;
    let row = existing(ctx, survey_id, member_id)?;
    let next = answer_state(&row)?.after(AnswerAct::Fix).map_err(refused)?;
    let change = AnswerChange { state: next.as_str().to_owned(), ..unchanged(ctx, &row) };
    write(ctx, &row, row.version, &change)?;
    record(ctx, call, &survey, member_id, "answer.fixed", json!({"base_seats": row.base_seats}));
    existing(ctx, survey_id, member_id)?.try_into()
}

/// The survey, if the caller may do this for this town and the town is invited.
pub(super) fn load_for(
    ctx: &mut Ctx<'_>,
    call: &Call,
    action: Action,
    survey_id: &str,
    member_id: &str,
) -> Result<Survey, Error> {
    let survey = load(ctx, call, Action::ReadConsortium, survey_id)?;
    call.actor.permit(action, &survey.consortium_id, Some(member_id))?;
    if store::rounds::is_invited(ctx.db, &survey.round_id, member_id)? { Ok(survey) } else { Err(Error::NotFound) }
}

fn existing(ctx: &mut Ctx<'_>, survey_id: &str, member_id: &str) -> Result<Answer, Error> {
    store::demand::answer_of(ctx.db, survey_id, member_id)?.ok_or(Error::NotFound)
}

pub(crate) fn answer_state(row: &Answer) -> Result<AnswerState, Error> {
    AnswerState::parse(&row.state).ok_or_else(|| Error::internal(format!("answer {}", row.state)))
}

/// Checks an answer and gives its price points and reason as they are stored.
pub(crate) fn checked(cmd: &AnswerContent) -> Result<(String, String), Error> {
    let mut check = Checker::new();
    let low = check.seats("/low_seats", cmd.low_seats, 0);
    let base = check.seats("/base_seats", cmd.base_seats, 0);
    let high = check.seats("/high_seats", cmd.high_seats, 0);
    let minimum = check.seats("/minimum_seats", cmd.minimum_seats, 0);
    let order = |rule| FieldCode::Order { rule };
    check.ensure(low <= base, "/low_seats", order("少なめの席数は、標準の席数以下にしてください。"));
    check.ensure(base <= high, "/base_seats", order("標準の席数は、多めの席数以下にしてください。"));
    check.ensure(minimum <= base, "/minimum_seats", order("最低席数は、標準の席数以下にしてください。"));
    if let Some(cap) = cmd.budget_cap_yen {
        check.yen("/budget_cap_yen", cap);
    }
    if cmd.price_points.len() > MOST_POINTS {
        check.fault("/price_points", FieldCode::TooMany { max: MOST_POINTS });
    }
    for (index, point) in cmd.price_points.iter().enumerate().take(MOST_POINTS) {
        let at = format!("/price_points/{index}");
        check.range(&format!("{at}/unit_price_at_most_yen"), point.unit_price_at_most_yen, 1, domain::values::MAX_YEN);
        check.seats(&format!("{at}/seats"), point.seats, 0);
        let before = index.checked_sub(1).and_then(|before| cmd.price_points.get(before));
        let in_order = before.is_none_or(|before| {
            point.unit_price_at_most_yen < before.unit_price_at_most_yen && point.seats >= before.seats
        });
        check.ensure(in_order, &at, order("単価の高い順に並べ、単価が下がるほど席数が減らないようにしてください。"));
    }
    let reason = check.lines("/reason", &cmd.reason, 2000);
    check.finish()?;
    Ok((serde_json::to_string(&cmd.price_points).map_err(Error::internal)?, reason))
}

fn new_row(
    ctx: &Ctx<'_>,
    survey: &Survey,
    member_id: &str,
    cmd: &AnswerContent,
    price_points: String,
    reason: String,
) -> Answer {
    Answer {
        id: ctx.id(),
        consortium_id: survey.consortium_id.clone(),
        survey_id: survey.id.clone(),
        member_id: member_id.to_owned(),
        state: AnswerState::Draft.as_str().to_owned(),
        low_seats: cmd.low_seats,
        base_seats: cmd.base_seats,
        high_seats: cmd.high_seats,
        minimum_seats: cmd.minimum_seats,
        budget_cap_yen: cmd.budget_cap_yen,
        price_points,
        reason,
        return_reason: None,
        submitted_at: None,
        submitted_by: None,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    }
}

fn unchanged(ctx: &Ctx<'_>, row: &Answer) -> AnswerChange {
    let row = row.clone();
    AnswerChange {
        state: row.state,
        low_seats: row.low_seats,
        base_seats: row.base_seats,
        high_seats: row.high_seats,
        minimum_seats: row.minimum_seats,
        budget_cap_yen: row.budget_cap_yen,
        price_points: row.price_points,
        reason: row.reason,
        return_reason: row.return_reason,
        submitted_at: row.submitted_at,
        submitted_by: row.submitted_by,
        updated_at: ctx.stamp(),
    }
}

fn write(ctx: &mut Ctx<'_>, row: &Answer, version: i64, change: &AnswerChange) -> Result<(), Error> {
    if store::demand::change_answer(ctx.db, &row.id, version, change)? { Ok(()) } else { Err(Error::Stale) }
}

pub(super) fn record(
    ctx: &mut Ctx<'_>,
    call: &Call,
    survey: &Survey,
    member_id: &str,
    action: &'static str,
    details: serde_json::Value,
) {
    ctx.record(
        Entry::done(&call.actor, Some(&survey.consortium_id), action, "survey", &survey.id)
            .member(member_id)
            .details(details),
    );
}
