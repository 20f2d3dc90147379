//! What waits for the caller (いまあなたを待っていること), over every role held: composed of the questions of the areas.
//!
//! Nothing is decided here; each line names a thing and the page of that thing decides what may be done.
//! Ordered by the last day, then as a year goes.

use crate::service::Call;
use crate::{Ctx, Error};
use chrono::{DateTime, NaiveDate, Utc};
use domain::access::{Grant, Role};
use domain::clock::japan_date;
use serde::Serialize;
use store::home::{self as rows, Detail, Line};
use utoipa::ToSchema;

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingKind {
    /// A seat is offered until an hour.
    OfferToAccept,
    /// A survey without an answer, or with a draft.
    SurveyToAnswer,
    /// An answer that was returned.
    AnswerReturned,
    /// Towns that have not answered an open survey.
    AnswersMissing,
    /// Answers that were submitted and are not fixed.
    AnswersToFix,
    /// A round whose next step is due.
    RoundToCarryOn,
    /// A request for more seats.
    RequestToDecide,
    /// One's own request came back.
    RequestReturned,
    /// Applications to which a supervisor does not agree.
    ObjectionsToSettle,
    /// One's own application to which a supervisor does not agree.
    ApplicationObjected,
    /// One's own application that waits for the supervisor.
    ApplicationUnacknowledged,
    /// Applications without a result.
    ApplicationsToSelect,
    /// Seats that nobody uses.
    SeatsToAssign,
    /// A call that takes applications.
    CallToApply,
    /// A post that waits for a review.
    PostToReview,
    /// One's own post that came back from its review.
    PostReturned,
    /// A consortium without staff of the prefecture.
    LeadToInvite,
    /// Mails that were given up.
    MailsParked,
    /// Mails of the whole service that were given up.
    ServiceMailsParked,
}

/// One thing that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaitingItem {
    /// What it is.
    pub kind: WaitingKind,
    /// The consortium; null where the service as a whole is concerned.
    pub consortium_id: Option<String>,
    /// The town for which the caller acts; null where the consortium as a whole is concerned.
    pub member_id: Option<String>,
    /// Id of the survey, answer's survey, round, request, call, application, account, post, offer or consortium; null for mails.
    pub subject_id: Option<String>,
    /// Its title, number or town.
    #[schema(example = "令和9年度 意向調査")]
    pub title: String,
    /// How many answers, seats, applications or mails.
    pub count: Option<i64>,
    /// The stage of a round; `closed` for an application that its call does not let anybody correct any more.
    #[schema(example = "quoting")]
    pub stage: Option<String>,
    /// The last day, in Japan.
    pub due_on: Option<NaiveDate>,
    /// The last instant.
    pub due_at: Option<DateTime<Utc>>,
}

/// Everything that waits for the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaitingView {
    /// The next deadline first.
    pub items: Vec<WaitingItem>,
}

/// What waits for the caller now, at most twenty of a kind.
///
/// # Errors
/// When the database refuses.
pub fn waiting(ctx: &mut Ctx<'_>, call: &Call) -> Result<WaitingView, Error> {
    let mut items = Vec::new();
    if call.actor.is_admin() {
        of_administrator(ctx, &mut items)?;
    }
    for grant in &call.actor.grants {
        let Some(consortium_id) = grant.consortium_id.as_deref() else { continue };
        if let Some(town) = grant.member_id.as_deref() {
            let returned = rows::posts_returned(ctx.db, town, &call.actor.user_id)?;
            let own = |line| item(WaitingKind::PostReturned, Some(consortium_id), Some(town), line);
            items.extend(returned.into_iter().map(own));
        }
        match grant.role {
            Role::Lead => of_lead(ctx, call, consortium_id, &mut items)?,
            Role::Contact => of_contact(ctx, call, grant, &mut items)?,
            Role::Learner => of_learner(ctx, call, grant, &mut items)?,
            Role::Admin | Role::Auditor => {}
        }
    }
    offers(ctx, call, &mut items)?;
    let day = |item: &WaitingItem| item.due_on.or_else(|| item.due_at.map(japan_date)).unwrap_or(NaiveDate::MAX);
    items.sort_by(|a, b| {
        (day(a), a.kind, &a.subject_id, &a.member_id).cmp(&(day(b), b.kind, &b.subject_id, &b.member_id))
    });
    // Somebody may hold one role twice, or two that lead to the same thing; a survey waits in each of two towns.
    items.dedup_by(|a, b| {
        let same = a.kind == b.kind && a.subject_id == b.subject_id && a.consortium_id == b.consortium_id;
        same && (b.member_id.is_none() || a.member_id == b.member_id)
    });
    Ok(WaitingView { items })
}

fn item(kind: WaitingKind, consortium_id: Option<&str>, member_id: Option<&str>, line: Line) -> WaitingItem {
    let (count, stage) = match line.detail {
        Detail::None => (None, None),
        Detail::Count(count) => (Some(count), None),
        Detail::Word(word) => (None, Some(word)),
    };
    WaitingItem {
        kind,
        consortium_id: consortium_id.map(str::to_owned),
        member_id: member_id.map(str::to_owned),
        subject_id: Some(line.id),
        title: line.title,
        count,
        stage,
        due_on: line.due_on,
        due_at: None,
    }
}

