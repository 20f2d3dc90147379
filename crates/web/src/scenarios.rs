//! Scenarios (試算): side by side, one with every number explained, deleting a draft. The lab stands in
//! `scenarios/lab.rs`, finalising in `scenarios/finalise.rs`, how a plan is shown in `scenarios/plan.rs`.

mod finalise;
mod lab;
pub(crate) mod plan;

use crate::confirm::ConfirmPage;
use crate::demand::under_round;
use crate::errors::Refused;
use crate::form::Form;
use crate::pager::{Asked, Pager};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use crate::words;
use actix_web::web::Data;
use app::part::Part;
use app::rounds::RoundView;
use app::scenarios::compare::{ScenarioTable, ScenariosQuery, show_scenarios};
use app::scenarios::finalise::{ReplayView, replay_scenario};
use app::scenarios::{self as area, ScenarioPart, ScenarioView};
use app::{Page, PageQuery, Service};
use askama::Template;
use domain::access::Action;
use http_kit::Id;
use plan::Plan;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/rounds/{round_id}/scenarios", "page_scenarios", list)
        .get("/scenarios/{scenario_id}", "page_scenario", one)
        .get("/scenarios/{scenario_id}/delete", "page_ask_delete_scenario", ask_delete)
        .post("/scenarios/{scenario_id}/delete", "page_delete_scenario", delete);
    lab::pages(pages);
    finalise::pages(pages);
}

/// Scenarios that stand side by side when none were chosen.
const SIDE_BY_SIDE: usize = 5;

#[derive(Template)]
#[template(path = "scenarios/list.html")]
struct ListPage {
    shell: Shell,
    round: RoundView,
    scenarios: Page<ScenarioView>,
    next: Option<String>,
    table: Option<ScenarioTable>,
    pager: Pager,
    manages: bool,
    steps: Vec<crate::rounds::steps::Step>,
}

impl ListPage {
    /// What the table of these scenarios is: one alone is compared with nothing.
    fn what(table: &ScenarioTable) -> &'static str {
        if table.scenarios.len() == 1 { "試算の内容" } else { "試算の比較" }
    }

    fn shown(&self, id: &str) -> bool {
        let columns = self.table.as_ref().map(|table| table.scenarios.as_slice()).unwrap_or_default();
        columns.iter().any(|column| column.scenario.id == id)
    }
}

async fn list(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let query = visitor.page(None);
    let typed = crate::fields::Fields::parse(visitor.uri.split_once('?').map_or("", |(_, q)| q).as_bytes());
    let chosen: Vec<String> = typed.all("ids").map(str::to_owned).collect();
    let asked = Asked::of(&visitor);
    let part = asked.part();
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let round = app::rounds::get_round_alone(ctx, call, &id)?;
        let scenarios = area::list_scenarios(ctx, call, &id, &query)?;
        let quotes = app::pricing::list_quotes(ctx, call, &id, &PageQuery { limit: Some(1), ..PageQuery::default() })?
            .items
            .len();
        let ids = if chosen.is_empty() {
            let mut newest: Vec<String> = scenarios.items.iter().map(|scenario| scenario.id.clone()).collect();
            newest.sort();
            newest.split_off(newest.len().saturating_sub(SIDE_BY_SIDE))
        } else {
            chosen.clone()
        };
        let table = if ids.is_empty() {
            None
        } else {
            Some(show_scenarios(ctx, call, &id, &ScenariosQuery { ids: ids.join(",") }, &part)?)
        };
        Ok((round, scenarios, quotes, table))
    };
    let (round, scenarios, quotes, table) = service.read(visitor.call.clone(), read).await?;
    let next = visitor.next_page(scenarios.next_cursor.as_deref());
    let manages = visitor.may(Action::ManageScenarios, &round.consortium_id, None)
        && matches!(round.stage.as_str(), "draft" | "surveying" | "quoting");
    let progress = crate::rounds::steps::Progress { quotes, scenarios: scenarios.items.len() };
    let steps = crate::rounds::steps::steps(&round, progress);
    let shell = under_round(&service, &visitor, &round, "試算");
    let (table, found, count) = table.map_or((None, 0, 0), |(table, found, count)| (Some(table), found, count));
    let pager = asked.with(found, count);
    show::page(&ListPage { shell, round, scenarios, next, table, pager, manages, steps })
}

