//! Contracts: the list, one with shares, allocation and amendments as its reader may see them, and making one.
//! Publishing the allocation stands in `contracts/allocation.rs`, amendments in `contracts/amend.rs`.

mod allocation;
mod amend;

use crate::confirm::About;
use crate::demand::under_round;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pager::{Asked, Pager};
use crate::pages::Pages;
use crate::rounds::seen;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::sorting::{Key, Sorting};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::contracts::allocation::{AllocationLineView, AllocationPart, show_allocation};
use app::contracts::shares::{ShareView, SharesPart, show_shares};
use app::contracts::{self as area, AmendmentView, ContractView, MakeContract};
use app::part::Part;
use app::requests::{Ordered, get_orders};
use app::rounds::RoundView;
use app::scenarios::ScenarioView;
use app::town::TownContract;
use app::{Page, PageQuery, Service};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use domain::access::{Action, Role};
use domain::clock::japan_date;
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/consortia/{consortium_id}/contracts", "page_contracts", list)
        .get("/rounds/{round_id}/contract/new", "page_new_contract", new)
        .post("/rounds/{round_id}/contract/new", "page_make_contract", make)
        .get("/contracts/{contract_id}", "page_contract", one);
    allocation::pages(pages);
    amend::pages(pages);
}

const CONTRACT: &Spec = &[
    ("number", Kind::Text),
    ("vendor", Kind::Text),
    ("starts_on", Kind::Date),
    ("ends_on", Kind::Date),
    ("signed_on", Kind::Date),
];

/// 状態 of a contract at an instant: class and words of its chip.
pub(crate) fn state(contract: &ContractView, at: &DateTime<Utc>) -> (&'static str, &'static str) {
    match contract.state.as_str() {
        "active" if is_ahead(&contract.starts_on, at) => ("warn", "開始前"),
        "active" => ("now", "契約中"),
        "closed" => ("good", "終了"),
        _ => ("", "不明"),
    }
}

/// The contract in force that is meant where none is named: the one in whose period of use that day lies, else the newest.
pub(crate) fn current(contracts: &[TownContract], on: NaiveDate) -> Option<&TownContract> {
    let in_force = || contracts.iter().filter(|item| item.contract.state == "active");
    let in_use = in_force().find(|item| item.contract.starts_on <= on && on <= item.contract.ends_on);
    in_use.or_else(|| in_force().next())
}

/// Whether a period of use has not begun.
pub(crate) fn is_ahead(starts_on: &NaiveDate, at: &DateTime<Utc>) -> bool {
    japan_date(*at) < *starts_on
}

#[derive(Template)]
#[template(path = "contracts/list.html")]
struct ListPage {
    shell: Shell,
    contracts: Page<ContractView>,
    next: Option<String>,
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = visitor.page(None);
    let contracts =
        service.read(visitor.call.clone(), move |ctx, call| area::list_contracts(ctx, call, &id, &query)).await?;
    let next = visitor.next_page(contracts.next_cursor.as_deref());
    show::page(&ListPage { shell: Shell::new(&service, &visitor, "契約と配分"), contracts, next })
}

#[derive(Template)]
#[template(path = "contracts/new.html")]
struct NewPage {
    shell: Shell,
    sheet: Sheet,
    round: RoundView,
    scenario: Option<ScenarioView>,
}

async fn new_page(service: &Service, visitor: &Visitor, id: String, sheet: Option<Sheet>) -> Result<NewPage, Refused> {
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let round = app::rounds::get_round_alone(ctx, call, &id)?;
        call.actor.permit(Action::ManageContracts, &round.consortium_id, None)?;
        let mut query = PageQuery { limit: Some(100), ..PageQuery::default() };
        loop {
            let page = app::scenarios::list_scenarios(ctx, call, &id, &query)?;
            let found = page.items.into_iter().find(|scenario| scenario.state == "finalised");
            if found.is_some() || page.next_cursor.is_none() {
                let vendor = match &found {
                    Some(scenario) => {
                        let shown = app::scenarios::show_scenario(ctx, call, &scenario.id, &Part::nothing())?;
                        shown.plan.view.inputs.quote.vendor
                    }
                    None => String::new(),
                };
                return Ok((round, found, vendor));
            }
            query.cursor = page.next_cursor;
        }
    };
    let (round, scenario, vendor) = service.read(visitor.call.clone(), read).await?;
    let year = round.fiscal_year;
    let sheet = sheet.unwrap_or_else(|| {
        Sheet::blank(visitor)
            .set("vendor", vendor)
            .set("starts_on", format!("{year}-04-01"))
            .set("ends_on", format!("{}-03-31", year.saturating_add(1)))
    });
    let shell = under_round(service, visitor, &round, "契約を登録する");
    Ok(NewPage { shell, sheet, round, scenario })
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&new_page(&service, &visitor, id, None).await?)
}

