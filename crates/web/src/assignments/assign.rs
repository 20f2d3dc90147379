//! Seating people of the town: tick one or several; all of them get a seat, or nobody does.

use super::{Desk, MOST, desk, shell};
use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::accounts::{StaffQuery, StaffRole, UserView, list_users};
use app::seats::assignments::{AssignSeat, AssignSeats, BulkMode, assign_seat, assign_seats};
use app::seats::returns::seated_people;
use app::{Call, Ctx, Page, Service};
use askama::Template;
use domain::access::Action;
use http_kit::Id;
use serde::Deserialize;
use std::collections::HashSet;

pub(super) fn pages(pages: &mut Pages<'_>) {
    let path = "/members/{member_id}/assignments/new";
    pages.get(path, "page_new_assignments", new).post(path, "page_assign_seats", assign);
}

const PEOPLE: &Spec = &[("user_ids", Kind::List)];

/// Who was ticked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ticked {
    user_ids: Vec<String>,
}

#[derive(Template)]
#[template(path = "assignments/new.html")]
struct NewPage {
    shell: Shell,
    desk: Desk,
    sheet: Sheet,
    people: Page<UserView>,
    seated: HashSet<String>,
    next: Option<String>,
    /// The people ticked in the form that was refused, in their order.
    ticked: Vec<String>,
}

impl NewPage {
    /// The name under which a refusal speaks of somebody who was ticked.
    fn name(&self, user: &UserView) -> String {
        let at = self.ticked.iter().position(|id| *id == user.id);
        at.map_or_else(|| format!("user-{}", user.id), |at| format!("user_ids/{at}"))
    }

    /// Whether nobody on the page can be given a seat.
    fn all_seated(&self) -> bool {
        self.people.items.iter().all(|user| self.is_seated(user))
    }

    fn is_seated(&self, user: &UserView) -> bool {
        self.seated.contains(&user.id)
    }
}

async fn new_page(service: &Service, visitor: &Visitor, id: &str, sheet: Sheet) -> Result<NewPage, Refused> {
    let (id, contract, page) = (id.to_owned(), visitor.query_some("contract"), visitor.page(Some(MOST)));
    let look = move |ctx: &mut Ctx<'_>, call: &Call| {
        let desk = desk(ctx, call, &id, contract.as_deref())?;
        call.actor.permit(Action::AssignSeats, &desk.member.consortium_id, Some(&id))?;
        let query = StaffQuery {
            role: Some(StaffRole::Learner),
            member_id: Some(id.clone()),
            limit: page.limit,
            cursor: page.cursor.clone(),
            sort: page.sort.clone(),
            filters: page.filters.clone(),
        };
        let mut people = list_users(ctx, call, &desk.member.consortium_id, &query)?;
        people.items.retain(|user| user.state != "disabled");
        let ids: Vec<String> = people.items.iter().map(|user| user.id.clone()).collect();
        let seated = seated_people(ctx, call, &desk.needed()?.id, &ids)?;
        Ok((desk, people, seated))
    };
    let (desk, people, seated) = service.read(visitor.call.clone(), look).await?;
    let next = visitor.next_page(people.next_cursor.as_deref());
    let shell = shell(service, visitor, "席を割り当てる", &desk);
    Ok(NewPage { shell, desk, sheet, people, seated, next, ticked: Vec::new() })
}

async fn new(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&new_page(&service, &visitor, &id, Sheet::blank(&visitor)).await?)
}

async fn assign(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let (member, contract) = (id.clone(), form.visitor.query_some("contract"));
    let sent = match form.command::<Ticked>(PEOPLE) {
        Ok(Ticked { user_ids }) => {
            let act = move |ctx: &mut Ctx<'_>, call: &Call| {
                let desk = desk(ctx, call, &member, contract.as_deref())?;
                let account = desk.needed()?;
                if let [user_id] = user_ids.as_slice() {
                    assign_seat(ctx, call, &account.id, &AssignSeat { user_id: user_id.clone() })?;
                } else {
                    let cmd = AssignSeats { user_ids: user_ids.clone(), mode: BulkMode::All };
                    assign_seats(ctx, call, &account.id, &cmd)?;
                }
                Ok(format!("/members/{member}/assignments?contract={}&done=assigned", account.contract_id))
            };
            form.submit(&service, act).await
        }
        Err(problem) => Err(problem),
    };
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            let mut page = new_page(&service, &form.visitor, &id, sheet).await?;
            page.ticked = form.fields.all("user_ids").map(str::to_owned).collect();
            show::again(&page)
        }
    }
}
