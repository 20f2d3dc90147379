//! Seats (席): accounts and their ledger, claims, assignments, the waiting list and its timed offers.

use crate::operations::Operations;
use actix_web::web::Data;
use actix_web::{get, post};
use app::seats::accounts::{self, AccountView, TransferView};
use app::seats::assignments::{
    self, AssignSeat, AssignSeats, AssignmentView, BulkView, NamedAssignmentView, ReleaseSeat,
};
use app::seats::claims::{ClaimSeat, ClaimView};
use app::seats::lane::ClaimJob;
use app::seats::moves::{self, MoveSeats};
use app::seats::offers::{self, OfferView};
use app::seats::waiting::{self, NamedWaitingEntryView, WaitingEntryView};
use app::{Error, Page, PageQuery, Reply, Service};
use http_kit::reply::{Versioned as _, send};
use http_kit::{Id, NoBody, Query, Read, Replied, Write, created, ok, page, read, write};
use serde::Deserialize;
use utoipa::IntoParams;

/// The operations of this area.
pub fn routes(cfg: &mut Operations<'_, '_>) {
    cfg.service(claim_seat).service(assign_seat).service(assign_seats);
    cfg.service(list_seat_accounts).service(get_seat_account);
    cfg.service(list_contract_transfers).service(list_account_transfers).service(transfer_seats);
    cfg.service(list_assignments).service(get_assignment).service(release_seat).service(list_my_seats);
    cfg.service(list_waiting_entries).service(withdraw_waiting_entry).service(list_my_waiting_entries);
    cfg.service(list_my_offers).service(accept_offer).service(decline_offer);
}

/// 席の口座の一覧: the accounts of a contract, the reserve first. A town sees its own.
#[utoipa::path(tag = "seats", responses((status = 200, description = "The accounts", body = Vec<AccountView>)))]
#[get("/contracts/{contract_id}/seat-accounts")]
async fn list_seat_accounts(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&accounts::list_seat_accounts(ctx, call, &id)?)).await
}

/// 席の口座の表示: one account with its counters.
#[utoipa::path(tag = "seats", responses((status = 200, description = "The account", body = AccountView)))]
#[get("/seat-accounts/{account_id}")]
async fn get_seat_account(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| ok(&accounts::get_seat_account(ctx, call, &id)?)).await
}

/// 契約の席の台帳: every transfer of a contract, newest first (lead and auditors).
#[utoipa::path(tag = "seats", responses((status = 200, description = "A page", body = Page<TransferView>)))]
#[get("/contracts/{contract_id}/seat-transfers")]
async fn list_contract_transfers(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&accounts::list_contract_transfers(ctx, call, &id, &query)?, &uri)).await
}

/// 口座の台帳: the transfers of one account, newest first.
#[utoipa::path(tag = "seats", responses((status = 200, description = "A page", body = Page<TransferView>)))]
#[get("/seat-accounts/{account_id}/transfers")]
async fn list_account_transfers(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&accounts::list_account_transfers(ctx, call, &id, &query)?, &uri)).await
}

/// 席の移動: moves seats between accounts (lead); a town returns its own to the reserve. Seats in use cannot be moved.
#[utoipa::path(tag = "seats", request_body = MoveSeats, responses((status = 201, description = "Moved", body = TransferView)))]
#[post("/contracts/{contract_id}/seat-transfers")]
async fn transfer_seats(service: Data<Service>, Id(id): Id, Write { call, body }: Write<MoveSeats>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = moves::transfer_seats(ctx, call, &id, &body)?;
        created(&view, format!("/api/v1/contracts/{id}/seat-transfers"))
    })
    .await
}

/// 席の申込み: claims a seat for oneself or, as a contact, for a person of the town.
///
/// When no seat is free, the person is put on the waiting list and nothing else is lost: the answer is 202 with the code
/// `seats_sold_out` and the position. Who waits already keeps the place; who has an open offer is told so.
#[utoipa::path(tag = "seats", request_body = ClaimSeat, responses(
    (status = 201, description = "Seated", body = ClaimView),
    (status = 202, description = "On the waiting list, or offered a seat", body = ClaimView),
))]
#[post("/seat-accounts/{account_id}/claims")]
async fn claim_seat(service: Data<Service>, Id(id): Id, Write { call, body }: Write<ClaimSeat>) -> Replied {
    send(service.claim_seat(ClaimJob { call, account_id: id, cmd: body, render: claimed }).await?)
}

fn claimed(view: &ClaimView) -> Result<Reply, Error> {
    match view {
        ClaimView::Assigned { assignment_id, .. } => created(view, format!("/api/v1/assignments/{assignment_id}")),
        ClaimView::Waitlisted { .. } | ClaimView::Offered { .. } => Ok(Reply { status: 202, ..ok(view)? }),
    }
}

/// 席の割り当て: seats one person of the town (contact).
#[utoipa::path(tag = "seats", request_body = AssignSeat, responses((status = 201, description = "Seated", body = AssignmentView)))]
#[post("/seat-accounts/{account_id}/assignments")]
async fn assign_seat(service: Data<Service>, Id(id): Id, Write { call, body }: Write<AssignSeat>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = assignments::assign_seat(ctx, call, &id, &body)?;
        Ok(created(&view, format!("/api/v1/assignments/{}", view.id))?.version(view.version))
    })
    .await
}

