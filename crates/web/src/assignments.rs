//! 席の割当て: who sits on the seats of a town, and the ways onto and off a seat.
//! The list stands here; assigning, giving back and the waiting list in files of their own.

mod assign;
mod release;
mod waiting;

use crate::contracts::{current, is_ahead};
use crate::errors::Refused;
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::consortium::MemberView;
use app::contracts::ContractView;
use app::seats::accounts::AccountView;
use app::seats::assignments::{NamedAssignmentView, find_assignments};
use app::town::{TownContract, get_town};
use app::{Call, Ctx, Error, Page, Service};
use askama::Template;
use chrono::{DateTime, Utc};
use domain::access::Action;
use domain::clock::japan_date;
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/members/{member_id}/assignments", "page_assignments", list);
    assign::pages(pages);
    release::pages(pages);
    waiting::pages(pages);
}

/// The most that one page of a list shows.
const MOST: i64 = 100;

/// The seats of a town in one contract, for whoever may see who sits there.
struct Desk {
    member: MemberView,
    /// All contracts of the town, for the choice.
    contracts: Vec<TownContract>,
    /// The account looked at; none while the town has no contract.
    account: Option<AccountView>,
    may_assign: bool,
}

impl Desk {
    /// The account, where a page makes no sense without one.
    fn needed(&self) -> Result<AccountView, Error> {
        self.account.clone().ok_or(Error::NotFound)
    }

    /// Whether a contract is the one looked at.
    fn at(&self, contract_id: &str) -> bool {
        self.account.as_ref().is_some_and(|account| account.contract_id == contract_id)
    }

    /// Whether the use of the seats looked at has not begun.
    fn is_ahead(&self, at: &DateTime<Utc>) -> bool {
        self.contract().is_some_and(|contract| is_ahead(&contract.starts_on, at))
    }

    /// Contract of the account looked at; empty without one.
    fn contract_id(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.contract_id)
    }

    /// The contract looked at.
    fn contract(&self) -> Option<&ContractView> {
        self.contracts.iter().map(|item| &item.contract).find(|contract| self.at(&contract.id))
    }

    /// Whether seats can still be given: the contract runs.
    fn runs(&self) -> bool {
        self.contracts.iter().any(|item| self.at(&item.contract.id) && item.contract.state == "active")
    }
}

/// The desk of a town at the contract asked for (by its id or that of the town's account in it), else at the one in
/// whose period of use today lies, else at the newest in force.
fn desk(ctx: &mut Ctx<'_>, call: &Call, member_id: &str, contract_id: Option<&str>) -> Result<Desk, Error> {
    let town = get_town(ctx, call, member_id)?;
    let place = (town.member.consortium_id.as_str(), Some(member_id));
    call.actor.permit(Action::ReadAssignments, place.0, place.1)?;
    let may_assign = call.actor.permit(Action::AssignSeats, place.0, place.1).is_ok();
    let chosen = match contract_id {
        Some(id) => {
            let named = |item: &&TownContract| item.contract.id == id || item.account.id == id;
            Some(town.contracts.iter().find(named).ok_or(Error::NotFound)?)
        }
        None => current(&town.contracts, japan_date(ctx.now)).or_else(|| town.contracts.first()),
    };
    let account = chosen.map(|item| item.account.clone());
    Ok(Desk { member: town.member, account, contracts: town.contracts, may_assign })
}

fn shell(service: &Service, visitor: &Visitor, title: &str, desk: &Desk) -> Shell {
    let town = format!("/members/{}", desk.member.id);
    let shell = Shell::new(service, visitor, title).under(desk.member.name.clone(), town.clone());
    if title == LIST { shell } else { shell.under(LIST, format!("{town}/assignments?contract={}", desk.contract_id())) }
}

const LIST: &str = "席の割当て";

/// How somebody came to a seat.
fn source(word: &str) -> &'static str {
    crate::words::said(crate::words::SOURCES, word)
}

#[derive(Template)]
#[template(path = "assignments/list.html")]
struct ListPage {
    shell: Shell,
    desk: Desk,
    all: bool,
    name: String,
    people: Page<NamedAssignmentView>,
    next: Option<String>,
}

impl ListPage {
    /// What the list is narrowed to and its order, for its file.
    fn filters(&self) -> String {
        let show = if self.all { "all" } else { "now" };
        let given = [("show", show), ("name", self.name.as_str())].into_iter().filter(|(_, value)| !value.is_empty());
        let own: String = given.map(|(name, value)| format!("{name}={}&", show::encode(value))).collect();
        own + &self.shell.asked()
    }
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (contract, all) = (visitor.query_some("contract"), visitor.query("show") == "all");
    let query = visitor.page(Some(MOST));
    let name = visitor.query_some("name").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let wanted = name.clone();
    let (desk, people) = service
        .read(visitor.call.clone(), move |ctx, call| {
            let desk = desk(ctx, call, &id, contract.as_deref())?;
            let people = match &desk.account {
                Some(account) => find_assignments(ctx, call, &account.id, !all, wanted.as_deref(), &query)?,
                None => Page { items: Vec::new(), next_cursor: None },
            };
            Ok((desk, people))
        })
        .await?;
    let next = visitor.next_page(people.next_cursor.as_deref());
    let shell = shell(&service, &visitor, LIST, &desk);
    show::page(&ListPage { shell, desk, all, name: name.unwrap_or_default(), people, next })
}

/// The desk for a page that changes something.
async fn open(service: &Service, visitor: &Visitor, id: &str, contract: Option<String>) -> Result<Desk, Refused> {
    let id = id.to_owned();
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let desk = desk(ctx, call, &id, contract.as_deref())?;
        call.actor.permit(Action::AssignSeats, &desk.member.consortium_id, Some(&id))?;
        desk.needed()?;
        Ok(desk)
    };
    Ok(service.read(visitor.call.clone(), look).await?)
}
