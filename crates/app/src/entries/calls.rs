//! The call itself: drafted, opened to the town's staff, closed; read by those who may see it.

use super::form::{Question, check_questions, questions};
use super::lottery::{self, LotteryView};
use super::{after, mails, move_on, permitted, policy_of, state_of, visible};
use crate::audit::Entry;
use crate::input::Checker;
use crate::page::{Page, PageQuery};
use crate::{Call, Code, Ctx, Error, FieldCode};
use chrono::{DateTime, NaiveDate, Utc};
use domain::access::{Action, Actor};
use domain::clock::japan_date;
use domain::entries::selection::Policy;
use domain::entries::{CallAct, CallState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use store::entries::{EntryCall, EntryCallChange, Sight};
use store::seats::Account;
use store::seats::settings::Setting;
use utoipa::ToSchema;

/// How people are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SelectionPolicy {
    /// 選考: the contact judges what people wrote.
    Selection,
    /// 先着順.
    FirstCome,
    /// 抽選: by a draw that anybody can repeat.
    Lottery,
}

impl SelectionPolicy {
    pub(super) const fn domain(self) -> Policy {
        match self {
            Self::Selection => Policy::Selection,
            Self::FirstCome => Policy::FirstCome,
            Self::Lottery => Policy::Lottery,
        }
    }

    pub(super) const fn of(policy: Policy) -> Self {
        match policy {
            Policy::Selection => Self::Selection,
            Policy::FirstCome => Self::FirstCome,
            Policy::Lottery => Self::Lottery,
        }
    }
}

/// What a call says; every field is given again when a draft is changed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftEntryCall {
    /// 1 to 100 characters.
    #[schema(example = "令和8年度 オンライン学習 受講者募集（架空）", max_length = 100)]
    pub title: String,
    /// What applicants should know, up to 4,000 characters; may be empty.
    #[schema(example = "業務改善に役立てたい方を募集します。", max_length = 4000)]
    pub guidance: String,
    /// Places to be given, 1 to the number of the town's seats.
    #[schema(example = 3, minimum = 1)]
    pub capacity: i64,
    /// How people are selected.
    pub policy: SelectionPolicy,
    /// Up to 10 questions.
    #[schema(max_items = 10)]
    pub questions: Vec<Question>,
    /// The last day to apply, in Japan.
    #[schema(example = "2026-05-20")]
    pub closes_on: NaiveDate,
}

/// How a call ends.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseEntryCall {
    /// Lotteries only, and required there: which public value will decide, known only later, 1 to 200 characters.
    #[schema(example = "2026年5月22日のナンバーズ4抽せん数字", max_length = 200)]
    pub lottery_source: Option<String>,
}

/// An entry call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EntryCallView {
    /// UUIDv7.
    pub id: String,
    /// The consortium.
    pub consortium_id: String,
    /// The town.
    pub member_id: String,
    /// The contract.
    pub contract_id: String,
    /// The town's seat account.
    pub account_id: String,
    /// Title.
    pub title: String,
    /// What applicants should know.
    pub guidance: String,
    /// Places to be given.
    pub capacity: i64,
    /// How people are selected.
    pub policy: SelectionPolicy,
    /// The questions.
    pub questions: Vec<Question>,
    /// The last day to apply, in Japan.
    pub closes_on: NaiveDate,
    /// `draft`, `open`, `closed` or `selected`.
    #[schema(example = "open")]
    pub state: String,
    /// How many applications stand.
    pub application_count: i64,
    /// The lottery's record, from the close on.
    pub lottery: Option<LotteryView>,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// For `If-Match`.
    pub version: i64,
}

