//! The waiting list of a town: who waits in which place, whom a seat is offered until when, and leaving it.

use super::{Desk, MOST, desk, shell};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::seats::returns::open_offers;
use app::seats::waiting::{NamedWaitingEntryView, list_waiting_entries, withdraw_waiting_entry};
use app::{Call, Ctx, Error, Page, PageQuery, Service};
use askama::Template;
use chrono::{DateTime, Utc};
use http_kit::Id;
use std::collections::HashMap;

pub(super) fn pages(pages: &mut Pages<'_>) {
    let path = "/members/{member_id}/assignments/waiting";
    pages.get(path, "page_waiting_entries", list).post(path, "page_withdraw_waiting_entry", withdraw);
}

#[derive(Template)]
#[template(path = "assignments/waiting.html")]
struct WaitingPage {
    shell: Shell,
    desk: Desk,
    sheet: Sheet,
    people: Page<NamedWaitingEntryView>,
    offers: HashMap<String, DateTime<Utc>>,
    /// Id and name of those for whom a seat is free now, in their order.
    heads: Vec<(String, String)>,
    /// Whom the page asks about: shall this person leave the list?
    leaving: Option<NamedWaitingEntryView>,
    next: Option<String>,
}

impl WaitingPage {
    fn offer(&self, entry_id: &str) -> Option<&DateTime<Utc>> {
        self.offers.get(entry_id)
    }
}

async fn waiting_page(
    service: &Service,
    visitor: &Visitor,
    id: &str,
    sheet: Sheet,
) -> Result<WaitingPage, crate::errors::Refused> {
    let (id, contract) = (id.to_owned(), visitor.query_some("contract"));
    let query = visitor.page(Some(MOST));
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let desk = desk(ctx, call, &id, contract.as_deref())?;
        let account = desk.needed()?.id;
        let people = list_waiting_entries(ctx, call, &account, &query)?;
        let ids: Vec<String> = people.items.iter().map(|one| one.entry.id.clone()).collect();
        let offers = open_offers(ctx, call, &account, &ids)?;
        let heads = if desk.may_assign && desk.runs() { heads(ctx, call, &desk)? } else { Vec::new() };
        Ok((desk, people, offers, heads))
    };
    let (desk, people, offers, heads) = service.read(visitor.call.clone(), look).await?;
    let leave = visitor.query("leave");
    let leaving = people.items.iter().find(|one| desk.may_assign && one.entry.id == leave).cloned();
    let next = visitor.next_page(people.next_cursor.as_deref());
    let shell = shell(service, visitor, "順番待ち", &desk);
    Ok(WaitingPage { shell, desk, sheet, people, offers, heads, leaving, next })
}

/// The first of the list, as many as seats are free.
fn heads(ctx: &mut Ctx<'_>, call: &Call, desk: &Desk) -> Result<Vec<(String, String)>, Error> {
    let account = desk.needed()?;
    if account.free <= 0 || account.waiting == 0 {
        return Ok(Vec::new());
    }
    let query = PageQuery { limit: Some(MOST), ..PageQuery::default() };
    let mut first = list_waiting_entries(ctx, call, &account.id, &query)?.items;
    first.retain(|one| one.entry.position.is_some_and(|position| position <= account.free));
    Ok(first.into_iter().map(|one| (one.entry.user_id, one.display_name)).collect())
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&waiting_page(&service, &visitor, &id, Sheet::blank(&visitor)).await?)
}

async fn withdraw(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let (member, contract) = (id.clone(), form.visitor.query_some("contract"));
    let entry = form.fields.get("entry_id").to_owned();
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        let desk = desk(ctx, call, &member, contract.as_deref())?;
        withdraw_waiting_entry(ctx, call, &entry)?;
        Ok(format!("/members/{member}/assignments/waiting?contract={}&done=withdrawn", desk.contract_id()))
    };
    match form.submit(&service, act).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&waiting_page(&service, &form.visitor, &id, sheet).await?)
        }
    }
}
