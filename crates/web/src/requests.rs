//! Requests for more seats (追加配分の申請): the inbox, one with its price effect, and the lead's decision.
//! Asking for seats and taking a request back stand elsewhere; a town corrects its own request here.

use crate::confirm::About;
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::rounds::seen;
use crate::seats::account_named;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::towns::Towns;
use crate::visitor::Visitor;
use actix_web::HttpResponse;
use actix_web::web::Data;
use app::contracts::ContractView;
use app::part::Part;
use app::requests::decide::{self, ApproveRequest, DecideRequest};
use app::requests::{self as area, PreviewSeats, PriceEffect, RequestView, ResubmitRequest};
use app::seats::accounts::{self, AccountView};
use app::{Page, Service};
use askama::Template;
use domain::access::Action;
use domain::requests::RequestState;
use http_kit::{Id, Problem};
use std::collections::HashMap;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/consortia/{consortium_id}/seat-requests", "page_seat_requests", list)
        .get("/seat-requests/{request_id}", "page_seat_request", one)
        .post("/seat-requests/{request_id}/approve", "page_approve_seat_request", approve)
        .post("/seat-requests/{request_id}/decline", "page_decline_seat_request", decline)
        .post("/seat-requests/{request_id}/return", "page_return_seat_request", give_back)
        .post("/seat-requests/{request_id}/resubmit", "page_resubmit_seat_request", resubmit);
}

const APPROVE: &Spec =
    &[("source", Kind::Text), ("seats", Kind::Number), ("reason", Kind::Text), ("from_account_id", Kind::Text)];
const DECIDE: &Spec = &[("reason", Kind::Text)];
const RESUBMIT: &Spec = &[("seats", Kind::Number), ("reason", Kind::Text)];

/// The chip of a state.
fn state(word: &str) -> (&'static str, &'static str) {
    match RequestState::parse(word) {
        Some(state @ RequestState::Submitted) => ("now", state.label()),
        Some(state @ RequestState::Returned) => ("warn", state.label()),
        Some(state @ RequestState::Approved) => ("good", state.label()),
        Some(state @ RequestState::Declined) => ("bad", state.label()),
        Some(state @ RequestState::Withdrawn) => ("", state.label()),
        None => ("", "不明"),
    }
}

/// 予備席, 他の団体の遊休席 or 追加発注: where granted seats come from.
pub(crate) fn source(word: &str) -> &'static str {
    match word {
        "reserve" => "予備席",
        "idle" => "他の団体の遊休席",
        "order" => "追加発注",
        _ => "不明",
    }
}

#[derive(Template)]
#[template(path = "requests/list.html")]
struct ListPage {
    shell: Shell,
    consortium_id: String,
    requests: Page<RequestView>,
    next: Option<String>,
    names: HashMap<String, String>,
    filter: String,
    states: Vec<(&'static str, &'static str)>,
    decides: bool,
    /// Contracts in which the visitor may ask for seats: id and number.
    asks: Vec<(String, String)>,
}

impl ListPage {
    fn name(&self, member_id: &str) -> &str {
        self.names.get(member_id).map_or("―", String::as_str)
    }
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = visitor.page(None);
    let filter = visitor.query("state");
    let wanted = RequestState::parse(&filter).map(RequestState::as_str);
    let consortium_id = id.clone();
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let requests = area::list_consortium_seat_requests(ctx, call, &id, wanted, &query)?;
        let mut towns: Vec<String> = requests.items.iter().map(|request| request.member_id.clone()).collect();
        towns.sort_unstable();
        towns.dedup();
        let names = app::consortium::member_names(ctx, call, &id, &towns)?;
        let asks = match call.actor.own_town(Action::RequestSeats, &id) {
            Some(town) => app::town::get_town(ctx, call, town)?.contracts,
            None => Vec::new(),
        };
        Ok((requests, names, asks))
    };
    let (requests, names, asks) = service.read(visitor.call.clone(), read).await?;
    let next = visitor.next_page(requests.next_cursor.as_deref());
    let decides = visitor.may(Action::DecideRequests, &consortium_id, None);
    let states = RequestState::ALL.iter().map(|state| (state.as_str(), state.label())).collect();
    let shell = Shell::new(&service, &visitor, "追加配分の申請");
    let active = asks.into_iter().filter(|one| one.contract.state == "active");
    let asks = active.map(|one| (one.contract.id, one.contract.number)).collect();
    show::page(&ListPage { shell, consortium_id, requests, next, names, filter, states, decides, asks })
}

