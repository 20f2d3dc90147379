//! The selection: an order that can be explained, decisions with reasons, all of them in one transaction.
//!
//! Who is selected claims a seat through the one gate of `seats`; when none is free the person waits
//! in order. Nobody is decided alone: a call is selected as a whole or not at all.

use super::calls::{EntryCallView, SelectionPolicy, entry, get_entry_call};
use super::{
    after, hold, lottery, mails, move_on, permitted, policy_of, state_of, wrong_application_state, wrong_state,
};
use crate::input::Checker;
use crate::seats::claims::{Claim, Placed, Source, WhenFull, claim_many};
use crate::seats::offers::offer_free_seats_up_to;
use crate::{Call, Code, Ctx, Error, FieldCode, FieldError};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::entries::selection::{Candidate, Outcome, Policy, SelectionRule, check, rank};
use domain::entries::{ApplicationAct, ApplicationState, CallAct, CallState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::entries::EntryCall;
use store::entries::applications::{Application, Decision};
use utoipa::ToSchema;

/// The most decisions at once.
pub const MAX_DECISIONS: usize = 1_000;

/// What is decided for an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionOutcome {
    /// 受講決定.
    Selected,
    /// 補欠.
    Waitlisted,
    /// 見送り.
    Declined,
}

impl DecisionOutcome {
    const fn domain(self) -> Outcome {
        match self {
            Self::Selected => Outcome::Selected,
            Self::Waitlisted => Outcome::Waitlisted,
            Self::Declined => Outcome::Declined,
        }
    }
}

/// One decision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideApplication {
    /// An undecided application to this call.
    pub application_id: String,
    /// What is decided.
    pub outcome: DecisionOutcome,
    /// Why, for the applicant, 1 to 500 characters.
    #[schema(example = "業務上の課題が明確で、成果を共有できると見込まれるため。", max_length = 500)]
    pub reason: String,
}

/// The selection of a call: every undecided application, those who wait in their order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectApplicants {
    /// Up to 1,000 decisions.
    #[schema(max_items = 1000)]
    pub decisions: Vec<DecideApplication>,
}

/// Where an applicant ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecidedView {
    /// The application.
    pub application_id: String,
    /// `selected`, `waitlisted` or `declined`; who was selected while no seat was free waits.
    #[schema(example = "selected")]
    pub state: String,
    /// The seat.
    pub assignment_id: Option<String>,
    /// The place on the waiting list.
    pub waiting_entry_id: Option<String>,
    /// Place among those who wait, from 1.
    pub position: Option<i64>,
}

/// A call that was selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SelectionView {
    /// The call.
    pub entry_call: EntryCallView,
    /// Where each applicant ended, in the order in which seats were given.
    pub results: Vec<DecidedView>,
}

/// A proposed order; nothing was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProposalView {
    /// How the call selects.
    pub policy: SelectionPolicy,
    /// Whether the order binds the selection.
    pub binding: bool,
    /// Places of the call.
    pub capacity: i64,
    /// Seats of the town that nobody uses now.
    pub free_seats: i64,
    /// The applicants in the proposed order.
    pub items: Vec<ProposedView>,
}

/// One applicant in a proposed order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProposedView {
    /// Rank, from 1.
    pub rank: i64,
    /// The application.
    pub application_id: String,
    /// The applicant's name.
    pub applicant_name: String,
    /// Whether the supervisor has acknowledged it.
    pub acknowledged: bool,
    /// Whether the supervisor does not agree; then it can only be declined.
    pub objected: bool,
    /// Whether the applicant sits on a seat of this contract already; then it can only be declined.
    pub seated: bool,
    /// When it arrived.
    pub applied_at: DateTime<Utc>,
    /// `selected` within the capacity, else `waitlisted`; `declined` where the supervisor does not agree or the applicant has a seat.
    pub outcome: DecisionOutcome,
    /// Why this rank, in Japanese.
    #[schema(example = "申込みの内容を確かめて決めました（上長確認済み、受付順で1番目）。")]
    pub reason: String,
}

