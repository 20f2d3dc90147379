//! What the lead sees of a survey: every invited town with its answer, who is still waited for, totals.
//! A contact sees the line of its own town and no totals.

use super::answers::{AnswerView, answer_state};
use super::load;
use crate::part::{Part, Parted};
use crate::service::Call;
use crate::{Ctx, Error};
use domain::access::Action;
use domain::demand::AnswerState;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use store::demand::{Answer, Survey};
use store::rounds::{Invited, Round};
use utoipa::ToSchema;

/// One invited town and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OverviewLine {
    /// The town.
    pub member_id: String,
    /// Six digits.
    pub municipality_code: String,
    /// 団体名.
    pub name: String,
    /// Seats in use in the contracts of the fiscal year before; null when there were none.
    pub last_year_seats: Option<i64>,
    /// Reminders sent so far.
    pub reminders: i64,
    /// Whether the town keeps a draft that it has not handed in; what it says is the town's.
    pub drafting: bool,
    /// The answer; null when nothing was written yet.
    pub answer: Option<AnswerView>,
}

/// Sums over the answers that were handed in or fixed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct OverviewTotals {
    /// Towns invited.
    pub invited: i64,
    /// Towns whose answer counts: submitted or fixed.
    pub answered: i64,
    /// Towns still waited for: nothing, a draft, or returned.
    pub unanswered: i64,
    /// Of those, towns whose answer was returned.
    pub returned: i64,
    /// Of the answered, towns whose answer is fixed.
    pub fixed: i64,
    /// Sum of 少なめ.
    pub low_seats: i64,
    /// Sum of 標準.
    pub base_seats: i64,
    /// Sum of 多め.
    pub high_seats: i64,
    /// Sum of 最低席数.
    pub minimum_seats: i64,
}

/// The answers of a survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OverviewView {
    /// The survey.
    pub survey_id: String,
    /// Towns by municipality code; a contact's own only.
    pub lines: Vec<OverviewLine>,
    /// Totals; null for contacts.
    pub totals: Option<OverviewTotals>,
}

/// A town that is still waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnansweredView {
    /// The town.
    pub member_id: String,
    /// Six digits.
    pub municipality_code: String,
    /// 団体名.
    pub name: String,
}

/// The towns that are still waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnansweredList {
    /// By municipality code.
    pub items: Vec<UnansweredView>,
}

/// The answers of a survey with totals.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia; [`Error::Forbidden`] for staff.
pub fn get_answers(ctx: &mut Ctx<'_>, call: &Call, survey_id: &str) -> Result<OverviewView, Error> {
    show_answers(ctx, call, survey_id, &Part::whole(), |_| true).map(|(overview, _)| overview)
}

/// As [`get_answers`], with a part of the towns whose answer is in a state that `of` keeps (none while nothing was
/// written); answers how many there are, too. Totals stay those of all towns.
///
/// # Errors
/// As [`get_answers`].
pub fn show_answers(
    ctx: &mut Ctx<'_>,
    call: &Call,
    survey_id: &str,
    part: &Part,
    of: impl Fn(Option<&str>) -> bool,
) -> Result<(OverviewView, usize), Error> {
    let survey = load(ctx, call, Action::ReadRounds, survey_id)?;
    let own = call.actor.towns(Action::ReadAnswers, &survey.consortium_id)?;
    let round = super::round_of(ctx, &survey)?;
    let used = used_last_year(ctx, &round)?;
    let mut reminders: BTreeMap<String, i64> = BTreeMap::new();
    for reminder in store::demand::reminders(ctx.db, survey_id)? {
        let count = reminders.entry(reminder.member_id).or_default();
        *count = count.saturating_add(1);
    }
    let mut answers: BTreeMap<String, _> =
        store::demand::answers(ctx.db, survey_id)?.into_iter().map(|row| (row.member_id.clone(), row)).collect();
    let drafting = store::demand::drafting(ctx.db, survey_id)?;
    let mut totals = OverviewTotals::default();
    let mut rows = Vec::new();
    for town in store::rounds::invited(ctx.db, &round.id)? {
        let answer = answers.remove(&town.id);
        count(&mut totals, answer.as_ref())?;
        let is_own = own.as_ref().is_none_or(|own| own.contains(&town.id));
        if is_own && of(answer.as_ref().map(|answer| answer.state.as_str())) {
            rows.push((town, answer));
        }
    }
    let line = |(town, answer): (Invited, Option<Answer>)| -> Result<OverviewLine, Error> {
        Ok(OverviewLine {
            last_year_seats: used.get(&town.id).copied(),
            reminders: reminders.get(&town.id).copied().unwrap_or(0),
            drafting: drafting.contains(&town.id),
            answer: answer.map(AnswerView::try_from).transpose()?,
            member_id: town.id,
            municipality_code: town.municipality_code,
            name: town.name,
        })
    };
    let cut = part.cut(rows, |(town, _)| (&town.municipality_code, &town.name));
    let Parted { items: lines, found } = cut.try_map(line)?;
    Ok((OverviewView { survey_id: survey.id, lines, totals: own.is_none().then_some(totals) }, found))
}

