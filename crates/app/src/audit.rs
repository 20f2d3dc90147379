//! The audit trail: one entry for each fact, in the transaction of the fact, chained by hash.
//!
//! The entries of a consortium form one SHA-256 chain (scope = its id; `service` for what belongs
//! to none), so that a changed, removed or swapped entry shows in [`verify`](crate::verify).
//! The chain's row is locked last, after every other lock of the transaction: no deadlock.

use crate::page::{Page, PageQuery};
use crate::service::Call;
use crate::{Ctx, Error, FieldCode, Meta};
use chrono::{DateTime, Datelike as _, Utc};
use domain::access::{Action, Actor, Grant, Role};
use domain::clock::japan_date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::audit::AuditEntry;
use utoipa::{IntoParams, ToSchema};

/// The scope of entries that belong to no consortium.
pub const SERVICE_SCOPE: &str = "service";

/// How an audited act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It happened.
    Done,
    /// The actor had no right to it.
    Denied,
    /// It failed (wrong password).
    Failed,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// One act, before it is chained.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The id under which it will be kept, where somebody was told it before (受付番号).
    id: Option<String>,
    consortium_id: Option<String>,
    member_id: Option<String>,
    actor_id: Option<String>,
    actor_role: &'static str,
    action: &'static str,
    subject_kind: &'static str,
    subject_id: String,
    outcome: Outcome,
    details: Value,
    origin: Option<Meta>,
}

