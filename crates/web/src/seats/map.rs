//! The seat map of a contract (配分・割当て・待ち・遊休 by town) and its ledger, and moving seats by hand.

use crate::chart::{self, Bar};
use crate::confirm::About;
use crate::contracts::under_contract;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pager::{Asked, Pager};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::sorting::{Key, Sorting};
use crate::towns::{FEW, Towns};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::contracts::{ContractView, get_contract};
use app::part::Part;
use app::seats::accounts::{
    AccountView, AccountsPart, TransferView, get_seat_account, get_transfer, list_contract_transfers, names_of,
    show_seat_accounts,
};
use app::seats::moves::{MoveSeats, transfer_seats};
use app::{Page, Service};
use askama::Template;
use domain::access::Action;
use http_kit::Id;
use std::cmp::Ordering;
use std::collections::HashMap;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/contracts/{contract_id}/seats", "page_seat_map", map)
        .get("/contracts/{contract_id}/transfers/new", "page_new_transfer", new)
        .post("/contracts/{contract_id}/transfers/new", "page_transfer_seats", send);
}

const MOVE: &Spec = &[
    ("kind", Kind::Text),
    ("from_account_id", Kind::Text),
    ("to_account_id", Kind::Text),
    ("seats", Kind::Number),
    ("reason", Kind::Text),
    ("corrects_id", Kind::Text),
];

/// What the account without a town is called.
const RESERVE: &str = "予備席";

/// 団体名 of an account.
fn name(account: &AccountView) -> &str {
    account.member_name.as_deref().unwrap_or(RESERVE)
}

fn kind(word: &str) -> &'static str {
    crate::words::said(crate::words::TRANSFERS, word)
}

#[derive(Template)]
#[template(path = "seats/map.html")]
struct MapPage {
    shell: Shell,
    contract: ContractView,
    accounts: AccountsPart,
    pager: Pager,
    bars: Vec<Bar>,
    transfers: Page<TransferView>,
    /// 団体名 of the accounts that the transfers name.
    names: HashMap<String, Option<String>>,
    towns: Sorting,
    next: Option<String>,
    manages: bool,
}

impl MapPage {
    fn bars_height(&self) -> i64 {
        chart::BAR_STEP.saturating_mul(i64::try_from(self.bars.len()).unwrap_or(0))
    }

    /// The reserve stands before the towns of the first part.
    fn shown(&self) -> impl Iterator<Item = &AccountView> {
        self.accounts.reserve.iter().chain(&self.accounts.towns.items)
    }

    fn place(&self, id: &Option<String>) -> &str {
        place(&self.names, id.as_ref())
    }
}

/// Where seats come from or go to.
fn place<'a>(names: &'a HashMap<String, Option<String>>, id: Option<&String>) -> &'a str {
    match id.map(|id| names.get(id)) {
        None => "―",
        Some(name) => name.and_then(|name| name.as_deref()).unwrap_or(RESERVE),
    }
}

/// The seats of a row of the ledger, with a sign where they came to the contract or left it.
fn moved(transfer: &TransferView) -> String {
    match (&transfer.from_account_id, &transfer.to_account_id) {
        (None, _) => format!("＋{}", words::number(&transfer.seats)),
        (_, None) => words::number(&transfer.seats.saturating_neg()),
        _ => words::number(&transfer.seats),
    }
}

/// A movement of the ledger, for a page about it.
fn movement(transfer: &TransferView, names: &HashMap<String, Option<String>>) -> Vec<(&'static str, String)> {
    let (from, to) = (transfer.from_account_id.as_ref(), transfer.to_account_id.as_ref());
    vec![
        ("訂正する移動", kind(&transfer.kind).to_owned()),
        ("移動の日時", words::instant(&transfer.created_at)),
        ("移動の元と先", format!("{}から{}へ", place(names, from), place(names, to))),
        ("移動した席数", words::seats(&transfer.seats)),
        ("移動の理由", transfer.reason.clone()),
    ]
}