/// Nothing to decide: how many mails were given up.
fn parked(kind: WaitingKind, consortium_id: Option<&str>, count: i64) -> Option<WaitingItem> {
    let line = Line { id: String::new(), title: String::new(), detail: Detail::Count(count), due_on: None };
    (count > 0).then(|| WaitingItem { subject_id: None, ..item(kind, consortium_id, None, line) })
}

fn of_administrator(ctx: &mut Ctx<'_>, items: &mut Vec<WaitingItem>) -> Result<(), Error> {
    let begun = rows::without_lead(ctx.db)?;
    items.extend(begun.into_iter().map(|line| item(WaitingKind::LeadToInvite, None, None, line)));
    items.extend(parked(WaitingKind::ServiceMailsParked, None, rows::all_parked_mails(ctx.db)?));
    Ok(())
}

fn of_lead(ctx: &mut Ctx<'_>, call: &Call, consortium_id: &str, items: &mut Vec<WaitingItem>) -> Result<(), Error> {
    use WaitingKind as Kind;
    let mut add = |kind, lines: Vec<Line>| {
        items.extend(lines.into_iter().map(|line| item(kind, Some(consortium_id), None, line)));
    };
    add(Kind::AnswersMissing, rows::surveys_unanswered(ctx.db, consortium_id)?);
    add(Kind::AnswersToFix, rows::answers_to_fix(ctx.db, consortium_id)?);
    add(Kind::RoundToCarryOn, rows::rounds_under_way(ctx.db, consortium_id)?);
    add(Kind::RequestToDecide, rows::requests(ctx.db, consortium_id, None, "submitted")?);
    add(Kind::PostToReview, rows::posts_to_review(ctx.db, consortium_id, None, &call.actor.user_id)?);
    let given_up = rows::parked_mails(ctx.db, consortium_id)?;
    items.extend(parked(Kind::MailsParked, Some(consortium_id), given_up));
    Ok(())
}

fn of_contact(ctx: &mut Ctx<'_>, call: &Call, grant: &Grant, items: &mut Vec<WaitingItem>) -> Result<(), Error> {
    use WaitingKind as Kind;
    let (Some(consortium_id), Some(member_id)) = (grant.consortium_id.as_deref(), grant.member_id.as_deref()) else {
        return Ok(());
    };
    let today = japan_date(ctx.now);
    let mut add = |kind, lines: Vec<Line>| {
        items.extend(lines.into_iter().map(|line| item(kind, Some(consortium_id), Some(member_id), line)));
    };
    let (returned, open): (Vec<Line>, Vec<Line>) = rows::surveys_to_answer(ctx.db, member_id)?
        .into_iter()
        .partition(|line| line.detail == Detail::Word("returned".to_owned()));
    let plain = |line: Line| Line { detail: Detail::None, ..line };
    add(Kind::SurveyToAnswer, open.into_iter().map(plain).collect());
    add(Kind::AnswerReturned, returned.into_iter().map(plain).collect());
    add(Kind::RequestReturned, rows::requests(ctx.db, consortium_id, Some(member_id), "returned")?);
    add(Kind::ObjectionsToSettle, rows::objections(ctx.db, member_id)?);
    add(Kind::ApplicationsToSelect, rows::calls_to_select(ctx.db, member_id, today)?);
    let free = rows::free_seats(ctx.db, member_id, today)?;
    // The first day of use is no last day: seats of a contract that has not begun wait without one.
    let begins = |line: Line| match line.due_on.filter(|starts_on| today < *starts_on) {
        Some(day) => {
            Line {
                title: format!("{}、利用は{}から", line.title, day.format("%Y年%-m月%-d日")), due_on: None, ..line
            }
        }
        None => Line { due_on: None, ..line },
    };
    add(Kind::SeatsToAssign, free.into_iter().map(begins).collect());
    let posts = rows::posts_to_review(ctx.db, consortium_id, Some(&[member_id.to_owned()]), &call.actor.user_id)?;
    add(Kind::PostToReview, posts);
    Ok(())
}

fn of_learner(ctx: &mut Ctx<'_>, call: &Call, grant: &Grant, items: &mut Vec<WaitingItem>) -> Result<(), Error> {
    let (Some(consortium_id), Some(member_id)) = (grant.consortium_id.as_deref(), grant.member_id.as_deref()) else {
        return Ok(());
    };
    let calls = rows::calls_to_apply(ctx.db, member_id, &call.actor.user_id, japan_date(ctx.now))?;
    let add = |kind, line| item(kind, Some(consortium_id), Some(member_id), line);
    items.extend(calls.into_iter().map(|line| add(WaitingKind::CallToApply, line)));
    for (own, objected) in rows::unacknowledged(ctx.db, &call.actor.user_id, member_id, japan_date(ctx.now))? {
        let kind = if objected { WaitingKind::ApplicationObjected } else { WaitingKind::ApplicationUnacknowledged };
        items.push(add(kind, own));
    }
    Ok(())
}

fn offers(ctx: &mut Ctx<'_>, call: &Call, items: &mut Vec<WaitingItem>) -> Result<(), Error> {
    let now = ctx.stamp();
    for (id, consortium_id, town, number, expires_at) in rows::open_offers(ctx.db, &call.actor.user_id, now)? {
        let line = Line { id, title: number, detail: Detail::None, due_on: None };
        let offer = item(WaitingKind::OfferToAccept, Some(&consortium_id), town.as_deref(), line);
        items.push(WaitingItem { due_at: Some(expires_at.and_utc()), ..offer });
    }
    Ok(())
}