/// The order that the call's policy proposes, with reasons.
///
/// # Errors
/// [`Code::LotteryNotDrawn`]; [`Code::EntryCallState`] for a draft or a selected call.
pub fn propose_selection(ctx: &mut Ctx<'_>, call: &Call, call_id: &str) -> Result<ProposalView, Error> {
    let row = permitted(ctx, call, call_id, Action::SelectApplicants)?;
    match state_of(&row)? {
        CallState::Open | CallState::Closed => {}
        state @ (CallState::Draft | CallState::Selected) => return Err(wrong_state(state)),
    }
    let policy = policy_of(&row)?;
    let undecided = store::entries::applications::undecided(ctx.db, &row.id)?;
    let account = store::seats::find_account(ctx.db, &row.account_id)?;
    let seated = seated(ctx, &account.contract_id, &undecided)?;
    let ranked = ranked(policy, &row, &undecided, &seated)?;
    let names = names(ctx, &row)?;
    let mut places = row.capacity;
    let items = ranked.into_iter().zip(1_i64..).map(|(one, rank)| {
        let outcome = match (one.objected || one.seated, places > 0) {
            (true, _) => DecisionOutcome::Declined,
            (false, true) => DecisionOutcome::Selected,
            (false, false) => DecisionOutcome::Waitlisted,
        };
        if outcome == DecisionOutcome::Selected {
            places = places.saturating_sub(1);
        }
        ProposedView {
            rank,
            applicant_name: names.get(&one.id).cloned().unwrap_or_default(),
            acknowledged: one.acknowledged,
            objected: one.objected,
            seated: one.seated,
            applied_at: one.applied_at,
            outcome,
            reason: reason(policy, &one, rank),
            application_id: one.id,
        }
    });
    let items = items.collect();
    Ok(ProposalView {
        policy: SelectionPolicy::of(policy),
        binding: policy.binds(),
        capacity: row.capacity,
        free_seats: account.free(),
        items,
    })
}

fn reason(policy: Policy, one: &Candidate, rank: i64) -> String {
    match policy {
        _ if one.seated => "この契約の席を既に利用しているため、今回は見送ります。".to_owned(),
        _ if one.objected => "所属の上長の同意がないため、今回は見送ります。".to_owned(),
        Policy::Selection if one.acknowledged => {
            format!("申込みの内容を確かめて決めました（上長確認済み、受付順で{rank}番目）。")
        }
        Policy::Selection => {
            format!("申込みの内容を確かめて決めました（上長の確認がまだのため、並び順で{rank}番目）。")
        }
        Policy::FirstCome => format!("受付順で{rank}番目です。"),
        Policy::Lottery => format!("抽選の結果、{}番目に引かれました。", one.drawn_rank.unwrap_or_default()),
    }
}

/// The names of the applicants, by application.
fn names(ctx: &mut Ctx<'_>, row: &EntryCall) -> Result<HashMap<String, String>, Error> {
    Ok(store::entries::applications::undecided_names(ctx.db, &row.id)?.into_iter().collect())
}

/// Which of the applicants sit on a seat of the contract now.
fn seated(ctx: &mut Ctx<'_>, contract_id: &str, undecided: &[Application]) -> Result<HashSet<String>, Error> {
    let people: Vec<String> = undecided.iter().map(|one| one.user_id.clone()).collect();
    let found = store::seats::assignments::seated(ctx.db, &[contract_id.to_owned()], &people)?;
    Ok(found.into_iter().map(|(_, user_id)| user_id).collect())
}

/// The undecided applications in the order of the policy.
fn ranked(
    policy: Policy,
    row: &EntryCall,
    undecided: &[Application],
    seated: &HashSet<String>,
) -> Result<Vec<Candidate>, Error> {
    let ranks: HashMap<String, u64> = match policy {
        Policy::Lottery => lottery::drawn(row)?.tickets.into_iter().map(|ticket| (ticket.id, ticket.rank)).collect(),
        Policy::Selection | Policy::FirstCome => HashMap::new(),
    };
    let candidate = |one: &Application| Candidate {
        id: one.id.clone(),
        acknowledged: one.acknowledged_at.is_some(),
        objected: one.objected_at.is_some(),
        seated: seated.contains(&one.user_id),
        applied_at: one.created_at.and_utc(),
        drawn_rank: ranks.get(&one.id).copied(),
    };
    let mut candidates: Vec<Candidate> = undecided.iter().map(candidate).collect();
    rank(policy, &mut candidates);
    Ok(candidates)
}

/// One decision with its application and its place in the command.
struct Decided<'a> {
    index: usize,
    outcome: Outcome,
    reason: String,
    row: &'a Application,
}

