//! Contracts: made once from the finalised scenario of a round; seats enter the ledger, shares are fixed.
//!
//! Shares are copied line by line from the frozen scenario and must sum to the bill. An amendment adds
//! seats and yen; the contract's totals always include its amendments. The published allocation is in
//! `contracts/allocation.rs`, what each member owes in `contracts/shares.rs`.

pub mod allocation;
pub mod reason;
pub mod shares;

use crate::audit::Entry;
use crate::input::Checker;
use crate::notify::towns::{self, write_to_contacts};
use crate::page::{Page, PageQuery};
use crate::pricing::tariff::Tariff;
use crate::rounds::{advance, allow};
use crate::scenarios::model::{Inputs, Outcome};
use crate::scenarios::{kept, words};
use crate::seats::{Move, TransferKind, open_accounts, transfer};
use crate::service::Call;
use crate::{Code, Ctx, Error, FieldCode};
use chrono::{DateTime, NaiveDate, Utc};
use cost_sharing::RoundingMode;
use domain::access::Action;
use domain::rounds::{Step, Work};
use domain::values::{MAX_SEATS, MAX_YEN};
use mail::templates::ContractMade;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::StoreError;
use store::contracts::{Allocation, AllocationLine, Amendment, Contract, Share};
use store::rounds::{Invited, Round};
use utoipa::ToSchema;

/// A contract to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeContract {
    /// Contract number, 1 to 50 characters.
    #[schema(example = "R8-デジ-001（架空）", max_length = 50)]
    pub number: String,
    /// Vendor, 1 to 100 characters.
    #[schema(example = "架空ラーニング株式会社", max_length = 100)]
    pub vendor: String,
    /// First day of use.
    #[schema(example = "2026-04-01")]
    pub starts_on: NaiveDate,
    /// Last day of use.
    #[schema(example = "2027-03-31")]
    pub ends_on: NaiveDate,
    /// Day of signature.
    #[schema(example = "2026-04-01")]
    pub signed_on: NaiveDate,
}

/// Seats and yen by which a contract changes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendContract {
    /// Seats added, into the reserve; negative: taken away from it.
    #[schema(example = 10)]
    pub seats: i64,
    /// Yen added, without tax; negative: taken away.
    #[schema(example = 240000)]
    pub ex_tax_yen: i64,
    /// The tax of it, by the rate of the contract, with its sign.
    #[schema(example = 24000)]
    pub tax_yen: i64,
    /// Why, 1 to 500 characters.
    #[schema(example = "追加発注（年度途中の増員）", max_length = 500)]
    pub reason: String,
    /// From when, within the period of use.
    #[schema(example = "2026-10-01")]
    pub effective_on: NaiveDate,
}

/// A contract, amendments included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContractView {
    /// UUIDv7.
    pub id: String,
    /// The consortium.
    pub consortium_id: String,
    /// The round.
    pub round_id: String,
    /// The finalised scenario it was made from.
    pub scenario_id: String,
    /// Contract number.
    pub number: String,
    /// Vendor.
    pub vendor: String,
    /// First day of use.
    pub starts_on: NaiveDate,
    /// Last day of use.
    pub ends_on: NaiveDate,
    /// Seats bought.
    pub seats: i64,
    /// Without tax.
    pub ex_tax_yen: i64,
    /// The tax.
    pub tax_yen: i64,
    /// With tax.
    pub total_yen: i64,
    /// `active` or `closed`.
    #[schema(example = "active")]
    pub state: String,
    /// Day of signature.
    pub signed_on: NaiveDate,
    /// For `If-Match`.
    pub version: i64,
}

/// An amendment (変更契約・追加発注).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AmendmentView {
    /// UUIDv7.
    pub id: String,
    /// Seats added; negative: taken away.
    pub seats: i64,
    /// Yen added, without tax; negative: taken away.
    pub ex_tax_yen: i64,
    /// The tax of it.
    pub tax_yen: i64,
    /// Why.
    pub reason: String,
    /// From when.
    pub effective_on: NaiveDate,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
}

