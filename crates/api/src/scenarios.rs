//! Scenarios (試算): calculated, compared, finalised once, replayed; and the calculators without storing.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{delete, get, post};
use app::scenarios::compare::{self, ScenarioTable, ScenariosQuery};
use app::scenarios::finalise::{self, ReplayView};
use app::scenarios::{self as area, CreateScenario, ScenarioDetail, ScenarioView, simulate};
use app::{Page, PageQuery, Service};
use http_kit::reply::Versioned as _;
use http_kit::{Id, NoBody, Query, Read, Replied, Write, created, no_content, ok, page, read, write};
use seat_allocator::json::Request;
use serde_json::Value;

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(create_scenario).service(compare_scenarios).service(list_scenarios).service(get_scenario);
    cfg.service(delete_scenario).service(finalise_scenario).service(replay_scenario);
    cfg.service(simulate_allocation).service(simulate_sharing).service(simulate_price);
}

/// 試算の作成: calculates quote × demand × allocation rule × sharing rule and keeps it (lead).
#[utoipa::path(tag = "scenarios", request_body = CreateScenario, responses((status = 201, description = "Calculated", body = ScenarioDetail)))]
#[post("/rounds/{round_id}/scenarios")]
async fn create_scenario(service: Data<Service>, Id(id): Id, Write { call, body }: Write<CreateScenario>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::create_scenario(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/scenarios/{}", view.scenario.id))?.version(view.scenario.version))
    })
    .await
}

/// 試算の比較: scenarios side by side, each member's seats and yen.
#[utoipa::path(tag = "scenarios", params(ScenariosQuery), responses((status = 200, description = "The table", body = ScenarioTable)))]
#[get("/rounds/{round_id}/scenarios/compare")]
async fn compare_scenarios(
    service: Data<Service>,
    Read { call, .. }: Read,
    Id(id): Id,
    Query(query): Query<ScenariosQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| ok(&compare::compare_scenarios(ctx, call, &id, &query)?)).await
}

/// 試算の一覧: the scenarios of a round, oldest first (lead, auditors).
#[utoipa::path(tag = "scenarios", responses((status = 200, description = "A page", body = Page<ScenarioView>)))]
#[get("/rounds/{round_id}/scenarios")]
async fn list_scenarios(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_scenarios(ctx, call, &id, &query)?, &uri)).await
}

/// 試算の表示: one scenario with its plan, every number with its reason.
#[utoipa::path(tag = "scenarios", responses((status = 200, description = "The scenario", body = ScenarioDetail)))]
#[get("/scenarios/{scenario_id}")]
async fn get_scenario(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_scenario(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.scenario.version))
    })
    .await
}

/// 試算の削除: deletes a scenario that is still a draft.
#[utoipa::path(tag = "scenarios", responses((status = 204, description = "Deleted")))]
#[delete("/scenarios/{scenario_id}")]
async fn delete_scenario(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| area::delete_scenario(ctx, call, &id).map(|()| no_content())).await
}

/// 試算の確定: freezes a scenario, once for each round; towns get their estimate.
#[utoipa::path(tag = "scenarios", responses((status = 200, description = "Finalised", body = ScenarioDetail)))]
#[post("/scenarios/{scenario_id}/finalise")]
async fn finalise_scenario(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = finalise::finalise_scenario(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.scenario.version))
    })
    .await
}

/// 再計算: calculates from the inputs that were kept and compares the bytes. Changes nothing.
#[utoipa::path(tag = "scenarios", responses((status = 200, description = "What the replay found", body = ReplayView)))]
#[post("/scenarios/{scenario_id}/replay")]
async fn replay_scenario(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    read(&service, call, move |ctx, call| ok(&finalise::replay_scenario(ctx, call, &id)?)).await
}

/// 配分の試算: the seat calculator without storing; `supply`, `rule`, `claims`.
#[utoipa::path(tag = "scenarios", request_body(content = Object, description = "As the calculator takes it."), responses((status = 200, description = "The calculator's answer", body = Object)))]
#[post("/simulations/allocation")]
async fn simulate_allocation(service: Data<Service>, Write { call, body }: Write<Request>) -> Replied {
    read(&service, call, move |ctx, call| ok(&simulate::simulate_allocation(ctx, call, &body)?)).await
}

/// 按分の試算: the cost calculator without storing; `price` or `total_yen`, `members`, `rule`.
#[utoipa::path(tag = "scenarios", request_body(content = Object, description = "As the calculator takes it."), responses((status = 200, description = "The calculator's answer", body = Object)))]
#[post("/simulations/sharing")]
async fn simulate_sharing(service: Data<Service>, Write { call, body }: Write<Value>) -> Replied {
    read(&service, call, move |ctx, call| ok(&simulate::simulate_sharing(ctx, call, &body)?)).await
}

/// 価格の試算: prices of quantities without storing; `price`, `seats`.
#[utoipa::path(tag = "scenarios", request_body(content = Object, description = "As the calculator takes it."), responses((status = 200, description = "The calculator's answer", body = Object)))]
#[post("/simulations/price")]
async fn simulate_price(service: Data<Service>, Write { call, body }: Write<Value>) -> Replied {
    read(&service, call, move |ctx, call| ok(&simulate::simulate_price(ctx, call, &body)?)).await
}
