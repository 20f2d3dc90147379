//! People on seats, from the town's side: assign one or many, see who sits, take a seat back.
//! The names of a town's staff belong to the town: the lead sees counts, in the accounts.

use crate::audit::{Entry, note_view};
use crate::input::Checker;
use crate::seats::claims::{Claim, Placed, Source, WhenFull, claim, claim_many};
use crate::seats::{mails, offers, permit};
use crate::{Call, Code, Ctx, Error, FieldCode, FieldError, Page, PageQuery};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::accounts::AccountState;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;
use store::seats::{Assignment, Use};
use utoipa::ToSchema;

/// The most people in one list.
pub const MAX_BULK: usize = 500;

/// One person for a seat of the town.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignSeat {
    /// A person of the town.
    pub user_id: String,
}

/// Whether one refusal stops the whole list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkMode {
    /// All or nobody.
    All,
    /// Each by itself.
    Each,
}

/// Several people for seats of the town, in this order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignSeats {
    /// People of the town, 1 to 500, each once.
    #[schema(max_items = 500)]
    pub user_ids: Vec<String>,
    /// `all`: one refusal refuses the list. `each`: the others get their seats.
    pub mode: BulkMode,
}

/// Why a seat is given back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSeat {
    /// 1 to 200 characters (異動、休業、退職、利用終了など).
    #[schema(example = "人事異動のため", max_length = 200)]
    pub reason: String,
}

/// A person on a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AssignmentView {
    /// UUIDv7.
    pub id: String,
    /// The contract.
    pub contract_id: String,
    /// The town's account.
    pub account_id: String,
    /// The person.
    pub user_id: String,
    /// The application behind it.
    pub application_id: Option<String>,
    /// `claim`, `selection`, `offer`, `direct` or `bulk`.
    #[schema(example = "direct")]
    pub source: String,
    /// Since when.
    pub assigned_at: DateTime<Utc>,
    /// Until when.
    pub released_at: Option<DateTime<Utc>>,
    /// Why it ended.
    pub release_reason: Option<String>,
    /// Grows with each change.
    pub version: i64,
}

/// A person on a seat, with the name, for the town.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedAssignmentView {
    /// The assignment.
    #[serde(flatten)]
    pub assignment: AssignmentView,
    /// The person's name.
    pub display_name: String,
    /// Whether the person's account is stopped: the seat is of no use to anybody until it is given back.
    pub is_disabled: bool,
}

/// What became of one person of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BulkItem {
    /// The person.
    pub user_id: String,
    /// `assigned` or `refused`.
    #[schema(example = "assigned")]
    pub outcome: &'static str,
    /// The assignment.
    pub assignment_id: Option<String>,
    /// Why not (`already_seated`, `seats_sold_out`, `others_wait_before`, `seat_offered`, `no_such_person`).
    pub code: Option<&'static str>,
}

/// What became of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BulkView {
    /// People who got a seat.
    pub assigned: usize,
    /// One for each person, in the order given.
    pub items: Vec<BulkItem>,
}

impl From<Assignment> for AssignmentView {
    fn from(row: Assignment) -> Self {
        Self {
            id: row.id,
            contract_id: row.contract_id,
            account_id: row.account_id,
            user_id: row.user_id,
            application_id: row.application_id,
            source: row.source,
            assigned_at: row.assigned_at.and_utc(),
            released_at: row.released_at.map(|at| at.and_utc()),
            release_reason: row.release_reason,
            version: row.version,
        }
    }
}

/// Seats one person of the town, when a seat is free and nobody waits before.
///
/// # Errors
/// [`Code::AlreadySeated`], [`Code::SeatsSoldOut`], [`Code::OthersWaitBefore`], [`Code::SeatOffered`],
/// [`Code::ContractClosed`]; a person of another town.
pub fn assign_seat(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account_id: &str,
    cmd: &AssignSeat,
) -> Result<AssignmentView, Error> {
    permit_assigning(ctx, call, account_id)?;
    match claim(ctx, &wanted(call, account_id, &cmd.user_id, Source::Direct))? {
        Placed::Assigned { assignment_id } => Ok(store::seats::assignments::find(ctx.db, &assignment_id)?.into()),
        Placed::Waitlisted { .. } | Placed::Offered { .. } => Err(Error::rule(Code::SeatsSoldOut)),
    }
}

