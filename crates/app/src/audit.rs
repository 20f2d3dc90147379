//! The audit trail: one entry for each fact, in the transaction of the fact, chained by hash.
//!
//! The entries of a consortium form one SHA-256 chain (scope = its id; `service` for what belongs
//! to none), so that a changed, removed or swapped entry shows in [`verify`](crate::verify).
//! The chain's row is locked last, after every other lock of the transaction: no deadlock.

mod chain;
mod queries;
mod views;

use crate::service::Call;
use crate::{Ctx, Error, Meta};
use domain::access::{Action, Actor, Grant, Role};
use serde_json::{Value, json};

pub(crate) use chain::write;
pub use chain::{hash, hex};
pub use queries::{AuditQuery, ServiceAuditQuery, list_audit_entries, list_service_audit_entries};
pub use views::{AuditView, ReceiptView, get_receipt};

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