/// 席の一括割り当て: seats several people of the town, all or each by itself (contact).
#[utoipa::path(tag = "seats", request_body = AssignSeats, responses((status = 200, description = "What became of each", body = BulkView)))]
#[post("/seat-accounts/{account_id}/assignments/bulk")]
async fn assign_seats(service: Data<Service>, Id(id): Id, Write { call, body }: Write<AssignSeats>) -> Replied {
    write(&service, call, move |ctx, call| ok(&assignments::assign_seats(ctx, call, &id, &body)?)).await
}

/// Which assignments are wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AssignmentQuery {
    /// `true` (default): those that last; `false`: with those that ended.
    active: Option<bool>,
    /// Entries on a page, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// The key by which the list stands; `-` before it begins with the largest.
    sort: Option<String>,
}

/// 割り当ての一覧: who sits on the seats of an account, newest first (contact of the town, auditors).
#[utoipa::path(tag = "seats", params(AssignmentQuery), responses((status = 200, description = "A page", body = Page<NamedAssignmentView>)))]
#[get("/seat-accounts/{account_id}/assignments")]
async fn list_assignments(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<AssignmentQuery>,
) -> Replied {
    let window = PageQuery { limit: query.limit, cursor: query.cursor, sort: query.sort, ..PageQuery::default() };
    let active = query.active.unwrap_or(true);
    read(&service, call, move |ctx, call| page(&assignments::list_assignments(ctx, call, &id, active, &window)?, &uri))
        .await
}

/// 割り当ての表示: one assignment (the person, the contact of the town, auditors).
#[utoipa::path(tag = "seats", responses((status = 200, description = "The assignment", body = AssignmentView)))]
#[get("/assignments/{assignment_id}")]
async fn get_assignment(service: Data<Service>, Read { call, .. }: Read, Id(id): Id) -> Replied {
    read(&service, call, move |ctx, call| {
        let view = assignments::get_assignment(ctx, call, &id)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 席の返却: gives a seat back (異動・休業など); it is offered to the first who waits.
#[utoipa::path(tag = "seats", request_body = ReleaseSeat, responses((status = 200, description = "Given back", body = AssignmentView)))]
#[post("/assignments/{assignment_id}/release")]
async fn release_seat(service: Data<Service>, Id(id): Id, Write { call, body }: Write<ReleaseSeat>) -> Replied {
    write(&service, call, move |ctx, call| {
        let view = assignments::release_seat(ctx, call, &id, &body)?;
        Ok(ok(&view)?.version(view.version))
    })
    .await
}

/// 自分の席: the seats on which the caller sits.
#[utoipa::path(tag = "seats", responses((status = 200, description = "The seats", body = Vec<AssignmentView>)))]
#[get("/me/seats")]
async fn list_my_seats(service: Data<Service>, Read { call, .. }: Read) -> Replied {
    read(&service, call, move |ctx, call| ok(&assignments::list_my_seats(ctx, call)?)).await
}

/// 順番待ちの一覧: who waits for a seat of an account, in order (contact of the town, auditors).
#[utoipa::path(tag = "seats", responses((status = 200, description = "A page", body = Page<NamedWaitingEntryView>)))]
#[get("/seat-accounts/{account_id}/waiting-entries")]
async fn list_waiting_entries(
    service: Data<Service>,
    Read { call, uri }: Read,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Replied {
    read(&service, call, move |ctx, call| page(&waiting::list_waiting_entries(ctx, call, &id, &query)?, &uri)).await
}

/// 順番待ちの取下げ: leaves the waiting list; an open offer passes on.
#[utoipa::path(tag = "seats", responses((status = 200, description = "Left", body = WaitingEntryView)))]
#[post("/waiting-entries/{entry_id}/withdraw")]
async fn withdraw_waiting_entry(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| ok(&waiting::withdraw_waiting_entry(ctx, call, &id)?)).await
}

/// 自分の順番待ち: the lists on which the caller is, with the position.
#[utoipa::path(tag = "seats", responses((status = 200, description = "The places", body = Vec<WaitingEntryView>)))]
#[get("/me/waiting-entries")]
async fn list_my_waiting_entries(service: Data<Service>, Read { call, .. }: Read) -> Replied {
    read(&service, call, move |ctx, call| ok(&waiting::list_my_waiting_entries(ctx, call)?)).await
}

/// 自分への空席のご案内: the offers made to the caller, newest first.
#[utoipa::path(tag = "seats", responses((status = 200, description = "A page", body = Page<OfferView>)))]
#[get("/me/offers")]
async fn list_my_offers(service: Data<Service>, Read { call, uri }: Read, Query(query): Query<PageQuery>) -> Replied {
    read(&service, call, move |ctx, call| page(&offers::list_my_offers(ctx, call, &query)?, &uri)).await
}

/// ご案内を受ける: takes the seat that is held for the caller, within 72 hours.
#[utoipa::path(tag = "seats", responses((status = 200, description = "Seated", body = OfferView)))]
#[post("/offers/{offer_id}/accept")]
async fn accept_offer(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| ok(&offers::accept_offer(ctx, call, &id)?)).await
}

/// ご案内を辞退する: leaves the seat to the next who waits.
#[utoipa::path(tag = "seats", responses((status = 200, description = "Declined", body = OfferView)))]
#[post("/offers/{offer_id}/decline")]
async fn decline_offer(service: Data<Service>, Id(id): Id, Write { call, .. }: Write<NoBody>) -> Replied {
    write(&service, call, move |ctx, call| ok(&offers::decline_offer(ctx, call, &id)?)).await
}