/// Seats several people of the town, all or each by itself, with what became of each.
///
/// # Errors
/// In mode `all` every refusal, by its place in the list; a list that is empty, too long or names somebody twice.
pub fn assign_seats(ctx: &mut Ctx<'_>, call: &Call, account_id: &str, cmd: &AssignSeats) -> Result<BulkView, Error> {
    permit_assigning(ctx, call, account_id)?;
    check_list(&cmd.user_ids)?;
    crate::accounts::require_step_up_for_seats(ctx, call, i64::try_from(cmd.user_ids.len()).unwrap_or(i64::MAX))?;
    let claims: Vec<Claim<'_>> =
        cmd.user_ids.iter().map(|user_id| wanted(call, account_id, user_id, Source::Bulk)).collect();
    let mut items = Vec::with_capacity(claims.len());
    let mut faults = Vec::new();
    for (index, (user_id, placed)) in cmd.user_ids.iter().zip(claim_many(ctx, &claims)?).enumerate() {
        let refusal = match placed {
            Ok(Placed::Assigned { assignment_id }) => {
                items.push(item(user_id, Some(assignment_id), None));
                continue;
            }
            Ok(Placed::Waitlisted { .. } | Placed::Offered { .. }) => Error::rule(Code::SeatsSoldOut),
            Err(refusal) => refusal,
        };
        let (code, fault) = refused(refusal)?;
        items.push(item(user_id, None, Some(code)));
        faults.push(FieldError { pointer: format!("/user_ids/{index}"), code: fault });
    }
    if cmd.mode == BulkMode::All && !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let assigned = items.len().saturating_sub(faults.len());
    Ok(BulkView { assigned, items })
}

fn permit_assigning(ctx: &mut Ctx<'_>, call: &Call, account_id: &str) -> Result<(), Error> {
    let account = store::seats::find_account(ctx.db, account_id)?;
    permit(&call.actor, Action::AssignSeats, &account)
}

fn wanted<'a>(call: &'a Call, account_id: &'a str, user_id: &'a str, source: Source) -> Claim<'a> {
    Claim {
        actor: &call.actor,
        meta: &call.meta,
        account_id,
        user_id,
        application_id: None,
        source,
        when_full: WhenFull::Refuse,
    }
}

fn check_list(user_ids: &[String]) -> Result<(), Error> {
    let mut check = Checker::new();
    check.ensure(!user_ids.is_empty(), "/user_ids", FieldCode::Required);
    check.ensure(user_ids.len() <= MAX_BULK, "/user_ids", FieldCode::TooMany { max: MAX_BULK });
    let mut seen = HashSet::new();
    for (index, user_id) in user_ids.iter().enumerate().take(MAX_BULK) {
        check.ensure(seen.insert(user_id), &format!("/user_ids/{index}"), FieldCode::Duplicate);
    }
    check.finish()
}

/// What a refusal of one person is called in the list; anything else concerns the list as a whole.
fn refused(refusal: Error) -> Result<(&'static str, FieldCode), Error> {
    let sentence = |code: Code, sentence| Ok((code.as_str(), FieldCode::Refused { sentence }));
    match refusal {
        Error::Rule(rule) if rule.code == Code::AlreadySeated => {
            sentence(rule.code, "この契約の席を既に利用しています。一覧から外してください。")
        }
        Error::Rule(rule) if rule.code == Code::SeatsSoldOut => {
            sentence(rule.code, "空席が足りません。人数を減らすか、追加配分を申請してください。")
        }
        Error::Rule(rule) if rule.code == Code::OthersWaitBefore => sentence(
            rule.code,
            "先に順番を待っている人がいます。順番待ちの一覧から、順番の早い人に割り当ててください。",
        ),
        Error::Rule(rule) if rule.code == Code::SeatOffered => {
            sentence(rule.code, "席を案内中です。本人の返事を待つか、一覧から外してください。")
        }
        Error::Invalid(_) => Ok(("no_such_person", FieldCode::NoSuchThing)),
        other => Err(other),
    }
}

fn item(user_id: &str, assignment_id: Option<String>, code: Option<&'static str>) -> BulkItem {
    let outcome = if assignment_id.is_some() { "assigned" } else { "refused" };
    BulkItem { user_id: user_id.to_owned(), outcome, assignment_id, code }
}

/// Who sits on the seats of an account, newest first; for the town and auditors.
///
/// # Errors
/// [`Error::NotFound`] when it is another town's.
pub fn list_assignments(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account_id: &str,
    only_active: bool,
    query: &PageQuery,
) -> Result<Page<NamedAssignmentView>, Error> {
    find_assignments(ctx, call, account_id, only_active, None, query)
}