/// Decides every applicant of a closed call; who is selected gets a seat while one is free.
///
/// # Errors
/// Refused fields; [`Code::EntryCallState`], [`Code::SelectionOverCapacity`], [`Code::SelectionIncomplete`],
/// [`Code::SelectionOutOfOrder`], [`Code::LotteryNotDrawn`], [`Code::ApplicantSeated`]; nothing is decided then.
pub fn select_applicants(
    ctx: &mut Ctx<'_>,
    call: &Call,
    call_id: &str,
    cmd: &SelectApplicants,
) -> Result<SelectionView, Error> {
    let row = permitted(ctx, call, call_id, Action::SelectApplicants)?;
    let to = after(&row, CallAct::Select)?;
    hold(ctx, &row)?;
    let undecided = store::entries::applications::undecided(ctx.db, &row.id)?;
    let mut decided = checked(&undecided, cmd)?;
    let contract_id = store::seats::find_account(ctx.db, &row.account_id)?.contract_id;
    let seated = seated(ctx, &contract_id, &undecided)?;
    nobody_seated(ctx, &row, &decided, &seated)?;
    let policy = policy_of(&row)?;
    let ranked = ranked(policy, &row, &undecided, &seated)?;
    let outcomes: BTreeMap<&str, Outcome> = decided.iter().map(|one| (one.row.id.as_str(), one.outcome)).collect();
    check(policy, row.capacity, &ranked, &outcomes).map_err(refused)?;
    if policy.binds() {
        let places: HashMap<&str, usize> = ranked.iter().map(|one| one.id.as_str()).zip(0..).collect();
        decided.sort_by_key(|one| places.get(one.row.id.as_str()).copied());
    }
    // Seats first, then the waiting list: a stable sort keeps the order within each.
    decided.sort_by_key(|one| match one.outcome {
        Outcome::Selected => 0,
        Outcome::Waitlisted => 1,
        Outcome::Declined => 2,
    });
    move_on(ctx, &row, to)?;
    ctx.record(entry(call, &row, "entry_call.selected").details(json!({
        "capacity": row.capacity, "decisions": decided.len(),
    })));
    let placed = placed(ctx, call, &row, &decided)?;
    let mut results = Vec::with_capacity(decided.len());
    for (one, placed) in decided.iter().zip(placed) {
        results.push(settle(ctx, call, one, placed.as_ref())?);
    }
    offer_the_rest(ctx, &row, &results)?;
    let told: Vec<_> = decided.iter().map(|one| (one.row, one.reason.as_str())).zip(&results).collect();
    mails::results(ctx, &row, &told)?;
    Ok(SelectionView { entry_call: get_entry_call(ctx, call, call_id)?, results })
}

/// Places of the call that nobody was selected for are offered to those who wait, as long as a seat is free: a waiting
/// list does not stand beside an empty seat that the call was made for.
fn offer_the_rest(ctx: &mut Ctx<'_>, row: &EntryCall, results: &[DecidedView]) -> Result<(), Error> {
    let count = |held: &dyn Fn(&DecidedView) -> bool| {
        i64::try_from(results.iter().filter(|one| held(one)).count()).map_err(Error::internal)
    };
    let rest = row.capacity.saturating_sub(count(&|one| one.assignment_id.is_some())?);
    // Who waits was put there by the gate, which has locked the account.
    if rest > 0 && count(&|one| one.waiting_entry_id.is_some())? > 0 {
        offer_free_seats_up_to(ctx, &row.account_id, rest)?;
    }
    Ok(())
}

fn checked<'a>(undecided: &'a [Application], cmd: &SelectApplicants) -> Result<Vec<Decided<'a>>, Error> {
    let mut check = Checker::new();
    check.ensure(cmd.decisions.len() <= MAX_DECISIONS, "/decisions", FieldCode::TooMany { max: MAX_DECISIONS });
    let mut open: HashMap<&str, Option<&Application>> =
        undecided.iter().map(|row| (row.id.as_str(), Some(row))).collect();
    let mut decided = Vec::with_capacity(cmd.decisions.len());
    for (index, decision) in cmd.decisions.iter().enumerate().take(MAX_DECISIONS) {
        let at = format!("/decisions/{index}/application_id");
        let reason = check.lines(&format!("/decisions/{index}/reason"), &decision.reason, 500);
        match open.get_mut(decision.application_id.as_str()).map(Option::take) {
            Some(Some(row)) => {
                let outcome = decision.outcome.domain();
                let agreed = row.objected_at.is_none() || outcome == Outcome::Declined;
                let refused = FieldCode::Refused { sentence: OBJECTED };
                check.ensure(agreed, &format!("/decisions/{index}/outcome"), refused);
                decided.push(Decided { index, outcome, reason, row });
            }
            Some(None) => check.fault(at, FieldCode::Duplicate),
            None => check.fault(at, FieldCode::NoSuchThing),
        }
    }
    check.finish()?;
    Ok(decided)
}