#[derive(Template)]
#[template(path = "requests/one.html")]
struct OnePage {
    shell: Shell,
    sheet: Sheet,
    request: RequestView,
    contract: ContractView,
    town: String,
    /// The town's account now; none for who may not see it.
    account: Option<AccountView>,
    /// What the request would do now; none once it is decided or the contract has ended.
    now: Option<PriceEffect>,
    /// Accounts of other towns with free seats; none for those who see one town.
    givers: Vec<AccountView>,
    decides: bool,
    asks: bool,
}

impl OnePage {
    fn is(&self, states: &[&str]) -> bool {
        states.contains(&self.request.state.as_str())
    }

    /// What it does to the price: now while it is open, else as it was when it was submitted.
    fn effect(&self) -> &PriceEffect {
        self.now.as_ref().unwrap_or(&self.request.price_effect)
    }

    /// Whether it was granted by an order: its effect is that of the order.
    fn ordered(&self) -> bool {
        self.request.source.as_deref() == Some("order")
    }

    /// What an order was to cost when it was submitted, where that is another amount now.
    fn once(&self) -> Option<i64> {
        let then = self.request.price_effect.order_yen;
        self.now.as_ref().filter(|now| now.order_yen != then).map(|_| then)
    }

    /// Seats that the reserve has, where they are fewer than were asked for.
    fn part_of_reserve(&self) -> Option<i64> {
        let reserve = self.effect().reserve_seats;
        Some(reserve).filter(|reserve| (1..self.request.seats).contains(reserve))
    }

    /// The choice of who gives.
    fn towns(&self) -> Towns {
        let name = |giver: &AccountView| giver.member_name.clone().unwrap_or_default();
        let option = |giver: &AccountView| (giver.id.clone(), format!("{}（空き{}席）", name(giver), giver.free));
        Towns::listed(self.givers.iter().map(option).collect(), false)
    }
}

async fn page(service: &Service, visitor: &Visitor, id: String, sheet: Option<Sheet>) -> Result<OnePage, Refused> {
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let request = area::get_seat_request(ctx, call, &id)?;
        let contract = app::contracts::get_contract(ctx, call, &request.contract_id)?;
        let town = app::consortium::get_member(ctx, call, &request.member_id)?.name;
        let decides = call.actor.permit(Action::DecideRequests, &contract.consortium_id, None).is_ok();
        let own = seen(accounts::seat_account_of_town(ctx, call, &contract.id, &request.member_id))?.flatten();
        let open = ["submitted", "returned"].contains(&request.state.as_str());
        let mut givers = Vec::new();
        if decides && open {
            let all = accounts::show_seat_accounts(ctx, call, &contract.id, &Part::whole())?.towns.items;
            let gives = |one: &AccountView| one.free > 0 && one.member_id.as_ref() != Some(&request.member_id);
            givers.extend(all.into_iter().filter(gives));
        }
        let now = if open { effect_of(ctx, call, &request, request.seats)? } else { None };
        Ok((request, contract, town, decides, own, now, givers))
    };
    let (request, contract, town, decides, account, now, givers) = service.read(visitor.call.clone(), read).await?;
    let asks = visitor.may(Action::RequestSeats, &contract.consortium_id, Some(&request.member_id));
    let sheet = sheet.unwrap_or_else(|| {
        // What costs nothing comes first, as many seats as there are of it.
        let reserve = now.as_ref().unwrap_or(&request.price_effect).reserve_seats;
        let (source, seats) =
            if reserve > 0 { ("reserve", reserve.min(request.seats)) } else { ("order", request.seats) };
        let seats = if request.state == "returned" { request.seats } else { seats };
        let blank = Sheet::blank(visitor).set("seats", seats.to_string()).set("source", source);
        if request.state == "returned" { blank.set("reason", request.reason.clone()) } else { blank }
    });
    let shell = Shell::new(service, visitor, format!("{town}の追加配分の申請"))
        .under("追加配分の申請", format!("/consortia/{}/seat-requests", contract.consortium_id));
    Ok(OnePage { shell, sheet, request, contract, town, account, now, givers, decides, asks })
}

/// What so many seats would do to the price now; none where there is no price for them.
fn effect_of(
    ctx: &mut app::Ctx<'_>,
    call: &app::Call,
    request: &RequestView,
    seats: i64,
) -> Result<Option<PriceEffect>, app::Error> {
    let cmd = PreviewSeats { member_id: request.member_id.clone(), seats };
    match area::preview_seat_request(ctx, call, &request.contract_id, &cmd) {
        Err(app::Error::Invalid(_) | app::Error::Rule(_)) => Ok(None),
        effect => effect.map(Some),
    }
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&page(&service, &visitor, id, None).await?)
}

async fn again(service: &Service, form: &Form, id: String, sent: Result<HttpResponse, Problem>) -> Shown {
    show::answer(form, sent, async |sheet| page(service, &form.visitor, id, Some(sheet)).await).await
}

