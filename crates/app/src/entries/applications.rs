//! Applications of staff: handed in while the call is open, shared with the supervisor, one for each person.

use super::form::{Answer, answers, check_answers, questions};
use super::{acknowledgements, application_state, hold_open, mails, permitted, visible, wrong_application_state};
use crate::audit::{Entry, note_view};
use crate::input::Checker;
use crate::page::{Page, PageQuery};
use crate::{Call, Code, Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor};
use domain::entries::{ApplicationAct, ApplicationState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::StoreError;
use store::entries::EntryCall;
use store::entries::applications::{Application, ApplicationChange};
use utoipa::ToSchema;

/// An application; every field is given again when it is corrected.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyToCall {
    /// 学びたいこと, 1 to 2,000 characters.
    #[schema(example = "表計算の自動化とデータ分析の基礎", max_length = 2000)]
    pub want_to_learn: String,
    /// 業務で解決したい課題, 1 to 2,000 characters.
    #[schema(example = "毎月の集計に2日かかっている。", max_length = 2000)]
    pub problem_at_work: String,
    /// Answers to the call's questions.
    #[schema(max_items = 10)]
    pub answers: Vec<Answer>,
    /// 上長の氏名, 1 to 50 characters.
    #[schema(example = "上長 花子（架空）", max_length = 50)]
    pub supervisor_name: String,
    /// Where the one-time link is sent; not the applicant's own address.
    #[schema(example = "supervisor@town.example", max_length = 254)]
    pub supervisor_email: String,
}

/// An application, for its author, the town's contacts and auditors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApplicationView {
    /// UUIDv7.
    pub id: String,
    /// The call.
    pub call_id: String,
    /// The call's title.
    pub call_title: String,
    /// The town.
    pub member_id: String,
    /// The applicant.
    pub user_id: String,
    /// The applicant's name.
    pub applicant_name: String,
    /// 学びたいこと.
    pub want_to_learn: String,
    /// 業務で解決したい課題.
    pub problem_at_work: String,
    /// Answers in the order of the questions.
    pub answers: Vec<Answer>,
    /// 上長の氏名.
    pub supervisor_name: String,
    /// The supervisor's address.
    pub supervisor_email: String,
    /// `submitted`, `acknowledged`, `selected`, `waitlisted`, `declined` or `withdrawn`.
    #[schema(example = "submitted")]
    pub state: String,
    /// When it arrived; the order of arrival.
    pub applied_at: DateTime<Utc>,
    /// When the supervisor acknowledged it.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// When the supervisor did not agree (上長の不同意); null again after a correction or an acknowledgement.
    pub objected_at: Option<DateTime<Utc>>,
    /// Why not, as the supervisor wrote it.
    pub objection: Option<String>,
    /// Why it was decided so.
    pub decision_reason: Option<String>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// The place on the waiting list, while or after somebody waited.
    pub waiting: Option<WaitingPlaceView>,
    /// For `If-Match`.
    pub version: i64,
}

/// Where a waitlisted applicant stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaitingPlaceView {
    /// The place on the list.
    pub waiting_entry_id: String,
    /// `waiting`, `offered`, `accepted`, `declined`, `expired` or `withdrawn`.
    #[schema(example = "waiting")]
    pub state: String,
    /// Place among those who wait, from 1; null once a seat is offered.
    pub position: Option<i64>,
}