/// Drafts an entry call on the seats of a town.
///
/// # Errors
/// Refused fields; [`Code::CapacityExceedsBalance`], [`Code::ContractClosed`]; another town's account.
pub fn create_entry_call(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account_id: &str,
    cmd: &DraftEntryCall,
) -> Result<EntryCallView, Error> {
    let account = store::seats::find_account(ctx.db, account_id)?;
    let town = account.member_id.clone().ok_or(Error::NotFound)?;
    call.actor.permit(Action::ManageEntryCalls, &account.consortium_id, Some(&town))?;
    let draft = checked(ctx, &account, cmd)?;
    let row = EntryCall {
        id: ctx.id(),
        consortium_id: account.consortium_id,
        member_id: town,
        contract_id: account.contract_id,
        account_id: account.id,
        title: draft.title,
        guidance: draft.guidance,
        capacity: draft.capacity,
        policy: draft.policy,
        questions: draft.questions,
        closes_on: draft.closes_on,
        state: "draft".to_owned(),
        lottery_seed: None,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    store::entries::insert(ctx.db, &row)?;
    ctx.record(entry(call, &row, "entry_call.created").details(json!({
        "capacity": row.capacity, "policy": row.policy, "closes_on": row.closes_on,
    })));
    view(row, 0)
}

/// Changes a draft.
///
/// # Errors
/// As [`create_entry_call`]; [`Code::EntryCallState`] once it is open; a version that is not the present one.
pub fn edit_entry_call(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &DraftEntryCall) -> Result<EntryCallView, Error> {
    let row = permitted(ctx, call, id, Action::ManageEntryCalls)?;
    let version = call.expected()?;
    after(&row, CallAct::Edit)?;
    let account = store::seats::find_account(ctx.db, &row.account_id)?;
    let draft = checked(ctx, &account, cmd)?;
    if !store::entries::change(ctx.db, id, version, &draft)? {
        return Err(Error::Stale);
    }
    ctx.record(entry(call, &row, "entry_call.edited").details(json!({
        "capacity": draft.capacity, "policy": draft.policy, "closes_on": draft.closes_on,
    })));
    get_entry_call(ctx, call, id)
}

/// Opens a draft and tells the town's staff.
///
/// # Errors
/// [`Code::EntryCallState`], [`Code::EntryCallDeadlinePassed`], [`Code::CapacityExceedsBalance`], [`Code::ContractClosed`].
pub fn open_entry_call(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<EntryCallView, Error> {
    let row = permitted(ctx, call, id, Action::ManageEntryCalls)?;
    let to = after(&row, CallAct::Open)?;
    if row.closes_on < japan_date(ctx.now) {
        return Err(Error::rule_with(Code::EntryCallDeadlinePassed, vec![("closes_on", row.closes_on.to_string())]));
    }
    let account = store::seats::find_account(ctx.db, &row.account_id)?;
    running(ctx, &account)?;
    covered(&account, row.capacity)?;
    move_on(ctx, &row, to)?;
    ctx.record(entry(call, &row, "entry_call.opened"));
    mails::call_opened(ctx, &row)?;
    get_entry_call(ctx, call, id)
}

/// Ends a call; a lottery commits to its list, its secret and the public value to come.
///
/// # Errors
/// [`Code::EntryCallState`]; a lottery without a source, or a source without a lottery.
pub fn close_entry_call(
    ctx: &mut Ctx<'_>,
    call: &Call,
    id: &str,
    cmd: &CloseEntryCall,
) -> Result<EntryCallView, Error> {
    let row = permitted(ctx, call, id, Action::ManageEntryCalls)?;
    let to = after(&row, CallAct::Close)?;
    let source = lottery_source(policy_of(&row)?, cmd)?;
    move_on(ctx, &row, to)?;
    if let Some(source) = source {
        lottery::commit(ctx, call, &row, &source)?;
    }
    ctx.record(entry(call, &row, "entry_call.closed"));
    get_entry_call(ctx, call, id)
}

/// When a call was closed, while nothing came after it: neither a draw nor a selection.
///
/// # Errors
/// As [`get_entry_call`].
pub fn closed_at(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<Option<DateTime<Utc>>, Error> {
    let row = visible(ctx, call, id)?;
    let lottery = row.lottery_seed.as_deref().map(LotteryView::of_record).transpose()?;
    let last = state_of(&row)? == CallState::Closed && lottery.is_none_or(|lottery| lottery.secret.is_none());
    Ok(last.then(|| row.updated_at.and_utc()))
}

/// Undecided applications of a call to which a supervisor does not agree, and those that wait for one.
///
/// # Errors
/// [`Error::NotFound`] for who may not read the applications.
pub fn unsettled(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<(usize, usize), Error> {
    let row = permitted(ctx, call, id, Action::ReadApplications)?;
    let undecided = store::entries::applications::undecided(ctx.db, &row.id)?;
    let objected = undecided.iter().filter(|one| one.objected_at.is_some()).count();
    let open = undecided.iter().filter(|one| one.objected_at.is_none() && one.acknowledged_at.is_none()).count();
    Ok((objected, open))
}

fn lottery_source(policy: Policy, cmd: &CloseEntryCall) -> Result<Option<String>, Error> {
    let mut check = Checker::new();
    let source = match (policy, &cmd.lottery_source) {
        (Policy::Lottery, typed) => Some(check.line("/lottery_source", typed.as_deref().unwrap_or_default(), 200)),
        (Policy::Selection | Policy::FirstCome, None) => None,
        (Policy::Selection | Policy::FirstCome, Some(_)) => {
            let sentence = "抽選の募集だけに指定できます。この項目を外してください。";
            check.fault("/lottery_source", FieldCode::Refused { sentence });
            None
        }
    };
    check.finish()?;
    Ok(source)
}

/// The towns whose drafts somebody sees who sees the calls of `towns`; none for all of them.
pub(crate) fn drafts_seen(actor: &Actor, consortium_id: &str, towns: Option<&Vec<String>>) -> Option<Vec<String>> {
    towns?;
    actor.towns(Action::ManageEntryCalls, consortium_id).unwrap_or_else(|_no_contact| Some(Vec::new()))
}

/// The entry calls of a consortium that the caller sees, newest first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_entry_calls(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &PageQuery,
) -> Result<Page<EntryCallView>, Error> {
    let towns = call.actor.towns(Action::ReadEntryCalls, consortium_id)?;
    let drafts = drafts_seen(&call.actor, consortium_id, towns.as_ref());
    let sight = Sight { towns, drafts };
    listed(ctx, consortium_id, &format!("entry-calls/{consortium_id}"), &sight, query)
}

/// The entry calls of one town, newest first.
///
/// # Errors
/// [`Error::NotFound`] for who may not see the town's calls.
pub fn list_town_calls(
    ctx: &mut Ctx<'_>,
    call: &Call,
    member_id: &str,
    query: &PageQuery,
) -> Result<Page<EntryCallView>, Error> {
    let town = crate::town::permitted(ctx, call, Action::ReadEntryCalls, member_id)?;
    let own = || vec![member_id.to_owned()];
    let drafts = match call.actor.permit(Action::ManageEntryCalls, &town.consortium_id, Some(member_id)) {
        Ok(()) => Some(own()),
        Err(_) if matches!(call.actor.towns(Action::ReadEntryCalls, &town.consortium_id), Ok(None)) => Some(own()),
        Err(_) => Some(Vec::new()),
    };
    let sight = Sight { towns: Some(own()), drafts };
    listed(ctx, &town.consortium_id, &format!("entry-calls/{member_id}"), &sight, query)
}

fn listed(
    ctx: &mut Ctx<'_>,
    consortium_id: &str,
    list: &str,
    sight: &Sight,
    query: &PageQuery,
) -> Result<Page<EntryCallView>, Error> {
    let listing = query.listing(ctx.env, list, &store::entries::ENTRY_CALLS)?;
    let rows = store::entries::list(ctx.db, consortium_id, sight, &listing.slice)?;
    let ids: Vec<String> = rows.iter().map(|(row, _)| row.id.clone()).collect();
    let counts: HashMap<String, i64> = store::entries::application_counts(ctx.db, &ids)?.into_iter().collect();
    listing.try_page(ctx.env, rows, |row| {
        let count = counts.get(&row.id).copied().unwrap_or(0);
        view(row, count)
    })
}

/// One entry call.
///
/// # Errors
/// [`Error::NotFound`] for another town's, and for a draft to those who do not manage it.
pub fn get_entry_call(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<EntryCallView, Error> {
    let row = visible(ctx, call, id)?;
    let counts = store::entries::application_counts(ctx.db, std::slice::from_ref(&row.id))?;
    view(row, counts.first().map_or(0, |(_, count)| *count))
}

fn view(row: EntryCall, application_count: i64) -> Result<EntryCallView, Error> {
    let policy = SelectionPolicy::of(policy_of(&row)?);
    let state = state_of(&row)?;
    Ok(EntryCallView {
        id: row.id,
        consortium_id: row.consortium_id,
        member_id: row.member_id,
        contract_id: row.contract_id,
        account_id: row.account_id,
        title: row.title,
        guidance: row.guidance,
        capacity: row.capacity,
        policy,
        questions: questions(&row.questions)?,
        closes_on: row.closes_on,
        state: state.as_str().to_owned(),
        application_count,
        lottery: row.lottery_seed.as_deref().map(LotteryView::of_record).transpose()?,
        created_at: row.created_at.and_utc(),
        version: row.version,
    })
}

/// An act of the caller on a call of a town.
pub(super) fn entry(call: &Call, row: &EntryCall, action: &'static str) -> Entry {
    Entry::done(&call.actor, Some(&row.consortium_id), action, "entry_call", &row.id).member(&row.member_id)
}

fn checked(ctx: &mut Ctx<'_>, account: &Account, cmd: &DraftEntryCall) -> Result<EntryCallChange, Error> {
    let setting = running(ctx, account)?;
    let mut check = Checker::new();
    let title = check.line("/title", &cmd.title, 100);
    let guidance = check.optional_lines("/guidance", &cmd.guidance, 4_000);
    let capacity = check.seats("/capacity", cmd.capacity, 1);
    let asked = check_questions(&mut check, &cmd.questions);
    let rule = "締切日は、今日から契約の終了日までの日付にしてください。";
    let in_time = cmd.closes_on >= japan_date(ctx.now) && cmd.closes_on <= setting.ends_on;
    check.ensure(in_time, "/closes_on", FieldCode::Order { rule });
    check.finish()?;
    covered(account, capacity)?;
    Ok(EntryCallChange {
        title,
        guidance,
        capacity,
        policy: cmd.policy.domain().as_str().to_owned(),
        questions: serde_json::to_string(&asked).map_err(Error::internal)?,
        closes_on: cmd.closes_on,
        updated_at: ctx.stamp(),
    })
}

/// What stands around the account, while its contract runs.
fn running(ctx: &mut Ctx<'_>, account: &Account) -> Result<Setting, Error> {
    let setting = mails::setting(ctx, &account.id)?;
    if setting.contract_state == "closed" { Err(Error::rule(Code::ContractClosed)) } else { Ok(setting) }
}

fn covered(account: &Account, capacity: i64) -> Result<(), Error> {
    if capacity <= account.balance {
        return Ok(());
    }
    let facts = vec![("capacity", capacity.to_string()), ("balance", account.balance.to_string())];
    Err(Error::rule_with(Code::CapacityExceedsBalance, facts))
}
