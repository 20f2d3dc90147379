//! The allocation of a contract: drafted from the scenario, published by the lead, published again with changes.
//!
//! Publishing moves seats through the ledger; a later publication moves only the differences, and
//! returns come first. Seats in use cannot be taken away. A town sees its own line once it is published.

use super::load;
use crate::audit::Entry;
use crate::input::Checker;
use crate::notify::towns::{self, write_to_contacts};
use crate::part::{Part, Parted};
use crate::pricing::compare::grouped;
use crate::rounds::advance;
use crate::scenarios::model::Outcome;
use crate::seats::{Move, TransferKind, transfer};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::rounds::Step;
use mail::templates::AllocationPublished;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::contracts::{Allocation, AllocationLine, Contract};
use store::rounds::{Invited, Round};
use store::seats::Account;
use utoipa::ToSchema;

/// Most lines of one publication.
const MOST_LINES: usize = 2_000;

/// What to publish.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishAllocation {
    /// Lines that differ from the draft, or from what was published; the others stay.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub lines: Vec<ChangedLine>,
}

/// A line that the lead sets by hand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedLine {
    /// A member invited to the round.
    pub member_id: String,
    /// Its seats.
    #[schema(minimum = 0)]
    pub seats: i64,
    /// Why, 1 to 500 characters; the member reads it.
    #[schema(example = "年度途中の人事異動により減員したため", max_length = 500)]
    pub reason: String,
}

/// The allocation of a contract.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AllocationView {
    /// The contract.
    pub contract_id: String,
    /// `draft` or `published`.
    #[schema(example = "published")]
    pub state: String,
    /// When it was published last.
    pub published_at: Option<DateTime<Utc>>,
    /// By municipality code; a town's own only.
    pub lines: Vec<AllocationLineView>,
    /// For `If-Match`.
    pub version: i64,
}

/// One member's line.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AllocationLineView {
    /// The member.
    pub member_id: String,
    /// Six digits.
    pub municipality_code: String,
    /// 団体名.
    pub name: String,
    /// Seats.
    pub seats: i64,
    /// Why, as data.
    #[schema(value_type = Object)]
    pub reason: Value,
    /// Why, in words.
    pub explanation: String,
}

/// The allocation as the caller may see it.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia, and for towns before it is published.
pub fn get_allocation(ctx: &mut Ctx<'_>, call: &Call, contract_id: &str) -> Result<AllocationView, Error> {
    show_allocation(ctx, call, contract_id, &Part::whole()).map(|part| part.allocation)
}

/// A part of an allocation, and what concerns the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct AllocationPart {
    /// The allocation with the part's lines.
    pub allocation: AllocationView,
    /// Lines that the search found.
    pub found: usize,
    /// Lines that the caller may see.
    pub count: usize,
    /// The seats of all of them.
    pub seats: i64,
}

/// As [`get_allocation`], with a part of the lines.
///
/// # Errors
/// As [`get_allocation`].
pub fn show_allocation(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    part: &Part,
) -> Result<AllocationPart, Error> {
    let contract = load(ctx, call, Action::ReadConsortium, contract_id)?;
    let own = call.actor.towns(Action::ReadShares, &contract.consortium_id)?;
    let allocation = store::contracts::allocation_of(ctx.db, contract_id)?;
    if own.is_some() && allocation.state == "draft" {
        return Err(Error::NotFound);
    }
    let mut rows = store::contracts::lines_by_town(ctx.db, &allocation.id)?;
    rows.retain(|(row, _)| own.as_ref().is_none_or(|own| own.contains(&row.member_id)));
    let count = rows.len();
    let seats = rows.iter().fold(0_i64, |sum, (row, _)| sum.saturating_add(row.seats));
    let cut = part.cut(rows, |(_, town)| (&town.municipality_code, &town.name));
    let view = |(row, town): (AllocationLine, Invited)| -> Result<AllocationLineView, Error> {
        Ok(AllocationLineView {
            municipality_code: town.municipality_code,
            name: town.name,
            seats: row.seats,
            reason: serde_json::from_str(&row.reason).map_err(Error::internal)?,
            explanation: row.explanation,
            member_id: row.member_id,
        })
    };
    let Parted { items: lines, found } = cut.try_map(view)?;
    let allocation = AllocationView {
        contract_id: contract.id,
        state: allocation.state,
        published_at: allocation.published_at.map(|at| at.and_utc()),
        lines,
        version: allocation.version,
    };
    Ok(AllocationPart { allocation, found, count, seats })
}

