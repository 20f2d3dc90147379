//! Demand: the lead's surveys (意向調査・本申込) and the towns' answers to them.
//!
//! Opening and closing a survey carries the round along. A deadline is an inclusive date in Japan;
//! nothing is taken after it until the lead extends it. Answers stand in `demand/answers.rs`, what the
//! lead sees of all of them in `demand/overview.rs`.

pub mod answers;
pub mod drafts;
pub mod overview;
pub mod sheet;

use crate::audit::Entry;
use crate::input::Checker;
use crate::notify::towns::{self, write_to_contacts};
use crate::rounds::{advance, allow};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use chrono::{DateTime, NaiveDate, Utc};
use domain::access::Action;
use domain::clock::japan_date;
use domain::demand::{DemandRule, SurveyAct, SurveyState};
use domain::rounds::{Step, Work};
use mail::templates::{SurveyOpened, SurveyReminder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::demand::{Reminder, Survey, SurveyChange};
use store::rounds::{Invited, Round};
use utoipa::ToSchema;

/// Whether the answer binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurveyKind {
    /// 意向調査: not binding.
    Intent,
    /// 本申込: binding.
    Binding,
}

impl SurveyKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Binding => "binding",
        }
    }

    fn parse(word: &str) -> Self {
        if word == "binding" { Self::Binding } else { Self::Intent }
    }
}

/// A survey to be created, or its new content while it is a draft.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveyContent {
    /// Intent (意向調査) or binding (本申込).
    pub kind: SurveyKind,
    /// Title, 1 to 100 characters.
    #[schema(example = "令和8年度 利用席数の意向調査", max_length = 100)]
    pub title: String,
    /// A note to the towns, up to 2,000 characters.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub note: String,
    /// Last day to answer, in Japan.
    #[schema(example = "2026-10-30")]
    pub deadline_on: NaiveDate,
}

/// A later deadline.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendSurvey {
    /// The new last day to answer, in Japan.
    #[schema(example = "2026-11-06")]
    pub deadline_on: NaiveDate,
}

/// Whom to remind.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemindTowns {
    /// Members to remind; all that have not answered when absent.
    pub member_ids: Option<Vec<String>>,
}

/// A survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SurveyView {
    /// UUIDv7.
    pub id: String,
    /// The consortium.
    pub consortium_id: String,
    /// The round.
    pub round_id: String,
    /// Intent or binding.
    pub kind: SurveyKind,
    /// Title.
    pub title: String,
    /// A note to the towns.
    pub note: String,
    /// Last day to answer, in Japan.
    pub deadline_on: NaiveDate,
    /// `draft`, `open` or `closed`.
    #[schema(example = "open")]
    pub state: String,
    /// When it opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// For `If-Match`.
    pub version: i64,
}

/// A reminder that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReminderView {
    /// The town.
    pub member_id: String,
    /// When.
    pub sent_at: DateTime<Utc>,
}

/// The reminders of a survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemindersView {
    /// Reminders, oldest first.
    pub items: Vec<ReminderView>,
}

/// The surveys of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SurveysView {
    /// Surveys, oldest first; towns see those that were opened.
    pub items: Vec<SurveyView>,
}

impl From<Survey> for SurveyView {
    fn from(row: Survey) -> Self {
        Self {
            id: row.id,
            consortium_id: row.consortium_id,
            round_id: row.round_id,
            kind: SurveyKind::parse(&row.kind),
            title: row.title,
            note: row.note,
            deadline_on: row.deadline_on,
            state: row.state,
            opened_at: row.opened_at.map(|at| at.and_utc()),
            closed_at: row.closed_at.map(|at| at.and_utc()),
            version: row.version,
        }
    }
}