impl Entry {
    fn new(
        who: (Option<&str>, &'static str),
        consortium_id: Option<&str>,
        action: &'static str,
        subject: (&'static str, &str),
    ) -> Self {
        let ((actor_id, role), (subject_kind, subject_id)) = (who, subject);
        Self {
            id: None,
            consortium_id: consortium_id.map(str::to_owned),
            member_id: None,
            actor_id: actor_id.map(str::to_owned),
            actor_role: role,
            action,
            subject_kind,
            subject_id: subject_id.to_owned(),
            outcome: Outcome::Done,
            details: json!({}),
            origin: None,
        }
    }

    /// An act of somebody in a consortium; `action` is the use case in the past (`round.created`).
    #[must_use]
    pub fn done(
        actor: &Actor,
        consortium_id: Option<&str>,
        action: &'static str,
        subject_kind: &'static str,
        subject_id: &str,
    ) -> Self {
        let role = actor.role_in(consortium_id).map_or("none", Role::as_str);
        Self::new((Some(&actor.user_id), role), consortium_id, action, (subject_kind, subject_id))
    }

    /// An act of the service itself (an offer expired) or of somebody without an account.
    #[must_use]
    pub fn by_service(
        consortium_id: Option<&str>,
        action: &'static str,
        subject_kind: &'static str,
        subject_id: &str,
    ) -> Self {
        Self::new((None, "service"), consortium_id, action, (subject_kind, subject_id))
    }

    /// A refused right; `left_out` counts those that came too quickly to be recorded each.
    ///
    /// What somebody of one consortium may see but not do is in that consortium, and stands in its trail.
    #[must_use]
    pub fn denied(actor: &Actor, operation: &str, left_out: u32) -> Self {
        let role = actor.grants.iter().map(|grant| grant.role).min().map_or("none", Role::as_str);
        let consortia = actor.consortia();
        let home =
            if let ([one], false) = (consortia.as_slice(), actor.is_admin()) { Some(one.as_str()) } else { None };
        let entry = Self::new((Some(&actor.user_id), role), home, "access.denied", ("operation", operation))
            .outcome(Outcome::Denied);
        if left_out == 0 { entry } else { entry.details(json!({"left_out_before": left_out})) }
    }

    /// Names the town that the act concerns.
    #[must_use]
    pub fn member(mut self, member_id: &str) -> Self {
        self.member_id = Some(member_id.to_owned());
        self
    }

    /// Adds facts: numbers, states, before and after; never names, addresses, tokens or bodies.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// Names the request behind it, where one transaction serves several.
    #[must_use]
    pub fn from_request(mut self, meta: &Meta) -> Self {
        self.origin = Some(meta.clone());
        self
    }

    /// Sets how it ended.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Names the account concerned when nobody is signed in yet.
    #[must_use]
    pub fn about_account(mut self, user_id: &str) -> Self {
        self.actor_id = Some(user_id.to_owned());
        self
    }
}

/// Notes on the tray that rows about people of a town were read by somebody who does not act for it
/// (an auditor): the access log. [`Service::read`](crate::Service::read) keeps it before it answers.
pub(crate) fn note_view(
    ctx: &mut Ctx<'_>,
    call: &Call,
    (consortium_id, member_id): (&str, Option<&str>),
    (kind, id): (&'static str, &str),
    people: usize,
) {
    let acts_there = |grant: &Grant| member_id.is_some() && grant.member_id.as_deref() == member_id;
    if people == 0 || call.actor.grants.iter().any(acts_there) {
        return;
    }
    let entry = Entry::done(&call.actor, Some(consortium_id), "personal.viewed", kind, id)
        .details(json!({"operation": call.operation, "people": people}));
    ctx.record(match member_id {
        Some(member_id) => entry.member(member_id),
        None => entry,
    });
}

/// The number of the last act on the tray (受付番号): the id under which the trail will keep it. Those before it get
/// theirs too, so that ids keep the order of the acts.
pub(crate) fn receipt(ctx: &mut Ctx<'_>) -> Option<String> {
    for entry in &mut ctx.entries {
        entry.id.get_or_insert_with(|| ctx.env.ids.next(ctx.now));
    }
    let act = ctx.entries.iter().rfind(|entry| entry.outcome == Outcome::Done && entry.actor_id.is_some());
    act.and_then(|entry| entry.id.clone())
}

/// What an actor keeps of an act: its number and what the trail says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptView {
    /// 受付番号: the id of the entry in the trail.
    pub number: String,
    /// What was done.
    pub action: String,
    /// The role in which it was done.
    pub actor_role: String,
    /// The consortium concerned.
    pub consortium: Option<String>,
    /// The town concerned.
    pub town: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The receipt of an act of the caller.
///
/// # Errors
/// [`Error::NotFound`] for the acts of anybody else.
pub fn get_receipt(ctx: &mut Ctx<'_>, call: &Call, number: &str) -> Result<ReceiptView, Error> {
    let row = store::audit::find(ctx.db, number)?;
    if row.actor_id.as_deref() != Some(call.actor.user_id.as_str()) || row.outcome != Outcome::Done.as_str() {
        return Err(Error::NotFound);
    }
    let consortium = match &row.consortium_id {
        Some(id) => Some(store::consortium::find(ctx.db, id)?.name),
        None => None,
    };
    let town = match &row.member_id {
        Some(id) => Some(store::consortium::find_member(ctx.db, id)?.name),
        None => None,
    };
    let at = row.at.and_utc();
    Ok(ReceiptView { number: row.id, action: row.action, actor_role: row.actor_role, consortium, town, at })
}

/// Chains and writes the entries on the tray.
pub(crate) fn write(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    let mut by_scope: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in std::mem::take(&mut ctx.entries) {
        let scope = entry.consortium_id.clone().unwrap_or_else(|| SERVICE_SCOPE.to_owned());
        by_scope.entry(scope).or_default().push(entry);
    }
    for (scope, mut entries) in by_scope {
        for entry in &mut entries {
            name_role(ctx, entry)?;
        }
        let mut chain = store::audit::lock_chain(ctx.db, &scope)?;
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let origin = entry.origin.as_ref().unwrap_or(ctx.meta);
            let mut row = AuditEntry {
                id: entry.id.unwrap_or_else(|| ctx.id()),
                scope: scope.clone(),
                sequence: chain.entries.saturating_add(1),
                consortium_id: entry.consortium_id,
                member_id: entry.member_id,
                actor_id: entry.actor_id,
                actor_role: entry.actor_role.to_owned(),
                action: entry.action.to_owned(),
                subject_kind: entry.subject_kind.to_owned(),
                subject_id: entry.subject_id,
                outcome: entry.outcome.as_str().to_owned(),
                details: entry.details.to_string(),
                request_id: origin.request_id.clone(),
                ip: origin.ip.clone(),
                at: ctx.stamp(),
                previous_hash: chain.head.clone(),
                hash: String::new(),
            };
            row.hash = hash(&row);
            chain.entries = row.sequence;
            chain.head.clone_from(&row.hash);
            rows.push(row);
        }
        store::audit::append(ctx.db, &rows, &chain)?;
    }
    Ok(())
}

/// Somebody who came without a session acted in the strongest role of the account. Not looked up for what failed: an
/// address without an account must not be answered sooner (S04).
fn name_role(ctx: &mut Ctx<'_>, entry: &mut Entry) -> Result<(), Error> {
    if let (Some(user_id), "service", Outcome::Done) = (&entry.actor_id, entry.actor_role, entry.outcome) {
        let held = store::accounts::users::grants_in_force(ctx.db, user_id, japan_date(ctx.now))?;
        let role = held.iter().filter_map(|placed| Role::parse(&placed.grant.role)).min();
        entry.actor_role = role.map_or("none", Role::as_str);
    }
    Ok(())
}

/// Whose personal data a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A consortium as a whole.
    Consortium,
    /// A member.
    Member,
    /// The town of a seat account.
    Account,
    /// The town of an entry call.
    Call,
}

/// Notes that a file with personal data was made; who may read the list may make the file.
///
/// # Errors
/// [`Error::NotFound`] when there is no such owner.
pub fn record_export(
    ctx: &mut Ctx<'_>,
    call: &Call,
    (owner, id): (Owner, &str),
    what: &'static str,
    rows: usize,
) -> Result<(), Error> {
    let (consortium_id, member_id) = match owner {
        Owner::Consortium => (id.to_owned(), None),
        Owner::Member => (store::consortium::find_member(ctx.db, id)?.consortium_id, Some(id.to_owned())),
        Owner::Account => {
            let account = store::seats::find_account(ctx.db, id)?;
            (account.consortium_id, account.member_id)
        }
        Owner::Call => {
            let of = store::entries::find(ctx.db, id)?;
            (of.consortium_id, Some(of.member_id))
        }
    };
    call.actor.permit(Action::ReadConsortium, &consortium_id, None)?;
    let mut entry = Entry::done(&call.actor, Some(&consortium_id), "list.exported", what, id);
    if let Some(member_id) = &member_id {
        entry = entry.member(member_id);
    }
    ctx.record(entry.details(json!({"rows": rows})));
    Ok(())
}

/// One entry as the lead and the auditors read it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditView {
    /// UUIDv7.
    pub id: String,
    /// Place in the consortium's chain.
    pub sequence: i64,
    /// The town concerned.
    pub member_id: Option<String>,
    /// Who acted; null for the service itself.
    pub actor_id: Option<String>,
    /// The role in which it was done.
    pub actor_role: String,
    /// What was done.
    #[schema(example = "round.created")]
    pub action: String,
    /// Kind of the row concerned.
    pub subject_kind: String,
    /// The row concerned.
    pub subject_id: String,
    /// `done`, `denied` or `failed`.
    pub outcome: String,
    /// Numbers and states, before and after.
    #[schema(value_type = Object)]
    pub details: Value,
    /// The request (問合せ番号).
    pub request_id: String,
    /// Where the request came from; for service administrators and auditors, null for others.
    #[schema(example = "203.0.113.7")]
    pub ip: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// SHA-256 over this entry and the one before.
    pub hash: String,
}

fn view(row: AuditEntry, shows_ip: bool) -> AuditView {
    AuditView {
        id: row.id,
        sequence: row.sequence,
        member_id: row.member_id,
        actor_id: row.actor_id,
        actor_role: row.actor_role,
        action: row.action,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        outcome: row.outcome,
        details: serde_json::from_str(&row.details).unwrap_or(Value::Null),
        request_id: row.request_id,
        ip: shows_ip.then_some(row.ip),
        at: row.at.and_utc(),
        hash: row.hash,
    }
}

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

/// The hash of an entry: SHA-256 over the previous hash and every field, as canonical JSON.
#[must_use]
pub fn hash(row: &AuditEntry) -> String {
    let canonical = json!([
        row.previous_hash,
        row.id,
        row.scope,
        row.sequence,
        row.consortium_id,
        row.member_id,
        row.actor_id,
        row.actor_role,
        row.action,
        row.subject_kind,
        row.subject_id,
        row.outcome,
        row.details,
        row.request_id,
        row.ip,
        row.at.and_utc().timestamp_micros(),
    ]);
    hex(&Sha256::digest(canonical.to_string().as_bytes()))
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
