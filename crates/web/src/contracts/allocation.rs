//! The allocation of a contract: checked line by line, changed with a reason, confirmed, published.

use super::under_contract;
use crate::confirm::ConfirmPage;
use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pager::Leaf;
use crate::pages::Pages;
use crate::rounds::seen;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::Service;
use app::contracts::allocation::{self as area, AllocationLineView, AllocationView, PublishAllocation};
use app::contracts::shares::{ShareView, list_shares};
use app::contracts::{ContractView, get_contract};
use app::part::Part;
use app::seats::accounts::{AccountView, show_seat_accounts};
use askama::Template;
use domain::access::Action;
use http_kit::Id;
use std::collections::HashMap;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/contracts/{contract_id}/allocation", "page_allocation", show_allocation)
        .post("/contracts/{contract_id}/allocation", "page_ask_publish_allocation", ask)
        .post("/contracts/{contract_id}/allocation/publish", "page_publish_allocation", publish);
}

const LINES: &Spec =
    &[("lines/*/member_id", Kind::Text), ("lines/*/seats", Kind::Number), ("lines/*/reason", Kind::Text)];

#[derive(Template)]
#[template(path = "contracts/allocation.html")]
struct AllocationPage {
    shell: Shell,
    sheet: Sheet,
    contract: ContractView,
    allocation: AllocationView,
    accounts: Accounts,
    total: i64,
    /// Which lines are shown.
    leaf: Leaf,
    /// What was typed for those that are not.
    carried: Vec<(String, String)>,
    /// Whether a town was looked for in vain.
    lost: bool,
}

impl AllocationPage {
    fn draft(&self) -> bool {
        self.allocation.state == "draft"
    }

    fn account(&self, member_id: &str) -> Option<&AccountView> {
        self.accounts.get(member_id)
    }

    /// The seats that came or went otherwise than by the allocation.
    fn besides(&self, line: &AllocationLineView) -> i64 {
        let published = if self.draft() { 0 } else { line.seats };
        self.account(&line.member_id).map_or(0, |account| account.balance.saturating_sub(published))
    }

    fn rest(&self) -> i64 {
        self.contract.seats.saturating_sub(self.total)
    }

    /// The lines of this page by their numbers in the form.
    fn lines(&self) -> Vec<(usize, &AllocationLineView)> {
        self.leaf.range().filter_map(|at| Some((at, self.allocation.lines.get(at)?))).collect()
    }
}

/// What each town has now, by its id.
type Accounts = HashMap<String, AccountView>;

type Read = (ContractView, AllocationView, Accounts);

async fn read(service: &Service, visitor: &Visitor, id: String) -> Result<Read, Refused> {
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let contract = get_contract(ctx, call, &id)?;
        call.actor.permit(Action::ManageContracts, &contract.consortium_id, None)?;
        let accounts = show_seat_accounts(ctx, call, &id, &Part::whole())?.towns.items.into_iter();
        let accounts = accounts.filter_map(|account| Some((account.member_id.clone()?, account))).collect();
        Ok((contract, area::get_allocation(ctx, call, &id)?, accounts))
    };
    Ok(service.read(visitor.call.clone(), read).await?)
}

