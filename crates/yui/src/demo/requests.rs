//! Chapter 7: a town asks for five more seats, sees the price effect and gets them; another is declined.

use super::cast::{Cast, NEIGHBOUR, TOWN};
use super::seats::Contract;
use super::teller::Teller;
use super::words;
use crate::commands::Failure;
use crate::terminal::grouped;
use app::requests::decide::{ApproveRequest, DecideRequest, GrantSource, approve_seat_request, decline_seat_request};
use app::requests::{PreviewSeats, RequestSeats, preview_seat_request, submit_seat_request};

pub(super) fn additional_seats(teller: &Teller, cast: &Cast, contract: &Contract) -> Result<(), Failure> {
    teller.chapter(7, "追加配分の申請", "2026-06-10T10:00:00+09:00")?;
    let town = cast.town(TOWN)?;
    let (id, preview) = (contract.id.clone(), PreviewSeats { member_id: town.member.id.clone(), seats: 5 });
    let effect = teller
        .see(&town.contact, "preview_seat_request", move |ctx, call| preview_seat_request(ctx, call, &id, &preview))?;
    teller.table(
        &["", "現在", "5席追加後"],
        &[1, 2],
        vec![
            vec!["契約の席数".into(), grouped(effect.seats_before), grouped(effect.seats_after)],
            vec!["契約の総額（円）".into(), grouped(effect.total_before_yen), grouped(effect.total_after_yen)],
            vec!["単価（円）".into(), words::amount(&effect.unit_before_yen), words::amount(&effect.unit_after_yen)],
            vec![format!("{}の支払い（円）", town.member.name), String::new(), grouped(effect.order_yen)],
            vec!["予備席".into(), grouped(effect.reserve_seats), String::new()],
        ],
    );
    teller.show(&effect.explanation);
    let request = |member_id: &str, seats, reason: &str| RequestSeats {
        member_id: member_id.to_owned(),
        seats,
        reason: reason.to_owned(),
    };
    let (id, cmd) =
        (contract.id.clone(), request(&town.member.id, 5, "順番待ちの職員が受講できるようにするため（架空）。"));
    let asked =
        teller.act(&town.contact, "submit_seat_request", move |ctx, call| submit_seat_request(ctx, call, &id, &cmd))?;
    let approve = ApproveRequest {
        source: GrantSource::Reserve,
        seats: 5,
        reason: "順番待ちの人がいるため、予備席から配分します。".to_owned(),
        from_account_id: None,
    };
    let granted = teller.act(&cast.lead, "approve_seat_request", move |ctx, call| {
        approve_seat_request(ctx, call, &asked.id, &approve)
    })?;
    teller.show(format!(
        "{}: 申請{}席 → {}（予備席から{}席）",
        town.member.name,
        granted.seats,
        words::state(&granted.state),
        granted.granted_seats.unwrap_or(0)
    ));

    let neighbour = cast.town(NEIGHBOUR)?;
    let (id, cmd) = (contract.id.clone(), request(&neighbour.member.id, 30, "全課で使いたいため（架空）。"));
    let asked = teller
        .act(&neighbour.contact, "submit_seat_request", move |ctx, call| submit_seat_request(ctx, call, &id, &cmd))?;
    let decline = DecideRequest {
        reason: "予備席を超えるため、来年度の意向調査で希望してください。".to_owned()
    };
    let declined = teller.act(&cast.lead, "decline_seat_request", move |ctx, call| {
        decline_seat_request(ctx, call, &asked.id, &decline)
    })?;
    teller.show(format!(
        "{}: 申請{}席 → {}（{}）",
        neighbour.member.name,
        declined.seats,
        words::state(&declined.state),
        declined.decision_reason.unwrap_or_default()
    ));
    Ok(())
}
