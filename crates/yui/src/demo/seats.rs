//! Chapter 5: the contract, the seat ledger receives the seats, the allocation is published with reasons.

use super::cast::{Cast, TOWN};
use super::demand::Survey;
use super::teller::Teller;
use crate::commands::Failure;
use crate::terminal::grouped;
use app::contracts::allocation::{PublishAllocation, get_allocation, publish_allocation};
use app::contracts::shares::list_shares;
use app::contracts::{MakeContract, make_contract};
use app::scenarios::ScenarioDetail;
use app::seats::accounts::list_seat_accounts;
use chrono::NaiveDate;

/// The contract of the story.
pub(super) struct Contract {
    pub(super) id: String,
    /// The seat account of the town that the story follows.
    pub(super) town_account: String,
}

pub(super) fn contract(
    teller: &Teller,
    cast: &Cast,
    survey: &Survey,
    scenario: &ScenarioDetail,
) -> Result<Contract, Failure> {
    teller.chapter(5, "契約と配分", "2026-04-01T09:00:00+09:00")?;
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let make = MakeContract {
        number: "R8-学習-001（架空）".to_owned(),
        vendor: scenario.plan.inputs.quote.vendor.clone(),
        starts_on: day(2026, 4, 1),
        ends_on: day(2027, 3, 31),
        signed_on: day(2026, 4, 1),
    };
    let id = survey.round_id.clone();
    let contract = teller.act(&cast.lead, "make_contract", move |ctx, call| make_contract(ctx, call, &id, &make))?;
    teller.show(format!(
        "契約 {}: {}席、{}円（うち消費税 {}円）。席は席台帳の予備席に入りました。",
        contract.number,
        grouped(contract.seats),
        grouped(contract.total_yen),
        grouped(contract.tax_yen)
    ));
    let id = contract.id.clone();
    let publish = PublishAllocation { lines: Vec::new() };
    teller.prove(&cast.lead, &cast.password)?;
    teller.act(&cast.lead, "publish_allocation", move |ctx, call| publish_allocation(ctx, call, &id, &publish))?;

    let id = contract.id.clone();
    let shares = teller.see(&cast.auditor, "list_shares", move |ctx, call| list_shares(ctx, call, &id))?;
    let id = contract.id.clone();
    let accounts = teller.see(&cast.lead, "list_seat_accounts", move |ctx, call| list_seat_accounts(ctx, call, &id))?;
    let balance = |member_id: Option<&str>| {
        accounts.iter().find(|a| a.member_id.as_deref() == member_id).map_or(0, |account| account.balance)
    };
    let mut rows: Vec<Vec<String>> = shares
        .items
        .iter()
        .map(|share| {
            vec![
                share.municipality_code.clone(),
                share.name.clone(),
                grouped(balance(Some(&share.member_id))),
                grouped(share.share_yen),
                grouped(share.remainder_yen),
                grouped(share.saving_yen),
            ]
        })
        .collect();
    rows.push(vec![
        String::new(),
        "予備席".into(),
        grouped(balance(None)),
        String::new(),
        String::new(),
        String::new(),
    ]);
    rows.push(vec![
        String::new(),
        "合計".into(),
        grouped(accounts.iter().map(|account| account.balance).sum::<i64>()),
        grouped(shares.shared_yen),
        String::new(),
        String::new(),
    ]);
    teller.table(
        &["団体コード", "団体", "席", "負担金（円）", "端数（円）", "単独比の節約（円）"],
        &[2, 3, 4, 5],
        rows,
    );

    let town = cast.town(TOWN)?;
    let id = contract.id.clone();
    let seen = teller.see(&town.contact, "get_allocation", move |ctx, call| get_allocation(ctx, call, &id))?;
    for line in &seen.lines {
        teller.show(format!("{}の担当者に見える理由: {}", line.name, line.explanation));
    }
    let id = contract.id.clone();
    let own = teller.see(&town.contact, "list_shares", move |ctx, call| list_shares(ctx, call, &id))?;
    for share in &own.items {
        teller.show(format!("負担金の理由: {}", share.sentence));
    }
    let town_account = accounts
        .iter()
        .find(|account| account.member_id.as_deref() == Some(town.member.id.as_str()))
        .map(|account| account.id.clone())
        .ok_or_else(|| Failure::Failed("no seat account".to_owned()))?;
    Ok(Contract { id: contract.id, town_account })
}
