//! The delivery log: what became of each mail, for the lead and the auditors. Addresses and texts stay out:
//! a mail is told by its kind, its account and its town, and a server's answer is shown without the address.

use crate::audit::Entry;
use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Code, Ctx, Error};
use chrono::{DateTime, Utc};
use domain::access::Action;
use mail::Kind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::notify::delivery::Delivery;
use store::notify::log::LoggedMail;
use utoipa::{IntoParams, ToSchema};

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Waits to be sent, perhaps again.
    Pending,
    /// A server took it.
    Sent,
    /// Given up; it can be sent again by hand.
    Parked,
    /// The recipient declined this kind.
    Suppressed,
}

impl MailState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Parked => "parked",
            Self::Suppressed => "suppressed",
        }
    }

    fn parse(word: &str) -> Result<Self, Error> {
        [Self::Pending, Self::Sent, Self::Parked, Self::Suppressed]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| Error::internal(format!("unknown mail state {word}")))
    }
}

/// Which mails.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MailQuery {
    /// In this state.
    #[param(inline)]
    pub state: Option<MailState>,
    /// Entries on a page, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// The key by which the list stands; `-` before it begins with the largest.
    pub sort: Option<String>,
}

/// A mail without its text and address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MailView {
    /// UUIDv7; stands in the message id.
    pub id: String,
    /// What it tells.
    #[schema(example = "post_commented")]
    pub kind: String,
    /// The account it goes to; null for a supervisor without one.
    pub user_id: Option<String>,
    /// The account's town.
    #[schema(example = "中井町")]
    pub town: Option<String>,
    /// Where it stands.
    pub state: MailState,
    /// Attempts so far.
    pub attempts: i64,
    /// When it is tried next; null unless it waits.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// What the last failure was.
    #[schema(example = "450 4.2.1 mailbox busy")]
    pub last_error: Option<String>,
    /// When the fact happened.
    pub created_at: DateTime<Utc>,
    /// When a server took it.
    pub sent_at: Option<DateTime<Utc>>,
}

/// One attempt at a mail.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryView {
    /// UUIDv7.
    pub id: String,
    /// 1 is the first.
    pub attempt: i64,
    /// `sent`, `deferred` or `parked`.
    #[schema(example = "deferred")]
    pub outcome: String,
    /// What the server said.
    pub detail: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The mails of a consortium, newest first.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia, [`Error::Forbidden`] for other roles.
pub fn list_mails(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &MailQuery,
) -> Result<Page<MailView>, Error> {
    call.actor.permit(Action::ReadMailLog, consortium_id, None)?;
    store::consortium::find(ctx.db, consortium_id)?;
    let state = query.state.map(MailState::as_str);
    let list = format!("mails/{consortium_id}/{}", state.unwrap_or_default());
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor.clone(),
        sort: query.sort.clone(),
        ..PageQuery::default()
    };
    let listing = page.listing(ctx.env, &list, &store::notify::log::MAILS)?;
    let rows = store::notify::log::mails(ctx.db, consortium_id, state, &listing.slice)?;
    let accounts: Vec<String> = rows.iter().filter_map(|(row, _)| row.user_id.clone()).collect();
    let towns = store::notify::log::towns_of(ctx.db, consortium_id, &accounts)?;
    let town = |row: &LoggedMail| row.user_id.as_ref().and_then(|user_id| towns.get(user_id).cloned());
    listing.try_page(ctx.env, rows, |row| view(town(&row), row))
}

/// The attempts at a mail, oldest first.
///
/// # Errors
/// [`Error::NotFound`] for a mail of another consortium, or of none.
pub fn list_deliveries(
    ctx: &mut Ctx<'_>,
    call: &Call,
    id: &str,
    query: &PageQuery,
) -> Result<Page<DeliveryView>, Error> {
    let mail = store::notify::log::find(ctx.db, id)?;
    let consortium_id = mail.consortium_id.as_deref().ok_or(Error::NotFound)?;
    call.actor.permit(Action::ReadMailLog, consortium_id, None)?;
    let list = format!("deliveries/{id}");
    let listing = query.listing(ctx.env, &list, &store::notify::log::DELIVERIES)?;
    let rows = store::notify::log::deliveries(ctx.db, id, &listing.slice)?;
    let attempt = |row: Delivery| DeliveryView {
        detail: without_address(&row.detail, &mail.to_address),
        id: row.id,
        attempt: row.attempt,
        outcome: row.outcome,
        at: row.at.and_utc(),
    };
    Ok(listing.page(ctx.env, rows, attempt))
}

/// How the outbox of the service stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxView {
    /// Mails that wait to be sent.
    pub pending: i64,
    /// Mails that were given up.
    pub parked: i64,
    /// Since when the oldest one waits.
    pub waits_since: Option<DateTime<Utc>>,
}