/// Publishes the allocation: seats move through the ledger, and members whose line changed are written to.
///
/// # Errors
/// Refused fields; [`Code::AllocationExceedsSeats`]; [`Code::SeatsInUse`]; [`Code::RoundStage`].
pub fn publish_allocation(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract_id: &str,
    cmd: &PublishAllocation,
) -> Result<AllocationView, Error> {
    let contract = load(ctx, call, Action::ManageContracts, contract_id)?;
    let allocation = store::contracts::allocation_of(ctx.db, contract_id)?;
    if call.expected_version.is_some_and(|version| version != allocation.version) {
        return Err(Error::Stale);
    }
    let round = store::rounds::find(ctx.db, &contract.round_id)?;
    let round = advance(ctx, &round, Step::Publish)?;
    let towns = towns_of(ctx, &contract)?;
    check_lines(&towns, cmd)?;
    let changes = changes(ctx, &contract, &allocation, &towns, cmd)?;
    let moved = |change: &Change| change.line.seats.saturating_sub(change.before).saturating_abs();
    let seats = changes.iter().map(moved).fold(0, i64::saturating_add);
    crate::accounts::require_step_up_for_seats(ctx, call, seats)?;
    move_seats(ctx, call, &contract, &changes)?;
    let at = ctx.stamp();
    if !store::contracts::publish(ctx.db, &allocation.id, allocation.version, &call.actor.user_id, at)? {
        return Err(Error::Stale);
    }
    ctx.record(
        Entry::done(&call.actor, Some(&contract.consortium_id), "allocation.published", "contract", contract_id)
            .details(json!({"lines": changes.len(), "changed_by_hand": cmd.lines.len()})),
    );
    let scenario = store::scenarios::find(ctx.db, &contract.scenario_id)?;
    let (_, planned) = crate::scenarios::kept(&scenario)?;
    for change in &changes {
        notify(ctx, &round, &contract, &towns, &planned, &change.line)?;
    }
    get_allocation(ctx, call, contract_id)
}

/// One line and how far it moves.
struct Change {
    line: AllocationLine,
    /// Seats that the ledger already carries for the line.
    before: i64,
}

/// The lines to publish: those changed by hand, and on the first publication all of the draft.
fn changes(
    ctx: &mut Ctx<'_>,
    contract: &Contract,
    allocation: &Allocation,
    towns: &BTreeMap<String, Invited>,
    cmd: &PublishAllocation,
) -> Result<Vec<Change>, Error> {
    let first = allocation.state == "draft";
    let mut drafted: BTreeMap<String, AllocationLine> =
        store::contracts::lines(ctx.db, &allocation.id)?.into_iter().map(|row| (row.member_id.clone(), row)).collect();
    let accounts = store::seats::accounts_of(ctx.db, &contract.id)?;
    let balance = |member_id: &str| {
        let own = accounts.iter().find(|account| account.member_id.as_deref() == Some(member_id));
        own.map_or(0, |account| account.balance)
    };
    let mut changes = Vec::new();
    for given in &cmd.lines {
        let known = drafted.remove(&given.member_id);
        let shown = known.as_ref().map_or(0, |row| row.seats);
        let before = if first { 0 } else { shown };
        let name = towns.get(&given.member_id).map_or("", |town| town.name.as_str());
        let line = AllocationLine {
            id: known.as_ref().map_or_else(|| ctx.id(), |row| row.id.clone()),
            consortium_id: contract.consortium_id.clone(),
            allocation_id: allocation.id.clone(),
            member_id: given.member_id.clone(),
            seats: given.seats,
            reason: json!({"kind": "manual", "before": shown, "after": given.seats, "reason": given.reason.trim()})
                .to_string(),
            explanation: format!(
                "代表団体が{name}の配分を{}席から{}席に変更しました{}。理由：{}",
                grouped(shown),
                grouped(given.seats),
                in_balance(balance(&given.member_id), given.seats.saturating_sub(before), first),
                given.reason.trim()
            ),
        };
        match known {
            Some(_) => store::contracts::rewrite_line(ctx.db, &line)?,
            None => store::contracts::insert_line(ctx.db, &line)?,
        }
        changes.push(Change { line, before });
    }
    if first {
        changes.extend(drafted.into_values().map(|line| Change { line, before: 0 }));
    }
    Ok(changes)
}

/// What a change does to the seats that the town has; the first publication gives it its first seats.
fn in_balance(balance: i64, change: i64, first: bool) -> String {
    if first {
        return String::new();
    }
    format!("（席の残高は{}席から{}席になります）", grouped(balance), grouped(balance.saturating_add(change)))
}