/// The form with what was typed; its button may lead to other lines, or to those of a town.
async fn page(
    service: &Service,
    visitor: &Visitor,
    id: String,
    sheet: Option<Sheet>,
) -> Result<AllocationPage, Refused> {
    let (contract, allocation, accounts) = read(service, visitor, id).await?;
    let mut sheet = sheet.unwrap_or_else(|| Sheet::blank(visitor)).at_version(allocation.version);
    let rows = allocation.lines.len();
    // A town is looked for by its button, or by Enter in its field; other buttons leave it standing there.
    let looks = matches!(sheet.value("_act"), "" | "find");
    let sought = if looks { sheet.value("_town").trim().to_owned() } else { String::new() };
    let found = allocation.lines.iter().position(|line| {
        !sought.is_empty() && (line.municipality_code.starts_with(&sought) || line.name.contains(&sought))
    });
    let leaf = match (found, sheet.summary.is_some()) {
        // A refusal shows the first line that was refused, else the first that was changed.
        (None, true) => Leaf::with(refused_line(&sheet).or(first_line(&sheet.values)).unwrap_or_default(), rows),
        (Some(row), _) => Leaf::with(row, rows),
        (None, false) => Leaf::turned(sheet.value("_act"), rows).unwrap_or_else(|| Leaf::new(1, rows)),
    };
    let typed = changed(&sheet.values, &allocation);
    let elsewhere = |name: &str| {
        let row = name.split('/').nth(1).and_then(|row| row.parse::<usize>().ok());
        row.is_some_and(|row| !leaf.range().contains(&row))
    };
    let carried = typed.pairs().filter(|(name, _)| elsewhere(name));
    let carried = carried.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    for (at, line) in allocation.lines.iter().enumerate().filter(|(at, _)| leaf.range().contains(at)) {
        let name = format!("lines/{at}/seats");
        if sheet.value(&name).is_empty() {
            sheet = sheet.set(&name, line.seats.to_string());
        }
    }
    let total = allocation.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.seats));
    let shell = under_contract(service, visitor, &contract, "配分を決める".to_owned());
    let lost = !sought.is_empty() && found.is_none();
    Ok(AllocationPage { shell, sheet, contract, allocation, accounts, total, leaf, carried, lost })
}

fn first_line(fields: &Fields) -> Option<usize> {
    fields.rows("lines").first().copied()
}

fn refused_line(sheet: &Sheet) -> Option<usize> {
    let mut errors = sheet.summary.iter().flat_map(|summary| &summary.errors);
    errors.find_map(|(name, _)| name.strip_prefix("lines/")?.split('/').next()?.parse().ok())
}

async fn show_allocation(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&page(&service, &visitor, id, None).await?)
}

/// The rows whose seats differ from the present ones, as the command's fields under their row numbers.
fn changed(typed: &Fields, allocation: &AllocationView) -> Fields {
    let mut changed = Fields::default();
    for (at, line) in allocation.lines.iter().enumerate() {
        let seats = typed.get(&format!("lines/{at}/seats"));
        if seats.trim().is_empty() || domain::typed::read_number(seats) == Some(line.seats) {
            continue;
        }
        changed.set(&format!("lines/{at}/member_id"), line.member_id.clone());
        changed.set(&format!("lines/{at}/seats"), seats);
        changed.set(&format!("lines/{at}/reason"), typed.get(&format!("lines/{at}/reason")));
    }
    changed
}

/// A changed line in words, with what it does to the balance of the town.
fn change(line: &AllocationLineView, seats: i64, account: Option<&AccountView>, first: bool) -> String {
    let balance = account.map_or(0, |account| account.balance);
    let before = if first { 0 } else { line.seats };
    let after = balance.saturating_add(seats).saturating_sub(before);
    let [from, to, now, then] = [line.seats, seats, balance, after].map(|seats| words::seats(&seats));
    format!("{}：配分 {from} → {to}（席の残高 {now} → {then}）", line.name)
}

/// What a change by hand does to the money: nothing, and from which seats the shares of those towns come.
fn unshared(shares: &[ShareView], changed: &Fields) -> String {
    let typed: Vec<&str> = changed.pairs().filter(|(name, _)| name.ends_with("/member_id")).map(|(_, id)| id).collect();
    let towns = shares.iter().filter(|share| typed.contains(&share.member_id.as_str()));
    let town =
        |share: &ShareView| format!("{} {}分{}", share.name, words::seats(&share.seats), words::yen(&share.share_yen));
    let towns: Vec<String> = towns.map(town).collect();
    let of = if towns.is_empty() { String::new() } else { format!("（{}）", towns.join("、")) };
    format!("負担金は変わりません。契約のときに確定した席数で計算した額{of}のままです。")
}