impl AmendmentView {
    /// With tax.
    #[must_use]
    pub const fn total_yen(&self) -> i64 {
        self.ex_tax_yen.saturating_add(self.tax_yen)
    }
}

/// The amendments of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AmendmentsView {
    /// Oldest first.
    pub items: Vec<AmendmentView>,
}

impl From<Contract> for ContractView {
    fn from(row: Contract) -> Self {
        Self {
            id: row.id,
            consortium_id: row.consortium_id,
            round_id: row.round_id,
            scenario_id: row.scenario_id,
            number: row.number,
            vendor: row.vendor,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            seats: row.seats,
            ex_tax_yen: row.ex_tax_yen,
            tax_yen: row.tax_yen,
            total_yen: row.total_yen,
            state: row.state,
            signed_on: row.signed_on,
            version: row.version,
        }
    }
}

impl From<Amendment> for AmendmentView {
    fn from(row: Amendment) -> Self {
        Self {
            id: row.id,
            seats: row.seats,
            ex_tax_yen: row.ex_tax_yen,
            tax_yen: row.tax_yen,
            reason: row.reason,
            effective_on: row.effective_on,
            created_at: row.created_at.and_utc(),
        }
    }
}

/// Makes the contract of a round from its finalised scenario.
///
/// # Errors
/// Refused fields; [`Code::ContractExists`]; [`Code::RoundStage`] before a scenario is finalised.
pub fn make_contract(
    ctx: &mut Ctx<'_>,
    call: &Call,
    round_id: &str,
    cmd: &MakeContract,
) -> Result<ContractView, Error> {
    let round = crate::rounds::load(ctx, call, Action::ManageContracts, round_id)?;
    if store::contracts::of_round(ctx.db, &round.id)?.is_some() {
        return Err(Error::rule(Code::ContractExists));
    }
    let round = advance(ctx, &round, Step::Contract)?;
    let Some(scenario) = store::scenarios::finalised(ctx.db, &round.id)? else {
        return Err(Error::internal("a finalised round without a finalised scenario"));
    };
    let (inputs, outcome) = kept(&scenario)?;
    let row = checked(ctx, &round, &scenario.id, &outcome, cmd)?;
    match store::contracts::insert(ctx.db, &row) {
        Err(StoreError::Constraint(constraint)) if constraint.name == "contracts_round_key" => {
            return Err(Error::rule(Code::ContractExists));
        }
        other => other?,
    }
    write_shares(ctx, &row, &outcome)?;
    draft_allocation(ctx, &row, &inputs, &outcome)?;
    let members = store::rounds::invited(ctx.db, &round.id)?;
    let ids: Vec<String> = members.iter().map(|member| member.id.clone()).collect();
    open_accounts(ctx, &call.actor, &row.consortium_id, &row.id, &ids, row.seats)?;
    ctx.record(
        Entry::done(&call.actor, Some(&row.consortium_id), "contract.made", "contract", &row.id)
            .details(json!({"seats": row.seats, "total_yen": row.total_yen, "scenario": row.scenario_id})),
    );
    notify(ctx, &round, &row, &members)?;
    Ok(row.into())
}

/// The contract of a round.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia and before it is made.
pub fn get_round_contract(ctx: &mut Ctx<'_>, call: &Call, round_id: &str) -> Result<ContractView, Error> {
    let round = crate::rounds::load(ctx, call, Action::ReadContracts, round_id)?;
    Ok(store::contracts::of_round(ctx.db, &round.id)?.ok_or(Error::NotFound)?.into())
}

/// The contracts of a consortium, newest first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_contracts(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &PageQuery,
) -> Result<Page<ContractView>, Error> {
    call.actor.permit(Action::ReadContracts, consortium_id, None)?;
    let list = format!("contracts/{consortium_id}");
    let listing = query.listing(ctx.env, &list, &store::contracts::CONTRACTS)?;
    let rows = store::contracts::list(ctx.db, consortium_id, &listing.slice)?;
    Ok(listing.page(ctx.env, rows, ContractView::from))
}

