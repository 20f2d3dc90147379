//! The mails of this area, from rows to facts. Who reads them needs no page: the text carries everything.

use crate::{Ctx, Error, notify};
use chrono::{DateTime, Utc};
use domain::clock::japan_date;
use domain::seats::OFFER_HOURS;
use mail::Kind;
use mail::templates::{Head, OfferExpired, OfferMade, Rendered, SeatAssigned, SeatReturned};
use store::notify::Recipient;
use store::seats::offers::Offer;
use store::seats::settings::Setting;

/// Stands where a seat was not asked for through an entry call.
const NO_CALL: &str = "（募集によらない申込み）";

/// One mail to one person, caused by one request.
pub(super) struct Notice<'a> {
    pub(super) user_id: &'a str,
    pub(super) consortium_id: &'a str,
    pub(super) setting: &'a Setting,
    pub(super) request_id: &'a str,
}

/// Tells people that they have a seat.
pub(super) fn seats_assigned(ctx: &mut Ctx<'_>, notices: &[Notice<'_>]) -> Result<(), Error> {
    let url = format!("{}/me/seats", ctx.env.settings.public_url);
    let today = japan_date(ctx.now);
    send(ctx, Kind::SeatAssigned, notices, |_, notice, head| {
        let Setting { product, starts_on, ends_on, .. } = notice.setting;
        SeatAssigned { product, starts_on: *starts_on, ends_on: *ends_on, today, url: &url }.render(head)
    })
}

/// Tells somebody that the seat was returned.
pub(super) fn seat_returned(ctx: &mut Ctx<'_>, notice: &Notice<'_>, reason: &str) -> Result<(), Error> {
    let url = format!("{}/me/seats", ctx.env.settings.public_url);
    let returned_at = ctx.now;
    send(ctx, Kind::SeatReturned, std::slice::from_ref(notice), |_, notice, head| {
        SeatReturned { product: &notice.setting.product, returned_at, reason, url: &url }.render(head)
    })
}

/// Tells people that a seat is held for them, and until when.
pub(super) fn offers_made(
    ctx: &mut Ctx<'_>,
    setting: &Setting,
    offers: &[(Offer, Option<String>)],
) -> Result<(), Error> {
    let public_url = ctx.env.settings.public_url.clone();
    let request_id = ctx.meta.request_id.clone();
    let notices: Vec<Notice<'_>> = offers.iter().map(|(offer, _)| about(offer, setting, &request_id)).collect();
    send(ctx, Kind::OfferMade, &notices, |index, notice, head| {
        let (id, title, expires_at) = offer_facts(offers.get(index));
        OfferMade {
            call: title,
            product: &notice.setting.product,
            hours: OFFER_HOURS,
            expires_at,
            url: &format!("{public_url}/me/offers/{id}"),
        }
        .render(head)
    })
}

/// Tells people that their offer has passed on.
pub(super) fn offers_expired(
    ctx: &mut Ctx<'_>,
    setting: &Setting,
    offers: &[(Offer, Option<String>)],
) -> Result<(), Error> {
    let url = format!("{}/me/offers", ctx.env.settings.public_url);
    let request_id = ctx.meta.request_id.clone();
    let notices: Vec<Notice<'_>> = offers.iter().map(|(offer, _)| about(offer, setting, &request_id)).collect();
    send(ctx, Kind::OfferExpired, &notices, |index, _, head| {
        let (_, call, expired_at) = offer_facts(offers.get(index));
        OfferExpired { call, expired_at, url: &url }.render(head)
    })
}

fn about<'a>(offer: &'a Offer, setting: &'a Setting, request_id: &'a str) -> Notice<'a> {
    Notice { user_id: &offer.user_id, consortium_id: &offer.consortium_id, setting, request_id }
}

fn offer_facts(offer: Option<&(Offer, Option<String>)>) -> (&str, &str, DateTime<Utc>) {
    offer.map_or(("", NO_CALL, DateTime::UNIX_EPOCH), |(offer, title)| {
        (&offer.id, title.as_deref().unwrap_or(NO_CALL), offer.expires_at.and_utc())
    })
}

/// Writes one mail for each notice; recipients and their wishes are read by one query.
fn send(
    ctx: &mut Ctx<'_>,
    kind: Kind,
    notices: &[Notice<'_>],
    render: impl Fn(usize, &Notice<'_>, &Head<'_>) -> Rendered,
) -> Result<(), Error> {
    if notices.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = notices.iter().map(|notice| notice.user_id.to_owned()).collect();
    let people: std::collections::HashMap<String, (Recipient, bool)> =
        store::seats::settings::recipients(ctx.db, &ids, kind.name())?
            .into_iter()
            .filter_map(|(person, declined)| Some((person.user_id.clone()?, (person, declined))))
            .collect();
    let contact = ctx.env.settings.help_contact.clone();
    for (index, notice) in notices.iter().enumerate() {
        let Some((person, declined)) = people.get(notice.user_id) else { continue };
        let head = Head {
            organisation: notice.setting.member.as_deref().unwrap_or_default(),
            name: &person.name,
            consortium: &notice.setting.consortium,
            contact: &contact,
        };
        let mail = render(index, notice, &head);
        notify::put(ctx, Some(notice.consortium_id), person, &mail, *declined, notice.request_id)?;
    }
    Ok(())
}