/// Asks once more; what was typed goes along.
async fn ask(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = form.fields.get("_act");
    let looks = act.is_empty() && !form.fields.get("_town").is_empty();
    if looks || act == "find" || act.starts_with("page:") {
        return show::page(&page(&service, &form.visitor, id, Some(Sheet::typed(&form))).await?);
    }
    let (contract, allocation, accounts) = read(&service, &form.visitor, id.clone()).await?;
    let changed = changed(&form.fields, &allocation);
    let contract_id = id.clone();
    let look = move |ctx: &mut app::Ctx<'_>, call: &app::Call| seen(list_shares(ctx, call, &contract_id));
    let shares = service.read(form.visitor.call.clone(), look).await?.map(|shares| shares.items).unwrap_or_default();
    let checked = match crate::form::command::<PublishAllocation>(&changed, LINES) {
        Ok(cmd) => {
            let contract_id = contract.id.clone();
            let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
                area::publish_allocation(ctx, call, &contract_id, &cmd).map(|view| view.contract_id)
            };
            form.rehearse(&service, act).await
        }
        Err(problem) => Err(problem),
    };
    if let Err(problem) = checked {
        // Refused are the changed lines, shown is everything that was typed.
        let mut sheet = Sheet::refused_open(&changed, problem)?.of(&form.visitor);
        sheet.values = form.fields.clone();
        return show::again(&page(&service, &form.visitor, id, Some(sheet)).await?);
    }
    let title = if allocation.state == "draft" { "配分を公開する" } else { "配分を変えて公開する" };
    let back = format!("/contracts/{}/allocation", contract.id);
    let shell =
        under_contract(&service, &form.visitor, &contract, title.to_owned()).under("配分を決める", back.clone());
    let mut page = ConfirmPage::new(shell, &form.visitor, format!("{back}/publish"), "公開する", back);
    page.sheet = page.sheet.at_version(allocation.version);
    page.facts = vec![("契約", contract.number.clone()), ("契約の席数", words::seats(&contract.seats))];
    let typed = |at: usize| domain::typed::read_number(changed.get(&format!("lines/{at}/seats")));
    if allocation.state == "draft" {
        // Nobody has seats yet: whoever is not named below gets some, too.
        let given = allocation.lines.iter().enumerate().map(|(at, line)| typed(at).unwrap_or(line.seats));
        let given: Vec<i64> = given.filter(|seats| *seats > 0).collect();
        let sum: i64 = given.iter().fold(0, |sum, seats| sum.saturating_add(*seats));
        let towns = i64::try_from(given.len()).unwrap_or(i64::MAX);
        let told = format!(
            "{}団体に合計{}（予備席に残るのは{}）",
            words::number(&towns),
            words::seats(&sum),
            words::seats(&contract.seats.saturating_sub(sum))
        );
        page.facts.push(("渡す席", told));
    }
    for (at, line) in allocation.lines.iter().enumerate() {
        if let Some(seats) = typed(at) {
            page.facts.push(("変更", change(line, seats, accounts.get(&line.member_id), allocation.state == "draft")));
        }
    }
    page.consequences = vec![
        "席が台帳を通って各団体に渡り、担当者にメールでお知らせします。".to_owned(),
        "公開の記録は消せません。後で変えるときは、理由を添えてもう一度公開します。".to_owned(),
    ];
    if !changed.rows("lines").is_empty() {
        page.consequences.push(unshared(&shares, &changed));
    }
    if allocation.state != "draft" {
        page.consequences.push(
            "申請や移動で増減した席はそのままで、配分を変えた差の分だけ、団体の席の残高が増減します。".to_owned(),
        );
    }
    page.carried = changed.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    show::page(&page)
}

async fn publish(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let contract_id = id.clone();
    let sent = form
        .send(&service, LINES, move |ctx, call, cmd: &PublishAllocation| {
            area::publish_allocation(ctx, call, &contract_id, cmd)?;
            Ok(format!("/contracts/{contract_id}?done=published"))
        })
        .await;
    show::answer(&form, sent, async |sheet| page(&service, &form.visitor, id, Some(sheet)).await).await
}
