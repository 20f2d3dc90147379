//! Giving seats back: one, several, or the April transfer; always over a page that asks once more.

use super::{Desk, MOST, open, shell};
use crate::errors::Refused;
use crate::fields::{Fields, Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::seats::assignments::{MAX_BULK, NamedAssignmentView, list_assignments};
use app::seats::returns::{ReleaseSeats, release_seats};
use app::{Call, Ctx, Error, PageQuery, Service};
use askama::Template;
use http_kit::Id;

pub(super) fn pages(pages: &mut Pages<'_>) {
    let path = "/members/{member_id}/assignments/release";
    pages.get(path, "page_ask_release_seats", ask).post(path, "page_release_seats", release).get(
        "/members/{member_id}/assignments/transfer",
        "page_april_transfer",
        transfer,
    );
}

const RELEASE: &Spec = &[("assignment_ids", Kind::List), ("reason", Kind::Empty)];

/// Everybody who sits on the seats of an account now, up to what can be given back at once.
fn seated(ctx: &mut Ctx<'_>, call: &Call, account_id: &str) -> Result<Vec<NamedAssignmentView>, Error> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = list_assignments(
            ctx,
            call,
            account_id,
            true,
            &PageQuery { limit: Some(MOST), cursor, ..PageQuery::default() },
        )?;
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || found.len() >= MAX_BULK {
            return Ok(found);
        }
    }
}

#[derive(Template)]
#[template(path = "assignments/release.html")]
struct AskPage {
    shell: Shell,
    desk: Desk,
    sheet: Sheet,
    people: Vec<NamedAssignmentView>,
}

async fn ask_page(
    service: &Service,
    visitor: &Visitor,
    id: &str,
    ids: Vec<String>,
    sheet: Sheet,
) -> Result<AskPage, Refused> {
    let desk = open(service, visitor, id, visitor.query_some("contract")).await?;
    let account = desk.needed()?.id;
    let people = service
        .read(visitor.call.clone(), move |ctx, call| {
            let mut people = seated(ctx, call, &account)?;
            people.retain(|one| ids.contains(&one.assignment.id));
            Ok(people)
        })
        .await?;
    let shell = shell(service, visitor, "席を返却する", &desk);
    Ok(AskPage { shell, desk, sheet, people })
}

async fn ask(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = Fields::parse(visitor.uri.split_once('?').map_or("", |(_, query)| query).as_bytes());
    let ids: Vec<String> = query.all("assignment_ids").map(str::to_owned).collect();
    let mut typed = Fields::default();
    typed.set("reason", query.get("reason"));
    let sheet = Sheet::blank(&visitor).with(typed);
    show::page(&ask_page(&service, &visitor, &id, ids, sheet).await?)
}

async fn release(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    // Hundreds of ticks do not fit into an address: the question comes back as the answer to a form.
    if form.fields.get("_act") == "ask" {
        let ids = form.fields.all("assignment_ids").map(str::to_owned).collect();
        return show::page(&ask_page(&service, &form.visitor, &id, ids, Sheet::typed(&form)).await?);
    }
    let (member, contract) = (id.clone(), form.visitor.query_some("contract"));
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &ReleaseSeats| {
        let account = super::desk(ctx, call, &member, contract.as_deref())?.needed()?;
        release_seats(ctx, call, &account.id, cmd)?;
        Ok(format!("/members/{member}/assignments?contract={}&done=released", account.contract_id))
    };
    let sent = form.send(&service, RELEASE, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            let ids = form.fields.all("assignment_ids").map(str::to_owned).collect();
            show::again(&ask_page(&service, &form.visitor, &id, ids, sheet).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "assignments/transfer.html")]
struct TransferPage {
    shell: Shell,
    desk: Desk,
    people: Vec<NamedAssignmentView>,
}

async fn transfer(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let desk = open(&service, &visitor, &id, visitor.query_some("contract")).await?;
    let account = desk.needed()?.id;
    let people = service.read(visitor.call.clone(), move |ctx, call| seated(ctx, call, &account)).await?;
    let shell = shell(&service, &visitor, "年度替わりの一括返却", &desk);
    show::page(&TransferPage { shell, desk, people })
}
