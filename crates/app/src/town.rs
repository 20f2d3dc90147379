//! What a town has and what it is asked for, in one reading: contracts with seats and share, open surveys.
//! A town's page needs all of it at once; the numbers are those of the areas, nothing is computed here.

use crate::consortium::MemberView;
use crate::contracts::ContractView;
use crate::demand::SurveyView;
use crate::requests::{Ordered, RequestView};
use crate::rounds::RoundView;
use crate::seats::accounts::{AccountView, TransferView, names_of, views};
use crate::{Call, Ctx, Error};
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::demand::SurveyState;
use serde::Serialize;
use store::StoreError;
use store::rounds::Round;
use store::seats::Account;

/// Rounds that are looked at, newest first: a few years.
const ROUNDS: i64 = 10;
/// Requests shown for each contract.
const REQUESTS: i64 = 10;
/// Movements shown for each contract.
const MOVEMENTS: i64 = 10;

/// A town with what it has and what it is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct TownView {
    /// The town.
    pub member: MemberView,
    /// Contracts in which it has a seat account, newest first.
    pub contracts: Vec<TownContract>,
    /// Open surveys, newest round first.
    pub surveys: Vec<TownSurvey>,
}

/// A contract from the side of one town.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TownContract {
    /// The contract.
    pub contract: ContractView,
    /// Its round.
    pub round: RoundView,
    /// The town's seats.
    pub account: AccountView,
    /// What the town owes; null when it shares in nothing.
    pub share: Option<TownShare>,
    /// What it ordered in addition, and pays for apart from its share.
    pub ordered: Ordered,
    /// Whether an amendment took seats or yen away from the contract; it does not say from whose order.
    pub reduced: bool,
    /// The town's requests for more seats, newest first.
    pub requests: Vec<RequestView>,
    /// How its seats came and went, newest first.
    pub movements: Vec<TownMovement>,
}

/// One movement from the side of one town.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TownMovement {
    /// When.
    pub at: DateTime<Utc>,
    /// Seats that came; below 0 when they went.
    pub seats: i64,
    /// Where they went or came from: another town, or none for the reserve.
    pub town: Option<String>,
    /// Why.
    pub reason: String,
}

/// What a town owes of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TownShare {
    /// Seats that were shared by.
    pub seats: i64,
    /// The share, tax included.
    pub share_yen: i64,
    /// What the seats cost alone, tax included.
    pub stand_alone_yen: i64,
    /// What it saves against buying alone.
    pub saving_yen: i64,
}

/// An open survey from the side of one town.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TownSurvey {
    /// The survey.
    pub survey: SurveyView,
    /// Title of its round.
    pub round_title: String,
    /// `draft`, `submitted`, `returned` or `fixed`; null while nothing was written.
    pub answer_state: Option<String>,
}

/// A town with its seats, shares, surveys and requests.
///
/// # Errors
/// [`Error::NotFound`] for who may not see the town's seats.
pub fn get_town(ctx: &mut Ctx<'_>, call: &Call, member_id: &str) -> Result<TownView, Error> {
    let member = permitted(ctx, call, Action::ReadSeats, member_id)?;
    let mut town = TownView { contracts: Vec::new(), surveys: Vec::new(), member };
    let newest = store::rounds::ROUNDS.top(ROUNDS);
    for (round, _) in store::rounds::list(ctx.db, &town.member.consortium_id, &newest)? {
        if !store::rounds::is_invited(ctx.db, &round.id, member_id)? {
            continue;
        }
        for survey in store::demand::of_round(ctx.db, &round.id)? {
            if survey.state == SurveyState::Open.as_str() {
                let answer = store::demand::answer_of(ctx.db, &survey.id, member_id)?.map(|row| row.state);
                let draft = store::demand::draft_of(ctx.db, &survey.id, member_id)?;
                let answer_state = answer.or_else(|| draft.map(|_| "draft".to_owned()));
                town.surveys.push(TownSurvey { survey: survey.into(), round_title: round.title.clone(), answer_state });
            }
        }
        town.contracts.extend(contract(ctx, round, member_id)?);
    }
    Ok(town)
}

/// The member, when the actor may do this for it.
pub(crate) fn permitted(ctx: &mut Ctx<'_>, call: &Call, action: Action, member_id: &str) -> Result<MemberView, Error> {
    let member = store::consortium::find_member(ctx.db, member_id)?;
    call.actor.permit(action, &member.consortium_id, Some(member_id))?;
    Ok(member.into())
}

fn contract(ctx: &mut Ctx<'_>, round: Round, member_id: &str) -> Result<Option<TownContract>, Error> {
    let Some(contract) = store::contracts::of_round(ctx.db, &round.id)? else { return Ok(None) };
    let account = match store::seats::account_of_member(ctx.db, &contract.id, member_id) {
        Err(StoreError::Missing) => return Ok(None),
        found => found?,
    };
    let share = store::contracts::share_of(ctx.db, &contract.id, member_id)?.map(|row| TownShare {
        seats: row.seats,
        share_yen: row.share_yen,
        stand_alone_yen: row.stand_alone_yen,
        saving_yen: row.stand_alone_yen.saturating_sub(row.share_yen),
    });
    let ordered = crate::requests::ordered(ctx, &contract.id, Some(member_id))?;
    let amendments = store::contracts::amendments(ctx.db, &contract.id)?;
    let reduced = amendments.iter().any(|one| one.seats < 0 || one.ex_tax_yen < 0);
    let towns = [member_id.to_owned()];
    let newest = store::requests::REQUESTS.top(REQUESTS);
    let asked = store::requests::list(ctx.db, &contract.id, Some(&towns), None, &newest)?;
    let requests = asked.into_iter().map(|(row, _)| crate::requests::view(row)).collect::<Result<_, _>>()?;
    let movements = movements(ctx, &account)?;
    let account = views(ctx, vec![account])?.pop().ok_or(Error::NotFound)?;
    Ok(Some(TownContract {
        contract: contract.into(),
        round: round.into(),
        account,
        share,
        ordered,
        reduced,
        requests,
        movements,
    }))
}

fn movements(ctx: &mut Ctx<'_>, account: &Account) -> Result<Vec<TownMovement>, Error> {
    let newest = store::seats::TRANSFERS.top(MOVEMENTS);
    let rows = store::seats::transfers(ctx.db, &account.contract_id, Some(&account.id), &newest)?;
    let rows: Vec<TransferView> = rows.into_iter().map(|(row, _)| row.into()).collect();
    let names = names_of(ctx, &rows)?;
    let movement = |row: TransferView| {
        let goes = row.from_account_id.as_deref() == Some(account.id.as_str());
        let other = if goes { row.to_account_id } else { row.from_account_id };
        TownMovement {
            at: row.created_at,
            seats: if goes { row.seats.saturating_neg() } else { row.seats },
            town: other.and_then(|id| names.get(&id).cloned().flatten()),
            reason: row.reason,
        }
    };
    Ok(rows.into_iter().map(movement).collect())
}
