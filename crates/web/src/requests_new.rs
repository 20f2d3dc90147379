//! A town asks for more seats: it sees the price effect first, then submits; corrects what came back; takes it back.
//! The list and the decision of the lead stand elsewhere.

use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::requests::{self as area, PreviewSeats, PriceEffect, RequestSeats, RequestView, ResubmitRequest};
use app::{Call, Ctx, Error, Service};
use askama::Template;
use domain::access::Action;
use http_kit::{Id, Problem};

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/contracts/{contract_id}/seat-requests/new", "page_new_seat_request", new)
        .post("/contracts/{contract_id}/seat-requests/new", "page_submit_seat_request", submit)
        .get("/seat-requests/{request_id}/edit", "page_edit_seat_request", edit)
        .post("/seat-requests/{request_id}/edit", "page_resubmit_seat_request", resubmit)
        .get("/seat-requests/{request_id}/withdraw", "page_ask_withdraw_seat_request", ask_withdraw)
        .post("/seat-requests/{request_id}/withdraw", "page_withdraw_seat_request", withdraw);
}

const PREVIEW: &Spec = &[("member_id", Kind::Text), ("seats", Kind::Number)];
const REQUEST: &Spec = &[("member_id", Kind::Text), ("seats", Kind::Number), ("reason", Kind::Empty)];
const CORRECTED: &Spec = &[("seats", Kind::Number), ("reason", Kind::Empty)];

/// What stands around a request that is written.
struct Around {
    contract: app::contracts::ContractView,
    member_id: String,
    member_name: String,
    /// Seats of the town that nobody uses.
    free: i64,
}

#[derive(Template)]
#[template(path = "requests_new/form.html")]
struct FormPage {
    shell: Shell,
    around: Around,
    /// Where the form is sent, and where seats are tried out.
    action: String,
    sheet: Sheet,
    effect: Option<PriceEffect>,
    returned: Option<String>,
}

/// The contract and the town for which the visitor asks.
fn around(ctx: &mut Ctx<'_>, call: &Call, contract_id: &str, member: Option<&str>) -> Result<Around, Error> {
    let contract = app::contracts::get_contract(ctx, call, contract_id)?;
    let own = member.or_else(|| call.actor.own_town(Action::RequestSeats, &contract.consortium_id));
    let member_id = own.ok_or(Error::Forbidden)?.to_owned();
    call.actor.permit(Action::RequestSeats, &contract.consortium_id, Some(&member_id))?;
    let member_name = app::consortium::get_member(ctx, call, &member_id)?.name;
    let own = app::seats::accounts::seat_account_of_town(ctx, call, &contract.id, &member_id)?;
    let free = own.map_or(0, |account| account.free);
    Ok(Around { contract, member_id, member_name, free })
}

fn shell(service: &Service, visitor: &Visitor, title: &str, around: &Around) -> Shell {
    Shell::new(service, visitor, title).under(around.member_name.clone(), format!("/members/{}", around.member_id))
}

/// What the seats that were typed would cost; a refusal belongs to the field.
async fn preview(
    service: &Service,
    visitor: &Visitor,
    contract_id: &str,
    fields: &Fields,
) -> Result<PriceEffect, Problem> {
    let cmd: PreviewSeats = crate::form::command(fields, PREVIEW)?;
    let id = contract_id.to_owned();
    let look = move |ctx: &mut Ctx<'_>, call: &Call| area::preview_seat_request(ctx, call, &id, &cmd);
    Ok(service.read(visitor.call.clone(), look).await?)
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let around = service.read(visitor.call.clone(), move |ctx, call| around(ctx, call, &id, None)).await?;
    let action = format!("/contracts/{}/seat-requests/new", around.contract.id);
    let mut typed = Fields::default();
    for name in ["seats", "reason"] {
        if let Some(value) = visitor.typed(name) {
            typed.set(name, value);
        }
    }
    tried(&service, &visitor, around, action, typed, Sheet::blank(&visitor), None).await
}

/// The form with the effect of the seats in the query, or why there is none.
async fn tried(
    service: &Service,
    visitor: &Visitor,
    around: Around,
    action: String,
    mut typed: Fields,
    sheet: Sheet,
    returned: Option<String>,
) -> Shown {
    typed.set("member_id", around.member_id.clone());
    let title = if returned.is_some() { "追加配分の申請を直す" } else { "追加配分を申請する" };
    let shell = shell(service, visitor, title, &around);
    if typed.all("seats").next().is_none() {
        return show::page(&FormPage { shell, around, action, sheet: sheet.with(typed), effect: None, returned });
    }
    match preview(service, visitor, &around.contract.id, &typed).await {
        Ok(effect) => {
            let effect = Some(effect);
            show::page(&FormPage { shell, around, action, sheet: sheet.with(typed), effect, returned })
        }
        Err(problem) => {
            let mut refused = Sheet::refused_open(&typed, problem)?;
            (refused.csrf, refused.version) = (sheet.csrf, sheet.version);
            let sheet = refused;
            show::again(&FormPage { shell, around, action, sheet, effect: None, returned })
        }
    }
}