/// A mail of the service with the name of its consortium.
#[derive(Debug, Clone)]
pub struct ServiceMailView {
    /// The mail, without account and town.
    pub mail: MailView,
    /// The consortium; none for mails about accounts.
    pub consortium: Option<String>,
    /// Whether it can be sent again: one that carried a one-time link was erased.
    pub can_retry: bool,
}

/// How the outbox of the service stands. Service administrators only.
///
/// # Errors
/// [`Error::Forbidden`] for anybody else.
pub fn get_outbox(ctx: &mut Ctx<'_>, call: &Call) -> Result<OutboxView, Error> {
    call.actor.permit_service(Action::RunService)?;
    let (pending, parked) = store::notify::desk::waiting_and_parked(ctx.db)?;
    let waits_since = store::notify::desk::oldest_pending(ctx.db)?.map(|at| at.and_utc());
    Ok(OutboxView { pending, parked, waits_since })
}

/// The mails of the service in a state (parked when none is named), newest first. Service administrators only.
///
/// # Errors
/// [`Error::Forbidden`] for anybody else; a cursor or limit that was refused.
pub fn list_service_mails(ctx: &mut Ctx<'_>, call: &Call, query: &MailQuery) -> Result<Page<ServiceMailView>, Error> {
    call.actor.permit_service(Action::RunService)?;
    let state = query.state.unwrap_or(MailState::Parked).as_str();
    let list = format!("service_mails/{state}");
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor.clone(),
        sort: query.sort.clone(),
        ..PageQuery::default()
    };
    let listing = page.listing(ctx.env, &list, &store::notify::log::MAILS)?;
    let rows = store::notify::desk::in_state(ctx.db, state, &listing.slice)?;
    let shown = |(row, consortium): (LoggedMail, Option<String>)| {
        let erased = Kind::from_name(&row.kind).is_some_and(Kind::carries_link);
        // Whom it goes to belongs to the town.
        let mail = view(None, LoggedMail { user_id: None, ..row })?;
        Ok(ServiceMailView { can_retry: mail.state == MailState::Parked && !erased, mail, consortium })
    };
    listing.try_page(ctx.env, rows, shown)
}

/// Sends a parked mail again, with all its attempts to come. For the lead and the administrators.
///
/// # Errors
/// [`Code::MailNotParked`] in another state; [`Code::MailErased`] when it carried a one-time link.
pub fn retry_mail(ctx: &mut Ctx<'_>, call: &Call, id: &str) -> Result<MailView, Error> {
    let mail = store::notify::log::find(ctx.db, id)?;
    match &mail.consortium_id {
        Some(consortium_id) => call.actor.permit(Action::RetryMails, consortium_id, None)?,
        // Mails about accounts belong to no consortium.
        None if call.actor.is_admin() => {}
        None => return Err(Error::NotFound),
    }
    if mail.state == MailState::Parked.as_str() && Kind::from_name(&mail.kind).is_some_and(Kind::carries_link) {
        return Err(Error::rule(Code::MailErased));
    }
    if !store::notify::log::retry(ctx.db, id, ctx.stamp())? {
        return Err(Error::rule(Code::MailNotParked));
    }
    ctx.record(
        Entry::done(&call.actor, mail.consortium_id.as_deref(), "mail.retried", "mail", id)
            .details(json!({"kind": mail.kind, "attempts": mail.attempts})),
    );
    view(None, store::notify::log::find(ctx.db, id)?)
}

fn view(town: Option<String>, row: LoggedMail) -> Result<MailView, Error> {
    let state = MailState::parse(&row.state)?;
    Ok(MailView {
        last_error: row.last_error.map(|error| without_address(&error, &row.to_address)),
        id: row.id,
        kind: row.kind,
        user_id: row.user_id,
        town,
        state,
        attempts: row.attempts,
        next_attempt_at: (state == MailState::Pending).then(|| row.next_attempt_at.and_utc()),
        created_at: row.created_at.and_utc(),
        sent_at: row.sent_at.map(|at| at.and_utc()),
    })
}

/// Servers like to repeat the address in their answer.
fn without_address(answer: &str, address: &str) -> String {
    let (lower, address) = (answer.to_ascii_lowercase(), address.to_ascii_lowercase());
    if address.is_empty() || !lower.contains(&address) {
        return answer.to_owned();
    }
    lower.replace(&address, "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_a_server_is_shown_without_the_address() {
        assert_eq!(without_address("550 <Taro@Example.jp> unknown", "taro@example.jp"), "550 <…> unknown");
        assert_eq!(without_address("450 Busy", "taro@example.jp"), "450 Busy");
    }
}