/// One contract.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn get_contract(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<ContractView, Error> {
    Ok(load(ctx, call, Action::ReadContracts, id)?.into())
}

/// Changes the seats and yen of a contract (変更契約・追加発注): more seats enter the reserve, fewer leave it. Shares stay
/// as they were made: what the amendment costs or saves is in none of them. An amendment that was entered wrongly is
/// taken back by one with the opposite signs.
///
/// # Errors
/// Refused fields, among them a tax that is not that of the amount, a day outside of the period of use, and more taken
/// away than the contract or its reserve has; [`Code::RoundStage`] when the round is closed.
pub fn amend_contract(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &AmendContract) -> Result<ContractView, Error> {
    let (contract, row) = amendment(ctx, call, id, cmd)?;
    let scenario = store::scenarios::head(ctx.db, &contract.scenario_id)?;
    let kept = crate::scenarios::kept_of(ctx, &scenario)?;
    let quote = &kept.inputs.quote;
    let tariff = Tariff::read(&quote.schedule, &quote.tax_rate, quote.tax_included).map_err(Error::internal)?;
    let sign = row.ex_tax_yen.signum();
    let of = row.ex_tax_yen.saturating_abs();
    let tax = |mode| tariff.tax_on(of, mode).map(|yen| yen.saturating_mul(sign)).map_err(Error::internal);
    // Vendors cut or raise what is less than a yen.
    let (cut, raised) = (tax(RoundingMode::Floor)?, tax(RoundingMode::Ceil)?);
    let mut check = Checker::new();
    let tax_code = if cut == 0 {
        // An amount that could not be read stands here as next to nothing, too: no number is told.
        FieldCode::Refused {
            sentence: "消費税は、税抜の金額に契約の税率をかけた額にしてください。"
        }
    } else {
        FieldCode::Amount { rule: "消費税は、税抜の金額に契約の税率をかけた", yen: cut }
    };
    check.ensure([cut, raised].contains(&row.tax_yen), "/tax_yen", tax_code);
    let rule = "適用日は、契約の利用期間の中の日付にしてください。";
    let within = contract.starts_on <= row.effective_on && row.effective_on <= contract.ends_on;
    check.ensure(within, "/effective_on", FieldCode::Order { rule });
    let changes = row.seats != 0 || row.ex_tax_yen != 0;
    check.ensure(changes, "/seats", FieldCode::Refused { sentence: "席数か金額の、少なくとも一方を変えてください。" });
    let left = contract.seats.saturating_add(row.seats);
    check.ensure(left > 0, "/seats", FieldCode::Refused { sentence: "契約の席数より多くは減らせません。" });
    let paid = contract.ex_tax_yen.saturating_add(row.ex_tax_yen);
    check.ensure(paid >= 0, "/ex_tax_yen", FieldCode::Refused { sentence: "契約の金額より多くは減らせません。" });
    let taxed = contract.tax_yen.saturating_add(row.tax_yen);
    check.ensure(taxed >= 0, "/tax_yen", FieldCode::Refused { sentence: "契約の消費税より多くは減らせません。" });
    let reserve = [reserve_of(ctx, id)?];
    let spare: i64 = store::seats::lock_accounts(ctx.db, &reserve)?.iter().map(store::seats::Account::free).sum();
    let covered = left <= 0 || spare.saturating_add(row.seats) >= 0;
    check.ensure(covered, "/seats", FieldCode::Reserve { free: spare });
    check.finish()?;
    add(ctx, call, &contract, &row)
}

/// As [`amend_contract`], for an order whose price the contract's own schedule gives.
pub(crate) fn order_more(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &AmendContract) -> Result<ContractView, Error> {
    let (contract, mut row) = amendment(ctx, call, id, cmd)?;
    row.effective_on = row.effective_on.max(contract.starts_on).min(contract.ends_on);
    add(ctx, call, &contract, &row)
}

