//! The supervisor's acknowledgement: a one-time link by mail, no account, no sign-in.
//!
//! The link shows what the application says and is used once. Only its hash is stored; a correction of
//! the application, or a new link, ends the old one.

use super::applications::{self, entry, next};
use super::form::{answers, questions};
use super::{application_state, mails, wrong_application_state};
use crate::audit::Entry;
use crate::input::Checker;
use crate::{Call, Code, Ctx, Error, Meta, Service};
use chrono::{DateTime, Duration, Utc};
use domain::access::Action;
use domain::entries::{ApplicationAct, ApplicationState};
use identity::token::{Purpose, Token};
use serde::{Deserialize, Serialize};
use store::entries::EntryCall;
use store::entries::applications::Application;
use store::entries::links::Link;
use utoipa::ToSchema;

/// For how many days a link stands.
pub const LINK_DAYS: i64 = 14;

/// The token of the link; it travels in the body, never in an address.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresentLink {
    /// As it stands in the mail.
    #[schema(example = "yui_ack_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")]
    pub token: String,
}

/// The token of the link, with why the supervisor does not agree.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectToApplication {
    /// As it stands in the mail.
    #[schema(example = "yui_ack_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")]
    pub token: String,
    /// Why, 1 to 500 characters; the applicant and the town's contacts read it.
    #[schema(example = "今年度は窓口の繁忙期と重なるため、時期を改めて申し込んでください。", max_length = 500)]
    pub reason: String,
}

/// What a supervisor reads before acknowledging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AcknowledgementView {
    /// The consortium's name.
    pub consortium_name: String,
    /// 団体名.
    pub member_name: String,
    /// The call's title.
    pub call_title: String,
    /// The applicant's name.
    pub applicant_name: String,
    /// 学びたいこと.
    pub want_to_learn: String,
    /// 業務で解決したい課題.
    pub problem_at_work: String,
    /// The questions with their answers.
    pub answers: Vec<AnsweredView>,
    /// The supervisor's name, as the applicant wrote it.
    pub supervisor_name: String,
    /// When the link ends.
    pub expires_at: DateTime<Utc>,
    /// When it was acknowledged; null before.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// When the supervisor did not agree; null before.
    pub objected_at: Option<DateTime<Utc>>,
}

/// A question with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnsweredView {
    /// What was asked.
    pub question: String,
    /// What was answered.
    pub answer: String,
}

/// Sends the supervisor a fresh link; earlier ones end.
pub(super) fn ask(ctx: &mut Ctx<'_>, of: &EntryCall, row: &Application) -> Result<(), Error> {
    store::entries::links::end_all(ctx.db, &row.id, ctx.stamp())?;
    let token = Token::generate(Purpose::Acknowledgement).map_err(Error::internal)?;
    let expires_at =
        ctx.now.checked_add_signed(Duration::days(LINK_DAYS)).ok_or_else(|| Error::internal("end of time"))?;
    let link = Link {
        token_hash: token.hash().to_string(),
        application_id: row.id.clone(),
        expires_at: expires_at.naive_utc(),
        used_at: None,
    };
    store::entries::links::insert(ctx.db, &link, ctx.stamp())?;
    mails::acknowledgement_requested(ctx, of, row, &token, expires_at)
}

/// Sends the supervisor of an application another link.
///
/// # Errors
/// [`Code::AlreadyAcknowledged`]; [`Code::ApplicationState`] when it was decided or taken back.
pub fn resend_acknowledgement(ctx: &mut Ctx<'_>, call: &Call, application_id: &str) -> Result<(), Error> {
    let row = store::entries::applications::find(ctx.db, application_id)?;
    call.actor.permit(Action::SelectApplicants, &row.consortium_id, Some(&row.member_id))?;
    awaited(&row)?;
    let of = store::entries::find(ctx.db, &row.call_id)?;
    ctx.record(entry(call, &row, "acknowledgement.resent"));
    ask(ctx, &of, &row)
}

/// What the link is about, for whoever holds it.
///
/// # Errors
/// [`Error::NotFound`] for a token that was never issued, [`Code::AcknowledgementLinkUsed`],
/// [`Code::AcknowledgementLinkExpired`].
pub async fn view_acknowledgement(
    service: &Service,
    meta: &Meta,
    cmd: PresentLink,
) -> Result<AcknowledgementView, Error> {
    service.look_as(meta.clone(), move |ctx| shown(ctx, &cmd)).await
}

fn shown(ctx: &mut Ctx<'_>, cmd: &PresentLink) -> Result<AcknowledgementView, Error> {
    let link = usable(ctx, cmd)?;
    let row = store::entries::applications::find(ctx.db, &link.application_id)?;
    view(ctx, &link, &row)
}

/// Acknowledges the application behind the link, once.
///
/// # Errors
/// As [`view_acknowledgement`]; [`Code::ApplicationState`] when it was decided or taken back meanwhile.
pub async fn acknowledge_application(
    service: &Service,
    meta: &Meta,
    cmd: PresentLink,
) -> Result<AcknowledgementView, Error> {
    service.work_as(meta.clone(), move |ctx| acknowledged(ctx, &cmd)).await
}