/// What is asked about once more: what was typed, and the scenario behind it.
fn facts(page: &NewPage, form: &Form) -> Vec<(&'static str, String)> {
    let typed = |name: &str, kind: Kind| form.fields.shown(name, kind);
    let mut facts = vec![
        ("契約番号", typed("number", Kind::Text)),
        ("事業者", typed("vendor", Kind::Text)),
        ("利用期間", format!("{}から{}まで", typed("starts_on", Kind::Date), typed("ends_on", Kind::Date))),
        ("契約日", typed("signed_on", Kind::Date)),
    ];
    if let Some(scenario) = &page.scenario {
        facts.push(("席数", words::seats(&scenario.seats)));
        facts.push(("契約金額（税込）", words::yen(&scenario.total_yen)));
    }
    facts
}

async fn make(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let round_id = id.clone();
    let about = if form.is_sure() {
        About::default()
    } else {
        let page = new_page(&service, &form.visitor, id.clone(), None).await?;
        let facts = facts(&page, &form);
        About::new(page.shell, form.visitor.path(), facts)
    };
    let sent = form
        .send_sure(&service, CONTRACT, about, move |ctx, call, cmd: &MakeContract| {
            area::make_contract(ctx, call, &round_id, cmd).map(|made| format!("/contracts/{}?done=created", made.id))
        })
        .await;
    show::answer(&form, sent, async |sheet| new_page(&service, &form.visitor, id, Some(sheet)).await).await
}

#[derive(Template)]
#[template(path = "contracts/one.html")]
struct OnePage {
    shell: Shell,
    contract: ContractView,
    amendments: Vec<AmendmentView>,
    /// None for those who may not see shares.
    shares: Option<SharesPart>,
    allocation: Option<AllocationPart>,
    pager: Pager,
    /// How allocation, shares and amendments stand.
    orders: [Sorting; 3],
    manages: bool,
    /// Who sees all towns sees the map of seats, too.
    sees_all: bool,
    /// The additional orders of all towns, for who sees them.
    ordered: Ordered,
    /// The town for which the visitor may ask for more seats.
    asks_for: bool,
}

impl OnePage {
    fn active(&self) -> bool {
        self.contract.state == "active"
    }

    fn published(&self) -> bool {
        self.allocation.as_ref().is_some_and(|part| part.allocation.state == "published")
    }

    /// What amendments added to (or took from) that which was shared: in all, and without the orders of towns.
    fn unshared(&self) -> Option<(i64, i64)> {
        let shared = self.shares.as_ref().filter(|_| self.sees_all)?.shares.shared_yen;
        let more = self.contract.total_yen.saturating_sub(shared);
        Some((more, more.saturating_sub(self.ordered.yen))).filter(|both| *both != (0, 0))
    }

    /// Towns whose allocation is of other seats than their share: name, allocated, shared by.
    fn differing(&self) -> Vec<(&str, i64, i64)> {
        let (Some(allocation), Some(shares)) = (&self.allocation, &self.shares) else { return Vec::new() };
        let lines = allocation.allocation.lines.iter();
        let pair = |line: &AllocationLineView| {
            shares.shares.items.iter().find(|share| share.member_id == line.member_id).map(|share| share.seats)
        };
        let both = lines.filter_map(|line| Some((line.name.as_str(), line.seats, pair(line)?)));
        both.filter(|(_, allocated, shared)| allocated != shared).collect()
    }

    fn small(share: &ShareView) -> Option<String> {
        let small = share.small_contract?;
        let limit = words::yen(&small.limit_yen);
        Some(if small.within_limit {
            format!("少額随契の範囲内（{limit}以下）")
        } else {
            format!("少額随契の限度額（{limit}）を超過")
        })
    }
}

/// The frame of a page under a contract.
pub(crate) fn under_contract(service: &Service, visitor: &Visitor, contract: &ContractView, title: String) -> Shell {
    let shell = Shell::new(service, visitor, title);
    let list = visitor.is(Role::Lead) || visitor.is(Role::Auditor);
    let shell = if list {
        shell.under("契約と配分", format!("/consortia/{}/contracts", contract.consortium_id))
    } else {
        shell.under("調達回", format!("/rounds/{}", contract.round_id))
    };
    shell.under(format!("契約 {}", contract.number), format!("/contracts/{}", contract.id))
}

