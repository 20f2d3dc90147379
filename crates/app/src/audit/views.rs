//! What is shown of the trail: an entry to those who read it, a receipt to whoever acted.

use super::Outcome;
use crate::service::Call;
use crate::{Ctx, Error};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use store::audit::AuditEntry;
use utoipa::ToSchema;

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

pub(super) fn view(row: AuditEntry, shows_ip: bool) -> AuditView {
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