/// Applies to an open call of the own town and asks the supervisor.
///
/// # Errors
/// Refused fields; [`Code::EntryCallState`], [`Code::EntryCallDeadlinePassed`], [`Code::AlreadyApplied`].
pub fn apply_to_call(
    ctx: &mut Ctx<'_>,
    call: &Call,
    call_id: &str,
    cmd: &ApplyToCall,
) -> Result<ApplicationView, Error> {
    let of = permitted(ctx, call, call_id, Action::Apply)?;
    hold_open(ctx, &of)?;
    let text = checked(ctx, call, &of, cmd)?;
    let row = Application {
        id: ctx.id(),
        consortium_id: of.consortium_id.clone(),
        member_id: of.member_id.clone(),
        call_id: of.id.clone(),
        user_id: call.actor.user_id.clone(),
        want_to_learn: text.want_to_learn,
        problem_at_work: text.problem_at_work,
        answers: text.answers,
        supervisor_name: text.supervisor_name,
        supervisor_email: text.supervisor_email,
        state: text.state,
        acknowledged_at: None,
        decision_reason: None,
        decided_by: None,
        decided_at: None,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
        objected_at: None,
        objection: None,
    };
    match store::entries::applications::insert(ctx.db, &row) {
        Err(StoreError::Constraint(constraint)) if constraint.name == "applications_user_key" => {
            return Err(Error::rule(Code::AlreadyApplied));
        }
        other => other?,
    }
    ctx.record(entry(call, &row, "application.submitted").details(json!({"call": of.id})));
    acknowledgements::ask(ctx, &of, &row)?;
    mails::application_received(ctx, &of, &row)?;
    view(ctx, row, &of.title, &of.account_id)
}

/// Corrects an own application while the call is open; the supervisor is asked again.
///
/// # Errors
/// As [`apply_to_call`]; [`Code::ApplicationState`]; a version that is not the present one.
pub fn edit_application(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &ApplyToCall) -> Result<ApplicationView, Error> {
    let row = own(ctx, call, id)?;
    let version = call.expected()?;
    next(&row, ApplicationAct::Edit)?;
    let of = store::entries::find(ctx.db, &row.call_id)?;
    hold_open(ctx, &of)?;
    let text = checked(ctx, call, &of, cmd)?;
    if !store::entries::applications::change(ctx.db, id, version, &text)? {
        return Err(Error::Stale);
    }
    ctx.record(entry(call, &row, "application.edited"));
    let row = store::entries::applications::find(ctx.db, id)?;
    acknowledgements::ask(ctx, &of, &row)?;
    view(ctx, row, &of.title, &of.account_id)
}

