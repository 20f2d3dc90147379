//! Searching the trails of the consortia and of the service.

use super::SERVICE_SCOPE;
use super::views::{AuditView, view};
use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Ctx, Error, FieldCode};
use chrono::{DateTime, Datelike as _, Utc};
use domain::access::{Action, Role};
use serde::Deserialize;
use utoipa::IntoParams;

/// What to search for in the trail of a consortium.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// The first instant.
    pub from: Option<DateTime<Utc>>,
    /// The instant after the last one.
    pub to: Option<DateTime<Utc>>,
    /// Who acted (an account).
    #[serde(rename = "actor", alias = "actor_id")]
    pub actor_id: Option<String>,
    /// What was done, as it stands in the entries.
    #[serde(alias = "event")]
    pub action: Option<String>,
    /// The row concerned.
    pub subject_id: Option<String>,
    /// The town concerned.
    pub member_id: Option<String>,
    /// Entries on a page, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// The key by which the list stands; `-` before it begins with the largest.
    pub sort: Option<String>,
}

/// What to search for in the trail of the service.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ServiceAuditQuery {
    /// The first instant.
    pub from: Option<DateTime<Utc>>,
    /// The instant after the last one.
    pub to: Option<DateTime<Utc>>,
    /// Who acted, or whose account was concerned.
    #[serde(rename = "actor", alias = "actor_id")]
    pub actor_id: Option<String>,
    /// What was done, as it stands in the entries.
    #[serde(rename = "event", alias = "action")]
    #[param(example = "session.signed_in")]
    pub action: Option<String>,
    /// Entries on a page, 1 to 100; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// The key by which the list stands; `-` before it begins with the largest.
    pub sort: Option<String>,
}

/// The trail of a consortium, newest first. For the lead and the auditors.
///
/// # Errors
/// [`Error::NotFound`] outside the caller's consortia, [`Error::Forbidden`] for other roles.
pub fn list_audit_entries(
    ctx: &mut Ctx<'_>,
    call: &Call,
    consortium_id: &str,
    query: &AuditQuery,
) -> Result<Page<AuditView>, Error> {
    call.actor.permit(Action::ReadAudit, consortium_id, None)?;
    store::consortium::find(ctx.db, consortium_id)?;
    let filter = store::audit::Filter {
        action: query.action.clone(),
        actor_id: query.actor_id.clone(),
        subject_id: query.subject_id.clone(),
        member_id: query.member_id.clone(),
        ..span(query.from, query.to)?
    };
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor.clone(),
        sort: query.sort.clone(),
        ..PageQuery::default()
    };
    let shows_ip = call.actor.role_in(Some(consortium_id)) == Some(Role::Auditor);
    found(ctx, Some(consortium_id), &filter, &page, shows_ip)
}

/// The trail of the service, newest first: what belongs to no consortium — sign-ins, accounts, keys. For its administrators.
///
/// # Errors
/// [`Error::Forbidden`] for everybody else; an instant out of order.
pub fn list_service_audit_entries(
    ctx: &mut Ctx<'_>,
    call: &Call,
    query: &ServiceAuditQuery,
) -> Result<Page<AuditView>, Error> {
    call.actor.permit_service(Action::RunService)?;
    let filter = store::audit::Filter {
        action: query.action.clone(),
        actor_id: query.actor_id.clone(),
        ..span(query.from, query.to)?
    };
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor.clone(),
        sort: query.sort.clone(),
        ..PageQuery::default()
    };
    found(ctx, None, &filter, &page, true)
}

fn span(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<store::audit::Filter, Error> {
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        return Err(Error::field("to", FieldCode::Order { rule: "to は from より後にしてください" }));
    }
    for (name, at) in [("from", from), ("to", to)] {
        if at.is_some_and(|at| !(1..=9999).contains(&at.year())) {
            return Err(Error::field(name, FieldCode::Format { expected: "日時" }));
        }
    }
    let utc = |at: DateTime<Utc>| at.naive_utc();
    Ok(store::audit::Filter {
        from: from.map(utc),
        until: to.map(utc),
        lowest_id: from.map(lowest_id),
        ..store::audit::Filter::default()
    })
}

/// The smallest id that an entry of this instant may have: an id begins with its instant in milliseconds, and never with
/// an earlier one.
fn lowest_id(at: DateTime<Utc>) -> String {
    let millis = at.timestamp_millis().max(0);
    format!("{:08x}-{:04x}-", millis >> 16, millis & 0xffff)
}

fn found(
    ctx: &mut Ctx<'_>,
    consortium_id: Option<&str>,
    filter: &store::audit::Filter,
    page: &PageQuery,
    shows_ip: bool,
) -> Result<Page<AuditView>, Error> {
    let list = format!("audit/{}", consortium_id.unwrap_or(SERVICE_SCOPE));
    let listing = page.listing(ctx.env, &list, &store::audit::TRAIL)?;
    let rows = store::audit::search(ctx.db, consortium_id, filter, &listing.slice)?;
    Ok(listing.page(ctx.env, rows, |row| view(row, shows_ip)))
}