fn amendment(ctx: &mut Ctx<'_>, call: &Call, id: &str, cmd: &AmendContract) -> Result<(Contract, Amendment), Error> {
    let contract = load(ctx, call, Action::ManageContracts, id)?;
    let round = store::rounds::find(ctx.db, &contract.round_id)?;
    allow(&round, Work::Amend)?;
    let mut check = Checker::new();
    let row = Amendment {
        id: ctx.id(),
        consortium_id: contract.consortium_id.clone(),
        contract_id: contract.id.clone(),
        seats: check.seats("/seats", cmd.seats, -MAX_SEATS),
        ex_tax_yen: check.range("/ex_tax_yen", cmd.ex_tax_yen, -MAX_YEN, MAX_YEN),
        tax_yen: check.range("/tax_yen", cmd.tax_yen, -MAX_YEN, MAX_YEN),
        reason: check.lines("/reason", &cmd.reason, 500),
        effective_on: cmd.effective_on,
        created_by: call.actor.user_id.clone(),
        created_at: ctx.stamp(),
    };
    check.finish()?;
    Ok((contract, row))
}

fn add(ctx: &mut Ctx<'_>, call: &Call, contract: &Contract, row: &Amendment) -> Result<ContractView, Error> {
    let id = contract.id.as_str();
    store::contracts::insert_amendment(ctx.db, row)?;
    if !store::contracts::add(ctx.db, contract, row)? {
        return Err(Error::Stale);
    }
    let reserve = Some(reserve_of(ctx, id)?);
    let (from, to) = if row.seats < 0 { (reserve.as_deref(), None) } else { (None, reserve.as_deref()) };
    transfer(
        ctx,
        &call.actor,
        &Move {
            consortium_id: &contract.consortium_id,
            contract_id: id,
            from,
            to,
            seats: row.seats.saturating_abs(),
            kind: TransferKind::Purchase,
            reason: &row.reason,
            corrects: None,
        },
    )?;
    ctx.record(
        Entry::done(&call.actor, Some(&contract.consortium_id), "contract.amended", "contract", id)
            .details(json!({"seats": row.seats, "ex_tax_yen": row.ex_tax_yen, "tax_yen": row.tax_yen})),
    );
    get_contract(ctx, call, id)
}