/// How the towns of the map can stand; as they come, by municipality code.
pub(crate) const TOWNS: &[Key<AccountView>] = &[
    ("code", |_, _| Ordering::Equal),
    ("balance", |a, b| a.balance.cmp(&b.balance)),
    ("assigned", |a, b| a.assigned.cmp(&b.assigned)),
    ("held", |a, b| a.held.cmp(&b.held)),
    ("free", |a, b| a.free.cmp(&b.free)),
    ("waiting", |a, b| a.waiting.cmp(&b.waiting)),
];

async fn map(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = visitor.page(None);
    let asked = Asked::of(&visitor);
    let part = asked.reads(&["towns"]);
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let contract = get_contract(ctx, call, &id)?;
        let transfers = list_contract_transfers(ctx, call, &id, &query)?;
        let names = names_of(ctx, &transfers.items)?;
        Ok((contract, show_seat_accounts(ctx, call, &id, &part)?, transfers, names))
    };
    let (contract, mut accounts, transfers, names) = service.read(visitor.call.clone(), read).await?;
    let towns = Sorting::called("towns", "#towns", &visitor.uri).put(&mut accounts.towns.items, TOWNS)?;
    asked.shows(&["towns"], &mut accounts.towns.items);
    let pager = asked.with(accounts.towns.found, accounts.count);
    if pager.page() > 1 || !pager.town().is_empty() {
        accounts.reserve = None;
    }
    let rows: Vec<chart::Row> = accounts
        .reserve
        .iter()
        .chain(&accounts.towns.items)
        .map(|account| {
            let parts = vec![(account.assigned, "a"), (account.held, "b"), (account.free, "c"), (account.waiting, "d")];
            (name(account).to_owned(), parts)
        })
        .collect();
    let bars = chart::stacked(&rows);
    let next = visitor.next_page(transfers.next_cursor.as_deref());
    let manages = contract.state == "active" && visitor.may(Action::ManageSeats, &contract.consortium_id, None);
    let shell = under_contract(&service, &visitor, &contract, "席の地図と台帳".to_owned());
    show::page(&MapPage { shell, contract, accounts, pager, towns, bars, transfers, names, next, manages })
}

#[derive(Template)]
#[template(path = "seats/transfer.html")]
struct TransferPage {
    shell: Shell,
    sheet: Sheet,
    contract: ContractView,
    towns: Towns,
    /// Free seats of the reserve.
    reserve: i64,
    /// The movement that is taken back: label and value.
    corrected: Vec<(&'static str, String)>,
}

impl TransferPage {
    fn is(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.sheet.value("kind"))
    }
}

async fn page(service: &Service, visitor: &Visitor, id: String, sheet: Sheet) -> Result<TransferPage, Refused> {
    let corrects = sheet.value("corrects_id").to_owned();
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let contract = get_contract(ctx, call, &id)?;
        call.actor.permit(Action::ManageSeats, &contract.consortium_id, None)?;
        let accounts = show_seat_accounts(ctx, call, &id, &Part::of("", 0, Some(FEW)))?;
        // A number that belongs to no movement is refused when the form is sent.
        let corrected = match get_transfer(ctx, call, &id, &corrects) {
            Ok(transfer) => {
                let names = names_of(ctx, std::slice::from_ref(&transfer))?;
                movement(&transfer, &names)
            }
            Err(app::Error::NotFound) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok((contract, accounts, corrected))
    };
    let (contract, accounts, corrected) = service.read(visitor.call.clone(), read).await?;
    let title = match sheet.value("kind") {
        "grant" => "予備席から団体へ渡す",
        "return" => "団体から予備席へ戻す",
        "correct" => "移動を訂正する",
        _ => "団体の間で移す",
    };
    let shell = under_contract(service, visitor, &contract, title.to_owned())
        .under("席の地図と台帳", format!("/contracts/{}/seats", contract.id));
    let option = |account: &AccountView| (account.id.clone(), format!("{}（空き{}席）", name(account), account.free));
    let towns = Towns::listed(accounts.towns.items.iter().map(option).collect(), accounts.count > FEW);
    let reserve = accounts.reserve.map_or(0, |account| account.free);
    Ok(TransferPage { shell, sheet, contract, towns, reserve, corrected })
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let corrects = visitor.query("corrects_id");
    let kind = match visitor.query("kind").as_str() {
        _ if !corrects.is_empty() => "correct",
        "grant" => "grant",
        "return" => "return",
        _ => "move",
    };
    let sheet =
        Sheet::blank(&visitor).set("kind", kind).set("corrects_id", corrects).set("seats", visitor.query("seats"));
    show::page(&page(&service, &visitor, id, sheet).await?)
}