/// Who sits already can only be declined; the refusal names them all.
fn nobody_seated(
    ctx: &mut Ctx<'_>,
    row: &EntryCall,
    decided: &[Decided<'_>],
    seated: &HashSet<String>,
) -> Result<(), Error> {
    let sits = |one: &&Decided<'_>| one.outcome != Outcome::Declined && seated.contains(&one.row.user_id);
    let sitting: Vec<&Decided<'_>> = decided.iter().filter(sits).collect();
    if sitting.is_empty() {
        return Ok(());
    }
    let names = names(ctx, row)?;
    let people: Vec<String> =
        sitting.iter().filter_map(|one| names.get(&one.row.id)).map(|name| format!("{name}さん")).collect();
    Err(Error::rule_with(Code::ApplicantSeated, vec![("people", people.join("、"))]))
}

const OBJECTED: &str = "上長が同意していない申込みです。見送りにするか、申込みの画面から上長に確認の依頼を送り直し、確認を受けてから決定してください。";

fn refused(rule: SelectionRule) -> Error {
    match rule {
        SelectionRule::OverCapacity { selected, capacity } => Error::rule_with(
            Code::SelectionOverCapacity,
            vec![("selected", selected.to_string()), ("capacity", capacity.to_string())],
        ),
        SelectionRule::Undecided { missing } => {
            Error::rule_with(Code::SelectionIncomplete, vec![("missing", missing.to_string())])
        }
        SelectionRule::Overtakes { id } => Error::rule_with(Code::SelectionOutOfOrder, vec![("application", id)]),
    }
}

/// Takes the selected and the waiting to the gate, in this order; the declined stay outside.
fn placed(
    ctx: &mut Ctx<'_>,
    call: &Call,
    row: &EntryCall,
    decided: &[Decided<'_>],
) -> Result<Vec<Option<Placed>>, Error> {
    let mut claims: Vec<Claim<'_>> = Vec::with_capacity(decided.len());
    for one in decided {
        let when_full = match one.outcome {
            Outcome::Selected => WhenFull::Queue,
            Outcome::Waitlisted => WhenFull::QueueAnyway,
            Outcome::Declined => continue,
        };
        claims.push(Claim {
            actor: &call.actor,
            meta: &call.meta,
            account_id: &row.account_id,
            user_id: &one.row.user_id,
            application_id: Some(&one.row.id),
            source: Source::Selection,
            when_full,
        });
    }
    let mut found = Vec::with_capacity(decided.len());
    if !claims.is_empty() {
        // The declined come last, so the answers belong to the first decisions.
        for (answer, one) in claim_many(ctx, &claims)?.into_iter().zip(decided) {
            found.push(Some(answer.map_err(|refusal| of_decision(refusal, one.index))?));
        }
    }
    found.resize(decided.len(), None);
    Ok(found)
}

/// A refusal of the gate, told of the decision that met it.
fn of_decision(refusal: Error, index: usize) -> Error {
    match refusal {
        Error::Invalid(faults) => Error::Invalid(
            faults
                .into_iter()
                .map(|fault| FieldError { pointer: format!("/decisions/{index}/application_id"), code: fault.code })
                .collect(),
        ),
        other => other,
    }
}

/// Writes one decision with where the gate put the person.
fn settle(ctx: &mut Ctx<'_>, call: &Call, one: &Decided<'_>, placed: Option<&Placed>) -> Result<DecidedView, Error> {
    let act = match placed {
        None => ApplicationAct::Decline,
        Some(Placed::Assigned { .. }) => ApplicationAct::Select,
        Some(Placed::Waitlisted { .. } | Placed::Offered { .. }) => ApplicationAct::Waitlist,
    };
    let state: ApplicationState = super::applications::next(one.row, act)?;
    let decision = Decision {
        state: state.as_str().to_owned(),
        decision_reason: one.reason.clone(),
        decided_by: call.actor.user_id.clone(),
        decided_at: ctx.stamp(),
        updated_at: ctx.stamp(),
    };
    if !store::entries::applications::decide(ctx.db, &one.row.id, &decision)? {
        // Taken back between our reading and now: the contact looks again.
        return Err(wrong_application_state(ApplicationState::Withdrawn));
    }
    store::entries::links::end_all(ctx.db, &one.row.id, ctx.stamp())?;
    let audited = super::applications::entry(call, one.row, "application.decided");
    ctx.record(audited.details(json!({"decided": one.outcome.as_str(), "state": state.as_str()})));
    let (assignment_id, waiting_entry_id, position) = match placed {
        Some(Placed::Assigned { assignment_id }) => (Some(assignment_id.clone()), None, None),
        Some(Placed::Waitlisted { entry_id, position }) => (None, Some(entry_id.clone()), Some(*position)),
        Some(Placed::Offered { .. }) | None => (None, None, None),
    };
    Ok(DecidedView {
        application_id: one.row.id.clone(),
        state: state.as_str().to_owned(),
        assignment_id,
        waiting_entry_id,
        position,
    })
}