/// Takes an own application back; who waits leaves the waiting list.
///
/// # Errors
/// [`Code::ApplicationState`] when it was decided or a seat was taken.
pub fn withdraw_application(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<ApplicationView, Error> {
    let row = own(ctx, call, id)?;
    let to = next(&row, ApplicationAct::Withdraw)?;
    let of = store::entries::find(ctx.db, &row.call_id)?;
    if !store::entries::applications::move_on(ctx.db, id, &row.state, to.as_str(), ctx.stamp())? {
        return Err(Error::Busy);
    }
    if row.state == ApplicationState::Waitlisted.as_str() {
        leave_list(ctx, call, &of.account_id)?;
    }
    store::entries::links::end_all(ctx.db, id, ctx.stamp())?;
    ctx.record(entry(call, &row, "application.withdrawn").details(json!({"from": row.state})));
    get_application(ctx, call, id)
}

fn leave_list(ctx: &mut Ctx<'_>, call: &Call, account_id: &str) -> Result<(), Error> {
    let place = store::entries::applications::last_place(ctx.db, account_id, &call.actor.user_id)?;
    match place {
        Some((entry_id, _, state)) if ["waiting", "offered"].contains(&state.as_str()) => {
            crate::seats::waiting::withdraw_waiting_entry(ctx, call, &entry_id)?;
            Ok(())
        }
        Some((_, _, state)) if state == "accepted" => Err(wrong_application_state(ApplicationState::Selected)),
        Some(_) | None => Ok(()),
    }
}

/// One application.
///
/// # Errors
/// [`Error::NotFound`] unless it is the caller's own, of the contact's town, or read by an auditor.
pub fn get_application(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<ApplicationView, Error> {
    let row = store::entries::applications::find(ctx.db, id)?;
    if row.user_id != call.actor.user_id {
        call.actor.permit(Action::ReadApplications, &row.consortium_id, Some(&row.member_id))?;
        note_view(ctx, call, (&row.consortium_id, Some(&row.member_id)), ("application", id), 1);
    }
    let of = store::entries::find(ctx.db, &row.call_id)?;
    view(ctx, row, &of.title, &of.account_id)
}

/// The applications to a call, by the reading of the names when nothing else is asked; for the town's contacts and auditors.
///
/// # Errors
/// [`Error::NotFound`] for anybody else.
pub fn list_applications(
    ctx: &mut Ctx<'_>,
    call: &Call,
    call_id: &str,
    query: &PageQuery,
) -> Result<Page<ApplicationView>, Error> {
    let of = visible(ctx, call, call_id)?;
    call.actor.permit(Action::ReadApplications, &of.consortium_id, Some(&of.member_id))?;
    let list = format!("applications/{call_id}");
    let listing = query.listing(ctx.env, &list, &store::entries::applications::APPLICATIONS)?;
    let rows = store::entries::applications::of_call(ctx.db, call_id, &listing.slice)?;
    note_view(ctx, call, (&of.consortium_id, Some(&of.member_id)), ("entry_call", call_id), listing.shown(rows.len()));
    let page = listing.page(ctx.env, rows, |row| row);
    let items = page.items.into_iter().map(|(row, name)| named_view(ctx, row, name, &of.title, &of.account_id));
    Ok(Page { items: items.collect::<Result<Vec<_>, Error>>()?, next_cursor: page.next_cursor })
}

/// Some applications to a call with all that was written, for those who judge them.
///
/// # Errors
/// As [`list_applications`].
pub fn written_applications(
    ctx: &mut Ctx<'_>,
    call: &Call,
    call_id: &str,
    ids: &[String],
) -> Result<Vec<ApplicationView>, Error> {
    let of = visible(ctx, call, call_id)?;
    call.actor.permit(Action::ReadApplications, &of.consortium_id, Some(&of.member_id))?;
    let rows = store::entries::applications::some_of_call(ctx.db, call_id, ids)?;
    note_view(ctx, call, (&of.consortium_id, Some(&of.member_id)), ("entry_call", call_id), rows.len());
    rows.into_iter().map(|(row, name)| named_view(ctx, row, name, &of.title, &of.account_id)).collect()
}

/// The caller's own applications with their places on waiting lists, newest first.
///
/// # Errors
/// A cursor or limit that was refused.
pub fn list_my_applications(ctx: &mut Ctx<'_>, call: &Call, query: &PageQuery) -> Result<Page<ApplicationView>, Error> {
    let list = format!("my-applications/{}", call.actor.user_id);
    let listing = query.listing(ctx.env, &list, &store::entries::applications::OWN_APPLICATIONS)?;
    let rows = store::entries::applications::of_person(ctx.db, &call.actor.user_id, &listing.slice)?;
    let page = listing.page(ctx.env, rows, |row| row);
    let items = page.items.into_iter().map(|(row, title, account_id)| view(ctx, row, &title, &account_id));
    Ok(Page { items: items.collect::<Result<Vec<_>, Error>>()?, next_cursor: page.next_cursor })
}

/// An application of the caller, who still acts in its town.
fn own(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Application, Error> {
    let row = store::entries::applications::find(ctx.db, id)?;
    let (consortium, town) = (row.consortium_id.as_str(), Some(row.member_id.as_str()));
    if row.user_id != call.actor.user_id {
        call.actor.permit(Action::ReadApplications, consortium, town)?;
        return Err(Error::Forbidden);
    }
    call.actor.permit(Action::Apply, consortium, town)?;
    Ok(row)
}

/// Where the application stands after an act.
pub(super) fn next(row: &Application, act: ApplicationAct) -> Result<ApplicationState, Error> {
    application_state(row)?.after(act).map_err(|illegal| wrong_application_state(illegal.state))
}

/// An act of the caller on an application of a town.
pub(super) fn entry(call: &Call, row: &Application, action: &'static str) -> Entry {
    entry_by(&call.actor, row, action)
}

pub(super) fn entry_by(actor: &Actor, row: &Application, action: &'static str) -> Entry {
    Entry::done(actor, Some(&row.consortium_id), action, "application", &row.id).member(&row.member_id)
}

fn checked(ctx: &mut Ctx<'_>, call: &Call, of: &EntryCall, cmd: &ApplyToCall) -> Result<ApplicationChange, Error> {
    let asked = questions(&of.questions)?;
    let applicant = store::notify::person(ctx.db, &call.actor.user_id)?;
    let mut check = Checker::new();
    let want_to_learn = check.lines("/want_to_learn", &cmd.want_to_learn, 2_000);
    let problem_at_work = check.lines("/problem_at_work", &cmd.problem_at_work, 2_000);
    let answers = check_answers(&mut check, &asked, &cmd.answers);
    let supervisor_name = check.line("/supervisor_name", &cmd.supervisor_name, 50);
    let supervisor_email = check.email("/supervisor_email", &cmd.supervisor_email);
    let sentence = "ご自身以外の、上長のメールアドレスを入力してください。";
    let another = supervisor_email != applicant.address.to_lowercase();
    check.ensure(another, "/supervisor_email", FieldCode::Refused { sentence });
    check.finish()?;
    Ok(ApplicationChange {
        want_to_learn,
        problem_at_work,
        answers: serde_json::to_string(&answers).map_err(Error::internal)?,
        supervisor_name,
        supervisor_email,
        state: ApplicationState::Submitted.as_str().to_owned(),
        acknowledged_at: None,
        objected_at: None,
        objection: None,
        updated_at: ctx.stamp(),
    })
}

fn view(ctx: &mut Ctx<'_>, row: Application, title: &str, account_id: &str) -> Result<ApplicationView, Error> {
    let name = store::notify::person(ctx.db, &row.user_id)?.name;
    named_view(ctx, row, name, title, account_id)
}

fn named_view(
    ctx: &mut Ctx<'_>,
    row: Application,
    applicant_name: String,
    title: &str,
    account_id: &str,
) -> Result<ApplicationView, Error> {
    let waiting = match application_state(&row)? {
        ApplicationState::Waitlisted => place(ctx, account_id, &row.user_id)?,
        _ => None,
    };
    Ok(ApplicationView {
        id: row.id,
        call_id: row.call_id,
        call_title: title.to_owned(),
        member_id: row.member_id,
        user_id: row.user_id,
        applicant_name,
        want_to_learn: row.want_to_learn,
        problem_at_work: row.problem_at_work,
        answers: answers(&row.answers)?,
        supervisor_name: row.supervisor_name,
        supervisor_email: row.supervisor_email,
        state: row.state,
        applied_at: row.created_at.and_utc(),
        acknowledged_at: row.acknowledged_at.map(|at| at.and_utc()),
        objected_at: row.objected_at.map(|at| at.and_utc()),
        objection: row.objection,
        decision_reason: row.decision_reason,
        decided_at: row.decided_at.map(|at| at.and_utc()),
        waiting,
        version: row.version,
    })
}

fn place(ctx: &mut Ctx<'_>, account_id: &str, user_id: &str) -> Result<Option<WaitingPlaceView>, Error> {
    let Some((id, sequence, state)) = store::entries::applications::last_place(ctx.db, account_id, user_id)? else {
        return Ok(None);
    };
    let position = match state.as_str() {
        "waiting" => Some(store::seats::waiting::position(ctx.db, account_id, sequence)?),
        _ => None,
    };
    Ok(Some(WaitingPlaceView { waiting_entry_id: id, state, position }))
}