/// Prepares a survey of a round.
///
/// # Errors
/// Refused fields; [`Code::RoundStage`] after a scenario was finalised.
pub fn create_survey(ctx: &mut Ctx<'_>, call: &Call, round_id: &str, cmd: &SurveyContent) -> Result<SurveyView, Error> {
    let round = crate::rounds::load(ctx, call, Action::ManageRounds, round_id)?;
    allow(&round, Work::PrepareSurvey)?;
    let (title, note) = checked(ctx, cmd)?;
    let row = Survey {
        id: ctx.id(),
        consortium_id: round.consortium_id.clone(),
        round_id: round.id,
        kind: cmd.kind.as_str().to_owned(),
        title,
        note,
        deadline_on: cmd.deadline_on,
        state: SurveyState::Draft.as_str().to_owned(),
        opened_at: None,
        closed_at: None,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    store::demand::insert(ctx.db, &row)?;
    record(ctx, call, &row, "survey.created");
    Ok(row.into())
}

/// The surveys of a round.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_surveys(ctx: &mut Ctx<'_>, call: &Call, round_id: &str) -> Result<SurveysView, Error> {
    let round = crate::rounds::load(ctx, call, Action::ReadRounds, round_id)?;
    let rows = store::demand::of_round(ctx.db, &round.id)?;
    let items = rows.into_iter().filter(|row| visible(call, row)).map(SurveyView::from).collect();
    Ok(SurveysView { items })
}

/// One survey.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia, and for towns before it opens.
pub fn get_survey(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<SurveyView, Error> {
    Ok(load(ctx, call, Action::ReadRounds, id)?.into())
}

/// Changes a survey that has not opened yet.
///
/// # Errors
/// Refused fields; a stale version; [`Code::SurveyState`] once it was opened.
pub fn change_survey(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &SurveyContent) -> Result<SurveyView, Error> {
    let row = load(ctx, call, Action::ManageRounds, id)?;
    let version = call.expected()?;
    state(&row)?.after(SurveyAct::Change).map_err(refused)?;
    let (title, note) = checked(ctx, cmd)?;
    let change = SurveyChange {
        kind: cmd.kind.as_str().to_owned(),
        title,
        note,
        deadline_on: cmd.deadline_on,
        ..unchanged(ctx, &row)
    };
    write(ctx, &row, version, &change)?;
    record(ctx, call, &row, "survey.changed");
    get_survey(ctx, call, id)
}

/// Opens a survey: the round begins to survey, and every invited town is written to.
///
/// # Errors
/// [`Code::SurveyState`], [`Code::RoundStage`], [`Code::RoundWithoutMembers`], [`Code::SurveyDeadlinePassed`].
pub fn open_survey(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<SurveyView, Error> {
    let row = load(ctx, call, Action::ManageRounds, id)?;
    let next = state(&row)?.after(SurveyAct::Open).map_err(refused)?;
    if japan_date(ctx.now) > row.deadline_on {
        return Err(Error::rule(Code::SurveyDeadlinePassed));
    }
    let round = store::rounds::find(ctx.db, &row.round_id)?;
    let towns = store::rounds::invited(ctx.db, &round.id)?;
    if towns.is_empty() {
        return Err(Error::rule(Code::RoundWithoutMembers));
    }
    let round = advance(ctx, &round, Step::OpenSurvey)?;
    let change = SurveyChange { state: next.as_str().to_owned(), opened_at: Some(ctx.stamp()), ..unchanged(ctx, &row) };
    write(ctx, &row, row.version, &change)?;
    record(ctx, call, &row, "survey.opened");
    let used = overview::used_last_year(ctx, &round)?;
    let url = page(ctx, id);
    for town in &towns {
        let letter = SurveyOpened {
            fiscal_year: towns::year(round.fiscal_year),
            round: &round.title,
            due_on: row.deadline_on,
            last_year_seats: used.get(&town.id).copied().map(towns::count),
            binding: row.kind == SurveyKind::Binding.as_str(),
            note: &row.note,
            url: &url,
        };
        write_to_contacts(ctx, &row.consortium_id, &town.id, &town.name, |head| letter.render(head))?;
    }
    get_survey(ctx, call, id)
}

/// Moves the deadline of an open survey to a later date.
///
/// # Errors
/// A date that is not later than the present deadline, or is past; [`Code::SurveyState`].
pub fn extend_survey(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &ExtendSurvey) -> Result<SurveyView, Error> {
    let row = load(ctx, call, Action::ManageRounds, id)?;
    state(&row)?.after(SurveyAct::Extend).map_err(refused)?;
    if cmd.deadline_on <= row.deadline_on || cmd.deadline_on < japan_date(ctx.now) {
        let rule = "延長後の締切日は、現在の締切日より後で、今日以後の日付にしてください。";
        return Err(Error::field("/deadline_on", FieldCode::Order { rule }));
    }
    let change = SurveyChange { deadline_on: cmd.deadline_on, ..unchanged(ctx, &row) };
    write(ctx, &row, row.version, &change)?;
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), "survey.extended", "survey", id)
            .details(json!({"before": row.deadline_on, "after": cmd.deadline_on})),
    );
    get_survey(ctx, call, id)
}