/// How the lines of an allocation can stand.
pub(crate) const LINES: &[Key<AllocationLineView>] =
    &[("code", |a, b| a.municipality_code.cmp(&b.municipality_code)), ("seats", |a, b| a.seats.cmp(&b.seats))];

/// How shares can stand.
pub(crate) const SHARES: &[Key<ShareView>] = &[
    ("code", |a, b| a.municipality_code.cmp(&b.municipality_code)),
    ("seats", |a, b| a.seats.cmp(&b.seats)),
    ("share", |a, b| a.share_yen.cmp(&b.share_yen)),
    ("remainder", |a, b| a.remainder_yen.cmp(&b.remainder_yen)),
    ("alone", |a, b| a.stand_alone_yen.cmp(&b.stand_alone_yen)),
    ("saving", |a, b| a.saving_yen.cmp(&b.saving_yen)),
];

/// How amendments can stand; as they come, in the order of their entry.
pub(crate) const AMENDMENTS: &[Key<AmendmentView>] = &[
    ("created", |a, b| a.created_at.cmp(&b.created_at)),
    ("effective", |a, b| a.effective_on.cmp(&b.effective_on)),
    ("seats", |a, b| a.seats.cmp(&b.seats)),
    ("yen", |a, b| a.ex_tax_yen.cmp(&b.ex_tax_yen)),
];

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let asked = Asked::of(&visitor);
    let part = asked.reads(&["allocation", "shares"]);
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let contract = area::get_contract(ctx, call, &id)?;
        let amendments = area::list_amendments(ctx, call, &id)?.items;
        let shares = seen(show_shares(ctx, call, &id, &part))?;
        let allocation = seen(show_allocation(ctx, call, &id, &part))?;
        let sees_all = matches!(call.actor.towns(Action::ReadSeats, &contract.consortium_id), Ok(None));
        let ordered = seen(get_orders(ctx, call, &contract))?.unwrap_or_default();
        Ok((contract, amendments, shares, allocation, sees_all, ordered))
    };
    let (contract, mut amendments, mut shares, mut allocation, sees_all, ordered) =
        service.read(visitor.call.clone(), read).await?;
    let lines = allocation.as_mut().map(|part| part.allocation.lines.as_mut_slice()).unwrap_or_default();
    let by_seats = Sorting::called("allocation", "#allocation", &visitor.uri).put(lines, LINES)?;
    let items = shares.as_mut().map(|part| part.shares.items.as_mut_slice()).unwrap_or_default();
    let by_share = Sorting::called("shares", "#shares", &visitor.uri).put(items, SHARES)?;
    let by_date = Sorting::called("amendments", "#amendments", &visitor.uri).put(&mut amendments, AMENDMENTS)?;
    let title = format!("契約 {}", contract.number);
    let shell = Shell::new(&service, &visitor, title);
    let shell = if sees_all {
        shell.under("契約と配分", format!("/consortia/{}/contracts", contract.consortium_id))
    } else {
        shell.under("調達回", format!("/consortia/{}/rounds", contract.consortium_id))
    };
    let manages = visitor.may(Action::ManageContracts, &contract.consortium_id, None);
    let town = visitor.town(Role::Contact);
    let asks_for = town.is_some_and(|town| visitor.may(Action::RequestSeats, &contract.consortium_id, Some(town)));
    let orders = [by_seats, by_share, by_date];
    // Allocation and shares have the same towns; one that got no seat may be in the allocation only.
    let of_allocation = allocation.as_ref().map(|part| (part.found, part.count));
    let of_shares = shares.as_ref().map(|part| (part.found, part.count));
    let (found, count) = of_allocation.max(of_shares).unwrap_or_default();
    allocation.iter_mut().for_each(|part| asked.shows(&["allocation", "shares"], &mut part.allocation.lines));
    shares.iter_mut().for_each(|part| asked.shows(&["allocation", "shares"], &mut part.shares.items));
    let pager = asked.with(found, count);
    show::page(&OnePage {
        shell,
        contract,
        amendments,
        shares,
        allocation,
        pager,
        orders,
        manages,
        sees_all,
        ordered,
        asks_for,
    })
}
