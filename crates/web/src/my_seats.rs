//! My seats (私の席): what a person holds, waits for and is offered.

use crate::errors::Refused;
use crate::fields::{Kind, Spec};
use crate::form::{Form, Sheet};
use crate::pages::Pages;
use crate::shell::Shell;
use crate::show::{self, Shown};
use crate::visitor::Visitor;
use actix_web::web::Data;
use app::seats::assignments::{ReleaseSeat, release_seat};
use app::seats::mine::{MyPlace, MySeat, my_seats_and_places};
use app::seats::offers::{self, OfferView};
use app::seats::waiting::withdraw_waiting_entry;
use app::{Call, Ctx, Error, Page, Service};
use askama::Template;
use chrono::{DateTime, Utc};
use http_kit::Id;

pub(crate) fn pages(pages: &mut Pages<'_>) {
    pages
        .get("/me/seats", "page_my_seats", seats)
        .get("/me/seats/{assignment_id}/release", "page_release_my_seat", ask_release)
        .post("/me/seats/{assignment_id}/release", "page_send_release", release)
        .get("/me/waiting-entries/{entry_id}/leave", "page_leave_waiting_list", ask_leave)
        .post("/me/waiting-entries/{entry_id}/leave", "page_send_leave", leave)
        .get("/me/offers", "page_my_offers", list_offers)
        .get("/me/offers/{offer_id}", "page_my_offer", offer)
        .post("/me/offers/{offer_id}/accept", "page_accept_offer", accept)
        .get("/me/offers/{offer_id}/decline", "page_decline_offer", ask_decline)
        .post("/me/offers/{offer_id}/decline", "page_send_decline", decline);
}

const RELEASE: &Spec = &[("reason", Kind::Text)];

/// By which way somebody came to a seat.
pub(crate) fn source(word: &str) -> &'static str {
    match word {
        "claim" => "本人の申請",
        "selection" => "募集での決定",
        "offer" => "順番待ちからのご案内",
        "direct" | "bulk" => "所属団体の担当者による割当て",
        _ => "その他",
    }
}

/// 状態 of an offer with the time left, and the kind of its chip.
pub(crate) fn offer_state(offer: &OfferView, now: &DateTime<Utc>) -> (String, &'static str) {
    match offer.state.as_str() {
        "open" if is_open(offer, *now) => (format!("回答待ち（残り{}）", left(*now, offer.expires_at)), "now"),
        "open" | "expired" => ("期限切れ".to_owned(), ""),
        "accepted" => ("受け取り済み".to_owned(), "good"),
        "declined" => ("辞退".to_owned(), ""),
        _ => ("不明".to_owned(), ""),
    }
}

/// Whether an offer still waits for its answer.
pub(crate) fn is_open(offer: &OfferView, now: DateTime<Utc>) -> bool {
    offer.state == "open" && now < offer.expires_at
}

/// `2日5時間`, `3時間20分`, `5分`.
fn left(now: DateTime<Utc>, until: DateTime<Utc>) -> String {
    let left = until.signed_duration_since(now);
    let (days, hours, minutes) = (left.num_days(), left.num_hours(), left.num_minutes());
    if days > 0 {
        format!("{days}日{}時間", hours.saturating_sub(days.saturating_mul(24)))
    } else if hours > 0 {
        format!("{hours}時間{}分", minutes.saturating_sub(hours.saturating_mul(60)))
    } else {
        format!("{}分", minutes.max(0))
    }
}

#[derive(Template)]
#[template(path = "my_seats/seats.html")]
struct SeatsPage {
    shell: Shell,
    seats: Vec<MySeat>,
    places: Vec<MyPlace>,
}

impl SeatsPage {
    /// Whether a seat is held for the visitor and waits for an answer.
    fn is_offered(&self) -> bool {
        self.places.iter().any(|place| place.entry.state == "offered")
    }
}

async fn seats(service: Data<Service>, visitor: Visitor) -> Shown {
    let (seats, places) = service.read(visitor.call.clone(), my_seats_and_places).await?;
    show::page(&SeatsPage { shell: Shell::new(&service, &visitor, "私の席"), seats, places })
}

#[derive(Template)]
#[template(path = "my_seats/release.html")]
struct ReleasePage {
    shell: Shell,
    sheet: Sheet,
    seat: MySeat,
}

async fn release_page(service: &Service, visitor: &Visitor, id: &str, sheet: Sheet) -> Result<ReleasePage, Refused> {
    let (seats, _) = service.read(visitor.call.clone(), my_seats_and_places).await?;
    let seat = seats.into_iter().find(|seat| seat.assignment.id == id).ok_or(Error::NotFound)?;
    let shell = Shell::new(service, visitor, "席を返す").under("私の席", "/me/seats");
    Ok(ReleasePage { shell, sheet, seat })
}