/// The towns that are still waited for; lead and auditors.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia; [`Error::Forbidden`] for contacts.
pub fn list_unanswered(ctx: &mut Ctx<'_>, call: &Call, survey_id: &str) -> Result<UnansweredList, Error> {
    let survey = load(ctx, call, Action::ReadRounds, survey_id)?;
    if call.actor.towns(Action::ReadAnswers, &survey.consortium_id)?.is_some() {
        return Err(Error::Forbidden);
    }
    let items = unanswered_members(ctx, &survey)?
        .into_iter()
        .map(|town| UnansweredView { member_id: town.id, municipality_code: town.municipality_code, name: town.name })
        .collect();
    Ok(UnansweredList { items })
}

/// Invited towns whose answer does not count yet.
pub(crate) fn unanswered_members(ctx: &mut Ctx<'_>, survey: &Survey) -> Result<Vec<Invited>, Error> {
    let answered: HashSet<String> =
        store::demand::members_in(ctx.db, &survey.id, &AnswerState::COUNTED)?.into_iter().collect();
    let invited = store::rounds::invited(ctx.db, &survey.round_id)?;
    Ok(invited.into_iter().filter(|town| !answered.contains(&town.id)).collect())
}

/// Seats in use in the contracts of the fiscal year before, by town.
pub(crate) fn used_last_year(ctx: &mut Ctx<'_>, round: &Round) -> Result<BTreeMap<String, i64>, Error> {
    let rows = store::demand::seats_used_in_year(ctx.db, &round.consortium_id, round.fiscal_year.saturating_sub(1))?;
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    for (member_id, seats) in rows {
        if let Some(member_id) = member_id {
            let sum = used.entry(member_id).or_default();
            *sum = sum.saturating_add(seats);
        }
    }
    Ok(used)
}

fn count(totals: &mut OverviewTotals, answer: Option<&store::demand::Answer>) -> Result<(), Error> {
    totals.invited = totals.invited.saturating_add(1);
    let state = answer.map(answer_state).transpose()?;
    match (answer, state) {
        (Some(row), Some(state)) if state.counts() => {
            totals.answered = totals.answered.saturating_add(1);
            totals.fixed = totals.fixed.saturating_add(i64::from(state == AnswerState::Fixed));
            totals.low_seats = totals.low_seats.saturating_add(row.low_seats);
            totals.base_seats = totals.base_seats.saturating_add(row.base_seats);
            totals.high_seats = totals.high_seats.saturating_add(row.high_seats);
            totals.minimum_seats = totals.minimum_seats.saturating_add(row.minimum_seats);
        }
        (_, state) => {
            totals.unanswered = totals.unanswered.saturating_add(1);
            totals.returned = totals.returned.saturating_add(i64::from(state == Some(AnswerState::Returned)));
        }
    }
    Ok(())
}
