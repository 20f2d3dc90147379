//! わが町: what a town has, owes and is asked for, on one page, with the way to everything below it.

use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::entries::calls::EntryCallView;
use app::town::{TownContract, TownSurvey, TownView};
use app::{PageQuery, Service};
use askama::Template;
use chrono::NaiveDate;
use domain::access::Action;
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages.get("/members/{member_id}", "page_town", one);
}

/// A day by which something has to be done.
struct Due {
    on: NaiveDate,
    days: i64,
    what: String,
    state: &'static str,
    href: String,
}

#[derive(Template)]
#[template(path = "town/one.html")]
struct TownPage {
    shell: Shell,
    town: TownView,
    calls: Vec<EntryCallView>,
    dues: Vec<Due>,
    may_request: bool,
    may_assign: bool,
    may_invite: bool,
    /// Whether names of the town's staff may be read: who sits, who applied.
    may_read: bool,
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (town, calls) = service
        .read(visitor.call.clone(), move |ctx, call| {
            let town = app::town::get_town(ctx, call, &id)?;
            let calls = app::entries::calls::list_town_calls(ctx, call, &id, &PageQuery::default())?;
            Ok((town, calls.items))
        })
        .await?;
    let today = domain::clock::japan_date(service.env().clock.now());
    let may = |action| visitor.may(action, &town.member.consortium_id, Some(&town.member.id));
    let (may_request, may_assign) = (may(Action::RequestSeats), may(Action::AssignSeats));
    let may_invite = may(Action::ManageLearners);
    let may_read = may(Action::ReadAssignments);
    let dues = dues(&town, if may_read { &calls } else { &[] }, today);
    let shell = Shell::new(&service, &visitor, town.member.name.clone());
    show::page(&TownPage { shell, town, calls, dues, may_request, may_assign, may_invite, may_read })
}

/// What waits for the town, the nearest first.
fn dues(town: &TownView, calls: &[EntryCallView], today: NaiveDate) -> Vec<Due> {
    let due = |on: NaiveDate, what, state, href| {
        let days = on.signed_duration_since(today).num_days();
        Due { on, days, what, state, href }
    };
    let asked = town.surveys.iter().map(|one: &TownSurvey| {
        let href = format!("/surveys/{}/answers/{}", one.survey.id, town.member.id);
        due(one.survey.deadline_on, format!("{}（{}）", one.survey.title, one.round_title), answered(one), href)
    });
    let open = calls.iter().filter(|call| call.state == "open").map(|call| {
        let href = format!("/entry-calls/{}/applications", call.id);
        due(call.closes_on, format!("受講者募集「{}」の締切", call.title), "募集中", href)
    });
    let mut dues: Vec<Due> = asked.chain(open).collect();
    dues.sort_by_key(|due| due.on);
    dues
}

fn answered(one: &TownSurvey) -> &'static str {
    use domain::demand::AnswerState;
    one.answer_state.as_deref().and_then(AnswerState::parse).map_or("未回答", AnswerState::ja)
}

/// 状態 of a request for more seats.
pub(crate) fn request_state(word: &str) -> &'static str {
    domain::requests::RequestState::parse(word).map_or("不明", domain::requests::RequestState::label)
}

/// The parts of a seat bar, in tenths of a percent of its width: used, held, free.
fn parts(contract: &TownContract) -> [i64; 3] {
    let account = &contract.account;
    let of = |seats: i64| seats.saturating_mul(600).checked_div(account.balance.max(1)).unwrap_or(0);
    [of(account.assigned), of(account.held), of(account.free)]
}