#[derive(Template)]
#[template(path = "scenarios/one.html")]
struct OnePage {
    shell: Shell,
    scenario: ScenarioView,
    plan: Plan,
    replay: Option<ReplayView>,
    manages: bool,
    may_finalise: bool,
}

/// A scenario with a part of its plan, and its round.
async fn scenario(
    service: &Service,
    visitor: &Visitor,
    id: String,
    part: Part,
) -> Result<(ScenarioPart, RoundView), Refused> {
    let read = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let detail = area::show_scenario(ctx, call, &id, &part)?;
        let round = app::rounds::get_round_alone(ctx, call, &detail.scenario.round_id)?;
        Ok((detail, round))
    };
    Ok(service.read(visitor.call.clone(), read).await?)
}

/// The frame of a page under a scenario.
fn under_scenario(service: &Service, visitor: &Visitor, round: &RoundView, title: String) -> Shell {
    under_round(service, visitor, round, title).under("試算", format!("/rounds/{}/scenarios", round.id))
}

async fn one(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let asked = Asked::of(&visitor);
    let (detail, round) = scenario(&service, &visitor, id.clone(), asked.part()).await?;
    let replay = if visitor.query("replay") == "1" {
        Some(service.read(visitor.call.clone(), move |ctx, call| replay_scenario(ctx, call, &id)).await?)
    } else {
        None
    };
    let shell = under_scenario(&service, &visitor, &round, detail.scenario.name.clone());
    let draft = detail.scenario.state == "draft";
    let manages = draft && visitor.may(Action::ManageScenarios, &round.consortium_id, None);
    let may_finalise = manages && round.stage == "quoting";
    let plan = Plan::new(detail.plan, asked);
    show::page(&OnePage { shell, scenario: detail.scenario, plan, replay, manages, may_finalise })
}

/// What a scenario is, for a page that asks once more.
fn facts(scenario: &ScenarioView) -> Vec<(&'static str, String)> {
    vec![
        ("試算", scenario.name.clone()),
        ("席数", words::seats(&scenario.seats)),
        ("総額（税込）", words::yen(&scenario.total_yen)),
    ]
}

async fn delete_page(service: &Service, visitor: &Visitor, id: String) -> Result<ConfirmPage, Refused> {
    let (detail, round) = scenario(service, visitor, id, Part::nothing()).await?;
    visitor.permit(Action::ManageScenarios, &round.consortium_id, None)?;
    let back = format!("/scenarios/{}", detail.scenario.id);
    let shell = under_scenario(service, visitor, &round, "試算を削除する".to_owned())
        .under(detail.scenario.name.clone(), back.clone());
    let mut page = ConfirmPage::new(shell, visitor, format!("{back}/delete"), "削除する", back);
    page.sheet = page.sheet.at_version(detail.scenario.version);
    page.facts = facts(&detail.scenario);
    page.consequences = vec!["削除した試算は元に戻せません。同じ条件で、もう一度試算することはできます。".to_owned()];
    page.danger = true;
    Ok(page)
}

async fn ask_delete(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&delete_page(&service, &visitor, id).await?)
}

async fn delete(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let scenario_id = id.clone();
    let act = move |ctx: &mut app::Ctx<'_>, call: &app::Call| {
        let round_id = area::show_scenario(ctx, call, &scenario_id, &Part::nothing())?.scenario.round_id;
        area::delete_scenario(ctx, call, &scenario_id)?;
        Ok(format!("/rounds/{round_id}/scenarios?done=deleted"))
    };
    let sent = form.submit(&service, act).await;
    show::answer(&form, sent, async |sheet| {
        Ok(ConfirmPage { sheet, ..delete_page(&service, &form.visitor, id).await? })
    })
    .await
}
