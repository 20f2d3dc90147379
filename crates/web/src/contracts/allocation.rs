//! The allocation of a contract: checked line by line, changed with a reason, confirmed, published.

use super::under_contract;
use crate::confirm::ConfirmPage;
use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pager::Leaf;
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::Service;
use app::contracts::allocation::{self as area, AllocationLineView, AllocationView, PublishAllocation};
use app::contracts::{ContractView, get_contract};
use askama::Template;
use domain::access::Action;
use http_kit::Id;

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

    fn rest(&self) -> i64 {
        self.contract.seats.saturating_sub(self.total)
    }

    /// The lines of this page by their numbers in the form.
    fn lines(&self) -> Vec<(usize, &AllocationLineView)> {
        self.leaf.range().filter_map(|at| Some((at, self.allocation.lines.get(at)?))).collect()
    }
}

async fn read(service: &Service, visitor: &Visitor, id: String) -> Result<(ContractView, AllocationView), Refused> {
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let contract = get_contract(ctx, call, &id)?;
        call.actor.permit(Action::ManageContracts, &contract.consortium_id, None)?;
        Ok((contract, area::get_allocation(ctx, call, &id)?))
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
    let (contract, allocation) = read(service, visitor, id).await?;
    let mut sheet = sheet.unwrap_or_else(|| Sheet::blank(visitor)).at_version(allocation.version);
    let rows = allocation.lines.len();
    // A town is looked for by its button, or by Enter in its field; other buttons leave it standing there.
    let looks = matches!(sheet.value("_act"), "" | "find");
    let sought = if looks { sheet.value("_town").trim().to_owned() } else { String::new() };
    let found = allocation.lines.iter().position(|line| {
        !sought.is_empty() && (line.municipality_code.starts_with(&sought) || line.name.contains(&sought))
    });
    let leaf = match (found, sheet.summary.is_some()) {
        // A refusal shows the first line that was changed.
        (None, true) => Leaf::with(sheet.values.rows("lines").first().copied().unwrap_or_default(), rows),
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
    Ok(AllocationPage { shell, sheet, contract, allocation, total, leaf, carried, lost })
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

/// Asks once more; what was typed goes along.
async fn ask(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = form.fields.get("_act");
    let looks = act.is_empty() && !form.fields.get("_town").is_empty();
    if looks || act == "find" || act.starts_with("page:") {
        return show::page(&page(&service, &form.visitor, id, Some(Sheet::typed(&form))).await?);
    }
    let (contract, allocation) = read(&service, &form.visitor, id).await?;
    let changed = changed(&form.fields, &allocation);
    let title = if allocation.state == "draft" { "配分を公開する" } else { "配分を変えて公開する" };
    let back = format!("/contracts/{}/allocation", contract.id);
    let shell =
        under_contract(&service, &form.visitor, &contract, title.to_owned()).under("配分を決める", back.clone());
    let mut page = ConfirmPage::new(shell, &form.visitor, format!("{back}/publish"), "公開する", back);
    page.sheet = page.sheet.at_version(allocation.version);
    page.facts = vec![("契約", contract.number.clone()), ("契約の席数", words::seats(&contract.seats))];
    for (at, line) in allocation.lines.iter().enumerate() {
        let seats = changed.get(&format!("lines/{at}/seats"));
        if !seats.is_empty() {
            page.facts.push(("変更", format!("{}：{} → {seats}席", line.name, words::seats(&line.seats))));
        }
    }
    page.consequences = vec![
        "席が台帳を通って各団体に渡り、担当者にメールでお知らせします。".to_owned(),
        "公開の記録は消せません。後で変えるときは、理由を添えてもう一度公開します。".to_owned(),
    ];
    if allocation.state != "draft" {
        page.consequences.push(
            "申請や移動で増減した席はそのままで、配分を変えた差の分だけ席が動きます（例：5席を7席にすると2席増えます）。"
                .to_owned(),
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
