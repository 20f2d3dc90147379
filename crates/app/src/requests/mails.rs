//! The mails of requests: to the lead when one arrives, to the town's contacts when it is decided.

use crate::requests::PriceEffect;
use crate::{Call, Ctx, Error, notify};
use mail::templates::{
    Head, Rendered, SeatRequestDeclined, SeatRequestGranted, SeatRequestReturned, SeatRequestSubmitted,
};
use store::notify::Recipient;
use store::requests::SeatRequest;

/// What was granted.
pub(super) struct Grant<'a> {
    pub(super) seats: i64,
    pub(super) total: i64,
    /// What the town pays for it, in yen.
    pub(super) charge_yen: i64,
    pub(super) source: &'a str,
    pub(super) reason: &'a str,
}

pub(super) fn submitted(ctx: &mut Ctx<'_>, call: &Call, row: &SeatRequest, effect: &PriceEffect) -> Result<(), Error> {
    let member = town(ctx, row)?;
    let submitted_at = ctx.now;
    let leads = notify::leads(ctx, &row.consortium_id)?;
    send(ctx, row, "", &leads, |head, url| {
        SeatRequestSubmitted {
            member: &member,
            requested_by: &call.actor.display_name,
            submitted_at,
            seats: small(row.seats),
            order_yen: effect.order_yen,
            reserve_seats: small(effect.reserve_seats),
            reason: &row.reason,
            url,
        }
        .render(head)
    })
}

pub(super) fn granted(ctx: &mut Ctx<'_>, row: &SeatRequest, grant: &Grant<'_>) -> Result<(), Error> {
    to_town(ctx, row, |head, url| {
        SeatRequestGranted {
            seats: small(grant.seats),
            total_seats: small(grant.total),
            charge_yen: grant.charge_yen,
            source: grant.source,
            reason: grant.reason,
            url,
        }
        .render(head)
    })
}

pub(super) fn declined(ctx: &mut Ctx<'_>, row: &SeatRequest) -> Result<(), Error> {
    let reason = row.decision_reason.as_deref().unwrap_or_default();
    to_town(ctx, row, |head, url| SeatRequestDeclined { seats: small(row.seats), reason, url }.render(head))
}

pub(super) fn returned(ctx: &mut Ctx<'_>, row: &SeatRequest) -> Result<(), Error> {
    let reason = row.decision_reason.as_deref().unwrap_or_default();
    to_town(ctx, row, |head, url| SeatRequestReturned { seats: small(row.seats), reason, url }.render(head))
}

fn to_town(ctx: &mut Ctx<'_>, row: &SeatRequest, render: impl Fn(&Head<'_>, &str) -> Rendered) -> Result<(), Error> {
    let organisation = town(ctx, row)?;
    let contacts = notify::contacts(ctx, &row.consortium_id, &row.member_id)?;
    send(ctx, row, &organisation, &contacts, render)
}

fn send(
    ctx: &mut Ctx<'_>,
    row: &SeatRequest,
    organisation: &str,
    recipients: &[Recipient],
    render: impl Fn(&Head<'_>, &str) -> Rendered,
) -> Result<(), Error> {
    let consortium = store::consortium::find(ctx.db, &row.consortium_id)?.name;
    let url = format!("{}/seat-requests/{}", ctx.env.settings.public_url, row.id);
    let contact = ctx.env.settings.help_contact.clone();
    for person in recipients {
        let head = Head { organisation, name: &person.name, consortium: &consortium, contact: &contact };
        notify::send(ctx, Some(&row.consortium_id), person, &render(&head, &url))?;
    }
    Ok(())
}

fn town(ctx: &mut Ctx<'_>, row: &SeatRequest) -> Result<String, Error> {
    Ok(store::consortium::find_member(ctx.db, &row.member_id)?.name)
}

/// Seats as mails write them.
fn small(seats: i64) -> u32 {
    u32::try_from(seats).unwrap_or(0)
}