/// Closes a survey; the round goes on to quotes and scenarios.
///
/// # Errors
/// [`Code::SurveyState`] unless it is open.
pub fn close_survey(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<SurveyView, Error> {
    let row = load(ctx, call, Action::ManageRounds, id)?;
    let next = state(&row)?.after(SurveyAct::Close).map_err(refused)?;
    let round = store::rounds::find(ctx.db, &row.round_id)?;
    advance(ctx, &round, Step::CloseSurvey)?;
    let change = SurveyChange { state: next.as_str().to_owned(), closed_at: Some(ctx.stamp()), ..unchanged(ctx, &row) };
    write(ctx, &row, row.version, &change)?;
    record(ctx, call, &row, "survey.closed");
    get_survey(ctx, call, id)
}

/// Reminds towns that have not answered: a mail to their contacts, and a record of it.
///
/// # Errors
/// [`Code::SurveyState`] unless it is open; [`Code::NobodyToRemind`]; a member that is not waited for.
pub fn remind_towns(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &RemindTowns) -> Result<RemindersView, Error> {
    let row = load(ctx, call, Action::ManageRounds, id)?;
    state(&row)?.after(SurveyAct::Remind).map_err(refused)?;
    let waited = overview::unanswered_members(ctx, &row)?;
    let chosen = chosen(&waited, cmd)?;
    if chosen.is_empty() {
        return Err(Error::rule(Code::NobodyToRemind));
    }
    let round = store::rounds::find(ctx.db, &row.round_id)?;
    let url = page(ctx, id);
    for town in chosen {
        let reminder = Reminder {
            id: ctx.id(),
            consortium_id: row.consortium_id.clone(),
            survey_id: row.id.clone(),
            member_id: town.id.clone(),
            sent_by: call.actor.user_id.clone(),
            sent_at: ctx.stamp(),
        };
        store::demand::insert_reminder(ctx.db, &reminder)?;
        ctx.record(
            Entry::done(&call.actor, Some(&row.consortium_id), "survey.reminded", "survey", id).member(&town.id),
        );
        let letter = SurveyReminder {
            fiscal_year: towns::year(round.fiscal_year),
            round: &round.title,
            due_on: row.deadline_on,
            days_left: row.deadline_on.signed_duration_since(japan_date(ctx.now)).num_days(),
            url: &url,
        };
        write_to_contacts(ctx, &row.consortium_id, &town.id, &town.name, |head| letter.render(head))?;
    }
    list_reminders(ctx, call, id)
}

/// The reminders of a survey that the caller may see.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_reminders(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<RemindersView, Error> {
    let row = load(ctx, call, Action::ReadRounds, id)?;
    let towns = call.actor.towns(Action::ReadAnswers, &row.consortium_id)?;
    let items = store::demand::reminders(ctx.db, id)?
        .into_iter()
        .filter(|reminder| towns.as_ref().is_none_or(|own| own.contains(&reminder.member_id)))
        .map(|reminder| ReminderView { member_id: reminder.member_id, sent_at: reminder.sent_at.and_utc() })
        .collect();
    Ok(RemindersView { items })
}