/// Moves the differences, returns first, so that what comes back can be given out again.
fn move_seats(ctx: &mut Ctx<'_>, call: &Call, contract: &Contract, changes: &[Change]) -> Result<(), Error> {
    let accounts = store::seats::accounts_of(ctx.db, &contract.id)?;
    let ids: Vec<String> = accounts.iter().map(|account| account.id.clone()).collect();
    let accounts = store::seats::lock_accounts(ctx.db, &ids)?;
    let Some(reserve) = accounts.iter().find(|account| account.member_id.is_none()) else {
        return Err(Error::internal("a contract without a reserve"));
    };
    let differences = changes.iter().map(|change| change.line.seats.saturating_sub(change.before));
    let wanted = differences.fold(0_i64, i64::saturating_add);
    if wanted > reserve.free() {
        let available = changes.iter().fold(reserve.free(), |sum, change| sum.saturating_add(change.before));
        let entered = changes.iter().fold(0_i64, |sum, change| sum.saturating_add(change.line.seats));
        let said = vec![("available", grouped(available)), ("entered", grouped(entered))];
        return Err(Error::rule_with(Code::AllocationExceedsSeats, said));
    }
    for change in changes.iter().filter(|change| change.line.seats < change.before) {
        let seats = change.before.saturating_sub(change.line.seats);
        let account = account_of(&accounts, change)?;
        move_between(ctx, call, contract, (account, &reserve.id), seats, TransferKind::Return, &change.line)?;
    }
    for change in changes.iter().filter(|change| change.line.seats > change.before) {
        let seats = change.line.seats.saturating_sub(change.before);
        let account = account_of(&accounts, change)?;
        move_between(ctx, call, contract, (&reserve.id, account), seats, TransferKind::Allocate, &change.line)?;
    }
    Ok(())
}

fn account_of<'a>(accounts: &'a [Account], change: &Change) -> Result<&'a str, Error> {
    let own = |account: &&Account| account.member_id.as_deref() == Some(change.line.member_id.as_str());
    let account = accounts.iter().find(own).ok_or_else(|| Error::internal("a member without an account"))?;
    Ok(&account.id)
}

fn move_between(
    ctx: &mut Ctx<'_>,
    call: &Call,
    contract: &Contract,
    (from, to): (&str, &str),
    seats: i64,
    kind: TransferKind,
    line: &AllocationLine,
) -> Result<(), Error> {
    transfer(
        ctx,
        &call.actor,
        &Move {
            consortium_id: &contract.consortium_id,
            contract_id: &contract.id,
            from: Some(from),
            to: Some(to),
            seats,
            kind,
            reason: &line.explanation,
            corrects: None,
        },
    )?;
    Ok(())
}

fn check_lines(towns: &BTreeMap<String, Invited>, cmd: &PublishAllocation) -> Result<(), Error> {
    let mut check = Checker::new();
    if cmd.lines.len() > MOST_LINES {
        check.fault("/lines", FieldCode::TooMany { max: MOST_LINES });
        return check.finish();
    }
    for (index, line) in cmd.lines.iter().enumerate() {
        let at = format!("/lines/{index}");
        check.ensure(towns.contains_key(&line.member_id), &format!("{at}/member_id"), FieldCode::NoSuchThing);
        let twice = cmd.lines.iter().take(index).any(|earlier| earlier.member_id == line.member_id);
        check.ensure(!twice, &format!("{at}/member_id"), FieldCode::Duplicate);
        check.seats(&format!("{at}/seats"), line.seats, 0);
        check.lines(&format!("{at}/reason"), &line.reason, 500);
    }
    check.finish()
}

fn towns_of(ctx: &mut Ctx<'_>, contract: &Contract) -> Result<BTreeMap<String, Invited>, Error> {
    let invited = store::rounds::invited(ctx.db, &contract.round_id)?;
    Ok(invited.into_iter().map(|town| (town.id.clone(), town)).collect())
}

/// 席の配分が決まりました, to the contacts of the member.
fn notify(
    ctx: &mut Ctx<'_>,
    round: &Round,
    contract: &Contract,
    towns: &BTreeMap<String, Invited>,
    planned: &Outcome,
    line: &AllocationLine,
) -> Result<(), Error> {
    let planned = planned.members.iter().find(|planned| planned.member_id == line.member_id);
    let url = format!("{}/contracts/{}", ctx.env.settings.public_url, contract.id);
    let letter = AllocationPublished {
        round: &round.title,
        requested_seats: towns::count(planned.map_or(0, |planned| planned.request)),
        allocated_seats: towns::count(line.seats),
        reason: &line.explanation,
        share_yen: planned.map_or(0, |planned| planned.share_yen),
        url: &url,
    };
    let name = towns.get(&line.member_id).map_or("", |town| town.name.as_str());
    write_to_contacts(ctx, &contract.consortium_id, &line.member_id, name, |head| letter.render(head))
}
