//! Amendments (変更契約・追加発注): seats and yen by which a contract changes.

use super::under_contract;
use crate::confirm::About;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use crate::words::{self, from_to};
use actix_web::web::Data;
use app::Service;
use app::contracts::{AmendContract, ContractView, amend_contract, get_contract};
use askama::Template;
use domain::access::Action;
use http_kit::Id;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/contracts/{contract_id}/amendments/new", "page_new_amendment", new).post(
        "/contracts/{contract_id}/amendments/new",
        "page_amend_contract",
        amend,
    );
}

const AMENDMENT: &Spec = &[
    ("seats", Kind::Number),
    ("ex_tax_yen", Kind::Number),
    ("tax_yen", Kind::Number),
    ("reason", Kind::Text),
    ("effective_on", Kind::Date),
];

#[derive(Template)]
#[template(path = "contracts/amend.html")]
struct AmendPage {
    shell: Shell,
    sheet: Sheet,
    contract: ContractView,
}

async fn page(service: &Service, visitor: &Visitor, id: String, sheet: Sheet) -> Result<AmendPage, Refused> {
    let contract = service.read(visitor.call.clone(), move |ctx, call| get_contract(ctx, call, &id)).await?;
    visitor.permit(Action::ManageContracts, &contract.consortium_id, None)?;
    let shell = under_contract(service, visitor, &contract, "変更契約・追加発注を登録する".to_owned());
    Ok(AmendPage { shell, sheet, contract })
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let today = domain::clock::japan_date(service.env().clock.now());
    let mut page = page(&service, &visitor, id, Sheet::blank(&visitor)).await?;
    let day = today.max(page.contract.starts_on).min(page.contract.ends_on);
    page.sheet = page.sheet.set("effective_on", day.to_string());
    show::page(&page)
}

/// What is asked about once more.
fn facts(contract: &ContractView, form: &Form) -> Vec<(&'static str, String)> {
    let typed = |name: &str, kind: Kind| form.fields.shown(name, kind);
    let amount = |name: &str| domain::typed::read_number(form.fields.get(name)).unwrap_or_default();
    let seats = contract.seats.saturating_add(amount("seats"));
    let more = amount("ex_tax_yen").saturating_add(amount("tax_yen"));
    let total = contract.total_yen.saturating_add(more);
    vec![
        ("契約", contract.number.clone()),
        ("増減する席数", format!("{}席", typed("seats", Kind::Number))),
        ("契約の席数", from_to(words::seats, &contract.seats, &seats)),
        ("増減する金額（税抜）", format!("{}円", typed("ex_tax_yen", Kind::Number))),
        ("その消費税", format!("{}円", typed("tax_yen", Kind::Number))),
        ("契約金額（税込）", from_to(words::yen, &contract.total_yen, &total)),
        ("各団体の負担金", format!("変わりません。増減する{}は、どの団体の負担金にも入りません。", words::yen(&more))),
        ("適用日", typed("effective_on", Kind::Date)),
        ("理由", typed("reason", Kind::Text)),
    ]
}

/// Seats and money that go opposite ways are seldom meant.
fn remarks(form: &Form) -> Vec<String> {
    let sign = |name: &str| domain::typed::read_number(form.fields.get(name)).unwrap_or_default().signum();
    let sentence = match (sign("seats"), sign("ex_tax_yen")) {
        (1, -1) => "席数は増えますが、金額は減ります。席数と金額の△の付け方に誤りがないか、確かめてください。",
        (-1, 1) => "席数は減りますが、金額は増えます。席数と金額の△の付け方に誤りがないか、確かめてください。",
        _ => return Vec::new(),
    };
    vec![sentence.to_owned()]
}

async fn amend(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let contract_id = id.clone();
    let about = if form.is_sure() {
        About::default()
    } else {
        let page = page(&service, &form.visitor, id.clone(), Sheet::blank(&form.visitor)).await?;
        let facts = facts(&page.contract, &form);
        About::new(page.shell, form.visitor.path(), facts).remarking(remarks(&form))
    };
    let sent = form
        .send_sure(&service, AMENDMENT, about, move |ctx, call, cmd: &AmendContract| {
            amend_contract(ctx, call, &contract_id, cmd)?;
            Ok(format!("/contracts/{contract_id}?done=created"))
        })
        .await;
    show::answer(&form, sent, async |sheet| page(&service, &form.visitor, id, sheet).await).await
}