/// A survey that the caller may act on; drafts exist for the lead and the auditors only.
pub(crate) fn load(ctx: &mut Ctx<'_>, call: &Call, action: Action, id: &str) -> Result<Survey, Error> {
    let row = store::demand::find(ctx.db, id)?;
    call.actor.permit(action, &row.consortium_id, None)?;
    if visible(call, &row) { Ok(row) } else { Err(Error::NotFound) }
}

pub(crate) fn state(row: &Survey) -> Result<SurveyState, Error> {
    SurveyState::parse(&row.state).ok_or_else(|| Error::internal(format!("survey {}", row.state)))
}

/// A refusal of the domain in the words of the faces.
pub(crate) fn refused(rule: DemandRule) -> Error {
    match rule {
        DemandRule::SurveyNotOpen => Error::rule(Code::SurveyNotOpen),
        DemandRule::DeadlinePassed => Error::rule(Code::SurveyDeadlinePassed),
        DemandRule::SurveyState(state) => Error::rule_with(Code::SurveyState, vec![("state", state.ja().to_owned())]),
        DemandRule::AnswerState(state) => Error::rule_with(Code::AnswerState, vec![("state", state.ja().to_owned())]),
    }
}

/// The page of a survey, for letters.
pub(crate) fn page(ctx: &Ctx<'_>, id: &str) -> String {
    format!("{}/surveys/{id}", ctx.env.settings.public_url)
}

fn visible(call: &Call, row: &Survey) -> bool {
    let sees_all = matches!(call.actor.towns(Action::ReadAnswers, &row.consortium_id), Ok(None));
    sees_all || row.state != SurveyState::Draft.as_str()
}

fn chosen<'a>(waited: &'a [Invited], cmd: &RemindTowns) -> Result<Vec<&'a Invited>, Error> {
    let Some(wanted) = &cmd.member_ids else { return Ok(waited.iter().collect()) };
    let mut check = Checker::new();
    for (index, id) in wanted.iter().enumerate() {
        let known = waited.iter().any(|town| town.id == *id);
        check.ensure(known, &format!("/member_ids/{index}"), FieldCode::NoSuchThing);
    }
    check.finish()?;
    Ok(waited.iter().filter(|town| wanted.contains(&town.id)).collect())
}

fn checked(ctx: &Ctx<'_>, cmd: &SurveyContent) -> Result<(String, String), Error> {
    let mut check = Checker::new();
    let title = check.line("/title", &cmd.title, 100);
    let note = check.optional_lines("/note", &cmd.note, 2000);
    let rule = "締切日は今日以後の日付にしてください。";
    check.ensure(cmd.deadline_on >= japan_date(ctx.now), "/deadline_on", FieldCode::Order { rule });
    check.finish()?;
    Ok((title, note))
}

fn unchanged(ctx: &Ctx<'_>, row: &Survey) -> SurveyChange {
    SurveyChange {
        kind: row.kind.clone(),
        title: row.title.clone(),
        note: row.note.clone(),
        deadline_on: row.deadline_on,
        state: row.state.clone(),
        opened_at: row.opened_at,
        closed_at: row.closed_at,
        updated_at: ctx.stamp(),
    }
}

fn write(ctx: &mut Ctx<'_>, row: &Survey, version: i64, change: &SurveyChange) -> Result<(), Error> {
    if store::demand::change(ctx.db, &row.id, version, change)? { Ok(()) } else { Err(Error::Stale) }
}

fn record(ctx: &mut Ctx<'_>, call: &Call, row: &Survey, action: &'static str) {
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), action, "survey", &row.id)
            .details(json!({"kind": row.kind, "deadline_on": row.deadline_on, "round": row.round_id})),
    );
}

/// The round of a survey, for the files beside this one.
pub(crate) fn round_of(ctx: &mut Ctx<'_>, row: &Survey) -> Result<Round, Error> {
    Ok(store::rounds::find(ctx.db, &row.round_id)?)
}