fn acknowledged(ctx: &mut Ctx<'_>, cmd: &PresentLink) -> Result<AcknowledgementView, Error> {
    let link = usable(ctx, cmd)?;
    // One conditional update decides between two hands on one link.
    if !store::entries::links::use_once(ctx.db, &link.token_hash, ctx.stamp())? {
        return Err(Error::rule(Code::AcknowledgementLinkUsed));
    }
    let row = store::entries::applications::find(ctx.db, &link.application_id)?;
    applications::next(&row, ApplicationAct::Acknowledge)?;
    if !store::entries::applications::acknowledge(ctx.db, &row.id, ctx.stamp())? {
        let now = store::entries::applications::find(ctx.db, &row.id)?;
        return Err(wrong_application_state(application_state(&now)?));
    }
    ctx.record(
        Entry::by_service(Some(&row.consortium_id), "application.acknowledged", "application", &row.id)
            .member(&row.member_id),
    );
    let row = store::entries::applications::find(ctx.db, &row.id)?;
    view(ctx, &link, &row)
}

/// Does not agree to the application behind the link (差戻し), once and with a reason; the applicant and the town's
/// contacts are told. The application still waits: corrected, or after another link, it can be acknowledged.
///
/// # Errors
/// As [`acknowledge_application`]; a reason that is refused leaves the link usable.
pub async fn object_to_application(
    service: &Service,
    meta: &Meta,
    cmd: ObjectToApplication,
) -> Result<AcknowledgementView, Error> {
    service.work_as(meta.clone(), move |ctx| objected(ctx, &cmd)).await
}

fn objected(ctx: &mut Ctx<'_>, cmd: &ObjectToApplication) -> Result<AcknowledgementView, Error> {
    let link = usable(ctx, &PresentLink { token: cmd.token.clone() })?;
    let mut check = Checker::new();
    let reason = check.lines("/reason", &cmd.reason, 500);
    check.finish()?;
    if !store::entries::links::use_once(ctx.db, &link.token_hash, ctx.stamp())? {
        return Err(Error::rule(Code::AcknowledgementLinkUsed));
    }
    let row = store::entries::applications::find(ctx.db, &link.application_id)?;
    applications::next(&row, ApplicationAct::Object)?;
    if !store::entries::applications::object(ctx.db, &row.id, &reason, ctx.stamp())? {
        let now = store::entries::applications::find(ctx.db, &row.id)?;
        return Err(wrong_application_state(application_state(&now)?));
    }
    ctx.record(
        Entry::by_service(Some(&row.consortium_id), "application.objected", "application", &row.id)
            .member(&row.member_id),
    );
    let of = store::entries::find(ctx.db, &row.call_id)?;
    mails::application_objected(ctx, &of, &row, &reason)?;
    let row = store::entries::applications::find(ctx.db, &row.id)?;
    view(ctx, &link, &row)
}

/// Whether an application still waits for its supervisor.
fn awaited(row: &Application) -> Result<(), Error> {
    if application_state(row)? == ApplicationState::Acknowledged {
        return Err(Error::rule(Code::AlreadyAcknowledged));
    }
    next(row, ApplicationAct::Acknowledge).map(|_acknowledged| ())
}

fn usable(ctx: &mut Ctx<'_>, cmd: &PresentLink) -> Result<Link, Error> {
    let token = Token::parse(Purpose::Acknowledgement, cmd.token.trim()).map_err(|_not_a_token| Error::NotFound)?;
    let link = store::entries::links::find(ctx.db, &token.hash().to_string())?;
    if link.used_at.is_some() {
        return Err(Error::rule(Code::AcknowledgementLinkUsed));
    }
    if link.expires_at <= ctx.stamp() {
        return Err(Error::rule(Code::AcknowledgementLinkExpired));
    }
    Ok(link)
}

fn view(ctx: &mut Ctx<'_>, link: &Link, row: &Application) -> Result<AcknowledgementView, Error> {
    let of = store::entries::find(ctx.db, &row.call_id)?;
    let setting = mails::setting(ctx, &of.account_id)?;
    let asked = questions(&of.questions)?;
    let answered = answers(&row.answers)?.into_iter().filter_map(|answer| {
        let question = asked.iter().find(|question| question.id == answer.question_id)?;
        Some(AnsweredView { question: question.text.clone(), answer: answer.text })
    });
    let answers = answered.collect();
    Ok(AcknowledgementView {
        consortium_name: setting.consortium,
        member_name: setting.member.unwrap_or_default(),
        call_title: of.title,
        applicant_name: store::notify::person(ctx.db, &row.user_id)?.name,
        want_to_learn: row.want_to_learn.clone(),
        problem_at_work: row.problem_at_work.clone(),
        answers,
        supervisor_name: row.supervisor_name.clone(),
        expires_at: link.expires_at.and_utc(),
        acknowledged_at: row.acknowledged_at.map(|at| at.and_utc()),
        objected_at: row.objected_at.map(|at| at.and_utc()),
    })
}
