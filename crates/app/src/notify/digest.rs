//! 1日1回のまとめ: one mail a day for each person who wants some kinds that way, made from the notices that were not
//! sent by themselves. Work of the service; safe on several replicas, because the person is locked and looked at again.

use super::send;
use crate::audit::Entry;
use crate::{Ctx, Error, Service};
use chrono::{NaiveDateTime, NaiveTime, TimeZone as _, Timelike as _};
use domain::clock::{japan, japan_date};
use mail::Kind;
use mail::templates::{DailyDigest, DigestItem, Head};
use serde_json::json;
use store::notify::digest::{self as rows, Collected};

/// The hour in Japan from which the mails of a day are made.
const FROM_HOUR: u32 = 7;
/// People in one turn.
const RUN: i64 = 200;
/// Notices with their text in one mail; the rest is counted.
const MOST: usize = 50;

/// Makes the digests that are due; answers how many.
///
/// # Errors
/// When the database refuses; the next turn tries again.
pub async fn make_digests(service: &Service) -> Result<usize, Error> {
    let people = service.work("find_digests", due).await?;
    let mut made = 0_usize;
    for user_id in people {
        if service.work("make_digest", move |ctx| make(ctx, &user_id)).await? {
            made = made.saturating_add(1);
        }
    }
    Ok(made)
}

/// The instant from which today's digest counts; none before the hour.
fn today(ctx: &Ctx<'_>) -> Option<NaiveDateTime> {
    let local = ctx.now.with_timezone(&japan());
    if local.hour() < FROM_HOUR {
        return None;
    }
    let midnight = japan_date(ctx.now).and_time(NaiveTime::MIN);
    japan().from_local_datetime(&midnight).single().map(|at| at.naive_utc())
}

fn due(ctx: &mut Ctx<'_>) -> Result<Vec<String>, Error> {
    let Some(since) = today(ctx) else { return Ok(Vec::new()) };
    Ok(rows::due(ctx.db, Kind::DailyDigest.name(), since, RUN)?)
}

/// Makes the digest of somebody, unless another replica was faster.
fn make(ctx: &mut Ctx<'_>, user_id: &str) -> Result<bool, Error> {
    let Some(since) = today(ctx) else { return Ok(false) };
    let notices = rows::of_person(ctx.db, user_id)?;
    if notices.is_empty() || rows::had_one(ctx.db, user_id, Kind::DailyDigest.name(), since)? {
        return Ok(false);
    }
    let item = |notice: &Collected| DigestItem {
        subject: notice.subject.clone(),
        text: notice.body.clone(),
        at: notice.created_at.and_utc(),
    };
    let items: Vec<DigestItem> = notices.iter().take(MOST).map(item).collect();
    let to = super::person(ctx, user_id)?;
    let url = format!("{}/me/notices", ctx.env.settings.public_url);
    let more = notices.len().saturating_sub(items.len());
    let letter = DailyDigest { items: &items, more, url: &url }.render(&Head {
        organisation: "",
        name: &to.name,
        consortium: crate::accounts::SERVICE_NAME,
        contact: &ctx.env.settings.help_contact,
    });
    send(ctx, None, &to, &letter)?;
    // The mail must stand before its parts can name it.
    let digest_id = ctx.mails.last().map(|mail| mail.id.clone()).ok_or_else(|| Error::internal("no digest"))?;
    let mails = std::mem::take(&mut ctx.mails);
    store::notify::queue(ctx.db, &mails)?;
    rows::note(ctx.db, &digest_id, &notices)?;
    ctx.record(Entry::by_service(None, "digest.made", "mail", &digest_id).details(json!({"notices": notices.len()})));
    ctx.rights_changed(user_id); // the number of unread notices in the menu
    Ok(true)
}