/// What is asked about once more before a decision.
async fn about(service: &Service, form: &Form, id: &str) -> Result<About, Refused> {
    if form.is_sure() {
        return Ok(About::default());
    }
    let page = page(service, &form.visitor, id.to_owned(), None).await?;
    form.visitor.permit(Action::DecideRequests, &page.contract.consortium_id, None)?;
    let typed = |name: &str, kind: Kind| form.fields.shown(name, kind);
    let mut facts = vec![("団体", page.town.clone()), ("申請の席数", crate::words::seats(&page.request.seats))];
    if form.visitor.call.operation == "page_approve_seat_request" {
        facts.push(("認める席数", format!("{}席", typed("seats", Kind::Number))));
        let chosen = typed("source", Kind::Text);
        facts.push(("席をどこから出すか", source(&chosen).to_owned()));
        let named = form.fields.get("from_account_id").trim();
        let is_named = |giver: &&AccountView| giver.id == named || giver.member_name.as_deref() == Some(named);
        let giver = page.givers.iter().find(is_named);
        if let Some(giver) = giver.filter(|_| chosen == "idle") {
            facts.push(("席を出す団体", giver.member_name.clone().unwrap_or_default()));
        }
        let seats = domain::typed::read_number(form.fields.get("seats")).unwrap_or_default();
        if let Some(account) = &page.account {
            let after = account.balance.saturating_add(seats);
            facts.push(("団体の席の残高", crate::words::from_to(crate::words::seats, &account.balance, &after)));
        }
        let request = page.request.clone();
        let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| effect_of(ctx, call, &request, seats);
        let effect = service.read(form.visitor.call.clone(), read).await?;
        match effect.filter(|_| chosen == "order") {
            Some(effect) => {
                let total = crate::words::from_to(crate::words::yen, &effect.total_before_yen, &effect.total_after_yen);
                facts.push(("契約金額（税込）", total));
                facts.push(("申請した団体の追加の支払い（契約金額の差、税込）", crate::words::yen(&effect.order_yen)));
            }
            None => facts.push(("追加の支払い", "ありません".to_owned())),
        }
    }
    facts.push(("理由", typed("reason", Kind::Text)));
    Ok(About::new(page.shell, format!("/seat-requests/{id}"), facts))
}

/// The seats of a request in a list: those that were granted, with those asked for where they differ.
pub(crate) fn seats(request: &RequestView) -> String {
    match request.granted_seats {
        Some(granted) if granted != request.seats => {
            format!("{}（申請 {}）", crate::words::seats(&granted), crate::words::seats(&request.seats))
        }
        _ => crate::words::seats(&request.seats),
    }
}

/// What a request costs the town, in a list.
fn cost(request: &RequestView) -> String {
    match request.source.as_deref() {
        Some("reserve" | "idle") => "なし".to_owned(),
        _ => crate::words::yen(&request.price_effect.order_yen),
    }
}

async fn approve(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let request_id = id.clone();
    let about = about(&service, &form, &id).await?;
    let sent = form
        .send_sure(&service, APPROVE, about, move |ctx, call, cmd: &ApproveRequest| {
            let mut cmd = cmd.clone();
            if let Some(typed) = cmd.from_account_id.take() {
                let contract = area::get_seat_request(ctx, call, &request_id)?.contract_id;
                cmd.from_account_id = Some(account_named(ctx, call, &contract, "/from_account_id", &typed)?);
            }
            decide::approve_seat_request(ctx, call, &request_id, &cmd)?;
            Ok(format!("/seat-requests/{request_id}?done=approved"))
        })
        .await;
    again(&service, &form, id, sent).await
}

async fn decline(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let request_id = id.clone();
    let about = about(&service, &form, &id).await?;
    let sent = form
        .send_sure(&service, DECIDE, about, move |ctx, call, cmd: &DecideRequest| {
            decide::decline_seat_request(ctx, call, &request_id, cmd)?;
            Ok(format!("/seat-requests/{request_id}?done=declined"))
        })
        .await;
    again(&service, &form, id, sent).await
}

async fn give_back(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let request_id = id.clone();
    let sent = form
        .send(&service, DECIDE, move |ctx, call, cmd: &DecideRequest| {
            decide::return_seat_request(ctx, call, &request_id, cmd)?;
            Ok(format!("/seat-requests/{request_id}?done=returned"))
        })
        .await;
    again(&service, &form, id, sent).await
}

async fn resubmit(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let request_id = id.clone();
    let sent = form
        .send(&service, RESUBMIT, move |ctx, call, cmd: &ResubmitRequest| {
            area::resubmit_seat_request(ctx, call, &request_id, cmd)?;
            Ok(format!("/seat-requests/{request_id}?done=submitted"))
        })
        .await;
    again(&service, &form, id, sent).await
}