/// The amendments of a contract, oldest first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia.
pub fn list_amendments(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<AmendmentsView, Error> {
    let contract = load(ctx, call, Action::ReadContracts, id)?;
    let rows = store::contracts::amendments(ctx.db, &contract.id)?;
    Ok(AmendmentsView { items: rows.into_iter().map(AmendmentView::from).collect() })
}

pub(crate) fn load(ctx: &mut Ctx<'_>, call: &Call, action: Action, id: &str) -> Result<Contract, Error> {
    let row = store::contracts::find(ctx.db, id)?;
    call.actor.permit(action, &row.consortium_id, None)?;
    Ok(row)
}

/// The reserve account of a contract.
pub(crate) fn reserve_of(ctx: &mut Ctx<'_>, contract_id: &str) -> Result<String, Error> {
    let accounts = store::seats::accounts_of(ctx.db, contract_id)?;
    let reserve = accounts.into_iter().find(|account| account.member_id.is_none());
    Ok(reserve.ok_or_else(|| Error::internal("a contract without a reserve"))?.id)
}

fn checked(
    ctx: &mut Ctx<'_>,
    round: &Round,
    scenario_id: &str,
    outcome: &Outcome,
    cmd: &MakeContract,
) -> Result<Contract, Error> {
    let mut check = Checker::new();
    let rule = "終了日は開始日以後の日付にしてください。";
    check.ensure(cmd.starts_on <= cmd.ends_on, "/ends_on", FieldCode::Order { rule });
    let rule = "契約日は契約期間の終了日以前の日付にしてください。年（和暦・西暦）を確かめてください。";
    check.ensure(cmd.signed_on <= cmd.ends_on.max(cmd.starts_on), "/signed_on", FieldCode::Order { rule });
    let row = Contract {
        id: ctx.id(),
        consortium_id: round.consortium_id.clone(),
        round_id: round.id.clone(),
        scenario_id: scenario_id.to_owned(),
        number: check.line("/number", &cmd.number, 50),
        vendor: check.line("/vendor", &cmd.vendor, 100),
        starts_on: cmd.starts_on,
        ends_on: cmd.ends_on,
        seats: outcome.seats.bought,
        ex_tax_yen: outcome.bill.ex_tax_yen,
        tax_yen: outcome.bill.tax_yen,
        total_yen: outcome.bill.total_yen,
        state: "active".to_owned(),
        signed_on: cmd.signed_on,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    let sentence = "この番号の契約は登録済みです。契約番号を確かめてください。";
    let taken = store::contracts::has_number(ctx.db, &row.consortium_id, &row.number)?;
    check.ensure(!taken, "/number", FieldCode::Refused { sentence });
    check.finish()?;
    Ok(row)
}

fn write_shares(ctx: &mut Ctx<'_>, contract: &Contract, outcome: &Outcome) -> Result<(), Error> {
    let sum = outcome.members.iter().fold(0_i64, |sum, line| sum.saturating_add(line.share_yen));
    if sum != contract.total_yen {
        return Err(Error::internal(format!("shares {sum} of {}", contract.total_yen)));
    }
    for line in &outcome.members {
        let share = Share {
            id: ctx.id(),
            consortium_id: contract.consortium_id.clone(),
            contract_id: contract.id.clone(),
            member_id: line.member_id.clone(),
            seats: line.seats,
            share_yen: line.share_yen,
            remainder_yen: line.remainder_yen,
            stand_alone_yen: line.stand_alone_yen,
            reason: json!({"exact": line.exact_share, "rule": line.sharing_reason}).to_string(),
            created_at: ctx.stamp(),
        };
        store::contracts::insert_share(ctx.db, &share)?;
    }
    Ok(())
}

fn draft_allocation(ctx: &mut Ctx<'_>, contract: &Contract, inputs: &Inputs, outcome: &Outcome) -> Result<(), Error> {
    let allocation = Allocation {
        id: ctx.id(),
        consortium_id: contract.consortium_id.clone(),
        contract_id: contract.id.clone(),
        state: "draft".to_owned(),
        published_at: None,
        published_by: None,
        created_at: ctx.stamp(),
        updated_at: ctx.stamp(),
        version: 1,
    };
    store::contracts::insert_allocation(ctx.db, &allocation)?;
    for line in &outcome.members {
        let row = AllocationLine {
            id: ctx.id(),
            consortium_id: contract.consortium_id.clone(),
            allocation_id: allocation.id.clone(),
            member_id: line.member_id.clone(),
            seats: line.seats,
            reason: json!({
                "kind": "scenario", "scenario_id": contract.scenario_id, "request": line.request,
                "limit": line.limit, "guarantee": line.guarantee, "rule": line.allocation_reason,
            })
            .to_string(),
            explanation: words::allocation(inputs, outcome, line),
        };
        store::contracts::insert_line(ctx.db, &row)?;
    }
    Ok(())
}

fn notify(ctx: &mut Ctx<'_>, round: &Round, row: &Contract, members: &[Invited]) -> Result<(), Error> {
    let url = format!("{}/contracts/{}", ctx.env.settings.public_url, row.id);
    for member in members {
        let letter = ContractMade {
            round: &round.title,
            number: &row.number,
            vendor: &row.vendor,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            seats: towns::count(row.seats),
            total_yen: row.total_yen,
            url: &url,
        };
        write_to_contacts(ctx, &row.consortium_id, &member.id, &member.name, |head| letter.render(head))?;
    }
    Ok(())
}
