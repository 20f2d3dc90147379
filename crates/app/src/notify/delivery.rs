//! The outbox worker's turn: lease what is due, send it outside of any transaction, note the outcome.
//!
//! At least once: a crash between sending and noting repeats the mail with the same message id.
//! A mail is tried again after 1, 5, 15, 60, 240 … minutes; a permanent refusal or the tenth failure parks it.

use crate::notify::links;
use crate::{Ctx, Error, Service};
use chrono::{Duration, NaiveDateTime};
use mail::{Mailer, Message, SendError};
use std::sync::Arc;
use store::notify::delivery::{Delivery, DueMail, Next};

/// Mails taken in one turn.
const BATCH: i64 = 50;
/// How long a worker may keep what it took.
const LEASE_MINUTES: i64 = 10;
/// Before its end a worker stops: no send of its own may reach into the time of another worker.
const STOP_MINUTES: i64 = 3;
/// Attempts before a mail is parked.
const ATTEMPTS: i64 = 10;

/// What one turn did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn {
    /// Mails accepted by the transport.
    pub sent: usize,
    /// Mails to be tried again.
    pub deferred: usize,
    /// Mails that will not be tried again.
    pub parked: usize,
}

/// Delivers what is due now. The mailer blocks, so it runs on a thread for blocking work.
///
/// # Errors
/// When the database refuses; nothing is lost, leases run out.
pub async fn deliver_due(service: &Service, mailer: &Arc<Mailer>) -> Result<Turn, Error> {
    let (due, until) = service.work("lease_mails", lease).await?;
    let mut turn = Turn::default();
    let host = host_of(&service.env().settings.public_url);
    for mail in due {
        if service.env().clock.now().naive_utc() >= later(until, -STOP_MINUTES) {
            tracing::warn!("A slow mail server used up the lease; the rest of the mails waits for the next turn");
            break;
        }
        let mailer = Arc::clone(mailer);
        let (id, kind) = (mail.id.clone(), mail.kind.clone());
        let text = links::opened(&service.env().secret, &mail.id, &mail.kind, &mail.body);
        let attempt = mail.attempts.saturating_add(1);
        let host = host.clone();
        let outcome =
            tokio::task::spawn_blocking(move || send(&mailer, &mail, text, &host)).await.map_err(Error::internal)?;
        let next = service.work("note_delivery", move |ctx| note(ctx, (&id, &kind), attempt, &outcome)).await?;
        match next {
            Next::Sent => turn.sent = turn.sent.saturating_add(1),
            Next::Again(_) => turn.deferred = turn.deferred.saturating_add(1),
            Next::Parked => turn.parked = turn.parked.saturating_add(1),
        }
    }
    Ok(turn)
}

fn lease(ctx: &mut Ctx<'_>) -> Result<(Vec<DueMail>, NaiveDateTime), Error> {
    let now = ctx.stamp();
    let until = later(now, LEASE_MINUTES);
    Ok((store::notify::delivery::lease(ctx.db, now, until, BATCH)?, until))
}

fn send(mailer: &Mailer, mail: &DueMail, text: Option<String>, host: &str) -> Result<String, SendError> {
    let id = format!("{}@{host}", mail.id);
    let Some(text) = text else {
        let reason = "the body was sealed under another service secret".to_owned();
        return Err(SendError::Permanent { reason });
    };
    let message = Message::new(&mail.to_address, &mail.to_name, &mail.subject, &text, &id, mail.created_at.and_utc())
        .map_err(|refused| SendError::Permanent { reason: refused.to_string() })?;
    mailer.send(&message).map(|receipt| receipt.detail)
}

fn note(
    ctx: &mut Ctx<'_>,
    (id, kind): (&str, &str),
    attempt: i64,
    outcome: &Result<String, SendError>,
) -> Result<Next, Error> {
    let now = ctx.stamp();
    let (next, word, detail) = match outcome {
        Ok(detail) => (Next::Sent, "sent", detail),
        Err(SendError::Transient { reason }) if attempt < ATTEMPTS => {
            (Next::Again(later(now, back_off(attempt))), "deferred", reason)
        }
        Err(SendError::Transient { reason } | SendError::Permanent { reason }) => (Next::Parked, "parked", reason),
    };
    let delivery = Delivery {
        id: ctx.id(),
        outbox_id: id.to_owned(),
        attempt,
        outcome: word.to_owned(),
        detail: detail.clone(),
        at: now,
    };
    store::notify::delivery::note(ctx.db, &delivery, &next)?;
    match next {
        Next::Sent | Next::Parked => links::erase(ctx, id, kind)?,
        Next::Again(_) => {}
    }
    Ok(next)
}

/// Minutes until the next attempt.
fn back_off(attempt: i64) -> i64 {
    match attempt {
        1 => 1,
        2 => 5,
        3 => 15,
        4 => 60,
        _ => 240,
    }
}

fn later(at: NaiveDateTime, minutes: i64) -> NaiveDateTime {
    at.checked_add_signed(Duration::minutes(minutes)).unwrap_or(at)
}

/// The host of a URL, for message ids.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    if host.is_empty() { "localhost".to_owned() } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_id_carries_the_host_people_know() {
        assert_eq!(host_of("https://yui.pref.example.lg.jp:8443/x"), "yui.pref.example.lg.jp");
        assert_eq!(host_of("http://127.0.0.1:8080"), "127.0.0.1");
    }

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<i64> = (1..ATTEMPTS).map(back_off).collect();
        assert!(waits.is_sorted());
        assert_eq!(waits.iter().sum::<i64>(), 1 + 5 + 15 + 60 + 5 * 240);
    }
}
