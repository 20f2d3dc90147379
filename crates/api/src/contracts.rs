//! Contracts (契約), shares (負担金) and the published allocation (配分).

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post};
use app::contracts::allocation::{self, AllocationView, PublishAllocation};
use app::contracts::shares::{self, SharesView};
use app::contracts::{self as area, AmendContract, AmendmentsView, ContractView, MakeContract};
use app::{Page, PageQuery, Service};
use http_kit::reply::Versioned as _;
use http_kit::{Id, Query, Read, Replied, Write, created, ok, page, read, write};

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(make_contract).service(get_round_contract).service(list_contracts).service(get_contract);
    cfg.service(amend_contract).service(list_amendments).service(list_shares);
    cfg.service(publish_allocation).service(get_allocation);
}

/// 契約の登録: makes the contract from the finalised scenario; seats enter the ledger, shares are fixed.
#[utoipa::path(tag = "contracts", request_body = MakeContract, responses((status = 201, description = "Made", body = ContractView)))]
#[post("/rounds/{round_id}/contract")]
async fn make_contract(service: Data<Service>, Id(id): Id, Write { call, body }: Write<MakeContract>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::make_contract(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/contracts/{}", view.id))?.version(view.version))
    })
    .await
}

/// 調達回の契約: the contract of a round.
#[utoipa::path(tag = "contracts", responses((status = 200, description = "The contract", body = ContractView)))]
#[get("/rounds/{round_id}/contract")]
async fn get_round_contract(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_round_contract(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 契約の一覧: the contracts of a consortium, newest first.
#[utoipa::path(tag = "contracts", responses((status = 200, description = "A page", body = Page<ContractView>)))]
#[get("/consortia/{consortium_id}/contracts")]
async fn list_contracts(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&area::list_contracts(ctx, call, &id, &query)?, &uri)).await
}

/// 契約の表示: one contract, amendments included.
#[utoipa::path(tag = "contracts", responses((status = 200, description = "The contract", body = ContractView)))]
#[get("/contracts/{contract_id}")]
async fn get_contract(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = area::get_contract(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 変更契約・追加発注: changes seats and yen; added seats enter the reserve, seats taken away leave it.
#[utoipa::path(tag = "contracts", request_body = AmendContract, responses((status = 200, description = "Amended", body = ContractView)))]
#[post("/contracts/{contract_id}/amendments")]
async fn amend_contract(service: Data<Service>, Id(id): Id, Write { call, body }: Write<AmendContract>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = area::amend_contract(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 変更契約の一覧: the amendments, oldest first.
#[utoipa::path(tag = "contracts", responses((status = 200, description = "All of them", body = AmendmentsView)))]
#[get("/contracts/{contract_id}/amendments")]
async fn list_amendments(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&area::list_amendments(ctx, call, &id)?)).await
}

/// 負担金: what each member owes, with the reason; a town sees its own.
#[utoipa::path(tag = "contracts", responses((status = 200, description = "By municipality code", body = SharesView)))]
#[get("/contracts/{contract_id}/shares")]
async fn list_shares(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&shares::list_shares(ctx, call, &id)?)).await
}

/// 配分の公開: moves seats through the ledger and writes to the members; again with changed lines.
#[utoipa::path(tag = "contracts", request_body = PublishAllocation, responses((status = 200, description = "Published", body = AllocationView)))]
#[post("/contracts/{contract_id}/allocation/publish")]
async fn publish_allocation(
    service: Data<Service>,
    Id(id): Id,
    Write { call, body }: Write<PublishAllocation>,
) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = allocation::publish_allocation(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 配分の表示: seats and reasons; a town sees its own line once it is published.
#[utoipa::path(tag = "contracts", responses((status = 200, description = "By municipality code", body = AllocationView)))]
#[get("/contracts/{contract_id}/allocation")]
async fn get_allocation(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = allocation::get_allocation(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}