/// As [`list_assignments`], of people whose name or reading contains a text.
///
/// # Errors
/// As there.
pub fn find_assignments(
    ctx: &mut Ctx<'_>,
    call: &Call,
    account_id: &str,
    only_active: bool,
    name: Option<&str>,
    query: &PageQuery,
) -> Result<Page<NamedAssignmentView>, Error> {
    let account = store::seats::find_account(ctx.db, account_id)?;
    permit(&call.actor, Action::ReadAssignments, &account)?;
    let list = format!("assignments/{account_id}/{only_active}/{}", name.unwrap_or_default());
    let listing = query.listing(ctx.env, &list, &store::seats::assignments::ASSIGNMENTS)?;
    let rows = store::seats::assignments::of_account(ctx.db, account_id, only_active, name, &listing.slice)?;
    let place = (account.consortium_id.as_str(), account.member_id.as_deref());
    note_view(ctx, call, place, ("seat_account", account_id), listing.shown(rows.len()));
    let view = |(row, display_name, state): (Assignment, String, String)| NamedAssignmentView {
        assignment: row.into(),
        display_name,
        is_disabled: state == AccountState::Disabled.as_str(),
    };
    Ok(listing.page(ctx.env, rows, view))
}

/// The seats on which the caller sits.
///
/// # Errors
/// When the database refuses.
pub fn list_my_seats(ctx: &mut Ctx<'_>, call: &Call) -> Result<Vec<AssignmentView>, Error> {
    let rows = store::seats::assignments::of_person(ctx.db, &call.actor.user_id)?;
    Ok(rows.into_iter().map(AssignmentView::from).collect())
}

/// One assignment; the person, the town's contact, an auditor.
///
/// # Errors
/// [`Error::NotFound`] for anybody else.
pub fn get_assignment(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<AssignmentView, Error> {
    let row = store::seats::assignments::find(ctx.db, id)?;
    if row.user_id != call.actor.user_id {
        let account = store::seats::find_account(ctx.db, &row.account_id)?;
        permit(&call.actor, Action::ReadAssignments, &account)?;
        let place = (account.consortium_id.as_str(), account.member_id.as_deref());
        note_view(ctx, call, place, ("assignment", id), 1);
    }
    Ok(row.into())
}

/// Gives a seat back (異動・休業など) and offers it to the first who waits. The person, or the town's contact.
///
/// # Errors
/// [`Code::AssignmentReleased`] when it was given back already.
pub fn release_seat(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &ReleaseSeat) -> Result<AssignmentView, Error> {
    let row = store::seats::assignments::find(ctx.db, id)?;
    let account = store::seats::find_account(ctx.db, &row.account_id)?;
    let action = if row.user_id == call.actor.user_id { Action::ClaimSeat } else { Action::AssignSeats };
    permit(&call.actor, action, &account)?;
    let mut check = Checker::new();
    let reason = check.line("/reason", &cmd.reason, 200);
    check.finish()?;
    store::seats::lock_accounts(ctx.db, std::slice::from_ref(&account.id))?;
    if !store::seats::assignments::release(ctx.db, id, &reason, &call.actor.user_id, ctx.stamp())? {
        return Err(Error::rule(Code::AssignmentReleased));
    }
    if !store::seats::change_use(ctx.db, &account.id, &Use { assigned: -1, ..Use::default() })? {
        return Err(Error::Busy);
    }
    let mut entry = Entry::done(&call.actor, Some(&account.consortium_id), "seat.released", "assignment", id)
        .details(json!({"account": account.id}));
    if let Some(town) = &account.member_id {
        entry = entry.member(town);
    }
    ctx.record(entry);
    tell(ctx, &row, &reason)?;
    offers::offer_free_seats(ctx, &account.id)?;
    get_assignment(ctx, call, id)
}

fn tell(ctx: &mut Ctx<'_>, row: &Assignment, reason: &str) -> Result<(), Error> {
    let Some(setting) = store::seats::settings::of_accounts(ctx.db, std::slice::from_ref(&row.account_id))?.pop()
    else {
        return Ok(());
    };
    let request_id = ctx.meta.request_id.clone();
    let notice = mails::Notice {
        user_id: &row.user_id,
        consortium_id: &row.consortium_id,
        setting: &setting,
        request_id: &request_id,
    };
    mails::seat_returned(ctx, &notice, reason)
}