/// The account behind what was chosen, or behind the town that was typed.
pub(crate) fn account_named(
    ctx: &mut app::Ctx<'_>,
    call: &app::Call,
    contract_id: &str,
    pointer: &str,
    typed: &str,
) -> Result<String, app::Error> {
    let contract = get_contract(ctx, call, contract_id)?;
    let accounts = show_seat_accounts(ctx, call, contract_id, &Part::whole())?.towns.items;
    if accounts.iter().any(|account| account.id == typed) {
        return Ok(typed.to_owned());
    }
    let town = crate::towns::named(ctx, call, &contract.consortium_id, pointer, typed)?;
    let found = accounts.into_iter().find(|account| account.member_id.as_ref() == Some(&town.id));
    found.map(|account| account.id).ok_or_else(|| app::Error::field(pointer, app::FieldCode::NoSuchThing))
}

/// What is asked about once more: from where to where, and what each end has afterwards.
async fn about(service: &Service, form: &Form, id: &str) -> Result<About, Refused> {
    if form.is_sure() {
        return Ok(About::default());
    }
    let sheet = Sheet::blank(&form.visitor)
        .set("kind", form.fields.get("kind"))
        .set("corrects_id", form.fields.get("corrects_id"));
    let page = page(service, &form.visitor, id.to_owned(), sheet).await?;
    let mut facts = vec![("契約", page.contract.number.clone())];
    facts.extend(page.corrected);
    let ends = [("席を出す団体", "from_account_id"), ("席を受け取る団体", "to_account_id")];
    let moved = domain::typed::read_number(form.fields.get("seats")).unwrap_or_default();
    for ((label, name), change) in ends.into_iter().zip([moved.saturating_neg(), moved]) {
        let typed = form.fields.get(name).trim().to_owned();
        if typed.is_empty() {
            continue;
        }
        let contract_id = id.to_owned();
        let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
            let account = account_named(ctx, call, &contract_id, "/account", &typed)?;
            get_seat_account(ctx, call, &account)
        };
        // Nobody of that name is refused by the act itself.
        if let Ok(account) = service.read(form.visitor.call.clone(), read).await {
            let after = account.balance.saturating_add(change);
            facts.push((
                label,
                format!("{}（残高 {}）", self::name(&account), words::from_to(words::seats, &account.balance, &after)),
            ));
        }
    }
    facts.push(("席数", format!("{}席", form.fields.shown("seats", Kind::Number))));
    facts.push(("理由", form.fields.shown("reason", Kind::Text)));
    Ok(About::new(page.shell, format!("/contracts/{id}/transfers/new"), facts))
}

async fn send(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let contract_id = id.clone();
    let about = about(&service, &form, &id).await?;
    let sent = form
        .send_sure(&service, MOVE, about, move |ctx, call, cmd: &MoveSeats| {
            let mut cmd = cmd.clone();
            for (pointer, end) in
                [("/from_account_id", &mut cmd.from_account_id), ("/to_account_id", &mut cmd.to_account_id)]
            {
                if let Some(typed) = end.take() {
                    *end = Some(account_named(ctx, call, &contract_id, pointer, &typed)?);
                }
            }
            transfer_seats(ctx, call, &contract_id, &cmd)?;
            Ok(format!("/contracts/{contract_id}/seats?done=moved"))
        })
        .await;
    show::answer(&form, sent, async |sheet| page(&service, &form.visitor, id, sheet).await).await
}
