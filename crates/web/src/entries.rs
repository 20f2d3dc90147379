//! 受講者の募集, from the town's side: the list of calls; drafts, applicants and the selection in files of their own.
//! Applying, and what the applicant sees, stand elsewhere.

mod applicants;
mod draft;
mod selection;
mod steps;

use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::consortium::MemberView;
use app::entries::calls::{EntryCallView, SelectionPolicy, get_entry_call, list_town_calls};
use app::{Call, Ctx, Error, Page, Service};
use askama::Template;
use domain::access::Action;
use domain::entries::{ApplicationState, CallState};
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/members/{member_id}/entry-calls", "page_entry_calls", list);
    draft::pages(pages);
    applicants::pages(pages);
    steps::pages(pages);
    selection::pages(pages);
}

/// The states of a call, for the filter of a list.
pub(crate) const CALL_STATES: &[(&str, &str)] = &{
    use CallState::{Closed, Draft, Open, Selected};
    [
        (Draft.as_str(), Draft.label()),
        (Open.as_str(), Open.label()),
        (Closed.as_str(), Closed.label()),
        (Selected.as_str(), Selected.label()),
    ]
};
/// The states of an application.
pub(crate) const APPLICATION_STATES: &[(&str, &str)] = &{
    use ApplicationState::{Acknowledged, Declined, Selected, Submitted, Waitlisted, Withdrawn};
    [
        (Submitted.as_str(), Submitted.label()),
        (Acknowledged.as_str(), Acknowledged.label()),
        (Selected.as_str(), Selected.label()),
        (Waitlisted.as_str(), Waitlisted.label()),
        (Declined.as_str(), Declined.label()),
        (Withdrawn.as_str(), Withdrawn.label()),
    ]
};

/// 状態 of a call.
pub(crate) fn call_state(word: &str) -> &'static str {
    CallState::parse(word).map_or("不明", CallState::label)
}

/// 状態 of an application.
pub(crate) fn application_state(word: &str) -> &'static str {
    ApplicationState::parse(word).map_or("不明", ApplicationState::label)
}

/// How a call selects.
fn policy(policy: &SelectionPolicy) -> &'static str {
    match policy {
        SelectionPolicy::Selection => "選考（担当者が内容を見て決める）",
        SelectionPolicy::FirstCome => "先着順",
        SelectionPolicy::Lottery => "抽選",
    }
}

/// Whether the call draws lots.
fn is_lottery(desk: &Desk) -> bool {
    desk.call.policy == SelectionPolicy::Lottery
}

/// A call with its town, for the desk of the contact.
struct Desk {
    call: EntryCallView,
    member: MemberView,
    may_manage: bool,
    may_select: bool,
}

fn desk(ctx: &mut Ctx<'_>, call: &Call, call_id: &str) -> Result<Desk, Error> {
    let view = get_entry_call(ctx, call, call_id)?;
    let place = (view.consortium_id.clone(), view.member_id.clone());
    let may = |action| call.actor.permit(action, &place.0, Some(&place.1)).is_ok();
    call.actor.permit(Action::ReadApplications, &place.0, Some(&place.1))?;
    let (may_manage, may_select) = (may(Action::ManageEntryCalls), may(Action::SelectApplicants));
    let member = app::consortium::get_member(ctx, call, &place.1)?;
    Ok(Desk { call: view, member, may_manage, may_select })
}

fn shell(service: &Service, visitor: &Visitor, title: impl Into<String>, desk: &Desk) -> Shell {
    let town = format!("/members/{}", desk.member.id);
    Shell::new(service, visitor, title)
        .under(desk.member.name.clone(), town.clone())
        .under("受講者の募集", format!("{town}/entry-calls"))
}

/// As [`shell`], for a page below the page of the call.
fn below(service: &Service, visitor: &Visitor, title: &str, desk: &Desk) -> Shell {
    shell(service, visitor, title, desk)
        .under(desk.call.title.clone(), format!("/entry-calls/{}/applications", desk.call.id))
}

#[derive(Template)]
#[template(path = "entries/list.html")]
struct ListPage {
    shell: Shell,
    member: MemberView,
    calls: Page<EntryCallView>,
    next: Option<String>,
    may_manage: bool,
    may_read: bool,
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = visitor.page(None);
    let (member, calls) = service
        .read(visitor.call.clone(), move |ctx, call| {
            let calls = list_town_calls(ctx, call, &id, &query)?;
            Ok((app::consortium::get_member(ctx, call, &id)?, calls))
        })
        .await?;
    let next = visitor.next_page(calls.next_cursor.as_deref());
    let may_manage = visitor.may(Action::ManageEntryCalls, &member.consortium_id, Some(&member.id));
    let may_read = visitor.may(Action::ReadApplications, &member.consortium_id, Some(&member.id));
    let shell =
        Shell::new(&service, &visitor, "受講者の募集").under(member.name.clone(), format!("/members/{}", member.id));
    show::page(&ListPage { shell, member, calls, next, may_manage, may_read })
}