/// Whether seats are only tried out, with a reason that was typed before.
fn tries(form: &Form) -> bool {
    form.fields.get("_act") == "try"
}

async fn submit(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    if tries(&form) {
        let around = service.read(form.visitor.call.clone(), move |ctx, call| around(ctx, call, &id, None)).await?;
        let action = format!("/contracts/{}/seat-requests/new", around.contract.id);
        let typed = form.fields.clone();
        return tried(&service, &form.visitor, around, action, typed, Sheet::typed(&form), None).await;
    }
    let contract = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &RequestSeats| {
        let made = area::submit_seat_request(ctx, call, &contract, cmd)?;
        Ok(format!("/seat-requests/{}?done=submitted", made.id))
    };
    let sent = form.send(&service, REQUEST, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            let around = service.read(form.visitor.call.clone(), move |ctx, call| around(ctx, call, &id, None)).await?;
            let action = format!("/contracts/{}/seat-requests/new", around.contract.id);
            again(&service, &form, around, action, sheet, None).await
        }
    }
}

async fn again(
    service: &Service,
    form: &Form,
    around: Around,
    action: String,
    sheet: Sheet,
    returned: Option<String>,
) -> Shown {
    let mut typed = form.fields.clone();
    typed.set("member_id", around.member_id.clone());
    let effect = preview(service, &form.visitor, &around.contract.id, &typed).await.ok();
    let shell = shell(service, &form.visitor, "追加配分を申請する", &around);
    show::again(&FormPage { shell, around, action, sheet, effect, returned })
}

/// A request of a town with what stands around it, for who may act on it.
async fn own(service: &Service, visitor: &Visitor, id: &str) -> Result<(RequestView, Around), Refused> {
    let id = id.to_owned();
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let request = area::get_seat_request(ctx, call, &id)?;
        let around = around(ctx, call, &request.contract_id, Some(&request.member_id))?;
        Ok((request, around))
    };
    Ok(service.read(visitor.call.clone(), look).await?)
}

async fn edit(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (request, around) = own(&service, &visitor, &id).await?;
    if request.state != "returned" {
        return Ok(show::to(&format!("/seat-requests/{id}")));
    }
    let mut typed = Fields::default();
    typed.set("seats", visitor.typed("seats").unwrap_or_else(|| request.seats.to_string()));
    typed.set("reason", visitor.query_some("reason").unwrap_or_else(|| request.reason.clone()));
    let mut sheet = Sheet::blank(&visitor);
    sheet.version = request.version.to_string();
    let why = Some(request.decision_reason.unwrap_or_default());
    tried(&service, &visitor, around, format!("/seat-requests/{id}/edit"), typed, sheet, why).await
}

async fn resubmit(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    if tries(&form) {
        let (request, around) = own(&service, &form.visitor, &id).await?;
        let why = Some(request.decision_reason.unwrap_or_default());
        let action = format!("/seat-requests/{id}/edit");
        let typed = form.fields.clone();
        return tried(&service, &form.visitor, around, action, typed, Sheet::typed(&form), why).await;
    }
    let request = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &ResubmitRequest| {
        area::resubmit_seat_request(ctx, call, &request, cmd)?;
        Ok(format!("/seat-requests/{request}?done=submitted"))
    };
    let sent = form.send(&service, CORRECTED, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            let (request, around) = own(&service, &form.visitor, &id).await?;
            let why = Some(request.decision_reason.unwrap_or_default());
            again(&service, &form, around, format!("/seat-requests/{id}/edit"), sheet, why).await
        }
    }
}

#[derive(Template)]
#[template(path = "requests_new/withdraw.html")]
struct WithdrawPage {
    shell: Shell,
    sheet: Sheet,
    request: RequestView,
}

async fn ask_withdraw(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (request, around) = own(&service, &visitor, &id).await?;
    let shell = shell(&service, &visitor, "追加配分の申請を取り下げる", &around);
    show::page(&WithdrawPage { shell, sheet: Sheet::blank(&visitor), request })
}

async fn withdraw(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let request = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        area::withdraw_seat_request(ctx, call, &request)?;
        Ok(format!("/seat-requests/{request}?done=withdrawn"))
    };
    match form.submit(&service, act).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            let (request, around) = own(&service, &form.visitor, &id).await?;
            let shell = shell(&service, &form.visitor, "追加配分の申請を取り下げる", &around);
            show::again(&WithdrawPage { shell, sheet, request })
        }
    }
}
