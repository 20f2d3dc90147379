//! Writing an entry call: new, and its draft again until it is opened.

use super::{Desk, below, desk};
use crate::contracts::{current, is_ahead};
use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Read, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::entries::calls::{DraftEntryCall, create_entry_call, edit_entry_call};
use app::town::{TownView, get_town};
use app::{Call, Ctx, Error, Service};
use askama::Template;
use domain::access::Action;
use domain::clock::japan_date;
use http_kit::{Id, Problem, json};
use serde_json::{Value, json};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/members/{member_id}/entry-calls/new", "page_new_entry_call", new)
        .post("/members/{member_id}/entry-calls/new", "page_create_entry_call", create)
        .get("/entry-calls/{call_id}/edit", "page_edit_entry_call", edit)
        .post("/entry-calls/{call_id}/edit", "page_change_entry_call", change);
}

const DRAFT: &Spec = &[
    ("title", Kind::Text),
    ("guidance", Kind::Empty),
    ("capacity", Kind::Number),
    ("policy", Kind::Text),
    ("questions/*/id", Kind::Text),
    ("questions/*/text", Kind::Text),
    ("questions/*/required", Kind::Flag),
    ("closes_on", Kind::Date),
];
/// Empty rows that a form offers, and that 「質問を追加」 adds.
const SPARE: usize = 2;
/// The service takes ten questions.
const MOST: usize = 10;

/// The command; questions get their ids here, because no answer names them before the call opens.
fn command(form: &Form) -> Result<Read<DraftEntryCall>, Problem> {
    let mut fields = form.fields.clone();
    for row in fields.rows("questions") {
        fields.set(&format!("questions/{row}/id"), format!("q{}", row.saturating_add(1)));
    }
    let mut value = fields.json(DRAFT);
    if let Value::Object(object) = &mut value {
        object.entry("questions").or_insert_with(|| json!([]));
    }
    json::form(value)
}

#[derive(Template)]
#[template(path = "entries/form.html")]
struct FormPage {
    shell: Shell,
    action: String,
    sheet: Sheet,
    /// Contracts to choose from (value, label); empty when there is nothing to choose.
    contracts: Vec<(String, String)>,
    /// Seats of the account and the free ones among them.
    seats: (i64, i64),
    is_new: bool,
}

impl FormPage {
    /// How many seats there are, where the contract is known.
    fn capacity_hint(&self) -> String {
        let (balance, free) = self.seats;
        let bound = if self.contracts.len() > 1 {
            "選んだ契約の席数以下にしてください。".to_owned()
        } else {
            format!("持っている席は{balance}席（いまの空きは{free}席）です。持っている席以下にしてください。")
        };
        bound + "空きより多く募集すると、選ばれても席が空くまで待つ人が出ます。"
    }

    fn rows(&self) -> Vec<usize> {
        let mut rows = self.sheet.rows("questions", SPARE);
        rows.truncate(MOST);
        rows
    }
}

async fn town(service: &Service, visitor: &Visitor, id: &str) -> Result<TownView, Refused> {
    let id = id.to_owned();
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let town = get_town(ctx, call, &id)?;
        call.actor.permit(Action::ManageEntryCalls, &town.member.consortium_id, Some(&id))?;
        Ok(town)
    };
    Ok(service.read(visitor.call.clone(), look).await?)
}

fn new_page(service: &Service, visitor: &Visitor, town: TownView, sheet: Sheet) -> FormPage {
    let place = format!("/members/{}", town.member.id);
    let shell = Shell::new(service, visitor, "募集を作る")
        .under(town.member.name, place.clone())
        .under("受講者の募集", format!("{place}/entry-calls"));
    let running = town.contracts.into_iter().filter(|item| item.contract.state == "active");
    let running: Vec<_> = running.collect();
    let seats = running.first().map_or((0, 0), |item| (item.account.balance, item.account.free));
    let at = shell.at;
    let label = |item: app::town::TownContract| {
        let ahead = if is_ahead(&item.contract.starts_on, &at) { "・利用開始前" } else { "" };
        let (balance, free) = (item.account.balance, item.account.free);
        (item.account.id, format!("{}（{balance}席・空き{free}席{ahead}）", item.round.title))
    };
    let contracts = running.into_iter().map(label).collect();
    FormPage { shell, action: format!("{place}/entry-calls/new"), sheet, contracts, seats, is_new: true }
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let town = town(&service, &visitor, &id).await?;
    let mut suggested = Fields::default();
    suggested.set("policy", "selection");
    if let Some(item) = current(&town.contracts, japan_date(service.env().clock.now())) {
        suggested.set("account_id", item.account.id.clone());
    }
    show::page(&new_page(&service, &visitor, town, Sheet::blank(&visitor).with(suggested)))
}

async fn create(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    if !form.fields.get("_more").is_empty() {
        let town = town(&service, &form.visitor, &id).await?;
        return show::page(&new_page(&service, &form.visitor, town, Sheet::typed(&form)));
    }
    let account = form.fields.get("account_id").to_owned();
    let sent = match command(&form) {
        Ok(read) => {
            let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &DraftEntryCall| {
                let made = create_entry_call(ctx, call, &account, cmd)?;
                Ok(format!("/entry-calls/{}/applications?done=saved", made.id))
            };
            form.run(&service, read, act).await
        }
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            let town = town(&service, &form.visitor, &id).await?;
            show::again(&new_page(&service, &form.visitor, town, sheet))
        }
    }
}

async fn drafted(service: &Service, visitor: &Visitor, id: &str) -> Result<(Desk, (i64, i64)), Refused> {
    let id = id.to_owned();
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let desk = desk(ctx, call, &id)?;
        if !desk.may_manage {
            return Err(Error::Forbidden);
        }
        let account = app::seats::accounts::get_seat_account(ctx, call, &desk.call.account_id)?;
        Ok((desk, (account.balance, account.free)))
    };
    Ok(service.read(visitor.call.clone(), look).await?)
}

fn edit_page(service: &Service, visitor: &Visitor, (desk, seats): (Desk, (i64, i64)), sheet: Sheet) -> FormPage {
    let shell = below(service, visitor, "募集の下書きを直す", &desk);
    let action = format!("/entry-calls/{}/edit", desk.call.id);
    FormPage { shell, action, sheet, contracts: Vec::new(), seats, is_new: false }
}

async fn edit(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let found = drafted(&service, &visitor, &id).await?;
    if found.0.call.state != "draft" {
        return Ok(show::to(&format!("/entry-calls/{id}/applications")));
    }
    let sheet = Sheet::editing(&visitor, &found.0.call, found.0.call.version);
    show::page(&edit_page(&service, &visitor, found, sheet))
}

async fn change(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    if !form.fields.get("_more").is_empty() {
        let found = drafted(&service, &form.visitor, &id).await?;
        return show::page(&edit_page(&service, &form.visitor, found, Sheet::typed(&form)));
    }
    let call_id = id.clone();
    let sent = match command(&form) {
        Ok(read) => {
            let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &DraftEntryCall| {
                edit_entry_call(ctx, call, &call_id, cmd)?;
                Ok(format!("/entry-calls/{call_id}/applications?done=saved"))
            };
            form.run(&service, read, act).await
        }
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let stale = problem.code() == "stale";
            let mut sheet = Sheet::refused(&form, problem)?;
            let found = drafted(&service, &form.visitor, &id).await?;
            if stale {
                sheet = sheet.beside(&found.0.call, found.0.call.version);
            }
            show::again(&edit_page(&service, &form.visitor, found, sheet))
        }
    }
}