async fn ask_release(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    show::page(&release_page(&service, &visitor, &id, Sheet::blank(&visitor)).await?)
}

async fn release(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let seat_id = id.clone();
    let act = move |ctx: &mut Ctx<'_>, call: &Call, cmd: &ReleaseSeat| {
        release_seat(ctx, call, &seat_id, cmd).map(|_seat| "/me/seats?done=released".to_owned())
    };
    let sent = form.send(&service, RELEASE, act).await;
    match sent {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let sheet = Sheet::refused(&form, problem)?;
            show::again(&release_page(&service, &form.visitor, &id, sheet).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "my_seats/leave.html")]
struct LeavePage {
    shell: Shell,
    sheet: Sheet,
    place: MyPlace,
}

async fn ask_leave(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let (_, places) = service.read(visitor.call.clone(), my_seats_and_places).await?;
    let place = places.into_iter().find(|place| place.entry.id == id).ok_or(Error::NotFound)?;
    let shell = Shell::new(&service, &visitor, "順番待ちをやめる").under("私の席", "/me/seats");
    show::page(&LeavePage { shell, sheet: Sheet::blank(&visitor), place })
}

async fn leave(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        withdraw_waiting_entry(ctx, call, &id).map(|_place| "/me/seats?done=withdrawn".to_owned())
    };
    Ok(form.submit(&service, act).await?)
}

#[derive(Template)]
#[template(path = "my_seats/offers.html")]
struct OffersPage {
    shell: Shell,
    offers: Page<OfferView>,
    next: Option<String>,
}

async fn list_offers(service: Data<Service>, visitor: Visitor) -> Shown {
    let query = visitor.page(None);
    let offers = service.read(visitor.call.clone(), move |ctx, call| offers::list_my_offers(ctx, call, &query)).await?;
    let next = visitor.next_page(offers.next_cursor.as_deref());
    let shell = Shell::new(&service, &visitor, "席のご案内").under("私の席", "/me/seats");
    show::page(&OffersPage { shell, offers, next })
}

#[derive(Template)]
#[template(path = "my_seats/offer.html")]
struct OfferPage {
    shell: Shell,
    sheet: Sheet,
    offer: OfferView,
    open: bool,
}

async fn read_offer(service: &Service, visitor: &Visitor, id: String) -> Result<OfferView, Refused> {
    Ok(service.read(visitor.call.clone(), move |ctx, call| offers::get_my_offer(ctx, call, &id)).await?)
}

async fn offer(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let offer = read_offer(&service, &visitor, id).await?;
    let shell = Shell::new(&service, &visitor, "席のご案内への回答")
        .under("私の席", "/me/seats")
        .under("席のご案内", "/me/offers");
    let open = is_open(&offer, service.env().clock.now());
    show::page(&OfferPage { shell, sheet: Sheet::blank(&visitor), offer, open })
}

async fn accept(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        offers::accept_offer(ctx, call, &id).map(|_offer| "/me/seats?done=accepted".to_owned())
    };
    Ok(form.submit(&service, act).await?)
}

#[derive(Template)]
#[template(path = "my_seats/decline.html")]
struct DeclinePage {
    shell: Shell,
    sheet: Sheet,
    offer: OfferView,
}

async fn ask_decline(service: Data<Service>, visitor: Visitor, Id(id): Id) -> Shown {
    let offer = read_offer(&service, &visitor, id.clone()).await?;
    let shell = Shell::new(&service, &visitor, "席のご案内を辞退する")
        .under("席のご案内", "/me/offers")
        .under("ご案内への回答", format!("/me/offers/{id}"));
    show::page(&DeclinePage { shell, sheet: Sheet::blank(&visitor), offer })
}

async fn decline(service: Data<Service>, Id(id): Id, form: Form) -> Shown {
    let act = move |ctx: &mut Ctx<'_>, call: &Call| {
        offers::decline_offer(ctx, call, &id).map(|offer| format!("/me/offers/{}?done=declined_offer", offer.id))
    };
    Ok(form.submit(&service, act).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn the_time_left_is_said_in_its_two_largest_units() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let said = |minutes: i64| left(now, now.checked_add_signed(TimeDelta::minutes(minutes)).unwrap());
        assert_eq!([said(72 * 60), said(23 * 60 + 59), said(5), said(-1)], ["3日0時間", "23時間59分", "5分", "0分"]);
    }
}
